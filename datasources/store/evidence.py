"""What the books say of every reservation, as rows, for whoever judges them without trusting their writer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from datasources.store.unit import unavailable_is_typed


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
class Evidence:
    """All of it at one instant of the store's clock."""

    at: datetime
    on_hand: Mapping[str, int]
    kept: Sequence[Kept]
    rows: Sequence[Row]


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
    return Evidence(
        now.astimezone(UTC),
        {row["sku"]: int(row["units"]) for row in on_hand},
        [Kept(str(row["reservation_id"]), *_values(row)[1:]) for row in kept],
        [_row(row) for row in rows],
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
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
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
