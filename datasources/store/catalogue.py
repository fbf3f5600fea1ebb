"""Items, aliases, sites, channels, calendars and settings, and the set-up that decisions rest on."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import date

import orjson
from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.facts import (
    AliasFact,
    CalendarFact,
    ChannelFact,
    ItemFact,
    PolicyFact,
    SiteFact,
)
from datasources.store import tables
from rules.model import Calendar, Channel, Policy, Setup, Site


async def upsert(tx: AsyncConnection, table: Table, rows: list[dict[str, object]]) -> None:
    """Each row is in the table under its primary key."""
    if not rows:
        return
    key = [column.name for column in table.primary_key]
    statement = insert(table)
    changing = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in key}
    changed = None
    for name, excluded in changing.items():
        differs = table.c[name].is_distinct_from(excluded)
        changed = differs if changed is None else changed | differs
    statement = statement.on_conflict_do_update(index_elements=key, set_=changing, where=changed)
    await tx.execute(statement, rows)


async def put_items(tx: AsyncConnection, items: Iterable[ItemFact]) -> None:
    rows = [asdict(item) | {"attributes": dict(item.attributes)} for item in items]
    await upsert(tx, tables.item, rows)


async def put_aliases(tx: AsyncConnection, source: str, aliases: Iterable[AliasFact]) -> None:
    rows: list[dict[str, object]] = [
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
    rows: list[dict[str, object]] = [
        {"name": c.name, "open_weekdays": list(c.open_weekdays), "closed": list(c.closed)} for c in calendars
    ]
    await upsert(tx, tables.calendar, rows)


async def put_sites(tx: AsyncConnection, sites: Iterable[SiteFact]) -> None:
    await upsert(tx, tables.site, [asdict(site) for site in sites])


async def put_channels(tx: AsyncConnection, channels: Iterable[ChannelFact]) -> None:
    await upsert(tx, tables.channel, [asdict(channel) for channel in channels])


async def put_settings(tx: AsyncConnection, settings: Iterable[PolicyFact]) -> None:
    await upsert(tx, tables.setting, [{"name": s.name, "value": s.value} for s in settings])


async def refresh(tx: AsyncConnection) -> str:
    """The set-up in force is what the tables now say; its hash. Unchanged tables keep the hash."""
    content = await _content(tx)
    setup_hash = hashlib.sha256(content).hexdigest()
    await tx.execute(
        insert(tables.setup).on_conflict_do_nothing(), {"setup_hash": setup_hash, "content": content.decode()}
    )
    await upsert(tx, tables.catalogue, [{"one_row": True, "setup_hash": setup_hash}])
    return setup_hash


async def _content(tx: AsyncConnection) -> bytes:
    async def rows(table: Table) -> list[dict[str, object]]:
        found = await tx.execute(select(table).order_by(*table.primary_key))
        return [{str(name): value for name, value in row.items()} for row in found.mappings()]

    content = {
        "calendars": await rows(tables.calendar),
        "sites": await rows(tables.site),
        "channels": await rows(tables.channel),
        "policy": {row["name"]: row["value"] for row in await rows(tables.setting)},
    }
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def read_setup(setup_hash: str, content: str) -> Setup:
    """The set-up of that content. Settings it does not name have `Policy`'s defaults."""
    parts = orjson.loads(content)
    return Setup(
        setup_hash=setup_hash,
        sites={row["site_id"]: Site(**row) for row in parts["sites"]},
        channels={row["code"]: Channel(**row) for row in parts["channels"]},
        calendars={row["name"]: _calendar(row) for row in parts["calendars"]},
        policy=policy(parts["policy"]),
    )


def policy(settings: dict[str, object]) -> Policy:
    """The policy of these settings. Raises KeyError for a setting that does not exist."""
    known = {field.name for field in fields(Policy)}
    unknown = sorted(set(settings) - known)
    if unknown:
        raise KeyError(f"No setting is called {unknown[0]!r}. Known: {', '.join(sorted(known))}.")
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}
    return Policy(**values)  # type: ignore[arg-type]  # checked by the connector that read them


def _calendar(row: dict[str, object]) -> Calendar:
    weekdays, closed = row["open_weekdays"], row["closed"]
    assert isinstance(weekdays, list)
    assert isinstance(closed, list)
    return Calendar(
        str(row["name"]), frozenset(weekdays), frozenset(date.fromisoformat(day) for day in closed)
    )


async def current(tx: AsyncConnection) -> Setup:
    """The set-up in force."""
    joined = tables.catalogue.join(tables.setup, tables.setup.c.setup_hash == tables.catalogue.c.setup_hash)
    row = (await tx.execute(select(tables.setup).select_from(joined))).one()
    return read_setup(row.setup_hash, row.content)


async def items_without_profile(tx: AsyncConnection) -> set[str]:
    """Items nobody has asked about or moved yet."""
    joined = tables.item.outerjoin(tables.profile, tables.profile.c.sku == tables.item.c.sku)
    rows = await tx.execute(
        select(tables.item.c.sku).select_from(joined).where(tables.profile.c.sku.is_(None))
    )
    return set(rows.scalars())


async def put_lots(tx: AsyncConnection, lots: list[dict[str, object]]) -> None:
    await upsert(tx, tables.lot, lots)
