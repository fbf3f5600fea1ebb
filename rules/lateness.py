"""How far a day that rests on a supplier's word can be trusted, measured on what came from there before."""

from collections.abc import Sequence

RECEIPTS_LEAST = 5
"""With fewer receipts than that nothing is said of a supplier."""
PERCENT = 100


def confidence(days_late: Sequence[int], slack_days: int) -> int | None:
    """Of the supplier's receipts so many percent came no later than `slack_days` after the day first stated.

    Rounded down; None where there are too few receipts to tell. Below 0 days late is early.
    """
    if len(days_late) < RECEIPTS_LEAST:
        return None
    in_time = sum(late <= slack_days for late in days_late)
    return PERCENT * in_time // len(days_late)
