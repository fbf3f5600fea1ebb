"""ATP where goods expire: lots are taken earliest expiry first, demands in date order.

A parcel is goods of one expiry. What nobody took of it by its last bucket is lost, so margins are no longer a
running sum and are found by playing the plan through. Where nothing expires or is blocked within the rows
this comes to the same as `cumulative_with_look_ahead` of `rules.atp`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter

from rules.atp import Row
from rules.model import Hold, OnHand

NEVER = 2**31
"""The last bucket of goods that do not expire."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A quantity usable from bucket `first` to `last`, both included, save in the spans it is blocked.

    A span is [from, until).
    """

    quantity: int
    first: int
    last: int = NEVER
    blocked: tuple[tuple[int, int], ...] = ()

    def usable_in(self, bucket: int) -> bool:
        """Whether the goods may be taken in the bucket."""
        in_life = self.first <= bucket <= self.last
        return in_life and not any(start <= bucket < end for start, end in self.blocked)


def look_ahead_with_expiry(
    parcels: Iterable[Parcel], commitments: Row, withheld: Row, held: Row
) -> list[int]:
    """For each bucket the most that can be newly promised and leave every later one whole, never below 0.

    Of one expiry what came first is taken first. `held[t]` is what holds by quantity set apart in t: of the
    goods there, those that last longest. A bucket is whole if every demand due by then is met and what is
    withheld in it is still there. A demand that could not be met when due is met late, before later ones.
    """
    in_order = sorted(parcels, key=attrgetter("last", "first"))
    usable = [_usable(in_order, bucket) for bucket in range(len(commitments))]
    turns = _turns(usable, commitments, withheld, held)
    commitments, withheld, held = ([row[turn] for turn in turns] for row in (commitments, withheld, held))
    quantities = [parcel.quantity for parcel in in_order]
    most = _Plan(quantities, [usable[turn] for turn in turns], commitments, withheld, held).look_ahead()
    ends = [*turns[1:], len(usable)]
    return [cell for cell, turn, end in zip(most, turns, ends, strict=True) for _ in range(turn, end)]


def _usable(parcels: Sequence[Parcel], bucket: int) -> list[int]:
    """The numbers of the parcels that may be taken in the bucket."""
    return [number for number, parcel in enumerate(parcels) if parcel.usable_in(bucket)]


def _turns(usable: Sequence[list[int]], commitments: Row, withheld: Row, held: Row) -> list[int]:
    """The buckets in which something happens. In any other as much can be promised as in the one before."""
    return [
        bucket
        for bucket in range(len(usable))
        if bucket == 0
        or commitments[bucket]
        or any(row[bucket] != row[bucket - 1] for row in (usable, withheld, held))
    ]


class _Plan:
    """A plan being played through. Its state is what is left of each parcel, and what is owed late."""

    def __init__(
        self, quantities: list[int], usable: list[list[int]], commitments: Row, withheld: Row, held: Row
    ) -> None:
        self.quantities, self.usable = quantities, usable
        self.commitments, self.withheld, self.held = commitments, withheld, held

    def look_ahead(self) -> list[int]:
        """The most that fits in each bucket."""
        left, late = list(self.quantities), 0
        states = []
        margins = []
        for bucket in range(len(self.commitments)):
            states.append((list(left), late))
            margin, late = self._play(bucket, left, late, 0)
            margins.append(margin)
        return [
            self._most(bucket, margins[bucket], *states[bucket]) if min(margins[bucket:]) >= 0 else 0
            for bucket in range(len(margins))
        ]

    def _most(self, bucket: int, upper: int, left: list[int], late: int) -> int:
        """The most that fits in `bucket`, its state given, with every later bucket whole.

        One unit more promised costs a later bucket one unit or, where it would have expired, none. So what a
        bucket is short with `most` is at least that much too much, and few tries lead to the answer.
        """
        most = upper
        while most > 0:
            short = self._short_after(bucket, list(left), late, most)
            if short == 0:
                return most
            most -= short
        return 0

    def _short_after(self, start: int, left: list[int], late: int, quantity: int) -> int:
        """How much the shortest bucket from `start` on is short with `quantity` newly promised for it."""
        short = 0
        for bucket in range(start, len(self.commitments)):
            margin, late = self._play(bucket, left, late, quantity if bucket == start else 0)
            short = max(short, -margin)
        return short

    def _play(self, bucket: int, left: list[int], late: int, quantity: int) -> tuple[int, int]:
        """The bucket's demand has been taken from `left`; its margin, and what is still owed late."""
        owed = late + self.commitments[bucket] + quantity
        usable = self.usable[bucket]
        there = max(0, sum(left[number] for number in usable) - self.held[bucket])
        taken = rest = min(owed, there)
        for number in usable:
            if rest == 0:
                break
            part = min(rest, left[number])
            left[number] -= part
            rest -= part
        return there - owed - self.withheld[bucket], owed - taken


def parcels_on_hand(
    counted: Iterable[OnHand], holds: Iterable[Hold], today: date
) -> tuple[list[Parcel], int]:
    """The goods on hand as parcels, blocked as lot and bin holds say, and the quantity that is missing.

    Rows below 0 are first made good from the same lot; what then is missing is owed by the site's other
    goods: add it to the first bucket's commitments.
    """
    blocking = [hold for hold in holds if hold.quantity is None]
    parcels, missing = [], 0
    rows = sorted(counted, key=lambda row: (row.lot, row.bin, _last(row, today)))
    for _, of_lot in groupby(rows, key=attrgetter("lot")):
        good, short = _make_good(list(of_lot))
        missing += short
        parcels += [
            Parcel(quantity, 0, _last(row, today), _blocked(row, blocking, today)) for row, quantity in good
        ]
    return parcels, missing


def _make_good(rows: Sequence[OnHand]) -> tuple[list[tuple[OnHand, int]], int]:
    """The rows above 0 after those below 0 took from them, and what they could not make good."""
    short = -sum(row.quantity for row in rows if row.quantity < 0)
    good = []
    for row in rows:
        if row.quantity > 0:
            taken = min(short, row.quantity)
            short -= taken
            good.append((row, row.quantity - taken))
    return good, short


def _last(row: OnHand, today: date) -> int:
    return NEVER if row.usable_until is None else (row.usable_until - today).days


def _blocked(row: OnHand, holds: Iterable[Hold], today: date) -> tuple[tuple[int, int], ...]:
    """The spans of buckets in which a hold names the row's lot or bin."""
    naming = [hold for hold in holds if row.lot in hold.lots or row.bin in hold.bins]
    return tuple(_span(hold, today) for hold in naming)


def _span(hold: Hold, today: date) -> tuple[int, int]:
    """The buckets [from, until) in which the hold is in force."""
    start = 0 if hold.starts is None else (hold.starts - today).days
    return start, NEVER if hold.until is None else (hold.until - today).days


def held(holds: Iterable[Hold], today: date, buckets: int) -> list[int]:
    """What holds by quantity set apart in each bucket. They name separate goods and add up."""
    row = [0] * buckets
    for hold in holds:
        if hold.quantity is not None:
            start, end = _span(hold, today)
            for bucket in range(max(0, start), min(buckets, end)):
                row[bucket] += hold.quantity
    return row
