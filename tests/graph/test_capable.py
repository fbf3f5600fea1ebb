"""Goods that are late or short, bought or made in time: asked, explained and decided again over HTTP."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from datasources.facts import (
    BillFact,
    CalendarFact,
    CapacityFact,
    ChannelFact,
    Fact,
    ProductionFact,
    StockFact,
    SubstituteFact,
    SupersededFact,
    SupplierFact,
    SupplyFact,
)
from datasources.store import clock, profiles
from tests.application import Client
from tests.console.reading import signed_in
from tests.scenarios.company import WEB, change_rules, item, receive, site, tell

ASK = """query($lines: [AvailabilityLineInput!]!) { availability(channel: "web", lines: $lines) {
  inquiry lines { promisable earliest open schedule { day site quantity label position } } } }"""
WHY = """query($lines: [AvailabilityLineInput!]!) { availability(channel: "web", lines: $lines) {
  inquiry lines { explanation { ways { site outcome standing label startsOn readyOn usableOn need quantity
    surplus source why components { sku quantity fromFree usableOn by source } } } } } }"""
AGAIN = """query($id: ID!) { inquiry(id: $id) { identical answer {
  lines { earliest schedule { day quantity label } } } } }"""
WEEKDAYS = CalendarFact("Mon-Fri", (1, 2, 3, 4, 5))
MON_SAT = CalendarFact("Mon-Sat", (1, 2, 3, 4, 5, 6))
STATES = ("stock", "supplier", "production", "bill", "capacity")


def march(day: int) -> date:
    return date(2026, 3, day)


def supplier(code: str = "X", name: str = "ACME", **more: Any) -> SupplierFact:
    """Five days, two with the carrier, one to stock; orders of 20 and more in tens, placed before noon."""
    given: dict[str, Any] = {
        "supplier_days": 5,
        "supplier_calendar": "Mon-Fri",
        "transit_days": 2,
        "carrier_calendar": "Mon-Sat",
        "receiving_calendar": "Mon-Fri",
        "dock_to_stock_days": 1,
        "minimum": Decimal(20),
        "multiple": Decimal(10),
        "desk_calendar": "Mon-Fri",
        "cut_off": "12:00",
    }
    return SupplierFact(code, "DC", name, **given | more)


MAKING: tuple[Fact, ...] = (
    ProductionFact("X", "DC", "V1", "PRESS", set_up_minutes=30, minutes_a_unit=Decimal(6)),
    BillFact("X", "V1", "A", Decimal(2), scrap_percent=Decimal(5)),
    BillFact("X", "V1", "B", Decimal(1)),
    StockFact("A", "DC", Decimal(63)),
    StockFact("B", "DC", Decimal(30)),
    *(
        CapacityFact("PRESS", "DC", march(day), minutes)
        for day, minutes in ((9, 60), (10, 45), (11, 60), (12, 60))
    ),
)


async def company(client: Client, *facts: Fact) -> Client:
    """A site that works on weekdays, on Wednesday the 4th of March at 11:00."""
    await at(client, datetime(2026, 3, 4, 11, tzinfo=UTC))
    await tell(
        client,
        "erp",
        *(WEEKDAYS, MON_SAT, site("DC", calendar="Mon-Fri"), WEB),
        *(item(sku) for sku in ("X", "A", "B")),
        item("PRESS", unit="MIN"),
        *facts,
        states=STATES,
    )
    return client.as_("oms")


async def at(client: Client, now: datetime) -> None:
    async with client.deps.store.writing() as tx:
        await clock.set_now(tx, now)


async def asked(client: Client, quantity: int = 30, sku: str = "X", wanted: str = "2026-03-04") -> Any:
    lines = [{"sku": sku, "quantity": quantity, "wanted": wanted}]
    return (await client.ask(ASK, lines=lines))["availability"]


def parts(line: Any) -> list[tuple[str, int, str]]:
    return [(part["day"][5:], part["quantity"], part["label"]) for part in line["schedule"]]


@pytest.mark.parametrize(("hour", "usable"), [(11, "03-16"), (12, "03-17")])
async def test_what_is_short_is_bought_before_and_at_the_cut_off(client: Client, hour: int, usable: str):
    """Eight are here and 22 are bought, there on Monday; at noon sharp everything is a day later."""
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await at(client, datetime(2026, 3, 4, hour, tzinfo=UTC))
    told = await asked(shop)
    [line] = told["lines"]
    assert parts(line) == [("03-04", 8, "ON_HAND"), (usable, 22, "CTP_BUY")]
    assert (line["promisable"], line["earliest"][5:], line["open"]) == (8, usable, 0)
    again = (await shop.ask(AGAIN, id=told["inquiry"]))["inquiry"]
    assert again["identical"]
    assert parts(again["answer"]["lines"][0]) == parts(line)


async def test_what_is_short_is_made_from_its_components(client: Client):
    """210 minutes of the press from Monday on: 60, 45, 60 and 45, done on Thursday."""
    shop = await company(client, *MAKING)
    told = await asked(shop)
    [line] = told["lines"]
    assert parts(line) == [("03-12", 30, "CTP_MAKE")]
    assert (await shop.ask(AGAIN, id=told["inquiry"]))["inquiry"]["identical"]


async def weighed(client: Client) -> Any:
    lines = [{"sku": "X", "quantity": 30, "wanted": "2026-03-04"}]
    told = await client.ask(WHY, lines=lines)
    return told["availability"]["lines"][0]["explanation"]["ways"]


async def test_the_ways_are_told_with_why_the_others_lost(client: Client):
    """Taken from ACME; SLOW would be a day later, and nobody can make it without a B."""
    making = (fact for fact in MAKING if not (isinstance(fact, StockFact) and fact.code == "B"))
    slow = supplier(name="SLOW", supplier_days=7)
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier(), slow, *making)
    best, never, later = await weighed(shop)
    assert best == {
        "site": "DC",
        "outcome": "TAKEN",
        "standing": "QUOTE",
        "label": "CTP_BUY",
        "startsOn": "2026-03-04",
        "readyOn": "2026-03-11",
        "usableOn": "2026-03-16",
        "need": 22,
        "quantity": 30,
        "surplus": 8,
        "source": "ACME",
        "why": None,
        "components": [],
    }
    assert (never["outcome"], never["source"], never["usableOn"]) == ("LOST", "V1", None)
    assert never["why"] == "22 of B cannot be had (no way to buy or make it)"
    assert (later["outcome"], later["source"], later["usableOn"]) == ("LOST", "SLOW", "2026-03-17")
    assert later["why"] == "usable on 2026-03-17, 1 day later"


async def test_a_storefront_sees_the_way_taken_and_no_name(client: Client):
    """Whom we buy from and what that costs is our affair."""
    await company(client, supplier(), supplier(name="SLOW", supplier_days=7))
    shop = client.as_("storefront", "web")
    [best] = await weighed(shop)
    assert (best["outcome"], best["quantity"]) == ("TAKEN", 30)
    assert (best["source"], best["why"], best["components"]) == (None, None, [])


async def test_components_are_told_with_how_each_is_had(client: Client):
    """Forty of A are free and 23 bought, there when the press begins."""
    facts = [fact for fact in MAKING if not (isinstance(fact, StockFact) and fact.code == "A")]
    bought = supplier("A", supplier_days=1, transit_days=0, dock_to_stock_days=0, minimum=Decimal(0))
    shop = await company(client, *facts, StockFact("A", "DC", Decimal(40)), bought)
    [way] = await weighed(shop)
    assert way["components"] == [
        {
            "sku": "A",
            "quantity": 63,
            "fromFree": 40,
            "usableOn": "2026-03-05",
            "by": "CTP_BUY",
            "source": "ACME",
        },
        {"sku": "B", "quantity": 30, "fromFree": 30, "usableOn": "2026-03-04", "by": None, "source": None},
    ]


RESERVE = """mutation($input: ReserveInput!) { reserve(input: $input) { operation { status lines {
  reservation beside state quantity earliest parts { day quantity label } offer { day quantity label }
  problem { code message nextStep } } } } }"""
PROMISE = RESERVE.replace("ReserveInput", "PromiseInput").replace("reserve(", "promise(")


async def rule(client: Client, standing: str) -> None:
    """From now on the channels may do so with what is still to be bought or made."""
    texts = ("then: {standing: %s}", "expect: {standing: %s, row: CAP999}")
    await change_rules(client, *(("72-capable.yaml", text % "quote", text % standing) for text in texts))


async def promise(client: Client, quantity: int = 30, latest: str = "2026-03-20", key: str = "k") -> Any:
    line = {"sku": "X", "quantity": quantity, "wanted": "2026-03-04", "latest": latest}
    told = await client.ask(PROMISE, input={"channel": "web", "key": key, "lines": [line]})
    return told["promise"]["operation"]


async def cart(client: Client, quantity: int = 30, key: str = "cart", **more: Any) -> Any:
    """What a cart is given for fifteen minutes, or as `more` says."""
    line = {"sku": "X", "quantity": quantity, "wanted": "2026-03-04", "latest": "2026-03-20"}
    told = await client.ask(RESERVE, input={"channel": "web", "key": key, "lines": [line]} | more)
    return told["reserve"]["operation"]


async def rows(client: Client, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await client.deps.store.pool.fetch(query)]


ORDERS = "SELECT label, source_id, sku, quantity, pegged, starts_on, usable_on FROM firm_order ORDER BY sku"
SUPPLIES = """SELECT sku, kind, firmness, quantity, due, supplier FROM supply_line
  WHERE source = 'earmark' AND recorded_until IS NULL ORDER BY sku"""
OWED = "SELECT sku, quantity, needed_on FROM demand_line WHERE source = 'earmark' ORDER BY sku"
MINUTES = "SELECT day, quantity FROM capacity WHERE source = 'earmark' ORDER BY day"


async def test_what_is_only_quoted_cannot_be_promised(client: Client):
    """Nothing is written, and the line is told what can be had."""
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    told = await promise(shop)
    [line] = told["lines"]
    assert (told["status"], line["problem"]["code"]) == ("REFUSED", "SHORT")
    assert [(part["day"][5:], part["quantity"]) for part in line["offer"]] == [("03-04", 8)]
    assert await rows(shop, ORDERS) == []


async def test_where_the_rules_promise_it_the_order_is_placed_with_the_promise(client: Client):
    """Thirty are ordered for 22; a later ask sees the surplus of 8 from the usable day on."""
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await rule(client, "promise")
    told = await promise(shop)
    assert told["status"] == "ACCEPTED", told
    assert parts({"schedule": told["lines"][0]["parts"]}) == [
        ("03-04", 8, "ON_HAND"),
        ("03-16", 22, "CTP_BUY"),
    ]
    assert await rows(shop, ORDERS) == [("ctp_buy", "ACME", "X", 30, 22, march(4), march(16))]
    assert await rows(shop, SUPPLIES) == [("X", "purchase", "firm", 30, march(16), "ACME")]
    later = (await asked(shop, 8))["lines"][0]
    assert parts(later) == [("03-16", 8, "RECEIPT")]
    assert [
        (await asked(shop, 1, wanted=day))["lines"][0]["promisable"] for day in ("2026-03-15", "2026-03-16")
    ] == [0, 8]


CONFIRM = "mutation($input: ConfirmInput!) { confirm(input: $input) { operation { status } } }"
CHANGE = """mutation($input: ChangeInput!) { change(input: $input) { operation { status lines {
  beside parts { day quantity label } problem { code message nextStep } } } } }"""


async def nothing_ordered(client: Client, *skus: str) -> bool:
    """No order, no supply of ours, nothing owed and no message; the profiles are what the tables say."""
    async with client.deps.store.writing() as tx:
        assert await profiles.rebuild(tx, skus or ("X",)) == 0
    messages = (await client.as_("oms").ask(TAKE))["takeMessages"]["messages"]
    return messages == [] and [await rows(client, of) for of in (ORDERS, SUPPLIES, OWED, MINUTES)] == [[]] * 4


async def test_carts_order_nothing_and_are_told_to_promise(client: Client):
    """Three carts of thirty, one after the other running out: each is offered 22 bought, none orders."""
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await rule(client, "promise")
    for number in range(3):
        told = await cart(client.as_("storefront", "web"), key=f"cart {number}")
        [line] = told["lines"]
        assert (told["status"], line["quantity"], line["earliest"]) == ("REFUSED", 0, "2026-03-16")
        assert parts({"schedule": line["offer"]}) == [("03-04", 8, "ON_HAND"), ("03-16", 22, "CTP_BUY")]
        assert line["problem"] == {
            "code": "NEEDS_PROMISE",
            "message": "22 EA of X would have to be bought, to be there on 2026-03-16; "
            "only a promise orders them.",
            "nextStep": "Promise it, or ask for the 8 EA that can be had without.",
        }
        await at(client, datetime(2026, 3, 4, 11, 20 + 16 * number, tzinfo=UTC))
    assert await nothing_ordered(client)
    assert (await promise(shop))["status"] == "ACCEPTED"
    assert len(await rows(shop, ORDERS)) == 1


async def test_a_cart_of_as_much_as_possible_gets_what_is_there(client: Client):
    """Eight for the cart; the 22 stay free to be ordered by the promise of somebody else."""
    await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await rule(client, "promise")
    told = await cart(client, choice="AS_MUCH_AS_POSSIBLE")
    [line] = told["lines"]
    assert (told["status"], line["quantity"], line["state"]) == ("PARTIAL", 8, "ACTIVE")
    assert parts({"schedule": line["parts"]}) == [("03-04", 8, "ON_HAND")]
    assert line["problem"]["code"] == "NEEDS_PROMISE"
    assert await nothing_ordered(client)


async def test_a_cart_takes_no_components_and_no_minutes(client: Client):
    """It could be made by Thursday; neither the press nor its parts are kept for a cart."""
    shop = await company(client, *MAKING)
    await rule(client, "promise")
    [line] = (await cart(client, choice="AS_MUCH_AS_POSSIBLE"))["lines"]
    assert line["problem"]["message"].startswith(
        "30 EA of X would have to be made, to be there on 2026-03-12;"
    )
    assert line["problem"]["nextStep"] == "Promise it."
    assert await nothing_ordered(client, "X", "A", "B", "PRESS")
    assert [(await asked(shop, 1, sku))["lines"][0]["promisable"] for sku in "AB"] == [63, 30]


async def test_a_cart_takes_what_is_expected_though_it_could_be_bought_sooner(client: Client):
    """A receipt on the 18th serves it; a promise has the goods bought for the 16th."""
    more = SupplyFact("R", "purchase", "X", "DC", Decimal(40), march(18), "confirmed")
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier(), more)
    await rule(client, "promise")
    told = await cart(client)
    taken = [("03-04", 8, "ON_HAND"), ("03-18", 22, "RECEIPT")]
    assert (told["status"], parts({"schedule": told["lines"][0]["parts"]})) == ("ACCEPTED", taken)
    assert await nothing_ordered(client)
    assert parts({"schedule": (await promise(shop))["lines"][0]["parts"]}) == [("03-16", 30, "CTP_BUY")]


async def test_where_a_person_must_approve_a_cart_is_told_to_have_it_promised(client: Client):
    """A planner's own cart orders nothing either."""
    await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await rule(client, "approve")
    [line] = (await cart(client.as_("oms")))["lines"]
    step = "Have a planner promise it, or ask for the 8 EA that can be had without."
    assert (line["problem"]["code"], line["problem"]["nextStep"]) == ("NEEDS_APPROVAL", step)
    [line] = (await cart(client.as_("planner")))["lines"]
    assert line["problem"]["code"] == "NEEDS_PROMISE"
    assert await nothing_ordered(client)


async def test_more_for_a_cart_orders_nothing_and_more_of_a_promise_does(client: Client):
    """Both keep 4 of the 8 for April; 22 more can be had by then if they are bought."""
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await rule(client, "promise")
    line = {"sku": "X", "quantity": 4, "wanted": "2026-04-01"}
    given = {"channel": "web", "lines": [line]}
    held = (await shop.ask(RESERVE, input=given | {"key": "a"}))["reserve"]["operation"]["lines"][0]
    kept = (await shop.ask(PROMISE, input=given | {"key": "b"}))["promise"]["operation"]["lines"][0]
    more = [{"reservation": each["reservation"], "quantity": 26} for each in (held, kept)]
    changed = {"channel": "web", "key": "c", "choice": "AS_MUCH_AS_POSSIBLE", "lines": more[:1]}
    of_cart = (await shop.ask(CHANGE, input=changed))["change"]["operation"]
    assert (of_cart["status"], of_cart["lines"][0]["problem"]["code"]) == ("REFUSED", "NEEDS_PROMISE")
    assert await nothing_ordered(client)
    both = (await shop.ask(CHANGE, input=changed | {"key": "d", "lines": more}))["change"]["operation"]
    [of_cart, of_promise] = both["lines"]
    assert (both["status"], of_cart["beside"], of_cart["problem"]["code"]) == (
        "PARTIAL",
        None,
        "NEEDS_PROMISE",
    )
    assert parts({"schedule": of_promise["parts"]}) == [("04-01", 22, "CTP_BUY")]
    assert await rows(shop, ORDERS) == [("ctp_buy", "ACME", "X", 30, 22, march(4), march(16))]


async def test_what_is_confirmed_orders_nothing(client: Client):
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await rule(client, "promise")
    [line] = (await cart(client, choice="AS_MUCH_AS_POSSIBLE"))["lines"]
    given = {"channel": "web", "key": "sure", "lines": [{"reservation": line["reservation"]}]}
    told = await shop.ask(CONFIRM, input=given)
    assert told["confirm"]["operation"]["status"] == "ACCEPTED"
    assert await nothing_ordered(client)


async def test_what_substitutes_leave_missing_is_bought(client: Client):
    """Eight are here, five of B go in for it; of the thirty 17 are missing, and twenty are ordered."""
    goods = StockFact("X", "DC", Decimal(8)), StockFact("B", "DC", Decimal(5))
    shop = await company(client, *goods, SubstituteFact("X", "B"), supplier())
    bought = [("03-04", 8, "ON_HAND"), ("03-04", 5, "ON_HAND"), ("03-16", 17, "CTP_BUY")]
    told = await asked(shop)
    assert (parts(told["lines"][0]), told["lines"][0]["open"]) == (bought, 0)
    assert (await shop.ask(AGAIN, id=told["inquiry"]))["inquiry"]["identical"]
    await rule(client, "promise")
    made = await promise(shop)
    assert (made["status"], parts({"schedule": made["lines"][0]["parts"]})) == ("ACCEPTED", bought)
    assert await rows(shop, ORDERS) == [("ctp_buy", "ACME", "X", 20, 17, march(4), march(16))]
    kept = "SELECT sku, quantity FROM reservation ORDER BY sku"
    assert await rows(shop, kept) == [("B", 5), ("X", 25)]


async def test_nobody_orders_more_of_what_another_item_took_over(client: Client):
    """X is sent as A; its supplier is not asked, though A runs short."""
    shop = await company(client, StockFact("A", "DC", Decimal(8)), SupersededFact("X", "A"), supplier())
    [line] = (await asked(shop))["lines"]
    assert (parts(line), line["open"]) == ([("03-04", 8, "ON_HAND")], 22)


TAKE = """mutation { takeMessages(input: {most: 10, leaseSeconds: 60}) {
  messages { topic content } } }"""


async def test_purchasing_hears_of_the_order_by_a_message(client: Client):
    """What to buy, from whom, by when, and how much of it is promised already."""
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await rule(client, "promise")
    await promise(shop)
    [message] = (await shop.ask(TAKE))["takeMessages"]["messages"]
    content = orjson.loads(message["content"])
    assert message["topic"] == "purchase.requested"
    assert (content["sku"], content["site"], content["source"]) == ("X", "DC", "ACME")
    assert (content["quantity"], content["pegged"]) == (30, 22)
    assert (content["startsOn"], content["usableOn"]) == ("2026-03-04", "2026-03-16")
    assert content["order"] == await ordered(shop)


async def test_what_is_made_takes_its_components_and_minutes(client: Client):
    shop = await company(client, *MAKING)
    await rule(client, "promise")
    assert (await promise(shop))["status"] == "ACCEPTED"
    assert await rows(shop, ORDERS) == [("ctp_make", "V1", "X", 30, 30, march(4), march(12))]
    assert await rows(shop, SUPPLIES) == [("X", "production", "firm", 30, march(12), "")]
    assert await rows(shop, OWED) == [("A", 63, march(4)), ("B", 30, march(4))]
    assert await rows(shop, MINUTES) == [
        (march(9), -60),
        (march(10), -45),
        (march(11), -60),
        (march(12), -45),
    ]
    assert [(await asked(shop, 1, sku))["lines"][0]["promisable"] for sku in "AB"] == [0, 0]
    again = await promise(shop, 1, key="second")
    assert (again["status"], again["lines"][0]["problem"]["code"]) == ("REFUSED", "SHORT")


async def test_where_a_person_must_approve_a_planner_may_have_it(client: Client):
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await rule(client, "approve")
    told = await promise(shop)
    [line] = told["lines"]
    assert (told["status"], line["problem"]["code"]) == ("REFUSED", "NEEDS_APPROVAL")
    assert line["problem"]["message"] == (
        "22 EA of X would have to be bought, to be there on 2026-03-16; a planner must agree to that."
    )
    assert await rows(shop, ORDERS) == []
    assert (await promise(client.as_("planner"), key="agreed"))["status"] == "ACCEPTED"
    assert len(await rows(shop, ORDERS)) == 1


async def test_profiles_are_what_the_tables_say_after_orders_are_placed(client: Client):
    """What the desk wrote is what composing them anew gives."""
    shop = await company(client, *MAKING)
    await rule(client, "promise")
    await promise(shop)
    async with client.deps.store.writing() as tx:
        assert await profiles.rebuild(tx, ["X", "A", "B", "PRESS"]) == 0


async def test_an_order_is_placed_once_however_often_the_request_comes(client: Client):
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await rule(client, "promise")
    assert await promise(shop) == await promise(shop)
    assert len(await rows(shop, ORDERS)) == 1


OPEN = """SELECT source, quantity, due FROM supply_line
  WHERE recorded_until IS NULL ORDER BY source, line_id"""
STILL_OWED = "SELECT sku, quantity FROM demand_line WHERE source = 'earmark' AND recorded_until IS NULL"
STILL_TAKEN = "SELECT sum(quantity) FROM capacity WHERE source = 'earmark' AND recorded_until IS NULL"
AT_RISK = "{ promisesAtRisk(first: 10) { edges { node { sku undated } } } }"


async def ordered(client: Client) -> str:
    """The id of the only order there is."""
    [(order_id,)] = await rows(client, "SELECT order_id FROM firm_order")
    return str(order_id)


async def as_purchasing_says(client: Client, quantity: int, due: str, kind: str = "purchase") -> str:
    """What became of purchasing's word on the order, under our id."""
    line: dict[str, Any] = {"line": await ordered(client), "kind": kind, "sku": "X", "site": "DC"}
    line |= {"quantity": quantity, "due": due}
    [receipt] = await receive(client, {"source": "erp", "eventId": "e1", "supplyLine": line})
    return str(receipt["outcome"])


async def test_purchasing_takes_the_order_over_and_it_counts_once(client: Client):
    """What purchasing states under our order's id takes its place, with its own day."""
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await rule(client, "promise")
    await promise(shop)
    assert await as_purchasing_says(client, 30, "2026-03-17") == "APPLIED"
    assert await rows(shop, OPEN) == [("erp", 30, march(17))]
    assert (await asked(shop, 1, wanted="2026-03-17"))["lines"][0]["promisable"] == 8


async def test_an_order_that_is_refused_ends_and_the_promise_is_at_risk(client: Client):
    """Components and minutes are free again; the 30 promised have no supply any more."""
    shop = await company(client, *MAKING)
    await rule(client, "promise")
    assert (await promise(shop))["status"] == "ACCEPTED"
    assert await as_purchasing_says(client, 0, "2026-03-12", "production") == "APPLIED"
    assert await rows(shop, OPEN) == []
    assert await rows(shop, STILL_OWED) == []
    assert await rows(shop, STILL_TAKEN) == [(None,)]
    at_risk = (await client.ask(AT_RISK))["promisesAtRisk"]["edges"]
    assert [edge["node"] for edge in at_risk] == [{"sku": "X", "undated": 30}]


NOT_KEPT = """{ promisesAtRisk(first: 10) { edges { node { sku order cause source undated daysLate
  was { day quantity } proposed { day quantity } } } } }"""


async def at_risk(client: Client) -> list[Any]:
    return [edge["node"] for edge in (await client.ask(NOT_KEPT))["promisesAtRisk"]["edges"]]


def by_day(parts: Any) -> dict[int, int]:
    return {date.fromisoformat(part["day"]).day: part["quantity"] for part in parts}


async def test_a_promise_goes_with_the_order_it_is_pegged_to_though_other_goods_are_free(client: Client):
    """22 of the order are the promise's; purchasing states it two days later, and 50 more are on hand."""
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await rule(client, "promise")
    await promise(shop)
    movement = {"sku": "X", "cause": "count", "legs": [{"site": "DC", "quantity": 50}]}
    await receive(client, {"source": "erp", "eventId": "c1", "movement": movement})
    assert await at_risk(client) == []
    assert await as_purchasing_says(client, 30, "2026-03-18") == "APPLIED"
    [found] = await at_risk(client)
    assert (by_day(found["was"]), by_day(found["proposed"])) == ({4: 8, 16: 22}, {4: 8, 18: 22})
    assert (found["daysLate"], found["undated"], found["cause"], found["source"]) == (2, 0, "LATE", "erp")


async def test_what_is_pegged_is_nobody_elses_however_good_their_rank(client: Client):
    """Goods for a better rank are gone; the 22 that are bought for the promise stay its own."""
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await tell(client, "crm", ChannelFact("contract", "Contracts", "contract", "contract"))
    await rule(client, "promise")
    await promise(shop)
    line = {"order": "C", "line": "1", "channel": "contract", "sku": "X", "site": "DC", "quantity": 20}
    ordered = {"source": "oms", "eventId": "o1", "demandLine": line | {"neededOn": "2026-03-16"}}
    await receive(client, ordered)
    [found] = await at_risk(client)
    assert (found["order"], by_day(found["proposed"]), found["undated"]) == ("C", {16: 8}, 12)


async def test_a_component_that_slips_puts_the_promise_of_what_is_made_at_risk(client: Client):
    """Sixty of the 63 of A are lost and come again two days after the work was to begin."""
    shop = await company(client, *MAKING)
    await rule(client, "promise")
    await promise(shop)
    due = {"line": "R", "kind": "purchase", "sku": "A", "site": "DC", "quantity": 60, "due": "2026-03-11"}
    movement = {"sku": "A", "cause": "count", "legs": [{"site": "DC", "quantity": -60}]}
    await receive(
        client,
        {"source": "erp", "eventId": "r1", "supplyLine": due | {"firmness": "confirmed"}},
        {"source": "erp", "eventId": "c1", "movement": movement},
    )
    [found] = await at_risk(client)
    assert (found["sku"], by_day(found["was"]), by_day(found["proposed"])) == ("X", {12: 30}, {14: 30})
    back = movement | {"legs": [{"site": "DC", "quantity": 60}]}
    await receive(client, {"source": "erp", "eventId": "c2", "movement": back})
    assert await at_risk(client) == []


async def test_a_load_takes_orders_over_as_events_do(client: Client):
    """The components stay owed until they are issued; the minutes are in the source's own plan."""
    shop = await company(client, *MAKING)
    await rule(client, "promise")
    await promise(shop)
    fact = SupplyFact(await ordered(shop), "production", "X", "DC", Decimal(30), march(13), "firm")
    await tell(client, "erp", fact, states=["supply"])
    assert await rows(shop, OPEN) == [("erp", 30, march(13))]
    assert sorted(await rows(shop, STILL_OWED)) == [("A", 63), ("B", 30)]
    assert await rows(shop, STILL_TAKEN) == [(None,)]


async def test_another_item_cannot_come_under_the_id_of_our_order(client: Client):
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await rule(client, "promise")
    await promise(shop)
    fact = SupplyFact(await ordered(shop), "purchase", "A", "DC", Decimal(30), march(13))
    [refused] = (await tell(client, "erp", fact)).set_aside
    assert "is our order of X at DC, not of A at DC." in refused.reason
    assert await rows(shop, OPEN) == [("earmark", 30, march(16))]


async def test_what_a_supplier_delivers_a_day_is_promised_once(client: Client):
    """Ten a day: thirty are ready on the third day, and the next thirty three days later."""
    slow = supplier(a_day=Decimal(10), minimum=Decimal(0), transit_days=0, dock_to_stock_days=0)
    shop = await company(client, slow)
    await rule(client, "promise")
    first = (await promise(shop, latest="2026-04-20"))["lines"][0]["parts"]
    second = (await promise(shop, latest="2026-04-20", key="next"))["lines"][0]["parts"]
    assert parts({"schedule": first}) == [("03-13", 30, "CTP_BUY")]
    assert parts({"schedule": second}) == [("03-18", 30, "CTP_BUY")]
    async with client.deps.store.writing() as tx:
        assert await profiles.rebuild(tx, ["X"]) == 0


async def test_only_a_planner_orders_inside_the_fence(client: Client):
    """Nothing is ordered for a week from the 4th on, unless a person asks."""
    await company(client, supplier(fence_days=7))
    [by_shop] = (await asked(client.as_("oms")))["lines"]
    [by_planner] = (await asked(client.as_("planner")))["lines"]
    assert (parts(by_shop)[0][0], parts(by_planner)[0][0]) == ("03-23", "03-16")


async def test_an_ask_that_names_a_day_far_ahead_is_served_on_it(client: Client):
    """What is bought is there before; it leaves no sooner than it is wanted."""
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    [line] = (await asked(shop, wanted="2026-04-01"))["lines"]
    assert parts(line) == [("04-01", 8, "ON_HAND"), ("04-01", 22, "CTP_BUY")]


async def test_a_line_that_must_come_whole_is_bought_to_come_whole(client: Client):
    """The eight wait for the 22, and only 22 are needed."""
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    whole = ("70-promise.yaml", "partial: true", "partial: false")
    await change_rules(client, whole)
    [line] = (await asked(shop))["lines"]
    assert parts(line) == [("03-16", 8, "ON_HAND"), ("03-16", 22, "CTP_BUY")]
    assert line["earliest"] == "2026-03-16"


async def test_where_a_supplier_is_known_no_lead_time_stands_in(client: Client):
    """Supply without limit after a lead time is for items nobody knows how to get."""
    texts = "unlimited_after_days: none", "unlimited_after_days: 3"
    await company(client, supplier())
    await change_rules(client, ("12-position.yaml", *texts))
    [line] = (await asked(client.as_("oms")))["lines"]
    assert parts(line) == [("03-16", 30, "CTP_BUY")]


PAST = ASK.replace('channel: "web"', 'channel: "web", asKnownAt: "2026-03-04T12:00:00Z"')


async def test_what_could_be_made_is_known_of_the_past_too(client: Client):
    """By what was known at noon; what the press has taken since is not."""
    shop = await company(client, *MAKING)
    await rule(client, "promise")
    await at(client, datetime(2026, 3, 4, 13, tzinfo=UTC))
    await promise(shop)
    lines = [{"sku": "X", "quantity": 30, "wanted": "2026-03-04"}]
    told = (await client.as_("oms").ask(PAST, lines=lines))["availability"]
    assert parts(told["lines"][0]) == [("03-12", 30, "CTP_MAKE")]
    assert (await shop.ask(AGAIN, id=told["inquiry"]))["inquiry"]["identical"]
    assert parts((await asked(shop))["lines"][0]) == []


async def test_the_promise_page_tells_the_ways_that_were_weighed(client: Client):
    """Who reads it inside sees from whom; a storefront does not."""
    slow = supplier(name="SLOW", supplier_days=7)
    await weighed(await company(client, StockFact("X", "DC", Decimal(8)), supplier(), slow))
    listed = await signed_in(client, "planner")
    inquiries = await listed.open("/inquiries")
    path = next(href for href in inquiries.hrefs if href.startswith("/inquiries/"))
    rows = (await listed.open(path)).table("Each way that was weighed")
    assert rows[0][0] == "bought"
    assert any(row[-1].startswith("lost: ") for row in rows), rows
    outside = (await (await signed_in(client, "storefront", "web")).open(path)).table("Each way that was")
    assert len(outside) == 1
    assert len(outside[0]) == len(rows[0]) - 1
