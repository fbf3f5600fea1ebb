"""How an item can be had in time: suppliers, production versions and what they need.

Rows are by day, cell 0 being `Shop.today`. Quantities are smallest units, costs minor units of money.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from rules.chain import Origin
from rules.company import EVERY_DAY, Calendar
from rules.free import Row
from rules.terms import LEVELS_MAX


@dataclass(frozen=True, slots=True)
class Legs:
    """A lead time known leg by leg: the supplier's days, the way, taking in, putting away."""

    supplier_days: int
    supplier: Calendar = EVERY_DAY
    transit_days: int = 0
    carrier: Calendar = EVERY_DAY
    receiving: Calendar = EVERY_DAY
    dock_to_stock_days: int = 0
    site: Calendar = EVERY_DAY


@dataclass(frozen=True, slots=True)
class WholeLead:
    """A lead time known only as a whole: nothing is added to it."""

    days: int
    calendar: Calendar = EVERY_DAY


@dataclass(frozen=True, slots=True)
class Buy:
    """One supplier of an item.

    `desk` is the purchasing desk, with its cut-off. `a_day` is what the supplier can deliver a day, less
    `taken`; None: no limit. Nothing is ordered before `fence_until` unless a person asks.
    """

    source_id: str
    lead: Legs | WholeLead
    desk: Origin
    minimum: int = 0
    multiple: int = 1
    a_day: int | None = None
    taken: Mapping[date, int] = field(default_factory=dict)
    fence_until: date | None = None
    unit_cost: int | Fraction = 0
    order_cost: int | Fraction = 0

    def __post_init__(self) -> None:
        assert self.multiple > 0, f"orders come in multiples of 1 or more, not {self.multiple}"


@dataclass(frozen=True, slots=True)
class Component:
    """So many of an item go into one, and `scrap` of them are lost on the way."""

    item: str
    per: int | Fraction
    scrap: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Make:
    """One production version of an item. `fixed_days` pass after the last minute: queue, move, inspect."""

    source_id: str
    components: tuple[Component, ...]
    resource: str
    set_up_minutes: int = 0
    minutes_a_unit: Fraction = Fraction(0)
    fixed_days: int = 0
    calendar: Calendar = EVERY_DAY
    fence_until: date | None = None
    unit_cost: int | Fraction = 0


@dataclass(frozen=True, slots=True)
class Ways:
    """What is free of an item by day, and how more of it can be had."""

    free: Row = ()
    buys: tuple[Buy, ...] = ()
    makes: tuple[Make, ...] = ()


@dataclass(frozen=True, slots=True)
class Shop:
    """All that bears on buying and making: the items, and each resource's free minutes by day."""

    today: date
    now: datetime
    items: Mapping[str, Ways]
    minutes: Mapping[str, Row] = field(default_factory=dict)


class BillsInACircle(ValueError):
    """An item that goes into itself, by way of its components."""

    def __init__(self, items: Iterable[str]) -> None:
        self.items = tuple(items)
        super().__init__(
            f"{' needs '.join(self.items)}: an item cannot go into itself. "
            "Take one of these components out of its bill of materials."
        )


class BillsTooDeep(ValueError):
    """Bills of materials with more levels than are followed."""

    def __init__(self, items: Iterable[str]) -> None:
        self.items = tuple(items)
        super().__init__(
            f"{' needs '.join(self.items)}: that is more than {LEVELS_MAX} levels of components. "
            "State the lead time of one of them instead of its components."
        )


def check_bills(bills: Mapping[str, Iterable[str]]) -> None:
    """No item goes into itself and none has more levels than are followed; `bills` names each's components.

    Raises BillsInACircle or BillsTooDeep, naming the items from the top down.
    """
    levels: dict[str, int] = {}
    below: dict[str, str] = {}
    for top in sorted(bills):
        _measure(top, bills, levels, below)
        if levels[top] > LEVELS_MAX:
            path = [top]
            while path[-1] in below:
                path.append(below[path[-1]])
            raise BillsTooDeep(path)


def _measure(
    top: str, bills: Mapping[str, Iterable[str]], levels: dict[str, int], below: dict[str, str]
) -> None:
    """How many levels lie below `top` and all that it needs; `below` names each's deepest component."""
    path: list[str] = []
    steps = [(top, False)]
    while steps:
        item, measured = steps.pop()
        needs = sorted(set(bills.get(item, ())))
        if measured:
            path.pop()
            deepest = max(needs, key=lambda needed: levels[needed], default=None)
            levels[item] = 0 if deepest is None else levels[deepest] + 1
            if deepest is not None:
                below[item] = deepest
        elif item in path:
            raise BillsInACircle([*path[path.index(item) :], item])
        elif item not in levels:
            path.append(item)
            steps.append((item, True))
            steps += [(needed, False) for needed in reversed(needs)]
