"""The sites thought of for a line, on the wire."""

from datetime import date

import strawberry

from resolvers.flows.quote import Quote
from resolvers.flows.why import row_of_site
from resolvers.methods import shown_quantity
from resolvers.roles import EVERYONE, roles, shown
from resolvers.scalars import Quantity
from rules.ask import asking, measured
from rules.asked import AskLine, LineProblem
from rules.considered import considered
from rules.quantity import to_base


@strawberry.type(
    description="A site, or whose goods there, that was thought of for a line.", directives=[roles(EVERYONE)]
)
class SiteConsidered:
    site: str = shown("The site.")
    position: str = shown("The name under which the goods are counted: whose they are.")
    turn: int | None = shown("The turn in which it is asked; null where it is not.")
    needed_on: date | None = shown("Its own latest day on which goods must be free for the day asked for.")
    promisable: Quantity | None = shown(
        "What it could give for the day asked for, before this ask took anything; null: no limit."
    )
    given: Quantity = shown("What of the schedule comes from it.")
    chosen: bool = shown("Whether anything does.")
    why: str | None = shown("Why it gives nothing, or nothing for the day asked for.")
    row: str | None = shown(
        "The row of 60-sourcing that says whether it serves, with its reason; null for a storefront."
    )


def sites_considered(quote: Quote, number: int, *, is_inside: bool) -> list[SiteConsidered]:
    """The sites in the order they were asked, then those that were not; at most 500."""
    outcome, request = quote.outcomes[number], quote.requests[number]
    line = measured(number, request, quote.positions, quote.setup)
    if isinstance(outcome, LineProblem) or not isinstance(line, AskLine):
        return []
    item = quote.positions[request.sku]
    asker = asking(quote.channel, quote.setup, quote.asked_at, quote.to, taken=quote.slots)
    return [
        SiteConsidered(
            site=each.site_id,
            position=each.position,
            turn=each.turn,
            needed_on=each.needed_on,
            promisable=shown_quantity(each.free, item.profile.precision),
            given=Quantity(to_base(each.given, item.profile.precision)),
            chosen=each.given > 0,
            why=each.why or None,
            row=row_of_site(quote, number, each.site_id) if is_inside else None,
        )
        for each in considered(line, item, asker, outcome)
    ]
