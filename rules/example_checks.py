"""The examples of a table, held against its answers; and the rows none of them exercises."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from rules.answer_checks import ids_said, rows_that_fire
from rules.answers import Answers
from rules.cells import Interval, Space, intervals
from rules.columns import Example, Row, Table, Value
from rules.problems import Problem
from rules.written import write_fact, write_instant, write_value


@dataclass(frozen=True, slots=True)
class Tried:
    """An example with the rows that answered it, and what differs from what it expects; empty if nothing."""

    example: Example
    rows: tuple[Row, ...]
    said: str


def interval_of(spans: Sequence[Interval], local: datetime | None) -> int:
    """The number of the interval of the local time; without a time the last, when all dates have come."""
    if local is None:
        return len(spans) - 1
    return next(number for number, span in enumerate(spans) if span.until is None or local < span.until)


def tried_examples(table: Table, space: Space, answers: Answers) -> tuple[Tried, ...]:
    """Each example of the table, tried on its answers.

    An example without `at` is judged when all dates in the file have come to pass.
    """
    spans = intervals(table)
    tried = []
    for example in table.examples:
        places = answers.rows_of(interval_of(spans, example.at), space.cell_of(example.given))
        rows = tuple(table.rows[place] for place in places)
        tried.append(Tried(example, rows, _differs(table, example, rows)))
    return tuple(tried)


def example_problems(table: Table, space: Space, answers: Answers) -> Iterator[Problem]:
    """Examples that fail, and rows without an example, in no order."""
    spans = intervals(table)
    exercised: set[str] = set()
    for tried in tried_examples(table, space, answers):
        exercised |= {row.row_id for row in tried.rows} | set(_expected_rows(tried.example) or ())
        if tried.said:
            undated = tried.example.at is None and len(spans) > 1
            hint = " (without `at` it is judged when all dates in the file have come)" if undated else ""
            message = f"the example {tried.said}{hint}. Mend the rows, or the example."
            yield Problem(table.file, tried.example.line, "", message, "error", "EXAMPLE_FAILS")
    for place in sorted(rows_that_fire(answers)):
        row = table.rows[place]
        if row.row_id not in exercised:
            shown = _an_example(space, answers, spans, place)
            message = f"no example exercises {row.row_id}: add one, e.g. {shown}"
            yield Problem(table.rows_file, row.line, row.row_id, message, "warning", "NO_EXAMPLE")


def _expected_rows(example: Example) -> tuple[str, ...] | None:
    expected = example.expect.get("row")
    if expected is None:
        return None
    return expected if isinstance(expected, tuple) else (str(expected),)


def _differs(table: Table, example: Example, rows: tuple[Row, ...]) -> str:
    """What the example expects and what there is instead, in words; nothing where it is as expected."""
    outputs = {name: value for name, value in example.expect.items() if name != "row"}
    expected = _expected_rows(example)
    same_rows = expected is None or sorted(expected) == sorted(row.row_id for row in rows)
    same_outputs = any(
        all(_same(row.then.get(name), value) for name, value in outputs.items()) for row in rows
    )
    if same_rows and (same_outputs or not outputs):
        return ""
    wanted = [f"row {' and '.join(expected) or 'none'}"] if expected is not None else []
    wanted += [f"{name} {_written(table, name, value)}" for name, value in outputs.items()]
    if not rows:
        return f"expects {', '.join(wanted)}, but no row fits"
    given = "; ".join(_gives(table, row, tuple(outputs)) for row in rows[:3])
    return f"expects {', '.join(wanted)}, but {ids_said(rows)} fired: {given}"


def _gives(table: Table, row: Row, names: tuple[str, ...]) -> str:
    """What the row gives of the named outputs, or of all, and why it is there."""
    given = [f"{name} {_written(table, name, row.then.get(name))}" for name in names or tuple(row.then)]
    return f"{row.row_id} gives {', '.join(given)} ({row.why.rstrip('.')})"


def _same(given: Value, expected: Value) -> bool:
    if isinstance(given, tuple) and isinstance(expected, tuple):
        return sorted(given) == sorted(expected)
    return given == expected


def _written(table: Table, name: str, value: Value) -> str:
    output = next((each for each in table.outputs if each.name == name), None)
    return write_fact(value) if output is None else write_value(value, output)


def _an_example(space: Space, answers: Answers, spans: Sequence[Interval], place: int) -> str:
    """Facts for which the row answers, as an example is written; judged without a time where that will do."""
    last = len(spans) - 1
    for number in (last, *range(last)):
        answered = answers.by_interval[number]
        if isinstance(answered, tuple):
            cell = next((cell for cell, places in enumerate(answered) if place in places), None)
        else:
            cell = next(iter(np.flatnonzero(answered == place).tolist()), None)
        if cell is not None:
            given = ", ".join(f"{name}: {write_fact(value)}" for name, value in space.facts_of(cell).items())
            at = "" if number == last else f", at: {write_instant(_moment(spans[number]))}"
            return f"given: {{{given}}}{at}"
    raise AssertionError(f"the row at {place} answers nowhere")


def _moment(span: Interval) -> datetime:
    """A moment of the interval: its first, or the day before its end."""
    if span.starts is not None:
        return span.starts
    assert span.until is not None
    return span.until - timedelta(days=1)
