"""How far a supplier's word can be trusted."""

import pytest

from rules.lateness import confidence

BROUGHT = [-1, 0, 0, 0, 1, 1, 2, 3, 5, 9]


@pytest.mark.parametrize(("slack", "percent"), [(-2, 0), (0, 40), (1, 60), (4, 80), (9, 100)])
def test_it_is_the_share_of_receipts_that_came_within_the_slack(slack, percent):
    """Ten receipts, from a day early to nine days late."""
    assert confidence(BROUGHT, slack) == percent


def test_it_is_rounded_down_and_of_too_few_receipts_not_told():
    """Two of six are 33 percent; four receipts tell nothing."""
    assert confidence([0, 0, 1, 1, 1, 1], 0) == 33
    assert confidence([0, 0, 0, 0], 0) is None
