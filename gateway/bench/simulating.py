"""What a simulation costs: logged inquiries decided again under a draft, alone and beside those who ask."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

import orjson

from datasources.policies import shipped
from gateway.bench import company
from resolvers.flows import rulebook_reading, rulebooks
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.quote import quote
from resolvers.flows.simulate import simulate
from rules.ask import RequestLine
from rules.book import Book

ANALYST = Caller("bench", frozenset({"analyst"}), None)
STOREFRONT = Caller("bench", frozenset({"storefront"}), None)
ASKING = 64
SINCE = timedelta(days=1)
FILE = "10-supply.yaml"
BEFORE_ROW = b"  - id: SUP050\n"
ROW = b"""  - id: SUP045
    when: {kind: purchase, ownership: own}
    then: {counts: true, position: own, from_days: 9}
    why: The bench lets what was bought come late.
    owner: bench
"""
EXAMPLE = b"""
  - given: {kind: purchase, ownership: own, firmness: confirmed, days_overdue: 0, channel_kind: web}
    expect: {row: SUP045}
"""
START = """
mutation Start($version: String!) { simulateRuleBook(input: {version: $version, sinceHours: 24}) { id } }
"""


@dataclass(frozen=True, slots=True)
class Simulated:
    """How long a simulation of so many inquiries took by itself, and how many lines it changed."""

    inquiries: int
    lines: int
    changed: int
    seconds: float

    @property
    def per_s(self) -> float:
        return self.inquiries / self.seconds


async def log(deps: Deps, inquiries: int, items: int) -> None:
    """So many inquiries are in the log, decided by the book in force.

    Four of five have one line, the others up to six; quantities and days differ.
    """
    draw, numbers = Random(5), company.traded(items)  # noqa: S311  # asks, not secrets

    async def some(count: int) -> None:
        for _ in range(count):
            lines = 1 if draw.random() < 0.8 else draw.randint(2, 6)
            asked = [
                RequestLine(
                    company.sku(draw.choice(numbers)),
                    Decimal(draw.randint(1, 400)),
                    company.DAY + timedelta(days=draw.randint(0, 9)),
                )
                for _ in range(lines)
            ]
            await quote(deps, asked, company.CHANNEL, STOREFRONT)

    counts = [inquiries // ASKING + (number < inquiries % ASKING) for number in range(ASKING)]
    await asyncio.gather(*map(some, counts))


async def draft(deps: Deps) -> str:
    """The version of a draft that changes one row of supply: purchases come later."""
    content = shipped()[FILE]
    assert BEFORE_ROW in content
    changed = content.replace(BEFORE_ROW, ROW + BEFORE_ROW, 1).rstrip() + EXAMPLE
    handed_in = await rulebooks.draft(deps, shipped() | {FILE: changed}, "The bench.", ANALYST)
    assert handed_in.standing is not None, handed_in.checked.problems
    return handed_in.standing.book.version


async def decided_again(deps: Deps, version: str) -> Simulated:
    """The log was decided again under the draft in this process, by itself."""
    found = await simulate(deps, await _book(deps, version), SINCE, lambda _done, _of: None)
    changed = sum(found.whole.changed.values())
    return Simulated(found.inquiries, found.whole.lines, changed, found.seconds)


async def _book(deps: Deps, version: str) -> Book:
    return await rulebook_reading.book(deps, version)


def start(version: str) -> bytes:
    """The body that starts the same in a gateway."""
    return orjson.dumps({"query": START, "variables": {"version": version}})


async def has_ended(deps: Deps, version: str) -> bool:
    """Whether a simulation in a gateway is finished: it is in the history then."""
    return (await rulebook_reading.find(deps, version)).is_simulated
