"""The rhythm of the past: the half year before the demo day, its open days, its seasons and its promotions.

Days of the past are counted from `FIRST_DAY`, which is day 0; the demo day itself is not among them.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from datasources.connectors.demo.network import CALENDARS, DEMO_DAY
from datasources.facts import SiteFact

DAYS = 180
FIRST_DAY = DEMO_DAY - timedelta(days=DAYS)


@dataclass(frozen=True, slots=True)
class Promotion:
    """Days on which some departments sold more, and by how many percent. `end` is the first day after it."""

    name: str
    start: date
    end: date
    departments: tuple[str, ...]
    percent: int


PROMOTIONS = (
    Promotion("Baking Weeks", date(2025, 9, 22), date(2025, 10, 6), ("Bakeware", "Cookware"), 60),
    Promotion(
        "Black Week",
        date(2025, 11, 24),
        date(2025, 12, 2),
        ("Cookware", "Tableware", "Storage", "Textiles", "Lighting and Candles"),
        140,
    ),
    Promotion("Advent Lights", date(2025, 12, 2), date(2025, 12, 21), ("Lighting and Candles",), 70),
    Promotion("White Sale", date(2026, 1, 5), date(2026, 1, 19), ("Textiles",), 110),
    Promotion("Spring Clean", date(2026, 2, 16), date(2026, 3, 2), ("Cleaning and Laundry",), 80),
)

ORDINARY_MONTHS = {9: 95, 10: 100, 11: 125, 12: 145, 1: 75, 2: 90, 3: 90}
MONTHS = {
    "Lighting and Candles": {9: 90, 10: 120, 11: 160, 12: 190, 1: 70, 2: 70, 3: 70},
    "Gift Sets": {9: 70, 10: 80, 11: 170, 12: 260, 1: 40, 2: 90, 3: 90},
    "Cleaning and Laundry": {9: 100, 10: 95, 11: 90, 12: 85, 1: 110, 2: 115, 3: 115},
    "Bakeware": {9: 95, 10: 115, 11: 150, 12: 160, 1: 70, 2: 80, 3: 80},
}
"""Sales of a month in percent of an ordinary one; departments not named follow the ordinary months."""

WEEKS = {
    "distribution_centre": (130, 115, 100, 90, 65, 0, 0),
    "store": (70, 75, 80, 95, 120, 190, 70),
}
"""What Monday to Sunday sell: centres ship on Monday what the weekend ordered, shops live on Saturday."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How ordinary weekly sales fall on the days of the past. `running[d]` is what was sold before day d."""

    running: tuple[int, ...]
    open_before: tuple[int, ...]
    """For each day the last open day up to and with it, or -1."""
    week: int

    def sold(self, weekly: int, after: int, upto: int) -> int:
        """Return what an item that sells `weekly` sold after one day, up to and with another."""
        return weekly * (self.running[upto + 1] - self.running[after + 1]) // self.week


def rhythm_of(department: str, site: SiteFact) -> Rhythm:
    """Return how the department's goods sold at the site."""
    calendar = next(calendar for calendar in CALENDARS if calendar.name == site.calendar)
    days = [FIRST_DAY + timedelta(days=nth) for nth in range(DAYS)]
    is_open = [day.isoweekday() in calendar.open_weekdays and day not in calendar.closed for day in days]
    week = WEEKS[site.kind]
    sold = [week[day.weekday()] * _percent(department, day) for day in days]
    counted = [weight if opened else 0 for weight, opened in zip(sold, is_open, strict=True)]
    open_days = [nth if opened else -1 for nth, opened in enumerate(is_open)]
    return Rhythm((0, *accumulate(counted)), tuple(accumulate(open_days, max)), sum(week) * 100)


def _percent(department: str, day: date) -> int:
    """Return the day's sales in percent of an ordinary day of its weekday."""
    percent = MONTHS.get(department, ORDINARY_MONTHS)[day.month]
    for promotion in PROMOTIONS:
        if promotion.start <= day < promotion.end and department in promotion.departments:
            percent += percent * promotion.percent // 100
    return percent
