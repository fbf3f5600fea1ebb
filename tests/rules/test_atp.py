"""ATP by every method: worked rows, the laws, and a slow judge on random plans."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rules import atp
from tests.rules import judge
from tests.rules.plans import Plan, Row, plans, steady_plans
from tests.rules.profile import quick

NOTHING = (0,) * 6


def a_plan(
    usable: int | Row = 10, receipts: Row = NOTHING, commitments: Row = NOTHING, withheld: Row = NOTHING
) -> Plan:
    row = (usable,) * len(receipts) if isinstance(usable, int) else usable
    return Plan(row, receipts, commitments, withheld)


def by_look_ahead(plan: Plan) -> list[int]:
    return atp.by_method("cumulative_with_look_ahead", *plan.rows)


def test_stock_owed_later_is_not_promised_today():
    """Ten on hand and nine owed on day 3 leave one for today, until a receipt comes."""
    plan = a_plan(10, receipts=(0, 0, 0, 0, 20, 0), commitments=(0, 0, 0, 9, 0, 0))
    assert by_look_ahead(plan) == [1, 1, 1, 1, 21, 21]
    assert atp.by_method("cumulative", *plan.rows) == [10, 10, 10, 1, 21, 21]


def test_a_hold_that_ends_frees_its_goods_on_that_day():
    """Goods blocked for two days are promised for the third."""
    assert by_look_ahead(a_plan((4, 4, 10, 10, 10, 10))) == [4, 4, 10, 10, 10, 10]


def test_safety_stock_stands_against_new_promises():
    """What is withheld from day 2 on keeps goods from today's promise too."""
    plan = a_plan(10, withheld=(0, 0, 7, 7, 7, 7))
    assert by_look_ahead(plan) == [3] * 6


def test_a_shortage_stays_visible_but_is_never_promised():
    """Three short is -3 to the planner and 0 to the customer."""
    plan = a_plan(2, commitments=(5, 0, 0, 0, 0, 0), receipts=(0, 0, 4, 0, 0, 0))
    assert atp.by_method("suffix_min", *plan.rows) == [-3, -3, 1, 1, 1, 1]
    assert by_look_ahead(plan) == [0, 0, 1, 1, 1, 1]


def test_each_lot_covers_the_orders_until_the_next():
    """Discrete ATP of a shop with 40 and two lots of 30, worked by hand."""
    plan = a_plan(40, receipts=(0, 0, 30, 0, 30, 0), commitments=(12, 9, 8, 11, 0, 4))
    assert atp.discrete(*plan.rows) == [19, 0, 11, 0, 26, 0]


def test_a_lot_that_is_overdrawn_takes_from_the_lots_before_it():
    """The last lot of 3 owes 10: it takes 2 from the middle one, then 5 from today's."""
    plan = a_plan(10, receipts=(0, 2, 0, 3, 0, 0), commitments=(0, 0, 0, 10, 0, 0))
    assert atp.discrete(*plan.rows) == [5, 0, 0, 0, 0, 0]
    assert atp.discrete(*plan.rows, carry_back=False) == [10, 2, 0, 0, 0, 0]


def test_a_hold_that_begins_later_comes_off_the_stretch_it_falls_in():
    """A negative gain opens no stretch of its own."""
    plan = a_plan((9, 9, 4, 4, 4, 4), receipts=(0, 0, 0, 6, 0, 0))
    assert atp.gains(plan.usable, plan.receipts, plan.withheld) == [9, 0, -5, 6, 0, 0]
    assert atp.discrete(*plan.rows) == [4, 0, 0, 6, 0, 0]


def test_a_shortfall_no_surplus_covers_stays_negative():
    """Backward covers what it can, nearest first, and says what is missing."""
    plan = a_plan(0, receipts=(3, 5, 0, 0, 2, 0), commitments=(0, 0, 6, 4, 0, 0))
    assert atp.period(*plan.rows) == [3, 5, -6, -4, 2, 0]
    assert atp.backward(*plan.rows) == [0, 0, 0, -2, 2, 0]
    assert atp.backward_accumulate(*plan.rows) == [0, 0, 0, -2, 2, 2]


def test_after_unlimited_supply_begins_nothing_owed_there_blocks_today():
    """Rows end where supply is unlimited; the rest of the answer has no limit and fits anything."""
    plan = a_plan(10, commitments=(0, 0, 0, 0, 99, 0))
    until_day_two = [row[:3] for row in plan.rows]
    row = atp.then_unlimited(atp.by_method("cumulative_with_look_ahead", *until_day_two), 6)
    assert row == [10, 10, 10, *[atp.UNLIMITED] * 3]
    assert atp.earliest(row, 11) == 3


def test_the_earliest_bucket_is_the_first_with_room():
    """From a given bucket on; None where the row never has room."""
    assert atp.earliest([1, 5, 0, 7], 5) == 1
    assert atp.earliest([1, 5, 0, 7], 5, start=2) == 3
    assert atp.earliest([1, 5, 0, 7], 8) is None
    assert atp.fits([1, 5], 5, 1)
    assert not atp.fits([1, 5], 6, 1)


def test_a_method_nobody_knows_is_named_with_those_there_are():
    """The message lists the methods."""
    with pytest.raises(
        atp.UnknownMethod, match=r"'guess' is no ATP method. Use one of: cumulative, suffix_min"
    ):
        atp.by_method("guess", (), (), (), ())


@pytest.mark.parametrize(
    ("projection", "demand"),
    [("orders", [3, 8, 1, 0]), ("larger", [5, 8, 5, 5]), ("fenced_larger", [3, 8, 5, 5])],
)
def test_forecast_bends_the_planners_balance_only(projection, demand):
    """Orders, the larger of orders and forecast, or that from the fence on."""
    assert atp.projected_demand([3, 8, 1, 0], [5, 5, 5, 5], projection, demand_fence=2) == demand


@pytest.mark.parametrize("method", sorted(atp.METHODS))
@quick
@given(plan=plans())
def test_every_method_agrees_with_the_slow_judge(method, plan):
    """Unit by unit and by definition, on plans of every kind."""
    assert atp.by_method(method, *plan.rows) == getattr(judge, method)(plan)


@quick
@given(plans())
def test_discrete_without_carry_back_agrees_with_the_slow_judge(plan):
    """A stretch that ends short is left short."""
    assert atp.discrete(*plan.rows, carry_back=False) == judge.discrete(plan, carry_back=False)


@quick
@given(plans(), st.data())
def test_promising_exactly_atp_leaves_every_bucket_whole_and_one_more_does_not(plan, data):
    """The law that makes it safe to promise, wherever nothing is short before."""
    cell = data.draw(st.sampled_from(plan.buckets))
    assume(judge.whole_from(plan, cell))
    most = by_look_ahead(plan)[cell]
    assert judge.whole_from(plan.owing(most, cell), cell)
    assert not judge.whole_from(plan.owing(most + 1, cell), cell)


@quick
@given(plans(), st.integers(1, 9), st.data())
def test_one_more_receipt_never_lowers_atp(plan, quantity, data):
    """Goods more to come can only help."""
    more = plan.receiving(quantity, data.draw(st.sampled_from(plan.buckets)))
    assert all(
        after >= before for before, after in zip(by_look_ahead(plan), by_look_ahead(more), strict=True)
    )


@quick
@given(plans(), st.integers(1, 9), st.data())
def test_more_demand_never_raises_atp(plan, quantity, data):
    """Goods more owed can only hurt."""
    more = plan.owing(quantity, data.draw(st.sampled_from(plan.buckets)))
    assert all(
        after <= before for before, after in zip(by_look_ahead(plan), by_look_ahead(more), strict=True)
    )


@quick
@given(plans())
def test_atp_never_falls_from_one_bucket_to_the_next(plan):
    """What can be promised for a day can be promised for any later one."""
    row = by_look_ahead(plan)
    assert row == sorted(row)


@quick
@given(steady_plans())
def test_summed_discrete_equals_look_ahead_where_nothing_is_short(plan):
    """Two ways of counting one thing: no hold or safety stock changes, and no bucket is short."""
    assume(judge.whole_from(plan, 0))
    discrete = atp.discrete(*plan.rows)
    assert [sum(discrete[: cell + 1]) for cell in plan.buckets] == by_look_ahead(plan)
