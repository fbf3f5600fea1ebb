"""Reading for a decision: prepared positions in memory, and one round trip for what has changed."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import asyncpg
import orjson

from datasources.store import catalogue, profiles
from datasources.store.unit import unavailable_is_typed
from rules.calendar import local_day
from rules.model import Profile, Setup, SourceAge
from rules.position import ItemPosition, prepare, together

HELD_MAX = 200_000
"""Items kept prepared in memory; the one not asked for longest goes first."""
SETUPS_MAX = 4
LOOKS_MAX = 3
"""Looks taken for one ask: each that finds a kit put together otherwise than was known needs another."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one decision rests on, all as of one statement. `positions` lacks the skus nobody knows."""

    now: datetime
    setup: Setup
    positions: Mapping[str, ItemPosition]
    sequences: Mapping[str, int]
    contents: Mapping[str, str]
    ages: tuple[SourceAge, ...]
    watermarks: str


@dataclass(slots=True)
class _Held:
    """One item as last read, and its rows as last prepared, good for one set-up and one set of local days."""

    sequence: int
    content: str
    profile: Profile
    prepared_for: object = None
    position: ItemPosition | None = None

    def prepared(self, basis: object, setup: Setup, now: datetime) -> ItemPosition:
        if self.position is None or self.prepared_for != basis:
            self.position, self.prepared_for = prepare(self.profile, setup, now), basis
        return self.position


class SnapshotReader:
    """Keeps items by (item, sequence), so that a read brings only those that have changed since."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._setups: OrderedDict[str, Setup] = OrderedDict()
        self._watermarks: tuple[str, tuple[SourceAge, ...]] = ("", ())

    async def read(self, skus: Sequence[str]) -> Snapshot:
        """The items, and what kits among them are put together from, as they are now.

        One round trip; a second when the set-up has changed, and another look when a kit is asked for whose
        components were not known. Raises StoreUnavailable.
        """
        asked = {sku for sku in skus if "\0" not in sku}
        async with unavailable_is_typed(), self._pool.acquire() as connection:
            for _ in range(LOOKS_MAX):
                held = self._held_of(asked)
                sequences = [-1 if entry is None else entry.sequence for entry in held.values()]
                row = await connection.fetchrow(DELTA, list(held), sequences)
                entries = self._entries(held, row)
                if all(part in held for part in _parts_of(asked, entries)):
                    break
            setup = self._setups.get(row["setup_hash"]) or await self._read_setup(
                connection, row["setup_hash"]
            )
        return self._snapshot(entries, row, setup)

    def _held_of(self, asked: Iterable[str]) -> dict[str, _Held | None]:
        """What is held of the items and of what kits among them are put together from, in order."""
        held = {sku: self._held.get(sku) for sku in asked}
        known = {sku: entry for sku, entry in held.items() if entry is not None}
        parts = {part: self._held.get(part) for part in _parts_of(held, known)}
        return dict(sorted({**parts, **held}.items()))

    def _entries(self, held: Mapping[str, _Held | None], row: asyncpg.Record) -> dict[str, _Held]:
        """What was held at the call and what this read brought; others may have read newer rows meanwhile."""
        entries = {sku: entry for sku, entry in held.items() if entry is not None}
        for sku, sequence, content in zip(row["skus"], row["sequences"], row["contents"], strict=True):
            entries[sku] = self._keep(sku, _Held(sequence, content, profiles.decode(sku, content)))
        return {sku: entries[sku] for sku in held if sku in entries}

    async def _read_setup(self, connection: asyncpg.Connection, setup_hash: str) -> Setup:
        content = await connection.fetchval("SELECT content FROM setup WHERE setup_hash = $1", setup_hash)
        setup = self._setups[setup_hash] = catalogue.read_setup(setup_hash, content)
        while len(self._setups) > SETUPS_MAX:
            self._setups.popitem(last=False)
        return setup

    def _snapshot(self, entries: Mapping[str, _Held], row: asyncpg.Record, setup: Setup) -> Snapshot:
        now = row["now"].astimezone(UTC)
        basis = (setup.setup_hash, _local_days(now, setup))
        self._use(entries)
        return Snapshot(
            now,
            setup,
            together({sku: entry.prepared(basis, setup, now) for sku, entry in entries.items()}),
            {sku: entry.sequence for sku, entry in entries.items()},
            {sku: entry.content for sku, entry in entries.items()},
            self._ages(row["watermarks"]),
            row["watermarks"],
        )

    def _keep(self, sku: str, entry: _Held) -> _Held:
        newest = self._held.get(sku)
        if newest is None or newest.sequence < entry.sequence:
            self._held[sku] = entry
        return entry

    def _use(self, used: Mapping[str, _Held]) -> None:
        for sku in used:
            if sku in self._held:
                self._held.move_to_end(sku)
        while len(self._held) > HELD_MAX:
            self._held.popitem(last=False)

    def _ages(self, watermarks: str) -> tuple[SourceAge, ...]:
        if self._watermarks[0] != watermarks:
            self._watermarks = (watermarks, read_watermarks(watermarks))
        return self._watermarks[1]


def _parts_of(asked: Iterable[str], entries: Mapping[str, _Held]) -> Iterator[str]:
    """What the kits among the asked items are put together from."""
    kits = (entries[sku] for sku in asked if sku in entries)
    return (part.sku for kit in kits for part in kit.profile.parts)


def _local_days(now: datetime, setup: Setup) -> tuple[date, ...]:
    """Today in each zone: rows begin at today, so they are prepared again when a day ends anywhere."""
    return tuple(local_day(now, zone) for zone in sorted({site.zone for site in setup.sites.values()}))


def read_watermarks(text: str) -> tuple[SourceAge, ...]:
    """Each source's last word by kind of fact, from its logged form."""
    return tuple(
        SourceAge(source, kind, datetime.fromisoformat(as_of).astimezone(UTC))
        for source, kind, as_of in orjson.loads(text)
    )


DELTA = """
SELECT earmark_now() AS now, catalogue.setup_hash,
  (SELECT coalesce(json_agg(json_build_array(source, kind, as_of) ORDER BY source, kind), '[]')::text
     FROM watermark) AS watermarks,
  changed.skus, changed.sequences, changed.contents
FROM catalogue, LATERAL (
  SELECT coalesce(array_agg(profile.sku), '{}') AS skus,
    coalesce(array_agg(profile.sequence), '{}') AS sequences,
    coalesce(array_agg(profile.content), '{}') AS contents
  FROM unnest($1::text[], $2::bigint[]) AS held(sku, sequence) JOIN profile USING (sku)
  WHERE profile.sequence <> held.sequence) AS changed
"""
