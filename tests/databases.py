"""Databases for tests: addresses, administration, and a store opened on one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import asyncpg
from sqlalchemy.engine import make_url

from datasources.store import clock
from datasources.store.inquiries import InquiryLog
from datasources.store.snapshot import SnapshotReader
from datasources.store.unit import Store, open_store
from resolvers.flows.deps import Deps, RuleFile
from rules.engine import Answers, evaluate
from rules.table import read_table


def database_url(server: str, name: str) -> str:
    """The address of one database of the server."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


async def administer(server: str, statement: str) -> None:
    connection = await asyncpg.connect(database_url(server, "postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


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
    return Deps(store, SnapshotReader(store.pool), InquiryLog(store.pool), evaluate_here)


async def evaluate_here(tables: Sequence[RuleFile], /) -> list[Answers]:
    """The engine's answers, from this process: only files of our own come here."""
    return [_answers(table) for table in tables]


@lru_cache(200)
def _answers(table: RuleFile) -> Answers:
    return evaluate(read_table(*table))
