"""What commits: goods reserved and promised, and what is done with reservations afterwards."""

from datetime import date
from enum import Enum
from typing import Annotated, Any

import strawberry

from resolvers.context import Info
from resolvers.flows import reserve as flow
from resolvers.flows.reserve_requests import Elsewhere, HeldLine, Request, WantedLine, Wanting
from resolvers.promises.queries import Rounding, delivered, inquiry_id, rounded
from resolvers.promises.reservations import Operation
from resolvers.roles import roles, shown
from resolvers.scalars import Quantity, Sku
from rules.ask import RequestLine
from rules.errors import InquiryWithLines, OrderWithoutInquiry
from rules.reservation import Act

SELLERS = ("admin", "oms", "planner", "storefront")
"""Who may keep goods from others."""
RE_SOURCERS = ("admin", "oms", "planner")
"""Who may have what was promised come from elsewhere."""
SHIPPERS = ("admin", "oms", "warehouse")
"""Who may say that goods have left."""
HOLD_FOR_SECONDS = 900


def told(description: str, **options: Any) -> Any:
    """An input field with its description."""
    return strawberry.field(description=description, **options)


SHIP_TO = "Where the goods go: then days are days of receipt there. Left out: they are the site's."
SERVICE = "With `shipTo`: only by this service of a carrier; left out: by the fastest."
KEY = "The same key again gives the same outcome; new for each thing you want done. 1 to 200 characters."


@strawberry.enum(description="What to do where not every line can be done.")
class Choice(Enum):
    ALL_OR_NOTHING = strawberry.enum_value("ALL_OR_NOTHING", description="Nothing.")
    AS_MUCH_AS_POSSIBLE = strawberry.enum_value(
        "AS_MUCH_AS_POSSIBLE", description="What can be done, and of each line what can be had in time."
    )


@strawberry.input(description="One line to be reserved.")
class ReserveLineInput:
    sku: Sku = told("The item.")
    quantity: Quantity = told("How much, in the item's base unit; above 0.")
    wanted: date = told("The day it is wanted; a day gone by means today.")
    latest: date | None = told(
        "Parts may also come on later days up to this one; left out: none but its group's day.",
        default=None,
    )
    site: str | None = told("Only from this site; left out: every site, in their turns.", default=None)
    pack: Quantity | None = told(
        "Only in whole packs of so many base units; left out: as it comes.", default=None
    )
    rounding: Rounding = told("How the quantity is made whole packs.", default=Rounding.UP)
    group: str = told(
        "Lines of one group leave together, with `shipTo` are received together: all in full on one day, "
        "by the earliest `latest` that one of them names; one without a `latest` goes along.",
        default="",
    )
    order: str = told("The order it is for, where there is one: then its line counts once.", default="")
    line: str = told("The order's line.", default="")


@strawberry.input(
    description="Goods to be kept for a while. Nothing is ordered for them: only a promise orders."
)
class ReserveInput:
    key: str = told(KEY)
    channel: str = told("The channel that reserves.")
    lines: list[ReserveLineInput] = told("1 to 1,000 lines.")
    choice: Choice = told("What to do where not every line can be had.", default=Choice.ALL_OR_NOTHING)
    hold_for_seconds: int = told("How long: 1 to 2,592,000 seconds.", default=HOLD_FOR_SECONDS)
    holder: str = told("For whom: a cart, a customer, a person.", default="")
    ship_to: str | None = told(SHIP_TO, default=None)
    service: str | None = told(SERVICE, default=None)


@strawberry.input(description="Goods to be kept without an end. Give an inquiry, or lines.")
class PromiseInput:
    key: str = told(KEY)
    channel: str = told("The channel that promises.")
    inquiry: strawberry.ID | None = told(
        "What this answer was told, if it can still be had; else nothing is done, and the new offer told.",
        default=None,
    )
    order: str = told("The order the inquiry's lines are now lines of.", default="")
    order_lines: list[str] = told(
        "The order's line for each line of the inquiry; left out: 1, 2, 3, ...", default_factory=list
    )
    lines: list[ReserveLineInput] = told("Without an inquiry: 1 to 1,000 lines.", default_factory=list)
    choice: Choice = told("What to do where not every line can be had.", default=Choice.ALL_OR_NOTHING)
    holder: str = told("For whom.", default="")
    ship_to: str | None = told(SHIP_TO + " With an inquiry: where that says.", default=None)
    service: str | None = told(SERVICE, default=None)


@strawberry.input(description="One reservation, and how much of it.")
class HeldLineInput:
    reservation: strawberry.ID = told("The reservation's id.")
    quantity: Quantity | None = told("How much; left out: all it still keeps.", default=None)


@strawberry.input(description="One reservation, and the order line it stands for from now on.")
class ConfirmLineInput:
    reservation: strawberry.ID = told("The reservation's id.")
    order: str = told("The order it is for; left out: as it was.", default="")
    line: str = told("The order's line; left out: as it was.", default="")


@strawberry.input(description="One reservation, and what it is to keep.")
class ChangeLineInput:
    reservation: strawberry.ID = told("The reservation's id.")
    quantity: Quantity = told(
        "Less is given back and the rest keeps its place; more is reserved beside it for the same holder, "
        "order line and destination, on the day wanted: whatever `latest`, `site` and `pack` were named."
    )


@strawberry.input(description="Reservations that keep what they have without an end.")
class ConfirmInput:
    key: str = told(KEY)
    channel: str = told("The channel that reserved.")
    lines: list[ConfirmLineInput] = told("1 to 1,000 reservations.")
    choice: Choice = told("What to do where not every line can be done.", default=Choice.ALL_OR_NOTHING)


@strawberry.input(description="Reservations that end later, or sooner.")
class ExtendInput:
    key: str = told(KEY)
    channel: str = told("The channel that reserved.")
    reservations: list[strawberry.ID] = told("1 to 1,000 reservations.")
    hold_for_seconds: int = told("So many seconds from now on: 1 to 2,592,000.", default=HOLD_FOR_SECONDS)
    choice: Choice = told("What to do where not every line can be done.", default=Choice.ALL_OR_NOTHING)


@strawberry.input(description="Reservations of which all or some is done something with.")
class HeldInput:
    key: str = told(KEY)
    channel: str = told("The channel that reserved.")
    lines: list[HeldLineInput] = told("1 to 1,000 reservations.")
    choice: Choice = told("What to do where not every line can be done.", default=Choice.ALL_OR_NOTHING)


@strawberry.input(description="Reservations given back whole.")
class CancelInput:
    key: str = told(KEY)
    channel: str = told("The channel that reserved.")
    reservations: list[strawberry.ID] = told("1 to 1,000 reservations.")
    choice: Choice = told("What to do where not every line can be done.", default=Choice.ALL_OR_NOTHING)


@strawberry.input(description="Reservations that are to keep more or less.")
class ChangeInput:
    key: str = told(KEY)
    channel: str = told("The channel that reserved.")
    lines: list[ChangeLineInput] = told("1 to 1,000 reservations.")
    choice: Choice = told("What to do where not every line can be done.", default=Choice.ALL_OR_NOTHING)


@strawberry.input(description="One reservation, and where it is to come from.")
class ReSourceLineInput:
    reservation: strawberry.ID = told("The reservation's id.")
    site: str | None = told("Only from this site; left out: every site, in their turns.", default=None)
    avoid: list[str] = told("From none of these sites: up to 100.", default_factory=list)
    latest: date | None = told(
        "All of it up to this day; left out: as soon as it is promised, on every day of it.", default=None
    )


@strawberry.input(description="Reservations that are to come from other sites.")
class ReSourceInput:
    key: str = told(KEY)
    channel: str = told("The channel that reserved.")
    lines: list[ReSourceLineInput] = told("1 to 1,000 reservations, served one after the other.")
    choice: Choice = told("What to do where not every line can be done.", default=Choice.ALL_OR_NOTHING)


@strawberry.type(description="What became of a request.", directives=[roles((*SELLERS, "warehouse"))])
class OperationPayload:
    operation: Operation = shown("The request's one outcome.")


@strawberry.type
class PromisesMutation:
    @shown("Keeps goods from others for a while; on hand, or still to come.", to=SELLERS)  # type: ignore[untyped-decorator]
    async def reserve(
        self,
        info: Info,
        input: Annotated[ReserveInput, strawberry.argument(description="What, how long.")],
    ) -> OperationPayload:
        body = Wanting(
            _wanted(input.lines),
            _whole(input.choice),
            input.hold_for_seconds,
            input.holder,
            to=delivered(input.ship_to, input.service),
        )
        return await _commit(info, input, "reserve", body)

    @shown(
        "Keeps goods from others until they leave, by what an inquiry was told or anew.",
        to=SELLERS,
    )  # type: ignore[untyped-decorator]
    async def promise(
        self, info: Info, input: Annotated[PromiseInput, strawberry.argument(description="What.")]
    ) -> OperationPayload:
        if input.inquiry is None:
            if input.order or input.order_lines:
                raise OrderWithoutInquiry
            body = Wanting(
                _wanted(input.lines),
                _whole(input.choice),
                None,
                input.holder,
                to=delivered(input.ship_to, input.service),
            )
            return await _commit(info, input, "promise", body)
        if input.lines:
            raise InquiryWithLines
        context = info.context
        kept = await flow.promise_from_inquiry(
            context.deps,
            (input.channel, input.key),
            inquiry_id(str(input.inquiry)),
            context.caller,
            (input.order, input.order_lines),
            whole=_whole(input.choice),
            holder=input.holder,
        )
        return OperationPayload(operation=Operation.of(kept))

    @shown("A reservation no longer ends by itself. One that has ended is not confirmed.", to=SELLERS)  # type: ignore[untyped-decorator]
    async def confirm(
        self, info: Info, input: Annotated[ConfirmInput, strawberry.argument(description="Which.")]
    ) -> OperationPayload:
        lines = [HeldLine(str(line.reservation), None, line.order, line.line) for line in input.lines]
        return await _change(info, input, "confirm", lines)

    @shown("A reservation ends so many seconds from now.", to=SELLERS)  # type: ignore[untyped-decorator]
    async def extend(
        self,
        info: Info,
        input: Annotated[ExtendInput, strawberry.argument(description="Which, how long.")],
    ) -> OperationPayload:
        return await _change(info, input, "extend", _whole_ones(input.reservations), input.hold_for_seconds)

    @shown("A reservation, or a part of it, is given back, what is needed last first.", to=SELLERS)  # type: ignore[untyped-decorator]
    async def release(
        self, info: Info, input: Annotated[HeldInput, strawberry.argument(description="Which, how much.")]
    ) -> OperationPayload:
        return await _change(info, input, "release", _held(input.lines))

    @shown("A promise is taken back whole.", to=SELLERS)  # type: ignore[untyped-decorator]
    async def cancel(
        self, info: Info, input: Annotated[CancelInput, strawberry.argument(description="Which.")]
    ) -> OperationPayload:
        return await _change(info, input, "cancel", _whole_ones(input.reservations))

    @shown(
        "A reservation keeps less, in its place; or more, in another one beside it, from any site.",
        to=SELLERS,
    )  # type: ignore[untyped-decorator]
    async def change(
        self,
        info: Info,
        input: Annotated[ChangeInput, strawberry.argument(description="Which, how much.")],
    ) -> OperationPayload:
        return await _change(info, input, "change", _held(input.lines))

    @shown(
        "What a reservation keeps is given back at its sites and taken anew from those the rules allow, or "
        "the one named: all of it, as soon as promised, or nothing changes. It keeps its id and its turn.",
        to=RE_SOURCERS,
    )  # type: ignore[untyped-decorator]
    async def re_source(
        self,
        info: Info,
        input: Annotated[ReSourceInput, strawberry.argument(description="Which, from where.")],
    ) -> OperationPayload:
        return await _change(info, input, "re-source", _elsewhere(input.lines))

    @shown(
        "Goods of a reservation have left: on hand, the reservation and its order line fall together. "
        "Only where no other system reports the shipment.",
        to=SHIPPERS,
    )  # type: ignore[untyped-decorator]
    async def ship(
        self, info: Info, input: Annotated[HeldInput, strawberry.argument(description="Which, how much.")]
    ) -> OperationPayload:
        return await _change(info, input, "ship", _held(input.lines))


def _wanted(lines: list[ReserveLineInput]) -> tuple[WantedLine, ...]:
    return tuple(
        WantedLine(
            RequestLine(
                line.sku,
                line.quantity,  # type: ignore[arg-type]
                line.wanted,
                line.site,
                line.pack,  # type: ignore[arg-type]
                rounded(line.rounding),
            ),
            line.latest,
            line.group,
            line.order,
            line.line,
        )
        for line in lines
    )


def _held(lines: list[HeldLineInput] | list[ChangeLineInput]) -> list[HeldLine]:
    return [HeldLine(str(line.reservation), line.quantity) for line in lines]  # type: ignore[arg-type]


def _elsewhere(lines: list[ReSourceLineInput]) -> list[HeldLine]:
    return [
        HeldLine(str(line.reservation), elsewhere=Elsewhere(line.site, tuple(line.avoid), line.latest))
        for line in lines
    ]


def _whole_ones(reservations: list[strawberry.ID]) -> list[HeldLine]:
    return [HeldLine(str(each)) for each in reservations]


def _whole(choice: Choice) -> bool:
    return choice is Choice.ALL_OR_NOTHING


async def _commit(
    info: Info, input: ReserveInput | PromiseInput, act: Act, body: Wanting
) -> OperationPayload:
    caller = info.context.caller
    request = Request(caller.person, input.channel, input.key, act, body)
    return OperationPayload(operation=Operation.of(await flow.commit(info.context.deps, request, caller)))


async def _change(
    info: Info,
    input: ConfirmInput | ExtendInput | HeldInput | CancelInput | ChangeInput | ReSourceInput,
    act: Act,
    lines: list[HeldLine],
    seconds: int = 0,
) -> OperationPayload:
    name, whole = (input.channel, input.key), _whole(input.choice)
    context = info.context
    kept = await flow.change(context.deps, act, name, lines, context.caller, whole=whole, seconds=seconds)
    return OperationPayload(operation=Operation.of(kept))
