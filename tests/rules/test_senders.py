"""Which sites bring together what is missing at another, how much each, and when it leaves."""

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.chain import Chain
from rules.lots import NEVER, LotPlan, Parcel
from rules.senders import SENDERS_MAX, Brought, Move, bring
from tests.rules.profile import quick

TODAY = date(2026, 3, 4)
DAYS = 20


def march(day: int) -> date:
    return date(2026, 3, day)


def move(sender: str, free: int | list[int], transit: int = 2, cost: int = 0, **more) -> Move:
    """What leaves on a day is usable so many days later; `free` is so much on every day, or by day."""
    row = [free] * DAYS if isinstance(free, int) else free
    leaves = [TODAY + timedelta(days=cell) for cell in range(len(row))]
    usable = tuple(day + timedelta(days=transit) for day in leaves)
    chains = tuple(Chain(day, day, there, there) for day, there in zip(leaves, usable, strict=True))
    return Move(sender, chains, usable, TODAY, row, cost, **more)


def sent(found: Brought) -> list[tuple[str, int, int, int]]:
    return [(way.source_id, way.quantity, way.starts_on.day, way.usable_on.day) for way in found.ways]


def whys(found: Brought) -> list[tuple[str, str]]:
    return [(lost.source_id, lost.why) for lost in found.lost]


def test_what_no_sender_has_alone_several_bring_together():
    found = bring("X", 8, [move("A", 5), move("B", 4), move("C", 2)], march(4))
    assert sent(found) == [("A", 5, 4, 6), ("B", 3, 4, 6)]
    assert whys(found) == [("C", "2 of 8 at most are free to leave C; A and B have all of it together")]


def test_in_time_goes_before_fewer_senders():
    """One could bring all of it, but a day late; two are there on the day."""
    found = bring("X", 8, [move("FAR", 9, transit=7), move("A", 5), move("B", 4)], march(10))
    assert sent(found) == [("A", 5, 8, 10), ("B", 3, 8, 10)]
    assert whys(found) == [("FAR", "usable on 2026-03-11, 1 day later")]


def test_of_as_many_senders_the_cheaper_set_is_taken_then_the_first_ids():
    dear = [move("A", 5, cost=900), move("B", 5, cost=100), move("C", 5, cost=100), move("D", 5, cost=100)]
    assert [way.source_id for way in bring("X", 8, dear, march(4)).ways] == ["B", "C"]


def test_what_is_in_time_leaves_no_earlier_than_needed_and_what_is_late_as_soon_as_it_can():
    assert sent(bring("X", 8, [move("A", 9)], march(12))) == [("A", 8, 10, 12)]
    late = [move("A", 5), move("B", [0, 0, 0, 4, 4, 4])]
    assert sent(bring("X", 8, late, march(4))) == [("A", 5, 4, 6), ("B", 3, 7, 9)]


def test_of_two_lanes_from_one_sender_the_cheaper_one_that_is_in_time_is_taken():
    lanes = [move("A", 9, transit=1, cost=900, service="air"), move("A", 9, transit=4, cost=200)]
    found = bring("X", 8, lanes, march(9))
    assert sent(found) == [("A", 8, 5, 9)]
    assert whys(found) == [("A", "usable on the same day, and costs 700 more")]
    assert sent(bring("X", 8, lanes, march(5))) == [("A", 8, 4, 5)]


def test_a_sender_is_counted_once_however_many_lanes_lead_from_it():
    found = bring("X", 8, [move("A", 5), move("A", 5, service="air"), move("B", 2)], march(4))
    assert found.ways == ()
    assert whys(found)[2] == (
        "B",
        "2 of 8 at most are free to leave B; 7 from 2 senders, and no more than 5 may send together",
    )


def test_no_more_senders_than_the_limit_come_together():
    senders = [move(f"S{number:02}", 1) for number in range(40)]
    assert bring("X", SENDERS_MAX + 1, senders, march(4)).ways == ()
    assert len(bring("X", SENDERS_MAX, senders, march(4)).ways) == SENDERS_MAX


def lots(*parcels: tuple[int, int | None]) -> LotPlan:
    """Goods there now, each with the cell of its last day."""
    there = (Parcel(quantity, 0, NEVER if last is None else last) for quantity, last in parcels)
    row = [0] * DAYS
    return LotPlan.of(there, row, row, row)


@pytest.mark.parametrize(
    ("needed_by", "most", "until"),
    [(8, 12, march(8)), (9, 6, march(18)), (18, 6, march(18)), (19, 2, None)],
)
def test_goods_that_expire_before_they_are_needed_are_not_sent(needed_by, most, until):
    """Of 6 that end on the 8th, 4 on the 18th and 2 that never do, what lasts is sent, the shortest first."""
    plan = lots((6, 4), (4, 14), (2, None))
    goods = move("A", [plan.most(cell) for cell in range(DAYS)], lots=plan)
    (way,) = bring("X", most, [goods], march(needed_by)).ways
    assert way.usable_until == until
    assert not bring("X", most + 1, [goods], march(needed_by)).ways


def test_goods_for_the_counter_of_the_sender_are_not_among_those_sent():
    plan = lots((6, None), (6, 3))
    goods = move("A", [9] * 4 + [3] * 16, lots=plan, kept=3)
    assert sent(bring("X", 3, [goods], march(10))) == [("A", 3, 8, 10)]
    assert bring("X", 4, [goods], march(10)).ways == ()


@quick
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=7),
    st.integers(1, 25),
    st.integers(4, 12),
)
def test_no_better_set_of_senders_was_overlooked(senders, need, needed_by):
    """In time first, then fewest, then cheapest, then the first ids: against trying every set."""
    moves = [move(f"S{n}", has, transit, cost) for n, (has, transit, cost) in enumerate(senders)]
    found = bring("X", need, moves, march(needed_by))
    assert sum(way.quantity for way in found.ways) == (need if found.ways else 0)
    sets = [
        (
            max(march(needed_by), *(each.usable[0] for each in chosen)),
            count,
            sum(each.cost for each in chosen),
            [each.source_id for each in chosen],
        )
        for count in range(1, SENDERS_MAX + 1)
        for chosen in combinations(moves, count)
        if sum(each.free[0] for each in chosen) >= need
    ]
    if not sets:
        assert found.ways == ()
        return
    day, count, cost, names = min(sets)
    assert max(march(needed_by), *(way.usable_on for way in found.ways)) == day
    assert (len(found.ways), sum(way.cost for way in found.ways)) == (count, cost)
    assert sorted(way.source_id for way in found.ways) == names


def test_of_very_many_lanes_a_bounded_number_is_weighed():
    """A set that covers is found among hundreds of lanes, though not every set of five is tried."""
    many = [move(f"S{number:03}", 2 + number % 3, cost=number % 7) for number in range(300)]
    found = bring("X", 20, many, march(4))
    assert (len(found.ways), sum(way.quantity for way in found.ways)) == (5, 20)
