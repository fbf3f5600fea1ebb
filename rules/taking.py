"""What a taking leaves of prepared rows, without preparing them anew: equal to that, and much faster."""

from collections.abc import Iterable
from datetime import date

from rules import atp
from rules.position import ItemPosition, Row, SitePosition

Owed = tuple[str, date, int]
"""A site, a day, and how much more is owed there; below 0: less."""


def after(item: ItemPosition, owed: Iterable[Owed]) -> ItemPosition | None:
    """The item's rows once this is owed too, or None where they must be prepared anew.

    That is where a site has several positions, goods that expire, or a day that lies outside its rows.
    """
    if item.profile.parts:
        return None
    sites = list(item.sites)
    for site_id, day, quantity in owed:
        at = [number for number, rows in enumerate(sites) if rows.site_id == site_id]
        changed = _owing(sites[at[0]], day, quantity) if len(at) == 1 else None
        if changed is None:
            return None
        sites[at[0]] = changed
    return ItemPosition(item.profile, tuple(sites), item.stocks)


def _owing(rows: SitePosition, day: date, quantity: int) -> SitePosition | None:
    cell = max(0, (day - rows.today).days)
    if cell >= len(rows.free) or rows.lots is not None:
        return None
    owed = rows.commitments
    margin = _less(rows.margin, cell, quantity)
    return SitePosition(
        rows.site_id,
        rows.today,
        rows.usable,
        rows.receipts,
        (*owed[:cell], owed[cell] + quantity, *owed[cell + 1 :]),
        rows.withheld,
        rows.owed_behind,
        rows.limited,
        None,
        rows.position,
        rows.users,
        rows.percent,
        rows.buffers,
        _less(rows.net_position, cell, quantity),
        margin,
        _free(rows, margin, cell, quantity),
    )


def _less(row: Row, cell: int, quantity: int) -> Row:
    """The row with so much less in the cell and those after it."""
    if not cell:
        return tuple([left - quantity for left in row])
    return (*row[:cell], *[left - quantity for left in row[cell:]])


def _free(rows: SitePosition, margin: Row, cell: int, quantity: int) -> Row:
    """What is free then. Where it is taken in the first cell and every cell has a limit, all lose as much."""
    if not cell and rows.limited == len(margin) and 0 < quantity <= rows.free[0]:
        return tuple([left - quantity for left in rows.free])
    return tuple(atp.then_unlimited(atp.look_ahead(margin[: rows.limited]), len(margin)))
