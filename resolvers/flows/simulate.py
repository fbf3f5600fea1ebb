"""Logged inquiries decided again under another rule book: who would have been answered otherwise, and why."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from time import perf_counter

import orjson

from datasources.store import catalogue, clock, inquiry_log, profiles, shelf
from datasources.store.inquiries import Inquiry
from datasources.store.inquiry_log import Page
from datasources.store.snapshot import read_watermarks
from resolvers.flows.deps import Deps
from rules.ask import RequestLine, answer, asking, read_ask, read_methods, read_outcomes
from rules.book import Book
from rules.calendar import local_day
from rules.changes import Change, Difference, Responsible, Tally, differs, responsible
from rules.choices import BookChoices, setup_of
from rules.model import LineAnswer, LineOutcome, Setup
from rules.position import ItemPosition, Silent, prepare, together
from rules.quantity import BadQuantity, to_base, to_smallest
from rules.why import asked_for

INQUIRIES_MAX = 100_000
CHANGED_MAX = 100_000
"""Changed lines that are kept one by one; all are counted."""
PREPARED_MAX = 50_000
SLICE_S = 0.02
"""So long others wait at most while a simulation runs in a gateway."""

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
    units: object
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
    deps: Deps, book: Book, since: timedelta, progress: Progress, most: int = INQUIRIES_MAX
) -> Simulation:
    """The newest inquiries of that long, at most `most`, decided again from their snapshots under the book.

    Nothing is written. Raises StoreUnavailable and UnknownRuleBook.
    """
    async with deps.store.reading() as tx:
        start = await clock.now(tx) - since
    of = min(most, await inquiry_log.count_since(deps.store.pool, start))
    run, began = _Run(deps, book, Simulation(book.version, start)), perf_counter()
    async for page in inquiry_log.pages_since(deps.store.pool, start, most):
        await run.decide(page)
        progress(run.found.inquiries, of)
    run.found.seconds = perf_counter() - began
    return run.found


@dataclass(slots=True)
class _Again:
    """An inquiry's set-up under the other book, and under the one that decided it."""

    setup: Setup
    before: Setup


class _Run:
    """One simulation under way: prepared positions are kept, since the same item is asked about often."""

    def __init__(self, deps: Deps, book: Book, found: Simulation) -> None:
        self._deps, self._book, self.found = deps, book, found
        self._setups: dict[tuple[str, str], _Again] = {}
        self._prepared: OrderedDict[object, ItemPosition] = OrderedDict()

    async def decide(self, page: Page) -> None:
        """The page's inquiries are decided again and compared."""
        since = perf_counter()
        for inquiry in page.inquiries:
            again = await self._again(inquiry, page)
            self._compare(inquiry, again, page.contents)
            self.found.inquiries += 1
            if perf_counter() - since > SLICE_S:
                await asyncio.sleep(0)  # whoever else is to be answered comes first
                since = perf_counter()

    async def _again(self, inquiry: Inquiry, page: Page) -> _Again:
        key = (inquiry.setup_hash, inquiry.book_version)
        found = self._setups.get(key)
        if found is None:
            company = catalogue.read_company(inquiry.setup_hash, page.setups[inquiry.setup_hash])
            before = await shelf.book(self._deps.store.pool, inquiry.book_version)
            found = _Again(setup_of(company, self._book), setup_of(company, before))
            self._setups[key] = found
        return found

    def _compare(self, inquiry: Inquiry, again: _Again, contents: Mapping[tuple[str, int], str]) -> None:
        now, ask, setup = inquiry.decided_at, orjson.loads(inquiry.ask), again.setup
        silent = setup.choices.silent(read_watermarks(inquiry.watermarks), now)
        basis = (setup.setup_hash, setup.choices.basis(now), _days(setup, now), _still(silent))
        items = {
            sku: self._position((sku, number, basis), contents[sku, number], setup, now, silent)
            for sku, number in zip(inquiry.skus, inquiry.sequences, strict=True)
            if (sku, number) in contents
        }
        positions = together(items)
        requests = read_ask(ask)
        asker = asking(inquiry.channel, setup, now)
        after = answer(requests, positions, setup, asker, read_methods(ask))
        before = read_outcomes(orjson.loads(inquiry.outcome))
        tally = self._tally(inquiry, setup)
        for request, was, becomes in zip(requests, before, after, strict=True):
            item = positions.get(request.sku)
            difference = differs(was, becomes, _smallest(request, item))
            tally.count(difference)
            self.found.whole.count(difference)
            if difference is not None:
                self._keep(inquiry, again, (request, was, becomes, difference), item)

    def _position(
        self, key: tuple[str, int, object], content: str, setup: Setup, now: datetime, silent: Silent
    ) -> ItemPosition:
        found = self._prepared.get(key)
        if found is None:
            found = prepare(profiles.decode(key[0], content), setup, now, silent)
            self._prepared[key] = found
            if len(self._prepared) > PREPARED_MAX:
                self._prepared.popitem(last=False)
        return found

    def _tally(self, inquiry: Inquiry, setup: Setup) -> Tally:
        return self.found.by_class.setdefault(
            (inquiry.channel, _demand_class(setup, inquiry.channel, inquiry.decided_at)), Tally()
        )

    def _keep(
        self,
        inquiry: Inquiry,
        again: _Again,
        line: tuple[RequestLine, LineOutcome, LineOutcome, Difference],
        item: ItemPosition | None,
    ) -> None:
        if len(self.found.changed) >= CHANGED_MAX:
            self.found.left_out += 1
            return
        request, was, becomes, difference = line
        precision = item.profile.precision if item else 0
        self.found.changed.append(
            ChangedLine(
                str(inquiry.inquiry_id),
                inquiry.asked_at,
                inquiry.channel,
                _demand_class(again.setup, inquiry.channel, inquiry.decided_at),
                request.sku,
                request.quantity,
                request.wanted.isoformat(),
                difference.change,
                to_base(difference.units, precision),
                float(difference.days),
                told(was, precision),
                told(becomes, precision),
                None if item is None else _by(inquiry, again, item, request.site_id),
            )
        )


def _by(inquiry: Inquiry, again: _Again, item: ItemPosition, site_id: str | None) -> Responsible | None:
    asked = [
        asked_for(item, _choices(setup), inquiry.channel, inquiry.decided_at, site_id)
        for setup in (again.before, again.setup)
    ]
    return responsible(*asked)


def _choices(setup: Setup) -> BookChoices:
    assert isinstance(setup.choices, BookChoices)
    return setup.choices


def _demand_class(setup: Setup, channel: str, now: datetime) -> str:
    first = next(iter(sorted(setup.sites)), None)
    return "" if first is None else _choices(setup).demand_class(channel, first, now)


def _days(setup: Setup, now: datetime) -> tuple[object, ...]:
    return tuple(local_day(now, zone) for zone in sorted({site.zone for site in setup.sites.values()}))


def _still(silent: Silent) -> tuple[tuple[str, int], ...]:
    return tuple((site, silence.percent) for site, silence in silent.items())


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
