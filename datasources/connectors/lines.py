"""Rows of a file of any kind, each with its place."""

from collections.abc import Sequence
from dataclasses import dataclass

from datasources.connectors.cells import Cell


class FolderUnreadable(ValueError):
    """A file cannot be read at all, so the folder cannot state anything completely."""

    def __init__(self, file: str, why: str) -> None:
        self.file, self.why = file, why
        super().__init__(f"{file}: {why}")


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the cells of the columns asked for, in their order; the row as text where the file has one."""

    number: int
    cells: tuple[Cell, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A row that cannot be taken apart into cells."""

    number: int
    reason: str
    text: str


def positions(file: str, header: Sequence[str], columns: Sequence[str]) -> tuple[int, ...]:
    """Where the named columns stand; each must be there once."""
    for column in columns:
        if header.count(column) != 1:
            there = "stands there more than once" if column in header else "is not there"
            shown = ", ".join(header)[:500]
            raise FolderUnreadable(file, f"the column {column} {there}. Its columns: {shown}")
    return tuple(header.index(column) for column in columns)
