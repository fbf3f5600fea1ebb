"""The inquiry log: many asks to one commit, none acknowledged before it, none lost to another's failure."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import asyncpg
import pytest

from datasources.store import clock, inquiries
from datasources.store.inquiries import Inquiry, InquiryLog
from resolvers.flows.deps import Deps
from rules.errors import StoreUnavailable, TooBusy
from tests.builders import NOON, at
from tests.store import books


def inquiry(asked_at: datetime = NOON, **changed: object) -> Inquiry:
    asked = Inquiry(
        inquiry_id=clock.new_id(asked_at),
        asked_at=asked_at,
        actor="tester",
        channel="web",
        ask="[]",
        skus=("TEA",),
        sequences=(1,),
        watermarks="[]",
        setup_hash="a set-up",
        book_version="a book",
        outcome="[]",
        outcome_hash="a hash",
        trace_id="",
    )
    return replace(asked, **changed)  # type: ignore[arg-type]


READ = {("TEA", 1): "TEA as it was"}


@pytest.fixture
async def log(deps: Deps) -> AsyncIterator[InquiryLog]:
    """A log of its own; the database knows the set-up its inquiries name."""
    await deps.store.pool.execute("INSERT INTO setup VALUES ('a set-up', '{}')")
    log = InquiryLog(deps.store.pool)
    yield log
    await log.close()


async def commits(deps: Deps) -> set[int]:
    """The transactions that wrote inquiries."""
    found = await books.rows(deps.store.pool, "SELECT DISTINCT xmin::text::bigint AS xid FROM inquiry")
    return {row["xid"] for row in found}


async def test_asks_of_one_moment_share_a_commit(deps: Deps, log: InquiryLog):
    """Four hundred callers, two commits at most: who comes while one is under way is in the next."""
    await asyncio.gather(*(log.record(inquiry(), READ) for _ in range(400)))
    assert await deps.store.pool.fetchval("SELECT count(*) FROM inquiry") == 400
    assert len(await commits(deps)) <= 2


async def test_an_ask_is_durable_before_its_caller_goes_on(deps: Deps, log: InquiryLog):
    """Another connection sees it as soon as `record` returns, with all that it rested on."""
    asked = inquiry()
    await log.record(asked, READ)
    found = await inquiries.find(deps.store.pool, asked.inquiry_id)
    assert found is not None
    assert (found.inquiry, found.setup_content, found.contents) == (asked, "{}", {"TEA": "TEA as it was"})


async def test_nobody_finds_an_inquiry_nobody_made(deps: Deps):
    """It is None, not an error."""
    assert await inquiries.find(deps.store.pool, uuid4()) is None


async def test_a_profile_is_kept_once(deps: Deps, log: InquiryLog):
    """By the first inquiry that read it; a second log does not overwrite it."""
    await log.record(inquiry(), READ)
    await log.record(inquiry(), READ)
    await InquiryLog(deps.store.pool).record(inquiry(), {("TEA", 1): "something else"})
    assert await books.rows(deps.store.pool, "SELECT sku, content FROM profile_snapshot") == [
        {"sku": "TEA", "content": "TEA as it was"}
    ]


async def test_logs_keeping_the_same_profiles_never_wait_in_a_ring(deps: Deps, second: Deps, log: InquiryLog):
    """Two gateways read the same items for the first time, each in another order."""
    other = InquiryLog(second.store.pool)
    for round_ in range(20):
        read = {(f"SKU-{n}", round_): "content" for n in range(200)}
        backwards = dict(reversed(read.items()))
        await asyncio.gather(log.record(inquiry(), read), other.record(inquiry(), backwards))
    await other.close()
    assert await deps.store.pool.fetchval("SELECT count(*) FROM profile_snapshot") == 4_000


async def test_a_failure_reaches_every_caller_of_its_commit(deps: Deps, log: InquiryLog):
    """None of them is acknowledged, and the next commit is not theirs."""
    twice = inquiry()
    results = await asyncio.gather(
        *(log.record(asked, READ) for asked in (inquiry(), twice, twice)), return_exceptions=True
    )
    assert [type(result) for result in results] == [asyncpg.UniqueViolationError] * 3
    assert await deps.store.pool.fetchval("SELECT count(*) FROM inquiry") == 0
    await log.record(inquiry(), READ)
    assert await deps.store.pool.fetchval("SELECT content FROM profile_snapshot") == "TEA as it was"


async def test_a_lost_connection_is_told_as_such_and_outlived(deps: Deps, log: InquiryLog):
    """PostgreSQL ends the connection in the middle of the commit; the next ask is logged."""
    await log.record(inquiry(), {})
    await deps.store.pool.execute(KILL)
    try:
        with pytest.raises(StoreUnavailable):
            await log.record(inquiry(), READ)
    finally:
        await deps.store.pool.execute("DROP TRIGGER killed ON profile_snapshot; DROP FUNCTION kill_log")
    await log.record(inquiry(), READ)
    assert await deps.store.pool.fetchval("SELECT count(*) FROM inquiry") == 2


KILL = """
CREATE FUNCTION kill_log() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
CREATE TRIGGER killed AFTER INSERT ON profile_snapshot FOR EACH ROW EXECUTE FUNCTION kill_log()
"""


async def test_each_month_has_its_partition(deps: Deps, log: InquiryLog):
    """Made when the first ask of the month comes, also the first instant and the last of a year."""
    instants = (datetime(2026, 12, 31, 23, 59, 59, 999_999), datetime(2027, 1, 1))  # noqa: DTZ001
    for instant in instants:
        await log.record(inquiry(instant.replace(tzinfo=NOON.tzinfo)), {})
    found = await books.rows(
        deps.store.pool, "SELECT tableoid::regclass::text AS part FROM inquiry ORDER BY inquiry_id"
    )
    assert [row["part"] for row in found] == ["inquiry_2026_12", "inquiry_2027_01"]


async def test_two_gateways_begin_a_month_together(deps: Deps, second: Deps, log: InquiryLog):
    """Both make its partition, once."""
    other = InquiryLog(second.store.pool)
    for month in range(1, 13):
        instant = datetime(2031, month, 1, tzinfo=NOON.tzinfo)
        await asyncio.gather(log.record(inquiry(instant), {}), other.record(inquiry(instant), {}))
    await other.close()
    assert await deps.store.pool.fetchval("SELECT count(*) FROM inquiry") == 24


async def test_more_asks_than_can_wait_are_refused(deps: Deps, log: InquiryLog, monkeypatch):
    """With the figure, and nothing queued without end."""
    monkeypatch.setattr(inquiries, "WAITING_MAX", 5)
    small = InquiryLog(deps.store.pool)
    results = await asyncio.gather(*(small.record(inquiry(), READ) for _ in range(8)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, TooBusy)]
    assert (len(refused), refused[0].figures) == (3, {"waiting": 5})
    assert await deps.store.pool.fetchval("SELECT count(*) FROM inquiry") == 5


async def test_a_caller_who_leaves_does_not_hold_up_the_others(deps: Deps, log: InquiryLog):
    """Its ask is logged all the same."""
    leaving = asyncio.create_task(log.record(inquiry(), READ))
    staying = asyncio.create_task(log.record(inquiry(), READ))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    assert await deps.store.pool.fetchval("SELECT count(*) FROM inquiry") == 2


async def test_closing_writes_what_waits(deps: Deps, log: InquiryLog):
    """A clean shutdown loses nothing that was asked."""
    asks = [asyncio.create_task(log.record(inquiry(at(n)), READ)) for n in range(20)]
    await asyncio.sleep(0)
    await log.close()
    await asyncio.gather(*asks)
    assert await deps.store.pool.fetchval("SELECT count(*) FROM inquiry") == 20


async def test_no_caller_waits_for_a_log_that_was_cancelled(deps: Deps, log: InquiryLog):
    """The task that writes is ended while it waits for a connection; who was waiting hears of it."""
    async with AsyncExitStack() as taken:
        for _ in range(deps.store.pool.get_max_size()):
            await taken.enter_async_context(deps.store.pool.acquire())
        asked = asyncio.create_task(log.record(inquiry(), READ))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert log._task is not None
        log._task.cancel()
        with pytest.raises(StoreUnavailable):
            await asked
