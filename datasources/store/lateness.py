"""When suppliers' goods came, and for which day they had first been stated."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

import asyncpg

from datasources.store.unit import unavailable_is_typed

RECEIPTS_MAX = 200
"""The latest receipts of a supplier that are looked at."""

Line = tuple[str, str]
"""A source and its supply line."""
Came = tuple[date, datetime, str]
"""The day first stated, the instant of the receipt, and the site it came to."""


async def suppliers_of(pool: asyncpg.Pool, lines: Collection[Line]) -> Mapping[Line, str]:
    """The supplier of each of the supply lines that name one. Raises StoreUnavailable."""
    ordered = sorted(lines)
    async with unavailable_is_typed(), pool.acquire() as connection:
        rows = await connection.fetch(
            SUPPLIERS, [source for source, _ in ordered], [line_id for _, line_id in ordered]
        )
    return {(row["source"], row["line_id"]): row["supplier"] for row in rows}


async def receipts_of(
    pool: asyncpg.Pool, suppliers: Collection[str], before: datetime
) -> Mapping[str, list[Came]]:
    """By supplier the latest receipts that name one of its lines, recorded up to the instant.

    Raises StoreUnavailable.
    """
    found: dict[str, list[Came]] = {}
    async with unavailable_is_typed(), pool.acquire() as connection:
        for row in await connection.fetch(RECEIPTS, sorted(suppliers), before, RECEIPTS_MAX):
            found.setdefault(row["supplier"], []).append((row["due"], row["occurred_at"], row["site_id"]))
    return found


SUPPLIERS = """
SELECT DISTINCT source, line_id, supplier
FROM unnest($1::text[], $2::text[]) AS asked(source, line_id) JOIN supply_line USING (source, line_id)
WHERE supplier <> '' AND recorded_until IS NULL
"""

RECEIPTS = """
SELECT asked.supplier, came.due, came.occurred_at, came.site_id
FROM unnest($1::text[]) AS asked(supplier), LATERAL (
  SELECT first.due, stock_move.occurred_at, stock_move.site_id
  FROM (SELECT DISTINCT line_id, sku FROM supply_line WHERE supplier = asked.supplier) AS line
  JOIN stock_move ON stock_move.line_id = line.line_id AND stock_move.sku = line.sku
  CROSS JOIN LATERAL (
    SELECT due FROM supply_line WHERE supply_line.line_id = line.line_id AND supply_line.sku = line.sku
    ORDER BY version_id LIMIT 1) AS first
  WHERE stock_move.cause IN ('receipt', 'production', 'transfer') AND stock_move.quantity > 0
    AND stock_move.recorded_at <= $2
  ORDER BY stock_move.move_id DESC LIMIT $3) AS came
"""
