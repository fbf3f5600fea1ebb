"""What the books say of every reservation, as rows, for whoever judges them without trusting their writer."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from datasources.store.ledger import COUNTED
from datasources.store.unit import unavailable_is_typed

ENDS_WITHIN_S = 30


@dataclass(frozen=True, slots=True)
class Kept:
    """A reservation as it stands in the table; `open` is the sum of its parts."""

    reservation: str
    sku: str
    quantity: int
    open: int
    state: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """What one request did to one reservation, its parts summed; `units` are those it concerned."""

    key: str
    act: str
    sku: str
    reservation: str
    units: int
    expires_at: datetime | None
    at: datetime
    place: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Stated:
    """What one event moved of one item at an instant; shipments and whole counts are not among them."""

    event_id: str
    sku: str
    units: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it at one instant of the store's clock. `inquiries` have the sequence of each item they read."""

    at: datetime
    on_hand: Mapping[str, int]
    kept: Sequence[Kept]
    rows: Sequence[Row]
    stated: Sequence[Stated]
    inquiries: Mapping[str, Mapping[str, int]]


async def at_work(pool: asyncpg.Pool) -> int:
    """How many other connections to this database are still in the middle of something."""
    async with unavailable_is_typed(), pool.acquire() as connection:
        count: int = await connection.fetchval(AT_WORK)
    return count


async def deadlocks(pool: asyncpg.Pool) -> int:
    """How many PostgreSQL has broken in this database since it was made."""
    async with unavailable_is_typed(), pool.acquire() as connection:
        count: int = await connection.fetchval(DEADLOCKS)
    return count


async def backend_at_work(pool: asyncpg.Pool) -> int | None:
    """The process of another connection to this database that is in the middle of something, if any is."""
    async with unavailable_is_typed(), pool.acquire() as connection:
        pid: int | None = await connection.fetchval(BACKEND_AT_WORK)
    return pid


@asynccontextmanager
async def until_it_ends(pool: asyncpg.Pool) -> AsyncIterator[None]:
    """Left once the server has ended a connection that was open in the block: so it has gone down.

    Raises TimeoutError where it does not.
    """
    async with pool.acquire() as connection:
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        yield
        async with asyncio.timeout(ENDS_WITHIN_S):
            await ended.wait()


async def sequences(pool: asyncpg.Pool) -> dict[str, int]:
    """That of each item, as it is now."""
    async with unavailable_is_typed(), pool.acquire() as connection:
        return {row["sku"]: row["sequence"] for row in await connection.fetch(SEQUENCES)}


async def read(pool: asyncpg.Pool) -> Evidence:
    """The books as one snapshot sees them."""
    async with (
        unavailable_is_typed(),
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        now = await connection.fetchval("SELECT earmark_now()")
        on_hand = await connection.fetch(ON_HAND)
        kept = await connection.fetch(KEPT)
        rows = await connection.fetch(ROWS)
        stated = await connection.fetch(STATED, f"{COUNTED}%")
        inquiries = await connection.fetch(INQUIRIES)
    return Evidence(
        now.astimezone(UTC),
        {row["sku"]: int(row["units"]) for row in on_hand},
        [Kept(str(row["reservation_id"]), *_values(row)[1:]) for row in kept],
        [_row(row) for row in rows],
        [Stated(*_values(row)) for row in stated],
        {str(row["inquiry_id"]): dict(zip(row["skus"], row["sequences"], strict=True)) for row in inquiries},
    )


def _row(row: Any) -> Row:
    key, act, sku, reservation, units, *rest = _values(row)
    return Row(key, act, sku, str(reservation), int(units), *rest)


def _values(row: Any) -> list[Any]:
    return [value.astimezone(UTC) if isinstance(value, datetime) else value for value in row.values()]


AT_WORK = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND state <> 'idle'
  AND pid <> pg_backend_pid()
"""
BACKEND_AT_WORK = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND state IN ('active', 'idle in transaction') LIMIT 1
"""
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
SEQUENCES = "SELECT sku, sequence FROM profile"
ON_HAND = "SELECT sku, sum(quantity) AS units FROM stock_position WHERE status = 'available' GROUP BY sku"
KEPT = """
SELECT reservation_id, sku, reservation.quantity, sum(open)::bigint AS open, state, expires_at
FROM reservation JOIN reservation_part USING (reservation_id) GROUP BY reservation_id
"""
ROWS = """
SELECT key, act, sku, reservation_id,
  abs(sum(CASE act WHEN 'confirm' THEN move.confirmed ELSE move.active + move.confirmed END)) AS units,
  min(move.expires_at) AS expires_at, min(at) AS at, place, sequence
FROM reservation_move AS move JOIN reservation USING (reservation_id)
GROUP BY person, move.channel, key, act, sku, reservation_id, place, sequence, at
ORDER BY min(move_id)
"""
STATED = """
SELECT event_id, sku, sum(quantity)::bigint AS units, min(recorded_at) AS at FROM stock_move
WHERE cause <> 'shipment' AND event_id NOT LIKE $1 GROUP BY source, event_id, sku ORDER BY min(move_id)
"""
INQUIRIES = "SELECT inquiry_id, skus, sequences FROM inquiry"
