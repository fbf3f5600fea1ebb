"""What came to a centre and left it in the half year before the demo day.

Goods come in boxes from a maker: straight to the reserve, over the dock, or through inspection. The pick
face is filled from the reserve; customers' orders and the stores are served from the pick face. Food does so
by lot: the lot on the pick face today since the month in its name, an earlier lot before that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from datasources.connectors.demo.catalogue import OWN_BRAND, Item
from datasources.connectors.demo.dice import Dice
from datasources.connectors.demo.lots import OLD_LOT, earlier_lot, month_of
from datasources.connectors.demo.past.season import DAYS, FIRST_DAY, Rhythm
from datasources.connectors.demo.past.shelf import Past, Shelf, Spot
from datasources.connectors.demo.past.stops import Sent, stops
from datasources.connectors.demo.stories import HAMBURG
from datasources.connectors.demo.trade import aisle

SPACING = {"A": (25, 50), "B": (55, 115), "C": (110, 220)}
"""Ordinary days between two rows of what was shipped of an item."""
STORY_SPACING = (1, 3)
ORDERS_A_DAY = 44
IN_INSPECTION = ("quality", "Q-01", "status change")

CAME, CHECKED_IN, PUT_AWAY, REFILLED = 410, 425, 520, 560
"""Minutes of the site's day at which goods come, and are where they belong."""
FIRST_SHIPPED, LAST_SHIPPED, RETURNED, RECOUNTED, SPOILED, SENT = 600, 960, 990, 1020, 1040, 1050


@dataclass(slots=True)
class CentrePast:
    """One item at one centre, read backwards."""

    item: Item
    site_id: str
    shelf: Shelf
    rhythm: Rhythm
    sends: list[Sent]
    """What went to stores, by the day it left, latest first."""
    channels: Sequence[str]
    is_story: bool
    dice: Dice = field(init=False)
    pick: Spot = field(init=False)
    reserve: Spot = field(init=False)
    since: int = field(init=False)
    """The day the lot on the pick face came; -1 where it was there in the beginning, or goods keep."""

    def __post_init__(self) -> None:
        self.dice = Dice("past", self.item.sku, self.site_id)
        self._pick_from(self._pick_face())

    def read_back(self) -> Shelf:
        """Return the shelf as it was in the beginning, with all that happened since."""
        for spot, quantity in list(self.shelf.held.items()):
            self._arrived(spot, quantity)
        days = self._stops()
        spoiled_on = next((day for day in days[len(days) // 4 :: -1] if day >= self.since), -1)
        for day, earlier in pairwise((*days, -1)):
            self._sent_since(day)
            self._change_lot(day)
            if day == spoiled_on:
                self._spoiled(day)
            self._shipped(day, earlier)
            self._refilled(day)
            self._received(day)
        self._sent_since(0)
        self._change_lot(-1)
        return self.shelf

    @property
    def is_fast(self) -> bool:
        """Whether the item sells well enough to be brought from a reserve."""
        return self.is_story or self.item.grade == "A"

    @property
    def box(self) -> int:
        return self.item.box * self.item.scale

    @property
    def weekly(self) -> int:
        return self.item.weekly * self.item.scale

    def _pick_face(self) -> Spot:
        """Return the place of ours that goods are picked from, or where they would be if there were any."""
        ours = [spot for spot in self.shelf.held if (spot.status, spot.ownership) == ("available", "own")]
        faces = [spot for spot in ours if spot.bin.startswith("P-")]
        if faces:
            return faces[0]
        if ours:
            return ours[0]._replace(bin=f"P-{ours[0].bin[2:]}")
        return Spot(lot="" if self.item.keeps else OLD_LOT, bin=f"P-{aisle(self.item)}")

    def _pick_from(self, spot: Spot) -> None:
        self.pick, self.reserve = spot, spot._replace(bin=f"R-{spot.bin[2:]}")
        self.since = self._day_of(spot.lot)

    def _day_of(self, lot: str) -> int:
        """Return the open day on which the lot came, or -1 if it was there in the beginning."""
        if not lot:
            return -1
        day = (month_of(lot) - FIRST_DAY).days + 3 + self.item.number % 6
        return self._open_before(day) if day < DAYS else -1

    def _stops(self) -> list[int]:
        """Return the days on which something was shipped: none of the last ones where nothing is left."""
        last = DAYS - 1 if any(self.shelf.held.values()) else DAYS - 1 - self.dice.between(3, 25)
        spacing = STORY_SPACING if self.is_story else SPACING[self.item.grade]
        return stops(self.dice, spacing, last, self.rhythm)

    def _take_back(
        self, day: int, minute: int, cause: str, *legs: tuple[Spot, int], line: str = "", order: str = ""
    ) -> None:
        self.shelf.take_back(Past(day, minute, cause, legs, line or None, order or None))

    def _bring_back(self, day: int, minute: int, *legs: tuple[Spot, int]) -> None:
        """Take back the coming of goods from their maker, under a line that is closed since."""
        if self.item.brand == OWN_BRAND and self.site_id == HAMBURG:
            self._take_back(day, minute, "production", *legs, line=f"MO-{self.item.number}-H{day:03}")
        else:
            line = f"PO-{self.item.number}-{self.site_id}-H{day:03}"
            self._take_back(day, minute, "receipt", *legs, line=line)

    def _arrived(self, spot: Spot, quantity: int) -> None:
        """Take back the coming of goods that stand beside pick face and reserve, untouched since."""
        if spot in (self.pick, self.reserve) or spot.status == "damaged":
            return
        day = self._arrival(spot)
        if day >= 0:
            self._bring_back(day, CHECKED_IN, (spot, quantity))

    def _arrival(self, spot: Spot) -> int:
        if spot.ownership == "consignment":
            return self._open_ago(20, 90)
        if spot.status == "received":
            return self._open_ago(0, 1)
        if spot.status == "quality":
            return self._open_ago(3, 12)
        return self._day_of(spot.lot)

    def _open_ago(self, least: int, most: int) -> int:
        return self._open_before(DAYS - 1 - self.dice.between(least, most))

    def _open_before(self, day: int) -> int:
        """Return the last open day up to and with this one, or -1."""
        return self.rhythm.open_before[day] if day >= 0 else -1

    def _sent_since(self, day: int) -> None:
        """Take back what went to stores on this day or later."""
        while self.sends and self.sends[0].day >= day:
            sent = self.sends.pop(0)
            self._change_lot(sent.day)
            self._take_back(sent.day, SENT, "transfer", (self.pick, -sent.quantity), line=sent.line_id)

    def _change_lot(self, day: int) -> None:
        """Leave the earlier lot on the pick face, if the day is before the present one came."""
        if self.since <= day:
            return
        left = [(spot, self.shelf.at(spot)) for spot in (self.pick, self.reserve) if self.shelf.at(spot)]
        if left:
            self._bring_back(self.since, CAME, *left)
        self._pick_from(self.pick._replace(lot=earlier_lot(self.pick.lot)))

    def _spoiled(self, day: int) -> None:
        """Take back the damage to what stands damaged today."""
        for spot, quantity in list(self.shelf.held.items()):
            if spot.status == "damaged":
                self._take_back(day, SPOILED, "status change", (self.pick, -quantity), (spot, quantity))

    def _shipped(self, day: int, earlier: int) -> None:
        """Take back what customers were sent since the earlier stop and returned, and a recount."""
        found = self.dice.pick((-1, 1)) * self.item.scale
        if self.dice.chance(4) and self.shelf.at(self.pick) >= found:
            self._take_back(day, RECOUNTED, "count", (self.pick, found))
        if self.dice.chance(6) and self.shelf.at(self.pick) >= self.item.scale:
            self._take_back(day, RETURNED, "return", (self.pick, self.item.scale))
        shipped = self.rhythm.sold(self.weekly, earlier, day) * self.dice.between(70, 130) // 100
        if shipped:
            letter = self.dice.pick(self.channels)[0].upper()
            order = f"{letter}-{1000 + day * ORDERS_A_DAY + self.dice.between(0, ORDERS_A_DAY - 1)}"
            minute = self.dice.between(FIRST_SHIPPED, LAST_SHIPPED)
            self._take_back(day, minute, "shipment", (self.pick, -shipped), line=f"{order}-1", order=order)

    def _refilled(self, day: int) -> None:
        """Take back the filling of a fast mover's pick face that held more than a fortnight's sales."""
        there = self.shelf.at(self.pick)
        if self.is_fast and there >= max(2 * self.box, 2 * self.weekly):
            moved = (there - self.dice.between(0, self.box // 2)) // self.box * self.box
            self._take_back(day, REFILLED, "putaway", (self.reserve, -moved), (self.pick, moved))

    def _received(self, day: int) -> None:
        """Take back a purchase, if the reserve, or a slow mover's pick face, held as much."""
        lot_size = max(1, self.weekly * self.dice.between(3, 6) // self.box) * self.box
        if self.shelf.at(self.reserve) >= lot_size:
            self._came_in(day, lot_size)
        elif not self.is_fast and self.shelf.at(self.pick) >= 3 * lot_size:
            self._bring_back(day, CAME, (self.pick, self.shelf.at(self.pick) // self.box * self.box))

    def _came_in(self, day: int, quantity: int) -> None:
        """Take back goods that came to the reserve: straight, over the dock, or through inspection."""
        way = self.dice.between(1, 100)
        if way <= 75:
            self._bring_back(day, CAME, (self.reserve, quantity))
            return
        came = day if way <= 90 else self._open_before(day - self.dice.between(2, 4))
        status, corner, cause = ("received", "DOCK-1", "putaway") if came == day else IN_INSPECTION
        waiting = Spot(status, lot=self.reserve.lot, bin=corner)
        self._take_back(day, PUT_AWAY, cause, (waiting, -quantity), (self.reserve, quantity))
        if came >= 0:
            self._bring_back(came, CAME, (waiting, quantity))
