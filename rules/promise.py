"""What can be promised for each line of an ask: the same decision that answers, and later commits.

Lines of one ask are served in their order, each from what the earlier ones left, so that a cart naming an
item twice is not told twice of the same units (semantics in docs/worked-examples.md).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import NamedTuple, cast

from rules.atp import UNLIMITED
from rules.left import Left, LeftOfItem, LeftOfKit
from rules.model import AskLine, LineAnswer, LineOutcome, LineProblem, MethodAnswer, ScheduleLine, Sourcing
from rules.position import METHOD, ItemPosition, SitePosition

Place = tuple[str, str, str, frozenset[str] | None]
"""An item, a site, and the position there: its name and users."""


@dataclass(frozen=True, slots=True)
class Asker:
    """The channel that asks, and how a site serves it for a class of item."""

    channel: str
    sourcing: Callable[[str, str], Sourcing]


ANYBODY = Asker("", lambda _site, _item_class: Sourcing())
"""Who may be served from everywhere, of goods that everybody may use."""


class _Serving(NamedTuple):
    """A position that serves the ask, the turn it comes in, and the last day it may be promised for."""

    left: Left
    turn: int
    last: date


def decide(
    lines: Sequence[AskLine],
    positions: Mapping[str, ItemPosition],
    methods: Sequence[str] = (),
    asker: Asker = ANYBODY,
) -> tuple[LineOutcome, ...]:
    """One outcome a line, in the lines' order. Pure: the same arguments give the same outcomes.

    Each answer also says what each of `methods` gives for the wanted day.
    """
    sharing = _share(lines, positions)
    kept: dict[Place, LeftOfItem] = {}

    def serving(line: AskLine, item: ItemPosition) -> list[_Serving]:
        return _serving(line, item, asker, kept if sharing else {})

    decided = []
    for line in lines:
        decided.append(_decide_line(line, positions, serving, methods))
        for left in kept.values():
            left.settle()
    return tuple(decided)


def _share(lines: Sequence[AskLine], positions: Mapping[str, ItemPosition]) -> bool:
    """Whether two lines take from one item, itself or as a part of a kit."""
    taken = [line.sku for line in lines]
    for line in lines:
        item = positions.get(line.sku)
        if item is not None and item.parts:
            taken += [part.profile.sku for part, _ in item.parts]
    return len(set(taken)) < len(taken)


def _serving(
    line: AskLine, item: ItemPosition, asker: Asker, left: dict[Place, LeftOfItem]
) -> list[_Serving]:
    """The positions that serve the line, in the order they are asked: by turn, site and position."""
    found = []
    for rows in item.sites:
        if line.site_id not in (None, rows.site_id) or not rows.serves(asker.channel):
            continue
        by_rule = asker.sourcing(rows.site_id, item.profile.item_class)
        if by_rule.serves:
            days = min(by_rule.horizon_days, len(rows.free))
            last = rows.today + timedelta(days=days - 1)
            found.append(_Serving(_left_at(rows, item, left, by_rule.floor), by_rule.turn, last))
    return sorted(found, key=attrgetter("turn"))


def _left_at(rows: SitePosition, item: ItemPosition, left: dict[Place, LeftOfItem], floor: int) -> Left:
    """What is left of the item, or of the kit and its parts, in the position of `rows`."""

    def of(sku: str, at: SitePosition | None) -> LeftOfItem | None:
        if at is None:
            return None
        return left.setdefault((sku, at.site_id, at.position, at.users), LeftOfItem(at, floor))

    own = cast("LeftOfItem", of(item.profile.sku, rows))
    if not item.parts:
        return own
    return LeftOfKit(own, [(of(part.profile.sku, part.site(rows.site_id)), per) for part, per in item.parts])


def _decide_line(
    line: AskLine,
    positions: Mapping[str, ItemPosition],
    serving: Callable[[AskLine, ItemPosition], list[_Serving]],
    methods: Sequence[str],
) -> LineOutcome:
    if line.quantity <= 0:
        return bad_quantity(line.number, line.quantity)
    position = positions.get(line.sku)
    if position is None:
        return unknown_sku(line.number, line.sku)
    sites = serving(line, position)
    if not sites:
        return _nothing_anywhere(line, position, methods)
    last = max(site.last for site in sites)
    if line.wanted > last:
        return outside_horizon(line.number, line.wanted, last)
    return _answer(line, sites, last, methods)


def _answer(line: AskLine, sites: Sequence[_Serving], last: date, methods: Sequence[str]) -> LineAnswer:
    start = max(line.wanted, min(site.left.rows.today for site in sites))
    atp_wanted = _sum(site.left.on(start) for site in sites if start <= site.last)
    side_by_side = tuple(
        MethodAnswer(method, _sum(site.left.by_method(method, start) for site in sites)) for method in methods
    )
    schedule, rest = _schedule(line.quantity, sites, start, last)
    earliest = schedule[-1].day if rest == 0 else None
    return LineAnswer(line.number, atp_wanted, earliest, tuple(schedule), rest, METHOD, side_by_side)


def _sum(quantities: Iterable[int]) -> int:
    """The sum over sites; without limit as soon as one site has none."""
    summed = list(quantities)
    return UNLIMITED if UNLIMITED in summed else sum(summed)


def _schedule(
    quantity: int, sites: Sequence[_Serving], start: date, last: date
) -> tuple[list[ScheduleLine], int]:
    """The ask served day by day, on each day site by site in their turns, and what stays open."""
    schedule: list[ScheduleLine] = []
    rest, day = quantity, start
    while rest > 0 and day <= last:
        for left, _, site_last in sites:
            part = min(rest, left.on(day)) if day <= site_last else 0
            if part > 0:
                rows = left.rows
                schedule.append(ScheduleLine(day, rows.site_id, part, _label(rows, day), rows.position))
                left.give(day, part)
                rest -= part
        day += timedelta(days=1)
    return schedule, rest


def _label(rows: SitePosition, day: date) -> str:
    """What a part promised for the day rests on."""
    return "lead_time" if (day - rows.today).days >= rows.limited else "supply"


def _nothing_anywhere(line: AskLine, item: ItemPosition, methods: Sequence[str]) -> LineOutcome:
    if line.site_id is not None and line.site_id not in {rows.site_id for rows in item.sites}:
        return LineProblem(
            line.number,
            "NOT_STOCKED",
            f"{line.sku} is neither held, expected nor owed at {line.site_id}.",
            "Leave the site out to ask every site, or name a site that `Item.stock` lists.",
        )
    none = tuple(MethodAnswer(method, 0) for method in methods)
    return LineAnswer(line.number, 0, None, (), line.quantity, METHOD, none)


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
