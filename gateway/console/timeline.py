"""The parts of an answer or a reservation on one line of time, ready to be drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from resolvers.promises.reservations import ReservationPart
from resolvers.promises.types import SchedulePart

ROWS_MAX = 20
"""Parts drawn; all of them stand in the table."""
LEFT, WIDTH = 10, 960
"""Where the first day stands and how far it is to the last, in the drawing's own units."""
TOP, ROW = 46, 34
WORDS, ASIDE = 350, 14
"""So much room words are given, and how far they stand from the marks."""
TICKS_MAX = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """A day in the drawing: `what` happens on it."""

    x: int
    day: date
    what: str


@dataclass(frozen=True, slots=True)
class Row:
    """One part: its marks from left to right, and what it says in words."""

    y: int
    says: str
    marks: tuple[Mark, ...]

    @property
    def words(self) -> tuple[int, int, str]:
        """Where the words stand, and how: behind the marks, before them, or above where neither has room."""
        first, last = self.marks[0].x, self.marks[-1].x
        if last <= LEFT + WIDTH - WORDS:
            return last + ASIDE, self.y + 5, "start"
        if first >= WORDS:
            return first - ASIDE, self.y + 5, "end"
        return first + ASIDE, self.y - 10, "start"


@dataclass(frozen=True, slots=True)
class Timeline:
    """Rows over days; `fixed` are days that concern all of them."""

    height: int
    ticks: tuple[Mark, ...]
    fixed: tuple[Mark, ...]
    rows: tuple[Row, ...]
    left_out: int


Days = Sequence[tuple[date, str]]
"""Days of a part with what happens on each, in order."""


def of_schedule(parts: Sequence[SchedulePart], today: date, wanted: date, unit: str) -> Timeline | None:
    """The schedule between today and its last day; None where nothing is served."""
    drawn = [(f"{part.quantity} {unit} from {part.site}", _days(part)) for part in parts]
    return _timeline(drawn, [(today, "today"), (wanted, "wanted")])


def _days(part: SchedulePart) -> Days:
    if part.ship_on is None:
        return [(part.day, "free for picking")]
    return [(part.needed_on, "free for picking"), (part.ship_on, "leaves"), (part.day, "received")]


def of_reservation(parts: Iterable[ReservationPart], wanted: date, unit: str) -> Timeline | None:
    """The parts of a reservation on their days."""
    drawn = [(f"{part.quantity} {unit} from {part.site}", _days_kept(part)) for part in parts]
    return _timeline(drawn, [(wanted, "wanted")])


def _days_kept(part: ReservationPart) -> Days:
    picked = [(part.day, "free for picking")]
    if part.ship_on is None or part.promised is None:
        return picked
    return [*picked, (part.ship_on, "leaves"), (part.promised, "received")]


def _timeline(parts: Sequence[tuple[str, Days]], fixed: Days) -> Timeline | None:
    if not parts:
        return None
    shown = parts[:ROWS_MAX]
    days = [day for _, marks in shown for day, _ in marks] + [day for day, _ in fixed]
    first, last = min(days), max(days)
    span = max(1, (last - first).days)

    def mark(day: date, what: str) -> Mark:
        return Mark(LEFT + WIDTH * (day - first).days // span, day, what)

    rows = tuple(
        Row(TOP + ROW * number + ROW // 2, says, tuple(mark(*each) for each in marks))
        for number, (says, marks) in enumerate(shown)
    )
    step = max(1, -(-span // TICKS_MAX))
    ticks = tuple(mark(first + timedelta(days=at), "") for at in range(0, span + 1, step))
    height = TOP + ROW * len(rows) + 10
    return Timeline(height, ticks, tuple(mark(*each) for each in fixed), rows, len(parts) - len(shown))
