"""Goods that are late or short, had sooner: bought, made or brought, where the rules let the channel.

Tried once the lines are decided by what is there and on its way. At each site the way that is usable first is
weighed against the others; of all sites the one with the first day of receipt is taken.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from rules.asked import AskLine, LineAnswer, LineOutcome, ScheduleLine
from rules.calendar import ONE_DAY
from rules.company import Manner, Setup, Standing
from rules.ctp import Capable, Way, capable, days_later
from rules.ctp_promise import Capability, is_shown, may_reserve
from rules.ctp_terms import Move, Shop, Ways
from rules.free import Row
from rules.packs import Terms, need
from rules.position import ItemPosition
from rules.promise import Asker, servings
from rules.spread import Serving, spread
from rules.transfers import moves_to
from rules.yard import NotSo, Yard, taken_by

PERCENT = 100


@dataclass(frozen=True, slots=True)
class SiteWay:
    """A way at a site, the day of receipt it leads to, and what the channel may do with it."""

    site_id: str
    way: Way
    day: date
    standing: Standing


@dataclass(frozen=True, slots=True)
class LostWay:
    """A way that was not taken, and why; `way` is what it would have been, where it leads somewhere."""

    site_id: str
    source_id: str
    why: str
    way: Way | None = None


@dataclass(frozen=True, slots=True)
class CapableAnswer(LineAnswer):
    """An answer for which it was tried to buy, make or bring what is late or short.

    What is `taken` stands in the schedule; what is `held_back` would, if a person approved.
    """

    taken: SiteWay | None = None
    held_back: SiteWay | None = None
    lost: tuple[LostWay, ...] = ()


class _Ask(NamedTuple):
    """One line under way: how much in whole packs, from which day on, and what there is for it by then."""

    line: AskLine
    item: ItemPosition
    needed: int
    start: date
    told: LineAnswer
    parts: Sequence[ScheduleLine]
    """What of it is there or on its way, as early as can be, though the line must come whole."""
    sites: Sequence[Serving]
    manner: Manner


class _Found(NamedTuple):
    site: SiteWay
    schedule: tuple[ScheduleLine, ...]
    found: Capable


def try_lines(
    lines: Sequence[AskLine],
    outcomes: Sequence[LineOutcome],
    positions: Mapping[str, ItemPosition],
    setup: Setup,
    asker: Asker,
) -> tuple[LineOutcome, ...]:
    """The outcomes, those of lines that are late or short resting on goods bought or made where that helps.

    Lines are tried in their order, each with what is left by all answers and by the ways of those before it.
    """
    assert asker.when is not None, "buying takes time, so the instant of the ask must be known"
    assert asker.capability is not None, "the rules must say what may be done with goods not there yet"
    late = {line.number for line, told in zip(lines, outcomes, strict=True) if _is_late(line, told)}
    if not late:
        return tuple(outcomes)
    is_brought = any(lane.destination in setup.sites for lane in setup.lanes)
    taken = taken_by(zip((line.sku for line in lines), outcomes, strict=True), positions)
    yard = Yard(setup, asker.when.now, asker.channel, positions, taken)
    told: list[LineOutcome] = []
    for line, outcome in zip(lines, outcomes, strict=True):
        ask = None
        if line.number in late and isinstance(outcome, LineAnswer):
            item = positions[line.sku]
            if is_brought or item.profile.terms.is_of_goods:
                ask = _ask(line, outcome, item, asker, is_alone=len(lines) == 1)
        told.append(outcome if ask is None else _try_line(ask, yard, asker))
    return tuple(told)


def _is_late(line: AskLine, told: LineOutcome) -> bool:
    """Whether the line is answered, with the item itself, and not in full by the day it is wanted."""
    if not isinstance(told, LineAnswer) or any(part.sku for part in told.schedule):
        return False
    return told.earliest is None or told.earliest > line.wanted


def _ask(line: AskLine, told: LineAnswer, item: ItemPosition, asker: Asker, *, is_alone: bool) -> _Ask | None:
    """The line, if it is late or short and some site serves it."""
    sites = servings(line, item, asker, {})
    if not sites:
        return None
    start = max(line.wanted, min(site.first for site in sites))
    if told.earliest is not None and told.earliest <= start:
        return None
    manner = asker.manner(sites[0].site_id, item.profile.item_class)
    needed, parts = need(line.quantity, line.pack, line.rounding), told.schedule
    if needed == 0:
        return None
    if not manner.partial and is_alone:
        days = start, max(site.last for site in sites)
        in_parts = replace(manner, partial=True, max_dates=None)
        parts = tuple(spread(needed, sites, days, Terms(line.pack, line.rounding), in_parts)[0])
    return _Ask(line, item, needed, start, told, parts, sites, manner)


def _try_line(ask: _Ask, yard: Yard, asker: Asker) -> LineAnswer:
    """The line's answer, its schedule resting on the best way to have it where that is sooner.

    Where only what may be promised counts, a way that may be goes before one that needs a person.
    """
    capability = asker.capability
    assert capability is not None, "the rules must say what may be done with goods not there yet"
    tried: list[_Found] = []
    lost: list[LostWay] = []
    for serving in _one_a_site(ask.sites):
        if ask.item.profile.terms.known_at(serving.site_id):
            _try_site(ask, serving, yard, capability, (tried, lost))
        moves = tuple(moves_to(serving.site_id, ask.item, yard, asker, capability))
        if moves:
            _try_moves(ask, serving, yard, moves, (tried, lost))
    tried.sort(key=lambda each: _first(each.site, capability))
    lost += [
        LostWay(each.site.site_id, each.site.way.source_id, _why_not(each.site, tried[0].site), each.site.way)
        for each in tried[1:]
    ]
    if not tried and not lost and not ask.item.profile.terms.is_of_goods:
        return ask.told
    if not tried:
        return _told(ask.told, lost=tuple(lost))
    best = tried[0]
    if capability.binding and not may_reserve(best.site.standing, approved=capability.by_person):
        return _told(ask.told, held_back=best.site, lost=tuple(lost))
    if best.site.way.label == "transfer":
        yard.leave(ask.line.sku, best.site.way)
    else:
        yard.settle(best.site.site_id, ask.line.sku, best.found.after)
    earliest = max(part.day for part in best.schedule)
    changed = replace(ask.told, schedule=best.schedule, open=0, earliest=earliest)
    return _told(changed, taken=best.site, lost=tuple(lost))


def _first(site: SiteWay, capability: Capability) -> tuple[bool, date, date, int | Fraction, str, str]:
    waits = capability.binding and not may_reserve(site.standing, approved=capability.by_person)
    return waits, site.day, site.way.usable_on, site.way.cost, site.site_id, site.way.source_id


def _told(answer: LineAnswer, **more: object) -> CapableAnswer:
    return CapableAnswer(**{each.name: getattr(answer, each.name) for each in fields(LineAnswer)}, **more)  # type: ignore[arg-type]


def _one_a_site(sites: Iterable[Serving]) -> Iterable[Serving]:
    return {serving.site_id: serving for serving in reversed(list(sites))}.values()


def _try_site(
    ask: _Ask,
    serving: Serving,
    yard: Yard,
    capability: Capability,
    into: tuple[list[_Found], list[LostWay]],
) -> None:
    """The site's best way is among those found, the others among those lost."""
    lost = into[1]
    site_id = serving.site_id
    standing = capability.standing(site_id, ask.item.profile.item_class)
    if not is_shown(standing) or (capability.binding and standing == "quote"):
        why = "the rules let the channel have nothing" if standing == "no" else "the rules only quote what is"
        lost += [
            LostWay(site_id, source, f"{why} still to be bought or made") for source in _sources(ask, site_id)
        ]
        return
    needed_by, row = _by_then(ask, serving, yard)
    shop = yard.shop(site_id, ask.line.sku, row)
    found = capable(shop, ask.line.sku, ask.needed, by_person=capability.by_person)
    if found.best is None:
        lost += _as_early(found, site_id, _sources(ask, site_id))
    _add(ask, serving, yard, (found, needed_by, standing), into)


def _try_moves(
    ask: _Ask,
    serving: Serving,
    yard: Yard,
    moves: tuple[Move, ...],
    into: tuple[list[_Found], list[LostWay]],
) -> None:
    """The best lane to the site is among the ways found, the others among those lost."""
    site_id = serving.site_id
    needed_by, row = _by_then(ask, serving, yard)
    shop = Shop(yard.today(site_id), yard.now, {ask.line.sku: Ways(row, moves=moves)})
    found = capable(shop, ask.line.sku, ask.needed)
    if found.best is None:
        into[1].extend(_as_early(found, site_id, [move.source_id for move in moves]))
    _add(ask, serving, yard, (found, needed_by, "promise"), into)


def _by_then(ask: _Ask, serving: Serving, yard: Yard) -> tuple[date, Row]:
    """The day the ask is needed at the site, and what of it is covered by each day."""
    today = yard.today(serving.site_id)
    needed_by = serving.needed_on(ask.start) or today
    return needed_by, _so_far(ask, today, needed_by, len(serving.left.rows.free))


def _add(
    ask: _Ask,
    serving: Serving,
    yard: Yard,
    what: tuple[Capable, date, Standing],
    into: tuple[list[_Found], list[LostWay]],
) -> None:
    """What was found at the site is among the ways found if the line may come so, else among those lost."""
    (found, needed_by, standing), (tried, lost), site_id = what, into, serving.site_id
    lost += [LostWay(site_id, each.source_id, each.why, each.way) for each in found.lost]
    if found.best is None:
        return
    try:
        counted_on, position = yard.counted(site_id, ask.item.profile.item_class, found.best)
        bought = _part(serving, found.best, max(counted_on, needed_by), position)
        schedule = _schedule(ask, found, bought, needed_by)
    except NotSo as why:
        lost.append(LostWay(site_id, found.best.source_id, str(why), found.best))
        return
    tried.append(_Found(SiteWay(site_id, found.best, schedule[-1].day, standing), schedule, found))


def _sources(ask: _Ask, site_id: str) -> list[str]:
    terms = ask.item.profile.terms
    bought = [way.supplier for way in terms.suppliers if way.site_id == site_id]
    return bought + [way.version for way in terms.productions if way.site_id == site_id]


def _as_early(found: Capable, site_id: str, sources: Iterable[str]) -> list[LostWay]:
    """Where nothing is missing by the day lead times allow, every way loses to what is there and coming."""
    if found.need:
        return []
    why = f"usable on {found.earliest} at the earliest; what is there or on its way is enough by then"
    return [LostWay(site_id, source, why) for source in sources]


def _so_far(ask: _Ask, today: date, needed_by: date, days: int) -> Row:
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


def _schedule(ask: _Ask, found: Capable, bought: ScheduleLine, needed_by: date) -> tuple[ScheduleLine, ...]:
    """What is there or on its way in time, then what is bought or made. Raises NotSo."""
    if ask.told.earliest is not None and ask.told.earliest <= bought.day:
        raise NotSo(f"there on {bought.day}; what is on its way covers the ask on {ask.told.earliest}")
    assert found.earliest is not None, "a way was found, so some lead time is known"
    by = max(found.earliest, needed_by)
    kept = tuple(part for part in ask.parts if part.needed <= by)
    schedule = (*kept, bought)
    if sum(part.quantity for part in schedule) != ask.needed:
        raise NotSo("what is on its way elsewhere lies behind the days that are counted at the site")
    if not _may_come_in(schedule, ask):
        schedule = (*_moved(kept, ask.sites, bought.day), bought)
    if not _may_come_in(schedule, ask):
        raise NotSo("the rules do not let the line come in such parts")
    return schedule


def _part(serving: Serving, way: Way, needed_on: date, position: str) -> ScheduleLine:
    """The part that is bought or made, on its day of receipt."""
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


def _may_come_in(schedule: Sequence[ScheduleLine], ask: _Ask) -> bool:
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
    """The parts on a later day: what can be had for a day can be had for a later one."""
    by_site = {serving.site_id: serving for serving in sites}
    for part in parts:
        delivery = by_site[part.site_id].delivery
        chain = None if delivery is None else delivery.latest(day)
        if delivery is None or chain is None:
            yield replace(part, day=day)
        else:
            days = {"needed_on": chain.needed_on, "ship_on": chain.ship_on, "service": delivery.service}
            yield replace(part, day=chain.promised, **days)  # type: ignore[arg-type]


def _why_not(lost: SiteWay, best: SiteWay) -> str:
    days = (lost.day - best.day).days or (lost.way.usable_on - best.way.usable_on).days
    if days:
        return f"there on {lost.day}, {days_later(days)}"
    if lost.way.cost > best.way.cost:
        return f"there on the same day, and costs {lost.way.cost - best.way.cost} more"
    return f"there on the same day at the same cost; {best.site_id} comes first by its id"
