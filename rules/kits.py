"""Sets of components, promised as one."""

from collections.abc import Sequence
from itertools import starmap

from rules.atp import UNLIMITED, Row


def sets(components: Sequence[tuple[Row, int]]) -> list[int]:
    """How many whole sets each bucket allows: the least, over components, of cell / need, floored.

    `components` pairs each component's row with what one set needs of it, both in its smallest units. A
    component without limit limits nothing; if none has a limit, neither have sets.
    """
    assert components, "a kit has at least one component"
    rows = [[_sets_of(cell, per) for cell in row] for row, per in components]
    return list(starmap(min, zip(*rows, [UNLIMITED] * len(rows[0]), strict=True)))


def _sets_of(cell: int, per: int) -> int:
    return UNLIMITED if cell == UNLIMITED else cell // per
