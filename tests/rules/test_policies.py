"""What policies bend: kinds of supply, overdue supply, safety stock, the lead time; also by site."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rules.asked import AskLine, LineAnswer
from rules.company import Calendar
from rules.explanation import NOT_COUNTED, SupplyReason, explain_site
from rules.model import OnHand, Receipt, SafetyStock, SiteStock
from rules.position import ItemPosition, SitePosition, prepare
from rules.projection import Expected, balance, forecast_row
from rules.promise import decide
from tests.builders import NOON, TODAY, Late, World, day, on_hand, owed, policy, profile, receipt


def world(**bent: Any) -> World:
    return World(policy=policy(horizon_days=6, **bent))


def item(*sites: SiteStock, world: World) -> ItemPosition:
    return prepare(profile(*sites), world.setup, NOON)


def rows_of(world: World, **stock: Any) -> SitePosition:
    return item(SiteStock("HAM", **stock), world=world).sites[0]


def reasons(world: World, *receipts: Receipt) -> list[SupplyReason]:
    [(stock, rows)] = item(SiteStock("HAM", receipts=receipts), world=world).with_stock()
    return list(explain_site(stock, rows, world.policy, TODAY).supplies)


def test_kinds_of_supply_that_are_left_out_do_not_count():
    """However firm they are; the explanation says so."""
    bent = world(excluded=("transfer",))
    coming = (receipt(4, 1, kind="transfer"), receipt(3, 1, line_id="P"))
    assert rows_of(bent, receipts=coming).receipts == (0, 3, 0, 0, 0, 0)
    assert [reason.why for reason in reasons(bent, *coming)] == [
        NOT_COUNTED,
        "counted",
    ]


@pytest.mark.parametrize(("days_late", "row"), [(1, (0, 0, 5)), (3, (0, 0, 5)), (4, (0, 0, 0))])
def test_overdue_supply_is_expected_for_some_days_more(days_late, row):
    """At most three days late it is counted two days from now; later than that it is gone."""
    bent = world(late={"purchase": Late(within_days=3, from_days=2)})
    assert rows_of(bent, receipts=(receipt(5, -days_late),)).receipts[:3] == row


def test_the_explanation_says_when_overdue_supply_counts():
    bent = world(late={"purchase": Late(3, 2), "production": Late()})
    late = (receipt(5, -1), receipt(2, -1, kind="production", usable_until=day(3)), receipt(9, -8))
    assert [(reason.counted_on, reason.why) for reason in reasons(bent, *late)] == [
        (day(2), f"overdue, counted on {day(2)}"),
        (TODAY, f"overdue, counted today until {day(3)}, their last day"),
        (None, NOT_COUNTED),
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
    bent = world()
    [(stock, rows)] = item(SiteStock("HAM", (on_hand(10),), safety_stock=SAFETY), world=bent).with_stock()
    told = explain_site(stock, rows, bent.policy, TODAY)
    assert (told.withheld, told.free) == (4, 3)
    assert (told.binding.day, told.binding.net_position) == (day(2), 10)
    assert (told.binding.withheld, told.binding.margin) == (7, 3)
    assert [(change.kind, change.gain) for change in told.earlier] == [("release_safety_stock", 7)]


def test_a_site_may_have_a_policy_of_its_own():
    """HAM keeps its safety stock, COL sells it; only COL counts consigned goods."""
    lax = policy(ownerships=("own", "consignment"), horizon_days=6, withhold_safety_stock=False)
    bent = replace(world(), of_sites={"COL": lax})
    goods: tuple[OnHand, ...] = (on_hand(10), on_hand(5, ownership="consignment"))
    both = [SiteStock(site, goods, safety_stock=SAFETY[:1]) for site in ("COL", "HAM")]
    in_col, in_ham = item(*both, world=bent).sites
    assert (in_col.free[0], in_ham.free[0]) == (15, 6)
    explained = explain_site(both[0], in_col, lax, TODAY)
    assert [reason.counted for reason in explained.on_hand] == [True, True]


def schedule(
    world: World, *sites: SiteStock, quantity: int = 20
) -> tuple[LineAnswer, list[tuple[int, str, int, str]]]:
    ask = AskLine(0, "TEA", quantity, TODAY)
    [answer] = decide([ask], {"TEA": item(*sites, world=world)})
    assert isinstance(answer, LineAnswer)
    parts = [((part.day - TODAY).days, part.site_id, part.quantity, part.label) for part in answer.schedule]
    return answer, parts


def test_after_the_lead_time_any_quantity_can_be_had_and_the_schedule_says_on_what_it_rests():
    """Nine are there; thirty owed on day 4 keep none of them back, for by then any number can be had."""
    bent = world(infinite_after_days=2)
    answer, parts = schedule(bent, SiteStock("HAM", (on_hand(9),), commitments=(owed(30, 4),)))
    assert parts == [(0, "HAM", 9, "supply"), (3, "HAM", 11, "lead_time")]
    assert (answer.earliest, answer.open) == (day(3), 0)


def test_debts_behind_the_horizon_keep_nothing_back_where_supply_becomes_endless():
    bent = world(infinite_after_days=2)
    assert rows_of(bent, on_hand=(on_hand(9),), commitments=(owed(8, 20),)).free[0] == 9


def test_the_lead_time_counts_working_days():
    """Two working days from Monday 1 June, Tuesday being closed, end on Thursday: Friday has no limit."""
    bent = replace(
        world(infinite_after_days=2), calendars={"every day": Calendar("w", closed=frozenset({day(1)}))}
    )
    assert rows_of(bent, on_hand=(on_hand(1),)).limited == 4


def test_where_nobody_ever_works_no_lead_time_ends():
    never = Calendar("never", frozenset())
    bent = replace(world(infinite_after_days=2), calendars={"every day": never})
    assert rows_of(bent, on_hand=(on_hand(1),)).limited == 6


def test_one_endless_site_answers_for_all():
    """COL has a lead time of its own; HAM's goods go first, and from then on COL gives the rest."""
    bent = replace(world(), of_sites={"COL": replace(world().policy, infinite_after_days=1)})
    _, parts = schedule(bent, SiteStock("COL"), SiteStock("HAM", (on_hand(3),)))
    assert parts == [(0, "HAM", 3, "supply"), (2, "COL", 17, "lead_time")]
    [later] = decide([AskLine(0, "TEA", 1, day(3))], {"TEA": item(SiteStock("COL"), world=bent)})
    assert isinstance(later, LineAnswer)
    assert later.atp_wanted == 2**63 - 1


def test_the_explanation_of_an_endless_day_names_the_day_itself():
    bent = world(infinite_after_days=1)
    [(stock, rows)] = item(SiteStock("HAM", (on_hand(3),)), world=bent).with_stock()
    told = explain_site(stock, rows, bent.policy, day(4))
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
    bent = world(projection=projection, demand_fence_days=2)
    rows = rows_of(bent, on_hand=(on_hand(20),), commitments=(owed(9, 1),))
    assert balance(rows, FORECAST, bent.policy) == expected
    assert rows.free == (11,) * 6
