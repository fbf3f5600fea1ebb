"""Soft pegs on the wire: which supply serves which order."""

from datetime import date
from typing import Any

import strawberry

from datasources.store.snapshot import Snapshot
from resolvers.flows.deps import Caller
from resolvers.roles import roles, shown
from resolvers.scalars import Quantity
from rules.model import Commitment
from rules.peg import joined, site_pegs
from rules.position import ItemPosition
from rules.quantity import to_base

PLANNERS = ("planner", "oms", "steward", "analyst", "auditor", "developer", "admin")
"""Who looks at which supply serves which order."""
PEGS_MAX = 1_000


@strawberry.type(
    description="A part of an order and the supply it is served by.", directives=[roles(PLANNERS)]
)
class Peg:
    channel: str | None = shown("The order's channel, where the caller may see it.")
    order: str | None = shown("The order, where the caller may see it.")
    line: str | None = shown("Its line, where the caller may see it.")
    kit: str | None = shown("The kit whose orders it is for, if any.")
    needed_on: date = shown("The day it is owed on.")
    position: str = shown("The name under which the supply is counted: whose it is.")
    supply: str = shown("on_hand, hold_end (goods on hand that a hold sets free), or the kind of supply.")
    supply_line: str | None = shown("The supply line's id, where it is one.")
    source: str | None = shown("The system that has the supply line.")
    comes_on: date | None = shown("The day the supply counts from; null is there already.")
    quantity: Quantity = shown("How much.")
    late_days: int = shown("How many days after it is owed it comes; 0 is in time.")


@strawberry.type(description="A part of an order that nothing serves.", directives=[roles(PLANNERS)])
class Unserved:
    channel: str | None = shown("The order's channel, where the caller may see it.")
    order: str | None = shown("The order, where the caller may see it.")
    line: str | None = shown("Its line, where the caller may see it.")
    kit: str | None = shown("The kit whose orders it is for, if any.")
    needed_on: date = shown("The day it is owed on.")
    quantity: Quantity = shown("How much of it nothing within the horizon serves.")


@strawberry.type(description="The pegs of an item at one site.", directives=[roles(PLANNERS)])
class SitePegs:
    site: str = shown("The site's id.")
    pegs: list[Peg] = shown("In the order they are served, at most 1,000.")
    unserved: list[Unserved] = shown("What nothing serves, at most 1,000.")
    left_out: int = shown("How many are not listed.")


def pegs_at(item: ItemPosition, snapshot: Snapshot, site_id: str, caller: Caller) -> SitePegs | None:
    """The pegs at the site, or None where nothing of the item is there, comes or is owed."""
    found = [(part, rows) for part, rows in item.with_stock() if rows.site_id == site_id]
    if not found:
        return None
    policy = snapshot.setup.choices.policy_at(site_id, item.profile.item_class, snapshot.now)
    made = joined(site_pegs(part, rows, policy) for part, rows in found)
    precision = item.profile.precision
    pegs = [
        Peg(
            **_owed(peg.commitment, caller),
            position=peg.position,
            supply=peg.supply,
            supply_line=peg.receipt.line_id if peg.receipt else None,
            source=peg.receipt.source if peg.receipt else None,
            comes_on=peg.comes_on,
            quantity=Quantity(to_base(peg.quantity, precision)),
            late_days=peg.late_days,
        )
        for peg in made.pegs[:PEGS_MAX]
    ]
    unserved = [
        Unserved(**_owed(line, caller), quantity=Quantity(to_base(quantity, precision)))
        for line, quantity in made.unserved[:PEGS_MAX]
    ]
    listed = len(pegs) + len(unserved)
    return SitePegs(
        site=site_id, pegs=pegs, unserved=unserved, left_out=len(made.pegs) + len(made.unserved) - listed
    )


def _owed(line: Commitment, caller: Caller) -> dict[str, Any]:
    """Whose it is, as far as the caller may see."""
    seen = not line.kit and caller.may_see_channel(line.channel)
    return {
        "channel": line.channel if seen else None,
        "order": line.order_id if seen else None,
        "line": line.line_id if seen else None,
        "kit": line.kit or None,
        "needed_on": line.day,
    }
