"""What became of a reservation, request by request."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from datasources.store.unit import unavailable_is_typed


@dataclass(frozen=True, slots=True)
class Step:
    """What one request did to one part: units added to what is active, and to what is confirmed."""

    at: datetime
    act: str
    site_id: str
    needed_on: date
    active: int
    confirmed: int
    expires_at: datetime | None
    person: str
    key: str


async def life(pool: asyncpg.Pool, reservation_id: UUID, most: int) -> list[Step]:
    """The steps of the reservation's life from its making on, the first so many. Raises StoreUnavailable."""
    async with unavailable_is_typed(), pool.acquire() as connection:
        rows = await connection.fetch(LIFE, reservation_id, most)
    return [
        Step(
            row["at"].astimezone(UTC),
            row["act"],
            row["site_id"],
            row["needed_on"],
            row["active"],
            row["confirmed"],
            row["expires_at"] and row["expires_at"].astimezone(UTC),
            row["person"],
            row["key"],
        )
        for row in rows
    ]


async def making(pool: asyncpg.Pool, reservation_id: UUID) -> str | None:
    """The outcome of the request that made the reservation, as JSON; None where no request did.

    Raises StoreUnavailable.
    """
    async with unavailable_is_typed(), pool.acquire() as connection:
        outcome: str | None = await connection.fetchval(MAKING, reservation_id)
    return outcome


@dataclass(frozen=True, slots=True)
class Making:
    """The request that made a reservation: who sent it, in which channel, under which key.

    `in_sets`: what it keeps goes into sets of a kit, together with what other reservations keep.
    """

    name: tuple[str, str, str]
    in_sets: bool


async def makings(driver: Any, ids: Iterable[UUID]) -> dict[UUID, Making]:
    """The requests that made these reservations."""
    rows = await driver.fetch(MAKINGS, sorted(set(ids)))
    return {
        row["reservation_id"]: Making((row["person"], row["channel"], row["key"]), row["in_sets"])
        for row in rows
    }


MAKINGS = """
SELECT reservation_id, person, channel, key,
  CASE WHEN strpos(outcome, '"instead":[[') > 0 THEN EXISTS (
    SELECT 1 FROM json_array_elements(CAST(outcome AS json) -> 'lines') AS line,
      json_array_elements(line -> 'parts') AS part
    WHERE strpos(line ->> 'instead', CAST(reservation_id AS text)) > 0 AND json_typeof(part -> -1) = 'array')
  ELSE false END AS in_sets
FROM (
  SELECT DISTINCT ON (reservation_id) reservation_id, person, channel, key FROM reservation_move
  WHERE reservation_id = ANY($1::uuid[]) ORDER BY reservation_id, move_id
) AS first LEFT JOIN operation USING (person, channel, key)
"""
"""A part of sets ends in a list of what they are made of; few outcomes tell of any; others are not read."""
MAKING = """
SELECT outcome FROM (
  SELECT person, channel, key FROM reservation_move WHERE reservation_id = $1 ORDER BY move_id LIMIT 1
) AS first JOIN operation USING (person, channel, key)
"""
LIFE = """
SELECT move.at, act, site_id, needed_on, active, confirmed, move.expires_at, person, key
FROM reservation_move AS move JOIN reservation_part USING (reservation_id, part)
WHERE reservation_id = $1 ORDER BY move_id LIMIT $2
"""
