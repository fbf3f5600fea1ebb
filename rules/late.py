"""A line that is late or short, and its schedule once what is missing is had sooner."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from rules.asked import AskLine, LineAnswer, ScheduleLine
from rules.calendar import ONE_DAY
from rules.company import Manner
from rules.ctp import Way
from rules.free import Row
from rules.position import ItemPosition
from rules.spread import Serving
from rules.yard import NotSo

PERCENT = 100


class LateLine(NamedTuple):
    """A line under way: how much in whole packs, from which day on, and what there is for it by then."""

    line: AskLine
    item: ItemPosition
    needed: int
    start: date
    told: LineAnswer
    parts: Sequence[ScheduleLine]
    """What of it is there or on its way, as early as can be, though the line must come whole."""
    sites: Sequence[Serving]
    manner: Manner


def so_far(ask: LateLine, today: date, needed_by: date, days: int) -> Row:
    """What of the ask is covered by each day from today on, by what is there and on its way.

    Days before it is needed count as that day: nothing has to be there sooner.
    """
    given = [0] * days
    for part in ask.parts:
        cell = max((part.needed - today).days, 0)
        if cell < days:
            given[cell] += part.quantity
    row, so_far = [], 0
    for quantity in given:
        so_far += quantity
        row.append(so_far)
    first = min(max((needed_by - today).days, 0), days - 1)
    return [row[max(cell, first)] for cell in range(days)]


def part_had(serving: Serving, way: Way, needed_on: date, position: str) -> ScheduleLine:
    """The part that is bought, made or brought, on its day of receipt. Raises NotSo."""
    part = _part(serving, way, needed_on, position)
    if way.usable_until is not None and part.needed > way.usable_until:
        raise NotSo(f"usable until {way.usable_until}, and needed on {part.needed}")
    return part


def _part(serving: Serving, way: Way, needed_on: date, position: str) -> ScheduleLine:
    rows, gate = serving.left.rows, serving.gate
    if serving.delivery is None:
        while gate is not None and needed_on <= serving.last and not gate.lets(gate.leaves(needed_on)):
            needed_on += ONE_DAY
        if needed_on > serving.last:
            raise NotSo(f"usable on {way.usable_on}, after the last day that may be promised, {serving.last}")
        return ScheduleLine(needed_on, rows.site_id, way.need, way.label, position)
    later = (each for each in serving.delivery.chains if each.needed_on >= needed_on)
    chain = next((each for each in later if gate is None or gate.lets(each.ship_on)), None)
    if chain is None:
        raise NotSo(f"usable on {way.usable_on}, too late for the last day that may be promised")
    days = chain.needed_on, chain.ship_on, serving.delivery.service
    return ScheduleLine(chain.promised, rows.site_id, way.need, way.label, position, *days)


def schedule_with(
    had: Sequence[ScheduleLine], ask: LateLine, earliest: date, needed_by: date
) -> tuple[ScheduleLine, ...]:
    """What is there or on its way in time, then what is had: each on its day, or all on the last.

    `earliest` is the day by which what is there and on its way counts. Raises NotSo.
    """
    had = _by_day(had)
    last = had[-1]
    if ask.told.earliest is not None and ask.told.earliest <= last.day:
        raise NotSo(f"there on {last.day}; what is on its way covers the ask on {ask.told.earliest}")
    by = max(earliest, needed_by)
    kept = tuple(part for part in ask.parts if part.needed <= by)
    schedule = (*kept, *had)
    if sum(part.quantity for part in schedule) != ask.needed:
        raise NotSo("what is on its way elsewhere lies behind the days that are counted at the site")
    if not _may_come_in(schedule, ask):
        at_last = replace(last, quantity=sum(part.quantity for part in had))
        schedule = (*_moved(kept, ask.sites, last.day), at_last)
    if not _may_come_in(schedule, ask):
        raise NotSo("the rules do not let the line come in such parts")
    return schedule


def _by_day(had: Iterable[ScheduleLine]) -> list[ScheduleLine]:
    """One part for each day, in order."""
    by_day: dict[date, ScheduleLine] = {}
    for part in sorted(had, key=lambda each: each.day):
        before = by_day.get(part.day)
        quantity = part.quantity + (0 if before is None else before.quantity)
        by_day[part.day] = replace(part, quantity=quantity)
    return list(by_day.values())


def _may_come_in(schedule: Sequence[ScheduleLine], ask: LateLine) -> bool:
    """Whether the rules let the line come in these parts."""
    manner = ask.manner
    by_day: dict[date, int] = {}
    by_site: dict[tuple[str, date], int] = {}
    for part in schedule:
        by_day[part.day] = by_day.get(part.day, 0) + part.quantity
        by_site[part.site_id, part.day] = by_site.get((part.site_id, part.day), 0) + part.quantity
    most_days = 1 if not manner.partial else manner.max_dates
    least = -(-ask.needed * manner.least_percent // PERCENT)
    return (
        (most_days is None or len(by_day) <= most_days)
        and (manner.max_sites is None or len({part.site_id for part in schedule}) <= manner.max_sites)
        and min(by_day.values()) >= least
        and min(by_site.values()) >= min(manner.min_split, ask.needed)
    )


def _moved(parts: Iterable[ScheduleLine], sites: Iterable[Serving], day: date) -> Iterable[ScheduleLine]:
    """The parts on a later day: what can be had for a day can be had for a later one. Raises NotSo."""
    by_site = {serving.site_id: serving for serving in sites}
    for part in parts:
        if part.site_id not in by_site:
            raise NotSo(
                f"{part.sku}, sent instead, is at {part.site_id}, which does not serve the item itself"
            )
        delivery = by_site[part.site_id].delivery
        chain = None if delivery is None else delivery.latest(day)
        if delivery is None or chain is None:
            yield replace(part, day=day)
        else:
            days = {"needed_on": chain.needed_on, "ship_on": chain.ship_on, "service": delivery.service}
            yield replace(part, day=chain.promised, **days)  # type: ignore[arg-type]
