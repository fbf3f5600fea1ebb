"""Which promises of an item are at risk, and what becomes of proposals from one run to the next."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.company import Keeping
from rules.model import Commitment, Hold, OnHand, Profile, Receipt, SafetyStock, SiteStock
from rules.proposals import (
    Change,
    Line,
    Placed,
    Proposal,
    Shift,
    Standing,
    Turns,
    applies_at_once,
    gravest,
    shifts,
    turns,
)
from rules.reservation import NotPossible, Part, Reservation, made, move
from rules.reserved import RESERVATIONS, LiveRow, line_key, order_key, with_each_reservation
from rules.risk import at_risk, is_short
from rules.served_again import Ground, Owing
from tests.builders import NOON, TODAY, PlainChoices, World, policy, profile
from tests.rules.profile import quick

SITE = "HAM"
SETUP = World().setup


def day(ahead: int):
    return TODAY + timedelta(days=ahead)


def owed(order: str, quantity: int, ahead: int, channel: str = "web") -> Commitment:
    return Commitment("oms", "1", order, channel, day(ahead), quantity)


def due(line: str, quantity: int, ahead: int) -> Receipt:
    return Receipt("erp", line, "purchase", "confirmed", "own", day(ahead), quantity)


def stock(on_hand: int, *lines: Commitment, coming: tuple[Receipt, ...] = (), **more) -> SiteStock:
    return SiteStock(SITE, (OnHand("available", "own", on_hand),), receipts=coming, commitments=lines, **more)


def line_of(commitment: Commitment) -> Line:
    key = line_key(commitment)
    return Line(key, commitment.channel, commitment.order_id, "1", "", commitment.day, NOON)


def found(item: Profile, setup=SETUP) -> dict[str, Proposal]:
    """The proposals by order."""
    lines = {line_key(of): line_of(of) for stock in item.sites for of in stock.commitments}
    found = at_risk([Owing(item, lines)], Ground(setup, NOON))
    return {each.line.order_id: each for each in found[item.sku]}


def by_day(parts: tuple[Placed, ...]) -> dict[int, int]:
    return {(part.day - TODAY).days: part.quantity for part in parts}


def test_nothing_is_withheld_from_a_promise_made():
    """Safety stock stands against new promises only."""
    item = profile(stock(10, owed("A", 10, 2), safety_stock=(SafetyStock(day(-9), 4),)))
    assert not is_short(item, SETUP, NOON)
    assert found(item) == {}


def test_what_is_held_is_not_there_until_the_hold_ends():
    item = profile(stock(10, owed("A", 10, 2), holds=(Hold("h", "quality", "wms", 4, until=day(5)),)))
    assert is_short(item, SETUP, NOON)
    assert by_day(found(item)["A"].new) == {2: 6, 5: 4}


@pytest.mark.parametrize(("late", "proposed"), [(1, {0: 4, 1: 6}), (2, {0: 4, 1: 6}), (3, {0: 4})])
def test_an_overdue_receipt_is_expected_tomorrow_for_two_days_and_then_gone(late, proposed):
    """What has no day stays undated."""
    item = profile(stock(4, owed("A", 10, 0), coming=(due("R", 20, -late),)))
    of = found(item)["A"]
    assert (by_day(of.new), of.undated) == (proposed, 10 - sum(proposed.values()))


def test_each_site_serves_its_own_and_the_proposal_names_where_it_is_short():
    short = replace(stock(1, owed("A", 3, 1)), site_id="COL")
    item = profile(short, stock(5, owed("A", 4, 1), coming=()))
    of = found(item)["A"]
    assert of.sites == ("COL",)
    assert of.old == (Placed("COL", "own", day(1), 3), Placed(SITE, "own", day(1), 4))
    assert of.new == (Placed("COL", "own", day(1), 1), Placed(SITE, "own", day(1), 4))
    assert of.undated == 2


def test_what_is_owed_behind_the_horizon_stays_where_it_is():
    """Ten days are counted; of what is owed later only what is not covered there comes into the last."""
    item = profile(stock(2, owed("A", 3, 1), owed("A", 5, 30), coming=(due("R", 9, 4), due("S", 5, 29))))
    assert by_day(found(item)["A"].new) == {1: 2, 4: 1, 30: 5}


def test_rank_and_terms_are_those_of_the_channel():
    """The better rank keeps; one that takes no parts moves whole."""
    kept = {"gold": Keeping(rank=1), "web": Keeping(rank=2, partial=False)}
    setup = replace(SETUP, choices=PlainChoices(policy(horizon_days=10), kept=kept))
    lines = (owed("A", 5, 2), owed("B", 5, 3, "gold"))
    item = profile(stock(7, *lines, coming=(due("R", 9, 6),)))
    of = found(item, setup)
    assert by_day(of["A"].new) == {6: 5}
    assert "B" not in of


def test_a_reservation_is_a_line_of_its_own():
    rows = [LiveRow(SITE, "own", "web", day(2), 6, None, None, "r1", 0)]
    rows.append(LiveRow(SITE, "own", "web", day(4), 1, None, None, "r1", 1))
    item = with_each_reservation(profile(stock(3, coming=(due("R", 9, 5),))), rows)
    line = Line("r1", "web", "", "", "r1", day(2), NOON)
    [[of]] = at_risk([Owing(item, {"r1": line})], Ground(SETUP, NOON)).values()
    assert (by_day(of.old), by_day(of.new)) == ({2: 6, 4: 1}, {2: 3, 5: 4})
    assert [part.order_id for stock in item.sites for part in stock.commitments] == [RESERVATIONS] * 2


AMOUNTS = st.integers(0, 9)


@quick
@given(
    st.lists(st.tuples(AMOUNTS, st.integers(-2, 12)), max_size=4),
    st.lists(st.tuples(st.integers(1, 9), st.integers(-2, 12)), max_size=4),
    AMOUNTS,
)
def test_there_are_proposals_exactly_where_the_item_is_short(coming, lines, on_hand):
    """And what they say can be had: N never falls below 0 but for what has no day."""
    item = profile(
        stock(
            on_hand,
            *(owed(f"O{n}", quantity, ahead) for n, (quantity, ahead) in enumerate(lines)),
            coming=tuple(due(f"R{n}", quantity, ahead) for n, (quantity, ahead) in enumerate(coming)),
        )
    )
    of = found(item)
    assert bool(of) == is_short(item, SETUP, NOON) or _only_behind(lines)
    for each in of.values():
        had, has = (sum(part.quantity for part in parts) for parts in (each.old, each.new))
        assert had == has + each.undated
        assert each.undated or each.days_late > 0


def _only_behind(lines) -> bool:
    return any(ahead >= 10 for _, ahead in lines)


LINE = Line(order_key("web", "A", "1"), "web", "A", "1", "", TODAY, NOON)
WAS = (Placed(SITE, "own", day(3), 12),)
NEW = (Placed(SITE, "own", day(3), 2), Placed(SITE, "own", day(6), 10))
FOUND = Proposal(LINE, WAS, NEW, 0, 3, (SITE,))


def stands(state="open", old=WAS, new=NEW, undated=0) -> Standing:
    return Standing("p", LINE.key, state, old, new, undated)


def test_a_proposal_is_made_once_and_superseded_when_it_says_something_else():
    later = replace(FOUND, new=(Placed(SITE, "own", day(7), 12),))
    assert turns([], [FOUND]) == Turns(((FOUND, None),), ())
    assert turns([stands()], [FOUND]) == Turns()
    assert turns([stands()], [later]) == Turns(((later, stands()),), ())
    assert turns([stands()], []) == Turns((), (stands(),))


@pytest.mark.parametrize("state", ["applied", "rejected"])
def test_what_was_decided_is_not_proposed_again(state):
    assert turns([stands(state)], [FOUND]) == Turns()
    other = replace(FOUND, undated=1)
    assert turns([stands(state)], [other]).made == ((other, stands(state)),)


def test_what_was_applied_may_be_the_promise_by_now():
    """The reservation was moved; its undated rest is still where it was."""
    moved = replace(FOUND, old=(*NEW[:1], replace(NEW[1], quantity=9)), undated=1)
    before = stands("applied", new=moved.new, undated=1)
    assert turns([before], [moved]) == Turns()
    assert turns([replace(before, state="rejected")], [moved]).made


def test_only_a_dated_proposal_within_so_many_days_is_applied_at_once():
    """Three days late: within three, not within two; without a policy, by a person."""
    assert [applies_at_once(FOUND, most) for most in (3, 2, None)] == [True, False, False]
    assert not applies_at_once(replace(FOUND, undated=1), 99)


def test_the_gravest_change_is_told():
    changes = [Change("count", "wms", "c"), Change("late", "erp", "R2"), Change("late", "erp", "R1")]
    assert gravest(changes) == Change("late", "erp", "R1")
    assert gravest([]) is None


PARTS = st.lists(
    st.builds(
        Placed, st.sampled_from(["A", "B"]), st.just("own"), st.integers(0, 5).map(day), st.integers(1, 6)
    ),
    max_size=4,
)


@quick
@given(PARTS, PARTS)
def test_shifts_make_the_old_parts_the_new_ones_as_far_as_they_have_days(old, new):
    """At each place what is shifted leaves days that lose and goes to days that gain, and nowhere else."""
    left: dict[tuple[str, object], int] = {}
    for part, sign in (*((part, 1) for part in old), *((part, -1) for part in new)):
        key = (part.site_id, part.day)
        left[key] = left.get(key, 0) + sign * part.quantity
    for shift in shifts(old, new):
        assert shift.quantity > 0
        assert left[shift.site_id, shift.day] >= shift.quantity
        left[shift.site_id, shift.day] -= shift.quantity
        assert left[shift.site_id, shift.to] <= -shift.quantity
        left[shift.site_id, shift.to] += shift.quantity
    for site in {part.site_id for part in old}:
        rest = [quantity for (at, _), quantity in left.items() if at == site]
        assert min(rest) >= 0 or max(rest) <= 0


def reservation(*parts: tuple[int, int]) -> Reservation:
    """Open quantities by days ahead."""
    kept = tuple(Part(n, SITE, "own", day(ahead), units, units) for n, (units, ahead) in enumerate(parts))
    return Reservation(
        made_at=NOON,
        reservation_id=UUID(int=1),
        channel="web",
        sku="TEA",
        wanted=day(1),
        parts=kept,
        expires_at=None,
        state="confirmed",
    )


def test_a_moved_reservation_keeps_its_quantity_and_its_moves_sum_to_its_parts():
    before = reservation((8, 1), (4, 3))
    ledger = list(made(before, "reserve").moves)
    changed = move(
        before, NOON, [Shift(SITE, "own", day(1), day(3), 2), Shift(SITE, "own", day(3), day(6), 3)]
    )
    ledger += changed.moves
    after = changed.reservation
    assert {(part.needed_on - TODAY).days: part.open for part in after.parts} == {1: 6, 3: 3, 6: 3}
    assert (after.quantity, after.open, changed.units) == (12, 12, 5)
    for part in after.parts:
        assert sum(each.active + each.confirmed for each in ledger if each.part == part.number) == part.open


def test_what_a_reservation_does_not_keep_cannot_be_moved():
    with pytest.raises(NotPossible):
        move(reservation((8, 1)), NOON, [Shift(SITE, "own", day(2), day(3), 2)])
