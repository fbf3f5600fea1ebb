"""Mirrors of outside facts, every version kept: a change closes the old version and opens a new one.

A line that closes leaves a last version of quantity 0 that was never open, so that a word older than the
closing is known to be old, however late it comes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table, select, update
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import fact_tables
from datasources.store.bulk import copy
from datasources.store.tables import among

Values = dict[str, Any]
Key = tuple[object, ...]

VERSION_COLUMNS = frozenset({"version_id", "as_of", "stated_from", "recorded_from", "recorded_until"})


@dataclass(frozen=True, slots=True)
class Mirror:
    """A versioned table and what names one of its lines.

    `empty_closes`: a quantity of 0 closes the line. Only of such tables the closing is remembered.
    """

    table: Table
    key: tuple[str, ...]
    empty_closes: bool = True

    def key_of(self, row: Mapping[str, Any]) -> Key:
        return tuple(row[name] for name in self.key)

    def content_of(self, row: Mapping[str, Any]) -> Values:
        return {c.name: row[c.name] for c in self.table.columns if c.name not in VERSION_COLUMNS}


SUPPLY = Mirror(fact_tables.supply_line, ("source", "line_id"))
DEMAND = Mirror(fact_tables.demand_line, ("channel", "order_id", "line_id"))
HOLD = Mirror(fact_tables.hold, ("source", "hold_id"))
SAFETY_STOCK = Mirror(fact_tables.safety_stock, ("sku", "site_id", "starts"), empty_closes=False)
FORECAST = Mirror(fact_tables.forecast, ("source", "forecast_id"), empty_closes=False)
ALLOCATION = Mirror(fact_tables.allocation, ("source", "allocation_id"), empty_closes=False)
SUPPLIER = Mirror(fact_tables.supplier, ("sku", "site_id", "supplier"), empty_closes=False)
PRODUCTION = Mirror(fact_tables.production, ("sku", "site_id", "version"), empty_closes=False)
BILL = Mirror(fact_tables.bill, ("sku", "version", "component"), empty_closes=False)
CAPACITY = Mirror(fact_tables.capacity, ("sku", "site_id", "day", "order_id"))


@dataclass(slots=True)
class Lines:
    """Lines of one mirror being changed in memory: gathered with `learn`, changed, then written once.

    `open` is what is open now; `closed` the last version of lines that are known and not open.
    """

    mirror: Mirror
    open: dict[Key, Values] = field(default_factory=dict)
    closed: dict[Key, Values] = field(default_factory=dict)
    _stored: dict[Key, Values] = field(default_factory=dict)

    def learn(self, versions: Iterable[Values]) -> None:
        """These stored versions, each the newest of its line, are known. Learning twice changes nothing."""
        for version in versions:
            key = self.mirror.key_of(version)
            if key not in self._stored:
                self._stored[key] = version
                (self.open if version["recorded_until"] is None else self.closed)[key] = version

    def state(self, row: Values, as_of: datetime) -> bool:
        """The line is as this row says, or a newer word about it is known (False)."""
        key = self.mirror.key_of(row)
        known = self.open.get(key) or self.closed.get(key)
        if known is not None and known["as_of"] > as_of:
            return False
        if self.mirror.empty_closes and row["quantity"] == 0:
            self._close(key, row, as_of)
        else:
            self.closed.pop(key, None)
            self.open[key] = row | {"as_of": as_of}
        return True

    def close_others(self, stated: Iterable[Key], source: str, as_of: datetime) -> None:
        """The source's open lines that are not stated are closed, save those it has spoken of since."""
        kept = set(stated)
        for key, line in list(self.open.items()):
            if key not in kept and line["source"] == source and line["as_of"] <= as_of:
                self._close(key, line, as_of)

    def close(self, keys: Iterable[Key], source: str, as_of: datetime) -> None:
        """Those of these lines that are open and the source's are closed."""
        for key in keys:
            line = self.open.get(key)
            if line is not None and line["source"] == source:
                self._close(key, line, as_of)

    def _close(self, key: Key, row: Values, as_of: datetime) -> None:
        self.open.pop(key, None)
        self.closed[key] = self.mirror.content_of(row) | {"quantity": 0, "as_of": as_of}

    def changed(self) -> list[Key]:
        """The keys whose open content is not what the store has open."""
        keys = dict.fromkeys([*self._stored, *self.open])
        return [key for key in keys if self._differs(self.stored_open(key), self.open.get(key))]

    def stored_open(self, key: Key) -> Values | None:
        """The line's version that is open in the store, if one is."""
        stored = self._stored.get(key)
        return stored if stored is not None and stored["recorded_until"] is None else None

    def _differs(self, before: Values | None, now: Values | None) -> bool:
        if before is None or now is None:
            return before is not now
        return before is not now and self.mirror.content_of(before) != self.mirror.content_of(now)

    def touched(self) -> set[str]:
        """The items whose lines have changed, or were closed by the first word about them.

        Also the item that a closed line was of which is now of another: goods may be kept for it.
        """
        both = [line for key in self.changed() for line in (self._stored.get(key), self.open.get(key))]
        return {line["sku"] for line in (*both, *self._closing()) if line is not None}

    async def write(self, tx: AsyncConnection, recorded_at: datetime) -> int:
        """The changes are in the store; how many lines changed. A line as it was makes no new version."""
        changed = self.changed()
        closing = [stored for key in changed if (stored := self.stored_open(key)) is not None]
        await self._close_versions(tx, closing, recorded_at)
        opened = [self._version(self.open[key], recorded_at) for key in changed if key in self.open]
        await copy(tx, self.mirror.table, opened + self._last_versions(recorded_at))
        await self._confirm(tx, set(changed))
        return len(changed)

    def _version(self, line: Values, recorded_at: datetime, until: datetime | None = None) -> Values:
        recorded = {
            "as_of": line["as_of"],
            "stated_from": line["as_of"],
            "recorded_from": recorded_at,
            "recorded_until": until,
        }
        return self.mirror.content_of(line) | recorded

    def _last_versions(self, recorded_at: datetime) -> list[Values]:
        """Of each line that was not closed in the store: the version that remembers since when it is."""
        return [self._version(line, recorded_at, until=recorded_at) for line in self._closing()]

    def _closing(self) -> list[Values]:
        """The lines that are closed and were not in the store."""
        if not self.mirror.empty_closes:
            return []
        return [line for key, line in self.closed.items() if not self._is_stored_closed(key)]

    def _is_stored_closed(self, key: Key) -> bool:
        return key in self._stored and self.stored_open(key) is None

    async def _close_versions(
        self, tx: AsyncConnection, versions: Sequence[Values], recorded_at: datetime
    ) -> None:
        if versions:
            table = self.mirror.table
            chosen = among(table.c.version_id, [version["version_id"] for version in versions])
            await tx.execute(update(table).where(chosen).values(recorded_until=recorded_at))

    async def _confirm(self, tx: AsyncConnection, changed: set[Key]) -> None:
        """Lines stated again as they were keep their version, which is now known as of the newer word."""
        same = [(stored, self._now(key)) for key, stored in self._stored.items() if key not in changed]
        confirmed = [
            (stored["version_id"], now["as_of"]) for stored, now in same if now["as_of"] > stored["as_of"]
        ]
        if confirmed:
            ids, instants = zip(*confirmed, strict=True)
            statement = sa.text(CONFIRM.format(table=self.mirror.table.name))
            await tx.execute(statement, {"ids": list(ids), "instants": list(instants)})

    def _now(self, key: Key) -> Values:
        return self.open.get(key) or self.closed[key]


CONFIRM = """
UPDATE {table} AS line SET as_of = newer.as_of
FROM unnest(CAST(:ids AS bigint[]), CAST(:instants AS timestamptz[])) AS newer(version_id, as_of)
WHERE line.version_id = newer.version_id
"""


async def newest(tx: AsyncConnection, mirror: Mirror, keys: Iterable[Key]) -> list[Values]:
    """The newest version, open or closed, of each of these lines that was ever known."""
    asked = sorted(set(keys), key=repr)
    if not asked:
        return []
    table = mirror.table
    columns = [table.c[name] for name in mirror.key]
    named = [sa.literal([key[at] for key in asked], ARRAY(c.type)) for at, c in enumerate(columns)]
    wanted = sa.func.unnest(*named).table_valued(*mirror.key, name="wanted").render_derived()
    same = sa.and_(*(column == wanted.c[column.name] for column in columns))
    return await _fetch(tx, _newest(mirror, select(table).join(wanted, same)))


def _newest(mirror: Mirror, chosen: sa.Select[Any]) -> sa.Select[Any]:
    """Of the versions chosen, the newest of each line."""
    columns = [mirror.table.c[name] for name in mirror.key]
    return chosen.ext(distinct_on(*columns)).order_by(*columns, mirror.table.c.version_id.desc())


async def newest_named(tx: AsyncConnection, mirror: Mirror, line_ids: Iterable[str]) -> list[Values]:
    """The newest version of each line with one of these line ids, whoever reports it."""
    named = sorted(set(line_ids))
    if not named:
        return []
    chosen = select(mirror.table).where(among(mirror.table.c.line_id, named))
    return await _fetch(tx, _newest(mirror, chosen))


async def open_lines_of_source(tx: AsyncConnection, mirror: Mirror, source: str) -> list[Values]:
    """Every open line of a source."""
    table = mirror.table
    return await _fetch(tx, select(table).where(table.c.recorded_until.is_(None), table.c.source == source))


async def items_of_source(tx: AsyncConnection, mirror: Mirror, source: str) -> set[str]:
    """The items of a source's open lines."""
    table = mirror.table
    chosen = select(table.c.sku).distinct().where(table.c.recorded_until.is_(None), table.c.source == source)
    return set((await tx.execute(chosen)).scalars())


async def open_lines_of_items(tx: AsyncConnection, mirror: Mirror, skus: Iterable[str]) -> list[Values]:
    """Every open line of these items, whoever reports it."""
    chosen = sorted(set(skus))
    if not chosen:
        return []
    table = mirror.table
    return await _fetch(tx, select(table).where(table.c.recorded_until.is_(None), among(table.c.sku, chosen)))


async def _fetch(tx: AsyncConnection, statement: sa.Select[Any]) -> list[Values]:
    return [
        {str(name): value for name, value in row.items()} for row in (await tx.execute(statement)).mappings()
    ]
