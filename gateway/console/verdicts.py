"""What became of a line or an ask, in words, and in one tone that is never told by colour alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rules.asked import LineAnswer, LineOutcome

Fate = Literal["in full", "later", "short", "refused"]
FATES: tuple[Fate, ...] = ("in full", "later", "short", "refused")
TONES = {"in full": "good", "later": "fair", "short": "poor", "refused": "poor"}


@dataclass(frozen=True, slots=True)
class Verdict:
    tone: str
    words: str


def fate(outcome: LineOutcome) -> Fate:
    """Whether all of it was promised for the wanted day, all of it later, not all of it, or nothing said."""
    if not isinstance(outcome, LineAnswer):
        return "refused"
    if outcome.open:
        return "short"
    asked = sum(part.quantity for part in outcome.schedule)
    return "in full" if outcome.atp_wanted >= asked else "later"


def is_short(outcomes: Sequence[LineOutcome]) -> bool:
    """Whether any line was not promised in full for its day."""
    return any(fate(outcome) != "in full" for outcome in outcomes)


def verdict(outcome: LineOutcome) -> Verdict:
    """One line's fate."""
    found = fate(outcome)
    return Verdict(TONES[found], WORDS[found])


def of_ask(outcomes: Sequence[LineOutcome]) -> Verdict:
    """An ask's fate: how many of its lines had which, and the tone of the worst."""
    found = Counter(fate(outcome) for outcome in outcomes)
    worst = next((each for each in reversed(FATES) if found[each]), FATES[0])
    if len(outcomes) == 1:
        return Verdict(TONES[worst], WORDS[worst])
    parts = [f"{found[each]:,} {each}" for each in FATES if found[each]]
    return Verdict(TONES[worst], ", ".join(parts))


WORDS: dict[Fate, str] = {
    "in full": "in full on the day",
    "later": "in full, but later",
    "short": "not in full",
    "refused": "no answer",
}
