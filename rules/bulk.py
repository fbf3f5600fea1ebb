"""ATP of a whole catalogue at once: the arithmetic of `rules.atp` on numpy arrays.

A law holds the two equal. Arrays are int64 of shape (buckets, items), bucket-major: one bucket of all items
lies together. Running sums must stay within int64, which quantities of up to 10^16 over 366 buckets do.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rules.position import Drawn, balanced, kept

Table = NDArray[np.int64]

CELL_MAX = 10**16
"""Rows with more in a cell are added up one by one: their sums may pass int64."""


def cumulative_with_look_ahead(usable: Table, receipts: Table, commitments: Table, withheld: Table) -> Table:
    """The most that can be newly promised of each item for each bucket and leave every later one whole."""
    free = usable - withheld
    moved = np.zeros(free.shape[1], np.int64)
    for bucket in range(len(free)):
        moved += receipts[bucket]
        moved -= commitments[bucket]
        free[bucket] += moved
    for bucket in range(len(free) - 2, -1, -1):
        np.minimum(free[bucket], free[bucket + 1], out=free[bucket])
    np.maximum(free, 0, out=free)
    return free


def free_rows(drawn: Sequence[Drawn]) -> list[Sequence[int]]:
    """What is free of each position, all of one horizon: at once, but for expiry and endless supply."""
    plain = [n for n, rows in enumerate(drawn) if rows.lots is None and rows.limited == len(rows.usable)]
    at_once = dict(zip(plain, _at_once([drawn[n] for n in plain]), strict=True))
    return [at_once[n] if n in at_once else balanced(rows).free for n, rows in enumerate(drawn)]


def _at_once(plain: Sequence[Drawn]) -> list[Sequence[int]]:
    if not plain:
        return []
    of_all = (
        [rows.usable for rows in plain],
        [rows.receipts for rows in plain],
        [rows.commitments for rows in plain],
        [kept(rows) for rows in plain],
    )
    if any(abs(cell) > CELL_MAX for rows in of_all for row in rows for cell in (min(row), max(row))):
        return [balanced(rows).free for rows in plain]
    tables = (np.array(rows, np.int64).T.copy() for rows in of_all)
    free: list[Sequence[int]] = cumulative_with_look_ahead(*tables).T.tolist()
    return free
