"""The words every part shares: frozen values without behaviour that waits, reads or guesses.

Quantities are whole numbers of an item's smallest unit (10^-precision of its base unit). Days are local days
of the site that is named beside them; instants are UTC.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Literal, Protocol

from rules.terms import NO_TERMS, Terms

Method = Literal[
    "cumulative",
    "suffix_min",
    "cumulative_with_look_ahead",
    "period",
    "backward",
    "backward_accumulate",
    "discrete",
]
"""A named way to work out ATP. Promises are made by `cumulative_with_look_ahead`, whatever else is shown."""

Projection = Literal["orders", "larger", "fenced_larger"]
"""Which demand the planner's balance is drawn with. ATP always counts orders."""


@dataclass(frozen=True, slots=True)
class OnHand:
    """Physical quantity of one item at one site, whatever its state."""

    status: str
    ownership: str
    quantity: int
    lot: str = ""
    bin: str = ""
    usable_until: date | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A quantity, or whole lots and bins, set apart from promising.

    In force from `starts` up to, not on, `until`. With `quantity` it names separate goods and adds up;
    without, it blocks the lots and bins it names whole.
    """

    hold_id: str
    code: str
    source: str
    quantity: int | None = None
    lots: tuple[str, ...] = ()
    bins: tuple[str, ...] = ()
    starts: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Supply that is not here yet: the open quantity of one supply line, on the local day it counts from."""

    source: str
    line_id: str
    kind: str
    firmness: str
    ownership: str
    day: date
    quantity: int
    usable_until: date | None = None
    put_away: date | None = None
    """The day it counts from, where putting goods away takes its site time; None: its own."""

    @property
    def counts_from(self) -> date:
        return self.put_away or self.day


@dataclass(frozen=True, slots=True)
class Commitment:
    """Quantity owed to one demand line on its `needed_on` day.

    With `kit` it is owed to the orders of that kit: sets that its finished kits cannot cover.
    """

    source: str
    line_id: str
    order_id: str
    channel: str
    day: date
    quantity: int
    kit: str = ""
    position: str = ""
    """The position it is owed from, where it was promised from one: it is then owed from no other."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """What reservations of one channel keep for a day, in one position, up to the same instant.

    It counts before `expires_at`, and not on it; without one it is confirmed, and counts until it is given
    back or shipped.
    """

    position: str
    channel: str
    day: date
    quantity: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SafetyStock:
    """From `starts` on, until a later row, this much is kept from new promises. `date.min` is always."""

    starts: date
    quantity: int


@dataclass(frozen=True, slots=True)
class SiteStock:
    """All that bears on promising one item at one site, or in one position of it.

    Goods that some channel may not use are a position of their own: `users` are the channels that may be
    promised from it, None being every channel. A profile's stock is of all positions together.
    """

    site_id: str
    on_hand: tuple[OnHand, ...] = ()
    holds: tuple[Hold, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    safety_stock: tuple[SafetyStock, ...] = ()
    position: str = "own"
    users: frozenset[str] | None = None
    reserved: tuple[Reserved, ...] = ()
    """What reservations keep, of positions and instants together; not parted like the rest."""


@dataclass(frozen=True, slots=True)
class KitPart:
    """One kit takes `per` smallest units of this item."""

    sku: str
    per: int


@dataclass(frozen=True, slots=True)
class KitOrders:
    """A kit that an item is part of and that is owed somewhere: one takes `per` of the item."""

    kit: str
    per: int
    sites: tuple[SiteStock, ...]
    """What there is of the finished kit, by site, and what is owed of it."""
    item_class: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """`ratio` of this item stand for one, in smallest units; it is sent in packs of its own."""

    sku: str
    ratio: Fraction = Fraction(1)
    pack: int = 1


SUCCESSORS_MAX = 10
"""So many times over an item may be superseded."""


@dataclass(frozen=True, slots=True)
class Successor:
    """The item that took another's place; with `use_up` only once the other's own goods are gone."""

    by: str
    use_up: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """One item over all its sites, as of one sequence. Sites in id order.

    `parts` are what it is put together from, if it is a kit; `part_of` the kits on order that it goes into.
    """

    sku: str
    unit: str
    precision: int
    sites: tuple[SiteStock, ...] = ()
    parts: tuple[KitPart, ...] = ()
    part_of: tuple[KitOrders, ...] = ()
    item_class: str = ""
    """What rule files see of the item."""
    terms: Terms = NO_TERMS
    """How more of it can be had."""
    instead: tuple[Other, ...] = ()
    """What may be sent for it, in turn."""
    superseded: Successor | None = None

    @property
    def sent_instead(self) -> tuple[str, ...]:
        """The items that may be sent for it."""
        successor = () if self.superseded is None else (self.superseded.by,)
        return (*successor, *(other.sku for other in self.instead))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are open: ISO weekdays (1 is Monday) less the closed days."""

    name: str
    open_weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5, 6, 7})
    closed: frozenset[date] = frozenset()


EVERY_DAY = Calendar("every day")


@dataclass(frozen=True, slots=True)
class Site:
    """A place that holds stock and can ship."""

    site_id: str
    name: str
    kind: str
    zone: str
    calendar: str = "every day"
    preparation_days: int = 0
    """Open days from the day goods are free for picking to the day they are ready to leave."""
    dock_to_stock_days: int = 0
    """Open days from the day goods come to the day they may be promised."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where goods are delivered to: the zone of the days of receipt, and the days goods are taken in."""

    code: str
    name: str
    zone: str
    calendar: str = "every day"


MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Lane:
    """A way from a site to a destination with one service of a carrier.

    It takes `transit_days` open days of the carrier; with `transit_hours`, that many hours from `departs`
    (minutes after local midnight at the origin) instead.
    """

    origin: str
    destination: str
    service: str = ""
    calendar: Calendar = EVERY_DAY
    transit_days: int = 0
    transit_hours: int | None = None
    departs: int = 0
    cost: int = 0
    """Only ever compared: of two lanes as fast the cheaper one is taken."""

    def __post_init__(self) -> None:
        assert self.transit_days >= 0, f"transit takes 0 days or more, not {self.transit_days}"
        assert self.transit_hours is None or self.transit_hours >= 0, f"{self.transit_hours} hours of transit"
        assert 0 <= self.departs < MINUTES_A_DAY, f"{self.departs} is no minute of a day"


@dataclass(frozen=True, slots=True)
class Channel:
    """A way orders come in: a node of the channel tree."""

    code: str
    name: str
    kind: str
    demand_class: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class SupplyChoice:
    """For whom goods count, under which name, and from how many days ahead.

    `users` None is every channel; nobody is a choice that they do not count. `why` is the row's.
    """

    users: frozenset[str] | None = None
    position: str = "own"
    from_days: int = 0
    why: str = ""

    @property
    def counts(self) -> bool:
        return self.users is None or bool(self.users)


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices that bend the arithmetic of one class of item at one site, as the rule book makes them."""

    supply: Callable[[str, str, str, int], SupplyChoice]
    """By kind, ownership, firmness and days overdue. Goods on hand are of kind `on_hand`, firmness `here`."""
    promisable: Callable[[str, str], bool]
    """By `status` or `hold`, and its code: whether such goods may be promised."""
    positions: tuple[str, ...] = ("own",)
    """Names of positions in the order they are taken."""
    horizon_days: int = 90
    withhold_safety_stock: bool = True
    infinite_after_days: int | None = None
    """Working days from today after which supply is without limit; None: never."""
    projection: Projection = "orders"
    demand_fence_days: int = 0
    """So many days from today the projection `fenced_larger` counts orders only."""


@dataclass(frozen=True, slots=True)
class Sourcing:
    """Whether a site serves a channel, in which turn, what stays there, and how far ahead it promises."""

    serves: bool = True
    turn: int = 1
    floor: int = 0
    horizon_days: int = 1_000
    orders_a_day: int | None = None
    """So many orders can leave it a day; None: no limit."""
    cut_off: int | None = None
    """Orders from this minute after local midnight on count as the next day's; None: never."""


Standing = Literal["no", "quote", "approve", "promise"]
"""What a channel may do with a part that is still to be bought or made; `quote` shows it and no more."""
SiteChoice = Literal["listed", "fewest_first", "highest"]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a channel's line may be served: in parts or whole, from how many sites and on how many days.

    No part of a day is smaller than `least_percent` of the line, none of a site smaller than `min_split`.
    With `backorder` what is missing waits for supply, else it is refused.
    """

    partial: bool = True
    backorder: bool = True
    least_percent: int = 0
    choose: SiteChoice = "listed"
    max_sites: int | None = None
    max_dates: int | None = None
    min_split: int = 0


@dataclass(frozen=True, slots=True)
class Keeping:
    """How a promise is kept when supply slips: its turn, in which parts, and what may be done unasked."""

    rank: int = 50
    partial: bool = True
    min_shipment_percent: int = 0
    apply_within_days: int | None = None
    """New days late by at most so many are applied at once; None: a person decides."""
    why: str = ""
    """The row that says so."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A site whose source has been silent for longer than allowed: so much of its stock still counts."""

    source: str
    minutes: int
    steps: int
    percent: int


class Choices(Protocol):
    """What the analysts' rules say at an instant, asked by class. `rules.choices` takes it from a book."""

    def limits_orders(self) -> bool:
        """Whether any row limits the orders that leave a site a day."""
        ...

    def basis(self, now: datetime) -> object:
        """What prepared positions depend on besides local days: equal at two instants if nothing changed."""
        ...

    def policy_at(self, site_id: str, item_class: str, now: datetime) -> Policy:
        """What bends the arithmetic there."""
        ...

    def sourcing(self, channel: str, site_id: str, item_class: str, now: datetime) -> Sourcing:
        """How the site serves the channel."""
        ...

    def manner(self, channel: str, site_id: str, item_class: str, now: datetime) -> Manner:
        """How the channel's lines may be served, by the rows in force at the site."""
        ...

    def standing(self, channel: str, site_id: str, item_class: str, now: datetime) -> Standing:
        """What the channel may do with goods still to be bought or made there."""
        ...

    def may_bring(self, from_site: str, to_site: str, item_class: str, now: datetime) -> bool:
        """Whether goods may be brought from the one site to the other for an ask that is late or short."""
        ...

    def keeping(
        self, channel: str, site_id: str, item_class: str, days_late: int, now: datetime
    ) -> "Keeping":
        """How a promise to the channel is kept, whose wanted day has gone by for so many days."""
        ...

    def grace_days(self, site_id: str, item_class: str, now: datetime) -> int:
        """For so many days overdue supply is still expected there."""
        ...

    def seen_by(self, site_id: str, what: str, code: str, now: datetime) -> frozenset[str]:
        """The roles that see goods in the `status`, or under the `hold`."""
        ...

    def silent(self, ages: Sequence["SourceAge"], now: datetime) -> Mapping[str, Silence]:
        """The sites whose source of stock has been silent for longer than allowed."""
        ...


@dataclass(frozen=True, slots=True)
class Company:
    """Sites, channels and calendars, and who owns which stock. `setup_hash` names this exact content."""

    setup_hash: str
    sites: Mapping[str, Site]
    channels: Mapping[str, Channel]
    calendars: Mapping[str, Calendar]
    owners: Mapping[str, str]
    """By site the source that owns its stock."""
    destinations: Mapping[str, Destination] = field(default_factory=dict, kw_only=True)
    lanes: tuple[Lane, ...] = field(default=(), kw_only=True)
    """In the order of origin, destination and service."""

    def calendar_at(self, site_id: str) -> Calendar:
        """The calendar the site keeps."""
        return self.calendars.get(self.sites[site_id].calendar, EVERY_DAY)


@dataclass(frozen=True, slots=True)
class Setup(Company):
    """What a decision rests on besides profiles and the clock: the company, and what the rule book says."""

    choices: Choices
    book_version: str = ""
    """The version of the book that `choices` were taken from."""


@dataclass(frozen=True, slots=True)
class SourceAge:
    """When a source last spoke of one kind of fact.

    `as_of` is the instant its last word was true for; `heard_at`, not before it, when it came.
    """

    source: str
    kind: str
    as_of: datetime
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class AskLine:
    """One line of an ask. `site_id` None means every site, in id order.

    It is served in whole packs: what is asked is rounded to them, up or down.
    """

    number: int
    sku: str
    quantity: int
    wanted: date
    site_id: str | None = None
    pack: int = 1
    rounding: Literal["up", "down"] = "up"


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """A part of the ask that can be promised: this much, from this site, on this day.

    `label` says what it rests on: `supply` that is there or on its way, or the `lead_time` after which supply
    is without limit. `position` is the name under which the goods are counted: whose they are.

    Where the ask says where to, `day` is the day of receipt there by the lane's `service`, and `needed_on`
    and `ship_on` are the site's days on which the goods must be free for picking, and leave. Else they are
    None: `day` is the one on which the goods must be free.
    """

    day: date
    site_id: str
    quantity: int
    label: str = "supply"
    position: str = "own"
    needed_on: date | None = None
    ship_on: date | None = None
    service: str = ""
    sku: str = ""
    """The item that is sent where it is another than was asked for; `quantity` is then what it fills."""
    sent: int = 0
    """How many of that other item are sent."""

    @property
    def goods(self) -> int:
        """How many leave the site, of whatever item is sent."""
        return self.sent if self.sku else self.quantity

    @property
    def needed(self) -> date:
        """The site's day on which the goods must be free for picking."""
        return self.day if self.needed_on is None else self.needed_on


@dataclass(frozen=True, slots=True)
class MethodAnswer:
    """What one method says for the wanted day, all sites asked together. It may be below 0."""

    method: str
    quantity: int


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What can be promised for one ask line.

    `atp_wanted` is the most that could be newly promised for the wanted day (not capped by the ask).
    `earliest` is the first day the whole quantity can be had, or None within the horizon. The schedule sums
    to the quantity asked (in whole packs) less `open`. `methods` stand beside it where asked for, and decide
    nothing. With `backorder` what is open waits for supply, else it is refused.
    """

    number: int
    atp_wanted: int
    earliest: date | None
    schedule: tuple[ScheduleLine, ...]
    open: int
    method: str
    methods: tuple[MethodAnswer, ...] = ()
    backorder: bool = True


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why one ask line could not be answered: a code, the sentence, the figures, what to do next."""

    number: int
    code: str
    message: str
    next_step: str


LineOutcome = LineAnswer | LineProblem
