"""The parts of a checked table: inputs, outputs, conditions, rows, examples and sums."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from rules.decisions import InputKind, OutputKind

Value = str | int | bool | tuple[str, ...] | None
Hit = Literal["first", "unique", "collect"]

SHEETS: Final = (".csv", ".xlsx")
"""How the name of a sheet ends that stands beside a rule file and holds its rows."""
OTHER: Final = "(other)"
"""Stands for every value an enum input does not declare; written `other`."""

ROWS_MOST = 2_000
CELLS_MOST = 50_000
VALUES_MOST = 256
INPUTS_MOST = 16
OUTPUTS_MOST = 12
EXAMPLES_MOST = 2_000
NAME_MOST = 64
TEXT_MOST = 500


@dataclass(frozen=True, slots=True)
class Input:
    """Something a row may look at. Numbers outside `least` to `most` are taken as the nearer of the two."""

    name: str
    kind: InputKind
    values: tuple[str, ...] = ()
    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Output:
    """Something every row gives. A time is minutes since midnight; `none` lets a row give nothing: None."""

    name: str
    kind: OutputKind
    values: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    none: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """Holds for the listed values; `negated`, for all others, the undeclared ones among them."""

    values: frozenset[str | bool]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """Holds from `least` to `most`, both included; None is no bound."""

    least: int | None
    most: int | None


Condition = OneOf | Range


@dataclass(frozen=True, slots=True)
class Row:
    """One rule. It fits where all of `when` holds, from `starts` up to but not at `until`.

    The two are local to the site the decision is for, and naive; a day means its 00:00.
    """

    row_id: str
    when: Mapping[str, Condition]
    then: Mapping[str, Value]
    why: str
    owner: str
    starts: datetime | None = None
    until: datetime | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Example:
    """Facts and what the table must make of them.

    `expect` may hold `row`: the id of the row that must fire, or a tuple of all that must.
    """

    given: Mapping[str, Value]
    expect: Mapping[str, Value]
    at: datetime | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Sum:
    """The output, added up over the declared values of an input, must come to `to` wherever one looks."""

    output: str
    over: str
    to: int


@dataclass(frozen=True, slots=True)
class Table:
    """A rule file that was read and is sound in itself. Lines are no part of what makes two tables equal."""

    file: str
    decides: str
    hit: Hit
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rows: tuple[Row, ...]
    examples: tuple[Example, ...] = ()
    sums: tuple[Sum, ...] = ()
    complete: bool = True
    about: str = ""
    sheet: str = field(default="", compare=False)
    """The sheet beside the file that its rows stand in; empty where they stand in the file itself."""

    @property
    def rows_file(self) -> str:
        """The file in which the lines of the rows count."""
        return self.sheet or self.file
