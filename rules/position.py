"""From a profile to rows of numbers: one item at one site, day by day from today to the end of the horizon.

The order of deductions is that of docs/worked-examples.md: counted, usable, receipts, commitments, net position,
withheld, free. Row cell 0 is today at the site; every row has `policy.horizon_days` cells.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate

from rules import atp
from rules.calendar import local_day
from rules.model import Commitment, Hold, OnHand, Policy, Profile, Receipt, Setup, Site, SiteStock

METHOD = "cumulative_with_look_ahead"


@dataclass(frozen=True, slots=True)
class SitePosition:
    """The rows of one item at one site. Quantities in smallest units; cell t is the day `today` + t."""

    site_id: str
    today: date
    usable: tuple[int, ...]
    receipts: tuple[int, ...]
    commitments: tuple[int, ...]
    net_position: tuple[int, ...]
    margin: tuple[int, ...]
    """M: net position less what is withheld; the last cell also carries what is owed behind the horizon."""
    free: tuple[int, ...]
    """F: the most that can be newly promised for the day and leave every later day whole."""

    @property
    def last_day(self) -> date:
        return self.today + timedelta(days=len(self.free) - 1)

    def free_on(self, day: date) -> int:
        """Free quantity for a day of this site: a day gone by offers nothing, nor does one past the horizon."""
        cell = (day - self.today).days
        return self.free[cell] if 0 <= cell < len(self.free) else 0


@dataclass(frozen=True, slots=True)
class ItemPosition:
    """One item prepared for deciding: its profile and the rows of each site, in site id order."""

    profile: Profile
    sites: tuple[SitePosition, ...]

    def with_stock(self) -> Iterator[tuple[SiteStock, SitePosition]]:
        """Each site's rows beside the stock they were made from."""
        stock = {site.site_id: site for site in self.profile.sites}
        return ((stock[rows.site_id], rows) for rows in self.sites)

    def site(self, site_id: str) -> SitePosition | None:
        return next((rows for rows in self.sites if rows.site_id == site_id), None)


def prepare(profile: Profile, setup: Setup, now: datetime) -> ItemPosition:
    """The item's rows at every known site that holds, expects or owes it, as of `now`."""
    known = [stock for stock in profile.sites if stock.site_id in setup.sites]
    rows = (site_position(stock, setup.sites[stock.site_id], setup.policy, now) for stock in known)
    return ItemPosition(profile, tuple(rows))


def site_position(stock: SiteStock, site: Site, policy: Policy, now: datetime) -> SitePosition:
    """The rows of one item at one site, today being the site's local day at `now`."""
    today = local_day(now, site.zone)
    days = policy.horizon_days
    usable = usable_row(stock.on_hand, stock.holds, policy, today, days)
    placed_receipts = [(cell, r.quantity) for cell, r in counted_receipts(stock.receipts, policy, today)]
    placed_commitments = [(cell, c.quantity) for cell, c in counted_commitments(stock.commitments, today)]
    receipts, commitments = _by_day(placed_receipts, days), _by_day(placed_commitments, days)
    moved = zip(usable, accumulate(receipts), accumulate(commitments), strict=True)
    net = tuple(on_hand + supply - owed for on_hand, supply, owed in moved)
    margin = (*net[:-1], net[-1] + owed_behind(placed_receipts, placed_commitments, days))
    free = tuple(max(0, cell) for cell in atp.suffix_min(margin))
    return SitePosition(stock.site_id, today, usable, receipts, commitments, net, margin, free)


def counts(row: OnHand, policy: Policy) -> bool:
    """Whether an on-hand row counts at all: by its status and its owner."""
    return row.status in policy.counted_statuses and row.ownership in policy.counted_ownerships


def usable_row(
    on_hand: Iterable[OnHand], holds: Iterable[Hold], policy: Policy, today: date, days: int
) -> tuple[int, ...]:
    """Counted on hand less what holds in force block, for each day.

    Blocked quantity changes only where a hold starts or ends, so only those days are worked out.
    """
    counted = [row for row in on_hand if counts(row, policy)]
    on_hand_counted = sum(row.quantity for row in counted)
    holds = tuple(holds)
    if not holds:
        return (on_hand_counted,) * days
    edges = {day for hold in holds for day in (hold.starts, hold.until) if day is not None and day > today}
    row: list[int] = []
    blocked_now = blocked(counted, holds, today)
    for cell in range(days):
        day = today + timedelta(days=cell)
        if day in edges:
            blocked_now = blocked(counted, holds, day)
        row.append(on_hand_counted - blocked_now)
    return tuple(row)


def in_force(hold: Hold, day: date) -> bool:
    """A hold acts from its start (always, if it has none) up to, not on, the day it ends."""
    return (hold.starts is None or hold.starts <= day) and (hold.until is None or day < hold.until)


def blocked(counted: Iterable[OnHand], holds: Iterable[Hold], day: date) -> int:
    """What holds in force on `day` block of the counted rows, never more than is there.

    Holds on lots and bins block the union of what they name; holds by quantity name separate goods and add up.
    """
    acting = [hold for hold in holds if in_force(hold, day)]
    lots = {lot for hold in acting if hold.quantity is None for lot in hold.lots}
    bins = {place for hold in acting if hold.quantity is None for place in hold.bins}
    rows = tuple(counted)
    whole = sum(max(0, row.quantity) for row in rows if row.lot in lots or row.bin in bins)
    by_quantity = sum(hold.quantity for hold in acting if hold.quantity is not None)
    return max(0, min(sum(row.quantity for row in rows), whole + by_quantity))


def counted_receipts(
    receipts: Iterable[Receipt], policy: Policy, today: date
) -> Iterable[tuple[int, Receipt]]:
    """Receipts that count, each with the cell it counts in. Overdue ones as the policy of their kind says."""
    for receipt in receipts:
        cell = receipt_cell(receipt, policy, today)
        if cell is not None:
            yield cell, receipt


def receipt_cell(receipt: Receipt, policy: Policy, today: date) -> int | None:
    """The cell a receipt counts in, or None where it does not count."""
    if receipt.firmness not in policy.counted_firmness or receipt.ownership not in policy.counted_ownerships:
        return None
    cell = (receipt.day - today).days
    if cell >= 0:
        return cell
    return 0 if policy.past_due_supply.get(receipt.kind, "ignore") == "today" else None


def counted_commitments(commitments: Iterable[Commitment], today: date) -> Iterable[tuple[int, Commitment]]:
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


def _by_day(placed: list[tuple[int, int]], days: int) -> tuple[int, ...]:
    """Quantities summed by cell, those behind the horizon left out."""
    row = [0] * days
    for cell, quantity in placed:
        if cell < days:
            row[cell] += quantity
    return tuple(row)
