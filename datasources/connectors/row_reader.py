"""One table of a mapping made ready to turn rows into facts as at a day."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, Inexact
from typing import Any

from datasources.connectors.cells import Cell, CellRefused, Format, Reader, Value, as_text, readers
from datasources.connectors.column_reader import KINDS
from datasources.connectors.mapping import (
    FACTS,
    Condition,
    DayPlus,
    FieldSource,
    FieldSources,
    FolderMapping,
    Join,
    Operand,
    Table,
    every_source,
    required_fields,
)
from datasources.facts import Fact

RowCells = list[tuple[Cell, ...] | None]
"""The table's own cells, then those of each join; None where an optional join found no row."""

TESTS: Mapping[str, Callable[[Any, tuple[Any, ...]], bool]] = {
    "equals": lambda cell, wanted: bool(cell == wanted[0]),
    "not": lambda cell, wanted: bool(cell != wanted[0]),
    "in": lambda cell, wanted: cell in wanted,
    "not_in": lambda cell, wanted: cell not in wanted,
    "below": lambda cell, wanted: bool(operator.lt(cell, wanted[0])),
    "at_most": lambda cell, wanted: bool(operator.le(cell, wanted[0])),
    "above": lambda cell, wanted: bool(operator.gt(cell, wanted[0])),
    "at_least": lambda cell, wanted: bool(operator.ge(cell, wanted[0])),
}

_EXACT = Context(prec=60, traps=[Inexact])


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column's cell stands in a row, and how its file is written."""

    column: str
    part: int
    index: int
    written: Format

    def cell(self, row: RowCells) -> Cell:
        cells = row[self.part]
        return None if cells is None else cells[self.index]


class Layout:
    """Which columns of which file a table needs, and where each of them stands in a row."""

    def __init__(self, table: Table, mapping: FolderMapping) -> None:
        self._parts = {join.name: n for n, join in enumerate(table.joins, 1)}
        self.files = (table.file, *(join.file for join in table.joins))
        self.written = tuple(mapping.written(file) for file in self.files)
        self.columns: list[list[str]] = [[], *([theirs for _, theirs in join.on] for join in table.joins)]
        for column in _columns_used(table):
            part, name = self._split(column)
            if name not in self.columns[part]:
                self.columns[part].append(name)

    def place(self, column: str) -> Place:
        part, name = self._split(column)
        return Place(column, part, self.columns[part].index(name), self.written[part])

    def _split(self, column: str) -> tuple[int, str]:
        prefix, _, name = column.partition(".")
        part = self._parts.get(prefix, 0) if name else 0
        return part, name if part else column


def _columns_used(table: Table) -> list[str]:
    sources = [source for sources in table.fields.values() for source in every_source(sources)]
    return [
        *(column for source in sources for column in source.columns),
        *(condition.column for condition in table.where),
        *(ours for join in table.joins for ours, _ in join.on),
    ]


@dataclass(frozen=True, slots=True)
class Check:
    """A condition with its operands as at the day."""

    place: Place
    read: Reader
    tests: tuple[tuple[Callable[[Any, tuple[Any, ...]], bool], tuple[object, ...]], ...]
    empty: bool | None
    or_empty: bool

    def passes(self, row: RowCells) -> bool:
        cell = self.place.cell(row)
        if cell is None:
            return self.or_empty or self.empty is True
        if self.empty is True:
            return False
        value = _read(self.read, cell, self.place)
        return all(test(value, wanted) for test, wanted in self.tests)


@dataclass(frozen=True, slots=True)
class ReadyJoin:
    """A join with the places of its keys."""

    join: Join
    part: int
    keys: tuple[Place, ...]

    def key(self, row: RowCells) -> tuple[str, ...] | None:
        """The key to look up; None if a part of it is empty and the join is optional."""
        cells = [(place, place.cell(row)) for place in self.keys]
        for place, cell in cells:
            if cell is None and not self.join.optional:
                raise CellRefused(f"{place.column} is empty, so there is no {self.join.name} to look up")
        if any(cell is None for _, cell in cells):
            return None
        return tuple(str(_read(as_text, cell, place)) for place, cell in cells)

    def wanted(self, key: tuple[str, ...] | None) -> str:
        """The key in words."""
        return ", ".join(
            f"{theirs} {value!r}" for (_, theirs), value in zip(self.join.on, key or (), strict=True)
        )


class RowReader:
    """Turns the rows of one table into facts as at a day."""

    def __init__(self, table: Table, mapping: FolderMapping, day: date) -> None:
        self.table, self.layout, self._day = table, Layout(table, mapping), day
        checks = [self._check(condition) for condition in table.where]
        self._checks = [
            [check for check in checks if check.place.part == n] for n in range(len(table.joins) + 1)
        ]
        self.joins = [self._join(n, join) for n, join in enumerate(table.joins, 1)]
        self._fact = FACTS[table.fact]
        self._required = frozenset(required_fields(self._fact))
        read = readers(self._fact)
        self._fields = [(name, self._field(sources, read[name])) for name, sources in table.fields.items()]

    def counts(self, row: RowCells) -> bool:
        """Whether the row passes the conditions on the part that was joined last."""
        return all(check.passes(row) for check in self._checks[len(row) - 1])

    def fact(self, row: RowCells) -> Fact:
        """The fact in the row."""
        values: dict[str, object] = {}
        for name, value in self._fields:
            found = value(row)
            if found is not None:
                values[name] = found
            elif name in self._required:
                raise CellRefused(f"{name} is empty ({self._origin(name)})")
        made: Fact = self._fact(**values)
        return made

    def _origin(self, name: str) -> str:
        columns = [column for source in every_source(self.table.fields[name]) for column in source.columns]
        return f"from {', '.join(columns)}"

    def _check(self, condition: Condition) -> Check:
        tests = tuple(
            (TESTS[name], tuple(self._at_day(operand) for operand in operands))
            for name, operands in condition.tests
        )
        place = self.layout.place(condition.column)
        return Check(place, KINDS[condition.kind], tests, condition.empty, condition.or_empty)

    def _join(self, part: int, join: Join) -> ReadyJoin:
        return ReadyJoin(join, part, tuple(self.layout.place(ours) for ours, _ in join.on))

    def _at_day(self, value: Operand | Value | None) -> object:
        return value.on(self._day) if isinstance(value, DayPlus) else value

    def _field(self, sources: FieldSources, read: Reader) -> Callable[[RowCells], object]:
        if isinstance(sources, FieldSource):
            return self._value(sources, read)
        if isinstance(sources, Mapping):
            named = [(name, self._value(source, read)) for name, source in sources.items()]
            return lambda row: {name: found for name, value in named if (found := value(row)) is not None}
        several = [self._value(source, read) for source in sources]
        return lambda row: tuple(found for value in several if (found := value(row)) is not None)

    def _value(self, source: FieldSource, read: Reader) -> Callable[[RowCells], object]:
        if source.value is not None:
            constant = self._at_day(source.value)
            return lambda _: constant
        if len(source.parts) == 1 and not source.parts[0][0]:
            return self._column_value(source, read)
        return self._text_value(source, read)

    def _column_value(self, source: FieldSource, read: Reader) -> Callable[[RowCells], object]:
        place, default = self.layout.place(source.columns[0]), self._at_day(source.default)

        def value(row: RowCells) -> object:
            cell = place.cell(row)
            return default if cell is None else _found(source, read, cell, place)

        return value

    def _text_value(self, source: FieldSource, read: Reader) -> Callable[[RowCells], object]:
        parts = [(text, self.layout.place(column) if column else None) for text, column in source.parts]
        default, whole = (
            self._at_day(source.default),
            Place(" and ".join(source.columns), 0, 0, self.layout.written[0]),
        )

        def value(row: RowCells) -> object:
            text = _filled(parts, row)
            return default if text is None else _found(source, read, text, whole)

        return value


def _filled(parts: list[tuple[str, Place | None]], row: RowCells) -> str | None:
    pieces: list[str] = []
    for text, place in parts:
        pieces.append(text)
        cell = place.cell(row) if place else ""
        if cell is None:
            return None
        if place:
            pieces.append(str(_read(as_text, cell, place)))
    return "".join(pieces)


def _found(source: FieldSource, read: Reader, cell: Cell, place: Place) -> Value:
    if source.lookup is not None:
        key = str(_read(as_text, cell, place))
        if key not in source.lookup:
            raise CellRefused(
                f"{place.column}: {key!r} is not in the map. Known: {', '.join(source.lookup)[:200]}"
            )
        return source.lookup[key]
    value = _read(read, cell, place)
    if source.times is None:
        return value
    assert isinstance(value, Decimal)
    return _EXACT.multiply(value, source.times)


def _read(read: Reader, cell: Cell, place: Place) -> Value:
    try:
        return read(cell, place.written)
    except CellRefused as refused:
        raise CellRefused(f"{place.column}: {refused}") from None
