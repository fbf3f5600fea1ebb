"""What the store knows of its sources: which owns what, when each last spoke, and what it calls our items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import catalogue, clock, tables
from datasources.store.tables import among
from datasources.store.unit import Contended


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
    by_code: Mapping[str, Mapping[str, Meaning]] = field(init=False)
    """The same, as code to unit to meaning."""

    def __post_init__(self) -> None:
        by_code: dict[str, dict[str, Meaning]] = {}
        for (code, unit), meaning in self.meanings.items():
            by_code.setdefault(code, {})[unit] = meaning
        object.__setattr__(self, "by_code", by_code)


async def vocabulary(
    tx: AsyncConnection, source: str, codes: Sequence[str] | None = None, skus: Sequence[str] = ()
) -> Vocabulary:
    """The source's words, or only those for `codes` and those that mean one of `skus`."""
    item, alias = tables.item, tables.alias
    items = select(item.c.sku, item.c.unit, item.c.precision)
    aliases = (
        select(alias, item.c.precision).join(item, item.c.sku == alias.c.sku).where(alias.c.source == source)
    )
    if codes is not None:
        items = items.where(among(item.c.sku, [*codes, *skus]))
        aliases = aliases.where(among(alias.c.code, codes) | among(alias.c.sku, skus))
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


async def claim(tx: AsyncConnection, claims: Mapping[tuple[str, str], str]) -> None:
    """Each (site, kind) is the source's that claims it. Raises Contended where another was quicker."""
    if not claims:
        return
    rows = [{"site_id": site, "kind": kind, "source": claims[site, kind]} for site, kind in sorted(claims)]
    added = await tx.execute(insert(tables.owner).on_conflict_do_nothing(), rows)
    if added.rowcount:
        await catalogue.refresh(tx)
    now_owned = await owners(tx)
    if any(now_owned[key] != source for key, source in claims.items()):
        raise Contended


async def heard(tx: AsyncConnection, words: Mapping[tuple[str, str], datetime]) -> None:
    """Each (source, kind) has spoken now, as of its instant; an older word never replaces a newer one.

    These rows are shared by all who write, so they come last in a transaction, and in key order.
    """
    if words:
        now = await clock.now(tx)
        rows = [
            {"source": s, "kind": kind, "as_of": words[s, kind], "heard_at": max(now, words[s, kind])}
            for s, kind in sorted(words)
        ]
        table = tables.watermark
        statement = insert(table)
        newest = {
            name: func.greatest(table.c[name], statement.excluded[name]) for name in ("as_of", "heard_at")
        }
        await tx.execute(
            statement.on_conflict_do_update(index_elements=["source", "kind"], set_=newest), rows
        )


async def heard_of(tx: AsyncConnection) -> set[str]:
    """The sources that have spoken at all."""
    return set((await tx.execute(select(tables.watermark.c.source).distinct())).scalars())
