"""The inbox: events durable before they are acknowledged, each with one outcome for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import tables

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event in the inbox; `outcome` None means its effect is still to come."""

    source: str
    event_id: str
    content: str
    content_hash: str
    actor: str
    traceparent: str
    received_at: datetime
    outcome: str | None = None
    reason: str | None = None

    @property
    def key(self) -> Key:
        return (self.source, self.event_id)


async def take_in(tx: AsyncConnection, arrivals: Sequence[Arrival]) -> set[Key]:
    """Every arrival is in the inbox, in the order given; the keys of those that were not there before."""
    columns = {name: [getattr(arrival, name) for arrival in arrivals] for name in TAKEN_IN}
    taken = await tx.execute(text(TAKE_IN), columns)
    return {(row.source, row.event_id) for row in taken}


TAKEN_IN = ("source", "event_id", "content", "content_hash", "actor", "traceparent", "received_at")
TAKE_IN = """
WITH sent AS MATERIALIZED (
  SELECT nextval(pg_get_serial_sequence('inbox', 'arrival')) AS arrival, event.*
  FROM unnest(
    CAST(:source AS text[]), CAST(:event_id AS text[]), CAST(:content AS text[]),
    CAST(:content_hash AS text[]), CAST(:actor AS text[]), CAST(:traceparent AS text[]),
    CAST(:received_at AS timestamptz[])
  ) AS event(source, event_id, content, content_hash, actor, traceparent, received_at)
)
INSERT INTO inbox (arrival, source, event_id, content, content_hash, actor, traceparent, received_at)
SELECT * FROM sent ORDER BY source, event_id
ON CONFLICT (source, event_id) DO NOTHING RETURNING source, event_id
"""
"""Numbered in the order sent, written in key order, so that no two requests wait for each other in a ring."""


async def find(tx: AsyncConnection, keys: Sequence[Key]) -> dict[Key, Arrival]:
    """The inbox rows of these keys in arrival order, locked until the transaction ends."""
    asked = {"sources": [key[0] for key in keys], "event_ids": [key[1] for key in keys]}
    rows = await tx.execute(text(FIND), asked)
    found = sorted(rows.mappings(), key=lambda row: int(row["arrival"]))
    return {arrival.key: arrival for arrival in map(_arrival, found)}


FIND = """
SELECT inbox.* FROM inbox JOIN unnest(CAST(:sources AS text[]), CAST(:event_ids AS text[]))
  AS asked(source, event_id) USING (source, event_id)
ORDER BY inbox.source, inbox.event_id FOR UPDATE OF inbox
"""


async def waiting(tx: AsyncConnection, after: int, most: int) -> list[tuple[int, Key]]:
    """Arrival number and key of events still without effect, oldest first, from behind `after` on."""
    table = tables.inbox
    columns = (table.c.arrival, table.c.source, table.c.event_id)
    behind = select(*columns).where(table.c.outcome.is_(None), table.c.arrival > after)
    rows = await tx.execute(behind.order_by(table.c.arrival).limit(most))
    return [(row.arrival, (row.source, row.event_id)) for row in rows]


def _arrival(row: object) -> Arrival:
    return Arrival(**{name: row[name] for name in Arrival.__dataclass_fields__})  # type: ignore[index]


async def settle(tx: AsyncConnection, outcomes: dict[Key, tuple[str, str | None]]) -> None:
    """Each event has its outcome and reason, in the transaction that made its effect."""
    columns = {
        "sources": [key[0] for key in outcomes],
        "event_ids": [key[1] for key in outcomes],
        "outcomes": [outcome for outcome, _ in outcomes.values()],
        "reasons": [reason for _, reason in outcomes.values()],
    }
    await tx.execute(text(SETTLE), columns)


SETTLE = """
UPDATE inbox SET outcome = settled.outcome, reason = settled.reason
FROM unnest(CAST(:sources AS text[]), CAST(:event_ids AS text[]),
  CAST(:outcomes AS text[]), CAST(:reasons AS text[])) AS settled(source, event_id, outcome, reason)
WHERE inbox.source = settled.source AND inbox.event_id = settled.event_id
"""
