"""What a promise of goods still to be bought or made writes down, what it rests on, and who may have it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from rules.ctp import Label, Way
from rules.ctp_terms import Shop, Ways
from rules.model import Standing

KINDS: Mapping[str, str] = {"ctp_buy": "purchase", "ctp_make": "production"}
"""The kind of supply that stands for a way once it is promised."""
FIRM: Final = "firm"
"""How sure that supply is: planning must not move it."""


@dataclass(frozen=True, slots=True)
class Capability:
    """What a channel may do with goods still to be bought or made, by site and class of item.

    A person's ask may order inside the planning fence, and counts as approved. One that is `binding` is given
    only what may be promised.
    """

    standing: Callable[[str, str], Standing]
    by_person: bool = False
    binding: bool = False


@dataclass(frozen=True, slots=True)
class FirmOrder:
    """A purchase request or production order that planning must not move.

    `pegged` of its quantity are hard pegged to what asked for it; the rest is free from the usable day.
    """

    label: Label
    source_id: str
    item: str
    quantity: int
    pegged: int
    starts_on: date
    usable_on: date


@dataclass(frozen=True, slots=True)
class ComponentTaken:
    """So much of a component is owed to a production order on the day it starts."""

    item: str
    needed_on: date
    quantity: int


@dataclass(frozen=True, slots=True)
class MinutesTaken:
    """So many minutes of a resource on a day."""

    resource: str
    day: date
    minutes: int


@dataclass(frozen=True, slots=True)
class Firm:
    """All that is written with the promise, in one transaction; what is deepest comes first."""

    orders: tuple[FirmOrder, ...]
    components: tuple[ComponentTaken, ...]
    minutes: tuple[MinutesTaken, ...]


@dataclass(frozen=True, slots=True)
class LabelledPart:
    """A part of a schedule and what it rests on."""

    day: date
    quantity: int
    label: Label


def firm(way: Way) -> Firm:
    """What to write for the way and for all that its components need in turn."""
    below = [firm(plan.way) for plan in way.components if plan.way is not None]
    order = FirmOrder(
        way.label, way.source_id, way.item, way.quantity, way.need, way.starts_on, way.usable_on
    )
    components = (ComponentTaken(plan.item, way.starts_on, plan.quantity) for plan in way.components)
    minutes = (MinutesTaken(way.resource, day, taken) for day, taken in way.minutes)
    return Firm(
        (*(of for part in below for of in part.orders), order),
        (*(of for part in below for of in part.components), *components),
        (*(of for part in below for of in part.minutes), *minutes),
    )


def labelled(parts: Iterable[tuple[date, int]], on_hand: int) -> Iterator[LabelledPart]:
    """The parts of an ATP schedule by what they rest on: `on_hand` while that lasts, then receipts.

    `on_hand` is what is free today, before the first part. A part of both becomes two.
    """
    left = max(0, on_hand)
    for day, quantity in parts:
        here = min(quantity, left)
        left -= here
        if here:
            yield LabelledPart(day, here, "on_hand")
        if quantity > here:
            yield LabelledPart(day, quantity - here, "receipt")


def may_rest_on_lead_time(shop: Shop, item: str) -> bool:
    """Whether `lead_time` may stand for the item: only where neither supplier nor components are known."""
    ways = shop.items.get(item, Ways())
    return not ways.buys and not ways.makes


def is_shown(standing: Standing) -> bool:
    """Whether the channel is told of what could be bought or made at all."""
    return standing != "no"


def may_reserve(standing: Standing, *, approved: bool = False) -> bool:
    """Whether the channel may be promised it: where policy says so, or a person approved."""
    return standing == "promise" or (standing == "approve" and approved)
