"""Reads that come together share a statement: none is lost or older than its ask, each hears the worst."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from datasources.store import snapshot
from datasources.store.snapshot import SnapshotReader
from rules.errors import StoreUnavailable, TooBusy
from tests.builders import event, moved, send
from tests.store.test_snapshot import Reading, free_today, reading

__all__ = ["reading"]


async def test_asks_that_come_together_are_one_round_trip(reading: Reading):
    """Each gets what it asked for and no more."""
    await reading.read("TEA")
    reading.line.asked.clear()
    reads = await asyncio.gather(*(reading.reader.read([sku]) for sku in ("TEA", "CUP", "OIL", "TEA")))
    assert len(reading.line.asked) == 1
    assert [list(read.positions) for read in reads] == [["TEA"], ["CUP"], ["OIL"], ["TEA"]]


async def test_more_items_than_fit_into_a_look_wait_for_the_next(reading: Reading, monkeypatch):
    monkeypatch.setattr(snapshot, "ITEMS_AT_ONCE_MAX", 2)
    monkeypatch.setattr(snapshot, "LOOKS_AT_ONCE", 1)
    await reading.read("TEA")
    reading.line.asked.clear()
    reads = await asyncio.gather(*(reading.reader.read([sku]) for sku in ("TEA", "CUP", "OIL")))
    assert len(reading.line.asked) == 2
    assert [list(read.positions) for read in reads] == [["TEA"], ["CUP"], ["OIL"]]


async def test_an_ask_never_shares_a_look_that_had_begun(reading: Reading, monkeypatch):
    """What moved before the ask is in its answer, though a look was under way."""
    monkeypatch.setattr(snapshot, "LOOKS_AT_ONCE", 1)
    await reading.read("TEA")
    arrives = asyncio.Event()
    reading.line.arrives.append(arrives)
    slow = asyncio.create_task(reading.reader.read(["TEA"]))
    await reading.line.under_way.wait()
    await send(reading.deps, event(moved(9)))
    later = asyncio.create_task(reading.reader.read(["TEA"]))
    await asyncio.sleep(0)
    arrives.set()
    assert (await slow).sequences["TEA"] < (await later).sequences["TEA"]
    assert free_today(await later) == 9


async def test_asks_one_after_another_are_each_looked_for(reading: Reading, monkeypatch):
    """Whoever asks in the very moment that a look ends starts another."""
    monkeypatch.setattr(snapshot, "LOOKS_AT_ONCE", 1)
    async with asyncio.timeout(10):
        for _ in range(3):
            assert (await reading.read("TEA")).positions


async def test_who_goes_away_takes_nobody_along(reading: Reading):
    await reading.read("TEA")
    gone = asyncio.create_task(reading.reader.read(["CUP"]))
    stays = asyncio.create_task(reading.reader.read(["TEA"]))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).positions
    assert gone.cancelled()


async def test_all_who_share_a_look_hear_that_it_failed():
    """And the next one is taken anew."""

    class Down:
        asked = 0

        @asynccontextmanager
        async def acquire(self) -> AsyncIterator[Any]:
            self.asked += 1
            raise ConnectionRefusedError
            yield

    down = Down()
    reader = SnapshotReader(down)
    heard = await asyncio.gather(*(reader.read(["TEA"]) for _ in range(3)), return_exceptions=True)
    assert [type(failed) for failed in heard] == [StoreUnavailable] * 3
    assert down.asked == 1
    with pytest.raises(StoreUnavailable):
        await reader.read(["TEA"])
    assert down.asked == 2


async def test_who_would_wait_too_long_is_told_so(reading: Reading, monkeypatch):
    monkeypatch.setattr(snapshot, "WAITING_MAX", 2)
    heard = await asyncio.gather(*(reading.reader.read(["TEA"]) for _ in range(3)), return_exceptions=True)
    assert [isinstance(answer, TooBusy) for answer in heard] == [False, False, True]
