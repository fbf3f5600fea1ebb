"""Reservations that stand for order lines: goods that leave for a line are no longer kept for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from datasources.store import repromised, reservations, slots
from datasources.store.reservations import Moved
from datasources.store.unit import Tx
from rules.reservation import Changed, Reservation, has_expired, ship

Line = tuple[str, str, str]
"""Item, order and line."""


@dataclass(slots=True)
class KeptForLines:
    """The live reservations of some order lines, as the shipments so far leave them."""

    reservations: dict[UUID, Reservation] = field(default_factory=dict)
    left: list[tuple[Changed, str, str]] = field(default_factory=list)
    """What left, with the person and the event that told it."""

    def of(self, line: Line, now: datetime) -> list[Reservation]:
        """Those that still keep something for the line, the oldest first."""
        return [
            each
            for each in self.reservations.values()
            if (each.sku, each.order_id, each.line_id) == line and each.open and not has_expired(each, now)
        ]

    def ship(
        self, kept: Iterable[Reservation], units: int, site_id: str, told: tuple[str, str, datetime]
    ) -> None:
        """These keep so much less, one after the other, for it has left the site; at most what they keep.

        `told` are the person and the event that tell it, and now.
        """
        person, event_id, now = told
        for each in kept:
            gone = min(units, each.open)
            if gone == 0:
                return
            changed = ship(each, now, gone, site_id)
            self.reservations[each.reservation_id] = changed.reservation
            self.left.append((changed, person, event_id))
            units -= gone

    async def write(self, tx: Tx, now: datetime) -> None:
        """It is in the store, with its moves; slots of parts that left are not given back any more.

        The profiles are still to be made.
        """
        if not self.left:
            return
        driver = await _driver(tx)
        sequences = await repromised.sequences(driver, {of.reservation.sku for of, _, _ in self.left})
        moves = [
            Moved(each, person, of.reservation.channel, event_id, 0, sequences[of.reservation.sku] + 1)
            for of, person, event_id in self.left
            for each in of.moves
        ]
        last = {of.reservation.reservation_id: of.reservation for of, _, _ in self.left}
        await reservations.write(driver, reservations.rows_of((), (), moves, now), list(last.values()))
        parts = {(each.move.reservation_id, each.move.part) for each in moves}
        await slots.close(driver, sorted(parts), now)


async def kept_for_lines(tx: Tx, skus: Iterable[str], lines: Iterable[tuple[str, str]]) -> KeptForLines:
    """What is kept of these items for these lines, each an order and a line. The profiles must be locked."""
    found = await reservations.for_lines(await _driver(tx), skus, lines)
    return KeptForLines({each.reservation_id: each for each in found})


async def _driver(tx: Tx) -> Any:
    return (await tx.get_raw_connection()).driver_connection
