"""The body of a rule file: its rows, from YAML or from a sheet, and its examples."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rules.columns import (
    CELLS_MOST,
    NAME_MOST,
    VALUES_MOST,
    Condition,
    Example,
    Range,
    Row,
    Value,
)
from rules.fields import fields_of, read_text, refuse_unknown_keys, shown
from rules.header import Head
from rules.plain_yaml import Fields, Items, Node, Text
from rules.problems import Found
from rules.written import plain, read_condition, read_fact, read_instant, read_value, words_of

ROW_KEYS = ("id", "when", "then", "why", "owner", "from", "until")
_ROW_FORM = "a row is written as `- id: P010` with `when`, `then`, `why` and `owner` below it"
_EXAMPLE_FORM = "an example is written as `- given: {...}` with `expect: {...}` below it"


@dataclass(slots=True)
class Written:
    """A row as written, before anything in it has been read."""

    line: int
    when: dict[str, Node] = field(default_factory=dict)
    then: dict[str, Node] = field(default_factory=dict)
    rest: dict[str, Node] = field(default_factory=dict)


def rows_in_yaml(fields: Fields, found: Found) -> list[Written]:
    """The rows of the file as written; what is no row is reported."""
    node = fields.by_name.get("rows")
    if node is None:
        said = "`rows:` is missing, and there is no sheet of this file's name beside it"
        found.add("MISSING", 1, f"{said}: {_ROW_FORM}.")
        return []
    if not isinstance(node, Items):
        found.add("BAD_FORM", node.line, f"`rows` is a list: {_ROW_FORM}.")
        return []
    rows = []
    for item in node.items:
        if not isinstance(item, Fields):
            found.add("BAD_FORM", item.line, f"{_ROW_FORM}.")
            continue
        found.row = _id_of(item)
        refuse_unknown_keys(item, ROW_KEYS, "a row", found)
        when = fields_of(item, "when", "`{channel_kind: web}`, or left out", found)
        then = fields_of(item, "then", "`{rank: 10}`", found)
        rest = {key: node for key, node in item.by_name.items() if key not in {"when", "then"}}
        rows.append(Written(item.line, when.by_name if when else {}, then.by_name if then else {}, rest))
    found.row = ""
    return rows


def _id_of(fields: Fields) -> str:
    node = fields.by_name.get("id")
    return shown(plain(node) or "") if node else ""


def read_rows(rows: Sequence[Written], head: Head, found: Found) -> tuple[Row, ...]:
    """The rows, typed by the head; problems are added to `found`."""
    cells = sum(len(row.when) + len(row.then) for row in rows)
    if cells > CELLS_MOST:
        said = f"the rows have {cells:,} conditions and values; a table may have {CELLS_MOST:,}"
        found.add("TOO_MANY", rows[0].line, f"{said}. Leave out conditions that hold for anything.")
        return ()
    if not rows and not found.problems:
        found.add("MISSING", 1, "there is not one row. Write at least one, with no conditions if need be.")
    read = [_row(row, head, found) for row in rows]
    found.row = ""
    _refuse_second_ids(read, found)
    _refuse_many_bounds(read, head, found)
    return tuple(read)


def _row(row: Written, head: Head, found: Found) -> Row:
    node = row.rest.get("id")
    row_id = plain(node) if node else ""
    found.row = shown(row_id or "")
    _check_id(row_id, row, found)
    texts = {}
    for name in ("why", "owner"):
        text = row.rest.get(name)
        if text is None:
            found.add("MISSING", row.line, f"`{name}` is missing: {_ASKED_OF[name]}")
        texts[name] = read_text(text, name, found) if text else ""
    starts, until = _dates(row, found)
    when = _when(row, head, found)
    then = _then(row, head, found)
    return Row(row_id or "", when, then, texts["why"], texts["owner"], starts, until, row.line)


_ASKED_OF = {
    "why": "say in plain words why this is so; every answer repeats it.",
    "owner": "say which desk or team answers for this row.",
}


def _check_id(row_id: str | None, row: Written, found: Found) -> None:
    if not row_id:
        found.add("MISSING", row.line, "`id` is missing: give the row a short name of its own, such as P010.")
    elif len(row_id) > NAME_MOST:
        found.add("TOO_LONG", row.line, f"the id has {len(row_id):,} characters; it may have {NAME_MOST}.")
    elif not all(sign.isalnum() or sign in "_-." for sign in row_id):
        found.add("BAD_FORM", row.line, "an id has letters, figures, `-`, `_` and `.` only, such as P010.")


def _dates(row: Written, found: Found) -> tuple[datetime | None, datetime | None]:
    starts, until = (
        read_instant(row.rest[name], name, found)
        if name in row.rest and plain(row.rest[name]) != ""
        else None
        for name in ("from", "until")
    )
    if starts and until and until <= starts:
        node = row.rest["until"]
        said = f"from {starts:%Y-%m-%d %H:%M} until {until:%Y-%m-%d %H:%M} can never hold"
        where = node.where if isinstance(node, Text) else ""
        found.add(
            "NEVER_HOLDS", node.line, f"{said}: `until` is the first moment it no longer does.", where=where
        )
    return starts, until


def _when(row: Written, head: Head, found: Found) -> dict[str, Condition]:
    when = {}
    for name, node in row.when.items():
        if name in head.unreadable:
            continue
        if name not in head.inputs:
            said = f"the table has no input `{shown(name)}`"
            found.add("UNKNOWN_INPUT", node.line, f"{said}: {found.near(name, head.inputs)}")
            continue
        condition = read_condition(node, head.inputs[name], found)
        if condition is not None:
            when[name] = condition
    return when


def _then(row: Written, head: Head, found: Found) -> dict[str, Value]:
    then = {}
    for name, node in row.then.items():
        if name not in head.outputs and name not in head.unreadable:
            said = f"the table has no output `{shown(name)}`"
            found.add("UNKNOWN_OUTPUT", node.line, f"{said}: {found.near(name, head.outputs)}")
    for name, output in head.outputs.items():
        value = row.then.get(name)
        if name in head.unreadable:
            continue
        if value is None or plain(value) == "":
            found.add("MISSING", row.line, f"`{name}` is missing in `then`: every row gives it.")
        else:
            then[name] = read_value(value, output, found)
    return then


def _refuse_second_ids(rows: Iterable[Row], found: Found) -> None:
    first: dict[str, Row] = {}
    for row in rows:
        before = first.setdefault(row.row_id, row)
        if row.row_id and before is not row:
            found.row = row.row_id
            said = f"the id stands here for the second time; the first is in line {before.line}"
            found.add("DUPLICATE", row.line, f"{said}. Give this row an id of its own.")
    found.row = ""


def _refuse_many_bounds(rows: Sequence[Row], head: Head, found: Found) -> None:
    for name in head.inputs:
        conditions = (row.when.get(name) for row in rows)
        ranges = (condition for condition in conditions if isinstance(condition, Range))
        numbers = {bound for one in ranges for bound in (one.least, one.most) if bound is not None}
        if len(numbers) > VALUES_MOST:
            said = f"the rows name {len(numbers):,} different numbers for {name}; they may name {VALUES_MOST}"
            found.add("TOO_MANY", rows[0].line, f"{said}. Use ranges, such as 1..5.")


def read_examples(fields: Fields, head: Head, rows: Iterable[Row], found: Found) -> tuple[Example, ...]:
    """The examples of the file; problems are added to `found`."""
    node = fields.by_name.get("examples")
    if node is None or plain(node) == "":
        return ()
    if not isinstance(node, Items) or not all(isinstance(item, Fields) for item in node.items):
        found.add("BAD_FORM", node.line, f"`examples` is a list: {_EXAMPLE_FORM}.")
        return ()
    ids = [row.row_id for row in rows]
    return tuple(_example(item, head, ids, found) for item in node.items if isinstance(item, Fields))


def _example(fields: Fields, head: Head, ids: Sequence[str], found: Found) -> Example:
    refuse_unknown_keys(fields, ("given", "expect", "at"), "an example", found)
    given = fields_of(fields, "given", "`{channel_kind: web}`", found)
    expect = fields_of(fields, "expect", "`{rank: 10, row: P010}`", found)
    facts = _facts(given, head, fields.line, found)
    if expect is None or not expect.by_name:
        found.add("MISSING", fields.line, "`expect` is missing: write what it must give, or `row: P010`.")
    expected: dict[str, Value] = {}
    for name, node in expect.by_name.items() if expect else ():
        if name == "row":
            expected[name] = _expected_row(node, ids, found)
        elif name in head.unreadable:
            continue
        elif name in head.outputs:
            expected[name] = read_value(node, head.outputs[name], found)
        else:
            said = f"the table has no output `{shown(name)}`"
            found.add("UNKNOWN_OUTPUT", node.line, f"{said}: {found.near(name, ('row', *head.outputs))}")
    at = fields.by_name.get("at")
    return Example(facts, expected, read_instant(at, "at", found) if at else None, fields.line)


def _facts(given: Fields | None, head: Head, line: int, found: Found) -> Mapping[str, Value]:
    facts: dict[str, Value] = {}
    by_name = given.by_name if given else {}
    for name, node in by_name.items():
        if name in head.unreadable:
            continue
        if name not in head.inputs:
            said = f"the table has no input `{shown(name)}`"
            found.add("UNKNOWN_INPUT", node.line, f"{said}: {found.near(name, head.inputs)}")
        else:
            facts[name] = read_fact(node, head.inputs[name], found)
    left = [name for name in head.inputs if name not in by_name]
    if left:
        said = f"the example says nothing about {', '.join(left)}"
        found.add("MISSING", line, f"{said}: `given` names every input of the table.")
    return facts


def _expected_row(node: Node, ids: Sequence[str], found: Found) -> Value:
    """The id, or a tuple of ids where a list is written."""
    _, words = words_of(node, found)
    words = words or []
    for word in words:
        if ids and word.text not in ids:
            said = f"there is no row `{shown(word.text)}`"
            found.add("UNKNOWN_ROW", node.line, f"{said}: {found.near(word.text, ids)}")
    if isinstance(node, Text) and len(words) == 1 and not node.text.strip().startswith("["):
        return words[0].text
    return tuple(word.text for word in words)
