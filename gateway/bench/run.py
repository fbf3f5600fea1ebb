"""The whole run: grounds are made, cells are measured, and the figures come back as plain values.

What is compared is measured in turns within one run, so that a machine that is busy is busy for all of them.
"""

import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datasources.store.embedded_programs import version
from gateway.bench import asking, company, figures, simulating
from gateway.bench.cells import Asker, Cell, together
from gateway.bench.cpu import resident_mb
from gateway.bench.figures import COMPARED_AT, Bulk, Figures, Loading
from gateway.bench.ground import Ground, ground, started
from gateway.bench.plan import Plan
from gateway.bench.ruling import measure_rules
from gateway.bench.simulating import Simulated
from rules.bulk import cumulative_with_look_ahead

Say = Callable[[str], None]

EVENTS_PER_REQUEST = 100
EVENT_CONNECTIONS = 4
CART_CONNECTIONS = 200
HORIZON_DAYS = 90
BULK_TURNS = 5


async def measure(plan: Plan, say: Say) -> Figures:
    """All in the plan was measured, and nothing that was started is left.

    Raises EmbeddedUnavailable, and ProcessEnded where a part of the bench broke down.
    """
    began, busy_before = time.monotonic(), os.getloadavg()
    with _own_folder() as folder:
        async with AsyncExitStack() as stack:
            bench = await _ready(plan, folder, stack, say)
            cells = [
                *await bench.touch(),
                *await bench.beside(),
                *await bench.compare(),
                *await bench.explain(),
                *await bench.reserve(),
                *(simulated := await bench.simulate())[1],
                await bench.receive(),
            ]
            loads = [_loading(bench.small), _loading(bench.large)]
    say("bulk ATP")
    bulk = measure_bulk(plan.positions)
    say("rules: decisions, batches of facts, tables and books brought into force")
    rules = await measure_rules(plan.rows, plan.facts)
    machine = _machine() | {
        "load_before": busy_before,
        "load_after": os.getloadavg(),
        "seconds": time.monotonic() - began,
    }
    return Figures(machine, plan, cells, bulk, loads, rules, simulated[0], EVENTS_PER_REQUEST)


@contextmanager
def _own_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="earmark-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _ready(plan: Plan, folder: Path, stack: AsyncExitStack, say: Say) -> "_Bench":
    grounds = []
    for name, size in (("small", plan.small), ("large", plan.large)):
        say(f"loading a company of {size:,} items")
        grounds.append(await stack.enter_async_context(ground(folder / name, size, plan.lines)))
    process = await stack.enter_async_context(started("gateway.bench.asking"))
    return _Bench(plan, grounds[0], grounds[1], Asker(process, folder), say)


@dataclass(frozen=True, slots=True)
class _Asks:
    """Requests of one size for one place of one gateway."""

    what: str
    lines: int
    on: Ground
    path: str
    bodies: str


class _Bench:
    """Two gateways that answer and a process that asks."""

    def __init__(self, plan: Plan, small: Ground, large: Ground, asker: Asker, say: Say) -> None:
        self.plan = plan
        self.small = small
        self.large = large
        self._asker = asker
        self._say = say

    def _asks(
        self, what: str, lines: int, on: Ground, path: str = "/graphql", document: str = company.ASK
    ) -> _Asks:
        bodies = self._asker.keep(f"{what}-{lines}", company.asks(document, lines, on.items))
        return _Asks(what, lines, on, path, bodies)

    async def _cell(
        self, asks: _Asks, seconds: float, connections: int = COMPARED_AT, *, once: bool = False
    ) -> Cell:
        token = asks.on.tokens["storefront"]
        order = asking.Order(asks.on.port, asks.path, token, asks.bodies, connections, seconds, once)
        return await self._asker.cell(asks.what, asks.lines, asks.on, order)

    async def _warm(self, asks: _Asks) -> None:
        """The document is known and what it needs is in memory."""
        await self._cell(asks, self.plan.seconds / 10, 1)

    async def touch(self) -> list[Cell]:
        """Each item that is traded is asked about for the first time, in asks of middle size."""
        self._say("asking about each item for the first time")
        lines = self.plan.lines[len(self.plan.lines) // 2]
        grounds = ((figures.FIRST, self.small), (figures.FIRST_LARGE, self.large))
        asks = [self._asks(what, lines, on) for what, on in grounds]
        return [await self._cell(each, asking.SECONDS_MAX, once=True) for each in asks]

    async def beside(self) -> list[Cell]:
        """The grid: each size of ask over each number of connections, beside what it is compared with."""
        cells = []
        places = ((figures.EARMARK, "/graphql"), (figures.MEMORY, "/memory"), (figures.ECHO, "/echo"))
        for lines in self.plan.lines:
            self._say(f"asks of {lines}, beside an answer from memory and an echo")
            asks = [self._asks(what, lines, self.small, path) for what, path in places]
            for each in asks:
                await self._warm(each)
            for connections in self.plan.connections:
                cells += [await self._cell(each, self.plan.seconds, connections) for each in asks]
        return cells

    async def compare(self) -> list[Cell]:
        """Each size of ask as served, without a part of it, delivered, and in the large company, in turns."""
        cells, count = [], self.plan.turns
        for lines in self.plan.lines:
            self._say(f"asks of {lines}: no spans, no log, by constants, delivered, in the large company")
            asks = [
                self._asks(figures.SERVED, lines, self.small),
                self._asks(figures.UNTRACED, lines, self.small, "/untraced"),
                self._asks(figures.UNLOGGED, lines, self.small, "/unlogged"),
                self._asks(figures.CONSTANT, lines, self.small, "/constants"),
                self._asks(figures.DELIVERED, lines, self.small, document=company.DELIVERED),
                self._asks(figures.LARGE, lines, self.large),
            ]
            for each in asks:
                await self._warm(each)
            turns = [
                [await self._cell(each, 2 * self.plan.seconds / count) for each in asks] for _ in range(count)
            ]
            cells += [together(of_one) for of_one in zip(*turns, strict=True)]
        return cells

    async def explain(self) -> list[Cell]:
        """Each size of ask with its explanation."""
        self._say("asks with their explanation")
        cells = []
        for lines in self.plan.lines:
            asks = self._asks(figures.EXPLAINED, lines, self.small, document=company.EXPLAINED)
            await self._warm(asks)
            cells.append(await self._cell(asks, self.plan.seconds))
        return cells

    async def simulate(self) -> tuple[Simulated, list[Cell]]:
        """A log is decided again in the bench's own process; and again in the gateway, while it answers asks.

        The asks beside it are told only where it was still under way when they ended.
        """
        self._say(f"{self.plan.inquiries:,} inquiries to be decided again")
        deps = self.small.deps
        await simulating.log(deps, self.plan.inquiries, self.small.items)
        version = await simulating.draft(deps)
        self._say("a simulation, alone and beside asks")
        found = await simulating.decided_again(deps, version)
        asks = [self._asks(what, 1, self.small) for what in (figures.ALONE, figures.BESIDE)]
        alone = await self._cell(asks[0], self.plan.seconds)
        bodies = self._asker.keep("simulate", [simulating.start(version)])
        token = self.small.tokens["analyst"]
        order = asking.Order(self.small.port, "/graphql", token, bodies, 1, 1, once=True)
        started = await self._asker.carry_out(order)
        assert not started.failed, started.first_failure
        beside = await self._cell(asks[1], self.plan.seconds)
        return found, [alone] if await simulating.has_ended(deps, version) else [alone, beside]

    async def reserve(self) -> list[Cell]:
        """Carts of one unit: all of the item that everybody wants, then each of another one."""
        self._say("reservations")
        items = [company.sku(number) for number in company.traded(self.small.items)]
        kinds = {figures.RESERVE_HOT: [company.HOT], figures.RESERVE_MANY: items}
        return [await self._carts(what, skus) for what, skus in kinds.items()]

    async def _carts(self, what: str, skus: Sequence[str]) -> Cell:
        order = asking.Order(
            self.small.port,
            "/graphql",
            self.small.tokens["storefront"],
            self._asker.keep("carts", company.carts(what, self.plan.carts, skus)),
            CART_CONNECTIONS,
            4 * self.plan.seconds,
            once=True,
        )
        return await self._asker.cell(what, 1, self.small, order)

    async def receive(self) -> Cell:
        """New events are taken in and have their effect."""
        self._say("events")
        bodies = company.events(self.plan.event_requests, EVENTS_PER_REQUEST, self.small.items)
        order = asking.Order(
            self.small.port,
            "/graphql",
            self.small.tokens["integrator"],
            self._asker.keep("events", bodies),
            EVENT_CONNECTIONS,
            4 * self.plan.seconds,
            once=True,
        )
        return await self._asker.cell(figures.RECEIVE, 0, self.small, order)


def measure_bulk(positions: int) -> Bulk:
    """ATP of so many (item, site) over the horizon, in memory: the best of several turns."""
    draw = np.random.default_rng(7)
    shape = (HORIZON_DAYS, positions)
    tables = [draw.integers(0, most, shape, np.int64) for most in (500, 20, 20, 10)]
    times = []
    for _ in range(BULK_TURNS):
        began = time.perf_counter()
        cumulative_with_look_ahead(*tables)
        times.append(time.perf_counter() - began)
    return Bulk(positions, HORIZON_DAYS, 1000 * min(times))


def _loading(on: Ground) -> Loading:
    return Loading(on.items, on.rows, on.load_s, on.rows / on.load_s, resident_mb(on.gateway))


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "postgresql": version(),
    }
