"""Slots: so many orders can leave a site a day. An order has one there and then, however many its lines.

Counted by site and by the day goods leave it, in the site's zone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from rules.asked import ScheduleLine
from rules.calendar import add
from rules.chain import instant_of
from rules.company import Company

SiteDay = tuple[str, date]
"""A site, and a day on which orders leave it."""
Held = tuple[str, date, str]
"""A site, a day, and an order that has a slot there."""


@dataclass(frozen=True, slots=True)
class Slots:
    """How many orders have a slot at each site on each day as a decision begins, and where those asking do.

    `orders` names the order of each line of the ask by number; a line it does not name is of the ask's own.
    """

    taken: Mapping[SiteDay, int] = field(default_factory=dict)
    held: frozenset[Held] = frozenset()
    orders: Sequence[str] = ()

    def begin(self) -> "OpenSlots":
        """The slots while the lines of one ask are decided."""
        return OpenSlots(dict(self.taken), set(self.held), self.orders)


@dataclass(slots=True)
class OpenSlots:
    """The slots as the lines so far leave them. Local to one decision, or to one transaction."""

    taken: dict[SiteDay, int]
    held: set[Held]
    orders: Sequence[str] = ()

    def order_of(self, number: int) -> str:
        """The order of the line."""
        return self.orders[number] if number < len(self.orders) else ""

    def has(self, at: SiteDay, order: str, orders_a_day: int) -> bool:
        """Whether the order has a slot there, or there is one for it."""
        return (*at, order) in self.held or self.taken.get(at, 0) < orders_a_day

    def take(self, at: SiteDay, order: str) -> None:
        """The order has a slot there."""
        if (*at, order) not in self.held:
            self.held.add((*at, order))
            self.taken[at] = self.taken.get(at, 0) + 1


@dataclass(frozen=True, slots=True)
class Gate:
    """The slots of one site for one order; goods leave it so many open days after they are free."""

    slots: OpenSlots
    site_id: str
    order: str
    orders_a_day: int
    company: Company | None = None

    def leaves(self, needed: date) -> date:
        """The day goods leave that are free for picking on that one, where nobody says where to."""
        return needed if self.company is None else leaves_on(self.company, self.site_id, needed)

    def lets(self, ship_on: date) -> bool:
        """Whether the order can leave on the day."""
        return self.slots.has((self.site_id, ship_on), self.order, self.orders_a_day)

    def take(self, ship_on: date) -> None:
        """The order leaves on the day."""
        self.slots.take((self.site_id, ship_on), self.order)


@dataclass(frozen=True, slots=True)
class Departures:
    """On which days a line may leave a site that ships so many orders a day, by the day goods are needed."""

    gate: Gate
    ship_on: Callable[[date], date | None]
    """The day goods leave; None where nothing leaves any more."""

    def lets(self, needed: date) -> bool:
        """Whether its order can leave then."""
        ship_on = self.ship_on(needed)
        return ship_on is not None and self.gate.lets(ship_on)

    def take(self, needed: date) -> None:
        """Its order leaves then."""
        ship_on = self.ship_on(needed)
        assert ship_on is not None, "it was asked before"
        self.gate.take(ship_on)


def leaves_on(company: Company, site_id: str, needed: date) -> date:
    """The day goods are ready to leave that are free for picking on that one."""
    site = company.sites[site_id]
    if not site.preparation_days:
        return needed
    return add(company.calendar_at(site_id), needed, site.preparation_days)


def shipped_on(company: Company, part: ScheduleLine) -> date:
    """The day the part leaves its site."""
    return part.ship_on or leaves_on(company, part.site_id, part.needed)


def closes_at(company: Company, site_id: str, needed: date, cut_off: int | None) -> datetime | None:
    """The instant from which a slot is not given back: the cut-off of the day its goods are picked."""
    if cut_off is None:
        return None
    return instant_of(needed, cut_off, company.sites[site_id].zone)


def record(slots: Mapping[SiteDay, int], sites: Iterable[str]) -> list[list[object]]:
    """The slots taken at these sites as they are logged with an ask."""
    named = set(sites)
    return [[site, day.isoformat(), taken] for (site, day), taken in sorted(slots.items()) if site in named]


def read(record: Iterable[Any]) -> dict[SiteDay, int]:
    """The slots taken that `record` wrote."""
    return {(site, date.fromisoformat(day)): taken for site, day, taken in record}
