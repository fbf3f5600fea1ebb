"""An item's stock at one site, parted into positions: goods that not every channel may use stand apart.

What is owed is served from the positions its channel may use, in the order they are taken; so no position
hides another's debt, and nothing is promised to one channel that another's order already takes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import accumulate

from rules.model import Commitment, Hold, OnHand, Policy, SafetyStock, SiteStock, SupplyChoice
from rules.supply import on_hand_choice, receipt_choice

Key = tuple[int, str, tuple[str, ...] | None]
"""The turn and the name of a position, and who may use it."""


def parts_of(stock: SiteStock, policy: Policy, today: date) -> tuple[SiteStock, ...]:
    """The positions of the stock, those taken first in front. There is always one.

    Goods that count for nobody stay in the first. Quantities are conserved: what stands in the parts adds up
    to the stock.
    """
    goods = [(_key(on_hand_choice(row, policy), policy), row) for row in stock.on_hand]
    coming = [(_key(receipt_choice(row, policy, today), policy), row) for row in stock.receipts]
    keys = sorted({key for key, _ in (*goods, *coming) if key is not None}, key=_order)
    if len(keys) <= 1:
        key = keys[0] if keys else None
        return (stock if key is None else _named(stock, key),)
    first = keys[0]
    parts = [
        replace(
            _named(stock, key),
            on_hand=tuple(row for at, row in goods if (at or first) == key),
            receipts=tuple(row for at, row in coming if (at or first) == key),
            commitments=(),
            holds=(),
            safety_stock=(),
        )
        for key in keys
    ]
    usable = [_counted(part.on_hand, policy) for part in parts]
    holds = _shared_holds(stock.holds, usable)
    safety = _shared_safety_stock(stock.safety_stock, usable)
    apart = [replace(part, holds=holds[n], safety_stock=safety[n]) for n, part in enumerate(parts)]
    owed = _shared_commitments(stock.commitments, apart, policy, today)
    return tuple(replace(part, commitments=tuple(owed[n])) for n, part in enumerate(apart))


def _key(choice: SupplyChoice | None, policy: Policy) -> Key | None:
    if choice is None or not choice.counts:
        return None
    known = choice.position in policy.positions
    turn = policy.positions.index(choice.position) if known else len(policy.positions)
    return turn, choice.position, None if choice.users is None else tuple(sorted(choice.users))


def _order(key: Key) -> tuple[int, str, bool, tuple[str, ...]]:
    """By turn; of one name, what everybody may use comes first."""
    turn, name, users = key
    return turn, name, users is not None, users or ()


def _named(stock: SiteStock, key: Key) -> SiteStock:
    _, name, users = key
    return replace(stock, position=name, users=None if users is None else frozenset(users))


def _counted(rows: Iterable[OnHand], policy: Policy) -> int:
    """Goods on hand that count for somebody."""
    choices = ((row, on_hand_choice(row, policy)) for row in rows)
    return sum(row.quantity for row, choice in choices if choice is not None and choice.counts)


def _shared_holds(holds: Iterable[Hold], usable: Sequence[int]) -> list[tuple[Hold, ...]]:
    """Each part's holds. Those on lots and bins act on what they name, wherever it stands.

    Those by quantity are laid on the parts in turn, as far as there are goods; the rest stays on the first.
    """
    left = [max(0, quantity) for quantity in usable]
    parts: list[list[Hold]] = [[] for _ in usable]
    for hold in holds:
        if hold.quantity is None:
            for part in parts:
                part.append(hold)
            continue
        for n, quantity in enumerate(_laid(hold.quantity, left)):
            if quantity:
                parts[n].append(replace(hold, quantity=quantity))
                left[n] = max(0, left[n] - quantity)
    return [tuple(part) for part in parts]


def _shared_safety_stock(rows: Sequence[SafetyStock], usable: Sequence[int]) -> list[tuple[SafetyStock, ...]]:
    """Each part's safety stock: laid on the goods on hand in turn, the rest on the first part."""
    laid = [_laid(row.quantity, usable) for row in rows]
    return [
        tuple(replace(row, quantity=quantities[n]) for row, quantities in zip(rows, laid, strict=True))
        for n in range(len(usable))
    ]


def _laid(quantity: int, room: Sequence[int]) -> list[int]:
    """The quantity over the parts in turn, as far as there is room; what is left over on the first."""
    laid, rest = [], quantity
    for there in room:
        part = min(rest, max(0, there))
        laid.append(part)
        rest -= part
    laid[0] += rest
    return laid


@dataclass(slots=True)
class _Served:
    """What a part has free day by day while orders are laid on it."""

    users: frozenset[str] | None
    net: list[int]
    owed: list[Commitment] = field(default_factory=list)

    def serves(self, channel: str) -> bool:
        return self.users is None or channel in self.users

    def free(self, cell: int) -> int:
        return max(0, min(self.net[min(cell, len(self.net) - 1) :]))

    def take(self, line: Commitment, quantity: int, cell: int) -> None:
        if not quantity:
            return
        self.owed.append(replace(line, quantity=quantity))
        for later in range(min(cell, len(self.net) - 1), len(self.net)):
            self.net[later] -= quantity


def _shared_commitments(
    lines: Iterable[Commitment], parts: Sequence[SiteStock], policy: Policy, today: date
) -> list[list[Commitment]]:
    """Each part's commitments: in the order of their days, from the parts their channel may use, in turn.

    What no part covers is owed by the first the channel may use, or by the first of all.
    """
    served = [_Served(part.users, _net(part, policy, today)) for part in parts]
    for line in sorted(
        lines, key=lambda line: (line.day, line.source, line.order_id, line.line_id, line.kit)
    ):
        cell = max(0, (line.day - today).days)
        may = [part for part in served if part.serves(line.channel)] or served[:1]
        rest = line.quantity
        taken = []
        for part in may:
            quantity = min(rest, part.free(cell))
            taken.append(quantity)
            rest -= quantity
        taken[0] += rest
        for part, quantity in zip(may, taken, strict=True):
            part.take(line, quantity, cell)
    return [part.owed for part in served]


def _net(part: SiteStock, policy: Policy, today: date) -> list[int]:
    """What a part has by each day before anything is owed: counted goods, then what comes."""
    days = policy.horizon_days
    row = [0] * days
    for cell, quantity in _comes(part, policy, today):
        if cell < days:
            row[cell] += quantity
    return list(accumulate(row))


def _comes(part: SiteStock, policy: Policy, today: date) -> Iterator[tuple[int, int]]:
    for goods in part.on_hand:
        choice = on_hand_choice(goods, policy)
        if choice is not None and choice.counts:
            yield choice.from_days, goods.quantity
    for receipt in part.receipts:
        expected = receipt_choice(receipt, policy, today)
        if expected.counts:
            yield max(expected.from_days, (receipt.day - today) // timedelta(days=1), 0), receipt.quantity
