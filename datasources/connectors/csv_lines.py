"""Rows of a CSV file with the line each one starts on. A broken row costs that row and no other."""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from datasources.connectors.cells import Cell, Format
from datasources.connectors.lines import BadLine, FolderUnreadable, Line, positions

LINE_MAX = 100_000
"""Characters in one row, all its lines together; below the csv module's own limit for a cell."""
ROW_LINES_MAX = 500
SHOWN_MAX = 500


class _OpenQuote(ValueError):
    """A quote was opened and did not close within a row's limits."""


class _TooLong(ValueError):
    """A single line is longer than a row may be."""


class _Feed(Iterator[str]):
    """The physical lines of a file, handed to the csv reader one row at a time.

    When a row turns out to have an open quote, the lines after its first go back and are read as rows.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: deque[tuple[str, bool]] = deque()
        self._row: list[str] = []
        self._length = 0
        self.number = 1

    @property
    def text(self) -> str:
        return "".join(self._row)

    def start_row(self) -> None:
        self.number += len(self._row)
        self._row, self._length = [], 0

    def keep_first_line(self) -> None:
        self._waiting.extendleft((line, True) for line in reversed(self._row[1:]))
        del self._row[1:]

    def __next__(self) -> str:
        line, whole = self._waiting.popleft() if self._waiting else self._read()
        if self._row and (not line or not whole or self._full(line)):
            self._waiting.appendleft((line, whole))
            raise _OpenQuote
        if not line:
            raise StopIteration
        self._row.append(line)
        self._length += len(line)
        if not whole:
            raise _TooLong
        return line

    def _full(self, line: str) -> bool:
        return len(self._row) >= ROW_LINES_MAX or self._length + len(line) > LINE_MAX

    def _read(self) -> tuple[str, bool]:
        line = self._stream.readline(LINE_MAX + 1)
        if len(line) <= LINE_MAX or line.endswith(("\n", "\r")):
            return line, True
        rest = line
        while rest and not rest.endswith(("\n", "\r")):
            rest = self._stream.readline(LINE_MAX)
        return line[:SHOWN_MAX], False


def csv_columns(path: Path, written: Format) -> tuple[str, ...]:
    """The column names in the file's first row."""
    with _opened(path, written) as stream:
        for _, cells, _ in _rows(stream, written):
            if isinstance(cells, str):
                raise FolderUnreadable(path.name, f"its first row cannot be read: {cells}")
            return tuple(cell.strip() for cell in cells)
    raise FolderUnreadable(path.name, "it is empty. Its first row must name the columns")


def csv_lines(path: Path, written: Format, columns: Sequence[str]) -> Iterator[Line | BadLine]:
    """Each row below the header: the cells of the named columns, trimmed, None where nothing stands."""
    header = csv_columns(path, written)
    wanted = positions(path.name, header, columns)
    empty = frozenset(written.empty)
    with _opened(path, written) as stream:
        rows = _rows(stream, written)
        next(rows)
        for number, cells, text in rows:
            if isinstance(cells, str):
                yield BadLine(number, cells, text)
            elif len(cells) != len(header):
                yield BadLine(number, f"{len(cells)} cells where the header has {len(header)}", text)
            else:
                yield Line(number, tuple(_cell(cells[n], empty) for n in wanted), text)


def _cell(text: str, empty: frozenset[str]) -> Cell:
    text = text.strip()
    return None if not text or text in empty else text


def _rows(stream: TextIO, written: Format) -> Iterator[tuple[int, list[str] | str, str]]:
    """Line number, cells (or what is wrong) and text of each row that is not blank."""
    feed = _Feed(stream)
    reader = csv.reader(feed, delimiter=written.delimiter, strict=True)
    while True:
        feed.start_row()
        cells = _next_row(reader, feed)
        if cells is None:
            return
        if cells:
            yield feed.number, cells, feed.text.rstrip("\r\n")


def _next_row(reader: Iterator[list[str]], feed: _Feed) -> list[str] | str | None:
    try:
        return next(reader, None)
    except _OpenQuote:
        feed.keep_first_line()
        return "a quote is opened and never closed"
    except _TooLong:
        return f"longer than {LINE_MAX:,} characters"
    except csv.Error as error:
        return str(error)


def _opened(path: Path, written: Format) -> TextIO:
    # Bytes of another encoding come through as lone surrogates: only the cells that hold them are refused.
    encoding = "utf-8-sig" if written.encoding == "utf-8" else written.encoding
    return path.open(encoding=encoding, errors="surrogateescape", newline="")
