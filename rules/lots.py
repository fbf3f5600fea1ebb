"""ATP where goods expire: lots are taken earliest expiry first, demands in date order.

A parcel is goods of one expiry. What nobody took of it by its last bucket is lost, so margins are no longer a
running sum and are found by playing the plan through. Where nothing expires or is blocked within the rows
this comes to the same as `cumulative_with_look_ahead` of `rules.atp`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Self

from rules.atp import Row, suffix_min
from rules.model import Hold, OnHand, Receipt

NEVER = 2**31
"""The last bucket of goods that do not expire."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A quantity usable from bucket `first` to `last`, both included, save in the spans it is blocked.

    A span is [from, until). Goods that are still `expected` are in no hold by quantity.
    """

    quantity: int
    first: int
    last: int = NEVER
    blocked: tuple[tuple[int, int], ...] = ()
    expected: bool = False

    def usable_in(self, bucket: int) -> bool:
        """Whether the goods may be taken in the bucket."""
        in_life = self.first <= bucket <= self.last
        return in_life and not any(start <= bucket < end for start, end in self.blocked)


@dataclass(frozen=True, slots=True)
class LotPlan:
    """Goods of which some expire and all that is asked of them, played through bucket by bucket.

    Of one expiry what came first is taken first. `held[t]` is what holds by quantity set apart in t: of the
    goods on hand there, those that last longest. A bucket is whole if every demand due by then is met and
    what is withheld in it is still there. A demand that could not be met when due is met late, before later
    ones.

    Only in some buckets, its turns, anything happens; in any other all is as in the one before.
    """

    parcels: tuple[Parcel, ...]
    usable: tuple[tuple[int, ...], ...]
    """By bucket the numbers of the parcels that may be taken in it."""
    commitments: tuple[int, ...]
    withheld: tuple[int, ...]
    held: tuple[int, ...]
    turns: tuple[int, ...]

    @classmethod
    def of(cls, parcels: Iterable[Parcel], commitments: Row, withheld: Row, held: Row) -> Self:
        """The plan of these goods, taken earliest expiry first."""
        in_order = tuple(sorted(parcels, key=attrgetter("last", "first")))
        usable = tuple(_usable(in_order, bucket) for bucket in range(len(commitments)))
        turns = _turns(usable, commitments, withheld, held)
        return cls(in_order, usable, tuple(commitments), tuple(withheld), tuple(held), turns)

    def owing(self, quantity: int, bucket: int) -> Self:
        """The plan with so much more promised for the bucket."""
        owed = list(self.commitments)
        owed[bucket] += quantity
        return replace(self, commitments=tuple(owed), turns=tuple(sorted({*self.turns, bucket})))

    def look_ahead(self) -> list[int]:
        """By bucket the most that can be newly promised and leave every later one whole, never below 0."""
        margins, states = self._played()
        lowest = suffix_min(margins)
        return self._each_bucket(
            [
                self._most(turn, margins[turn], *state) if lowest[turn] >= 0 else 0
                for turn, state in enumerate(states)
            ]
        )

    def most(self, bucket: int) -> int:
        """The most that fits in the bucket: one cell of `look_ahead`."""
        turn = bisect_right(self.turns, bucket) - 1
        margins, states = self._played()
        return self._most(turn, margins[turn], *states[turn]) if min(margins[turn:]) >= 0 else 0

    def set_apart(self, quantity: int, bucket: int, lasts: int) -> tuple[Self, int, int]:
        """The plan without goods that are taken in the bucket and may still be promised in bucket `lasts`.

        Of those, earliest expiry first. Also the last bucket of all that was taken, and what was not found.
        """
        parcels, last, rest = list(self.parcels), NEVER, quantity
        for number in self.usable[bucket] if bucket < len(self.usable) else ():
            parcel = parcels[number]
            part = min(rest, parcel.quantity) if parcel.last >= lasts else 0
            if part > 0:
                parcels[number] = replace(parcel, quantity=parcel.quantity - part)
                last, rest = min(last, parcel.last), rest - part
        return replace(self, parcels=tuple(parcels)), last, rest

    def most_lasting(self, bucket: int, lasts: int, quantity: int) -> int:
        """The most of the quantity that can be set apart so, with every bucket left whole."""
        most = quantity
        while most > 0:
            left, _, missing = self.set_apart(most, bucket, lasts)
            short = max(missing, -min(left.margins()))
            if short <= 0:
                return most
            most -= short
        return 0

    def margins(self) -> list[int]:
        """By bucket what is left of the goods there after all that is owed by then and what is withheld."""
        return self._each_bucket(self._played()[0])

    def shortest(self, bucket: int, quantity: int) -> int:
        """The bucket from this one on that has the least margin, with so much more promised for this one."""
        margins = self.owing(quantity, bucket).margins()
        return min(range(bucket, len(margins)), key=lambda later: (margins[later], later))

    def _each_bucket(self, by_turn: Sequence[int]) -> list[int]:
        ends = (*self.turns[1:], len(self.commitments))
        spans = zip(by_turn, self.turns, ends, strict=True)
        return [cell for cell, start, end in spans for _ in range(start, end)]

    def _played(self) -> tuple[list[int], list[tuple[list[int], int]]]:
        """By turn its margin, and before it what is left of each parcel and what is owed late."""
        left, late = [parcel.quantity for parcel in self.parcels], 0
        margins: list[int] = []
        states: list[tuple[list[int], int]] = []
        for turn in range(len(self.turns)):
            states.append((list(left), late))
            margin, late = self._play(turn, left, late, 0)
            margins.append(margin)
        return margins, states

    def _most(self, turn: int, upper: int, left: list[int], late: int) -> int:
        """The most that fits in the turn, its state given, with every later one whole.

        One unit more promised costs a later bucket one unit or, where it would have expired, none. So what a
        bucket is short with `most` is at least that much too much, and few tries lead to the answer.
        """
        most = upper
        while most > 0:
            short = self._short_after(turn, list(left), late, most)
            if short == 0:
                return most
            most -= short
        return 0

    def _short_after(self, start: int, left: list[int], late: int, quantity: int) -> int:
        """How much the shortest bucket from `start` on is short with `quantity` newly promised for it."""
        short = 0
        for turn in range(start, len(self.turns)):
            margin, late = self._play(turn, left, late, quantity if turn == start else 0)
            short = max(short, -margin)
        return short

    def _play(self, turn: int, left: list[int], late: int, quantity: int) -> tuple[int, int]:
        """The turn's demand has been taken from `left`; its margin, and what is still owed late."""
        bucket = self.turns[turn]
        usable, parcels = self.usable[bucket], self.parcels
        owed = late + self.commitments[bucket] + quantity
        there = sum([left[number] for number in usable])
        expected = sum([left[number] for number in usable if parcels[number].expected])
        free_of_holds = max(0, there - expected - self.held[bucket])
        there = free_of_holds + expected
        taken = rest = min(owed, there)
        for number in usable:
            if rest == 0:
                break
            part = min(rest, left[number])
            if not parcels[number].expected:
                part = min(part, free_of_holds)
                free_of_holds -= part
            left[number] -= part
            rest -= part
        return there - owed - self.withheld[bucket], owed - taken


def _usable(parcels: Sequence[Parcel], bucket: int) -> tuple[int, ...]:
    """The numbers of the parcels that may be taken in the bucket."""
    return tuple(number for number, parcel in enumerate(parcels) if parcel.usable_in(bucket))


def _turns(usable: Sequence[tuple[int, ...]], commitments: Row, withheld: Row, held: Row) -> tuple[int, ...]:
    """The buckets in which something happens. In any other as much can be promised as in the one before."""
    return tuple(
        bucket
        for bucket in range(len(usable))
        if bucket == 0
        or commitments[bucket]
        or any(row[bucket] != row[bucket - 1] for row in (usable, withheld, held))
    )


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


def parcels_expected(placed: Iterable[tuple[int, Receipt]], today: date) -> list[Parcel]:
    """Receipts as parcels, each from the bucket it counts in."""
    return [Parcel(row.quantity, cell, _last(row, today), expected=True) for cell, row in placed]


def _last(row: OnHand | Receipt, today: date) -> int:
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
