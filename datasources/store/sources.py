"""What the store knows of its sources: which owns what, when each last spoke, and what it calls our items."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import tables
from datasources.store.tables import among


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a source's item code means: our sku, and how many base units one of its units is."""

    sku: str
    precision: int
    factor: Fraction


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A source's words: (code, unit) to meaning. Our own skus and units are understood from everyone."""

    source: str
    meanings: Mapping[tuple[str, str], Meaning]

    def names(self) -> Iterable[str]:
        return (code for code, _ in self.meanings)


async def vocabulary(tx: AsyncConnection, source: str, codes: Sequence[str] | None = None) -> Vocabulary:
    """The source's words, or only those for `codes`."""
    item, alias = tables.item, tables.alias
    items = select(item.c.sku, item.c.unit, item.c.precision)
    aliases = (
        select(alias, item.c.precision).join(item, item.c.sku == alias.c.sku).where(alias.c.source == source)
    )
    if codes is not None:
        items, aliases = items.where(among(item.c.sku, codes)), aliases.where(among(alias.c.code, codes))
    meanings: dict[tuple[str, str], Meaning] = {}
    for row in await tx.execute(items):
        meaning = Meaning(row.sku, row.precision, Fraction(1))
        meanings |= {(row.sku, ""): meaning, (row.sku, row.unit): meaning}
    for row in await tx.execute(aliases):
        meanings[row.code, row.unit] = Meaning(
            row.sku, row.precision, Fraction(row.numerator, row.denominator)
        )
    return Vocabulary(source, meanings)


async def codes_like(tx: AsyncConnection, source: str, most: int = 5_000) -> list[str]:
    """Names an unknown code of this source may have meant: its aliases first, then skus, at most `most`."""
    aliases = await tx.execute(select(tables.alias.c.code).where(tables.alias.c.source == source).limit(most))
    skus = await tx.execute(select(tables.item.c.sku).limit(most))
    return [*aliases.scalars(), *skus.scalars()]


async def owners(tx: AsyncConnection) -> dict[tuple[str, str], str]:
    """The owning source of each (site, kind of fact) that has one."""
    rows = await tx.execute(select(tables.owner))
    return {(row.site_id, row.kind): row.source for row in rows}


async def claim(tx: AsyncConnection, source: str, claims: Iterable[tuple[str, str]]) -> None:
    """Each (site, kind) not owned yet is the source's."""
    rows = [{"site_id": site_id, "kind": kind, "source": source} for site_id, kind in sorted(set(claims))]
    if rows:
        await tx.execute(insert(tables.owner).on_conflict_do_nothing(), rows)


async def heard(tx: AsyncConnection, source: str, kinds: Iterable[str], as_of: datetime) -> None:
    """The source has spoken of these kinds as of this instant; an older word never replaces a newer one."""
    rows = [{"source": source, "kind": kind, "as_of": as_of} for kind in sorted(set(kinds))]
    if rows:
        table = tables.watermark
        statement = insert(table)
        newest = func.greatest(table.c.as_of, statement.excluded.as_of)
        await tx.execute(
            statement.on_conflict_do_update(index_elements=["source", "kind"], set_={"as_of": newest}), rows
        )
