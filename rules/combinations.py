"""A table's cells shared out into combinations, each asked of a small ruleset of its own.

A ruleset's cost grows with its rules, for every cell asked of it. Taking the words of an input one by one
leaves each ruleset only the rows that can fit there; loading each ruleset costs something too. So a
combination is parted by one more input for as long as that is estimated to be cheaper: by enums and
bools first, by whole numbers only after them. Which row answers is not judged here: the rules of a ruleset
state the combination they stand for, and every condition of their rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rules.cells import Cut, Space, fits
from rules.columns import Table

LOAD_NS: Final = 100_000
LOAD_RULE_NS: Final = 60_000
ASK_NS: Final = 40_000
ASK_RULE_NS: Final = 1_400
"""Measured nanoseconds: to load a ruleset, each of its rules, and to ask it about a cell, by its rules."""

WORDS: Final = ("enum", "bool")
NUMBERS: Final = ("int",)

Codes = tuple[int | None, ...]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Combination:
    """Some of a table's cells. `codes` holds, by input, the one code it was parted by, or None.

    `rows` are the places of the rows that may fit somewhere in it, dates aside; `rules` counts the rules they
    are written out into.
    """

    codes: Codes
    rows: tuple[int, ...]
    rules: int

    def cells(self, space: Space) -> list[int]:
        """The numbers of its cells, lowest first."""
        numbers = np.arange(space.size).reshape(space.shape)
        chosen = tuple(slice(None) if code is None else code for code in self.codes)
        return [int(cell) for cell in np.ravel(numbers[chosen])]


@dataclass(frozen=True, slots=True)
class _Fit:
    """How the rows take one input's codes: `by_code` row by code, `count` of the codes a row takes.

    `rules` counts the rules a row becomes for the sake of this input: one for each word it takes.
    """

    place: int
    by_code: NDArray[np.bool_]
    count: NDArray[np.int64]
    rules: NDArray[np.int64]
    is_number: bool


def combinations(table: Table, space: Space) -> Iterator[Combination]:
    """Combinations that together hold each cell of the space once."""
    fit = [_fit(table, cut, place) for place, cut in enumerate(space.cuts)]
    waiting: list[tuple[Codes, Rows]] = [((None,) * len(space.cuts), np.arange(len(table.rows)))]
    while waiting:
        codes, rows = waiting.pop()
        free = [each for each in fit if codes[each.place] is None]
        rules = _rules(free, rows)
        by = _parted_by(free, rows, rules)
        if by is None:
            yield Combination(codes, tuple(rows.tolist()), int(rules.sum()))
        else:
            waiting.extend(_parts(codes, rows, by))


def _fit(table: Table, cut: Cut, place: int) -> _Fit:
    by_code = np.ones((len(table.rows), len(cut.parts)), bool)
    asks = np.zeros(len(table.rows), bool)
    for number, row in enumerate(table.rows):
        if cut.name in row.when:
            asks[number] = True
            by_code[number] = [fits(row.when[cut.name], part.one) for part in cut.parts]
    count = by_code.sum(axis=1, dtype=np.int64)
    rules = np.where(asks & (cut.kind in WORDS), count, 1)
    return _Fit(place, by_code, count, rules, is_number=cut.kind in NUMBERS)


def _parts(codes: Codes, rows: Rows, by: _Fit) -> Iterator[tuple[Codes, Rows]]:
    for code in range(by.by_code.shape[1]):
        yield (*codes[: by.place], code, *codes[by.place + 1 :]), rows[by.by_code[rows, code]]


def _rules(free: Sequence[_Fit], rows: Rows) -> Rows:
    """Into how many rules each of the rows is written out; a million stands for more."""
    rules = np.ones(len(rows), np.int64)
    for each in free:
        rules = np.minimum(rules * each.rules[rows], 1_000_000)
    return rules


def _parted_by(free: Sequence[_Fit], rows: Rows, rules: Rows) -> _Fit | None:
    """The input by which parting is cheapest, where that is cheaper than to leave the combination whole."""
    cells = prod(each.by_code.shape[1] for each in free)
    now = _cost(1, int(rules.sum()), cells)
    for of_numbers in (False, True):
        costs = [
            (_cost_parted(each, rows, rules, cells), each.place, each)
            for each in free
            if each.is_number == of_numbers and each.by_code.shape[1] > 1
        ]
        if costs:
            least, _, best = min(costs, key=lambda cost: cost[:2])
            if least < now:
                return best
    return None


def _cost_parted(by: _Fit, rows: Rows, rules: Rows, cells: int) -> int:
    """The cost after parting: a row goes to each ruleset whose code it takes, with fewer rules in each."""
    parts = by.by_code.shape[1]
    return _cost(parts, int(np.sum(rules * by.count[rows] // by.rules[rows])), cells)


def _cost(rulesets: int, rules: int, cells: int) -> int:
    """Nanoseconds to load so many rulesets with so many rules in all, and to ask them about the cells."""
    asking = cells * (ASK_NS + ASK_RULE_NS * rules // rulesets)
    return LOAD_NS * rulesets + LOAD_RULE_NS * rules + asking
