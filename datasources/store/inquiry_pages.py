"""The inquiry log as a list, newest first: what a person looks through to find one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from datasources.store.unit import unavailable_is_typed

LOOKED_MAX = 20_000
"""Inquiries looked through for one page; the page says where it stopped and can be taken further."""


@dataclass(frozen=True, slots=True)
class InquiryFilter:
    """Which inquiries: all conditions hold. `channels` is the caller's scope, None is every channel."""

    since: datetime | None = None
    until: datetime | None = None
    sku: str | None = None
    channel: str | None = None
    channels: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class LoggedAsk:
    """One row of the list; `ask` and `outcome` are the JSON that was logged."""

    inquiry_id: UUID
    asked_at: datetime
    actor: str
    channel: str
    ask: str
    outcome: str
    trace_id: str


@dataclass(frozen=True, slots=True)
class InquiryPage:
    """`stopped` is where the search gave up before the page was full, None where it did not."""

    rows: tuple[LoggedAsk, ...]
    stopped: UUID | None


async def page_of_inquiries(
    pool: asyncpg.Pool,
    where: InquiryFilter,
    before: UUID | None,
    most: int,
    looked_max: int = LOOKED_MAX,
) -> InquiryPage:
    """At most `most` inquiries, newest first, found among the `looked_max` asked before `before`.

    Raises StoreUnavailable.
    """
    oldest = first_id(where.since) if where.since else UUID(int=0)
    start = min(before or LAST, first_id(where.until) if where.until else LAST)
    async with unavailable_is_typed(), pool.acquire() as connection:
        floor = await connection.fetchval(STOP, oldest, start, looked_max - 1)
        rows = await connection.fetch(
            ROWS,
            max(oldest, floor or oldest),
            start,
            where.sku,
            where.channel,
            None if where.channels is None else sorted(where.channels),
            most,
        )
    asks = tuple(LoggedAsk(row[0], row[1].astimezone(UTC), *row[2:]) for row in rows)
    return InquiryPage(asks, None if len(rows) == most else floor)


def first_id(instant: datetime) -> UUID:
    """The least id an inquiry of this instant can have: ids begin with their milliseconds."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)


LAST = UUID(int=2**128 - 1)

STOP = """
SELECT inquiry_id FROM inquiry WHERE inquiry_id >= $1 AND inquiry_id < $2
ORDER BY inquiry_id DESC OFFSET $3 LIMIT 1
"""

ROWS = """
SELECT inquiry_id, asked_at, actor, channel, ask, outcome, trace_id FROM inquiry
WHERE inquiry_id >= $1 AND inquiry_id < $2
  AND ($3::text IS NULL OR $3 = ANY (skus))
  AND ($4::text IS NULL OR channel = $4)
  AND ($5::text[] IS NULL OR channel = ANY ($5))
ORDER BY inquiry_id DESC LIMIT $6
"""
