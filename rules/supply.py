"""Which supply and demand lines count, and on which day of a site."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import accumulate

from rules.buckets import counted_in
from rules.model import Commitment, Policy, Receipt


def why_not(receipt: Receipt, policy: Policy) -> str | None:
    """Why a receipt does not count whatever its day, or None where it does."""
    if receipt.firmness not in policy.counted_firmness:
        return f"{receipt.firmness}: not counted until confirmed"
    if receipt.ownership not in policy.counted_ownerships:
        return f"goods owned by {receipt.ownership} do not count"
    if receipt.kind in policy.excluded_kinds:
        return f"supply of kind {receipt.kind} does not count"
    return None


def receipt_cell(receipt: Receipt, policy: Policy, today: date) -> int | None:
    """The cell a receipt counts in, or None where it does not count. Overdue it is treated as its kind is."""
    if why_not(receipt, policy) is not None:
        return None
    return counted_in((receipt.day - today).days, policy.past_due_supply.get(receipt.kind, "ignore"))


def counted_receipts(
    receipts: Iterable[Receipt], policy: Policy, today: date
) -> Iterator[tuple[int, Receipt]]:
    """Receipts that count, each with the cell it counts in."""
    for receipt in receipts:
        cell = receipt_cell(receipt, policy, today)
        if cell is not None:
            yield cell, receipt


def counted_commitments(commitments: Iterable[Commitment], today: date) -> Iterator[tuple[int, Commitment]]:
    """Every commitment with the cell it counts in. Overdue ones count today and never drop out by age."""
    for commitment in commitments:
        yield max(0, (commitment.day - today).days), commitment


def owed_behind(receipts: list[tuple[int, int]], commitments: list[tuple[int, int]], days: int) -> int:
    """What is owed behind the horizon and not covered there: the lowest running sum by day, at most 0."""
    net_by_cell: dict[int, int] = {}
    for cell, quantity in receipts:
        if cell >= days:
            net_by_cell[cell] = net_by_cell.get(cell, 0) + quantity
    for cell, quantity in commitments:
        if cell >= days:
            net_by_cell[cell] = net_by_cell.get(cell, 0) - quantity
    running = accumulate(net_by_cell[cell] for cell in sorted(net_by_cell))
    return min(0, min(running, default=0))
