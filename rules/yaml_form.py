"""A table as YAML, in the one form that is easy to read and to compare: the same table, the same text."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap

from rules.columns import Condition, Example, Input, OneOf, Output, Row, Table, Value
from rules.written import TRUE, write_condition, write_fact, write_instant, write_value

_LINE_MOST = 110
_FOLDED_FROM = 96
_PLAIN_WORD = re.compile(r"\w(?:[\w .()/%+&;-]*[\w.()/%+&;-])?")
"""Text that may stand without quotes inside braces."""


def write_yaml(table: Table, *, rows: bool = True) -> bytes:
    """The table as YAML; without `rows`, as the head of a sheet. Read again, it gives the table."""
    return ("\n".join(_lines(table, rows=rows)) + "\n").encode()


def _lines(table: Table, *, rows: bool) -> Iterator[str]:
    yield f"decides: {_word(table.decides)}"
    yield f"hit: {table.hit}"
    if table.complete != (table.hit != "collect"):
        yield f"complete: {write_fact(table.complete)}"
    if table.about:
        yield from _text("about", table.about, "")
    if table.inputs:
        yield "inputs:"
        yield from (f"  {_word(column.name)}: {_input(column)}" for column in table.inputs)
    yield "outputs:"
    yield from (f"  {_word(column.name)}: {_output(column)}" for column in table.outputs)
    if table.sums:
        yield "sums:"
        yield from (f"  {one.output}: {{over: {one.over}, to: {one.to}}}" for one in table.sums)
    if rows:
        yield "rows:"
        for row in table.rows:
            yield from _row(row, table)
    if table.examples:
        yield "examples:"
        for example in table.examples:
            yield from _example(example, table)


def _word(text: str) -> str:
    """The word, in quotes where YAML would see more in it."""
    return text if _PLAIN_WORD.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _list(words: Iterable[str]) -> str:
    return "[" + ", ".join(map(_word, words)) + "]"


def _fields(fields: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_word(name)}: {text}" for name, text in fields.items()) + "}"


def _text(name: str, text: str, indent: str) -> Iterator[str]:
    """The text on one line, or folded over several."""
    if len(text) > _FOLDED_FROM:
        yield f"{indent}{name}: >-"
        lines = wrap(text, _FOLDED_FROM, break_long_words=False, break_on_hyphens=False)
        yield from (f"{indent}  {line}" for line in lines)
        return
    plain = text[0].isalnum() and ": " not in text and " #" not in text and not text.endswith(":")
    yield f"{indent}{name}: {text if plain else json.dumps(text, ensure_ascii=False)}"


def _input(column: Input) -> str:
    fields = {"type": column.kind} | _domain(column)
    return _fields(fields)


def _output(column: Output) -> str:
    none = {"none": TRUE[0]} if column.none else {}
    return _fields({"type": column.kind} | _domain(column) | none)


def _domain(column: Input | Output) -> dict[str, str]:
    if column.kind in {"enum", "list"}:
        return {"values": _list(column.values)}
    if column.kind == "int":
        return {"min": str(column.least), "max": str(column.most)}
    return {}


def _row(row: Row, table: Table) -> Iterator[str]:
    yield f"  - id: {_word(row.row_id)}"
    when = {
        column.name: _condition(row.when[column.name], column)
        for column in table.inputs
        if column.name in row.when
    }
    yield from _mapping("when", when, "    ")
    then = {column.name: _value(row.then[column.name], column) for column in table.outputs}
    yield from _mapping("then", then, "    ")
    yield from _text("why", row.why, "    ")
    yield from _text("owner", row.owner, "    ")
    for name, instant in (("from", row.starts), ("until", row.until)):
        if instant:
            yield f"    {name}: {_instant(write_instant(instant))}"


def _instant(written: str) -> str:
    return json.dumps(written) if ":" in written else written


def _mapping(name: str, fields: Mapping[str, str], indent: str) -> Iterator[str]:
    """The fields on one line where they fit, otherwise one below the other."""
    line = f"{indent}{name}: {_fields(fields)}"
    if len(line) <= _LINE_MOST or not fields:
        yield line
        return
    yield f"{indent}{name}:"
    yield from (f"{indent}  {_word(key)}: {text}" for key, text in fields.items())


def _condition(condition: Condition, column: Input) -> str:
    written = write_condition(condition, column)
    if isinstance(condition, OneOf) and not condition.negated and len(condition.values) > 1:
        return _list(written.split(", "))
    return _word(written)


def _value(value: Value, column: Output) -> str:
    if isinstance(value, tuple):
        return _list(value)
    return _word(write_value(value, column))


def _example(example: Example, table: Table) -> Iterator[str]:
    given = {
        column.name: _word(write_fact(example.given[column.name]))
        for column in table.inputs
        if column.name in example.given
    }
    given_lines = list(_mapping("given", given, "    "))
    yield "  - " + given_lines[0].lstrip()
    yield from given_lines[1:]
    outputs = {column.name: column for column in table.outputs}
    expect = {
        name: _value(value, outputs[name]) if name in outputs else _expected_row(value)
        for name, value in example.expect.items()
    }
    yield from _mapping("expect", expect, "    ")
    if example.at:
        yield f"    at: {_instant(write_instant(example.at))}"


def _expected_row(value: Value) -> str:
    return _list(value) if isinstance(value, tuple) else _word(str(value))
