"""PostgreSQL servers beside the one all tests share: one that forgets, and a line to one that can be cut."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datasources.store import embedded
from datasources.store.embedded_cluster import Cluster, answers
from datasources.store.embedded_programs import COPY_PLACES, account_for, installed, runnable

PATIENCE_S = 10


@contextmanager
def careless_server(folder: Path) -> Iterator[str]:
    """The address of a server of its own that does not wait for the disk."""
    embedded.start(folder, on_progress=lambda _: None).stop()
    home = folder / "database"
    account = account_for(home)
    cluster = Cluster(home, account, runnable(installed(), account, COPY_PLACES, lambda _: None))
    command: list[str | Path] = [cluster.programs / "postgres", "-D", cluster.as_seen(cluster.data), "-F"]
    settings = ["-c", "listen_addresses=", "-c", "unix_socket_directories=../socket"]
    with subprocess.Popen(
        [*command, *settings], stderr=subprocess.DEVNULL, **account.options(cluster.data)
    ) as server:
        _until_it_answers(home / "socket")
        yield f"postgresql://earmark@/earmark?host={home / 'socket'}&port=5432"
        server.terminate()


def _until_it_answers(door: Path) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not answers(door):
        assert time.monotonic() < give_up_at, f"No server answers behind {door}."
        time.sleep(0.05)
