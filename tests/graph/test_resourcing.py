"""Re-sourcing over HTTP: a promise is taken from other sites whole and as good, or stays as it is."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from datasources.facts import (
    DemandFact,
    DestinationFact,
    Fact,
    KitFact,
    LaneFact,
    SiteFact,
    StockFact,
    SubstituteFact,
    SupplyFact,
)
from gateway.auth import Keys
from tests.application import Client, client_of
from tests.console.reading import signed_in
from tests.databases import Opened, open_deps
from tests.flows.reserving import as_rebuilt
from tests.graph.test_reservations import CHANGE, DONE, PROMISE, RELEASE, RESERVE, done, line
from tests.scenarios.company import WEB, change_rules, item, site, tell
from tests.scenarios.many_sites import stores

TODAY, TOMORROW, LATER = "2026-06-01", "2026-06-02", "2026-06-05"
RE_SOURCE = f"mutation($input: ReSourceInput!) {{ reSource(input: $input) {{ {DONE} }} }}"
LOOK = """query($id: ID!) { reservation(id: $id) { state quantity open madeAt expiresAt order line
  parts { day site quantity open promised shipOn }
  life { act site active confirmed } proposals { state } } }"""
AT_RISK = """{ promisesAtRisk(filter: {state: OPEN}) { edges { node { reservation undated } } } }"""
TAKE = "mutation { takeMessages(input: {most: 10, leaseSeconds: 60}) { messages { topic key } } }"
AVAILABLE = """query($lines: [AvailabilityLineInput!]!) { availability(channel: "web", lines: $lines) {
  lines { promisable } } }"""


def on_hand(quantity: int, at: str, sku: str = "A") -> StockFact:
    return StockFact(sku, at, Decimal(quantity))


async def state(client: Client, *facts: Fact) -> None:
    """The source states all its stock and supply so."""
    await tell(client, "wms", *facts, states=["stock", "supply"])


@pytest.fixture
async def desk(client: Client) -> Client:
    """Five of A at DC, fifty at D2; an order desk asks."""
    await tell(client, "wms", item("A"), site("DC"), site("D2"), WEB)
    await state(client, on_hand(5, "DC"), on_hand(50, "D2"))
    return client.as_("oms")


async def promised(
    client: Client, key: str = "p", quantity: int = 5, at: str | None = "DC", **more: Any
) -> str:
    """A promise of A from the site."""
    told = await done(client, PROMISE, key=key, lines=[line("A", quantity, TODAY, site=at)], **more)
    assert told["status"] == "ACCEPTED", told
    return str(told["lines"][0]["reservation"])


async def moved(
    client: Client, *names: str, key: str = "r", choice: str = "ALL_OR_NOTHING", **to: Any
) -> Any:
    lines = [{"reservation": name, **to} for name in names]
    return await done(client, RE_SOURCE, key=key, lines=lines, choice=choice)


async def looked(client: Client, name: str) -> Any:
    return (await client.ask(LOOK, id=name))["reservation"]


async def at_risk(client: Client) -> dict[str, int]:
    edges = (await client.ask(AT_RISK))["promisesAtRisk"]["edges"]
    return {edge["node"]["reservation"]: edge["node"]["undated"] for edge in edges}


async def free(client: Client, at: str) -> Any:
    answer = await client.ask(AVAILABLE, lines=[line("A", 1, TODAY, site=at)])
    return answer["availability"]["lines"][0]["promisable"]


def where(held: Any) -> dict[str, int]:
    return {part["site"]: part["open"] for part in held["parts"]}


async def test_a_promise_whose_site_lost_its_goods_is_taken_from_another(desk: Client):
    """The count finds none of the five: undated at DC, whole at D2; id, order line and turn stay."""
    name = (await done(desk, PROMISE, key="p", lines=[line("A", 5, TODAY, site="DC", order="O", line="1")]))[
        "lines"
    ][0]["reservation"]
    before = await looked(desk, name)
    await state(desk, on_hand(0, "DC"), on_hand(50, "D2"))
    assert await at_risk(desk) == {name: 5}
    told = await moved(desk, name)
    [of] = told["lines"]
    assert (told["act"], told["status"], of["reservation"], of["quantity"], of["open"]) == (
        *("re-source", "ACCEPTED"),
        *(name, 5, 5),
    )
    assert of["parts"] == [{"day": TODAY, "site": "D2", "quantity": 5}]
    after = await looked(desk, name)
    assert where(after) == {"D2": 5}
    same = ("madeAt", "order", "line", "quantity", "open", "state", "expiresAt")
    assert [after[each] for each in same] == [before[each] for each in same]
    assert [(step["act"], step["site"], step["confirmed"]) for step in after["life"]] == [
        ("promise", "DC", 5),
        ("re-source", "DC", -5),
        ("re-source", "D2", 5),
    ]
    assert await at_risk(desk) == {}
    assert [each["state"] for each in after["proposals"]] == ["WITHDRAWN"]
    topics = (await desk.ask(TAKE))["takeMessages"]["messages"]
    assert len(topics) == 1
    assert await free(desk, "D2") == 45
    await as_rebuilt(desk.deps)


@pytest.fixture
async def beside(desk: Client, opened: Opened, keys: Keys) -> AsyncIterator[Client]:
    """The same caller at a second gateway of the same database."""
    deps = await open_deps(opened.url)
    other = client_of(deps, keys)
    yield other.as_("oms")
    await other.http.aclose()
    await deps.inquiries.close()
    await deps.store.close()


async def test_the_same_key_moves_it_once_and_at_two_gateways_at_once_too(desk: Client, beside: Client):
    name, other = await promised(desk), beside
    first = await moved(desk, name, site="D2")
    assert await moved(other, name, site="D2") == first
    conflict = await desk.refused(
        RE_SOURCE, input={"channel": "web", "key": "r", "lines": [{"reservation": name, "site": "DC"}]}
    )
    assert conflict["extensions"]["code"] == "IDEMPOTENCY_CONFLICT"
    told = await asyncio.gather(
        *(moved((desk, other)[n % 2], name, key="back", site="DC") for n in range(6)),
    )
    assert all(each == told[0] for each in told)
    assert told[0]["status"] == "ACCEPTED"
    assert [step["act"] for step in (await looked(desk, name))["life"]].count("re-source") == 4
    await as_rebuilt(desk.deps)


async def test_two_who_want_the_same_last_goods_elsewhere_get_them_once(desk: Client):
    """D2 has three left: one of two promises of three moves, the other is told what there is."""
    names = [await promised(desk, f"p{n}", 2) for n in range(2)]
    await state(desk, on_hand(0, "DC"), on_hand(3, "D2"))
    told = await asyncio.gather(*(moved(desk, name, key=name, site="D2") for name in names))
    assert sorted(each["status"] for each in told) == ["ACCEPTED", "REFUSED"]
    [refused] = [each["lines"][0] for each in told if each["status"] == "REFUSED"]
    assert (refused["problem"]["code"], refused["promisable"]) == ("NOT_AS_GOOD", 1)
    assert len(await at_risk(desk)) == 1
    await as_rebuilt(desk.deps)


async def test_what_cannot_be_had_as_well_elsewhere_stays_with_the_figures_told(desk: Client):
    """Two at D2 today, the rest of five on Friday: only who names Friday gets it so."""
    name = await promised(desk)
    await state(
        desk,
        on_hand(0, "DC"),
        on_hand(2, "D2"),
        SupplyFact("R", "purchase", "A", "D2", Decimal(9), date.fromisoformat(LATER), "confirmed"),
    )
    before = await looked(desk, name)
    told = await moved(desk, name)
    [of] = told["lines"]
    assert (told["status"], of["open"], of["promisable"], of["earliest"]) == ("REFUSED", 5, 2, LATER)
    assert of["problem"] == {
        "code": "NOT_AS_GOOD",
        "message": "5 EA of A are to be had by 2026-06-01; from the sites it may come from, 2 can be had by "
        "then. The reservation stays as it is.",
        "nextStep": "All of it can be had on 2026-06-05: name that day as `latest`, or wait.",
    }
    assert of["offer"] == [
        {"day": TODAY, "site": "D2", "quantity": 2},
        {"day": LATER, "site": "D2", "quantity": 3},
    ]
    assert await looked(desk, name) == before
    assert await at_risk(desk) == {name: 5}
    assert (await moved(desk, name, key="too soon", latest=TOMORROW))["status"] == "REFUSED"
    assert (await moved(desk, name, key="later", latest=LATER))["status"] == "ACCEPTED"
    assert [(part["day"], part["open"]) for part in (await looked(desk, name))["parts"]] == [
        (TODAY, 2),
        (LATER, 3),
    ]
    await as_rebuilt(desk.deps)


async def test_every_day_of_a_promise_in_parts_is_kept(desk: Client):
    """Five are promised for today and four for Friday; nine on Friday are not as good."""
    await state(
        desk,
        on_hand(5, "DC"),
        SupplyFact("R", "purchase", "A", "DC", Decimal(4), date.fromisoformat(LATER), "confirmed"),
        SupplyFact("S", "purchase", "A", "D2", Decimal(9), date.fromisoformat(LATER), "confirmed"),
    )
    made = await done(desk, PROMISE, key="p", lines=[line("A", 9, TODAY, site="DC", latest=LATER)])
    name = made["lines"][0]["reservation"]
    told = await moved(desk, name, site="D2")
    assert told["lines"][0]["problem"]["code"] == "NOT_AS_GOOD"
    assert "5 " in told["lines"][0]["problem"]["message"]
    assert where(await looked(desk, name)) == {"DC": 4}  # the part of Friday is told last


async def test_a_latest_day_the_asker_named_is_not_passed(desk: Client):
    made = await done(desk, PROMISE, key="p", lines=[line("A", 5, TODAY, site="DC", latest=TOMORROW)])
    name = made["lines"][0]["reservation"]
    await state(
        desk, SupplyFact("R", "purchase", "A", "D2", Decimal(9), date.fromisoformat(LATER), "confirmed")
    )
    told = await moved(desk, name, latest=LATER)
    assert (told["status"], told["lines"][0]["problem"]["code"]) == ("REFUSED", "NOT_AS_GOOD")
    assert "by 2026-06-02" in told["lines"][0]["problem"]["message"]


async def test_all_or_nothing_of_several_or_as_many_as_can_be(desk: Client):
    """Two of four promises fit at D2; each line counts on those before it."""
    names = [await promised(desk, f"p{n}", 1) for n in range(4)]
    await state(desk, on_hand(0, "DC"), on_hand(2, "D2"))
    told = await moved(desk, *names)
    assert told["status"] == "REFUSED"
    assert [each["problem"]["code"] for each in told["lines"]] == [*["NOT_ALL"] * 2, *["NOT_AS_GOOD"] * 2]
    assert len(await at_risk(desk)) == 4
    told = await moved(desk, *names, key="some", choice="AS_MUCH_AS_POSSIBLE")
    assert told["status"] == "PARTIAL"
    assert [each["problem"] and each["problem"]["code"] for each in told["lines"]] == [
        *(None, None, "NOT_AS_GOOD", "NOT_AS_GOOD"),
    ]
    assert set(await at_risk(desk)) == set(names[2:])
    assert await free(desk, "D2") == 0
    await as_rebuilt(desk.deps)


async def test_only_what_is_still_kept_moves_and_a_hold_still_ends(desk: Client):
    """A reservation of five gave two back; three move, and it ends when it would have."""
    made = await done(desk, RESERVE, key="p", lines=[line("A", 5, TODAY, site="DC")], holdForSeconds=600)
    name = made["lines"][0]["reservation"]
    await done(desk, RELEASE, key="less", lines=[{"reservation": name, "quantity": 2}])
    told = await moved(desk, name, avoid=["DC"])
    assert (told["lines"][0]["quantity"], told["lines"][0]["state"]) == (3, "ACTIVE")
    held = await looked(desk, name)
    assert (held["quantity"], held["open"], held["expiresAt"]) == (5, 3, made["lines"][0]["expiresAt"])
    assert where(held) == {"DC": 0, "D2": 3}
    assert await free(desk, "DC") == 5
    ended = await done(desk, RELEASE, key="all", lines=[{"reservation": name}])
    assert ended["status"] == "ACCEPTED"
    assert (await moved(desk, name, key="again"))["lines"][0]["problem"]["code"] == "RESERVATION_ENDED"
    assert await free(desk, "D2") == 50
    await as_rebuilt(desk.deps)


async def test_what_the_rules_would_take_from_where_it_is_does_not_move(desk: Client):
    name = await promised(desk, at="D2")
    told = await moved(desk, name, site="D2")
    assert told["lines"][0]["problem"]["code"] == "ALREADY_THERE"
    assert (await looked(desk, name))["life"][-1]["act"] == "promise"


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ({"site": "NOWHERE"}, "UNKNOWN_SITE"),
        ({"avoid": ["NOWHERE"]}, "UNKNOWN_SITE"),
        ({"avoid": ["DC"] * 101}, "TOO_MANY_SITES"),
        ({"avoid": ["DC", "D2"]}, "NOT_AS_GOOD"),
        ({"reservation": "no id"}, "UNKNOWN_RESERVATION"),
    ],
)
async def test_a_line_that_cannot_be_is_told_and_nothing_is_half_done(desk: Client, to, code):
    name = await promised(desk)
    told = await done(desk, RE_SOURCE, key="r", lines=[{"reservation": name, **to}])
    assert (told["status"], told["lines"][0]["problem"]["code"]) == ("REFUSED", code)
    assert where(await looked(desk, name)) == {"DC": 5}


async def test_a_storefront_and_another_channel_move_nothing(desk: Client):
    name = await promised(desk)
    given = {"key": "r", "lines": [{"reservation": name}]}
    shop = await desk.as_("storefront", "web").refused(RE_SOURCE, input={"channel": "web", **given})
    assert shop["extensions"]["code"] == "FORBIDDEN"
    foreign = await desk.as_("oms", "market").refused(RE_SOURCE, input={"channel": "web", **given})
    assert foreign["extensions"]["code"] == "FORBIDDEN"
    assert where(await looked(desk, name)) == {"DC": 5}


async def test_delivered_goods_leave_the_other_site_for_the_same_destination(desk: Client):
    """DC is a day from the customer, D2 two: the promise of the third stands, each on its own days."""
    await tell(
        desk,
        "tms",
        DestinationFact("C", "Customer", "UTC"),
        LaneFact("DC", "C", "parcel", transit_days=1),
        LaneFact("D2", "C", "parcel", transit_days=2),
        states=["lane"],
    )
    wanted = line("A", 5, "2026-06-03", site="DC")
    made = await done(desk, PROMISE, key="p", lines=[wanted], shipTo="C")
    name = made["lines"][0]["reservation"]
    told = await moved(desk, name, avoid=["DC"])
    assert told["status"] == "ACCEPTED", told
    part = (await looked(desk, name))["parts"][-1]
    assert (part["site"], part["day"], part["shipOn"], part["promised"]) == (
        *("D2", TODAY, TODAY, "2026-06-03"),
    )
    soon = await done(
        desk, PROMISE, key="q", lines=[wanted | {"wanted": TOMORROW, "quantity": 1}], shipTo="C"
    )
    late = await moved(desk, soon["lines"][0]["reservation"], key="s", avoid=["DC"])
    assert late["lines"][0]["problem"]["code"] == "NOT_AS_GOOD"
    assert late["lines"][0]["earliest"] == "2026-06-03"
    await as_rebuilt(desk.deps)


async def test_what_others_wait_for_with_it_is_not_moved(desk: Client):
    """Goods that are brought for the promise come to the site it was made at."""
    texts = ("then: {allowed: %s}", "allowed: %s, row: TRF999")
    await change_rules(desk.as_("analyst"), *(("64-transfer.yaml", t % "false", t % "true") for t in texts))
    await tell(desk, "tms", LaneFact("D2", "DC", "truck", transit_days=1), states=["lane"])
    made = await done(desk, PROMISE, key="p", lines=[line("A", 8, TODAY, site="DC", latest=LATER)])
    told = await moved(desk, made["lines"][0]["reservation"])
    assert told["lines"][0]["problem"]["code"] == "RESTS_ON_ORDERS"
    assert await free(desk, "D2") == 47


async def test_neither_kits_nor_goods_of_their_sets_move_by_themselves(desk: Client):
    """Two kits of one A and one B each; C goes in where B is short. Each is to stay with the others."""
    takes = (KitFact("K", "A", Decimal(1)), KitFact("K", "B", Decimal(1)), SubstituteFact("B", "C"))
    await tell(desk, "erp", *(item(sku) for sku in "BCK"), *takes)
    goods = (on_hand(9, at, sku) for at in ("DC", "D2") for sku in "AC")
    await state(desk, *goods, on_hand(1, "DC", "B"), on_hand(1, "D2", "B"))
    told = await done(desk, PROMISE, key="p", lines=[line("K", 2, TODAY, site="DC")])
    assert told["status"] == "ACCEPTED", told
    rows = await desk.deps.store.pool.fetch("SELECT reservation_id, sku FROM reservation ORDER BY sku")
    assert [row["sku"] for row in rows] == ["A", "C", "K"]
    for row in rows:
        of = (await moved(desk, str(row["reservation_id"]), key=row["sku"], site="D2"))["lines"][0]
        assert of["problem"]["code"] == "PUT_TOGETHER", row["sku"]
    plain = await promised(desk, "plain", 1)
    assert (await moved(desk, plain, site="D2"))["status"] == "ACCEPTED"


async def test_its_page_says_that_it_was_taken_from_other_sites(desk: Client):
    name = await promised(desk)
    assert (await moved(desk, name, site="D2"))["status"] == "ACCEPTED"
    page = await (await signed_in(desk)).open(f"/reservations/{name}")
    assert "taken from other sites" in page.text


async def test_a_change_upward_beside_it_is_a_promise_of_its_own(desk: Client):
    name = await promised(desk, quantity=3)
    assert (await moved(desk, name, site="D2"))["status"] == "ACCEPTED"
    more = await done(desk, CHANGE, key="c", lines=[{"reservation": name, "quantity": 4}])
    assert more["lines"][0]["beside"] is not None
    assert where(await looked(desk, name)) == {"D2": 3}
    await as_rebuilt(desk.deps)


async def test_a_reservation_that_stands_for_an_order_line_still_counts_once(desk: Client):
    """The line of three has arrived for a reservation of five: three are owed, here or there."""
    made = await done(desk, PROMISE, key="p", lines=[line("A", 5, TODAY, site="DC", order="O", line="1")])
    name = made["lines"][0]["reservation"]
    ordered = DemandFact("1", "O", "web", "A", "DC", Decimal(3), date.fromisoformat(TODAY))
    await tell(desk, "oms", ordered, states=["demand"])
    assert await free(desk, "DC") == 2
    assert (await moved(desk, name, site="D2"))["status"] == "ACCEPTED"
    assert (await free(desk, "DC"), await free(desk, "D2")) == (5, 47)
    other = await promised(desk, "q", 5)
    assert (await moved(desk, name, key="back", site="DC"))["lines"][0]["problem"]["code"] == "NOT_AS_GOOD"
    assert (await moved(desk, other, key="t", site="D2"))["status"] == "ACCEPTED"
    await as_rebuilt(desk.deps)


async def test_the_slot_goes_with_the_goods(client: Client):
    """Each store ships one order a day: the one that moves leaves its slot to another, and takes the next."""
    sites = [SiteFact(name, name, "store", "UTC") for name in ("S1", "S2")]
    await tell(client, "wms", item("A"), *sites, WEB)
    await state(client, on_hand(5, "S1"), on_hand(5, "S2"))
    await change_rules(client, *stores(orders_a_day=1))
    desk = client.as_("oms")
    name = await promised(desk, at="S1")
    assert (await moved(desk, name, site="S2"))["status"] == "ACCEPTED"
    other = await promised(desk, "q", at="S1")
    full = await moved(desk, other, key="t", site="S2")
    assert full["lines"][0]["problem"]["code"] == "NOT_AS_GOOD"
    assert (await done(desk, RELEASE, key="o", lines=[{"reservation": other}]))["status"] == "ACCEPTED"
    assert (await moved(desk, name, key="back", site="S1"))["status"] == "ACCEPTED"
    assert await desk.deps.store.pool.fetch(
        "SELECT site_id, part FROM slot WHERE given_back IS NULL ORDER BY site_id"
    ) == [("S1", 0)]
