"""Ground to measure on: a database in a folder of its own, a company in it, a gateway standing on it."""

import asyncio
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from datasources.store.embedded_cluster import postmaster
from gateway.auth import Tokens
from gateway.bench import company
from gateway.bench.company import BenchCompany
from gateway.runtime import opened
from gateway.settings import CHECKOUT, Settings
from resolvers.flows.deps import Deps
from resolvers.flows.sync import sync

FAREWELL_S = 30


@dataclass(frozen=True, slots=True)
class Ground:
    """A gateway over a company of `items` items, with how long those took to load."""

    folder: Path
    items: int
    rows: int
    load_s: float
    port: int
    gateway: int
    postmaster: int
    tokens: Mapping[str, str]
    deps: Deps
    """Another way to the same database, from the bench's own process."""


@asynccontextmanager
async def ground(folder: Path, items: int, lines: Sequence[int]) -> AsyncIterator[Ground]:
    """The company is loaded and its gateway answers; at the end nothing of them runs.

    Raises EmbeddedUnavailable.
    """
    settings = Settings(folder, mark="test", today=company.DAY)
    async with opened(settings, _quietly) as runtime:
        began = time.perf_counter()
        report = await sync(runtime.deps, BenchCompany(items), company.DAY, _quietly)
        load_s = time.perf_counter() - began
        assert not report.set_aside_count, report.set_aside[0]
        issuer = Tokens(runtime.keys)
        tokens = {role: issuer.issue(role, [role], None) for role in ("storefront", "integrator", "analyst")}
        order = {"url": runtime.url, "folder": str(folder), "lines": list(lines)}
        async with started("gateway.bench.stand", orjson.dumps(order).decode()) as stand:
            port = (await told(stand))["port"]
            server = postmaster(folder / "database" / "data") or 0
            rows = sum(report.accepted.values())
            yield Ground(folder, items, rows, load_s, port, stand.pid, server, tokens, runtime.deps)


def _quietly(_: str) -> None:
    """Progress is told by the bench itself."""


@asynccontextmanager
async def started(module: str, *arguments: str) -> AsyncIterator[Process]:
    """The module runs as a process of its own, in no terminal's group; at the end it has ended."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdin=PIPE,
        stdout=PIPE,
        cwd=CHECKOUT,
        start_new_session=True,
        limit=1_000_000,
    )
    assert process.stdin
    try:
        yield process
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(FAREWELL_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


class ProcessEnded(RuntimeError):
    """A process of the bench ended before it should; what it said stands above."""


async def told(process: Process) -> Any:
    """The next line the process says, which is JSON. Raises ProcessEnded."""
    assert process.stdout
    line = await process.stdout.readline()
    if not line:
        raise ProcessEnded(
            f"A process of the bench ended with code {await process.wait()}. Its words stand above."
        )
    return orjson.loads(line)
