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
    """Stock moved. A receipt lowers the supply line it names, a shipment the demand line (with its order)."""

    code: str
    cause: str
    legs: tuple[Leg, ...]
    line_id: str | None = None
    order_id: str | None = None
    unit: str = ""


Master = ItemFact | AliasFact | CalendarFact | SiteFact | ChannelFact | LotFact | KitFact
Stated = StockFact | HoldFact | SupplyFact | DemandFact | SafetyStockFact | ForecastFact | AllocationFact
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
