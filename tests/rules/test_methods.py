"""The named methods through the product's own positions, held to the slow judge, and beside an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.asked import AskLine, LineAnswer
from rules.atp import METHODS, UNLIMITED, UnknownMethod
from rules.methods import atp_row, site_row
from rules.model import KitPart, Profile, SafetyStock, SiteStock
from rules.position import SitePosition, kept, prepare, together
from rules.promise import decide
from tests.builders import NOON, TODAY, World, day, held, on_hand, owed, policy, profile, receipt
from tests.rules import judge
from tests.rules.plans import Plan
from tests.rules.profile import quick

DAYS = 6
WORLD = World(policy=policy(horizon_days=DAYS))
NEAR = st.integers(-1, DAYS + 2)
STOCKS = st.builds(
    lambda quantity, holds, coming, lines, kept_back: SiteStock(
        "HAM", (on_hand(quantity),), tuple(holds), tuple(coming), tuple(lines), tuple(kept_back)
    ),
    st.integers(-3, 20),
    st.lists(st.builds(held, st.integers(1, 5), until=st.none() | NEAR.map(day)), max_size=2),
    st.lists(st.builds(receipt, st.integers(0, 8), NEAR), max_size=3),
    st.lists(st.builds(owed, st.integers(0, 8), NEAR), max_size=3),
    st.lists(
        st.builds(SafetyStock, NEAR.map(day), st.integers(0, 4)), max_size=2, unique_by=lambda s: s.starts
    ),
)


def drawn(stock: SiteStock, world: World = WORLD) -> SitePosition:
    return prepare(profile(stock), world.setup, NOON).sites[0]


def as_plan(rows: SitePosition) -> Plan:
    return Plan(rows.usable, rows.receipts, rows.commitments, kept(rows))


@pytest.mark.parametrize("method", sorted(METHODS))
@quick
@given(STOCKS)
def test_every_method_agrees_with_the_slow_judge(method, stock):
    """On the rows the product draws: holds, safety stock by date, overdue lines, debts behind the horizon."""
    rows = drawn(stock)
    assert site_row(rows, method) == getattr(judge, method)(as_plan(rows))


def test_a_method_nobody_knows_is_named():
    with pytest.raises(UnknownMethod, match="'guess' is no ATP method"):
        site_row(drawn(SiteStock("HAM")), "guess")


def test_all_methods_are_without_limit_after_the_lead_time():
    """What is owed on day 4, when supply has no limit, keeps nothing back before."""
    world = World(policy=policy(horizon_days=DAYS, infinite_after_days=2))
    rows = drawn(SiteStock("HAM", (on_hand(9),), commitments=(owed(2, 1), owed(40, 4))), world)
    assert site_row(rows, "suffix_min") == [7, 7, 7, UNLIMITED, UNLIMITED, UNLIMITED]
    assert site_row(rows, "cumulative_with_look_ahead") == [7, 7, 7, UNLIMITED, UNLIMITED, UNLIMITED]
    assert site_row(rows, "discrete") == [7, 0, 0, UNLIMITED, UNLIMITED, UNLIMITED]


def test_a_kit_has_finished_ones_and_sets_by_every_method():
    """Two finished; five of A less two owed tomorrow. By discrete, three of A today and none after."""
    kit = Profile("KIT", "EA", 0, (SiteStock("HAM", (on_hand(2),)),), (KitPart("A", 1),))
    part = profile(SiteStock("HAM", (on_hand(5),), commitments=(owed(2, 1),)), sku="A")
    positions = together({item.sku: prepare(item, WORLD.setup, NOON) for item in (kit, part)})
    item = positions["KIT"]
    [rows] = item.sites
    assert atp_row(item, rows) == [5] * 6
    assert atp_row(item, rows, "cumulative") == [7, 5, 5, 5, 5, 5]
    assert atp_row(item, rows, "discrete") == [5, 0, 0, 0, 0, 0]


def asked(stock: SiteStock, *lines: tuple[int, int], methods: tuple[str, ...]) -> list[dict[str, int]]:
    """What each method says beside each line of (quantity, days ahead)."""
    position = prepare(profile(stock), WORLD.setup, NOON)
    ask = [AskLine(number, "TEA", quantity, day(ahead)) for number, (quantity, ahead) in enumerate(lines)]
    answers = decide(ask, {"TEA": position}, methods)
    return [
        {said.method: said.quantity for said in answer.methods}
        for answer in answers
        if isinstance(answer, LineAnswer)
    ]


def test_methods_stand_beside_an_answer():
    """Twelve on hand, five owed tomorrow, ten come on day 2, fourteen owed on day 3; asked for day 2."""
    stock = SiteStock("HAM", (on_hand(12),), (), (receipt(10, 2),), (owed(5, 1), owed(14, 3)))
    [said] = asked(stock, (1, 2), methods=("cumulative", "discrete", "cumulative_with_look_ahead"))
    assert said == {"cumulative": 17, "discrete": 0, "cumulative_with_look_ahead": 3}


def test_a_second_line_is_told_what_the_first_left_by_every_method():
    """Eight of twelve are gone."""
    stock = SiteStock("HAM", (on_hand(12),))
    assert asked(stock, (8, 0), (1, 0), methods=("cumulative", "period"))[1] == {"cumulative": 4, "period": 4}


@quick
@given(STOCKS, st.lists(st.tuples(st.integers(1, 9), st.integers(0, DAYS - 1)), min_size=1, max_size=3))
def test_methods_decide_nothing(stock, lines):
    """With all of them asked for, schedules are as without; the one that promises says what is promised."""
    position = prepare(profile(stock), WORLD.setup, NOON)
    ask = [AskLine(number, "TEA", quantity, day(ahead)) for number, (quantity, ahead) in enumerate(lines)]
    plain, shown = (decide(ask, {"TEA": position}, methods) for methods in ((), tuple(METHODS)))
    for without, with_methods in zip(plain, shown, strict=True):
        assert isinstance(without, LineAnswer)
        assert isinstance(with_methods, LineAnswer)
        assert (without.schedule, without.open) == (with_methods.schedule, with_methods.open)
        said = {method.method: method.quantity for method in with_methods.methods}
        assert said["cumulative_with_look_ahead"] == with_methods.atp_wanted
        assert list(said) == list(METHODS)


def test_an_item_nowhere_has_nothing_by_any_method():
    """It is known, and neither held, expected nor owed."""
    [answer] = decide(
        [AskLine(0, "TEA", 1, TODAY)], {"TEA": prepare(profile(), WORLD.setup, NOON)}, ("cumulative",)
    )
    assert isinstance(answer, LineAnswer)
    assert [said.quantity for said in answer.methods] == [0]
