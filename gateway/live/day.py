"""The rhythm of a day: what happens when, in order, the same for the same seed and the same morning.

Shoppers ask, mostly at noon and in the evening. By day the warehouses receive, inspect and ship, the tills
sell, purchasing hears from suppliers, and orders come in.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from datasources.connectors.demo.dice import Dice
from gateway.live.known import Known
from gateway.live.work import Event, Work

OPENS, CLOSES = 6, 22
"""The hours between which the day is played."""

SHOPPERS = (2, 4, 6, 8, 9, 10, 13, 12, 9, 8, 9, 11, 13, 15, 14, 9)
WAREHOUSES = (6, 9, 9, 8, 8, 8, 5, 8, 8, 7, 6, 3, 1, 0, 0, 0)
TILLS = (0, 0, 0, 2, 5, 7, 8, 7, 6, 7, 9, 10, 9, 4, 0, 0)
OFFICES = (0, 2, 6, 8, 8, 7, 4, 6, 8, 7, 5, 2, 0, 0, 0, 0)
"""How busy each of these hours is, compared with the others."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A shopper asks, at so many seconds after the start."""

    second: float
    channel: str
    lines: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Told:
    """A system tells of something, as `receive` takes it."""

    second: float
    event: Event


Step = Ask | Told
Act = Callable[[], Event | None]


def day(known: Known, seed: int, run: str, *, rate: float, seconds: float) -> Iterator[Step]:
    """Yield what happens in so many seconds, about `rate` things in each, more in busy hours.

    Where someone finds nothing to do a shopper asks instead. `run` names the run: its events are its own.
    """
    dice = Dice("live", seed)
    work = Work(known, dice, run)
    hours = [_hour(work, hour) for hour in range(CLOSES - OPENS)]
    second = 0.0
    while True:
        acts = hours[hour_at(second / seconds) - OPENS]
        busy = sum(weight for weight, _ in acts) * len(hours) / 100
        second += -math.log(dice.between(1, 1_000_000) / 1_000_000) / (rate * busy)
        if second >= seconds:
            return
        event = _picked(dice, acts)()
        yield Ask(second, *work.question()) if event is None else Told(second, event)


def hour_at(part: float) -> int:
    """Return the hour that is played when this part of the day is over."""
    return OPENS + min(int(part * (CLOSES - OPENS)), CLOSES - OPENS - 1)


def _hour(work: Work, hour: int) -> list[tuple[float, Act]]:
    """Return what is done in an hour, and how often compared with all that is done on the day."""
    shares: tuple[tuple[int, tuple[int, ...], Act], ...] = (
        (70, SHOPPERS, lambda: None),
        (8, SHOPPERS, work.order),
        (8, WAREHOUSES, work.shipment),
        (3, WAREHOUSES, work.receipt),
        (2, WAREHOUSES, work.put_away),
        (2, WAREHOUSES, work.inspection),
        (4, TILLS, work.sale),
        (1, OFFICES, work.hold),
        (2, OFFICES, work.purchase),
    )
    return [(percent * profile[hour] / sum(profile), act) for percent, profile, act in shares]


def _picked(dice: Dice, acts: Sequence[tuple[float, Act]]) -> Act:
    """Return one of the acts, each as often as it is done."""
    point = dice.between(0, 999_999) / 1_000_000 * sum(weight for weight, _ in acts)
    for weight, act in acts:
        point -= weight
        if point < 0:
            return act
    return acts[0][1]
