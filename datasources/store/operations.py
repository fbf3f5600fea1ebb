"""The outcome of each request that commits, under its key: once and for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from datasources.store.unit import Contended, unavailable_is_typed

Key = tuple[str, str, str]
"""Person, channel and the key they gave."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A request that was decided. `fingerprint` is the hash of its payload, `outcome` JSON."""

    person: str
    channel: str
    key: str
    act: str
    fingerprint: str
    outcome: str
    at: datetime


async def find(pool: asyncpg.Pool, key: Key) -> Operation | None:
    """What became of the request, or None where nothing has been decided under the key."""
    async with unavailable_is_typed(), pool.acquire() as connection:
        found = await known(connection, [key])
    return found.get(key)


async def known(driver: Any, keys: Sequence[Key]) -> dict[Key, Operation]:
    """Those of the keys that were used before."""
    persons, channels, names = ([key[at] for key in keys] for at in range(3))
    rows = await driver.fetch(KNOWN, persons, channels, names)
    return {(row["person"], row["channel"], row["key"]): _operation(row) for row in rows}


def _operation(row: Any) -> Operation:
    fields = {name: row[name] for name in Operation.__dataclass_fields__}
    return Operation(**fields | {"at": row["at"].astimezone(UTC)})


async def keep(driver: Any, decided: Sequence[Operation]) -> None:
    """The outcomes stand under their keys. Raises Contended where another gateway has just used one."""
    if not decided:
        return
    ordered = sorted(decided, key=lambda each: (each.person, each.channel, each.key))
    columns = ([getattr(each, name) for each in ordered] for name in Operation.__dataclass_fields__)
    if await driver.fetchval(KEEP, *columns) != len(ordered):
        raise Contended


KNOWN = """
SELECT operation.* FROM operation JOIN unnest($1::text[], $2::text[], $3::text[])
  AS asked(person, channel, key) USING (person, channel, key)
"""
KEEP = """
WITH kept AS (
  INSERT INTO operation (person, channel, key, act, fingerprint, outcome, at)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
    $7::timestamptz[])
  ON CONFLICT DO NOTHING RETURNING 1)
SELECT count(*) FROM kept
"""
"""Sent in key order, so that two gateways using the same keys never wait for each other in a ring."""
