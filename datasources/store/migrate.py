"""Bringing a database to the newest shape, once, however many processes start together."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from datasources.store import catalogue

MIGRATION_LOCK = 0x6561726D61726B
"""Advisory lock key: one process migrates, the others wait for it."""


class DatabaseTooNew(RuntimeError):
    """The database was migrated by a newer Earmark than this one."""


class UnsafeServer(RuntimeError):
    """The server would lose acknowledged writes in a crash."""


class MarkDiffers(RuntimeError):
    """The database was made for another use than the one asked for."""


async def migrate(engine: AsyncEngine, *, mark: str = "production") -> list[str]:
    """The database has the newest shape; the names of the steps just taken, oldest first.

    `mark` (production, demo or test) is set once, when the database is made. Raises DatabaseTooNew.
    """
    async with engine.begin() as tx:
        await tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        taken = await tx.run_sync(_upgrade)
        await tx.execute(
            text("INSERT INTO deployment VALUES (true, :mark, interval '0') ON CONFLICT DO NOTHING"),
            {"mark": mark},
        )
        if taken:
            await catalogue.refresh(tx)
    return taken


async def check_mark(engine: AsyncEngine, mark: str) -> None:
    """Nothing, where the database was made for this use. Raises MarkDiffers.

    Whoever asks for production may use any: a demo database is served as what it is.
    """
    async with engine.connect() as connection:
        found = (await connection.execute(text("SELECT mark FROM deployment"))).scalar_one()
    if mark not in ("production", found):
        raise MarkDiffers(
            f"This database was made for {found}, not for {mark}. "
            "Name another folder with --data, or another database with DATABASE_URL."
        )


async def refuse_unsafe(engine: AsyncEngine) -> None:
    """Nothing, on a server that keeps what it acknowledges; otherwise UnsafeServer, naming the setting."""
    async with engine.connect() as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            value = (await connection.execute(text(f"SHOW {name}"))).scalar_one()
            if value in ("off", "local"):
                raise UnsafeServer(
                    f"PostgreSQL runs with {name} = {value}: a crash would lose promises already given. "
                    f"Set {name} = on and start Earmark again."
                )
        version = int((await connection.execute(text("SHOW server_version_num"))).scalar_one())
        if version < 150000:
            raise UnsafeServer(f"PostgreSQL {version // 10000} is too old. Earmark needs 15 or later.")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> list[str]:
    config = _config(connection)
    scripts = ScriptDirectory.from_config(config)
    before = MigrationContext.configure(connection).get_current_revision()
    known = [script.revision for script in scripts.walk_revisions()]
    if before is not None and before not in known:
        raise DatabaseTooNew(
            f"The database is at step {before}, which this Earmark does not know. Use a newer Earmark."
        )
    if before == scripts.get_current_head():
        return []
    command.upgrade(config, "head")
    steps = known[: known.index(before)] if before else known
    return list(reversed(steps))
