"""The ways to buy or make that were weighed for a line, on the wire. A storefront sees no names and costs."""

from collections.abc import Callable, Iterator
from datetime import date
from enum import Enum

import strawberry

from resolvers.flows.quote import Quote
from resolvers.promises.labels import SupplyLabel
from resolvers.roles import EVERYONE, roles, shown
from resolvers.scalars import Quantity, Sku
from rules.capability import CapableAnswer, LostWay, SiteWay
from rules.ctp import ComponentPlan, Way
from rules.quantity import to_base


@strawberry.enum(description="What became of a way to have what is late or short.")
class WayOutcome(Enum):
    TAKEN = strawberry.enum_value("taken", description="The schedule rests on it.")
    HELD_BACK = strawberry.enum_value("held_back", description="It would be taken, if a planner agreed.")
    LOST = strawberry.enum_value("lost", description="Another is better, or it leads nowhere.")


@strawberry.enum(description="What the rules let the channel do with goods still to be bought or made.")
class WayStanding(Enum):
    QUOTE = strawberry.enum_value("quote", description="They are shown, and cannot be had.")
    APPROVE = strawberry.enum_value("approve", description="They can be promised once a planner asks.")
    PROMISE = strawberry.enum_value(
        "promise",
        description="They can be promised, and are ordered then; never for what is only held for a while.",
    )


@strawberry.type(description="A component of what is made.", directives=[roles(EVERYONE)])
class WayComponent:
    sku: Sku = shown("The component.")
    quantity: Quantity = shown("How much of it is taken, in its own unit.")
    from_free: Quantity = shown("How much of that is free.")
    usable_on: date = shown("The day all of it is there.")
    by: SupplyLabel | None = shown("How the rest is had; null where all is free.")
    source: str | None = shown("From whom, or by which version.")


@strawberry.type(
    description="A way to buy, make or bring what is late or short, and what became of it.",
    directives=[roles(EVERYONE)],
)
class CapableWay:
    site: str = shown("The site it is bought for, made at or brought to.")
    outcome: WayOutcome = shown("What became of it.")
    standing: WayStanding | None = shown("What the channel may do with it; null for one that was not best.")
    label: SupplyLabel | None = shown("Bought, made or transferred; null where the way leads nowhere.")
    starts_on: date | None = shown("The day it is ordered or begun, or must be free at its sender.")
    ready_on: date | None = shown("The day it is ready at the supplier, made, or leaves its sender.")
    usable_on: date | None = shown("The day it may be picked.")
    need: Quantity | None = shown("How much of it the ask needs.")
    quantity: Quantity | None = shown("How much is ordered, made or brought.")
    surplus: Quantity | None = shown("What is free then for others, from the usable day on.")
    source: str | None = shown("The supplier, the production version or the sender; null for a storefront.")
    why: str | None = shown("Why it lost, with the figures; null for one that did not.")
    components: list[WayComponent] = shown("What is taken to make it; none for a storefront.")


def ways(quote: Quote, number: int, *, is_inside: bool) -> list[CapableWay]:
    """The ways weighed for a line, the best one first; those that lost only for people of the company."""

    def precision_of(sku: str) -> int:
        item = quote.positions.get(sku)
        return 0 if item is None else item.profile.precision

    outcome = quote.outcomes[number]
    if not isinstance(outcome, CapableAnswer):
        return []
    told = list(_told(outcome, precision_of))
    return told if is_inside else [_outside(way) for way in told if way.outcome != WayOutcome.LOST]


def _outside(way: CapableWay) -> CapableWay:
    """The way without names."""
    way.source, way.components = None, []
    return way


def _told(outcome: CapableAnswer, precision_of: Callable[[str], int]) -> Iterator[CapableWay]:
    for taken in outcome.taken:
        yield _best(taken, WayOutcome.TAKEN, precision_of)
    for held_back in outcome.held_back:
        yield _best(held_back, WayOutcome.HELD_BACK, precision_of)
    for lost in outcome.lost:
        yield _lost(lost, precision_of)


def _best(best: SiteWay, outcome: WayOutcome, precision_of: Callable[[str], int]) -> CapableWay:
    told = _way(best.site_id, best.way, precision_of)
    told.outcome, told.standing = outcome, WayStanding(best.standing)
    return told


def _lost(lost: LostWay, precision_of: Callable[[str], int]) -> CapableWay:
    told = _nothing(lost.site_id, lost.source_id)
    if lost.way is not None:
        told = _way(lost.site_id, lost.way, precision_of)
    told.why = lost.why
    return told


def _nothing(site_id: str, source_id: str) -> CapableWay:
    return CapableWay(
        site=site_id,
        outcome=WayOutcome.LOST,
        standing=None,
        label=None,
        starts_on=None,
        ready_on=None,
        usable_on=None,
        need=None,
        quantity=None,
        surplus=None,
        source=source_id,
        why=None,
        components=[],
    )


def _way(site_id: str, way: Way, precision_of: Callable[[str], int]) -> CapableWay:
    precision = precision_of(way.item)
    told = _nothing(site_id, way.source_id)
    told.label = SupplyLabel(way.label)
    told.starts_on, told.ready_on, told.usable_on = way.starts_on, way.ready_on, way.usable_on
    told.need = Quantity(to_base(way.need, precision))
    told.quantity = Quantity(to_base(way.quantity, precision))
    told.surplus = Quantity(to_base(way.surplus, precision))
    told.components = [_component(plan, precision_of(plan.item)) for plan in way.components]
    return told


def _component(plan: ComponentPlan, precision: int) -> WayComponent:
    return WayComponent(
        sku=Sku(plan.item),
        quantity=Quantity(to_base(plan.quantity, precision)),
        from_free=Quantity(to_base(plan.from_free, precision)),
        usable_on=plan.usable_on,
        by=None if plan.way is None else SupplyLabel(plan.way.label),
        source=None if plan.way is None else plan.way.source_id,
    )
