"""Reading for a decision: prepared positions in memory, and one round trip for what has changed."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import asyncpg
import orjson

from datasources.store import catalogue, profiles
from datasources.store.unit import unavailable_is_typed
from rules.calendar import local_day
from rules.model import Profile, Setup, SourceAge
from rules.position import ItemPosition, prepare

HELD_MAX = 200_000
"""Items kept prepared in memory; the one not asked for longest goes first."""


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
    sequence: int
    content: str
    profile: Profile
    position: ItemPosition | None = None


class SnapshotReader:
    """Keeps prepared items by (item, sequence), good for one set-up and one set of local days."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._setup: Setup | None = None
        self._days: tuple[date, ...] = ()
        self._watermarks: tuple[str, tuple[SourceAge, ...]] = ("", ())

    async def read(self, skus: Sequence[str]) -> Snapshot:
        """The items as they are now. One round trip, and a second when the set-up has changed.

        Raises StoreUnavailable.
        """
        asked = sorted(set(skus))
        held = [entry.sequence if (entry := self._held.get(sku)) else -1 for sku in asked]
        async with unavailable_is_typed(), self._pool.acquire() as connection:
            row = await connection.fetchrow(DELTA, asked, held)
            if self._setup is None or self._setup.setup_hash != row["setup_hash"]:
                content = await connection.fetchval(
                    "SELECT content FROM setup WHERE setup_hash = $1", row["setup_hash"]
                )
                self._setup = catalogue.read_setup(row["setup_hash"], content)
                self._forget_positions()
        return self._snapshot(asked, row)

    def _snapshot(self, asked: list[str], row: asyncpg.Record) -> Snapshot:
        assert self._setup is not None
        now = row["now"].astimezone(UTC)
        for sku, sequence, content in zip(row["skus"], row["sequences"], row["contents"], strict=True):
            self._held[sku] = _Held(sequence, content, profiles.decode(sku, content))
        self._keep_to_days(now, self._setup)
        entries = {sku: entry for sku in asked if (entry := self._held.get(sku)) is not None}
        snapshot = Snapshot(
            now,
            self._setup,
            {sku: self._position(entry, self._setup, now) for sku, entry in entries.items()},
            {sku: entry.sequence for sku, entry in entries.items()},
            {sku: entry.content for sku, entry in entries.items()},
            self._ages(row["watermarks"]),
            row["watermarks"],
        )
        self._let_go(entries)
        return snapshot

    def _position(self, entry: _Held, setup: Setup, now: datetime) -> ItemPosition:
        if entry.position is None:
            entry.position = prepare(entry.profile, setup, now)
        return entry.position

    def _keep_to_days(self, now: datetime, setup: Setup) -> None:
        """Rows begin at today, so they are prepared again when a day ends at any site."""
        days = tuple(local_day(now, zone) for zone in sorted({site.zone for site in setup.sites.values()}))
        if days != self._days:
            self._days = days
            self._forget_positions()

    def _forget_positions(self) -> None:
        for entry in self._held.values():
            entry.position = None

    def _let_go(self, used: Mapping[str, _Held]) -> None:
        for sku in used:
            self._held.move_to_end(sku)
        while len(self._held) > HELD_MAX:
            self._held.popitem(last=False)

    def _ages(self, watermarks: str) -> tuple[SourceAge, ...]:
        if self._watermarks[0] != watermarks:
            self._watermarks = (watermarks, read_watermarks(watermarks))
        return self._watermarks[1]


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
