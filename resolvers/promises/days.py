"""From the order to the day of receipt, site by site, on the wire."""

from collections.abc import Mapping
from datetime import date
from typing import Self

import strawberry

from resolvers.flows.quote import Quote
from resolvers.roles import EVERYONE, roles, shown
from rules import site_days
from rules.ask import asking
from rules.asked import LineAnswer


@strawberry.type(
    description="A lane from the site to where the goods go, and what became of it.",
    directives=[roles(EVERYONE)],
)
class LaneConsidered:
    service: str | None = shown("The carrier's service.")
    needed_on: date | None = shown("The day the goods must be free for picking; null: it never arrives.")
    ship_on: date | None = shown("The day they leave.")
    promised: date | None = shown("The day of receipt: the latest not after the day wanted, or the first.")
    taken: bool = shown("Whether it is the one that was taken.")
    why_not: str | None = shown("Why it was not taken.")


@strawberry.type(
    description="The days of an ask at one site; from `shipOn` on null where goods are taken there.",
    directives=[roles(EVERYONE)],
)
class SiteDays:
    start: date = shown("The first day goods can be picked for the ask.")
    start_why: str = shown("Why then.")
    needed_on: date = shown(
        "The day they must be free for picking, for the day wanted or the first there is."
    )
    ship_on: date | None = shown("The day they leave the site.")
    arrival: date | None = shown("The day they arrive, in the receiver's zone.")
    promised: date | None = shown("The day of receipt: they arrived, and goods are taken in.")
    service: str | None = shown("The carrier's service that brings them.")
    lanes: list[LaneConsidered] = shown("The lanes considered, in the order of their services.")

    @classmethod
    def of(cls, told: site_days.SiteDays) -> Self:
        chain = told.chain
        return cls(
            start=told.start,
            start_why=told.start_why,
            needed_on=told.needed_on,
            ship_on=None if chain is None else chain.ship_on,
            arrival=None if chain is None else chain.arrival,
            promised=None if chain is None else chain.promised,
            service=told.service or None,
            lanes=[_lane(lane) for lane in told.lanes],
        )


def _lane(lane: site_days.LaneConsidered) -> LaneConsidered:
    chain = lane.chain
    return LaneConsidered(
        service=lane.service or None,
        needed_on=None if chain is None else chain.needed_on,
        ship_on=None if chain is None else chain.ship_on,
        promised=None if chain is None else chain.promised,
        taken=not lane.why_not,
        why_not=lane.why_not or None,
    )


def days_of(quote: Quote, number: int) -> Mapping[str, site_days.SiteDays]:
    """By site the days of one line of the ask."""
    request = quote.requests[number]
    asker = asking(quote.channel, quote.setup, quote.asked_at, quote.to)
    outcome = quote.outcomes[number]
    parts = reversed(outcome.schedule) if isinstance(outcome, LineAnswer) else ()
    went_by = {part.site_id: part.service for part in parts if part.ship_on is not None}
    return site_days.days_of_sites(quote.positions[request.sku], asker, request.wanted, went_by)
