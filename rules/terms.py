"""How more of an item can be had, as its sources state it: suppliers, production versions, resources.

Quantities are smallest units; costs are minor units of money for one of them. Calendars and zones stand by
name, an empty one being the site's.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

LEVELS_MAX = 10
"""So many levels of components are followed below what is asked."""
READ_ALONG_MAX = 2_000
"""So many components and resources are read for one ask; what lies further is not known to it."""


@dataclass(frozen=True, slots=True)
class SupplierTerms:
    """One supplier of an item for a site. With `lead_time_days` that is the whole way, nothing added.

    `cut_off` is in minutes after local midnight at the purchasing desk. `a_day` is the most it delivers.
    """

    supplier: str
    site_id: str
    lead_time_days: int | None = None
    supplier_days: int = 0
    supplier_calendar: str = "every day"
    transit_days: int = 0
    carrier_calendar: str = "every day"
    receiving_calendar: str = ""
    dock_to_stock_days: int | None = None
    """None: as the site states."""
    minimum: int = 0
    multiple: int = 1
    a_day: int | None = None
    unit_cost: Fraction = Fraction(0)
    order_cost: Fraction = Fraction(0)
    desk_zone: str = ""
    desk_calendar: str = ""
    cut_off: int | None = None
    fence_days: int = 0
    taken: tuple[tuple[date, int], ...] = ()
    """What orders of ours that still stand take, by the day each is ready; only where there is a limit."""


@dataclass(frozen=True, slots=True)
class BillLine:
    """One of the item takes `per` of the component, and `scrap` of those are lost on the way."""

    sku: str
    per: Fraction
    scrap: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class ProductionTerms:
    """One way to make an item at a site. Without a `resource` it takes no minutes."""

    version: str
    site_id: str
    components: tuple[BillLine, ...] = ()
    resource: str = ""
    set_up_minutes: int = 0
    minutes_a_unit: Fraction = Fraction(0)
    fixed_days: int = 0
    calendar: str = ""
    fence_days: int = 0
    unit_cost: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Minutes:
    """So many minutes of a resource are free on a day of the site, after what orders of ours take."""

    site_id: str
    day: date
    free: int


@dataclass(frozen=True, slots=True)
class Terms:
    """All that is known of having more of an item; of a resource, its free minutes."""

    suppliers: tuple[SupplierTerms, ...] = ()
    productions: tuple[ProductionTerms, ...] = ()
    minutes: tuple[Minutes, ...] = ()

    def needs(self) -> tuple[str, ...]:
        """The components and resources that making it takes, each once."""
        named = [line.sku for version in self.productions for line in version.components]
        return tuple(dict.fromkeys([*named, *(v.resource for v in self.productions if v.resource)]))

    @property
    def is_of_goods(self) -> bool:
        """Whether the item can be bought or made anywhere."""
        return bool(self.suppliers or self.productions)

    def known_at(self, site_id: str) -> bool:
        """Whether the item can be bought for the site or made there."""
        return site_id in self.sites()

    def sites(self) -> frozenset[str]:
        """The sites for which the item can be bought, or at which it can be made."""
        bought = {way.site_id for way in self.suppliers}
        return frozenset(bought | {way.site_id for way in self.productions})


NO_TERMS = Terms()


def made_from(asked: Iterable[Terms], known: Callable[[str], Terms]) -> Iterator[str]:
    """What making the items takes, each item once, level by level, as far down as is followed and known."""
    found: set[str] = set()
    level = list(asked)
    for _ in range(LEVELS_MAX):
        if not level:
            return
        names = [name for terms in level for name in terms.needs() if name not in found]
        fresh = list(dict.fromkeys(names))[: READ_ALONG_MAX - len(found)]
        found.update(fresh)
        yield from fresh
        level = [known(name) for name in fresh]
