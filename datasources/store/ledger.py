"""The stock ledger: moves are only ever appended; positions are their sums, kept in the same transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import tables
from datasources.store.bulk import copy
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
    await copy(tx, tables.stock_move, [_row(move, recorded_at) for move in moves])
    await _add(tx, _sums(moves))


def _row(move: Move, recorded_at: datetime) -> dict[str, object]:
    """The move as the ledger keeps it, its place spread out."""
    place = {name: getattr(move.place, name) for name in PLACE}
    own = {name: getattr(move, name) for name in Move.__dataclass_fields__ if name != "place"}
    return own | place | {"recorded_at": recorded_at}


PLACE = tuple(Place.__dataclass_fields__)
place_key = attrgetter(*PLACE)


def _sums(moves: Iterable[Move]) -> dict[Place, int]:
    sums: dict[Place, int] = {}
    for move in moves:
        sums[move.place] = sums.get(move.place, 0) + move.quantity
    return sums


async def _add(tx: AsyncConnection, sums: dict[Place, int]) -> None:
    columns = {name: [getattr(place, name) for place in sums] for name in PLACE}
    await tx.execute(text(ADD), columns | {"quantity": list(sums.values())})
    table = tables.stock_position
    touched = among(table.c.sku, sorted({place.sku for place in sums}))
    await tx.execute(delete(table).where(touched & (table.c.quantity == 0)))


ADD = f"""
INSERT INTO stock_position AS known ({", ".join(PLACE)}, quantity)
SELECT * FROM unnest({", ".join(f"CAST(:{name} AS text[])" for name in PLACE)}, CAST(:quantity AS bigint[]))
ON CONFLICT ({", ".join(PLACE)}) DO UPDATE SET quantity = known.quantity + excluded.quantity
"""


async def balances(tx: AsyncConnection, *, sites: Iterable[str]) -> dict[Place, int]:
    """Every balance at these sites."""
    table = tables.stock_position
    columns = [table.c[name] for name in PLACE]
    rows = await tx.execute(select(*columns, table.c.quantity).where(among(table.c.site_id, sorted(sites))))
    return {Place(*row[:-1]): row[-1] for row in rows}


async def items_at(tx: AsyncConnection, *, sites: Iterable[str]) -> set[str]:
    """The items with a balance at these sites."""
    table = tables.stock_position
    chosen = select(table.c.sku).distinct().where(among(table.c.site_id, sorted(sites)))
    return set((await tx.execute(chosen)).scalars())


COUNTED = "counted "
"""How the event ids of counts begin."""


async def last_move(tx: AsyncConnection) -> int:
    """The id of the newest move, 0 in an empty ledger."""
    newest = await tx.execute(select(func.coalesce(func.max(tables.stock_move.c.move_id), 0)))
    return int(newest.scalar_one())


async def moved_since(tx: AsyncConnection, move_id: int, *, sites: Iterable[str]) -> dict[Place, int]:
    """What moved at these sites after this move. Counts are left out: they state, and move nothing."""
    table = tables.stock_move
    columns = [table.c[name] for name in PLACE]
    later = select(*columns, table.c.quantity).where(
        table.c.move_id > move_id,
        among(table.c.site_id, sorted(sites)),
        ~table.c.event_id.startswith(COUNTED),
    )
    sums: dict[Place, int] = {}
    for row in await tx.execute(later):
        place = Place(*row[:-1])
        sums[place] = sums.get(place, 0) + row[-1]
    return sums


async def stock_of(tx: AsyncConnection, skus: Iterable[str]) -> list[tuple[Place, int, date | None]]:
    """Every balance of these items, with the last day its lot may be promised for."""
    position, lot = tables.stock_position, tables.lot
    joined = position.outerjoin(lot, (lot.c.sku == position.c.sku) & (lot.c.lot == position.c.lot))
    columns = [position.c[name] for name in PLACE]
    chosen = select(*columns, position.c.quantity, lot.c.usable_until).select_from(joined)
    rows = await tx.execute(chosen.where(among(position.c.sku, sorted(skus))))
    return [(Place(*row[:-2]), row[-2], row[-1]) for row in rows]
