"""Promises at risk on the wire: the list, and what people decide on it."""

from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry

from resolvers.context import Info
from resolvers.flows import slip_desk
from resolvers.flows.slip_desk import Decided, Listed
from resolvers.promises.types import Problem
from resolvers.relay import WHICH, After, Connection, First, connection, page_size
from resolvers.roles import roles, shown
from resolvers.scalars import Quantity, Sku
from rules.proposals import Placed, State
from rules.quantity import to_base

DECIDERS = ("admin", "oms", "planner", "steward")
"""Who sees promises at risk, and decides what becomes of them."""
REASON = "Why, in a few words."


def told(description: str, **options: Any) -> Any:
    """An input field with its description."""
    return strawberry.field(description=description, **options)


@strawberry.enum(description="Where a proposal stands.")
class ProposalState(Enum):
    OPEN = strawberry.enum_value("open", description="It waits for a person.")
    APPLIED = strawberry.enum_value("applied", description="The promise has its new days.")
    REJECTED = strawberry.enum_value("rejected", description="A person left the promise as it was.")
    SUPERSEDED = strawberry.enum_value("superseded", description="Another proposal took its place.")
    WITHDRAWN = strawberry.enum_value("withdrawn", description="The promise can be kept again, or is over.")


@strawberry.enum(description="What put a promise at risk.")
class RiskCause(Enum):
    LATE = strawberry.enum_value("late", description="Supply comes later than it was to.")
    SHORT = strawberry.enum_value("short", description="Less supply comes, or it is less sure.")
    GONE = strawberry.enum_value("gone", description="Supply does not come.")
    HOLD = strawberry.enum_value("hold", description="Goods were put on hold.")
    COUNT = strawberry.enum_value("count", description="Fewer goods are there: a count, or goods that left.")
    ORDER = strawberry.enum_value("order", description="More was ordered than there is.")


@strawberry.type(description="So much of a promise, on a day.", directives=[roles(DECIDERS)])
class PromisePart:
    day: date = shown("The day the goods must be free for picking, in the site's zone.")
    site: str = shown("The site they come from.")
    position: str = shown("The name under which they are counted: own, consignment, drop_ship, ...")
    quantity: Quantity = shown("How much.")


@strawberry.type(description="A promise at risk, and the best new days for it.", directives=[roles(DECIDERS)])
class PromiseProposal:
    proposal: strawberry.ID = shown("Its id.")
    state: ProposalState = shown("Where it stands.")
    reservation: strawberry.ID | None = shown("The reservation; null for an order's line of another system.")
    channel: str = shown("The channel.")
    order: str | None = shown("The order.")
    line: str | None = shown("The order's line.")
    sku: Sku = shown("The item.")
    sites: list[str] = shown("Where it loses quantity on its day.")
    was: list[PromisePart] = shown("What was promised.")
    proposed: list[PromisePart] = shown("What can be kept, and on which days the rest can come.")
    undated: Quantity = shown("What has no day: it stays open, and is served first by whatever comes.")
    days_late: int = shown("How late the latest part is.")
    knocked_on: bool = shown("Its own supply is in time, but better ranks need it.")
    cause: RiskCause = shown("What put it at risk.")
    source: str | None = shown("Who told us; null where nobody did, and time has passed.")
    reference: str | None = shown("About which line, hold or event.")
    recorded_at: datetime = shown("When that was recorded.")
    supersedes: strawberry.ID | None = shown("The proposal it took the place of.")
    decided_at: datetime | None = shown("When it was applied, rejected, superseded or withdrawn.")
    decided_by: str | None = shown("The person who decided, or the rule file that did.")
    reason: str | None = shown("Why.")

    @classmethod
    def of(cls, listed: Listed) -> "PromiseProposal":
        kept, precision = listed.kept, listed.precision
        return cls(
            proposal=strawberry.ID(str(kept.proposal_id)),
            state=ProposalState(kept.state),
            reservation=_named(kept.reservation_id),
            channel=kept.channel,
            order=kept.order_id or None,
            line=kept.line_id or None,
            sku=Sku(kept.sku),
            sites=list(kept.sites),
            was=[_part(part, precision) for part in kept.old],
            proposed=[_part(part, precision) for part in kept.new],
            undated=Quantity(to_base(kept.undated, precision)),
            days_late=kept.days_late,
            knocked_on=kept.knocked_on,
            cause=RiskCause(kept.cause),
            source=kept.source or None,
            reference=kept.reference or None,
            recorded_at=kept.recorded_at,
            supersedes=_named(kept.supersedes),
            decided_at=kept.decided_at,
            decided_by=kept.decided_by or None,
            reason=kept.reason or None,
        )


def _named(known: UUID | None) -> strawberry.ID | None:
    return None if known is None else strawberry.ID(str(known))


def _part(part: Placed, precision: int) -> PromisePart:
    quantity = Quantity(to_base(part.quantity, precision))
    return PromisePart(day=part.day, site=part.site_id, position=part.position, quantity=quantity)


@strawberry.input(description="Which promises at risk to list. What is left out does not restrict.")
class PromisesAtRiskFilter:
    state: ProposalState = told("Whose proposals are in this state.", default=ProposalState.OPEN)
    sku: Sku | None = told("Of this item.", default=None)
    site: str | None = told("That lose quantity at this site.", default=None)
    channel: str | None = told("Of this channel.", default=None)


@strawberry.input(description="Proposals whose new days become the promise.")
class ApplyProposalsInput:
    proposals: list[strawberry.ID] = told("1 to 500 proposals.")
    reason: str = told(REASON, default="")


@strawberry.input(description="Proposals that are turned down: the promises stay as they were.")
class RejectProposalsInput:
    proposals: list[strawberry.ID] = told("1 to 500 proposals.")
    reason: str = told(REASON)


@strawberry.type(description="What became of one proposal named.", directives=[roles(DECIDERS)])
class ProposalOutcome:
    named: strawberry.ID = shown("The id as it was sent.")
    proposal: PromiseProposal | None = shown("The proposal as it stands now; null where there is none.")
    problem: Problem | None = shown("Why nothing was done.")

    @classmethod
    def of(cls, decided: Decided) -> "ProposalOutcome":
        kept, problem = decided.kept, decided.problem
        return cls(
            named=strawberry.ID(decided.named),
            proposal=None if kept is None else PromiseProposal.of(Listed(kept, decided.precision)),
            problem=problem and Problem(code=problem[0], message=problem[1], next_step=problem[2]),
        )


@strawberry.type(description="What became of the proposals named.", directives=[roles(DECIDERS)])
class ProposalsPayload:
    outcomes: list[ProposalOutcome] = shown("One for each proposal named, in the same order.")


def _place(listed: Listed) -> list[object]:
    return [listed.kept.first_day, listed.kept.number]


@strawberry.type
class AtRiskQuery:
    @shown(  # type: ignore[untyped-decorator]
        "Promises that cannot be kept as they stand, with the best new days; the first to be due first.",
        to=DECIDERS,
    )
    async def promises_at_risk(
        self,
        info: Info,
        filter: Annotated[PromisesAtRiskFilter | None, WHICH] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[PromiseProposal]:
        chosen = filter or PromisesAtRiskFilter()
        wanted = slip_desk.Wanted(cast("State", chosen.state.value), chosen.sku, chosen.site, chosen.channel)
        size, cursors = page_size(first), info.context.cursors("promisesAtRisk", wanted)
        place = cursors.open(after)
        start = None if place is None else (date.fromisoformat(place[0]), int(place[1]))
        rows = await slip_desk.listed(info.context.deps, wanted, start, size + 1, info.context.caller)
        return connection(rows, size, cursors, _place, PromiseProposal.of)


@strawberry.type
class AtRiskMutation:
    @shown(  # type: ignore[untyped-decorator]
        "New days become the promise: of a reservation at once; of another system's order line it is told "
        "the days, and keeps its day here until that system states it anew. Again, it changes nothing.",
        to=DECIDERS,
    )
    async def apply_proposals(
        self, info: Info, input: Annotated[ApplyProposalsInput, strawberry.argument(description="Which.")]
    ) -> ProposalsPayload:
        return await _decided(info, "applied", input)

    @shown("Promises stay as they were. Again, it changes nothing.", to=DECIDERS)  # type: ignore[untyped-decorator]
    async def reject_proposals(
        self, info: Info, input: Annotated[RejectProposalsInput, strawberry.argument(description="Which.")]
    ) -> ProposalsPayload:
        return await _decided(info, "rejected", input)


async def _decided(
    info: Info, decision: slip_desk.Decision, input: ApplyProposalsInput | RejectProposalsInput
) -> ProposalsPayload:
    named = [str(each) for each in input.proposals]
    context = info.context
    decided = await slip_desk.decide(context.deps, decision, named, input.reason, context.caller)
    return ProposalsPayload(outcomes=[ProposalOutcome.of(each) for each in decided])
