"""A workbook (xlsx) to cells. It is looked through as a zip file first, so that no bomb is ever unpacked."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from rules.plain_yaml import Text, hidden_sign
from rules.problems import BadTable, Found
from rules.text_sheet import (
    COLUMNS_MOST,
    LAST_LINE,
    LINES_MOST,
    Line,
    column_letters,
    goes_on,
    too_many_lines,
)

WORKBOOK_BYTES_MOST = 2_000_000
UNPACKED_BYTES_MOST = 20_000_000
PARTS_MOST = 200
RATIO_MOST = 250
"""A part that unpacks to more than so many times its size is no sheet, however alike its cells are."""
ELEMENTS_MOST = 200_000
"""Elements of all parts together: a table of the greatest size needs three for each of its 60,000 cells."""

_SAVE = "Save it again from the spreadsheet as `Excel workbook (.xlsx)`, or as `CSV UTF-8`."
_SHORT = 100_000
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)")


def lines_of_workbook(content: bytes, found: Found) -> list[Line]:
    """The lines of the sheet called `rows`, or else of the first, that hold anything.

    What cannot or must not be read raises BadTable; formulas are reported cell by cell.
    """
    _look_through(content, found)
    from openpyxl import load_workbook  # only those who use workbooks wait for it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of styles and extensions, which say nothing here
            book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
            sheets = book.worksheets
            sheet = next((sheet for sheet in sheets if sheet.title == "rows"), sheets[0])
            sheet.reset_dimensions()
            return list(_lines(sheet, found))
    except BadTable:
        raise
    except Exception as bad:  # a broken workbook makes the library raise anything
        said = f"the workbook is broken ({type(bad).__name__})"
        raise found.stop("SYNTAX", 1, f"{said}. {_SAVE}") from bad


def _lines(sheet: Any, found: Found) -> Iterator[Line]:
    held = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=COLUMNS_MOST + 1), start=1):
        if number > LAST_LINE:
            raise goes_on(number, found)
        last = max((place for place, cell in enumerate(cells, start=1) if cell.value is not None), default=0)
        line = [
            _cell(cell, number, f"{column_letters(column)}{number}", found)
            for column, cell in enumerate(cells[:last], start=1)
        ]
        if not any(cell.text for cell in line):
            continue
        held += 1
        if held > LINES_MOST:
            raise too_many_lines(number, found)
        yield number, line


def _cell(cell: Any, line: int, where: str, found: Found) -> Text:
    if cell.value is None:
        return Text("", line, where)
    if cell.data_type == "f":
        said = "this cell holds a formula: write the value itself (in the spreadsheet: copy, paste as value)."
        found.add("NOT_PLAIN", line, said, where=where)
        return Text("any", line, where)
    if cell.data_type == "e":
        found.add("BAD_FORM", line, f"this cell holds the error {cell.value}: write the value.", where=where)
        return Text("any", line, where)
    text = _as_written(cell.value)
    if hidden_sign(text):
        said = "this cell holds a character that cannot be seen: type it again."
        found.add("CONTROL_CHARACTER", line, said, where=where)
    return Text(text, line, where)


def _as_written(value: object) -> str:
    """A spreadsheet's value as an analyst would have written it."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(" ").removesuffix(":00").removesuffix(" 00:00")
    if isinstance(value, time):
        return value.isoformat().removesuffix(":00")
    return value.isoformat() if isinstance(value, date) else str(value).removesuffix(".0")


def _look_through(content: bytes, found: Found) -> None:
    """Whatever could hurt whoever unpacks and parses the workbook raises BadTable."""
    if len(content) > WORKBOOK_BYTES_MOST:
        said = f"the workbook has {len(content):,} bytes; it may have {WORKBOOK_BYTES_MOST:,}"
        raise found.stop("TOO_LARGE", 1, f"{said}. Remove pictures and other sheets.")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        said = "the workbook is of the old kind (.xls), or locked with a password"
        raise found.stop("SYNTAX", 1, f"{said}. {_SAVE}")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _look_at_directory(parts.infolist(), found)
            elements = sum(_elements(parts, part, found) for part in parts.infolist())
    except BadTable:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as bad:
        raise found.stop("SYNTAX", 1, f"the file is no workbook ({bad}). {_SAVE}") from bad
    if elements > ELEMENTS_MOST:
        said = f"the workbook has {elements:,} elements; it may have {ELEMENTS_MOST:,}"
        raise found.stop("TOO_LARGE", 1, f"{said}. Keep one sheet, of at most 2,000 rows.")


def _look_at_directory(parts: list[zipfile.ZipInfo], found: Found) -> None:
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > PARTS_MOST:
        said = f"the workbook has {len(parts):,} parts; it may have {PARTS_MOST}"
        raise found.stop("TOO_LARGE", 1, f"{said}. Remove other sheets and pictures.")
    if unpacked > UNPACKED_BYTES_MOST:
        said = f"the workbook unpacks to {unpacked:,} bytes; it may unpack to {UNPACKED_BYTES_MOST:,}"
        raise found.stop("TOO_LARGE", 1, f"{said}. Remove other sheets and empty coloured rows.")
    for part in parts:
        if part.file_size > max(_SHORT, RATIO_MOST * part.compress_size):
            said = f"{part.filename[:80]} unpacks from {part.compress_size:,} to {part.file_size:,} bytes"
            raise found.stop("TOO_LARGE", 1, f"{said}, as no sheet does. {_SAVE}")
        if part.flag_bits & 1:
            raise found.stop("SYNTAX", 1, f"the workbook is locked with a password. {_SAVE}")
        if "vbaProject" in part.filename:
            said = "the workbook holds macros"
            raise found.stop("NOT_PLAIN", 1, f"{said}. {_SAVE}")
    if len({part.filename for part in parts}) < len(parts):
        raise found.stop("SYNTAX", 1, f"the workbook holds one part twice. {_SAVE}")


def _elements(parts: zipfile.ZipFile, part: zipfile.ZipInfo, found: Found) -> int:
    """How many elements the part has, once it is known to be XML without a DTD, in UTF-8."""
    with parts.open(part) as opened:
        text = opened.read(part.file_size + 1).removeprefix(b"\xef\xbb\xbf").lstrip()
    marked = text.startswith((b"<", b"\0", b"\xfe\xff", b"\xff\xfe"))
    if not marked and not part.filename.endswith((".xml", ".rels")):
        return 0  # a picture or a printer's settings, which no one parses
    encoding = _ENCODING.match(text)
    plain = text.startswith(b"<") and b"\0" not in text
    if not plain or (encoding and encoding[1].lower() not in {b"utf-8", b"us-ascii", b"ascii"}):
        said = f"{part.filename[:80]} of the workbook is not written in UTF-8"
        raise found.stop("ENCODING", 1, f"{said}. {_SAVE}")
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        said = f"{part.filename[:80]} of the workbook defines entities, as no spreadsheet does"
        raise found.stop("NOT_PLAIN", 1, f"{said}. {_SAVE}")
    return text.count(b"<") - text.count(b"</")
