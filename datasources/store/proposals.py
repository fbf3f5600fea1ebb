"""Proposals of new days for promises at risk: written under the lock of their item's profile."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy import RowMapping, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import promise_tables
from datasources.store.bulk import copy
from datasources.store.tables import among
from rules.proposals import Cause, Change, Placed, Proposal, Standing, State

TABLE = promise_tables.proposal


@dataclass(frozen=True, slots=True)
class Kept:
    """A proposal as it is kept. `decided_by` is a person, or names the rule that applied it."""

    proposal_id: UUID
    number: int
    """Its place among all, in the order they were made; 0 until it is kept."""
    line_key: str
    reservation_id: UUID | None
    channel: str
    order_id: str
    line_id: str
    sku: str
    sites: tuple[str, ...]
    state: State
    stands: bool
    old: tuple[Placed, ...]
    new: tuple[Placed, ...]
    undated: int
    days_late: int
    knocked_on: bool
    cause: Cause
    source: str
    reference: str
    recorded_at: datetime
    supersedes: UUID | None
    decided_at: datetime | None
    decided_by: str
    reason: str

    @property
    def first_day(self) -> date:
        """The first day it was promised for."""
        return min(part.day for part in self.old)

    @property
    def standing(self) -> Standing:
        return Standing(str(self.proposal_id), self.line_key, self.state, self.old, self.new, self.undated)


def new(
    proposal_id: UUID, sku: str, proposal: Proposal, change: Change, now: datetime, supersedes: UUID | None
) -> Kept:
    """The proposal as it is first kept: open."""
    line = proposal.line
    return Kept(
        proposal_id=proposal_id,
        number=0,
        line_key=line.key,
        reservation_id=UUID(line.reservation) if line.reservation else None,
        channel=line.channel,
        order_id=line.order_id,
        line_id=line.line_id,
        sku=sku,
        sites=proposal.sites,
        state="open",
        stands=True,
        old=proposal.old,
        new=proposal.new,
        undated=proposal.undated,
        days_late=proposal.days_late,
        knocked_on=proposal.knocked_on,
        cause=change.cause,
        source=change.source,
        reference=change.reference,
        recorded_at=now,
        supersedes=supersedes,
        decided_at=None,
        decided_by="",
        reason="",
    )


async def items_to_look_at(tx: AsyncConnection, skus: Iterable[str]) -> set[str]:
    """Those of the items, and of kits they go into, about which a proposal stands or that are hard pegged."""
    return set((await tx.execute(text(TO_LOOK_AT), {"skus": sorted(set(skus))})).scalars())


TO_LOOK_AT = """
SELECT sku FROM proposal WHERE stands AND sku = ANY(CAST(:skus AS text[]))
UNION SELECT sku FROM proposal JOIN kit ON kit.kit = proposal.sku
WHERE stands AND kit.component = ANY(CAST(:skus AS text[]))
UNION SELECT firm_order.sku FROM firm_order JOIN supply_line USING (sku)
WHERE firm_order.sku = ANY(CAST(:skus AS text[])) AND supply_line.line_id = firm_order.order_id
  AND recorded_until IS NULL
UNION SELECT firm_order.sku FROM firm_order JOIN proposal USING (sku)
  JOIN demand_line ON demand_line.order_id = firm_order.order_id
WHERE stands AND demand_line.source = 'earmark' AND recorded_until IS NULL
  AND demand_line.sku = ANY(CAST(:skus AS text[]))
"""


async def items_to_review(tx: AsyncConnection, most: int) -> list[str]:
    """At most so many items with supply that is overdue, or with an open proposal, in order."""
    return list((await tx.execute(text(TO_REVIEW), {"most": most})).scalars())


TO_REVIEW = """
SELECT sku FROM supply_line
WHERE recorded_until IS NULL AND due < CAST(earmark_now() AT TIME ZONE 'UTC' AS date)
UNION SELECT sku FROM proposal WHERE stands AND state = 'open' ORDER BY sku LIMIT :most
"""


async def standing(tx: AsyncConnection, skus: Sequence[str]) -> list[Kept]:
    """The proposals that stand about these items."""
    chosen = select(TABLE).where(TABLE.c.stands, among(TABLE.c.sku, skus)).order_by(TABLE.c.number)
    return [_kept(row) for row in (await tx.execute(chosen)).mappings()]


async def find(tx: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, Kept]:
    """These proposals, those there are."""
    rows = await tx.execute(select(TABLE).where(among(TABLE.c.proposal_id, ids)))
    return {row["proposal_id"]: _kept(row) for row in rows.mappings()}


async def of_line(tx: AsyncConnection, line_key: str, most: int) -> list[Kept]:
    """The newest proposals about a line, newest first."""
    chosen = select(TABLE).where(TABLE.c.line_key == line_key)
    rows = await tx.execute(chosen.order_by(TABLE.c.number.desc()).limit(most))
    return [_kept(row) for row in rows.mappings()]


async def page(
    tx: AsyncConnection,
    state: State,
    where: dict[str, str],
    after: tuple[date, int] | None,
    most: int,
    channels: Iterable[str] | None,
) -> list[Kept]:
    """At most `most` proposals in the state, by the first day they were promised for, then as they were made.

    `where` may name `sku`, `site` and `channel`. Of reservations that have ended there is none open.
    """
    statement = select(TABLE).where(TABLE.c.state == state).order_by(TABLE.c.first_day, TABLE.c.number)
    for name, value in where.items():
        column = TABLE.c.sites.contains([value]) if name == "site" else TABLE.c[name] == value
        statement = statement.where(column)
    if channels is not None:
        statement = statement.where(among(TABLE.c.channel, sorted(channels)))
    if after is not None:
        place = sa.tuple_(sa.literal(after[0], sa.Date), sa.literal(after[1], sa.BigInteger))
        statement = statement.where(sa.tuple_(TABLE.c.first_day, TABLE.c.number) > place)
    if state == "open":
        statement = statement.where(sa.or_(TABLE.c.reservation_id.is_(None), sa.text(LIVES)))
    return [_kept(row) for row in (await tx.execute(statement.limit(most))).mappings()]


LIVES = """EXISTS (SELECT 1 FROM reservation WHERE reservation.reservation_id = proposal.reservation_id
  AND reservation.state IN ('active', 'confirmed')
  AND coalesce(reservation.expires_at, 'infinity') > (SELECT earmark_now()))"""


async def write(tx: AsyncConnection, fresh: Sequence[Kept], decided: Sequence[Kept]) -> None:
    """The fresh ones are kept, and those decided or over are in their new state. The latter come first."""
    if decided:
        columns = {
            "ids": [each.proposal_id for each in decided],
            "states": [each.state for each in decided],
            "stands": [each.stands for each in decided],
            "ats": [each.decided_at for each in decided],
            "people": [each.decided_by for each in decided],
            "reasons": [each.reason for each in decided],
        }
        await tx.execute(text(DECIDE), columns)
    await copy(tx, TABLE, [_row(each) for each in fresh])


async def no_longer_stands(tx: AsyncConnection, ids: Iterable[UUID]) -> None:
    """What these decided proposals said is no longer so."""
    await tx.execute(update(TABLE).where(among(TABLE.c.proposal_id, ids)).values(stands=False))


def _row(each: Kept) -> dict[str, Any]:
    row = {field: value for field, value in _fields(each).items() if field not in {"number", "old", "new"}}
    return row | {
        "sites": list(each.sites),
        "old_parts": _parts_out(each.old),
        "new_parts": _parts_out(each.new),
        "first_day": each.first_day,
    }


def _fields(each: Kept) -> dict[str, Any]:
    return {name: getattr(each, name) for name in Kept.__dataclass_fields__}


def _kept(row: RowMapping) -> Kept:
    same = {name: row[name] for name in Kept.__dataclass_fields__ if name not in {"old", "new"}}
    return Kept(
        **same
        | {
            "sites": tuple(row["sites"]),
            "old": parts_in(row["old_parts"]),
            "new": parts_in(row["new_parts"]),
            "recorded_at": row["recorded_at"].astimezone(UTC),
            "decided_at": row["decided_at"] and row["decided_at"].astimezone(UTC),
        }
    )


def _parts_out(parts: Iterable[Placed]) -> str:
    return orjson.dumps([asdict(part) for part in parts]).decode()


def parts_in(rows: Iterable[dict[str, Any]]) -> tuple[Placed, ...]:
    """The parts as they were written."""
    return tuple(
        Placed(row["site_id"], row["position"], date.fromisoformat(row["day"]), row["quantity"])
        for row in rows
    )


DECIDE = """
UPDATE proposal SET state = fresh.state, stands = fresh.stands, decided_at = fresh.at,
  decided_by = fresh.person, reason = fresh.reason
FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:stands AS boolean[]),
  CAST(:ats AS timestamptz[]), CAST(:people AS text[]), CAST(:reasons AS text[]))
  AS fresh(proposal_id, state, stands, at, person, reason)
WHERE proposal.proposal_id = fresh.proposal_id
"""
