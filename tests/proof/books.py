"""The books after a crash: what was acknowledged is in them, once, and they agree with themselves."""

import asyncio
from uuid import UUID

from datasources.store import inquiries, profiles, shelf
from datasources.store.locks import lock_profiles
from resolvers.flows.deps import Deps
from resolvers.flows.quote import Replay, decide_again
from resolvers.flows.receive import finish_waiting
from rules.asked import LineAnswer
from rules.quantity import to_base
from tests.proof.crowd import Crowd, Memory

SUMS_THAT_DIFFER = """
SELECT count(*) FROM stock_position FULL JOIN (
  SELECT sku, site_id, status, ownership, lot, bin, sum(quantity) AS moved FROM stock_move
  GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(quantity) <> 0) AS sums
USING (sku, site_id, status, ownership, lot, bin) WHERE quantity IS DISTINCT FROM moved
"""
LEGS = """
SELECT event_id, count(*) AS legs, sum(quantity) AS net
FROM stock_move WHERE starts_with(event_id, $1) GROUP BY event_id
"""
AT_ONCE = 20


async def check(deps: Deps, crowd: Crowd) -> None:
    """Nothing acknowledged is missing, nothing has half an effect or two, and every derived row is right."""
    await finish_waiting(deps)
    await _every_event_has_its_effect_once(deps, crowd.memory, crowd.events_begin_with)
    await _every_answer_is_logged_and_decided_the_same(deps, crowd.memory)
    await agrees_with_itself(deps)


async def _every_event_has_its_effect_once(deps: Deps, memory: Memory, prefix: str) -> None:
    rows = await deps.store.pool.fetch(LEGS, prefix)
    effects = {row["event_id"]: (row["legs"], row["net"]) for row in rows}
    missing = memory.applied - effects.keys()
    assert not missing, f"{len(missing)} acknowledged events have no effect"
    assert set(effects.values()) <= {(2, 0)}, "an event has half an effect, or more than one"
    assert effects.keys() <= memory.applied | memory.unknown, "an event nobody sent has an effect"


async def _every_answer_is_logged_and_decided_the_same(deps: Deps, memory: Memory) -> None:
    told = list(memory.answered.items())
    for start in range(0, len(told), AT_ONCE):
        await asyncio.gather(*(_is_as_told(deps, *each) for each in told[start : start + AT_ONCE]))


async def _is_as_told(deps: Deps, inquiry: str, lines: list[dict[str, object]]) -> None:
    logged = await inquiries.find(deps.store.pool, UUID(inquiry))
    assert logged is not None, f"the acknowledged inquiry {inquiry} is missing"
    again = decide_again(logged, await shelf.book(deps.store.pool, logged.inquiry.book_version))
    assert again.identical
    assert _promisable(again) == [line["promisable"] for line in lines]


def _promisable(again: Replay) -> list[object]:
    return [
        to_base(outcome.atp_wanted, again.quote.positions[line.sku].profile.precision)
        for line, outcome in zip(again.quote.requests, again.again, strict=True)
        if isinstance(outcome, LineAnswer)
    ]


async def agrees_with_itself(deps: Deps) -> None:
    """Positions are the sums of moves, profiles are what they would be made anew, nothing waits."""
    assert await deps.store.pool.fetchval(SUMS_THAT_DIFFER) == 0
    assert await deps.store.pool.fetchval("SELECT count(*) FROM inbox WHERE outcome IS NULL") == 0
    skus = [row["sku"] for row in await deps.store.pool.fetch("SELECT sku FROM profile ORDER BY sku")]
    async with deps.store.writing() as tx:
        await lock_profiles(tx, skus)
        assert await profiles.rebuild(tx, skus) == 0, "a profile is not what it would be made anew"
