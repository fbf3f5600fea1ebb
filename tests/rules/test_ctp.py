"""What can be bought or made in time, which way is best, and what its promise writes down."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.atp import UNLIMITED
from rules.chain import Origin
from rules.company import EVERY_DAY, Calendar
from rules.ctp import Capable, Way, capable
from rules.ctp_promise import (
    ComponentTaken,
    FirmOrder,
    firm,
    is_shown,
    may_reserve,
)
from rules.ctp_terms import (
    BillsInACircle,
    BillsTooDeep,
    Buy,
    Component,
    Legs,
    Make,
    Shop,
    Ways,
    WholeLead,
    check_bills,
)
from tests.rules.profile import quick

TODAY = date(2026, 3, 4)
"""A Wednesday."""
WEEKDAYS = Calendar("Mon-Fri", frozenset({1, 2, 3, 4, 5}))
MON_SAT = Calendar("Mon-Sat", frozenset({1, 2, 3, 4, 5, 6}))
DESK = Origin("UTC", WEEKDAYS, cut_off=12 * 60)
LEGS = Legs(5, WEEKDAYS, 2, MON_SAT, WEEKDAYS, 1, WEEKDAYS)
SUPPLIER = Buy("S1", LEGS, DESK, minimum=20, multiple=10)
DAYS = 30


def march(day: int) -> date:
    return date(2026, 3, day)


def shop(items: dict[str, Ways], minutes: dict[str, list[int]] | None = None, hour: int = 11) -> Shop:
    return Shop(TODAY, datetime(2026, 3, 4, hour, tzinfo=UTC), items, minutes or {})


def flat(quantity: int) -> list[int]:
    return [quantity] * DAYS


def best(found: Capable) -> Way:
    assert found.best is not None
    return found.best


@pytest.mark.parametrize(
    ("hour", "ordered", "ready", "arrives", "usable"),
    [(11, 4, 11, 13, 16), (12, 5, 12, 16, 17)],
)
def test_bought_from_a_supplier_before_and_at_the_cut_off(hour, ordered, ready, arrives, usable):
    """Thirty asked, eight free: need 22, order 30, surplus 8; at 12:00 sharp everything is a day later."""
    found = capable(shop({"X": Ways(flat(8), (SUPPLIER,))}, hour=hour), "X", 30)
    way = best(found)
    assert (found.from_free, found.need, way.quantity, way.surplus) == (8, 22, 30, 8)
    assert (way.starts_on, way.ready_on) == (march(ordered), march(ready))
    assert (way.arrives_on, way.usable_on, found.earliest) == (march(arrives), march(usable), march(usable))
    assert way.label == "ctp_buy"


MAKE = Make(
    "V1",
    (Component("A", 2, Fraction(5, 100)), Component("B", 1)),
    "PRESS",
    set_up_minutes=30,
    minutes_a_unit=Fraction(6),
)
PRESS = [0] * 5 + [60, 45, 60, 60]
"""Free minutes from Wednesday on: the first are on Monday the 9th."""


def test_made_on_a_resource_with_few_free_minutes():
    """Thirty: 63 of A with scrap, 30 of B, 210 minutes over four days, done on Thursday the 12th."""
    found = capable(
        shop({"X": Ways((), (), (MAKE,)), "A": Ways(flat(99)), "B": Ways(flat(30))}, {"PRESS": PRESS}),
        "X",
        30,
    )
    way = best(found)
    assert [(plan.item, plan.quantity) for plan in way.components] == [("A", 63), ("B", 30)]
    assert way.minutes == ((march(9), 60), (march(10), 45), (march(11), 60), (march(12), 45))
    assert (way.ready_on, way.usable_on, way.label) == (march(12), march(12), "ctp_make")
    assert found.after.minutes["PRESS"] == [0] * 8 + [15]
    assert (list(found.after.items["A"].free), list(found.after.items["B"].free)) == (flat(36), flat(0))


def test_fixed_days_follow_the_last_minute():
    """Two open days of queue and inspection after Thursday: Monday."""
    slow = replace(MAKE, fixed_days=2, calendar=WEEKDAYS)
    items = {"X": Ways((), (), (slow,)), "A": Ways(flat(99)), "B": Ways(flat(30))}
    assert best(capable(shop(items, {"PRESS": PRESS}), "X", 30)).usable_on == march(16)


def test_the_start_waits_for_the_latest_component():
    """B is there from the 10th on, so Monday's minutes pass unused."""
    late = [0] * 6 + [30] * 24
    items = {"X": Ways((), (), (MAKE,)), "A": Ways(flat(99)), "B": Ways(late)}
    way = best(capable(shop(items, {"PRESS": [*PRESS, 60]}), "X", 30))
    assert (way.starts_on, way.minutes[0], way.usable_on) == (march(10), (march(10), 45), march(13))


def test_a_lead_time_known_as_a_whole_has_nothing_added():
    """Ten working days, whatever the desk, way and dock would take."""
    whole = Buy("S1", WholeLead(10, WEEKDAYS), DESK)
    way = best(capable(shop({"X": Ways((), (whole,))}), "X", 5))
    assert (way.ready_on, way.arrives_on, way.usable_on) == (march(18), march(18), march(18))


def test_a_component_that_is_short_is_bought_one_level_down():
    """Forty of the 63 A are free when the rest of 23 can be there, on the 9th."""
    source = Buy("SA", WholeLead(5), Origin("UTC"), multiple=5)
    items = {"X": Ways((), (), (MAKE,)), "A": Ways(flat(40), (source,)), "B": Ways(flat(30))}
    found = capable(shop(items, {"PRESS": PRESS}), "X", 30)
    plan = best(found).components[0]
    assert (plan.from_free, plan.usable_on) == (40, march(9))
    assert plan.way is not None
    assert (plan.way.need, plan.way.quantity, plan.way.source_id) == (23, 25, "SA")
    assert list(found.after.items["A"].free) == [0] * 5 + [2] * 25


def test_a_component_that_comes_anyway_is_not_bought():
    """Its receipt on the 9th is no later than what could be bought."""
    coming = [0] * 5 + [63] * 25
    source = Buy("SA", WholeLead(5), Origin("UTC"))
    items = {"X": Ways((), (), (MAKE,)), "A": Ways(coming, (source,)), "B": Ways(flat(30))}
    assert best(capable(shop(items, {"PRESS": PRESS}), "X", 30)).components[0].way is None
    sooner = replace(source, lead=WholeLead(4))
    items["A"] = Ways(coming, (sooner,))
    assert best(capable(shop(items, {"PRESS": PRESS}), "X", 30)).components[0].way is not None


def test_two_components_of_one_item_do_not_use_it_twice():
    """X takes A and B, B takes A: with 63 A free the sixty-fourth must come from elsewhere."""
    b = Make("VB", (Component("A", 1),), "PRESS")
    items = {"X": Ways((), (), (MAKE,)), "A": Ways(flat(63 + 29)), "B": Ways((), (), (b,))}
    found = capable(shop(items, {"PRESS": PRESS}), "X", 30)
    assert found.best is None
    assert found.lost[0].why == "30 of B cannot be had (VB: 30 of A cannot be had (no way to buy or make it))"
    items["A"] = Ways(flat(63 + 30))
    assert best(capable(shop(items, {"PRESS": PRESS}), "X", 30)).usable_on == march(12)


def test_the_earliest_then_the_cheapest_then_the_first_id_wins():
    """And each loser says by how much."""
    slow = Buy("S0", WholeLead(9), Origin("UTC"))
    dear = Buy("S1", WholeLead(5), Origin("UTC"), unit_cost=3)
    cheap = Buy("S3", WholeLead(5), Origin("UTC"), unit_cost=2, order_cost=1)
    same = Buy("S2", WholeLead(5), Origin("UTC"), unit_cost=2, order_cost=1)
    found = capable(shop({"X": Ways((), (slow, dear, cheap, same))}), "X", 4)
    assert (best(found).source_id, best(found).cost) == ("S2", 9)
    assert [(lost.source_id, lost.why) for lost in found.lost] == [
        ("S3", "usable on the same day at the same cost; S2 comes first by its id"),
        ("S1", "usable on the same day, and costs 3 more"),
        ("S0", "usable on 2026-03-13, 4 days later"),
    ]


def test_a_five_day_supplier_beats_a_receipt_in_thirty_days():
    """What is free only then is not waited for."""
    late = [0] * 29 + [50]
    found = capable(shop({"X": Ways(late, (Buy("S", WholeLead(5), Origin("UTC")),))}), "X", 20)
    assert (found.need, best(found).usable_on) == (20, march(9))


def test_what_is_free_by_the_first_day_anything_could_come_needs_nothing():
    """Free on the 8th, and no supplier is quicker."""
    free = [0] * 4 + [20] * 26
    found = capable(shop({"X": Ways(free, (Buy("S", WholeLead(5), Origin("UTC")),))}), "X", 20)
    assert (found.from_free, found.need, found.best) == (20, 0, None)


def test_nothing_is_ordered_or_begun_inside_the_fence_unless_a_person_asks():
    """The fence ends on Tuesday the 10th; on Saturday the 14th the desk is closed."""
    fenced = replace(SUPPLIER, fence_until=march(10))
    place = shop({"X": Ways((), (fenced,))})
    assert best(capable(place, "X", 5)).starts_on == march(10)
    assert best(capable(place, "X", 5, by_person=True)).starts_on == march(4)
    weekend = replace(SUPPLIER, fence_until=march(14))
    assert best(capable(shop({"X": Ways((), (weekend,))}), "X", 5)).starts_on == march(16)
    make = Make("V", (), "PRESS", fence_until=march(11), minutes_a_unit=Fraction(1))
    place = shop({"X": Ways((), (), (make,))}, {"PRESS": PRESS})
    assert best(capable(place, "X", 5)).minutes == ((march(11), 5),)
    assert best(capable(place, "X", 5, by_person=True)).minutes == ((march(9), 5),)


@pytest.mark.parametrize(
    ("a_day", "taken", "ready"),
    [(None, {}, 11), (30, {}, 11), (29, {}, 12), (10, {}, 13), (10, {march(11): 8, march(12): 12}, 17)],
)
def test_a_suppliers_capacity_delays_what_does_not_fit_a_day(a_day, taken, ready):
    """Thirty ordered; each open day delivers what is not taken of it."""
    found = capable(shop({"X": Ways((), (replace(SUPPLIER, a_day=a_day, taken=taken),))}), "X", 30)
    assert best(found).ready_on == march(ready)


def test_a_way_that_leads_nowhere_says_why():
    """No capacity, no minutes, no component, or components too far down."""
    closed = replace(SUPPLIER, a_day=0)
    found = capable(shop({"X": Ways((), (closed,))}), "X", 30)
    assert (found.best, found.lost[0].why) == (
        None,
        "the supplier delivers 0 a day at most: 30 of 30 never fit",
    )
    items = {"X": Ways((), (), (MAKE,)), "A": Ways(flat(99)), "B": Ways(flat(30))}
    found = capable(shop(items, {"PRESS": PRESS[:7]}), "X", 30)
    assert found.lost[0].why == "PRESS has no room for 105 of 210 minutes from 2026-03-04"
    found = capable(shop({"X": Ways((), (), (MAKE,))}, {"PRESS": PRESS}), "X", 30)
    assert found.lost[0].why == "63 of A cannot be had (no way to buy or make it)"
    assert capable(shop({}), "X", 3) == Capable(3, None, 0, 3, None, (), shop({}))


def chained(levels: int) -> dict[str, Ways]:
    """Item 0 is made of 1, which is made of 2, and so on; the last is there."""
    made = {
        str(n): Ways((), (), (Make(f"V{n}", (Component(str(n + 1), 1),), "PRESS"),)) for n in range(levels)
    }
    return {**made, str(levels): Ways(flat(9))}


def test_components_are_followed_ten_levels_down():
    """Ten levels are found; with eleven the way is refused."""
    assert best(capable(shop(chained(10)), "0", 9)).usable_on == TODAY
    found = capable(shop(chained(11)), "0", 9)
    assert found.best is None
    assert "more than 10 levels down" in found.lost[0].why


def test_bills_in_a_circle_or_too_deep_are_refused_by_name():
    """At load, from the top down."""
    check_bills({"X": ["A", "B"], "B": ["A"], "A": []})
    check_bills({str(n): [str(n + 1)] for n in range(10)})
    with pytest.raises(BillsInACircle, match="A needs B needs A"):
        check_bills({"X": ["A"], "A": ["B"], "B": ["A"]})
    with pytest.raises(BillsInACircle, match="X needs X"):
        check_bills({"X": ["X"]})
    with pytest.raises(BillsTooDeep, match=r"0 needs 1 needs .* needs 11: that is more than 10 levels"):
        check_bills({str(n): [str(n + 1)] for n in range(11)})


def test_so_many_ways_are_tried_and_no_more():
    """Three components with three versions each, eight levels: most are left untried, and that is said."""
    parts = 3
    items = {f"L{level}": Ways((), (), tuple(
        Make(f"V{level}-{version}", tuple(Component(f"L{level + 1}", 1) for _ in range(parts)), "PRESS")
        for version in range(3)
    )) for level in range(8)}  # fmt: skip
    found = capable(shop({**items, "L8": Ways([0] + [10**6] * 29)}), "L0", 1)
    assert any("not tried: 1,000 ways" in lost.why for lost in found.lost)


def test_a_component_without_limit_limits_nothing():
    """Behind its lead time as much as anybody wants."""
    items = {"X": Ways((), (), (MAKE,)), "A": Ways([0] * 6 + [UNLIMITED] * 24), "B": Ways(flat(30))}
    way = best(capable(shop(items, {"PRESS": [*PRESS, 60]}), "X", 30))
    assert way.starts_on == march(10)


def test_a_promise_writes_orders_components_and_minutes_from_the_bottom_up():
    """The production order, then the purchase request for A that serves it, and what each takes."""
    source = Buy("SA", WholeLead(5), Origin("UTC"), multiple=5)
    items = {"X": Ways((), (), (MAKE,)), "A": Ways(flat(40), (source,)), "B": Ways(flat(30))}
    written = firm(best(capable(shop(items, {"PRESS": PRESS}), "X", 30)))
    made, bought = written
    assert (made.label, made.quantity, made.pegged, made.serves) == ("ctp_make", 30, 30, None)
    assert (made.starts_on, made.usable_on) == (march(9), march(12))
    assert made.components == (ComponentTaken("A", march(9), 63), ComponentTaken("B", march(9), 30))
    assert (made.resource, made.minutes[0], sum(minutes for _, minutes in made.minutes)) == (
        "PRESS",
        (march(9), 60),
        210,
    )
    assert bought == FirmOrder("ctp_buy", "SA", "A", 25, 23, TODAY, march(9), march(9), serves=0)


@pytest.mark.parametrize(
    ("standing", "shown", "reserved", "once_approved"),
    [
        ("no", False, False, False),
        ("quote", True, False, False),
        ("approve", True, False, True),
        ("promise", True, True, True),
    ],
)
def test_a_channel_may_see_or_reserve_as_policy_says(standing, shown, reserved, once_approved):
    """Shown and not reservable by default; approved by a person where policy asks for one."""
    found = is_shown(standing), may_reserve(standing), may_reserve(standing, approved=True)
    assert found == (shown, reserved, once_approved)


BUYS = st.lists(
    st.builds(
        Buy, st.sampled_from("PQRS"), st.builds(WholeLead, st.integers(0, 9)), st.just(Origin("UTC")),
        st.integers(0, 9), st.integers(1, 4), st.none() | st.integers(1, 5), unit_cost=st.integers(0, 3),
    ),
    min_size=1, max_size=4, unique_by=lambda buy: buy.source_id,
).map(tuple)  # fmt: skip
ROWS = st.lists(st.integers(0, 3), min_size=10, max_size=10).map(
    lambda steps: [sum(steps[: n + 1]) for n in range(len(steps))]
)


@quick
@given(ROWS, BUYS, st.integers(1, 30))
def test_the_best_way_to_buy_is_the_one_found_by_looking_at_each(free, buys, asked):
    """Each supplier counted out day by day; nothing is lost between need, order and surplus."""
    found = capable(shop({"X": Ways(free, buys)}), "X", asked)
    leads = [buy.lead.days for buy in buys if isinstance(buy.lead, WholeLead)]
    need = max(0, asked - free[min(leads)])
    assert found.need == need
    if not need:
        assert found.best is None
        return
    usable = {}
    for buy, lead in zip(buys, leads, strict=True):
        quantity = next(q for q in range(99) if q >= max(need, buy.minimum) and q % buy.multiple == 0)
        days = 0 if buy.a_day is None else next(d for d in range(99) if (d + 1) * buy.a_day >= quantity)
        usable[buy.source_id] = (lead + days, quantity * buy.unit_cost, buy.source_id, quantity)
    day, cost, source_id, quantity = min(usable.values())
    way = best(found)
    assert (way.source_id, way.cost, way.quantity) == (source_id, cost, quantity)
    assert way.usable_on == TODAY + timedelta(days=day)
    left = found.after.items["X"].free
    first = min(leads)
    given = [min(at, free[first] - found.from_free) for at in free[:first]]
    given += [at - found.from_free for at in free[first:]]
    assert list(left) == [at + (way.surplus if t >= day else 0) for t, at in enumerate(given)]
    assert len(found.lost) == len(buys) - 1


@quick
@given(st.lists(st.integers(0, 60), min_size=1, max_size=12), st.integers(1, 9), st.integers(0, 40))
def test_minutes_are_loaded_from_the_first_free_one(row, need, set_up):
    """Minute by minute gives the same days; what is taken and what is left add up to what was free."""
    make = Make("V", (), "PRESS", set_up, Fraction(7, 2), calendar=EVERY_DAY)
    found = capable(shop({"X": Ways((), (), (make,))}, {"PRESS": row}), "X", need)
    total = set_up + -(-need * 7 // 2)
    free = [cell for cell, minutes in enumerate(row) for _ in range(minutes)][:total]
    if len(free) < total:
        assert found.best is None
        return
    assert best(found).minutes == tuple(
        (TODAY + timedelta(days=cell), free.count(cell)) for cell in sorted(set(free))
    )
    assert sum(found.after.minutes["PRESS"]) == sum(row) - total
