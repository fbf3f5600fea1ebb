"""`earmark rules why`: the rows an answer rests on, and why not others."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from gateway.commands.endings import show
from gateway.commands.options import DATA, JSON
from gateway.commands.rules.options import DEMO, acting, ask_gateway

if TYPE_CHECKING:
    from resolvers.flows.deps import Deps
    from resolvers.flows.quote import Quote
    from rules.trail import Trail
    from rules.why import Asked

    Told = tuple[Asked, Trail]

PASSED_SHOWN_MAX = 10


@click.command()
@click.argument("inquiry", type=click.UUID)
@DEMO
@DATA
@JSON
def why(inquiry: UUID, data: Path | None, *, demo: bool, as_json: bool) -> None:
    """Tell which rows made an answer.

    For each decision behind the logged INQUIRY: the row that fired and its reason, the facts, and the rows
    above it with what they did not fit on.
    """
    caller = acting("earmark rules why")

    async def work(deps: "Deps") -> "Quote":
        from resolvers.flows.quote import replay

        return (await replay(deps, inquiry, caller)).quote

    quote = ask_gateway(data, work, demo=demo)
    told = [_told(quote, number) for number in range(len(quote.requests))]
    show(_content(quote, told), "\n".join(_lines(quote, told)), as_json=as_json)


def _told(quote: "Quote", number: int) -> "list[Told]":
    """Each decision behind the answer to one line, with its trail."""
    from resolvers.flows.why import asked_by, tried

    return [(asked, tried(quote, asked).trail) for asked in asked_by(quote, number)]


def _lines(quote: "Quote", told: "list[list[Told]]") -> list[str]:
    from gateway.commands.rules.words import instant_words
    from rules.asked import LineProblem

    lines = [f"Inquiry {quote.inquiry_id}: channel {quote.channel}, asked {instant_words(quote.asked_at)}"]
    for number, request in enumerate(quote.requests):
        lines += ["", f"Line {number + 1}: {request.quantity} of {request.sku} for {request.wanted}"]
        outcome = quote.outcomes[number]
        if isinstance(outcome, LineProblem):
            lines.append(f"  {outcome.code}: {outcome.message} No rule was asked.")
        for asked, trail in told[number]:
            lines += _decision_lines(asked, trail)
    return lines


def _decision_lines(asked: "Asked", trail: "Trail") -> list[str]:
    from gateway.commands.rules.words import answer_words, facts_words

    lines = [f"  {asked.decision}, {asked.about}: {answer_words(asked.decision, asked.verdict.then)}"]
    lines += [f"    {row.row_id} ({row.file}): {row.why}" for row in asked.verdict.fired]
    lines.append(f"    for {facts_words(trail.facts)}")
    lines += [f"    passed over {passed}" for passed in trail.passed[:PASSED_SHOWN_MAX]]
    if len(trail.passed) > PASSED_SHOWN_MAX:
        lines.append(f"    ... and {len(trail.passed) - PASSED_SHOWN_MAX:,} more that did not fit")
    return lines


def _content(quote: "Quote", told: "list[list[Told]]") -> dict[str, Any]:
    from gateway.commands.rules.words import trail_content

    return {
        "inquiry": str(quote.inquiry_id),
        "channel": quote.channel,
        "asked_at": quote.asked_at,
        "lines": [
            {
                "sku": request.sku,
                "wanted": request.wanted,
                "decisions": [
                    {"site": asked.site_id, "about": asked.about, **trail_content(trail)}
                    for asked, trail in told[number]
                ],
            }
            for number, request in enumerate(quote.requests)
        ],
    }
