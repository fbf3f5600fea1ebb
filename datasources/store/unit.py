"""One open store: its connections, and how a transaction on it begins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from rules.errors import StoreUnavailable

Tx = AsyncConnection
"""A connection with a transaction open. As a first argument named `tx` it says: this takes part in it."""


class Contended(StoreUnavailable):
    """Another transaction was in the way and this one gave up: the same can be tried again at once."""


LOCK_TIMEOUT_MS = 5_000
CONNECT_TIMEOUT_S = 1
WAIT_FOR_CONNECTION_S = 5
STATEMENT_TIMEOUT_MS = 60_000


@dataclass(frozen=True, slots=True)
class Store:
    """`engine` for ordinary statements (SQLAlchemy), `pool` for the measured hot paths (asyncpg)."""

    engine: AsyncEngine
    pool: asyncpg.Pool

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed when the block ends, rolled back when it raises."""
        async with unavailable_is_typed(), self.engine.begin() as tx:
            await tx.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
            yield tx

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One consistent view: every statement in the block sees the same commits."""
        async with unavailable_is_typed(), self.engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    async def answers(self) -> None:
        """Nothing, where PostgreSQL answers. Raises StoreUnavailable."""
        async with unavailable_is_typed(), self.pool.acquire() as connection:
            await connection.fetchval("SELECT 1")

    async def close(self) -> None:
        await self.pool.close()
        await self.engine.dispose()


@asynccontextmanager
async def unavailable_is_typed() -> AsyncIterator[None]:
    """A server that is gone, starting or full raises StoreUnavailable in the block; other errors pass."""
    try:
        yield
    except DBAPIError as failed:
        if _is_one_of(CONTENTION, failed.orig):
            raise Contended from failed
        if isinstance(failed, InterfaceError) or failed.connection_invalidated:
            raise StoreUnavailable from failed
        if _is_one_of(OUTAGES, failed.orig):
            raise StoreUnavailable from failed
        raise
    except CONTENTION as failed:
        raise Contended from failed
    except OUTAGES as failed:
        raise StoreUnavailable from failed


OUTAGES = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InternalClientError,  # a connection that broke between two statements
    PoolTimeoutError,
)
CONTENTION = (
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.SerializationError,
    asyncpg.QueryCanceledError,
)


def _is_one_of(kinds: tuple[type[BaseException], ...], cause: BaseException | None) -> bool:
    while cause is not None:
        if isinstance(cause, kinds):
            return True
        cause = cause.__cause__
    return False


async def _as_it_is(_: asyncpg.Connection) -> None:
    """A hot connection goes back into the pool without a round trip: nobody leaves anything behind on it.

    An open transaction is rolled back all the same.
    """


async def open_store(url: str, *, connections: int = 8) -> Store:
    """A store on the PostgreSQL at `url`, with at most 2 x `connections` connections."""
    parsed = make_url(url).set(drivername="postgresql+asyncpg")
    server_settings = {"statement_timeout": str(STATEMENT_TIMEOUT_MS), "application_name": "earmark"}
    engine = create_async_engine(
        parsed,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=WAIT_FOR_CONNECTION_S,
        pool_pre_ping=True,
        connect_args={"timeout": CONNECT_TIMEOUT_S, "server_settings": server_settings},
    )
    async with unavailable_is_typed():
        pool = await asyncpg.create_pool(
            parsed.set(drivername="postgresql").render_as_string(hide_password=False),
            min_size=2,
            max_size=connections,
            timeout=CONNECT_TIMEOUT_S,
            server_settings=server_settings,
            reset=_as_it_is,
        )
    return Store(engine, pool)
