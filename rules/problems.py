"""What is wrong with a rule file: all of it at once, each with its place and what to write instead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

Severity = Literal["error", "warning"]

PROBLEMS_MOST = 200
"""So many problems of one file are told; after that only their number."""

READING_CODES: Mapping[str, str] = {
    "TOO_LARGE": "the file, or what it unpacks to, is larger than a rule file may be",
    "ENCODING": "the file is not written in UTF-8",
    "CONTROL_CHARACTER": "a character that cannot be seen stands in the file",
    "SYNTAX": "the file cannot be read as YAML, as CSV or as a workbook",
    "NOT_PLAIN": "an anchor, alias, tag, merge key or formula: something that stands for something else",
    "TOO_DEEP": "the file is nested too deeply",
    "TOO_MANY": "too many rows, inputs, outputs, values or cells",
    "TOO_LONG": "a name or a text is too long",
    "DUPLICATE": "the same key, id, column or value stands twice",
    "UNKNOWN_KEY": "a key or column that means nothing",
    "UNKNOWN_DECISION": "there is no such decision",
    "UNKNOWN_INPUT": "an input the decision or the table does not have",
    "UNKNOWN_OUTPUT": "an output the decision or the table does not have",
    "UNKNOWN_VALUE": "a value that is not among the declared ones",
    "UNKNOWN_ROW": "an example names a row that does not exist",
    "MISSING": "something that must be written is not there",
    "BAD_FORM": "a value, condition, date or name that is written wrongly",
    "OUT_OF_RANGE": "a number outside what it may be",
    "NEVER_HOLDS": "a condition or a pair of dates that can never hold",
}
"""The codes of problems found while a file is read, each with what it means."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in the format editors understand. `row` is empty outside rows."""

    file: str
    line: int
    row: str
    message: str
    severity: Severity
    code: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class BadTable(ValueError):
    """The file is no table: `problems` holds all that was found, in the order of the lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


GUESSES_MOST = 6
NAMES_COMPARED = 40
LETTERS_COMPARED = 64


@dataclass(slots=True)
class Found:
    """The problems of one file, as they are found; at most `PROBLEMS_MOST` are kept, all are counted."""

    file: str
    row: str = ""
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0
    guesses: int = 0
    """Words that a nearest name was looked for: for the first few, since it takes long in a hostile file."""

    def near(self, word: str, known: Iterable[str]) -> str:
        """What to write instead of the word: the known name nearest to it, or else the known names."""
        self.guesses += 1
        return nearest(word, known, guess=self.guesses <= GUESSES_MOST)

    def add(self, code: str, line: int, message: str, *, where: str = "") -> None:
        """The problem is kept. `where` names the cell of a sheet."""
        assert code in READING_CODES, code
        if len(self.problems) >= PROBLEMS_MOST:
            self.left_out += 1
            return
        said = f"{where}: {message}" if where else message
        named = f"row {self.row}: {said}" if self.row else said
        self.problems.append(Problem(self.file, line, self.row, named, "error", code))

    def stop(self, code: str, line: int, message: str, *, where: str = "") -> BadTable:
        """The problem is kept, and all found so far can be raised: no more of this file can be read."""
        self.add(code, line, message, where=where)
        return self.all()

    def take(self, other: "Found") -> None:
        """The problems of a sheet that belongs to the file are added to the file's."""
        self.problems += other.problems
        self.left_out += other.left_out

    def all(self) -> BadTable:
        """All problems found, the file's own first, by line."""
        ordered = sorted(self.problems, key=lambda problem: (problem.file != self.file, problem.line))
        if self.left_out:
            more = f"and {self.left_out:,} more: mend these first"
            ordered.append(Problem(self.file, ordered[-1].line, "", more, "error", "TOO_MANY"))
        return BadTable(ordered)


def _alike(word: str, names: list[str]) -> list[str]:
    """The names worth a closer look: those that begin alike and are about as long come first."""
    if len(names) <= NAMES_COMPARED:
        return names
    begins = word[:1]
    ordered = sorted(names, key=lambda name: (name[:1] != begins, abs(len(name) - len(word)), name))
    return ordered[:NAMES_COMPARED]


def nearest(word: str, known: Iterable[str], *, guess: bool = True) -> str:
    """What to write instead: the known name nearest to the word, or else, and without a guess, the names."""
    names = list(known)
    near = get_close_matches(word[:LETTERS_COMPARED], _alike(word, names), n=1) if guess else []
    if near:
        return f"did you mean {near[0]}?"
    if not names:
        return "there are none"
    shown = ", ".join(names[:20])
    return f"use one of: {shown}" + (f" and {len(names) - 20:,} more" if len(names) > 20 else "")
