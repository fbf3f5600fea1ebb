"""Writing many rows at once. Only inside `Store.writing`, which has begun the transaction they belong to."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection


async def copy(tx: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows, which all name the same columns, are in the table: one COPY, however many they are."""
    if not rows:
        return
    columns = list(rows[0])
    driver: Any = (await tx.get_raw_connection()).driver_connection
    records = [tuple(row[name] for name in columns) for row in rows]
    await driver.copy_records_to_table(table.name, columns=columns, records=records)
