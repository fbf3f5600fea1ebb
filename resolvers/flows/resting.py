"""What the parts of an answer rest on: the supply each would be served by, and how far to trust it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from datasources.store import lateness
from datasources.store.lateness import Came
from resolvers.flows.deps import Deps
from resolvers.flows.quote import Quote
from rules.asked import LineAnswer, ScheduleLine
from rules.calendar import local_day
from rules.company import Setup
from rules.lateness import confidence
from rules.model import Commitment
from rules.peg import SitePeg, site_pegs

SUPPLIED = frozenset({"supply", "on_hand", "receipt"})
"""Labels of parts that rest on goods there or on their way."""
ASK = "ask"
"""The source of what is asked, where it stands beside what is owed."""


@dataclass(frozen=True, slots=True)
class Resting:
    """So much of a part rests on one supply, which may come `slack_days` late without the part being so.

    Of what its supplier brought before, `receipts` are known, and `percent` came in time for such a part.
    """

    part: ScheduleLine
    peg: SitePeg
    slack_days: int
    supplier: str = ""
    receipts: int = 0
    percent: int | None = None


async def resting(deps: Deps, quote: Quote, number: int) -> list[Resting]:
    """What the parts of one line rest on, part by part; nothing of a kit, or of what is yet to be had.

    Lateness is that of the receipts recorded up to the answer. Raises StoreUnavailable.
    """
    found = list(_pegged(quote, number))
    named = {(r.source, r.line_id) for r in (each.peg.receipt for each in found) if r is not None}
    if not named:
        return found
    suppliers = await lateness.suppliers_of(deps.store.pool, named)
    came = await lateness.receipts_of(deps.store.pool, set(suppliers.values()), quote.asked_at)
    return [_judged(each, suppliers, came, quote.setup) for each in found]


def _judged(
    each: Resting,
    suppliers: Mapping[lateness.Line, str],
    came: Mapping[str, list[Came]],
    setup: Setup,
) -> Resting:
    receipt = each.peg.receipt
    supplier = "" if receipt is None else suppliers.get((receipt.source, receipt.line_id), "")
    late = [(local_day(at, setup.sites[site].zone) - due).days for due, at, site in came.get(supplier, ())]
    percent = confidence(late, each.slack_days)
    return Resting(each.part, each.peg, each.slack_days, supplier, len(late), percent)


def _pegged(quote: Quote, number: int) -> Iterator[Resting]:
    outcome, sku = quote.outcomes[number], quote.requests[number].sku
    item = quote.positions.get(sku)
    if not isinstance(outcome, LineAnswer) or item is None or item.parts:
        return
    parts = list(_parts_up_to(quote, sku, number))
    for stock, rows in item.with_stock():
        here = [
            (of, part) for of, part in parts if (part.site_id, part.position) == (rows.site_id, rows.position)
        ]
        policy = quote.setup.choices.policy_at(rows.site_id, item.profile.item_class, quote.asked_at)
        asked = [_asked(quote.channel, at, part) for at, (_, part) in enumerate(here)]
        pegs = site_pegs(stock, rows, policy, asked).pegs if asked else ()
        for peg in pegs:
            if peg.commitment.source == ASK:
                of, part = here[int(peg.commitment.line_id)]
                if of == number:
                    yield Resting(part, peg, _slack(part.needed, peg.comes_on))


def _parts_up_to(quote: Quote, sku: str, number: int) -> Iterator[tuple[int, ScheduleLine]]:
    """The parts of the item's lines up to this one, each with its line: earlier ones are served first."""
    for of in range(number + 1):
        outcome = quote.outcomes[of]
        if quote.requests[of].sku == sku and isinstance(outcome, LineAnswer):
            for part in outcome.schedule:
                if part.label in SUPPLIED and not part.sku:
                    yield of, part


def _asked(channel: str, at: int, part: ScheduleLine) -> Commitment:
    return Commitment(ASK, str(at), "", channel, part.needed, part.quantity)


def _slack(needed: date, comes_on: date | None) -> int:
    return 0 if comes_on is None else max(0, (needed - comes_on).days)
