"""One reservation: where it stands, what it keeps, and what became of it request by request."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.responses import Response

from datasources.store import catalogue
from gateway.console.at_risk_page import Row
from gateway.console.pages import Frame, page
from gateway.console.timeline import of_reservation
from resolvers.flows import reserve, slip_desk
from resolvers.flows.deps import Deps
from resolvers.promises.reservations import ReservationStep, promised_as, reservation_of, step_of

WORDS = {
    "reserve": "reserved",
    "promise": "promised",
    "extend": "extended",
    "confirm": "confirmed",
    "release": "given back",
    "cancel": "cancelled",
    "change": "changed",
    "ship": "shipped",
    "re-source": "taken from other sites",
    "move": "moved to another day",
    "expire": "ran out: what it kept is free",
}
"""What a step is called; one of another name is called by that."""


@dataclass(frozen=True, slots=True)
class Event:
    """A step, or the moment at which it ran out, when nobody did anything."""

    at: datetime
    words: str
    step: ReservationStep | None = None


async def reservation_page(deps: Deps, frame: Frame, reservation_id: UUID) -> Response:
    """The reservation as it stands, and its life. Raises NotFound."""
    assert frame.caller is not None, "pages are read by someone"
    held, now = await reserve.reservation(deps, reservation_id, frame.caller)
    async with deps.store.reading() as tx:
        unit, precision = await catalogue.measured_in(tx, held.sku)
    told = reservation_of(held, now, precision)
    steps = [
        step_of(each, precision, is_inside=frame.is_inside)
        for each in await reserve.life(deps, reservation_id)
    ]
    proposals = await slip_desk.of_line(deps, str(reservation_id)) if frame.decides_promises else []
    events = [Event(step.at, WORDS.get(step.act, step.act), step) for step in steps]
    if held.standing(now) == "expired" and held.expires_at is not None:
        events.append(Event(held.expires_at, WORDS["expire"]))
    return page(
        "reservation.html",
        frame,
        told=told,
        unit=unit,
        events=events,
        proposals=[Row.of(each) for each in proposals],
        promised=await promised_as(deps, reservation_id, held.sku),
        timeline=of_reservation(told.parts, told.wanted, unit),
    )
