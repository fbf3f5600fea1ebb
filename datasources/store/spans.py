"""Spans in the store: written in batches, kept for days."""

from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg
import orjson

from datasources.store.unit import unavailable_is_typed
from telemetry.spans import SpanRecord

KEPT_DAYS = 7

COLUMNS = (
    "trace_id",
    "span_id",
    "parent_id",
    "name",
    "kind",
    "started_at",
    "ended_at",
    "error",
    "attributes",
    "events",
)


class SpanSink:
    """Where telemetry hands its spans to."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def __call__(self, records: list[SpanRecord]) -> None:
        """The spans are in the store. Raises StoreUnavailable."""
        async with unavailable_is_typed(), self._pool.acquire() as connection:
            await connection.copy_records_to_table("span", records=_rows(records), columns=COLUMNS)


async def drop_old(pool: asyncpg.Pool) -> None:
    """Spans older than `KEPT_DAYS` days are gone. Spans carry the machine's time, so it judges them."""
    async with unavailable_is_typed(), pool.acquire() as connection:
        await connection.execute(f"DELETE FROM span WHERE started_at < now() - interval '{KEPT_DAYS} days'")


def _rows(records: Sequence[SpanRecord]) -> list[tuple[object, ...]]:
    return [
        (
            record.trace_id,
            record.span_id,
            record.parent_id,
            record.name,
            record.kind,
            _instant(record.started_ns),
            _instant(record.ended_ns),
            record.status == "error",
            orjson.dumps(dict(record.attributes)).decode(),
            orjson.dumps(
                [{"name": e.name, "at_ns": e.at_ns, "attributes": dict(e.attributes)} for e in record.events]
            ).decode(),
        )
        for record in records
    ]


def _instant(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
