"""A store that knows a small company: items TEA, CUP and OIL, sites HAM and COL, channels web and contract.

All these tests share one database, emptied of everything but the company before each: a new one takes longer.
"""

from collections.abc import AsyncIterator

import pytest

from datasources.store import clock
from datasources.store.inquiries import InquiryLog
from datasources.store.snapshot import SnapshotReader
from datasources.store.tables import metadata
from datasources.store.unit import Store
from resolvers.flows.deps import Deps
from tests.builders import NOON, tell_masters
from tests.databases import administer, database_url, evaluate_here, open_deps

BOOKS = ("rulebook", "rulebook_file", "rulebook_event", "rulebook_activation", "rule_answers")
KEPT = ("deployment", "calendar", *BOOKS)
EMPTY = ";".join(
    f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables) if table.name not in KEPT
)
FIRST_BOOK = "DELETE FROM rulebook_activation WHERE active_from > '-infinity'"
"""The shipped rule book decides again."""


@pytest.fixture(scope="module")
async def stores(server: str, template: str) -> AsyncIterator[tuple[Store, Store]]:
    """Two gateways' ways to one database."""
    await administer(server, f"CREATE DATABASE flows TEMPLATE {template}")
    url = database_url(server, "flows")
    pair = ((await open_deps(url)).store, (await open_deps(url)).store)
    yield pair
    for store in pair:
        await store.close()
    await administer(server, "DROP DATABASE flows WITH (FORCE)")


@pytest.fixture
async def deps(stores: tuple[Store, Store]) -> AsyncIterator[Deps]:
    """One gateway's dependencies; the clock stands at NOON."""
    store, _ = stores
    await store.pool.execute(EMPTY)
    await store.pool.execute(FIRST_BOOK)
    async with store.writing() as tx:
        await clock.set_now(tx, NOON)
    fresh = Deps(store, SnapshotReader(store.pool), InquiryLog(store.pool), evaluate_here)
    await tell_masters(fresh)
    yield fresh
    await fresh.inquiries.close()


@pytest.fixture
async def second(deps: Deps, stores: tuple[Store, Store]) -> AsyncIterator[Deps]:
    """Those of a second gateway on the same database."""
    _, store = stores
    other = Deps(store, SnapshotReader(store.pool), InquiryLog(store.pool))
    yield other
    await other.inquiries.close()
