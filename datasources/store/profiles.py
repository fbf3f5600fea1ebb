"""Profiles: one compact row an item with all that bears on promising it. A cache of the truth, never edited.

On the row: JSON arrays without names, days as ordinals, lots and bins only where a hold or expiry needs them.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Row, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import arrivals, fact_tables, kits, live, others, tables, terms
from datasources.store.kits import Take
from datasources.store.live import Kept
from datasources.store.tables import among
from rules.model import (
    Arrival,
    Commitment,
    Hold,
    KitOrders,
    KitPart,
    OnHand,
    Profile,
    Receipt,
    Reserved,
    SafetyStock,
    SiteStock,
)
from rules.reserved import Line, LiveRow, standing_for_lines, summed
from rules.terms import NO_TERMS

BATCH = 5_000
"""Items rebuilt at a time, so that a whole catalogue does not sit in memory at once."""


Rows = Mapping[str, list[Row[Any]]]
"""Rows by sku."""
Read = Mapping[str, Callable[[Sequence[str]], Awaitable[Rows]]]
"""How to read each part of some items' profiles: positions, arrivals, holds, receipts, commitments,
safety_stock and those that terms are made from."""


ReadKept = Callable[[Sequence[str]], Awaitable[Kept]]


async def rebuild(
    tx: AsyncConnection, skus: Iterable[str], look: Callable[[Profile], None] = lambda _: None
) -> int:
    """The items' profiles say what the ledger and the mirrors say; how many had to change.

    So do those of the components of kits among them; `look` has seen each. The profiles must be locked. An
    unchanged profile keeps its sequence, a changed one gets the next.
    """
    chosen = set(skus)
    ordered = sorted(chosen | await kits.components_of(tx, chosen))
    changed = 0
    for start in range(0, len(ordered), BATCH):
        composed = await _composed(tx, ordered[start : start + BATCH])
        contents = {sku: encode(profile) for sku, profile in composed.items()}
        for profile in composed.values():
            look(profile)
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


async def _composed(tx: AsyncConnection, skus: Sequence[str]) -> dict[str, Profile]:
    read: Read = {
        "positions": partial(_positions, tx),
        "arrivals": partial(arrivals.newest, tx),
        "holds": partial(_open, tx, fact_tables.hold, ("source", "hold_id")),
        "receipts": partial(_open, tx, fact_tables.supply_line, ("source", "line_id")),
        "commitments": partial(_open, tx, fact_tables.demand_line, ("source", "order_id", "line_id")),
        "safety_stock": partial(_open, tx, fact_tables.safety_stock, ("site_id", "starts")),
        "suppliers": partial(_open, tx, fact_tables.supplier, ("site_id", "supplier")),
        "productions": partial(_open, tx, fact_tables.production, ("site_id", "version")),
        "bills": partial(_open, tx, fact_tables.bill, ("version", "component")),
        "minutes": partial(_open, tx, fact_tables.capacity, ("site_id", "day", "order_id")),
        "ordered": partial(terms.ordered, tx, None),
    }
    return await compose(tx, skus, read, partial(live.kept, tx))


async def compose(
    tx: AsyncConnection, skus: Sequence[str], read: Read, read_kept: ReadKept
) -> dict[str, Profile]:
    """The profiles of the items that exist, from what `read` finds of them and of the kits they go into."""
    items = (await tx.execute(select(tables.item).where(among(tables.item.c.sku, skus)))).all()
    takes = await kits.takes_of(tx, kits=skus, components=skus)
    into = sorted({take.kit for take in takes} - set(skus))
    on_order = [*await read["commitments"](into), *(await read_kept(into)).rows] if into else ()
    gathered = sorted({*skus, *on_order})
    parts = {name: await rows(gathered) for name, rows in read.items() if name not in terms.PARTS}
    had, instead = await terms.terms_of(read, skus), await others.of_items(tx, skus)
    classes, kept = await _item_classes(tx, gathered), await read_kept(gathered)
    stocks = {
        sku: _stocks({name: rows.get(sku, []) for name, rows in parts.items()}, sku, kept) for sku in gathered
    }
    return {
        row.sku: Profile(
            row.sku,
            row.unit,
            row.precision,
            stocks[row.sku],
            tuple(KitPart(take.component, take.per) for take in takes if take.kit == row.sku),
            tuple(_orders_of_kits(row.sku, takes, stocks, classes)),
            classes[row.sku],
            had.get(row.sku, NO_TERMS),
            *instead.get(row.sku, others.NONE),
        )
        for row in items
    }


def _orders_of_kits(
    sku: str,
    takes: Iterable[Take],
    stocks: Mapping[str, tuple[SiteStock, ...]],
    classes: Mapping[str, str],
) -> Iterator[KitOrders]:
    """The kits that take the item and are owed somewhere, with what there is of them."""
    for take in takes:
        sites = tuple(stock for stock in stocks.get(take.kit, ()) if stock.commitments or stock.reserved)
        if take.component == sku and sites:
            yield KitOrders(take.kit, take.per, sites, classes.get(take.kit, ""))


async def _item_classes(tx: AsyncConnection, skus: Sequence[str]) -> dict[str, str]:
    """The class of each item, as its attribute `item_class` says; empty where it has none."""
    named = tables.item.c.attributes["item_class"].astext
    rows = await tx.execute(select(tables.item.c.sku, named).where(among(tables.item.c.sku, skus)))
    return {sku: item_class or "" for sku, item_class in rows}


async def _positions(tx: AsyncConnection, skus: Sequence[str]) -> dict[str, list[Row[Any]]]:
    position, lot = tables.stock_position, tables.lot
    joined = position.outerjoin(lot, (lot.c.sku == position.c.sku) & (lot.c.lot == position.c.lot))
    statement = select(position, lot.c.usable_until).select_from(joined).where(among(position.c.sku, skus))
    return _by_sku((await tx.execute(statement)).all())


async def _open(tx: AsyncConnection, table: Table, order: Sequence[str], skus: Sequence[str]) -> Rows:
    statement = select(table).where(among(table.c.sku, skus), table.c.recorded_until.is_(None))
    return _by_sku((await tx.execute(statement.order_by(*(table.c[name] for name in order)))).all())


def _by_sku(rows: Sequence[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.sku, []).append(row)
    return found


BESIDE = frozenset({"commitments", "arrivals"})
"""What alone does not make a site one of the item's."""


def _stocks(parts: Rows, sku: str, kept: Kept) -> tuple[SiteStock, ...]:
    """What there is of one item at each site, from its rows by part."""
    counted, rests = standing_for_lines(kept.rows.get(sku, ()), kept.lines.get(sku, {}))
    owed = [(row.site_id, line) for row in parts["commitments"] for line in _owed(row, rests)]
    named = {row.site_id for name, rows in parts.items() if name not in BESIDE for row in rows}
    sites = sorted({*named, *(site for site, _ in owed), *(row.site_id for row in counted)})
    return tuple(
        replace(
            _site_stock(site, {name: [r for r in rows if r.site_id == site] for name, rows in parts.items()}),
            commitments=_in_order(line for at, line in owed if at == site),
            reserved=_reserved(row for row in counted if row.site_id == site),
        )
        for site in sites
    )


def _owed(row: Row[Any], rests: Mapping[Line, int]) -> Iterator[Commitment]:
    """What the order line is owed beside its reservations, if anything."""
    quantity = rests.get((row.channel, row.order_id, row.line_id), row.quantity)
    if quantity:
        yield Commitment(row.source, row.line_id, row.order_id, row.channel, row.needed_on, quantity)


def _in_order(lines: Iterable[Commitment]) -> tuple[Commitment, ...]:
    return tuple(sorted(lines, key=lambda line: (line.day, line.channel, line.order_id, line.line_id)))


def _reserved(rows: Iterable[LiveRow]) -> tuple[Reserved, ...]:
    return summed(((row.position, row.channel, row.needed_on, row.ends), row.open) for row in rows)


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
            Receipt(r.source, r.line_id, r.kind, r.firmness, r.ownership, r.due, r.quantity, r.usable_until)
            for r in parts["receipts"]
        ),
        key=lambda receipt: (receipt.day, receipt.source, receipt.line_id),
    )
    on_hand = _on_hand(parts["positions"], parts["arrivals"], holds)
    safety_stock = tuple(SafetyStock(row.starts, row.quantity) for row in parts["safety_stock"])
    return SiteStock(site_id, on_hand, holds, tuple(receipts), (), safety_stock)


def _on_hand(rows: Iterable[Row[Any]], came: Iterable[Row[Any]], holds: Sequence[Hold]) -> tuple[OnHand, ...]:
    """Balances by status and owner; a lot or bin stays apart only where a hold names it or it expires."""
    by_place = arrivals.by_place(came)
    arrived: dict[tuple[str, str, str, str, date | None], list[Arrival]] = {}
    lots = {lot for hold in holds for lot in hold.lots}
    bins = {place for hold in holds for place in hold.bins}
    sums: dict[tuple[str, str, str, str, date | None], int] = {}
    for row in rows:
        lot = row.lot if row.lot in lots or row.usable_until is not None else ""
        key = (row.status, row.ownership, lot, row.bin if row.bin in bins else "", row.usable_until)
        sums[key] = sums.get(key, 0) + row.quantity
        left = arrivals.still_there(row.quantity, by_place.get(arrivals.place(row), ()))
        arrived.setdefault(key, []).extend(left)
    ordered = sorted(sums.items(), key=lambda pair: (*pair[0][:4], pair[0][4] or date.max))
    return tuple(
        OnHand(key[0], key[1], quantity, key[2], key[3], key[4], arrivals.in_order(arrived[key]))
        for key, quantity in ordered
    )


def _ordinal(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


def _day(ordinal: int | None = None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)


def encode(profile: Profile) -> str:
    """The profile as text: the same profile always gives the same text."""
    content: list[Any] = [profile.unit, profile.precision, [_site(stock) for stock in profile.sites]]
    if profile.parts or profile.part_of:
        content.append([[part.sku, part.per] for part in profile.parts])
        content.append([_kit_orders(kit) for kit in profile.part_of])
    if profile.item_class:
        content.append(profile.item_class)
    if cells := {**terms.encode(profile.terms), **others.encode(profile)}:
        content.append(cells)
    return orjson.dumps(content).decode()


def _kit_orders(kit: KitOrders) -> list[Any]:
    named = [kit.item_class] if kit.item_class else []
    return [kit.kit, kit.per, [_site(stock) for stock in kit.sites], *named]


def _site(stock: SiteStock) -> list[Any]:
    safety_stock = [[[row.starts.toordinal(), row.quantity] for row in stock.safety_stock]]
    reserved = [[_reserved_row(row) for row in stock.reserved]]
    return [
        stock.site_id,
        [_on_hand_row(row) for row in stock.on_hand],
        [_hold(hold) for hold in stock.holds],
        [_receipt(receipt) for receipt in stock.receipts],
        [
            [c.source, c.line_id, c.order_id, c.channel, c.day.toordinal(), c.quantity]
            for c in stock.commitments
        ],
        *(safety_stock if stock.safety_stock or stock.reserved else []),
        *(reserved if stock.reserved else []),
    ]


def _on_hand_row(r: OnHand) -> list[Any]:
    came = [[[_instant_out(arrival.at), arrival.quantity] for arrival in r.arrived]] if r.arrived else []
    return [r.status, r.ownership, r.quantity, r.lot, r.bin, _ordinal(r.usable_until), *came]


def _decode_on_hand(
    status: str, owner: str, quantity: int, lot: str, place: str, until: int | None, came: Sequence[Any] = ()
) -> OnHand:
    arrived = tuple(Arrival(EPOCH + at * MICROSECOND, units) for at, units in came)
    return OnHand(status, owner, quantity, lot, place, _day(until), arrived)


def _reserved_row(row: Reserved) -> list[Any]:
    return [row.position, row.channel, row.day.toordinal(), row.quantity, _instant_out(row.expires_at)]


def _instant_out(instant: datetime | None) -> int | None:
    """Whole microseconds since 1970; None stays None."""
    return None if instant is None else (instant - EPOCH) // MICROSECOND


def _instant_in(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else EPOCH + microseconds * MICROSECOND


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def _hold(h: Hold) -> list[Any]:
    return [h.hold_id, h.code, h.source, h.quantity, h.lots, h.bins, _ordinal(h.starts), _ordinal(h.until)]


def _receipt(r: Receipt) -> list[Any]:
    until = [] if r.usable_until is None else [r.usable_until.toordinal()]
    return [r.source, r.line_id, r.kind, r.firmness, r.ownership, r.day.toordinal(), r.quantity, *until]


def decode(sku: str, content: str) -> Profile:
    """The profile that `encode` wrote."""
    unit, precision, sites, *more = orjson.loads(content)
    cells = more.pop() if more and isinstance(more[-1], dict) else {}
    instead, superseded = others.decode(cells)
    had = terms.decode(cells) if cells else NO_TERMS
    item_class = more.pop() if len(more) % 2 else ""
    parts, part_of = more or ((), ())
    return Profile(
        sku,
        unit,
        precision,
        tuple(_decode_site(*site) for site in sites),
        tuple(KitPart(component, per) for component, per in parts),
        tuple(
            KitOrders(kit, per, tuple(_decode_site(*site) for site in at), *named)
            for kit, per, at, *named in part_of
        ),
        item_class,
        had,
        instead,
        superseded,
    )


def _decode_site(
    site_id: str,
    on_hand: list[Any],
    holds: list[Any],
    receipts: list[Any],
    commitments: list[Any],
    safety_stock: Sequence[Any] = (),
    reserved: Sequence[Any] = (),
) -> SiteStock:
    return SiteStock(
        site_id,
        tuple(_decode_on_hand(*row) for row in on_hand),
        tuple(
            Hold(name, code, source, quantity, tuple(lots), tuple(bins), _day(starts), _day(until))
            for name, code, source, quantity, lots, bins, starts, until in holds
        ),
        tuple(
            Receipt(source, line, kind, firmness, owner, date.fromordinal(day), quantity, _day(*until))
            for source, line, kind, firmness, owner, day, quantity, *until in receipts
        ),
        tuple(
            Commitment(source, line, order, channel, date.fromordinal(day), quantity)
            for source, line, order, channel, day, quantity in commitments
        ),
        tuple(SafetyStock(date.fromordinal(starts), quantity) for starts, quantity in safety_stock),
        reserved=tuple(
            Reserved(position, channel, date.fromordinal(day), quantity, _instant_in(ends))
            for position, channel, day, quantity, ends in reserved
        ),
    )
