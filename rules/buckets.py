"""Which bucket a dated thing counts in, and what is in force in each. Bucket 0 is today's."""

from collections.abc import Iterable
from operator import itemgetter


def by_bucket(placed: Iterable[tuple[int, int]], buckets: int) -> list[int]:
    """The quantities of (bucket, quantity) pairs, summed by bucket; those behind the last are left out."""
    row = [0] * buckets
    for cell, quantity in placed:
        if cell < buckets:
            row[cell] += quantity
    return row


def in_force(steps: Iterable[tuple[int, int]], buckets: int) -> list[int]:
    """The level in force in each bucket: that of the latest step (bucket, level) not after it.

    Before the first step it is 0. Of two steps for one bucket the later in the list is in force.
    """
    row = [0] * buckets
    for start, level in sorted(steps, key=itemgetter(0)):
        first = max(0, start)
        if first < buckets:
            row[first:] = [level] * (buckets - first)
    return row
