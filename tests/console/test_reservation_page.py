"""The page of a reservation, and what the promise page tells of supply and of what has changed since."""

from datetime import timedelta
from typing import Any

import pytest

from tests.application import Client
from tests.builders import NOON, ask, day, demand, stock, supply, tell, tell_masters
from tests.console.reading import signed_in
from tests.console.test_inquiry_pages import asked, promise
from tests.databases import Opened

RESERVE = """mutation($input: ReserveInput!) { reserve(input: $input) {
  operation { status lines { reservation problem { message } } } } }"""
PROMISE = """mutation($input: PromiseInput!) { promise(input: $input) {
  operation { lines { reservation } } } }"""
RELEASE = "mutation($input: HeldInput!) { release(input: $input) { operation { status } } }"
CONFIRM = "mutation($input: ConfirmInput!) { confirm(input: $input) { operation { status } } }"
LIFE = "query($id: ID!) { reservation(id: $id) { life { act site day active confirmed person key } } }"


@pytest.fixture
async def shop(client: Client) -> Client:
    """Ten TEA at HAM, four more in five days."""
    await tell_masters(client.deps)
    await tell(client.deps, stock(10), supply(4, ahead=5))
    return client


async def reserved(client: Client, quantity: int = 6, **more: Any) -> str:
    line = {"sku": "TEA", "quantity": quantity, "wanted": day(1).isoformat()}
    given = {"key": "cart 1", "channel": "web", "lines": [line], **more}
    operation = (await client.ask(RESERVE, input=given))["reserve"]["operation"]
    assert operation["status"] == "ACCEPTED", operation
    made: str = operation["lines"][0]["reservation"]
    return made


async def done(client: Client, query: str, made: str, key: str, **more: object) -> None:
    given = {"key": key, "channel": "web", "lines": [{"reservation": made, **more}]}
    [payload] = (await client.ask(query, input=given)).values()
    assert payload["operation"]["status"] == "ACCEPTED"


async def test_the_life_of_a_reservation_is_told_step_by_step(shop: Client):
    """Made of six, two given back, the rest confirmed."""
    made = await reserved(shop, holder="cart 1")
    await done(shop, RELEASE, made, "two back", quantity=2)
    await done(shop, CONFIRM, made, "order 7", order="SO-7", line="1")
    life = (await shop.ask(LIFE, id=made))["reservation"]["life"]
    assert [(step["act"], step["active"], step["confirmed"], step["key"]) for step in life] == [
        ("reserve", 6, 0, "cart 1"),
        ("release", -2, 0, "two back"),
        ("confirm", -4, 4, "order 7"),
    ]
    page = await (await signed_in(shop, "oms")).open(f"/reservations/{made}")
    assert page.heading == "Reservation: 6 EA of TEA"
    assert "Still keeps 4 EA" in page.text
    assert page.table("Parts of the reservation") == [["Tue 2026-06-02", "HAM", "own", "6", "4"]]
    assert [row[1] for row in page.table("What became of it")] == ["reserved", "given back", "confirmed"]
    assert not page.inline


async def test_one_that_ran_out_says_when_though_nobody_did_anything(shop: Client, opened: Opened):
    """Kept for a minute, looked at an hour later; a shop sees no persons."""
    made = await reserved(shop, holdForSeconds=60)
    await opened.set_now(NOON + timedelta(hours=1))
    page = await (await signed_in(shop, "storefront", "web")).open(f"/reservations/{made}")
    steps = page.table("What became of it")
    assert [row[1] for row in steps] == ["reserved", "ran out: what it kept is free"]
    assert "Still keeps 0 EA" in page.text
    assert "tester" not in page.text


async def test_nobody_sees_the_reservation_of_a_channel_that_is_not_theirs(shop: Client):
    """Nor one that there is not; the two read the same."""
    made = await reserved(shop)
    reader = await signed_in(shop, "storefront", "contract")
    assert "may also belong to another channel" in (await reader.open(f"/reservations/{made}", 404)).text
    assert "may also belong to another channel" in (await reader.open("/reservations/nonsense", 404)).text


async def test_the_promise_page_tells_what_has_changed_since(shop: Client, opened: Opened):
    """Afterwards the supply slipped, an order came, stock was counted and somebody reserved."""
    answered = await asked(shop, ask(12, ahead=7))
    reader = await signed_in(shop)
    assert "Nothing that bears on this item was recorded" in (await promise(reader, answered)).text
    await opened.set_now(NOON + timedelta(minutes=5))
    await tell(shop.deps, stock(9), supply(3, ahead=8), demand(2, order_id="SO-9", needed_on=day(3)))
    await opened.set_now(NOON + timedelta(minutes=10))
    made = await reserved(shop, 1)
    rows = (await promise(reader, answered)).table("What was recorded about the item")
    told = [(row[1], row[2], row[4], row[5], row[6], row[7]) for row in rows]
    assert told[0] == ("reservation", f"reserve {made}", "–", "1", "–", "Tue 2026-06-02")
    assert set(told[1:]) == {
        ("stock", "count, available", "–", "-1", "–", "–"),
        ("supply", "erp PO-1", "4", "3", "Sat 2026-06-06", "Tue 2026-06-09"),
        ("order line", "web SO-9 1", "–", "2", "–", "Thu 2026-06-04"),
    }
    assert "What has changed since" not in (await promise(await signed_in(shop, "storefront"), answered)).text


async def test_one_whose_supply_slipped_says_so_with_the_new_days(shop: Client):
    """Two of the twelve wait for the four that come in five days; these come three days later now."""
    line = {"sku": "TEA", "quantity": 12, "wanted": day(5).isoformat(), "order": "SO-7", "line": "1"}
    given = await shop.ask(PROMISE, input={"key": "order 7", "channel": "web", "lines": [line]})
    made = given["promise"]["operation"]["lines"][0]["reservation"]
    reader = await signed_in(shop)
    before = await reader.open(f"/reservations/{made}")
    assert "At risk:" not in before.text
    await tell(shop.deps, supply(4, ahead=8))
    page = await reader.open(f"/reservations/{made}")
    assert "At risk: supply comes later. erp: PO-1, 2026-06-01" in page.text
    [row] = page.table("New days that were proposed")
    assert row[1:] == [
        *("supply comes latererp: PO-1", "12 on Sat 2026-06-06"),
        *("10 on Sat 2026-06-06 2 on Tue 2026-06-09", "3", "open"),
    ]
    storefront = await (await signed_in(shop, "storefront", "web")).open(f"/reservations/{made}")
    assert "slipped" not in storefront.text


async def test_the_promise_page_draws_the_schedule_and_names_what_it_rests_on(shop: Client):
    """Ten are here, two of the four that come in five days are needed."""
    page = await promise(await signed_in(shop), await asked(shop, ask(12, ahead=1)))
    assert 'aria-label="Time line. 10 EA from HAM: free for picking on Tue 2026-06-02. 2 EA' in page.html
    assert page.table("The supply that would serve each part") == [
        ["Tue 2026-06-02 from HAM", "10", "on hand", "there already", "–", "–"],
        ["Sat 2026-06-06 from HAM", "2", "purchase PO-1 (from erp)", "Sat 2026-06-06", "0 days", "–"],
    ]
    assert not page.inline


LIST = """query($filter: ReservationFilter, $first: Int, $after: String) {
  reservations(filter: $filter, first: $first, after: $after) {
    edges { node { sku quantity open state holder order } } pageInfo { hasNextPage endCursor } } }"""


async def test_reservations_are_listed_newest_first_and_found_by_what_is_known_of_them(shop: Client):
    """Three carts; the first is given back, the last is for an order."""
    first = await reserved(shop, 1, key="a", holder="cart a")
    await reserved(shop, 2, key="b", holder="cart b")
    last = await reserved(shop, 3, key="c", holder="cart c")
    await done(shop, RELEASE, first, "back")
    await done(shop, CONFIRM, last, "sure", order="SO-7")

    async def listed(**more: Any) -> list[tuple[str, int, str]]:
        page = (await shop.ask(LIST, **more))["reservations"]
        return [(e["node"]["holder"], e["node"]["open"], e["node"]["state"]) for e in page["edges"]]

    whole = [("cart c", 3, "CONFIRMED"), ("cart b", 2, "ACTIVE"), ("cart a", 0, "RELEASED")]
    assert await listed() == whole
    assert await listed(filter={"keeps": True}) == whole[:2]
    assert await listed(filter={"order": "SO-7"}) == whole[:1]
    assert await listed(filter={"holder": "cart b", "sku": "TEA"}) == whole[1:2]
    assert await listed(filter={"sku": "CUP"}) == []
    page = (await shop.ask(LIST, first=2))["reservations"]["pageInfo"]
    assert page["hasNextPage"]
    assert await listed(first=2, after=page["endCursor"]) == whole[2:]
    shown = await (await signed_in(shop, "oms")).open("/reservations?keeps=1")
    assert [(row[2], row[4]) for row in shown.table("2 reservations")] == [
        ("3 EA", "confirmed"),
        ("2 EA", "active"),
    ]
    theirs = await (await signed_in(shop, "storefront", "contract")).open("/reservations")
    assert "No reservation fits" in theirs.text


async def test_the_promise_page_tells_which_sites_were_considered(shop: Client):
    """COL has three, HAM ten; HAM alone is asked for in the second line."""
    await tell(shop.deps, stock(10), stock(3, site_id="COL"), states={"stock"})
    answered = await asked(shop, ask(12, ahead=1))
    page = await promise(await signed_in(shop), answered)
    rows = page.table("In the order they are asked")
    assert [(row[0], row[4], row[5], row[6]) for row in rows] == [
        ("COL", "3", "3", "–"),
        ("HAM", "10", "9", "–"),
    ]
    assert "Whose goods" in page.text
