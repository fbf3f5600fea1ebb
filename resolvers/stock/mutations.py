"""What can be told: events that happened outside."""

from datetime import date, datetime
from enum import Enum
from typing import Annotated

import strawberry

from datasources.facts import DemandFact, Event, EventFact, HoldFact, HoldLifted, Leg, Movement, SupplyFact
from resolvers.context import Info
from resolvers.flows.receive import receive
from resolvers.roles import REPORTERS, roles, shown
from resolvers.scalars import Quantity
from rules.errors import BadEvent


def told(description: str, **options: object):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """An input field with its description."""
    return strawberry.field(description=description, **options)  # type: ignore[call-overload]


@strawberry.input(
    description="One side of a movement. A move from one state to another has two: -5 here, +5 there."
)
class LegInput:
    site: str = told("The site's id.")
    quantity: Quantity = told("What is added, or below 0 taken away, in the source's unit.")
    status: str = told("The state the goods are in.", default="available")
    ownership: str = told("Whose goods they are.", default="own")
    lot: str = told("The lot, where there is one.", default="")
    bin: str = told("The bin, where there is one.", default="")


@strawberry.input(description="Stock moved.")
class MovementInput:
    sku: str = told("The item, in the source's own words.")
    cause: str = told("receipt, shipment, count, adjustment, putaway, pick, status change, transfer, ...")
    legs: list[LegInput] = told("1 to 100 legs.")
    line: str | None = told(
        "The supply line a receipt is for, or the order line that goods are picked or shipped for.",
        default=None,
    )
    order: str | None = told("The order that goods are picked or shipped for.", default=None)
    unit: str = told("The source's unit; left out: the item's base unit.", default="")


@strawberry.input(
    description="A hold is set, or set anew. Without a quantity the lots and bins named are blocked whole."
)
class HoldSetInput:
    hold: str = told("The hold's id at its source.")
    hold_code: str = told("Why: quality, recall, customs, count, ...")
    sku: str = told("The item, in the source's own words.")
    site: str = told("The site's id.")
    quantity: Quantity | None = told("How much, in the source's unit.", default=None)
    lots: list[str] = told("These lots, whole.", default_factory=list)
    bins: list[str] = told("These bins, whole.", default_factory=list)
    starts: date | None = told("From this day; left out: always.", default=None)
    until: date | None = told("Up to, not on, this day; left out: without end.", default=None)
    reason: str = told("In words.", default="")
    unit: str = told("The source's unit; left out: the item's base unit.", default="")


@strawberry.input(description="A hold is lifted, wholly or by a quantity.")
class HoldLiftedInput:
    hold: str = told("The hold's id at its source.")
    quantity: Quantity | None = told("By how much; left out: wholly.", default=None)


@strawberry.input(
    description="The open quantity of a supply line, as it is now; 0 closes it. Give `due` or `dueAt`."
)
class SupplyLineInput:
    line: str = told("The line's id at its source.")
    kind: str = told("purchase, production, in_transit, transfer, ...")
    sku: str = told("The item, in the source's own words.")
    site: str = told("The site it comes to.")
    quantity: Quantity = told("What is still to come, in the source's unit.")
    due: date | None = told("The local day it comes.", default=None)
    due_at: datetime | None = told("The instant it comes; it counts from the next local day.", default=None)
    firmness: str = told("confirmed, firm, unconfirmed or planned.", default="confirmed")
    ownership: str = told("Whose goods they will be.", default="own")
    supplier: str = told("Who sends it.", default="")
    usable_until: date | None = told("The last day the goods may be promised for.", default=None)
    unit: str = told("The source's unit; left out: the item's base unit.", default="")


@strawberry.input(description="The open quantity of an order line, as it is now; 0 closes it.")
class DemandLineInput:
    order: str = told("The order's id in its channel.")
    line: str = told("The line's id in its order.")
    channel: str = told("The channel.")
    sku: str = told("The item, in the source's own words.")
    site: str = told("The site that owes it.")
    quantity: Quantity = told("What is still owed, in the source's unit.")
    needed_on: date = told("The day the goods must be free for picking.")
    wanted: date | None = told("The day the customer wants it; left out: the same.", default=None)
    customer: str = told("For whom.", default="")
    unit: str = told("The source's unit; left out: the item's base unit.", default="")


@strawberry.input(description="One thing that happened at a source. Give exactly one of the five.")
class EventInput:
    source: str = told("The system it happened at.")
    event_id: str = told("The source's own id: sent again, it has no second effect.")
    occurred_at: datetime | None = told("When it happened; left out: now.", default=None)
    movement: MovementInput | None = told("Stock moved.", default=None)
    hold_set: HoldSetInput | None = told("A hold is set.", default=None)
    hold_lifted: HoldLiftedInput | None = told("A hold is lifted.", default=None)
    supply_line: SupplyLineInput | None = told("A supply line is as it is now.", default=None)
    demand_line: DemandLineInput | None = told("An order line is as it is now.", default=None)


@strawberry.enum(description="What became of an event.")
class EventOutcome(Enum):
    APPLIED = strawberry.enum_value("APPLIED", description="Its effect is in the store.")
    DUPLICATE = strawberry.enum_value(
        "DUPLICATE", description="It was here before; its one effect is in the store."
    )
    STALE = strawberry.enum_value(
        "STALE", description="A newer statement of the line was known; it changed nothing."
    )
    SET_ASIDE = strawberry.enum_value("SET_ASIDE", description="It could not be used; it is on the worklist.")
    CONFLICT = strawberry.enum_value(
        "CONFLICT", description="Its id was used before with other content; it changed nothing."
    )


@strawberry.type(description="What became of one event.", directives=[roles(REPORTERS)])
class EventReceipt:
    source: str = shown("The event's source.")
    event_id: str = shown("The event's id.")
    outcome: EventOutcome = shown("What became of it.")
    reason: str | None = shown("Why, where it changed nothing.")


@strawberry.type(description="What became of the events sent.", directives=[roles(REPORTERS)])
class ReceivePayload:
    receipts: list[EventReceipt] = shown("One for each event, in the same order.")


@strawberry.type
class StockMutation:
    @shown(  # type: ignore[untyped-decorator]
        "Takes in what happened outside: durable first, then exactly one effect for each (source, event id). "
        "At most 500 events.",
        to=REPORTERS,
    )
    async def receive(
        self, info: Info, events: Annotated[list[EventInput], strawberry.argument(description="At most 500.")]
    ) -> ReceivePayload:
        read = [_event(number, event) for number, event in enumerate(events)]
        receipts = await receive(info.context.deps, read, info.context.caller)
        return ReceivePayload(
            receipts=[
                EventReceipt(
                    source=r.source, event_id=r.event_id, outcome=EventOutcome(r.outcome), reason=r.reason
                )
                for r in receipts
            ]
        )


def _event(number: int, event: EventInput) -> Event:
    facts = [event.movement, event.hold_set, event.hold_lifted, event.supply_line, event.demand_line]
    given = [fact for fact in facts if fact is not None]
    if len(given) != 1:
        raise BadEvent(number, f"it brings {len(given)} facts", "Give exactly one of movement, holdSet, ...")
    return Event(event.source, event.event_id, event.occurred_at, _fact(number, given[0]))


def _fact(
    number: int, fact: MovementInput | HoldSetInput | HoldLiftedInput | SupplyLineInput | DemandLineInput
) -> EventFact:
    match fact:
        case MovementInput():
            return _movement(fact)
        case HoldSetInput():
            return _hold(fact)
        case HoldLiftedInput():
            return HoldLifted(fact.hold, fact.quantity)  # type: ignore[arg-type]
        case SupplyLineInput():
            return _supply(number, fact)
        case DemandLineInput():
            return _demand(fact)


def _movement(fact: MovementInput) -> Movement:
    legs = tuple(
        Leg(leg.site, leg.quantity, leg.status, leg.ownership, leg.lot, leg.bin)  # type: ignore[arg-type]
        for leg in fact.legs
    )
    return Movement(fact.sku, fact.cause, legs, fact.line, fact.order, fact.unit)


def _hold(fact: HoldSetInput) -> HoldFact:
    return HoldFact(
        hold_id=fact.hold,
        hold_code=fact.hold_code,
        code=fact.sku,
        site_id=fact.site,
        quantity=fact.quantity,  # type: ignore[arg-type]
        lots=tuple(fact.lots),
        bins=tuple(fact.bins),
        starts=fact.starts,
        until=fact.until,
        reason=fact.reason,
        unit=fact.unit,
    )


def _supply(number: int, fact: SupplyLineInput) -> SupplyFact:
    due = fact.due or fact.due_at
    if due is None or (fact.due is not None and fact.due_at is not None):
        raise BadEvent(number, "its supply line has no day, or two", "Give either `due` or `dueAt`.")
    return SupplyFact(
        line_id=fact.line,
        kind=fact.kind,
        code=fact.sku,
        site_id=fact.site,
        quantity=fact.quantity,  # type: ignore[arg-type]
        due=due,
        firmness=fact.firmness,
        ownership=fact.ownership,
        supplier=fact.supplier,
        unit=fact.unit,
        usable_until=fact.usable_until,
    )


def _demand(fact: DemandLineInput) -> DemandFact:
    return DemandFact(
        line_id=fact.line,
        order_id=fact.order,
        channel=fact.channel,
        code=fact.sku,
        site_id=fact.site,
        quantity=fact.quantity,  # type: ignore[arg-type]
        needed_on=fact.needed_on,
        wanted=fact.wanted,
        customer=fact.customer,
        unit=fact.unit,
    )
