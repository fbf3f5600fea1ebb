"""What deciding many logged inquiries again keeps, so that what they have in common is worked out once."""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from time import perf_counter
from typing import Generic, TypeVar

from datasources.store import profiles
from rules.ask import Delivered, asking, when_asked
from rules.book import Book
from rules.calendar import zone_of
from rules.changes import Responsible, responsible
from rules.choices import BookChoices, setup_of
from rules.company import Company, Setup
from rules.position import ItemPosition, Silent, prepare
from rules.promise import Asker
from rules.reserved import good_from, good_until
from rules.why import asked_for

SOURCINGS_MAX = 4_096
"""Sites by class of item kept for a channel."""
SLICE_S = 0.002
"""So long others wait at most for each of their steps, unless a single inquiry or item takes longer."""

T = TypeVar("T")


class Kept(Generic[T]):
    """At most so many; what was not asked for longest goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable) -> T | None:
        """What is kept under the key, or None."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: Hashable, value: T) -> T:
        """The value, which is now kept."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return value

    def __len__(self) -> int:
        return len(self._kept)


class Pace:
    """Lets others on the loop go first, again and again."""

    def __init__(self) -> None:
        self._since = perf_counter()

    async def keep(self) -> None:
        """Others have had a turn, if their last one is a slice ago."""
        if perf_counter() - self._since > SLICE_S:
            await asyncio.sleep(0)
            self._since = perf_counter()


@dataclass(slots=True)
class Prepared:
    """An item as it was read, prepared; right as long as the same reservations count."""

    item: ItemPosition
    good_from: datetime | None
    good_until: datetime | None
    by: dict[tuple[str, str | None], Responsible | None] = field(default_factory=dict)
    """The row responsible for what changes about it, by channel and site asked for."""

    @classmethod
    def of(cls, sku: str, content: str, setup: Setup, now: datetime, silent: Silent) -> "Prepared":
        """The item of that content as of `now`."""
        profile = profiles.decode(sku, content)
        item = prepare(profile, setup, now, silent)
        return cls(item, good_from(profile, now), good_until(profile, now))

    def is_good_at(self, now: datetime) -> bool:
        """Whether the reservations it counts are those that count at the instant."""
        begun = self.good_from is None or self.good_from <= now
        return begun and (self.good_until is None or now < self.good_until)


class Setups:
    """A company deciding by one book, and by another."""

    def __init__(self, company: Company, before: Book, book: Book) -> None:
        self.before, self.after = setup_of(company, before), setup_of(company, book)
        self._books = before, book
        self._zones = [zone_of(name) for name in sorted({site.zone for site in company.sites.values()})]

    def rows_at(self, now: datetime) -> object:
        """The local days, and the rows in force in both books: equal at two instants if all are the same."""
        before, book = self._books
        locals_ = [now.astimezone(zone).replace(tzinfo=None) for zone in self._zones]
        return tuple(
            (local.toordinal(), before.interval_key(local), book.interval_key(local)) for local in locals_
        )


class Again:
    """Two set-ups while in both the same rows are in force, on the same local days.

    Everything asked of them then is the same for every inquiry, so each is asked once.
    """

    def __init__(self, setups: Setups, now: datetime) -> None:
        self.setup = setup = setups.after
        self._now = now
        self._choices = [_choices(each) for each in (setups.before, setups.after)]
        self._first = next(iter(sorted(setup.sites)), None)
        self._askers: dict[str, Asker] = {}
        self._classes: dict[str, str] = {}

    def asker(self, channel: str, now: datetime, to: Delivered | None, *, by_person: bool = False) -> Asker:
        """The channel as it asks under the other book, at that instant. Raises UnknownDestination."""
        found = self._askers.get(channel)
        if found is None:
            asker = asking(channel, self.setup, self._now)
            found = self._askers[channel] = Asker(
                channel,
                lru_cache(maxsize=SOURCINGS_MAX)(asker.sourcing),
                lru_cache(maxsize=SOURCINGS_MAX)(asker.manner),
                capability=asker.capability,
            )
        assert found.capability is not None, "an asker knows what it may do with goods not there yet"
        capability = replace(found.capability, by_person=by_person)
        return replace(found, when=when_asked(self.setup, now, to), capability=capability)

    def demand_class(self, channel: str) -> str:
        """The class of the channel's demand under the other book, at the first site."""
        found = self._classes.get(channel)
        if found is None:
            _, choices = self._choices
            found = "" if self._first is None else choices.demand_class(channel, self._first, self._now)
            self._classes[channel] = found
        return found

    def responsible(self, item: ItemPosition, channel: str, site_id: str | None) -> Responsible | None:
        """The row that says otherwise about the item now."""
        was, says = (asked_for(item, each, channel, self._now, site_id) for each in self._choices)
        return responsible(was, says)


def _choices(setup: Setup) -> BookChoices:
    assert isinstance(setup.choices, BookChoices)
    return setup.choices
