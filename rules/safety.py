"""What is kept from selling: thresholds, safety stock, protected shares, and which rule of several applies.

These are the narrow forms of the case format, each for one item. Quantities are smallest units.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final, Literal

Criterion = Literal["lowest_rank", "most_conditions", "ends_first"]


def sellable(on_hand: int, committed: int, threshold: int, *, floor_at_zero: bool = False) -> int:
    """What may be sold: on hand less what is committed and what a threshold keeps, 0 at least if so asked."""
    left = on_hand - committed - threshold
    return max(0, left) if floor_at_zero else left


@dataclass(frozen=True, slots=True)
class Withheld:
    """What demand and safety stock leave of the goods on hand, and what each of them lacks."""

    atp: int
    safety_withheld: int
    safety_short: int
    short: int
    atp_ignoring_safety: int


def withheld(on_hand: int, demand: int, safety: int) -> Withheld:
    """Demand takes first, then safety stock; what is left can be promised."""
    left = max(0, on_hand - demand)
    kept = min(left, safety)
    return Withheld(left - kept, kept, safety - kept, max(0, demand - on_hand), left)


@dataclass(frozen=True, slots=True)
class Lot:
    """Goods of one lot, with the demand that is tied to it."""

    lot_id: str
    quantity: int
    demand: int
    usable_until: date | None = None


def withheld_by_lot(lots: Iterable[Lot], safety: int) -> dict[str, Withheld]:
    """Lot by lot, those that expire first keep safety stock first; what one lacks is sought in the next."""
    rest = safety
    found: dict[str, Withheld] = {}
    for lot in sorted(lots, key=lambda lot: (lot.usable_until or date.max, lot.lot_id)):
        found[lot.lot_id] = withheld(lot.quantity, lot.demand, rest)
        rest -= found[lot.lot_id].safety_withheld
    return found


@dataclass(frozen=True, slots=True)
class Protected:
    """So many percent of a quantity are kept: of safety stock, or of demand of better rank."""

    quantity: int
    percent: Fraction


def above_protected(on_hand: int, protected: Iterable[Protected]) -> int:
    """What is above the protected parts, in whole smallest units."""
    kept = sum((part.quantity * part.percent for part in protected), Fraction(0))
    return (on_hand * 100 - kept) // 100


@dataclass(frozen=True, slots=True)
class SafetyRule:
    """So much safety stock where every condition agrees, from `starts` up to, not on, `until`."""

    rule_id: str
    quantity: int
    when: Mapping[str, str] = field(default_factory=dict)
    rank: int = 1
    starts: date | None = None
    until: date | None = None

    def applies(self, facts: Mapping[str, str], on: date | None) -> bool:
        """Whether all it names agrees and it is in force on the day; without a day, periods do not matter."""
        if any(facts.get(name) != value for name, value in self.when.items()):
            return False
        return on is None or (self.starts or date.min) <= on < (self.until or date.max)


ORDERS: Final[Mapping[Criterion, Callable[[SafetyRule], int]]] = {
    "lowest_rank": lambda rule: rule.rank,
    "most_conditions": lambda rule: -len(rule.when),
    "ends_first": lambda rule: (rule.until or date.max).toordinal(),
}


def select(
    rules: Iterable[SafetyRule], facts: Mapping[str, str], on: date | None, order: Sequence[Criterion]
) -> SafetyRule | None:
    """Of the rules that apply the first by the criteria in turn, then by id; None if none applies."""
    applying = [rule for rule in rules if rule.applies(facts, on)]
    return min(applying, key=lambda rule: (*(ORDERS[by](rule) for by in order), rule.rule_id), default=None)
