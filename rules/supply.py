"""Which goods on hand, supply and demand lines count, and on which day of a site."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import accumulate

from rules.calendar import NoOpenDay, local_day
from rules.chain import Origin, counts_on
from rules.company import Company, Policy, SupplyChoice
from rules.model import Commitment, OnHand, Profile, Receipt, SiteStock
from rules.reserved import SOURCE

ON_HAND, HERE = "on_hand", "here"
"""The kind and firmness under which rules judge goods on hand."""


def on_hand_choice(row: OnHand, policy: Policy) -> SupplyChoice | None:
    """For whom goods on hand count, or None where their status keeps them from being promised.

    Of goods that are still to be put away also from how many days ahead.
    """
    if policy.promisable("status", row.status):
        return policy.supply(ON_HAND, row.ownership, HERE, 0)
    if row.in_days is None:
        return None
    choice = policy.supply(ON_HAND, row.ownership, HERE, 0)
    return replace(choice, from_days=max(choice.from_days, row.in_days))


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

    Orders of our own say themselves from when their goods are usable. Goods that came have their day
    likewise.
    """
    site = company.sites[stock.site_id]
    has_come = any(row.arrived for row in stock.on_hand)
    if not has_come and not (site.dock_to_stock_days and stock.receipts):
        return stock
    at = Origin(site.zone, company.calendar_at(stock.site_id))

    def counted(day: date) -> date:
        try:
            return counts_on(at, day, site.dock_to_stock_days)
        except NoOpenDay:
            return date.max

    def of_row(row: OnHand) -> OnHand:
        came = (replace(a, counts_from=counted(local_day(a.at, site.zone))) for a in row.arrived)
        return replace(row, arrived=tuple(came)) if row.arrived else row

    def of_receipt(receipt: Receipt) -> Receipt:
        if receipt.source == SOURCE or not site.dock_to_stock_days:
            return receipt
        return replace(receipt, put_away=counted(max(receipt.day, today)))

    return replace(
        stock,
        on_hand=tuple(map(of_row, stock.on_hand)),
        receipts=tuple(map(of_receipt, stock.receipts)),
    )


def once_put_away(stock: SiteStock, policy: Policy, today: date) -> SiteStock:
    """The stock, goods that are only to be put away told apart by the day from which they count.

    `put_away` has gone before. Those of which nobody told when they came stay as their status says.
    """
    if not any(row.arrived for row in stock.on_hand):
        return stock
    return replace(stock, on_hand=tuple(_told_apart(stock.on_hand, policy, today)))


def _told_apart(rows: Iterable[OnHand], policy: Policy, today: date) -> Iterator[OnHand]:
    for row in rows:
        if policy.promisable("status", row.status) or not policy.once_put_away(row.status):
            yield replace(row, arrived=()) if row.arrived else row
            continue
        rest = row.quantity
        for came in row.arrived:
            part = min(rest, came.quantity)
            if part > 0 and came.counts_from is not None:
                yield replace(row, quantity=part, arrived=(), in_days=max(0, (came.counts_from - today).days))
                rest -= part
        if rest:
            yield replace(row, quantity=rest, arrived=())


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
