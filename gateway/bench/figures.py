"""What a run measured, and what follows from it: ratios, which outlive the machine they were taken on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gateway.bench.cells import Cell
from gateway.bench.plan import Plan
from gateway.bench.ruling import RulesCost
from gateway.bench.simulating import Simulated

COMPARED_AT = 16
"""Connections over which things are compared."""
EARMARK, MEMORY, ECHO = "earmark", "from memory", "echo"
SERVED, UNTRACED, UNLOGGED, LARGE = "as served", "without spans", "without the log", "large company"
CONSTANT = "constants, no book"
DELIVERED = "delivered"
ALONE, BESIDE = "before a simulation", "beside a simulation"
EXPLAINED, FIRST, FIRST_LARGE, RECEIVE = "explained", "first touch", "first touch, large company", "receive"
RESERVE_HOT, RESERVE_MANY = "reserve, one item", "reserve, items in turn"


@dataclass(frozen=True, slots=True)
class Loading:
    """How long a company of `items` items took to load."""

    items: int
    rows: int
    seconds: float
    rows_per_s: float
    gateway_mb: float | None
    """Memory of its gateway after the run."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """ATP of so many (item, site) over so many days, in memory."""

    positions: int
    days: int
    ms: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """One figure over another of the same run, and what is aimed at, where something is."""

    name: str
    lines: int
    ratio: float
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was measured."""

    machine: dict[str, Any]
    plan: Plan
    cells: list[Cell]
    bulk: Bulk
    loads: list[Loading]
    rules: RulesCost
    simulated: Simulated
    events_per_request: int

    @property
    def failed(self) -> int:
        return sum(cell.failed for cell in self.cells)

    def ratios(self) -> list[Ratio]:
        """What can be compared of this run; nothing where the processor's time is not known."""
        return [ratio for lines in self.plan.lines for ratio in _ratios(self.cells, lines)]

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ratios": [asdict(ratio) for ratio in self.ratios()], "failed": self.failed}


def cost_ms(cell: Cell) -> float | None:
    """Processor time of gateway and PostgreSQL together, per request."""
    if cell.gateway_ms is None or cell.postgresql_ms is None:
        return None
    return cell.gateway_ms + cell.postgresql_ms


PAIRS = (
    ("gateway: as a multiple of the echo", EARMARK, ECHO, None),
    ("gateway: as a multiple of the answer from memory", EARMARK, MEMORY, None),
    ("spans: with them as a multiple of without", SERVED, UNTRACED, None),
    ("inquiry log: with it as a multiple of without", SERVED, UNLOGGED, None),
    ("rules: the book as a multiple of constants", SERVED, CONSTANT, 1.03),
    ("days: by day of receipt as a multiple of the site's days", DELIVERED, SERVED, None),
    ("size: the large company as a multiple of the small", LARGE, SERVED, 1.2),
    ("explanation: with it as a multiple of without", EXPLAINED, EARMARK, None),
    ("first touch of an item as a multiple of later ones", FIRST, EARMARK, None),
)


def _ratios(cells: Sequence[Cell], lines: int) -> list[Ratio]:
    costs = {cell.what: cost_ms(cell) for cell in cells if _is_compared(cell, lines)}
    found = []
    for name, one, other, at_most in PAIRS:
        above, below = costs.get(one), costs.get(other)
        if above and below:
            found.append(Ratio(name, lines, above / below, at_most))
    return found


def _is_compared(cell: Cell, lines: int) -> bool:
    return cell.lines == lines and cell.connections == COMPARED_AT
