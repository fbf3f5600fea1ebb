"""One real PostgreSQL for the whole run, one fresh database for each test that asks for a store."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from datasources.store import clock, embedded
from datasources.store.inquiries import InquiryLog
from datasources.store.migrate import migrate
from datasources.store.snapshot import SnapshotReader
from datasources.store.unit import Store, open_store
from resolvers.flows.deps import Caller, Deps

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""The clock of every test database when it opens, unless the test sets another."""

EVERYONE = Caller("tester", frozenset({"admin"}), None)

_numbers = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a real PostgreSQL, made for this run and gone after it."""
    folder = Path(tempfile.mkdtemp(prefix="earmark-test-"))
    running = embedded.start(folder, on_progress=lambda _: None)
    yield running.dsn
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)


def database_url(server: str, name: str) -> str:
    """The address of one database of the server."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


async def administer(server: str, statement: str) -> None:
    connection = await asyncpg.connect(database_url(server, "postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def template(server: str) -> str:
    """A migrated, empty database that the others are copied from."""
    await administer(server, "CREATE DATABASE template_earmark")
    store = await open_store(database_url(server, "template_earmark"), connections=2)
    await migrate(store.engine, mark="test")
    await store.close()
    return "template_earmark"


@dataclass(frozen=True)
class Opened:
    """A store of this test's own, with the flows' dependencies on it."""

    url: str
    deps: Deps

    @property
    def store(self) -> Store:
        return self.deps.store

    async def set_now(self, instant: datetime) -> None:
        """The database's clock ticks on from this instant."""
        async with self.store.writing() as tx:
            await clock.set_now(tx, instant)


async def open_deps(url: str) -> Deps:
    store = await open_store(url, connections=4)
    return Deps(store, SnapshotReader(store.pool), InquiryLog(store.pool))


@pytest.fixture
async def opened(server: str, template: str) -> AsyncIterator[Opened]:
    """A fresh, migrated, empty store whose clock stands at NOON."""
    name = f"test_{next(_numbers)}"
    await administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    url = database_url(server, name)
    deps = await open_deps(url)
    fresh = Opened(url, deps)
    await fresh.set_now(NOON)
    yield fresh
    await deps.inquiries.close()
    await deps.store.close()
    await administer(server, f"DROP DATABASE {name} WITH (FORCE)")
