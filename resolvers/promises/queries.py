"""The question everything is for: what can be promised, where, when, and why."""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal, cast
from uuid import UUID

import strawberry
from strawberry.types import get_object_definition

from resolvers.context import Info
from resolvers.flows import reserve
from resolvers.flows.quote import Quote, quote, replay
from resolvers.methods import Methods, names
from resolvers.past import AsKnownAt, moment
from resolvers.promises.reservation_list import ReservationFilter, reservation_page
from resolvers.promises.reservations import Operation, Reservation, reservation_of
from resolvers.promises.types import Availability, Inquiry
from resolvers.relay import WHICH, After, Connection, First
from resolvers.roles import EVERYONE, shown
from resolvers.scalars import Quantity, Sku
from rules.ask import Delivered, RequestLine
from rules.errors import NotFound, ServiceWithoutDestination
from telemetry.spans import describe

SKUS_TOLD_MAX = 20


ShipTo = Annotated[
    str | None,
    strawberry.argument(
        description="Where the goods go: then days wanted and promised are days of receipt there. "
        "Left out: they are the days on which the goods must be free for picking at their site."
    ),
]
Service = Annotated[
    str | None,
    strawberry.argument(
        description="With `shipTo`: only by this service of a carrier; left out: by the fastest."
    ),
]


@strawberry.enum(description="How a quantity is made whole packs.")
class Rounding(Enum):
    UP = strawberry.enum_value("up", description="To the packs that hold it.")
    DOWN = strawberry.enum_value("down", description="To the packs that it fills.")


def rounded(rounding: Rounding) -> Literal["up", "down"]:
    """How the quantity is made whole packs, as rules know it."""
    return "down" if rounding is Rounding.DOWN else "up"


def delivered(ship_to: str | None, service: str | None) -> Delivered | None:
    """Where an ask's goods go. Raises ServiceWithoutDestination."""
    if ship_to is None and service is not None:
        raise ServiceWithoutDestination(service)
    return None if ship_to is None else Delivered(ship_to, service)


@strawberry.input(description="One line of an ask.")
class AvailabilityLineInput:
    sku: Sku = strawberry.field(description="The item.")
    quantity: Quantity = strawberry.field(description="How much, in the item's base unit; above 0.")
    wanted: date = strawberry.field(description="The day it is wanted; a day gone by means today.")
    site: str | None = strawberry.field(
        default=None, description="Only from this site; left out: every site, in id order."
    )
    pack: Quantity | None = strawberry.field(
        default=None, description="Only in whole packs of so many base units; left out: as it comes."
    )
    rounding: Rounding = strawberry.field(
        default=Rounding.UP, description="How the quantity is made whole packs."
    )


def _as_asked(_: type, line: Mapping[str, Any], __: object) -> RequestLine:
    """The line as flows know it, at once: Strawberry's own conversion takes as long as deciding the line."""
    return RequestLine(
        line["sku"],
        line["quantity"],
        line["wanted"],
        line.get("site"),
        line.get("pack"),
        rounded(line.get("rounding", Rounding.UP)),
    )


get_object_definition(AvailabilityLineInput, strict=True).from_input = _as_asked


@strawberry.type
class PromisesQuery:
    @shown("What can be promised for each line, when, from where, and why. At most 1,000 lines.", to=EVERYONE)  # type: ignore[untyped-decorator]
    async def availability(
        self,
        info: Info,
        lines: Annotated[list[AvailabilityLineInput], strawberry.argument(description="1 to 1,000 lines.")],
        channel: Annotated[str, strawberry.argument(description="The channel that asks.")],
        as_known_at: AsKnownAt = None,
        methods: Methods = None,
        ship_to: ShipTo = None,
        service: Service = None,
    ) -> Availability:
        requests = cast("list[RequestLine]", lines)  # what `_as_asked` made of them
        context = info.context
        moment(context, None, as_known_at)
        answered = await quote(
            context.deps,
            requests,
            channel,
            context.caller,
            as_known_at,
            methods=names(methods),
            to=delivered(ship_to, service),
        )
        _tell_trace(answered)
        return Availability.of(answered)

    @shown(
        "A logged inquiry of a channel the caller may see, decided again from what was logged.", to=EVERYONE
    )  # type: ignore[untyped-decorator]
    async def inquiry(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The `inquiry` of an answer.")],
    ) -> Inquiry:
        again = await replay(info.context.deps, inquiry_id(str(id)), info.context.caller)
        return Inquiry(
            answer=Availability.of(again.quote),
            actor=again.logged.actor,
            asked_at=again.logged.asked_at,
            as_known_at=again.logged.known_at,
            identical=again.identical,
            outcome_hash=again.logged.outcome_hash,
        )

    @shown(
        "What became of the caller's request under this key, however it ended for the caller; "
        "null where nothing has been decided yet: send the same key again, as it may still be on its way.",
        to=EVERYONE,
    )  # type: ignore[untyped-decorator]
    async def operation(
        self,
        info: Info,
        key: Annotated[str, strawberry.argument(description="The request's key.")],
        channel: Annotated[str, strawberry.argument(description="The channel it was sent for.")],
    ) -> Operation | None:
        kept = await reserve.operation(info.context.deps, channel, key, info.context.caller)
        return None if kept is None else Operation.of(kept)

    @shown("Reservations of the channels the caller may see, newest first.", to=EVERYONE)  # type: ignore[untyped-decorator]
    async def reservations(
        self,
        info: Info,
        filter: Annotated[ReservationFilter | None, WHICH] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Reservation]:
        return await reservation_page(info, filter or ReservationFilter(), (first, after))

    @shown("A reservation of a channel the caller may see, as it stands now.", to=EVERYONE)  # type: ignore[untyped-decorator]
    async def reservation(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The reservation's id.")],
    ) -> Reservation:
        held, now = await reserve.reservation(info.context.deps, reservation_id(str(id)), info.context.caller)
        row = await info.context.loaders.item.load(held.sku)
        return reservation_of(held, now, 0 if row is None else row["precision"])


def reservation_id(text: str) -> UUID:
    """The id as given out. Raises NotFound for what is no id at all."""
    try:
        return UUID(text)
    except ValueError as bad:
        raise NotFound("reservation", text[:80]) from bad


def _tell_trace(answered: Quote) -> None:
    """The trace leads to the inquiry, and is found by its first skus."""
    skus = list(dict.fromkeys(line.sku for line in answered.requests))[:SKUS_TOLD_MAX]
    describe(inquiry=str(answered.inquiry_id), channel=answered.channel, skus=skus)


def inquiry_id(text: str) -> UUID:
    """The id as given out. Raises NotFound for what is no id at all."""
    try:
        return UUID(text)
    except ValueError as bad:
        raise NotFound("inquiry", text[:80]) from bad
