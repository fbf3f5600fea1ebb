"""Killing with -9 while clients are served: a gateway, PostgreSQL as a whole, or one of its backends."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from datasources.store import evidence
from datasources.store.embedded_cluster import postmaster
from datasources.store.unit import Store
from gateway.prove.sending import Desk
from gateway.prove.stand import Gateway
from rules.errors import StoreUnavailable

LOOK_EVERY_S, LOOKS_MAX = 0.002, 60_000
BACK_EVERY_S, BACK_LOOKS_MAX = 0.02, 3_000

Whom = Literal["gateway", "postmaster", "backend"]
TOLD: dict[Whom, str] = {
    "gateway": "a gateway was killed with -9 while {:,} calls were under way at it",
    "postmaster": "PostgreSQL's postmaster was killed with -9 while {:,} calls were under way",
    "backend": "a backend of PostgreSQL was killed with -9 while {:,} calls were under way",
}


class NotBack(RuntimeError):
    """PostgreSQL was killed, and its supervision has not brought it back."""

    def __init__(self) -> None:
        seconds = BACK_EVERY_S * BACK_LOOKS_MAX
        super().__init__(f"PostgreSQL did not answer for {seconds:.0f} s after it had been killed.")


@dataclass(frozen=True, slots=True)
class Killed:
    """A kill that was done, and how many calls were under way: at that gateway or, of PostgreSQL, at all."""

    whom: Whom
    under_way: int
    back_s: float = 0.0
    """Until the same answered again."""

    @property
    def is_of_store(self) -> bool:
        return self.whom != "gateway"

    def told(self) -> str:
        return f"{TOLD[self.whom].format(self.under_way)}; it answered again after {self.back_s:.1f} s"


@dataclass(slots=True)
class Kills:
    """What is to be killed in which order, and what was. After so many answers each has its turn."""

    order: Sequence[Whom]
    after: int
    desks: Sequence[Desk]
    gateways: Sequence[Gateway]
    store: Store
    folder: Path
    """Where the company's database lies."""
    chance: random.Random
    done: list[Killed] = field(default_factory=list)
    deadlocks: int = 0
    """Those PostgreSQL had broken before it was killed: it forgets them then."""

    @property
    def are_done(self) -> bool:
        return len(self.done) == len(self.order)

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[None]:
        """The kills go on beside the block; one that is under way at its end is brought to its own.

        Raises NotStarted and NotBack, and what the block raises.
        """
        over = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._go_on(over))
                try:
                    yield
                finally:
                    over.set()
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed  # whatever stopped the one stopped the other

    async def _go_on(self, over: asyncio.Event) -> None:
        for turn, whom in enumerate(self.order, 1):
            await self._until(turn * self.after, over)
            if over.is_set():
                return
            self.done.append(await (self._kill_gateway() if whom == "gateway" else self._kill_store(whom)))

    async def _until(self, answers: int, over: asyncio.Event) -> None:
        """So many answers were given and some call is under way, or it is over."""
        for _ in range(LOOKS_MAX):
            working = any(desk.under_way for desk in self.desks)
            if over.is_set() or (working and sum(desk.answered for desk in self.desks) >= answers):
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def _kill_gateway(self) -> Killed:
        pairs = list(zip(self.gateways, self.desks, strict=True))
        at_work = [pair for pair in pairs if pair[1].under_way]
        gateway, desk = self.chance.choice(at_work or pairs)
        under_way, began = desk.under_way, time.monotonic()
        await gateway.end(signal.SIGKILL)
        desk.address = await gateway.start()
        return Killed("gateway", under_way, time.monotonic() - began)

    async def _kill_store(self, whom: Whom) -> Killed:
        self.deadlocks += await evidence.deadlocks(self.store.pool)
        async with evidence.until_it_ends(self.store.pool):
            pid = await self._pid(whom)
            under_way, began = sum(desk.under_way for desk in self.desks), time.monotonic()
            os.kill(pid, signal.SIGKILL)
        await self._until_it_answers()
        return Killed(whom, under_way, time.monotonic() - began)

    async def _pid(self, whom: Whom) -> int:
        if whom == "backend":
            for _ in range(LOOKS_MAX):
                if (pid := await evidence.backend_at_work(self.store.pool)) is not None:
                    return pid
        pid = postmaster(self.folder / "database" / "data")
        assert pid is not None, "it answered just now"
        return pid

    async def _until_it_answers(self) -> None:
        for _ in range(BACK_LOOKS_MAX):
            with contextlib.suppress(StoreUnavailable):
                return await self.store.answers()
            await asyncio.sleep(BACK_EVERY_S)
        raise NotBack


def order_of(kills: int, store_kills: int, chance: random.Random) -> list[Whom]:
    """Gateways and PostgreSQL in a random order; of PostgreSQL the whole and one backend by turns."""
    order: list[Whom] = ["gateway"] * kills
    order += [("postmaster", "backend")[turn % 2] for turn in range(store_kills)]
    chance.shuffle(order)
    return order


def not_done(done: Sequence[Killed], kills: int, store_kills: int) -> Iterator[str]:
    """The kills that were not, or that nobody could notice, a sentence each."""
    for what, due, is_of_store in (("a gateway", kills, False), ("PostgreSQL", store_kills, True)):
        struck = sum(each.under_way > 0 for each in done if each.is_of_store is is_of_store)
        if struck < due:
            yield f"Did not happen: {due - struck} of {due} kills of {what} with calls under way."
