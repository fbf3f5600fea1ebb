"""The ordinary business: what is on the shelves, held, on order, and set aside for whom, item by item."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product

from datasources.connectors.demo.catalogue import OWN_BRAND, Item
from datasources.connectors.demo.dice import Dice
from datasources.connectors.demo.lots import NEW_LOT, OLD_LOT
from datasources.connectors.demo.network import DEMO_DAY, STORES, weekday
from datasources.connectors.demo.stories import HAMBURG, Trade
from datasources.facts import AllocationFact, HoldFact, LotFact, SiteFact, StockFact, SupplyFact

SUPPLIERS = {
    "Tindrel": "Tindrel Rösterei GmbH",
    "Maribrook": "Maribrook Trading Inc.",
    "Quillfen": "Quillfen Glas AG",
    "Hesperling": "Hesperling Gusswaren GmbH",
    "Sandalwick": "Sandalwick Mills Ltd",
    "Brambly Oak": "Brambly Oak Turners",
    "Ostergaden": "Ostergaden ApS",
    "Calder & Finch": "Calder & Finch Ltd",
}
WORKSHOP = "Own workshop, Hamburg"

HOLDS = (
    ("quality", "Incoming inspection", (3, 12)),
    ("quality", "Colour differs from sample", (5, 20)),
    ("customs", "Papers awaited", (2, 9)),
    ("count", "Recount after difference", (1, 3)),
    ("rma", "Customer return in dispute", None),
)
"""Code, reason, and between how many days it ends, if an end is known."""

MONTHS = ((date(2026, 3, 1), date(2026, 4, 1)), (date(2026, 4, 1), date(2026, 5, 1)))

RANGE_PERCENT = {store.site_id: 55 for store in STORES[:4]}
"""How much of the range the large stores carry; the others are small."""

DROP_SHIPPERS = {"Quillfen": ("VS-QUI", 3), "Maribrook": ("VS-MAR", 5)}
"""Makers who also ship to our customers themselves: from which site, and after how many days."""

SET_ASIDE = (
    (("quota", "marketplace", 2), ("quota", "web", 6)),
    (("protection", "contract", 2),),
    (("share", "web", 3), ("share", "contract", 2), ("share", "marketplace", 1)),
)
"""What an item's allocation rows may look like: kind, channel, and weeks of sales (shares: the weight)."""


def ordinary_trade(item: Item, centres: tuple[SiteFact, ...], stores: tuple[SiteFact, ...]) -> Trade:
    """Return all that is known of an item without a story."""
    stock = tuple(row for centre in centres for row in _centre_stock(item, centre.site_id))
    return Trade(
        item=item,
        stock=stock + tuple(row for store in stores for row in _store_stock(item, store.site_id)),
        lots=_lots(item, stock),
        holds=tuple(hold for row in stock for hold in _holds(item, row)),
        supply=tuple(_inbound(item, centres, stores)),
        allocations=tuple(_allocations(item)),
    )


def aisle(item: Item) -> str:
    """Return where in a centre the item stands, after the letter for pick face, reserve or consignment."""
    return f"{item.number % 40 + 1:02}-{item.number % 9 + 1:02}"


def _centre_stock(item: Item, site_id: str) -> Iterator[StockFact]:
    """Yield the pick face in pieces, the reserve in whole boxes, and now and then goods in another state."""
    dice = Dice("stock", item.sku, site_id)
    if dice.chance(5):
        return
    place = aisle(item)
    pick = dice.between(1, item.box)
    reserve = item.weekly * dice.between(0, 7) // item.box * item.box
    old, new = ("", "") if item.keeps else (OLD_LOT, NEW_LOT)
    row = StockFact(item.sku, site_id, item.amount(pick, dice.between(0, 999)), lot=old, bin=f"P-{place}")
    yield row
    if reserve:
        yield replace(row, quantity=item.amount(reserve), lot=new, bin=f"R-{place}")
    if dice.chance(8):
        status, corner = dice.pick((("quality", "Q-01"), ("received", "DOCK-1"), ("damaged", "Q-09")))
        yield replace(row, quantity=item.amount(dice.between(1, item.box)), status=status, bin=corner)
    if dice.chance(3):
        yield replace(row, quantity=item.amount(item.box), ownership="consignment", lot=new, bin=f"C-{place}")


def _store_stock(item: Item, site_id: str) -> Iterator[StockFact]:
    dice = Dice("stock", item.sku, site_id)
    if dice.chance(RANGE_PERCENT.get(site_id, 22)):
        pieces = dice.between(1, max(2, item.weekly // 3))
        yield StockFact(item.sku, site_id, item.amount(pieces, dice.between(0, 999)))


def _lots(item: Item, stock: tuple[StockFact, ...]) -> tuple[LotFact, ...]:
    """Return the expiry of each lot: the A lot within three months, the B lot within the year."""
    dice = Dice("lots", item.sku)
    ends = {OLD_LOT: weekday(dice.between(20, 90)), NEW_LOT: weekday(dice.between(150, 330))}
    return tuple(LotFact(item.sku, lot, ends[lot]) for lot in sorted({row.lot for row in stock if row.lot}))


def _holds(item: Item, row: StockFact) -> Iterator[HoldFact]:
    """Yield a hold of a part of a reserve, on one in twelve of them."""
    dice = Dice("hold", item.sku, row.site_id, row.bin)
    if not row.bin.startswith("R-") or not dice.chance(8):
        return
    code, reason, ends = dice.pick(HOLDS)
    yield HoldFact(
        hold_id=f"H-{item.number}-{row.site_id}",
        hold_code=code,
        code=item.sku,
        site_id=row.site_id,
        quantity=item.amount(max(1, int(row.quantity) // dice.between(2, 6))),
        until=weekday(dice.between(*ends)) if ends else None,
        reason=reason,
    )


def _inbound(item: Item, centres: tuple[SiteFact, ...], stores: tuple[SiteFact, ...]) -> Iterator[SupplyFact]:
    for centre in centres:
        order = _made if item.brand == OWN_BRAND and centre.site_id == HAMBURG else _bought
        yield from order(item, centre.site_id)
        yield from _at_sea(item, centre.site_id)
    yield from (line for store in stores for line in _replenishment(item, store.site_id))


def _lot_size(item: Item, dice: Dice) -> Decimal:
    """Return two to five weeks of sales, in whole boxes."""
    weeks = dice.between(2, 5)
    return item.amount(max(1, item.weekly * weeks // item.box) * item.box)


def _bought(item: Item, site_id: str) -> Iterator[SupplyFact]:
    """Yield up to two purchase lines; one in twenty-five is overdue, one in six not confirmed."""
    dice = Dice("purchase", item.sku, site_id)
    for position in (10, 20):
        if dice.chance(40):
            yield SupplyFact(
                line_id=f"PO-{item.number}-{site_id}-{position}",
                kind="purchase",
                code=item.sku,
                site_id=site_id,
                quantity=_lot_size(item, dice),
                due=weekday(dice.between(-9, -3) if dice.chance(4) else dice.between(2, 18) + position),
                firmness="unconfirmed" if dice.chance(16) else "confirmed",
                supplier=SUPPLIERS.get(item.brand, WORKSHOP),
            )


def _made(item: Item, site_id: str) -> Iterator[SupplyFact]:
    """Yield a workshop order in the coming weeks and, often, one that is only planned."""
    dice = Dice("production", item.sku, site_id)
    for order, (soonest, firmness) in enumerate(((1, "firm"), (25, "planned")), start=1):
        if dice.chance(60):
            yield SupplyFact(
                line_id=f"MO-{item.number}-{order}",
                kind="production",
                code=item.sku,
                site_id=site_id,
                quantity=_lot_size(item, dice),
                due=weekday(soonest + dice.between(0, 20)),
                firmness=firmness,
                supplier=WORKSHOP,
            )


def _at_sea(item: Item, site_id: str) -> Iterator[SupplyFact]:
    """Yield an advised shipment, with the hour at which it should be in, for one item in twelve."""
    dice = Dice("advice", item.sku, site_id)
    if dice.chance(8):
        arrives = time(dice.between(6, 16), dice.pick((0, 15, 30, 45)), tzinfo=UTC)
        yield SupplyFact(
            line_id=f"ASN-{item.number}-{site_id}",
            kind="in_transit",
            code=item.sku,
            site_id=site_id,
            quantity=_lot_size(item, dice),
            due=datetime.combine(weekday(dice.between(1, 9)), arrives),
            supplier=SUPPLIERS.get(item.brand, WORKSHOP),
        )


def _replenishment(item: Item, site_id: str) -> Iterator[SupplyFact]:
    """Yield goods on the lorry from a centre to a store."""
    dice = Dice("lorry", item.sku, site_id)
    if dice.chance(6):
        yield SupplyFact(
            line_id=f"TO-{item.number}-{site_id}",
            kind="in_transit",
            code=item.sku,
            site_id=site_id,
            quantity=item.amount(item.box),
            due=DEMO_DAY + timedelta(days=dice.between(1, 4)),
            supplier="Own centre",
        )


def _allocations(item: Item) -> Iterator[AllocationFact]:
    """Yield rows for this month and the next, for one counted item in twelve."""
    dice = Dice("allocation", item.sku)
    if item.loose or not dice.chance(8):
        return
    rows = dice.pick(SET_ASIDE)
    for (start, end), (kind, channel, size) in product(MONTHS, rows):
        quantity = Decimal(size * 10 if kind == "share" else size * item.weekly)
        name = f"AL-{item.sku}-{channel}-{kind}-{start:%Y-%m}"
        yield AllocationFact(name, kind, item.sku, channel, start, end, quantity)


def sent_by_the_maker(item: Item) -> Iterator[SupplyFact]:
    """Yield what the item's maker has ready for our customers: for one in five items of those who do that."""
    dice = Dice("drop ship", item.sku)
    if item.brand in DROP_SHIPPERS and item.grade == "C" and dice.chance(20):
        site_id, lead_days = DROP_SHIPPERS[item.brand]
        yield SupplyFact(
            line_id=f"DS-{item.number}",
            kind="drop_ship",
            code=item.sku,
            site_id=site_id,
            quantity=item.amount(dice.between(5, 40)),
            due=weekday(lead_days),
            ownership="drop_ship",
            supplier=SUPPLIERS[item.brand],
        )
