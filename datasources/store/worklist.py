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


NAME_MAX = 200
REASON_MAX = 400
CONTENT_MAX = 10_000


def _clipped(matter: Matter) -> dict[str, str]:
    """The matter as one row can hold it: what a stranger sent may be of any length and any character."""
    most = {"reason": REASON_MAX, "content": CONTENT_MAX}
    return {name: clipped(value, most.get(name, NAME_MAX)) for name, value in asdict(matter).items()}


def clipped(value: str, most: int) -> str:
    """The value, what cannot be printed spelt out, cut off at `most` bytes: an index takes no longer ones."""
    plain = value if value.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value)
    encoded = plain.encode()
    return plain if len(encoded) <= most else f"{encoded[: most - 3].decode(errors='ignore')}..."


async def add(tx: AsyncConnection, matters: Sequence[Matter], recorded_at: datetime) -> None:
    """The matters are on the worklist, each once."""
    if matters:
        rows = [_clipped(matter) | {"recorded_at": recorded_at} for matter in matters]
        await tx.execute(insert(tables.worklist).on_conflict_do_nothing(), rows)


async def drop_mended(tx: AsyncConnection, source: str, kind: str, still: Sequence[Matter]) -> None:
    """Of this source and kind only `still` is left: the others were mended."""
    left = {(row["reference"], row["reason"]) for row in map(_clipped, still)}
    table = tables.worklist
    listed = select(table.c.worklist_id, table.c.reference, table.c.reason)
    rows = await tx.execute(listed.where(table.c.source == source, table.c.kind == kind))
    mended = [row.worklist_id for row in rows if (row.reference, row.reason) not in left]
    if mended:
        await tx.execute(delete(table).where(tables.among(table.c.worklist_id, mended)))
