"""The whole catalogue as of one moment, read a few items at a time."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from datasources.store import catalogue, profiles, shelf
from datasources.store.rulebooks import IN_FORCE_SQL
from datasources.store.snapshot import WATERMARKS_SQL, read_watermarks
from datasources.store.unit import unavailable_is_typed
from rules.choices import setup_of
from rules.company import Setup
from rules.model import Profile
from rules.position import Silent


@dataclass(frozen=True, slots=True)
class WholeCatalogue:
    """Every item as of `now`, whatever is written while it is read."""

    now: datetime
    setup: Setup
    silent: Silent
    connection: asyncpg.Connection

    async def after(self, sku: str, most: int) -> list[Profile]:
        """The next `most` items in sku order."""
        return _decoded(await self.connection.fetch(NEXT, sku, most))

    async def of(self, skus: Iterable[str]) -> list[Profile]:
        """Those of the items that exist, in sku order."""
        return _decoded(await self.connection.fetch(NAMED, sorted(set(skus))))


def _decoded(rows: Iterable[asyncpg.Record]) -> list[Profile]:
    return [profiles.decode(row["sku"], row["content"]) for row in rows]


@asynccontextmanager
async def whole_catalogue(pool: asyncpg.Pool) -> AsyncIterator[WholeCatalogue]:
    """The catalogue can be read until the end of the block. Raises StoreUnavailable."""
    async with (
        unavailable_is_typed(),
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        row = await connection.fetchrow(SETUP)
        company = catalogue.read_company(row["setup_hash"], row["content"])
        setup = setup_of(company, await shelf.book(connection, row["book_version"]))
        now = row["now"].astimezone(UTC)
        silent = setup.choices.silent(read_watermarks(row["watermarks"]), now)
        yield WholeCatalogue(now, setup, silent, connection)


SETUP = f"""
SELECT earmark_now() AS now, setup.setup_hash, setup.content, {IN_FORCE_SQL} AS book_version,
  {WATERMARKS_SQL} AS watermarks
FROM catalogue JOIN setup USING (setup_hash)
"""
NEXT = "SELECT sku, content FROM profile WHERE sku > $1 ORDER BY sku LIMIT $2"
NAMED = "SELECT sku, content FROM profile WHERE sku = ANY ($1::text[]) ORDER BY sku"
