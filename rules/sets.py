"""Sets of a kit in which other items are sent for components that are short, each by its own packs.

A set takes each component from one item: the component itself while it lasts, then each of its substitutes
in turn. What of a short item is too little for one more set is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rules.asked import SetPart
from rules.packs import raised


@dataclass(frozen=True, slots=True)
class Source:
    """An item of a position that a component is taken from: `ratio` of it stand for one, sent in packs."""

    sku: str
    position: str
    ratio: Fraction = Fraction(1)
    pack: int = 1

    def takes(self, units: int) -> int:
        """How many of it are sent for so many of the component."""
        needed = units * self.ratio
        return raised(-(-needed.numerator // needed.denominator), self.pack)


@dataclass(frozen=True, slots=True)
class Component:
    """One kit takes `per` of the component, from its sources in turn: it itself is the first of them."""

    sku: str
    per: int
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """So many sets that are put together alike, and what they take of each item."""

    sets: int
    parts: tuple[SetPart, ...]


def batches(components: Sequence[Component], free: Mapping[str, int], most: int) -> list[Batch]:
    """At most so many sets from what is free of each item, those in front that replace the fewest.

    Where an item is too short for one more set, the component taken from it goes on to its next source; of
    several the one that is listed last.
    """
    left = dict(free)
    at = [0] * len(components)
    made: list[Batch] = []
    while most > 0:
        chosen = [(each, each.sources[turn]) for each, turn in zip(components, at, strict=True)]
        sets = _most(chosen, left, most)
        if sets:
            made.append(Batch(sets, tuple(_part(each, source, sets) for each, source in chosen)))
            for part in made[-1].parts:
                left[part.sku] -= part.quantity
            most -= sets
        elif not _go_on(components, at, _short(chosen, left)):
            break
    return made


def _most(chosen: Sequence[tuple[Component, Source]], left: Mapping[str, int], most: int) -> int:
    """The most sets, up to so many, that are put together from the chosen sources."""
    enough, too_many = 0, most + 1
    while too_many - enough > 1:
        sets = (enough + too_many) // 2
        taken = _taken(chosen, sets)
        if all(quantity <= left[sku] for sku, quantity in taken.items()):
            enough = sets
        else:
            too_many = sets
    return enough


def _taken(chosen: Sequence[tuple[Component, Source]], sets: int) -> dict[str, int]:
    taken: dict[str, int] = {}
    for each, source in chosen:
        taken[source.sku] = taken.get(source.sku, 0) + source.takes(sets * each.per)
    return taken


def _short(chosen: Sequence[tuple[Component, Source]], left: Mapping[str, int]) -> list[str]:
    """The items that are too short for one more set, in order."""
    return [sku for sku, quantity in _taken(chosen, 1).items() if quantity > left[sku]]


def _go_on(components: Sequence[Component], at: list[int], short: Sequence[str]) -> bool:
    """Whether for each short item a component could go on to its next source; then it has."""
    for sku in short:
        able = [
            number
            for number, each in enumerate(components)
            if each.sources[at[number]].sku == sku and at[number] + 1 < len(each.sources)
        ]
        if not able:
            return False
        at[able[-1]] += 1
    return True


def _part(each: Component, source: Source, sets: int) -> SetPart:
    instead = "" if source.sku == each.sku else each.sku
    return SetPart(source.sku, source.position, source.takes(sets * each.per), instead)
