"""Sync: one source states all it knows as at a day, in one transaction. Stating it twice changes nothing."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

from datasources.facts import Row, SetAside
from datasources.protocol import Source
from datasources.store import clock, ledger
from datasources.store.locks import lock_source
from datasources.store.unit import Contended
from resolvers.flows.deps import Deps
from resolvers.flows.load import Load, LoadReport, Reading, Statement
from telemetry import names
from telemetry.spans import span

__all__ = ["LoadReport", "Progress", "sync"]

Progress = Callable[[str], None]

TRIES_MAX = 3
ROWS_BETWEEN_WORDS = 20_000
"""How many rows are read before progress is told again."""


async def sync(deps: Deps, source: Source, day: date, progress: Progress) -> LoadReport:
    """The store agrees with all the source states as at `day`; what could not be used is on the worklist.

    All or nothing: killed at any moment, the store is as before or as after. Raises StoreUnavailable.
    """
    with span(names.LOAD, source=source.name):
        reading = await _begin(deps)
        statement = _read(source, day, progress)
        progress(f"{source.name}: writing")
        for _ in range(TRIES_MAX - 1):
            with suppress(Contended):
                return await _write(deps, source, statement, reading)
        return await _write(deps, source, statement, reading)


async def _begin(deps: Deps) -> Reading:
    async with deps.store.reading() as tx:
        return Reading(await clock.now(tx), await ledger.last_move(tx))


def _read(source: Source, day: date, progress: Progress) -> Statement:
    facts: dict[type[Any], list[Row]] = {}
    bad: list[SetAside] = []
    progress(f"{source.name}: reading")
    for number, row in enumerate(source.read(day), start=1):
        if isinstance(row, SetAside):
            bad.append(row)
        else:
            facts.setdefault(type(row.fact), []).append(row)
        if number % ROWS_BETWEEN_WORDS == 0:
            progress(f"{source.name}: {number:,} rows read")
    return Statement(facts, bad)


async def _write(deps: Deps, source: Source, statement: Statement, reading: Reading) -> LoadReport:
    async with deps.store.writing() as tx:
        await lock_source(tx, source.name)
        load = Load(tx, source, statement, reading)
        await load.run()
        return load.report
