"""Reservations and the outcomes of requests on the wire."""

from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
import strawberry

from datasources.store.operations import Operation as Kept
from datasources.store.reservation_life import Step
from resolvers.context import Info
from resolvers.flows import reserve, slip_desk
from resolvers.flows.deps import Deps
from resolvers.promises.at_risk import DECIDERS, PromiseProposal
from resolvers.promises.labels import SupplyLabel
from resolvers.promises.types import Problem, SchedulePart, SetPart
from resolvers.roles import EVERYONE, roles, shown
from resolvers.scalars import Quantity, Sku
from rules.ask import OF_ANOTHER
from rules.quantity import to_base
from rules.reservation import Reservation as Held


@strawberry.enum(description="What became of a request.")
class OperationStatus(Enum):
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="All of it was done.")
    PARTIAL = strawberry.enum_value("PARTIAL", description="Some of it was done; each line says what.")
    REFUSED = strawberry.enum_value("REFUSED", description="Nothing was done; each line says why.")
    CHANGED = strawberry.enum_value(
        "CHANGED", description="Nothing was done: less can be had than the inquiry was told. See the offers."
    )


@strawberry.enum(description="Where a reservation stands.")
class ReservationState(Enum):
    ACTIVE = strawberry.enum_value("active", description="It keeps goods until `expiresAt`.")
    CONFIRMED = strawberry.enum_value("confirmed", description="It keeps goods until they leave.")
    EXPIRED = strawberry.enum_value("expired", description="It ran out; what it kept is free.")
    RELEASED = strawberry.enum_value("released", description="What it kept was given back.")
    SHIPPED = strawberry.enum_value("shipped", description="What it kept has left.")


@strawberry.type(
    description="A reservation of another item: sent in the place of the one asked for, or part of its sets.",
    directives=[roles(EVERYONE)],
)
class SentInstead:
    reservation: strawberry.ID = shown("The reservation.")
    sku: Sku = shown("The item that is sent.")
    quantity: Quantity = shown("How much of it was reserved.")
    fills: Quantity = shown("How much of what was asked that fills; of a part, in how many sets it goes.")


@strawberry.type(description="What became of one line of a request.", directives=[roles(EVERYONE)])
class OperationLine:
    number: int = shown("Its place in the request, from 0.")
    sku: Sku | None = shown("The item; null for a reservation there is not.")
    reservation: strawberry.ID | None = shown("The reservation it is about; null where none was made.")
    beside: strawberry.ID | None = shown("Another reservation made for what a change wants more.")
    state: ReservationState | None = shown("Where the reservation stood after it.")
    asked: Quantity | None = shown("How much was asked.")
    quantity: Quantity = shown(
        "How much was reserved, confirmed, given back, taken from elsewhere or shipped by it."
    )
    open: Quantity | None = shown("How much the reservation kept after it.")
    expires_at: datetime | None = shown("Until when; null is without an end.")
    parts: list[SchedulePart] = shown("What was reserved, or is taken from elsewhere, by day and site.")
    offer: list[SchedulePart] = shown(
        "What can be had instead, where not all could be; goods still to be ordered are had by a promise."
    )
    promisable: Quantity | None = shown("Where not all could be had: the most for the day; null: no limit.")
    earliest: date | None = shown("Where not all could be had: the first day all of it can be.")
    sequence: int | None = shown("The version of the item it was decided on, or that it made.")
    instead: list[SentInstead] = shown("Reservations of other items that are sent in its place.")
    waits: Quantity | None = shown(
        "Where as much as possible was asked: what of it waits for supply, with the order line it is for. "
        "Nothing is kept for it here."
    )
    refused: Quantity | None = shown(
        "Where as much as possible was asked: what of it the rules refuse, as they let nothing wait."
    )
    problem: Problem | None = shown("Why it was not done, or not all of it.")


@strawberry.type(
    description="A request that was decided: the same words however often it is sent.",
    directives=[roles(EVERYONE)],
)
class Operation:
    key: str = shown("The key it was sent under.")
    act: str = shown("reserve, promise, extend, confirm, release, cancel, change, re-source or ship.")
    status: OperationStatus = shown("What became of it.")
    at: datetime = shown("The instant it was decided, by the store's clock.")
    place: int = shown("Its turn among the requests decided at that instant.")
    trace: str = shown("The trace of the request that was decided; empty where none was kept.")
    inquiry: strawberry.ID | None = shown("The inquiry that a promise came from, if it came from one.")
    lines: list[OperationLine] = shown("One for each line sent, in the same order.")

    @classmethod
    def of(cls, kept: Kept) -> "Operation":
        told = orjson.loads(kept.outcome)
        return cls(
            key=kept.key,
            act=kept.act,
            status=OperationStatus(told["status"]),
            at=datetime.fromisoformat(told["at"]),
            place=told["place"],
            trace=kept.trace_id,
            inquiry=None if kept.inquiry_id is None else strawberry.ID(str(kept.inquiry_id)),
            lines=[_line(line) for line in told["lines"]],
        )


def _line(told: dict[str, Any]) -> OperationLine:
    return OperationLine(
        number=told["number"],
        sku=told["sku"],
        reservation=told["reservation"],
        beside=told["beside"],
        state=told["state"] and ReservationState(told["state"]),
        asked=told["asked"],
        quantity=told["quantity"],
        open=told["open"],
        expires_at=told["expires_at"] and datetime.fromisoformat(told["expires_at"]),
        parts=[_part(part, told["sku"]) for part in told["parts"]],
        offer=[_part(part, told["sku"]) for part in told["offer"]],
        promisable=told["promisable"],
        earliest=told["earliest"] and date.fromisoformat(told["earliest"]),
        sequence=told["sequence"],
        instead=[_instead(*each) for each in told.get("instead", ())],
        waits=told.get("waits"),
        refused=told.get("refused"),
        problem=None if told["problem"] is None else _problem(*told["problem"]),
    )


def _instead(reservation: str, sku: str, quantity: Any, fills: Any) -> SentInstead:
    return SentInstead(reservation=strawberry.ID(reservation), sku=Sku(sku), quantity=quantity, fills=fills)


def _problem(code: str, message: str, next_step: str) -> Problem:
    return Problem(code=code, message=message, next_step=next_step)


def _part(told: list[Any], asked: str) -> SchedulePart:
    day, site, fills, label, position, *way = told
    sets = way.pop() if way and isinstance(way[-1], list) else ()
    sku, quantity = asked, fills
    if len(way) in OF_ANOTHER:
        *way, sku, quantity = way
    needed_on, ship_on, service = way or (day, None, "")
    return SchedulePart(
        day=date.fromisoformat(day),
        needed_on=date.fromisoformat(needed_on),
        ship_on=ship_on and date.fromisoformat(ship_on),
        service=service or None,
        site=site,
        sku=Sku(sku),
        quantity=quantity,
        fills=fills,
        label=SupplyLabel(label),
        position=position,
        made_of=[_set_part(*each) for each in sets],
    )


def _set_part(sku: str, position: str, quantity: Any, instead: str) -> SetPart:
    instead_of = Sku(instead) if instead else None
    return SetPart(sku=Sku(sku), quantity=quantity, instead_of=instead_of, position=position)


@strawberry.type(description="A part of a reservation.", directives=[roles(EVERYONE)])
class ReservationPart:
    day: date = shown("The day the goods must be free for picking, in the site's zone.")
    site: str = shown("The site they come from.")
    position: str = shown("The name under which they are counted: own, consignment, drop_ship, ...")
    ship_on: date | None = shown("The day they leave the site; null where they are taken there.")
    promised: date | None = shown("The day of receipt promised; null where they are taken at the site.")
    service: str | None = shown("The carrier's service that brings them.")
    quantity: Quantity = shown("How much was reserved.")
    open: Quantity = shown("How much of it is still kept.")


@strawberry.type(
    description="What one request did to one part of a reservation.", directives=[roles(EVERYONE)]
)
class ReservationStep:
    at: datetime = shown("When, by the store's clock.")
    act: str = shown("reserve, promise, extend, confirm, release, cancel, change, re-source, ship, ...")
    site: str = shown("The part's site.")
    day: date = shown("The part's day, on which the goods must be free for picking.")
    active: Quantity = shown("How much was added to what it keeps for a while; below 0: taken off.")
    confirmed: Quantity = shown("How much was added to what it keeps without an end; below 0: taken off.")
    expires_at: datetime | None = shown("Until when it kept it afterwards; null is without an end.")
    person: str | None = shown("Who asked for it; null for a storefront.")
    key: str = shown("The request's key.")


def step_of(step: Step, precision: int, *, is_inside: bool) -> ReservationStep:
    """The step in base units, as the caller may see it."""
    return ReservationStep(
        at=step.at,
        act=step.act,
        site=step.site_id,
        day=step.needed_on,
        active=Quantity(to_base(step.active, precision)),
        confirmed=Quantity(to_base(step.confirmed, precision)),
        expires_at=step.expires_at,
        person=step.person if is_inside else None,
        key=step.key,
    )


@strawberry.type(description="Goods kept for somebody.", directives=[roles(EVERYONE)])
class Reservation:
    reservation: strawberry.ID = shown("Its id.")
    channel: str = shown("The channel that reserved.")
    sku: Sku = shown("The item.")
    state: ReservationState = shown("Where it stands now, by the store's clock.")
    wanted: date = shown("The day it was wanted: of receipt, where it says where to.")
    ship_to: str | None = shown("Where the goods go; null where they are taken at their site.")
    service: str | None = shown("The carrier's service that was asked for; null: any.")
    quantity: Quantity = shown("How much was reserved.")
    open: Quantity = shown("How much it still keeps.")
    made_at: datetime = shown("When it was made.")
    expires_at: datetime | None = shown("Until when it keeps it; null is without an end.")
    holder: str | None = shown("For whom.")
    order: str | None = shown("The order it stands for.")
    line: str | None = shown("The order's line it stands for.")
    parts: list[ReservationPart] = shown("Where and when the goods are kept.")
    as_of: datetime = shown("The instant this is true for.")
    precision: strawberry.Private[int]

    @shown("What it was made of, each part on the one thing it rested on then.")  # type: ignore[untyped-decorator]
    async def promised(self, info: Info) -> list[SchedulePart]:
        return await promised_as(info.context.deps, UUID(str(self.reservation)), str(self.sku))

    @shown("What became of it, request by request: the first 1,000 steps.")  # type: ignore[untyped-decorator]
    async def life(self, info: Info) -> list[ReservationStep]:
        steps = await reserve.life(info.context.deps, UUID(str(self.reservation)))
        return [step_of(each, self.precision, is_inside=info.context.is_inside) for each in steps]

    @shown(  # type: ignore[untyped-decorator]
        "What became of it when supply slipped: at most 100 proposals of new days, newest first.",
        to=DECIDERS,
    )
    async def proposals(self, info: Info) -> list[PromiseProposal]:
        listed = await slip_desk.of_line(info.context.deps, str(self.reservation))
        return [PromiseProposal.of(each) for each in listed]


async def promised_as(deps: Deps, reservation_id: UUID, sku: str) -> list[SchedulePart]:
    """The parts the reservation was made of, as its request was told of them. Raises StoreUnavailable."""
    return [_part(part, sku) for part in await reserve.promised_parts(deps, reservation_id, sku)]


def reservation_of(held: Held, now: datetime, precision: int) -> Reservation:
    """The reservation as it stands at the instant."""
    standing = held.standing(now)
    keeps = standing in {"active", "confirmed"}

    def base(units: int) -> Quantity:
        return Quantity(to_base(units, precision))

    return Reservation(
        reservation=strawberry.ID(str(held.reservation_id)),
        channel=held.channel,
        sku=Sku(held.sku),
        state=ReservationState(standing),
        wanted=held.wanted,
        ship_to=held.ship_to,
        service=held.service,
        quantity=base(held.quantity),
        open=base(held.open if keeps else 0),
        made_at=held.made_at,
        expires_at=held.expires_at,
        holder=held.holder or None,
        order=held.order_id or None,
        line=held.line_id or None,
        parts=[
            ReservationPart(
                day=part.needed_on,
                site=part.site_id,
                position=part.position,
                ship_on=None if part.delivery is None else part.delivery.ship_on,
                promised=None if part.delivery is None else part.delivery.promised,
                service=None if part.delivery is None else part.delivery.service or None,
                quantity=base(part.quantity),
                open=base(part.open if keeps else 0),
            )
            for part in held.parts
            if part.quantity  # what was moved to another day whole is told by the proposals
        ],
        as_of=now,
        precision=precision,
    )
