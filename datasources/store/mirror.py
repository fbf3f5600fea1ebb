"""Mirrors of outside facts, every version kept: a change closes the old version and opens a new one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import tables
from datasources.store.tables import among

Values = dict[str, object]
Key = tuple[object, ...]

VERSION_COLUMNS = frozenset({"version_id", "as_of", "recorded_from", "recorded_until"})


@dataclass(frozen=True, slots=True)
class Mirror:
    """A versioned table and what names one of its lines. `empty_closes`: a quantity of 0 closes the line."""

    table: Table
    key: tuple[str, ...]
    empty_closes: bool = True

    def key_of(self, row: Mapping[str, object]) -> Key:
        return tuple(row[name] for name in self.key)

    def content_of(self, row: Mapping[str, object]) -> Values:
        return {c.name: row[c.name] for c in self.table.columns if c.name not in VERSION_COLUMNS}


SUPPLY = Mirror(tables.supply_line, ("source", "line_id"))
DEMAND = Mirror(tables.demand_line, ("channel", "order_id", "line_id"))
HOLD = Mirror(tables.hold, ("source", "hold_id"))
FORECAST = Mirror(tables.forecast, ("source", "forecast_id"), empty_closes=False)
ALLOCATION = Mirror(tables.allocation, ("source", "allocation_id"), empty_closes=False)


@dataclass(frozen=True, slots=True)
class Change:
    """What recording did: the items touched and the keys of rows older than what was known, which changed nothing."""

    skus: frozenset[str]
    changed: int
    stale: frozenset[Key]


async def open_lines(tx: AsyncConnection, mirror: Mirror, keys: Sequence[Key]) -> dict[Key, Values]:
    """The open version of each key that has one."""
    if not keys:
        return {}
    columns = tuple_(*(mirror.table.c[name] for name in mirror.key))
    found: dict[Key, Values] = {}
    for start in range(0, len(keys), 5000):
        rows = await tx.execute(_open(mirror).where(columns.in_(keys[start : start + 5000])))
        found |= {mirror.key_of(row): dict(row) for row in rows.mappings()}
    return found


async def open_lines_of(tx: AsyncConnection, mirror: Mirror, source: str) -> dict[Key, Values]:
    """Every open line of a source, by key."""
    rows = await tx.execute(_open(mirror).where(mirror.table.c.source == source))
    return {mirror.key_of(row): dict(row) for row in rows.mappings()}


async def open_lines_at(tx: AsyncConnection, mirror: Mirror, sku: str, site_id: str) -> list[Values]:
    """The open supply or demand lines of one item at one site, oldest day first."""
    table = mirror.table
    day = table.c.due if "due" in table.c else table.c.needed_on
    at = _open(mirror).where(table.c.sku == sku, table.c.site_id == site_id)
    rows = await tx.execute(at.order_by(day, *(table.c[name] for name in mirror.key)))
    return [dict(row) for row in rows.mappings()]


def as_of(line: Values) -> datetime:
    """When the source said so."""
    instant = line["as_of"]
    assert isinstance(instant, datetime)
    return instant


def _open(mirror: Mirror):  # type: ignore[no-untyped-def]  # noqa: ANN202  # SQLAlchemy's own generic
    return select(mirror.table).where(mirror.table.c.recorded_until.is_(None))


async def record(
    tx: AsyncConnection,
    mirror: Mirror,
    stated: Iterable[Values],
    known: Mapping[Key, Values],
    *,
    complete: bool,
    times: tuple[datetime, datetime],
) -> Change:
    """The lines are as stated. `known` holds the open versions they may replace; `times` is (as of, recorded at).

    With `complete`, every known line not stated is closed. A line as it was makes no new version. A statement older
    than what is known changes nothing and is named in `stale`.
    """
    stated_as_of, recorded_at = times
    opened: dict[Key, Values] = {}
    closed: set[Key] = set()
    stale: set[Key] = set()
    rows = {mirror.key_of(row): row for row in stated}
    for key, row in rows.items():
        before = known.get(key)
        if before is not None and mirror.content_of(before) == mirror.content_of(row):
            continue
        if before is not None and as_of(before) > stated_as_of:
            stale.add(key)
            continue
        if before is not None:
            closed.add(key)
        if not (mirror.empty_closes and row["quantity"] == 0):
            opened[key] = row
    if complete:
        closed |= set(known) - set(rows)
    await _close(tx, mirror, [known[key] for key in closed], recorded_at)
    await _open_versions(tx, mirror, opened.values(), stated_as_of, recorded_at)
    touched = {str(known[key]["sku"]) for key in closed} | {str(row["sku"]) for row in opened.values()}
    return Change(frozenset(touched), len(closed | set(opened)), frozenset(stale))


async def _close(tx: AsyncConnection, mirror: Mirror, versions: list[Values], recorded_at: datetime) -> None:
    ids = [version["version_id"] for version in versions]
    if ids:
        chosen = among(mirror.table.c.version_id, ids)
        await tx.execute(update(mirror.table).where(chosen).values(recorded_until=recorded_at))


async def _open_versions(
    tx: AsyncConnection, mirror: Mirror, rows: Iterable[Values], stated_as_of: datetime, recorded_at: datetime
) -> None:
    versions = [row | {"as_of": stated_as_of, "recorded_from": recorded_at} for row in rows]
    if versions:
        await tx.execute(mirror.table.insert(), versions)
