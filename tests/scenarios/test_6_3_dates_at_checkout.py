"""Requirement 6.3: the checkout shows when goods will be received, by cut-off, receipts and transit."""

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from datasources.facts import DestinationFact, LaneFact, StockFact, SupplyFact
from datasources.store import clock
from tests.application import Client
from tests.scenarios.company import WEB, change_rules, item, simulate, site, submit, tell

PROMISE = "70-promise.yaml"
CUT_OFF = (
    (PROMISE, "min_shipment_percent: 0, cut_off: none", "min_shipment_percent: 0, cut_off: 15:00"),
    (PROMISE, "      cut_off: none\n", "      cut_off: 15:00\n"),
)
NO_SPLIT = (
    (PROMISE, "partial: true, backorder: true, min", "partial: false, backorder: true, min"),
    (PROMISE, "      partial: true\n", "      partial: false\n"),
)
ASK = """query { availability(channel: "web", shipTo: "NORTH",
    lines: [{sku: "A", quantity: 12, wanted: "2026-06-01"}]) {
  inquiry lines { promisable earliest open schedule { day neededOn shipOn quantity service } } } }"""


@pytest.fixture
async def shop(client: Client) -> Client:
    """Five on hand and ten on the 10th, two days from the customer; orders are taken until three."""
    await tell(
        client,
        "erp",
        *(item("A"), site("DC", "Europe/Berlin"), WEB),
        DestinationFact("NORTH", "The north", "Europe/Berlin"),
        LaneFact("DC", "NORTH", "parcel", transit_days=2),
        StockFact("A", "DC", Decimal(5)),
        SupplyFact("PO-1", "purchase", "A", "DC", Decimal(10), date(2026, 6, 10)),
        states=["stock", "supply", "lane"],
    )
    return client


async def ask_at(client: Client, hour: int, minute: int) -> Any:
    """The cart of twelve, asked at the Berlin time on 1 June."""
    async with client.deps.store.writing() as tx:
        await clock.set_now(tx, datetime(2026, 6, 1, hour - 2, minute, tzinfo=UTC))
    told = (await client.ask(ASK))["availability"]
    return told["lines"][0]


def parts(line: Any) -> list[tuple[int, str]]:
    """How much is received on each day, whatever it rests on."""
    by_day: Counter[str] = Counter()
    for part in line["schedule"]:
        by_day[part["day"]] += part["quantity"]
    return [(quantity, day) for day, quantity in by_day.items()]


async def test_five_come_in_two_days_and_seven_two_days_after_the_receipt(shop: Client):
    """A minute before the cut-off, and a minute after it the first part is a day later."""
    await change_rules(shop, *CUT_OFF)
    assert parts(await ask_at(shop, 14, 59)) == [(5, "2026-06-03"), (7, "2026-06-12")]
    assert parts(await ask_at(shop, 15, 1)) == [(5, "2026-06-04"), (7, "2026-06-12")]


async def test_three_o_clock_sharp_is_too_late(shop: Client):
    await change_rules(shop, *CUT_OFF)
    assert parts(await ask_at(shop, 15, 0)) == [(5, "2026-06-04"), (7, "2026-06-12")]


async def test_without_a_split_all_come_on_the_twelfth(shop: Client):
    """Where the rules say that a line comes whole or not at all."""
    await change_rules(shop, *CUT_OFF, *NO_SPLIT)
    line = await ask_at(shop, 14, 59)
    assert parts(line) == [(12, "2026-06-12")]
    assert (line["earliest"], line["open"]) == ("2026-06-12", 0)


async def test_a_simulation_says_whose_day_a_cut_off_would_move(shop: Client):
    """Asked at three, before there was a cut-off: the first part would have come a day later."""
    asked = await ask_at(shop, 15, 0)
    assert parts(asked) == [(5, "2026-06-03"), (7, "2026-06-12")]
    found = await simulate(shop, await submit(shop, *CUT_OFF))
    [changed] = found["lines"]
    assert (changed["change"], changed["file"], changed["row"]) == ("later", PROMISE, "PRO999")
    assert changed["before"].startswith("5 on 2026-06-03")
    assert changed["after"].startswith("5 on 2026-06-04")
    assert parts(await ask_at(shop, 15, 30))[0] == (5, "2026-06-03"), "nothing is in force yet"
