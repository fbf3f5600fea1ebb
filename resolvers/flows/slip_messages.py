"""What other systems hear of promises at risk: one message a line for each thing that becomes of it."""

from typing import Any

import orjson

from datasources.store.outbox import Message
from datasources.store.proposals import Kept
from rules.proposals import Placed
from rules.quantity import to_base
from telemetry.spans import traceparent

AT_RISK, MOVED, WITHDRAWN = "promise.at_risk", "promise.moved", "promise.withdrawn"
TOPICS = {
    "open": AT_RISK,
    "applied": MOVED,
    "rejected": WITHDRAWN,
    "withdrawn": WITHDRAWN,
}


def message(kept: Kept, precision: int) -> Message:
    """The message about the proposal as it now stands. Quantities are in the item's base unit."""
    content = {
        "proposal": str(kept.proposal_id),
        "supersedes": kept.supersedes and str(kept.supersedes),
        "state": kept.state,
        "reservation": kept.reservation_id and str(kept.reservation_id),
        "channel": kept.channel,
        "order": kept.order_id or None,
        "line": kept.line_id or None,
        "sku": kept.sku,
        "was": [_part(part, precision) for part in kept.old],
        "proposed": [_part(part, precision) for part in kept.new],
        "undated": to_base(kept.undated, precision),
        "daysLate": kept.days_late,
        "knockedOn": kept.knocked_on,
        "cause": kept.cause,
        "source": kept.source or None,
        "reference": kept.reference or None,
        "recordedAt": kept.recorded_at.isoformat(),
        "decidedBy": kept.decided_by or None,
        "reason": kept.reason or None,
    }
    return Message(
        TOPICS[kept.state], kept.line_key, kept.channel, orjson.dumps(content).decode(), traceparent() or ""
    )


def _part(part: Placed, precision: int) -> dict[str, Any]:
    return {
        "day": part.day.isoformat(),
        "site": part.site_id,
        "position": part.position,
        "quantity": to_base(part.quantity, precision),
    }
