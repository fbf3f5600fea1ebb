"""Reservations as a list on the wire."""

from uuid import UUID

import strawberry

from datasources.store import pages, reservation_pages
from resolvers.context import Info
from resolvers.promises.reservations import Reservation, reservation_of
from resolvers.relay import Connection, connection, page_size
from resolvers.scalars import Sku
from rules.reservation import Reservation as Held


@strawberry.input(description="Which reservations to list. What is left out does not restrict.")
class ReservationFilter:
    sku: Sku | None = strawberry.field(default=None, description="Of this item.")
    channel: str | None = strawberry.field(default=None, description="Of this channel.")
    order: str | None = strawberry.field(default=None, description="For this order.")
    holder: str | None = strawberry.field(default=None, description="For this cart, customer or person.")
    keeps: bool = strawberry.field(default=False, description="Only those that still keep goods.")


async def reservation_page(
    info: Info, chosen: ReservationFilter, window: tuple[int | None, str | None]
) -> Connection[Reservation]:
    """The reservations of the caller's channels, newest first. Window: (first, after)."""
    size = page_size(window[0])
    where = reservation_pages.ReservationFilter(
        chosen.sku, chosen.channel, chosen.order, chosen.holder, info.context.caller.channels, chosen.keeps
    )
    cursors = info.context.cursors("reservations", vars(chosen))
    place = cursors.open(window[1])
    before = None if place is None else UUID(place[0])
    store = info.context.deps.store
    found, now = await reservation_pages.page_of_reservations(store.pool, where, before, size + 1)
    async with store.reading() as tx:
        items = await pages.items(tx, sorted({held.sku for held in found}))

    def node(held: Held) -> Reservation:
        return reservation_of(held, now, items[held.sku]["precision"])

    return connection(found, size, cursors, lambda held: [str(held.reservation_id)], node)
