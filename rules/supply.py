"""Which goods on hand, supply and demand lines count, and on which day of a site."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import accumulate

from rules.calendar import NoOpenDay
from rules.chain import Origin, counts_on
from rules.company import Company, Policy, SupplyChoice
from rules.model import Commitment, OnHand, Profile, Receipt, SiteStock
from rules.reserved import SOURCE

ON_HAND, HERE = "on_hand", "here"
"""The kind and firmness under which rules judge goods on hand."""


def on_hand_choice(row: OnHand, policy: Policy) -> SupplyChoice | None:
    """For whom goods on hand count, or None where their status keeps them from being promised."""
    if not policy.promisable("status", row.status):
        return None
    return policy.supply(ON_HAND, row.ownership, HERE, 0)


def receipt_choice(receipt: Receipt, policy: Policy, today: date) -> SupplyChoice:
    """For whom a receipt counts, overdue or not."""
    overdue = max(0, (today - receipt.day).days)
    return policy.supply(receipt.kind, receipt.ownership, receipt.firmness, overdue)


def receipt_cell(receipt: Receipt, policy: Policy, today: date) -> int | None:
    """The cell a receipt counts in, or None where it does not count. An overdue one counts today at best."""
    choice = receipt_choice(receipt, policy, today)
    return max(choice.from_days, (receipt.counts_from - today).days, 0) if choice.counts else None


def put_away(stock: SiteStock, company: Company, today: date) -> SiteStock:
    """The stock, each receipt counting from the day its site has put it away; it comes today at the earliest.

    Orders of our own say themselves from when their goods are usable.
    """
    site = company.sites[stock.site_id]
    if not site.dock_to_stock_days or not stock.receipts:
        return stock
    at = Origin(site.zone, company.calendar_at(stock.site_id))

    def counted(receipt: Receipt) -> Receipt:
        if receipt.source == SOURCE:
            return receipt
        try:
            day = counts_on(at, max(receipt.day, today), site.dock_to_stock_days)
        except NoOpenDay:
            day = date.max
        return replace(receipt, put_away=day)

    return replace(stock, receipts=tuple(counted(receipt) for receipt in stock.receipts))


def lasting_as_sent(item: Profile) -> Profile:
    """The item, what senders owe of transfers being served by goods that last as long as those expected."""
    until = {
        receipt.line_id: receipt.usable_until
        for stock in item.sites
        for receipt in stock.receipts
        if receipt.source == SOURCE and receipt.usable_until is not None
    }
    if not until:
        return item
    sites = (
        replace(
            stock,
            commitments=tuple(
                replace(line, lasting=until[line.order_id])
                if line.source == SOURCE and line.order_id in until
                else line
                for line in stock.commitments
            ),
        )
        for stock in item.sites
    )
    return replace(item, sites=tuple(sites))


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
