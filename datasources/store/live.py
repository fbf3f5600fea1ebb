"""What live reservations keep of items, now or as it was known at an instant, for their profiles."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from rules.reserved import Line, LiveRow, OwedLine


@dataclass(frozen=True, slots=True)
class Kept:
    """What live reservations keep, by sku, and each order line they stand for.

    A line that never arrived is not among them; one that has closed is, with nothing open.
    """

    rows: Mapping[str, Sequence[LiveRow]]
    lines: Mapping[str, Mapping[Line, OwedLine]]


async def kept(tx: AsyncConnection, skus: Iterable[str]) -> Kept:
    """What is kept of these items at this instant."""
    rows = (await tx.execute(text(LIVE), {"skus": sorted(set(skus))})).all()
    return await _kept(tx, rows, None)


async def kept_at(tx: AsyncConnection, skus: Iterable[str], instant: datetime) -> Kept:
    """What was kept of these items at the instant, by the moves up to it."""
    rows = (await tx.execute(text(LIVE_AT), {"skus": sorted(set(skus)), "instant": instant})).all()
    return await _kept(tx, rows, instant)


async def _kept(tx: AsyncConnection, rows: Sequence[Row[Any]], instant: datetime | None) -> Kept:
    found: dict[str, list[LiveRow]] = {}
    named: set[Line] = set()
    for row in rows:
        line = (row.channel, row.order_id, row.line_id) if row.order_id else None
        if line is not None:
            named.add(line)
        found.setdefault(row.sku, []).append(
            LiveRow(
                row.site_id,
                row.position,
                row.channel,
                row.needed_on,
                row.open,
                None if row.ends is None else row.ends.astimezone(UTC),
                line,
                str(row.reservation_id),
                row.part,
            )
        )
    return Kept(found, await _lines(tx, sorted(named), instant) if named else {})


async def _lines(
    tx: AsyncConnection, named: Sequence[Line], instant: datetime | None
) -> dict[str, dict[Line, OwedLine]]:
    asked = {
        "channels": [line[0] for line in named],
        "orders": [line[1] for line in named],
        "lines": [line[2] for line in named],
        "instant": instant,
    }
    found: dict[str, dict[Line, OwedLine]] = {}
    for row in await tx.execute(text(LINES), asked):
        owed = OwedLine(row.quantity, row.site_id)
        found.setdefault(row.sku, {})[row.channel, row.order_id, row.line_id] = owed
    return found


LIVE = """
SELECT reservation_id, sku, channel, order_id, line_id, expires_at AS ends,
  part, site_id, position, needed_on, open
FROM reservation JOIN reservation_part USING (reservation_id)
WHERE sku = ANY(CAST(:skus AS text[])) AND state IN ('active', 'confirmed')
  AND coalesce(expires_at, 'infinity') > (SELECT earmark_now()) AND open > 0
"""

LIVE_AT = """
WITH moved AS (
  SELECT reservation_id, part, CAST(sum(active + confirmed) AS bigint) AS open
  FROM reservation_move JOIN reservation USING (reservation_id)
  WHERE sku = ANY(CAST(:skus AS text[])) AND at <= CAST(:instant AS timestamptz) GROUP BY 1, 2),
latest AS (
  SELECT DISTINCT ON (reservation_id) reservation_id, reservation_move.expires_at AS ends
  FROM reservation_move JOIN reservation USING (reservation_id)
  WHERE sku = ANY(CAST(:skus AS text[])) AND at <= CAST(:instant AS timestamptz)
  ORDER BY reservation_id, move_id DESC)
SELECT reservation_id, sku, reservation.channel, order_id, line_id, ends,
  part, site_id, position, needed_on, moved.open
FROM moved JOIN latest USING (reservation_id) JOIN reservation USING (reservation_id)
  JOIN reservation_part USING (reservation_id, part)
WHERE moved.open > 0 AND coalesce(ends, 'infinity') > CAST(:instant AS timestamptz)
"""

LINES = """
SELECT DISTINCT ON (channel, order_id, line_id) channel, order_id, line_id, sku, quantity, site_id
FROM demand_line JOIN unnest(CAST(:channels AS text[]), CAST(:orders AS text[]), CAST(:lines AS text[]))
  AS named(channel, order_id, line_id) USING (channel, order_id, line_id)
WHERE recorded_from <= coalesce(CAST(:instant AS timestamptz), 'infinity')
ORDER BY channel, order_id, line_id, version_id DESC
"""
"""A line that has closed left a last version of quantity 0."""
