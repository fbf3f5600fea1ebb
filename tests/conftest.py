"""One real PostgreSQL for the whole run, one fresh database for each test that asks for a store."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from datasources.store import embedded
from datasources.store.migrate import migrate
from datasources.store.unit import open_store
from resolvers.flows.deps import Caller
from resolvers.flows.rulebooks import ensure_first
from tests.application import client, demo, demo_template, keys, own_demo
from tests.databases import Opened, administer, database_url, open_deps

settings.register_profile("quick", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("quick")  # how long an example takes is the machine's affair, never a failure

__all__ = ["client", "demo", "demo_template", "keys", "own_demo"]

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


@pytest.fixture(scope="session")
async def bare_template(server: str) -> str:
    """A migrated database in which nothing stands, not even a rule book."""
    await administer(server, "CREATE DATABASE template_bare")
    store = await open_store(database_url(server, "template_bare"), connections=2)
    await migrate(store.engine, mark="test")
    await store.close()
    return "template_bare"


@pytest.fixture(scope="session")
async def template(server: str, bare_template: str) -> str:
    """A database that decides by the shipped rule book and is empty otherwise; the others are its copies."""
    await administer(server, f"CREATE DATABASE template_earmark TEMPLATE {bare_template}")
    deps = await open_deps(database_url(server, "template_earmark"))
    await ensure_first(deps, lambda _: None)
    await deps.store.close()
    return "template_earmark"


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
