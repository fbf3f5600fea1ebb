"""The rows of a rule file in a sheet beside it: one column for each input and output, one line for each row.

Headings: `id`, `when <input>` ..., `then <output>` ..., `why`, `owner`, `from`, `until`.
"""

from collections.abc import Mapping, Sequence

from rules.body import Written
from rules.columns import Input, Output, Row, Table
from rules.decisions import DECISIONS, Decision
from rules.fields import shown
from rules.header import Head
from rules.plain_yaml import Text
from rules.problems import Found
from rules.text_sheet import COLUMNS_MOST, Line, lines_of_text, write_lines
from rules.workbook import lines_of_workbook
from rules.workbook_form import Filled, workbook_of
from rules.written import write_condition, write_instant, write_value

_REST = {
    "why": "why this is so, in plain words; every answer repeats it",
    "owner": "the desk or team that answers for the row",
    "from": "the first day, or day and time, it holds; local to the site; empty: always",
    "until": "the first day, or day and time, it no longer holds; empty: for ever",
}


def rows_in_sheet(name: str, content: bytes, head: Head, found: Found) -> list[Written]:
    """The rows of the sheet as written; problems are added to `found`, which is the sheet's own.

    What cannot be read at all raises BadTable.
    """
    if name.lower().endswith(".xlsx"):
        lines = lines_of_workbook(content, found)
    elif name.lower().endswith(".csv"):
        lines = lines_of_text(content, found)
    else:
        raise found.stop("SYNTAX", 1, f"{shown(name)} is no sheet: rows stand in a .csv or an .xlsx file.")
    if not lines:
        named = ", ".join(_headings(list(head.inputs), list(head.outputs)))
        raise found.stop("MISSING", 1, f"the sheet is empty. Its first line holds the headings: {named}.")
    headings = _read_headings(lines[0], head, found)
    return [_row(line, headings, found) for line in lines[1:]]


def _headings(inputs: Sequence[str], outputs: Sequence[str]) -> list[str]:
    when = [f"when {name}" for name in inputs]
    return ["id", *when, *[f"then {name}" for name in outputs], *_REST]


def _read_headings(line: Line, head: Head, found: Found) -> list[str]:
    """The heading of each column, empty where it has none or means nothing."""
    number, cells = line
    known = _headings(list(head.inputs), list(head.outputs))
    if len(cells) > COLUMNS_MOST and cells[COLUMNS_MOST].text:
        found.add("TOO_MANY", number, f"the sheet has more than {COLUMNS_MOST} columns.")
    headings: list[str] = []
    for cell in cells:
        heading = " ".join(cell.text.split())
        if heading and heading not in known:
            near = next((name for name in known if name.split()[-1] == heading), None)
            instead = f"write `{near}`" if near else found.near(heading, known)
            said = f"the heading `{shown(heading)}` means nothing: {instead}"
            found.add("UNKNOWN_KEY", number, said, where=cell.where)
        elif heading and heading in headings:
            said = f"the heading `{heading}` stands twice. Remove one of the columns."
            found.add("DUPLICATE", number, said, where=cell.where)
            heading = ""
        headings.append(heading)
    for heading in known:
        if heading not in headings and not heading.startswith("when ") and heading not in {"from", "until"}:
            found.add("MISSING", number, f"the column `{heading}` is missing: add it to the headings.")
    return headings


def _row(line: Line, headings: Sequence[str], found: Found) -> Written:
    number, cells = line
    row = Written(number)
    for place, cell in enumerate(cells):
        heading = headings[place] if place < len(headings) else ""
        if not cell.text:
            continue
        kind, _, name = heading.partition(" ")
        if kind == "when":
            row.when[name] = cell
        elif kind == "then":
            row.then[name] = cell
        elif heading:
            row.rest[heading] = cell
        else:
            _refuse_stray(cell, found)
    return row


def _refuse_stray(cell: Text, found: Found) -> None:
    said = f"`{shown(cell.text)}` stands in a column without a heading. Remove it, or name the column."
    found.add("UNKNOWN_KEY", cell.line, said, where=cell.where)


def lines_of_table(table: Table) -> list[list[str]]:
    """The heading and the rows of the table as they stand in a sheet."""
    headings = _headings([column.name for column in table.inputs], [column.name for column in table.outputs])
    return [headings, *[_line(row, table) for row in table.rows]]


def _line(row: Row, table: Table) -> list[str]:
    when = [
        _yes_or_no(write_condition(row.when[column.name], column), column.kind)
        if column.name in row.when
        else ""
        for column in table.inputs
    ]
    then = [_yes_or_no(write_value(row.then[column.name], column), column.kind) for column in table.outputs]
    dates = [write_instant(date) if date else "" for date in (row.starts, row.until)]
    return [row.row_id, *when, *then, row.why, row.owner, *dates]


def _yes_or_no(written: str, kind: str) -> str:
    return {"true": "yes", "false": "no"}.get(written, written) if kind == "bool" else written


def write_csv(table: Table) -> bytes:
    """The rows of the table as CSV. Read with the table's head, it gives the table again."""
    return write_lines(lines_of_table(table))


def write_xlsx(table: Table, decisions: Mapping[str, Decision] = DECISIONS) -> bytes:
    """The rows of the table as a workbook to fill in, with what each column means on its second sheet.

    Read with the table's head, it gives the table again; one table always gives the same bytes.
    """
    decision = decisions.get(table.decides)
    known = {known.name: known.meaning for known in decision.inputs} if decision else {}
    given = {given.name: given.meaning for given in decision.outputs} if decision else {}
    columns = [
        Filled("id", "the short name of the row, its own, such as P010"),
        *[_when_column(column, known.get(column.name, "")) for column in table.inputs],
        *[_then_column(column, given.get(column.name, "")) for column in table.outputs],
        *[Filled(name, meaning) for name, meaning in _REST.items()],
    ]
    return workbook_of(columns, lines_of_table(table)[1:])


def _when_column(column: Input, meaning: str) -> Filled:
    heading = f"when {column.name}"
    if column.kind == "enum":
        form = "one word, several with commas between them, or `not` and words; empty: any; other: any word"
        return Filled(heading, meaning, f"{form} not in the list", (*column.values, "other"))
    if column.kind == "bool":
        return Filled(heading, meaning, "yes or no; empty: any", ("yes", "no"), strict=True)
    within = f"{column.least} to {column.most}"
    return Filled(heading, meaning, f"5, >= 3, < 3 or 1..5; empty: any; it lies in {within}")


def _then_column(column: Output, meaning: str) -> Filled:
    heading = f"then {column.name}"
    none = ("none",) if column.none else ()
    or_none = " or none" if none else ""
    if column.kind == "bool":
        return Filled(heading, meaning, f"yes or no{or_none}", ("yes", "no", *none), strict=True)
    if column.kind == "enum":
        return Filled(heading, meaning, f"one of the list{or_none}", (*column.values, *none), strict=True)
    if column.kind == "list":
        return Filled(heading, meaning, "words of the list with commas between them; []: none", column.values)
    if column.kind == "time":
        return Filled(heading, meaning, f"a time such as 16:30{or_none}")
    return Filled(heading, meaning, f"a whole number, {column.least} to {column.most}{or_none}", number=True)
