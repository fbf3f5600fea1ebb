"""What is promised of items, line by line: what profiles sum up, with who was promised it and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import live, pegs, profiles
from rules.model import Profile
from rules.pegs import Peg
from rules.proposals import Line
from rules.reserved import order_key, standing_for_lines, with_each_reservation


@dataclass(frozen=True, slots=True)
class PromisedItem:
    """An item that owes each reservation by itself, and the lines it owes, by key."""

    profile: Profile
    sequence: int
    lines: dict[str, Line]
    pegs: tuple[Peg, ...] = ()
    """The orders of ours that bring it for promises."""


async def read(tx: AsyncConnection, skus: Sequence[str]) -> list[PromisedItem]:
    """These items, in their order, as they stand now. Their profiles must be locked."""
    asked = {"skus": sorted(skus)}
    kept = await live.kept(tx, skus)
    lines: dict[str, dict[str, Line]] = {sku: {} for sku in skus}
    for row in await tx.execute(text(ORDER_LINES), asked):
        key = order_key(row.channel, row.order_id, row.line_id)
        lines[row.sku][key] = Line(
            key,
            row.channel,
            row.order_id,
            row.line_id,
            "",
            row.wanted,
            row.accepted_at.astimezone(UTC),
        )
    for row in await tx.execute(text(RESERVATIONS), asked):
        key = str(row.reservation_id)
        lines[row.sku][key] = Line(
            key,
            row.channel,
            row.order_id,
            row.line_id,
            key,
            row.wanted,
            row.made_at.astimezone(UTC),
            row.ship_to or "",
            row.service or "",
            row.latest,
        )
    brought = await pegs.of_items(tx, skus)
    found = []
    for row in await tx.execute(text(PROFILES), asked):
        profile = profiles.decode(row.sku, row.content)
        counted, _ = standing_for_lines(kept.rows.get(row.sku, ()), kept.lines.get(row.sku, {}))
        owing = with_each_reservation(profile, counted)
        found.append(PromisedItem(owing, row.sequence, lines[row.sku], brought.get(row.sku, ())))
    return found


PROFILES = """
SELECT sku, sequence, content FROM profile
WHERE sku = ANY(CAST(:skus AS text[])) AND content <> '' ORDER BY sku
"""
ORDER_LINES = """
SELECT line.sku, line.channel, line.order_id, line.line_id, line.wanted, (
    SELECT min(version.stated_from) FROM demand_line AS version
    WHERE version.order_id = line.order_id AND version.line_id = line.line_id
      AND version.channel = line.channel) AS accepted_at
FROM demand_line AS line
WHERE line.sku = ANY(CAST(:skus AS text[])) AND line.recorded_until IS NULL
"""
"""A line was accepted when its source first spoke of it: an edit keeps its place in the queue."""
RESERVATIONS = """
SELECT reservation_id, sku, channel, order_id, line_id, wanted, made_at, way.ship_to, way.service,
  latest
FROM reservation LEFT JOIN reservation_latest USING (reservation_id) LEFT JOIN LATERAL (
  SELECT ship_to, service FROM reservation_delivery AS delivery
  WHERE delivery.reservation_id = reservation.reservation_id ORDER BY part LIMIT 1) AS way ON true
WHERE sku = ANY(CAST(:skus AS text[])) AND state IN ('active', 'confirmed')
  AND coalesce(expires_at, 'infinity') > (SELECT earmark_now())
"""
