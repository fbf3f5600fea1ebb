"""The company, and what its rule book chooses: sites, lanes, channels, calendars, and how each may be served.

Days are local days of the site or receiver that is named beside them; instants are UTC.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

Projection = Literal["orders", "larger", "fenced_larger"]
"""Which demand the planner's balance is drawn with. ATP always counts orders."""


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
    """Only ever compared: of lanes that are in time the cheapest one is taken."""

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
    once_put_away: Callable[[str], bool] = lambda _status: False
    """By status whether goods that are not promisable yet count from the day they will be put away."""
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
