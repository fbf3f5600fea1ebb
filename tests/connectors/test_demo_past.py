"""The demo company's last half year leads to exactly what stands on the demo day, and is believable."""

import os
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from datasources.connectors.demo import DEMO_DAY, DemoSize, demo_history
from datasources.connectors.demo.past.season import FIRST_DAY, PROMOTIONS, Promotion
from datasources.facts import (
    CalendarFact,
    DemandFact,
    Event,
    HoldFact,
    ItemFact,
    LotFact,
    Movement,
    SiteFact,
    StockFact,
    SupplyFact,
)
from resolvers.flows.effects import CAUSES
from tests.connectors.demo_told import FULL, Company

Place = tuple[str, str, str, str, str, str]


@pytest.fixture(scope="module")
def full() -> Company:
    return Company(FULL)


@pytest.fixture(scope="module")
def past() -> list[Event]:
    return list(demo_history(FULL))


def legs_of(event: Event) -> list[tuple[Place, Decimal]]:
    """Each place an event touches, and by how much."""
    moved = movement(event)
    return [
        ((moved.code, leg.site_id, leg.status, leg.ownership, leg.lot, leg.bin), leg.quantity)
        for leg in moved.legs
    ]


def movement(event: Event) -> Movement:
    assert isinstance(event.fact, Movement)
    return event.fact


def local_days(company: Company, events: list[Event], cause: str, site_id: str) -> list[date]:
    """The site's own days on which the cause was reported there."""
    zone = ZoneInfo(company.zones[site_id])
    return [
        event.occurred_at.astimezone(zone).date()
        for event in events
        if event.occurred_at and movement(event).cause == cause and movement(event).legs[0].site_id == site_id
    ]


@pytest.mark.parametrize("size", [DemoSize(), FULL], ids=["small", "full"])
def test_opening_balances_and_moves_add_up_to_the_stock_stated(size):
    """Place by place: state, owner, lot and bin, to the gram."""
    balance: dict[Place, Decimal] = {}
    for event in demo_history(size):
        for place, quantity in legs_of(event):
            balance[place] = balance.get(place, Decimal(0)) + quantity
    stated: dict[Place, Decimal] = {}
    for row in Company(size).all(StockFact):
        place = (row.code, row.site_id, row.status, row.ownership, row.lot, row.bin)
        stated[place] = stated.get(place, Decimal(0)) + row.quantity
    assert {place: quantity for place, quantity in balance.items() if quantity} == stated


def test_no_shelf_is_ever_below_nothing(past):
    balance: Counter[Place] = Counter()
    for event in past:
        for place, quantity in legs_of(event):
            balance[place] += quantity  # type: ignore[assignment]
            assert balance[place] >= 0, event


def test_it_is_told_oldest_first_from_opening_balances(past):
    assert all(before.occurred_at <= after.occurred_at for before, after in pairwise(past))
    openings = [event.event_id.endswith("-opening") for event in past]
    assert openings == sorted(openings, reverse=True)
    assert 1_000 < sum(openings) < len(past) / 2


def test_it_spans_the_half_year_before_the_demo_day(full, past):
    days = {
        event.occurred_at.astimezone(ZoneInfo(full.zones[movement(event).legs[0].site_id])).date()
        for event in past
        if not event.event_id.endswith("-opening")
    }
    assert (min(days), max(days)) == (FIRST_DAY, DEMO_DAY - timedelta(days=1))
    assert timedelta(days=180) == DEMO_DAY - FIRST_DAY


def test_an_event_is_told_once(past):
    assert len({(event.source, event.event_id) for event in past}) == len(past)


def test_every_instant_says_how_far_it_is_from_utc(past):
    assert {event.occurred_at.utcoffset() for event in past} == {timedelta(0)}


def test_the_owner_of_a_sites_stock_tells_its_past(full, past):
    owners = {row.site_id: source for source, row in full.told if isinstance(row, StockFact)}
    told = {(leg.site_id, event.source) for event in past for leg in movement(event).legs}
    assert told == set(owners.items())


def test_it_names_only_what_is_known(full, past):
    """Items, sites and lots exist; causes are those the gateway takes; nothing is told in parts too small."""
    precision = {item.sku: item.precision for item in full.all(ItemFact)}
    lots = {(lot.code, lot.lot) for lot in full.all(LotFact)}
    for event in past:
        moved = movement(event)
        assert moved.cause in CAUSES
        for leg in moved.legs:
            assert leg.quantity
            assert leg.quantity * 10 ** precision[moved.code] % 1 == 0
            assert not leg.lot or (moved.code, leg.lot) in lots


def test_no_line_still_open_is_named_but_by_what_is_on_the_lorry(full, past):
    """Goods of the past belong to lines that are closed; a lorry that left has not arrived."""
    open_lines = {line.line_id for line in [*full.all(SupplyFact), *full.all(DemandFact)]}
    named = [movement(event) for event in past if movement(event).line_id in open_lines]
    assert named
    assert {moved.cause for moved in named} == {"transfer"}
    assert all(leg.quantity < 0 for moved in named for leg in moved.legs)


def test_what_is_on_the_lorry_left_a_centre(full, past):
    stores = {site.site_id for site in full.all(SiteFact) if site.kind == "store"}
    lorries = {
        line.line_id: -line.quantity
        for line in full.all(SupplyFact)
        if line.kind == "in_transit" and line.site_id in stores
    }
    left = {
        movement(event).line_id: movement(event).legs[0].quantity
        for event in past
        if movement(event).line_id in lorries
    }
    assert left == lorries


def test_what_a_store_was_sent_had_left_its_centre_before(past):
    """Under the same line and in the same quantity; the first arrivals had left before the beginning."""
    sent: dict[str | None, list[Event]] = {}
    for event in past:
        if movement(event).cause == "transfer" and "-H" in str(movement(event).line_id):
            sent.setdefault(movement(event).line_id, []).append(event)
    pairs = [events for events in sent.values() if len(events) == 2]
    assert len(pairs) > 0.9 * len(sent)
    for left, came in pairs:
        assert (left.source, came.source) == ("wms", "pos")
        assert movement(left).legs[0].quantity == -movement(came).legs[0].quantity


def test_nobody_works_on_a_closed_day(full, past):
    calendars = {calendar.name: calendar for calendar in full.all(CalendarFact)}
    for site in full.all(SiteFact):
        calendar = calendars[site.calendar]
        for cause in ("shipment", "sale", "receipt"):
            for day in local_days(full, past, cause, site.site_id):
                assert day.isoweekday() in calendar.open_weekdays
                assert day not in calendar.closed


def test_centres_ship_most_on_mondays_and_shops_sell_most_on_saturdays(full, past):
    centre = Counter(day.weekday() for day in local_days(full, past, "shipment", "DC-HAM"))
    shops = [site.site_id for site in full.all(SiteFact) if site.kind == "store"]
    sold = Counter(day.weekday() for shop in shops for day in local_days(full, past, "sale", shop))
    assert centre.most_common(1)[0][0] == 0
    assert sold.most_common(1)[0][0] == 5


def shipped(past: list[Event], departments: dict[str, str], department: str, days: range) -> Decimal:
    """What centres shipped of a department on some days of the past."""
    first, last = FIRST_DAY + timedelta(days=days.start), FIRST_DAY + timedelta(days=days.stop)
    return sum(
        (
            -leg.quantity
            for event in past
            if event.occurred_at
            and movement(event).cause == "shipment"
            and departments[movement(event).code] == department
            and first <= event.occurred_at.date() < last
            for leg in movement(event).legs
        ),
        Decimal(0),
    )


@pytest.mark.parametrize("promotion", PROMOTIONS, ids=lambda promotion: promotion.name)
def test_a_promotion_sells_more_than_the_days_before_it(full, past, promotion: Promotion):
    departments = {item.sku: item.attributes["department"] for item in full.all(ItemFact)}
    start, days = (promotion.start - FIRST_DAY).days, (promotion.end - promotion.start).days
    during = sum(
        shipped(past, departments, name, range(start, start + days)) for name in promotion.departments
    )
    before = sum(
        shipped(past, departments, name, range(start - days, start)) for name in promotion.departments
    )
    assert during > before


def test_lights_sell_before_christmas(full, past):
    departments = {item.sku: item.attributes["department"] for item in full.all(ItemFact)}
    november_december = shipped(past, departments, "Lighting and Candles", range(59, 119))
    january_february = shipped(past, departments, "Lighting and Candles", range(120, 180))
    assert november_december > 2 * january_february


def test_the_lantern_sold_out_before_the_demo_day(past):
    """LT-1005 has a past of sales, and its last ones emptied the shelf."""
    lantern = [event for event in past if movement(event).code == "LT-1005"]
    last = [event.occurred_at.date() for event in lantern if movement(event).cause == "shipment"][-1]
    assert sum(quantity for event in lantern for _, quantity in legs_of(event)) == 0
    assert timedelta(days=2) < DEMO_DAY - last < timedelta(days=31)


def test_a_story_moved_every_few_days(past):
    days = {
        event.occurred_at.date()
        for event in past
        if movement(event).code == "TW-1001" and movement(event).cause == "shipment"
    }
    assert len(days) > 50


def test_holds_stand_on_goods_that_had_arrived(full, past):
    """No hold names a lot that has no past."""
    moved = {(movement(event).code, leg.lot) for event in past for leg in movement(event).legs}
    held = {(hold.code, lot) for hold in full.all(HoldFact) for lot in hold.lots}
    assert held
    assert held <= moved


def test_another_process_tells_the_same_past():
    script = (
        "import hashlib; from datasources.connectors.demo import DemoSize, demo_history;"
        "print(hashlib.sha256(repr(list(demo_history(DemoSize(items=40)))).encode()).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
