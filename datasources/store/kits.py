"""Kits and what they are put together from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import tables
from datasources.store.catalogue import upsert
from datasources.store.tables import among


@dataclass(frozen=True, slots=True)
class Take:
    """One `kit` takes `per` smallest units of `component`."""

    kit: str
    component: str
    per: int


async def put_kits(tx: AsyncConnection, stated: Mapping[tuple[str, str], int]) -> set[str]:
    """Each (kit, component) takes what is stated, 0 being nothing; the items that have changed by it."""
    rows = [
        {"kit": kit, "component": component, "per": per} for (kit, component), per in stated.items() if per
    ]
    changed = {(row["kit"], row["component"]) for row in await upsert(tx, tables.kit, rows)}
    changed |= await _drop(tx, sorted(pair for pair, per in stated.items() if not per))
    return {sku for pair in changed for sku in pair}


async def _drop(tx: AsyncConnection, pairs: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    if not pairs:
        return set()
    table = tables.kit
    named = sa.tuple_(table.c.kit, table.c.component).in_(pairs)
    gone = await tx.execute(delete(table).where(named).returning(table.c.kit, table.c.component))
    return {(row.kit, row.component) for row in gone}


async def components_of(tx: AsyncConnection, skus: Iterable[str]) -> set[str]:
    """The components of those of the items that are kits."""
    return {take.component for take in await takes_of(tx, kits=skus)}


async def takes_of(
    tx: AsyncConnection, *, kits: Iterable[str] = (), components: Iterable[str] = ()
) -> list[Take]:
    """What these kits take, and what any kit takes of these components, by kit and component."""
    table, chosen, parts = tables.kit, sorted(set(kits)), sorted(set(components))
    if not chosen and not parts:
        return []
    named = among(table.c.kit, chosen) | among(table.c.component, parts)
    rows = await tx.execute(select(table).where(named).order_by(table.c.kit, table.c.component))
    return [Take(row.kit, row.component, row.per) for row in rows]


async def all_takes(tx: AsyncConnection) -> list[Take]:
    """What every kit takes."""
    rows = await tx.execute(select(tables.kit))
    return [Take(row.kit, row.component, row.per) for row in rows]
