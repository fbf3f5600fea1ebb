"""The demo company is the same everywhere, holds together, and keeps what its stories say."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from datasources.connectors.demo import DEMO_DAY, GROWN, KITS, STORIES, demo_sources
from datasources.connectors.demo.catalogue import ordinary_items
from datasources.connectors.demo.past.season import PROMOTIONS
from datasources.connectors.demo.stories import FULL_STORIES
from datasources.facts import (
    AliasFact,
    AllocationFact,
    CalendarFact,
    ChannelFact,
    DemandFact,
    DestinationFact,
    ForecastFact,
    HoldFact,
    ItemFact,
    KitFact,
    LaneFact,
    LotFact,
    SafetyStockFact,
    SiteFact,
    StockFact,
    SupplyFact,
)
from tests.connectors.demo_told import FULL, LARGER, SPOKEN_OF, Company, rows_of, told


@pytest.fixture(scope="module")
def company() -> Company:
    return Company()


@pytest.fixture(scope="module")
def larger() -> Company:
    return Company(LARGER)


@pytest.fixture(scope="module")
def full() -> Company:
    """Larger, and with kits, consignment and suppliers who ship to customers."""
    return Company(FULL)


@pytest.fixture(params=["company", "larger", "full"])
def any_company(request) -> Company:
    return cast("Company", request.getfixturevalue(request.param))


def free(company: Company, sku: str, day: date) -> Decimal:
    """What can be newly promised of a sku for a day, over all sites, counted plainly from the facts."""
    rows = company.of(StockFact, sku) + company.of(SupplyFact, sku) + company.of(DemandFact, sku)
    lowest = [lowest_from(company, sku, site, day) for site in sorted({row.site_id for row in rows})]
    return sum([least for least in lowest if least > 0], Decimal(0))


def lowest_from(company: Company, sku: str, site: str, day: date) -> Decimal:
    """The least net position at a site from a day on: it changes only where goods come, go or are let go."""
    here = [fact for fact in company.spoken(sku) if getattr(fact, "site_id", None) == site]
    changes = {line.needed_on for line in here if isinstance(line, DemandFact)}
    changes |= {company.counts_from(line) for line in here if isinstance(line, SupplyFact)}
    changes |= {hold.until for hold in here if isinstance(hold, HoldFact) and hold.until is not None}
    horizon = {day} | {later for later in changes if day < later < DEMO_DAY + timedelta(days=90)}
    return min([net(company, here, later) for later in horizon])


def net(company: Company, here: list[Any], day: date) -> Decimal:
    stock = [row for row in here if isinstance(row, StockFact)]
    counted = [row for row in stock if row.status == "available" and row.ownership == "own"]
    acting = [hold for hold in here if isinstance(hold, HoldFact) and is_acting(hold, day)]
    lots = {lot for hold in acting for lot in hold.lots}
    bins = {place for hold in acting for place in hold.bins}
    whole = [row for row in counted if row.lot in lots or row.bin in bins]
    by_quantity = [hold for hold in acting if hold.quantity is not None]
    supply = [line for line in here if isinstance(line, SupplyFact)]
    due = [line for line in supply if is_in(line, company.counts_from(line), day)]
    owed = [line for line in here if isinstance(line, DemandFact) and line.needed_on <= day]
    return total(counted) + total(due) - total(owed) - total(whole) - total(by_quantity)


def is_acting(hold: HoldFact, day: date) -> bool:
    return hold.until is None or day < hold.until


def is_in(line: SupplyFact, counts_from: date, day: date) -> bool:
    overdue = counts_from < DEMO_DAY and line.kind != "production"
    return line.firmness in ("confirmed", "firm") and counts_from <= day and not overdue


def total(rows: Sequence[Any]) -> Decimal:
    return sum([row.quantity for row in rows], Decimal(0))


def comes_by(line: Any, day: date) -> bool:
    late = line.due < DEMO_DAY and line.kind != "production"
    return line.firmness in ("confirmed", "firm") and line.due <= day and not late


PROMISES = [
    ("TW-1001", 0, 1200 - 30 + 800 + 24 + 18),
    ("CK-1002", 0, 2),
    ("CK-1002", 6, 2),
    ("CK-1002", 7, 50),
    ("BK-1003", 0, 25),
    ("BK-1003", 9, 25),
    ("BK-1003", 10, 45),
    ("ST-1004", 0, 20),
    ("ST-1004", 27, 20),
    ("ST-1004", 28, 80),
    ("LT-1005", 89, 0),
    ("TX-1006", 3, 10),
    ("TX-1006", 4, 50),
    ("TX-1006", 89, 50),
    ("CL-1007", 13, 8),
    ("CL-1007", 89, 32),
    ("PN-1008", 0, Decimal("173.885")),
    ("PN-1008", 9, Decimal("424.385")),
    ("ST-1009", 89, 30),
    ("CK-1010", 0, 17),
    ("PN-1011", 0, 70),
    ("TX-1012", 0, 23),
    ("PN-1013", 0, 25),
    ("PN-1013", 2, 35),
    ("LT-1014", 0, 88),
    ("TW-1015", 0, 150),
    ("TW-1015", 11, 270),
]


@pytest.mark.parametrize(("sku", "days", "quantity"), PROMISES)
def test_a_story_keeps_its_figures(company, sku, days, quantity):
    """What the page about the demo says of an item follows from the facts the systems tell."""
    assert free(company, sku, DEMO_DAY + timedelta(days=days)) == quantity


def test_every_story_is_checked():
    assert {sku for sku, _, _ in PROMISES} == {trade.item.sku for trade in STORIES}


def test_the_stock_owed_later_is_still_on_the_shelf(company):
    """ST-1004 has 100 on hand though only 20 can be promised."""
    assert sum(row.quantity for row in company.of(StockFact, "ST-1004")) == 100


def test_the_held_item_is_held_twice(company):
    holds = {hold.hold_code: (hold.quantity, hold.until) for hold in company.of(HoldFact, "BK-1003")}
    assert holds == {"quality": (20, date(2026, 3, 12)), "rma": (5, None)}


def test_no_single_site_can_fill_what_all_can(company):
    """Seventeen woks lie at four sites, at most seven at one."""
    by_site = {row.site_id: row.quantity for row in company.of(StockFact, "CK-1010")}
    assert by_site == {"DC-CMH": 5, "DC-HAM": 7, "ST-BER": 2, "ST-NYC": 3}


def test_the_expiring_oil_lies_in_two_lots(company):
    until = {lot.lot: lot.usable_until for lot in company.of(LotFact, "PN-1011")}
    by_day = {until[row.lot]: row.quantity for row in company.of(StockFact, "PN-1011")}
    assert by_day == {date(2026, 3, 11): 40, date(2026, 4, 30): 60}


def test_goods_in_other_states_are_told(company):
    states = {(row.status, row.ownership): row.quantity for row in company.of(StockFact, "ST-1009")}
    assert states == {
        ("available", "own"): 30,
        ("quality", "own"): 12,
        ("returned", "own"): 18,
        ("damaged", "own"): 2,
        ("available", "consignment"): 25,
    }


def test_the_scarce_lamp_is_set_aside_and_the_plate_shared(company):
    rows = [*company.of(AllocationFact, "LT-1014"), *company.of(AllocationFact, "TW-1015")]
    assert {(row.kind, row.channel): row.quantity for row in rows} == {
        ("protection", "contract"): 40,
        ("quota", "web"): 50,
        ("quota", "marketplace"): 15,
        ("share", "web"): 50,
        ("share", "contract"): 30,
        ("share", "marketplace"): 20,
    }


def test_the_company_is_as_small_as_promised(company):
    """200 items, two centres and four stores in two zones, three channels."""
    kinds = Counter(site.kind for site in company.all(SiteFact))
    assert len(company.all(ItemFact)) == 200
    assert kinds == {"distribution_centre": 2, "store": 4}
    assert {site.zone for site in company.all(SiteFact)} == {"Europe/Berlin", "America/New_York"}
    assert {channel.demand_class for channel in company.all(ChannelFact)} == {"retail", "spot", "contract"}


def test_every_query_has_something_to_show(company):
    shown = Counter(type(fact).__name__ for fact in company.facts)
    assert min(shown[kind.__name__] for kind in SPOKEN_OF) >= 30
    assert {row.kind for row in company.all(AllocationFact)} == {"quota", "protection", "share"}
    assert {row.kind for row in company.all(SupplyFact)} == {"purchase", "production", "in_transit"}
    assert {row.firmness for row in company.all(SupplyFact)} >= {
        "confirmed",
        "firm",
        "unconfirmed",
        "planned",
    }
    assert {row.hold_code for row in company.all(HoldFact)} >= {
        "quality",
        "rma",
        "customs",
        "count",
        "recall",
    }


def test_most_of_the_range_can_be_promised_today(company):
    """A shop whose shelves were mostly empty would not be believed; nor one that lacks nothing."""
    promisable = sum(free(company, item.sku, DEMO_DAY) > 0 for item in company.all(ItemFact))
    assert 170 <= promisable <= 199


def test_some_goods_are_measured_in_thousandths(company):
    measured = [item for item in company.all(ItemFact) if item.precision == 3]
    assert {item.unit for item in measured} == {"KG", "M"}
    assert 3 <= len(measured) <= 20
    assert {item.precision for item in company.all(ItemFact) if item.unit == "EA"} == {0}


def test_nothing_is_named_that_is_not_there(any_company):
    """Every sku, site, channel, calendar and lot that a fact names exists."""
    skus = {item.sku for item in any_company.all(ItemFact)}
    sites = {site.site_id for site in any_company.all(SiteFact)}
    channels = {channel.code for channel in any_company.all(ChannelFact)}
    for fact in any_company.facts:
        assert getattr(fact, "sku", None) in skus | {None}
        if isinstance(fact, SPOKEN_OF):
            assert fact.code in skus
        assert getattr(fact, "site_id", None) in sites | {None}
        assert getattr(fact, "channel", None) in channels | {None}
        assert getattr(fact, "parent", None) in channels | {None}
    calendars = {calendar.name for calendar in any_company.all(CalendarFact)}
    places = [*any_company.all(SiteFact), *any_company.all(DestinationFact), *any_company.all(LaneFact)]
    assert {place.calendar for place in places} == calendars
    reached = {place.code for place in any_company.all(DestinationFact)}
    assert {(lane.origin, lane.destination) for lane in any_company.all(LaneFact)} == {
        (site, there) for site in sites for there in reached
    }
    lots = {(lot.code, lot.lot) for lot in any_company.all(LotFact)}
    assert {(row.code, row.lot) for row in any_company.all(StockFact) if row.lot} <= lots


def test_no_line_is_told_twice(any_company):
    """Ids are unique within their kind, names and skus within the range, counts within their place."""
    keys = Counter(key for fact in any_company.facts for key in identities(fact))
    assert [key for key, times in keys.items() if times > 1] == []


def identities(fact: Any) -> Iterator[tuple[Any, ...]]:
    kind = type(fact).__name__
    for name in ("line_id", "hold_id", "forecast_id", "allocation_id", "name"):
        if hasattr(fact, name):
            yield kind, name, getattr(fact, name)
    if isinstance(fact, ItemFact | SiteFact | ChannelFact):
        yield kind, getattr(fact, "sku", None), getattr(fact, "site_id", None), getattr(fact, "code", None)
    if isinstance(fact, StockFact):
        yield kind, fact.code, fact.site_id, fact.status, fact.ownership, fact.lot, fact.bin


def test_every_quantity_is_a_whole_number_of_smallest_units(any_company):
    precision = {item.sku: item.precision for item in any_company.all(ItemFact)}
    for fact in any_company.facts:
        if type(fact) in SPOKEN_OF and getattr(fact, "quantity", None) is not None:
            assert fact.quantity * 10 ** precision[fact.code] % 1 == 0
            assert fact.quantity >= 0


def test_quantities_are_exact_decimals():
    """A float would carry its rounding into the store."""
    quantities = [getattr(fact, "quantity", None) for _, fact in told()]
    assert {type(quantity) for quantity in quantities} == {Decimal, type(None)}


def test_a_hold_is_set_on_goods_that_are_there(any_company):
    for hold in any_company.all(HoldFact):
        here = [row for row in any_company.of(StockFact, hold.code) if row.site_id == hold.site_id]
        assert set(hold.lots) <= {row.lot for row in here}
        assert set(hold.bins) <= {row.bin for row in here}
        assert hold.quantity is None or 0 < hold.quantity <= sum(row.quantity for row in here)
        assert hold.until is None or hold.until > DEMO_DAY


def test_each_kind_of_fact_of_a_site_has_one_owner(any_company):
    """Two systems counting the same shelf would close each other's rows."""
    owners = {
        (type(fact).__name__, fact.site_id, source)
        for source, fact in any_company.told
        if isinstance(fact, StockFact | HoldFact | SupplyFact | DemandFact | ForecastFact)
    }
    assert len(owners) == len({(kind, site) for kind, site, _ in owners})


def test_a_system_states_exactly_the_kinds_it_tells():
    words = {
        SafetyStockFact: "safety_stock",
        StockFact: "stock",
        HoldFact: "hold",
        SupplyFact: "supply",
        DemandFact: "demand",
        ForecastFact: "forecast",
        AllocationFact: "allocation",
        LaneFact: "lane",
    }
    for source in (*demo_sources(), *demo_sources(FULL)):
        kinds = {type(row.fact) for row in rows_of(source)}
        assert {words[kind] for kind in kinds if kind in words} == source.states


def test_master_facts_come_first():
    """A reader that takes one fact after the other never meets a name it does not know yet."""
    for source in demo_sources():
        spoken = [isinstance(row.fact, SPOKEN_OF) for row in rows_of(source)]
        assert all(before <= after for before, after in pairwise(spoken))


def test_no_row_is_bad_and_each_names_its_place():
    """`rows_of` refuses a row set aside; the places are told apart here."""
    for source in demo_sources():
        rows = rows_of(source)
        assert len({(row.file, row.line) for row in rows}) == len(rows)


def test_the_warehouse_counts_in_boxes_and_grams():
    """Its spelling differs from ours, so that aliases with factors are used from the first day."""
    rows = [fact for source, fact in told() if source == "wms" and isinstance(fact, StockFact)]
    assert {row.unit for row in rows} == {"EA", "BX", "G", "CM"}
    mug = next(row for row in rows if row.code == "TW1001" and row.unit == "BX")
    assert mug.quantity == 96


def test_barcodes_have_their_check_figure():
    codes = [fact.code for source, fact in told() if source == "pos" and isinstance(fact, AliasFact)]
    sums = {sum(int(figure) * (1, 3)[place % 2] for place, figure in enumerate(code)) % 10 for code in codes}
    assert sums == {0}
    assert {len(code) for code in codes} == {13}


def test_shipments_at_sea_name_the_hour_of_their_zone(company):
    """An arrival with an hour is an instant, so it is told in UTC."""
    hours = [line.due for line in company.all(SupplyFact) if isinstance(line.due, datetime)]
    assert hours
    assert all(due.utcoffset() == timedelta(0) for due in hours)


def test_every_zone_is_known(any_company):
    zones = {site.zone for site in any_company.all(SiteFact)}
    assert all(ZoneInfo(zone).key == zone for zone in zones)


def test_two_thousand_items_have_two_thousand_names():
    items = [trade.item for trade in STORIES] + list(ordinary_items(2000 - len(STORIES)))
    assert len({item.name for item in items}) == len({item.number for item in items}) == 2000


def test_the_company_can_grow_to_four_zones(larger):
    assert len({site.zone for site in larger.all(SiteFact)}) == 4
    assert len(larger.all(ItemFact)) == 400
    assert len(larger.all(ChannelFact)) == 6


def test_a_grown_company_tells_the_same_of_what_the_small_one_had(company, larger, full):
    """Growing adds items, sites and orders; it changes no count, hold or purchase."""
    still_told = set(map(str, larger.facts))
    kept = [fact for kind in (StockFact, HoldFact, SupplyFact) for fact in company.all(kind)]
    assert [fact for fact in kept if str(fact) not in still_told] == []


def test_the_grown_company_is_as_large_as_promised():
    """2,000 items, five centres, 20 stores, six channels, and two makers who ship themselves."""
    facts = [row.fact for row in rows_of(demo_sources(GROWN)[0])]
    kinds = Counter(fact.kind for fact in facts if isinstance(fact, SiteFact))
    assert kinds == {"distribution_centre": 5, "store": 20, "supplier": 2}
    assert Counter(type(fact).__name__ for fact in facts if isinstance(fact, ItemFact | ChannelFact)) == {
        "ItemFact": 2000,
        "ChannelFact": 6,
    }


def test_a_full_company_changes_nothing_of_the_ordinary_ones(larger, full):
    """Kits and what makers send are added; what is told of the other items stays as it was."""
    shared = {item.sku for item in larger.all(ItemFact)} & {item.sku for item in full.all(ItemFact)}
    assert len(shared) == 400 - 15
    told_before = {str(fact) for sku in shared for fact in larger.of(StockFact, sku)}
    assert {str(fact) for sku in shared for fact in full.of(StockFact, sku)} == told_before


def test_a_jar_is_ours_the_makers_on_our_shelf_or_sent_by_the_maker(full):
    """ST-1016: 10 own, 5 consigned, 20 that Quillfen sends within three days. Ten are promised."""
    stock = {row.ownership: row.quantity for row in full.of(StockFact, "ST-1016")}
    sent = [
        (line.kind, line.ownership, line.site_id, line.quantity) for line in full.of(SupplyFact, "ST-1016")
    ]
    assert stock == {"own": 10, "consignment": 5}
    assert sent == [("drop_ship", "drop_ship", "VS-QUI", 20)]


def test_what_makers_send_is_told_of_their_own_sites(full):
    """It is on no shelf of ours, so no stock is counted there and nothing is owed there."""
    lines = [line for line in full.all(SupplyFact) if line.kind == "drop_ship"]
    suppliers = {site.site_id for site in full.all(SiteFact) if site.kind == "supplier"}
    assert {line.site_id for line in lines} == suppliers == {"VS-QUI", "VS-MAR"}
    assert all(line.due > DEMO_DAY and line.quantity > 0 for line in lines)
    rows = [*full.all(StockFact), *full.all(DemandFact)]
    assert [row for row in rows if row.site_id in suppliers] == []


def test_goods_on_consignment_are_common(full):
    consigned = [row for row in full.all(StockFact) if row.ownership == "consignment"]
    assert len(consigned) >= 20
    assert {row.site_id for row in consigned} >= {"DC-HAM", "DC-CMH"}


def test_every_kit_is_made_of_items_that_are_counted_in_pieces(full):
    items = {item.sku: item for item in full.all(ItemFact)}
    parts = [part for _, per_kit in KITS for part in per_kit]
    assert len(KITS) == len({sku for sku, _ in KITS}) == 14
    assert {sku for sku, _ in KITS} <= set(items)
    assert {items[sku].unit for sku, _ in parts} == {"EA"}
    assert all(per > 0 for _, per in parts)


def test_the_erp_tells_what_kits_are_made_of(full, company):
    told_of: dict[str, list[tuple[str, Any]]] = {}
    for fact in full.all(KitFact):
        told_of.setdefault(fact.kit, []).append((fact.component, fact.per))
    assert {kit: tuple(parts) for kit, parts in told_of.items()} == dict(KITS)
    assert company.all(KitFact) == []


def test_more_is_kept_back_before_easter(full):
    """Half a week's sales of some good sellers, twice as much in the rush, and never of a story's item."""
    rows = full.all(SafetyStockFact)
    by_day = {row.starts: row.quantity for row in rows if (row.code, row.site_id) == rows_key(rows[0])}
    usual, rush = by_day[None], by_day[date(2026, 3, 16)]
    assert rush == 2 * usual == 2 * by_day[date(2026, 4, 7)]
    assert {row.code for row in rows}.isdisjoint(trade.item.sku for trade in STORIES)


def rows_key(row: SafetyStockFact) -> tuple[str, str]:
    return row.code, row.site_id


def test_no_kit_is_part_of_a_kit():
    kits = {sku for sku, _ in KITS}
    assert kits.isdisjoint(sku for _, per_kit in KITS for sku, _ in per_kit)


def test_customers_have_names(full):
    """A household is told by its name and number, a company by its name."""
    by_channel = {line.channel: line.customer for line in full.all(DemandFact)}
    assert set(by_channel) == {"web", "marketplace", "contract", "wholesale", "app", "hotels"}
    households = {line.customer for line in full.all(DemandFact) if line.channel in ("web", "app")}
    assert len(households) > 50
    assert all(", C-2" in name for name in households)


def test_two_tellings_are_equal():
    assert told() == told()


def test_another_process_tells_the_same():
    """The seed of Python's own hashing has no say: both processes print the same facts in the same order."""
    script = (
        "import hashlib; from datasources.connectors.demo import DEMO_DAY, demo_sources;"
        "text = repr([list(source.read(DEMO_DAY)) for source in demo_sources()]);"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) == 65


def test_the_page_about_the_company_tells_every_story_and_promotion(full):
    """The page is docs/demo.md; a story, kit range, promotion or source that is new must stand there too."""
    page = (Path(__file__).parents[2] / "docs" / "demo.md").read_text()
    stories = [trade.item.sku for trade in (*STORIES, *FULL_STORIES)]
    sources = [f"`{source.name}`" for source in demo_sources()]
    suppliers = [site.site_id for site in full.all(SiteFact) if site.kind == "supplier"]
    names = [*stories, *sources, *suppliers, *(promotion.name for promotion in PROMOTIONS)]
    assert [name for name in names if name not in page] == []


def test_the_page_about_the_company_counts_right(company):
    """Rows of the small company, as the page says."""
    page = (Path(__file__).parents[2] / "docs" / "demo.md").read_text()
    for words, kind in (
        ("stock rows", StockFact),
        ("supply lines", SupplyFact),
        ("order lines", DemandFact),
        ("forecast rows", ForecastFact),
    ):
        assert f"| {words} | {len(company.all(kind)):,} |" in page
