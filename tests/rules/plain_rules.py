"""The judge of rule tables: what a table answers to a fact, read straight off its rows.

It cuts no space, builds no index and shares no code with the product but the table's own classes, so that it
can stand against the cells, the engine and the book.
"""

from collections.abc import Mapping
from datetime import datetime

from rules.table import Condition, Input, Range, Row, Table, Value


def taken_as(given: Input, value: Value) -> Value:
    """The fact as the table takes it: an undeclared word is `(other)`, a number stays within its bounds."""
    if given.kind == "enum":
        return value if value in given.values else "(other)"
    if given.kind == "int":
        assert isinstance(value, int)
        return min(max(value, given.least), given.most)
    return value


def condition_takes(condition: Condition, value: Value) -> bool:
    if isinstance(condition, Range):
        assert isinstance(value, int)
        if condition.least is not None and value < condition.least:
            return False
        return not (condition.most is not None and value > condition.most)
    if condition.negated:
        return value not in condition.values
    return value in condition.values


def row_takes(table: Table, row: Row, facts: Mapping[str, Value]) -> bool:
    for given in table.inputs:
        condition = row.when.get(given.name)
        if condition is not None and not condition_takes(condition, taken_as(given, facts[given.name])):
            return False
    return True


def row_holds(row: Row, local: datetime) -> bool:
    if row.starts is not None and local < row.starts:
        return False
    return not (row.until is not None and local >= row.until)


def rows_that_fit(table: Table, facts: Mapping[str, Value], local: datetime) -> list[int]:
    """The places of every row that holds at the local time and takes the facts, top to bottom."""
    return [
        place
        for place, row in enumerate(table.rows)
        if row_holds(row, local) and row_takes(table, row, facts)
    ]


def answer(table: Table, facts: Mapping[str, Value], local: datetime) -> tuple[int, ...]:
    """The places of the rows that answer: all of them under `collect`, else the first, else none."""
    found = rows_that_fit(table, facts, local)
    return tuple(found) if table.hit == "collect" else tuple(found[:1])
