"""A shelf read backwards: from what is there on the demo day to what was there before each move.

Taking a sale back adds to the shelf and taking a receipt back empties it. So the balance is right on the demo
day by construction, and never below nothing as long as no more is taken back than is there.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


class Spot(NamedTuple):
    """Where goods of one item stand at a site, and in what state."""

    status: str = "available"
    ownership: str = "own"
    lot: str = ""
    bin: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """One thing that happened: on which day of the past, at which minute of it, and what it moved."""

    day: int
    minute: int
    cause: str
    legs: tuple[tuple[Spot, int], ...]
    line_id: str | None = None
    order_id: str | None = None


@dataclass(slots=True)
class Shelf:
    """One item at one site. `held` is what each spot held before everything in `past`."""

    held: dict[Spot, int]
    past: list[Past] = field(default_factory=list)

    def at(self, spot: Spot) -> int:
        """Return what the spot held."""
        return self.held.get(spot, 0)

    def take_back(self, what: Past) -> None:
        """Leave the shelf as it was before this happened."""
        for spot, quantity in what.legs:
            before = self.at(spot) - quantity
            assert before >= 0, f"{what} brought more than {spot} had afterwards"
            self.held[spot] = before
        self.past.append(what)
