"""A book: every rule file of one version, and what it answers to a fact. Once made, it never changes."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType

from rules.answers import Answers
from rules.columns import SHEETS, Table, Value
from rules.decisions import DECISIONS, Decision
from rules.problems import BadTable, Problem
from rules.ruling import Compiled, Fired, Ruling, Verdict
from rules.table import read_table
from rules.trail import Trail, trail

__all__ = [
    "Book",
    "BookAt",
    "Compiled",
    "Fired",
    "Ruling",
    "Trail",
    "Verdict",
    "book_of",
    "read_tables",
    "trail",
    "version_of",
    "written_tables",
]

Sheet = tuple[str, bytes]


class BookAt:
    """The book as it holds at one moment: one ruling for each decision."""

    __slots__ = ("_rulings",)

    def __init__(self, rulings: Mapping[str, Ruling]) -> None:
        self._rulings = rulings

    def decide(self, decision: str, facts: Mapping[str, Value]) -> Verdict:
        """The decision's verdict on the facts, as `Ruling.decide` gives it."""
        return self._rulings[decision].decide(facts)

    def ruling(self, decision: str) -> Ruling:
        """The decision's table, ready to decide. A decision the book does not have is a KeyError."""
        return self._rulings[decision]


class Book:
    """All rule files of one version, compiled."""

    def __init__(self, files: Mapping[str, bytes], compiled: Mapping[str, Compiled]) -> None:
        self.version = version_of(files)
        self.files = MappingProxyType(dict(files))
        self.compiled = MappingProxyType(dict(compiled))
        self._dated = tuple(each for each in self.compiled.values() if len(each.intervals) > 1)
        self._at: dict[tuple[int, ...], BookAt] = {}
        first = {decision: each.rulings[0] for decision, each in self.compiled.items()}
        self._always = None if self._dated else BookAt(first)

    def interval_key(self, local: datetime) -> tuple[int, ...]:
        """What two moments have in common in which every table of the book holds the same rows."""
        return tuple(each.interval_at(local) for each in self._dated)

    def at(self, local: datetime) -> BookAt:
        """The book as it holds at the naive local time of a site.

        Kept for every interval asked for: as many as the rows have dates, and no more.
        """
        if self._always is not None:
            return self._always
        key = self.interval_key(local)
        found = self._at.get(key)
        if found is None:
            rulings = {decision: each.at(local) for decision, each in self.compiled.items()}
            found = self._at.setdefault(key, BookAt(rulings))
        return found


def version_of(files: Mapping[str, bytes]) -> str:
    """The book's version: 64 hexadecimal digits that change with any name or byte of its files."""
    digest = sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def sheets_beside(stem: str, files: Mapping[str, bytes]) -> list[Sheet]:
    """The sheets among the files that belong to the rule file of that stem: one at most, in a sound book."""
    return [(stem + ending, files[stem + ending]) for ending in SHEETS if stem + ending in files]


def written_tables(files: Mapping[str, bytes]) -> tuple[tuple[str, bytes, Sheet | None], ...]:
    """Each rule file, by name, with its content and the sheet of the same stem, if one stands beside it.

    Two sheets beside one file are a BadTable.
    """
    found = []
    for name in sorted(files):
        stem, dot, kind = name.rpartition(".")
        if dot + kind not in {".yaml", ".yml"}:
            continue
        sheets = sheets_beside(stem, files)
        if len(sheets) > 1:
            both = " and ".join(sheet for sheet, _ in sheets)
            message = f"{both} both stand beside this file: keep the one that holds its rows."
            raise BadTable([Problem(name, 1, "", message, "error", "DUPLICATE")])
        found.append((name, files[name], sheets[0] if sheets else None))
    return tuple(found)


def read_tables(
    files: Mapping[str, bytes], decisions: Mapping[str, Decision] = DECISIONS
) -> dict[str, Table]:
    """The tables of all files by the decision they make. All that is wrong in any of them is one BadTable."""
    tables: dict[str, Table] = {}
    problems: list[Problem] = []
    for name, content, sheet in written_tables(files):
        try:
            table = read_table(name, content, sheet, decisions)
        except BadTable as bad:
            problems.extend(bad.problems)
            continue
        before = tables.setdefault(table.decides, table)
        if before is not table:
            message = f"{before.file} decides {table.decides} already: one file makes one decision."
            problems.append(Problem(name, 1, "", message, "error", "DUPLICATE"))
    if problems:
        raise BadTable(problems)
    return tables


def book_of(
    files: Mapping[str, bytes],
    answers: Mapping[str, Answers],
    decisions: Mapping[str, Decision] = DECISIONS,
) -> Book:
    """The book of the files, with the answers worked out for each decision.

    Raises BadTable for files that cannot be read, BadAnswers for answers of another table, and KeyError for
    a decision without answers.
    """
    tables = read_tables(files, decisions)
    return Book(files, {decision: Compiled(table, answers[decision]) for decision, table in tables.items()})
