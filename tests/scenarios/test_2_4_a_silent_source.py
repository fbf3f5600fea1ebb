"""Requirement 2.4, the rule's part: how much of what a silent source last said is still promised."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from datasources.facts import SiteFact, StockFact
from tests.application import Client
from tests.databases import Opened
from tests.scenarios.company import WEB, change_rules, item, promisable, receive, site, tell

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = "2026-06-01"
SOURCES = "15-sources.yaml"
BEFORE = "{allowed_minutes: 10080, step_minutes: 1440, percent: 10, at_least: 0"
DEGRADED = """query { availability(channel: "web", lines: [{sku: "A", quantity: 1, wanted: "2026-06-01"}]) {
  degraded { site source minutes steps percent } lines { promisable
    explanation { sites { usable buffer withheld } } rules { decision row } } } }"""


@pytest.fixture
async def warehouse(client: Client, opened: Opened) -> Client:
    """Forty on hand, told at noon."""
    await tell(client, "wms", item("A"), site("DC"), WEB, StockFact("A", "DC", Decimal(40)), states=["stock"])
    return client


async def silent(opened: Opened, minutes: float) -> None:
    """The warehouse system has said nothing for so long."""
    await opened.set_now(NOON + timedelta(minutes=minutes))


async def ten_percent_each_ten_minutes(client: Client, allowed: int) -> None:
    after = f"{{allowed_minutes: {allowed}, step_minutes: 10, percent: 10, at_least: 0"
    await change_rules(client, (SOURCES, BEFORE, after))


async def test_twenty_silent_minutes_leave_thirty_two_of_forty(warehouse: Client, opened: Opened):
    """Ten percent of the last known quantity for each ten minutes; the answer says that it is degraded."""
    await ten_percent_each_ten_minutes(warehouse, 0)
    assert await promisable(warehouse, "A", DAY) == 40
    await silent(opened, 20.5)
    answer = (await warehouse.ask(DEGRADED))["availability"]
    assert answer["degraded"] == [{"site": "DC", "source": "wms", "minutes": 20, "steps": 2, "percent": 80}]
    [line] = answer["lines"]
    assert line["promisable"] == 32
    assert line["explanation"]["sites"] == [{"usable": 40, "buffer": 8, "withheld": 8}]
    assert {"decision": "sources", "row": "SRC010"} in line["rules"]


@pytest.mark.parametrize(("age", "left"), [(5, 40), (14, 40), (15, 36), (25, 32), (105, 0), (400, 0)])
async def test_after_five_allowed_minutes_a_tenth_less_each_ten(
    warehouse: Client, opened: Opened, age: int, left: int
):
    await ten_percent_each_ten_minutes(warehouse, 5)
    await silent(opened, age + 0.5)
    assert await promisable(warehouse, "A", DAY) == left


async def test_when_it_returns_its_true_figure_counts_at_once(warehouse: Client, opened: Opened):
    """Thirty-seven after all: three were picked meanwhile."""
    await ten_percent_each_ten_minutes(warehouse, 0)
    await silent(opened, 20.5)
    assert await promisable(warehouse, "A", DAY) == 32
    picked = {"source": "wms", "eventId": "picked", "movement": {"sku": "A", "cause": "shipment", "legs": [
        {"site": "DC", "quantity": -3}]}}  # fmt: skip
    assert [told["outcome"] for told in await receive(warehouse, picked)] == ["APPLIED"]
    assert await promisable(warehouse, "A", DAY) == 37
    assert (await warehouse.ask(DEGRADED))["availability"]["degraded"] == []


async def test_a_storefront_hears_how_long_and_not_who(warehouse: Client, opened: Opened):
    await ten_percent_each_ten_minutes(warehouse, 0)
    await silent(opened, 20.5)
    shop = DEGRADED.replace(" rules { decision row }", "").replace("usable buffer withheld", "usable")
    [site_told] = (await warehouse.as_("storefront", "web").ask(shop))["availability"]["degraded"]
    assert (site_told["source"], site_told["minutes"]) == (None, 20)


async def test_goods_a_maker_sends_later_are_counted_with_the_same_caution(warehouse: Client, opened: Opened):
    """Twenty at the maker's, sent in three days: after twenty silent minutes sixteen of them."""
    maker = SiteFact("VS", "The maker's", "supplier", "UTC")
    goods = StockFact("A", "VS", Decimal(20), ownership="drop_ship")
    await tell(warehouse, "maker", maker, goods, states=["stock"])
    await ten_percent_each_ten_minutes(warehouse, 0)
    assert await promisable(warehouse, "A", "2026-06-04", site="VS") == 20
    await silent(opened, 20.5)
    assert await promisable(warehouse, "A", "2026-06-03", site="VS") == 0
    assert await promisable(warehouse, "A", "2026-06-04", site="VS") == 16
