"""What counts of the goods on hand, and what holds leave of it."""

from collections.abc import Iterable
from datetime import date, timedelta

from rules.company import Policy
from rules.model import Hold, OnHand
from rules.supply import on_hand_choice


def counts(row: OnHand, policy: Policy) -> bool:
    """Whether an on-hand row counts for anybody: by its status and its owner."""
    choice = on_hand_choice(row, policy)
    return choice is not None and choice.counts


def blocking(holds: Iterable[Hold], policy: Policy) -> tuple[Hold, ...]:
    """The holds whose codes keep goods from being promised."""
    return tuple(hold for hold in holds if not policy.promisable("hold", hold.code))


def usable_row(counted: Iterable[OnHand], holds: Iterable[Hold], today: date, days: int) -> tuple[int, ...]:
    """Counted on hand less what holds in force block, for each day.

    Blocked quantity changes only where a hold starts or ends, so only those days are worked out.
    """
    counted, holds = tuple(counted), tuple(holds)
    on_hand = sum(row.quantity for row in counted)
    if not holds:
        return (on_hand,) * days
    edges = {day for hold in holds for day in (hold.starts, hold.until) if day is not None and day > today}
    row: list[int] = []
    blocked_now = blocked(counted, holds, today)
    for cell in range(days):
        day = today + timedelta(days=cell)
        if day in edges:
            blocked_now = blocked(counted, holds, day)
        row.append(on_hand - blocked_now)
    return tuple(row)


def in_force(hold: Hold, day: date) -> bool:
    """A hold acts from its start (always, if it has none) up to, not on, the day it ends."""
    return (hold.starts is None or hold.starts <= day) and (hold.until is None or day < hold.until)


def blocked(counted: Iterable[OnHand], holds: Iterable[Hold], day: date) -> int:
    """What holds in force on `day` block of the counted rows, never more than is there.

    Holds on lots and bins block the union of what they name; holds by quantity name separate goods and add
    up.
    """
    acting = [hold for hold in holds if in_force(hold, day)]
    lots = {lot for hold in acting if hold.quantity is None for lot in hold.lots}
    bins = {place for hold in acting if hold.quantity is None for place in hold.bins}
    rows = tuple(counted)
    by_quantity = sum(hold.quantity for hold in acting if hold.quantity is not None)
    return max(0, min(sum(row.quantity for row in rows), _whole(rows, lots, bins) + by_quantity))


def _whole(rows: tuple[OnHand, ...], lots: set[str], bins: set[str]) -> int:
    """What is there of the named lots and bins: of each lot no more than there is of it in all its bins."""
    there: dict[str, int] = {}
    named: dict[str, int] = {}
    for row in rows:
        there[row.lot] = there.get(row.lot, 0) + row.quantity
        if row.lot in lots or row.bin in bins:
            named[row.lot] = named.get(row.lot, 0) + row.quantity
    return sum(max(0, min(quantity, there[lot])) for lot, quantity in named.items())
