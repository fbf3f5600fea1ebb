"""The lots of food. A lot's name ends with the month and year it was made in: A1125 in November 2025."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from datasources.connectors.demo.catalogue import Item
from datasources.facts import LotFact

OLD_LOT, NEW_LOT = "A1125", "B0126"
"""Of an ordinary item: the lot on the pick face, and the one in the reserve."""

KEEPS_DAYS = 270
"""How long food was usable that is sold by now."""


def month_of(lot: str) -> date:
    """Return the first day of the month in which the lot was made."""
    return date(2000 + int(lot[-2:]), int(lot[-4:-2]), 1)


def earlier_lot(lot: str) -> str:
    """Return the lot that was sold before this one, made five months earlier: Z0625 before A1125."""
    made = month_of(lot)
    year, month = divmod(made.year * 12 + made.month - 6, 12)
    return f"Z{month + 1:02}{year % 100:02}"


def lots_gone(item: Item, told: Iterable[LotFact]) -> Iterator[LotFact]:
    """Yield the lots of the item that were sold before those that are told of."""
    if not item.keeps:
        known = {lot.lot for lot in told}
        sold = {OLD_LOT} | {earlier_lot(lot) for lot in known | {OLD_LOT}}
        for lot in sorted(sold - known):
            yield LotFact(item.sku, lot, month_of(lot) + timedelta(days=KEEPS_DAYS))
