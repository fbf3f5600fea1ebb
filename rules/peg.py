"""Soft pegs: which supply serves which demand if all are served in order. They explain and bind nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from operator import attrgetter
from typing import Final

from rules.atp import suffix_min
from rules.company import Policy
from rules.model import Commitment, Receipt, SiteStock
from rules.position import SitePosition
from rules.supply import counted_receipts

ON_HAND: Final = "on_hand"
"""The supply id of stock."""
HOLD_END: Final = "hold_end"
"""The supply id of stock that a hold sets free, before the day it does."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A quantity owed on a day. Rank 1 is served first of a day."""

    demand_id: str
    day: date
    quantity: int
    rank: int = 1


@dataclass(frozen=True, slots=True)
class Supply:
    """A quantity that comes on a day."""

    supply_id: str
    day: date
    quantity: int


@dataclass(frozen=True, slots=True)
class Peg:
    """This much of the demand is served by this supply: `late`, if it comes after the demand is due."""

    demand_id: str
    supply_id: str
    quantity: int
    late: bool


@dataclass(frozen=True, slots=True)
class Pegging:
    """All pegs, in the order they were made, and for every demand what nothing serves."""

    pegs: tuple[Peg, ...]
    unpegged: dict[str, int]


def soft_pegs(on_hand: int, receipts: Iterable[Supply], demands: Iterable[Demand]) -> Pegging:
    """Demands by (day, rank, id) have taken on hand, then receipts by (day, id), each as far as it goes."""
    supplies = [Supply(ON_HAND, date.min, on_hand), *sorted(receipts, key=attrgetter("day", "supply_id"))]
    left = [max(0, supply.quantity) for supply in supplies]
    pegs: list[Peg] = []
    unpegged: dict[str, int] = {}
    at = 0
    for demand in sorted(demands, key=attrgetter("day", "rank", "demand_id")):
        rest = demand.quantity
        while rest > 0 and at < len(supplies):
            taken = min(rest, left[at])
            if taken > 0:
                late = supplies[at].day > demand.day
                pegs.append(Peg(demand.demand_id, supplies[at].supply_id, taken, late))
                left[at] -= taken
                rest -= taken
            if left[at] == 0:
                at += 1
        unpegged[demand.demand_id] = rest
    return Pegging(tuple(pegs), unpegged)


@dataclass(frozen=True, slots=True)
class SitePeg:
    """This much of what is owed is served by a receipt, by goods on hand, or by those a hold sets free.

    `comes_on` is None for goods that are there already. `late_days` is how long after its day it is served.
    """

    commitment: Commitment
    supply: str
    receipt: Receipt | None
    comes_on: date | None
    quantity: int
    late_days: int
    position: str = "own"


@dataclass(frozen=True, slots=True)
class SitePegs:
    """All pegs of an item at one site, and what nothing within the horizon serves of each commitment."""

    pegs: tuple[SitePeg, ...]
    unserved: tuple[tuple[Commitment, int], ...]


def site_pegs(
    stock: SiteStock, rows: SitePosition, policy: Policy, asked: Iterable[Commitment] = ()
) -> SitePegs:
    """What is owed within the horizon has taken what is usable, and what comes, in the order of its days.

    What is `asked` comes on each day after what is owed already, in the order given.
    """
    owed = {_name(line): line for line in stock.commitments if line.day <= rows.last_day}
    coming = {
        f"{receipt.source}/{receipt.line_id}": (rows.today + timedelta(days=cell), receipt)
        for cell, receipt in counted_receipts(stock.receipts, policy, rows.today)
        if cell < len(rows.free)
    }
    usable = suffix_min(rows.usable)
    supplies = [Supply(name, day, receipt.quantity) for name, (day, receipt) in coming.items()]
    demands = [Demand(name, line.day, line.quantity) for name, line in owed.items()]
    for rank, line in enumerate(asked, 2):
        owed[f"asked/{rank}"] = line
        demands.append(Demand(f"asked/{rank}", line.day, line.quantity, rank))
    pegging = soft_pegs(usable[0], [*supplies, *_set_free(usable, rows.today)], demands)
    pegs = []
    for peg in pegging.pegs:
        line, (day, receipt) = owed[peg.demand_id], coming.get(peg.supply_id, (_day(peg.supply_id), None))
        late_days = (day - line.day).days if day is not None and peg.late else 0
        supply = receipt.kind if receipt else peg.supply_id.partition("/")[0]
        pegs.append(SitePeg(line, supply, receipt, day, peg.quantity, late_days, rows.position))
    unserved = ((owed[name], rest) for name, rest in pegging.unpegged.items() if rest)
    return SitePegs(tuple(pegs), tuple(unserved))


def joined(parts: Iterable[SitePegs]) -> SitePegs:
    """The pegs of all positions at a site, position by position."""
    listed = list(parts)
    return SitePegs(
        tuple(peg for part in listed for peg in part.pegs),
        tuple(rest for part in listed for rest in part.unserved),
    )


def _name(line: Commitment) -> str:
    """What names a commitment, in the order that equal days are served in."""
    return f"{line.channel}/{line.order_id}/{line.line_id}/{line.kit}/{line.day}"


def _set_free(usable: list[int], today: date) -> Iterator[Supply]:
    """Goods that holds keep for now, on the day from which on they stay usable."""
    for cell, (before, after) in enumerate(pairwise(usable), 1):
        if after > before:
            day = today + timedelta(days=cell)
            yield Supply(f"{HOLD_END}/{day}", day, after - before)


def _day(supply_id: str) -> date | None:
    """The day in the id of goods that a hold sets free; none for those that are there."""
    kind, _, day = supply_id.partition("/")
    return date.fromisoformat(day) if kind == HOLD_END else None
