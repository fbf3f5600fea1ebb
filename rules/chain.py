"""Days chained from an order to its receipt, and back: cut-off, site, preparation, lane, receiver.

Order instant -> `needed_on` -> `ship_on` (both the site's days) -> `arrival` -> `promised` (the receiver's).
Transit in days counts labels, so a clock change never alters it; transit in hours goes by instants.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from rules.calendar import (
    CLOSED_DAYS_MAX,
    ONE_DAY,
    NoOpenDay,
    add,
    local_day,
    receipt_day,
    roll,
    zone_of,
)
from rules.company import EVERY_DAY, MINUTES_A_DAY, Calendar, Lane


@dataclass(frozen=True, slots=True)
class Origin:
    """The place goods leave from: its days, when it stops taking orders, how long it takes to get ready.

    `cut_off` is in minutes after local midnight: an order at that very minute is too late. None: never.
    """

    zone: str
    calendar: Calendar = EVERY_DAY
    cut_off: int | None = None
    preparation_days: int = 0

    def __post_init__(self) -> None:
        assert self.preparation_days >= 0, f"preparation takes 0 days or more, not {self.preparation_days}"
        assert self.cut_off is None or 0 <= self.cut_off < MINUTES_A_DAY, f"{self.cut_off} is no minute"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who receives: the zone of the day promised, and the days goods are taken in."""

    zone: str
    calendar: Calendar = EVERY_DAY


@dataclass(frozen=True, slots=True)
class Route:
    """From one site over one lane to one receiver."""

    origin: Origin
    lane: Lane
    receiver: Receiver


@dataclass(frozen=True, slots=True)
class Chain:
    """The days of one delivery: `needed_on` and `ship_on` at the site, the others at the receiver.

    `arrives_at` is the instant of arrival, where the lane is one in hours.
    """

    needed_on: date
    ship_on: date
    arrival: date
    promised: date
    arrives_at: datetime | None = None


def lanes_between(
    lanes: Sequence[Lane], origin: str, destination: str, service: str | None = None
) -> tuple[Lane, ...]:
    """The lanes from the site to the destination, of the service if one is named, in order of service.

    `lanes` are in the order of origin, destination and service, so that thousands need not be looked at.
    """
    ends = origin, destination
    first = bisect_left(lanes, ends, key=_ends)
    after = bisect_right(lanes, ends, first, key=_ends)
    return tuple(lane for lane in lanes[first:after] if service in (None, lane.service))


def _ends(lane: Lane) -> tuple[str, str]:
    return lane.origin, lane.destination


def start_day(origin: Origin, ordered: datetime) -> date:
    """The first day goods can be picked for the order: its own day if open and before the cut-off."""
    day = local_day(ordered, origin.zone)
    too_late = origin.cut_off is not None and ordered >= instant_of(day, origin.cut_off, origin.zone)
    return roll(origin.calendar, day + ONE_DAY if too_late else day)


def chain_from(route: Route, day: date) -> Chain:
    """The days of goods that are needed on the first open day from `day` on."""
    origin, lane = route.origin, route.lane
    needed_on = roll(origin.calendar, day)
    ship_on = roll(_both(origin.calendar, lane.calendar), _prepared(origin, needed_on))
    arrives_at = None
    if lane.transit_hours is None:
        arrival = add(lane.calendar, ship_on, lane.transit_days)
    else:
        arrives_at = arrival_instant(route, ship_on)
        arrival = local_day(arrives_at, route.receiver.zone)
    return Chain(needed_on, ship_on, arrival, roll(route.receiver.calendar, arrival), arrives_at)


def _prepared(origin: Origin, needed_on: date) -> date:
    return add(origin.calendar, needed_on, origin.preparation_days)


@lru_cache(maxsize=1024)
def _both(one: Calendar, other: Calendar) -> Calendar:
    """The days on which both are open."""
    name = f"{one.name} and {other.name}"
    return Calendar(name, one.open_weekdays & other.open_weekdays, one.closed | other.closed)


def arrival_instant(route: Route, ship_on: date) -> datetime:
    """When goods that leave on the day arrive by a lane in hours, in UTC."""
    lane = route.lane
    assert lane.transit_hours is not None, "a lane in days has no instant of arrival"
    return instant_of(ship_on, lane.departs, route.origin.zone) + timedelta(hours=lane.transit_hours)


def add_back(calendar: Calendar, day: date, open_days: int) -> date:
    """The latest day that `add` of so many open days takes to `day` or before it. It is an open day."""
    assert open_days >= 0, f"days are counted back from 0 on, not {open_days}"
    day = _last_open(calendar, day)
    for _ in range(open_days):
        if day == date.min:
            raise NoOpenDay(calendar, day)
        day = _last_open(calendar, day - ONE_DAY)
    return day


def _last_open(calendar: Calendar, day: date) -> date:
    """The last open day up to `day`."""
    found = day
    for _ in range(CLOSED_DAYS_MAX):
        if found.isoweekday() in calendar.open_weekdays and found not in calendar.closed:
            return found
        if found == date.min:
            break
        found -= ONE_DAY
    raise NoOpenDay(calendar, day)


def counts_on(site: Origin, due: date | datetime, dock_to_stock_days: int = 0) -> date:
    """The day a receipt counts from, once it is put away.

    A date: so many open days on. An instant: at the same time of day so many open days on, then from the
    next day unless that is exactly a day's start. What comes on a closed day is taken in as the next begins.
    """
    if not isinstance(due, datetime):
        return add(site.calendar, due, dock_to_stock_days)
    day = local_day(due, site.zone)
    counted = add(site.calendar, day, dock_to_stock_days)
    if roll(site.calendar, day) != day:
        return counted
    return counted + (receipt_day(due, site.zone) - day)


def instant_of(day: date, minute: int, zone: str) -> datetime:
    """The UTC instant at which the day's clocks in `zone` show so many minutes after midnight.

    Of a time that exists twice the earlier; for one that clocks skip, the first instant after the gap.
    """
    hours, minutes = divmod(minute, 60)
    local = datetime(day.year, day.month, day.day, hours, minutes, tzinfo=zone_of(zone))
    shown = local.astimezone(UTC)
    if shown.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None):
        return shown
    return _after_gap(local.replace(fold=1).astimezone(UTC), shown, local)


def _after_gap(before: datetime, after: datetime, skipped: datetime) -> datetime:
    """The first instant in (before, after] whose local time is past the skipped one."""
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(skipped.tzinfo).replace(tzinfo=None) < skipped.replace(tzinfo=None):
            before = middle
        else:
            after = middle
    return after
