"""The inbox: events durable before they are acknowledged, each with one outcome for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
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
    outcome: str | None = None
    reason: str | None = None

    @property
    def key(self) -> Key:
        return (self.source, self.event_id)


async def take_in(tx: AsyncConnection, arrivals: Sequence[Arrival], received_at: datetime) -> set[Key]:
    """Every arrival is in the inbox; the keys of those that were not there before."""
    columns = ("source", "event_id", "content", "content_hash", "actor", "traceparent")
    rows = [{name: getattr(a, name) for name in columns} | {"received_at": received_at} for a in arrivals]
    statement = insert(tables.inbox).values(rows).on_conflict_do_nothing()
    taken = await tx.execute(statement.returning(tables.inbox.c.source, tables.inbox.c.event_id))
    return {(row.source, row.event_id) for row in taken}


async def find(tx: AsyncConnection, keys: Sequence[Key]) -> dict[Key, Arrival]:
    """The inbox rows of these keys, locked in arrival order until the transaction ends."""
    table = tables.inbox
    chosen = tuple_(table.c.source, table.c.event_id).in_(keys)
    rows = await tx.execute(select(table).where(chosen).order_by(table.c.arrival).with_for_update())
    found = [_arrival(row) for row in rows.mappings()]
    return {arrival.key: arrival for arrival in found}


async def waiting(tx: AsyncConnection, most: int) -> list[Arrival]:
    """The oldest events still without effect, locked; those another process holds are passed over."""
    table = tables.inbox
    statement = select(table).where(table.c.outcome.is_(None)).order_by(table.c.arrival).limit(most)
    rows = await tx.execute(statement.with_for_update(skip_locked=True))
    return [_arrival(row) for row in rows.mappings()]


def _arrival(row: object) -> Arrival:
    return Arrival(**{name: row[name] for name in Arrival.__dataclass_fields__})  # type: ignore[index]


async def settle(tx: AsyncConnection, outcomes: dict[Key, tuple[str, str | None]]) -> None:
    """Each event has its outcome and reason, in the transaction that made its effect."""
    if not outcomes:
        return
    table = tables.inbox
    statement = (
        update(table)
        .where(table.c.source == bindparam("of_source"), table.c.event_id == bindparam("of_event"))
        .values(outcome=bindparam("has_outcome"), reason=bindparam("has_reason"))
    )
    rows = [
        {"of_source": key[0], "of_event": key[1], "has_outcome": outcome, "has_reason": reason}
        for key, (outcome, reason) in outcomes.items()
    ]
    await tx.execute(statement, rows)
