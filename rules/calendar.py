"""Local days: when each begins, which one holds an instant, and which of them are open.

A day is a label of a site's IANA zone and lasts [its start, the next day's start): 24 hours, or 23 or 25 when
clocks change, or none where a country skipped it. Instants are datetimes with an offset; starts are in UTC.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from rules.company import Calendar

ReceiptRule = Literal["same_bucket", "from_next_bucket"]
"""Whether a receipt with an instant counts in the day that holds it, or only from the next day's start."""

CLOSED_DAYS_MAX = 3660
"""How far an open day is looked for. A place closed for ten years does not open again."""

ONE_DAY = timedelta(days=1)


class UnknownZone(ValueError):
    """A zone name that the IANA database does not know."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        super().__init__(
            f"{zone!r} is not an IANA time zone. Use a name such as Europe/Berlin or America/New_York."
        )


class NoOffset(ValueError):
    """An instant that does not say how far it is from UTC."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant
        super().__init__(
            f"{instant.isoformat()} has no offset from UTC. Write it as 2026-05-04T10:00:00Z or with +02:00."
        )


class NoOpenDay(ValueError):
    """A calendar that stays closed too long after a day."""

    def __init__(self, calendar: Calendar, day: date) -> None:
        self.calendar, self.day = calendar, day
        super().__init__(
            f"Calendar {calendar.name!r} has no open day within {CLOSED_DAYS_MAX} days from {day}. "
            "Give it an open weekday, or end its closed days."
        )


@lru_cache(maxsize=700)
def zone_of(zone: str) -> ZoneInfo:
    """The zone's clock rules are at hand; a name nobody knows is an UnknownZone."""
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as unknown:
        raise UnknownZone(zone) from unknown


def local_day(instant: datetime, zone: str) -> date:
    """The day whose hours hold `instant`, in `zone`."""
    if instant.tzinfo is None:
        raise NoOffset(instant)
    day = instant.astimezone(zone_of(zone)).date()
    # Where clocks go back over midnight the old date shows again after the new day began; the day goes on.
    return day + ONE_DAY if instant >= day_start(day + ONE_DAY, zone) else day


@lru_cache(maxsize=8192)
def day_start(day: date, zone: str) -> datetime:
    """The UTC instant at which `day` begins in `zone`.

    Of a midnight that exists twice the earlier; for one that clocks skip, the first instant after the gap.
    """
    clock = zone_of(zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=clock)
    start = midnight.astimezone(UTC)
    skipped = start.astimezone(clock).replace(tzinfo=None) != midnight.replace(tzinfo=None)
    return _end_of_gap(midnight) if skipped else start


def _end_of_gap(midnight: datetime) -> datetime:
    """The first UTC instant after the clock change that skips `midnight`."""
    before = midnight.replace(fold=1).astimezone(UTC)
    after = midnight.astimezone(UTC)
    offset_before = before.astimezone(midnight.tzinfo).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(midnight.tzinfo).utcoffset() == offset_before:
            before = middle
        else:
            after = middle
    return after


def hours_in_day(day: date, zone: str) -> float:
    """The hours `day` lasts in `zone`: 24, or 23 or 25 when clocks change (a few change by half an hour)."""
    return (day_start(day + ONE_DAY, zone) - day_start(day, zone)) / timedelta(hours=1)


def receipt_day(due: date | datetime, zone: str, rule: ReceiptRule = "from_next_bucket") -> date:
    """The day from which a receipt counts: its date, or the day its instant falls in or is followed by."""
    if not isinstance(due, datetime):
        return due
    day = local_day(due, zone)
    if rule == "same_bucket" or due == day_start(day, zone):
        return day
    return day + ONE_DAY


def roll(calendar: Calendar, day: date) -> date:
    """The first open day from `day` on."""
    rolled = day
    for _ in range(CLOSED_DAYS_MAX):
        if rolled.isoweekday() in calendar.open_weekdays and rolled not in calendar.closed:
            return rolled
        if rolled == date.max:
            break
        rolled += ONE_DAY
    raise NoOpenDay(calendar, day)


def add(calendar: Calendar, day: date, open_days: int) -> date:
    """The day that lies `open_days` open days after the first open day from `day` on."""
    assert open_days >= 0, f"days are added forwards, not {open_days}"
    day = roll(calendar, day)
    for _ in range(open_days):
        day = roll(calendar, day + ONE_DAY)
    return day
