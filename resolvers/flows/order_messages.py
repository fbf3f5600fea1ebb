"""What purchasing, production and logistics hear of orders of ours: a message for each placed or changed."""

from collections.abc import Callable
from typing import Any

import orjson

from datasources.store.firm_orders import FirmOrder
from datasources.store.mirror import Values
from datasources.store.outbox import Message
from rules.quantity import to_base
from telemetry.spans import traceparent

PURCHASE, PRODUCTION, TRANSFER = "purchase.requested", "production.ordered", "transfer.ordered"
CHANGED = "transfer.changed"
TOPICS = {"ctp_buy": PURCHASE, "ctp_make": PRODUCTION, "transfer": TRANSFER}


def order_message(order: FirmOrder, precision: Callable[[str], int]) -> Message:
    """The message about an order just placed. Quantities are in each item's base unit."""

    def shown(sku: str, quantity: int) -> int | str:
        return to_base(quantity, precision(sku))

    content = {
        "order": order.order_id,
        "reservation": str(order.reservation_id),
        "serves": order.serves,
        "channel": order.channel,
        "sku": order.sku,
        "site": order.site_id,
        "source": order.source_id,
        "quantity": shown(order.sku, order.quantity),
        "pegged": shown(order.sku, order.pegged),
        "startsOn": order.starts_on.isoformat(),
        "readyOn": order.ready_on.isoformat(),
        "usableOn": order.usable_on.isoformat(),
        "usableUntil": None if order.usable_until is None else order.usable_until.isoformat(),
        "components": [[sku, shown(sku, quantity)] for sku, quantity in order.components],
        "resource": order.resource or None,
        "minutes": [[day.isoformat(), minutes] for day, minutes in order.minutes],
    }
    text = orjson.dumps(content).decode()
    return Message(TOPICS[order.label], order.order_id, order.channel, text, traceparent() or "")


def change_message(supply: Values, owed: Values, precision: int) -> Message:
    """The message about a transfer of which other days or quantities are true now; 0: it is not wanted."""
    content: dict[str, Any] = {
        "order": supply["line_id"],
        "sku": supply["sku"],
        "site": supply["site_id"],
        "source": owed["site_id"],
        "quantity": to_base(supply["quantity"], precision),
        "startsOn": owed["needed_on"].isoformat(),
        "usableOn": supply["due"].isoformat(),
    }
    return Message(
        CHANGED, supply["line_id"], owed["channel"], orjson.dumps(content).decode(), traceparent() or ""
    )
