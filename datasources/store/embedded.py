"""The embedded PostgreSQL under our supervision, in a folder the user names.

    FOLDER/database/          ours
        data/  socket/        the server's, closed to everybody else
        users.lock            each process that uses the server has a share in it; the dead lose theirs
        start.lock            held while somebody starts, joins or stops the server
        log

Several processes share one server: the first starts it, the last to `stop` shuts it down, and each of them
brings it back when it dies. A server that outlived a killed process is joined by the next start.
"""

import contextlib
import fcntl
import logging
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.parse import quote

from datasources.store.embedded_cluster import (
    NAME,
    Cluster,
    answers,
    create_once,
    last_words,
    looks,
    open_ours,
    postmaster,
    serving,
    shut_down,
)
from datasources.store.embedded_programs import (
    COPY_PLACES,
    EmbeddedUnavailable,
    Say,
    account_for,
    installed,
    runnable,
)

__all__ = ["Embedded", "EmbeddedUnavailable", "start"]

log = logging.getLogger(__name__)

DOOR_BYTES_MAX = 85  # a socket's address holds 104 bytes on some systems, and its own name takes 14
FAILING_FOR_S = 30
RECOVERY_MAX_S = 600
WATCH_EVERY_S = 0.1
PAUSE_MIN_S, PAUSE_MAX_S, STEADY_AFTER_S = 0.1, 5.0, 10.0


class Embedded:
    """A share in the running server of one folder, from `join` to `stop`."""

    def __init__(self, cluster: Cluster, on_progress: Say) -> None:
        self._cluster = cluster
        self._say = on_progress
        self._leaving = threading.Event()
        self._door = _short(cluster.home / "socket")
        self._share: int | None = None
        self._watch = threading.Thread(target=self._keep_up, name="earmark-postgres-watch", daemon=True)

    @property
    def dsn(self) -> str:
        """The URL of the database, for libpq, asyncpg and SQLAlchemy."""
        return f"postgresql://{NAME}@/{NAME}?host={quote(str(self._door))}&port=5432"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def join(self) -> None:
        """The server answers, and while this process has its share in it nobody shuts it down."""
        with _locked(self._cluster.home, self._say, RECOVERY_MAX_S):
            self._share = open_ours(self._cluster.home / "users.lock")
            fcntl.flock(self._share, fcntl.LOCK_SH)
            create_once(self._cluster, self._say)
            self._bring_up()
        self._watch.start()

    def stop(self) -> None:
        """The share is given back, and after the last one the server is shut down. Twice does no harm."""
        self._leaving.set()
        if self._watch.is_alive():
            self._watch.join()
        share, self._share = self._share, None
        if share is not None:
            self._give_back(share)
        if self._door.is_symlink():
            shutil.rmtree(self._door.parent)

    def _give_back(self, share: int) -> None:
        try:
            with _locked(self._cluster.home, self._say, RECOVERY_MAX_S):
                if _was_last(share):
                    shut_down(self._cluster.data, self._say)
        except FileNotFoundError:  # the folder was deleted under us; PostgreSQL notices that by itself
            log.warning("The database folder %s is gone.", self._cluster.home)

    def _bring_up(self) -> None:
        """The server answers. Attempts that fail are repeated for FAILING_FOR_S."""
        give_up_at = time.monotonic() + FAILING_FOR_S
        while not self._attempt(self._say):
            if time.monotonic() > give_up_at:
                raise EmbeddedUnavailable(
                    f"PostgreSQL did not start within {FAILING_FOR_S} s: {last_words(self._cluster)}"
                )
            time.sleep(0.2)

    def _attempt(self, say: Say) -> bool:
        """True once the server, found or started now, accepts connections; False if it died or we leave."""
        lives = serving(self._cluster, self._door)
        for _ in looks(say, "PostgreSQL is recovering", RECOVERY_MAX_S):
            if not lives() or self._leaving.is_set():
                return False
            if answers(self._door):
                return True
        raise EmbeddedUnavailable(
            f"PostgreSQL has not answered for {RECOVERY_MAX_S} s. Its log is {self._cluster.log}."
        )

    def _keep_up(self) -> None:
        """Until we leave, a server that dies is brought back: at once at first, then ever less often."""
        pause_s, back_at, told = PAUSE_MIN_S, time.monotonic(), ""
        while not self._leaving.wait(WATCH_EVERY_S):
            if postmaster(self._cluster.data):
                if time.monotonic() - back_at > STEADY_AFTER_S:
                    pause_s, told = PAUSE_MIN_S, ""
                continue
            news = self._bring_back()
            if news != told:
                log.warning(news)
            back_at, told = time.monotonic(), news
            self._leaving.wait(pause_s)
            pause_s = min(2 * pause_s, PAUSE_MAX_S)

    def _bring_back(self) -> str:
        """One attempt, or that of another process; what came of it, in words."""
        try:
            with _locked(self._cluster.home, log.info, 1):
                if self._attempt(log.warning):
                    return "PostgreSQL had stopped and was brought back."
                return f"PostgreSQL has stopped and does not start yet: {last_words(self._cluster)}"
        except (OSError, subprocess.SubprocessError, EmbeddedUnavailable) as error:
            return f"PostgreSQL has stopped and is not back yet: {error}"


def start(folder: Path, *, on_progress: Say) -> Embedded:
    """The folder's database accepts connections; where there was none it has been created.

    A server that already runs there is joined, whoever started it and whether or not they still live.
    """
    try:
        home = _home(folder)
        account = account_for(home)
        programs = runnable(installed(), account, COPY_PLACES, on_progress)
        server = Embedded(Cluster(home, account, programs), on_progress)
        try:
            server.join()
        except BaseException:
            server.stop()
            raise
    except OSError as error:
        raise EmbeddedUnavailable(f"The database in {folder} cannot be used: {error}.") from error
    return server


def _home(folder: Path) -> Path:
    """Our own folder inside the one the user named; whoever the server runs as can pass through it."""
    home = folder.resolve() / "database"
    home.mkdir(parents=True, exist_ok=True)
    if home.stat().st_uid == os.geteuid():
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return home


@contextlib.contextmanager
def _locked(home: Path, say: Say, wait_max_s: int) -> Iterator[None]:
    """Nobody else starts, joins or stops this folder's server meanwhile."""
    file = open_ours(home / "start.lock")
    try:
        for _ in looks(say, f"Another process is starting or stopping the database in {home}", wait_max_s):
            if _taken(file):
                break
        else:
            raise EmbeddedUnavailable(f"Another process has kept the database in {home} for {wait_max_s} s.")
        yield
    finally:
        os.close(file)


def _taken(file: int) -> bool:
    """Whether we now hold this lock alone."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _was_last(share: int) -> bool:
    """The share is given back; True if nobody else has one."""
    try:
        return _taken(share)
    finally:
        os.close(share)


def _short(door: Path) -> Path:
    """The socket's folder under a name that fits a socket's address: its own, or that of a link to it."""
    if len(os.fsencode(door)) <= DOOR_BYTES_MAX and "," not in str(door):  # a comma parts two hosts
        return door
    link = Path(tempfile.mkdtemp(prefix="earmark-", dir="/tmp")) / "door"
    link.symlink_to(door)
    return link
