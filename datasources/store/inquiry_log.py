"""The inquiry log read again, many at a time: what simulation decides anew."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from datasources.store.inquiries import COLUMNS, Inquiry
from datasources.store.unit import unavailable_is_typed

BATCH = 500


@dataclass(frozen=True, slots=True)
class Page:
    """Some inquiries in the order they were asked, with every profile and set-up they rest on."""

    inquiries: list[Inquiry]
    contents: dict[tuple[str, int], str]
    setups: dict[str, str]


async def count_since(pool: asyncpg.Pool, since: datetime) -> int:
    """How many inquiries were decided by a rule book since then. Raises StoreUnavailable."""
    async with unavailable_is_typed(), pool.acquire() as connection:
        found: int = await connection.fetchval(COUNT, since)
        return found


async def pages_since(pool: asyncpg.Pool, since: datetime, most: int) -> AsyncIterator[Page]:
    """The newest `most` inquiries asked since then, oldest first, some at a time. Raises StoreUnavailable.

    Each page is read by itself, so that a long simulation holds no connection and no snapshot.
    """
    async with unavailable_is_typed(), pool.acquire() as connection:
        first: UUID | None = await connection.fetchval(FIRST, since, most - 1)
    last = UUID(int=0) if first is None else UUID(int=first.int - 1)
    left = most
    while left > 0:
        async with unavailable_is_typed(), pool.acquire() as connection:
            rows = await connection.fetch(NEXT, last, since, min(BATCH, left))
            if not rows:
                return
            page = await _page(connection, rows)
        last = rows[-1]["inquiry_id"]
        left -= len(rows)
        yield page


async def _page(connection: asyncpg.Connection, rows: list[asyncpg.Record]) -> Page:
    pairs = sorted({pair for row in rows for pair in zip(row["skus"], row["sequences"], strict=True)})
    contents = await connection.fetch(CONTENTS, [sku for sku, _ in pairs], [number for _, number in pairs])
    setups = await connection.fetch(SETUPS, sorted({row["setup_hash"] for row in rows}))
    return Page(
        [_inquiry(row) for row in rows],
        {(row["sku"], row["sequence"]): row["content"] for row in contents},
        {row["setup_hash"]: row["content"] for row in setups},
    )


def _inquiry(row: asyncpg.Record) -> Inquiry:
    fields = {name: row[name] for name in COLUMNS}
    fields |= {"skus": tuple(row["skus"]), "sequences": tuple(row["sequences"])}
    fields |= {name: at and at.astimezone(UTC) for name in ("asked_at", "known_at") if (at := row[name])}
    return Inquiry(**fields)


COUNT = "SELECT count(*) FROM inquiry WHERE asked_at >= $1 AND book_version IS NOT NULL"
FIRST = """
SELECT inquiry_id FROM inquiry WHERE asked_at >= $1 AND book_version IS NOT NULL
ORDER BY inquiry_id DESC OFFSET $2 LIMIT 1
"""
NEXT = """
SELECT * FROM inquiry WHERE inquiry_id > $1 AND asked_at >= $2 AND book_version IS NOT NULL
ORDER BY inquiry_id LIMIT $3
"""
CONTENTS = """
SELECT sku, sequence, content FROM profile_snapshot
JOIN unnest($1::text[], $2::bigint[]) AS read(sku, sequence) USING (sku, sequence)
"""
SETUPS = "SELECT setup_hash, content FROM setup WHERE setup_hash = ANY ($1::text[])"
