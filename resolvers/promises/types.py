"""An answered ask and its derivation: the words of the promises subgraph."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Self

import strawberry

from resolvers.context import Info
from resolvers.flows.quote import Quote
from resolvers.flows.resting import resting
from resolvers.flows.since import since
from resolvers.methods import AtpMethod, shown_quantity
from resolvers.promises.changed import ChangeSince, change_since
from resolvers.promises.explained import explain, rules_fired, silent_sources, source_ages
from resolvers.promises.labels import SupplyLabel
from resolvers.promises.reasons import Explanation, RuleFired, SilentSource, SourceAge
from resolvers.promises.resting import RestsOn, rests_on
from resolvers.relay import Node, global_id
from resolvers.roles import EVERYONE, INSIDE, roles, shown
from resolvers.scalars import Quantity, Sku
from rules.asked import LineAnswer, LineProblem, ScheduleLine
from rules.atp import UNLIMITED
from rules.labels import labelled
from rules.quantity import to_base


@strawberry.type(
    description="Why a line could not be answered, and what to do.", directives=[roles(EVERYONE)]
)
class Problem:
    code: str = shown(
        "Stable, for programs: UNKNOWN_SKU, BAD_QUANTITY, BAD_PACK, OUTSIDE_HORIZON, UNKNOWN_SITE, "
        "NOT_STOCKED or NO_LANE."
    )
    message: str = shown("For people, with the figures.")
    next_step: str = shown("What to do.")


@strawberry.type(
    description="What sets of a kit take of one item, where another is sent for a component.",
    directives=[roles(EVERYONE)],
)
class SetPart:
    sku: Sku = shown("The item: a component of the kit, or another in its place.")
    quantity: Quantity = shown("How much of it all these sets take.")
    instead_of: Sku | None = shown("The component it is sent for; null where it is that itself.")
    position: str = shown("The name under which the goods are counted: own, consignment, drop_ship, ...")


@strawberry.type(description="A part of a line that can be promised.", directives=[roles(EVERYONE)])
class SchedulePart:
    day: date = shown(
        "The day: of receipt in the receiver's zone where the ask says where to, else the one on which the "
        "goods must be free for picking, in the site's."
    )
    needed_on: date = shown("The day the goods must be free for picking, in the site's zone.")
    ship_on: date | None = shown("The day they leave the site; null where the ask does not say where to.")
    service: str | None = shown("The carrier's service that brings them.")
    site: str = shown("The site it comes from.")
    sku: Sku = shown("The item that is sent: the one asked for, or another in its place.")
    quantity: Quantity = shown("How much of it.")
    fills: Quantity = shown("How much of what was asked that fills.")
    label: SupplyLabel = shown("What it rests on.")
    position: str = shown("The name under which the goods are counted: own, consignment, drop_ship, ...")
    made_of: list[SetPart] = shown(
        "Of sets of a kit in which another item is sent for a component: all that they take. Else empty."
    )


@strawberry.type(description="What one method says for the wanted day.", directives=[roles(EVERYONE)])
class MethodAnswer:
    method: AtpMethod = shown("The method.")
    promisable: Quantity | None = shown(
        "What it gives for the wanted day, all sites asked together; null is without limit."
    )


@strawberry.type(description="What can be promised for one line asked.", directives=[roles(EVERYONE)])
class AvailabilityLine:
    quote: strawberry.Private[Quote]
    number: strawberry.Private[int]
    sku: Sku = shown("The item asked for.")
    quantity: Quantity = shown("The quantity asked for.")
    wanted: date = shown("The day asked for.")
    site: str | None = shown("The site asked for; null is every site.")
    promisable: Quantity | None = shown(
        "The most that can be promised for the wanted day (or today, if later), all sites asked together; "
        "null where it is `unlimited`."
    )
    unlimited: bool = shown("Whether supply is without limit on the wanted day.")
    earliest: date | None = shown(
        "The first day the whole quantity can be had; null where not within the horizon."
    )
    schedule: list[SchedulePart] = shown(
        "The quantity asked, day by day and site by site, as early as it can be had."
    )
    open: Quantity | None = shown("What of the quantity asked cannot be promised within the horizon.")
    backorder: bool | None = shown("Whether what is open waits for supply; else it is refused.")
    method: str | None = shown("The method that was counted by.")
    methods: list[MethodAnswer] = shown("What the methods asked for say beside it.")
    problem: Problem | None = shown("Why this line has no answer; the other lines are answered all the same.")

    @shown("The derivation: what was counted, what was not and why, what binds, what would make it earlier.")  # type: ignore[untyped-decorator]
    def explanation(self, info: Info) -> Explanation | None:
        return explain(self.quote, self.number, is_inside=info.context.is_inside, caller=info.context.caller)

    @shown(
        "The supply that each part of the schedule would be served by, and how far its day can be trusted. "
        "Empty for kits."
    )  # type: ignore[untyped-decorator]
    async def rests_on(self, info: Info) -> list[RestsOn]:
        found = await resting(info.context.deps, self.quote, self.number)
        precisions = {sku: item.profile.precision for sku, item in self.quote.positions.items()}
        is_inside = info.context.is_inside
        return [rests_on(each, precisions[self.sku], is_inside=is_inside) for each in found]

    @shown("What was recorded about the item after this answer, newest first, at most 100.", to=INSIDE)  # type: ignore[untyped-decorator]
    async def since(self, info: Info) -> list[ChangeSince]:
        if self.sku not in self.quote.positions:
            return []
        found = await since(info.context.deps, self.quote, self.number, info.context.caller)
        precision = self.quote.positions[self.sku].profile.precision
        return [change_since(each, precision) for each in found]

    @shown("The rows of rule files that this answer rests on, at most 500.", to=INSIDE)  # type: ignore[untyped-decorator]
    def rules(self) -> list[RuleFired]:
        return rules_fired(self.quote, self.number)


@strawberry.type(description="An answered ask, as it stands in the log.", directives=[roles(EVERYONE)])
class Availability(Node):
    quote: strawberry.Private[Quote]
    inquiry: strawberry.ID = shown(
        "The inquiry's id in the log: `inquiry(id:)` and `earmark explain` take it."
    )
    channel: str = shown("The channel asked for.")
    ship_to: str | None = shown("Where the goods go; null where they are taken at their site.")
    service: str | None = shown("The carrier's service that was asked for; null: any.")
    as_of: datetime = shown("The instant the answer is true for, by the store's clock.")
    trace_id: str | None = shown("The trace of the request.")
    rule_book: str = shown("The version of the rule book that decided.", to=INSIDE)

    @shown("One line for each line asked, in the same order.")  # type: ignore[untyped-decorator]
    def lines(self) -> list[AvailabilityLine]:
        quote = self.quote
        schedules = labelled([line.sku for line in quote.requests], quote.outcomes, quote.positions)
        return [_line(quote, number, schedule) for number, schedule in enumerate(schedules)]

    @shown("When each source last spoke, and how long ago that was.")  # type: ignore[untyped-decorator]
    def sources(self, info: Info) -> list[SourceAge]:
        return source_ages(self.quote, is_inside=info.context.is_inside)

    @shown("The sites whose source of stock is silent, and how much of what it last said still counts.")  # type: ignore[untyped-decorator]
    def degraded(self, info: Info) -> list[SilentSource]:
        return silent_sources(self.quote, is_inside=info.context.is_inside)

    @classmethod
    def of(cls, quote: Quote) -> Self:
        return cls(
            id=global_id("Inquiry", str(quote.inquiry_id)),
            quote=quote,
            inquiry=strawberry.ID(str(quote.inquiry_id)),
            channel=quote.channel,
            ship_to=None if quote.to is None else quote.to.destination,
            service=None if quote.to is None else quote.to.service,
            as_of=quote.asked_at,
            trace_id=quote.trace_id or None,
            rule_book=quote.setup.book_version,
        )


@strawberry.type(
    description="A logged inquiry, decided again from what was logged.", directives=[roles(EVERYONE)]
)
class Inquiry:
    answer: Availability = shown("The answer as it was given.")
    actor: str = shown("Who asked.", to=INSIDE)
    asked_at: datetime = shown("When it was asked.")
    as_known_at: datetime | None = shown("By what was known then it was decided; null: when it was asked.")
    identical: bool = shown("Whether deciding it again gave the same outcome, bit for bit.")
    outcome_hash: str = shown("The logged outcome's SHA-256.")


def _line(quote: Quote, number: int, schedule: Iterable[ScheduleLine]) -> AvailabilityLine:
    request, outcome = quote.requests[number], quote.outcomes[number]
    asked = request.quantity
    line = AvailabilityLine(
        quote=quote,
        number=number,
        sku=Sku(request.sku),
        quantity=Quantity(int(asked) if asked == asked.to_integral_value() else str(asked)),
        wanted=request.wanted,
        site=request.site_id,
        promisable=None,
        unlimited=False,
        earliest=None,
        schedule=[],
        open=None,
        backorder=None,
        method=None,
        methods=[],
        problem=None,
    )
    if isinstance(outcome, LineProblem):
        line.problem = Problem(code=outcome.code, message=outcome.message, next_step=outcome.next_step)
        return line
    return _answered(line, outcome, schedule, quote.positions[request.sku].profile.precision)


def _answered(
    line: AvailabilityLine, outcome: LineAnswer, schedule: Iterable[ScheduleLine], precision: int
) -> AvailabilityLine:
    positions = line.quote.positions
    line.promisable = shown_quantity(outcome.atp_wanted, precision)
    line.unlimited = outcome.atp_wanted == UNLIMITED
    line.earliest = outcome.earliest
    line.schedule = [
        SchedulePart(
            day=part.day,
            needed_on=part.needed,
            ship_on=part.ship_on,
            service=part.service or None,
            site=part.site_id,
            sku=Sku(part.sku or line.sku),
            quantity=Quantity(
                to_base(part.goods, positions[part.sku].profile.precision if part.sku else precision)
            ),
            fills=Quantity(to_base(part.quantity, precision)),
            label=SupplyLabel(part.label),
            position=part.position,
            made_of=[
                SetPart(
                    sku=Sku(each.sku),
                    quantity=Quantity(to_base(each.quantity, positions[each.sku].profile.precision)),
                    instead_of=Sku(each.instead) if each.instead else None,
                    position=each.position,
                )
                for each in part.made_of
            ],
        )
        for part in schedule
    ]
    line.open = Quantity(to_base(outcome.open, precision))
    line.backorder = outcome.backorder
    line.method = outcome.method
    line.methods = [
        MethodAnswer(method=AtpMethod(said.method), promisable=shown_quantity(said.quantity, precision))
        for said in outcome.methods
    ]
    return line
