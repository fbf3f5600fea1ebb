"""When goods on hand came, as far as moves tell: of what was received straight into a place, the newest.

What leaves a place is what came there first, so what is still there is of the newest arrivals.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import tables
from datasources.store.ledger import PLACE
from datasources.store.tables import ARRIVES, among
from rules.model import Arrival

ARRIVALS_MAX = 10
"""So many of a place are told; what came before them counts as though nobody told when."""

Came = dict[str, list[Row[Any]]]
"""Moves by sku, of one place the newest first."""


async def newest(tx: AsyncConnection, skus: Sequence[str]) -> Came:
    """The newest arrivals at each place where something of the items is."""
    move, position = tables.stock_move, tables.stock_position
    here = [move.c[name] == position.c[name] for name in PLACE]
    last = (
        sa.select(move.c.move_id, move.c.occurred_at, move.c.quantity)
        .where(*here, sa.text(ARRIVES))
        .order_by(move.c.occurred_at.desc(), move.c.move_id.desc())
        .limit(ARRIVALS_MAX)
        .lateral("last")
    )
    columns = [position.c[name] for name in PLACE]
    chosen = sa.select(*columns, last).select_from(position.join(last, sa.true()))
    return in_turn(await tx.execute(chosen.where(among(position.c.sku, skus))))


async def known_at(tx: AsyncConnection, skus: Sequence[str], *known: sa.ColumnElement[bool]) -> Came:
    """The newest arrivals at each place among the moves of which this is so."""
    move = tables.stock_move
    place = [move.c[name] for name in PLACE]
    order = move.c.occurred_at.desc(), move.c.move_id.desc()
    turn = sa.func.row_number().over(partition_by=place, order_by=order).label("turn")
    columns = [*place, move.c.move_id, move.c.occurred_at, move.c.quantity]
    numbered = sa.select(*columns, turn).where(among(move.c.sku, skus), sa.text(ARRIVES), *known).subquery()
    chosen = sa.select(numbered).where(numbered.c.turn <= ARRIVALS_MAX)
    return in_turn(await tx.execute(chosen))


def in_turn(rows: Iterable[Row[Any]]) -> Came:
    """The moves by sku, of each place the newest first."""
    came: Came = {}
    for row in sorted(rows, key=lambda r: (*place(r), r.occurred_at, r.move_id), reverse=True):
        came.setdefault(row.sku, []).append(row)
    return came


def place(row: Row[Any]) -> tuple[str, ...]:
    """Where the row's goods are."""
    return tuple(getattr(row, name) for name in PLACE)


def by_place(rows: Iterable[Row[Any]]) -> dict[tuple[str, ...], list[Row[Any]]]:
    """The moves of each place, in the order given."""
    return {at: list(there) for at, there in groupby(rows, key=place)}


def still_there(quantity: int, came: Iterable[Row[Any]]) -> Iterator[Arrival]:
    """What the newest arrivals have in what is there now."""
    rest = quantity
    for move in came:
        part = min(rest, move.quantity)
        if part <= 0:
            return
        yield Arrival(move.occurred_at, part)
        rest -= part


def in_order(arrived: Iterable[Arrival]) -> tuple[Arrival, ...]:
    """The arrivals, the newest first, those of one instant together."""
    sums: dict[Any, int] = {}
    for each in arrived:
        sums[each.at] = sums.get(each.at, 0) + each.quantity
    return tuple(Arrival(at, sums[at]) for at in sorted(sums, reverse=True))
