"""Deciding to take reservations from other sites: given back where they are and taken anew, or left alone."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from resolvers.flows import reserve_told as told
from resolvers.flows.reserve_desk import Desk
from resolvers.flows.reserve_requests import Elsewhere, HeldLine, Holding, Request
from resolvers.flows.reserve_sources import Stage
from resolvers.flows.reserve_told import Told
from resolvers.flows.reserve_wanted import destination_of
from rules import sourced_again as again
from rules.ask import NAME_SAID, RequestLine, answer
from rules.asked import LineAnswer, LineProblem, ScheduleLine
from rules.company import Sourcing
from rules.labels import labelled, told_apart
from rules.model import Profile
from rules.position import ItemPosition, prepare
from rules.promise import Asker
from rules.quantity import to_base
from rules.reservation import Changed, NotPossible, Reservation, check_open
from rules.slots import Slots, shipped_on

AVOID_MAX = 100
ANYWHERE = Elsewhere()


@dataclass(frozen=True, slots=True)
class Tried:
    """What a request would do to one reservation, or why it cannot; `offer` is what could be had then."""

    line: HeldLine
    before: Reservation | None = None
    changed: Changed | None = None
    parts: tuple[ScheduleLine, ...] = ()
    problem: tuple[str, ...] = ()
    offer: LineAnswer | None = None


def decide_sourced_again(desk: Desk, request: Request, place: int) -> Told:
    """The outcome, and at the desk what it changes. One that is refused changes nothing."""
    body = request.body
    assert isinstance(body, Holding)
    stage = desk.sources.begin(None if desk.slots is None else desk.slots.open)
    tried = [_try(desk, request, line, stage) for line in body.lines]
    able = [each for each in tried if each.changed is not None]
    if not able or (body.whole and len(able) < len(tried)):
        lines = [_not_done(desk, number, each) for number, each in enumerate(tried)]
        return told.outcome(request.act, told.REFUSED, desk.now, place, lines)
    desk.sources.profiles = stage.profiles
    for each in able:
        _apply(desk, request, place, each)
    status = told.ACCEPTED if len(able) == len(tried) else told.PARTIAL
    lines = [
        _not_done(desk, number, each) if each.changed is None else _done(desk, number, each)
        for number, each in enumerate(tried)
    ]
    return told.outcome(request.act, status, desk.now, place, lines)


def _try(desk: Desk, request: Request, line: HeldLine, stage: Stage) -> Tried:
    """As if the lines before it were done. What it takes is noted at the stage."""
    named = line.reservation_id
    before = None if named is None else stage.reservations.get(named) or desk.reservations.get(named)
    if before is None or before.channel != request.channel:
        says = f"There is no reservation {line.reservation[:NAME_SAID]}."
        return Tried(line, problem=("UNKNOWN_RESERVATION", says, "Check the id and the channel."))
    try:
        _check(desk, before, line.elsewhere or ANYWHERE)
        return _taken(desk, line, before, stage)
    except NotPossible as refused:
        precision = desk.items[before.sku].profile.precision
        return Tried(line, before, problem=tuple(told.reason(refused, precision)))


def _check(desk: Desk, before: Reservation, to: Elsewhere) -> None:
    """Nothing, where it may be taken from elsewhere at all. Raises NotPossible."""
    check_open(before, desk.now)
    name, sites = before.reservation_id, desk.at.setup.sites
    unknown = [site for site in to.avoid if site not in sites]
    if len(to.avoid) > AVOID_MAX:
        says = f"{len(to.avoid):,} sites to avoid were named; {AVOID_MAX} may be."
        raise NotPossible("TOO_MANY_SITES", says, "Name the one site it is to come from instead.")
    if unknown:
        says = f"No site is called {unknown[0][:NAME_SAID]}."
        raise NotPossible("UNKNOWN_SITE", says, f"Use some of: {', '.join(sorted(sites))}.")
    if desk.items[before.sku].profile.parts or desk.sources.makings[name].in_sets:
        raise NotPossible(
            "PUT_TOGETHER",
            f"What reservation {name} keeps is put together, or goes into sets, at its site.",
            "Cancel all that is for it, and reserve it anew from the other site.",
        )
    item = desk.sources.items[before.sku]
    if again.is_waited_for(item.profile, item.pegs, before):
        raise NotPossible(
            "RESTS_ON_ORDERS",
            f"Goods are still to be bought, made or brought for reservation {name}; they would come for "
            "nobody.",
            "Wait for them, or cancel it and promise anew.",
        )


def _taken(desk: Desk, line: HeldLine, before: Reservation, stage: Stage) -> Tried:
    """It is taken anew from what there is without it. Raises NotPossible where that changes nothing."""
    to = line.elsewhere or ANYWHERE
    profile = again.without(stage.profiles[before.sku], before)
    position = prepare(profile, desk.at.setup, desk.now, desk.at.silent)
    ask = RequestLine(before.sku, Decimal(before.open).scaleb(-profile.precision), before.wanted, to.site_id)
    order = desk.sources.orders[before.reservation_id]
    slots = Slots(stage.slots.taken, frozenset(stage.slots.held), [order])
    asker = _asker(desk, before, to, slots)
    (outcome,) = answer([ask], {before.sku: position}, desk.at.setup, asker)
    if isinstance(outcome, LineProblem):
        return Tried(line, before, problem=tuple(told.problem(outcome)))
    limit = desk.sources.items[before.sku].lines[str(before.reservation_id)].latest
    today = min((rows.today for rows in position.sites), default=before.wanted)
    wanted = again.due(replace(before, latest=limit), today, to.latest)
    last = max(each.day for each in wanted)
    behind = again.behind(wanted, outcome.schedule)
    if behind is not None:
        why = _not_as_good(profile, behind, outcome, last)
        return Tried(line, before, problem=why, offer=_told_apart(outcome, before.sku, position))
    changed = again.sourced_again(before, desk.now, outcome.schedule)
    (apart,) = told_apart([before.sku], [outcome.schedule], {before.sku: position})
    stage.profiles[before.sku] = again.owing(profile, changed.reservation)
    stage.reservations[before.reservation_id] = changed.reservation
    for part in outcome.schedule:
        stage.slots.take((part.site_id, shipped_on(desk.at.setup, part)), order)
    return Tried(line, before, changed, apart)


def _asker(desk: Desk, before: Reservation, to: Elsewhere, slots: Slots) -> Asker:
    """Who asks for the same again: for that item, of what is there or on its way, from sites not avoided."""
    asker = desk.asker(before.channel, destination_of(before))
    avoid = frozenset(to.avoid)

    def sourcing(site_id: str, item_class: str) -> Sourcing:
        by_rule = asker.sourcing(site_id, item_class)
        return replace(by_rule, serves=False) if site_id in avoid else by_rule

    return replace(asker, sourcing=sourcing, capability=None, slots=slots, others=False)


def _told_apart(outcome: LineAnswer, sku: str, position: ItemPosition) -> LineAnswer:
    (schedule,) = labelled([sku], [outcome], {sku: position})
    return replace(outcome, schedule=schedule)


def _not_as_good(
    profile: Profile, behind: again.Behind, answered: LineAnswer, last: date
) -> tuple[str, str, str]:
    """Why it is left where it is: so much is to be had by a day, and less can be."""
    owed, had, rest = (to_base(units, profile.precision) for units in (behind.due, behind.had, answered.open))
    says = (
        f"{owed} {profile.unit} of {profile.sku} are to be had by {behind.day}; from the sites it may come "
        f"from, {had} can be had by then. The reservation stays as it is."
    )
    if answered.earliest is None:
        step = f"{rest} {profile.unit} of it cannot be had there within the horizon: have other sites serve."
    else:
        step = f"All of it can be had on {max(answered.earliest, last)}: name that day as `latest`, or wait."
    return "NOT_AS_GOOD", says, step


def _apply(desk: Desk, request: Request, place: int, done: Tried) -> None:
    assert done.before is not None
    assert done.changed is not None
    after = done.changed.reservation
    desk.change(done.before, done.changed, request, place)
    desk.composed.add(after.sku)
    if desk.slots is not None:
        order = desk.sources.orders[after.reservation_id]
        item_class = desk.items[after.sku].profile.item_class
        desk.slots.take_again(desk.at.setup, item_class, after, order, desk.now)


def _done(desk: Desk, number: int, done: Tried) -> Told:
    assert done.changed is not None
    after = done.changed.reservation
    precision = desk.items[after.sku].profile.precision
    line = told.line(
        number,
        after.sku,
        asked=to_base(after.open, precision),
        quantity=to_base(done.changed.units, precision),
        parts=told.schedule(done.parts, precision),
        sequence=desk.sequence(after.sku),
    )
    return line | told.holds(after, precision, desk.now)


def _not_done(desk: Desk, number: int, tried: Tried) -> Told:
    problem = list(tried.problem or told.NOT_ALL)
    if tried.before is None:
        return told.line(number, reservation=tried.line.reservation[:NAME_SAID], problem=problem)
    before = desk.reservations[tried.before.reservation_id]
    precision = desk.items[before.sku].profile.precision
    line = told.line(number, before.sku, problem=problem, sequence=desk.sequence(before.sku))
    line |= told.holds(before, precision, desk.now)
    if tried.offer is not None:
        line |= told.offered(tried.offer, precision)
    return line
