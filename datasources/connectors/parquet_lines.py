"""Rows of a parquet file, numbered from 1."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from datasources.connectors.cells import Cell, Format
from datasources.connectors.lines import FolderUnreadable, Line, positions

BATCH_ROWS = 8_192
_BAD_TEXT = "\udcff"
"""Stands for a text whose bytes are no UTF-8: refused where it is used, like such bytes in a CSV file."""


def parquet_columns(path: Path, _: Format) -> tuple[str, ...]:
    """The file's top-level columns."""
    with _opened(path) as file:
        return tuple(file.schema_arrow.names)


def parquet_lines(path: Path, written: Format, columns: Sequence[str]) -> Iterator[Line]:
    """Each row: the cells of the named columns, None where nothing stands."""
    positions(path.name, parquet_columns(path, written), columns)
    empty = frozenset(("", *written.empty))
    number = 0
    with _opened(path) as file:
        for batch in _batches(path, file, columns):
            for cells in zip(*(_cells(batch.column(name), empty) for name in columns), strict=True):
                number += 1
                yield Line(number, cells)


def _opened(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, error) from None


def _batches(path: Path, file: pq.ParquetFile, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    try:
        yield from file.iter_batches(BATCH_ROWS, columns=list(columns))
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, error) from None


def _broken(path: Path, error: Exception) -> FolderUnreadable:
    return FolderUnreadable(path.name, f"it is no parquet file that can be read: {str(error)[:200]}")


def _cells(column: pa.Array, empty: frozenset[str]) -> list[Cell]:
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        # Python's clock has microseconds; nothing is promised by the nanosecond.
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    try:
        cells = column.to_pylist()
    except UnicodeDecodeError:
        cells = [_text_or_bad(value) for value in column]
    return [_trimmed(cell, empty) if isinstance(cell, str) else cell for cell in cells]


def _text_or_bad(value: Any) -> str | None:
    try:
        return None if not value.is_valid else str(value.as_py())
    except UnicodeDecodeError:
        return _BAD_TEXT


def _trimmed(text: str, empty: frozenset[str]) -> str | None:
    text = text.strip()
    return None if text in empty else text
