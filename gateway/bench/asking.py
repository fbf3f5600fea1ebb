"""Who asks: a process that sends ready-made requests over kept connections, as fast as they are answered.

Run as `python -m gateway.bench.asking`. Each line of its input is an order in JSON; it answers with one line.
It ends with its input, so it never outlives who started it.
"""

import asyncio
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import cast

import orjson
import uvloop

SECONDS_MAX = 60
UNWANTED = (b'"errors":', b'"problem":{', b'"SET_ASIDE"', b'"CONFLICT"', b'"DUPLICATE"')
"""In no answer, since every ask can be answered and every event is new."""
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Order:
    """The requests in the file are sent over so many connections for so many seconds.

    With `once` each is sent once at most, and it ends with the last of them.
    """

    port: int
    path: str
    token: str
    bodies: str
    connections: int
    seconds: float
    once: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """How it went. Times to answer are those of requests answered as asked."""

    requests: int
    failed: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_s: float
    first_failure: str


class Asker(asyncio.Protocol):
    """One connection: the next request goes out when the answer to the last one is whole."""

    def __init__(self, round_: "Round") -> None:
        self._round = round_
        self._answer = bytearray()
        self._awaited = 0
        self._sent_at = 0.0
        self._is_over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not self._awaited:
            self._awaited = _whole(self._answer)
        if self._awaited and len(self._answer) >= self._awaited:
            self._round.answered(bytes(self._answer), time.perf_counter() - self._sent_at)
            self._answer.clear()
            self._awaited = 0
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._round.closed("" if self._is_over else f"The connection was lost: {exc}")

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        request = self._round.next_request(self._sent_at)
        if request is None:
            self._is_over = True
            self._transport.close()
        else:
            self._transport.write(request)


class Round:
    """One order carried out: what is still to be sent, and what came back."""

    def __init__(self, requests: Iterator[bytes], connections: int, ends_at: float) -> None:
        self._requests = requests
        self._ends_at = ends_at
        self._open = connections
        self.times: list[float] = []
        self.failures: list[str] = []
        self.over = asyncio.Event()

    def next_request(self, now: float) -> bytes | None:
        return next(self._requests, None) if now < self._ends_at else None

    def answered(self, answer: bytes, seconds: float) -> None:
        if answer.startswith(b"HTTP/1.1 200 ") and not any(word in answer for word in UNWANTED):
            self.times.append(seconds)
        else:
            self.failures.append(answer[-400:].decode(errors="replace"))

    def closed(self, failure: str) -> None:
        if failure:
            self.failures.append(failure)
        self._open -= 1
        if self._open == 0:
            self.over.set()


def _whole(answer: bytes | bytearray) -> int:
    """How many bytes the answer has in all, or 0 while its head is not yet whole."""
    head = answer.find(b"\r\n\r\n")
    if head < 0:
        return 0
    length = LENGTH.search(answer, 0, head + 2)
    return head + 4 + int(length[1]) if length else head + 4


def request(order: Order, body: bytes) -> bytes:
    """The bytes of one request."""
    head = (
        f"POST {order.path} HTTP/1.1\r\nHost: 127.0.0.1:{order.port}\r\n"
        f"Authorization: Bearer {order.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def carry_out(order: Order, made: Sequence[bytes]) -> Asked:
    """The requests made for the order were sent; each one sent was answered, or counted as failed."""
    began, cpu_began = time.perf_counter(), time.process_time()
    ends_at = began + min(order.seconds, SECONDS_MAX)
    round_ = Round(iter(made) if order.once else cycle(made), order.connections, ends_at)
    loop = asyncio.get_running_loop()
    for _ in range(order.connections):
        await loop.create_connection(lambda: Asker(round_), "127.0.0.1", order.port)
    async with asyncio.timeout(2 * SECONDS_MAX):
        await round_.over.wait()
    cpu_s, seconds = time.process_time() - cpu_began, time.perf_counter() - began
    times = sorted(round_.times)
    return Asked(
        requests=len(times),
        failed=len(round_.failures),
        seconds=seconds,
        p50_ms=_at(times, 0.50) * 1000,
        p99_ms=_at(times, 0.99) * 1000,
        cpu_s=cpu_s,
        first_failure=next(iter(round_.failures), ""),
    )


def _at(times: list[float], share: float) -> float:
    """The time within which this share of the answers came."""
    return times[min(len(times) - 1, int(share * len(times)))] if times else 0.0


def main() -> None:
    for line in sys.stdin.buffer:
        order = Order(**orjson.loads(line))
        made = [request(order, body) for body in Path(order.bodies).read_bytes().splitlines()]
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            asked = runner.run(carry_out(order, made))
        sys.stdout.buffer.write(orjson.dumps(asdict(asked)) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
