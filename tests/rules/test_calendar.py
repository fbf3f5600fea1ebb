"""Days are labels of a zone; clocks change under them and they neither overlap nor leave a gap."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.calendar import (
    NoOffset,
    NoOpenDay,
    UnknownZone,
    add,
    day_start,
    hours_in_day,
    local_day,
    receipt_day,
    roll,
)
from rules.company import Calendar
from tests.rules.profile import quick

ZONES = sorted(available_timezones())
WEEKDAYS = Calendar("Mon-Fri", frozenset({1, 2, 3, 4, 5}), frozenset({date(2026, 4, 3), date(2026, 4, 6)}))


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def test_one_instant_is_two_days_in_two_zones():
    """Half past midnight in Tokyo is still the afternoon before in Berlin."""
    instant = utc(2026, 7, 1, 15, 30)
    assert local_day(instant, "Asia/Tokyo") == date(2026, 7, 2)
    assert local_day(instant, "Europe/Berlin") == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 3, 30), "Europe/Berlin", 24),
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
        (date(2011, 12, 30), "Pacific/Apia", 0),
    ],
)
def test_a_day_has_the_hours_its_clocks_give_it(day, zone, hours):
    """Twice a year a day is an hour short or long; one zone shifts half an hour; one skipped a day."""
    assert hours_in_day(day, zone) == hours


def test_a_midnight_that_clocks_skip_begins_after_the_gap():
    """In Cuba clocks go from midnight to one: the day begins at one."""
    assert day_start(date(2026, 3, 8), "America/Havana") == utc(2026, 3, 8, 5)


def test_a_gap_that_swallows_midnight_from_both_sides_ends_the_day_before():
    """Toronto in 1919 went from 23:30 to 00:30: the next day begins at that instant, not at one o'clock."""
    assert day_start(date(1919, 3, 31), "America/Toronto") == utc(1919, 3, 31, 4, 30)
    assert local_day(utc(1919, 3, 31, 4, 30), "America/Toronto") == date(1919, 3, 31)
    assert local_day(utc(1919, 3, 31, 4, 29, 59), "America/Toronto") == date(1919, 3, 30)


def test_of_a_midnight_that_exists_twice_the_earlier_begins_the_day():
    """St John's once went back at one minute past midnight: the day that had begun goes on."""
    day = date(2006, 10, 29)
    assert day_start(day, "America/St_Johns") == utc(2006, 10, 29, 2, 30)
    assert local_day(utc(2006, 10, 29, 2, 45), "America/St_Johns") == day
    assert hours_in_day(day, "America/St_Johns") == 25


@quick
@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(1850, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_days_tile_the_time_line(zone, instant):
    """Every instant lies in exactly one day, and that day ends where the next begins."""
    day = local_day(instant, zone)
    assert day_start(day, zone) <= instant < day_start(day + timedelta(days=1), zone)


@quick
@given(st.sampled_from(ZONES), st.dates(date(1850, 1, 1), date(2100, 1, 1)))
def test_a_day_that_lasts_holds_its_own_start(zone, day):
    """The first instant of a day belongs to it, and the instant before does not."""
    start = day_start(day, zone)
    if hours_in_day(day, zone):
        assert local_day(start, zone) == day
        assert local_day(start - timedelta(microseconds=1), zone) < day


def test_a_receipt_with_a_date_counts_on_that_day():
    """A date is a label; no zone moves it."""
    assert receipt_day(date(2026, 5, 4), "Asia/Tokyo") == date(2026, 5, 4)


@pytest.mark.parametrize(
    ("due", "rule", "day"),
    [
        (utc(2026, 7, 1, 15, 30), "same_bucket", date(2026, 7, 1)),
        (utc(2026, 7, 1, 15, 30), "from_next_bucket", date(2026, 7, 2)),
        (utc(2026, 6, 30, 22, 0), "from_next_bucket", date(2026, 7, 1)),
        (utc(2026, 6, 30, 21, 59, 59), "from_next_bucket", date(2026, 7, 1)),
    ],
)
def test_a_receipt_with_an_instant_counts_from_the_next_day_unless_exactly_at_its_start(due, rule, day):
    """Goods arriving in the course of a day in Berlin are promised from the next one."""
    assert receipt_day(due, "Europe/Berlin", rule) == day


def test_working_days_skip_weekends_and_holidays():
    """From the Thursday before Easter the next working day is Tuesday."""
    assert roll(WEEKDAYS, date(2026, 4, 2)) == date(2026, 4, 2)
    assert roll(WEEKDAYS, date(2026, 4, 3)) == date(2026, 4, 7)
    assert add(WEEKDAYS, date(2026, 4, 2), 1) == date(2026, 4, 7)
    assert add(WEEKDAYS, date(2026, 4, 4), 0) == date(2026, 4, 7)
    assert add(WEEKDAYS, date(2026, 3, 30), 5) == date(2026, 4, 8)


def test_a_place_that_never_opens_is_said_so():
    """The search ends, with the calendar, the day and what to do."""
    never = Calendar("never", frozenset())
    with pytest.raises(NoOpenDay, match="'never' has no open day within 3660 days from 2026-04-02"):
        roll(never, date(2026, 4, 2))
    with pytest.raises(NoOpenDay):
        roll(never, date.max)


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc/passwd", "America"])
def test_a_zone_nobody_knows_is_named(name):
    """A folder of the time zone database is no zone either."""
    with pytest.raises(UnknownZone, match="is not an IANA time zone"):
        day_start(date(2026, 1, 1), name)


def test_an_instant_without_offset_is_refused():
    """Nothing guesses the machine's own zone."""
    with pytest.raises(NoOffset, match="has no offset"):
        local_day(datetime(2026, 1, 1), "UTC")  # noqa: DTZ001
