"""The words every part shares: frozen values without behaviour that waits, reads or guesses.

Quantities are whole numbers of an item's smallest unit (10^-precision of its base unit). Days are local days
of the site that is named beside them; instants are UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

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
class Grace:
    """Overdue by at most `within_days`, a line is still expected, `move_to_days` days from today."""

    within_days: int
    move_to_days: int


PastDue = Literal["ignore", "today"] | Grace
"""What becomes of supply whose day has gone by: ignored, counted today, or still expected for a while."""


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


@dataclass(frozen=True, slots=True)
class SafetyStock:
    """From `starts` on, until a later row, this much is kept from new promises. `date.min` is always."""

    starts: date
    quantity: int


@dataclass(frozen=True, slots=True)
class SiteStock:
    """All that bears on promising one item at one site."""

    site_id: str
    on_hand: tuple[OnHand, ...] = ()
    holds: tuple[Hold, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    safety_stock: tuple[SafetyStock, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Channel:
    """A way orders come in: a node of the channel tree."""

    code: str
    name: str
    kind: str
    demand_class: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices that bend arithmetic. Settings until rule files take them over."""

    horizon_days: int = 90
    counted_statuses: tuple[str, ...] = ("available",)
    counted_ownerships: tuple[str, ...] = ("own",)
    counted_firmness: tuple[str, ...] = ("confirmed", "firm")
    past_due_supply: Mapping[str, PastDue] = field(default_factory=dict)
    """By kind of supply; a kind not named is ignored once overdue."""
    excluded_kinds: tuple[str, ...] = ()
    """Kinds of supply that do not count, however firm they are."""
    withhold_safety_stock: bool = True
    infinite_after_days: int | None = None
    """Working days from today after which supply is without limit; None: never."""
    projection: Projection = "orders"
    demand_fence_days: int = 0
    """So many days from today the projection `fenced_larger` counts orders only."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a decision rests on besides profiles and the clock. `setup_hash` names this exact content."""

    setup_hash: str
    sites: Mapping[str, Site]
    channels: Mapping[str, Channel]
    calendars: Mapping[str, Calendar]
    policy: Policy
    site_policies: Mapping[str, Policy] = field(default_factory=dict)
    """The whole policy of each site that has settings of its own."""

    def policy_at(self, site_id: str) -> Policy:
        """The policy in force at the site."""
        return self.site_policies.get(site_id, self.policy)

    def calendar_at(self, site_id: str) -> Calendar:
        """The calendar the site keeps."""
        return self.calendars.get(self.sites[site_id].calendar, EVERY_DAY)


@dataclass(frozen=True, slots=True)
class SourceAge:
    """When a source last spoke of one kind of fact."""

    source: str
    kind: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class AskLine:
    """One line of an ask. `site_id` None means every site, in id order."""

    number: int
    sku: str
    quantity: int
    wanted: date
    site_id: str | None = None


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """A part of the ask that can be promised: this much, from this site, on this day.

    `label` says what it rests on: `supply` that is there or on its way, or the `lead_time` after which supply
    is without limit.
    """

    day: date
    site_id: str
    quantity: int
    label: str = "supply"


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
    to the quantity asked less `open`. `methods` stand beside it where asked for, and decide nothing.
    """

    number: int
    atp_wanted: int
    earliest: date | None
    schedule: tuple[ScheduleLine, ...]
    open: int
    method: str
    methods: tuple[MethodAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why one ask line could not be answered: a code, the sentence, the figures, what to do next."""

    number: int
    code: str
    message: str
    next_step: str


LineOutcome = LineAnswer | LineProblem
