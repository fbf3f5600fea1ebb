"""The balance a planner watches: what lies there at the end of each day, by orders or by forecast too."""

from rules import atp
from rules.atp import Row
from rules.model import Policy
from rules.position import SitePosition


def balance(rows: SitePosition, forecast: Row, policy: Policy) -> list[int]:
    """The net position with the demand that the policy projects. Promises are never drawn from it."""
    demand = atp.projected_demand(
        rows.commitments, forecast, policy.projection, min(policy.demand_fence_days, len(forecast))
    )
    return atp.net_position(rows.usable, rows.receipts, demand)
