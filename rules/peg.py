"""Soft pegs: which supply serves which demand if all are served in order. They explain and bind nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Final

ON_HAND: Final = "on_hand"
"""The supply id of stock."""


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
