"""What a table answers in every cell, and its written form in the store.

An answer names a row by its place in the table. The written form carries its version, and reading it back
checks every figure: what was not written by `encode` is a BadAnswers.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rules.columns import ROWS_MOST, Hit

FORM: Final = b"answers 1\n"
"""The first bytes of the written form; another number is another form, and is worked out anew."""
BYTES_MOST: Final = 64_000_000
OVERLAPS_MOST: Final = 200
NO_ROW: Final = -1

OneRow = NDArray[np.int32]
AllRows = tuple[tuple[int, ...], ...]


class BadAnswers(ValueError):
    """Stored answers that cannot be read. They can be worked out again from the table."""


class Overlap(NamedTuple):
    """Two or more rows of a `unique` table that all fit a cell in an interval."""

    interval: int
    cell: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """For each interval of the table the answer of each cell.

    Under first and unique that is the place of one row, or -1 where no row fits; under collect the places of
    all rows that fit, in table order. A unique table answers with the first where several fit: `overlaps`
    lists such cells, and `overlaps_more` counts those there was no room to list.
    """

    hit: Hit
    cells: int
    by_interval: tuple[OneRow, ...] | tuple[AllRows, ...]
    overlaps: tuple[Overlap, ...] = ()
    overlaps_more: int = 0

    def rows_of(self, interval: int, cell: int) -> tuple[int, ...]:
        """The places of the rows that answer in the cell; none, one, or under collect several."""
        answer = self.by_interval[interval][cell]
        if isinstance(answer, tuple):
            return answer
        return () if answer == NO_ROW else (int(answer),)


def encode(answers: Answers) -> bytes:
    """The written form of the answers; the same answers give the same bytes."""
    sets: dict[tuple[int, ...], int] = {}
    columns: list[OneRow] = []
    for column in answers.by_interval:
        if isinstance(column, tuple):
            places = (sets.setdefault(rows, len(sets)) for rows in column)
            columns.append(np.fromiter(places, np.int32, len(column)))
        else:
            columns.append(column)
    header = {
        "hit": answers.hit,
        "cells": answers.cells,
        "intervals": len(columns),
        "sets": [len(rows) for rows in sets],
        "overlaps": [[each.interval, each.cell, list(each.rows)] for each in answers.overlaps],
        "overlaps_more": answers.overlaps_more,
    }
    rows = np.fromiter(chain.from_iterable(sets), "<i4")
    body = b"".join([*(column.astype("<i4").tobytes() for column in columns), rows.tobytes()])
    return FORM + zlib.compress(json.dumps(header).encode() + b"\n" + body, 6)


def decode(content: bytes) -> Answers:
    """The answers as they were encoded. Anything else is a BadAnswers."""
    if not content.startswith(FORM):
        raise BadAnswers("These answers are in another form.")
    try:
        return _decoded(content[len(FORM) :])
    except (zlib.error, ValueError, KeyError, TypeError, RecursionError) as failed:
        raise BadAnswers(f"These answers are damaged: {failed}.") from failed


def _decoded(content: bytes) -> Answers:
    opened = zlib.decompressobj()
    plain = opened.decompress(content, BYTES_MOST)
    if not opened.eof or opened.unused_data:
        raise ValueError("they end too early, or are too long")
    first, _, body = plain.partition(b"\n")
    header = json.loads(first)
    cells, intervals = int(header["cells"]), int(header["intervals"])
    figures = np.frombuffer(body, "<i4").astype(np.int32)
    if cells < 1 or intervals < 1 or header["hit"] not in {"first", "unique", "collect"}:
        raise ValueError("their heading names no cells")
    if len(figures) != cells * intervals + sum(header["sets"]):
        raise ValueError("they do not have as many figures as they say")
    columns = [figures[start : start + cells] for start in range(0, cells * intervals, cells)]
    overlaps = tuple(_overlap(each, cells, intervals) for each in header["overlaps"])
    more = int(header["overlaps_more"])
    if header["hit"] == "collect":
        listed = _all_rows(columns, _sets(header["sets"], figures[cells * intervals :]))
        return Answers("collect", cells, listed, overlaps, more)
    if any(np.any((column < NO_ROW) | (column >= ROWS_MOST)) for column in columns):
        raise ValueError("they name a row no table has")
    return Answers(header["hit"], cells, tuple(columns), overlaps, more)


def _sets(lengths: list[int], rows: OneRow) -> tuple[tuple[int, ...], ...]:
    if any(length < 0 for length in lengths) or np.any((rows < 0) | (rows >= ROWS_MOST)):
        raise ValueError("they name a row no table has")
    places = rows.tolist()
    return tuple(tuple(places[start:end]) for start, end in pairwise(accumulate(lengths, initial=0)))


def _all_rows(columns: Sequence[OneRow], sets: tuple[tuple[int, ...], ...]) -> tuple[AllRows, ...]:
    if any(np.any((column < 0) | (column >= len(sets))) for column in columns):
        raise ValueError("they name rows that are not listed")
    return tuple(tuple(sets[place] for place in column.tolist()) for column in columns)


def _overlap(written: list[Any], cells: int, intervals: int) -> Overlap:
    interval, cell, rows = written
    if not (0 <= interval < intervals and 0 <= cell < cells):
        raise ValueError("an overlap lies in no cell")
    return Overlap(interval, cell, tuple(rows))
