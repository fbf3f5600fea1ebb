"""The items with a story: what the tour, the pages and the tests look at.

Quantities are in base units and codes are skus; `systems` spells both as each system would.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from datasources.connectors.demo.catalogue import BRANDS, Item
from datasources.connectors.demo.network import DEMO_DAY
from datasources.connectors.demo.people import household
from datasources.facts import (
    AllocationFact,
    DemandFact,
    HoldFact,
    LotFact,
    StockFact,
    SupplyFact,
)

HAMBURG, COLUMBUS, BERLIN, NEW_YORK = "DC-HAM", "DC-CMH", "ST-BER", "ST-NYC"
AT_THE_SUPPLIERS = "VS-QUI"


@dataclass(frozen=True, slots=True)
class Trade:
    """What the systems know of one item besides its master row."""

    item: Item
    stock: tuple[StockFact, ...] = ()
    lots: tuple[LotFact, ...] = ()
    holds: tuple[HoldFact, ...] = ()
    supply: tuple[SupplyFact, ...] = ()
    demand: tuple[DemandFact, ...] = ()
    allocations: tuple[AllocationFact, ...] = ()


def in_days(days: int) -> date:
    """Return the day so many days after the demo day."""
    return DEMO_DAY + timedelta(days=days)


def _item(
    sku: str, name: str, department: str, *, unit: str = "EA", grade: str = "B", weekly: int = 20
) -> Item:
    """Return an item packed by twelves, of the brand that its name begins with."""
    brand = next(brand for brand in BRANDS if name.startswith(brand))
    return Item(sku, name, department, brand, unit, 12, grade, weekly, department != "Pantry")


def _stock(item: Item, site_id: str, quantity: str, **state: str) -> StockFact:
    return StockFact(item.sku, site_id, Decimal(quantity), **state)


def _supply(item: Item, line_id: str, quantity: str, days: int, **how: str) -> SupplyFact:
    """Return a confirmed purchase for Hamburg, save where `how` says otherwise."""
    told: dict[str, Any] = {"kind": "purchase", "site_id": HAMBURG} | how
    return SupplyFact(line_id=line_id, code=item.sku, quantity=Decimal(quantity), due=in_days(days), **told)


def _order(item: Item, order: str, channel: str, quantity: str, days: int, customer: str) -> DemandFact:
    return DemandFact(
        line_id=f"{order}-1",
        order_id=order,
        channel=channel,
        code=item.sku,
        site_id=HAMBURG,
        quantity=Decimal(quantity),
        needed_on=in_days(days),
        wanted=in_days(days + 2),
        customer=customer,
    )


def _march(item: Item, kind: str, channel: str, quantity: str) -> AllocationFact:
    name = f"AL-{item.sku}-{channel}-{kind}-2026-03"
    return AllocationFact(
        name, kind, item.sku, channel, date(2026, 3, 1), date(2026, 4, 1), Decimal(quantity), rank=1
    )


def _plenty() -> Trade:
    item = _item("TW-1001", "Norvale Stoneware Mug, white, 35 cl", "Tableware", grade="A", weekly=80)
    return Trade(
        item,
        stock=(
            _stock(item, HAMBURG, "1152", bin="R-01-01"),
            _stock(item, HAMBURG, "48", bin="P-01-01"),
            _stock(item, COLUMBUS, "800", bin="R-01-01"),
            _stock(item, BERLIN, "24"),
            _stock(item, NEW_YORK, "18"),
        ),
        demand=(_order(item, "W-9001", "web", "30", 2, household(20014)),),
    )


def _short_now() -> Trade:
    item = _item("CK-1002", "Hesperling Casserole, cream, 4 l", "Cookware", grade="A", weekly=12)
    return Trade(
        item,
        stock=(_stock(item, HAMBURG, "6", bin="P-02-04"),),
        supply=(_supply(item, "PO-9002-10", "48", 7, supplier="Hesperling Gusswaren GmbH"),),
        demand=(_order(item, "W-9002", "web", "4", 1, household(20377)),),
    )


def _held() -> Trade:
    item = _item("BK-1003", "Maribrook Springform Tin, steel, 26 cm", "Bakeware")
    return Trade(
        item,
        stock=(_stock(item, HAMBURG, "50", bin="P-03-02"),),
        holds=(
            HoldFact(
                "QH-9003", "quality", item.sku, HAMBURG, Decimal(20), until=in_days(10), reason="AQL sample"
            ),
            HoldFact("RMA-9003", "rma", item.sku, HAMBURG, Decimal(5), reason="Customer return in dispute"),
        ),
    )


def _owed_later() -> Trade:
    item = _item("ST-1004", "Quillfen Storage Jar, clear, 1.5 l", "Storage", grade="A", weekly=40)
    return Trade(
        item,
        stock=(_stock(item, HAMBURG, "100", bin="P-04-01"),),
        supply=(_supply(item, "PO-9004-10", "60", 28, supplier="Quillfen Glas AG"),),
        demand=(_order(item, "C-9004", "contract", "80", 21, "Hotel Alsterwinkel"),),
    )


def _sold_out() -> Trade:
    return Trade(_item("LT-1005", "Tindrel Lantern, brass, large", "Lighting and Candles"))


def _on_its_way() -> Trade:
    item = _item("TX-1006", "Sandalwick Bath Towel, slate, 70 x 140 cm", "Textiles")
    mill = "Sandalwick Mills Ltd"
    return Trade(
        item,
        stock=(_stock(item, HAMBURG, "10", bin="P-06-03"),),
        supply=(
            _supply(item, "ASN-9006-1", "40", 4, kind="in_transit", supplier=mill),
            _supply(item, "PO-9006-20", "100", 10, firmness="unconfirmed", supplier=mill),
        ),
    )


def _overdue_purchase() -> Trade:
    item = _item("CL-1007", "Ostergaden Laundry Basket, bamboo, 60 l", "Cleaning and Laundry")
    maker = "Ostergaden ApS"
    return Trade(
        item,
        stock=(_stock(item, HAMBURG, "8", bin="P-07-01"),),
        supply=(
            _supply(item, "PO-9007-10", "60", -5, supplier=maker),
            _supply(item, "PO-9007-20", "24", 14, supplier=maker),
        ),
    )


def _by_weight() -> Trade:
    item = _item(
        "PN-1008", "Tindrel Coffee Beans, classic, medium roast", "Pantry", unit="KG", grade="A", weekly=60
    )
    early, late = ("K0126", in_days(88)), ("K0226", in_days(180))
    return Trade(
        item,
        lots=tuple(LotFact(item.sku, lot, until) for lot, until in (early, late)),
        stock=(
            _stock(item, HAMBURG, "82.350", lot=early[0], bin="P-08-01"),
            _stock(item, HAMBURG, "100", lot=late[0], bin="R-08-01"),
            _stock(item, BERLIN, "4.285"),
        ),
        supply=(_supply(item, "PO-9008-10", "250.500", 9, supplier="Tindrel Rösterei GmbH"),),
        demand=(_order(item, "C-9008", "contract", "12.750", 3, "Café Silberhafen"),),
    )


def _many_states() -> Trade:
    item = _item("ST-1009", "Quillfen Water Bottle, smoke, 0.75 l", "Storage")
    return Trade(
        item,
        stock=(
            _stock(item, HAMBURG, "30", bin="P-09-01"),
            _stock(item, HAMBURG, "12", status="quality", bin="Q-01-01"),
            _stock(item, HAMBURG, "18", status="returned", bin="RET-01"),
            _stock(item, HAMBURG, "2", status="damaged", bin="Q-09-09"),
            _stock(item, HAMBURG, "25", ownership="consignment", bin="R-09-02"),
        ),
    )


def _several_sites() -> Trade:
    item = _item("CK-1010", "Calder & Finch Wok, black, 32 cm", "Cookware", grade="C", weekly=4)
    return Trade(
        item,
        stock=(
            _stock(item, COLUMBUS, "5", bin="P-10-01"),
            _stock(item, HAMBURG, "7", bin="P-10-01"),
            _stock(item, BERLIN, "2"),
            _stock(item, NEW_YORK, "3"),
        ),
    )


def _expiring() -> Trade:
    item = _item("PN-1011", "Maribrook Olive Oil, estate, 500 ml", "Pantry", grade="A", weekly=30)
    early, late = ("E0925", in_days(9)), ("E0126", in_days(59))
    return Trade(
        item,
        lots=tuple(LotFact(item.sku, lot, until) for lot, until in (early, late)),
        stock=(
            _stock(item, HAMBURG, "40", lot=early[0], bin="P-11-01"),
            _stock(item, HAMBURG, "60", lot=late[0], bin="R-11-01"),
        ),
        demand=(_order(item, "C-9011", "contract", "30", 20, "Trattoria Monteverde"),),
    )


def _overdue_production() -> Trade:
    item = _item("TX-1012", "Norvale Apron, striped, with pocket", "Textiles", grade="A", weekly=16)
    workshop = "Own workshop, Hamburg"
    return Trade(
        item,
        stock=(_stock(item, HAMBURG, "3", bin="P-12-01"),),
        supply=(_supply(item, "MO-9012", "20", -3, kind="production", firmness="firm", supplier=workshop),),
    )


def _recalled() -> Trade:
    item = _item("PN-1013", "Brambly Oak Loose Tea, harvest, 100 g", "Pantry")
    recalled, good = "T1225", "T0126"
    return Trade(
        item,
        lots=(LotFact(item.sku, recalled, in_days(120)), LotFact(item.sku, good, in_days(300))),
        stock=(
            _stock(item, HAMBURG, "15", lot=recalled, bin="P-13-01"),
            _stock(item, HAMBURG, "10", lot=recalled, bin="P-13-02"),
            _stock(item, HAMBURG, "10", lot=good, bin="P-13-02"),
            _stock(item, HAMBURG, "25", lot=good, bin="R-13-01"),
        ),
        holds=(
            HoldFact("RC-9013", "recall", item.sku, HAMBURG, lots=(recalled,), reason="Supplier recall"),
            HoldFact(
                "CT-9013", "count", item.sku, HAMBURG, bins=("P-13-02",), until=in_days(2), reason="Recount"
            ),
        ),
    )


def _scarce() -> Trade:
    item = _item("LT-1014", "Tindrel Table Lamp, opal, 45 cm", "Lighting and Candles", grade="A", weekly=30)
    return Trade(
        item,
        stock=(_stock(item, HAMBURG, "100", bin="R-14-01"),),
        demand=(_order(item, "W-9014", "web", "12", 1, household(20851)),),
        allocations=(
            _march(item, "protection", "contract", "40"),
            _march(item, "quota", "web", "50"),
            _march(item, "quota", "marketplace", "15"),
        ),
    )


def _shared() -> Trade:
    item = _item("TW-1015", "Sandalwick Dinner Plate, speckled, 27 cm", "Tableware", grade="A", weekly=60)
    shares = (("web", "50"), ("contract", "30"), ("marketplace", "20"))
    return Trade(
        item,
        stock=(_stock(item, HAMBURG, "90", bin="P-15-01"), _stock(item, COLUMBUS, "60", bin="P-15-01")),
        supply=(_supply(item, "PO-9015-10", "120", 11, supplier="Sandalwick Mills Ltd"),),
        allocations=tuple(_march(item, "share", channel, weight) for channel, weight in shares),
    )


def _not_ours() -> Trade:
    item = _item("ST-1016", "Quillfen Storage Jar, smoke, 2 l", "Storage")
    sent = {"kind": "drop_ship", "ownership": "drop_ship", "site_id": AT_THE_SUPPLIERS}
    return Trade(
        item,
        stock=(
            _stock(item, HAMBURG, "10", bin="P-16-01"),
            _stock(item, HAMBURG, "5", ownership="consignment", bin="C-16-01"),
        ),
        supply=(_supply(item, "DS-9016", "20", 3, supplier="Quillfen Glas AG", **sent),),
    )


def _kit() -> Trade:
    item = _item("TW-1017", "Norvale Breakfast Set, white, for four", "Tableware", weekly=6)
    return Trade(item, stock=(_stock(item, HAMBURG, "1", bin="P-17-01"),))


def _kit_short_of_a_part() -> Trade:
    return Trade(_item("LT-1018", "Norvale Evening Set, lamp and lanterns", "Lighting and Candles", weekly=4))


STORIES = (
    _plenty(),
    _short_now(),
    _held(),
    _owed_later(),
    _sold_out(),
    _on_its_way(),
    _overdue_purchase(),
    _by_weight(),
    _many_states(),
    _several_sites(),
    _expiring(),
    _overdue_production(),
    _recalled(),
    _scarce(),
    _shared(),
)
"""Told in a company of any size."""

FULL_STORIES = (_not_ours(), _kit(), _kit_short_of_a_part())
"""Told as well where kits are sold and suppliers ship to customers."""


def stories(*, full: bool) -> tuple[Trade, ...]:
    """Return every story the company tells."""
    return STORIES + FULL_STORIES if full else STORIES
