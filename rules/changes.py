"""What another rule book changes about an answer: gained, lost, earlier, later, and the row responsible."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from rules.asked import LineAnswer, LineOutcome
from rules.why import Asked

Change = Literal["gained", "lost", "earlier", "later", "elsewhere", "figure"]
"""More or less is promised; the same earlier, later or from elsewhere; or only figures differ."""
CHANGES: tuple[Change, ...] = ("gained", "lost", "earlier", "later", "elsewhere", "figure")


@dataclass(frozen=True, slots=True)
class Difference:
    """How one line's answer changes. `units` are gained or lost, in smallest units; `days` moved."""

    change: Change
    units: int = 0
    days: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Responsible:
    """The row that answers now, and the one that did before."""

    decision: str
    file: str
    row_id: str
    why: str
    before_row: str


@dataclass(slots=True)
class Tally:
    """Lines by what changes about them, and units gained and lost."""

    lines: int = 0
    changed: dict[Change, int] = field(default_factory=lambda: dict.fromkeys(CHANGES, 0))
    units_gained: int = 0
    units_lost: int = 0

    def count(self, difference: Difference | None) -> None:
        self.lines += 1
        if difference is None:
            return
        self.changed[difference.change] += 1
        if difference.change == "gained":
            self.units_gained += difference.units
        elif difference.change == "lost":
            self.units_lost += difference.units


def summed(tallies: Iterable[Tally]) -> Tally:
    """The tallies added up."""
    whole = Tally()
    for tally in tallies:
        whole.lines += tally.lines
        whole.units_gained += tally.units_gained
        whole.units_lost += tally.units_lost
        for change, lines in tally.changed.items():
            whole.changed[change] += lines
    return whole


def differs(before: LineOutcome, after: LineOutcome, asked: int) -> Difference | None:
    """What changes from the one outcome to the other; None where they are the same.

    `asked` is the quantity of the line. A line without an answer counts as one of which nothing is promised.
    """
    if before == after:
        return None
    open_before, open_after = _open(before, asked), _open(after, asked)
    if open_after != open_before:
        change: Change = "gained" if open_after < open_before else "lost"
        return Difference(change, abs(open_before - open_after))
    day_before, day_after = _mean_day(before), _mean_day(after)
    if day_before != day_after:
        return Difference("earlier" if day_after < day_before else "later", days=abs(day_after - day_before))
    return Difference("elsewhere" if _places(before) != _places(after) else "figure")


def _open(outcome: LineOutcome, asked: int) -> int:
    return outcome.open if isinstance(outcome, LineAnswer) else asked


def _mean_day(outcome: LineOutcome) -> Fraction:
    """The day the promised units come on average; 0 where there are none."""
    if not isinstance(outcome, LineAnswer) or not outcome.schedule:
        return Fraction(0)
    units = sum(part.quantity for part in outcome.schedule)
    return Fraction(sum(part.quantity * part.day.toordinal() for part in outcome.schedule), units)


def _places(outcome: LineOutcome) -> list[tuple[str, str, int]]:
    parts = outcome.schedule if isinstance(outcome, LineAnswer) else ()
    return [(part.site_id, part.position, part.quantity) for part in parts]


def responsible(before: Iterable[Asked], after: Iterable[Asked]) -> Responsible | None:
    """The first decision that says otherwise now, in the order decisions are made; None where none does."""
    said: Mapping[tuple[str, str, str], Asked] = {
        (asked.decision, asked.site_id, asked.about): asked for asked in before
    }
    for asked in after:
        then = said.get((asked.decision, asked.site_id, asked.about))
        if then is not None and dict(then.verdict.then) != dict(asked.verdict.then):
            now, was = asked.verdict.fired[0], then.verdict.fired[0]
            return Responsible(asked.decision, now.file, now.row_id, now.why, was.row_id)
    return None
