"""Requests sent to break promises: each is told what is wrong with it, and the books stay whole."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from datasources.facts import StockFact, SupplyFact
from tests.application import Client
from tests.flows.reserving import as_rebuilt
from tests.graph.test_reservations import (
    CHANGE,
    DONE,
    LOOK,
    PROMISE,
    RELEASE,
    RESERVE,
    SHIP,
    done,
)
from tests.scenarios.company import WEB, item, site, tell

TODAY, LATER = "2026-06-01", "2026-06-10"
BRACED = "TEA{open}"
ASK = """query($lines: [AvailabilityLineInput!]!, $channel: String!, $to: String) {
  availability(channel: $channel, lines: $lines, shipTo: $to) { inquiry } }"""


def line(sku: str = "TEA", quantity: object = 1, **more: object) -> dict[str, object]:
    return {"sku": sku, "quantity": quantity, "wanted": TODAY, **more}


@pytest.fixture
async def shop(client: Client) -> Client:
    """20 of TEA are on hand and 30 come on the tenth; 10 of CUP, and of an item with braces in its name."""
    await on_hand(client, item("TEA"), item("CUP"), item(BRACED), site("HAM"), WEB)
    coming = SupplyFact("PO-1", "purchase", "TEA", "HAM", Decimal(30), date(2026, 6, 10))
    await tell(client, "erp", coming, states=["supply"])
    return client


async def on_hand(client: Client, *masters: Any, braced: int = 10) -> None:
    goods = {"TEA": 20, "CUP": 10, BRACED: braced}
    stock = [StockFact(sku, "HAM", Decimal(quantity)) for sku, quantity in goods.items()]
    await tell(client, "erp", *masters, *stock, states=["stock"])


async def inquiry(client: Client, *lines: dict[str, object]) -> str:
    told = await client.ask(ASK, channel="web", lines=list(lines))
    return str(told["availability"]["inquiry"])


def codes(told: Any) -> list[str | None]:
    return [each["problem"] and each["problem"]["code"] for each in told["lines"]]


async def test_braces_in_the_name_of_an_item_are_told_as_they_are(shop: Client):
    made = await done(shop, RESERVE, key="made", lines=[line(BRACED, 8)])
    await on_hand(shop, braced=3)
    given = [{"reservation": made["lines"][0]["reservation"]}]
    gone = await done(shop.as_("warehouse"), SHIP, key="gone", lines=given)
    assert codes(gone) == ["SHORT_ON_HAND"]
    assert gone["lines"][0]["problem"]["message"].startswith(f"8 EA of {BRACED} were to leave HAM; 3 ")
    await as_rebuilt(shop.deps)


@pytest.mark.parametrize("group", ["", "together"])
async def test_what_fills_no_pack_is_refused_and_stops_whatever_is_all_or_nothing(shop: Client, group):
    lines = [line(quantity=5, pack=6, rounding="DOWN", group=group), line("CUP", group=group)]
    told = await done(shop, RESERVE, key="all", lines=lines)
    assert (told["status"], codes(told)) == ("REFUSED", ["BAD_PACK", "NOT_TOGETHER" if group else "NOT_ALL"])
    assert told["lines"][0]["problem"]["message"] == "5 of TEA fills no pack of 6."
    told = await done(shop, RESERVE, key="some", choice="AS_MUCH_AS_POSSIBLE", lines=lines)
    assert told["status"] == ("REFUSED" if group else "PARTIAL")
    assert codes(told) == ["BAD_PACK", "NOT_TOGETHER" if group else None]
    await as_rebuilt(shop.deps)


async def test_a_line_whose_group_cannot_leave_is_not_told_that_it_is_short(shop: Client):
    lines = [line(quantity=2, group="g", latest=LATER), line("CUP", 11, group="g", latest=LATER)]
    told = await done(shop, RESERVE, key="k", lines=lines)
    assert (told["status"], codes(told)) == ("REFUSED", ["NOT_TOGETHER", "SHORT"])
    says = told["lines"][0]["problem"]["message"]
    assert says.startswith(
        "2 EA of TEA can be had in time, but its group cannot leave together by 2026-06-10:"
    )
    assert says.endswith(" of line 1, 11 EA of CUP, 10 can be had by then.")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"lines": [line()]}, "INQUIRY_WITH_LINES"),
        ({"order": "SO-1", "orderLines": ["1"]}, "ORDER_LINES_DIFFER"),
        ({"order": "SO-1", "orderLines": ["1", "2", "3"]}, "ORDER_LINES_DIFFER"),
    ],
)
async def test_a_promise_that_does_not_fit_its_inquiry_is_refused(shop: Client, given, code):
    asked = await inquiry(shop, line(), line("CUP"))
    refused = await shop.refused(PROMISE, input={"channel": "web", "key": "k", "inquiry": asked, **given})
    assert refused["extensions"]["code"] == code
    assert await shop.deps.store.pool.fetchval("SELECT count(*) FROM reservation") == 0


async def test_what_an_inquiry_was_told_is_promised_to_the_holder_named(shop: Client):
    given = {"key": "k", "holder": "Ann", "order": "SO-1", "orderLines": ["7"]}
    kept = await done(shop, PROMISE, inquiry=await inquiry(shop, line()), **given)
    looked = (await shop.ask(LOOK, id=kept["lines"][0]["reservation"]))["reservation"]
    assert (looked["holder"], looked["order"], looked["line"]) == ("Ann", "SO-1", "7")


async def test_the_same_key_for_another_inquiry_is_a_conflict(shop: Client):
    """Though both asked for the same."""
    first, second = [await inquiry(shop, line()) for _ in range(2)]
    kept = await done(shop, PROMISE, key="k", inquiry=first)
    assert await done(shop, PROMISE, key="k", inquiry=first) == kept
    refused = await shop.refused(PROMISE, input={"channel": "web", "key": "k", "inquiry": second})
    assert refused["extensions"]["code"] == "IDEMPOTENCY_CONFLICT"


async def test_a_reservation_named_twice_gives_no_more_than_it_keeps(shop: Client):
    """In one spelling or two: what the line in front takes is gone for the one behind."""
    made = await done(shop, RESERVE, key="made", lines=[line(quantity=5)])
    name = made["lines"][0]["reservation"]
    twice = [{"reservation": name, "quantity": 3}, {"reservation": name.upper(), "quantity": 3}]
    for number, (act, role) in enumerate([(RELEASE, "planner"), (SHIP, "warehouse")]):
        told = await done(shop.as_(role), act, key=f"all {number}", lines=twice)
        assert (told["status"], codes(told)) == ("REFUSED", ["NOT_ALL", "MORE_THAN_RESERVED"])
    less_and_more = [{"reservation": name, "quantity": 2}, {"reservation": name, "quantity": 4}]
    told = await done(shop, CHANGE, key="changed", lines=less_and_more)
    assert [each["open"] for each in told["lines"]] == [2, 2]
    some = {"choice": "AS_MUCH_AS_POSSIBLE", "lines": twice[:1] * 2}
    told = await done(shop.as_("warehouse"), SHIP, key="some", **some)
    assert (told["status"], codes(told)) == ("REFUSED", ["MORE_THAN_RESERVED"] * 2)
    beside = await shop.deps.store.pool.fetch("SELECT open FROM reservation_part ORDER BY open")
    assert [row["open"] for row in beside] == [2, 2]
    await as_rebuilt(shop.deps)


@pytest.mark.parametrize("field", ["channel", "to", "site"])
async def test_a_name_without_end_is_not_said_back_whole(shop: Client, field):
    long = "x" * 100_000
    named = {"channel": "web", "lines": [line(site=long) if field == "site" else line()]}
    answer = await shop.post(
        ASK.replace("{ inquiry }", "{ lines { problem { message } } }"),
        **named | ({} if field == "site" else {field: long}),
    )
    assert "xxx" in answer.text
    assert len(answer.text) < 2_000


async def test_large_requests_that_come_together_are_decided_a_few_at_a_time(shop: Client):
    """Three of 600 lines are 1,800; a fourth waits for the next transaction."""
    query = f"mutation($input: ReserveInput!) {{ reserve(input: $input) {{ {DONE} }} }}"
    lines = [line("NOPE")] * 600
    told = await asyncio.gather(*(done(shop, query, key=f"k{number}", lines=lines) for number in range(6)))
    assert {each["status"] for each in told} == {"REFUSED"}
    assert max(each["place"] for each in told) <= 2
