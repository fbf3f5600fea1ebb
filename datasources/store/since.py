"""What was recorded about an item after an instant: what came into force, and what it took the place of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from datasources.store.unit import unavailable_is_typed

ROWS_MAX = 500
"""The latest rows of each kind that are read."""

Versions = Sequence[Mapping[str, Any]]
"""Versions of mirrored lines, each with `key`, `was` (in force at the instant) and `is` (in force now)."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The rows, newest first: moves of stock, versions of mirrored lines by kind, moves of reservations."""

    moves: Versions
    versions: Mapping[str, Versions]
    reserved: Versions


async def recorded(pool: asyncpg.Pool, sku: str, after: datetime) -> Recorded:
    """What was recorded about the item after the instant. Raises StoreUnavailable."""
    async with (
        unavailable_is_typed(),
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        versions = {
            kind: await connection.fetch(VERSIONS.format(table=kind, key=key), sku, after, ROWS_MAX)
            for kind, key in KEYS.items()
        }
        return Recorded(
            await connection.fetch(MOVES, sku, after, ROWS_MAX),
            versions,
            await connection.fetch(RESERVED, sku, after, ROWS_MAX),
        )


KEYS = {
    "supply_line": "source || ' ' || line_id",
    "demand_line": "channel || ' ' || order_id || ' ' || line_id",
    "hold": "source || ' ' || hold_id",
    "safety_stock": "site_id || ' ' || starts",
}
"""The kinds of mirrored lines that bear on an answer, and what names a line of each."""

VERSIONS = """
SELECT *, {key} AS key, recorded_from <= $2 AS was, recorded_until IS NULL AS "is",
  greatest(recorded_from, coalesce(recorded_until, recorded_from)) AS changed_at
FROM {table} WHERE sku = $1 AND ((recorded_until IS NULL AND recorded_from > $2) OR recorded_until > $2)
ORDER BY changed_at DESC, version_id DESC LIMIT $3
"""
MOVES = """
SELECT recorded_at, occurred_at, source, site_id, status, quantity, cause, line_id
FROM stock_move WHERE sku = $1 AND recorded_at > $2 ORDER BY move_id DESC LIMIT $3
"""
RESERVED = """
SELECT move.at, move.act, move.channel, move.person, move.reservation_id, part.site_id, part.needed_on,
  move.active + move.confirmed AS quantity
FROM reservation JOIN reservation_move AS move USING (reservation_id)
JOIN reservation_part AS part ON part.reservation_id = move.reservation_id AND part.part = move.part
WHERE reservation.sku = $1 AND move.at > $2 ORDER BY move.move_id DESC LIMIT $3
"""
