"""Reading for a decision: prepared positions in memory, and one round trip for what has changed."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import cast

import asyncpg
import orjson

from datasources.store import catalogue, profiles, shelf
from datasources.store.rulebooks import IN_FORCE_SQL
from datasources.store.slots import COUNTED_SQL, SiteDay, read_counts
from datasources.store.unit import unavailable_is_typed
from rules.calendar import local_day
from rules.choices import setup_of
from rules.company import Setup, SourceAge
from rules.errors import StoreUnavailable, TooBusy
from rules.model import SUCCESSORS_MAX, Profile
from rules.position import ItemPosition, Silent, prepare, together
from rules.reserved import good_from, good_until
from rules.terms import LEVELS_MAX, NO_TERMS, made_from

HELD_MAX = 50_000
"""Items kept prepared in memory, some 20 kB each; the one not asked for longest goes first."""
SETUPS_MAX = 4
LOOKS_MAX = LEVELS_MAX + 4
"""Looks taken for one ask: each that finds an item put together otherwise than was known needs another."""
LOOKS_AT_ONCE = 2
"""Few, so that many asks share one; not one alone, so that a long one does not keep everybody waiting."""
ITEMS_AT_ONCE_MAX = 5_000
WAITING_MAX = 10_000


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
    silent: Silent
    slots: Mapping[SiteDay, int] = field(default_factory=dict)
    """The orders that leave each site on each day; empty where no rule limits them."""


@dataclass(slots=True)
class _Held:
    """One item as last read, and its rows as last prepared, good for one set-up and one set of local days."""

    sequence: int
    content: str
    profile: Profile
    prepared_for: object = None
    position: ItemPosition | None = None
    good_from: datetime | None = None
    good_until: datetime | None = None
    """From the one to the other the same reservations count, so the rows are right; None: no end there."""

    def prepared(self, look: "_Look") -> ItemPosition:
        if self.position is None or self.prepared_for != look.basis or not self._counts_the_same(look.now):
            self.position = prepare(self.profile, look.setup, look.now, look.silent)
            self.prepared_for = look.basis
            self.good_from = good_from(self.profile, look.now)
            self.good_until = good_until(self.profile, look.now)
        return self.position

    def _counts_the_same(self, now: datetime) -> bool:
        begun = self.good_from is None or self.good_from <= now
        return begun and (self.good_until is None or now < self.good_until)


@dataclass(frozen=True, slots=True)
class _Look:
    """What one statement found: every item it was about that exists, and what they are to be prepared for."""

    held: Collection[str]
    entries: Mapping[str, _Held]
    now: datetime
    setup: Setup
    silent: Silent
    basis: object
    watermarks: str
    slots: Mapping[SiteDay, int]

    def is_whole(self, asked: Iterable[str]) -> bool:
        """Whether it was also about all that the asked items are put together or made from."""
        return all(part in self.held for part in _read_along(asked, self.entries))


class SnapshotReader:
    """Keeps items by (item, sequence), so that a read brings only those that have changed since.

    Reads that come while others are under way share a statement that begins after all of them had come.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._setups: OrderedDict[tuple[str, str | None], Setup] = OrderedDict()
        self._watermarks: tuple[str, tuple[SourceAge, ...]] = ("", ())
        self._waiting: deque[tuple[set[str], asyncio.Future[_Look]]] = deque()
        self._looking: set[asyncio.Task[None]] = set()
        self._limited = False
        """Whether any rule limited the orders that leave a site a day, when last looked."""

    async def read(self, skus: Sequence[str]) -> Snapshot:
        """The items, and what they are put together or made from, as they are now.

        One round trip; a second when the set-up has changed, and another look for each level of components
        that was not known. Raises StoreUnavailable and TooBusy.
        """
        asked = {sku for sku in skus if "\0" not in sku}
        for _ in range(LOOKS_MAX):
            look = await self._look_with_others(asked)
            if look.is_whole(asked):
                break
        return self._snapshot(asked, look)

    async def _look_with_others(self, asked: set[str]) -> _Look:
        if len(self._waiting) >= WAITING_MAX:
            raise TooBusy(WAITING_MAX)
        done: asyncio.Future[_Look] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, done))
        if len(self._looking) < LOOKS_AT_ONCE:
            self._looking.add(asyncio.create_task(self._look_for_waiting()))
        return await done

    async def _look_for_waiting(self) -> None:
        try:
            await self._look_until_none_waits()
        finally:  # in the same step as the last look at who waits, so that nobody comes in between unheard
            self._looking.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _look_until_none_waits(self) -> None:
        while self._waiting:
            asked, sharing = self._take()
            try:
                look = await self._look(asked)
            except asyncio.CancelledError:
                _settle(sharing, StoreUnavailable())
                raise
            except Exception as failed:  # noqa: BLE001  # all who share the look must hear of it
                _settle(sharing, failed)
            else:
                _settle(sharing, look)

    def _take(self) -> tuple[set[str], list[asyncio.Future[_Look]]]:
        """Those who have waited longest, as many as fit into one look, and all the items they ask about."""
        asked, first = self._waiting.popleft()
        asked, sharing = set(asked), [first]
        while self._waiting and len(asked) + len(self._waiting[0][0]) <= ITEMS_AT_ONCE_MAX:
            also, done = self._waiting.popleft()
            asked |= also
            sharing.append(done)
        return asked, sharing

    async def _look(self, asked: set[str]) -> _Look:
        held = self._held_of(asked)
        sequences = [-1 if entry is None else entry.sequence for entry in held.values()]
        async with unavailable_is_typed(), self._pool.acquire() as connection:
            limited = self._limited
            row = await connection.fetchrow(DELTA, list(held), sequences, limited)
            key = (row["setup_hash"], row["book_version"])
            setup = self._setups.get(key) or await self._read_setup(connection, *key)
            self._limited = setup.choices.limits_orders()
            if self._limited and not limited:  # the first look under such rules
                row = await connection.fetchrow(DELTA, list(held), sequences, True)  # noqa: FBT003
        now = row["now"].astimezone(UTC)
        silent = setup.choices.silent(self._ages(row["watermarks"]), now)
        still = tuple((site, silence.percent) for site, silence in silent.items())
        basis = (setup.setup_hash, setup.choices.basis(now), local_days(now, setup), still)
        slots = read_counts(row["slots"]) if row["slots"] else {}
        return _Look(held, self._entries(held, row), now, setup, silent, basis, row["watermarks"], slots)

    def _held_of(self, asked: Iterable[str]) -> dict[str, _Held | None]:
        """What is held of the items and of what they are put together or made from, in order."""
        held = {sku: self._held.get(sku) for sku in asked}
        parts = {part: self._held.get(part) for part in _read_along(held, self._held)}
        return dict(sorted({**parts, **held}.items()))

    def _entries(self, held: Mapping[str, _Held | None], row: asyncpg.Record) -> dict[str, _Held]:
        """What was held at the call and what this read brought; others may have read newer rows meanwhile."""
        entries = {sku: entry for sku, entry in held.items() if entry is not None}
        for sku, sequence, content in zip(row["skus"], row["sequences"], row["contents"], strict=True):
            entries[sku] = self._keep(sku, _Held(sequence, content, profiles.decode(sku, content)))
        return {sku: entries[sku] for sku in held if sku in entries}

    async def _read_setup(
        self, connection: asyncpg.Connection, setup_hash: str, version: str | None
    ) -> Setup:
        content = await connection.fetchval("SELECT content FROM setup WHERE setup_hash = $1", setup_hash)
        book = await shelf.book(connection, version)
        setup = setup_of(catalogue.read_company(setup_hash, content), book)
        self._setups[setup_hash, version] = setup
        while len(self._setups) > SETUPS_MAX:
            self._setups.popitem(last=False)
        return setup

    def _snapshot(self, asked: set[str], look: _Look) -> Snapshot:
        names = sorted({*asked, *_read_along(asked, look.entries)})
        entries = {sku: look.entries[sku] for sku in names if sku in look.entries}
        self._use(entries)
        return Snapshot(
            look.now,
            look.setup,
            together({sku: entry.prepared(look) for sku, entry in entries.items()}),
            {sku: entry.sequence for sku, entry in entries.items()},
            {sku: entry.content for sku, entry in entries.items()},
            self._ages(look.watermarks),
            look.watermarks,
            look.silent,
            look.slots,
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


def _settle(waiting: Iterable[asyncio.Future[_Look]], outcome: _Look | Exception) -> None:
    for done in waiting:
        if done.done():  # who asked is gone
            continue
        if isinstance(outcome, Exception):
            done.set_exception(outcome)
        else:
            done.set_result(outcome)


def _read_along(asked: Iterable[str], entries: Mapping[str, _Held]) -> Iterator[str]:
    """What the asked items are put together from, and what making them takes, as far as it is known."""
    profiles_known = [entries[sku].profile for sku in asked if sku in entries]
    for profile in profiles_known:
        yield from (part.sku for part in profile.parts)
    yield from _sent_for_parts(profiles_known, entries)
    yield from _sent_instead(profiles_known, entries)
    terms = [profile.terms for profile in profiles_known if profile.terms.productions]
    if terms:
        yield from made_from(terms, lambda sku: entries[sku].profile.terms if sku in entries else NO_TERMS)


def _sent_instead(asked: Iterable[Profile], entries: Mapping[str, _Held]) -> Iterator[str]:
    """What else may be sent for the items, successors of successors too, and what that is made of."""
    seen: set[str] = set()
    level = [sku for profile in asked for sku in profile.sent_instead]
    for _ in range(SUCCESSORS_MAX):
        fresh = [sku for sku in dict.fromkeys(level) if sku not in seen]
        if not fresh:
            break
        seen.update(fresh)
        yield from fresh
        known = [entries[sku].profile for sku in fresh if sku in entries]
        for profile in known:
            yield from (part.sku for part in profile.parts)
        yield from _sent_for_parts(known, entries)
        level = [profile.superseded.by for profile in known if profile.superseded is not None]


def _sent_for_parts(kits: Iterable[Profile], entries: Mapping[str, _Held]) -> Iterator[str]:
    """What may be sent for the components of kits, and what that is put together from."""
    for kit in kits:
        parts = (entries[part.sku].profile for part in kit.parts if part.sku in entries)
        for other in (other.sku for part in parts for other in part.instead):
            yield other
            if other in entries:
                yield from (part.sku for part in entries[other].profile.parts)


def local_days(now: datetime, setup: Setup) -> tuple[date, ...]:
    """Today in each zone: rows begin at today, so they are prepared again when a day ends anywhere."""
    return tuple(local_day(now, zone) for zone in sorted({site.zone for site in setup.sites.values()}))


def read_watermarks(text: str) -> tuple[SourceAge, ...]:
    """Each source's last word by kind of fact, from its logged form."""
    return tuple(
        SourceAge(source, kind, *(datetime.fromisoformat(instant).astimezone(UTC) for instant in instants))
        for source, kind, *instants in orjson.loads(text)
    )


WATERMARKS_SQL = """
  (SELECT coalesce(
     json_agg(json_build_array(source, kind, as_of, heard_at) ORDER BY source, kind), '[]')::text
     FROM watermark)"""
"""When each source last spoke, as it is logged."""

DELTA = f"""
SELECT earmark_now() AS now, catalogue.setup_hash, {IN_FORCE_SQL} AS book_version,
  {WATERMARKS_SQL} AS watermarks,
  CASE WHEN $3 THEN {COUNTED_SQL} END AS slots,
  changed.skus, changed.sequences, changed.contents
FROM catalogue, LATERAL (
  SELECT coalesce(array_agg(profile.sku), '{{}}') AS skus,
    coalesce(array_agg(profile.sequence), '{{}}') AS sequences,
    coalesce(array_agg(profile.content), '{{}}') AS contents
  FROM unnest($1::text[], $2::bigint[]) AS held(sku, sequence) JOIN profile USING (sku)
  WHERE profile.sequence <> held.sequence) AS changed
"""
