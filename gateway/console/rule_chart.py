"""The chart of a simulation: for each channel and class, what got worse to the left and better to the right.

It is drawn here, as shapes and words, from the numbers of the table beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rules.changes import Change, Tally

WIDTH: Final = 440.0
HALF: Final = WIDTH / 2
BAND: Final = 46.0
BAR_TOP: Final = 20.0
BAR: Final = 16.0
FIGURES: Final = 46.0
"""Room for a figure beside a bar."""
BANDS_MAX: Final = 20
WORSE: Final[tuple[Change, ...]] = ("later", "lost")
BETTER: Final[tuple[Change, ...]] = ("earlier", "gained")

Who = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of a band, so many lines that changed in one way."""

    change: Change
    lines: int
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Band:
    """What changes for one channel and class. `worse` and `better` are lines, each side's figure."""

    name: str
    top: float
    bars: tuple[Bar, ...]
    worse: int
    better: int

    @property
    def worse_at(self) -> float:
        """Where the figure of the left side ends."""
        return min((bar.left for bar in self.bars), default=HALF) - 4

    @property
    def better_at(self) -> float:
        """Where the figure of the right side begins."""
        return max((bar.left + bar.width for bar in self.bars), default=HALF) + 4


@dataclass(frozen=True, slots=True)
class Chart:
    """The bands, at most BANDS_MAX; `left_out` are in the table only."""

    bands: tuple[Band, ...]
    left_out: int
    width: float = WIDTH
    middle: float = HALF
    bar_top: float = BAR_TOP
    bar: float = BAR

    @property
    def height(self) -> float:
        return BAND * len(self.bands)


def chart(by_class: Mapping[Who, Tally]) -> Chart | None:
    """The channels and classes for which most changes come first; None where nothing got better or worse."""
    told = [(who, tally) for who, tally in by_class.items() if _lines(tally, (*WORSE, *BETTER))]
    if not told:
        return None
    told.sort(key=lambda entry: (-_lines(entry[1], (*WORSE, *BETTER)), entry[0]))
    shown = told[:BANDS_MAX]
    most = max(_lines(tally, side) for _, tally in shown for side in (WORSE, BETTER))
    per_line = (HALF - FIGURES) / most
    bands = [_band(number, who, tally, per_line) for number, (who, tally) in enumerate(shown)]
    return Chart(tuple(bands), len(told) - len(shown))


def _band(number: int, who: Who, tally: Tally, per_line: float) -> Band:
    name = ", ".join(part for part in who if part)
    bars = (*_bars(tally, WORSE, per_line, -1), *_bars(tally, BETTER, per_line, 1))
    return Band(name, number * BAND, bars, _lines(tally, WORSE), _lines(tally, BETTER))


def _bars(tally: Tally, changes: Sequence[Change], per_line: float, side: int) -> list[Bar]:
    """The bars of one side, from the middle outwards."""
    found, at = [], HALF
    for change in changes:
        lines = tally.changed[change]
        width = lines * per_line
        if lines:
            found.append(Bar(change, lines, round(at if side > 0 else at - width, 2), round(width, 2)))
        at += side * width
    return found


def _lines(tally: Tally, changes: Sequence[Change]) -> int:
    return sum(tally.changed[change] for change in changes)
