"""Days chained from the order to its receipt, and back, asked over HTTP of a site in Berlin."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from datasources.facts import LaneFact, SupplyFact
from tests.application import Client
from tests.builders import site
from tests.graph.berlin import ORDERED_IN_TIME, TOO_LATE, open_berlin, set_now
from tests.scenarios.company import tell

ASK = """query($quantity: Quantity!, $wanted: Date!, $to: String, $service: String) {
  availability(lines: [{sku: "TEA", quantity: $quantity, wanted: $wanted}], channel: "web",
               shipTo: $to, service: $service) {
    inquiry lines { promisable earliest open problem { code message nextStep }
      schedule { day neededOn shipOn service site quantity } } } }"""
REPLAY = "query($id: ID!) { inquiry(id: $id) { identical } }"


@pytest.fixture
async def berlin(client: Client) -> Client:
    """Ten pieces in Berlin, where orders from three in the afternoon on are the next day's."""
    await open_berlin(client)
    return client


async def ask(
    client: Client, at: datetime, quantity: int = 1, wanted: str = "2026-03-27", **more: Any
) -> Any:
    """The one line's answer, asked at the instant; deciding it again from the log gives the same."""
    await set_now(client, at)
    told = (await client.ask(ASK, quantity=quantity, wanted=wanted, **{"to": "US-NY"} | more))["availability"]
    again = await client.ask(REPLAY, id=told["inquiry"])
    assert again["inquiry"]["identical"], "the log gives the same days"
    return told["lines"][0]


@pytest.mark.parametrize(
    ("at", "days"),
    [
        (ORDERED_IN_TIME, ("2026-03-27", "2026-03-30", "2026-04-01")),
        (TOO_LATE, ("2026-03-31", "2026-04-01", "2026-04-03")),
    ],
)
async def test_an_order_is_received_after_the_cut_off_the_preparation_and_the_way(berlin, at, days):
    """Friday 14:30 in Berlin is in time; Monday 15:30, the clocks having changed, is not."""
    line = await ask(berlin, at)
    [part] = line["schedule"]
    assert (part["neededOn"], part["shipOn"], part["day"]) == days
    assert (line["earliest"], part["service"]) == (days[2], "parcel")


@pytest.mark.parametrize(
    ("wanted", "needed", "ships", "received"),
    [
        ("2026-04-02", "2026-03-30", "2026-03-31", "2026-04-02"),
        ("2026-04-06", "2026-04-01", "2026-04-02", "2026-04-06"),
    ],
)
async def test_goods_leave_no_earlier_than_the_wanted_day_needs(berlin, wanted, needed, ships, received):
    """Counted back from the day of receipt, over the carrier's Sunday and the closed days."""
    [part] = (await ask(berlin, ORDERED_IN_TIME, wanted=wanted))["schedule"]
    assert (part["neededOn"], part["shipOn"], part["day"]) == (needed, ships, received)


async def test_a_lane_in_hours_goes_by_the_clock_also_when_clocks_change(berlin: Client):
    """Twelve hours from Saturday 18:00 end on Sunday at 07:00 in Berlin, at 06:00 in London."""
    every_day = site("BER", "Europe/Berlin")
    night = LaneFact("BER", "GB", "night", transit_hours=12, departs="18:00")
    late = LaneFact("BER", "GB", "late", transit_hours=29, departs="18:00")
    await tell(berlin, "erp", every_day, night, late)
    saturday = datetime(2026, 3, 28, 8, tzinfo=UTC)
    [part] = (await ask(berlin, saturday, to="GB", service="night", wanted="2026-03-28"))["schedule"]
    assert (part["shipOn"], part["day"]) == ("2026-03-28", "2026-03-29")
    [part] = (await ask(berlin, saturday, to="GB", service="late", wanted="2026-03-28"))["schedule"]
    assert part["day"] == "2026-03-29", "29 hours from 17:00Z end at 22:00Z, which is 23:00 in London"


DONE = """operation { status lines { reservation beside quantity problem { code nextStep }
  parts { day neededOn shipOn service site quantity } } }"""
RESERVE = f"mutation($input: ReserveInput!) {{ reserve(input: $input) {{ {DONE} }} }}"
PROMISE = f"mutation($input: PromiseInput!) {{ promise(input: $input) {{ {DONE} }} }}"
CHANGE = f"mutation($input: ChangeInput!) {{ change(input: $input) {{ {DONE} }} }}"
LOOK = """query($id: ID!) { reservation(id: $id) { shipTo service wanted quantity
  parts { day shipOn promised service quantity } } }"""
PART = {"day": "2026-03-27", "shipOn": "2026-03-30", "promised": "2026-04-01", "service": "parcel"}


async def done(client: Client, mutation: str, **given: Any) -> Any:
    """The outcome of one mutation, as of the instant that is in time."""
    [payload] = (await client.ask(mutation, input={"channel": "web", **given})).values()
    return payload["operation"]


async def look(client: Client, line: Any, name: str = "reservation") -> Any:
    return (await client.ask(LOOK, id=line[name]))["reservation"]


def wanted(quantity: int = 4) -> dict[str, object]:
    return {"sku": "TEA", "quantity": quantity, "wanted": "2026-04-01"}


async def test_a_reservation_keeps_where_it_goes_and_when_it_leaves(berlin: Client):
    """The goods are kept for the day they are needed; the customer is promised the day of receipt."""
    await set_now(berlin, ORDERED_IN_TIME)
    made = await done(berlin, RESERVE, key="1", lines=[wanted()], shipTo="US-NY")
    [line] = made["lines"]
    assert line["parts"] == [
        {"day": "2026-04-01", "neededOn": "2026-03-27", "shipOn": "2026-03-30", "service": "parcel"}
        | {"site": "BER", "quantity": 4}
    ]
    kept = await look(berlin, line)
    assert kept == {
        "shipTo": "US-NY",
        "service": None,
        "wanted": "2026-04-01",
        "quantity": 4,
        "parts": [PART | {"quantity": 4}],
    }


async def test_what_a_change_wants_more_goes_to_the_same_place_by_the_same_service(berlin: Client):
    """Though a faster one has come up since."""
    await set_now(berlin, ORDERED_IN_TIME)
    given = {"lines": [wanted()], "shipTo": "US-NY", "service": "parcel"}
    [line] = (await done(berlin, RESERVE, key="1", **given))["lines"]
    await tell(berlin, "erp", LaneFact("BER", "US-NY", "air", transit_days=1))
    change = {"reservation": line["reservation"], "quantity": 6}
    changed = await done(berlin, CHANGE, key="2", lines=[change])
    beside = await look(berlin, changed["lines"][0], "beside")
    assert (beside["shipTo"], beside["service"]) == ("US-NY", "parcel")
    assert beside["parts"] == [PART | {"quantity": 2}]


async def test_more_for_two_destinations_is_asked_one_after_the_other(berlin: Client):
    """Else each would be told of the same units."""
    await set_now(berlin, ORDERED_IN_TIME)
    await tell(berlin, "erp", LaneFact("BER", "GB", "parcel", transit_days=1))
    names = []
    for key in ("US-NY", "GB"):
        made = await done(berlin, RESERVE, key=key, lines=[wanted()], shipTo=key)
        names.append(made["lines"][0]["reservation"])
    lines = [{"reservation": name, "quantity": 6} for name in names]
    told = await done(berlin, CHANGE, key="both", lines=lines)
    assert told["status"] == "REFUSED"
    assert told["lines"][1]["problem"]["code"] == "SEVERAL_DESTINATIONS"
    assert (await done(berlin, CHANGE, key="one", lines=lines[1:]))["status"] == "ACCEPTED"


async def test_an_inquiry_is_promised_to_the_place_it_asked_for(berlin: Client):
    """With the days it was told of."""
    await set_now(berlin, ORDERED_IN_TIME)
    asked = {"quantity": 4, "wanted": "2026-04-01", "to": "US-NY", "service": "parcel"}
    inquiry = (await berlin.ask(ASK, **asked))["availability"]["inquiry"]
    [line] = (await done(berlin, PROMISE, key="1", inquiry=inquiry))["lines"]
    kept = await look(berlin, line)
    assert (kept["shipTo"], kept["service"]) == ("US-NY", "parcel")
    assert kept["parts"] == [PART | {"quantity": 4}]


async def test_goods_taken_at_their_site_have_no_day_of_receipt(berlin: Client):
    await set_now(berlin, ORDERED_IN_TIME)
    [line] = (await done(berlin, RESERVE, key="1", lines=[wanted()]))["lines"]
    kept = await look(berlin, line)
    assert (kept["shipTo"], kept["service"]) == (None, None)
    plain = {"day": "2026-04-01", "shipOn": None, "promised": None, "service": None, "quantity": 4}
    assert kept["parts"] == [plain]


EXPECTED = """query($wanted: Date!) { availability(channel: "web",
    lines: [{sku: "TEA", quantity: 30, wanted: $wanted}]) { inquiry
  lines { earliest explanation { sites { supplies { due countedOn why } } } } } }"""


@pytest.mark.parametrize(
    ("due", "days", "stated", "counts"),
    [
        (date(2026, 3, 27), 0, "2026-03-27", "2026-03-27"),
        (date(2026, 3, 28), 0, "2026-03-28", "2026-03-28"),
        (date(2026, 3, 27), 1, "2026-03-27", "2026-03-30"),
        (date(2026, 3, 28), 1, "2026-03-28", "2026-03-31"),
        (date(2026, 4, 2), 2, "2026-04-02", "2026-04-08"),
        (datetime(2026, 3, 25, 9, tzinfo=UTC), 1, "2026-03-26", "2026-03-27"),
        (datetime(2026, 3, 26, 9, tzinfo=UTC), 1, "2026-03-27", "2026-03-30"),
    ],
)
async def test_what_comes_counts_once_the_site_has_put_it_away(berlin: Client, due, days, stated, counts):
    """In days on which the site works; what comes at an instant is free from the next day on."""
    await set_now(berlin, datetime(2026, 3, 24, 8, tzinfo=UTC))
    coming = SupplyFact("PO-1", "purchase", "TEA", "BER", Decimal(20), due)
    putting_away = site("BER", "Europe/Berlin", calendar="Berlin", dock_to_stock_days=days)
    await tell(berlin, "erp", putting_away, coming, states=["supply"])
    told = (await berlin.ask(EXPECTED, wanted="2026-03-24"))["availability"]
    [line] = told["lines"]
    assert line["earliest"] == counts
    [supply] = line["explanation"]["sites"][0]["supplies"]
    why = "counted" if counts == stated else f"counted from {counts}, once put away"
    assert supply == {"due": stated, "countedOn": counts, "why": why}
    assert (await berlin.ask(REPLAY, id=told["inquiry"]))["inquiry"]["identical"]


async def test_what_is_due_and_not_here_yet_is_put_away_after_today(berlin: Client):
    """It may come any hour; what came too late for its day counts by the rules for what is overdue."""
    await set_now(berlin, datetime(2026, 3, 24, 8, tzinfo=UTC))
    coming = SupplyFact("PO-1", "production", "TEA", "BER", Decimal(20), date(2026, 3, 23))
    putting_away = site("BER", "Europe/Berlin", calendar="Berlin", dock_to_stock_days=1)
    await tell(berlin, "erp", putting_away, coming, states=["supply"])
    [line] = (await berlin.ask(EXPECTED, wanted="2026-03-24"))["availability"]["lines"]
    assert line["earliest"] == "2026-03-25"


WHY = """query($wanted: Date!, $to: String, $service: String) {
  availability(channel: "web", shipTo: $to, service: $service,
               lines: [{sku: "TEA", quantity: 1, wanted: $wanted}]) {
    lines { promisable explanation { sites { day promisable days {
      start startWhy neededOn shipOn arrival promised service
      lanes { service neededOn shipOn promised taken whyNot } } } } } } }"""


async def why(client: Client, at: datetime, wanted: str, **more: Any) -> Any:
    """The one site's derivation, asked at the instant."""
    await set_now(client, at)
    told = await client.ask(WHY, wanted=wanted, **{"to": "US-NY"} | more)
    [line] = told["availability"]["lines"]
    return line["explanation"]["sites"][0]


async def test_the_derivation_tells_the_chain_of_days_and_is_for_the_day_of_picking(berlin: Client):
    """Wanted on Monday the 6th: arrived on Saturday, so needed on the Wednesday before."""
    told = await why(berlin, ORDERED_IN_TIME, "2026-04-06")
    days = told["days"]
    assert (days["start"], days["startWhy"]) == ("2026-03-27", "ordered at 14:30 there, before 15:00")
    assert (told["day"], days["neededOn"]) == ("2026-04-01", "2026-04-01")
    chained = (days["shipOn"], days["arrival"], days["promised"], days["service"])
    assert chained == ("2026-04-02", "2026-04-04", "2026-04-06", "parcel")
    late = (await why(berlin, TOO_LATE, "2026-04-06"))["days"]
    assert late["startWhy"] == "ordered at 15:30 there, not before 15:00: the next day it is open"
    weekend = (await why(berlin, datetime(2026, 4, 4, 8, tzinfo=UTC), "2026-04-20"))["days"]
    assert weekend["start"] == "2026-04-07"
    assert weekend["startWhy"].endswith("it is closed that day: the next day it is open")


async def test_the_lanes_that_were_not_taken_say_why(berlin: Client):
    """Each with the days it would have taken."""
    await tell(
        berlin,
        "erp",
        LaneFact("BER", "US-NY", "air", "Mon-Sat", transit_days=1),
        LaneFact("BER", "US-NY", "by hand", "Mon-Sat", transit_days=1, cost=Decimal(500)),
        LaneFact("BER", "US-NY", "zeppelin", "Mon-Sat", transit_days=1),
        LaneFact("BER", "US-NY", "sail", "Mon-Sat", transit_days=400),
    )
    days = (await why(berlin, ORDERED_IN_TIME, "2026-03-27"))["days"]
    lanes = {lane["service"]: lane for lane in days["lanes"]}
    assert (days["service"], lanes["air"]["taken"], lanes["air"]["whyNot"]) == ("air", True, None)
    assert lanes["parcel"]["promised"] == "2026-04-01"
    assert lanes["parcel"]["whyNot"] == "first received on 2026-04-01, 1 day later"
    assert lanes["by hand"]["whyNot"] == "received as early, and it costs more"
    assert lanes["zeppelin"]["whyNot"] == "received as early at the same cost; the first by name is taken"
    named = (await why(berlin, ORDERED_IN_TIME, "2026-03-27", service="parcel"))["days"]
    assert {lane["whyNot"] for lane in named["lanes"] if not lane["taken"]} == {
        "another service was asked for"
    }


async def test_goods_taken_at_the_site_have_a_start_and_no_lane(berlin: Client):
    """The cut-off counts for them too."""
    told = await why(berlin, TOO_LATE, "2026-03-30", to=None)
    days = told["days"]
    assert (told["day"], days["neededOn"], days["start"]) == ("2026-03-31", "2026-03-31", "2026-03-31")
    assert (days["shipOn"], days["promised"], days["lanes"]) == (None, None, [])
