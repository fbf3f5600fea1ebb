"""What a line is offered that gets nothing or not all: why, and what can be had instead."""

from dataclasses import replace

from resolvers.flows import reserve_told as told
from resolvers.flows.reserve_desk import Desk
from resolvers.flows.reserve_others import precisions, sent_instead
from resolvers.flows.reserve_requests import Request, Wanting, is_held
from resolvers.flows.reserve_taken import Taken
from resolvers.flows.reserve_told import Told
from rules.ask import answer
from rules.asked import LineAnswer
from rules.bounds import in_words
from rules.capability import CapableAnswer
from rules.company import Manner
from rules.model import Profile
from rules.promise import manner_of
from rules.quantity import to_base


def offer(desk: Desk, request: Request, number: int, taken: Taken, answered: LineAnswer) -> Told:
    """A line that gets nothing or not all: why, and what can be had instead."""
    profile = desk.items[taken.line.ask.sku].profile
    return told.line(
        number,
        profile.sku,
        asked=to_base(taken.asked, profile.precision),
        problem=_why_not(desk, request, taken, answered),
        **told.offered(answered, profile.precision, precisions(desk, told.offer_of(answered))),
        **_rest(request, taken, answered, profile.precision),
    )


def _why_not(desk: Desk, request: Request, taken: Taken, answered: LineAnswer) -> list[str]:
    """Why not all can be had by its day: there is less, or the rules do not let so much be given."""
    profile = desk.items[taken.line.ask.sku].profile
    by_then = sum(part.quantity for part in answered.schedule if part.day <= taken.latest)
    to_order = why_not_ordered(request, taken, answered, profile)
    if to_order:
        return to_order
    body = request.body
    to = body.to if isinstance(body, Wanting) else None
    if taken.hindered is not None and by_then >= taken.asked:
        goes = "leave" if to is None else "be received"
        asked = told.in_units(profile, taken.asked)
        return told.not_together(asked, taken.hindered.latest, goes, taken.hindered.why)
    short = told.short(answered, profile, taken.asked, by_then, taken.latest)
    seen = None if desk.slots is None else desk.slots.seen_by(request, [taken.line])
    asker = replace(desk.asker(request.channel, to), slots=seen)
    positions = desk.positions([profile.sku, *sent_instead(desk, [profile.sku])])
    manner = manner_of(positions[profile.sku], asker, taken.line.ask.site_id)
    least = 0 if manner is None else manner.min_split
    bounds = "" if manner is None else in_words(manner, f"{to_base(least, profile.precision)} {profile.unit}")
    if not bounds:
        return short
    free = replace(asker, manner=lambda _site, _class: Manner(), capability=None)
    (unbound,) = answer([taken.line.ask], positions, desk.at.setup, free)
    assert isinstance(unbound, LineAnswer), "the same line was answered within the rules"
    there = sum(part.quantity for part in unbound.schedule if part.day <= taken.latest)
    if there <= by_then:
        return short
    return told.bound(answered, profile, (taken.asked, there, by_then), taken.latest, bounds)


def why_not_ordered(
    request: Request, taken: Taken, answered: LineAnswer, profile: Profile
) -> list[str] | None:
    """Why what could be there by its day is not ordered; None where nothing could."""
    if not isinstance(answered, CapableAnswer) or not answered.held_back:
        return None
    if max(each.day for each in answered.held_back) > taken.latest:
        return None
    by_then = sum(part.quantity for part in answered.schedule if part.day <= taken.latest)
    held = is_held(request, taken.line)
    return told.to_order(answered, profile, by_then, held=held, agreed=request.may_agree)


def _rest(request: Request, taken: Taken, answered: LineAnswer, precision: int) -> Told:
    """What becomes of the rest where as much as possible is done: it waits, or the rules refuse it."""
    if request.body.whole or taken.is_full:
        return {}
    rest = to_base(taken.asked - taken.quantity, precision)
    return {"waits": rest} if answered.backorder else {"refused": rest}
