"""Requirement 1.2: which statuses sales and purchasing see."""

from datetime import date
from decimal import Decimal

import pytest

from datasources.facts import StockFact, SupplyFact
from tests.application import Client
from tests.scenarios.company import WEB, item, promisable, receive, site, tell

STOCK = """query { item(sku: "A") { stock { site status quantity counted } } }"""


@pytest.fixture
async def hundred(client: Client) -> Client:
    """100 = 70 available + 20 under quality inspection + 10 in transit, not received."""
    await tell(
        client,
        "wms",
        item("A"),
        site("DC"),
        WEB,
        StockFact("A", "DC", Decimal(70)),
        StockFact("A", "DC", Decimal(20), status="quality"),
        SupplyFact("ASN-1", "in_transit", "A", "DC", Decimal(10), date(2026, 6, 8)),
        states=["stock", "supply"],
    )
    return client


async def seen_by_purchasing(client: Client) -> dict[str, object]:
    rows = (await client.as_("planner").ask(STOCK))["item"]["stock"]
    return {row["status"]: row["quantity"] for row in rows}


async def test_sales_may_sell_seventy_and_purchasing_sees_all_three(hundred: Client):
    assert await promisable(hundred.as_("storefront", "web"), "A", "2026-06-01") == 70
    assert await seen_by_purchasing(hundred) == {"available": 70, "quality": 20, "in_transit": 10}


async def test_sales_do_not_see_the_states(hundred: Client):
    refused = await hundred.as_("storefront", "web").refused(STOCK)
    assert refused["extensions"]["code"] == "FORBIDDEN"


async def test_five_released_make_seventy_five_with_one_event(hundred: Client):
    released = {
        "source": "wms",
        "eventId": "inspection-7",
        "movement": {
            "sku": "A",
            "cause": "status change",
            "legs": [
                {"site": "DC", "status": "quality", "quantity": -5},
                {"site": "DC", "status": "available", "quantity": 5},
            ],
        },
    }
    assert [r["outcome"] for r in await receive(hundred, released)] == ["APPLIED"]
    assert [r["outcome"] for r in await receive(hundred, released)] == ["DUPLICATE"]
    assert await promisable(hundred, "A", "2026-06-01") == 75
    assert await seen_by_purchasing(hundred) == {"available": 75, "quality": 15, "in_transit": 10}
