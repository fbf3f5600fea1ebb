"""A proof from end to end: gateways of its own, buyers, the books, the verdict, and nothing left running."""

import asyncio
import contextlib
import random
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from datasources.store import evidence
from gateway.prove.buyers import Buyers, Deeds
from gateway.prove.checker import Bounds, Report, check
from gateway.prove.faults import Seen, judged_with, missing, seen
from gateway.prove.history import Books, History, Recorder
from gateway.prove.reading import read_books
from gateway.prove.report import told
from gateway.prove.sending import Desk, close_all
from gateway.prove.shop import Shop
from gateway.prove.stand import EARMARK, Gateway, gateways
from gateway.runtime import opened
from gateway.settings import Settings
from resolvers.flows.sync import sync

Say = Callable[[str], None]

CLOCK_ERROR_US = 2_000
"""Clients and database have the clock of one machine; so much it may be set right by during a call."""
SEARCH = Bounds(steps_per_item=5_000, steps_in_all=20_000)
"""Answers of Earmark carry their order; where that does not fit, it is a finding before any search."""
LOOK_EVERY_S, LOOKS_MAX = 0.002, 60_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is let loose. `kills`: so often a gateway is killed with -9 at work and started again."""

    buyers: int = 5_000
    seconds: float = 60.0
    seed: int = 1
    kills: int = 0
    program: Sequence[str] = EARMARK
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proof:
    """What was recorded and what is to be thought of it."""

    plan: Plan
    history: History
    report: Report
    deeds: Deeds
    seen: Seen
    killed_at: Sequence[int]
    """Calls under way at that gateway when it was killed, for each kill."""
    lost: int
    """Calls whose connection broke."""
    seconds: float


async def prove(plan: Plan, say: Say) -> Proof:
    """The buyers came, the gateways have ended, the books were read, and all of it is judged.

    Raises EmbeddedUnavailable, NotStarted, NobodyListens, NeverQuiet, and Unexpected for an answer of no use.
    """
    with _own_folder() as folder:
        shop = Shop.for_buyers(plan.buyers)
        async with opened(Settings(folder / "company"), _quietly) as runtime:
            await sync(runtime.deps, shop, datetime.now(UTC).date(), _quietly)
            async with gateways(folder, runtime.url, plan.program, plan.variables) as at:
                say(f"two gateways; {plan.buyers:,} buyers come for up to {plan.seconds:g} s")
                load = await _load(plan, at)
            say("reading the books")
            books = await read_books(runtime.deps.store)
            deadlocks = await evidence.deadlocks(runtime.deps.store.pool)
    say(f"judging {len(load.recorder.events):,} events")
    history = load.history(shop, books)
    found, deeds = seen(history, deadlocks), load.buyers.deeds
    report = await asyncio.to_thread(check, history, SEARCH)
    report = judged_with(report, found, list(missing(deeds, found, plan.kills, load.killed_at)))
    lost = sum(desk.lost for desk in load.desks)
    return Proof(plan, history, report, deeds, found, load.killed_at, lost, load.seconds)


@dataclass(slots=True)
class _Load:
    recorder: Recorder
    desks: list[Desk]
    buyers: Buyers
    killed_at: list[int] = field(default_factory=list)
    seconds: float = 0.0

    def history(self, shop: Shop, books: Books) -> History:
        return History(shop.start, tuple(self.recorder.events), books, CLOCK_ERROR_US)


async def _load(plan: Plan, at: Sequence[Gateway]) -> _Load:
    """All who had come have been served; the gateways still run."""
    addresses = await asyncio.gather(*(gateway.start() for gateway in at))
    recorder, wanted = Recorder(), datetime.now(UTC).date() + timedelta(days=1)
    desks = [Desk(number, address, recorder, wanted) for number, address in enumerate(addresses)]
    load = _Load(recorder, desks, Buyers(desks, random.Random(plan.seed)))  # noqa: S311
    began = time.monotonic()
    async with _killing(plan, at, load):
        await load.buyers.come(plan.buyers, began + plan.seconds)
    load.seconds = time.monotonic() - began
    close_all(desks)
    return load


@contextlib.asynccontextmanager
async def _killing(plan: Plan, at: Sequence[Gateway], load: _Load) -> AsyncIterator[None]:
    """Beside the block gateways are killed, spread evenly over the answers that can be expected."""
    chance = random.Random(f"kills {plan.seed}")  # noqa: S311
    task = asyncio.create_task(_kill(plan, at, load, chance))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _kill(plan: Plan, at: Sequence[Gateway], load: _Load, chance: random.Random) -> None:
    for turn in range(plan.kills):
        due = (turn + 1) * plan.buyers // (plan.kills + 1)
        gateway, desk = chance.choice(list(zip(at, load.desks, strict=True)))
        for _ in range(LOOKS_MAX):
            if sum(each.answered for each in load.desks) >= due and desk.under_way:
                break
            await asyncio.sleep(LOOK_EVERY_S)
        load.killed_at.append(desk.under_way)
        await gateway.end(signal.SIGKILL)
        desk.address = await gateway.start()


@contextmanager
def _own_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="earmark-prove-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _quietly(_: str) -> None:
    """Progress is told by the proof itself."""


def lines(proof: Proof) -> Iterator[str]:
    """The report: the verdict first, then what was let loose."""
    yield from told(proof.report).splitlines()
    yield f"Let loose for {proof.seconds:.1f} s on two gateways over HTTP, seed {proof.plan.seed}:"
    for deed in (*proof.deeds.told(), *proof.seen.told()):
        yield f"  {deed}"
    if proof.lost:
        yield f"  {proof.lost:,} calls lost their connection before the answer"
    for under_way in proof.killed_at:
        yield f"  a gateway was killed with -9 while {under_way:,} calls were under way at it"
    if proof.deeds.came < proof.plan.buyers:
        short = proof.plan.buyers - proof.deeds.came
        yield f"  {short:,} buyers did not come: the time was up. Give it more with --seconds."
