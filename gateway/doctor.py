"""What the machine, the database and the clock are like, and how to mend what is not well."""

import asyncio
import http.client
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from datasources.store import clock
from datasources.store.embedded import EmbeddedUnavailable
from gateway.runtime import Runtime, opened
from gateway.settings import Settings
from rules.errors import Refusal

SKEW_MAX_S = 2.0
FREE_MIN_GB = 1.0
PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `mend` says what to do where it is not well, and is empty where it is."""

    what: str
    found: str
    mend: str = ""

    @property
    def is_well(self) -> bool:
        return not self.mend


async def examine(settings: Settings) -> list[Finding]:
    """Everything looked at, in an order in which mending makes sense."""
    port = await asyncio.to_thread(_port, settings)
    return [_python(), _disk(settings), port, *await _store(settings)]


def _python() -> Finding:
    found = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    mend = "Install Python 3.11 or newer, then: make PYTHON=python3.12 install"
    return Finding("machine", found, "" if sys.version_info >= (3, 11) else mend)


def _disk(settings: Settings) -> Finding:
    folder = next(parent for parent in (settings.data, *settings.data.absolute().parents) if parent.exists())
    free_gb = shutil.disk_usage(folder).free / 1e9
    mend = "Make room, or name another folder with --data. PostgreSQL stops when the disk is full."
    return Finding(
        "disk", f"{free_gb:.1f} GB free for {settings.data}", "" if free_gb >= FREE_MIN_GB else mend
    )


def _port(settings: Settings) -> Finding:
    where = f"{settings.host}:{settings.port}"
    with socket.socket() as trying:
        trying.settimeout(PATIENCE_S)
        taken = trying.connect_ex((settings.host, settings.port)) == 0
    if not taken:
        return Finding("port", f"{where} is free")
    if _is_gateway(settings):
        return Finding("port", f"{where} is answered by a gateway that runs")
    return Finding("port", f"{where} is in use by another program", "Stop it, or serve on another --port.")


def _is_gateway(settings: Settings) -> bool:
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().read(100) == b'{"status":"live"}'
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


async def _store(settings: Settings) -> list[Finding]:
    where = "DATABASE_URL" if settings.database_url else f"embedded in {settings.data}"
    if not settings.has_database:
        where = f"embedded, tried for a moment, as {settings.data} has none yet"
    try:
        async with _opened(settings) as runtime:
            database = Finding("database", f"answers ({where}), migrated, keeps what it acknowledges")
            return [database, await _clock(runtime)]
    except (EmbeddedUnavailable, Refusal, RuntimeError) as bad:
        return [Finding("database", f"{where}: {bad}", "Do what is said there; then run the doctor again.")]


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Runtime]:
    """The gateway's store; where there is none yet, one of the same kind that is gone afterwards."""
    if settings.has_database:
        async with opened(settings, lambda _: None) as runtime:
            yield runtime
        return
    with tempfile.TemporaryDirectory(prefix="earmark-doctor-", ignore_cleanup_errors=True) as folder:
        async with opened(replace(settings, data=Path(folder)), lambda _: None) as runtime:
            yield runtime


async def _clock(runtime: Runtime) -> Finding:
    async with runtime.deps.store.reading() as tx:
        now, state = await clock.now(tx), await clock.state(tx)
    ahead_s = (now - datetime.now(UTC)).total_seconds()
    if state.is_shifted:
        return Finding("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, set by --today (a {state.mark} database)")
    found = f"{now:%Y-%m-%d %H:%M:%S} UTC at the database, {abs(ahead_s):.1f} s from this machine"
    mend = "Let both machines take their time from the same time servers; the database's clock decides."
    return Finding("clock", found, "" if abs(ahead_s) <= SKEW_MAX_S else mend)


def tell(findings: list[Finding], *, as_json: bool) -> None:
    """The findings are printed."""
    if as_json:
        click.echo(orjson.dumps([asdict(f) | {"is_well": f.is_well} for f in findings]).decode())
        return
    for finding in findings:
        click.echo(f"{'ok  ' if finding.is_well else 'BAD '} {finding.what:<9} {finding.found}")
        if not finding.is_well:
            click.echo(f"               {finding.mend}")
