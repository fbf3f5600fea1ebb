"""Goods that are late or short at one site, brought there from another: asked, promised and explained."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from datasources.facts import (
    CalendarFact,
    DemandFact,
    Fact,
    LaneFact,
    LotFact,
    StockFact,
    SupplierFact,
    SupplyFact,
)
from datasources.store import clock, profiles
from tests.application import Client
from tests.scenarios.company import WEB, change_rules, item, receive, site, tell

ASK = """query($lines: [AvailabilityLineInput!]!) { availability(channel: "web", lines: $lines) {
  inquiry lines { promisable earliest open schedule { day site quantity label }
  explanation { ways { site source outcome standing label startsOn readyOn usableOn need quantity surplus
    why } } } } }"""
AGAIN = """query($id: ID!) { inquiry(id: $id) { identical } }"""
RESERVE = """mutation($input: ReserveInput!) { reserve(input: $input) { operation { status lines {
  reservation parts { day quantity label } offer { day quantity label } problem { code message } } } } }"""
PROMISE = RESERVE.replace("ReserveInput", "PromiseInput").replace("reserve(", "promise(")
TAKE = "mutation { takeMessages(input: {most: 10, leaseSeconds: 60}) { messages { message topic content } } }"
DONE = "mutation($ids: [ID!]!) { acknowledgeMessages(input: {messages: $ids}) { acknowledgements { done } } }"
AT_RISK = "{ promisesAtRisk(first: 10) { edges { node { sku } } } }"
SUPPLIES = """SELECT site_id, kind, firmness, quantity, due FROM supply_line
  WHERE source = 'earmark' AND recorded_until IS NULL"""
OWED = """SELECT site_id, quantity, needed_on FROM demand_line
  WHERE source = 'earmark' AND recorded_until IS NULL"""
RELEASE = """mutation($input: HeldInput!) { release(input: $input) { operation { status } } }"""
ORDERS = "SELECT label, source_id, site_id, quantity, pegged FROM firm_order"


def march(day: int) -> date:
    return date(2026, 3, day)


def lane(origin: str, days: int = 2, **more: Any) -> LaneFact:
    return LaneFact(origin, "ST", transit_days=days, calendar="Mon-Sat", **more)


async def company(client: Client, *facts: Fact, allowed: bool = True) -> Client:
    """Store ST has 2 of X and puts goods away in a day; centres have more. Wednesday 4 March, 11:00."""
    async with client.deps.store.writing() as tx:
        await clock.set_now(tx, datetime(2026, 3, 4, 11, tzinfo=UTC))
    await tell(
        client,
        "erp",
        CalendarFact("Mon-Fri", (1, 2, 3, 4, 5)),
        CalendarFact("Mon-Sat", (1, 2, 3, 4, 5, 6)),
        *(site("ST", calendar="Mon-Fri", dock_to_stock_days=1), site("DC1"), site("DC2"), WEB, item("X")),
        StockFact("X", "ST", Decimal(2)),
        *facts,
        states=("stock", "lane", "supplier"),
    )
    if allowed:
        texts = ("then: {allowed: %s}", "allowed: %s, row: TRF999}")
        await change_rules(client, *(("64-transfer.yaml", text % "false", text % "true") for text in texts))
    return client.as_("oms")


async def asked(client: Client, quantity: int, at: str = "ST", wanted: str = "2026-03-04") -> Any:
    lines = [{"sku": "X", "quantity": quantity, "wanted": wanted, "site": at}]
    return (await client.ask(ASK, lines=lines))["availability"]


def parts(line: Any) -> list[tuple[str, int, str]]:
    return [(part["day"][5:], part["quantity"], part["label"]) for part in line["schedule"]]


async def promise(client: Client, quantity: int, key: str = "k") -> Any:
    line = {"sku": "X", "quantity": quantity, "wanted": "2026-03-04", "latest": "2026-03-20", "site": "ST"}
    told = await client.ask(PROMISE, input={"channel": "web", "key": key, "lines": [line]})
    return told["promise"]["operation"]


async def rows(client: Client, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await client.deps.store.pool.fetch(query)]


async def test_what_is_short_is_brought_over_the_lane(client: Client):
    """Leaves Wednesday, with the carrier until Friday, put away on Monday; replayed it is the same."""
    shop = await company(client, StockFact("X", "DC1", Decimal(30)), lane("DC1"))
    told = await asked(shop, 10)
    [line] = told["lines"]
    assert parts(line) == [("03-04", 2, "ON_HAND"), ("03-09", 8, "TRANSFER")]
    [way] = line["explanation"]["ways"]
    assert way == {
        "site": "ST",
        "source": "DC1",
        "outcome": "TAKEN",
        "standing": "PROMISE",
        "label": "TRANSFER",
        "startsOn": "2026-03-04",
        "readyOn": "2026-03-04",
        "usableOn": "2026-03-09",
        "need": 8,
        "quantity": 8,
        "surplus": 0,
        "why": None,
    }
    assert (await shop.ask(AGAIN, id=told["inquiry"]))["inquiry"]["identical"]


async def test_of_two_senders_as_fast_the_cheaper_one_is_taken(client: Client):
    shop = await company(
        client,
        *(StockFact("X", name, Decimal(30)) for name in ("DC1", "DC2")),
        lane("DC1", cost=Decimal(900)),
        lane("DC2", cost=Decimal(400)),
    )
    best, other = (await asked(shop, 10))["lines"][0]["explanation"]["ways"]
    assert (best["source"], best["outcome"]) == ("DC2", "TAKEN")
    assert (other["source"], other["outcome"]) == ("DC1", "LOST")
    assert other["why"] == "usable on the same day, and costs 500 more"


async def test_a_sender_with_too_little_is_told_with_its_figures(client: Client):
    shop = await company(client, StockFact("X", "DC1", Decimal(7)), lane("DC1"))
    [line] = (await asked(shop, 10))["lines"]
    assert (parts(line), line["open"]) == ([("03-04", 2, "ON_HAND")], 8)
    assert line["explanation"]["ways"][0]["why"] == "7 of 8 at most are free to leave DC1"


async def test_a_promise_writes_both_sides_and_both_sites_see_it(client: Client):
    """Eight are owed at the centre on Wednesday and expected at the store on Monday, for the promise."""
    shop = await company(client, StockFact("X", "DC1", Decimal(30)), lane("DC1"))
    told = await promise(shop, 10)
    assert told["status"] == "ACCEPTED", told
    assert [(part["quantity"], part["label"]) for part in told["lines"][0]["parts"]] == [
        (2, "ON_HAND"),
        (8, "TRANSFER"),
    ]
    assert await rows(shop, ORDERS) == [("transfer", "DC1", "ST", 8, 8)]
    assert await rows(shop, SUPPLIES) == [("ST", "transfer", "firm", 8, march(9))]
    assert await rows(shop, OWED) == [("DC1", 8, march(4))]
    assert (await asked(shop, 1, "DC1"))["lines"][0]["promisable"] == 22
    assert (await asked(shop, 1, "ST", "2026-03-09"))["lines"][0]["promisable"] == 0
    assert (await promise(shop, 10)) == told
    assert len(await rows(shop, ORDERS)) == 1
    again = await promise(shop, 23, "more")
    assert (again["status"], again["lines"][0]["problem"]["code"]) == ("REFUSED", "SHORT")
    async with client.deps.store.writing() as tx:
        assert await profiles.rebuild(tx, ["X"]) == 0
    [message] = (await shop.ask(TAKE))["takeMessages"]["messages"]
    content = orjson.loads(message["content"])
    assert (message["topic"], content["source"], content["site"]) == ("transfer.ordered", "DC1", "ST")


async def test_a_transfer_that_is_refused_frees_the_sender_and_puts_the_promise_at_risk(client: Client):
    shop = await company(client, StockFact("X", "DC1", Decimal(30)), lane("DC1"))
    await promise(shop, 10)
    [(order,)] = await rows(shop, "SELECT order_id FROM firm_order")
    line = {"line": order, "kind": "transfer", "sku": "X", "site": "ST", "quantity": 0, "due": "2026-03-09"}
    [receipt] = await receive(client, {"source": "erp", "eventId": "e1", "supplyLine": line})
    assert receipt["outcome"] == "APPLIED", receipt
    assert (await rows(shop, SUPPLIES), await rows(shop, OWED)) == ([], [])
    assert (await asked(shop, 1, "DC1"))["lines"][0]["promisable"] == 30
    assert [edge["node"]["sku"] for edge in (await shop.ask(AT_RISK))["promisesAtRisk"]["edges"]] == ["X"]


NOT_KEPT = """{ promisesAtRisk(first: 10) { edges { node { proposal order sku undated daysLate cause reference
  was { day site quantity } proposed { day site quantity } } } } }"""
APPLY = """mutation($proposals: [ID!]!) { applyProposals(input: {proposals: $proposals}) {
  outcomes { proposal { state } problem { code } } } }"""


async def at_risk(client: Client) -> list[Any]:
    return [edge["node"] for edge in (await client.ask(NOT_KEPT))["promisesAtRisk"]["edges"]]


def by_day(parts: Any) -> dict[int, int]:
    return {date.fromisoformat(part["day"]).day: part["quantity"] for part in parts}


async def messages(client: Client) -> list[tuple[str, Any]]:
    """What other systems hear now, acknowledged."""
    told = (await client.ask(TAKE))["takeMessages"]["messages"]
    await client.ask(DONE, ids=[each["message"] for each in told])
    return [(each["topic"], orjson.loads(each["content"])) for each in told]


async def counted(client: Client, site_id: str, difference: int) -> None:
    """A count at the site finds so many more, or fewer."""
    movement = {"sku": "X", "cause": "count", "legs": [{"site": site_id, "quantity": difference}]}
    event_id = f"count {site_id} {difference}"
    [receipt] = await receive(client, {"source": "erp", "eventId": event_id, "movement": movement})
    assert receipt["outcome"] == "APPLIED", receipt


async def test_what_its_sender_loses_puts_the_promise_at_risk_and_applied_both_sides_move(client: Client):
    """Of 30 at the centre 5 are left, and 10 come on Friday: three of the 8 leave then, a day late."""
    more = SupplyFact("R", "purchase", "X", "DC1", Decimal(10), march(6), "confirmed")
    shop = await company(client, StockFact("X", "DC1", Decimal(30)), lane("DC1"), more)
    await promise(shop, 10)
    await counted(client, "DC1", -25)
    [found] = await at_risk(shop)
    assert (by_day(found["was"]), by_day(found["proposed"])) == ({4: 2, 9: 8}, {4: 2, 9: 5, 10: 3})
    assert {part["site"] for part in found["proposed"]} == {"ST"}
    assert (found["cause"], found["undated"], found["daysLate"]) == ("COUNT", 0, 1)
    await messages(shop)
    done = await shop.ask(APPLY, proposals=[found["proposal"]])
    assert done["applyProposals"]["outcomes"] == [{"proposal": {"state": "APPLIED"}, "problem": None}]
    assert await at_risk(shop) == []
    assert sorted(await rows(shop, SUPPLIES)) == [
        ("ST", "transfer", "firm", 3, march(10)),
        ("ST", "transfer", "firm", 5, march(9)),
    ]
    assert sorted(await rows(shop, OWED)) == [("DC1", 3, march(6)), ("DC1", 5, march(4))]
    async with client.deps.store.writing() as tx:
        assert await profiles.rebuild(tx, ["X"]) == 0
    told = dict(await messages(shop))
    changed, ordered = told["transfer.changed"], told["transfer.ordered"]
    assert (changed["quantity"], changed["usableOn"], changed["source"]) == (5, "2026-03-09", "DC1")
    assert (ordered["quantity"], ordered["startsOn"]) == (3, "2026-03-06")


async def test_what_its_sender_never_gives_has_no_day(client: Client):
    """Both sides stay as they were; the goods that are there stay the promise's."""
    shop = await company(client, StockFact("X", "DC1", Decimal(30)), lane("DC1"))
    await promise(shop, 10)
    await counted(client, "DC1", -27)
    [found] = await at_risk(shop)
    assert (by_day(found["proposed"]), found["undated"]) == ({4: 2, 9: 3}, 5)
    await shop.ask(APPLY, proposals=[found["proposal"]])
    assert await rows(shop, OWED) == [("DC1", 8, march(4))]
    await counted(client, "DC1", 5)
    assert await at_risk(shop) == []


async def test_when_the_sender_has_its_goods_again_the_proposal_is_withdrawn(client: Client):
    shop = await company(client, StockFact("X", "DC1", Decimal(30)), lane("DC1"))
    await promise(shop, 10)
    await counted(client, "DC1", -25)
    assert len(await at_risk(shop)) == 1
    await counted(client, "DC1", 25)
    assert await at_risk(shop) == []


@pytest.mark.parametrize(("back", "left"), [(None, []), (3, [5]), (8, []), (9, [])])
async def test_what_is_given_back_is_not_brought(client: Client, back: int | None, left: list[int]):
    """The latest goes first: both sides of the transfer shrink with the promise, and it is told."""
    shop = await company(client, StockFact("X", "DC1", Decimal(30)), lane("DC1"))
    made = (await promise(shop, 10))["lines"][0]["reservation"]
    await messages(shop)
    line = {"reservation": made} | ({} if back is None else {"quantity": back})
    given = {"channel": "web", "key": "back", "lines": [line]}
    assert (await shop.ask(RELEASE, input=given))["release"]["operation"]["status"] == "ACCEPTED"
    assert [row[3] for row in await rows(shop, SUPPLIES)] == left
    assert [row[1] for row in await rows(shop, OWED)] == left
    assert (await asked(shop, 1, "DC1"))["lines"][0]["promisable"] == 30 - sum(left)
    assert [(topic, of["quantity"]) for topic, of in await messages(shop)] == [
        ("transfer.changed", sum(left))
    ]
    async with client.deps.store.writing() as tx:
        assert await profiles.rebuild(tx, ["X"]) == 0


async def test_a_cart_has_nothing_brought_and_is_told_to_promise(client: Client):
    """Two are at the store; of the other eight each of two senders has some, and owes none of it."""
    goods = (StockFact("X", name, Decimal(5)) for name in ("DC1", "DC2"))
    shop = await company(client, *goods, lane("DC1"), lane("DC2", cost=Decimal(400)))
    line = {"sku": "X", "quantity": 10, "wanted": "2026-03-04", "latest": "2026-03-20", "site": "ST"}
    given = {"channel": "web", "key": "k", "choice": "AS_MUCH_AS_POSSIBLE", "lines": [line]}
    told = (await shop.ask(RESERVE, input=given))["reserve"]["operation"]
    [line] = told["lines"]
    assert (told["status"], [(part["quantity"], part["label"]) for part in line["parts"]]) == (
        "PARTIAL",
        [(2, "ON_HAND")],
    )
    assert line["problem"] == {
        "code": "NEEDS_PROMISE",
        "message": "8 EA of X would have to be brought from another site, to be there on 2026-03-09; "
        "only a promise orders them.",
    }
    assert parts({"schedule": line["offer"]}) == [("03-04", 2, "ON_HAND"), ("03-09", 8, "TRANSFER")]
    assert [await rows(shop, query) for query in (ORDERS, SUPPLIES, OWED)] == [[], [], []]
    assert (await shop.ask(TAKE))["takeMessages"]["messages"] == []
    assert [(await asked(shop, 1, at))["lines"][0]["promisable"] for at in SITES] == [5, 5, 0]
    async with client.deps.store.writing() as tx:
        assert await profiles.rebuild(tx, ["X"]) == 0


@pytest.mark.parametrize("allowed", [False, True])
async def test_without_a_rule_or_a_lane_nothing_is_brought(client: Client, *, allowed: bool):
    """Not allowed over a lane there is, or allowed and no lane leads there: answers stay as they were."""
    lanes = () if allowed else (lane("DC1"),)
    shop = await company(client, StockFact("X", "DC1", Decimal(30)), *lanes, allowed=allowed)
    [line] = (await asked(shop, 10))["lines"]
    assert (parts(line), line["open"]) == ([("03-04", 2, "ON_HAND")], 8)
    assert line["explanation"]["ways"] == []
    told = await promise(shop, 10)
    assert (told["status"], told["lines"][0]["problem"]["code"]) == ("REFUSED", "SHORT")
    assert await rows(shop, ORDERS) == []


async def test_what_is_only_quoted_does_not_stand_before_a_transfer_that_may_be_promised(client: Client):
    """A supplier would be there sooner, but the rules only quote him: the promise goes by the lane."""
    supplier = SupplierFact("X", "ST", "ACME", lead_time_days=1)
    shop = await company(client, StockFact("X", "DC1", Decimal(30)), lane("DC1"), supplier)
    assert parts((await asked(shop, 10))["lines"][0])[1] == ("03-05", 8, "CTP_BUY")
    told = await promise(shop, 10)
    assert told["status"] == "ACCEPTED", told
    assert await rows(shop, ORDERS) == [("transfer", "DC1", "ST", 8, 8)]


async def network(client: Client) -> int:
    """What can be promised by the end of March, all sites together."""
    return sum([(await asked(client, 1, at, "2026-03-31"))["lines"][0]["promisable"] for at in SITES])


SITES = ("DC1", "DC2", "ST")


async def test_several_senders_bring_together_what_none_has_alone(client: Client):
    """Both leave on Wednesday; one promise, two orders, and the network has no more and no less."""
    goods = (StockFact("X", name, Decimal(5)) for name in ("DC1", "DC2"))
    shop = await company(client, *goods, lane("DC1"), lane("DC2", cost=Decimal(400)))
    assert await network(shop) == 12
    told = await asked(shop, 10)
    [line] = told["lines"]
    assert parts(line) == [("03-04", 2, "ON_HAND"), ("03-09", 8, "TRANSFER")]
    ways = line["explanation"]["ways"]
    assert [(way["source"], way["outcome"], way["quantity"]) for way in ways] == [
        ("DC1", "TAKEN", 5),
        ("DC2", "TAKEN", 3),
    ]
    assert (await shop.ask(AGAIN, id=told["inquiry"]))["inquiry"]["identical"]
    kept = await promise(shop, 10)
    assert kept["status"] == "ACCEPTED", kept
    assert sorted(await rows(shop, ORDERS)) == [
        ("transfer", "DC1", "ST", 5, 5),
        ("transfer", "DC2", "ST", 3, 3),
    ]
    assert sorted(await rows(shop, OWED)) == [("DC1", 5, march(4)), ("DC2", 3, march(4))]
    assert sorted(row[3] for row in await rows(shop, SUPPLIES)) == [3, 5]
    assert await network(shop) == 2
    [held] = kept["lines"]
    released = {"channel": "web", "key": "r", "lines": [{"reservation": held["reservation"]}]}
    assert (await shop.ask(RELEASE, input=released))["release"]["operation"]["status"] == "ACCEPTED"
    assert await network(shop) == 12, "what is on its way counts where it goes, and nowhere twice"
    async with client.deps.store.writing() as tx:
        assert await profiles.rebuild(tx, ["X"]) == 0


async def test_a_promise_that_is_refused_sends_nothing(client: Client):
    """Of two lines, all or nothing, the second cannot be had: no sender owes anything for the first."""
    goods = (StockFact("X", name, Decimal(5)) for name in ("DC1", "DC2"))
    shop = await company(client, *goods, lane("DC1"), lane("DC2"))
    wanted = {"sku": "X", "wanted": "2026-03-04", "latest": "2026-03-20", "site": "ST"}
    lines = [{**wanted, "quantity": 10}, {**wanted, "quantity": 3}]
    told = await shop.ask(PROMISE, input={"channel": "web", "key": "k", "lines": lines})
    assert told["promise"]["operation"]["status"] == "REFUSED"
    assert [await rows(shop, query) for query in (ORDERS, SUPPLIES, OWED)] == [[], [], []]
    assert await network(shop) == 12


async def test_the_second_line_sees_what_the_first_had_brought(client: Client):
    goods = (StockFact("X", name, Decimal(5)) for name in ("DC1", "DC2"))
    shop = await company(client, *goods, lane("DC1"), lane("DC2"))
    line = {"sku": "X", "quantity": 6, "wanted": "2026-03-04", "site": "ST"}
    told = (await shop.ask(ASK, lines=[line, line]))["availability"]["lines"]
    taken = [[w["quantity"] for w in each["explanation"]["ways"] if w["outcome"] == "TAKEN"] for each in told]
    assert taken == [[4], [1, 5]]


EXPIRING = (
    LotFact("X", "old", march(8)),
    LotFact("X", "new", march(12)),
    StockFact("X", "DC1", Decimal(6), lot="old"),
    StockFact("X", "DC1", Decimal(5), lot="new"),
)


async def test_goods_that_expire_on_the_way_are_not_sent(client: Client):
    """Usable on Monday 9, what ends on Sunday 8 is not sent; the rest is promised no later than it lasts."""
    shop = await company(client, *EXPIRING, lane("DC1"))
    [line] = (await asked(shop, 10))["lines"]
    assert line["open"] == 8
    why = "5 of 8 at most are free to leave DC1 and last until 2026-03-04 or their arrival"
    assert line["explanation"]["ways"][0]["why"] == why
    kept = await promise(shop, 7)
    assert kept["status"] == "ACCEPTED", kept
    until = "SELECT quantity, usable_until FROM supply_line WHERE source = 'earmark'"
    assert await rows(shop, until) == [(5, march(12))]
    assert [part["day"][5:] for part in kept["lines"][0]["parts"]] == ["03-04", "03-09"]
    [message] = (await shop.ask(TAKE))["takeMessages"]["messages"]
    assert orjson.loads(message["content"])["usableUntil"] == "2026-03-12"


async def test_the_sender_keeps_what_was_not_sent_only_as_long_as_it_lasts(client: Client):
    """Five that last left for the store: the six that end on the 8th serve until then, and not after."""
    shop = await company(client, *EXPIRING, lane("DC1"))
    await promise(shop, 7)
    free = [(await asked(shop, 1, "DC1", f"2026-03-{day:02}"))["lines"][0]["promisable"] for day in (4, 8, 9)]
    assert free == [6, 6, 0]


async def test_what_the_sender_owes_itself_is_not_sent(client: Client):
    """Its own order of 4 for the 10th needs goods that last till then: of 5 such only 1 may leave."""
    order = DemandFact("L1", "O1", "web", "X", "DC1", Decimal(4), march(10))
    shop = await company(client, *EXPIRING, order, lane("DC1"))
    [line] = (await asked(shop, 3))["lines"]
    assert parts(line) == [("03-04", 2, "ON_HAND"), ("03-09", 1, "TRANSFER")]
    [line] = (await asked(shop, 4))["lines"]
    assert line["open"] == 2
