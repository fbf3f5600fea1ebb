"""Overdue lines, sums by bucket, levels in force, and kits."""

import pytest

from gateway.cases.days import Grace, counted_in
from rules import kits
from rules.atp import UNLIMITED
from rules.buckets import by_bucket, in_force


@pytest.mark.parametrize(
    ("days_ahead", "past_due", "bucket"),
    [
        (0, "ignore", 0),
        (5, "today", 5),
        (-1, "today", 0),
        (-40, "today", 0),
        (-1, "ignore", None),
        (-3, Grace(within_days=3, move_to_days=2), 2),
        (-4, Grace(within_days=3, move_to_days=2), None),
        (1, Grace(within_days=3, move_to_days=2), 1),
    ],
)
def test_an_overdue_line_counts_as_its_policy_says(days_ahead, past_due, bucket):
    """Ignored, today, or some days from now while it is not too late; a line not overdue is left alone."""
    assert counted_in(days_ahead, past_due) == bucket


def test_lines_of_one_bucket_add_up_and_those_behind_the_last_are_left_out():
    """Two lines on one day are one quantity."""
    assert by_bucket([(1, 4), (1, 3), (2, 5), (3, 9)], 3) == [0, 7, 5]


def test_the_latest_step_not_after_a_bucket_is_in_force():
    """A level set in the past holds today; one set for later replaces it then; the list settles ties."""
    assert in_force([(-5, 4), (-9, 7), (2, 6), (2, 1), (9, 3)], 4) == [4, 4, 1, 1]
    assert in_force([(1, 8)], 3) == [0, 8, 8]
    assert in_force([], 2) == [0, 0]


def test_a_kit_is_as_many_as_its_scarcest_component_allows():
    """Nine of B make four pairs; a component without limit limits nothing."""
    assert kits.sets([([8, 8, 8], 1), ([9, 9, 13], 2)]) == [4, 4, 6]
    assert kits.sets([([5, UNLIMITED], 2), ([UNLIMITED, UNLIMITED], 3)]) == [2, UNLIMITED]


def test_an_overdrawn_component_rounds_away_from_the_customer():
    """Three short at two a set is two sets short."""
    assert kits.sets([([-3], 2)]) == [-2]
