"""PostgreSQL servers beside the one all tests share: one that forgets, and a line to one that can be cut."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from datasources.store import embedded
from datasources.store.embedded_cluster import Cluster, answers
from datasources.store.embedded_programs import COPY_PLACES, account_for, installed, runnable
from tests.gateway.statements import Statements

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


class Wire:
    """A wire to PostgreSQL that can be cut, mended, and made to hang: what is sent is lost, nothing comes."""

    def __init__(self, server: str) -> None:
        self._door = f"{make_url(server).query['host']}/.s.PGSQL.5432"
        self._listening: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._hangs = False
        self.port = 0
        self.statements: list[str] = []
        """Every statement that went through, in order, over all connections."""

    def address(self, name: str) -> str:
        """The address of a database at the other end."""
        return f"postgresql://earmark@127.0.0.1:{self.port}/{name}"

    async def mend(self) -> None:
        """Whoever calls reaches the server."""
        self._hangs = False
        if self._listening is None:
            self._listening = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
            self.port = self._listening.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Every connection is broken, and whoever calls is refused."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.close()
        for writer in self._writers:
            writer.transport.abort()

    def hang(self) -> None:
        """Nobody notices yet, but nothing gets through any more."""
        self._hangs = True

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._door)
        self._writers |= {writer, back}
        try:
            said = Statements()
            await asyncio.gather(self._carry(reader, back, said), self._carry(there, writer))
        except ConnectionError:
            pass
        finally:
            self._writers -= {writer, back}
            back.transport.abort()
            writer.transport.abort()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: Statements | None = None
    ) -> None:
        while some := await reader.read(65_536):
            if said is not None:
                self.statements += said.read(some)
            if not self._hangs:
                writer.write(some)
                await writer.drain()
        writer.close()
