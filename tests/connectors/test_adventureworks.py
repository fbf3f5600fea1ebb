"""AdventureWorks through its mapping, as at 1 June 2025, equal to a second count straight from the files.

The data is not part of this project. The tests look for it in `../shared/data/adventureworks` beside the
checkout, or where ADVENTUREWORKS points, and are skipped where it is absent.
"""

import os
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from datasources.connectors.folder import FolderSource
from datasources.facts import (
    AliasFact,
    ChannelFact,
    DemandFact,
    Fact,
    ItemFact,
    SafetyStockFact,
    SetAside,
    SiteFact,
    StockFact,
    SupplyFact,
)
from tests.connectors.adventureworks_oracle import Plan, plan

CHECKOUT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("ADVENTUREWORKS", CHECKOUT.parent / "shared" / "data" / "adventureworks"))
MAPPING = CHECKOUT / "datasources" / "connectors" / "mappings" / "adventureworks.yaml"
DAY = date(2025, 6, 1)

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(),
    reason="AdventureWorks is not here. Put it into ../shared/data/adventureworks or set ADVENTUREWORKS.",
)

BY_HAND = {
    # What a person finds in the files: on hand in locations 1-7 and in 10-60; open purchase lines, work
    # orders (of them overdue) and sales lines; then quantity by day of June 2025. Days run on: 31 is 1 July.
    "AR-5381": ((732, 353), (3, 0, 0, 0), {2: 3, 8: 3, 13: 3}, {}),
    "CA-5965": ((441, 152), (5, 0, 0, 0), {2: 550, 6: 550, 8: 550, 12: 550, 15: 550}, {}),
    "CA-1098": ((288, 0), (1, 0, 0, 38), {12: 630}, {2: 5, 3: 7, 4: 10, 5: 4, 6: 2, 7: 5, 8: 5}),
    "TT-M928": ((286, 243), (2, 0, 0, 60), {6: 550, 12: 550}, {2: 8, 3: 13, 4: 10, 5: 8, 6: 5, 7: 7, 8: 9}),
    "HL-U509": ((324, 0), (1, 0, 0, 36), {113: 25}, {2: 8, 3: 8, 4: 5, 5: 4, 6: 2, 7: 3, 8: 6}),
    "HL-U509-B": ((216, 0), (1, 0, 0, 39), {31: 300}, {2: 7, 3: 7, 4: 6, 5: 8, 6: 2, 7: 4, 8: 5}),
    "WB-H098": ((252, 0), (0, 0, 0, 74), {}, {2: 13, 3: 14, 4: 11, 5: 14, 6: 7, 7: 10, 8: 5}),
    # Work orders 70466 (5) and 70676 (3) were due in May and 71329 (1) is due today: 9 count on the first.
    "BK-M68S-38": (
        (75, 62),
        (0, 13, 2, 9),
        {1: 9, 2: 1, 3: 3, 4: 4, 5: 1, 6: 1, 7: 3, 8: 1, 9: 2, 10: 5, 12: 2},
        {2: 2, 3: 5, 5: 2},
    ),
    "BK-R64Y-42": ((104, 123), (0, 9, 4, 4), {1: 7, 2: 1, 4: 4, 5: 1, 8: 1, 10: 4}, {3: 4}),
    "FR-M94B-38": ((0, 834), (0, 11, 3, 0), {1: 8, 2: 2, 4: 1, 5: 1, 6: 4, 8: 1, 11: 2, 12: 2}, {}),
    "FR-M94S-42": ((0, 0), (0, 8, 0, 0), {3: 1, 4: 5, 6: 2, 8: 5, 9: 2, 10: 4, 11: 1, 12: 3}, {}),
    "GL-H102-M": ((0, 0), (0, 0, 0, 8), {}, {2: 1, 3: 2, 4: 3, 6: 2}),
    "RA-H123": ((0, 0), (0, 0, 0, 4), {}, {3: 3, 5: 1}),
    "FR-R92R-62": ((0, 0), (0, 0, 0, 0), {}, {}),
}

PROMISABLE = {
    # ATP with look-ahead from 1 June on, the last value standing to 29 August; the discrete row, the rest 0.
    "AR-5381": ([732] + [735] * 6 + [738] * 5 + [741], [732, 3, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 3]),
    "CA-5965": (
        [441] + [991] * 4 + [1541] * 2 + [2091] * 4 + [2641] * 3 + [3191],
        [441, 550, 0, 0, 0, 550, 0, 550, 0, 0, 0, 550, 0, 0, 550],
    ),
    "CA-1098": ([250] * 11 + [880], [250, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 630]),
    "TT-M928": ([247] * 5 + [776] * 6 + [1326], [247, 0, 0, 0, 0, 529, 0, 0, 0, 0, 0, 550]),
    "HL-U509": ([288], [288]),
    "HL-U509-B": ([177] * 30 + [477], [177] + [0] * 29 + [300]),
    "WB-H098": ([178], [178]),
    "BK-M68S-38": (
        [81, 81, 81, 84, 84, 85, 88, 89, 91, 96, 96, 98],
        [81, 0, 0, 3, 0, 1, 3, 1, 2, 5, 0, 2],
    ),
    "BK-R64Y-42": ([108, 108, 108, 112, 113, 113, 113, 114, 114, 118], [108, 0, 0, 4, 1, 0, 0, 1, 0, 4]),
    "FR-M94B-38": ([8, 10, 10, 11, 12, 16, 16, 17, 17, 17, 19, 21], [8, 2, 0, 1, 1, 4, 0, 1, 0, 0, 2, 2]),
    "FR-M94S-42": ([0, 0, 1, 6, 6, 8, 8, 13, 15, 19, 20, 23], [0, 0, 1, 5, 0, 2, 0, 5, 2, 4, 1, 3]),
    "GL-H102-M": ([0], [0]),
    "RA-H123": ([0], [0]),
    "FR-R92R-62": ([0], [0]),
}


@pytest.fixture(scope="module")
def facts() -> list[Fact]:
    found = list(FolderSource(FOLDER, MAPPING).read(DAY))
    assert [row for row in found if isinstance(row, SetAside)] == []
    return [row.fact for row in found if not isinstance(row, SetAside)]


@pytest.fixture(scope="module")
def counted() -> dict[str, Plan]:
    return plan(FOLDER, DAY)


def day_of_june(n: int) -> date:
    return date.fromordinal(date(2025, 5, 31).toordinal() + n)


def padded(row: list[int], rest: int) -> list[int]:
    return row + [rest] * (90 - len(row))


@pytest.mark.parametrize("sku", BY_HAND)
def test_the_second_count_is_what_a_person_finds_in_the_files(counted, sku):
    """Quantities, lines and days of fourteen products, looked up by hand."""
    on_hand, lines, receipts, commitments = BY_HAND[sku]
    found = counted[sku]
    assert (found.on_hand, found.in_process) == on_hand
    assert (found.purchase_lines, found.work_orders, found.overdue_work_orders, found.sales_lines) == lines
    assert dict(found.receipts) == {day_of_june(n): quantity for n, quantity in receipts.items()}
    assert dict(found.commitments) == {day_of_june(n): quantity for n, quantity in commitments.items()}


@pytest.mark.parametrize("sku", PROMISABLE)
def test_what_may_be_promised_was_worked_out_by_hand(counted, sku):
    """Ninety days of both rows of the same products."""
    atp, discrete = PROMISABLE[sku]
    assert counted[sku].atp == padded(atp, atp[-1])
    assert counted[sku].discrete == padded(discrete, 0)


def test_everything_open_on_the_day_is_there(facts):
    """504 items, 377 purchase lines, 1,458 work orders and 945 sales lines, and not one row was set aside."""
    kinds = Counter(type(fact) for fact in facts)
    supply = Counter(fact.kind for fact in facts if isinstance(fact, SupplyFact))
    assert kinds[ItemFact] == 504
    assert kinds[StockFact] == 1069
    assert supply == {"purchase": 377, "production": 1458}
    assert kinds[DemandFact] == 945


def test_the_connector_counts_what_the_files_say(facts, counted):
    """On hand, receipts and commitments of all 504 products agree with the second count."""
    found = plans_of(facts)
    assert found.keys() == counted.keys()
    wrong = {sku for sku in found if facts_of(found[sku]) != facts_of(counted[sku])}
    assert wrong == set()


def plans_of(facts: list[Fact], day: date = DAY) -> dict[str, Plan]:
    """What the facts add up to, overdue production counting on the day as the policy says."""
    sku = {fact.code: fact.sku for fact in facts if isinstance(fact, AliasFact)}
    found: dict[str, Plan] = {fact.sku: Plan() for fact in facts if isinstance(fact, ItemFact)}
    for fact in facts:
        match fact:
            case StockFact(status="available"):
                found[sku[fact.code]].on_hand += int(fact.quantity)
            case StockFact():
                found[sku[fact.code]].in_process += int(fact.quantity)
            case SupplyFact(due=date() as due):
                found[sku[fact.code]].receipts[max(due, day)] += int(fact.quantity)
            case DemandFact():
                found[sku[fact.code]].commitments[fact.needed_on] += int(fact.quantity)
    return found


def facts_of(found: Plan) -> tuple[object, ...]:
    return found.on_hand, found.in_process, dict(found.receipts), dict(found.commitments)


def test_goods_are_in_the_words_the_rules_know(facts):
    """Only storage is available, every receipt is confirmed; safety stock is known."""
    assert {fact.firmness for fact in facts if isinstance(fact, SupplyFact)} == {"confirmed"}
    assert {fact.status for fact in facts if isinstance(fact, StockFact)} == {"available", "in_process"}
    assert sum(isinstance(fact, SafetyStockFact) for fact in facts) == 504


def test_an_item_carries_its_attributes(facts):
    """From its own row and the two files behind it."""
    items = {fact.sku: fact for fact in facts if isinstance(fact, ItemFact)}
    bike = items["BK-M68S-38"]
    assert (bike.name, bike.unit, bike.precision) == ("Mountain-200 Silver, 38", "EA", 0)
    assert bike.attributes == {
        "color": "Silver",
        "size": "38",
        "size_unit": "CM",
        "category": "Bikes",
        "subcategory": "Mountain Bikes",
        "line": "mountain",
        "class": "high",
        "style": "universal",
        "made_or_bought": "made",
        "sold": "yes",
        "days_to_make": "4",
    }
    assert items["AR-5381"].attributes == {"made_or_bought": "bought", "sold": "no", "days_to_make": "0"}


def test_lines_say_where_they_come_from(facts):
    """Supplier, bin, order and channel are kept for the explanation."""
    lines = {fact.line_id: fact for fact in facts if isinstance(fact, SupplyFact | DemandFact)}
    assert lines["PO2989-6601"] == SupplyFact(
        *("PO2989-6601", "purchase", "317", "AW", Decimal(550), date(2025, 6, 2)), supplier="Proseware, Inc."
    )
    assert lines["WO70466"] == SupplyFact("WO70466", "production", "779", "AW", Decimal(5), date(2025, 5, 24))
    sold = lines["SO73867-1"]
    assert isinstance(sold, DemandFact)
    assert (sold.order_id, sold.channel) == ("SO73867", "internet")
    assert (sold.needed_on, sold.wanted) == (date(2025, 6, 2), date(2025, 6, 7))
    bins = {fact.bin for fact in facts if isinstance(fact, StockFact) and fact.code == "317"}
    assert bins == {"Tool Crib/C/1", "Metal Storage/A/1", "Subassembly/A/21"}


def test_everything_refers_to_what_is_there(facts):
    """Every code has an item, every site and channel is known, every line is named once."""
    sites = {fact.site_id for fact in facts if isinstance(fact, SiteFact)}
    channels = {fact.code for fact in facts if isinstance(fact, ChannelFact)}
    codes = {fact.code for fact in facts if isinstance(fact, AliasFact)}
    lines = [fact for fact in facts if isinstance(fact, StockFact | SupplyFact | DemandFact)]
    assert {fact.site_id for fact in lines} == sites == {"AW"}
    assert {fact.channel for fact in lines if isinstance(fact, DemandFact)} <= channels
    assert {fact.code for fact in lines} <= codes
    assert len({fact.line_id for fact in lines if not isinstance(fact, StockFact)}) == 377 + 1458 + 945


def test_another_day_agrees_too(counted):
    """The same files as at a leap day show what was open then: reseller orders too, and other quantities."""
    leap_day = date(2024, 2, 29)
    rows = list(FolderSource(FOLDER, MAPPING).read(leap_day))
    facts = [row.fact for row in rows if not isinstance(row, SetAside)]
    found, then = plans_of(facts, leap_day), plan(FOLDER, leap_day)
    assert {sku for sku in then if facts_of(found[sku]) != facts_of(then[sku])} == set()
    assert {sku for sku in then if facts_of(then[sku]) != facts_of(counted[sku])} != set()
    assert Counter(fact.channel for fact in facts if isinstance(fact, DemandFact)) == {
        "reseller": 1449,
        "internet": 71,
    }
