"""What re-sourcing rests on while requests are decided: what items owe line by line, and who asked for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from datasources.store import promised, reservation_life, slots
from datasources.store.promised import PromisedItem
from datasources.store.reservation_life import Making
from datasources.store.unit import Tx
from resolvers.flows.reserve_slots import SlotDesk, order_of
from rules.model import Profile
from rules.reservation import Reservation
from rules.slots import OpenSlots


@dataclass(slots=True)
class Sources:
    """The items of the reservations named, and the requests that made these, as decided so far."""

    items: Mapping[str, PromisedItem] = field(default_factory=dict)
    makings: Mapping[UUID, Making] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)
    """Each item owing every reservation by itself."""
    orders: Mapping[UUID, str] = field(default_factory=dict)
    """The order each reservation leaves with."""

    def begin(self, open_slots: OpenSlots | None) -> "Stage":
        """What the lines of one request may change, without changing anything."""
        free = OpenSlots({}, set()) if open_slots is None else open_slots
        return Stage(dict(self.profiles), OpenSlots(dict(free.taken), set(free.held)))


@dataclass(slots=True)
class Stage:
    """The items, slots and reservations as the lines of one request so far would leave them."""

    profiles: dict[str, Profile]
    slots: OpenSlots
    reservations: dict[UUID, Reservation] = field(default_factory=dict)


async def open_sources(
    tx: Tx, reservations: Mapping[UUID, Reservation], desk_slots: SlotDesk | None
) -> Sources:
    """What re-sourcing these reservations rests on. Their items' profiles, and slots, must be locked."""
    driver: Any = (await tx.get_raw_connection()).driver_connection
    items = {
        item.profile.sku: item
        for item in await promised.read(tx, sorted({each.sku for each in reservations.values()}))
    }
    makings = await reservation_life.makings(driver, reservations)
    orders = dict(_orders(reservations.values(), makings))
    if desk_slots is not None:
        orders |= desk_slots.orders
        known = await slots.taken(driver, orders.values())
        desk_slots.open.held |= known.held
    profiles = {sku: item.profile for sku, item in items.items()}
    return Sources(items, makings, profiles, orders)


def _orders(
    reservations: Iterable[Reservation], makings: Mapping[UUID, Making]
) -> Iterable[tuple[UUID, str]]:
    for each in reservations:
        name = makings[each.reservation_id].name
        yield each.reservation_id, order_of(each.channel, each.order_id, name)
