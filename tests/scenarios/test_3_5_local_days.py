"""Requirement 3.5: each movement falls on its own site's day, whatever the clock says elsewhere."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.application import Client
from tests.databases import Opened
from tests.scenarios.company import WEB, item, promisable, receive, site, tell

MOVES = """query($site: String!, $day: Date!) {
  moves(site: $site, day: $day) { edges { node { eventId quantity localDay } } } }"""


@pytest.fixture
async def world(client: Client, opened: Opened) -> Client:
    await opened.set_now(datetime(2026, 11, 22, 12, tzinfo=UTC))
    await tell(client, "erp", item("A"), site("TYO", "Asia/Tokyo"), site("BER", "Europe/Berlin"), WEB)
    return client


def received(event_id: str, where: str, at: datetime, quantity: int) -> dict[str, object]:
    legs = [{"site": where, "quantity": quantity}]
    movement = {"sku": "A", "cause": "receipt", "legs": legs}
    return {"source": f"wms {where}", "eventId": event_id, "occurredAt": at.isoformat(), "movement": movement}


async def on(client: Client, where: str, day: str) -> list[tuple[str, int, str]]:
    found = await client.ask(MOVES, site=where, day=day)
    return [
        (n["eventId"], n["quantity"], n["localDay"]) for n in (e["node"] for e in found["moves"]["edges"])
    ]


async def test_each_receipt_falls_on_its_own_local_date(world: Client):
    """23:30 in Tokyo, and 00:30 in Berlin on the next day."""
    tokyo = datetime(2026, 6, 1, 23, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
    berlin = datetime(2026, 6, 2, 0, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    await receive(world, received("t", "TYO", tokyo, 4), received("b", "BER", berlin, 7))
    assert await on(world, "TYO", "2026-06-01") == [("t", 4, "2026-06-01")]
    assert await on(world, "TYO", "2026-06-02") == []
    assert await on(world, "BER", "2026-06-01") == []
    assert await on(world, "BER", "2026-06-02") == [("b", 7, "2026-06-02")]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-15", 24)])
async def test_days_of_23_and_25_hours_sum_right(world: Client, day: str, hours: int):
    """One unit each half hour of the local day, and one just before and just after it."""
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime.fromisoformat(day).replace(tzinfo=berlin).astimezone(UTC).timestamp()
    halves = range(-1, hours * 2 + 1)
    events = [received(f"{day} {n}", "BER", datetime.fromtimestamp(start + n * 1800, UTC), 1) for n in halves]
    assert {r["outcome"] for r in await receive(world, *events)} == {"APPLIED"}
    counted = await on(world, "BER", day)
    assert sum(quantity for _, quantity, _ in counted) == hours * 2
    assert await promisable(world, "A", "2026-11-22") == hours * 2 + 2
