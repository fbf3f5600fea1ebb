"""`earmark doctor`: what the machine, the database and the clock are like, and how to mend what is not well."""

import platform
import shutil
import socket
import sys
from dataclasses import dataclass
from datetime import UTC, datetime

import click
import orjson

from datasources.store import clock
from datasources.store.embedded import EmbeddedUnavailable
from gateway.runtime import Runtime, Say, opened
from gateway.settings import Settings
from rules.errors import Refusal

SKEW_MAX_S = 2.0
FREE_MIN_GB = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `mend` says what to do where it is not well."""

    what: str
    is_well: bool
    found: str
    mend: str = ""


async def examine(settings: Settings, say: Say) -> list[Finding]:
    """Everything looked at, in an order in which mending makes sense."""
    return [_python(), _disk(settings), _port(settings), *await _store(settings, say)]


def _python() -> Finding:
    found = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding(
        "machine",
        sys.version_info >= (3, 11),
        found,
        "Install Python 3.11 or newer: make PYTHON=python3.12 install",
    )


def _disk(settings: Settings) -> Finding:
    folder = next(parent for parent in (settings.data, *settings.data.parents) if parent.exists())
    free_gb = shutil.disk_usage(folder).free / 1e9
    mend = "Make room, or name another folder with --data. PostgreSQL stops when the disk is full."
    return Finding("disk", free_gb >= FREE_MIN_GB, f"{free_gb:.1f} GB free for {settings.data}", mend)


def _port(settings: Settings) -> Finding:
    with socket.socket() as trying:
        taken = trying.connect_ex((settings.host, settings.port)) == 0
    found = f"{settings.host}:{settings.port} is {'in use' if taken else 'free'}"
    return Finding("port", True, found + (" (by a gateway, if one is running)" if taken else ""))


async def _store(settings: Settings, say: Say) -> list[Finding]:
    where = "DATABASE_URL" if settings.database_url else f"embedded in {settings.data}"
    try:
        async with opened(settings, say) as runtime:
            return [
                Finding("database", True, f"answers ({where}), migrated, keeps what it acknowledges"),
                *await _clock(runtime),
            ]
    except (EmbeddedUnavailable, Refusal, RuntimeError) as bad:
        mend = "Read the sentence above; then run `earmark doctor` again."
        return [Finding("database", False, f"{where}: {bad}", mend)]


async def _clock(runtime: Runtime) -> list[Finding]:
    async with runtime.deps.store.reading() as tx:
        now, state = await clock.now(tx), await clock.state(tx)
    ahead_s = (now - datetime.now(UTC)).total_seconds()
    if state.is_shifted:
        return [
            Finding("clock", True, f"{now:%Y-%m-%d %H:%M:%S} UTC, set by --today (a {state.mark} database)")
        ]
    found = f"{now:%Y-%m-%d %H:%M:%S} UTC at the database, {abs(ahead_s):.1f} s from this machine"
    mend = "Let both machines take their time from the same time servers; the database's clock decides."
    return [Finding("clock", abs(ahead_s) <= SKEW_MAX_S, found, mend)]


def tell(findings: list[Finding], *, as_json: bool) -> None:
    """The findings are printed."""
    if as_json:
        click.echo(
            orjson.dumps([{name: getattr(f, name) for name in Finding.__slots__} for f in findings]).decode()
        )
        return
    for finding in findings:
        click.echo(f"{'ok  ' if finding.is_well else 'BAD '} {finding.what:<9} {finding.found}")
        if not finding.is_well:
            click.echo(f"               {finding.mend}")
