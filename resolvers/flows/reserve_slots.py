"""Slots while requests are decided: where a site ships only so many orders a day, each takes one there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Any
from uuid import UUID

import orjson

from datasources.store import locks, slots
from datasources.store.slots import Slot
from resolvers.flows.reserve_requests import Request, WantedLine, Wanting, ids_named
from resolvers.flows.slip_slots import slot_of
from rules.asked import ScheduleLine
from rules.company import Setup
from rules.model import Profile
from rules.reservation import Part, Reservation
from rules.slots import OpenSlots, Slots, closes_at, shipped_on

GIVES_BACK = {"release", "cancel", "change"}
LEAVES = {*GIVES_BACK, "re-source"}
"""Parts that keep nothing any more after these give their slot back."""
KEEPS = {"confirm", "extend"}
TAKES = {"change", "re-source"}


def order_of(channel: str, order_id: str, name: Sequence[str]) -> str:
    """The order that a line leaves with: the one it names, or that of its own request."""
    return orjson.dumps([channel, order_id] if order_id else list(name)).decode()


@dataclass(slots=True)
class SlotDesk:
    """The slots as the requests of one transaction so far leave them."""

    open: OpenSlots
    orders: Mapping[UUID, str] = field(default_factory=dict)
    """The order that each reservation named leaves with."""
    new: list[Slot] = field(default_factory=list)
    again: list[Slot] = field(default_factory=list)
    """Of parts of reservations that were there, some of which may have had them before."""

    def seen_by(
        self, request: Request, lines: Iterable[WantedLine], beside: Iterable[UUID | None] = ()
    ) -> Slots:
        """The slots as these lines of a request find them; each may be `beside` a reservation there is."""
        orders = [
            self.order_of(line.order_id, request, before)
            for line, before in zip_longest(lines, beside)
            if line is not None
        ]
        return Slots(self.open.taken, frozenset(self.open.held), orders)

    def order_of(self, order_id: str, request: Request, beside: UUID | None = None) -> str:
        """The order a line leaves with: that of the reservation it is beside, or as it says itself."""
        named = None if beside is None else self.orders.get(beside)
        return named or order_of(request.channel, order_id, request.name)

    def take(
        self,
        setup: Setup,
        item_class: str,
        reservation: Reservation,
        parts: Iterable[tuple[Part, ScheduleLine]],
        order: str,
    ) -> None:
        """The reservation's parts leave with the order, where orders are limited."""
        for part, line in parts:
            by_rule = setup.choices.sourcing(
                reservation.channel, part.site_id, item_class, reservation.made_at
            )
            if by_rule.orders_a_day is None:
                continue
            ship_on = shipped_on(setup, line)
            closes = closes_at(setup, part.site_id, line.needed, by_rule.cut_off)
            self.open.take((part.site_id, ship_on), order)
            self.new.append(
                Slot(
                    reservation.reservation_id,
                    part.number,
                    part.site_id,
                    ship_on,
                    order,
                    reservation.expires_at,
                    closes,
                )
            )

    def take_again(
        self, setup: Setup, item_class: str, reservation: Reservation, order: str, now: datetime
    ) -> None:
        """All that the reservation keeps leaves with the order, where orders are limited at the instant."""
        for part in reservation.parts:
            by_rule = setup.choices.sourcing(reservation.channel, part.site_id, item_class, now)
            if by_rule.orders_a_day is not None and part.open:
                slot = slot_of(reservation, part, order, setup, by_rule.cut_off)
                self.open.take((part.site_id, slot.ship_on), order)
                self.again.append(slot)


def limited_sites(setup: Setup, now: datetime, channels: Iterable[str], items: Iterable[Profile]) -> set[str]:
    """The sites of the items whose orders a day are limited for one of the channels."""
    known = [channel for channel in sorted(set(channels)) if channel in setup.channels]
    places = {(stock.site_id, item.item_class) for item in items for stock in item.sites}
    return {
        site_id
        for site_id, item_class in places
        for channel in known
        if site_id in setup.sites
        and setup.choices.sourcing(channel, site_id, item_class, now).orders_a_day is not None
    }


async def open_slots(
    driver: Any, requests: Sequence[Request], setup: Setup, now: datetime, items: Iterable[Profile]
) -> tuple[SlotDesk, datetime]:
    """The slots as they are, locked at the sites that limit orders; and the instant that is true for."""
    taking = [request for request in requests if isinstance(request.body, Wanting) or request.act in TAKES]
    sites = limited_sites(setup, now, (request.channel for request in taking), items)
    named = ids_named(requests)
    known = await slots.of_reservations(driver, named) if named else []
    sites |= {site_id for _, site_id, _ in known}
    if not sites:
        return SlotDesk(OpenSlots({}, set())), now
    await locks.lock_slots(driver, sites)
    orders = {reservation_id: order for reservation_id, _, order in known}
    taken = await slots.taken(driver, _orders(requests) | {*orders.values()})
    return SlotDesk(OpenSlots(dict(taken.counts), set(taken.held)), orders), taken.now


def _orders(requests: Sequence[Request]) -> set[str]:
    return {
        order_of(request.channel, line.order_id, request.name)
        for request in requests
        for line in request.body.lines
    }


async def write_slots(
    driver: Any,
    desk_slots: SlotDesk,
    changed: Iterable[tuple[Reservation, str, frozenset[int]]],
    now: datetime,
) -> None:
    """The slots are as the requests leave them.

    `changed` are reservations with what was done to them, and to which of their parts.
    """
    await slots.write(driver, desk_slots.new, now)
    back: list[tuple[UUID, int]] = []
    gone: list[tuple[UUID, int]] = []
    kept: list[tuple[UUID, str | None, datetime | None]] = []
    for held, act, touched in changed:
        parts = [(held.reservation_id, part.number) for part in held.parts if part.number in touched]
        if act in LEAVES:
            is_open = {part.number for part in held.parts if part.open}
            back += [each for each in parts if each[1] not in is_open]
        elif act in KEEPS:
            order = order_of(held.channel, held.order_id, ()) if held.order_id else None
            kept.append((held.reservation_id, order, held.expires_at))
        elif act == "ship":
            gone += parts
    await slots.give_back(driver, back, now)
    await slots.take_again(driver, desk_slots.again, now)
    await slots.keep_until(driver, kept)
    await slots.close(driver, gone, now)
