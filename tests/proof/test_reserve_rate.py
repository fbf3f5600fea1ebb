"""How many reservations a second one process commits, beside inserting the same rows undecided."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from resolvers.flows import reserve as flow
from resolvers.flows.deps import Deps
from resolvers.flows.reserve_requests import Request, WantedLine, Wanting
from tests.builders import ALL, ANYONE, ask, item, stock, tell, tell_masters
from tests.databases import Opened

pytestmark = pytest.mark.proof

BUYERS, REQUESTS, ITEMS = 400, 20_000, 10_000
HOT = "SKU-00000"
COPY = """
CREATE TABLE {name}_undecided (LIKE {name} INCLUDING ALL EXCLUDING IDENTITY)
"""


@pytest.fixture
async def shop(opened: Opened) -> Deps:
    """Ten thousand items, each with more than everybody together can buy."""
    deps = opened.deps
    await tell_masters(deps)
    skus = [f"SKU-{n:05}" for n in range(ITEMS)]
    await tell(deps, *(item(sku) for sku in skus), *(stock(10**6, code=sku) for sku in skus), states=ALL)
    return deps


async def _buy(deps: Deps, key: str, sku: str) -> float:
    body = Wanting((WantedLine(ask(1, sku)),), seconds=900)
    began = time.perf_counter()
    kept = await flow.commit(deps, Request("tester", "web", key, "reserve", body), ANYONE)
    assert '"ACCEPTED"' in kept.outcome
    return time.perf_counter() - began


async def _rate(deps: Deps, run: str, sku: Callable[[int], str]) -> tuple[float, float, float]:
    """Reservations a second, their 99th percentile, and the CPU each took of this process."""
    numbers = iter(range(REQUESTS))

    async def buyer() -> list[float]:
        return [await _buy(deps, f"{run} {number}", sku(number)) for number in numbers]

    began, cpu = time.perf_counter(), time.process_time()
    took = [each for waits in await asyncio.gather(*(buyer() for _ in range(BUYERS))) for each in waits]
    seconds, spent = time.perf_counter() - began, time.process_time() - cpu
    return len(took) / seconds, sorted(took)[int(len(took) * 0.99)] * 1000, spent / len(took) * 1e6


async def _undecided(deps: Deps) -> float:
    """The same rows a second, two hundred to a transaction, with nothing read or decided."""
    pool: Any = deps.store.pool
    rows = {name: await pool.fetch(f"SELECT * FROM {name}") for name in TABLES}
    for name in TABLES:
        await pool.execute(COPY.format(name=name))
    count = len(rows["reservation"])
    began = time.perf_counter()
    async with pool.acquire() as connection:
        for start in range(0, count, 200):
            async with connection.transaction():
                for name, found in rows.items():
                    batch = [tuple(row.values()) for row in found[start : start + 200]]
                    await connection.copy_records_to_table(f"{name}_undecided", records=batch)
                await connection.execute(
                    "UPDATE profile SET sequence = sequence + 1, content = content WHERE sku = $1", HOT
                )
    return count / (time.perf_counter() - began)


TABLES = ("reservation", "reservation_part", "reservation_move", "operation")


async def test_reserving_one_hot_item_and_many(shop: Deps, tell: Callable[[str], None]):
    """Reported, not judged: how fast it is is the machine's affair. Nothing is sold twice."""
    await _buy(shop, "first", HOT)
    hot = await _rate(shop, "hot", lambda _: HOT)
    undecided = await _undecided(shop)
    spread = await _rate(shop, "spread", lambda number: f"SKU-{number * 7919 % ITEMS:05}")
    sold = await shop.store.pool.fetchval("SELECT sum(open) FROM reservation_part")
    assert sold == 2 * REQUESTS + 1
    for name, (rate, p99, cpu) in {"one hot item": hot, f"{ITEMS:,} items": spread}.items():
        tell(f"reserve, {name}: {rate:,.0f}/s, p99 {p99:.0f} ms, {cpu:.0f} us of CPU a request")
    tell(
        f"the same rows undecided: {undecided:,.0f}/s; the hot item reaches {hot[0] / undecided:.0%} of that"
    )
