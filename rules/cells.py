"""The fact space of a table: every fact there can be, in cells whose facts all get one answer.

A cell is one part of each input, cut at what the rows mention. All intervals of a table share one space;
what differs between them is which rows hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rules.columns import OTHER, Condition, Input, Row, Table, Value
from rules.cuts import Cut, Part, cut_at, fits

__all__ = [
    "ANSWERS_MOST",
    "CELLS_MOST",
    "INTERVALS_MOST",
    "OTHER",
    "Cut",
    "Interval",
    "Part",
    "Space",
    "TooManyCells",
    "fits",
    "intervals",
    "joint_space",
    "space_of",
]

CELLS_MOST: Final = 50_000
INTERVALS_MOST: Final = 500
ANSWERS_MOST: Final = 250_000
"""Cells times intervals: as many answers as one table may have worked out for it."""


class TooManyCells(ValueError):
    """A table cut into more cells than can be worked out. `by_input` counts the cuts of each input."""

    def __init__(self, table: Table, by_input: Mapping[str, int], spans: int = 1) -> None:
        self.by_input = dict(by_input)
        self.cells = prod(by_input.values())
        self.intervals = spans
        figures = " x ".join(f"{name} {cuts:,}" for name, cuts in by_input.items() if cuts > 1)
        if self.cells > CELLS_MOST:
            found = (
                f"the rows cut the facts into {self.cells:,} cells ({figures}); {CELLS_MOST:,} are the most."
            )
            self.message = f"{found} {_coarsen(by_input)}"
        else:
            most = min(INTERVALS_MOST, ANSWERS_MOST // self.cells)
            self.message = (
                f"the dates of the rows make {spans:,} intervals of {self.cells:,} cells each; "
                f"{most:,} intervals are the most. Let rows begin and end on the same days, "
                "or take out rows whose days are long past."
            )
        super().__init__(f"{table.file}: {self.message}")


def _coarsen(by_input: Mapping[str, int]) -> str:
    """Which of the inputs to cut less finely: the widest one, or the two widest where one is not enough."""
    first, second = (*sorted(by_input, key=lambda name: (-by_input[name], name)), "")[:2]
    room = CELLS_MOST * by_input[first] // prod(by_input.values())
    if room >= 2:
        return f"Coarsen {first}: let the rows name fewer of its words or bounds, {room:,} cuts at most."
    return f"Coarsen {first} and {second}: group what the rows name into classes, or leave one input out."


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of the site's local time in which the same rows hold. `until` is exclusive; None is open.

    `places` are the places in the table of the rows that hold; an answer names its row by that place.
    """

    starts: datetime | None
    until: datetime | None
    rows: tuple[Row, ...]
    places: tuple[int, ...]


class Space:
    """The cells of a table, numbered with the first input as the slowest."""

    def __init__(self, inputs: tuple[Input, ...], cuts: tuple[Cut, ...]) -> None:
        self.inputs = inputs
        self.cuts = cuts
        self.shape = tuple(len(cut.parts) for cut in cuts)
        self.size = prod(self.shape)
        self.strides = tuple(prod(self.shape[place + 1 :]) for place in range(len(cuts)))

    def cell_of(self, facts: Mapping[str, Value]) -> int:
        """The cell the facts lie in. A missing input that is cut is a KeyError, a wrong kind a TypeError."""
        return sum(
            cut.code_of(facts[cut.name]) * stride
            for cut, stride in zip(self.cuts, self.strides, strict=True)
            if len(cut.parts) > 1
        )

    def codes_of_cell(self, cell: int) -> tuple[int, ...]:
        """The code of each input in the cell."""
        return tuple(cell // stride % size for stride, size in zip(self.strides, self.shape, strict=True))

    def facts_of(self, cell: int) -> dict[str, Value]:
        """One fact of the cell: its least whole numbers, and the first word of each part."""
        codes = self.codes_of_cell(cell)
        return {cut.name: cut.parts[code].one for cut, code in zip(self.cuts, codes, strict=True)}

    def describe(self, cell: int, without: str = "") -> str:
        """The cell in words: each input that is cut, but one, and which of its values the cell takes."""
        codes = self.codes_of_cell(cell)
        said = [
            f"{cut.name} {cut.parts[code].words}"
            for cut, code in zip(self.cuts, codes, strict=True)
            if len(cut.parts) > 1 and cut.name != without
        ]
        return ", ".join(said) or "any facts"

    def cells_of(self, columns: Mapping[str, NDArray[np.generic]]) -> NDArray[np.int64]:
        """The cell of each fact of a batch; an enum column may hold places in the input's values, or -1.

        Columns are of one length; those of inputs that are not cut are not looked at.
        """
        lengths = {len(column) for column in columns.values()}
        if len(lengths) != 1:
            raise ValueError(f"The columns of a batch have one length, not {sorted(lengths)}.")
        cells = np.zeros(lengths.pop(), np.int64)
        for given, cut, stride in zip(self.inputs, self.cuts, self.strides, strict=True):
            if len(cut.parts) > 1:
                cells += cut.codes_of(columns[cut.name], given.values) * stride
        return cells

    def fitting(self, row: Row) -> NDArray[np.bool_]:
        """For each cell whether the row's conditions take it, dates and other rows aside."""
        taken = np.ones(self.shape, bool)
        for place, cut in enumerate(self.cuts):
            condition = row.when.get(cut.name)
            if condition is not None:
                kept = np.array([fits(condition, part.one) for part in cut.parts])
                taken &= kept.reshape([-1 if place == each else 1 for each in range(len(self.cuts))])
        return taken.reshape(-1)


def space_of(table: Table) -> Space:
    """The table's fact space, cut at what any of its rows mentions; one too large is a TooManyCells."""
    space = joint_space(table)
    spans = len(_turns(table)) + 1
    if space.size > CELLS_MOST or spans > INTERVALS_MOST or space.size * spans > ANSWERS_MOST:
        raise TooManyCells(table, {cut.name: len(cut.parts) for cut in space.cuts}, spans)
    return space


def joint_space(*tables: Table) -> Space:
    """The space cut at what the rows of all the tables mention: each of its cells lies in one cell of each.

    It may be of any size. Inputs of one name are of one kind; words are those any of the tables declares,
    numbers reach over the bounds of all.
    """
    inputs: dict[str, list[Input]] = {}
    conditions: dict[str, list[Condition]] = {}
    for table in tables:
        for given in table.inputs:
            inputs.setdefault(given.name, []).append(given)
            asked = [row.when[given.name] for row in table.rows if given.name in row.when]
            conditions.setdefault(given.name, []).extend(asked)
    joined = tuple(_joined(same) for same in inputs.values())
    cuts = tuple(cut_at(given, conditions[given.name], inputs[given.name]) for given in joined)
    return Space(joined, cuts)


def _joined(same: list[Input]) -> Input:
    first = same[0]
    values = tuple(dict.fromkeys(value for each in same for value in each.values))
    least, most = min(each.least for each in same), max(each.most for each in same)
    return Input(name=first.name, kind=first.kind, values=values, least=least, most=most)


def _turns(table: Table) -> list[datetime]:
    dates = {row.starts for row in table.rows} | {row.until for row in table.rows}
    return sorted(each for each in dates if each is not None)


def intervals(table: Table) -> tuple[Interval, ...]:
    """The stretches of local time in which the same rows hold, in order, the first and the last open."""
    turns: list[datetime | None] = [None, *_turns(table), None]
    found: list[Interval] = []
    for starts, until in pairwise(turns):
        places = tuple(place for place, row in enumerate(table.rows) if _holds(row, starts))
        found.append(Interval(starts, until, tuple(table.rows[place] for place in places), places))
    return tuple(found)


def _holds(row: Row, starts: datetime | None) -> bool:
    if starts is None:
        return row.starts is None
    return (row.starts is None or row.starts <= starts) and (row.until is None or row.until > starts)
