"""An item's stock at one site, parted into positions: goods that not every channel may use stand apart.

What is owed is served from the positions its channel may use, in the order they are taken; so no position
hides another's debt, and nothing is promised to one channel that another's order already takes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import accumulate

from rules.buckets import in_force
from rules.company import Policy, SupplyChoice
from rules.holds import blocked, blocking, usable_row
from rules.model import Commitment, Hold, OnHand, SafetyStock, SiteStock
from rules.sharing import Room, shared
from rules.supply import counted_receipts, on_hand_choice, once_put_away, receipt_choice

Key = tuple[int, str, tuple[str, ...] | None]
"""The turn and the name of a position, and who may use it."""


def parts_of(stock: SiteStock, policy: Policy, today: date) -> tuple[SiteStock, ...]:
    """The positions of the stock, those taken first in front. There is always one.

    Goods that count for nobody stay in the first. Quantities are conserved: what stands in the parts adds up
    to the stock.
    """
    stock = once_put_away(stock, policy, today)
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
    return sum(row.quantity for row, _ in _choices(rows, policy))


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


def _shared_commitments(
    lines: Iterable[Commitment], parts: Sequence[SiteStock], policy: Policy, today: date
) -> list[list[Commitment]]:
    """Each part's commitments: in the order of their days, from the parts their channel may use, in turn.

    Those promised from a position come first, and are owed from it as long as it is there. What no part
    covers is owed by the first the channel may use, or by the first of all.
    """
    rooms = [_room(part, policy, today) for part in parts]
    return shared(((line, _may_serve(line, parts)) for line in sorted(lines, key=_turn)), rooms, today)


def _turn(line: Commitment) -> tuple[bool, date, str, str, str, str]:
    return not line.position, line.day, line.source, line.order_id, line.line_id, line.kit


def _may_serve(line: Commitment, parts: Sequence[SiteStock]) -> Sequence[int]:
    """The places of the parts that may serve the line, those taken first in front; there is always one."""
    may = [place for place, part in enumerate(parts) if part.users is None or line.channel in part.users]
    named = [place for place in may if parts[place].position == line.position]
    return named or may or (0,)


def _room(part: SiteStock, policy: Policy, today: date) -> Room:
    """What a part has by each day before anything is owed, and the safety stock it keeps besides."""
    days = policy.horizon_days
    come = [0] * days
    for cell, quantity in _comes(part, policy, today):
        if cell < days:
            come[cell] += quantity
    counted = [row for row, choice in _choices(part.on_hand, policy) if not choice.from_days]
    usable = usable_row(counted, blocking(part.holds, policy), today, days)
    kept = _safety_row(part.safety_stock, today, days) if policy.withhold_safety_stock else [0] * days
    net = [
        there + by_then - left for there, by_then, left in zip(usable, accumulate(come), kept, strict=True)
    ]
    return Room(net, kept)


def _safety_row(rows: Iterable[SafetyStock], today: date, days: int) -> list[int]:
    return in_force((((row.starts - today).days, row.quantity) for row in rows), days)


def _choices(rows: Iterable[OnHand], policy: Policy) -> Iterator[tuple[OnHand, SupplyChoice]]:
    """Goods on hand that count for somebody, with the choice that they do."""
    for row in rows:
        choice = on_hand_choice(row, policy)
        if choice is not None and choice.counts:
            yield row, choice


def _comes(part: SiteStock, policy: Policy, today: date) -> Iterator[tuple[int, int]]:
    """What comes in each cell, and below 0 what is past its last day in it."""
    holds = blocking(part.holds, policy)
    for row, choice in _choices(part.on_hand, policy):
        if choice.from_days:
            held = blocked([row], holds, today + timedelta(days=choice.from_days))
            yield choice.from_days, row.quantity - held
        yield from _gone(row.usable_until, row.quantity, today)
    for cell, receipt in counted_receipts(part.receipts, policy, today):
        yield cell, receipt.quantity
        yield from _gone(receipt.usable_until, receipt.quantity, today)


def _gone(last_day: date | None, quantity: int, today: date) -> Iterator[tuple[int, int]]:
    if last_day is not None:
        yield max(0, (last_day - today).days + 1), -quantity
