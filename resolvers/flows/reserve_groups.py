"""Lines that leave together, or are received together: all in full on one day, or none of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from resolvers.flows import reserve_told as told
from resolvers.flows.reserve_desk import Desk
from resolvers.flows.reserve_requests import Request, WantedLine, Wanting
from resolvers.flows.reserve_taken import Hindered, Taken, first_day, take
from rules.asked import LineProblem

GROUP_DAYS_MAX = 366


def in_groups(desk: Desk, request: Request, body: Wanting) -> list[Taken]:
    """Each line's taking; the lines of a group all on its day, or with nothing and what hinders it."""
    groups = _groups(body.lines)
    if not groups:
        return take(desk, request, body.lines)
    limits = {name: _limit(desk, lines) for name, lines in groups.items()}
    days = {name: _day_of_group(desk, request, lines, limits[name]) for name, lines in groups.items()}
    together = [_with_its_group(line, days, limits) for line in body.lines]
    alone = {name: _hindered_alone(desk, request, body, limits, name) for name in days if days[name] is None}
    if body.whole:
        taken = take(desk, request, together)
        hindered = _hindered(desk, days, enumerate(taken)) | alone
        return [_as_asked(each, line, hindered) for each, line in zip(taken, body.lines, strict=True)]
    standing = [(number, line) for number, line in enumerate(together) if line.group not in alone]
    taken = take(desk, request, [line for _, line in standing])
    numbers = [number for number, _ in standing]
    hindered = _hindered(desk, days, zip(numbers, taken, strict=True)) | alone
    if len(hindered) > len(alone):
        standing = [(number, line) for number, line in standing if line.group not in hindered]
        taken = take(desk, request, [line for _, line in standing])
    served = {number: each for (number, _), each in zip(standing, taken, strict=True)}
    return [
        _as_asked(served.get(number) or take(desk, request, [line])[0], body.lines[number], hindered)
        for number, line in enumerate(together)
    ]


def _groups(lines: Sequence[WantedLine]) -> dict[str, list[WantedLine]]:
    groups: dict[str, list[WantedLine]] = {}
    for line in lines:
        if line.group:
            groups.setdefault(line.group, []).append(line)
    return groups


def _limit(desk: Desk, lines: Sequence[WantedLine]) -> date:
    """The last day the group may go on: the first of those its lines name, else the last one wanted."""
    wanted = [(line.latest, max(line.ask.wanted, first_day(desk, line.ask))) for line in lines]
    named = [max(latest, day) for latest, day in wanted if latest is not None]
    return min(named, default=max(day for _, day in wanted))


def _day_of_group(desk: Desk, request: Request, lines: Sequence[WantedLine], limit: date) -> date | None:
    """The first day the group can go on in full, by its limit; None where there is none."""
    day = max(line.ask.wanted for line in lines)
    for _ in range(GROUP_DAYS_MAX):
        if day > limit:
            return None
        on_day = [replace(line, ask=replace(line.ask, wanted=day), latest=limit) for line in lines]
        taken = take(desk, request, on_day)
        if not all(each.is_full for each in taken):
            return None
        last = max(part.day for each in taken for part in each.parts)
        if all(part.day == last for each in taken for part in each.parts):
            return last
        day = max(last, day + timedelta(days=1))
    return None


def _with_its_group(
    line: WantedLine, days: Mapping[str, date | None], limits: Mapping[str, date]
) -> WantedLine:
    """The line on its group's day; where that has none, up to the last day it may go on."""
    if not line.group:
        return line
    day = days[line.group]
    if day is None:
        return line if line.latest is not None else replace(line, latest=limits[line.group])
    return replace(line, ask=replace(line.ask, wanted=day), latest=day)


def _as_asked(taken: Taken, line: WantedLine, hindered: Mapping[str, Hindered]) -> Taken:
    """The line's taking under the words it was asked in; with nothing, where its group is hindered."""
    why = hindered.get(line.group)
    return replace(taken, line=line) if why is None else replace(taken, line=line, parts=(), hindered=why)


def _hindered(
    desk: Desk, days: Mapping[str, date | None], taken: Iterable[tuple[int, Taken]]
) -> dict[str, Hindered]:
    """What hinders those groups that had a day alone: lines in front have taken what they need."""
    found: dict[str, Hindered] = {}
    for number, each in taken:
        day = days.get(each.line.group)
        if day is not None and not each.is_full:
            found.setdefault(each.line.group, Hindered(day, _by_line(desk, number, each)))
    return found


def _hindered_alone(
    desk: Desk, request: Request, body: Wanting, limits: Mapping[str, date], name: str
) -> Hindered:
    """What hinders a group that has no day: the first of its lines that cannot be had in full by then."""
    limit = limits[name]
    lines = [(number, line) for number, line in enumerate(body.lines) if line.group == name]
    for number, line in lines:
        if line.ask.wanted > limit:
            return Hindered(limit, f"line {number}, {line.ask.sku}, is wanted on {line.ask.wanted}")
    taken = take(desk, request, [replace(line, latest=limit) for _, line in lines])
    for (number, _), each in zip(lines, taken, strict=True):
        if not each.is_full:
            return Hindered(limit, _by_line(desk, number, each))
    return Hindered(limit, "all of its lines can be had by then, but not on one day")


def _by_line(desk: Desk, number: int, taken: Taken) -> str:
    if isinstance(taken.outcome, LineProblem):
        return f"line {number}, {taken.line.ask.sku}, has a problem of its own, {taken.outcome.code}"
    return told.of_line(number, desk.items[taken.line.ask.sku].profile, taken.asked, taken.quantity)
