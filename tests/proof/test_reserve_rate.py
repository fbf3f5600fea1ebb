"""How many reservations a second one process commits, beside inserting the same rows undecided."""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import pytest

from datasources.store import clock, operations, reservations
from datasources.store.operations import Operation
from datasources.store.reservations import NewRows
from gateway import collector
from resolvers.flows import reserve as flow
from resolvers.flows.commits import BATCH_MAX, Commits
from resolvers.flows.deps import Deps
from resolvers.flows.reserve_requests import Request, WantedLine, Wanting
from tests.builders import ALL, ANYONE, NOON, ask, item, stock, tell, tell_masters
from tests.databases import Opened

pytestmark = pytest.mark.proof

BUYERS, REQUESTS, ITEMS, TURNS = 400, 10_000, 10_000, 3
HOT, WRITTEN = "SKU-00000", "WRITTEN"
"""An item that everybody wants, and one whose profile is only written."""
COPY = """
CREATE TABLE {name}_undecided (LIKE {name} INCLUDING ALL)
"""


@pytest.fixture
async def shop(opened: Opened) -> Deps:
    """Ten thousand items, each with more than everybody together can buy."""
    deps = opened.deps
    await tell_masters(deps)
    skus = [*(f"SKU-{n:05}" for n in range(ITEMS)), WRITTEN]
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


class Rows(NamedTuple):
    """What one request adds."""

    reservation: tuple[object, ...]
    part: tuple[object, ...]
    move: tuple[object, ...]
    operation: Operation


@dataclass(slots=True)
class Undecided(Commits):
    """The same callers and batches: what each adds is known beforehand, and only written."""

    rows: dict[str, Rows] = field(default_factory=dict)
    content: str = ""

    async def _with_patience(self, requests: Sequence[Request]) -> list[Operation | Exception]:
        found = [self.rows[request.key] for request in requests]
        new = NewRows(
            [each.reservation for each in found], [each.part for each in found], [each.move for each in found]
        )
        async with self.store.writing() as tx:
            driver: Any = (await tx.get_raw_connection()).driver_connection
            await reservations.write(driver, new, ())
            await operations.keep(driver, [each.operation for each in found])
            await reservations.put_profiles(driver, {WRITTEN: self.content})
        return [each.operation for each in found]


async def _undecided(deps: Deps, run: str) -> Undecided:
    """What the hot item's buyers added, to be added once more under other ids and keys."""
    pool = deps.store.pool
    tables = [await pool.fetch(query) for query in AS_ADDED]
    content = await pool.fetchval("SELECT content FROM profile WHERE sku = $1", HOT)
    made = Undecided(deps.store, content=content)
    for number, (reservation, part, move, operation) in enumerate(zip(*tables, strict=True)):
        name, key = clock.new_id(NOON), f"{run} {number}"
        kept = Operation(**{**operation, "key": key})
        moved = tuple({**move, "reservation_id": name, "key": key}.values())
        made.rows[key] = Rows(_named(name, reservation), _named(name, part), moved, kept)
    return made


def _named(name: object, row: Any) -> tuple[object, ...]:
    return (name, *tuple(row.values())[1:])


async def _copied(deps: Deps, rows: Sequence[Rows]) -> float:
    """The same rows a second from one connection alone, two hundred to a transaction, nobody waiting."""
    pool = deps.store.pool
    for name in TABLES:
        await pool.execute(COPY.format(name=name))
    columns = (
        *(reservations.COLUMNS, reservations.PART_COLUMNS, reservations.MOVE_COLUMNS),
        operations.COLUMNS,
    )
    began = time.perf_counter()
    async with pool.acquire() as connection:
        for start in range(0, len(rows), BATCH_MAX):
            batch = rows[start : start + BATCH_MAX]
            by_table = zip(*((*each[:3], operations.ROW(each.operation)) for each in batch), strict=True)
            async with connection.transaction():
                for name, of, records in zip(TABLES, columns, by_table, strict=True):
                    await connection.copy_records_to_table(f"{name}_undecided", columns=of, records=records)
                await connection.execute(
                    "UPDATE profile SET sequence = sequence + 1, content = content WHERE sku = $1", HOT
                )
    return len(rows) / (time.perf_counter() - began)


TABLES = ("reservation", "reservation_part", "reservation_move", "operation")
AS_ADDED = [
    f"SELECT {', '.join(columns)} FROM {table} ORDER BY {order}"
    for table, columns, order in (
        ("reservation", reservations.COLUMNS, "reservation_id"),
        ("reservation_part", reservations.PART_COLUMNS, "reservation_id"),
        ("reservation_move", reservations.MOVE_COLUMNS, "reservation_id"),
        ("operation", operations.COLUMNS, "outcome::json->'lines'->0->>'reservation'"),
    )
]


@pytest.fixture
def collected_as_in_a_gateway() -> Iterator[None]:
    """What stays is not looked through again, as where it is served."""
    young = gc.get_threshold()
    collector.settle()
    yield
    gc.set_threshold(*young)
    gc.unfreeze()


@pytest.mark.usefixtures("collected_as_in_a_gateway")
async def test_reserving_one_hot_item_and_many(shop: Deps, tell: Callable[[str], None]):
    """Reported, not judged: how fast it is is the machine's affair. Nothing is sold twice."""
    await _buy(shop, "first", HOT)
    hot, undecided = [], []
    for turn in range(TURNS):
        hot.append(await _rate(shop, f"hot {turn}", lambda _: HOT))
        writing = replace(shop)
        rows = await _undecided(shop, f"undecided {turn}")
        object.__setattr__(writing, "commits", rows)
        undecided.append(await _rate(writing, f"undecided {turn}", lambda _: HOT))
    copied = await _copied(shop, list(rows.rows.values()))
    spread = [await _rate(shop, "spread", lambda number: f"SKU-{number * 7919 % ITEMS:05}")]
    assert await shop.store.pool.fetchval(SOLD) == (TURNS + 1) * REQUESTS + 1
    kinds = {"one hot item": hot, f"{ITEMS:,} items": spread, "the same rows undecided": undecided}
    for name, runs in kinds.items():
        rate, p99, cpu = sorted(runs)[len(runs) // 2]
        tell(f"reserve, {name}: {rate:,.0f}/s, p99 {p99:.0f} ms, {cpu:.0f} us of CPU a request")
    ratios = sorted(one[0] / other[0] for one, other in zip(hot, undecided, strict=True))
    told = ", ".join(f"{ratio:.0%}" for ratio in ratios)
    alone = sorted(hot)[TURNS // 2][0] / copied
    tell(f"the hot item reaches {told} of undecided in {TURNS} turns")
    tell(
        f"copied in by one connection with nobody waiting: {copied:,.0f}/s; the hot item reaches {alone:.0%}"
    )


SOLD = """
SELECT sum(open)::bigint FROM reservation_part JOIN reservation_move USING (reservation_id, part)
WHERE key NOT LIKE 'undecided%'
"""
