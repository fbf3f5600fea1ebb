"""What an asker can still be given, day by day, and what a taking leaves of it.

A row of free quantities never falls from one cell to the next: what can be had for a day and leaves every
later day whole can also be had for a later day.
"""

from collections.abc import Sequence
from typing import Final

from rules.atp import UNLIMITED

Row = Sequence[int]

NOTHING: Final[tuple[int, ...]] = ()
"""The row of what nobody has."""


def free_in(row: Row, cell: int) -> int:
    """What can be had in the cell; nothing before the row begins or after it ends."""
    return row[cell] if 0 <= cell < len(row) else 0


def after_taking(row: Row, cell: int, quantity: int) -> list[int]:
    """The row once so much is promised for the cell: less on later days, and no more than that on earlier.

    Cells without limit give without becoming less.
    """
    free = free_in(row, cell)
    assert 0 <= quantity <= free, f"{quantity} cannot be taken from {free}"
    if free == UNLIMITED:
        return list(row)
    left = [*row[:cell], *(at if at == UNLIMITED else at - quantity for at in row[cell:])]
    return [min(at, left[cell]) for at in left[:cell]] + left[cell:]


def first_in(row: Row, quantity: int, start: int = 0) -> int | None:
    """The first cell from `start` on in which the whole quantity can be had."""
    return next((cell for cell in range(max(0, start), len(row)) if row[cell] >= quantity), None)
