"""Deciding what is to be kept: by the same decision that answers, each line on the days it may be had."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from uuid import UUID

from datasources.store import clock
from resolvers.flows import reserve_told as told
from resolvers.flows.reserve_at_once import remember
from resolvers.flows.reserve_desk import Desk
from resolvers.flows.reserve_firm import place_orders
from resolvers.flows.reserve_groups import in_groups
from resolvers.flows.reserve_offered import offer
from resolvers.flows.reserve_others import by_item, precisions
from resolvers.flows.reserve_requests import Request, WantedLine, Wanting
from resolvers.flows.reserve_taken import Taken, take, with_offers_apart, with_parts_apart
from resolvers.flows.reserve_told import Told
from rules.ask import Delivered, RequestLine
from rules.asked import LineAnswer, LineOutcome, LineProblem, ScheduleLine
from rules.capability import CapableAnswer
from rules.ctp_promise import KINDS
from rules.quantity import to_base
from rules.reservation import Delivery, Part, Reservation, made


def decide_wanted(desk: Desk, request: Request, place: int) -> Told:
    """The outcome, and at the desk what it takes. One that is refused takes nothing."""
    body = request.body
    assert isinstance(body, Wanting)
    taken = in_groups(desk, request, body)
    if body.offered and _is_worse(taken, body.offered):
        return _nothing(desk, request, place, taken, told.CHANGED)
    kept = [each if each.is_full or not body.whole else replace(each, parts=()) for each in taken]
    if not any(each.parts for each in kept) or (body.whole and not all(each.is_full for each in kept)):
        return _nothing(desk, request, place, taken, told.REFUSED)
    known, answered = desk.at_once.get(body.lines[0].ask.sku, {}), kept[0].outcome
    kept = with_parts_apart(desk, kept)
    status = told.ACCEPTED if all(each.is_full for each in kept) else told.PARTIAL
    if status == told.PARTIAL:
        kept = with_offers_apart(desk, kept)
    lines = [_keep(desk, request, place, number, each) for number, each in enumerate(kept)]
    remember(desk, request, answered, known)
    return told.outcome(request.act, status, desk.now, place, _with_sequences(desk, lines))


def _with_sequences(desk: Desk, lines: Sequence[Told]) -> list[Told]:
    """Each line with the sequence of its item that was decided on, or made."""
    return [
        line | {"sequence": desk.sequence(line["sku"])} if line["sku"] in desk.items else line
        for line in lines
    ]


def _is_worse(taken: Sequence[Taken], offered: Sequence[LineOutcome]) -> bool:
    """Whether any line is given less, or later, than was told."""
    return any(_is_worse_than(each.outcome, before) for each, before in zip(taken, offered, strict=True))


def _is_worse_than(now: LineOutcome, before: LineOutcome) -> bool:
    if isinstance(before, LineProblem):
        return False
    if isinstance(now, LineProblem):
        return bool(before.schedule)
    days = sorted({part.day for part in (*now.schedule, *before.schedule)})
    had, has = ([_on(each, day) for day in days] for each in (_without_quoted(before, now), now))
    return any(less < more for less, more in zip(accumulate(has), accumulate(had), strict=True))


def _without_quoted(before: LineAnswer, now: LineAnswer) -> LineAnswer:
    """What was told, without goods to be bought or made where these may only be quoted."""
    if isinstance(now, CapableAnswer) and now.taken:
        return before
    return replace(before, schedule=tuple(part for part in before.schedule if part.label not in KINDS))


def _on(given: LineAnswer, day: date) -> int:
    return sum(part.quantity for part in given.schedule if part.day == day)


def _nothing(desk: Desk, request: Request, place: int, taken: Sequence[Taken], status: str) -> Told:
    offered = with_offers_apart(desk, taken)
    lines = [_not_taken(desk, request, number, each, status) for number, each in enumerate(offered)]
    return told.outcome(request.act, status, desk.now, place, _with_sequences(desk, lines))


def _not_taken(desk: Desk, request: Request, number: int, taken: Taken, status: str) -> Told:
    ask = taken.line.ask
    if isinstance(taken.outcome, LineProblem):
        return told.line(number, ask.sku, problem=told.problem(taken.outcome))
    line = offer(desk, request, number, taken, taken.outcome)
    if taken.is_full or status == told.CHANGED:
        return line | {"problem": list(told.NOT_ALL) if status == told.REFUSED else None}
    return line


def _keep(desk: Desk, request: Request, place: int, number: int, taken: Taken) -> Told:
    """The line's reservation is made at the desk."""
    outcome = taken.outcome
    if isinstance(outcome, LineProblem):
        return told.line(number, taken.line.ask.sku, problem=told.problem(outcome))
    if not taken.parts:
        return offer(desk, request, number, taken, outcome)
    profile = desk.items[taken.line.ask.sku].profile
    line = told.line(number, profile.sku) if taken.is_full else offer(desk, request, number, taken, outcome)
    line |= {
        "asked": to_base(taken.asked, profile.precision),
        "quantity": to_base(taken.quantity, profile.precision),
        "parts": told.schedule(taken.apart, profile.precision, precisions(desk, taken.apart)),
        "instead": [],
    }
    for each in by_item(taken.line.ask, taken.parts):
        of_item = replace(taken, line=replace(taken.line, ask=each.ask), parts=each.parts)
        kept = _begin(desk, request, place, of_item)
        at = desk.items[each.ask.sku].profile.precision
        if each.ask.sku == profile.sku:
            line |= told.holds(kept, at, desk.now)
        else:
            units = to_base(kept.quantity, at), to_base(each.fills, profile.precision)
            line["instead"].append([str(kept.reservation_id), each.ask.sku, *units])
    return line


def _begin(desk: Desk, request: Request, place: int, taken: Taken) -> Reservation:
    """A reservation of one item is made at the desk, of these parts of its line."""
    reservation = _reservation(desk, request, taken)
    _order(desk, request, taken, reservation)
    desk.begin(made(reservation, request.act), request, place)
    _take_slots(desk, request, reservation, taken)
    return reservation


def _order(desk: Desk, request: Request, taken: Taken, reservation: Reservation) -> None:
    """What of the line is still to be bought or made is ordered."""
    if any(part.label in KINDS for part in taken.parts):
        assert isinstance(taken.outcome, CapableAnswer)
        assert taken.outcome.taken, "a part to be bought or made names the way"
        for way in taken.outcome.taken:
            place_orders(desk, request, way, reservation.reservation_id)


def _reservation(desk: Desk, request: Request, taken: Taken) -> Reservation:
    body, line = request.body, taken.line
    assert isinstance(body, Wanting)
    parts = tuple(
        Part(number, part.site_id, part.position, part.needed, part.quantity, part.quantity, _way(part))
        for number, part in enumerate(taken.parts)
    )
    ends = None if body.seconds is None else desk.now + timedelta(seconds=body.seconds)
    return Reservation(
        reservation_id=clock.new_id(desk.now),
        channel=request.channel,
        sku=line.ask.sku,
        wanted=line.ask.wanted,
        parts=parts,
        made_at=desk.now,
        expires_at=ends,
        state="confirmed" if ends is None else "active",
        holder=body.holder,
        actor=request.person,
        order_id=line.order_id,
        line_id=line.line_id,
        ship_to=None if body.to is None else body.to.destination,
        service=None if body.to is None else body.to.service,
        latest=line.latest,
    )


def _way(part: ScheduleLine) -> Delivery | None:
    return None if part.ship_on is None else Delivery(part.ship_on, part.day, part.service)


def destination_of(reservation: Reservation) -> Delivered | None:
    """Where its goods go, as it was asked."""
    if reservation.ship_to is None:
        return None
    return Delivered(reservation.ship_to, reservation.service)


def _take_slots(
    desk: Desk, request: Request, reservation: Reservation, taken: Taken, beside: UUID | None = None
) -> None:
    """Where the rules limit the orders of a site, the reservation's leaves it on its days."""
    if desk.slots is not None:
        item_class = desk.items[reservation.sku].profile.item_class
        parts = zip(reservation.parts, taken.parts, strict=True)
        order = desk.slots.order_of(reservation.order_id, request, beside)
        desk.slots.take(desk.at.setup, item_class, reservation, parts, order)


def take_more(desk: Desk, request: Request, wanted: Sequence[tuple[Reservation, int]]) -> list[Taken]:
    """What there is for so much more of each reservation, on the day it is wanted; nothing is kept yet.

    From any site and as it comes: the site and the pack that were named at first are not kept with a
    reservation. All of them go to one destination.
    """
    lines = []
    for before, more in wanted:
        precision = desk.items[before.sku].profile.precision
        ask = RequestLine(before.sku, Decimal(more).scaleb(-precision), before.wanted)
        is_held = before.expires_at is not None
        lines.append(WantedLine(ask, None, "", before.order_id, before.line_id, held=is_held))
    [to] = {destination_of(before) for before, _ in wanted}
    beside = [before.reservation_id for before, _ in wanted]
    taken = take(desk, replace(request, body=Wanting(tuple(lines), to=to)), lines, beside)
    return with_offers_apart(desk, with_parts_apart(desk, taken))


def keep_more(desk: Desk, request: Request, place: int, before: Reservation, taken: Taken) -> Reservation:
    """A new reservation beside the one there is, as long, for the same order line, holder and destination."""
    body = Wanting((taken.line,), holder=before.holder, to=destination_of(before))
    new = _reservation(desk, replace(request, body=body), taken)
    new = replace(new, expires_at=before.expires_at, state=before.state)
    _order(desk, request, taken, new)
    desk.begin(made(new, "change"), request, place)
    _take_slots(desk, request, new, taken, before.reservation_id)
    return new
