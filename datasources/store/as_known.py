"""Two axes of time: what was so at an instant, and what we knew at one.

A late or back-dated event shifts what was so, never what we knew. Both are read from the ledger and the
versions, with nothing kept for it beside them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import Row, Table, select
from sqlalchemy.dialects.postgresql import distinct_on

from datasources.store import arrivals, catalogue, kits, live, rulebooks, shelf, slots, tables, terms
from datasources.store.live import Kept
from datasources.store.mirror import (
    BILL,
    CAPACITY,
    DEMAND,
    HOLD,
    PRODUCTION,
    SAFETY_STOCK,
    SUPPLIER,
    SUPPLY,
    Mirror,
)
from datasources.store.profiles import Read, compose, encode
from datasources.store.snapshot import Snapshot, read_watermarks
from datasources.store.tables import among
from datasources.store.unit import Store, Tx
from rules.choices import setup_of
from rules.company import Company
from rules.model import Profile
from rules.position import prepare, together
from rules.terms import LEVELS_MAX, NO_TERMS, made_from


@dataclass(frozen=True, slots=True)
class Moment:
    """`at`: as things were then (None: as they are); `known`: by what we knew then (None: all we know)."""

    at: datetime | None = None
    known: datetime | None = None


async def snapshot_at(store: Store, skus: Sequence[str], moment: Moment) -> Snapshot:
    """What a decision at that moment rests on. Its sequences, below 0, name the moment, not a version.

    Raises StoreUnavailable.
    """
    async with store.reading() as tx:
        asked = sorted({*skus, *await kits.components_of(tx, skus)})
        now, company = await now_at(tx, moment), await company_at(tx, moment.known)
        setup = setup_of(company, await shelf.book(store.pool, await rulebooks.in_force(tx, now)))
        profiles = await _with_what_they_take(tx, await profiles_at(tx, asked, moment), moment)
        watermarks = await _watermarks(tx, now)
        taken = await slots.counted_at(tx, now) if setup.choices.limits_orders() else {}
    ages = read_watermarks(watermarks)
    silent = setup.choices.silent(ages, now)
    return Snapshot(
        now=now,
        setup=setup,
        positions=together({sku: prepare(profile, setup, now, silent) for sku, profile in profiles.items()}),
        sequences=dict.fromkeys(profiles, -int(now.timestamp() * 1_000_000)),
        contents={sku: encode(profile) for sku, profile in profiles.items()},
        ages=ages,
        watermarks=watermarks,
        silent=silent,
        slots=taken,
    )


async def _with_what_they_take(tx: Tx, profiles: Mapping[str, Profile], moment: Moment) -> dict[str, Profile]:
    """The profiles, and those of all that making the items takes."""
    found, asked = dict(profiles), [profile.terms for profile in profiles.values()]
    for _ in range(LEVELS_MAX):
        taken = made_from(asked, lambda sku: found[sku].terms if sku in found else NO_TERMS)
        more = sorted({*taken} - found.keys())
        read = await profiles_at(tx, more, moment) if more else {}
        if not read:
            break
        found.update(read)
    return found


async def _watermarks(tx: Tx, now: datetime) -> str:
    """Of each source that had spoken by then: its last word, where it has not spoken since."""
    table = tables.watermark
    rows = await tx.execute(
        select(table).where(table.c.heard_at <= now).order_by(table.c.source, table.c.kind)
    )
    return orjson.dumps([[row.source, row.kind, row.as_of, row.heard_at] for row in rows]).decode()


async def profiles_at(tx: Tx, skus: Sequence[str], moment: Moment) -> dict[str, Profile]:
    """The profiles of the items that exist, at that moment. Kits are put together as they are now."""
    read: Read = {
        "positions": partial(_positions, tx, moment),
        "arrivals": partial(_arrivals, tx, moment),
        "holds": partial(_lines, tx, HOLD, moment),
        "receipts": partial(_lines, tx, SUPPLY, moment),
        "commitments": partial(_lines, tx, DEMAND, moment),
        "safety_stock": partial(_lines, tx, SAFETY_STOCK, moment),
        "suppliers": partial(_lines, tx, SUPPLIER, moment),
        "productions": partial(_lines, tx, PRODUCTION, moment),
        "bills": partial(_lines, tx, BILL, moment),
        "minutes": partial(_lines, tx, CAPACITY, moment),
        "ordered": partial(terms.ordered, tx, moment.known),
    }
    return await compose(tx, skus, read, partial(_kept, tx, moment))


async def company_at(tx: Tx, known: datetime | None) -> Company:
    """The company as it was then; the first there ever was, for an instant before it."""
    if known is None:
        return await catalogue.current(tx)
    version, setup = tables.setup_version, tables.setup
    before = (version.c.recorded_from <= known).desc()
    nearest = sa.case((version.c.recorded_from <= known, version.c.recorded_from)).desc().nulls_last()
    chosen = select(setup).join(version).order_by(before, nearest, version.c.recorded_from).limit(1)
    row = (await tx.execute(chosen)).one()
    return catalogue.read_company(row.setup_hash, row.content)


async def now_at(tx: Tx, moment: Moment) -> datetime:
    """The instant that is `now` at that moment, UTC: the earlier of both axes, or the clock's."""
    given = [instant for instant in (moment.at, moment.known) if instant is not None]
    clock: datetime = (await tx.execute(sa.text("SELECT earmark_now()"))).scalar_one()
    return min([*given, clock]).astimezone(UTC)


async def _positions(tx: Tx, moment: Moment, skus: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """Balances summed from the moves that had occurred, and that we knew of."""
    move, lot = tables.stock_move, tables.lot
    place = [move.c[name] for name in ("sku", "site_id", "status", "ownership", "lot", "bin")]
    total = sa.func.sum(move.c.quantity).cast(sa.BigInteger).label("quantity")
    sums = select(*place, total).where(among(move.c.sku, skus)).group_by(*place)
    sums = sums.where(*_by_then(moment))
    balance = sums.having(sa.func.sum(move.c.quantity) != 0).subquery("balance")
    joined = balance.outerjoin(lot, (lot.c.sku == balance.c.sku) & (lot.c.lot == balance.c.lot))
    rows = await tx.execute(select(balance, lot.c.usable_until).select_from(joined))
    return _by_sku(rows.all())


async def _arrivals(tx: Tx, moment: Moment, skus: Sequence[str]) -> arrivals.Came:
    return await arrivals.known_at(tx, skus, *_by_then(moment))


def _by_then(moment: Moment) -> list[sa.ColumnElement[bool]]:
    """Of moves that they had occurred, and that we knew of them."""
    move = tables.stock_move
    occurred = [] if moment.at is None else [move.c.occurred_at <= moment.at]
    known = [] if moment.known is None else [move.c.recorded_at <= moment.known]
    return [*occurred, *known]


async def _kept(tx: Tx, moment: Moment, skus: Sequence[str]) -> Kept:
    """What reservations kept then, from their moves, and the order lines they stood for."""
    instants = [instant for instant in (moment.at, moment.known) if instant is not None]
    if not instants:
        return await live.kept(tx, skus)
    return await live.kept_at(tx, skus, min(instants))


async def _lines(tx: Tx, mirror: Mirror, moment: Moment, skus: Sequence[str]) -> dict[str, list[Row[Any]]]:
    rows = (await tx.execute(_versions(mirror, skus, moment))).all()
    return _by_sku([row for row in rows if row.sku in set(skus) and _is_open(row, mirror, moment)])


def _is_open(row: Row[Any], mirror: Mirror, moment: Moment) -> bool:
    """Whether the newest version of a line says that it is open. Not every mirror remembers a closing."""
    if mirror.empty_closes:
        return bool(row.quantity != 0)
    return moment.at is None or row.recorded_until is None or row.recorded_until > moment.at


def _versions(mirror: Mirror, skus: Sequence[str], moment: Moment) -> sa.Select[Any]:
    """One version of each line: the one that was open then, or by what was stated then the newest."""
    table: Table = mirror.table
    chosen = select(table)
    if moment.known is not None:
        chosen = chosen.where(table.c.recorded_from <= moment.known)
    if moment.at is None:
        open_then: sa.ColumnElement[bool] = table.c.recorded_until.is_(None)
        if moment.known is not None:
            open_then = sa.or_(open_then, table.c.recorded_until > moment.known)
        return chosen.where(open_then, among(table.c.sku, skus))
    key = [table.c[name] for name in mirror.key]
    named = sa.tuple_(*key).in_(select(*key).where(among(table.c.sku, skus)))
    newest = chosen.where(named, table.c.stated_from <= moment.at).ext(distinct_on(*key))
    return newest.order_by(*key, table.c.stated_from.desc(), table.c.version_id.desc())


def _by_sku(rows: Sequence[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.sku, []).append(row)
    return found
