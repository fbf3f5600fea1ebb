"""Methods side by side, safety stock, kits, expiring goods, the lead time and pegs, asked over HTTP."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from datasources.facts import (
    ForecastFact,
    KitFact,
    LotFact,
    SafetyStockFact,
    StockFact,
    SupplyFact,
)
from rules.atp import METHODS
from tests.application import Client
from tests.builders import day, demand, hold, item, stock
from tests.deciding import balance, decide_by, position, promising
from tests.scenarios.company import WEB, promisable, receive, site, tell

ALL_METHODS = [method.upper() for method in METHODS]

ASK = """query($lines: [AvailabilityLineInput!]!, $methods: [AtpMethod!]) {
  availability(lines: $lines, channel: "web", methods: $methods) {
    inquiry
    lines {
      promisable unlimited earliest open method
      methods { method promisable }
      schedule { day site quantity label }
      explanation { summary sites {
        site promisable withheld binding { day netPosition withheld expired owedBehind margin }
        onHand { quantity counted why }
        demands { kind quantity order line }
        earlier { kind what gain line source }
        kit { finished sets parts { sku per promisable sets limits } } } }
    } } }"""

PROJECTION = """query($sku: Sku!, $methods: [AtpMethod!]) {
  item(sku: $sku) { projection(methods: $methods) {
    site
    days { day usable receipts commitments forecast netPosition withheld atp atpDiscrete }
    methods { method atp } } } }"""

PEGS = """query($sku: Sku!, $site: String!) {
  item(sku: $sku) { pegs(site: $site) {
    site leftOut
    pegs { channel order line kit neededOn supply supplyLine source comesOn quantity lateDays }
    unserved { order neededOn quantity } } } }"""


async def lines(client: Client, *asked: tuple[str, int, date], methods: list[str] | None = None) -> Any:
    wanted = [{"sku": sku, "quantity": quantity, "wanted": str(on)} for sku, quantity, on in asked]
    return (await client.ask(ASK, lines=wanted, methods=methods))["availability"]["lines"]


async def projection(client: Client, sku: str = "TEA", methods: list[str] | None = None) -> Any:
    [at_site] = (await client.ask(PROJECTION, sku=sku, methods=methods))["item"]["projection"]
    return at_site


TEN_DAYS = promising(horizon_days=10)


@pytest.fixture
async def shop(client: Client) -> Client:
    """Tea, 12 on hand; 5 owed tomorrow and 14 on day 3; 10 come on day 2. The horizon is ten days."""
    supply = SupplyFact("PO-1", "purchase", "TEA", "HAM", Decimal(10), day(2))
    await tell(client, "erp", item("TEA"), site("HAM"), WEB)
    await decide_by(client.deps, TEN_DAYS)
    await tell(client, "erp", stock(12), supply, demand(5, needed_on=day(1)), states=["stock"])
    await tell(client, "erp", demand(14, order_id="SO-2", needed_on=day(3)))
    return client


async def test_every_method_is_answered_and_named(shop: Client):
    """For day 2; schedule and earliest are what they are without any."""
    [plain] = await lines(shop, ("TEA", 4, day(2)))
    [told] = await lines(shop, ("TEA", 4, day(2)), methods=ALL_METHODS)
    assert {said["method"]: said["promisable"] for said in told["methods"]} == {
        "CUMULATIVE": 17,
        "SUFFIX_MIN": 3,
        "CUMULATIVE_WITH_LOOK_AHEAD": 3,
        "PERIOD": 10,
        "BACKWARD": 0,
        "BACKWARD_ACCUMULATE": 3,
        "DISCRETE": 0,
    }
    assert told["method"] == "cumulative_with_look_ahead"
    assert plain["methods"] == []
    assert {**told, "methods": []} == plain


async def test_a_method_asked_for_twice_is_told_once(shop: Client):
    [told] = await lines(shop, ("TEA", 4, day(2)), methods=["DISCRETE", "CUMULATIVE", "DISCRETE"])
    assert [said["method"] for said in told["methods"]] == ["DISCRETE", "CUMULATIVE"]


async def test_a_method_nobody_knows_is_refused(shop: Client):
    refused = await shop.refused(
        ASK, lines=[{"sku": "TEA", "quantity": 1, "wanted": str(day(0))}], methods=["GUESS"]
    )
    assert refused["extensions"]["code"] == "BAD_REQUEST"


async def test_an_inquiry_with_methods_is_found_again_with_them(shop: Client):
    """And decided again the same."""
    asked = [{"sku": "TEA", "quantity": 4, "wanted": str(day(2))}]
    answer = await shop.ask(ASK, lines=asked, methods=["CUMULATIVE"])
    found = await shop.ask(
        """query($id: ID!) {
             inquiry(id: $id) { identical answer { lines { methods { method promisable } } } } }""",
        id=answer["availability"]["inquiry"],
    )
    assert found["inquiry"] == {
        "identical": True,
        "answer": {"lines": [{"methods": [{"method": "CUMULATIVE", "promisable": 17}]}]},
    }


async def test_a_projection_has_a_row_by_each_method(shop: Client):
    """In the order of its days."""
    told = await projection(shop, methods=["CUMULATIVE", "DISCRETE"])
    assert [row["method"] for row in told["methods"]] == ["CUMULATIVE", "DISCRETE"]
    assert [row["atp"][:5] for row in told["methods"]] == [[12, 7, 17, 3, 3], [3, 0, 0, 0, 0]]
    assert [row["atp"] for row in told["days"]][:5] == [3, 3, 3, 3, 3]


async def test_safety_stock_is_shown_where_it_keeps_back(shop: Client):
    """Two from day 3 on: the projection, the derivation and what would free more say so."""
    await tell(shop, "erp", SafetyStockFact("TEA", "HAM", Decimal(2), day(3)), states=["safety_stock"])
    told = await projection(shop)
    assert [(row["withheld"], row["atp"]) for row in told["days"]][2:4] == [(0, 1), (2, 1)]
    [line] = await lines(shop, ("TEA", 4, day(2)))
    [here] = line["explanation"]["sites"]
    assert (here["promisable"], here["withheld"]) == (1, 0)
    assert here["binding"] == {
        "day": str(day(3)),
        "netPosition": 3,
        "withheld": 2,
        "expired": 0,
        "owedBehind": 0,
        "margin": 1,
    }
    released = {"kind": "release_safety_stock", "what": "promise from the safety stock", "gain": 2}
    assert released | {"line": None, "source": None} in here["earlier"]


async def test_a_forecast_bends_the_balance_of_the_projection_and_no_promise(shop: Client):
    """Three a day on days 0 to 6, the larger of forecast and orders."""
    await tell(
        shop,
        "erp",
        ForecastFact("F", "TEA", "HAM", "web", day(0), day(7), Decimal(21)),
    )
    await decide_by(shop.deps, TEN_DAYS, balance("larger"))
    days = (await projection(shop))["days"]
    assert [row["forecast"] for row in days][5:9] == [3, 3, 0, 0]
    assert [row["netPosition"] for row in days][:5] == [9, 4, 11, -3, -6]
    assert [row["atp"] for row in days][:5] == [3, 3, 3, 3, 3]


async def test_a_kit_is_explained_by_the_part_that_limits_it(client: Client):
    """One finished; of nine cups for two each four sets, of ten saucers for three each three."""
    await tell(
        client,
        "erp",
        *(item("SET"), item("CUP"), item("SAUCER"), site("HAM"), WEB),
        *(KitFact("SET", "CUP", Decimal(2)), KitFact("SET", "SAUCER", Decimal(3))),
        *(stock(1, "SET"), stock(9, "CUP"), stock(10, "SAUCER")),
        states=["stock"],
    )
    kits, cups = await lines(client, ("SET", 4, day(0)), ("CUP", 4, day(0)))
    assert (kits["promisable"], kits["open"], cups["promisable"], cups["open"]) == (4, 0, 3, 1)
    [here] = kits["explanation"]["sites"]
    assert here["promisable"] == 4
    assert (here["kit"]["finished"], here["kit"]["sets"]) == (1, 3)
    assert here["kit"]["parts"] == [
        {"sku": "CUP", "per": 2, "promisable": 9, "sets": 4, "limits": False},
        {"sku": "SAUCER", "per": 3, "promisable": 10, "sets": 3, "limits": True},
    ]
    assert {row["atp"] for row in (await projection(client, "SET"))["days"]} == {4}


async def test_orders_of_a_kit_are_told_to_the_company_and_added_up_for_a_shop(client: Client):
    """Two sets ordered and none finished: four cups are owed for them."""
    await tell(
        client,
        "erp",
        *(item("SET"), item("CUP"), site("HAM"), WEB, KitFact("SET", "CUP", Decimal(2))),
        *(stock(9, "CUP"), demand(2, code="SET")),
        states=["stock"],
    )
    [inside] = await lines(client, ("CUP", 1, day(2)))
    [outside] = await lines(client.as_("storefront", "web"), ("CUP", 1, day(2)))
    [told] = inside["explanation"]["sites"][0]["demands"]
    assert told == {"kind": "orders of kit SET", "quantity": 4, "order": None, "line": None}
    [told] = outside["explanation"]["sites"][0]["demands"]
    assert (told["kind"], told["quantity"]) == ("other orders", 4)


async def test_goods_are_promised_up_to_their_last_day(client: Client):
    """Six good until day 1, four that keep."""
    await tell(client, "erp", item("TEA"), site("HAM"), WEB, LotFact("TEA", "L1", day(1)))
    await tell(client, "erp", stock(6, lot="L1"), stock(4), states=["stock"])
    today, later = await promisable(client, "TEA", str(day(0))), await promisable(client, "TEA", str(day(2)))
    assert (today, later) == (10, 4)
    [line] = await lines(client, ("TEA", 5, day(2)))
    [here] = line["explanation"]["sites"]
    assert here["binding"]["expired"] == 6
    assert {row["why"] for row in here["onHand"]} == {"counted", f"counted until {day(1)}, their last day"}


async def test_a_receipt_by_event_may_expire(shop: Client):
    """It comes on day 4 and is good until day 5."""
    line = {"line": "PO-9", "kind": "purchase", "sku": "TEA", "site": "HAM", "quantity": 8}
    event = {
        "source": "erp",
        "eventId": "e1",
        "supplyLine": line | {"due": str(day(4)), "usableUntil": str(day(5))},
    }
    assert [told["outcome"] for told in await receive(shop, event)] == ["APPLIED"]
    assert [await promisable(shop, "TEA", str(day(ahead))) for ahead in (4, 5, 6)] == [11, 11, 3]


async def test_after_the_lead_time_there_is_no_limit_and_the_schedule_says_why(shop: Client):
    """Three now, any number after two working days."""
    await decide_by(shop.deps, TEN_DAYS, position(unlimited_after_days=3))
    [line] = await lines(shop, ("TEA", 50, day(0)), methods=["CUMULATIVE"])
    assert (line["promisable"], line["unlimited"], line["earliest"]) == (3, False, str(day(4)))
    assert line["schedule"] == [
        {"day": str(day(0)), "site": "HAM", "quantity": 3, "label": "ON_HAND"},
        {"day": str(day(4)), "site": "HAM", "quantity": 47, "label": "LEAD_TIME"},
    ]
    [later] = await lines(shop, ("TEA", 50, day(5)), methods=["CUMULATIVE"])
    assert (later["promisable"], later["unlimited"], later["open"]) == (None, True, 0)
    assert later["methods"] == [{"method": "CUMULATIVE", "promisable": None}]
    assert later["explanation"]["sites"][0]["promisable"] is None
    assert "any quantity" in later["explanation"]["summary"]
    assert (await projection(shop))["days"][5]["atp"] is None


async def test_pegs_say_which_supply_serves_which_order_and_what_comes_too_late(shop: Client):
    """Two of the twelve are held until day 4, so part of the second order waits for them."""
    await tell(shop, "erp", hold(9, until=day(4)))
    told = (await shop.ask(PEGS, sku="TEA", site="HAM"))["item"]["pegs"]
    pegs = [(p["order"], p["supply"], p["supplyLine"], p["quantity"], p["lateDays"]) for p in told["pegs"]]
    assert pegs == [
        ("SO-1", "on_hand", None, 3, 0),
        ("SO-1", "purchase", "PO-1", 2, 1),
        ("SO-2", "purchase", "PO-1", 8, 0),
        ("SO-2", "hold_end", None, 6, 1),
    ]
    assert (told["site"], told["unserved"], told["leftOut"]) == ("HAM", [], 0)
    assert (await shop.ask(PEGS, sku="TEA", site="NOPE"))["item"]["pegs"] is None


async def test_pegs_are_for_those_who_plan(shop: Client):
    """A storefront may not ask; who sees one channel is not told of another's orders."""
    refused = await shop.as_("storefront", "web").refused(PEGS, sku="TEA", site="HAM")
    assert refused["extensions"]["code"] == "FORBIDDEN"
    told = (await shop.as_("oms", "contract").ask(PEGS, sku="TEA", site="HAM"))["item"]["pegs"]
    assert {(peg["channel"], peg["order"], peg["line"]) for peg in told["pegs"]} == {(None, None, None)}


async def test_goods_of_others_count_where_the_rules_say_so(shop: Client):
    """By owner: consigned goods, not a customer's."""
    consigned = StockFact("TEA", "HAM", Decimal(6), ownership="consignment")
    theirs = StockFact("TEA", "HAM", Decimal(50), ownership="customer")
    await tell(shop, "erp", stock(12), theirs, states=["stock"])
    assert await promisable(shop, "TEA", str(day(0))) == 3
    await tell(shop, "erp", stock(12), theirs, consigned, states=["stock"])
    assert await promisable(shop, "TEA", str(day(0))) == 9
