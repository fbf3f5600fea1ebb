"""The day is played: each step at its second, shoppers side by side, the systems' events in their order."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from gateway.live.day import CLOSES, OPENS, Ask, Step, day
from gateway.live.http import Gateway, GatewayUnreachable, Refused
from gateway.live.known import find_out
from gateway.live.work import Event

ASKS_AT_ONCE_MAX = 32
BATCH_MAX = 100
WAITING_MAX = 1_000
TIMES_KEPT = 5_000
SAID_EVERY_S = 5.0
REASONS_KEPT = 5
TRIES_MAX = 30
PAUSE_S = 1.0
"""Events are sent again while the gateway is away: so often, and after so long each time."""

UNREACHABLE = "UNREACHABLE"
NOT_SOLD_HERE = "NOT_STOCKED"
"""A store does not carry the item: an answer like any other no."""

ASK = """query Live($lines: [AvailabilityLineInput!]!, $channel: String!) {
  availability(lines: $lines, channel: $channel) {
    lines { sku promisable earliest problem { code } }
  }
}"""
TELL = """mutation Live($events: [EventInput!]!) {
  receive(events: $events) { receipts { eventId outcome reason } }
}"""


class Pace(Protocol):
    """How time goes by."""

    def now(self) -> float:
        """Return the seconds since some beginning."""
        ...

    async def wait_until(self, second: float) -> None:
        """Return when it is that late."""
        ...


class TruePace:
    """Time as it is."""

    def now(self) -> float:
        """Return the seconds of the machine's clock."""
        return time.monotonic()

    async def wait_until(self, second: float) -> None:
        """Return when it is that late."""
        await asyncio.sleep(max(0.0, second - self.now()))


@dataclass(frozen=True, slots=True)
class Play:
    """How a day is played: so long, about so many things a second, the same for the same seed."""

    minutes: float = 10
    rate: float = 10
    seed: int = 1
    run: str = "1"


@dataclass(slots=True)
class Figures:
    """What came of it so far."""

    asks: int = 0
    lines: int = 0
    whole: int = 0
    """Lines of which all could be promised for the wanted day."""
    applied: int = 0
    """Events that have their effect."""
    refusals: Counter[str] = field(default_factory=Counter)
    """What was not answered or not applied, by code."""
    reasons: deque[str] = field(default_factory=lambda: deque(maxlen=REASONS_KEPT))
    times_ms: deque[float] = field(default_factory=lambda: deque(maxlen=TIMES_KEPT))

    def refuse(self, code: str, reason: str) -> None:
        """One more thing was not answered or not applied."""
        self.refusals[code] += 1
        self.reasons.append(reason)

    def percentile(self, percent: int) -> float:
        """Return the time within which so many of a hundred of the latest asks were answered."""
        ordered = sorted(self.times_ms)
        return ordered[(len(ordered) - 1) * percent // 100] if ordered else 0.0

    def __str__(self) -> str:
        return (
            f"asks {self.asks:,} ({self.whole:,} of {self.lines:,} lines whole on the day)  "
            f"events {self.applied:,}  refusals {self.refusals.total():,}  "
            f"p50 {self.percentile(50):.1f} ms  p99 {self.percentile(99):.1f} ms"
        )


async def play(
    gateway: Gateway, chosen: Play, say: Callable[[str], None], pace: Pace | None = None
) -> Figures:
    """Return the figures of the day, which has been played, or stopped: then they were said.

    Raises NotTheDemo, and GatewayUnreachable where nobody answers in the beginning or for half a minute.
    """
    known = await find_out(gateway)
    seconds = chosen.minutes * 60
    say(f"Playing a day of the demo company in {chosen.minutes:g} minutes. Ctrl-C ends it.")
    stage = _Stage(gateway, pace or TruePace(), Figures())
    steps = day(known, chosen.seed, chosen.run, rate=chosen.rate, seconds=seconds)
    try:
        await stage.perform(steps, seconds, say)
    finally:
        say(f"The day is over: {stage.figures}")
        for reason in stage.figures.reasons:
            say(f"  refused: {reason}")
    return stage.figures


@dataclass(slots=True)
class _Stage:
    """A play under way."""

    gateway: Gateway
    pace: Pace
    figures: Figures
    _told: asyncio.Queue[Event | None] = field(default_factory=lambda: asyncio.Queue(WAITING_MAX))
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ASKS_AT_ONCE_MAX))

    async def perform(self, steps: Iterable[Step], seconds: float, say: Callable[[str], None]) -> None:
        """Every step was taken, and its figures counted. Raises GatewayUnreachable."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._tell_all())
                await self._take(steps, seconds, say, group)
                await self._told.put(None)
        except* GatewayUnreachable as away:
            raise away.exceptions[0] from None

    async def _take(
        self, steps: Iterable[Step], seconds: float, say: Callable[[str], None], group: asyncio.TaskGroup
    ) -> None:
        begun, say_at = self.pace.now(), SAID_EVERY_S
        for step in steps:
            await self.pace.wait_until(begun + step.second)
            if step.second >= say_at:
                say(f"{clock_at(step.second / seconds)}  {self.figures}")
                say_at = step.second + SAID_EVERY_S
            if isinstance(step, Ask):
                await self._room.acquire()
                group.create_task(self._ask(step))
            else:
                await self._told.put(step.event)

    async def _ask(self, step: Ask) -> None:
        begun = time.perf_counter()
        try:
            data = await self.gateway.ask("storefront", ASK, {"lines": step.lines, "channel": step.channel})
        except GatewayUnreachable as away:
            self.figures.refuse(UNREACHABLE, str(away))
        except Refused as refused:
            self.figures.refuse(refused.code, str(refused))
        else:
            self.figures.times_ms.append((time.perf_counter() - begun) * 1000)
            self._count(step.lines, data["availability"]["lines"])
        finally:
            self._room.release()

    def _count(self, asked: Sequence[Event], answered: Sequence[Mapping[str, Any]]) -> None:
        self.figures.asks += 1
        self.figures.lines += len(answered)
        for ask, line in zip(asked, answered, strict=True):
            if line["problem"] and line["problem"]["code"] != NOT_SOLD_HERE:
                self.figures.refuse(line["problem"]["code"], f"{line['sku']}: {line['problem']['code']}")
            elif not line["problem"] and Decimal(line["promisable"]) >= Decimal(ask["quantity"]):
                self.figures.whole += 1

    async def _tell_all(self) -> None:
        """Tell of every event in order, those that wait together in one request, until there are no more."""
        more = True
        while more:
            waiting = [await self._told.get()]
            while len(waiting) < BATCH_MAX and not self._told.empty():
                waiting.append(self._told.get_nowait())
            events = [event for event in waiting if event is not None]
            more = len(events) == len(waiting)
            if events:
                await self._tell(events)

    async def _tell(self, events: Sequence[Event]) -> None:
        """The events have their receipts; while the gateway is away they are sent again."""
        for _ in range(TRIES_MAX - 1):
            with suppress(GatewayUnreachable):
                return await self._tell_once(events)
            await self.pace.wait_until(self.pace.now() + PAUSE_S)
        return await self._tell_once(events)

    async def _tell_once(self, events: Sequence[Event]) -> None:
        try:
            data = await self.gateway.ask("integrator", TELL, {"events": events})
        except Refused as refused:
            self.figures.refuse(refused.code, str(refused))
            return
        for receipt in data["receive"]["receipts"]:
            if receipt["outcome"] in ("APPLIED", "DUPLICATE"):
                self.figures.applied += 1
            else:
                self.figures.refuse(receipt["outcome"], f"{receipt['eventId']}: {receipt['reason']}")


def clock_at(part: float) -> str:
    """Return the time of the played day when this part of it is over."""
    minutes = OPENS * 60 + int(part * (CLOSES - OPENS) * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"
