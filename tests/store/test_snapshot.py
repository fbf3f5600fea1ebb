"""Reading for a decision: one round trip however many items, only what has changed, as of one moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from datasources.store import clock, snapshot
from datasources.store.snapshot import Snapshot, SnapshotReader
from resolvers.flows.deps import Deps
from tests.builders import ALL, NOON, at, day, demand, event, item, moved, send, site, stock, supply, tell
from tests.deciding import decide_by, promising


@dataclass
class Line:
    """A connection that counts what it is asked and what it brings; `before` runs ahead of each answer."""

    connection: asyncpg.Connection
    counted: "Counting"

    async def fetchrow(self, statement: str, *values: Any) -> Any:
        row = await self.connection.fetchrow(statement, *values)
        self.counted.asked.append(statement)
        self.counted.brought += row["skus"]
        await self.counted.meanwhile()
        return row

    async def fetch(self, statement: str, *values: Any) -> Any:
        self.counted.asked.append(statement)
        return await self.connection.fetch(statement, *values)

    async def fetchval(self, statement: str, *values: Any) -> Any:
        self.counted.asked.append(statement)
        return await self.connection.fetchval(statement, *values)


@dataclass
class Counting:
    """A pool whose round trips are counted."""

    pool: asyncpg.Pool
    asked: list[str] = field(default_factory=list)
    brought: list[str] = field(default_factory=list)
    under_way: asyncio.Event = field(default_factory=asyncio.Event)
    arrives: list[asyncio.Event] = field(default_factory=list)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Line]:
        async with self.pool.acquire() as connection:
            yield Line(connection, self)

    async def meanwhile(self) -> None:
        """An answer on a slow line arrives when the test says so."""
        if self.arrives:
            arrives = self.arrives.pop()
            self.under_way.set()
            await arrives.wait()


@dataclass
class Reading:
    """A reader and its line."""

    deps: Deps
    line: Counting
    reader: SnapshotReader

    async def read(self, *skus: str) -> Snapshot:
        """What is read; the counts begin anew."""
        self.line.asked.clear()
        self.line.brought.clear()
        return await self.reader.read(skus)


@pytest.fixture
def reading(deps: Deps) -> Reading:
    line = Counting(deps.store.pool)
    return Reading(deps, line, SnapshotReader(line))


def free_today(read: Snapshot, sku: str = "TEA", site_id: str = "HAM") -> int:
    rows = read.positions[sku].site(site_id)
    assert rows is not None
    return rows.free[0]


async def test_a_hundred_items_are_one_round_trip(reading: Reading):
    """The very first read asks once more, for the set-up; the first of a process also for the rule book."""
    skus = [f"SKU-{n}" for n in range(100)]
    await tell(reading.deps, *(item(sku) for sku in skus), *(stock(5, code=sku) for sku in skus), states=ALL)
    await reading.read("TEA")
    assert len(reading.line.asked) in {2, 3}
    read = await reading.read(*skus)
    assert (len(reading.line.asked), len(read.positions)) == (1, 100)
    assert all(free_today(read, sku) == 5 for sku in skus)


async def test_only_what_has_changed_is_brought(reading: Reading):
    """Nothing the second time; one item after one moved."""
    await reading.read("TEA", "CUP", "OIL")
    assert reading.line.brought == ["CUP", "OIL", "TEA"]
    await reading.read("TEA", "CUP", "OIL")
    assert reading.line.brought == []
    await send(reading.deps, event(moved(9)))
    read = await reading.read("TEA", "CUP", "OIL")
    assert (reading.line.brought, free_today(read)) == (["TEA"], 9)


async def test_an_item_nobody_knows_is_not_there(reading: Reading):
    """Nor is a name that no store can hold; the others are."""
    read = await reading.read("TEA", "NOPE", "T\0EA")
    assert (list(read.positions), list(read.sequences)) == (["TEA"], ["TEA"])


async def test_a_new_item_is_there_at_once(reading: Reading):
    """Whoever asked too early hears of it the next time."""
    assert not (await reading.read("NEW")).positions
    await tell(reading.deps, item("NEW"))
    assert (await reading.read("NEW")).positions


async def test_a_changed_set_up_is_noticed(reading: Reading):
    """A shorter horizon, another site: in force with the next read, for items held in memory too."""
    assert len((await reading.read("TEA")).positions["TEA"].sites) == 0
    await send(reading.deps, event(moved(9)))
    before = await reading.read("TEA")
    await tell(reading.deps, site("MUC"))
    await decide_by(reading.deps, promising(horizon_days=7))
    after = await reading.read("TEA")
    assert [len(read.positions["TEA"].sites[0].free) for read in (before, after)] == [90, 7]
    assert (reading.line.brought, len(reading.line.asked) <= 3, "MUC" in after.setup.sites) == (
        [],
        True,
        True,
    )


async def test_the_days_end_prepares_anew(reading: Reading):
    """At midnight of the site, not of Greenwich; nothing has to be read for it."""
    await tell(reading.deps, site("NYC", "America/New_York"), stock(9, site_id="NYC"), states=ALL)
    midnight = at(16)  # 04:00 UTC in New York's summer
    for instant, today in ((at(15.9), day(0)), (midnight, day(1))):
        async with reading.deps.store.writing() as tx:
            await clock.set_now(tx, instant)
        read = await reading.read("TEA")
        assert read.positions["TEA"].sites[0].today == today
    assert reading.line.brought == []


async def test_an_answer_says_how_old_each_source_is(reading: Reading):
    """By source and kind of fact, as each last spoke."""
    await send(reading.deps, event(supply(4), occurred_at=at(-5)), event(demand(1), "d", "oms", at(-2)))
    ages = {(age.source, age.kind): age.as_of for age in (await reading.read("TEA")).ages}
    assert (ages["wms", "supply"], ages["oms", "demand"]) == (at(-5), at(-2))
    await send(reading.deps, event(supply(5), occurred_at=at(-1)))
    [age] = [age for age in (await reading.read("TEA")).ages if (age.source, age.kind) == ("wms", "supply")]
    assert age.as_of == at(-1)
    assert NOON <= age.heard_at < at(0.1)


async def test_a_read_is_as_of_one_moment_though_another_is_quicker(reading: Reading):
    """Two goods move together; an answer that was long under way shows both as they were then."""
    await tell(reading.deps, stock(10), stock(10, code="CUP"), states=ALL)
    await reading.read("TEA", "CUP")
    arrives = asyncio.Event()
    reading.line.arrives.append(arrives)
    slow = asyncio.create_task(reading.reader.read(["TEA", "CUP"]))
    await reading.line.under_way.wait()
    sold = [event(moved(-4, code=code), source="erp") for code in ("TEA", "CUP")]
    await send(reading.deps, *sold)
    quick = await reading.reader.read(["TEA"])
    arrives.set()
    late = await slow
    assert (free_today(quick), free_today(late), free_today(late, "CUP")) == (6, 10, 10)
    assert late.sequences["TEA"] < quick.sequences["TEA"]
    newest = await reading.reader.read(["TEA", "CUP"])
    assert (free_today(newest), free_today(newest, "CUP")) == (6, 6)


async def test_what_is_held_in_memory_is_bounded(reading: Reading, monkeypatch):
    """The item not asked for longest goes first, and is brought again when it is asked for."""
    monkeypatch.setattr(snapshot, "HELD_MAX", 2)
    for sku in ("TEA", "CUP", "TEA", "OIL"):
        await reading.read(sku)
    await reading.read("TEA", "OIL")
    assert reading.line.brought == []
    await reading.read("CUP")
    assert reading.line.brought == ["CUP"]


async def test_the_clock_of_a_read_is_the_stores(reading: Reading):
    """Not this machine's."""
    assert (await reading.read("TEA")).now.date() == NOON.date()
