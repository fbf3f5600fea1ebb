"""Items, aliases, sites, channels and calendars, and the set-up that decisions rest on."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.facts import (
    AliasFact,
    CalendarFact,
    ChannelFact,
    DestinationFact,
    ItemFact,
    SiteFact,
)
from datasources.store import tables
from rules.company import EVERY_DAY, Calendar, Channel, Company, Destination, Lane, Site


async def upsert(tx: AsyncConnection, table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each row is in the table under its primary key; those that were not, or were otherwise."""
    if not rows:
        return []
    key = [column.name for column in table.primary_key]
    columns = [table.c[name] for name in rows[0]]
    known = {
        tuple(row[name] for name in key): dict(row) for row in (await tx.execute(select(*columns))).mappings()
    }
    changed = [row for row in rows if known.get(tuple(row[name] for name in key)) != row]
    if changed:
        statement = insert(table)
        others = {name: statement.excluded[name] for name in rows[0] if name not in key}
        statement = statement.on_conflict_do_update(index_elements=key, set_=others)
        await tx.execute(statement, changed)
    return changed


async def put_items(tx: AsyncConnection, items: Iterable[ItemFact]) -> set[str]:
    """The items are in the master; the skus of those that were not, or were otherwise."""
    rows = [asdict(item) | {"attributes": dict(item.attributes)} for item in items]
    return {row["sku"] for row in await upsert(tx, tables.item, rows)}


async def put_aliases(tx: AsyncConnection, source: str, aliases: Iterable[AliasFact]) -> None:
    rows = [
        {
            "source": source,
            "code": alias.code,
            "unit": alias.unit,
            "sku": alias.sku,
            "numerator": alias.factor.numerator,
            "denominator": alias.factor.denominator,
        }
        for alias in aliases
    ]
    await upsert(tx, tables.alias, rows)


async def put_calendars(tx: AsyncConnection, calendars: Iterable[CalendarFact]) -> None:
    rows = [
        {"name": c.name, "open_weekdays": list(c.open_weekdays), "closed": list(c.closed)} for c in calendars
    ]
    await upsert(tx, tables.calendar, rows)


async def put_sites(tx: AsyncConnection, sites: Iterable[SiteFact]) -> None:
    await upsert(tx, tables.site, [asdict(site) for site in sites])


async def put_destinations(tx: AsyncConnection, destinations: Iterable[DestinationFact]) -> None:
    await upsert(tx, tables.destination, [asdict(destination) for destination in destinations])


LaneKey = tuple[str, str, str]
"""A lane's origin, destination and service."""


async def lanes(tx: AsyncConnection) -> dict[LaneKey, str]:
    """Every lane, with the source that states it."""
    named = select(
        tables.lane.c.origin, tables.lane.c.destination, tables.lane.c.service, tables.lane.c.source
    )
    return {(row.origin, row.destination, row.service): row.source for row in await tx.execute(named)}


async def put_lanes(tx: AsyncConnection, rows: list[dict[str, Any]], gone: Iterable[LaneKey]) -> None:
    """The lanes are as in `rows`; those `gone` are no more."""
    await upsert(tx, tables.lane, rows)
    keys = [{"from": origin, "to": destination, "by": service} for origin, destination, service in gone]
    if keys:
        lane = tables.lane.c
        its = zip((lane.origin, lane.destination, lane.service), ("from", "to", "by"), strict=True)
        named = [column == sa.bindparam(name) for column, name in its]
        await tx.execute(sa.delete(tables.lane).where(*named), keys)


async def destinations(tx: AsyncConnection) -> set[str]:
    """The codes of every destination."""
    return set((await tx.execute(select(tables.destination.c.code))).scalars())


async def sites(tx: AsyncConnection) -> set[str]:
    """The ids of every site."""
    return set((await tx.execute(select(tables.site.c.site_id))).scalars())


async def put_channels(tx: AsyncConnection, channels: Iterable[ChannelFact]) -> None:
    await upsert(tx, tables.channel, [asdict(channel) for channel in channels])


async def refresh(tx: AsyncConnection) -> str:
    """The set-up in force is what the tables now say; its hash. Unchanged tables keep the hash."""
    content = await _content(tx)
    setup_hash = hashlib.sha256(content).hexdigest()
    await tx.execute(
        insert(tables.setup).on_conflict_do_nothing(), {"setup_hash": setup_hash, "content": content.decode()}
    )
    if (await tx.execute(select(tables.catalogue.c.setup_hash))).scalar() != setup_hash:
        await upsert(tx, tables.catalogue, [{"one_row": True, "setup_hash": setup_hash}])
        since = sa.select(sa.func.earmark_now(), sa.literal(setup_hash))
        columns = ["recorded_from", "setup_hash"]
        await tx.execute(insert(tables.setup_version).from_select(columns, since).on_conflict_do_nothing())
    return setup_hash


async def _content(tx: AsyncConnection) -> bytes:
    async def rows(table: Table) -> list[dict[str, Any]]:
        found = await tx.execute(select(table).order_by(*table.primary_key))
        return [{str(name): value for name, value in row.items()} for row in found.mappings()]

    content = {
        "calendars": await rows(tables.calendar),
        "sites": await rows(tables.site),
        "channels": await rows(tables.channel),
        "destinations": await rows(tables.destination),
        "lanes": [[row[name] for name in LANE] for row in await rows(tables.lane)],
        "owners": {
            row["site_id"]: row["source"] for row in await rows(tables.owner) if row["kind"] == "stock"
        },
    }
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


LANE = ("origin", "destination", "service", "calendar", "transit_days", "transit_hours", "departs", "cost")
"""A lane's cells in a set-up."""


def read_company(setup_hash: str, content: str) -> Company:
    """The company of that content. What older contents did not know of is not there."""
    parts = orjson.loads(content)
    calendars = {row["name"]: _calendar(row) for row in parts["calendars"]}
    return Company(
        setup_hash=setup_hash,
        sites={row["site_id"]: Site(**row) for row in parts["sites"]},
        channels={row["code"]: Channel(**row) for row in parts["channels"]},
        calendars=calendars,
        owners=parts.get("owners", {}),
        destinations={row["code"]: Destination(**row) for row in parts.get("destinations", ())},
        lanes=tuple(_lane(row, calendars) for row in sorted(parts.get("lanes", ()))),
    )


def _lane(cells: Sequence[Any], calendars: Mapping[str, Calendar]) -> Lane:
    origin, destination, service, calendar, *transit = cells
    return Lane(origin, destination, service, calendars.get(calendar, EVERY_DAY), *transit)


def _calendar(row: Mapping[str, Any]) -> Calendar:
    closed = frozenset(date.fromisoformat(day) for day in row["closed"])
    return Calendar(row["name"], frozenset(row["open_weekdays"]), closed)


async def in_force(tx: AsyncConnection) -> str | None:
    """The hash of the set-up as it is now; None where there is none yet."""
    return (await tx.execute(select(tables.catalogue.c.setup_hash))).scalar()


async def current(tx: AsyncConnection) -> Company:
    """The company as it is now."""
    joined = tables.catalogue.join(tables.setup, tables.setup.c.setup_hash == tables.catalogue.c.setup_hash)
    row = (await tx.execute(select(tables.setup).select_from(joined))).one()
    return read_company(row.setup_hash, row.content)


async def items_without_profile(tx: AsyncConnection) -> set[str]:
    """Items nobody has asked about or moved yet."""
    joined = tables.item.outerjoin(tables.profile, tables.profile.c.sku == tables.item.c.sku)
    rows = await tx.execute(
        select(tables.item.c.sku).select_from(joined).where(tables.profile.c.sku.is_(None))
    )
    return set(rows.scalars())


async def put_lots(tx: AsyncConnection, lots: list[dict[str, Any]]) -> set[str]:
    """The lots are known; the skus of those that were not, or had another date."""
    return {lot["sku"] for lot in await upsert(tx, tables.lot, lots)}


async def measured_in(tx: AsyncConnection, sku: str) -> tuple[str, int]:
    """The item's base unit and its precision; no unit where nobody knows the item."""
    columns = select(tables.item.c.unit, tables.item.c.precision).where(tables.item.c.sku == sku)
    row = (await tx.execute(columns)).one_or_none()
    return ("", 0) if row is None else (row.unit, row.precision)


async def precisions(tx: AsyncConnection) -> dict[str, int]:
    """The precision of every item."""
    rows = await tx.execute(select(tables.item.c.sku, tables.item.c.precision))
    return {row.sku: row.precision for row in rows}


async def calendars(tx: AsyncConnection) -> set[str]:
    """The names of every calendar."""
    return set((await tx.execute(select(tables.calendar.c.name))).scalars())
