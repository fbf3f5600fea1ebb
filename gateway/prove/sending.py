"""Calls on record: each is written down before it is sent, and again when it ends."""

import asyncio
import contextlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from gateway.prove import wire
from gateway.prove.history import Act, Ask, Ending, Outcome, Recorder

AT_ONCE = 64
"""Calls under way at one gateway."""
PATIENCE_S = 20.0
CALL_AGAIN_S, CALLS_MAX = 0.05, 600
HEAD_MAX = 64_000
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)

Ended = tuple[Ending, Outcome | None]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a gateway answers, and its tokens by role. It may die and come back there."""

    port: int
    tokens: Mapping[str, str]


class NobodyListens(RuntimeError):
    """No gateway could be reached."""

    def __init__(self, port: int) -> None:
        seconds = CALL_AGAIN_S * CALLS_MAX
        super().__init__(
            f"Nobody listened at 127.0.0.1:{port} for {seconds:.0f} s, so the proof cannot go on."
        )


@dataclass(slots=True)
class Connection:
    """One kept connection to a gateway."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, port: int) -> "Connection":
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=HEAD_MAX))

    async def send(self, address: Address, act: Act, content: bytes) -> None:
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{address.port}\r\n"
            f"Authorization: Bearer {address.tokens[wire.ROLES.get(act, wire.ROLE)]}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self.writer.write(head.encode() + content)
        await self.writer.drain()

    async def hear(self) -> bytes:
        """The answer's body. Raises OSError or EOFError where it breaks off."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        if length is None:
            raise wire.Unexpected(head)
        return await self.reader.readexactly(int(length[1]))

    def drop(self) -> None:
        self.writer.close()


@dataclass(slots=True)
class Desk:
    """One gateway as the buyers see it."""

    number: int
    address: Address
    recorder: Recorder
    wanted: date
    under_way: int = 0
    answered: int = 0
    lost: int = 0
    """Calls whose connection broke before the answer."""
    put_off: int = 0
    """Calls that were told to come again."""
    _idle: list[Connection] = field(default_factory=list)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def call(
        self, client: str, ask: Ask, key: str | None, *, hang_up: bool = False, in_turn: bool = True
    ) -> Ended:
        """How the call ended. With `hang_up` nobody waits for the answer, so it is unknown.

        Of those that go `in_turn` AT_ONCE are under way; the others go out at once.
        """
        async with self._turns if in_turn else contextlib.nullcontext():
            connection = self._idle.pop() if self._idle else await self._connected()
            number = self.recorder.invoke(client, _now_us(), ask, key)
            self.under_way += 1
            answer = None
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await connection.send(self.address, ask.act, wire.body(ask, key or "", self.wanted))
                    answer = None if hang_up else await connection.hear()
            except (OSError, EOFError):  # a TimeoutError is an OSError
                self.lost += 1
            finally:
                self.under_way -= 1
                if answer is None:
                    connection.drop()
                ended_us = _now_us()
                kind, outcome = ("unknown", None) if answer is None else wire.read(answer, ask)
                self.recorder.end(number, client, ended_us, kind, outcome)
            if answer is not None:
                self.answered += 1
                self.put_off += kind == "unknown"
                self._idle.append(connection)
            return kind, outcome

    async def _connected(self) -> Connection:
        """While nobody listens nothing is sent, so nothing is on record either."""
        for _ in range(CALLS_MAX):
            with contextlib.suppress(OSError):
                return await Connection.to(self.address.port)
            await asyncio.sleep(CALL_AGAIN_S)
        raise NobodyListens(self.address.port)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().drop()


def _now_us() -> int:
    return time.time_ns() // 1000


def close_all(desks: Sequence[Desk]) -> None:
    """No connection is open any more."""
    for desk in desks:
        desk.close()
