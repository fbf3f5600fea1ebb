"""What is kept from selling, and which rule says how much."""

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from rules.safety import (
    Lot,
    Protected,
    SafetyRule,
    Withheld,
    above_protected,
    select,
    sellable,
    withheld,
    withheld_by_lot,
)
from tests.rules.profile import quick


def test_a_store_keeps_three_for_its_counter():
    """Ten on hand, nine committed: two too few, or nothing."""
    assert sellable(10, 2, 3) == 5
    assert sellable(10, 9, 3) == -2
    assert sellable(10, 9, 3, floor_at_zero=True) == 0


def test_safety_stock_gets_what_demand_leaves():
    """Four on hand, three owed, two to keep: one is kept and one lacks."""
    assert withheld(4, 3, 2) == Withheld(0, 1, 1, 0, 1)


def test_part_of_the_safety_stock_and_of_better_demand_is_kept():
    """A tenth of 200 and a fifth of 500 of 1,000."""
    parts = [Protected(200, Fraction(10)), Protected(500, Fraction(20))]
    assert above_protected(1000, parts) == 880
    assert above_protected(10, [Protected(1, Fraction(1))]) == 9
    assert above_protected(10, []) == 10


def test_of_two_rules_alike_the_first_id_applies():
    """Whatever order they come in."""
    rules = [SafetyRule("B", 1), SafetyRule("A", 2)]
    assert select(rules, {}, None, ["lowest_rank"]) == rules[1]
    assert select([], {}, None, ["lowest_rank"]) is None


def test_a_rule_is_in_force_up_to_its_end_and_not_on_it():
    """And from its start on; without a day to ask for, always."""
    rule = SafetyRule("R", 1, starts=date(2026, 5, 4), until=date(2026, 5, 6))
    asked = [date(2026, 5, day) for day in (3, 4, 5, 6)]
    assert [rule.applies({}, on) for on in asked] == [False, True, True, False]
    assert rule.applies({}, None)


LOTS = st.lists(
    st.builds(
        Lot, st.sampled_from("KLMN"), st.integers(0, 9), st.integers(0, 9),
        st.none() | st.dates(date(2026, 5, 1), date(2026, 5, 9)),
    ),
    max_size=4, unique_by=lambda lot: lot.lot_id,
)  # fmt: skip


@quick
@given(LOTS, st.integers(0, 20))
def test_every_unit_of_a_lot_is_owed_kept_or_free(lots, safety):
    """And safety stock lacks only what no lot has left."""
    found = withheld_by_lot(lots, safety)
    for lot in lots:
        parts = found[lot.lot_id]
        assert parts.atp + parts.safety_withheld + lot.demand - parts.short == lot.quantity
    left = sum(max(0, lot.quantity - lot.demand) for lot in lots)
    assert sum(parts.safety_withheld for parts in found.values()) == min(safety, left)
