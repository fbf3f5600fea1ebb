"""From a case's days, instants and periods to bucket numbers, 0 being the bucket of today.

A bucket is a local day, a week of days from today's on, or a numbered period.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from gateway.cases.reading import Unclear, When
from rules.calendar import ReceiptRule, day_start, local_day


@dataclass(frozen=True, slots=True)
class Grace:
    """Overdue by at most `within_days`, a line is still expected, `move_to_days` days from today."""

    within_days: int
    move_to_days: int


PastDue = Literal["ignore", "today"] | Grace
"""What becomes of a line whose day has gone by: ignored, counted today, or still expected for a while."""


def counted_in(days_ahead: int, past_due: PastDue) -> int | None:
    """The bucket a line due `days_ahead` of today counts in, or None where it no longer counts."""
    if days_ahead >= 0:
        return days_ahead
    if isinstance(past_due, Grace):
        return past_due.move_to_days if -days_ahead <= past_due.within_days else None
    return 0 if past_due == "today" else None


WIDTHS = {"day": 1, "week": 7, "period": 1}


@dataclass(frozen=True, slots=True)
class Clock:
    """Counts from `today`, a local day of the zone or a period, in buckets `width` days or periods wide."""

    today: int | date
    zone: str
    width: int

    def ahead(self, due: When) -> int:
        """The days, or periods, from today to it; below 0 if it has gone by."""
        day = local_day(due, self.zone) if isinstance(due, datetime) else due
        if isinstance(day, date) and isinstance(self.today, date):
            return (day - self.today).days
        if isinstance(day, int) and isinstance(self.today, int):
            return day - self.today
        raise Unclear(f"{due} and today, {self.today}, are not both days or both periods")

    def holding(self, due: When) -> int:
        """The bucket that contains it."""
        return self.ahead(due) // self.width

    def from_start(self, due: When) -> int:
        """The first bucket that begins at it or after."""
        at_start = not isinstance(due, datetime) or due == day_start(local_day(due, self.zone), self.zone)
        return -(-self.ahead(due) // self.width) if at_start else self.ahead(due) // self.width + 1

    def demand_bucket(self, due: When, past_due: PastDue) -> int | None:
        """The bucket a demand counts in: the one that contains it, or what the policy says once overdue."""
        bucket = self.holding(due)
        return bucket if bucket >= 0 else counted_in(self.ahead(due), past_due)

    def supply_bucket(self, due: When, rule: ReceiptRule) -> int:
        """The bucket a supply falls in: a date's own, an instant's by the rule. Below 0 it is overdue."""
        from_next = isinstance(due, datetime) and rule == "from_next_bucket"
        return self.from_start(due) if from_next else self.holding(due)


def clock(today: int | date | None, zone: str, bucket: str) -> Clock:
    """The clock of a case whose today is known."""
    if bucket not in WIDTHS:
        raise Unclear(f"{bucket!r} is no bucket: {', '.join(WIDTHS)}")
    if today is None:
        raise Unclear("given has no today")
    if isinstance(today, int) != (bucket == "period"):
        raise Unclear(f"today is {today}, which is not of bucket {bucket}")
    return Clock(today, zone, WIDTHS[bucket])


def past_due(value: object, default: PastDue) -> PastDue:
    """The policy for overdue lines, as it is written in a case."""
    match value:
        case None:
            return default
        case "ignore" | "today":
            return "today" if value == "today" else "ignore"
        case {"within_days": int(within), "move_to_days": int(to), **rest} if not rest and to >= 0:
            return Grace(within, to)
    raise Unclear(f"{value!r} is no policy for overdue lines: ignore, today or {{within_days, move_to_days}}")


def receipt_rule(value: object) -> ReceiptRule:
    """When a receipt with an instant counts."""
    match value:
        case None | "from_next_bucket":
            return "from_next_bucket"
        case "same_bucket":
            return "same_bucket"
    raise Unclear(f"{value!r} is no rule for receipts: same_bucket or from_next_bucket")
