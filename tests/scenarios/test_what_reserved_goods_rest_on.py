"""What is reserved is told by the one thing each part rests on, in the words the answer had."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from datasources.facts import SupplyFact
from tests.application import Client
from tests.console.reading import signed_in
from tests.scenarios.company import WEB, item, site, tell
from tests.scenarios.many_sites import line, on_hand

LATER = "2026-06-05"
PARTS = "{ day site quantity label }"
ASK = f"""query($lines: [AvailabilityLineInput!]!) {{ availability(channel: "web", lines: $lines) {{
  lines {{ schedule {PARTS} }} }} }}"""
LINES = f"status lines {{ reservation beside parts {PARTS} offer {PARTS} }}"
KEEP = f"mutation($input: ReserveInput!) {{ reserve(input: $input) {{ operation {{ {LINES} }} }} }}"
CHANGE = f"mutation($input: ChangeInput!) {{ change(input: $input) {{ operation {{ {LINES} }} }} }}"
AGAIN = f'query($key: String!) {{ operation(key: $key, channel: "web") {{ {LINES} }} }}'
LOOK = f"query($id: ID!) {{ reservation(id: $id) {{ quantity promised {PARTS} }} }}"


@pytest.fixture
async def shop(client: Client) -> Client:
    """Ten of A lie in the centre, and twenty come on the fifth."""
    coming = SupplyFact("R1", "purchase", "A", "DC", Decimal(20), date(2026, 6, 5))
    facts = item("A"), site("DC"), WEB, on_hand(10, "DC"), coming
    await tell(client, "wms", *facts, states=["stock", "supply"])
    return client


async def kept(shop: Client, key: str, *lines: dict[str, object], **more: object) -> Any:
    given = {"channel": "web", "key": key, "lines": list(lines), **more}
    return (await shop.ask(KEEP, input=given))["reserve"]["operation"]


def told(parts: Any) -> list[tuple[str, int, str]]:
    return [(part["day"], part["quantity"], part["label"]) for part in parts]


async def test_a_reservation_rests_on_what_the_answer_said(shop: Client):
    """Fifteen for the fifth: ten that are there, five of what comes then. The next five all come."""
    wanted = [line(15, LATER), line(5, LATER)]
    answered = [each["schedule"] for each in (await shop.ask(ASK, lines=wanted))["availability"]["lines"]]
    assert [told(parts) for parts in answered] == [
        [(LATER, 10, "ON_HAND"), (LATER, 5, "RECEIPT")],
        [(LATER, 5, "RECEIPT")],
    ]
    made = await kept(shop, "k", *wanted)
    assert [each["parts"] for each in made["lines"]] == answered
    assert (await shop.ask(AGAIN, key="k"))["operation"] == made
    looked = (await shop.ask(LOOK, id=made["lines"][0]["reservation"]))["reservation"]
    assert (looked["quantity"], looked["promised"]) == (15, answered[0])


async def test_each_of_a_row_of_carts_is_told_alike(shop: Client):
    """Four for the fifth each: the third takes the last two that are there, the fourth what comes."""
    made = await asyncio.gather(*(kept(shop, key, line(4, LATER)) for key in "1234"))
    assert sorted(told(each["lines"][0]["parts"]) for each in made) == [
        [(LATER, 2, "ON_HAND"), (LATER, 2, "RECEIPT")],
        [(LATER, 4, "ON_HAND")],
        [(LATER, 4, "ON_HAND")],
        [(LATER, 4, "RECEIPT")],
    ]


async def test_what_is_offered_instead_rests_on_one_thing_too(shop: Client):
    """Twelve by the fourth cannot be had: ten lie there, two come a day later."""
    made = await kept(shop, "k", line(12, latest="2026-06-04"))
    assert made["status"] == "REFUSED"
    offered = [("2026-06-01", 10, "ON_HAND"), (LATER, 2, "RECEIPT")]
    assert told(made["lines"][0]["offer"]) == offered
    some = await kept(shop, "s", line(12, latest="2026-06-04"), choice="AS_MUCH_AS_POSSIBLE")
    [part] = some["lines"]
    assert (told(part["parts"]), told(part["offer"])) == (offered[:1], offered)


async def test_what_a_change_takes_beside_is_told_likewise(shop: Client):
    """Eight are there; four more are two that are there and two that come."""
    made = await kept(shop, "k", line(8, LATER))
    first = made["lines"][0]["reservation"]
    given = {"channel": "web", "key": "c", "lines": [{"reservation": first, "quantity": 12}]}
    [more] = (await shop.ask(CHANGE, input=given))["change"]["operation"]["lines"]
    both = [(LATER, 2, "ON_HAND"), (LATER, 2, "RECEIPT")]
    assert told(more["parts"]) == both
    looked = (await shop.ask(LOOK, id=more["beside"]))["reservation"]
    assert (looked["quantity"], told(looked["promised"])) == (4, both)
    first_looked = (await shop.ask(LOOK, id=first))["reservation"]
    assert told(first_looked["promised"]) == [(LATER, 8, "ON_HAND")]


async def test_the_page_of_a_reservation_says_what_it_was_made_of(shop: Client):
    made = await kept(shop, "k", line(15, LATER))
    page = await (await signed_in(shop, "oms")).open(f"/reservations/{made['lines'][0]['reservation']}")
    assert page.table("The parts as they were reserved") == [
        ["Fri 2026-06-05", "DC", "10", "on hand"],
        ["Fri 2026-06-05", "DC", "5", "receipt"],
    ]
