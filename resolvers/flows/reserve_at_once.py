"""What is given at once: one line that asks for what another of the same transaction was just given whole."""

from collections.abc import Hashable
from datetime import timedelta

from datasources.store import clock
from datasources.store.reservations import Given
from resolvers.flows import reserve_told as told
from resolvers.flows.reserve_desk import Desk
from resolvers.flows.reserve_requests import Request, WantedLine, Wanting
from resolvers.flows.reserve_told import Told
from rules.ask import RequestLine
from rules.asked import LineAnswer
from rules.at_once import AtOnce, at_once, usual_but
from rules.labels import ON_HAND, RECEIPT
from rules.quantity import BadQuantity, to_base, to_smallest

IS_PLAIN_BODY = usual_but(Wanting, "lines", "whole", "seconds", "holder")
IS_PLAIN_LINE = usual_but(WantedLine, "ask", "latest")
IS_PLAIN_ASK = usual_but(RequestLine, "sku", "quantity", "wanted", "site_id")
Known = dict[Hashable, AtOnce]


def _alike(request: Request, line: WantedLine) -> Hashable:
    """All that two plain requests for an item must have in common but how much they ask."""
    return request.channel, line.ask.wanted, line.latest, line.ask.site_id


def _plain_line(request: Request) -> WantedLine | None:
    """The only line, if there is nothing special about it."""
    body = request.body
    if not isinstance(body, Wanting) or len(body.lines) != 1 or not IS_PLAIN_BODY(body):
        return None
    [line] = body.lines
    return line if IS_PLAIN_LINE(line) and IS_PLAIN_ASK(line.ask) else None


def remember(desk: Desk, request: Request, answer: object, known: Known) -> None:
    """The request was given its line whole: from now on others that ask for the same are given it at once.

    `known` is what could be given at once before that.
    """
    line = _plain_line(request)
    if line is None or line.ask.sku not in desk.often or not isinstance(answer, LineAnswer):
        return
    item = desk.items[line.ask.sku].rows(desk.at)
    found = at_once(item, answer, desk.asker(request.channel))
    if found is not None:
        _lower(known, found, answer.schedule[0].quantity)
        desk.at_once[line.ask.sku] = {**known, _alike(request, line): found}


def give_at_once(desk: Desk, request: Request, place: int) -> Told | None:
    """The outcome, and at the desk what it takes; None where it is to be decided like any other."""
    line = _plain_line(request)
    known = None if line is None else desk.at_once.get(line.ask.sku)
    if line is None or known is None:
        return None
    found = known.get(_alike(request, line))
    quantity = 0 if found is None else _units(line, desk)
    if found is None or not found.has(quantity):
        return None
    here = found.give(quantity)
    if len(known) > 1:
        _lower(known, found, quantity)
    return _keep(desk, request, place, found, (quantity, here))


def _units(line: WantedLine, desk: Desk) -> int:
    """How much is asked, in smallest units; 0 where that is none."""
    try:
        return to_smallest(line.ask.quantity, desk.items[line.ask.sku].profile.precision)
    except BadQuantity:
        return 0


def _lower(known: Known, taken: AtOnce, quantity: int) -> None:
    """So much is gone for those too who ask for something else of the item."""
    others = [(alike, other) for alike, other in known.items() if other is not taken]
    for alike, other in others:
        if not other.is_lowered(taken, quantity):
            del known[alike]


def _keep(desk: Desk, request: Request, place: int, found: AtOnce, given: tuple[int, int]) -> Told:
    """The reservation is made at the desk; of the units `given` the second are on hand."""
    body, now, quantity = request.body, desk.now, given[0]
    assert isinstance(body, Wanting)
    ask = body.lines[0].ask
    item = desk.items[ask.sku]
    ends = None if body.seconds is None else now + timedelta(seconds=body.seconds)
    item.give(found.site_id, (found.position, request.channel, found.day, ends), quantity)
    sequence = desk.sequence(ask.sku)
    made = Given(
        clock.new_id(now),
        ask.sku,
        ask.wanted,
        (found.site_id, found.position, found.day, quantity),
        ends,
        body.holder,
        request.name,
        request.act,
        place,
        sequence,
        body.lines[0].latest,
    )
    desk.given.append(made)
    asked = to_base(quantity, item.profile.precision)
    line = told.line(
        0,
        ask.sku,
        reservation=str(made.reservation_id),
        state="confirmed" if ends is None else "active",
        asked=asked,
        quantity=asked,
        open=asked,
        expires_at=ends and ends.isoformat(),
        parts=_parts(found, given, item.profile.precision),
        sequence=sequence,
    )
    return told.outcome(request.act, told.ACCEPTED, now, place, [line])


def _parts(found: AtOnce, given: tuple[int, int], precision: int) -> list[list[object]]:
    """What was given, told apart by what it rests on."""
    quantity, here = given
    day = found.day.isoformat()
    rest = quantity - here
    if not here or not rest:
        label = ON_HAND if here else RECEIPT
        return [[day, found.site_id, to_base(quantity, precision), label, found.position]]
    both = ((here, ON_HAND), (rest, RECEIPT))
    return [[day, found.site_id, to_base(units, precision), label, found.position] for units, label in both]
