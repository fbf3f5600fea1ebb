"""Reservations as a list, newest first."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from datasources.store.reservations import find
from datasources.store.unit import unavailable_is_typed
from rules.reservation import Reservation

LAST = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class ReservationFilter:
    """Which reservations: all conditions hold. `channels` is the caller's scope, None is every channel."""

    sku: str | None = None
    channel: str | None = None
    order_id: str | None = None
    holder: str | None = None
    channels: frozenset[str] | None = None
    keeps: bool = False
    """Only those that still keep goods."""


async def page_of_reservations(
    pool: asyncpg.Pool, where: ReservationFilter, before: UUID | None, most: int
) -> tuple[list[Reservation], datetime]:
    """At most `most` reservations made before `before`, newest first, and the instant they were read at.

    Raises StoreUnavailable.
    """
    channels = None if where.channels is None else sorted(where.channels)
    async with unavailable_is_typed(), pool.acquire() as connection:
        now = await connection.fetchval("SELECT earmark_now()")
        rows = await connection.fetch(
            IDS,
            before or LAST,
            where.sku,
            where.channel,
            where.order_id,
            where.holder,
            channels,
            where.keeps,
            now,
            most,
        )
        found = await find(connection, [row["reservation_id"] for row in rows])
    return [found[row["reservation_id"]] for row in rows], now.astimezone(UTC)


IDS = """
SELECT reservation_id FROM reservation
WHERE reservation_id < $1
  AND ($2::text IS NULL OR sku = $2)
  AND ($3::text IS NULL OR channel = $3)
  AND ($4::text IS NULL OR order_id = $4)
  AND ($5::text IS NULL OR holder = $5)
  AND ($6::text[] IS NULL OR channel = ANY ($6))
  AND (NOT $7 OR state = 'confirmed' OR (state = 'active' AND expires_at > $8))
ORDER BY reservation_id DESC LIMIT $9
"""
