"""Why an answer is so by the rules: the decisions behind it, each with the rows above that did not fit."""

from typing import cast

from resolvers.flows.quote import Quote
from resolvers.flows.rulebook_trying import Tried
from rules.asked import LineProblem
from rules.calendar import zone_of
from rules.choices import BookChoices
from rules.columns import Table
from rules.trail import trail
from rules.why import Asked, asked_for


def asked_by(quote: Quote, number: int) -> list[Asked]:
    """The decisions that the answer to one line rests on; none where the line has no answer."""
    request, outcome = quote.requests[number], quote.outcomes[number]
    if isinstance(outcome, LineProblem):
        return []
    choices = cast("BookChoices", quote.setup.choices)
    item = quote.positions[request.sku]
    return asked_for(item, choices, quote.channel, quote.asked_at, request.site_id)


def row_of_site(quote: Quote, number: int, site_id: str) -> str:
    """The row that says whether and how the site serves the line's channel, with its reason."""
    choices = cast("BookChoices", quote.setup.choices)
    at = choices.at(site_id, quote.asked_at)
    who = choices.who(quote.channel, at)
    item_class = quote.positions[quote.requests[number].sku].profile.item_class
    facts = {**who, "item_class": item_class, "site_kind": choices.sites[site_id].kind}
    [fired] = at.decide("sourcing", facts).fired
    return f"{fired.row_id}: {fired.why}"


def table_of(quote: Quote, asked: Asked) -> Table:
    """The table that made the decision."""
    return cast("BookChoices", quote.setup.choices).book.compiled[asked.decision].table


def tried(quote: Quote, asked: Asked) -> Tried:
    """How the decision was made: the row that fired, and the rows above it with what they did not fit on."""
    choices = cast("BookChoices", quote.setup.choices)
    compiled = choices.book.compiled[asked.decision]
    local = quote.asked_at.astimezone(zone_of(choices.sites[asked.site_id].zone)).replace(tzinfo=None)
    return Tried(trail(compiled, asked.facts, local), compiled.table, choices.book.version, local)
