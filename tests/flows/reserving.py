"""Reserving in tests: one call a request, its outcome as it is kept."""

from datetime import timedelta
from typing import Any

import orjson

from datasources.store import clock, profiles
from datasources.store.locks import lock_profiles
from resolvers.flows import reserve as flow
from resolvers.flows.deps import Deps
from resolvers.flows.quote import quote
from resolvers.flows.reserve_requests import HeldLine, Request, WantedLine, Wanting
from rules.asked import LineAnswer
from tests.builders import ANYONE, NOON, ask

Told = dict[str, Any]


def wanted(quantity: float | str = 1, sku: str = "TEA", ahead: int = 0, **more: Any) -> WantedLine:
    return WantedLine(ask(quantity, sku, ahead, more.pop("site_id", None)), **more)


async def reserve(
    deps: Deps, key: str, *lines: WantedLine, seconds: int | None = 900, whole: bool = True, **more: str
) -> Told:
    body, channel = Wanting(lines, whole, seconds), more.get("channel", "web")
    act: Any = "promise" if seconds is None else "reserve"
    return await outcome(flow.commit(deps, Request("tester", channel, key, act, body), ANYONE))


async def held(deps: Deps, act: Any, key: str, *lines: HeldLine | str, **more: Any) -> Told:
    each = [HeldLine(line) if isinstance(line, str) else line for line in lines]
    channel = more.pop("channel", "web")
    return await outcome(flow.change(deps, act, (channel, key), each, ANYONE, **more))


async def outcome(coming: Any) -> Told:
    told: Told = orjson.loads((await coming).outcome)
    return told


async def free(deps: Deps, ahead: int = 0, sku: str = "TEA", channel: str = "web") -> int:
    """What the product says can be promised."""
    [answer] = (await quote(deps, [ask(1, sku, ahead)], channel, ANYONE)).outcomes
    assert isinstance(answer, LineAnswer)
    return answer.atp_wanted


async def as_rebuilt(deps: Deps) -> None:
    """The profiles say what the tables say, to the byte; parts are the sums of their moves."""
    skus = [row["sku"] for row in await deps.store.pool.fetch("SELECT sku FROM profile")]
    async with deps.store.writing() as tx:
        await lock_profiles(tx, skus)
        assert await profiles.rebuild(tx, skus) == 0
    assert await deps.store.pool.fetch(SUMS_THAT_DIFFER) == []


SUMS_THAT_DIFFER = """
SELECT * FROM reservation_part FULL JOIN (
  SELECT reservation_id, part, sum(active + confirmed) AS moved FROM reservation_move GROUP BY 1, 2) AS sums
USING (reservation_id, part) WHERE open IS DISTINCT FROM moved
"""


async def later(deps: Deps, **by: float) -> None:
    async with deps.store.writing() as tx:
        await clock.set_now(tx, NOON + timedelta(**by))
