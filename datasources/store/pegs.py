"""What promises rest on beside goods of their item: orders of ours, what these take, and parts of kits."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from rules.pegs import Peg
from rules.reserved import order_key
from rules.terms import LEVELS_MAX


async def of_items(tx: AsyncConnection, skus: Iterable[str]) -> dict[str, tuple[Peg, ...]]:
    """By item the orders of ours that bring it for promises which stand. The profiles must be locked."""
    found: dict[str, list[Peg]] = {}
    for row in await tx.execute(text(PEGS), {"skus": sorted(set(skus))}):
        found.setdefault(row.sku, []).append(_peg(row))
    return {sku: tuple(pegs) for sku, pegs in found.items()}


def _peg(row: Any) -> Peg:
    of_line = order_key(row.channel, row.serves, row.sku) if row.serves else str(row.reservation_id)
    return Peg(
        order_id=row.order_id,
        sku=row.sku,
        site_id=row.site_id,
        channel=row.channel,
        line_key=of_line,
        quantity=row.pegged,
        starts_on=row.starts_on,
        usable_on=row.usable_on,
        sender=row.source_id if row.label == "transfer" else "",
        arrived=row.arrived,
        is_ours=row.is_ours,
    )


async def concerned(tx: AsyncConnection, skus: Iterable[str]) -> set[str]:
    """These items, the parts of kits among them, and all whose promises rest on any of these."""
    asked = set(skus)
    return asked | await _spread(tx, CONCERNED, asked)


async def resting_on(tx: AsyncConnection, skus: Iterable[str]) -> set[str]:
    """The items whose promises rest on these: kits that are owed, and what orders of ours make of them."""
    return await _spread(tx, RESTING, set(skus))


async def beside(tx: AsyncConnection, skus: Iterable[str]) -> set[str]:
    """The items that promises of these rest on: parts of kits, and what orders of ours take."""
    return await _spread(tx, BESIDE, set(skus))


async def _spread(tx: AsyncConnection, query: str, asked: set[str]) -> set[str]:
    """What the query finds of the items, and of what orders of ours make of them or take, level by level."""
    found: set[str] = set()
    newest = asked
    for _ in range(LEVELS_MAX):
        if not newest:
            break
        rows = (await tx.execute(text(query), {"skus": sorted(newest)})).all()
        newest = {row.sku for row in rows if row.goes_on} - found - asked
        found |= {row.sku for row in rows}
    return found - asked


IS_OWED = """(EXISTS (SELECT 1 FROM demand_line WHERE demand_line.sku = kit.kit AND recorded_until IS NULL)
  OR EXISTS (SELECT 1 FROM reservation WHERE reservation.sku = kit.kit
    AND reservation.state IN ('active', 'confirmed')
    AND coalesce(expires_at, 'infinity') > (SELECT earmark_now())))"""
MADE_OF = """SELECT firm_order.sku, true AS goes_on FROM demand_line
  JOIN named ON demand_line.sku = named.sku JOIN firm_order USING (order_id)
  WHERE source = 'earmark' AND recorded_until IS NULL AND firm_order.sku <> demand_line.sku"""
RESTING = f"""
WITH named AS (SELECT unnest(CAST(:skus AS text[])) AS sku)
SELECT kit AS sku, false AS goes_on FROM kit JOIN named ON kit.component = named.sku WHERE {IS_OWED}
UNION {MADE_OF}
"""
CONCERNED = f"""
WITH named AS (SELECT unnest(CAST(:skus AS text[])) AS sku
  UNION SELECT component FROM kit WHERE kit = ANY(CAST(:skus AS text[])))
SELECT sku, false AS goes_on FROM named
UNION SELECT kit, false FROM kit JOIN named ON kit.component = named.sku WHERE {IS_OWED}
UNION {MADE_OF}
"""
BESIDE = """
SELECT component AS sku, false AS goes_on FROM kit WHERE kit = ANY(CAST(:skus AS text[]))
UNION SELECT demand_line.sku, true FROM firm_order JOIN demand_line USING (order_id)
WHERE firm_order.sku = ANY(CAST(:skus AS text[])) AND source = 'earmark' AND recorded_until IS NULL
"""
PEGS = """
SELECT o.order_id, o.sku, o.site_id, o.channel, o.label, o.source_id, o.pegged, o.serves, o.reservation_id,
  coalesce(
    (SELECT min(day) FROM capacity WHERE capacity.order_id = o.order_id
     AND capacity.source = 'earmark' AND capacity.recorded_until IS NULL),
    (SELECT max(needed_on) FROM demand_line AS taken WHERE taken.order_id = o.order_id
     AND taken.source = 'earmark' AND taken.recorded_until IS NULL), o.starts_on) AS starts_on,
  coalesce(line.due, o.usable_on) AS usable_on, coalesce(line.source = 'earmark', false) AS is_ours,
  (SELECT CAST(coalesce(sum(move.quantity), 0) AS bigint) FROM stock_move AS move
   WHERE move.line_id = o.order_id AND move.sku = o.sku AND move.site_id = o.site_id
     AND move.quantity > 0) AS arrived
FROM firm_order AS o JOIN reservation USING (reservation_id)
LEFT JOIN supply_line AS line
  ON line.line_id = o.order_id AND line.sku = o.sku AND line.recorded_until IS NULL
WHERE o.sku = ANY(CAST(:skus AS text[])) AND reservation.state IN ('active', 'confirmed')
  AND coalesce(reservation.expires_at, 'infinity') > (SELECT earmark_now())
ORDER BY o.sku, o.order_id
"""
