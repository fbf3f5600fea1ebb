"""What is asked, line by line, and what is answered. Quantities are smallest units of the item."""

from dataclasses import dataclass
from datetime import date
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
class SetPart:
    """What sets of a kit take of one item, in its smallest units: a component, or what is sent `instead`."""

    sku: str
    position: str
    quantity: int
    instead: str = ""


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
    made_of: tuple[SetPart, ...] = ()
    """What sets of a kit take, where another item is sent for one of its components."""

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
