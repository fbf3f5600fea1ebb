"""Reading spans back: lists of what was done, newest first, and one trace whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson

from datasources.store.unit import unavailable_is_typed

LOOKED_MAX = 20_000
"""Spans looked through for one page of a list; the page says where it stopped and can be taken further."""
SPANS_MAX = 2_000

Place = tuple[datetime, str, str]
"""Where a list stands: started_at, trace and span of its last row."""


@dataclass(frozen=True, slots=True)
class TraceFilter:
    """Which traces: all conditions hold. `channels` None is every channel."""

    since: datetime | None = None
    until: datetime | None = None
    operation: str | None = None
    sku: str | None = None
    least_ms: float | None = None
    only_errors: bool = False
    channels: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One entry into our code: a span whose caller is not kept here, and what its trace holds."""

    trace_id: str
    span_id: str
    name: str
    started_at: datetime
    duration_ms: float
    attributes: Mapping[str, Any]
    spans: int
    errors: int

    @property
    def place(self) -> Place:
        return self.started_at, self.trace_id, self.span_id


@dataclass(frozen=True, slots=True)
class TracePage:
    """`stopped` is where the search gave up before the page was full, None where it did not."""

    rows: tuple[TraceRow, ...]
    stopped: Place | None


@dataclass(frozen=True, slots=True)
class TraceSpan:
    """A kept span. `attributes` and `events` are as telemetry wrote them."""

    span_id: str
    parent_id: str | None
    name: str
    kind: str
    started_at: datetime
    ended_at: datetime
    error: bool
    attributes: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...]


async def page_of_traces(
    pool: asyncpg.Pool,
    where: TraceFilter,
    before: Place | None,
    most: int,
    looked_max: int = LOOKED_MAX,
) -> TracePage:
    """At most `most` entries, newest first, found among the `looked_max` spans before `before`.

    Raises StoreUnavailable.
    """
    start = before or (where.until or FAR, "", "")
    async with unavailable_is_typed(), pool.acquire() as connection:
        stop = await connection.fetchrow(STOP, where.since or LONG_AGO, *start, looked_max - 1)
        floor: Place | None = None if stop is None else (_utc(stop[0]), stop[1], stop[2])
        rows = await connection.fetch(
            ENTRIES,
            where.since or LONG_AGO,
            *start,
            *(floor or (LONG_AGO, "", "")),
            where.operation,
            None if where.sku is None else orjson.dumps({"earmark.sku": where.sku}).decode(),
            None if where.sku is None else orjson.dumps({"earmark.skus": [where.sku]}).decode(),
            None if where.least_ms is None else timedelta(milliseconds=where.least_ms),
            where.only_errors,
            None if where.channels is None else sorted(where.channels),
            most,
        )
    return TracePage(tuple(_row(row) for row in rows), None if len(rows) == most else floor)


async def spans_of(pool: asyncpg.Pool, trace_id: str) -> list[TraceSpan]:
    """The spans of a trace by their start, at most `SPANS_MAX`; none where it is not kept.

    Raises StoreUnavailable.
    """
    async with unavailable_is_typed(), pool.acquire() as connection:
        rows = await connection.fetch(SPANS, trace_id, SPANS_MAX)
    return [
        TraceSpan(
            row["span_id"],
            row["parent_id"],
            row["name"],
            row["kind"],
            _utc(row["started_at"]),
            _utc(row["ended_at"]),
            row["error"],
            orjson.loads(row["attributes"]),
            tuple(orjson.loads(row["events"])),
        )
        for row in rows
    ]


def _row(row: asyncpg.Record) -> TraceRow:
    return TraceRow(
        row["trace_id"],
        row["span_id"],
        row["name"],
        _utc(row["started_at"]),
        (row["ended_at"] - row["started_at"]) / timedelta(milliseconds=1),
        orjson.loads(row["attributes"]),
        row["spans"],
        row["errors"],
    )


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
FAR = datetime(9000, 1, 1, tzinfo=UTC)

STOP = """
SELECT started_at, trace_id, span_id FROM span
WHERE started_at >= $1 AND (started_at, trace_id, span_id) < ($2, $3, $4)
ORDER BY started_at DESC, trace_id DESC, span_id DESC OFFSET $5 LIMIT 1
"""

ENTRIES = """
SELECT entry.trace_id, entry.span_id, entry.name, entry.started_at, entry.ended_at, entry.attributes,
  whole.spans, whole.errors
FROM span AS entry CROSS JOIN LATERAL (
  SELECT count(*) AS spans, count(*) FILTER (WHERE error) AS errors
  FROM span WHERE span.trace_id = entry.trace_id
) AS whole
WHERE entry.started_at >= $1 AND (entry.started_at, entry.trace_id, entry.span_id) < ($2, $3, $4)
  AND entry.started_at >= $5 AND (entry.started_at, entry.trace_id, entry.span_id) >= ($5, $6, $7)
  AND NOT EXISTS (
    SELECT FROM span AS caller WHERE caller.trace_id = entry.trace_id AND caller.span_id = entry.parent_id)
  AND ($8::text IS NULL OR coalesce(entry.attributes ->> 'earmark.operation', entry.name) = $8)
  AND ($9::jsonb IS NULL OR EXISTS (
    SELECT FROM span WHERE span.trace_id = entry.trace_id
      AND (span.attributes @> $9::jsonb OR span.attributes @> $10::jsonb)))
  AND ($11::interval IS NULL OR entry.ended_at - entry.started_at >= $11)
  AND (NOT $12 OR whole.errors > 0)
  AND ($13::text[] IS NULL OR NOT EXISTS (
    SELECT FROM span WHERE span.trace_id = entry.trace_id
      AND span.attributes ? 'earmark.channel' AND span.attributes ->> 'earmark.channel' <> ALL ($13)))
ORDER BY entry.started_at DESC, entry.trace_id DESC, entry.span_id DESC LIMIT $14
"""
"""An entry is a span whose parent is not kept: the first of ours, or one that a caller's trace goes on in."""

SPANS = """
SELECT span_id, parent_id, name, kind, started_at, ended_at, error, attributes, events
FROM span WHERE trace_id = $1 ORDER BY started_at, span_id LIMIT $2
"""
