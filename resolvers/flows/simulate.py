"""Logged inquiries decided again under another rule book: who would have been answered otherwise, and why."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from time import perf_counter
from typing import NamedTuple

import orjson

from datasources.store import catalogue, clock, inquiry_log, shelf
from datasources.store.inquiries import Inquiry
from datasources.store.inquiry_log import Page
from datasources.store.snapshot import read_watermarks
from resolvers.flows.deps import Deps
from resolvers.flows.redeciding import Again, Kept, Pace, Prepared, Setups
from rules.ask import (
    RequestLine,
    answer,
    outcome_record,
    read_ask,
    read_by_person,
    read_destination,
    read_methods,
    read_outcomes,
    read_slots,
)
from rules.asked import LineAnswer, LineOutcome
from rules.book import Book
from rules.changes import Change, Difference, Responsible, Tally, differs
from rules.company import SourceAge
from rules.position import ItemPosition, together
from rules.quantity import BadQuantity, to_base, to_smallest

INQUIRIES_MAX = 100_000
CHANGED_MAX = 100_000
"""Changed lines that are kept one by one; all are counted."""
PREPARED_MAX = 10_000
"""Items kept prepared, 20 kB each."""
SETUPS_MAX = 16

Progress = Callable[[int, int], None]
"""Told how many inquiries are done, and of how many."""


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """One line of a logged inquiry that the other book answers otherwise. Quantities in the base unit."""

    inquiry_id: str
    asked_at: datetime
    channel: str
    demand_class: str
    sku: str
    quantity: Decimal
    wanted: str
    change: Change
    units: int | str
    days: float
    before: str
    after: str
    by: Responsible | None


@dataclass(slots=True)
class Simulation:
    """What the book changes about the inquiries asked since an instant."""

    version: str
    since: datetime
    inquiries: int = 0
    whole: Tally = field(default_factory=Tally)
    by_class: dict[tuple[str, str], Tally] = field(default_factory=dict)
    """By channel and demand class."""
    changed: list[ChangedLine] = field(default_factory=list)
    left_out: int = 0
    """Changed lines that are counted and not listed."""
    seconds: float = 0.0

    def summary(self) -> dict[str, object]:
        """The figures, as they are kept in the history of the book."""
        return {
            "since": self.since.isoformat(),
            "inquiries": self.inquiries,
            "lines": self.whole.lines,
            **{str(change): lines for change, lines in self.whole.changed.items()},
            "units_gained": self.whole.units_gained,
            "units_lost": self.whole.units_lost,
        }


async def simulate(
    deps: Deps,
    book: Book,
    since: timedelta,
    progress: Progress,
    most: int = INQUIRIES_MAX,
    listed: int | None = None,
) -> Simulation:
    """The newest inquiries of that long, at most `most`, decided again from their snapshots under the book.

    All that changes is counted; so many lines, or `CHANGED_MAX`, are listed one by one. Nothing is written.
    Raises StoreUnavailable and UnknownRuleBook.
    """
    async with deps.store.reading() as tx:
        start = await clock.now(tx) - since
    of = min(most, await inquiry_log.count_since(deps.store.pool, start))
    kept = CHANGED_MAX if listed is None else listed
    run, began = _Run(deps, book, Simulation(book.version, start), kept), perf_counter()
    async for page in inquiry_log.pages_since(deps.store.pool, start, most):
        await run.decide(page)
        progress(run.found.inquiries, of)
    run.found.seconds = perf_counter() - began
    return run.found


class _Run:
    """One simulation under way."""

    def __init__(self, deps: Deps, book: Book, found: Simulation, listed: int) -> None:
        self._deps, self._book, self.found, self._listed = deps, book, found, listed
        self._setups: Kept[Setups] = Kept(SETUPS_MAX)
        self._agains: Kept[Again] = Kept(SETUPS_MAX)
        self._ages: Kept[tuple[SourceAge, ...]] = Kept(SETUPS_MAX)
        self._prepared: Kept[Prepared] = Kept(PREPARED_MAX)
        self._pace = Pace()

    async def decide(self, page: Page) -> None:
        """The page's inquiries are decided again and compared."""
        for inquiry in page.inquiries:
            again = await self._again(inquiry, page)
            self._compare(inquiry, again, await self._items(inquiry, again, page.contents))
            self.found.inquiries += 1
            await self._pace.keep()

    async def _again(self, inquiry: Inquiry, page: Page) -> Again:
        named, now = (inquiry.setup_hash, inquiry.book_version), inquiry.decided_at
        setups = self._setups.get(named)
        if setups is None:
            company = catalogue.read_company(inquiry.setup_hash, page.setups[inquiry.setup_hash])
            before = await shelf.book(self._deps.store.pool, inquiry.book_version)
            setups = self._setups.put(named, Setups(company, before, self._book))
        key = (setups, setups.rows_at(now))
        return self._agains.get(key) or self._agains.put(key, Again(setups, now))

    async def _items(
        self, inquiry: Inquiry, again: Again, contents: Mapping[tuple[str, int], str]
    ) -> dict[str, Prepared]:
        """The items asked about, and their parts, prepared from what was read then."""
        now = inquiry.decided_at
        ages = self._ages.get(inquiry.watermarks)
        if ages is None:
            ages = self._ages.put(inquiry.watermarks, read_watermarks(inquiry.watermarks))
        silent = again.setup.choices.silent(ages, now)
        still = tuple((site, silence.percent) for site, silence in silent.items())
        items: dict[str, Prepared] = {}
        for read in zip(inquiry.skus, inquiry.sequences, strict=True):
            if read in contents:
                key = (read, again, still)
                found = self._prepared.get(key)
                if found is None or not found.is_good_at(now):
                    await self._pace.keep()
                    found = Prepared.of(read[0], contents[read], again.setup, now, silent)
                    self._prepared.put(key, found)
                items[read[0]] = found
        return items

    def _compare(self, inquiry: Inquiry, again: Again, items: Mapping[str, Prepared]) -> None:
        """The inquiry's lines are counted, and those that change are listed.

        The same outcomes are always logged as the same text, so where that is the same nothing changes.
        """
        ask = orjson.loads(inquiry.ask)
        requests = read_ask(ask)
        to, by_person = read_destination(ask), read_by_person(ask)
        asker = again.asker(inquiry.channel, inquiry.decided_at, to, by_person=by_person)
        asker = replace(asker, slots=read_slots(ask))
        positions = together({sku: prepared.item for sku, prepared in items.items()})
        after = answer(requests, positions, again.setup, asker, read_methods(ask))
        who = (inquiry.channel, again.demand_class(inquiry.channel))
        tally = self.found.by_class.setdefault(who, Tally())
        if orjson.dumps(outcome_record(after)).decode() == inquiry.outcome:
            tally.lines += len(requests)
            self.found.whole.lines += len(requests)
            return
        before = read_outcomes(orjson.loads(inquiry.outcome))
        for request, was, becomes in zip(requests, before, after, strict=True):
            item = positions.get(request.sku)
            difference = differs(was, becomes, _smallest(request, item))
            tally.count(difference)
            self.found.whole.count(difference)
            if difference is not None:
                by = None if item is None else _by(again, items[request.sku], item, inquiry, request)
                self._list(inquiry, who[1], _Line(request, was, becomes, difference, item, by))

    def _list(self, inquiry: Inquiry, demand_class: str, line: "_Line") -> None:
        if len(self.found.changed) >= self._listed:
            self.found.left_out += 1
            return
        precision = line.item.profile.precision if line.item else 0
        self.found.changed.append(
            ChangedLine(
                str(inquiry.inquiry_id),
                inquiry.asked_at,
                inquiry.channel,
                demand_class,
                line.request.sku,
                line.request.quantity,
                line.request.wanted.isoformat(),
                line.difference.change,
                to_base(line.difference.units, precision),
                float(line.difference.days),
                told(line.was, precision),
                told(line.becomes, precision),
                line.by,
            )
        )


class _Line(NamedTuple):
    """A line that changes, as asked, answered, and answered again."""

    request: RequestLine
    was: LineOutcome
    becomes: LineOutcome
    difference: Difference
    item: ItemPosition | None
    by: Responsible | None


def _by(
    again: Again, prepared: Prepared, item: ItemPosition, inquiry: Inquiry, request: RequestLine
) -> Responsible | None:
    """The row responsible; it is the same for each ask of the same item, but for a kit beside its parts."""
    asked = (inquiry.channel, request.site_id)
    if item is not prepared.item:
        return again.responsible(item, *asked)
    if asked not in prepared.by:
        prepared.by[asked] = again.responsible(item, *asked)
    return prepared.by[asked]


def _smallest(request: RequestLine, item: ItemPosition | None) -> int:
    if item is None:
        return 0
    try:
        return to_smallest(request.quantity, item.profile.precision)
    except BadQuantity:
        return 0


def told(outcome: LineOutcome, precision: int) -> str:
    """An outcome in a few words: what comes when and from where, and what stays open."""
    if not isinstance(outcome, LineAnswer):
        return outcome.code
    return "; ".join(_told_parts(outcome, precision)) or "nothing"


def _told_parts(outcome: LineAnswer, precision: int) -> Iterator[str]:
    for part in outcome.schedule:
        yield f"{to_base(part.quantity, precision)} on {part.day} from {part.site_id}"
    if outcome.open:
        yield f"{to_base(outcome.open, precision)} open"
