"""What stands in the store, read plainly, for tests to look at."""

from typing import Any

import asyncpg

from datasources.store import profiles
from rules.model import Profile


async def rows(pool: asyncpg.Pool, statement: str, *values: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in await pool.fetch(statement, *values)]


async def on_hand(pool: asyncpg.Pool, sku: str = "TEA") -> dict[tuple[str, str], int]:
    """Quantity by site and status."""
    found = await rows(
        pool,
        "SELECT site_id, status, sum(quantity)::bigint AS quantity FROM stock_position"
        " WHERE sku = $1 GROUP BY 1, 2",
        sku,
    )
    return {(row["site_id"], row["status"]): row["quantity"] for row in found}


async def open_lines(pool: asyncpg.Pool, table: str) -> dict[str, Any]:
    """Open quantity by line, or by hold."""
    name = "hold_id" if table == "hold" else "line_id"
    found = await rows(pool, f"SELECT * FROM {table} WHERE recorded_until IS NULL")
    return {row[name]: row["quantity"] for row in found}


async def sequences(pool: asyncpg.Pool) -> dict[str, int]:
    return {row["sku"]: row["sequence"] for row in await rows(pool, "SELECT sku, sequence FROM profile")}


async def profile(pool: asyncpg.Pool, sku: str = "TEA") -> Profile:
    return profiles.decode(sku, await pool.fetchval("SELECT content FROM profile WHERE sku = $1", sku))


async def worklist(pool: asyncpg.Pool) -> list[tuple[str, str, str]]:
    """Kind, reference and reason of each matter, oldest first."""
    found = await rows(pool, "SELECT kind, reference, reason FROM worklist ORDER BY worklist_id")
    return [(row["kind"], row["reference"], row["reason"]) for row in found]


COUNTED = (
    "stock_move",
    "stock_position",
    "supply_line",
    "demand_line",
    "hold",
    "forecast",
    "allocation",
    "profile",
    "worklist",
    "inbox",
)


async def everything(pool: asyncpg.Pool) -> dict[str, Any]:
    """Every row that a load or an event may write, for comparing before with after."""
    texts = {
        name: sorted([row["line"] for row in await rows(pool, f"SELECT t::text AS line FROM {name} AS t")])
        for name in COUNTED
    }
    return texts | {"catalogue": await rows(pool, "SELECT * FROM catalogue")}
