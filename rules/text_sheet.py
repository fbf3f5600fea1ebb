"""A sheet as text: CSV bytes to cells, and cells to CSV that no spreadsheet runs."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from rules.columns import ROWS_MOST
from rules.plain_yaml import FILE_BYTES_MOST, USE_CLASSES, Text, decoded, refuse_control_characters
from rules.problems import BadTable, Found

Line = tuple[int, list[Text]]
"""The number of a line and its cells, each with its place as a spreadsheet names it."""

COLUMNS_MOST = 64
LINES_MOST = ROWS_MOST + 1
LAST_LINE = 20_000
"""A line further down than this is a sheet that goes on empty, or a trap."""

_RUNS = "(?=[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20])"
"""What makes a spreadsheet run a cell that begins with it, the full-width signs of East Asia among them."""
_LIVE = re.compile(rf"(^|;\s*)('*){_RUNS}")
_TAMED = re.compile(rf"(^|;\s*)'('*){_RUNS}")


def tame(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet, parting it at semicolons or not, sees a formula."""
    return _LIVE.sub(r"\1'\2", text)


def untame(text: str) -> str:
    """The text that was tamed."""
    return _TAMED.sub(r"\1\2", text)


def write_lines(lines: Iterable[Sequence[str]]) -> bytes:
    """The lines as CSV: commas, UTF-8 with the mark by which spreadsheets know it, nothing they would run."""
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerows([tame(cell) for cell in line] for line in lines)
    return sheet.getvalue().encode("utf-8-sig")


def lines_of_text(content: bytes, found: Found) -> list[Line]:
    """The lines of the CSV that hold anything; what cannot be read at all raises BadTable."""
    if len(content) > FILE_BYTES_MOST:
        said = f"the sheet has {len(content):,} bytes; it may have {FILE_BYTES_MOST:,}"
        raise found.stop("TOO_LARGE", 1, f"{said}. {USE_CLASSES}")
    text = decoded(content, found)
    refuse_control_characters(text, found)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    lines: list[Line] = []
    begins = 1
    try:
        for number, cells in enumerate(reader, start=1):
            line, begins = begins, reader.line_num + 1
            if number > LAST_LINE:
                raise goes_on(line, found)
            if any(cell.strip() for cell in cells) and not (number == 1 and cells[0].startswith("sep=")):
                lines.append((line, _cells(cells, line, number, found)))
            if len(lines) > LINES_MOST:
                raise too_many_lines(line, found)
    except csv.Error as bad:
        said = f"the sheet cannot be read as CSV ({bad})"
        how = "Look for a quotation mark that is not closed, or save it again as `CSV UTF-8`."
        raise found.stop("SYNTAX", begins, f"{said}. {how}") from bad
    return lines


def goes_on(line: int, found: Found) -> BadTable:
    """What is raised where a sheet goes on far below any table."""
    said = f"the sheet goes on below row {LAST_LINE:,}"
    return found.stop("TOO_MANY", line, f"{said}: delete the empty rows below the table.")


def too_many_lines(line: int, found: Found) -> BadTable:
    """What is raised at the first line of a sheet that is one too many."""
    return found.stop("TOO_MANY", line, f"the sheet has more than {ROWS_MOST:,} rows. {USE_CLASSES}")


def _cells(cells: Sequence[str], line: int, number: int, found: Found) -> list[Text]:
    places = enumerate(cells[: COLUMNS_MOST + 1], start=1)
    return [_cell(cell, line, f"{column_letters(column)}{number}", found) for column, cell in places]


def _cell(written: str, line: int, where: str, found: Found) -> Text:
    if written.lstrip().startswith("="):
        said = f"`{written.strip()[:40]}` begins with = and would be run as a formula"
        found.add("NOT_PLAIN", line, f"{said}: write the value itself.", where=where)
    return Text(untame(written.strip()), line, where)


def _separator(text: str) -> str:
    """What stands between the cells of the first line: a comma, a semicolon or a tab."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.removeprefix("sep=").count)


def column_letters(column: int) -> str:
    """A, B ... Z, AA, AB ... for column 1, 2 ... 26, 27, 28 ..."""
    letters = ""
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters
