"""What else may be sent for an item: substitutes and successors, as stated, and as cells of a profile."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import fact_tables
from datasources.store.catalogue import upsert
from datasources.store.tables import among
from rules.model import Other, Profile, Successor

OthersOf = tuple[tuple[Other, ...], Successor | None]
NONE: OthersOf = ((), None)


async def put_substitutes(
    tx: AsyncConnection, stated: Mapping[tuple[str, str], tuple[Fraction, int, int]]
) -> set[str]:
    """Each (item, other) has this ratio, pack and turn, a ratio of 0 being none; the items changed by it."""
    rows = [
        {"sku": sku, "other": other, "ratio": str(ratio), "pack": pack, "turn": turn}
        for (sku, other), (ratio, pack, turn) in stated.items()
        if ratio
    ]
    changed = {row["sku"] for row in await upsert(tx, fact_tables.substitute, rows)}
    gone = sorted(pair for pair, (ratio, _, _) in stated.items() if not ratio)
    if gone:
        table = fact_tables.substitute
        named = sa.tuple_(table.c.sku, table.c.other).in_(gone)
        changed |= set((await tx.execute(delete(table).where(named).returning(table.c.sku))).scalars())
    return changed


async def put_successors(tx: AsyncConnection, stated: Mapping[str, Successor | None]) -> set[str]:
    """Each item is superseded so, or by nothing; the items that have changed."""
    rows = [
        {"sku": sku, "successor": said.by, "use_up": said.use_up}
        for sku, said in stated.items()
        if said is not None
    ]
    changed = {row["sku"] for row in await upsert(tx, fact_tables.superseded, rows)}
    gone = sorted(sku for sku, said in stated.items() if said is None)
    if gone:
        table = fact_tables.superseded
        named = delete(table).where(table.c.sku.in_(gone)).returning(table.c.sku)
        changed |= set((await tx.execute(named)).scalars())
    return changed


async def all_successors(tx: AsyncConnection) -> dict[str, Successor]:
    """What took the place of each item that is superseded."""
    rows = await tx.execute(select(fact_tables.superseded))
    return {row.sku: Successor(row.successor, row.use_up) for row in rows}


async def of_items(tx: AsyncConnection, skus: Iterable[str]) -> dict[str, OthersOf]:
    """What else may be sent for each of these items, in turn; those without are left out."""
    chosen = sorted(set(skus))
    table = fact_tables.substitute
    found = select(table).where(among(table.c.sku, chosen)).order_by(table.c.sku, table.c.turn, table.c.other)
    others: dict[str, list[Other]] = {}
    for row in await tx.execute(found):
        others.setdefault(row.sku, []).append(Other(row.other, Fraction(row.ratio), row.pack))
    successor = fact_tables.superseded
    rows = await tx.execute(select(successor).where(among(successor.c.sku, chosen)))
    by = {row.sku: Successor(row.successor, row.use_up) for row in rows}
    return {sku: (tuple(others.get(sku, ())), by.get(sku)) for sku in sorted({*others, *by})}


def encode(profile: Profile) -> dict[str, list[Any]]:
    """The others as cells, without those there are none of."""
    cells: dict[str, list[Any]] = {}
    if profile.instead:
        cells["instead"] = [[other.sku, str(other.ratio), other.pack] for other in profile.instead]
    if profile.superseded is not None:
        cells["superseded"] = [profile.superseded.by, profile.superseded.use_up]
    return cells


def decode(cells: Mapping[str, Sequence[Any]]) -> OthersOf:
    """The others that `encode` wrote."""
    instead = tuple(Other(sku, Fraction(ratio), pack) for sku, ratio, pack in cells.get("instead", ()))
    successor = cells.get("superseded")
    return instead, None if successor is None else Successor(*successor)
