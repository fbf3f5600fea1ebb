"""Reservations kept for other days: their parts and moves, written under the lock of their item's profile."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from datasources.store import reservations
from datasources.store.reservations import Moved
from rules.reservation import Changed, Reservation


async def write(driver: Any, changed: Sequence[Changed], moves: Sequence[Moved], at: datetime) -> None:
    """The reservations' parts are as stated, with the moves that made them so."""
    await put_parts(driver, [of.reservation for of in changed])
    await reservations.write(driver, reservations.rows_of((), (), moves, at), ())


async def put_parts(driver: Any, changed: Sequence[Reservation]) -> None:
    """The reservations' parts are as stated, new ones too; their moves are still to be written."""
    parts = [
        (of.reservation_id, p.number, p.site_id, p.position, p.needed_on, p.quantity, p.open)
        for of in changed
        for p in of.parts
    ]
    if parts:
        await driver.execute(PUT_PARTS, *map(list, zip(*parts, strict=True)))
    await _write_deliveries(driver, changed)


async def _write_deliveries(driver: Any, changed: Sequence[Reservation]) -> None:
    """Of parts that are new it is written when they leave and are received."""
    rows = [
        (made.reservation_id, p.number, made.ship_to, made.service, way.ship_on, way.promised, way.service)
        for made in changed
        if made.ship_to is not None
        for p in made.parts
        if (way := p.delivery) is not None
    ]
    if rows:
        await driver.execute(PUT_DELIVERIES, *map(list, zip(*rows, strict=True)))


async def sequences(driver: Any, skus: Iterable[str]) -> dict[str, int]:
    """The sequence of each item's profile."""
    return {row["sku"]: row["sequence"] for row in await driver.fetch(SEQUENCES, sorted(skus))}


async def item_classes(driver: Any, skus: Iterable[str]) -> dict[str, str]:
    """The class of each item; empty where it has none."""
    return {row["sku"]: row["item_class"] for row in await driver.fetch(ITEM_CLASSES, sorted(skus))}


ITEM_CLASSES = """
SELECT sku, coalesce(attributes ->> 'item_class', '') AS item_class FROM item WHERE sku = ANY($1::text[])
"""
SEQUENCES = "SELECT sku, sequence FROM profile WHERE sku = ANY($1::text[])"
PUT_PARTS = """
INSERT INTO reservation_part (reservation_id, part, site_id, position, needed_on, quantity, open)
SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::date[], $6::bigint[],
  $7::bigint[])
ON CONFLICT (reservation_id, part) DO UPDATE SET quantity = excluded.quantity, open = excluded.open
"""
PUT_DELIVERIES = """
INSERT INTO reservation_delivery (reservation_id, part, ship_to, asked_service, ship_on, promised, service)
SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::date[], $6::date[], $7::text[])
ON CONFLICT DO NOTHING
"""
