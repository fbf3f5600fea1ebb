"""Pegs: who is served by what if all are served in order."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from rules.model import SiteStock
from rules.peg import ON_HAND, Demand, Peg, Supply, site_pegs, soft_pegs
from rules.position import prepare
from tests.builders import NOON, TODAY, World, day, held, on_hand, owed, policy, profile, receipt
from tests.rules.profile import quick


def may(day: int) -> date:
    return date(2026, 5, day)


def test_stock_serves_first_and_a_receipt_that_comes_too_late_says_so():
    """Seven owed on the 5th: four from stock, three from the receipt of the 9th."""
    pegging = soft_pegs(4, [Supply("R1", may(9), 10)], [Demand("D1", may(5), 7)])
    assert pegging.pegs == (Peg("D1", ON_HAND, 4, late=False), Peg("D1", "R1", 3, late=True))
    assert pegging.unpegged == {"D1": 0}


def test_of_one_day_the_better_rank_then_the_id_is_served_first():
    """Ids compare as text: L10 comes before L9."""
    demands = [Demand("L9", may(5), 2), Demand("L10", may(5), 2), Demand("A", may(5), 2, rank=2)]
    assert [peg.demand_id for peg in soft_pegs(6, [], demands).pegs] == ["L10", "L9", "A"]


def test_what_nothing_serves_is_left_unpegged():
    """Missing stock serves nobody; the earlier demand gets what comes."""
    pegging = soft_pegs(-3, [Supply("R1", may(5), 4)], [Demand("D2", may(6), 3), Demand("D1", may(5), 3)])
    assert pegging.pegs == (Peg("D1", "R1", 3, late=False), Peg("D2", "R1", 1, late=False))
    assert pegging.unpegged == {"D1": 0, "D2": 2}


DAYS = st.integers(1, 9).map(may)
RECEIPTS = st.lists(
    st.builds(Supply, st.sampled_from("RST"), DAYS, st.integers(0, 5)),
    max_size=3,
    unique_by=lambda s: s.supply_id,
)
DEMANDS = st.lists(
    st.builds(Demand, st.sampled_from("ABCD"), DAYS, st.integers(0, 5), st.integers(1, 3)),
    max_size=4,
    unique_by=lambda d: d.demand_id,
)


@quick
@given(st.integers(-3, 10), RECEIPTS, DEMANDS)
def test_pegs_are_what_serving_unit_by_unit_gives(on_hand, receipts, demands):
    """Line all units owed up against all units that come, and read off who stands opposite whom."""
    owed = [d for d in sorted(demands, key=lambda d: (d.day, d.rank, d.demand_id)) for _ in range(d.quantity)]
    come = [(ON_HAND, date.min) for _ in range(on_hand)] + [
        (s.supply_id, s.day)
        for s in sorted(receipts, key=lambda s: (s.day, s.supply_id))
        for _ in range(s.quantity)
    ]
    pairs = [(d.demand_id, supply_id, day > d.day) for d, (supply_id, day) in zip(owed, come, strict=False)]
    pegging = soft_pegs(on_hand, receipts, demands)
    assert [(p.demand_id, p.supply_id, p.late) for p in pegging.pegs for _ in range(p.quantity)] == pairs
    assert sum(pegging.unpegged.values()) == max(0, len(owed) - len(come))


def at_site(*commitments, **stock) -> list[tuple[object, ...]]:
    """The pegs of an item at one site: order, supply, days until it comes, quantity, days late."""
    here = SiteStock("HAM", commitments=commitments, **stock)
    rules = policy(horizon_days=6)
    [rows] = prepare(profile(here), World(policy=rules).setup, NOON).sites
    made = site_pegs(here, rows, rules)
    return [
        (
            peg.commitment.order_id,
            peg.supply,
            peg.comes_on and (peg.comes_on - TODAY).days,
            peg.quantity,
            peg.late_days,
        )
        for peg in made.pegs
    ] + [(line.order_id, rest) for line, rest in made.unserved]


def test_orders_of_a_site_take_stock_then_receipts_and_lateness_is_counted():
    """Four on hand, four come on day 3: two owed on day 1 are late, one owed on day 4 is not served."""
    pegs = at_site(owed(6, 1), owed(3, 4), on_hand=(on_hand(4),), receipts=(receipt(4, 3),))
    assert pegs == [
        ("SO-1", "on_hand", None, 4, 0),
        ("SO-1", "purchase", 3, 2, 2),
        ("SO-4", "purchase", 3, 2, 0),
        ("SO-4", 1),
    ]


def test_goods_that_a_hold_sets_free_serve_from_that_day():
    """Three of five are held until day 2: who is owed four tomorrow gets two in time and two a day late."""
    pegs = at_site(owed(4, 1), on_hand=(on_hand(5),), holds=(held(3, until=day(2)),))
    assert pegs == [("SO-1", "on_hand", None, 2, 0), ("SO-1", "hold_end", 2, 2, 1)]


def test_what_does_not_count_and_what_lies_behind_the_horizon_is_not_pegged():
    """An unconfirmed receipt serves nobody, an order of day 9 waits, an overdue one is late."""
    coming = (receipt(5, 2, firmness="unconfirmed"), receipt(1, 3, line_id="P"))
    pegs = at_site(owed(2, -2), owed(4, 9), receipts=coming)
    assert pegs == [("SO--2", "purchase", 3, 1, 5), ("SO--2", 1)]
