"""From settings to an open, migrated store with its flows' dependencies, and back to nothing running."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from datasources.store import clock, embedded, spans
from datasources.store.inquiries import InquiryLog
from datasources.store.migrate import check_mark, migrate, refuse_unsafe
from datasources.store.snapshot import SnapshotReader
from datasources.store.unit import Store, open_store
from gateway.auth import Keys, load_keys
from gateway.settings import Settings
from gateway.worker import RulesWorker
from resolvers.flows.deps import Deps
from resolvers.flows.rulebooks import ensure_first
from telemetry.setup import Telemetry, setup

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Runtime:
    """All a command needs. `embedded` tells whether the database is our own."""

    deps: Deps
    keys: Keys
    telemetry: Telemetry
    url: str
    is_embedded: bool
    new: bool
    """Whether the database was made just now."""


class DatabaseRefused(RuntimeError):
    """The database named by DATABASE_URL cannot be used."""


@asynccontextmanager
async def opened(settings: Settings, say: Say) -> AsyncIterator[Runtime]:
    """The store is open, migrated and safe to write to; everything started here is stopped at the end.

    A rule book is in force: the shipped one, where the database had none.

    Raises EmbeddedUnavailable, DatabaseRefused, UnsafeServer, DatabaseTooNew, MarkDiffers, ClockIsTrue,
    BadKey, and EngineFailed where the rules in force must be evaluated and cannot be.
    """
    async with AsyncExitStack() as stack:
        keys = load_keys(settings.data)
        url = settings.database_url or await _embedded(settings, say, stack)
        store = await _open(settings, url)
        stack.push_async_callback(store.close)
        is_new = await _prepare(store, settings)
        inquiries = InquiryLog(store.pool)
        stack.push_async_callback(inquiries.close)
        telemetry = setup(spans.SpanSink(store.pool), otlp_endpoint=settings.otlp_endpoint)
        await stack.enter_async_context(telemetry.running())
        worker = RulesWorker()
        stack.push_async_callback(worker.close)
        deps = Deps(store, SnapshotReader(store.pool), inquiries, worker.evaluate)
        stack.push_async_callback(deps.jobs.close)
        stack.push_async_callback(deps.commits.close)
        await ensure_first(deps, say)
        yield Runtime(deps, keys, telemetry, url, is_embedded=settings.database_url is None, new=is_new)


async def _open(settings: Settings, url: str) -> Store:
    try:
        return await open_store(url)
    except Exception as failed:  # drivers have many words for no, and only the store knows them
        if settings.database_url is None:
            raise
        cause = failed.__cause__ or failed
        raise DatabaseRefused(
            f"The database of DATABASE_URL cannot be used ({type(cause).__name__}: {cause}). "
            "Start it, or correct the address: postgresql://user:password@host:5432/name"
        ) from failed


async def _prepare(store: Store, settings: Settings) -> bool:
    """The database has the newest shape, may be written to and has the clock asked for; whether it is new."""
    await refuse_unsafe(store.engine)
    steps = await migrate(store.engine, mark=settings.mark)
    if settings.must_be_marked:
        await check_mark(store.engine, settings.mark)
    if settings.today is not None:
        async with store.writing() as tx:
            await clock.start_day(tx, settings.today)
    return bool(steps)


async def _embedded(settings: Settings, say: Say, stack: AsyncExitStack) -> str:
    """The address of the running server. Told to stop meanwhile, it waits for the start, to undo it."""
    starting = asyncio.ensure_future(asyncio.to_thread(embedded.start, settings.data, on_progress=say))
    try:
        server = await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.to_thread((await starting).stop)
        raise
    stack.push_async_callback(asyncio.to_thread, server.stop)
    return server.dsn
