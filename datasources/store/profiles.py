"""Profiles: one compact row an item with all that bears on promising it. A cache of the truth, never edited.

On the row: JSON arrays without names, days as ordinals, lots and bins only where a hold or expiry needs them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import tables
from datasources.store.tables import among
from rules.model import Commitment, Hold, OnHand, Profile, Receipt, SiteStock

BATCH = 5_000
"""Items rebuilt at a time, so that a whole catalogue does not sit in memory at once."""


async def rebuild(tx: AsyncConnection, skus: Iterable[str]) -> int:
    """The items' profiles say what the ledger and the mirrors say; how many had to change.

    The profiles must be locked. An unchanged profile keeps its sequence, a changed one gets the next.
    """
    ordered = sorted(set(skus))
    changed = 0
    for start in range(0, len(ordered), BATCH):
        chosen = ordered[start : start + BATCH]
        contents = await _contents(tx, chosen)
        changed += (
            await tx.execute(
                text(
                    "UPDATE profile SET sequence = profile.sequence + 1, content = fresh.content"
                    " FROM unnest(CAST(:skus AS text[]), CAST(:contents AS text[])) AS fresh(sku, content)"
                    " WHERE profile.sku = fresh.sku AND profile.content IS DISTINCT FROM fresh.content"
                ),
                {"skus": list(contents), "contents": list(contents.values())},
            )
        ).rowcount
    return changed


async def _contents(tx: AsyncConnection, skus: Sequence[str]) -> dict[str, str]:
    parts = {
        "positions": await _positions(tx, skus),
        "holds": await _open(tx, tables.hold, skus, "hold_id"),
        "receipts": await _open(tx, tables.supply_line, skus, "line_id"),
        "commitments": await _open(tx, tables.demand_line, skus, "order_id", "line_id"),
    }
    return {sku: encode(profile) for sku, profile in (await compose(tx, skus, parts)).items()}


async def compose(
    tx: AsyncConnection, skus: Sequence[str], parts: Mapping[str, Mapping[str, list[Row[Any]]]]
) -> dict[str, Profile]:
    """The profiles of the items that exist, from rows by part (positions, holds, ...) and sku."""
    items = (await tx.execute(select(tables.item).where(among(tables.item.c.sku, skus)))).all()
    return {
        row.sku: _profile(row, {name: found.get(row.sku, []) for name, found in parts.items()})
        for row in items
    }


async def _positions(tx: AsyncConnection, skus: Sequence[str]) -> dict[str, list[Row[Any]]]:
    position, lot = tables.stock_position, tables.lot
    joined = position.outerjoin(lot, (lot.c.sku == position.c.sku) & (lot.c.lot == position.c.lot))
    statement = select(position, lot.c.usable_until).select_from(joined).where(among(position.c.sku, skus))
    return _by_sku((await tx.execute(statement)).all())


async def _open(
    tx: AsyncConnection, table: Any, skus: Sequence[str], *order: str
) -> dict[str, list[Row[Any]]]:
    statement = select(table).where(among(table.c.sku, skus), table.c.recorded_until.is_(None))
    return _by_sku(
        (await tx.execute(statement.order_by(*(table.c[name] for name in ("source", *order))))).all()
    )


def _by_sku(rows: Sequence[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.sku, []).append(row)
    return found


def _profile(item: Row[Any], parts: Mapping[str, list[Row[Any]]]) -> Profile:
    sites = sorted({row.site_id for rows in parts.values() for row in rows})
    at_site = {
        site: {name: [r for r in rows if r.site_id == site] for name, rows in parts.items()} for site in sites
    }
    return Profile(
        item.sku, item.unit, item.precision, tuple(_site_stock(site, at_site[site]) for site in sites)
    )


def _site_stock(site_id: str, parts: Mapping[str, list[Row[Any]]]) -> SiteStock:
    holds = tuple(
        Hold(
            row.hold_id,
            row.hold_code,
            row.source,
            row.quantity,
            tuple(row.lots),
            tuple(row.bins),
            row.starts,
            row.until,
        )
        for row in parts["holds"]
    )
    receipts = sorted(
        (
            Receipt(r.source, r.line_id, r.kind, r.firmness, r.ownership, r.due, r.quantity)
            for r in parts["receipts"]
        ),
        key=lambda receipt: (receipt.day, receipt.source, receipt.line_id),
    )
    commitments = sorted(
        (
            Commitment(r.source, r.line_id, r.order_id, r.channel, r.needed_on, r.quantity)
            for r in parts["commitments"]
        ),
        key=lambda line: (line.day, line.channel, line.order_id, line.line_id),
    )
    return SiteStock(site_id, _on_hand(parts["positions"], holds), holds, tuple(receipts), tuple(commitments))


def _on_hand(rows: Iterable[Row[Any]], holds: Sequence[Hold]) -> tuple[OnHand, ...]:
    """Balances by status and owner; a lot or bin stays apart only where a hold names it or it expires."""
    lots = {lot for hold in holds for lot in hold.lots}
    bins = {place for hold in holds for place in hold.bins}
    sums: dict[tuple[str, str, str, str, date | None], int] = {}
    for row in rows:
        lot = row.lot if row.lot in lots or row.usable_until is not None else ""
        key = (row.status, row.ownership, lot, row.bin if row.bin in bins else "", row.usable_until)
        sums[key] = sums.get(key, 0) + row.quantity
    ordered = sorted(sums.items(), key=lambda pair: (*pair[0][:4], pair[0][4] or date.max))
    return tuple(
        OnHand(status, owner, quantity, lot, place, until)
        for (status, owner, lot, place, until), quantity in ordered
    )


def _ordinal(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


def _day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)


def encode(profile: Profile) -> str:
    """The profile as text: the same profile always gives the same text."""
    sites = [
        [
            stock.site_id,
            [
                [r.status, r.ownership, r.quantity, r.lot, r.bin, _ordinal(r.usable_until)]
                for r in stock.on_hand
            ],
            [
                [
                    h.hold_id,
                    h.code,
                    h.source,
                    h.quantity,
                    h.lots,
                    h.bins,
                    _ordinal(h.starts),
                    _ordinal(h.until),
                ]
                for h in stock.holds
            ],
            [
                [r.source, r.line_id, r.kind, r.firmness, r.ownership, r.day.toordinal(), r.quantity]
                for r in stock.receipts
            ],
            [
                [c.source, c.line_id, c.order_id, c.channel, c.day.toordinal(), c.quantity]
                for c in stock.commitments
            ],
        ]
        for stock in profile.sites
    ]
    return orjson.dumps([profile.unit, profile.precision, sites]).decode()


def decode(sku: str, content: str) -> Profile:
    """The profile that `encode` wrote."""
    unit, precision, sites = orjson.loads(content)
    return Profile(sku, unit, precision, tuple(_decode_site(*site) for site in sites))


def _decode_site(
    site_id: str, on_hand: list[Any], holds: list[Any], receipts: list[Any], commitments: list[Any]
) -> SiteStock:
    return SiteStock(
        site_id,
        tuple(OnHand(s, o, q, lot, place, _day(until)) for s, o, q, lot, place, until in on_hand),
        tuple(
            Hold(name, code, source, quantity, tuple(lots), tuple(bins), _day(starts), _day(until))
            for name, code, source, quantity, lots, bins, starts, until in holds
        ),
        tuple(
            Receipt(source, line, kind, firmness, owner, date.fromordinal(day), quantity)
            for source, line, kind, firmness, owner, day, quantity in receipts
        ),
        tuple(
            Commitment(source, line, order, channel, date.fromordinal(day), quantity)
            for source, line, order, channel, day, quantity in commitments
        ),
    )
