"""What the company's people do on a day: each act is one event, and they know what it changed.

Nobody ships what they do not know to be on the shelf, and the items with a story are left alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from datasources.connectors.demo.dice import Dice
from datasources.connectors.demo.lots import NEW_LOT
from datasources.connectors.demo.network import CHANNEL_PERCENT
from datasources.connectors.demo.people import COMPANIES, household
from datasources.connectors.demo.stories import FULL_STORIES, STORIES
from datasources.connectors.demo.trade import aisle
from gateway.live.known import Known, OrderLine, Place, Purchase

Event = Mapping[str, Any]
T = TypeVar("T")

TRIES = 12
"""How many things are looked at before nothing is done: a day goes on, whatever a search finds."""
HELD_MAX = 20
AT_THE_DOCK_MAX = 50
STORY_SKUS = frozenset(trade.item.sku for trade in STORIES + FULL_STORIES)


class Work:
    """A day's work. Every act returns the event it is told by, or None where there was nothing to do."""

    def __init__(self, known: Known, dice: Dice, run: str) -> None:
        self._known, self._dice, self._run = known, dice, run
        self._told = 0
        self._items = [item for item in known.items if item.sku not in STORY_SKUS]
        self._popular = [item for item in known.items if item.grade == "A" or item.sku in STORY_SKUS]
        self._by_sku = {item.sku: item for item in self._items}
        self._shelves = {
            place: quantity for place, quantity in known.shelves.items() if place.sku in self._by_sku
        }
        self._places: dict[tuple[str, str], list[Place]] = {}
        for place in self._shelves:
            self._places.setdefault((place.sku, place.site), []).append(place)
        self._in_inspection = [place for place in self._shelves if place.status == "quality"]
        self._in_stores = [place for place in self._shelves if place.site in known.stores]
        self._owed = [line for line in known.orders if line.sku in self._by_sku]
        self._coming = [line for line in known.purchases if line.sku in self._by_sku]
        self._docked = [place for place in self._shelves if place.status == "received"]
        self._held: list[str] = []

    def order(self) -> Event | None:
        """An order comes in for goods that a centre has."""
        channel = self.channel()
        item, centre = self._dice.pick(self._items), self._dice.pick(self._known.centres)
        companies = COMPANIES.get(channel)
        quantity = item.amount(self._dice.between(1, item.weekly if companies else 3))
        if self._place_with(item.sku, centre, quantity) is None:
            return None
        order = f"{channel[0].upper()}-{self._run}-{self._told}"
        line = OrderLine(order, f"{order}-1", item.sku, centre, quantity)
        self._owed.append(line)
        needed = self._known.today + timedelta(days=self._dice.between(0, 5))
        customer = self._dice.pick(companies) if companies else household(self._dice.between(20000, 29999))
        return self._tell(
            "oms",
            demandLine=_line(line)
            | {
                "order": order,
                "channel": channel,
                "neededOn": needed.isoformat(),
                "wanted": (needed + timedelta(days=2)).isoformat(),
                "customer": customer,
            },
        )

    def shipment(self) -> Event | None:
        """A centre ships an open order line from a shelf that has it all."""
        line = self._found(self._owed, lambda line: self._place_with(line.sku, line.site, line.quantity))
        if line is None:
            return None
        self._owed.remove(line)
        place = self._place_with(line.sku, line.site, line.quantity)
        assert place is not None
        legs = [self._leg(place, -line.quantity)]
        return self._moved("wms", line.sku, "shipment", legs, line=line.line, order=line.order)

    def sale(self) -> Event | None:
        """A till sells a piece or two."""
        place = self._found(self._in_stores, lambda place: self._shelves[place] >= 2)
        if place is None:
            return None
        pieces = Decimal(self._dice.between(1, 2))
        return self._moved("pos", place.sku, "sale", [self._leg(place, -pieces)])

    def receipt(self) -> Event | None:
        """A purchase comes in to the dock, as a whole or in two parts."""
        soon = self._known.today + timedelta(days=3)
        line = self._found(self._coming, lambda line: line.due <= soon)
        if line is None or len(self._docked) >= AT_THE_DOCK_MAX:
            return None
        self._coming.remove(line)
        came = line.quantity - (line.quantity // 2 if self._dice.chance(30) else 0)
        lot = "" if self._by_sku[line.sku].keeps else NEW_LOT
        dock = Place(line.sku, line.site, "received", lot, "DOCK-1")
        if dock not in self._docked:
            self._docked.append(dock)
        return self._moved("wms", line.sku, "receipt", [self._leg(dock, came)], line=line.line)

    def put_away(self) -> Event | None:
        """What has waited longest at a dock goes to its reserve."""
        if not self._docked:
            return None
        dock = self._docked.pop(0)
        return self._changed(dock, self._reserve(dock), self._shelves[dock], "putaway")

    def inspection(self) -> Event | None:
        """Goods pass inspection, or some of them do not."""
        place = self._found(self._in_inspection, lambda place: self._shelves[place] >= 1)
        if place is None:
            return None
        if self._dice.chance(15):
            return self._changed(
                place, replace(place, status="damaged", bin="Q-09"), Decimal(1), "status change"
            )
        return self._changed(place, self._reserve(place), self._shelves[place], "status change")

    def hold(self) -> Event | None:
        """A hold is set for some days, or one of today's is lifted."""
        if self._held and (self._dice.chance(50) or len(self._held) >= HELD_MAX):
            return self._tell("wms", holdLifted={"hold": self._held.pop(0)})
        place = self._found(list(self._shelves), self._is_held_in_part)
        if place is None:
            return None
        code, reason = self._dice.pick((("quality", "Sample taken"), ("count", "Recount after difference")))
        hold = f"HL-{self._run}-{self._told}"
        self._held.append(hold)
        until = self._known.today + timedelta(days=self._dice.between(1, 10))
        return self._tell(
            "wms",
            holdSet={
                "hold": hold,
                "holdCode": code,
                "sku": place.sku,
                "site": place.site,
                "quantity": str(self._dice.between(1, 3)),
                "until": until.isoformat(),
                "reason": reason,
            },
        )

    def purchase(self) -> Event | None:
        """A supplier confirms a purchase line, or will be late with one."""
        line = self._found(self._coming, lambda _: True)
        if line is None:
            return None
        self._coming.remove(line)
        late = timedelta(days=self._dice.between(2, 9))
        news = (
            replace(line, due=max(line.due, self._known.today) + late)
            if line.firmness == "confirmed"
            else replace(line, firmness="confirmed")
        )
        self._coming.append(news)
        return self._tell(
            "erp",
            supplyLine=_line(news)
            | {
                "kind": "purchase",
                "due": news.due.isoformat(),
                "firmness": news.firmness,
                "supplier": news.supplier,
            },
        )

    def channel(self) -> str:
        """Return a channel, as often as it sells."""
        return self._dice.pick([code for code in self._known.channels for _ in range(CHANNEL_PERCENT[code])])

    def question(self) -> tuple[str, list[Event]]:
        """Return what a shopper asks and in which channel: some items, or now and then a page of them.

        One household in three wants to fetch the goods at a store.
        """
        channel = self.channel()
        count = 12 if self._dice.chance(10) else self._dice.between(1, 3)
        lines = [self._asked(channel) for _ in range(count)]
        if channel not in COMPANIES and self._dice.chance(33):
            store = self._dice.pick(self._known.stores)
            lines = [{**line, "site": store} for line in lines]
        return channel, lines

    def _asked(self, channel: str) -> Event:
        item = self._dice.pick(self._known.items if self._dice.chance(70) else self._popular)
        pieces = self._dice.between(1, item.weekly if channel in COMPANIES else 4)
        wanted = self._known.today + timedelta(days=self._dice.between(0, 9))
        quantity = item.amount(pieces, self._dice.between(0, 999))
        return {"sku": item.sku, "quantity": str(quantity), "wanted": wanted.isoformat()}

    def _found(self, options: Sequence[T], fits: Callable[[T], object]) -> T | None:
        """Return one of the options that fits, unless none is met in a few tries."""
        for _ in range(TRIES if options else 0):
            option = self._dice.pick(options)
            if fits(option):
                return option
        return None

    def _place_with(self, sku: str, site: str, quantity: Decimal) -> Place | None:
        """Return a place whose available goods are enough."""
        places = self._places.get((sku, site), ())
        return next((p for p in places if p.status == "available" and self._shelves[p] >= quantity), None)

    def _is_held_in_part(self, place: Place) -> bool:
        """Whether a hold of a few pieces would leave some."""
        return place.site in self._known.centres and place.status == "available" and self._shelves[place] > 6

    def _reserve(self, place: Place) -> Place:
        return replace(place, status="available", bin=f"R-{aisle(self._by_sku[place.sku])}")

    def _changed(self, old: Place, new: Place, quantity: Decimal, cause: str) -> Event:
        return self._moved("wms", old.sku, cause, [self._leg(old, -quantity), self._leg(new, quantity)])

    def _leg(self, place: Place, quantity: Decimal) -> Event:
        """Return one side of a movement. The shelf is known to be so afterwards."""
        if place not in self._shelves:
            self._shelves[place] = Decimal(0)
            self._places.setdefault((place.sku, place.site), []).append(place)
        self._shelves[place] += quantity
        assert self._shelves[place] >= 0, f"{place} would be below nothing"
        state = {"site": place.site, "status": place.status, "lot": place.lot, "bin": place.bin}
        return state | {"quantity": str(quantity)}

    def _moved(self, source: str, sku: str, cause: str, legs: Sequence[Event], **lines: str) -> Event:
        return self._tell(source, movement={"sku": sku, "cause": cause, "legs": legs} | lines)

    def _tell(self, source: str, **fact: Event) -> Event:
        self._told += 1
        return {"source": source, "eventId": f"live-{self._run}-{self._told}"} | fact


def _line(line: OrderLine | Purchase) -> dict[str, Any]:
    return {"line": line.line, "sku": line.sku, "site": line.site, "quantity": str(line.quantity)}
