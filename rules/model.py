"""The words every part shares: frozen values without behaviour that waits, reads or guesses.

Quantities are whole numbers of an item's smallest unit (10^-precision of its base unit). Days are local days of
the site that is named beside them; instants are UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

PastDue = Literal["ignore", "today"]
"""What becomes of supply or demand whose day has gone by: not counted, or counted today."""


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
    """A quantity, or whole lots and bins, set apart from promising. In force from `starts` up to, not on, `until`.

    With `quantity` it names separate goods and adds up; without, it blocks the lots and bins it names whole.
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


@dataclass(frozen=True, slots=True)
class Commitment:
    """Quantity owed to one demand line on its `needed_on` day."""

    source: str
    line_id: str
    order_id: str
    channel: str
    day: date
    quantity: int


@dataclass(frozen=True, slots=True)
class SiteStock:
    """All that bears on promising one item at one site."""

    site_id: str
    on_hand: tuple[OnHand, ...] = ()
    holds: tuple[Hold, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    commitments: tuple[Commitment, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """One item over all its sites, as of one sequence. Sites in id order."""

    sku: str
    unit: str
    precision: int
    sites: tuple[SiteStock, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are open: ISO weekdays (1 is Monday) less the closed days."""

    name: str
    open_weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5, 6, 7})
    closed: frozenset[date] = frozenset()


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


@dataclass(frozen=True, slots=True)
class Setup:
    """What a decision rests on besides profiles and the clock. `setup_hash` names this exact content."""

    setup_hash: str
    sites: Mapping[str, Site]
    channels: Mapping[str, Channel]
    calendars: Mapping[str, Calendar]
    policy: Policy


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
    """A part of the ask that can be promised: this much, from this site, on this day."""

    day: date
    site_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What can be promised for one ask line.

    `atp_wanted` is the most that could be newly promised for the wanted day (not capped by the ask). `earliest` is
    the first day the whole quantity can be had, or None within the horizon. The schedule sums to the quantity
    asked less `open`.
    """

    number: int
    atp_wanted: int
    earliest: date | None
    schedule: tuple[ScheduleLine, ...]
    open: int
    method: str


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why one ask line could not be answered: a code, the sentence, the figures, what to do next."""

    number: int
    code: str
    message: str
    next_step: str


LineOutcome = LineAnswer | LineProblem
