"""Two gateways on one database of the proof's own, each a process that can be killed."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from gateway.prove.sending import Address
from gateway.prove.tied import TIED_TO
from gateway.settings import CHECKOUT

EARMARK = (sys.executable, "-m", "gateway.prove.tied")
READY_WITHIN_S = 60.0
FAREWELL_S = 30.0


class NotStarted(RuntimeError):
    """A gateway did not come up; its own words stand in the message."""

    def __init__(self, words: str) -> None:
        super().__init__(f"A gateway of the proof did not start. Its last words: {words[-400:] or 'none'}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as trying:
        port: int = trying.getsockname()[1]
        return port


@dataclass(slots=True)
class Gateway:
    """`earmark serve` in a process of its own, always at the same port."""

    folder: Path
    url: str
    program: Sequence[str] = EARMARK
    variables: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=_free_port)
    process: Process | None = None

    async def start(self) -> Address:
        """It answers. Raises NotStarted."""
        self.folder.mkdir(exist_ok=True)
        words = self.folder / "words"
        own = {**os.environ, "DATABASE_URL": self.url, "PYTHONPATH": str(CHECKOUT), **self.variables}
        own[TIED_TO] = str(os.getpid())
        with words.open("ab") as said:
            self.process = await asyncio.create_subprocess_exec(
                *(*self.program, "serve", "--json", "--port", str(self.port), "--data", str(self.folder)),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=said,
                cwd=CHECKOUT,
                env=own,
                start_new_session=True,
                limit=1_000_000,
            )
        assert self.process.stdout
        line = b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_WITHIN_S):
                line = await self.process.stdout.readline()
        if not line:
            await self.end(signal.SIGKILL)
            raise NotStarted(words.read_text(errors="replace"))
        return Address(self.port, orjson.loads(line)["tokens"])

    async def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """It has ended, after a while by force; its exit code."""
        process = self.process
        assert process is not None
        if process.returncode is None:
            process.send_signal(by)
        try:
            async with asyncio.timeout(FAREWELL_S):
                return await process.wait()
        except TimeoutError:
            process.kill()
            return await process.wait()


@asynccontextmanager
async def gateways(
    folder: Path, url: str, program: Sequence[str], variables: Mapping[str, str], count: int = 2
) -> AsyncIterator[list[Gateway]]:
    """So many that are not yet started; at the end none of them runs."""
    made = [Gateway(folder / f"gateway-{number}", url, program, variables) for number in range(count)]
    try:
        yield made
    finally:
        await asyncio.gather(*(each.end() for each in made if each.process is not None))
