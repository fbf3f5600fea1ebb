"""Slots of promises that are kept for other days: they go with the goods to the day those leave."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from datasources.store import repromised, slots
from datasources.store.locks import lock_slots
from datasources.store.promised import PromisedItem
from datasources.store.slots import Slot
from datasources.store.unit import Tx
from rules.company import Setup
from rules.reservation import Changed, Part, Reservation
from rules.slots import OpenSlots, closes_at, leaves_on


async def departures(
    tx: Tx, setup: Setup, items: Iterable[PromisedItem]
) -> tuple[OpenSlots, Mapping[tuple[str, str], str]]:
    """The slots at sites that limit their orders, locked, and by line and site the order that leaves there.

    The items' profiles must be locked.
    """
    if not setup.choices.limits_orders():
        return OpenSlots({}, set()), {}
    driver: Any = (await tx.get_raw_connection()).driver_connection
    ids = {UUID(line.reservation) for item in items for line in item.lines.values() if line.reservation}
    known = await slots.of_reservations(driver, ids)
    orders = {(str(reservation_id), site_id): order for reservation_id, site_id, order in known}
    if not orders:
        return OpenSlots({}, set()), {}
    await lock_slots(driver, {site_id for _, site_id in orders})
    taken = await slots.taken(driver, orders.values())
    return OpenSlots(dict(taken.counts), set(taken.held)), orders


async def move_slots(driver: Any, changed: Iterable[Changed], setup: Setup, now: datetime) -> None:
    """Of reservations that have slots, parts that goods went to have theirs, and empty ones have none.

    There is one on each new day: the promises were reviewed in this transaction, which has locked the sites.
    """
    moved = {of.reservation.reservation_id: of for of in changed}
    orders = {
        (reservation_id, site): order
        for reservation_id, site, order in await slots.of_reservations(driver, moved)
    }
    if not orders:
        return
    classes = await repromised.item_classes(driver, {of.reservation.sku for of in moved.values()})
    taken: list[Slot] = []
    back: list[tuple[UUID, int]] = []
    for of in moved.values():
        for part, units in _parts_moved(of):
            order = orders.get((of.reservation.reservation_id, part.site_id))
            if order is None:
                continue
            if units > 0:
                item_class = classes.get(of.reservation.sku, "")
                taken += _slots(of.reservation, part, order, setup, item_class)
            elif part.open == 0:
                back.append((of.reservation.reservation_id, part.number))
    await slots.give_back(driver, back, now)
    await slots.take_again(driver, taken, now)


def _parts_moved(of: Changed) -> Iterator[tuple[Part, int]]:
    """The parts that goods came to or went from, with how much."""
    parts = {part.number: part for part in of.reservation.parts}
    for move in of.moves:
        yield parts[move.part], move.active + move.confirmed


def _slots(of: Reservation, part: Part, order: str, setup: Setup, item_class: str) -> Iterator[Slot]:
    """The slot of the part, where the rules still limit the orders of its site."""
    by_rule = setup.choices.sourcing(of.channel, part.site_id, item_class, of.made_at)
    if by_rule.orders_a_day is None:
        return
    yield slot_of(of, part, order, setup, by_rule.cut_off)


def slot_of(of: Reservation, part: Part, order: str, setup: Setup, cut_off: int | None) -> Slot:
    """The slot with which the part leaves its site for the order."""
    way = part.delivery
    ship_on = leaves_on(setup, part.site_id, part.needed_on) if way is None else way.ship_on
    closes = closes_at(setup, part.site_id, part.needed_on, cut_off)
    return Slot(of.reservation_id, part.number, part.site_id, ship_on, order, of.expires_at, closes)
