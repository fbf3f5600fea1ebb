"""Messages for other systems: written in the transaction of what they tell of, taken by claiming.

Of one key only the oldest message that is not done can be taken, so that a key's messages come in order.
Whoever takes one has it until its lease ends; then anybody may: each message comes at least once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import promise_tables
from datasources.store.bulk import copy

KEPT_DONE = timedelta(days=30)
"""So long a message that is done is still kept."""
DROPPED_MAX = 1_000
"""Old ones dropped with each acknowledgement."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be told. `content` is JSON; `channel` is whose it is."""

    topic: str
    key: str
    channel: str
    content: str
    traceparent: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A message somebody has until `taken_until`; `takings` counts how often it was taken."""

    message_id: int
    message: Message
    recorded_at: datetime
    taken_until: datetime
    takings: int


async def add(tx: AsyncConnection, messages: Sequence[Message], now: datetime) -> None:
    """The messages wait, in this order. The profile that those of one key are about must be locked."""
    rows = [
        {
            "topic": each.topic,
            "key": each.key,
            "channel": each.channel,
            "content": each.content,
            "recorded_at": now,
            "traceparent": each.traceparent,
            "takings": 0,
        }
        for each in messages
    ]
    await copy(tx, promise_tables.outbox, rows)


async def take(
    tx: AsyncConnection, most: int, lease_seconds: int, channels: Iterable[str] | None
) -> list[Taken]:
    """At most so many messages of these channels (None: all) are the caller's for so long, oldest first."""
    asked = {
        "most": most,
        "seconds": lease_seconds,
        "channels": None if channels is None else sorted(channels),
    }
    rows = (await tx.execute(text(TAKE), asked)).all()
    return [
        Taken(
            row.message_id,
            Message(row.topic, row.key, row.channel, row.content, row.traceparent),
            row.recorded_at.astimezone(UTC),
            row.taken_until.astimezone(UTC),
            row.takings,
        )
        for row in sorted(rows, key=lambda row: row.message_id)
    ]


async def done(tx: AsyncConnection, ids: Sequence[int], channels: Iterable[str] | None) -> set[int]:
    """These messages are done; those there are of these channels, whether they were done before or not."""
    asked = {"ids": list(ids), "channels": None if channels is None else sorted(channels)}
    await tx.execute(text(DROP), {"before": KEPT_DONE, "most": DROPPED_MAX})
    return set((await tx.execute(text(DONE), asked)).scalars())


TAKE = """
WITH free AS MATERIALIZED (
  SELECT message_id FROM outbox AS message
  WHERE done_at IS NULL AND coalesce(taken_until, '-infinity') <= earmark_now()
    AND (CAST(:channels AS text[]) IS NULL OR channel = ANY(CAST(:channels AS text[])))
    AND NOT EXISTS (
      SELECT 1 FROM outbox AS before
      WHERE before.key = message.key AND before.done_at IS NULL AND before.message_id < message.message_id)
  ORDER BY message_id LIMIT :most FOR UPDATE SKIP LOCKED)
UPDATE outbox SET taken_until = earmark_now() + make_interval(secs => :seconds), takings = takings + 1
FROM free WHERE outbox.message_id = free.message_id
RETURNING outbox.message_id, topic, key, channel, content, recorded_at, traceparent, taken_until, takings
"""
DONE = """
UPDATE outbox SET done_at = coalesce(done_at, earmark_now())
WHERE message_id = ANY(CAST(:ids AS bigint[]))
  AND (CAST(:channels AS text[]) IS NULL OR channel = ANY(CAST(:channels AS text[])))
RETURNING message_id
"""
DROP = """
DELETE FROM outbox WHERE message_id IN (
  SELECT message_id FROM outbox WHERE done_at < earmark_now() - CAST(:before AS interval)
  ORDER BY done_at LIMIT :most FOR UPDATE SKIP LOCKED)
"""
