"""What a rules process that failed is called, and what to do about it."""

import signal
from collections.abc import Mapping
from typing import Final, Literal

from rules.errors import Refusal

Reason = Literal["crash", "hang", "memory", "limit", "error"]

KEPT: Final = "The rules in force stay as they are."
NEXT_STEP: Final[Mapping[Reason, str]] = {
    "crash": f"{KEPT} Undo the last change to the file, or take rows out until it is evaluated.",
    "hang": f"{KEPT} Let fewer rows fit the same facts, or the rows name fewer different values.",
    "memory": f"{KEPT} Let the rows name fewer different values, or take out an input.",
    "limit": KEPT,
    "error": f"{KEPT} Check the file again; if it fails again, undo the last change to it.",
}


class EngineFailed(Refusal):
    """A table was not evaluated: `reason` says how the engine failed, `file` at which table."""

    code = "ENGINE_FAILED"

    def __init__(self, file: str, reason: Reason, what: str, **figures: object) -> None:
        self.file = file
        self.reason = reason
        super().__init__(f"{file}: {what}", NEXT_STEP[reason], file=file, reason=reason, **figures)


def crashed(file: str, code: int) -> EngineFailed:
    """The process ended by itself, by a signal where the code is below 0."""
    ended = f"by {signal_name(-code)}" if code < 0 else f"with exit code {code}"
    return EngineFailed(file, "crash", f"the rules engine crashed ({ended}).", ended=ended)


def hung(file: str, seconds: float) -> EngineFailed:
    """The process was stopped after so many seconds without an answer."""
    what = f"the rules engine had no answer after {seconds:g} s and was stopped."
    return EngineFailed(file, "hang", what, seconds=seconds)


def swollen(file: str, most: int) -> EngineFailed:
    """The process wanted more memory than it may have."""
    what = f"the rules engine wanted more than {most // 1_000_000:,} MB of memory and was stopped."
    return EngineFailed(file, "memory", what, bytes_most=most)


def signal_name(number: int) -> str:
    """SIGSEGV for 11; the number where it has no name here."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
