"""The balance a planner watches: what lies there at the end of each day, by orders or by forecast too."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rules import atp
from rules.atp import Row
from rules.company import Policy
from rules.position import SitePosition


@dataclass(frozen=True, slots=True)
class Expected:
    """Gross forecast of the days from `starts` up to, not on, `ends`."""

    starts: date
    ends: date
    quantity: int


def forecast_row(expected: Iterable[Expected], today: date, days: int) -> list[int]:
    """What is expected to be sold on each day, a forecast of several days being spread evenly over them.

    Its first days have what does not divide; days gone by are left out.
    """
    row = [0] * days
    for forecast in expected:
        span, first = (forecast.ends - forecast.starts).days, (forecast.starts - today).days
        each, over = divmod(forecast.quantity, max(1, span))
        for nth in range(max(0, -first), min(span, days - first)):
            row[first + nth] += each + (nth < over)
    return row


def balance(rows: SitePosition, forecast: Row, policy: Policy) -> list[int]:
    """The net position with the demand that the policy projects. Promises are never drawn from it."""
    if policy.projection == "orders":
        return list(rows.net_position)
    fence = min(policy.demand_fence_days, len(forecast))
    demand = atp.projected_demand(rows.commitments, forecast, policy.projection, fence)
    return atp.net_position(rows.usable, rows.receipts, demand)
