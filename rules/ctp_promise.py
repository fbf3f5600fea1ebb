"""What a promise of goods still to be bought or made writes down, and who may have it."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from rules.company import Standing
from rules.ctp import Label, Way

KINDS: Mapping[str, str] = {"ctp_buy": "purchase", "ctp_make": "production", "transfer": "transfer"}
"""The kind of supply that stands for a way once it is promised."""
FIRM: Final = "firm"
"""How sure that supply is: planning must not move it."""


@dataclass(frozen=True, slots=True)
class Capability:
    """What a channel may do with goods still to be bought or made, by site and class of item.

    A person's ask may order inside the planning fence, and counts as approved. One that is `binding` is given
    only what may be promised; its lines that are `held`, by number, are kept for a while only, and nothing is
    ordered for them.
    """

    standing: Callable[[str, str], Standing]
    by_person: bool = False
    binding: bool = False
    held: frozenset[int] = frozenset()
    may_bring: Callable[[str, str, str], bool] = lambda _from, _to, _class: False
    """Whether goods of the class may be brought from the one site to the other for an ask."""


@dataclass(frozen=True, slots=True)
class ComponentTaken:
    """So much is owed on the day an order starts: of a component, or by the sender of what is brought."""

    item: str
    needed_on: date
    quantity: int


@dataclass(frozen=True, slots=True)
class FirmOrder:
    """A purchase request, production order or transfer that planning must not move.

    `pegged` of its quantity are hard pegged to what asked for it, the order at the place `serves` or (None)
    the line itself; the rest is free from the usable day. `minutes` are those it takes of its resource.
    """

    label: Label
    source_id: str
    item: str
    quantity: int
    pegged: int
    starts_on: date
    ready_on: date
    usable_on: date
    components: tuple[ComponentTaken, ...] = ()
    resource: str = ""
    minutes: tuple[tuple[date, int], ...] = ()
    serves: int | None = None
    usable_until: date | None = None
    """The last day any of it may be promised for; None: it does not expire, or nobody knows."""


def firm(way: Way) -> tuple[FirmOrder, ...]:
    """The orders to write for the way and for all that its components need in turn, what asks first."""
    orders: list[FirmOrder] = []
    waiting: deque[tuple[Way, int | None]] = deque([(way, None)])
    while waiting:
        current, serves = waiting.popleft()
        orders.append(_order(current, serves))
        place = len(orders) - 1
        waiting += [(plan.way, place) for plan in current.components if plan.way is not None]
    return tuple(orders)


def _order(way: Way, serves: int | None) -> FirmOrder:
    return FirmOrder(
        way.label,
        way.source_id,
        way.item,
        way.quantity,
        way.need,
        way.starts_on,
        way.ready_on,
        way.usable_on,
        _owed(way),
        way.resource,
        way.minutes,
        serves,
        way.usable_until,
    )


def _owed(way: Way) -> tuple[ComponentTaken, ...]:
    """What the order takes of items; a transfer takes as much of its own at the sender."""
    if way.label == "transfer":
        return (ComponentTaken(way.item, way.starts_on, way.quantity),)
    return tuple(ComponentTaken(plan.item, way.starts_on, plan.quantity) for plan in way.components)


def is_shown(standing: Standing) -> bool:
    """Whether the channel is told of what could be bought or made at all."""
    return standing != "no"


def may_reserve(standing: Standing, *, approved: bool = False) -> bool:
    """Whether the channel may be promised it: where policy says so, or a person approved."""
    return standing == "promise" or (standing == "approve" and approved)
