"""The gateway's side of the rules process: it starts it, asks it, watches it, and ends it.

The process starts with the first table and stays warm. It is replaced after so many tables or when it has
grown, and killed when it hangs or swells. Whatever happens to it, the next table gets a new one.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gateway
from gateway.worker.failures import EngineFailed, crashed, hung, swollen
from gateway.worker.frames import LENGTH, BadFrame, framed, heading, heading_in, length_of
from rules.answers import Answers, BadAnswers, decode
from rules.errors import TooBusy
from rules.problems import BadTable, Problem

RuleFile = tuple[str, bytes, tuple[str, bytes] | None]

CHILD: Final = (sys.executable, "-m", "gateway.worker.child")
ROOT: Final = str(Path(gateway.__file__).parents[1])
LOOK_SECONDS: Final = 0.1
"""How often the memory of a process at work is looked at."""
STOP_SECONDS: Final = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a rules process. Memory is what it holds; `address_bytes` is what it may map."""

    seconds: int = 120
    memory_bytes: int = 1_000_000_000
    address_bytes: int = 3_000_000_000
    tables: int = 500
    warm_bytes: int = 300_000_000
    waiting: int = 16


class RulesWorker:
    """Evaluates rule tables, one at a time, in a process of its own. `command` starts that process."""

    def __init__(self, limits: Limits | None = None, command: Sequence[str] = CHILD) -> None:
        self._limits = limits or Limits()
        self._command = tuple(command)
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._process: Process | None = None
        self._evaluated = 0
        self._closed = False
        self.started = 0
        """Processes started so far."""

    @property
    def pid(self) -> int | None:
        """The process that is there, if any."""
        return None if self._process is None else self._process.pid

    async def evaluate(self, tables: Sequence[RuleFile], /) -> list[Answers]:
        """The engine's answers, in the order of the tables.

        Raises EngineFailed, BadTable where a file is no table, and TooBusy when too many are waiting.
        """
        if self._waiting >= self._limits.waiting:
            raise TooBusy(self._waiting)
        self._waiting += 1
        try:
            async with self._turn:
                return [await self._evaluate(table) for table in tables]
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """The process has ended, within a second; what it was at is not finished. No other is started."""
        self._closed = True
        await self._end()

    async def _evaluate(self, table: RuleFile) -> Answers:
        process = await self._running(table[0])
        try:
            said, content = await self._asked(process, table)
            answers = await _read(table[0], said, content, self._limits)
        except BaseException as failed:
            if not _said_no(failed):
                await self._end(
                    at_once=True
                )  # it is at work still, or what it says next belongs to this table
            raise
        self._evaluated += 1
        if self._evaluated >= self._limits.tables or said["rss"] > self._limits.warm_bytes:
            await self._end()
        return answers

    async def _running(self, file: str) -> Process:
        """The process, started if there is none."""
        if self._closed:
            raise _stopping(file)
        if self._process is not None and self._process.returncode is not None:
            await self._end()
        if self._process is None:
            bounds = (str(self._limits.address_bytes), str(self._limits.seconds), str(os.getpid()))
            self._process = await asyncio.create_subprocess_exec(
                *self._command, *bounds, stdin=PIPE, stdout=PIPE, env=_environment(), start_new_session=True
            )
            self.started += 1
            self._evaluated = 0
        return self._process

    async def _asked(self, process: Process, table: RuleFile) -> tuple[dict[str, Any], bytes]:
        """What the process says to the table. Raises EngineFailed."""
        asking = asyncio.ensure_future(_exchange(process, table))
        loop = asyncio.get_running_loop()
        until = loop.time() + self._limits.seconds
        try:
            while not asking.done():
                left = until - loop.time()
                if left <= 0:
                    raise hung(table[0], self._limits.seconds)
                await asyncio.wait([asking], timeout=min(left, LOOK_SECONDS))
                if rss_of(process.pid) > self._limits.memory_bytes:
                    raise swollen(table[0], self._limits.memory_bytes)
            return asking.result()
        except (asyncio.IncompleteReadError, ConnectionError) as gone:
            await self._end()
            code = await process.wait()
            raise (_stopping(table[0]) if self._closed else crashed(table[0], code)) from gone
        except BadFrame as bad:
            raise EngineFailed(table[0], "error", f"the rules engine answered with nonsense: {bad}.") from bad
        finally:
            asking.cancel()
            await asyncio.wait([asking])

    async def _end(self, *, at_once: bool = False) -> None:
        """The process is gone: asked by the end of its input, and killed where it does not listen."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        if at_once and process.returncode is None:
            process.kill()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_SECONDS / 2)
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _exchange(process: Process, table: RuleFile) -> tuple[dict[str, Any], bytes]:
    assert process.stdin is not None
    assert process.stdout is not None
    file, content, sheet = table
    name, rows = (None, b"") if sheet is None else sheet
    process.stdin.write(heading({"file": file, "sheet": name}) + framed(content) + framed(rows))
    await process.stdin.drain()
    frames = [
        await process.stdout.readexactly(length_of(await process.stdout.readexactly(LENGTH.size)))
        for _ in range(2)
    ]
    return heading_in(frames[0]), frames[1]


async def _read(file: str, said: dict[str, Any], content: bytes, limits: Limits) -> Answers:
    """The answers told by the heading and the content. Raises EngineFailed and BadTable."""
    try:
        match said["said"]:
            case "answers":
                return await asyncio.to_thread(decode, content)
            case "problems":
                problems = [Problem(*each) for each in said["problems"]]
            case "limit":
                raise EngineFailed(file, "limit", said["message"])
            case "memory":
                raise swollen(file, limits.memory_bytes)
            case _:
                raise EngineFailed(file, "error", f"the rules engine failed: {said['message']}.")
    except (BadAnswers, KeyError, TypeError) as bad:
        raise EngineFailed(file, "error", f"the rules engine answered with nonsense: {bad}.") from bad
    raise BadTable(problems)


def _said_no(failed: BaseException) -> bool:
    """Whether the process itself refused the table, and is as good as before."""
    return isinstance(failed, BadTable) or (isinstance(failed, EngineFailed) and failed.reason == "limit")


def _stopping(file: str) -> EngineFailed:
    return EngineFailed(file, "error", "the gateway is being stopped, and evaluates no more tables.")


def _environment() -> dict[str, str]:
    """What the process is told of the world: where Python's modules lie, and no secret."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "SYSTEMROOT") if name in os.environ}
    return kept | {"PYTHONPATH": ROOT, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def rss_of(pid: int) -> int:
    """The memory a process holds, in bytes; 0 where that cannot be known."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
