"""Promises when supply slips, shrinks or vanishes: who keeps, who moves, who waits."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import atp
from rules.company import EVERY_DAY, Calendar
from rules.slip import (
    Dated,
    Expected,
    Moved,
    Outcome,
    Promised,
    Supply,
    expected_day,
    keep_order,
    serve_again,
)
from tests.rules.profile import quick

TODAY = date(2026, 5, 4)
ACCEPTED = datetime(2026, 5, 1, 8, tzinfo=UTC)


def day(ahead: int) -> date:
    return TODAY + timedelta(days=ahead)


def line(line_id: str, quantity: int, ahead: int, rank: int = 1, minute: int = 0, **limits) -> Promised:
    accepted = ACCEPTED + timedelta(minutes=minute)
    return Promised(line_id, (Dated(day(ahead), quantity),), rank, accepted, **limits)


def supply(on_hand: int, *coming: tuple[str, int, int], days: int = 10) -> Supply:
    """So much on hand, and (id, day, quantity) of each receipt."""
    return Supply(TODAY, (on_hand,) * days, tuple(Expected(name, day(at), qty) for name, at, qty in coming))


def told(outcomes: tuple[Outcome, ...]) -> dict[str, tuple[object, ...]]:
    """By line: what it keeps by day, (day, quantity, days late) of what moves, and what has no day."""
    return {
        o.line_id: (
            {(part.day - TODAY).days: part.quantity for part in o.keeps},
            [((part.day - TODAY).days, part.quantity, part.days_late) for part in o.moves],
            o.undated,
        )
        for o in outcomes
    }


LINES = (
    line("P1", 8, 0),
    line("P2", 12, 3, rank=1),
    line("P3", 6, 4, rank=2),
    line("P5", 2, 4, rank=2, minute=1),
    line("P4", 5, 6, rank=3),
)
SLIPPED = supply(10, ("R1", 8, 16), ("R2", 6, 15))
"""R1 slips from day 3 to day 8 and shrinks from 20 to 16. A safety stock of 2 is not withheld here."""


def test_a_receipt_slips_and_shrinks():
    """The table: who keeps, who moves where, how late."""
    outcomes = serve_again(LINES, SLIPPED)
    assert [o.line_id for o in outcomes] == ["P1", "P2", "P3", "P5", "P4"]
    assert told(outcomes) == {
        "P1": ({0: 8}, [], 0),
        "P2": ({3: 2}, [(6, 10, 3)], 0),
        "P3": ({}, [(6, 5, 2), (8, 1, 4)], 0),
        "P5": ({}, [(8, 2, 4)], 0),
        "P4": ({}, [(8, 5, 2)], 0),
    }
    assert [o.line_id for o in outcomes if o.knocked_on] == ["P4"]
    assert [o.line_id for o in outcomes if o.at_risk] == ["P2", "P3", "P5", "P4"]
    assert 10 + 16 + 15 - sum(taken.quantity for taken in LINES) == 8


def test_what_is_free_before_and_owed_too_much_after():
    """M with a safety stock of 2 before the slip, and N after it."""
    owed = [8, 0, 0, 12, 6 + 2, 0, 5, 0, 0]
    before = atp.cumulative([10] * 9, [0, 0, 0, 20, 0, 0, 15, 0, 0], owed, [2] * 9)
    after = atp.net_position([10] * 9, [0, 0, 0, 0, 0, 0, 15, 0, 16], owed)
    assert before[:7] == [0, 0, 0, 8, 0, 0, 10]
    assert after == [2, 2, 2, -10, -18, -18, -8, -8, 8]


def test_a_line_that_takes_no_parts_moves_whole():
    """P2 waits for day 6 with all twelve; what it kept before serves P3 on its day."""
    whole = [replace(of, partial=False) if of.line_id == "P2" else of for of in LINES]
    found = told(serve_again(whole, SLIPPED))
    assert found["P2"] == ({}, [(6, 12, 3)], 0)
    assert found["P3"] == ({4: 2}, [(6, 3, 2), (8, 1, 4)], 0)


def test_before_the_slip_everybody_keeps_everything():
    """R1 20 on day 3, R2 15 on day 6."""
    outcomes = serve_again(LINES, supply(10, ("R1", 3, 20), ("R2", 6, 15)))
    assert not any(o.at_risk or o.knocked_on for o in outcomes)


def test_lines_are_kept_frozen_first_then_pegged_then_by_rank_day_acceptance_and_id():
    """One line for each step of the order; what is needed today or overdue is frozen."""
    lines = [
        line("B", 1, 5, rank=2),
        line("A", 1, 5, rank=2),
        line("early", 1, 5, rank=2, minute=-1),
        line("sooner", 1, 4, rank=2),
        line("better", 1, 9, rank=1),
        line("pegged", 1, 9, rank=9, pegged_to="on_hand"),
        line("today", 1, 0, rank=8),
        line("overdue", 1, -2, rank=9),
    ]
    order = ["today", "overdue", "pegged", "better", "sooner", "early", "A", "B"]
    assert [of.line_id for of in keep_order(lines, TODAY)] == order
    assert [of.line_id for of in keep_order(reversed(lines), TODAY)] == order


def test_lines_hard_pegged_to_the_slipped_supply_go_with_it():
    """Ten are on hand, yet both lines follow R1 to day 8; the better rank gets what is left of it."""
    lines = (
        line("C1", 6, 3, rank=1, pegged_to="R1"),
        line("C2", 6, 3, rank=2, pegged_to="R1"),
        line("P", 10, 5, rank=3),
    )
    found = told(serve_again(lines, supply(10, ("R1", 8, 9))))
    assert found == {
        "C1": ({}, [(8, 6, 5)], 0),
        "C2": ({}, [(8, 3, 5)], 3),
        "P": ({5: 10}, [], 0),
    }


def test_supply_that_is_pegged_is_nobody_elses_and_its_surplus_is_everybodys():
    """Of R1's nine, six are pegged; P gets the three, not the six, however good its rank."""
    lines = (line("C", 6, 4, rank=9, pegged_to="R1"), line("P", 5, 4, rank=1))
    found = told(serve_again(lines, supply(0, ("R1", 3, 9))))
    assert found == {"C": ({4: 6}, [], 0), "P": ({4: 3}, [], 2)}


def test_with_its_supply_gone_a_pegged_line_has_no_day():
    """A person or a rule must break the peg first."""
    lines = (line("C", 6, 4, pegged_to="R1"),)
    assert told(serve_again(lines, supply(50))) == {"C": ({}, [], 6)}


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({}, ({2: 4}, [(5, 3, 3), (7, 3, 5)], 0)),
        ({"latest": day(6)}, ({2: 4}, [(5, 3, 3)], 3)),
        ({"latest": day(2)}, ({2: 4}, [], 6)),
        ({"least_shipment": 4}, ({2: 4}, [(7, 6, 5)], 0)),
        ({"least_shipment": 5}, ({}, [(5, 5, 3), (7, 5, 5)], 0)),
        ({"partial": False}, ({}, [(7, 10, 5)], 0)),
        ({"partial": False, "latest": day(6)}, ({}, [], 10)),
    ],
)
def test_what_is_lost_moves_within_the_lines_limits(limits, found):
    """Ten promised on day 2; four are there, three come on day 5 and more on day 7."""
    limited = line("P", 10, 2, **limits)
    assert told(serve_again([limited], supply(4, ("R1", 5, 3), ("R2", 7, 20)))) == {"P": found}


def test_a_part_promised_below_the_least_shipment_stays_if_it_can():
    """Three were promised though shipments are of five: nothing happened to them."""
    assert told(serve_again([line("P", 3, 2, least_shipment=5)], supply(3))) == {"P": ({2: 3}, [], 0)}


def test_a_line_promised_in_parts_loses_each_on_its_own_day():
    """Of 4 on day 1 and 4 on day 5, three of the second go to day 7; none leaves before it was promised."""
    parts = Promised("P", (Dated(day(5), 4), Dated(day(1), 4)), 1, ACCEPTED)
    assert told(serve_again([parts], supply(5, ("R1", 7, 9)))) == {"P": ({1: 4, 5: 1}, [(7, 3, 2)], 0)}


def test_what_is_owed_already_counts_today():
    """Two days late as it is, and three more to come."""
    overdue = line("P", 4, -2)
    assert told(serve_again([overdue], supply(1, ("R1", 3, 9)))) == {"P": ({-2: 1}, [(3, 3, 5)], 0)}


def test_missing_goods_put_everybody_at_risk():
    """A count finds two less than nothing: what comes fills the hole first."""
    assert told(serve_again([line("P", 4, 1)], supply(-2, ("R1", 3, 5)))) == {"P": ({}, [(3, 3, 2)], 1)}


def test_an_overdue_receipt_is_expected_on_the_next_receiving_day_while_grace_lasts():
    """Two days by default; then it is gone."""
    mondays_off = Calendar("Tue-Sun", frozenset({2, 3, 4, 5, 6, 7}))
    assert expected_day(day(3), TODAY, EVERY_DAY) == day(3)
    assert expected_day(TODAY, TODAY, EVERY_DAY) == TODAY
    assert expected_day(day(-1), TODAY, EVERY_DAY) == day(1)
    assert expected_day(day(-2), date(2026, 5, 3), mondays_off) == date(2026, 5, 5)
    assert expected_day(day(-3), TODAY, EVERY_DAY) is None
    assert expected_day(day(-3), TODAY, EVERY_DAY, grace_days=3) == day(1)
    assert expected_day(day(-1), TODAY, EVERY_DAY, grace_days=0) is None


DAYS = 7
PARTS = st.lists(
    st.builds(Dated, st.integers(-1, DAYS - 1).map(day), st.integers(1, 6)),
    min_size=1,
    max_size=2,
    unique_by=lambda part: part.day,
).map(tuple)
PROMISED = st.lists(
    st.builds(
        Promised,
        st.sampled_from("ABCDEF"),
        PARTS,
        st.integers(1, 3),
        st.integers(0, 3).map(lambda minute: ACCEPTED + timedelta(minutes=minute)),
        st.sampled_from(["", "", "", "R1", "on_hand"]),
        st.booleans(),
        st.integers(0, 3),
        st.none() | st.integers(0, DAYS).map(day),
    ),
    max_size=5,
    unique_by=lambda promised: promised.line_id,
)
RECEIPTS = st.lists(
    st.builds(Expected, st.sampled_from(["R1", "R2"]), st.integers(0, DAYS).map(day), st.integers(0, 12)),
    max_size=2,
    unique_by=lambda receipt: receipt.supply_id,
).map(tuple)
USABLE = st.lists(st.integers(0, 12), min_size=DAYS, max_size=DAYS).map(tuple)
SUPPLIES = st.builds(Supply, st.just(TODAY), USABLE, RECEIPTS)


@quick
@given(PROMISED, SUPPLIES)
def test_every_unit_is_kept_moved_or_without_a_day(lines, now):
    """No line gets more than it had, none sooner than it was promised, none later than it is of use."""
    outcomes = {o.line_id: o for o in serve_again(lines, now)}
    assert outcomes.keys() == {of.line_id for of in lines}
    for of in lines:
        found = outcomes[of.line_id]
        had = {part.day: part.quantity for part in of.parts}
        assert all(0 < part.quantity <= had[part.day] for part in found.keeps)
        dated = sum(part.quantity for part in found.keeps) + sum(part.quantity for part in found.moves)
        assert found.undated >= 0
        assert dated + found.undated == of.quantity
        assert all(part.days_late > 0 for part in found.moves)
        assert all(part.day <= (of.latest or day(DAYS)) for part in found.moves)
        if not of.partial and found.at_risk:
            assert (found.keeps, len(found.moves)) in {((), 0), ((), 1)}
            assert all(part.quantity == of.quantity for part in found.moves)


@quick
@given(PROMISED, SUPPLIES)
def test_no_day_is_promised_more_than_comes_by_then(lines, now):
    """N stays at 0 or above: nobody is promised what is not there, pegged or not."""
    outcomes = serve_again(lines, now)
    taken = [(part.day, part.quantity) for o in outcomes for part in o.keeps]
    taken += [(part.day, part.quantity) for o in outcomes for part in o.moves]
    for ahead in range(DAYS):
        come = now.usable[ahead] + sum(r.quantity for r in now.expected if r.day <= day(ahead))
        assert sum(quantity for on, quantity in taken if on <= day(ahead)) <= come


@quick
@given(PROMISED, SUPPLIES, st.randoms(use_true_random=False))
def test_the_outcome_does_not_depend_on_the_order_lines_come_in(lines, now, random):
    """The same lines and supply give the same outcomes."""
    mixed = list(lines)
    random.shuffle(mixed)
    assert serve_again(mixed, now) == serve_again(lines, now)


def unit_by_unit(lines: list[Promised], now: Supply) -> dict[str, dict[date, int]]:
    """The slow way, for lines without limits or pegs: each unit to the first day on which N stays whole."""
    given_out: list[date] = []
    found: dict[str, dict[date, int]] = {}

    def fits(on: date) -> bool:
        return all(
            sum(1 for taken in given_out if taken <= day(ahead)) + 1
            <= now.usable[ahead] + sum(r.quantity for r in now.expected if r.day <= day(ahead))
            for ahead in range((on - TODAY).days, DAYS)
        )

    for of in keep_order(lines, TODAY):
        days = found.setdefault(of.line_id, {})
        [part] = of.parts
        for _ in range(part.quantity):
            first = max(0, (part.day - TODAY).days)
            on = next((day(ahead) for ahead in range(first, DAYS) if fits(day(ahead))), None)
            if on is not None:
                given_out.append(on)
                days[on] = days.get(on, 0) + 1
    return found


@quick
@given(PROMISED, SUPPLIES)
def test_serving_again_is_what_serving_unit_by_unit_gives(lines, now):
    """One part a line, no pegs, no limits: the plain judge."""
    plain = [
        replace(of, parts=of.parts[:1], pegged_to="", partial=True, least_shipment=0, latest=None)
        for of in lines
    ]
    for found in serve_again(plain, now):
        days = {max(TODAY, part.day): part.quantity for part in found.keeps}
        days |= {part.day: part.quantity for part in found.moves}
        assert days == unit_by_unit(plain, now)[found.line_id]


def test_what_moved_says_how_late():
    """From the day of the part it was lost from."""
    [found] = serve_again([line("P", 3, 2)], supply(0, ("R1", 5, 3)))
    assert (found.moves, found.days_late) == ((Moved(day(5), 3, 3),), 3)
