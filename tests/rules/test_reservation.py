"""A reservation from its making to its end: what each request may do to it, and that nothing is lost."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.model import Profile, Reserved, SiteStock
from rules.reservation import (
    Changed,
    Move,
    NotPossible,
    Part,
    Reservation,
    confirm,
    extend,
    give_back,
    made,
    ship,
)
from rules.reserved import LiveRow, OwedLine, good_from, good_until, standing_for_lines, summed
from tests.builders import NOON, at, day
from tests.rules.profile import quick

NAME = UUID(int=7)
ENDS = at(1)
LINE = ("web", "SO-1", "1")


def reserved(*quantities: int, ends: datetime | None = ENDS) -> Reservation:
    """Parts of one day each, from today on."""
    parts = tuple(Part(n, "HAM", "own", day(n), q, q) for n, q in enumerate(quantities or (6, 4)))
    return Reservation(NAME, "web", "TEA", day(0), parts, NOON, ends, "active" if ends else "confirmed")


def refused(act: Callable[[], Changed]) -> str:
    with pytest.raises(NotPossible) as told:
        act()
    return told.value.code


def test_it_ends_at_its_very_instant():
    held = reserved()
    assert held.standing(ENDS - timedelta(microseconds=1)) == "active"
    assert held.standing(ENDS) == "expired"
    assert refused(lambda: confirm(held, ENDS)) == "RESERVATION_EXPIRED"
    assert refused(lambda: extend(held, ENDS, at(2))) == "RESERVATION_EXPIRED"
    assert refused(lambda: give_back(held, ENDS, None)) == "RESERVATION_EXPIRED"
    assert refused(lambda: ship(held, ENDS, None)) == "RESERVATION_EXPIRED"


def test_a_confirmed_one_does_not_end_and_is_not_confirmed_again():
    held = confirm(reserved(), NOON, "SO-1", "1").reservation
    assert (held.standing(at(10_000)), held.order_id, held.line_id) == ("confirmed", "SO-1", "1")
    assert refused(lambda: confirm(held, NOON)) == "ALREADY_CONFIRMED"
    assert refused(lambda: extend(held, NOON, at(2))) == "ALREADY_CONFIRMED"
    assert ship(held, at(10_000), None).reservation.state == "shipped"


def test_the_latest_is_given_back_first_and_the_earliest_ships_first():
    back = give_back(reserved(), NOON, 5).reservation
    assert [part.open for part in back.parts] == [5, 0]
    gone = ship(reserved(), NOON, 7).reservation
    assert [part.open for part in gone.parts] == [0, 3]


def test_what_has_ended_ends_no_second_time():
    for ended in (give_back(reserved(), NOON, None), ship(reserved(), NOON, None)):
        assert ended.reservation.state in {"released", "shipped"}
        again = ended.reservation
        assert refused(lambda held=again: give_back(held, NOON, None)) == "RESERVATION_ENDED"  # type: ignore[misc]
        assert refused(lambda held=again: confirm(held, at(5))) == "RESERVATION_ENDED"  # type: ignore[misc]


def test_more_than_it_keeps_is_not_given_back():
    assert refused(lambda: give_back(reserved(), NOON, 11)) == "MORE_THAN_RESERVED"


STEPS = st.lists(
    st.tuples(st.sampled_from(["confirm", "extend", "release", "ship", "wait"]), st.integers(1, 8)),
    max_size=12,
)


@settings(quick, max_examples=200)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), STEPS)
def test_its_moves_always_sum_to_what_it_keeps(quantities, steps):
    """Whatever is done with it: active and confirmed units by the moves are those of the parts."""
    begun = made(reserved(*quantities), "reserve")
    held, moves, now = begun.reservation, list(begun.moves), NOON
    for step, number in steps:
        now += timedelta(minutes=number) if step == "wait" else timedelta(0)
        try:
            changed = _step(held, step, number, now)
        except NotPossible:
            continue
        held = changed.reservation
        moves += changed.moves
    assert _summed(moves) == {part.number: part.open for part in held.parts}
    confirmed = sum(move.confirmed for move in moves)
    assert confirmed == (held.open if held.state == "confirmed" else 0)
    assert sum(move.active + move.confirmed for move in moves if move.act == "reserve") == sum(quantities)


def _step(held: Reservation, step: str, number: int, now: datetime) -> Changed:
    match step:
        case "confirm":
            return confirm(held, now)
        case "extend":
            return extend(held, now, now + timedelta(minutes=number))
        case "release":
            return give_back(held, now, number)
        case "ship":
            return ship(held, now, number)
        case _:
            return Changed(held, 0, ())


def _summed(moves: list[Move]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for move in moves:
        sums[move.part] = sums.get(move.part, 0) + move.active + move.confirmed
    return sums


def row(units: int, ahead: int, ends: datetime | None = ENDS) -> LiveRow:
    return LiveRow("HAM", "own", "web", day(ahead), units, ends, LINE, "r", ahead)


@pytest.mark.parametrize(
    ("owed", "parts", "rest"),
    [(10, [6, 4], 0), (7, [6, 1], 0), (5, [5], 0), (0, [], 0), (13, [6, 4], 3)],
)
def test_a_line_that_has_arrived_counts_once(owed, parts, rest):
    counted, rests = standing_for_lines([row(4, 3), row(6, 0)], {LINE: OwedLine(owed, "HAM")})
    assert [each.open for each in counted] == parts
    assert rests == {LINE: rest}
    assert {each.ends for each in counted} <= {None}


def test_one_that_may_end_stands_for_no_line_of_another_site():
    """One that is confirmed does."""
    counted, rests = standing_for_lines([row(4, 3), row(6, 0, None)], {LINE: OwedLine(8, "COL")})
    assert [(each.open, each.ends) for each in counted] == [(6, None), (4, ENDS)]
    assert rests == {LINE: 2}


def test_before_its_line_arrives_a_reservation_counts_by_itself():
    counted, rests = standing_for_lines([row(4, 3)], {})
    assert [each.ends for each in counted] == [ENDS]
    assert rests == {}


def test_rows_are_summed_in_one_order():
    keys = [("own", "web", day(1), ENDS), ("own", "web", day(0), None), ("own", "web", day(1), ENDS)]
    rows = summed((key, 2) for key in keys)
    assert [(each.day, each.quantity) for each in rows] == [(day(0), 2), (day(1), 4)]
    assert summed([(keys[0], 2), (keys[0], -2)]) == ()


def test_between_two_ends_the_same_ones_count():
    ends = [at(1), at(2)]
    rows = tuple(Reserved("own", "web", day(0), 1, end) for end in ends)
    profile = Profile("TEA", "EA", 0, (SiteStock("HAM", reserved=rows),))
    assert (good_from(profile, NOON), good_until(profile, NOON)) == (None, at(1))
    assert (good_from(profile, at(1)), good_until(profile, at(1))) == (at(1), at(2))
    assert (good_from(profile, at(3)), good_until(profile, at(3))) == (at(2), None)
