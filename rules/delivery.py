"""When a site can serve an ask: from which day on, and over which lane it reaches the day of receipt.

The days of one lane are chained once, from each day on which goods can be free for picking (`rules.chain`); a
day of receipt is then looked up. Nothing leaves earlier than it must.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache

from rules.calendar import ONE_DAY, NoOpenDay, roll
from rules.chain import Chain, Origin, Receiver, Route, chain_from, lanes_between, start_day
from rules.company import EVERY_DAY, Company, Destination, Lane

DELIVERIES_MAX = 4_096
"""Lanes kept with their days chained."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What leaves a site over one lane: for each day of receipt the latest day goods must be free for it.

    `received` are the days of receipt, rising, and `chains` the days that lead to each.
    """

    service: str
    received: tuple[date, ...]
    chains: tuple[Chain, ...]
    cost: int = 0
    cheaper: tuple["Delivery", ...] = ()
    """The site's other lanes there that cost less, the cheapest first."""

    def latest(self, day: date) -> Chain | None:
        """The latest chain that ends on or before the day of receipt; None where none is so early."""
        at = bisect_right(self.received, day) - 1
        return self.chains[at] if at >= 0 else None


@lru_cache(maxsize=DELIVERIES_MAX)
def delivery(route: Route, start: date, last: date) -> Delivery:
    """The lane's days for goods free for picking on the site's open days from `start` up to `last`.

    Raises NoOpenDay where the site, the carrier or the receiver is never open.
    """
    latest: dict[date, Chain] = {}
    day = roll(route.origin.calendar, start)
    while day <= last:
        chain = chain_from(route, day)
        latest[chain.promised] = chain
        day = roll(route.origin.calendar, day + ONE_DAY)
    return Delivery(route.lane.service, tuple(latest), tuple(latest.values()), route.lane.cost)


def _beside_cheaper(first: Delivery, ways: Iterable[Delivery]) -> Delivery:
    cheaper = sorted((way for way in ways if way.cost < first.cost), key=lambda way: (way.cost, way.service))
    return replace(first, cheaper=tuple(cheaper)) if cheaper else first


@dataclass(frozen=True, slots=True)
class When:
    """The instant of an ask, and where to: `destination` None is an ask for goods at the site."""

    company: Company
    now: datetime
    destination: Destination | None = None
    service: str | None = None
    _found: dict[tuple[str, date, int | None], Delivery | None] = field(
        default_factory=dict, repr=False, compare=False
    )
    """What was worked out already: an ask of many lines comes to the same sites again and again."""

    def start(self, site_id: str, today: date, cut_off: int | None) -> date:
        """The first day goods can be free for the ask: its own, or after the cut-off the next.

        One on which the site is open, unless goods are taken there and orders all day.
        """
        if cut_off is None and self.destination is None:
            return today
        return start_day(self._origin(site_id, cut_off), self.now)

    def delivery(self, site_id: str, last: date, cut_off: int | None) -> Delivery | None:
        """The site's lane that is there first, of two as fast the cheaper, then the first by name; or None.

        Goods are free for picking up to `last`. Lanes that cost less stand beside it.
        """
        asked = site_id, last, cut_off
        if asked not in self._found:
            ways = [way for _, way in self.lanes(site_id, last, cut_off, self.service) if way is not None]
            first = min(ways, key=lambda way: (way.received[0], way.cost, way.service), default=None)
            self._found[asked] = None if first is None else _beside_cheaper(first, ways)
        return self._found[asked]

    def lanes(
        self, site_id: str, last: date, cut_off: int | None, service: str | None
    ) -> Iterator[tuple[Lane, Delivery | None]]:
        """The site's lanes to the destination, of the service if one is named, each with its days.

        None for one by which goods that are free up to `last` never arrive.
        """
        assert self.destination is not None, "an ask for goods at the site has no lane"
        origin = self._origin(site_id, cut_off)
        calendar = self.company.calendars.get(self.destination.calendar, EVERY_DAY)
        receiver = Receiver(self.destination.zone, calendar)
        for lane in lanes_between(self.company.lanes, site_id, self.destination.code, service):
            try:
                way = delivery(Route(origin, lane, receiver), start_day(origin, self.now), last)
            except NoOpenDay:
                yield lane, None
            else:
                yield lane, way if way.received else None

    def _origin(self, site_id: str, cut_off: int | None) -> Origin:
        site = self.company.sites[site_id]
        return Origin(site.zone, self.company.calendar_at(site_id), cut_off, site.preparation_days)
