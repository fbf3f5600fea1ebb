"""Requirement 7.1: stores serve the web shop, with a minimum for their counter and so many orders a day."""

import asyncio
from datetime import UTC, datetime

import pytest

from datasources.facts import DestinationFact, LaneFact, SiteFact
from gateway.auth import Keys
from tests.application import Client, client_of
from tests.databases import Opened, open_deps
from tests.scenarios.company import WEB, change_rules, item, receive, tell
from tests.scenarios.many_sites import TODAY, TOMORROW, asked, kept, line, on_hand, parts, stores

_numbers = iter(range(1000))
AS_MUCH = "AS_MUCH_AS_POSSIBLE"
APPLY = """mutation($proposals: [ID!]!) { applyProposals(input: {proposals: $proposals}) {
  outcomes { proposal { state } problem { code } } } }"""


@pytest.fixture
async def store(client: Client) -> Client:
    """A store with 10, of which 3 stay at its counter; it ships five orders a day."""
    first = SiteFact("ST1", "First store", "store", "UTC")
    goods = (on_hand(10, "ST1"), on_hand(10, "ST1", "B"))
    await tell(client, "pos", item("A"), item("B"), first, WEB, *goods, states=["stock"])
    await change_rules(client, *stores(floor=3, orders_a_day=5))
    return client


async def five(store: Client, sku: str = "A") -> list[str]:
    """Five orders of one unit, all today; their reservations."""
    made = [await kept(store, f"order {number}", line(1, sku=sku)) for number in range(5)]
    assert [each["status"] for each in made] == ["ACCEPTED"] * 5
    return [each["lines"][0]["reservation"] for each in made]


async def free(store: Client, wanted: str, sku: str = "A") -> object:
    return (await asked(store, line(1, wanted, sku)))[0]["promisable"]


async def test_after_five_orders_the_store_gives_nothing_today_and_the_sixth_gets_tomorrow(store: Client):
    assert (await free(store, TODAY), await free(store, TOMORROW)) == (7, 7)
    await five(store)
    assert (await free(store, TODAY), await free(store, TOMORROW)) == (0, 2)
    [sixth] = await asked(store, line(1))
    assert parts(sixth["schedule"]) == [(TOMORROW, "ST1", 1)]
    refused = await kept(store, "sixth", line(1))
    assert (refused["status"], refused["lines"][0]["earliest"]) == ("REFUSED", TOMORROW)
    made = await kept(store, "sixth, tomorrow", line(1, TOMORROW))
    assert (made["status"], parts(made["lines"][0]["parts"])) == ("ACCEPTED", [(TOMORROW, "ST1", 1)])
    assert await free(store, TODAY, "B") == 0, "slots are the store's, whatever the item"


async def test_one_order_takes_one_slot_however_many_lines_and_comes_back_for_more(store: Client):
    for number in range(4):
        await kept(store, f"order {number}", line(1, sku="B"))
    both = await kept(store, "two lines", line(1, order="SO-1"), line(1, sku="B", order="SO-1"))
    assert both["status"] == "ACCEPTED"
    assert await free(store, TODAY) == 0
    again = await kept(store, "a third line", line(2, order="SO-1"))
    assert again["status"] == "ACCEPTED", "its order leaves today in any case"
    other = await kept(store, "another order", line(2, order="SO-2"))
    assert (other["status"], other["lines"][0]["earliest"]) == ("REFUSED", TOMORROW)


async def test_a_slot_is_given_back_with_its_last_line_and_when_it_ends(store: Client, opened: Opened):
    first, second, *_ = await five(store)
    assert await free(store, TODAY) == 0
    back = "mutation($input: HeldInput!) { release(input: $input) { operation { status } } }"
    await store.ask(back, input={"channel": "web", "key": "back", "lines": [{"reservation": first}]})
    assert await free(store, TODAY) == 3
    keep = "mutation($input: ConfirmInput!) { confirm(input: $input) { operation { status } } }"
    await store.ask(keep, input={"channel": "web", "key": "keep", "lines": [{"reservation": second}]})
    assert (await kept(store, "taken again", line(1), holdForSeconds=60))["status"] == "ACCEPTED"
    assert await free(store, TODAY) == 0
    await opened.set_now(datetime(2026, 6, 1, 12, 30, tzinfo=UTC))
    assert await free(store, TODAY) == 6, "all but the confirmed one have ended"


async def test_after_the_cut_off_a_slot_stays_taken(store: Client, opened: Opened):
    """Orders from 15:00 on are the next day's; what is given back then has been picked."""
    await change_rules(
        store,
        *stores(floor=3, orders_a_day=5),
        ("70-promise.yaml", "cut_off: none}", 'cut_off: "15:00"}'),
        ("70-promise.yaml", "cut_off: none\n", 'cut_off: "15:00"\n'),
    )
    first, *_ = await five(store)
    await opened.set_now(datetime(2026, 6, 1, 15, 0, 1, tzinfo=UTC))
    taken = "SELECT count(*) FROM slot WHERE given_back IS NULL"
    back = "mutation($input: CancelInput!) { cancel(input: $input) { operation { status } } }"
    await store.ask(back, input={"channel": "web", "key": "back", "reservations": [first]})
    assert await store.deps.store.pool.fetchval(taken) == 5
    assert (await free(store, TODAY), await free(store, TOMORROW)) == (7, 7), "tomorrow is meant"


async def test_of_ten_who_come_at_once_to_two_gateways_five_are_served_today(
    store: Client, opened: Opened, keys: Keys
):
    another = client_of(await open_deps(opened.url), keys)
    gateways = [store, another]
    made = await asyncio.gather(
        *(
            kept(gateways[number % 2], f"order {number}", line(1, sku="AB"[number % 2]))
            for number in range(10)
        )
    )
    await another.http.aclose()
    await another.deps.store.close()
    assert sorted(each["status"] for each in made) == ["ACCEPTED"] * 5 + ["REFUSED"] * 5


async def test_an_answer_is_decided_again_with_the_slots_it_saw(store: Client):
    ask = """query($lines: [AvailabilityLineInput!]!) {
      availability(channel: "web", lines: $lines) { inquiry } }"""
    await five(store)
    inquiry = (await store.ask(ask, lines=[line(1)]))["availability"]["inquiry"]
    again = "query($id: ID!) { inquiry(id: $id) { identical answer { lines { promisable } } } }"
    await kept(store, "sixth", line(1, TOMORROW))
    told = (await store.ask(again, id=inquiry))["inquiry"]
    assert (told["identical"], told["answer"]["lines"]) == (True, [{"promisable": 0}])


async def test_who_has_no_slot_is_told_so(store: Client):
    why = """query($lines: [AvailabilityLineInput!]!) { availability(channel: "web", lines: $lines) {
      lines { explanation { considered { promisable why } } } } }"""
    await five(store)
    [told] = (await store.ask(why, lines=[line(1)]))["availability"]["lines"]
    assert told["explanation"]["considered"] == [
        {"promisable": 0, "why": "all 5 orders that can leave it on the day are taken"}
    ]


@pytest.mark.parametrize("delivered", [False, True])
async def test_a_promise_that_is_moved_takes_its_slot_along(client: Client, delivered: bool):
    """Two receipts tomorrow; the store ships one order a day. The one promised slips to Thursday."""
    places = (SiteFact("ST1", "First store", "store", "UTC"), DestinationFact("NORTH", "The north", "UTC"))
    lane = LaneFact("ST1", "NORTH", "parcel", transit_days=2)
    await tell(client, "erp", item("A"), *places, WEB, lane, states=["stock", "lane"])
    await change_rules(client, *stores(orders_a_day=1))
    await due(client, "R1", TOMORROW)
    to = {"shipTo": "NORTH"} if delivered else {}
    made = await kept(client, "first", line(1, "2026-06-04" if delivered else TOMORROW), **to)
    assert made["status"] == "ACCEPTED"
    await due(client, "R2", TOMORROW)
    assert await free(client, TOMORROW) == 0, "its only order is taken"
    await due(client, "R2", "2026-06-04")
    await due(client, "R1", "2026-06-04")
    found = "query { promisesAtRisk { edges { node { proposal } } } }"
    edges = (await client.ask(found))["promisesAtRisk"]["edges"]
    told = await client.ask(APPLY, proposals=[edge["node"]["proposal"] for edge in edges])
    applied = {"proposal": {"state": "APPLIED"}, "problem": None}
    assert told["applyProposals"]["outcomes"] == [applied]
    live = "SELECT ship_on::text, ordered FROM slot WHERE given_back IS NULL"
    [slot] = await client.deps.store.pool.fetch(live)
    assert slot["ship_on"] == "2026-06-04"
    look = "query($id: ID!) { reservation(id: $id) { parts { shipOn promised open } } }"
    parts_now = (await client.ask(look, id=made["lines"][0]["reservation"]))["reservation"]["parts"]
    [part] = [each for each in parts_now if each["open"]]
    shown = ("2026-06-04", "2026-06-06") if delivered else (None, None)
    assert (part["shipOn"], part["promised"]) == shown
    assert await free(client, "2026-06-04") == 0, "the slot of Thursday is taken now"
    assert await free(client, "2026-06-05") == 1
    await due(client, "R2", TOMORROW)
    assert await free(client, TOMORROW) == 1, "and that of tomorrow is free"


@pytest.mark.parametrize("delivered", [False, True])
async def test_a_promise_moves_to_the_first_day_on_which_its_order_can_leave(
    client: Client, *, delivered: bool
):
    """On Thursday, when the goods come now, the only order of the day is another one: Friday is proposed."""
    places = (SiteFact("ST1", "First store", "store", "UTC"), DestinationFact("NORTH", "The north", "UTC"))
    lane = LaneFact("ST1", "NORTH", "parcel", transit_days=2)
    goods = on_hand(1, "ST1", "B")
    await tell(client, "erp", item("A"), item("B"), *places, WEB, lane, goods, states=["stock", "lane"])
    await change_rules(client, *stores(orders_a_day=1))
    await due(client, "R1", TOMORROW)
    to = {"shipTo": "NORTH"} if delivered else {}
    first = await kept(client, "first", line(1, "2026-06-04" if delivered else TOMORROW), **to)
    other = await kept(client, "other", line(1, "2026-06-04", "B"))
    assert (first["status"], other["status"]) == ("ACCEPTED", "ACCEPTED")
    await due(client, "R1", "2026-06-04")
    found = "query { promisesAtRisk { edges { node { proposal proposed { day quantity } daysLate } } } }"
    [edge] = (await client.ask(found))["promisesAtRisk"]["edges"]
    assert edge["node"]["proposed"] == [{"day": "2026-06-05", "quantity": 1}]
    assert edge["node"]["daysLate"] == 3
    told = await client.ask(APPLY, proposals=[edge["node"]["proposal"]])
    applied = {"proposal": {"state": "APPLIED"}, "problem": None}
    assert told["applyProposals"]["outcomes"] == [applied]
    live = "SELECT ship_on::text FROM slot WHERE given_back IS NULL ORDER BY ship_on"
    assert [row[0] for row in await client.deps.store.pool.fetch(live)] == ["2026-06-04", "2026-06-05"]


async def test_a_slot_that_was_taken_meanwhile_is_not_taken_again_by_what_is_applied(client: Client):
    """The proposal says Thursday; its slot is given to another order before somebody applies it."""
    first_store = SiteFact("ST1", "First store", "store", "UTC")
    goods = on_hand(1, "ST1", "B")
    await tell(client, "erp", item("A"), item("B"), first_store, WEB, goods, states=["stock"])
    await change_rules(client, *stores(orders_a_day=1))
    await due(client, "R1", TOMORROW)
    await kept(client, "first", line(1, TOMORROW))
    await due(client, "R1", "2026-06-04")
    found = "query { promisesAtRisk { edges { node { proposal proposed { day quantity } } } } }"
    [edge] = (await client.ask(found))["promisesAtRisk"]["edges"]
    assert edge["node"]["proposed"] == [{"day": "2026-06-04", "quantity": 1}]
    assert (await kept(client, "other", line(1, "2026-06-04", "B")))["status"] == "ACCEPTED"
    told = await client.ask(APPLY, proposals=[edge["node"]["proposal"]])
    assert told["applyProposals"]["outcomes"][0]["problem"] == {"code": "PROPOSAL_SUPERSEDED"}
    [edge] = (await client.ask(found))["promisesAtRisk"]["edges"]
    assert edge["node"]["proposed"] == [{"day": "2026-06-05", "quantity": 1}]


async def due(client: Client, name: str, on: str) -> None:
    """The receipt of one at the store is expected then."""
    expected = {"line": name, "kind": "purchase", "sku": "A", "site": "ST1", "quantity": 1, "due": on}
    events = ({"source": "erp", "eventId": f"{name} {number}", "supplyLine": expected} for number in _numbers)
    [receipt] = await receive(client, next(events))
    assert receipt["outcome"] == "APPLIED"
