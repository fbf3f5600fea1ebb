"""From the bytes of a rule file to a checked table."""

from collections.abc import Mapping

from rules.body import read_examples, read_rows, rows_in_yaml
from rules.columns import (
    OTHER,
    Condition,
    Example,
    Hit,
    Input,
    OneOf,
    Output,
    Range,
    Row,
    Sum,
    Table,
    Value,
)
from rules.decisions import DECISIONS, Decision
from rules.header import Head, read_head
from rules.plain_yaml import Fields, read_yaml
from rules.problems import READING_CODES, BadTable, Found, Problem, Severity, nearest
from rules.sheets import rows_in_sheet

__all__ = [
    "OTHER",
    "READING_CODES",
    "BadTable",
    "Condition",
    "Example",
    "Hit",
    "Input",
    "OneOf",
    "Output",
    "Problem",
    "Range",
    "Row",
    "Severity",
    "Sum",
    "Table",
    "Value",
    "nearest",
    "read_table",
]


def read_table(
    file: str,
    content: bytes,
    sheet: tuple[str, bytes] | None = None,
    decisions: Mapping[str, Decision] = DECISIONS,
) -> Table:
    """The table the file holds, its rows from the sheet (name, bytes) where one stands beside it.

    Anything wrong raises BadTable with all that is wrong.
    """
    found = Found(file)
    root = read_yaml(content, found)
    if not isinstance(root, Fields):
        raise found.stop("BAD_FORM", root.line, "a rule file begins with `decides:`, then `hit:`.")
    head = read_head(root, decisions, found)
    rows = _rows(root, head, sheet, found)
    examples = read_examples(root, head, rows, found)
    if found.problems:
        raise found.all()
    return Table(
        file,
        head.decides,
        head.hit,
        tuple(head.inputs.values()),
        tuple(head.outputs.values()),
        rows,
        examples,
        head.sums,
        head.complete,
        head.about,
        sheet[0] if sheet else "",
    )


def _rows(root: Fields, head: Head, sheet: tuple[str, bytes] | None, found: Found) -> tuple[Row, ...]:
    """The rows of the file itself, or of the sheet beside it."""
    if sheet is None:
        return read_rows(rows_in_yaml(root, found), head, found)
    name, content = sheet
    if "rows" in root.by_name:
        said = f"rows stand here and in {name}. Remove `rows:` here, or remove the sheet."
        found.add("DUPLICATE", root.lines["rows"], said)
        return ()
    beside = Found(name)
    try:
        rows = read_rows(rows_in_sheet(name, content, head, beside), head, beside)
    except BadTable:
        rows = ()  # the sheet cannot be read at all; what is wrong with it is told with the rest
    found.take(beside)
    return rows
