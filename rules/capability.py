"""Goods that are late or short, had sooner: bought, made or brought, where the rules let the channel.

Tried once the lines are decided by what is there and on its way. At each site the way that is usable first is
weighed against the others; of all sites the one with the first day of receipt is taken. Several senders may
bring together what none of them has alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from rules.asked import AskLine, LineAnswer, LineOutcome, ScheduleLine
from rules.company import Setup, Standing
from rules.ctp import Way, capable, days_later
from rules.ctp_promise import Capability, is_shown, may_reserve
from rules.ctp_terms import Shop
from rules.free import Row
from rules.late import LateLine, part_had, schedule_with, so_far
from rules.packs import Terms, need
from rules.position import ItemPosition
from rules.promise import Asker, servings
from rules.senders import Move, bring
from rules.spread import Serving, spread
from rules.transfers import moves_to
from rules.yard import NotSo, Yard, taken_by


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

    What is `taken` stands in the schedule: one way, or several senders that bring it together. What is
    `held_back` would, if a person approved or the line were promised: the schedule `could` be that then.
    """

    taken: tuple[SiteWay, ...] = ()
    held_back: tuple[SiteWay, ...] = ()
    could: tuple[ScheduleLine, ...] = ()
    lost: tuple[LostWay, ...] = ()


class _Found(NamedTuple):
    """A way at a site, or several senders together, with the schedule it leads to.

    `after` is what is left to buy and make once it is taken.
    """

    ways: tuple[SiteWay, ...]
    schedule: tuple[ScheduleLine, ...]
    after: Shop | None = None

    @property
    def last(self) -> SiteWay:
        """The one that is there last."""
        return max(self.ways, key=lambda each: (each.day, each.way.usable_on))

    @property
    def cost(self) -> int | Fraction:
        return sum(each.way.cost for each in self.ways)


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
            is_had = is_brought or item.profile.terms.is_of_goods
            if is_had and item.profile.superseded is None:  # nobody orders more of what another took over
                ask = _ask(line, outcome, item, asker, is_alone=len(lines) == 1)
        told.append(outcome if ask is None else _try_line(ask, yard, asker))
    return tuple(told)


def _is_late(line: AskLine, told: LineOutcome) -> bool:
    """Whether the line is answered, and not in full by the day it is wanted."""
    return isinstance(told, LineAnswer) and (told.earliest is None or told.earliest > line.wanted)


def _ask(
    line: AskLine, told: LineAnswer, item: ItemPosition, asker: Asker, *, is_alone: bool
) -> LateLine | None:
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
    return LateLine(line, item, needed, start, told, parts, sites, manner)


def _try_line(ask: LateLine, yard: Yard, asker: Asker) -> LineAnswer:
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
    tried.sort(key=lambda each: _first(each, capability))
    lost += [
        LostWay(site.site_id, site.way.source_id, _why_not(each, tried[0]), site.way)
        for each in tried[1:]
        for site in each.ways
    ]
    if not tried and not lost and not ask.item.profile.terms.is_of_goods:
        return ask.told
    if not tried:
        return _told(ask.told, lost=tuple(lost))
    best = tried[0]
    if _waits(best, capability) or ask.line.number in capability.held:
        return _told(ask.told, held_back=best.ways, could=best.schedule, lost=tuple(lost))
    if best.after is not None:
        yard.settle(best.last.site_id, ask.line.sku, best.after)
    for site in best.ways if best.after is None else ():
        yard.leave(ask.line.sku, site.way)
    earliest = max(part.day for part in best.schedule)
    changed = replace(ask.told, schedule=best.schedule, open=0, earliest=earliest)
    return _told(changed, taken=best.ways, lost=tuple(lost))


def _first(
    found: _Found, capability: Capability
) -> tuple[bool, date, date, int, int | Fraction, str, list[str]]:
    last = found.last
    sources = [each.way.source_id for each in found.ways]
    of_last = last.day, last.way.usable_on
    return _waits(found, capability), *of_last, len(sources), found.cost, last.site_id, sources


def _waits(found: _Found, capability: Capability) -> bool:
    """Whether a person must agree first."""
    approved = capability.by_person
    return capability.binding and not may_reserve(found.last.standing, approved=approved)


def _told(answer: LineAnswer, **more: object) -> CapableAnswer:
    return CapableAnswer(**{each.name: getattr(answer, each.name) for each in fields(LineAnswer)}, **more)  # type: ignore[arg-type]


def _one_a_site(sites: Iterable[Serving]) -> Iterable[Serving]:
    return {serving.site_id: serving for serving in reversed(list(sites))}.values()


def _try_site(
    ask: LateLine,
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
    lost += [LostWay(site_id, each.source_id, each.why, each.way) for each in found.lost]
    if found.best is None:
        if not found.need:
            lost += _as_early(found.earliest, site_id, _sources(ask, site_id))
        return
    assert found.earliest is not None, "a way was found, so some lead time is known"
    _add(ask, serving, yard, ((found.best,), found.earliest, needed_by, standing, found.after), into)


def _try_moves(
    ask: LateLine,
    serving: Serving,
    yard: Yard,
    moves: Sequence[Move],
    into: tuple[list[_Found], list[LostWay]],
) -> None:
    """The best senders to the site are among the ways found, the other lanes among those lost."""
    site_id, lost = serving.site_id, into[1]
    needed_by, row = _by_then(ask, serving, yard)
    earliest = min(move.usable[0] for move in moves)
    cell = min(max((earliest - yard.today(site_id)).days, 0), len(row) - 1)
    need = ask.needed - min(ask.needed, row[cell])
    if need == 0:
        lost += _as_early(earliest, site_id, [move.source_id for move in moves])
        return
    found = bring(ask.line.sku, need, moves, needed_by)
    lost += [LostWay(site_id, each.source_id, each.why, each.way) for each in found.lost]
    if found.ways:
        _add(ask, serving, yard, (found.ways, earliest, needed_by, "promise", None), into)


def _by_then(ask: LateLine, serving: Serving, yard: Yard) -> tuple[date, Row]:
    """The day the ask is needed at the site, and what of it is covered by each day."""
    today = yard.today(serving.site_id)
    needed_by = serving.needed_on(ask.start) or today
    return needed_by, so_far(ask, today, needed_by, len(serving.left.rows.free))


def _add(
    ask: LateLine,
    serving: Serving,
    yard: Yard,
    what: tuple[tuple[Way, ...], date, date, Standing, Shop | None],
    into: tuple[list[_Found], list[LostWay]],
) -> None:
    """What was found at the site is among the ways found if the line may come so, else among those lost."""
    (ways, earliest, needed_by, standing, after), (tried, lost), site_id = what, into, serving.site_id
    try:
        had = []
        for way in ways:
            counted_on, position = yard.counted(site_id, ask.item.profile.item_class, way)
            had.append(part_had(serving, way, max(counted_on, needed_by), position))
        schedule = schedule_with(had, ask, earliest, needed_by)
    except NotSo as why:
        lost += [LostWay(site_id, way.source_id, str(why), way) for way in ways]
        return
    found = (SiteWay(site_id, way, part.day, standing) for way, part in zip(ways, had, strict=True))
    tried.append(_Found(tuple(found), schedule, after))


def _sources(ask: LateLine, site_id: str) -> list[str]:
    terms = ask.item.profile.terms
    bought = [way.supplier for way in terms.suppliers if way.site_id == site_id]
    return bought + [way.version for way in terms.productions if way.site_id == site_id]


def _as_early(earliest: date | None, site_id: str, sources: Iterable[str]) -> list[LostWay]:
    """Where nothing is missing by the day lead times allow, every way loses to what is there and coming."""
    why = f"usable on {earliest} at the earliest; what is there or on its way is enough by then"
    return [LostWay(site_id, source, why) for source in sources]


def _why_not(lost: _Found, best: _Found) -> str:
    late, first = lost.last, best.last
    days = (late.day - first.day).days or (late.way.usable_on - first.way.usable_on).days
    if days:
        return f"there on {late.day}, {days_later(days)}"
    if len(lost.ways) > len(best.ways):
        return f"there on the same day, from {len(lost.ways)} senders"
    if lost.cost > best.cost:
        return f"there on the same day, and costs {lost.cost - best.cost} more"
    return f"there on the same day at the same cost; {first.site_id} comes first by its id"
