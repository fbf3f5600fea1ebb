"""On which days of the past something happened to an item at a site, latest first."""

from bisect import bisect_left
from dataclasses import dataclass

from datasources.connectors.demo.dice import Dice
from datasources.connectors.demo.past.season import Rhythm


@dataclass(frozen=True, slots=True)
class Sent:
    """Goods on their way from a centre to a store: the day they left or came, how much, under which line."""

    day: int
    quantity: int
    line_id: str


def stops(dice: Dice, spacing: tuple[int, int], last: int, rhythm: Rhythm) -> list[int]:
    """Return days from about `last` back to the beginning, as many ordinary days' sales apart as said.

    Stepping by what was sold, not by the calendar, finds busy days often and closed days never.
    """
    days: list[int] = []
    a_day = rhythm.week // 7
    sold = rhythm.running[last + 1] - dice.between(0, spacing[0] * a_day)
    while sold > 0:
        day = bisect_left(rhythm.running, sold) - 1
        if not days or day < days[-1]:
            days.append(day)
        sold -= dice.between(spacing[0] * a_day, spacing[1] * a_day)
    return days
