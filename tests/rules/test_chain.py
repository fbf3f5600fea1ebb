"""Days from an order to its receipt and back, and the day a receipt counts from."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.calendar import NoOpenDay, local_day, roll
from rules.chain import (
    Chain,
    Origin,
    Receiver,
    Route,
    add_back,
    arrival_instant,
    chain_from,
    counts_on,
    instant_of,
    lanes_between,
    start_day,
)
from rules.company import EVERY_DAY, Calendar, Lane
from rules.delivery import delivery
from tests.rules.profile import quick

WEEK = frozenset({1, 2, 3, 4, 5})
CLOSED = frozenset({date(2026, 4, 3), date(2026, 4, 6)})
BERLIN = Origin("Europe/Berlin", Calendar("Berlin", WEEK, CLOSED), cut_off=15 * 60, preparation_days=1)
LANE = Lane("BER", "US-NY", "standard", Calendar("Mon-Sat", WEEK | {6}), transit_days=2)
NEW_YORK = Receiver("America/New_York", Calendar("Mon-Fri", WEEK))
ROUTE = Route(BERLIN, LANE, NEW_YORK)


def latest(route: Route, wanted: date) -> date:
    """The latest day goods must be free for picking, of two months before the wanted one."""
    found = delivery(route, wanted - timedelta(days=60), wanted + timedelta(days=3)).latest(wanted)
    assert found is not None
    return found.needed_on


def utc(month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ordered", "needed_on", "ship_on", "promised"),
    [
        (utc(3, 27, 13, 30), date(2026, 3, 27), date(2026, 3, 30), date(2026, 4, 1)),
        (utc(3, 30, 13, 30), date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 3)),
    ],
)
def test_half_past_one_in_utc_is_before_the_cut_off_in_winter_and_after_it_in_summer(
    ordered, needed_on, ship_on, promised
):
    """14:30 in Berlin on the 27th of March, 15:30 on the 30th: clocks changed between them."""
    chain = chain_from(ROUTE, start_day(ROUTE.origin, ordered))
    assert (chain.needed_on, chain.ship_on, chain.promised) == (needed_on, ship_on, promised)


@pytest.mark.parametrize(
    ("wanted", "needed_on"),
    [(date(2026, 4, 2), date(2026, 3, 30)), (date(2026, 4, 6), date(2026, 4, 1))],
)
def test_the_latest_day_goods_are_needed_for_a_wanted_day(wanted, needed_on):
    """For Monday the 6th they ship on Thursday the 2nd, arrive on Saturday and are taken in on Monday."""
    assert latest(ROUTE, wanted) == needed_on
    assert chain_from(ROUTE, needed_on).promised <= wanted


def test_the_days_of_goods_wanted_on_a_closed_monday():
    """Each day of the chain for the 6th of April."""
    assert chain_from(ROUTE, date(2026, 4, 1)) == Chain(
        date(2026, 4, 1), date(2026, 4, 2), date(2026, 4, 4), date(2026, 4, 6)
    )


def test_twelve_hours_over_a_clock_change_arrive_by_the_new_clock():
    """Leaving at 18:00 on the 28th of March, they arrive at 07:00, not at 06:00."""
    lane = Lane("BER", "DE", "night", transit_hours=12, departs=18 * 60)
    route = Route(Origin("Europe/Berlin"), lane, Receiver("Europe/Berlin"))
    chain = chain_from(route, date(2026, 3, 28))
    assert chain.arrives_at == instant_of(date(2026, 3, 29), 7 * 60, "Europe/Berlin")
    assert (chain.arrival, chain.promised) == (date(2026, 3, 29), date(2026, 3, 29))


@pytest.mark.parametrize(
    ("ordered", "days"),
    [(utc(3, 1, 14, 59), [(3, 5), (12, 7)]), (utc(3, 1, 15, 1), [(4, 5), (12, 7)])],
)
def test_a_minute_after_the_cut_off_moves_what_is_there_and_not_what_comes(ordered, days):
    """Five on hand, ten on the 10th, two days of transit, twelve asked on the 1st."""
    route = Route(Origin("UTC", cut_off=15 * 60), Lane("A", "B", transit_days=2), Receiver("UTC"))
    rest, promised = 12, []
    for free_on, quantity in ((date(2026, 3, 1), 5), (date(2026, 3, 10), 10)):
        part = min(rest, quantity)
        picked_on = max(start_day(route.origin, ordered), free_on)
        promised.append((chain_from(route, picked_on).promised.day, part))
        rest -= part
    assert promised == days


def test_the_very_second_of_the_cut_off_is_too_late():
    """At 14:59:59 it still goes today."""
    site = Origin("UTC", cut_off=15 * 60)
    assert start_day(site, utc(3, 2, 14, 59, 59)) == date(2026, 3, 2)
    assert start_day(site, utc(3, 2, 15)) == date(2026, 3, 3)
    assert start_day(replace(site, cut_off=None), utc(3, 2, 23, 59)) == date(2026, 3, 2)


def test_an_order_on_a_closed_day_starts_on_the_next_open_one_whatever_the_hour():
    """Saturday evening: Monday, not Tuesday."""
    site = Origin("UTC", Calendar("Mon-Fri", WEEK), cut_off=15 * 60)
    assert start_day(site, utc(3, 7, 20)) == start_day(site, utc(3, 7, 8)) == date(2026, 3, 9)


def test_a_cut_off_that_clocks_skip_is_the_first_instant_after_the_gap():
    """Half past two does not exist in Berlin on the 29th of March: three o'clock is too late."""
    site = Origin("Europe/Berlin", cut_off=2 * 60 + 30)
    assert instant_of(date(2026, 3, 29), 150, "Europe/Berlin") == utc(3, 29, 1)
    assert start_day(site, utc(3, 29, 0, 59, 59)) == date(2026, 3, 29)
    assert start_day(site, utc(3, 29, 1)) == date(2026, 3, 30)


def test_a_cut_off_that_exists_twice_is_the_earlier():
    """Half past two in Berlin on the 25th of October is 00:30 and 01:30 in UTC."""
    assert instant_of(date(2026, 10, 25), 150, "Europe/Berlin") == utc(10, 25, 0, 30)


def test_goods_leave_on_the_first_day_site_and_lane_are_both_open():
    """A site open on weekdays and a carrier that comes on Tuesdays and Sundays."""
    site = Origin("UTC", Calendar("Mon-Fri", WEEK))
    lane = Lane("A", "B", calendar=Calendar("Tue and Sun", frozenset({2, 7})), transit_days=1)
    chain = chain_from(Route(site, lane, Receiver("UTC")), date(2026, 3, 4))
    assert (chain.ship_on, chain.arrival) == (date(2026, 3, 10), date(2026, 3, 15))


def test_a_site_and_a_lane_that_never_meet_are_said_so():
    """Both calendars are named."""
    site = Origin("UTC", Calendar("Mon-Fri", WEEK))
    lane = Lane("A", "B", calendar=Calendar("Sundays", frozenset({7})))
    route = Route(site, lane, Receiver("UTC"))
    with pytest.raises(NoOpenDay, match="Mon-Fri and Sundays"):
        chain_from(route, date(2026, 3, 4))
    with pytest.raises(NoOpenDay, match="Mon-Fri and Sundays"):
        delivery(route, date(2026, 3, 2), date(2026, 3, 4))


def test_the_search_starts_no_earlier_than_the_order_allows():
    """Wanted soon: nothing from the start on is in time. Wanted later: the latest day that still is."""
    start = start_day(BERLIN, utc(3, 27, 13, 30))
    days = delivery(ROUTE, start, date(2026, 5, 1))
    assert days.latest(date(2026, 3, 28)) is None
    assert days.received[0] == chain_from(ROUTE, date(2026, 3, 27)).promised
    found = days.latest(date(2026, 4, 6))
    assert found is not None
    assert found.needed_on == date(2026, 4, 1)


def test_a_lane_is_found_by_site_zone_and_service():
    """In the order of services; another site's or zone's lanes are none."""
    express, other = replace(LANE, service="express"), replace(LANE, destination="US-CA")
    lanes = (other, express, LANE)
    assert lanes_between(lanes, "BER", "US-NY") == (express, LANE)
    assert lanes_between(lanes, "BER", "US-NY", "standard") == (LANE,)
    assert lanes_between(lanes, "HAM", "US-NY") == ()


@pytest.mark.parametrize(
    ("due", "days", "counted"),
    [
        (date(2026, 4, 2), 0, date(2026, 4, 2)),
        (date(2026, 4, 2), 1, date(2026, 4, 7)),
        (date(2026, 4, 4), 0, date(2026, 4, 7)),
        (utc(4, 1, 8), 0, date(2026, 4, 2)),
        (utc(3, 31, 22), 0, date(2026, 4, 1)),
        (utc(3, 31, 22), 1, date(2026, 4, 2)),
        (utc(4, 4, 8), 1, date(2026, 4, 8)),
    ],
)
def test_a_receipt_counts_once_it_is_put_away(due, days, counted):
    """A date by open days; an instant from the next day unless it is a day's start; closed days wait."""
    assert counts_on(BERLIN, due, days) == counted


def test_counting_back_ends_too():
    """A calendar without an open day before has none to count back to."""
    with pytest.raises(NoOpenDay):
        add_back(Calendar("never", frozenset()), date(2026, 3, 4), 0)
    with pytest.raises(NoOpenDay):
        add_back(Calendar("Mondays", frozenset({1})), date(1, 1, 3), 1)
    with pytest.raises(NoOpenDay):
        add_back(Calendar("Tuesdays", frozenset({2})), date(1, 1, 1), 0)


CALENDARS = st.builds(
    Calendar,
    st.just("any"),
    st.frozensets(st.integers(1, 7), min_size=4),
    st.frozensets(st.dates(date(2026, 3, 1), date(2026, 4, 30)), max_size=6),
)
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Pacific/Honolulu"]
)
ORIGINS = st.builds(Origin, ZONES, CALENDARS, st.none() | st.integers(0, 1439), st.integers(0, 3))
LANES = st.builds(
    Lane,
    st.just("A"),
    st.just("B"),
    st.just(""),
    CALENDARS,
    st.integers(0, 4),
    st.none() | st.integers(0, 60),
    st.integers(0, 1439),
)
ROUTES = st.builds(Route, ORIGINS, LANES, st.builds(Receiver, ZONES, CALENDARS))
DAYS = st.dates(date(2026, 3, 20), date(2026, 4, 10))


def by_trying(route: Route, wanted: date) -> date | None:
    """Every day from well after the wanted one back, until one is early enough."""
    for back in range(90):
        day = wanted + timedelta(days=3 - back)
        if roll(route.origin.calendar, day) == day and chain_from(route, day).promised <= wanted:
            return day
    return None


@quick
@given(ROUTES, DAYS)
def test_the_latest_day_is_the_one_found_by_trying_every_day(route, wanted):
    """Looked up among the days chained once, and tried one by one."""
    assert latest(route, wanted) == by_trying(route, wanted)


@quick
@given(ROUTES, DAYS, DAYS)
def test_what_is_needed_later_is_promised_no_sooner(route, one, other):
    """Forward and backward alike."""
    early, late = sorted((one, other))
    assert chain_from(route, early).promised <= chain_from(route, late).promised
    assert latest(route, early) <= latest(route, late)


@quick
@given(ROUTES, DAYS)
def test_back_and_forward_bound_each_other(route, day):
    """Back from what is promised is that day or later; forward from what was needed is in time."""
    chain = chain_from(route, day)
    assert latest(route, chain.promised) >= chain.needed_on
    assert chain_from(route, latest(route, day)).promised <= day


@quick
@given(ROUTES, st.integers(0, 20 * 24 * 60).map(lambda minutes: utc(3, 20) + timedelta(minutes=minutes)))
def test_the_days_of_a_chain_follow_each_other(route, ordered):
    """Each on a day its place is open, none before the one it follows at the same place."""
    chain = chain_from(route, start_day(route.origin, ordered))
    site, receiver = route.origin.calendar, route.receiver.calendar
    assert local_day(ordered, route.origin.zone) <= chain.needed_on <= chain.ship_on
    assert chain.arrival <= chain.promised
    assert [roll(site, chain.needed_on), roll(receiver, chain.promised)] == [chain.needed_on, chain.promised]
    assert roll(site, chain.ship_on) == roll(route.lane.calendar, chain.ship_on) == chain.ship_on
    if route.lane.transit_hours is not None:
        assert chain.arrives_at == arrival_instant(route, chain.ship_on)
        assert chain.arrival == local_day(chain.arrives_at, route.receiver.zone)


def test_with_all_days_open_a_chain_is_a_sum():
    """Three days of preparation and two on the way."""
    route = Route(
        Origin("UTC", preparation_days=3), Lane("A", "B", transit_days=2), Receiver("UTC", EVERY_DAY)
    )
    assert chain_from(route, date(2026, 3, 4)).promised == date(2026, 3, 9)
