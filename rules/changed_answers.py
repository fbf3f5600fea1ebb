"""The facts two tables answer differently, found in the cells of both together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rules.cells import Space, joint_space
from rules.columns import Table, Value
from rules.ruling import Compiled

CELLS_TOLD: Final = 50
CELLS_COMPARED: Final = 2_000_000
"""Cells of both tables together, times stretches of time: beyond, changed answers are not counted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: by which rows, and what they gave, one after the other."""

    rows: tuple[str, ...]
    then: tuple[Mapping[str, Value], ...]


@dataclass(frozen=True, slots=True)
class CellChange:
    """Facts that are answered otherwise, first from `starts` (None: from the beginning)."""

    facts: str
    example: Mapping[str, Value]
    starts: datetime | None
    before: Answer
    after: Answer


@dataclass(frozen=True, slots=True)
class ChangedAnswers:
    """The cells of both tables together, and those that answer otherwise at any time.

    `changed` counts those answered by another row or with another outcome, `outcomes` those of them that give
    something else; both are None where there were too many cells to compare. `told` has at most CELLS_TOLD.
    """

    cells: int
    changed: int | None
    outcomes: int | None
    told: tuple[CellChange, ...]


class _Side:
    """One of the two tables, looked at through the cells of both. Answers get numbers both sides share."""

    def __init__(self, compiled: Compiled | None, joint: Space, numbers: "_Numbers") -> None:
        self._compiled = compiled
        self._numbers = numbers
        self._cells = np.zeros(joint.size, np.int64)
        if compiled is not None:
            self._cells = _cells_within(joint, compiled.space)
        self._known: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    def at(self, local: datetime | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each joint cell the number of its rows, and that of what they give, at the local time."""
        if self._compiled is None:
            nothing = np.zeros_like(self._cells)
            return nothing, nothing
        number = self._interval(local)
        if number not in self._known:
            self._known = {number: self._numbered(self._compiled, number)}
        rows, outcomes = self._known[number]
        return rows[self._cells], outcomes[self._cells]

    def answer(self, cell: int, local: datetime | None) -> Answer:
        """What is answered in the joint cell at the local time."""
        if self._compiled is None:
            return Answer((), ())
        places = self._compiled.answers.rows_of(self._interval(local), int(self._cells[cell]))
        rows = [self._compiled.table.rows[place] for place in places]
        return Answer(tuple(row.row_id for row in rows), tuple(row.then for row in rows))

    def _interval(self, local: datetime | None) -> int:
        assert self._compiled is not None
        return 0 if local is None else self._compiled.interval_at(local)

    def _numbered(self, compiled: Compiled, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        table, size = compiled.table, compiled.space.size
        places = [compiled.answers.rows_of(number, cell) for cell in range(size)]
        by_rows = {each: self._numbers.of_rows(table, each) for each in set(places)}
        by_outcome = {each: self._numbers.of_outcome(table, each) for each in set(places)}
        return (
            np.fromiter((by_rows[each] for each in places), np.int64, size),
            np.fromiter((by_outcome[each] for each in places), np.int64, size),
        )


class _Numbers:
    """Numbers for answers: two answers have one number if they are the same. No answer is 0."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, ...], int] = {(): 0}
        self._outcomes: dict[tuple[frozenset[tuple[str, Value]], ...], int] = {(): 0}

    def of_rows(self, table: Table, places: tuple[int, ...]) -> int:
        ids = tuple(table.rows[place].row_id for place in places)
        return self._rows.setdefault(ids, len(self._rows))

    def of_outcome(self, table: Table, places: tuple[int, ...]) -> int:
        given = tuple(frozenset(table.rows[place].then.items()) for place in places)
        return self._outcomes.setdefault(given, len(self._outcomes))


def _cells_within(joint: Space, inner: Space) -> NDArray[np.int64]:
    """For each cell of the joint space the cell of the inner one it lies in."""
    cells = np.zeros(joint.shape, np.int64)
    for cut, stride in zip(inner.cuts, inner.strides, strict=True):
        place = next(place for place, each in enumerate(joint.cuts) if each.name == cut.name)
        codes = np.array([cut.code_of(part.one) for part in joint.cuts[place].parts], np.int64)
        cells += (codes * stride).reshape([-1 if each == place else 1 for each in range(len(joint.cuts))])
    return cells.reshape(-1)


def _moments(old: Compiled | None, new: Compiled | None) -> list[datetime | None]:
    """The beginning, and every local time at which either table changes its rows."""
    spans = [span for compiled in (old, new) if compiled for span in compiled.intervals]
    return [None, *sorted({span.starts for span in spans if span.starts is not None})]


def changed_answers(old: Compiled | None, new: Compiled | None) -> ChangedAnswers:
    """Which facts are answered otherwise; None stands for a table that is not there, and answers nothing."""
    joint = joint_space(*(compiled.table for compiled in (old, new) if compiled))
    moments = _moments(old, new)
    if joint.size * len(moments) > CELLS_COMPARED:
        return ChangedAnswers(joint.size, None, None, ())
    numbers = _Numbers()
    before, after = _Side(old, joint, numbers), _Side(new, joint, numbers)
    differ, outcomes_differ = np.zeros(joint.size, bool), np.zeros(joint.size, bool)
    told: list[CellChange] = []
    for local in moments:
        (rows_were, gave), (rows_are, give) = before.at(local), after.at(local)
        now = (rows_were != rows_are) | (gave != give)
        fresh = np.flatnonzero(now & ~differ)[: CELLS_TOLD - len(told)].tolist()
        told += [
            CellChange(
                joint.describe(cell),
                joint.facts_of(cell),
                local,
                before.answer(cell, local),
                after.answer(cell, local),
            )
            for cell in fresh
        ]
        differ |= now
        outcomes_differ |= gave != give
    return ChangedAnswers(joint.size, int(differ.sum()), int(outcomes_differ.sum()), tuple(told))
