"""Transfers of ours while what rests on them changes: both sides go together, or neither does.

What a source has taken over is its own, and stays as it says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from datasources.store import clock, firm_orders, outbox
from datasources.store.firm_orders import SOURCE, FirmOrder
from datasources.store.mirror import DEMAND, SUPPLY, Lines, Values
from datasources.store.unit import Tx
from resolvers.flows.order_messages import change_message, order_message
from rules.model import Commitment, Profile, Receipt, SiteStock
from rules.pegs import TransferNow
from rules.reservation import Reservation


@dataclass(slots=True)
class Transfers:
    """Some transfers of ours, as what was decided so far leaves them."""

    by_reservation: Mapping[UUID, list[str]] = field(default_factory=dict)
    orders: Mapping[str, FirmOrder] = field(default_factory=dict)
    supply: Lines = field(default_factory=lambda: Lines(SUPPLY))
    owed: Lines = field(default_factory=lambda: Lines(DEMAND))
    added: list[FirmOrder] = field(default_factory=list)

    def both(self, order_id: str) -> tuple[Values, Values] | None:
        """What is expected by the transfer and what its sender owes it; None where it is not ours to move."""
        order = self.orders[order_id]
        supply = self.supply.open.get((SOURCE, order_id))
        owed = self.owed.open.get((order.channel, order_id, order.sku))
        return None if supply is None or owed is None else (supply, owed)

    def fit(self, kept: Reservation, now: datetime) -> list[str]:
        """No more is brought for the reservation than it still keeps of it, the latest going first."""
        known = [
            (order, both)
            for order in self.by_reservation.get(kept.reservation_id, ())
            if (both := self.both(order))
        ]
        changed, granted = [], 0
        for order_id, (supply, _) in sorted(
            known, key=lambda each: (each[1][0]["due"], each[0]), reverse=True
        ):
            wanted = sum(
                part.open
                for part in kept.parts
                if part.site_id == supply["site_id"] and part.needed_on >= supply["due"]
            )
            stays = min(supply["quantity"], max(0, wanted - granted))
            granted += stays
            if stays < supply["quantity"]:
                self._restate(order_id, {"quantity": stays}, {"quantity": stays}, now)
                changed.append(order_id)
        return changed

    def bring(self, told: TransferNow, now: datetime) -> None:
        """The transfer goes as it is told; what goes on other days than its first is ordered apart."""
        both = self.both(told.order_id)
        if both is None:
            return
        supply, owed = both
        later = [part for part in told.parts if part.starts_on != owed["needed_on"]]
        stays = (
            told.undated + sum(part.quantity for part in told.parts) - sum(part.quantity for part in later)
        )
        if stays:
            self._restate(told.order_id, {"quantity": stays}, {"quantity": stays}, now)
        else:
            first = later.pop(0)
            days = {"needed_on": first.starts_on, "wanted": first.starts_on}
            self._restate(
                told.order_id,
                {"quantity": first.quantity, "due": first.usable_on},
                {"quantity": first.quantity, **days},
                now,
            )
        self.added += [
            replace(
                self.orders[told.order_id],
                order_id=str(clock.new_id(now)),
                quantity=part.quantity,
                pegged=part.quantity,
                starts_on=part.starts_on,
                ready_on=part.starts_on,
                usable_on=part.usable_on,
                components=((supply["sku"], part.quantity),),
                usable_until=supply["usable_until"],
            )
            for part in later
        ]

    def _restate(self, order_id: str, supply: Values, owed: Values, now: datetime) -> None:
        both = self.both(order_id)
        assert both is not None, "only what is ours is moved"
        for lines, line, changes in ((self.supply, both[0], supply), (self.owed, both[1], owed)):
            lines.state(lines.mirror.content_of(line) | changes, max(now, line["as_of"]))

    def seen_by(self, profile: Profile, order_ids: Iterable[str]) -> Profile:
        """The item as these transfers leave it at both their sites."""
        for order_id in order_ids:
            order = self.orders[order_id]
            both = self.both(order_id)
            quantity = 0 if both is None else both[0]["quantity"]
            sites = (_with(stock, order, quantity) for stock in profile.sites)
            profile = replace(profile, sites=tuple(sites))
        return profile

    async def write(self, tx: Tx, precisions: Mapping[str, int], now: datetime) -> None:
        """Both sides of each are in the store, and told; the profiles are still to be made."""
        changed = [key for key in self.supply.changed() if key[0] == SOURCE]
        told = [self._told(str(order_id), precisions) for _, order_id in changed]
        await self.supply.write(tx, now)
        await self.owed.write(tx, now)
        await firm_orders.write(tx, self.added, now)
        placed = (order_message(order, precisions.__getitem__) for order in self.added)
        await outbox.add(tx, [*told, *placed], now)

    def _told(self, order_id: str, precisions: Mapping[str, int]) -> outbox.Message:
        order = self.orders[order_id]
        supply = self.supply.open.get((SOURCE, order_id)) or self.supply.closed[SOURCE, order_id]
        key = (order.channel, order_id, order.sku)
        owed = self.owed.open.get(key) or self.owed.closed[key]
        return change_message(supply, owed, precisions[order.sku])


def _with(stock: SiteStock, order: FirmOrder, quantity: int) -> SiteStock:
    """The stock with so much of the transfer at either end."""

    def is_receipt(row: Receipt) -> bool:
        return (row.source, row.line_id) == (SOURCE, order.order_id)

    def is_owed(line: Commitment) -> bool:
        return (line.source, line.order_id) == (SOURCE, order.order_id)

    receipts = (replace(row, quantity=quantity) if is_receipt(row) else row for row in stock.receipts)
    owed = (replace(line, quantity=quantity) if is_owed(line) else line for line in stock.commitments)
    return replace(
        stock,
        receipts=tuple(row for row in receipts if row.quantity),
        commitments=tuple(line for line in owed if line.quantity),
    )


async def for_reservations(tx: Tx, reservation_ids: Iterable[UUID]) -> Transfers:
    """The transfers that were ordered for these reservations. The profiles must be locked."""
    by_reservation = await firm_orders.transfers_of(tx, reservation_ids)
    found = await named(tx, [order for orders in by_reservation.values() for order in orders])
    return replace(found, by_reservation=by_reservation)


async def named(tx: Tx, order_ids: Iterable[str]) -> Transfers:
    """These transfers. The profiles must be locked."""
    ids = sorted(set(order_ids))
    found = Transfers(orders=await firm_orders.transfers(tx, ids) if ids else {})
    found.supply.learn(await firm_orders.open_lines(tx, SUPPLY, ids))
    found.owed.learn(await firm_orders.open_lines(tx, DEMAND, ids))
    return found
