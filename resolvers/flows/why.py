"""Why an answer is so by the rules: the decisions behind it, each with the rows above that did not fit."""

from typing import cast

from resolvers.flows.quote import Quote
from rules.choices import BookChoices
from rules.model import LineProblem
from rules.why import Asked, asked_for


def asked_by(quote: Quote, number: int) -> list[Asked]:
    """The decisions that the answer to one line rests on; none where the line has no answer."""
    request, outcome = quote.requests[number], quote.outcomes[number]
    if isinstance(outcome, LineProblem):
        return []
    choices = cast("BookChoices", quote.setup.choices)
    item = quote.positions[request.sku]
    return asked_for(item, choices, quote.channel, quote.asked_at, request.site_id)
