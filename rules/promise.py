"""What can be promised for each line of an ask: the same decision that answers, and later commits.

Lines of one ask are served in their order, each from what the earlier ones left, so that a cart naming an
item twice is not told twice of the same units (semantics in docs/worked-examples.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rules import atp
from rules.model import AskLine, LineAnswer, LineOutcome, LineProblem, ScheduleLine
from rules.position import METHOD, ItemPosition, SitePosition


@dataclass(slots=True)
class _Left:
    """What one site still has free while an ask is being decided. Local to one decision."""

    rows: SitePosition
    margin: list[int] | None = None
    free: Sequence[int] = ()

    def __post_init__(self) -> None:
        self.free = self.rows.free

    def on(self, day: date) -> int:
        cell = (day - self.rows.today).days
        return self.free[cell] if 0 <= cell < len(self.free) else 0

    def take(self, day: date, quantity: int) -> None:
        margin = list(self.rows.margin) if self.margin is None else self.margin
        for cell in range((day - self.rows.today).days, len(margin)):
            margin[cell] -= quantity
        self.margin = margin
        self.free = [max(0, cell) for cell in atp.suffix_min(margin)]


def decide(lines: Sequence[AskLine], positions: Mapping[str, ItemPosition]) -> tuple[LineOutcome, ...]:
    """One outcome a line, in the lines' order. Pure: the same lines and positions give the same outcomes."""
    sharing = len({line.sku for line in lines}) < len(lines)
    left: dict[tuple[str, str], _Left] = {}

    def sites_of(line: AskLine, position: ItemPosition) -> list[_Left]:
        chosen = [rows for rows in position.sites if line.site_id in (None, rows.site_id)]
        if not sharing:
            return [_Left(rows) for rows in chosen]
        return [left.setdefault((line.sku, rows.site_id), _Left(rows)) for rows in chosen]

    return tuple(_decide_line(line, positions, sites_of, last_of_sku=not sharing) for line in lines)


def _decide_line(
    line: AskLine,
    positions: Mapping[str, ItemPosition],
    sites_of: Callable[[AskLine, ItemPosition], list[_Left]],
    *,
    last_of_sku: bool,
) -> LineOutcome:
    if line.quantity <= 0:
        return bad_quantity(line.number, line.quantity)
    position = positions.get(line.sku)
    if position is None:
        return unknown_sku(line.number, line.sku)
    sites = sites_of(line, position)
    if not sites:
        return _nothing_anywhere(line)
    last = max(left.rows.last_day for left in sites)
    if line.wanted > last:
        return outside_horizon(line.number, line.wanted, last)
    return _answer(line, sites, last, keep_for_next=not last_of_sku)


def _answer(line: AskLine, sites: list[_Left], last: date, *, keep_for_next: bool) -> LineAnswer:
    start = max(line.wanted, min(left.rows.today for left in sites))
    atp_wanted = sum(left.on(start) for left in sites)
    schedule, rest = _schedule(line.quantity, sites, start, last)
    if keep_for_next:
        for part in schedule:
            next(left for left in sites if left.rows.site_id == part.site_id).take(part.day, part.quantity)
    earliest = schedule[-1].day if rest == 0 else None
    return LineAnswer(line.number, atp_wanted, earliest, tuple(schedule), rest, METHOD)


def _schedule(quantity: int, sites: list[_Left], start: date, last: date) -> tuple[list[ScheduleLine], int]:
    """The ask served day by day, on each day site by site in id order, and what stays open.

    Free quantity never falls from one day to the next, so what a site gave comes off all its later days.
    """
    schedule: list[ScheduleLine] = []
    given = dict.fromkeys((left.rows.site_id for left in sites), 0)
    rest, day = quantity, start
    while rest > 0 and day <= last:
        for left in sites:
            site_id = left.rows.site_id
            part = min(rest, left.on(day) - given[site_id])
            if part > 0:
                schedule.append(ScheduleLine(day, site_id, part))
                given[site_id] += part
                rest -= part
        day += timedelta(days=1)
    return schedule, rest


def _nothing_anywhere(line: AskLine) -> LineOutcome:
    if line.site_id is not None:
        return LineProblem(
            line.number,
            "NOT_STOCKED",
            f"{line.sku} is neither held, expected nor owed at {line.site_id}.",
            "Leave the site out to ask every site, or name a site that `Item.stock` lists.",
        )
    return LineAnswer(line.number, 0, None, (), line.quantity, METHOD)


def bad_quantity(number: int, quantity: object) -> LineProblem:
    """The problem of a line whose quantity cannot be asked for."""
    return LineProblem(
        number,
        "BAD_QUANTITY",
        f"A quantity of {quantity} cannot be promised: it must be above 0.",
        "Ask for a whole number of the item's smallest unit, 1 or more.",
    )


def unknown_sku(number: int, sku: str) -> LineProblem:
    """The problem of a line naming an item the gateway does not know."""
    return LineProblem(
        number,
        "UNKNOWN_SKU",
        f"No item is known as {sku}.",
        "Check the spelling, or search with items(filter: {contains: ...}).",
    )


def outside_horizon(number: int, wanted: date, last: date) -> LineProblem:
    """The problem of a line wanted after the last planned day."""
    return LineProblem(
        number,
        "OUTSIDE_HORIZON",
        f"{wanted} is after the last planned day, {last}.",
        "Ask for an earlier date or extend the horizon.",
    )
