"""A workbook to fill in: a sheet of rows with drop-downs, and a sheet that says what the columns mean."""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rules.text_sheet import column_letters, tame

_LAST_LINE = 2_001
_WIDTHS = (10, 60)
_STAMP = (1980, 1, 1, 0, 0, 0)
_NUMBER = re.compile(r"-?\d{1,15}")


@dataclass(frozen=True, slots=True)
class Filled:
    """A column: its heading, what it means, how it is filled in, and the words it offers.

    `strict`: no other words are taken. `number`: numbers are kept as numbers.
    """

    heading: str
    meaning: str
    form: str = ""
    words: tuple[str, ...] = ()
    strict: bool = False
    number: bool = False


def workbook_of(columns: Sequence[Filled], lines: Sequence[Sequence[str]]) -> bytes:
    """The workbook; the same columns and lines always give the same bytes."""
    from openpyxl import Workbook  # only those who use workbooks wait for it

    book = Workbook()
    rows = book.active
    rows.title = "rows"
    _fill(rows, columns, lines)
    _explain(book.create_sheet("notes"), columns)
    _offer(rows, book.create_sheet("words"), columns)
    written = io.BytesIO()
    book.save(written)
    return _without_times(written.getvalue())


def _fill(sheet: Any, columns: Sequence[Filled], lines: Sequence[Sequence[str]]) -> None:
    from openpyxl.styles import Alignment, Font

    for place, column in enumerate(columns, start=1):
        cell = sheet.cell(1, place)
        _put(cell, column.heading)
        cell.font = Font(bold=True)
        longest = max([len(column.heading) + 2, *[len(line[place - 1]) for line in lines]])
        narrowest, widest = _WIDTHS
        sheet.column_dimensions[column_letters(place)].width = min(max(longest, narrowest), widest)
    wrapped = Alignment(wrap_text=True, vertical="top")
    for number, line in enumerate(lines, start=2):
        for place, (column, text) in enumerate(zip(columns, line, strict=True), start=1):
            if text:
                cell = sheet.cell(number, place)
                _write(cell, text, number=column.number)
                cell.alignment = wrapped
    sheet.freeze_panes = "B2"


def _write(cell: Any, text: str, *, number: bool) -> None:
    """The text as it is, or as a number where the column holds numbers."""
    if number and _NUMBER.fullmatch(text):
        cell.value = int(text)
        return
    _put(cell, text)
    cell.number_format = "@"
    cell.quotePrefix = tame(text) != text  # so that editing the cell does not make it a formula


def _put(cell: Any, text: str) -> None:
    """The text as text, whatever it begins with."""
    cell.value = text
    cell.data_type = "s"


def _explain(sheet: Any, columns: Sequence[Filled]) -> None:
    from openpyxl.styles import Alignment, Font

    lines = [("column", "what it means", "how it is filled in")]
    lines += [(column.heading, column.meaning, column.form) for column in columns]
    for number, line in enumerate(lines, start=1):
        for place, text in enumerate(line, start=1):
            cell = sheet.cell(number, place)
            _put(cell, text)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=number == 1)
    for letter, width in (("A", 28), ("B", 60), ("C", 60)):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"


def _offer(rows: Any, words: Any, columns: Sequence[Filled]) -> None:
    """Each column with words has a drop-down of them; the words stand on a hidden sheet."""
    from openpyxl.worksheet.datavalidation import DataValidation

    words.sheet_state = "hidden"
    for place, column in enumerate(columns, start=1):
        if not column.words:
            continue
        letter = column_letters(place)
        for number, word in enumerate(column.words, start=1):
            _put(words.cell(number, place), word)
        offered = DataValidation(
            type="list",
            formula1=f"words!${letter}$1:${letter}${len(column.words)}",
            allow_blank=True,
            showErrorMessage=column.strict,
            errorTitle=column.heading[:32],
            error="Choose one of the list."[:225],
        )
        rows.add_data_validation(offered)
        offered.add(f"{letter}2:{letter}{_LAST_LINE}")


def _without_times(content: bytes) -> bytes:
    """The workbook with every time it was written at set back."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as parts,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as settled,
    ):
        for part in parts.infolist():
            text = parts.read(part)
            if part.filename == "docProps/core.xml":
                text = re.sub(rb">[^<]*</dcterms:", b">1980-01-01T00:00:00Z</dcterms:", text)
            settled.writestr(zipfile.ZipInfo(part.filename, _STAMP), text, zipfile.ZIP_DEFLATED)
    return written.getvalue()
