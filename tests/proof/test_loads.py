"""Loads killed with -9 at moments drawn from a seed: all or nothing, and the next load is whole."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from datasources.store import embedded
from datasources.store.embedded_cluster import postmaster
from tests.databases import administer, database_url, open_deps
from tests.gateway.commands import CHECKOUT, PATIENCE_S, environment
from tests.proof import books
from tests.proof.company import content, write_company

pytestmark = pytest.mark.proof

ITEMS = 800
KILLS = 4
FIRST_STARTS = 3


class Loading:
    """`earmark load` in a process of its own, started just now."""

    def __init__(self, files: Path, data: Path, **variables: str) -> None:
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gateway", "load", str(files)),
                *("--mapping", str(files / "mapping.yaml"), "--data", str(data)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            env=environment(**variables),
        )

    def writes(self) -> "Loading":
        """It has read its files and begins to write."""
        assert self.process.stderr
        assert any("writing" in line for line in self.process.stderr)
        return self

    def ends(self) -> float:
        """It has ended well; after how many seconds."""
        _, err = self.process.communicate(timeout=PATIENCE_S)
        assert self.process.returncode == 0, err
        return time.monotonic() - self.began

    def is_killed(self, after_s: float) -> bool:
        """It is killed so much later; whether it was still at work then."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(after_s)
        was_at_work = self.process.poll() is None
        self.process.kill()
        self.process.communicate(timeout=PATIENCE_S)
        return was_at_work


def judged(what: str, seed: int, found: list[tuple[bool, str]], peace: "Peace") -> str:
    """Every content found is that before or that after, and most kills came while the load was at work."""
    at_work = sum(hit for hit, _ in found)
    as_before, as_after = (sum(word == one for _, word in found) for one in (peace.before, peace.after))
    assert as_before + as_after == len(found), "a load was half done"
    assert at_work > len(found) // 2, "the kills came too late to prove anything"
    return (
        f"{what} killed: seed {seed}, {len(found)} times, {at_work} in the middle of it;"
        f" {as_before} as before, {as_after} as after, half done 0"
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two editions of one company."""
    folder = tmp_path_factory.mktemp("editions")
    return [write_company(folder / f"edition-{n}", ITEMS, edition=n).parent for n in (1, 2)]


@dataclass(frozen=True)
class Peace:
    """The content after each edition, and how long the loads take, when nobody is killed."""

    before: str
    after: str
    whole_s: float
    write_s: float


@pytest.fixture(scope="module")
async def peace(files, server, tmp_path_factory: pytest.TempPathFactory) -> Peace:
    keys = tmp_path_factory.mktemp("keys")
    url = await _new_database(server, "peace")
    whole_s = Loading(files[0], keys, DATABASE_URL=url).ends()
    before = await content(url)
    loading = Loading(files[1], keys, DATABASE_URL=url).writes()
    began = time.monotonic()
    loading.ends()
    return Peace(before, await content(url), whole_s, time.monotonic() - began)


async def _new_database(server: str, name: str) -> str:
    await administer(server, f"CREATE DATABASE {name}")
    return database_url(server, name)


async def test_a_load_killed_in_its_middle_is_all_or_nothing(files, server, peace, tmp_path, tell):
    """The first edition is in; loads of the second are killed while they write."""
    seed = 5_005
    chance = random.Random(seed)  # noqa: S311
    url = await _new_database(server, "loads")
    Loading(files[0], tmp_path, DATABASE_URL=url).ends()
    found = []
    for _ in range(KILLS):
        loading = Loading(files[1], tmp_path, DATABASE_URL=url).writes()
        was_at_work = loading.is_killed(chance.uniform(0, peace.write_s))
        found.append((was_at_work, await content(url)))
    Loading(files[1], tmp_path, DATABASE_URL=url).ends()
    assert await content(url) == peace.after != peace.before
    await _is_sound(url)
    tell(judged("load", seed, found, peace))


async def test_a_postgresql_killed_in_the_middle_of_a_load_is_all_or_nothing(files, peace, tmp_path, tell):
    """The command says so in a sentence; PostgreSQL is brought back, and the load can be repeated."""
    seed = 6_006
    chance = random.Random(seed)  # noqa: S311
    with embedded.start(tmp_path, on_progress=lambda _: None) as server:
        Loading(files[0], tmp_path).ends()
        found = []
        for _ in range(KILLS):
            loading = Loading(files[1], tmp_path).writes()
            await asyncio.sleep(chance.uniform(0, peace.write_s))  # the moment is the thing under test
            was_at_work = loading.process.poll() is None
            _kill_postmaster(tmp_path)
            _, err = loading.process.communicate(timeout=PATIENCE_S)
            assert loading.process.returncode in (0, 2), err
            found.append((was_at_work, await _content_when_back(server.dsn)))
        Loading(files[1], tmp_path).ends()
        assert await content(server.dsn) == peace.after
        await _is_sound(server.dsn)
    tell(judged("PostgreSQL in a load", seed, found, peace))


async def test_a_first_start_killed_at_any_moment_is_made_whole_by_the_next(files, peace, tmp_path, tell):
    """While PostgreSQL is made, started, migrated or filled: both are killed, and the next load is whole."""
    seed = 7_007
    chance = random.Random(seed)  # noqa: S311
    hits = 0
    for number in range(FIRST_STARTS):
        folder = tmp_path / str(number)
        loading = Loading(files[0], folder)
        hits += loading.is_killed(chance.uniform(0.5, peace.whole_s))
        with contextlib.suppress(ProcessLookupError):
            _kill_postmaster(folder)
        Loading(files[0], folder).ends()
        with embedded.start(folder, on_progress=lambda _: None) as server:
            assert await content(server.dsn) == peace.before
            await _is_sound(server.dsn)
    assert hits == FIRST_STARTS
    tell(f"first start killed: seed {seed}, {hits} times in the middle of it, whole afterwards {hits}")


def _kill_postmaster(folder: Path) -> None:
    pid = postmaster(folder / "database" / "data")
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


async def _content_when_back(url: str) -> str:
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await content(url)
        except (OSError, asyncpg.PostgresError):
            assert time.monotonic() < give_up_at, "PostgreSQL was not brought back."
            await asyncio.sleep(0.05)


async def _is_sound(url: str) -> None:
    deps = await open_deps(url)
    await books.agrees_with_itself(deps)
    await deps.store.close()
