"""Reservations sourced again: what is as good as promised, and which parts go where."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.asked import ScheduleLine
from rules.reservation import Delivery, NotPossible, Part, Reservation
from rules.slip import Dated
from rules.sourced_again import Behind, behind, due, sourced_again

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = NOON.date()


def day(ahead: int) -> date:
    return TODAY + timedelta(days=ahead)


def held(*parts: Part, wanted: date = TODAY, latest: date | None = None) -> Reservation:
    return Reservation(UUID(int=1), "web", "A", wanted, parts, NOON, None, "confirmed", latest=latest)


def part(number: int, open_units: int, site: str = "DC", ahead: int = 0, gone: int = 0) -> Part:
    return Part(number, site, "own", day(ahead), open_units + gone, open_units)


PLACES = [(site, ahead) for site in ("DC", "D2") for ahead in (0, 1)]


@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=4
    ),
    st.lists(st.sampled_from(PLACES), min_size=20, max_size=20),
)
def test_parts_are_as_the_schedule_says_and_keep_their_sum(had, goes):
    """Whatever it had and wherever it goes: nothing is lost, what has left stays, moves tell the rest."""
    parts = [part(number, units, at, on, gone) for number, ((at, on), units, gone) in enumerate(had)]
    before = held(*parts)
    schedule = [ScheduleLine(day(ahead), site, 1) for site, ahead in goes[: before.open]]
    if _kept(before) == _given(schedule):
        with pytest.raises(NotPossible):
            sourced_again(before, NOON, schedule)
        return
    changed = sourced_again(before, NOON, schedule)
    after = changed.reservation
    assert (after.quantity, after.open) == (before.quantity, before.open)
    assert _kept(after) == _given(schedule)
    assert sum(move.confirmed for move in changed.moves) == 0
    old = {each.number: each.open for each in parts}
    for move in changed.moves:
        old[move.part] = old.get(move.part, 0) + move.confirmed
    assert old == {each.number: each.open for each in after.parts}
    assert all(0 <= each.open <= each.quantity for each in after.parts)


def _kept(of: Reservation) -> dict[tuple[str, date], int]:
    return _sums((each.site_id, each.needed_on, each.open) for each in of.parts)


def _given(schedule: list[ScheduleLine]) -> dict[tuple[str, date], int]:
    return _sums((each.site_id, each.needed, each.quantity) for each in schedule)


def _sums(rows) -> dict[tuple[str, date], int]:
    found: dict[tuple[str, date], int] = {}
    for site, on, units in rows:
        found[site, on] = found.get((site, on), 0) + units
    return {place: units for place, units in found.items() if units}


def test_goods_that_go_by_another_service_are_another_part():
    """Same site and day, another carrier: what was promised by the first stays told with it."""
    way = Delivery(day(0), day(2), "parcel")
    before = held(Part(0, "DC", "own", day(0), 4, 4, way))
    by_truck = ScheduleLine(day(2), "DC", 4, needed_on=day(0), ship_on=day(0), service="truck")
    after = sourced_again(before, NOON, [by_truck]).reservation
    assert [(each.number, each.open, each.delivery and each.delivery.service) for each in after.parts] == [
        (0, 0, "parcel"),
        (1, 4, "truck"),
    ]


@pytest.mark.parametrize(
    ("gives", "first"),
    [
        ([(0, 5), (3, 4)], None),
        ([(0, 9)], None),
        ([(0, 4), (3, 5)], Behind(day(0), 5, 4)),
        ([(0, 5), (3, 3), (4, 1)], Behind(day(3), 9, 8)),
        ([], Behind(day(0), 5, 0)),
    ],
)
def test_as_good_is_as_much_by_every_day(gives, first):
    wanted = due(held(part(0, 5), part(1, 4, ahead=3)), TODAY)
    assert behind(wanted, [ScheduleLine(day(ahead), "D2", units) for ahead, units in gives]) == first


@pytest.mark.parametrize(("own", "named", "last"), [(None, 6, 6), (4, 6, 4), (9, 6, 6), (None, -3, 2)])
def test_a_latest_day_named_counts_alone_within_the_askers_own(own, named, last):
    """It is never before the day wanted."""
    latest = None if own is None else day(own)
    reservation = held(part(0, 5), part(1, 4, ahead=3), wanted=day(2), latest=latest)
    assert due(reservation, TODAY, day(named)) == [Dated(day(last), 9)]


def test_a_promise_overdue_is_due_today():
    assert due(held(part(0, 5, ahead=-2), wanted=day(-2)), TODAY) == [Dated(TODAY, 5)]
