"""The outcome of each request that commits, under its key: once and for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import asyncpg
import orjson

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
    trace_id: str = ""
    """The trace of the request that was decided."""
    inquiry_id: UUID | None = None
    """The inquiry that a promise came from."""


async def find(pool: asyncpg.Pool, key: Key) -> Operation | None:
    """What became of the request, or None where nothing has been decided under the key."""
    async with unavailable_is_typed(), pool.acquire() as connection:
        found = await known(connection, [key])
    return found.get(key)


async def known(driver: Any, keys: Sequence[Key]) -> dict[Key, Operation]:
    """Those of the keys that were used before."""
    rows = await driver.fetch(KNOWN, orjson.dumps(keys).decode())
    return {(row["person"], row["channel"], row["key"]): _operation(row) for row in rows}


def _operation(row: Any) -> Operation:
    fields = {name: row[name] for name in Operation.__dataclass_fields__}
    return Operation(**fields | {"at": row["at"].astimezone(UTC)})


async def keep(driver: Any, decided: Sequence[Operation]) -> None:
    """The outcomes stand under their keys. Raises Contended where another gateway has just used one.

    They are sent in key order, so that two gateways using the same keys never wait for each other in a ring.
    """
    if not decided:
        return
    try:
        await driver.copy_records_to_table("operation", columns=COLUMNS, records=sorted(map(ROW, decided)))
    except asyncpg.UniqueViolationError as used:
        raise Contended from used


COLUMNS = tuple(Operation.__dataclass_fields__)
ROW = attrgetter(*COLUMNS)
KNOWN = """
SELECT operation.* FROM json_array_elements($1::json) AS asked CROSS JOIN LATERAL (
  SELECT * FROM operation
  WHERE person = asked->>0 AND channel = asked->>1 AND key = asked->>2 LIMIT 1) AS operation
"""
"""Each key is looked up by itself: however many operations there are, no others are looked at."""
