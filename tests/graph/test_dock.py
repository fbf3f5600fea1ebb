"""Goods that came and are not put away yet: promised from the day they will be, once, by rule."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from datasources.facts import CalendarFact, Fact, StockFact, SupplyFact
from datasources.store import clock, profiles
from tests.application import Client
from tests.scenarios.company import WEB, change_rules, item, receive, site, tell

ASK = """query($lines: [AvailabilityLineInput!]!) { availability(channel: "web", lines: $lines) {
  inquiry lines { promisable explanation { sites { onHand { status counted why } } } } } }"""
AGAIN = """query($id: ID!) { inquiry(id: $id) { identical } }"""
STOCK = """{ item(sku: "X") { stock { status quantity counted } } }"""
DAYS = ("2026-03-06", "2026-03-09", "2026-03-10")
"""Friday, Monday and Tuesday."""


async def company(client: Client, *facts: Fact, dock: int = 1) -> Client:
    """Site DC works on weekdays and puts goods away in a day. It has 5 of X. Friday 6 March, noon."""
    async with client.deps.store.writing() as tx:
        await clock.set_now(tx, datetime(2026, 3, 6, 12, tzinfo=UTC))
    await tell(
        client,
        "erp",
        CalendarFact("Mon-Fri", (1, 2, 3, 4, 5)),
        *(site("DC", calendar="Mon-Fri", dock_to_stock_days=dock), WEB, item("X")),
        StockFact("X", "DC", Decimal(5)),
        *facts,
    )
    return client.as_("planner")


def legs(*places: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"site": "DC", "status": status, "quantity": quantity} for status, quantity in places]


async def move(client: Client, event: str, cause: str, *places: tuple[str, int], **more: Any) -> None:
    occurred = more.pop("occurred", "2026-03-06T11:00:00Z")
    movement = {"sku": "X", "cause": cause, "legs": legs(*places), **more}
    sent = {"source": "erp", "eventId": event, "occurredAt": occurred, "movement": movement}
    [receipt] = await receive(client, sent)
    assert receipt["outcome"] == "APPLIED", receipt


async def free(client: Client, *days: str) -> list[int]:
    lines = [{"sku": "X", "quantity": 1, "wanted": day} for day in days or DAYS]
    return [(await client.ask(ASK, lines=[line]))["availability"]["lines"][0]["promisable"] for line in lines]


async def test_goods_at_the_dock_count_from_the_day_they_will_be_put_away(client: Client):
    """Expected on Friday they count from Monday; so they do once they came, and once they are put away."""
    due = SupplyFact("PO-1", "purchase", "X", "DC", Decimal(10), date(2026, 3, 6))
    desk = await company(client, due)
    assert await free(desk) == [5, 15, 15]
    await move(desk, "e1", "receipt", ("received", 10), line="PO-1")
    assert await free(desk) == [5, 15, 15], "nothing dips between receipt and put-away"
    told = (await desk.ask(ASK, lines=[{"sku": "X", "quantity": 1, "wanted": DAYS[1]}]))["availability"]
    assert told["lines"][0]["explanation"]["sites"][0]["onHand"] == [
        {"status": "available", "counted": True, "why": "counted"},
        {"status": "received", "counted": True, "why": "counted from 2026-03-09, once put away"},
    ]
    assert (await desk.ask(AGAIN, id=told["inquiry"]))["inquiry"]["identical"]
    await move(desk, "e2", "putaway", ("received", -10), ("available", 10))
    assert await free(desk) == [15, 15, 15]
    async with client.deps.store.writing() as tx:
        assert await profiles.rebuild(tx, ["X"]) == 0


async def test_each_arrival_has_its_own_day_and_what_came_first_is_put_away_first(client: Client):
    """Four came on Thursday and six on Friday; three of the four are on the shelf already."""
    desk = await company(client)
    await move(desk, "e1", "receipt", ("received", 4), occurred="2026-03-05T11:00:00Z")
    await move(desk, "e2", "receipt", ("received", 6))
    assert await free(desk) == [9, 15, 15]
    await move(desk, "e3", "putaway", ("received", -3), ("available", 3))
    assert await free(desk) == [9, 15, 15]


async def test_where_nobody_told_when_goods_came_they_wait_for_their_put_away(client: Client):
    """A count finds 10 at the dock: only the 4 whose receipt is known count."""
    desk = await company(client)
    await move(desk, "e1", "receipt", ("received", 4))
    await move(desk, "e2", "count", ("received", 6))
    assert await free(desk) == [5, 9, 9]


async def test_rules_say_which_goods_at_the_dock_wait(client: Client):
    """Without the row they count when they are put away, and what comes into quality never did."""
    desk = await company(client)
    await move(desk, "e1", "receipt", ("received", 4))
    await move(desk, "e2", "receipt", ("quality", 7))
    assert await free(desk) == [5, 9, 9]
    texts = ("      promisable: false\n      once_put_away: %s\n", "once_put_away: %s, row: HLD025}")
    await change_rules(client, *(("20-holds.yaml", text % "true", text % "false") for text in texts))
    assert await free(desk) == [5, 5, 5]


async def test_where_putting_away_takes_no_day_goods_count_as_they_come(client: Client):
    """The stock list says that they do."""
    desk = await company(client, dock=0)
    await move(desk, "e1", "receipt", ("received", 4))
    assert await free(desk) == [9, 9, 9]
    stock = (await desk.ask(STOCK))["item"]["stock"]
    assert [(row["status"], row["quantity"], row["counted"]) for row in stock] == [
        ("available", 5, True),
        ("received", 4, True),
    ]
