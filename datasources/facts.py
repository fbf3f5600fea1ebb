"""What a source can tell us, in its own codes and units. `flows` turns these into the store's terms.

Every quantity here is an exact Decimal in `unit` of the source's item `code`; aliases say what that is of
ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class ItemFact:
    """An item of the master. `precision` is the number of decimals its base unit can be counted in."""

    sku: str
    name: str
    unit: str = "EA"
    precision: int = 0
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AliasFact:
    """What this source calls an item: one `unit` of `code` is `factor` base units of `sku`."""

    code: str
    sku: str
    unit: str = ""
    factor: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class CalendarFact:
    """Open weekdays (ISO, 1 is Monday) and the days closed all the same."""

    name: str
    open_weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    closed: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteFact:
    site_id: str
    name: str
    kind: str
    zone: str
    calendar: str = "every day"
    preparation_days: int = 0
    """Open days from the day goods are free for picking to the day they can leave."""
    dock_to_stock_days: int = 0
    """Open days from the day goods come to the day they may be promised."""


@dataclass(frozen=True, slots=True)
class DestinationFact:
    """Where goods are delivered to: days of receipt are its zone's, on those `calendar` takes goods in."""

    code: str
    name: str
    zone: str
    calendar: str = "every day"


@dataclass(frozen=True, slots=True)
class LaneFact:
    """A way from a site to a destination with one service of a carrier, who keeps `calendar`.

    It takes `transit_days` of that calendar; or `transit_hours` from `departs`, the origin's local time such
    as 18:00.
    """

    origin: str
    destination: str
    service: str = ""
    calendar: str = "every day"
    transit_days: int | None = None
    transit_hours: int | None = None
    departs: str = ""
    cost: Decimal = Decimal(0)
    """Whole minor units of money for one delivery, only ever compared."""


@dataclass(frozen=True, slots=True)
class ChannelFact:
    code: str
    name: str
    kind: str
    demand_class: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class LotFact:
    code: str
    lot: str
    usable_until: date | None


@dataclass(frozen=True, slots=True)
class KitFact:
    """One of item `kit` is put together from `per` of item `component`; 0: no longer from any."""

    kit: str
    component: str
    per: Decimal
    unit: str = ""
    """The component's."""


@dataclass(frozen=True, slots=True)
class SubstituteFact:
    """`ratio` base units of `other` may be sent for one of item `code`; 0: no longer.

    They are sent in packs of `pack` base units, and tried in the order of `turn`.
    """

    code: str
    other: str
    ratio: Fraction = Fraction(1)
    pack: Decimal = Decimal(0)
    """0: as it comes."""
    turn: int = 1


@dataclass(frozen=True, slots=True)
class SupersededFact:
    """Item `by` took the place of item `code`; empty: nothing did.

    `use_up` 1: only once its own goods are gone.
    """

    code: str
    by: str = ""
    use_up: int = 0


@dataclass(frozen=True, slots=True)
class StockFact:
    """A count: this much of `code` is on hand here in this state. Rows of one key add up."""

    code: str
    site_id: str
    quantity: Decimal
    status: str = "available"
    ownership: str = "own"
    lot: str = ""
    bin: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class HoldFact:
    """A hold is set or set anew. `quantity` None: the lots and bins named are blocked whole."""

    hold_id: str
    hold_code: str
    code: str
    site_id: str
    quantity: Decimal | None = None
    lots: tuple[str, ...] = ()
    bins: tuple[str, ...] = ()
    starts: date | None = None
    until: date | None = None
    reason: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class HoldLifted:
    """A hold is lifted, by `quantity` or (None) wholly."""

    hold_id: str
    quantity: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class SupplyFact:
    """The open quantity of a supply line; 0 closes it. `due` is a local day of the site or an instant."""

    line_id: str
    kind: str
    code: str
    site_id: str
    quantity: Decimal
    due: date | datetime
    firmness: str = "confirmed"
    ownership: str = "own"
    supplier: str = ""
    unit: str = ""
    usable_until: date | None = None
    """The last day the goods may be promised for."""


@dataclass(frozen=True, slots=True)
class DemandFact:
    """The open quantity of an order line; 0 closes it. Keyed by (channel, order, line): counted once."""

    line_id: str
    order_id: str
    channel: str
    code: str
    site_id: str
    quantity: Decimal
    needed_on: date
    wanted: date | None = None
    customer: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class SafetyStockFact:
    """From `starts` on (None: always), until a later row, so much is kept from new promises; 0 ends it."""

    code: str
    site_id: str
    quantity: Decimal
    starts: date | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ForecastFact:
    """Gross forecast of the days [start, end)."""

    forecast_id: str
    code: str
    site_id: str
    channel: str
    start: date
    end: date
    quantity: Decimal
    unit: str = ""


@dataclass(frozen=True, slots=True)
class AllocationFact:
    """A quota, protection or share of an item for a channel, over the days [start, end)."""

    allocation_id: str
    kind: str
    code: str
    channel: str
    start: date
    end: date
    quantity: Decimal
    rank: int = 1
    unit: str = ""


@dataclass(frozen=True, slots=True)
class SupplierFact:
    """From whom an item can be bought for a site, and how long that takes.

    Either `lead_time_days` is the whole way, counted in the supplier's calendar, with nothing added to it;
    or the supplier needs `supplier_days`, the carrier `transit_days`, and the goods are taken in on a day of
    the receiving calendar and put away `dock_to_stock_days` later. An empty calendar or zone is the site's.
    """

    code: str
    site_id: str
    supplier: str
    lead_time_days: int | None = None
    supplier_days: int | None = None
    supplier_calendar: str = "every day"
    transit_days: int = 0
    carrier_calendar: str = "every day"
    receiving_calendar: str = ""
    dock_to_stock_days: int | None = None
    """None: as the site states."""
    minimum: Decimal = Decimal(0)
    multiple: Decimal | None = None
    a_day: Decimal | None = None
    """The most the supplier delivers on one day; None: no limit."""
    unit_cost: Decimal = Decimal(0)
    """Minor units of money for one `unit`, only ever compared."""
    order_cost: Decimal = Decimal(0)
    desk_zone: str = ""
    desk_calendar: str = ""
    cut_off: str = ""
    """The desk's local time, such as 12:00, from which on an order is the next day's; empty: never."""
    fence_days: int = 0
    """Nothing is ordered for so many days from today unless a person asks."""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ProductionFact:
    """One way to make an item at a site. Its components are stated apart, each a BillFact.

    It takes `set_up_minutes` and `minutes_a_unit` of the resource, an item counted in minutes; then
    `fixed_days` of the calendar pass for queue, move and inspection. An empty calendar is the site's.
    """

    code: str
    site_id: str
    version: str
    resource: str = ""
    set_up_minutes: int = 0
    minutes_a_unit: Decimal = Decimal(0)
    fixed_days: int = 0
    calendar: str = ""
    fence_days: int = 0
    unit_cost: Decimal = Decimal(0)
    unit: str = ""


@dataclass(frozen=True, slots=True)
class BillFact:
    """By this version one of the item takes `per` of the component, in the component's `unit`."""

    code: str
    version: str
    component: str
    per: Decimal
    scrap_percent: Decimal = Decimal(0)
    """So much more is taken, as it is lost on the way."""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class CapacityFact:
    """So many minutes of a resource are free on a day of the site."""

    code: str
    site_id: str
    day: date
    minutes: int


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a movement: a signed quantity at one place, in one state."""

    site_id: str
    quantity: Decimal
    status: str = "available"
    ownership: str = "own"
    lot: str = ""
    bin: str = ""


@dataclass(frozen=True, slots=True)
class Movement:
    """Stock moved. A receipt lowers the supply line it names, a pick or a shipment the order line."""

    code: str
    cause: str
    legs: tuple[Leg, ...]
    line_id: str | None = None
    order_id: str | None = None
    unit: str = ""


Place = SiteFact | DestinationFact | LaneFact
SentInstead = SubstituteFact | SupersededFact
Master = ItemFact | AliasFact | CalendarFact | Place | ChannelFact | LotFact | KitFact | SentInstead
Terms = SupplierFact | ProductionFact | BillFact | CapacityFact
"""How more of an item can be had."""
Stated = (
    StockFact | HoldFact | SupplyFact | DemandFact | SafetyStockFact | ForecastFact | AllocationFact | Terms
)
Fact = Master | Stated
EventFact = Movement | HoldFact | HoldLifted | SupplyFact | DemandFact


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened at a source. (source, event_id) has one effect, however often it is sent."""

    source: str
    event_id: str
    occurred_at: datetime | None
    fact: EventFact


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that could not be used, where it stands and why, with the row as text."""

    file: str
    line: int
    reason: str
    row: str


@dataclass(frozen=True, slots=True)
class Row:
    """A fact with the place it was read from, so that a later refusal can name it."""

    file: str
    line: int
    fact: Fact
