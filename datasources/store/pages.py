"""Rows for lists: pages by key, and the few newest or nearest lines of many items at once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import RowMapping, Table, select

from datasources.store import tables
from datasources.store.tables import among
from datasources.store.unit import Tx

Record = RowMapping


async def items(tx: Tx, skus: Sequence[str]) -> dict[str, Record]:
    """The items of these skus that exist."""
    rows = await tx.execute(select(tables.item).where(among(tables.item.c.sku, skus)))
    return {row["sku"]: row for row in rows.mappings()}


async def page_of_items(
    tx: Tx, contains: str | None, attributes: Mapping[str, str | None], after: str | None, most: int
) -> list[Record]:
    """At most `most` items in sku order: sku or name contains the text, attributes are as given."""
    item = tables.item
    statement = select(item).order_by(item.c.sku).limit(most)
    if after is not None:
        statement = statement.where(item.c.sku > after)
    if contains:
        statement = statement.where(
            item.c.sku.icontains(contains, autoescape=True) | item.c.name.icontains(contains, autoescape=True)
        )
    if attributes:
        statement = statement.where(item.c.attributes.contains(dict(attributes)))
    return list((await tx.execute(statement)).mappings())


async def page_of_lines(  # a list has a filter, an order, a place, a size and a reader
    tx: Tx,
    table: Table,
    where: Mapping[str, Any],
    order: Sequence[str],
    after: Sequence[Any] | None,
    most: int,
    channels: Iterable[str] | None = None,
) -> list[Record]:
    """At most `most` open lines, in the order of `order` (which names a line), from after `after` on.

    `channels` None is every channel; lines that belong to no channel are for whoever may read the list.
    """
    key = [table.c[name] for name in order]
    statement = select(table).where(table.c.recorded_until.is_(None)).order_by(*key).limit(most)
    for name, value in where.items():
        statement = statement.where(table.c[name] == value)
    if channels is not None and "channel" in table.c:
        statement = statement.where(among(table.c.channel, sorted(channels)))
    if after is not None:
        bound = [sa.literal(value, column.type) for value, column in zip(after, key, strict=True)]
        statement = statement.where(sa.tuple_(*key) > sa.tuple_(*bound))
    return list((await tx.execute(statement)).mappings())


async def nearest_lines(
    tx: Tx, table: Table, skus: Sequence[str], order: Sequence[str], most: int
) -> dict[str, list[Record]]:
    """The first `most` open lines of each item, in that order: one statement for all of them."""
    wanted = (
        sa.func.unnest(sa.literal(list(skus), sa.ARRAY(sa.Text)))
        .table_valued("sku")
        .render_derived(name="wanted")
    )
    lines = (
        select(table)
        .where(table.c.sku == wanted.c.sku, table.c.recorded_until.is_(None))
        .order_by(*(table.c[name] for name in order))
        .limit(most)
        .lateral("line")
    )
    found: dict[str, list[Record]] = {}
    for row in (await tx.execute(select(lines).select_from(wanted.join(lines, sa.true())))).mappings():
        found.setdefault(row["sku"], []).append(row)
    return found


async def page_of_moves(
    tx: Tx, site_id: str, span: tuple[datetime, datetime], after: tuple[datetime, int] | None, most: int
) -> list[Record]:
    """At most `most` moves that occurred at the site within [from, to), oldest first."""
    move = tables.stock_move
    statement = (
        select(move)
        .where(move.c.site_id == site_id, move.c.occurred_at >= span[0], move.c.occurred_at < span[1])
        .order_by(move.c.occurred_at, move.c.move_id)
        .limit(most)
    )
    if after is not None:
        statement = statement.where(sa.tuple_(move.c.occurred_at, move.c.move_id) > sa.tuple_(*after))
    return list((await tx.execute(statement)).mappings())


async def page_of_worklist(tx: Tx, kind: str | None, after: int | None, most: int) -> list[Record]:
    """At most `most` matters, oldest first."""
    table = tables.worklist
    statement = select(table).order_by(table.c.worklist_id).limit(most)
    if kind is not None:
        statement = statement.where(table.c.kind == kind)
    if after is not None:
        statement = statement.where(table.c.worklist_id > after)
    return list((await tx.execute(statement)).mappings())
