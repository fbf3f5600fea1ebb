"""A proof from end to end: gateways of its own, buyers, the books, the verdict, and nothing left running."""

import asyncio
import logging
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from datasources.store import evidence
from datasources.store.unit import Store
from gateway.prove.asking import Asking
from gateway.prove.buyers import Buyers
from gateway.prove.checker import Bounds, Report, check
from gateway.prove.deeds import Deeds
from gateway.prove.faults import Seen, judged_with, missing, not_yet, seen
from gateway.prove.history import History, Recorder
from gateway.prove.killing import Killed, Kills, not_done, order_of
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
MORE_BUYERS = 60
"""So many come at a time while something has not happened yet."""
SEARCH = Bounds(steps_per_item=5_000, steps_in_all=20_000)
"""Answers of Earmark carry their order; where that does not fit, it is a finding before any search."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is let loose.

    So often with -9 and at work is killed: a gateway (`kills`), and PostgreSQL (`store_kills`), whole or a
    backend of it by turns.
    """

    buyers: int = 5_000
    """At the least: more come, for up to `seconds`, until all that is to be shown has happened."""
    seconds: float = 60.0
    seed: int = 1
    kills: int = 0
    store_kills: int = 0
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
    killed: Sequence[Killed]
    lost: int
    """Calls whose connection broke."""
    put_off: int
    """Calls that were told to come again."""
    seconds: float


async def prove(plan: Plan, say: Say) -> Proof:
    """The buyers came, the gateways have ended, the books were read, and all of it is judged.

    Raises EmbeddedUnavailable, NotStarted, NobodyListens, NotBack, NeverQuiet, and Unexpected for an answer
    of no use.
    """
    with _own_folder() as folder:
        shop = Shop.for_buyers(plan.buyers)
        if plan.store_kills:  # on purpose: that connections break off is no news
            logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
        async with opened(Settings(folder / "company"), _quietly) as runtime:
            await sync(runtime.deps, shop, datetime.now(UTC).date(), _quietly)
            sequences = await evidence.sequences(runtime.deps.store.pool)
            async with gateways(folder, runtime.url, plan.program, plan.variables) as at:
                say(f"two gateways; {plan.buyers:,} buyers come for up to {plan.seconds:g} s")
                load = await _load(plan, at, runtime.deps.store, folder / "company")
            say("reading the books")
            books = await read_books(runtime.deps.store)
            deadlocks = load.kills.deadlocks + await evidence.deadlocks(runtime.deps.store.pool)
    say(f"judging {len(load.recorder.events):,} events")
    history = History(shop.start, tuple(load.recorder.events), books, CLOCK_ERROR_US, sequences)
    found, deeds = seen(history, deadlocks), load.buyers.asking.deeds
    report = await asyncio.to_thread(check, history, SEARCH)
    killed = load.kills.done
    lacking = [*missing(deeds, found), *not_done(killed, plan.kills, plan.store_kills)]
    report = judged_with(report, found, lacking)
    lost, put_off = sum(desk.lost for desk in load.desks), sum(desk.put_off for desk in load.desks)
    return Proof(plan, history, report, deeds, found, killed, lost, put_off, load.seconds)


@dataclass(slots=True)
class _Load:
    recorder: Recorder
    desks: list[Desk]
    buyers: Buyers
    kills: Kills
    seconds: float = 0.0

    def has_shown_all(self) -> bool:
        """As far as calls alone tell; nobody has one under way."""
        found = seen(History({}, tuple(self.recorder.events)), deadlocks=0)
        return self.kills.are_done and not any(not_yet(self.buyers.asking.deeds, found))


async def _load(plan: Plan, at: Sequence[Gateway], store: Store, folder: Path) -> _Load:
    """All who had come have been served; the gateways still run.

    However crowded the machine is: more come until all has happened that is to be shown, or the time is up.
    """
    addresses = await asyncio.gather(*(gateway.start() for gateway in at))
    recorder, wanted = Recorder(), datetime.now(UTC).date() + timedelta(days=1)
    desks = [Desk(number, address, recorder, wanted) for number, address in enumerate(addresses)]
    chance = random.Random(f"kills {plan.seed}")  # noqa: S311
    order = order_of(plan.kills, plan.store_kills, chance)
    kills = Kills(order, plan.buyers // (len(order) + 1), desks, at, store, folder, chance)
    load = _Load(recorder, desks, Buyers(Asking(desks, random.Random(plan.seed))), kills)  # noqa: S311
    began = time.monotonic()
    until = began + plan.seconds
    async with kills.beside():
        await load.buyers.come(plan.buyers, until)
        while time.monotonic() < until and not load.has_shown_all():
            await load.buyers.come(MORE_BUYERS, until)
    load.seconds = time.monotonic() - began
    close_all(desks)
    return load


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
    if proof.put_off:
        yield f"  {proof.put_off:,} calls were told to come again, as the store did not answer"
    for each in proof.killed:
        yield f"  {each.told()}"
    if proof.deeds.came < proof.plan.buyers:
        short = proof.plan.buyers - proof.deeds.came
        yield f"  {short:,} buyers did not come: the time was up. Give it more with --seconds."
