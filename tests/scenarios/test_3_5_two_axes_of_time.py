"""Requirement 3.5 in full: what was so at an instant, and what was known at one, exact at day edges."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from datasources.facts import DemandFact, StockFact, SupplyFact
from tests.application import Client
from tests.databases import Opened
from tests.scenarios.company import WEB, item, receive, site, tell

STOCK = """query($at: DateTime, $known: DateTime) {
  item(sku: "A") { stock(at: $at, asKnownAt: $known) { site status quantity } } }"""

PROJECTION = """query($at: DateTime, $known: DateTime) {
  item(sku: "A") { projection(days: 3, at: $at, asKnownAt: $known) {
    site today days { day usable receipts commitments atp } } } }"""

ASK = """query($known: DateTime) {
  availability(channel: "web", asKnownAt: $known, lines: [{sku: "A", quantity: 1, wanted: "2026-06-01"}]) {
    inquiry asOf lines { promisable } } }"""

AGAIN = "query($id: ID!) { inquiry(id: $id) { identical asKnownAt askedAt answer { lines { promisable } } } }"


def instant(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.fixture
async def tokyo(client: Client, opened: Opened) -> Client:
    """Ten on hand in Tokyo since noon of 1 June, by a count recorded at that moment."""
    await opened.set_now(instant("2026-06-01T12:00", "Asia/Tokyo"))
    await tell(client, "erp", item("A"), site("TYO", "Asia/Tokyo"), WEB)
    await tell(client, "wms", StockFact("A", "TYO", Decimal(10)), states=["stock"])
    return client


def moved(event_id: str, quantity: int, at: datetime) -> dict[str, Any]:
    legs = [{"site": "TYO", "quantity": quantity}]
    movement = {"sku": "A", "cause": "adjustment", "legs": legs}
    return {"source": "wms", "eventId": event_id, "occurredAt": at.isoformat(), "movement": movement}


async def on_hand(client: Client, at: datetime | None = None, known: datetime | None = None) -> int:
    variables = {"at": at and at.isoformat(), "known": known and known.isoformat()}
    rows = (await client.ask(STOCK, **variables))["item"]["stock"]
    return sum(row["quantity"] for row in rows if row["status"] == "available")


async def test_a_late_report_shifts_what_was_so_and_never_what_was_known(tokyo: Client, opened: Opened):
    """Four went at 15:00, told at 18:00: at 16:00 six were there, and ten were known."""
    went, between, told = (instant(f"2026-06-01T{at}", "Asia/Tokyo") for at in ("15:00", "16:00", "18:00"))
    await opened.set_now(told)
    await receive(tokyo, moved("late", -4, went))
    assert await on_hand(tokyo) == 6
    assert await on_hand(tokyo, at=between) == 6
    assert await on_hand(tokyo, known=between) == 10
    assert await on_hand(tokyo, at=between, known=between) == 10
    assert await on_hand(tokyo, at=went - timedelta(microseconds=1)) == 10
    assert await on_hand(tokyo, at=went) == 6


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati"])
async def test_the_last_instant_of_a_day_and_the_first_of_the_next(client: Client, opened: Opened, zone: str):
    """One unit moved at 23:59:59.999999 and one at 00:00 of the site's days."""
    await opened.set_now(instant("2026-06-05T12:00"))
    await tell(client, "erp", item("A"), site("TYO", zone), WEB)
    midnight = instant("2026-06-03T00:00", zone)
    last = midnight - timedelta(microseconds=1)
    await receive(client, moved("last", 1, last), moved("first", 10, midnight))
    assert await on_hand(client, at=last - timedelta(microseconds=1)) == 0
    assert await on_hand(client, at=last) == 1
    assert await on_hand(client, at=midnight) == 11
    days = [
        (await client.ask(PROJECTION, at=at.isoformat()))["item"]["projection"][0] for at in (last, midnight)
    ]
    assert [day["today"] for day in days] == ["2026-06-02", "2026-06-03"]


async def test_an_answer_as_known_then_is_the_answer_given_then(tokyo: Client, opened: Opened):
    given = (await tokyo.ask(ASK))["availability"]
    await opened.set_now(instant("2026-06-01T18:00", "Asia/Tokyo"))
    await receive(tokyo, moved("late", -4, instant("2026-06-01T11:00", "Asia/Tokyo")))
    now = (await tokyo.ask(ASK))["availability"]
    then = (await tokyo.ask(ASK, known=given["asOf"]))["availability"]
    assert [answer["lines"][0]["promisable"] for answer in (given, now, then)] == [10, 6, 10]
    assert then["asOf"] == given["asOf"]
    again = (await tokyo.ask(AGAIN, id=then["inquiry"]))["inquiry"]
    assert again["identical"] is True
    assert again["asKnownAt"] == given["asOf"]
    assert again["askedAt"] > given["asOf"]


async def test_lines_are_as_they_were_stated_and_as_they_were_known(tokyo: Client, opened: Opened):
    """A receipt and an order that came, changed and closed."""
    morning, noon, evening = (instant(f"2026-06-02T{at}", "Asia/Tokyo") for at in ("08:00", "12:00", "20:00"))
    states = ["supply", "demand"]
    receipt = SupplyFact("P1", "purchase", "A", "TYO", Decimal(5), date(2026, 6, 3))
    order = DemandFact("1", "O1", "web", "A", "TYO", Decimal(3), date(2026, 6, 2))
    await opened.set_now(morning)
    await tell(tokyo, "erp", receipt, order, states=states)
    await opened.set_now(evening)
    await tell(tokyo, "erp", states=states)

    async def rows(**axes: datetime) -> list[tuple[int, int]]:
        variables = {name: at.isoformat() for name, at in axes.items()}
        [found] = (await tokyo.ask(PROJECTION, **variables))["item"]["projection"]
        return [(day["receipts"], day["commitments"]) for day in found["days"]]

    assert await rows() == [(0, 0), (0, 0), (0, 0)]
    assert await rows(at=noon) == [(0, 3), (5, 0), (0, 0)]
    assert await rows(known=noon) == [(0, 3), (5, 0), (0, 0)]
    assert await rows(known=morning - timedelta(seconds=1)) == [(0, 0), (0, 0), (0, 0)]


async def test_each_past_answer_equals_the_one_logged_at_its_instant(tokyo: Client, opened: Opened):
    """Forty events, told late by random spans; asked after each, and asked again as known then."""
    start = instant("2026-06-01T13:00", "Asia/Tokyo")
    given = []
    for number in range(40):
        await opened.set_now(start + timedelta(minutes=10 * number))
        happened = start + timedelta(minutes=10 * number - (number * 37) % 95)
        await receive(tokyo, moved(f"e{number}", (number * 7) % 11 - 4 or 1, happened))
        given.append((await tokyo.ask(ASK))["availability"])
    for answer in given:
        again = (await tokyo.ask(ASK, known=answer["asOf"]))["availability"]
        assert again["lines"] == answer["lines"]


async def test_a_storefront_may_not_ask_about_the_past(tokyo: Client):
    refused = await tokyo.as_("storefront", "web").refused(ASK, known="2026-06-01T03:00:00Z")
    assert refused["extensions"]["code"] == "FORBIDDEN"
