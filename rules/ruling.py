"""One table ready to decide: its answers laid out so that a decision is one look-up.

A decision adds up one offset for each input that is cut, and takes the verdict that stands there.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.answers import AllRows, Answers, BadAnswers, OneRow
from rules.cells import Space, intervals, space_of
from rules.columns import Table, Value
from rules.errors import BadFact, NoRow


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
    """Which fact the table looks at is missing, or of a kind it cannot take."""
    for cut in space.cuts:
        if len(cut.parts) == 1:
            continue
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
