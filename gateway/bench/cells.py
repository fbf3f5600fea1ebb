"""One cell of the table: the same requests for a while, and what they cost."""

from asyncio.subprocess import Process
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import orjson

from gateway.bench import asking, cpu
from gateway.bench.ground import Ground, told


@dataclass(frozen=True, slots=True)
class Cell:
    """What the requests cost. Processor times are per request, and None where they are not known.

    `asker_busy` is the share of one processor that asking took: near 1, it was the asker that was measured.
    """

    what: str
    lines: int
    connections: int
    requests: int
    failed: int
    seconds: float
    per_s: float
    p50_ms: float
    p99_ms: float
    gateway_ms: float | None
    postgresql_ms: float | None
    asker_busy: float
    first_failure: str


class Asker:
    """The process that asks, and the folder where it finds the requests."""

    def __init__(self, process: Process, folder: Path) -> None:
        self._process = process
        self._folder = folder

    def keep(self, name: str, bodies: Iterable[bytes]) -> str:
        """The bodies are in a file, one a line; its path."""
        path = self._folder / name
        path.write_bytes(b"\n".join(bodies))
        return str(path)

    async def carry_out(self, order: asking.Order) -> asking.Asked:
        """The order was carried out. Raises ProcessEnded."""
        assert self._process.stdin
        self._process.stdin.write(orjson.dumps(asdict(order)) + b"\n")
        await self._process.stdin.drain()
        return asking.Asked(**await told(self._process))

    async def cell(self, what: str, lines: int, ground: Ground, order: asking.Order) -> Cell:
        """The order was carried out on that ground; what each of its requests cost."""
        before = _used(ground)
        asked = await self.carry_out(order)
        gateway_s, postgresql_s = (_spent(then, now) for then, now in zip(before, _used(ground), strict=True))
        return Cell(
            what=what,
            lines=lines,
            connections=order.connections,
            requests=asked.requests,
            failed=asked.failed,
            seconds=asked.seconds,
            per_s=asked.requests / asked.seconds,
            p50_ms=asked.p50_ms,
            p99_ms=asked.p99_ms,
            gateway_ms=_per_request_ms(gateway_s, asked.requests),
            postgresql_ms=_per_request_ms(postgresql_s, asked.requests),
            asker_busy=asked.cpu_s / asked.seconds,
            first_failure=asked.first_failure,
        )


def together(turns: Sequence[Cell]) -> Cell:
    """Turns of the same requests as one cell: the middle one by cost, so that no single disturbance decides.

    Requests and failures are those of all turns.
    """
    middle = sorted(turns, key=_cost_ms)[len(turns) // 2]
    return replace(
        middle,
        requests=sum(turn.requests for turn in turns),
        failed=sum(turn.failed for turn in turns),
        seconds=sum(turn.seconds for turn in turns),
        asker_busy=max(turn.asker_busy for turn in turns),
        first_failure=next((turn.first_failure for turn in turns if turn.failed), ""),
    )


def _cost_ms(cell: Cell) -> float:
    """Processor time a request; where that is not known, what orders turns the same way: their rate."""
    return (cell.gateway_ms or 0) + (cell.postgresql_ms or 0) or -cell.per_s


def _used(ground: Ground) -> tuple[float | None, float | None]:
    return cpu.used_s(ground.gateway), cpu.used_by_server_s(ground.postmaster)


def _spent(then: float | None, now: float | None) -> float | None:
    return None if then is None or now is None else now - then


def _per_request_ms(seconds: float | None, requests: int) -> float | None:
    return None if seconds is None or not requests else 1000 * seconds / requests
