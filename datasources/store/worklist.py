"""What a person should look at: rows and events set aside, receipts and shipments that name no line."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import tables


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing to look at. `reference` says where it came from: a file and line, or an event."""

    kind: str
    source: str
    reference: str
    reason: str
    content: str


async def add(tx: AsyncConnection, matters: Sequence[Matter], recorded_at: datetime) -> None:
    """The matters are on the worklist, each once."""
    if matters:
        rows = [asdict(matter) | {"recorded_at": recorded_at} for matter in matters]
        await tx.execute(insert(tables.worklist).on_conflict_do_nothing(), rows)


async def drop_mended(tx: AsyncConnection, source: str, kind: str, still: set[tuple[str, str]]) -> None:
    """Of this source and kind only `still` (reference, reason) is left: the others were mended."""
    table = tables.worklist
    rows = await tx.execute(select(table).where(table.c.source == source, table.c.kind == kind))
    mended = [row.worklist_id for row in rows if (row.reference, row.reason) not in still]
    if mended:
        await tx.execute(delete(table).where(tables.among(table.c.worklist_id, mended)))
