"""What the company sells as one and picks as several: gift sets put together in Hamburg from other items."""

from decimal import Decimal

from datasources.connectors.demo.catalogue import OWN_BRAND, Item
from datasources.facts import KitFact

Parts = tuple[tuple[str, int], ...]

GIFT_SETS: tuple[tuple[str, str, Parts], ...] = (
    ("GS-5001", "Tea Time Set", (("TW-1166", 1), ("TW-1174", 1), ("TW-1102", 4))),
    ("GS-5002", "First Baking Set", (("BK-1111", 1), ("BK-1119", 1), ("BK-1143", 1), ("BK-1175", 1))),
    ("GS-5003", "Sunday Breakfast Set", (("TW-1118", 4), ("TW-1182", 1), ("PN-1169", 1))),
    ("GS-5004", "Pasta Evening Set", (("TW-1126", 4), ("CK-1125", 1), ("PN-1113", 1))),
    ("GS-5005", "Coffee Corner Set", (("TW-1134", 1), ("CK-1173", 1), ("ST-1104", 1))),
    ("GS-5006", "Spring Clean Set", (("CL-1107", 1), ("CL-1163", 1), ("CL-1171", 2), ("CL-1115", 1))),
    ("GS-5007", "Laid Table Set", (("TX-1138", 1), ("TX-1130", 3), ("TW-1110", 6))),
    ("GS-5008", "Candlelight Set", (("LT-1124", 2), ("LT-1148", 2), ("LT-1132", 1))),
    ("GS-5009", "Picnic Set", (("ST-1120", 2), ("ST-1152", 2), ("ST-1160", 1))),
    ("GS-5010", "First Kitchen Set", (("CK-1101", 1), ("CK-1109", 1), ("CK-1117", 1), ("BK-1151", 1))),
    ("GS-5011", "Apron and Glove Set", (("TX-1122", 1), ("TX-1146", 1), ("TX-1106", 2))),
    ("GS-5012", "Spice Set", (("ST-1128", 1), ("PN-1185", 1), ("PN-1193", 1), ("PN-1145", 1))),
)
"""Sku, name and parts, all of them among the first 170 ordinary items, so that any full company has them."""

STORY_KITS: tuple[tuple[str, Parts], ...] = (
    ("TW-1017", (("TW-1001", 4), ("TW-1015", 4))),
    ("LT-1018", (("LT-1005", 2), ("LT-1014", 1))),
)

KITS: tuple[tuple[str, Parts], ...] = STORY_KITS + tuple((sku, parts) for sku, _, parts in GIFT_SETS)
"""Each kit of the full company, and how many of which item are in one."""


def kit_parts() -> tuple[KitFact, ...]:
    """Return what each kit is put together from."""
    return tuple(KitFact(kit, part, Decimal(per)) for kit, parts in KITS for part, per in parts)


def gift_sets() -> tuple[Item, ...]:
    """Return the sets that no story is told of, as items with a stock of their own."""
    return tuple(
        Item(sku, f"{OWN_BRAND} {name}", "Gift Sets", OWN_BRAND, box=6, weekly=6)
        for sku, name, _ in GIFT_SETS
    )
