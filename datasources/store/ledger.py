"""The stock ledger: moves are only ever appended; positions are their sums, kept in the same transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import tables
from datasources.store.tables import among


@dataclass(frozen=True, slots=True)
class Place:
    """What one balance is kept for."""

    sku: str
    site_id: str
    status: str
    ownership: str
    lot: str
    bin: str


@dataclass(frozen=True, slots=True)
class Move:
    """One leg of a stock movement: a signed quantity in smallest units at one place."""

    source: str
    event_id: str
    leg: int
    place: Place
    quantity: int
    cause: str
    line_id: str | None
    occurred_at: datetime
    actor: str
    trace_id: str


async def append(tx: AsyncConnection, moves: Sequence[Move], recorded_at: datetime) -> None:
    """The moves are in the ledger and in the positions. The items' profiles must be locked."""
    if not moves:
        return
    rows = [
        {name: value for name, value in asdict(move).items() if name != "place"}
        | asdict(move.place)
        | {"recorded_at": recorded_at}
        for move in moves
    ]
    await tx.execute(tables.stock_move.insert(), rows)
    await _add(tx, _sums(moves))


def _sums(moves: Iterable[Move]) -> dict[Place, int]:
    sums: dict[Place, int] = {}
    for move in moves:
        sums[move.place] = sums.get(move.place, 0) + move.quantity
    return sums


async def _add(tx: AsyncConnection, sums: dict[Place, int]) -> None:
    table = tables.stock_position
    key = [column.name for column in table.primary_key]
    statement = insert(table)
    statement = statement.on_conflict_do_update(
        index_elements=key, set_={"quantity": table.c.quantity + statement.excluded.quantity}
    )
    await tx.execute(statement, [asdict(place) | {"quantity": quantity} for place, quantity in sums.items()])
    touched = among(table.c.sku, sorted({place.sku for place in sums}))
    await tx.execute(delete(table).where(touched & (table.c.quantity == 0)))


async def balances(tx: AsyncConnection, *, sites: Iterable[str]) -> dict[Place, int]:
    """Every balance at these sites."""
    table = tables.stock_position
    rows = await tx.execute(select(table).where(among(table.c.site_id, sorted(sites))))
    return {
        Place(row.sku, row.site_id, row.status, row.ownership, row.lot, row.bin): row.quantity for row in rows
    }
