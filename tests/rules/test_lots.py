"""Goods that expire: earliest expiry first, and never a promise that a later demand pays for."""

from datetime import date
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from rules import atp
from rules.lots import NEVER, LotPlan, Parcel, parcels_on_hand
from rules.model import Hold, OnHand
from tests.rules.profile import quick

TODAY = date(2026, 5, 4)
BUCKETS = 6
NOTHING = (0,) * BUCKETS
Row = tuple[int, ...]


def expiring(
    *parcels: Parcel, owed: Row = NOTHING, withheld: Row = NOTHING, held: Row = NOTHING
) -> list[int]:
    return LotPlan.of(parcels, owed, withheld, held).look_ahead()


def test_a_lot_is_promised_up_to_its_last_day():
    """Six that expire after day 1 and four that keep: ten, then four."""
    assert expiring(Parcel(6, 0, last=1), Parcel(4, 0)) == [10, 10, 4, 4, 4, 4]


def test_what_would_expire_is_promised_even_though_more_is_owed_later():
    """Five are owed on day 3; the six that expire before are free all the same, and one that keeps."""
    assert expiring(Parcel(6, 0, last=1), Parcel(6, 0), owed=(0, 0, 0, 5, 0, 0)) == [7, 7, 1, 1, 1, 1]


def test_a_demand_takes_the_lot_that_expires_first():
    """Four owed today come from the six that expire, so two of these and all that keep are left."""
    assert expiring(Parcel(6, 0, last=1), Parcel(4, 0), owed=(4, 0, 0, 0, 0, 0)) == [6, 6, 4, 4, 4, 4]


def test_a_receipt_that_expires_soon_serves_the_days_between():
    """It comes on day 2, is good until day 3, and gone on day 4."""
    assert expiring(Parcel(3, 0), Parcel(5, 2, last=3)) == [3, 3, 8, 8, 3, 3]


def test_a_blocked_lot_serves_only_after_its_hold():
    """Held until day 2 and expired after day 3, it is promised for two days."""
    assert expiring(Parcel(5, 0, last=3, blocked=((0, 2),)), Parcel(1, 0)) == [1, 1, 6, 6, 1, 1]


def test_goods_held_by_quantity_are_those_that_last_longest():
    """Three held of four that expire and four that keep: the four that expire are free, and one more."""
    assert expiring(Parcel(4, 0, last=1), Parcel(4, 0), held=(3,) * 6) == [5, 5, 1, 1, 1, 1]


def test_safety_stock_must_still_be_there_after_lots_expired():
    """Two are to be kept each day; those that expire are no help once they are gone."""
    assert expiring(Parcel(4, 0, last=1), Parcel(3, 0), withheld=(2,) * 6) == [5, 5, 1, 1, 1, 1]


def test_a_demand_nothing_can_meet_leaves_nothing_to_promise():
    """Four are owed on day 3, when two are left: neither today's nor tomorrow's goods may go."""
    assert expiring(Parcel(9, 0, last=2), Parcel(2, 0), owed=(0, 0, 0, 4, 0, 0)) == [0] * 6


def test_lots_on_hand_become_parcels_with_their_days_and_holds():
    """A lot lasts to its own day; a hold blocks it in the days it is in force, another its bin."""
    rows = [
        OnHand("available", "own", 5, lot="A", bin="1", usable_until=date(2026, 5, 6)),
        OnHand("available", "own", 7, lot="B", bin="2"),
    ]
    holds = [
        Hold("H1", "quality", "wms", lots=("A",), until=date(2026, 5, 5)),
        Hold("H2", "count", "wms", bins=("2",), starts=date(2026, 5, 7)),
        Hold("H3", "customs", "wms", quantity=2),
    ]
    parcels, missing = parcels_on_hand(rows, holds, TODAY)
    assert parcels == [Parcel(5, 0, 2, ((0, 1),)), Parcel(7, 0, NEVER, ((3, NEVER),))]
    assert missing == 0


def test_a_negative_row_is_made_good_from_its_own_lot_first():
    """Lot A is 3 short in one bin and has 10 in another; lot C is short altogether."""
    rows = [
        OnHand("available", "own", 10, lot="A", bin="1"),
        OnHand("available", "own", -3, lot="A", bin="2"),
        OnHand("available", "own", -4, lot="C"),
    ]
    parcels, missing = parcels_on_hand(rows, [], TODAY)
    assert [parcel.quantity for parcel in parcels] == [7]
    assert missing == 4


PARCELS = st.builds(
    lambda quantity, first, life, blocked: Parcel(
        quantity, first, NEVER if life is None else first + life, blocked
    ),
    st.integers(0, 6),
    st.integers(-2, BUCKETS - 1),
    st.one_of(st.none(), st.integers(0, BUCKETS)),
    st.one_of(
        st.just(()), st.tuples(st.integers(-1, 3), st.integers(1, 3)).map(lambda p: ((p[0], p[0] + p[1]),))
    ),
)
PLAIN_PARCELS = st.builds(
    lambda quantity, first, life: Parcel(quantity, first, first + life),
    st.integers(0, 5),
    st.integers(0, BUCKETS - 1),
    st.integers(0, BUCKETS),
)
ROWS = st.lists(st.integers(0, 3), min_size=BUCKETS, max_size=BUCKETS).map(tuple)


def whole_from(start: int, parcels: list[Parcel], owed: Row, withheld: Row, held: Row) -> bool:
    """Play the plan unit by unit: whether every bucket from `start` on is whole."""
    units = sorted(
        chain.from_iterable([parcel] * parcel.quantity for parcel in parcels), key=lambda p: (p.last, p.first)
    )
    late = 0
    for bucket in range(BUCKETS):
        late += owed[bucket]
        while late and (usable := [unit for unit in units if unit.usable_in(bucket)])[held[bucket] :]:
            units.remove(usable[0])
            late -= 1
        kept = len([unit for unit in units if unit.usable_in(bucket)]) - held[bucket]
        if bucket >= start and max(0, kept) - late < withheld[bucket]:
            return False
    return True


@quick
@given(st.lists(PARCELS, max_size=4), ROWS, ROWS, ROWS)
def test_the_slow_judge_agrees_unit_by_unit(parcels, owed, withheld, held):
    """Try every quantity there could be, and take the largest that leaves the rest of the plan whole."""
    most = []
    for cell in range(BUCKETS):
        tries = [
            quantity
            for quantity in range(1 + sum(parcel.quantity for parcel in parcels))
            if whole_from(
                cell, parcels, (*owed[:cell], owed[cell] + quantity, *owed[cell + 1 :]), withheld, held
            )
        ]
        most.append(max(tries, default=0))
    assert expiring(*parcels, owed=owed, withheld=withheld, held=held) == most


def all_matched(units: list[Parcel], days: list[int]) -> bool:
    """Whether each demanded unit can have goods of its own: a perfect matching, by augmenting paths."""
    taker: dict[int, int] = {}

    def place(demand: int, seen: set[int]) -> bool:
        for unit, parcel in enumerate(units):
            if unit not in seen and parcel.usable_in(days[demand]):
                seen.add(unit)
                if unit not in taker or place(taker[unit], seen):
                    taker[unit] = demand
                    return True
        return False

    return all(place(demand, set()) for demand in range(len(days)))


@quick
@given(st.lists(PLAIN_PARCELS, max_size=4), st.lists(st.integers(0, BUCKETS - 1), max_size=6), st.data())
def test_no_other_way_of_taking_lots_could_promise_more(parcels, days, data):
    """Where every demand can be met in time, earliest expiry first is as good as the best choice of lots."""
    units = [parcel for parcel in parcels for _ in range(parcel.quantity)]
    owed = tuple(days.count(cell) for cell in range(BUCKETS))
    row = expiring(*parcels, owed=owed)
    cell = data.draw(st.integers(0, BUCKETS - 1))
    if all_matched(units, days):
        assert all_matched(units, days + [cell] * row[cell])
        assert not all_matched(units, days + [cell] * (row[cell] + 1))


@quick
@given(st.integers(0, 20), ROWS, ROWS, ROWS)
def test_where_nothing_expires_it_is_the_usual_look_ahead(on_hand, receipts, owed, withheld):
    """Playing the plan through and adding it up come to the same."""
    parcels = [Parcel(on_hand, 0), *(Parcel(quantity, cell) for cell, quantity in enumerate(receipts))]
    usual = atp.by_method("cumulative_with_look_ahead", (on_hand,) * BUCKETS, receipts, owed, withheld)
    assert expiring(*parcels, owed=owed, withheld=withheld) == usual
