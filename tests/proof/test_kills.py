"""Killed with -9 in the middle of asks and events, again and again: nothing acknowledged is lost.

Each proof kills at moments drawn from its seed, sees to it that requests are under way at each kill, and then
reads the books. What happened is told at the end of the run.
"""

import asyncio
import contextlib
import os
import random
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from datasources.store import embedded
from datasources.store.embedded_cluster import postmaster
from tests.databases import open_deps
from tests.gateway.commands import Gateway, earmark
from tests.proof import books
from tests.proof.company import write_company
from tests.proof.crowd import Crowd

pytestmark = pytest.mark.proof

ITEMS = 60
KILLS = 4
BETWEEN_MIN, BETWEEN_MAX = 20, 90
"""How many acknowledgements come between two kills: somewhere between these."""
BACK_WITHIN_S = 15

Kill = Callable[[], Awaitable[None]]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as trying:
        port: int = trying.getsockname()[1]
        return port


def found(what: str, seed: int, crowd: Crowd, at_the_kills: list[int]) -> str:
    memory = crowd.memory
    return (
        f"{what} killed: seed {seed}, {len(at_the_kills)} times with {at_the_kills} requests under way;"
        f" acknowledged {len(memory.answered):,} inquiries and {len(memory.applied):,} events,"
        f" unknown {len(memory.unknown):,} events, answers lost {memory.lost_answers:,},"
        f" told to retry {memory.told_to_retry:,}; missing 0"
    )


async def endure(crowd: Crowd, kill: Kill, seed: int) -> list[int]:
    """The crowd works on through all the kills; how many requests were under way at each."""
    chance = random.Random(seed)  # noqa: S311
    at_the_kills = []
    async with crowd.at_work():
        for _ in range(KILLS):
            at_the_kills.append(await crowd.in_the_thick_of_it(chance.randint(BETWEEN_MIN, BETWEEN_MAX)))
            await kill()
        await crowd.in_the_thick_of_it(BETWEEN_MIN)
    assert min(at_the_kills) > 0
    return at_the_kills


async def until_ready(address: str) -> None:
    give_up_at = time.monotonic() + BACK_WITHIN_S
    async with httpx.AsyncClient() as http:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await http.get(f"{address}/health/ready")).status_code == 200:
                    return
            assert time.monotonic() < give_up_at, f"Not ready within {BACK_WITHIN_S} s."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small company on a PostgreSQL of its own."""
    made = tmp_path_factory.mktemp("proof")
    mapping = write_company(made / "files", ITEMS)
    loaded = earmark("load", made / "files", "--mapping", mapping, "--data", made)
    assert loaded.code == 0, loaded.err
    return made


@pytest.fixture
def running(folder: Path) -> Iterator[str]:
    """The address of that PostgreSQL, running whatever becomes of the gateway."""
    server = embedded.start(folder, on_progress=lambda _: None)
    yield server.dsn
    server.stop()


async def test_a_gateway_killed_at_work_loses_nothing(running, tmp_path, tell):
    """The next one at the same address finishes what it finds half done."""
    seed, port = 1_001, free_port()
    gateways = [Gateway(tmp_path, port=port, DATABASE_URL=running).answers()]

    async def kill() -> None:
        gateways[-1].is_killed()
        again = Gateway(tmp_path, port=port, DATABASE_URL=running)
        gateways.append(again)
        await asyncio.to_thread(again.answers)

    with contextlib.ExitStack() as stack:
        stack.callback(lambda: gateways[-1].is_killed())  # noqa: PLW0108  # the last one by then
        crowd = Crowd(gateways[0].address, gateways[0].tokens, seed)
        at_the_kills = await endure(crowd, kill, seed)
    deps = await open_deps(running)
    await books.check(deps, crowd)
    await deps.store.close()
    assert crowd.memory.lost_answers >= KILLS
    tell(found("gateway", seed, crowd, at_the_kills))


def kill_postmaster(folder: Path) -> None:
    pid = postmaster(folder / "database" / "data")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


async def kill_backend(folder: Path) -> None:
    """One backend in the middle of a statement is killed; PostgreSQL then restarts all of them."""
    looking = await asyncpg.connect(dsn(folder))
    try:
        pid = None
        while pid is None:
            pid = await looking.fetchval(BUSY)
        os.kill(pid, signal.SIGKILL)
    finally:
        looking.terminate()


BUSY = """SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND state IN ('active', 'idle in transaction') LIMIT 1"""


def dsn(folder: Path) -> str:
    return f"postgresql://earmark@/earmark?host={folder / 'database' / 'socket'}&port=5432"


@pytest.mark.parametrize(("whom", "seed"), [("postmaster", 2_002), ("backend", 3_003)])
async def test_a_postgresql_killed_at_work_loses_nothing(folder, whom, seed, tell):
    """Callers are told to come again; the gateway brings it back and goes on, with no restart of its own."""
    with Gateway(folder) as gateway:
        crowd = Crowd(gateway.answers().address, gateway.tokens, seed)

        async def kill() -> None:
            if whom == "postmaster":
                kill_postmaster(folder)
            else:
                await kill_backend(folder)
            await until_ready(gateway.address)

        at_the_kills = await endure(crowd, kill, seed)
        await _check(folder, crowd)
        assert gateway.stops().code == 0
    assert crowd.memory.lost_answers == 0, "the gateway itself never went away"
    assert crowd.memory.told_to_retry > 0
    tell(found(whom, seed, crowd, at_the_kills))


async def test_gateway_and_postgresql_killed_together_lose_nothing(folder, tell):
    """As when the machine goes down, as far as that can be had without one."""
    seed, port = 4_004, free_port()
    gateways = [Gateway(folder, port=port).answers()]

    async def kill() -> None:
        kill_postmaster(folder)
        gateways[-1].is_killed()
        again = Gateway(folder, port=port)
        gateways.append(again)
        await asyncio.to_thread(again.answers)

    with contextlib.ExitStack() as stack:
        stack.callback(lambda: gateways[-1].stops())  # noqa: PLW0108  # the last one by then
        crowd = Crowd(gateways[0].address, gateways[0].tokens, seed)
        at_the_kills = await endure(crowd, kill, seed)
        await _check(folder, crowd)
    tell(found("gateway and postmaster", seed, crowd, at_the_kills))


async def _check(folder: Path, crowd: Crowd) -> None:
    deps = await open_deps(dsn(folder))
    await books.check(deps, crowd)
    await deps.store.close()
