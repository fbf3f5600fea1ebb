"""ATP of a whole catalogue at once: the arithmetic of `rules.atp` on numpy arrays.

A law holds the two equal. Arrays are int64 of shape (buckets, items), bucket-major: one bucket of all items
lies together. Running sums must stay within int64, which quantities of up to 10^16 over 366 buckets do.
"""

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.int64]


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
