"""Available to promise, method by method, on rows of one item at one site.

A row holds one whole number a bucket, cell 0 being today's: `usable[t]` is what holds leave of the goods
on hand in t, `receipts[t]` and `commitments[t]` fall due in t, `withheld[t]` (safety stock, floors,
buffers) is in force in t. All four have the same length. Quantities are smallest units. The formulas are
those of the case format; promises are made by `cumulative_with_look_ahead`.

Where supply is unlimited after some bucket, rows end with it and `then_unlimited` fills the rest of the
answer: what is owed when supply is unlimited does not keep goods from being promised today.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from operator import sub
from typing import Final

from rules.company import Projection

Row = Sequence[int]

UNLIMITED: Final = 2**63 - 1
"""A cell without a limit: above every quantity, to compare with and never to add to."""


class UnknownMethod(ValueError):
    """A name that is no method of ATP."""

    def __init__(self, method: str) -> None:
        self.method = method
        super().__init__(f"{method!r} is no ATP method. Use one of: {', '.join(METHODS)}.")


def net_position(usable: Row, receipts: Row, commitments: Row) -> list[int]:
    """N(t): usable in t, plus receipts up to and in t, less commitments up to and in t. May be negative."""
    moves = accumulate(map(sub, receipts, commitments))
    return [on_hand + moved for on_hand, moved in zip(usable, moves, strict=True)]


def cumulative(usable: Row, receipts: Row, commitments: Row, withheld: Row) -> list[int]:
    """M(t): the net position less what is withheld in t. May be negative; it looks at no later bucket."""
    net = net_position(usable, receipts, commitments)
    return [cell - kept for cell, kept in zip(net, withheld, strict=True)]


def suffix_min(margin: Row) -> list[int]:
    """For each bucket the least margin from it to the end of the row. May be negative."""
    least: list[int] = []
    lowest = UNLIMITED
    for cell in reversed(margin):
        if cell < lowest:  # noqa: PLR1730  # this runs for every position: calling min() takes four times as long
            lowest = cell
        least.append(lowest)
    least.reverse()
    return least


def look_ahead(margin: Row) -> list[int]:
    """The most that can be newly promised for each bucket and leave every later one whole."""
    return [cell if cell > 0 else 0 for cell in suffix_min(margin)]  # noqa: FURB136  # as above


def gains(usable: Row, receipts: Row, withheld: Row) -> list[int]:
    """What becomes promisable in each bucket: its receipts, and what usable less withheld goods rise by.

    Negative where a hold or a higher safety stock begins. Bucket 0 gains all that is there.
    """
    there = [on_hand - kept for on_hand, kept in zip(usable, withheld, strict=True)]
    rises = [now - before for before, now in pairwise([0, *there])]
    return [receipt + rise for receipt, rise in zip(receipts, rises, strict=True)]


def period(usable: Row, receipts: Row, commitments: Row, withheld: Row) -> list[int]:
    """Each bucket by itself: its gain less its commitments. May be negative."""
    gained = gains(usable, receipts, withheld)
    return [gain - owed for gain, owed in zip(gained, commitments, strict=True)]


def backward(usable: Row, receipts: Row, commitments: Row, withheld: Row) -> list[int]:
    """The period row with shortfalls covered from earlier surpluses; what none could cover stays negative."""
    return cover_from_before(period(usable, receipts, commitments, withheld))


def backward_accumulate(usable: Row, receipts: Row, commitments: Row, withheld: Row) -> list[int]:
    """The backward row summed from the left over the cells not below 0; a negative cell stays as it is."""
    cells = backward(usable, receipts, commitments, withheld)
    sums = accumulate(max(0, cell) for cell in cells)
    return [cell if cell < 0 else summed for cell, summed in zip(cells, sums, strict=True)]


def discrete(
    usable: Row, receipts: Row, commitments: Row, withheld: Row, *, carry_back: bool = True
) -> list[int]:
    """What each gain leaves until the next one, in the bucket of the gain; other buckets 0, and none below 0.

    Bucket 0 and every bucket with a gain above 0 open a stretch that lasts up to the next such bucket. With
    `carry_back` a stretch that ends short takes from the nearest stretch before it that has something left.
    """
    gained = gains(usable, receipts, withheld)
    openings = [cell for cell, gain in enumerate(gained) if cell == 0 or gain > 0]
    margins = [gain - owed for gain, owed in zip(gained, commitments, strict=True)]
    stretches = [sum(margins[start:end]) for start, end in pairwise([*openings, len(margins)])]
    if carry_back:
        stretches = cover_from_before(stretches)
    row = [0] * len(margins)
    for cell, left in zip(openings, stretches, strict=True):
        row[cell] = max(0, left)
    return row


def cover_from_before(cells: Row) -> list[int]:
    """Each negative cell, from the left, has taken from the positive cells before it, nearest first."""
    row = list(cells)
    surplus: list[int] = []
    for cell, quantity in enumerate(row):
        if quantity > 0:
            surplus.append(cell)
        short = -quantity
        while short > 0 and surplus:
            giver = surplus[-1]
            taken = min(short, row[giver])
            row[giver] -= taken
            row[cell] += taken
            short -= taken
            if row[giver] == 0:
                surplus.pop()
    return row


def _suffix_min(usable: Row, receipts: Row, commitments: Row, withheld: Row) -> list[int]:
    return suffix_min(cumulative(usable, receipts, commitments, withheld))


def _look_ahead(usable: Row, receipts: Row, commitments: Row, withheld: Row) -> list[int]:
    return look_ahead(cumulative(usable, receipts, commitments, withheld))


METHODS: Final[dict[str, Callable[[Row, Row, Row, Row], list[int]]]] = {
    "cumulative": cumulative,
    "suffix_min": _suffix_min,
    "cumulative_with_look_ahead": _look_ahead,
    "period": period,
    "backward": backward,
    "backward_accumulate": backward_accumulate,
    "discrete": discrete,
}


def by_method(method: str, usable: Row, receipts: Row, commitments: Row, withheld: Row) -> list[int]:
    """The row of the named method; a name nobody knows is an UnknownMethod."""
    count = METHODS.get(method)
    if count is None:
        raise UnknownMethod(method)
    return count(usable, receipts, commitments, withheld)


def then_unlimited(row: Row, buckets: int) -> list[int]:
    """The row filled up to `buckets` cells with cells that have no limit."""
    return [*row, *[UNLIMITED] * (buckets - len(row))]


def fits(row: Row, quantity: int, cell: int) -> bool:
    """Whether the bucket has room for the quantity."""
    return row[cell] >= quantity


def earliest(row: Row, quantity: int, start: int = 0) -> int | None:
    """The first bucket from `start` on with room for the quantity, or None within the row."""
    return next((cell for cell in range(start, len(row)) if row[cell] >= quantity), None)


def projected_demand(orders: Row, forecast: Row, projection: Projection, demand_fence: int = 0) -> list[int]:
    """The demand a projected balance is drawn with: orders, or the larger of orders and forecast.

    `fenced_larger` counts only orders in the first `demand_fence` buckets. Forecast never enters ATP.
    """
    if projection == "orders":
        return list(orders)
    fence = 0 if projection == "larger" else demand_fence
    larger = map(max, orders[fence:], forecast[fence:])
    return [*orders[:fence], *larger]
