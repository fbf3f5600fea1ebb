"""Deciding what is done with reservations there are: confirmed, extended, given back, changed or shipped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from resolvers.flows import reserve_told as told
from resolvers.flows.reserve_desk import Desk
from resolvers.flows.reserve_offered import why_not_ordered
from resolvers.flows.reserve_requests import HeldLine, Holding, Request
from resolvers.flows.reserve_ship import Shipment
from resolvers.flows.reserve_slots import GIVES_BACK
from resolvers.flows.reserve_taken import Taken
from resolvers.flows.reserve_told import Told
from resolvers.flows.reserve_wanted import destination_of, keep_more, take_more
from rules.asked import LineAnswer, LineProblem
from rules.quantity import BadQuantity, to_base, to_smallest
from rules.reservation import Changed, NotPossible, Reservation, confirm, extend, give_back, ship


@dataclass(frozen=True, slots=True)
class Done:
    """What a request would do to one reservation, or why it cannot; so much `more` is wanted beside it."""

    line: HeldLine
    before: Reservation | None = None
    changed: Changed | None = None
    problem: tuple[str, ...] = ()
    more: int = 0
    taken: Taken | None = None
    """What there is of the more."""

    @property
    def can_be(self) -> bool:
        return not self.problem


def decide_held(desk: Desk, request: Request, place: int, shipment: Shipment) -> Told:
    """The outcome, and at the desk what it changes. One that is refused changes nothing."""
    body = request.body
    assert isinstance(body, Holding)
    done = _with_more(desk, request, _try_each(desk, request, body, shipment))
    able = [each for each in done if each.can_be]
    if not able or (body.whole and len(able) < len(done)):
        lines = [_not_done(desk, number, each) for number, each in enumerate(done)]
        return told.outcome(request.act, told.REFUSED, desk.now, place, lines)
    shipment.settle()
    made = {number: _apply(desk, request, place, each) for number, each in enumerate(done) if each.can_be}
    status = told.ACCEPTED if len(able) == len(done) else told.PARTIAL
    lines = [
        _told(desk, number, each, made[number]) if number in made else _not_done(desk, number, each)
        for number, each in enumerate(done)
    ]
    return told.outcome(request.act, status, desk.now, place, lines)


def _try_each(desk: Desk, request: Request, body: Holding, shipment: Shipment) -> list[Done]:
    """Each line as if those before it were done."""
    staged: dict[UUID, Reservation] = {}
    done = []
    for line in body.lines:
        named = line.reservation_id
        before = None if named is None else staged.get(named) or desk.reservations.get(named)
        each = _try(desk, request, line, before, shipment)
        if each.changed is not None:
            staged[each.changed.reservation.reservation_id] = each.changed.reservation
        done.append(each)
    return done


def _try(
    desk: Desk, request: Request, line: HeldLine, before: Reservation | None, shipment: Shipment
) -> Done:
    if before is None or before.channel != request.channel:
        says = f"There is no reservation {line.reservation[:80]}."
        return Done(line, problem=("UNKNOWN_RESERVATION", says, "Check the id and the channel."))
    precision = desk.items[before.sku].profile.precision
    try:
        quantity = _quantity(line, precision)
        changed, more = ACTS[request.act](_Attempt(desk, request, line, before, quantity, shipment))
    except NotPossible as refused:
        return Done(line, before, problem=tuple(told.reason(refused, precision)))
    return Done(line, before, changed, more=more)


def _quantity(line: HeldLine, precision: int) -> int | None:
    if line.quantity is None:
        return None
    try:
        quantity = to_smallest(line.quantity, precision)
    except BadQuantity as bad:
        raise NotPossible("BAD_QUANTITY", str(bad), "Round the quantity, then send it again.") from bad
    if quantity <= 0:
        says = f"A quantity of {line.quantity} means nothing here: it must be above 0."
        raise NotPossible("BAD_QUANTITY", says, "Send 1 or more; to give all of it back, cancel it.")
    return quantity


@dataclass(frozen=True, slots=True)
class _Attempt:
    desk: Desk
    request: Request
    line: HeldLine
    before: Reservation
    quantity: int | None
    shipment: Shipment


Effect = tuple[Changed, int]
"""The reservation as changed, and how much more is wanted beside it."""


def _confirm(of: _Attempt) -> Effect:
    return confirm(of.before, of.desk.now, of.line.order_id, of.line.line_id), 0


def _extend(of: _Attempt) -> Effect:
    assert isinstance(of.request.body, Holding)
    until = of.desk.now + timedelta(seconds=of.request.body.seconds)
    return extend(of.before, of.desk.now, until), 0


def _release(of: _Attempt) -> Effect:
    return give_back(of.before, of.desk.now, of.quantity), 0


def _cancel(of: _Attempt) -> Effect:
    return give_back(of.before, of.desk.now, None, "cancel"), 0


def _change(of: _Attempt) -> Effect:
    """Less keeps its place; more is wanted beside it."""
    if of.quantity is None:
        raise NotPossible("BAD_QUANTITY", "A change names no quantity.", "Send the new quantity.")
    less = max(0, of.before.open - of.quantity)
    return give_back(of.before, of.desk.now, less, "change"), max(0, of.quantity - of.before.open)


def _ship(of: _Attempt) -> Effect:
    changed = ship(of.before, of.desk.now, of.quantity)
    of.shipment.take(of.desk, of.before, changed)
    return changed, 0


SEVERAL_DESTINATIONS = (
    "SEVERAL_DESTINATIONS",
    "More is wanted of reservations whose goods go to different destinations, or by different services.",
    "Change those of one destination and service at a time.",
)

ACTS: dict[str, Callable[[_Attempt], Effect]] = {
    "confirm": _confirm,
    "extend": _extend,
    "release": _release,
    "cancel": _cancel,
    "change": _change,
    "ship": _ship,
}


def _with_more(desk: Desk, request: Request, done: Sequence[Done]) -> list[Done]:
    """Where more is wanted: whether there is. What more is taken at once all goes to one destination."""
    more = [destination_of(each.before) for each in done if each.more and each.before is not None]
    done = [
        replace(each, more=0, problem=SEVERAL_DESTINATIONS)
        if each.more and each.before is not None and destination_of(each.before) != more[0]
        else each
        for each in done
    ]
    wanted = [(each.before, each.more) for each in done if each.more and each.before is not None]
    found = iter(take_more(desk, request, wanted) if wanted else ())
    return [_with_taken(desk, request, each, next(found)) if each.more else each for each in done]


def _with_taken(desk: Desk, request: Request, done: Done, taken: Taken) -> Done:
    if taken.is_full:
        return replace(done, taken=taken)
    if isinstance(taken.outcome, LineProblem):
        return replace(done, problem=tuple(told.problem(taken.outcome)))
    assert isinstance(taken.outcome, LineAnswer)
    profile = desk.items[taken.line.ask.sku].profile
    why = why_not_ordered(request, taken, taken.outcome, profile) or told.short(
        taken.outcome, profile, taken.asked, taken.quantity, taken.latest
    )
    return replace(done, problem=tuple(why), taken=taken)


def _apply(desk: Desk, request: Request, place: int, done: Done) -> Reservation | None:
    """It is done at the desk; the reservation made beside it, if any."""
    assert done.before is not None
    assert done.changed is not None
    if done.changed.moves:
        desk.change(done.before, done.changed, request, place)
        if request.act in GIVES_BACK:
            desk.fit_transfers(done.changed.reservation)
    return keep_more(desk, request, place, done.before, done.taken) if done.taken is not None else None


def _told(desk: Desk, number: int, done: Done, beside: Reservation | None) -> Told:
    assert done.before is not None
    assert done.changed is not None
    profile = desk.items[done.before.sku].profile
    line = told.line(
        number,
        done.before.sku,
        quantity=to_base(done.changed.units, profile.precision),
        sequence=desk.sequence(done.before.sku),
    )
    line |= told.holds(done.changed.reservation, profile.precision, desk.now)
    if beside is not None and done.taken is not None:
        line["quantity"] = to_base(beside.quantity, profile.precision)
        line["beside"] = str(beside.reservation_id)
        line["parts"] = told.schedule(done.taken.apart, profile.precision)
    return line


def _not_done(desk: Desk, number: int, done: Done) -> Told:
    problem = list(done.problem or told.NOT_ALL)
    if done.before is None:
        return told.line(number, reservation=done.line.reservation[:80], problem=problem)
    profile = desk.items[done.before.sku].profile
    line = told.line(number, done.before.sku, problem=problem, sequence=desk.sequence(done.before.sku))
    stands = desk.reservations[done.before.reservation_id]  # `before` may have changed by a line in front
    line |= told.holds(stands, profile.precision, desk.now)
    if done.taken is not None and isinstance(done.taken.outcome, LineAnswer):
        line |= told.offered(done.taken.outcome, profile.precision)
    return line
