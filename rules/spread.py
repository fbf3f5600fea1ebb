"""An ask spread over days and sites: which position gives how much on which day."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby

from rules.asked import ScheduleLine
from rules.atp import UNLIMITED
from rules.company import Manner
from rules.delivery import Delivery
from rules.left import Left, LeftOfKit
from rules.packs import Terms, floored
from rules.position import SitePosition
from rules.sets import Batch
from rules.slots import Gate
from rules.sourcing import DatedPart, Offer, Split, over_days, pool_number


@dataclass(frozen=True, slots=True)
class Serving:
    """A position that serves the ask, the turn it comes in, and the days it may be promised for.

    With a `delivery` these are days of receipt, else those on which the goods must be free.
    """

    left: Left
    turn: int
    first: date
    last: date
    delivery: Delivery | None = None
    gate: Gate | None = None
    """The site's slots, where the rules limit the orders that leave it a day."""

    @property
    def site_id(self) -> str:
        return self.left.rows.site_id

    def needed_on(self, day: date) -> date | None:
        """The latest day goods must be free at the site for the day asked for; None where it has none."""
        if self.delivery is None:
            return day if self.first <= day <= self.last else None
        chain = self.delivery.latest(day)
        return None if chain is None else chain.needed_on

    def number(self, day: date) -> int:
        """What can still be promised for the day."""
        needed = self._open_on(day)
        return 0 if needed is None else self.left.on(needed)

    def beyond(self, day: date, most: int) -> list[Batch]:
        """At most so many sets beside those, with other items sent for components that are short."""
        if not isinstance(self.left, LeftOfKit):
            return []
        needed = self._open_on(day)
        return [] if needed is None else self.left.sets_beyond(needed, most)

    def _open_on(self, day: date) -> date | None:
        """The site's day for the day asked for; None where it has none, or no slot is left on it."""
        needed = self.needed_on(day)
        if needed is None or (self.gate is not None and not self.gate.lets(self._ship_on(day, needed))):
            return None
        return needed

    def _ship_on(self, day: date, needed: date) -> date:
        """The day goods leave that are needed at the site for the day asked for."""
        assert self.gate is not None, "without slots nobody asks when goods leave"
        chain = None if self.delivery is None else self.delivery.latest(day)
        return self.gate.leaves(needed) if chain is None else chain.ship_on

    def by_method(self, method: str, day: date) -> int:
        """What the method says for the day."""
        needed = self.needed_on(day)
        return 0 if needed is None else self.left.by_method(method, needed)

    def give(self, day: date, quantity: int) -> ScheduleLine:
        """So much is promised for the day."""
        self.left.give(self._taken_on(day), quantity)
        return self._part(day, quantity)

    def give_sets(self, day: date, batch: Batch) -> ScheduleLine:
        """Such sets are promised for the day."""
        assert isinstance(self.left, LeftOfKit), "only a kit is put together"
        self.left.give_sets(self._taken_on(day), batch)
        return replace(self._part(day, batch.sets), made_of=batch.parts)

    def _taken_on(self, day: date) -> date:
        """The site's day for the day asked for; its slot is taken."""
        needed = self.needed_on(day)
        assert needed is not None, f"{self.site_id} cannot serve {day}"
        if self.gate is not None:
            self.gate.take(self._ship_on(day, needed))
        return needed

    def _part(self, day: date, quantity: int) -> ScheduleLine:
        rows = self.left.rows
        if self.delivery is None:
            return ScheduleLine(day, rows.site_id, quantity, _label(rows, day), rows.position)
        chain = self.delivery.latest(day)
        assert chain is not None, f"{rows.site_id} cannot serve {day}"
        return ScheduleLine(
            chain.promised,
            rows.site_id,
            quantity,
            _label(rows, chain.needed_on),
            rows.position,
            chain.needed_on,
            chain.ship_on,
            self.delivery.service,
        )


def _label(rows: SitePosition, day: date) -> str:
    """What a part that is free on the day rests on."""
    return "lead_time" if (day - rows.today).days >= rows.limited else "supply"


def promisable(sites: Sequence[Serving], day: date, max_sites: int | None) -> int:
    """The most that can be promised for the day, from at most so many sites."""
    if max_sites is None or max_sites >= len(sites):
        numbers = [site.number(day) for site in sites]
    else:
        numbers = [_sum(each.number(day) for each in at) for at in _by_site(sites).values()]
    return pool_number(UNLIMITED, numbers, max_sites)


def by_method(sites: Iterable[Serving], method: str, day: date) -> int:
    """What the method says for the day, all sites together."""
    return _sum(site.by_method(method, day) for site in sites)


def _sum(quantities: Iterable[int]) -> int:
    """The sum; without limit as soon as one of them is."""
    summed = list(quantities)
    return UNLIMITED if UNLIMITED in summed else sum(summed)


def _by_site(sites: Sequence[Serving]) -> dict[str, list[Serving]]:
    """The positions by site, sites in the order of their first turn."""
    return {site_id: list(at) for site_id, at in groupby(sites, key=lambda serving: serving.site_id)}


@dataclass(frozen=True, slots=True)
class Sites:
    """The sites that serve a line so far; `most` of them may in all, if there is such a rule."""

    used: set[str] = field(default_factory=set)
    most: int | None = None

    def may(self, site_id: str) -> bool:
        """Whether the site may serve it."""
        return self.most is None or site_id in self.used or len(self.used) < self.most


Fill = Callable[[date, int, Sites], list[ScheduleLine]]
"""The parts that other items fill of what a day leaves missing, from sites that may serve the line."""


def nothing_else(_day: date, _rest: int, _sites: Sites) -> list[ScheduleLine]:
    """Nothing but the item itself is sent."""
    return []


def spread(
    quantity: int,
    sites: Sequence[Serving],
    days: tuple[date, date],
    terms: Terms,
    manner: Manner,
    fill: Fill = nothing_else,
) -> tuple[list[ScheduleLine], int]:
    """The quantity served from the first day to the last, as early as can be, and what stays open.

    On each day the sites give in the order and manner that the rules name; `terms` bound each day's part.
    What they leave missing is filled on the same day by what else may be sent.
    """
    count = (days[1] - days[0]).days + 1
    alone = fill is nothing_else
    if _is_free(sites, count, terms, manner) and (alone or manner.max_sites is None):
        return _in_turn(quantity, sites, days[0], count, fill)
    return _by_rule(quantity, sites, (days[0], count), terms=terms, manner=manner, fill=fill)


def _is_free(sites: Sequence[Serving], days: int, terms: Terms, manner: Manner) -> bool:
    """Whether nothing bounds the parts, so that sites just give in their turn what they have."""
    return (
        manner.choose == "listed"
        and manner.min_split == 0
        and (manner.max_sites is None or manner.max_sites >= len(sites))
        and (manner.max_dates is None or manner.max_dates >= days)
        and (terms.pack, terms.least_shipment, terms.partial) == (1, 0, True)
    )


def _in_turn(
    quantity: int, sites: Sequence[Serving], day: date, days: int, fill: Fill
) -> tuple[list[ScheduleLine], int]:
    schedule: list[ScheduleLine] = []
    rest = quantity
    for _ in range(days):
        for site in sites:
            part = min(rest, site.number(day))
            if part > 0:
                schedule.append(site.give(day, part))
                rest -= part
        if rest:
            filled = fill(day, rest, Sites())
            schedule += filled
            rest -= sum(part.quantity for part in filled)
        if rest == 0:
            break
        day += timedelta(days=1)
    return schedule, rest


def _by_rule(
    quantity: int,
    sites: Sequence[Serving],
    span: tuple[date, int],
    *,
    terms: Terms,
    manner: Manner,
    fill: Fill,
) -> tuple[list[ScheduleLine], int]:
    schedule: list[ScheduleLine] = []
    start, days = span
    by_site = _by_site(sites)

    def offers(cell: int) -> list[Offer]:
        day = start + timedelta(days=cell)
        numbers = {site_id: _sum(each.number(day) for each in at) for site_id, at in by_site.items()}
        return [
            Offer(site_id, number if number == UNLIMITED else floored(number, terms.pack))
            for site_id, number in numbers.items()
        ]

    def take(part: DatedPart) -> None:
        day, rest = start + timedelta(days=part.cell), part.quantity
        for position in by_site[part.site_id]:
            given = min(rest, position.number(day))
            if given > 0:
                schedule.append(position.give(day, given))
                rest -= given
        assert rest == 0, f"{part.site_id} offered {rest} more than it has on {day}"

    def also(cell: int, rest: int) -> Mapping[str, int]:
        sites = Sites({part.site_id for part in schedule}, manner.max_sites)
        filled: dict[str, int] = {}
        for part in fill(start + timedelta(days=cell), rest, sites):
            schedule.append(part)
            filled[part.site_id] = filled.get(part.site_id, 0) + part.quantity
        return filled

    split = Split(manner.choose, manner.max_sites, manner.max_dates, manner.min_split)
    over_days(quantity, days, offers, take, split, terms, also=also)
    return schedule, quantity - sum(part.quantity for part in schedule)
