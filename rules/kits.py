"""Kits: finished ones first, then sets, as many as the components at the same site allow."""

from collections.abc import Sequence
from itertools import starmap

from rules.atp import UNLIMITED, Row


def sets(components: Sequence[tuple[Row, int]]) -> list[int]:
    """How many whole sets each bucket allows: the least, over components, of cell / need, floored.

    `components` pairs each component's row with what one set needs of it, both in its smallest units. A
    component without limit limits nothing; if none has a limit, neither have sets.
    """
    assert components, "a kit has at least one component"
    rows = [[sets_of(cell, per) for cell in row] for row, per in components]
    return list(starmap(min, zip(*rows, [UNLIMITED] * len(rows[0]), strict=True)))


def sets_of(cell: int, per: int) -> int:
    """How many sets the quantity of one component is enough for."""
    return UNLIMITED if cell == UNLIMITED else cell // per


def with_finished(finished: Row, from_parts: Row) -> list[int]:
    """What can be promised of a kit in each bucket: finished ones, and sets beside them.

    What finished kits lack is owed by the components already, and what these lack is not owed by the kits.
    """
    return [both(done, made) for done, made in zip(finished, from_parts, strict=True)]


def both(done: int, made: int) -> int:
    """What can be promised of a kit: `done` ones, and those that can be `made`."""
    if UNLIMITED in (done, made):
        return UNLIMITED
    return done + max(0, made) if done > 0 else made
