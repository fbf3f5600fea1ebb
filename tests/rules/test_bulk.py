"""The catalogue's ATP is each item's ATP."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules import atp, bulk
from rules.model import Profile, SiteStock
from rules.position import balanced, drawn_everywhere, owing_kits, prepare
from tests.builders import NOON, World, on_hand, policy, profile, receipt
from tests.rules.plans import Plan
from tests.rules.profile import quick
from tests.rules.test_expiring_promises import STOCKS

CELL = st.integers(-50, 50)


@st.composite
def catalogues(draw: st.DrawFn) -> list[Plan]:
    """Some items over one horizon."""
    buckets = draw(st.integers(1, 8))
    row = st.lists(CELL, min_size=buckets, max_size=buckets).map(tuple)
    return draw(st.lists(st.builds(Plan, row, row, row, row), min_size=1, max_size=5))


def bucket_major(rows: list[tuple[int, ...]]) -> bulk.Table:
    return np.array(rows, np.int64).T.copy()


@quick
@given(catalogues())
def test_bulk_atp_equals_the_single_items(catalogue):
    """Every cell of every item."""
    tables = [
        bucket_major([getattr(plan, row) for plan in catalogue])
        for row in ("usable", "receipts", "commitments", "withheld")
    ]
    row_by_row = [atp.by_method("cumulative_with_look_ahead", *plan.rows) for plan in catalogue]
    assert bulk.cumulative_with_look_ahead(*tables).T.tolist() == row_by_row


@quick
@given(st.lists(STOCKS, min_size=1, max_size=6), st.none() | st.integers(0, 3))
def test_a_catalogue_of_profiles_has_the_single_items_atp(stocks, infinite_after):
    """Of whatever a profile holds: goods that expire and supply that has no end are among them."""
    setup = World(policy=policy(horizon_days=6, infinite_after_days=infinite_after)).setup
    items: list[Profile] = [profile(stock, sku=f"I{number}") for number, stock in enumerate(stocks)]
    drawn = [rows for item in items for rows in drawn_everywhere(owing_kits(item, setup, NOON), setup, NOON)]
    singly = [rows.free for item in items for rows in prepare(item, setup, NOON).sites]
    assert [tuple(row) for row in bulk.free_rows(drawn)] == singly


def test_quantities_beyond_any_stock_are_added_up_one_by_one():
    """Sums of a machine word would turn over."""
    setup = World(policy=policy(horizon_days=4)).setup
    huge = profile(SiteStock("HAM", (on_hand(2**62),), receipts=(receipt(2**62, 1), receipt(2**62, 2))))
    [rows] = drawn_everywhere(huge, setup, NOON)
    assert bulk.free_rows([rows]) == [balanced(rows).free]
    assert balanced(rows).margin[-1] == 3 * 2**62
