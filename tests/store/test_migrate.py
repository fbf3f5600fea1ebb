"""A database reaches the newest shape once, says what it is for, and is refused where it loses writes."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from datasources.store import embedded, embedded_cluster, fact_tables, promise_tables, rulebook_tables
from datasources.store.migrate import (
    DatabaseTooNew,
    MarkDiffers,
    UnsafeServer,
    check_mark,
    migrate,
    refuse_unsafe,
)
from datasources.store.tables import metadata
from datasources.store.unit import Store, open_store
from tests.databases import administer, database_url

MIGRATIONS = Path(embedded.__file__).parent / "migrations" / "versions"
STEPS = sorted(step.name[:4] for step in MIGRATIONS.glob("[0-9]*.py"))

TABLES = (fact_tables, promise_tables, rulebook_tables)
"""Modules whose tables the metadata holds beside its own, once they are imported."""

_numbers = count(1)


@pytest.fixture
async def empty(server: str) -> AsyncIterator[Store]:
    """A database nobody has migrated yet."""
    name = f"empty_{next(_numbers)}"
    await administer(server, f"CREATE DATABASE {name}")
    store = await open_store(database_url(server, name), connections=4)
    yield store
    await store.close()
    await administer(server, f"DROP DATABASE {name} WITH (FORCE)")


async def test_the_steps_are_taken_once(empty: Store):
    """The second time there are none to take, and the mark given then is not the one it has."""
    assert await migrate(empty.engine, mark="demo") == STEPS
    assert await migrate(empty.engine, mark="production") == []
    assert await empty.pool.fetchval("SELECT mark FROM deployment") == "demo"


async def test_processes_starting_together_take_the_steps_once(empty: Store):
    """One migrates, the others wait for it and find nothing to do."""
    taken = await asyncio.gather(*(migrate(empty.engine) for _ in range(4)))
    assert sorted(taken) == [[], [], [], STEPS]


async def test_the_tables_are_what_the_migrations_make(empty: Store):
    """Nothing is missing on either side; the months of the inquiry log are made as they come."""
    await migrate(empty.engine)
    async with empty.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def differences(connection: Connection) -> list[object]:
    def ours(name: str | None, kind: str, _: object) -> bool:
        return kind != "table" or name != "alembic_version"

    context = MigrationContext.configure(
        connection, opts={"include_name": ours, "compare_server_default": True}
    )
    return list(compare_metadata(context, metadata))


async def test_a_database_made_by_a_newer_earmark_is_left_alone(empty: Store):
    """An older one would not know what it means."""
    await migrate(empty.engine)
    await empty.pool.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNew, match="step 9999"):
        await migrate(empty.engine)


async def test_a_step_that_fails_leaves_nothing_behind(empty: Store):
    """A table in the way: the database is as it was, and migrates once that is gone."""
    await empty.pool.execute("CREATE TABLE worklist (in_the_way int)")
    with pytest.raises(Exception, match="already exists"):
        await migrate(empty.engine)
    assert await empty.pool.fetchval("SELECT to_regclass('item')") is None
    await empty.pool.execute("DROP TABLE worklist")
    assert await migrate(empty.engine) == STEPS


async def test_a_demo_is_not_started_on_a_production_database(empty: Store):
    """It would put made-up stock beside the true one."""
    await migrate(empty.engine)
    await check_mark(empty.engine, "production")
    with pytest.raises(MarkDiffers, match="made for production, not for demo"):
        await check_mark(empty.engine, "demo")


async def test_a_database_that_does_not_wait_for_its_log_is_refused(server: str, empty: Store):
    """`synchronous_commit = off` acknowledges what a crash forgets."""
    await refuse_unsafe(empty.engine)
    name = empty.engine.url.database
    await empty.pool.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    again = await open_store(database_url(server, str(name)), connections=2)
    with pytest.raises(UnsafeServer, match="synchronous_commit = off"):
        await refuse_unsafe(again.engine)
    await again.close()


@pytest.fixture(scope="module")
async def own_server(tmp_path_factory) -> AsyncIterator[Store]:
    """A server whose settings this module may spoil: ours are not on its command line."""
    with pytest.MonkeyPatch.context() as without:
        for setting in ("fsync", "full_page_writes"):
            without.delitem(embedded_cluster.SETTINGS, setting)
        running = embedded.start(tmp_path_factory.mktemp("unsafe"), on_progress=lambda _: None)
    store = await open_store(running.dsn, connections=2)
    yield store
    await store.close()
    running.stop()


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
async def test_a_server_that_may_lose_what_it_wrote_is_refused(own_server: Store, setting: str):
    """The message names the setting and how to mend it; mended, the server will do."""
    await set_on_server(own_server, setting, "off")
    with pytest.raises(UnsafeServer, match=f"Set {setting} = on"):
        await refuse_unsafe(own_server.engine)
    await set_on_server(own_server, setting, "on")
    await refuse_unsafe(own_server.engine)


async def set_on_server(store: Store, setting: str, value: str) -> None:
    """The running server has this setting."""
    await store.pool.execute(f"ALTER SYSTEM SET {setting} = {value}")
    await store.pool.execute("SELECT pg_reload_conf()")
    for _ in range(1_000):  # the server reads its settings when it hears of it
        if await store.pool.fetchval(f"SHOW {setting}") == value:
            break
        await asyncio.sleep(0.01)
    await store.engine.dispose()
