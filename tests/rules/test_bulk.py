"""The catalogue's ATP is each item's ATP."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules import atp, bulk
from tests.rules.plans import Plan
from tests.rules.profile import quick

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
