"""Units, packs, the least shipment, kits and substitutes, in the order they are applied to an ask.

The ask's need is rounded to its pack; each day the item's number is floored to the pack, then the least
shipment, then the rule on parts; what is still missing that day is tried with each substitute in turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from rules.free import NOTHING, Row, after_taking, free_in
from rules.model import SUCCESSORS_MAX, Successor

Rounding = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Substitute:
    """Another item that may be sent: `ratio` of it stand for one of what was asked, in packs of its own."""

    item: str
    ratio: Fraction = Fraction(1)
    pack: int = 1

    def __post_init__(self) -> None:
        assert self.ratio > 0, f"a ratio is above 0, not {self.ratio}"
        assert self.pack > 0, f"a pack holds 1 or more, not {self.pack}"


@dataclass(frozen=True, slots=True)
class Terms:
    """How an ask may be served: in which packs, in parts of what size at least, by what else."""

    pack: int = 1
    rounding: Rounding = "up"
    least_shipment: int = 0
    partial: bool = True
    substitutes: tuple[Substitute, ...] = ()

    def __post_init__(self) -> None:
        assert self.pack > 0, f"a pack holds 1 or more, not {self.pack}"


@dataclass(frozen=True, slots=True)
class Served:
    """A part of an ask: so many of `item` on the day of `cell`, standing for `fills` of what was asked."""

    cell: int
    item: str
    quantity: int
    fills: int


@dataclass(frozen=True, slots=True)
class Serving:
    """How an ask is served: its need, the parts, what stays open, and what is left of each item."""

    need: int
    parts: tuple[Served, ...]
    open: int
    left: Mapping[str, Row] = field(default_factory=dict)


def floored(quantity: int, pack: int) -> int:
    """The most whole packs hold of the quantity."""
    return quantity // pack * pack


def raised(quantity: int, pack: int) -> int:
    """The least that whole packs hold and that is the quantity or more."""
    return -(-quantity // pack) * pack


def need(quantity: int, pack: int, rounding: Rounding) -> int:
    """What is needed to serve the ask in whole packs."""
    return raised(quantity, pack) if rounding == "up" else floored(quantity, pack)


def part_of(rest: int, room: int, terms: Terms, whole: int) -> int:
    """How much of `rest` is given from `room`, in packs and within the ask's rules on parts.

    No part and no rest is smaller than the least shipment: less is given so that so much stays, or nothing.
    Where the ask takes no parts, it is all of `whole` or nothing.
    """
    part = floored(min(rest, room), terms.pack)
    if not terms.partial:
        return part if part == whole else 0
    least = raised(terms.least_shipment, terms.pack)
    if 0 < rest - part < least:
        part = floored(rest - least, terms.pack)
    return part if part >= max(1, least) else 0


def substituted(rest: int, number: int, other: Substitute) -> tuple[int, int]:
    """How many of the substitute are sent for the rest when there are `number`, and how much they fill."""
    wanted = raised(_ceil(rest * other.ratio), other.pack)
    sent = min(wanted, floored(number, other.pack))
    fills = min(rest, sent // other.ratio)
    return (sent, fills) if fills > 0 else (0, 0)


def _ceil(quantity: Fraction) -> int:
    return -(-quantity.numerator // quantity.denominator)


def serve(item: str, quantity: int, terms: Terms, rows: Mapping[str, Row], days: range) -> Serving:
    """The ask served on `days` from what is free of the item and its substitutes, the earliest day first.

    `rows` hold what is free of each item; those of the result what is left for the next ask.
    """
    needed = rest = need(quantity, terms.pack, terms.rounding)
    left = dict(rows)
    parts: list[Served] = []
    for cell in days:
        for part in _of_day(item, needed, rest, terms, left, cell):
            left[part.item] = after_taking(left[part.item], cell, part.quantity)
            rest -= part.fills
            parts.append(part)
        if rest == 0:
            break
    return Serving(needed, tuple(parts), max(0, min(quantity, needed) - (needed - rest)), left)


def _of_day(
    item: str, needed: int, rest: int, terms: Terms, rows: Mapping[str, Row], cell: int
) -> Sequence[Served]:
    """The parts of one day: the item first, then each substitute for what it leaves missing."""
    parts: list[Served] = []
    own = part_of(rest, free_in(rows.get(item, NOTHING), cell), terms, needed)
    if own:
        parts.append(Served(cell, item, own, own))
        rest -= own
    for other in terms.substitutes:
        number = free_in(rows.get(other.item, NOTHING), cell)
        fitting = by_substitute(rest, number, other, terms, needed)
        if fitting != (0, 0):
            parts.append(Served(cell, other.item, *fitting))
            rest -= fitting[1]
    return parts


def by_substitute(rest: int, number: int, other: Substitute, terms: Terms, needed: int) -> tuple[int, int]:
    """What the substitute sends and fills within the ask's rules on parts; its packs are its own."""
    sent, fills = substituted(rest, number, other)
    allowed = part_of(rest, fills, Terms(1, terms.rounding, terms.least_shipment, terms.partial), needed)
    return (sent, fills) if allowed == fills else substituted(allowed, number, other)


class SupersededInACircle(ValueError):
    """Items that supersede each other in a circle, or more often than is plausible."""

    def __init__(self, items: Sequence[str]) -> None:
        self.items = tuple(items)
        super().__init__(
            f"{' -> '.join(self.items)} supersede each other without an end. "
            f"Name one last successor, at most {SUCCESSORS_MAX} steps away."
        )


def items_to_ask(item: str, superseded: Mapping[str, Successor]) -> tuple[str, ...]:
    """The items to serve an ask of `item` from, in turn: those to be used up first, then the last."""
    asked: list[str] = []
    seen = [item]
    while seen[-1] in superseded:
        stated = superseded[seen[-1]]
        if stated.use_up:
            asked.append(seen[-1])
        if stated.by in seen or len(seen) > SUCCESSORS_MAX:
            raise SupersededInACircle([*seen, stated.by])
        seen.append(stated.by)
    return (*asked, seen[-1])
