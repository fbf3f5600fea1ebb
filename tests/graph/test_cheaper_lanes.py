"""On time goes before cost, and cost before speed: the slower lane that is in time too brings the goods."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from datasources.facts import DemandFact, DestinationFact, LaneFact, StockFact, SupplyFact
from datasources.store import clock
from tests.application import Client
from tests.scenarios.company import WEB, item, site, tell

ASK = """query($lines: [AvailabilityLineInput!]!) {
  availability(channel: "web", lines: $lines, shipTo: "DE") {
  inquiry lines { promisable earliest open schedule { day neededOn shipOn service quantity }
  explanation { sites { days { service neededOn lanes { service taken whyNot } } } } } } }"""
AGAIN = "query($id: ID!) { inquiry(id: $id) { identical } }"
RESERVE = """mutation($input: ReserveInput!) { reserve(input: $input) { operation { status lines {
  parts { day neededOn shipOn service quantity } } } } }"""


def march(day: int) -> date:
    return date(2026, 3, day)


async def company(client: Client, *facts: Any, stock: int = 5) -> Client:
    """From DC air takes a day and costs 900, road three days and 200. Monday 2 March, 09:00."""
    async with client.deps.store.writing() as tx:
        await clock.set_now(tx, datetime(2026, 3, 2, 9, tzinfo=UTC))
    await tell(
        client,
        "erp",
        *(site("DC"), WEB, item("X"), DestinationFact("DE", "Germany", "UTC")),
        LaneFact("DC", "DE", "air", transit_days=1, cost=Decimal(900)),
        LaneFact("DC", "DE", "road", transit_days=3, cost=Decimal(200)),
        StockFact("X", "DC", Decimal(stock)),
        *facts,
    )
    return client.as_("oms")


async def asked(client: Client, *wanted: tuple[int, str]) -> list[Any]:
    """The lines' answers; deciding them again from the log gives the same."""
    lines = [{"sku": "X", "quantity": quantity, "wanted": day} for quantity, day in wanted]
    told = (await client.ask(ASK, lines=lines))["availability"]
    assert (await client.ask(AGAIN, id=told["inquiry"]))["inquiry"]["identical"]
    answered: list[Any] = told["lines"]
    return answered


def ways(line: Any) -> list[tuple[str, str, str, int]]:
    """Of each part its service, the day it is needed, the day of receipt, how many."""
    return [
        (p["service"], p["neededOn"][5:], p["day"][5:], p["quantity"])
        for p in line.get("schedule") or line["parts"]
    ]


def why_not(line: Any) -> dict[str, str | None]:
    [told] = line["explanation"]["sites"]
    return {lane["service"]: lane["whyNot"] for lane in told["days"]["lanes"]}


async def test_the_slower_lane_is_taken_where_it_is_in_time_too(client: Client):
    """Wanted on Friday 6 road leaves on Tuesday; wanted on Wednesday only air is there."""
    shop = await company(client)
    [friday] = await asked(shop, (4, "2026-03-06"))
    assert ways(friday) == [("road", "03-03", "03-06", 4)]
    assert friday["earliest"] == "2026-03-06"
    assert why_not(friday) == {"air": "received in time too, and costs 700 more", "road": None}
    [wednesday] = await asked(shop, (4, "2026-03-04"))
    assert ways(wednesday) == [("air", "03-03", "03-04", 4)]
    assert why_not(wednesday) == {"air": None, "road": "first received on 2026-03-05, 2 days later"}


async def test_never_at_the_cost_of_quantity(client: Client):
    """Ten more come on Wednesday, too late for road; five are owed on Tuesday night already."""
    due = SupplyFact("PO", "purchase", "X", "DC", Decimal(10), march(4), firmness="confirmed")
    shop = await company(client, due, DemandFact("1", "SO", "web", "X", "DC", Decimal(5), march(3)))
    [line] = await asked(shop, (4, "2026-03-06"))
    assert (ways(line), line["promisable"]) == ([("air", "03-05", "03-06", 4)], 10)
    why = "costs 700 less, but what is asked is not free for it by 2026-03-03"
    assert why_not(line) == {"air": None, "road": why}


async def test_no_line_of_an_ask_takes_from_another_what_only_air_can_bring(client: Client):
    """By road both would need the same five on Tuesday: the first for Friday, the second for Tuesday."""
    due = SupplyFact("PO", "purchase", "X", "DC", Decimal(5), march(4), firmness="confirmed")
    shop = await company(client, due)
    first, second = await asked(shop, (5, "2026-03-06"), (5, "2026-03-03"))
    assert ways(first) == [("air", "03-05", "03-06", 5)]
    assert ways(second) == [("air", "03-02", "03-03", 5)]
    alone, beside = await asked(shop, (3, "2026-03-06"), (2, "2026-03-03"))
    assert ways(alone) == [("road", "03-03", "03-06", 3)]
    assert ways(beside) == [("air", "03-02", "03-03", 2)]


async def test_what_is_reserved_goes_by_the_lane_that_was_told(client: Client):
    shop = await company(client)
    line = {"sku": "X", "quantity": 4, "wanted": "2026-03-06"}
    given = {"channel": "web", "key": "k", "lines": [line], "shipTo": "DE"}
    told = (await shop.ask(RESERVE, input=given))["reserve"]["operation"]
    assert (told["status"], ways(told["lines"][0])) == ("ACCEPTED", [("road", "03-03", "03-06", 4)])
    [left] = await asked(shop, (2, "2026-03-06"))
    assert (left["promisable"], left["open"]) == (1, 1)
