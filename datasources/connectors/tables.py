"""Files of a folder as rows, whatever they are written in, and as an index by key for joins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from datasources.connectors.cells import Cell, CellRefused, Format, as_text
from datasources.connectors.csv_lines import csv_columns, csv_lines
from datasources.connectors.lines import BadLine, FolderUnreadable, Line, positions
from datasources.connectors.parquet_lines import parquet_columns, parquet_lines

INDEX_ROWS_MAX = 2_000_000
"""A joined file is held in memory; a longer one should be joined before it is handed over."""

Key = tuple[str, ...]


def check_columns(path: Path, written: Format, columns: Sequence[str]) -> None:
    """The file can be opened and has each of the columns once."""
    if not path.is_file():
        raise FolderUnreadable(path.name, f"there is no such file in {path.parent.name}/")
    read = parquet_columns if _is_parquet(path) else csv_columns
    positions(path.name, read(path, written), columns)


def lines_of(path: Path, written: Format, columns: Sequence[str]) -> Iterator[Line | BadLine]:
    """Each row of the file, with the cells of these columns."""
    return (parquet_lines if _is_parquet(path) else csv_lines)(path, written, columns)


@dataclass(slots=True)
class Index:
    """The rows of a file by their key. A key that stands twice names no row."""

    file: str
    rows: dict[Key, tuple[int, tuple[Cell, ...]]] = field(default_factory=dict)
    twice: dict[Key, tuple[int, int]] = field(default_factory=dict)
    bad: list[BadLine] = field(default_factory=list)

    def row(self, key: Key) -> tuple[Cell, ...] | None:
        """The one row with this key, or None."""
        if key in self.twice:
            first, second = self.twice[key]
            raise CellRefused(f"{'/'.join(key)!r} stands on lines {first} and {second} of {self.file}")
        found = self.rows.get(key)
        return found[1] if found else None


def index_of(path: Path, written: Format, columns: Sequence[str], keys: int) -> Index:
    """The file's rows by the first `keys` of these columns; rows without a whole key cannot be looked up."""
    index = Index(path.name)
    for line in lines_of(path, written, columns):
        if isinstance(line, BadLine):
            index.bad.append(line)
            continue
        key = _key(line.cells[:keys], written)
        if key in index.rows:
            index.twice.setdefault(key, (index.rows[key][0], line.number))
        elif key is not None:
            index.rows[key] = (line.number, line.cells)
        if len(index.rows) > INDEX_ROWS_MAX:
            raise FolderUnreadable(
                path.name, f"over {INDEX_ROWS_MAX:,} rows to join. Join it before handing it over"
            )
    return index


def _key(cells: tuple[Cell, ...], written: Format) -> Key | None:
    if None in cells:
        return None
    try:
        return tuple(as_text(cell, written) for cell in cells)
    except CellRefused:
        return None


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"
