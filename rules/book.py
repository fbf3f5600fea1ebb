"""A book: every rule file of one version, and what it answers to a fact.

All that can be worked out beforehand is: a decision adds up one offset for each input and takes the verdict
that stands there. A book, once made, never changes.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.answers import AllRows, Answers, BadAnswers, OneRow
from rules.cells import Space, intervals, space_of
from rules.columns import Table, Value
from rules.decisions import DECISIONS, Decision
from rules.errors import BadFact, NoRow
from rules.problems import BadTable, Problem
from rules.table import read_table

Sheet = tuple[str, bytes]

SHEETS = (".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class Fired:
    """A row that answered, and why it is there, in the words of those who wrote it."""

    file: str
    row_id: str
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What a row gives. A book has one verdict for each row: two are equal if they are the same object."""

    then: Mapping[str, Value]
    fired: tuple[Fired, ...]


class Ruling:
    """A table in one interval of its validity, ready to decide."""

    __slots__ = ("_by_cell", "_numbers", "_places", "_space", "_table", "_truths", "_verdicts", "_words")

    def __init__(
        self, table: Table, space: Space, verdicts: tuple[Verdict, ...], answers: OneRow | AllRows
    ) -> None:
        self._table = table
        self._space = space
        self._verdicts = verdicts
        self._places = answers
        with_none = (*verdicts, None)
        self._by_cell: list[Verdict | None] = (
            [] if isinstance(answers, tuple) else [with_none[place] for place in answers.tolist()]
        )
        cut = [
            (cut, stride) for cut, stride in zip(space.cuts, space.strides, strict=True) if len(cut.parts) > 1
        ]
        self._words = tuple(
            (cut.name, {word: code * stride for word, code in cut.codes.items()}.get, cut.rest * stride)
            for cut, stride in cut
            if cut.kind == "enum"
        )
        self._numbers = tuple((cut.name, cut.starts, stride) for cut, stride in cut if cut.kind == "int")
        self._truths = tuple(
            (cut.name, {value: code * stride for value, code in cut.codes.items()})
            for cut, stride in cut
            if cut.kind == "bool"
        )

    def decide(self, facts: Mapping[str, Value]) -> Verdict:
        """What the table answers to the facts; those it does not look at may be left out.

        A word nobody declared is taken as any other, a number out of bounds as the nearest within. No row is
        a NoRow; a fact that is missing or of another kind is a BadFact. Not for tables that collect.
        """
        verdict = self._by_cell[self._cell(facts)]
        if verdict is None:
            raise self._no_row(facts)
        return verdict

    def decide_all(self, facts: Mapping[str, Value]) -> tuple[Verdict, ...]:
        """What every row that answers gives, top to bottom: several where the table collects; maybe none."""
        cell = self._cell(facts)
        if isinstance(self._places, tuple):
            return tuple(self._verdicts[place] for place in self._places[cell])
        verdict = self._by_cell[cell]
        return () if verdict is None else (verdict,)

    def batch(
        self, columns: Mapping[str, NDArray[np.generic]]
    ) -> tuple[NDArray[np.int32], tuple[Verdict, ...]]:
        """For each fact of the batch the place of its verdict among the verdicts; -1 where no row fits.

        Enum columns are text, objects, or places in the input's values (-1: none of them). Not for tables
        that collect.
        """
        assert not isinstance(self._places, tuple), f"{self._table.file} collects: use decide_all"
        return self._places[self._space.cells_of(columns)], self._verdicts

    def _cell(self, facts: Mapping[str, Any]) -> int:
        cell = 0
        try:
            for name, offset_of, rest in self._words:
                cell += offset_of(facts[name], rest)
            for name, starts, stride in self._numbers:
                cell += bisect_right(starts, facts[name]) * stride
            for name, offsets in self._truths:
                cell += offsets[facts[name]]
        except (KeyError, TypeError):
            raise bad_fact(self._table.file, self._space, facts) from None
        return cell

    def _no_row(self, facts: Mapping[str, Value]) -> NoRow:
        assert self._by_cell, f"{self._table.file} collects: use decide_all"
        return NoRow(self._table.file, self._space.describe(self._space.cell_of(facts)))


def bad_fact(file: str, space: Space, facts: Mapping[str, Value]) -> BadFact:
    """Which of the facts is missing or of a kind the table cannot take."""
    for cut in space.cuts:
        if cut.name not in facts:
            return BadFact(file, f"{cut.name} is not given")
        try:
            cut.code_of(facts[cut.name])
        except (KeyError, TypeError) as bad:
            return BadFact(file, str(bad))
    return BadFact(file, "a fact is of the wrong kind")


class Compiled:
    """A table with its answers, in every interval of its validity."""

    __slots__ = ("_turns", "answers", "intervals", "rulings", "space", "table", "verdicts")

    def __init__(self, table: Table, answers: Answers) -> None:
        """Answers that were worked out for another table are a BadAnswers."""
        self.table = table
        self.space = space_of(table)
        self.answers = answers
        self.intervals = intervals(table)
        _refuse_others(table, self.space, answers, len(self.intervals))
        self.verdicts = tuple(
            Verdict(MappingProxyType(dict(row.then)), (Fired(table.file, row.row_id, row.why),))
            for row in table.rows
        )
        self._turns = [each.starts for each in self.intervals[1:] if each.starts is not None]
        self.rulings = tuple(
            Ruling(table, self.space, self.verdicts, answered) for answered in answers.by_interval
        )

    def interval_at(self, local: datetime) -> int:
        """The number of the interval the local time of the site lies in."""
        return bisect_right(self._turns, local) if self._turns else 0

    def at(self, local: datetime) -> Ruling:
        """The table as it holds at the naive local time of the site."""
        return self.rulings[self.interval_at(local)]


def _refuse_others(table: Table, space: Space, answers: Answers, spans: int) -> None:
    if (answers.hit, answers.cells, len(answers.by_interval)) != (table.hit, space.size, spans):
        raise BadAnswers(
            f"{table.file} has {spans:,} intervals of {space.size:,} cells; these answers are for "
            f"{len(answers.by_interval):,} of {answers.cells:,}. Have them worked out anew."
        )
    for answered in answers.by_interval:
        if isinstance(answered, tuple):
            last = max(max(places, default=-1) for places in answered)
        else:
            last = int(answered.max())
        if len(answered) != space.size or last >= len(table.rows):
            raise BadAnswers(
                f"These answers name rows {table.file} does not have. Have them worked out anew."
            )


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


def written_tables(files: Mapping[str, bytes]) -> tuple[tuple[str, bytes, Sheet | None], ...]:
    """Each rule file, by name, with its content and the sheet of the same stem, if one stands beside it.

    Two sheets beside one file are a BadTable.
    """
    found = []
    for name in sorted(files):
        stem, dot, kind = name.rpartition(".")
        if dot + kind not in {".yaml", ".yml"}:
            continue
        sheets = [stem + ending for ending in SHEETS if stem + ending in files]
        if len(sheets) > 1:
            message = f"{' and '.join(sheets)} both stand beside this file: keep the one that holds its rows."
            raise BadTable([Problem(name, 1, "", message, "error", "DUPLICATE")])
        sheet = (sheets[0], files[sheets[0]]) if sheets else None
        found.append((name, files[name], sheet))
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
