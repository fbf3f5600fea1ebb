"""Orders of ours that lines are hard pegged to: what is bought, made or brought for one goes with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rules.reserved import order_key
from rules.slip import Dated


@dataclass(frozen=True, slots=True)
class Peg:
    """An order of ours that is open, and the line it is for: `quantity` of its supply are that line's.

    `arrived` of it are on hand already. `sender` is the site it is brought from, "" where it is bought or
    made. Work on it, or its way, begins on `starts_on`. Once a source has taken it over it is no longer ours
    to move.
    """

    order_id: str
    sku: str
    site_id: str
    channel: str
    line_key: str
    quantity: int
    starts_on: date
    usable_on: date
    sender: str = ""
    arrived: int = 0
    is_ours: bool = True

    def owes(self, sku: str) -> str:
        """The key of the line under which the item is owed to the order."""
        return order_key(self.channel, self.order_id, sku)


@dataclass(frozen=True, slots=True)
class Coming:
    """So much of what an order brings: begun on the one day, usable on the other."""

    starts_on: date
    usable_on: date
    quantity: int


@dataclass(frozen=True, slots=True)
class TransferNow:
    """How an order that brings goods from another site goes with what its sender can give, and when.

    What has no day there is `undated`.
    """

    order_id: str
    parts: tuple[Coming, ...]
    undated: int


def pieces(parts: Iterable[Dated], pegged: Sequence[tuple[str, int]]) -> Mapping[str, tuple[Dated, ...]]:
    """A line's parts by the supply each is pegged to, "" for what is pegged to none; the latest are pegged.

    `pegged` names supplies with how much of each is the line's, the latest first.
    """
    left = sorted(parts, key=lambda part: part.day)
    found = {supply: tuple(_taken(left, quantity)) for supply, quantity in pegged}
    return {supply: some for supply, some in (*found.items(), ("", tuple(left))) if some}


def _taken(left: list[Dated], quantity: int) -> Iterator[Dated]:
    """So much is taken from the latest of what is left."""
    while quantity and left:
        last = left.pop()
        part = min(quantity, last.quantity)
        yield Dated(last.day, part)
        quantity -= part
        if last.quantity > part:
            left.append(Dated(last.day, last.quantity - part))
