"""One clock, PostgreSQL's: only demo and test databases may set it, and never back over what happened."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from datasources.store import clock
from datasources.store.clock import ClockIsTrue
from datasources.store.migrate import migrate
from datasources.store.unit import Store, open_store
from resolvers.flows.deps import Deps
from resolvers.flows.quote import quote
from tests.builders import ANYONE, NOON, ask, at, event, moved, send
from tests.databases import administer, database_url


@pytest.fixture(scope="module")
async def production(server: str) -> AsyncIterator[Store]:
    """A database made for production."""
    await administer(server, "CREATE DATABASE production")
    store = await open_store(database_url(server, "production"), connections=2)
    await migrate(store.engine)
    yield store
    await store.close()
    await administer(server, "DROP DATABASE production WITH (FORCE)")


async def set_now(store: Store, instant: datetime) -> None:
    async with store.writing() as tx:
        await clock.set_now(tx, instant)


async def now(store: Store) -> datetime:
    async with store.reading() as tx:
        return await clock.now(tx)


async def test_a_production_clock_cannot_be_set(production: Store):
    """It is refused, and the time stays the true one."""
    with pytest.raises(ClockIsTrue, match="made for production"):
        await set_now(production, NOON)
    assert abs(await now(production) - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_production_clock_cannot_be_set_behind_our_back(production: Store):
    """The database itself holds to it."""
    with pytest.raises(Exception, match="production_keeps_the_true_clock"):
        await production.pool.execute("UPDATE deployment SET clock_offset = interval '1 day'")


@pytest.mark.parametrize("mark", ["demo", "test"])
async def test_the_clock_of_a_demo_or_test_can_be_set_and_ticks_on(deps: Deps, mark: str):
    """From the instant set, at the speed of time."""
    await deps.store.pool.execute("UPDATE deployment SET mark = $1", mark)
    await set_now(deps.store, NOON)
    first, second = await now(deps.store), await now(deps.store)
    assert NOON < first < second < NOON + timedelta(minutes=1)


async def test_a_day_starts_at_noon_where_nothing_has_happened_yet(deps: Deps):
    """12:00 UTC of the day asked for, in the past or the future."""
    await deps.store.pool.execute("DELETE FROM watermark")
    for day in (date(2031, 5, 1), date(2020, 2, 29)):
        assert (await start_day(deps.store, day)).replace(microsecond=0, second=0) == at_noon(day)


def at_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


async def start_day(store: Store, day: date) -> datetime:
    async with store.writing() as tx:
        return await clock.start_day(tx, day)


async def test_a_day_never_starts_before_what_is_recorded(deps: Deps):
    """Started again on the same day or an earlier one, the clock goes on from the last thing recorded."""
    await send(deps, event(moved(5)))
    await quote(deps, [ask()], "web", ANYONE)
    await set_now(deps.store, at(30))
    await send(deps, event(moved(5), occurred_at=at(1)))
    for day in (NOON.date(), date(2020, 2, 29)):
        assert await start_day(deps.store, day) >= at(30)


async def test_a_day_never_starts_before_what_was_asked(deps: Deps):
    """Inquiries count as well, so that ids go on rising."""
    await set_now(deps.store, at(30))
    await quote(deps, [ask()], "web", ANYONE)
    assert await start_day(deps.store, NOON.date()) >= at(30)


def test_ids_rise_with_their_instants():
    """In order of time to the millisecond, also where the clock stands in the past."""
    ids = [clock.new_id(NOON + timedelta(milliseconds=n)) for n in range(50)]
    assert ids == sorted(ids)
    assert len({clock.new_id(NOON) for _ in range(1_000)}) == 1_000
