"""What settings bend: kinds of supply, overdue supply, safety stock, the lead time; also by site."""

from dataclasses import replace
from datetime import date

import pytest

from rules.explanation import SupplyReason, explain_site
from rules.model import (
    AskLine,
    Calendar,
    Grace,
    LineAnswer,
    OnHand,
    Policy,
    Receipt,
    SafetyStock,
    Setup,
    SiteStock,
)
from rules.position import ItemPosition, SitePosition, prepare
from rules.projection import Expected, balance, forecast_row
from rules.promise import decide
from tests.builders import NOON, TODAY, World, day, on_hand, owed, profile, receipt


def world(**policy: object) -> Setup:
    return World(policy=Policy(horizon_days=6, **policy)).setup  # type: ignore[arg-type]


def item(*sites: SiteStock, setup: Setup) -> ItemPosition:
    return prepare(profile(*sites), setup, NOON)


def rows_of(setup: Setup, **stock: object) -> SitePosition:
    return item(SiteStock("HAM", **stock), setup=setup).sites[0]  # type: ignore[arg-type]


def reasons(setup: Setup, *receipts: Receipt) -> list[SupplyReason]:
    [(stock, rows)] = item(SiteStock("HAM", receipts=receipts), setup=setup).with_stock()
    return list(explain_site(stock, rows, setup, NOON, TODAY).supplies)


def test_kinds_of_supply_that_are_left_out_do_not_count():
    """However firm they are; the explanation says so."""
    setup = world(excluded_kinds=("transfer",))
    coming = (receipt(4, 1, kind="transfer"), receipt(3, 1, line_id="P"))
    assert rows_of(setup, receipts=coming).receipts == (0, 3, 0, 0, 0, 0)
    assert [reason.why for reason in reasons(setup, *coming)] == [
        "supply of kind transfer does not count",
        "counted",
    ]


@pytest.mark.parametrize(("days_late", "row"), [(1, (0, 0, 5)), (3, (0, 0, 5)), (4, (0, 0, 0))])
def test_overdue_supply_is_expected_for_some_days_more(days_late, row):
    """At most three days late it is counted two days from now; later than that it is gone."""
    setup = world(past_due_supply={"purchase": Grace(within_days=3, move_to_days=2)})
    assert rows_of(setup, receipts=(receipt(5, -days_late),)).receipts[:3] == row


def test_the_explanation_says_when_overdue_supply_counts():
    setup = world(past_due_supply={"purchase": Grace(3, 2), "production": "today"})
    late = (receipt(5, -1), receipt(2, -1, kind="production", usable_until=day(3)), receipt(9, -8))
    assert [(reason.counted_on, reason.why) for reason in reasons(setup, *late)] == [
        (day(2), f"overdue, counted on {day(2)}"),
        (TODAY, f"overdue, counted today until {day(3)}, their last day"),
        (None, "overdue: not counted until it arrives or gets a new date"),
    ]


SAFETY = (SafetyStock(date.min, 4), SafetyStock(day(2), 7), SafetyStock(day(4), 0))


def test_safety_stock_is_kept_from_new_promises_as_its_rows_say():
    """Four now, seven from day 2 on, none from day 4 on."""
    rows = rows_of(world(), on_hand=(on_hand(10),), safety_stock=SAFETY)
    assert rows.withheld == (4, 4, 7, 7, 0, 0)
    assert rows.margin == (6, 6, 3, 3, 10, 10)
    assert rows.free == (3, 3, 3, 3, 10, 10)


def test_safety_stock_is_sold_where_the_policy_says_so():
    rows = rows_of(world(withhold_safety_stock=False), on_hand=(on_hand(10),), safety_stock=SAFETY)
    assert (rows.withheld, rows.free) == ((0,) * 6, (10,) * 6)


def test_the_explanation_shows_what_safety_stock_keeps_back():
    """Seven of ten on the day that binds; without it seven more could be promised."""
    setup = world()
    [(stock, rows)] = item(SiteStock("HAM", (on_hand(10),), safety_stock=SAFETY), setup=setup).with_stock()
    told = explain_site(stock, rows, setup, NOON, TODAY)
    assert (told.withheld, told.free) == (4, 3)
    assert (told.binding.day, told.binding.net_position) == (day(2), 10)
    assert (told.binding.withheld, told.binding.margin) == (7, 3)
    assert [(change.kind, change.gain) for change in told.earlier] == [("release_safety_stock", 7)]


def by_site(setup: Setup, **of_site: Policy) -> Setup:
    return replace(setup, site_policies=of_site)


def test_a_site_may_have_settings_of_its_own():
    """HAM keeps its safety stock, COL sells it; only COL counts consigned goods."""
    setup = world()
    lax = replace(setup.policy, withhold_safety_stock=False, counted_ownerships=("own", "consignment"))
    goods: tuple[OnHand, ...] = (on_hand(10), on_hand(5, ownership="consignment"))
    both = [SiteStock(site, goods, safety_stock=SAFETY[:1]) for site in ("COL", "HAM")]
    in_col, in_ham = item(*both, setup=by_site(setup, COL=lax)).sites
    assert (in_col.free[0], in_ham.free[0]) == (15, 6)
    explained = explain_site(both[0], in_col, by_site(setup, COL=lax), NOON, TODAY)
    assert [reason.counted for reason in explained.on_hand] == [True, True]


def schedule(
    setup: Setup, *sites: SiteStock, quantity: int = 20
) -> tuple[LineAnswer, list[tuple[int, str, int, str]]]:
    ask = AskLine(0, "TEA", quantity, TODAY)
    [answer] = decide([ask], {"TEA": item(*sites, setup=setup)})
    assert isinstance(answer, LineAnswer)
    parts = [((part.day - TODAY).days, part.site_id, part.quantity, part.label) for part in answer.schedule]
    return answer, parts


def test_after_the_lead_time_any_quantity_can_be_had_and_the_schedule_says_on_what_it_rests():
    """Nine are there; thirty owed on day 4 keep none of them back, for by then any number can be had."""
    setup = world(infinite_after_days=2)
    answer, parts = schedule(setup, SiteStock("HAM", (on_hand(9),), commitments=(owed(30, 4),)))
    assert parts == [(0, "HAM", 9, "supply"), (3, "HAM", 11, "lead_time")]
    assert (answer.earliest, answer.open) == (day(3), 0)


def test_debts_behind_the_horizon_keep_nothing_back_where_supply_becomes_endless():
    setup = world(infinite_after_days=2)
    assert rows_of(setup, on_hand=(on_hand(9),), commitments=(owed(8, 20),)).free[0] == 9


def test_the_lead_time_counts_working_days():
    """Two working days from Monday 1 June, Tuesday being closed, end on Thursday: Friday has no limit."""
    setup = replace(
        world(infinite_after_days=2), calendars={"every day": Calendar("w", closed=frozenset({day(1)}))}
    )
    assert rows_of(setup, on_hand=(on_hand(1),)).limited == 4


def test_where_nobody_ever_works_no_lead_time_ends():
    never = Calendar("never", frozenset())
    setup = replace(world(infinite_after_days=2), calendars={"every day": never})
    assert rows_of(setup, on_hand=(on_hand(1),)).limited == 6


def test_one_endless_site_answers_for_all():
    """COL has a lead time of its own; HAM's goods go first, and from then on COL gives the rest."""
    setup = by_site(world(), COL=replace(world().policy, infinite_after_days=1))
    _, parts = schedule(setup, SiteStock("COL"), SiteStock("HAM", (on_hand(3),)))
    assert parts == [(0, "HAM", 3, "supply"), (2, "COL", 17, "lead_time")]
    [later] = decide([AskLine(0, "TEA", 1, day(3))], {"TEA": item(SiteStock("COL"), setup=setup)})
    assert isinstance(later, LineAnswer)
    assert later.atp_wanted == 2**63 - 1


def test_the_explanation_of_an_endless_day_names_the_day_itself():
    setup = world(infinite_after_days=1)
    [(stock, rows)] = item(SiteStock("HAM", (on_hand(3),)), setup=setup).with_stock()
    told = explain_site(stock, rows, setup, NOON, day(4))
    assert (told.binding.day, told.binding.net_position, told.earlier) == (day(4), 3, ())


FORECAST = forecast_row([Expected(day(-2), day(5), 7 * 4 + 3), Expected(day(4), day(9), 10)], TODAY, 6)


def test_a_forecast_is_spread_over_its_days():
    """Thirty-one over seven days, of which two are gone: four a day, and one more on the first three."""
    assert FORECAST == [5, 4, 4, 4, 6, 2]


@pytest.mark.parametrize(
    ("projection", "expected"),
    [
        ("orders", [20, 11, 11, 11, 11, 11]),
        ("larger", [15, 6, 2, -2, -8, -10]),
        ("fenced_larger", [20, 11, 7, 3, -3, -5]),
    ],
)
def test_a_projection_draws_the_balance_and_never_a_promise(projection, expected):
    """Twenty on hand, nine owed tomorrow; the fence is two days."""
    setup = world(projection=projection, demand_fence_days=2)
    rows = rows_of(setup, on_hand=(on_hand(20),), commitments=(owed(9, 1),))
    assert balance(rows, FORECAST, setup.policy) == expected
    assert rows.free == (11,) * 6
