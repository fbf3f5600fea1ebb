"""The company's last half year, told by the systems that count its stock: opening balances, then every move.

The moves are read back from what stands on the demo day, so opening balances and moves add up to it exactly,
place by place. What came and went belongs to lines that are closed since.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from datasources.connectors.demo.catalogue import PRECISIONS, Item
from datasources.connectors.demo.company import Company, company_of
from datasources.connectors.demo.network import CHANNEL_PERCENT, DemoSize
from datasources.connectors.demo.past.centre import CentrePast
from datasources.connectors.demo.past.season import DAYS, FIRST_DAY, Rhythm, rhythm_of
from datasources.connectors.demo.past.shelf import Past, Shelf, Spot
from datasources.connectors.demo.past.stops import Sent
from datasources.connectors.demo.past.store import store_past
from datasources.connectors.demo.stories import FULL_STORIES, HAMBURG, STORIES, Trade
from datasources.facts import Event, Leg, Movement, SiteFact

OPENING = datetime.combine(FIRST_DAY, time(0), UTC) - timedelta(hours=2)
"""When the opening balances were counted: midnight in Hamburg, before the first move anywhere."""

SERVED_BY = {
    "Europe/Berlin": ("DC-HAM",),
    "America/New_York": ("DC-CMH",),
    "Europe/London": ("DC-LTN", "DC-HAM"),
    "America/Los_Angeles": ("DC-ONT", "DC-CMH"),
}
"""The centre that serves the stores of a zone: the first one the company has."""


TOLD_OF = frozenset(trade.item.sku for trade in STORIES + FULL_STORIES)


def demo_history(size: DemoSize | None = None) -> Iterator[Event]:
    """Yield opening balances and moves, oldest first, in our skus and base units."""
    company = company_of(size or DemoSize())
    told = _History(company)
    yield from sorted(told.events(), key=lambda event: (event.occurred_at, event.event_id))


@dataclass(slots=True)
class _History:
    """The past of one company, made item by item."""

    company: Company
    _rhythms: dict[tuple[str, str], Rhythm] = field(default_factory=dict)
    _midnights: dict[tuple[str, int], datetime] = field(default_factory=dict)

    def events(self) -> Iterator[Event]:
        """Yield all that happened, item by item and site by site."""
        for trade in self.company.trades:
            yield from self._of_item(trade)

    def _of_item(self, trade: Trade) -> Iterator[Event]:
        held, sends = _on_hand(trade), self._on_the_lorry(trade)
        for store in self.company.stores:
            if store.site_id in held:
                shelf, came = self._store(trade, store, held[store.site_id])
                sends.setdefault(self._centre_of(store).site_id, []).extend(came)
                yield from self._told("pos", trade.item, store, shelf)
        for centre in self.company.centres:
            if centre.site_id in held or centre.site_id in sends or _is_listed(trade, centre.site_id):
                going = sorted(sends.get(centre.site_id, ()), key=lambda sent: (-sent.day, sent.line_id))
                shelf = self._centre(trade, centre, held.get(centre.site_id, {}), going)
                yield from self._told("wms", trade.item, centre, shelf)

    def _rhythm(self, item: Item, site: SiteFact) -> Rhythm:
        key = (item.department, site.site_id)
        if key not in self._rhythms:
            self._rhythms[key] = rhythm_of(item.department, site)
        return self._rhythms[key]

    def _centre_of(self, store: SiteFact) -> SiteFact:
        """Return the centre that serves the store."""
        here = {centre.site_id: centre for centre in self.company.centres}
        return next(here[site_id] for site_id in SERVED_BY[store.zone] if site_id in here)

    def _on_the_lorry(self, trade: Trade) -> dict[str, list[Sent]]:
        """Return what left each centre for a store on the last day and is on its way still."""
        stores, sends = {store.site_id: store for store in self.company.stores}, defaultdict(list)
        for line in trade.supply:
            if line.kind == "in_transit" and line.site_id in stores:
                centre = self._centre_of(stores[line.site_id])
                day = self._rhythm(trade.item, centre).open_before[DAYS - 1]
                quantity = _smallest(trade.item, line.quantity)
                sends[centre.site_id].append(Sent(day, quantity, line.line_id))
        return dict(sends)

    def _store(self, trade: Trade, store: SiteFact, held: dict[Spot, int]) -> tuple[Shelf, list[Sent]]:
        """Return the store's shelf in the beginning, and what its centre sent: by the day it left."""
        is_story, rhythm = trade.item.sku in TOLD_OF, self._rhythm(trade.item, store)
        shelf, came = store_past(trade.item, store.site_id, Shelf(held), rhythm, is_story=is_story)
        left_before = self._rhythm(trade.item, self._centre_of(store)).open_before
        left = [(left_before[sent.day - 1], sent) for sent in came if sent.day > 0]
        return shelf, [replace(sent, day=day) for day, sent in left if day >= 0]

    def _centre(self, trade: Trade, centre: SiteFact, held: dict[Spot, int], going: list[Sent]) -> Shelf:
        return CentrePast(
            item=trade.item,
            site_id=centre.site_id,
            shelf=Shelf(held),
            rhythm=self._rhythm(trade.item, centre),
            sends=going,
            channels=[
                channel.code
                for channel in self.company.channels
                for _ in range(CHANNEL_PERCENT[channel.code])
            ],
            is_story=trade.item.sku in TOLD_OF,
        ).read_back()

    def _told(self, source: str, item: Item, site: SiteFact, shelf: Shelf) -> Iterator[Event]:
        """Yield the shelf's opening balance and its past as the system that counts the site tells them."""
        begun = tuple((spot, quantity) for spot, quantity in shelf.held.items() if quantity)
        name = f"past-{item.number}-{site.site_id}"
        if begun:
            movement = Movement(item.sku, "count", _legs(item, site.site_id, begun))
            yield Event(source, f"{name}-opening", OPENING, movement)
        for nth, past in enumerate(reversed(shelf.past)):
            movement = Movement(
                item.sku, past.cause, _legs(item, site.site_id, past.legs), past.line_id, past.order_id
            )
            yield Event(source, f"{name}-{nth}", self._instant(site.zone, past), movement)

    def _instant(self, zone: str, past: Past) -> datetime:
        key = (zone, past.day)
        if key not in self._midnights:
            day = FIRST_DAY + timedelta(days=past.day)
            self._midnights[key] = datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC)
        return self._midnights[key] + timedelta(minutes=past.minute)


def _is_listed(trade: Trade, site_id: str) -> bool:
    """Return whether the centre sells the item, though it has none today."""
    return site_id == HAMBURG or trade.item.sku not in TOLD_OF


def _smallest(item: Item, quantity: Decimal) -> int:
    """Return the quantity in smallest units."""
    return int(quantity.scaleb(PRECISIONS[item.unit]))


def _on_hand(trade: Trade) -> dict[str, dict[Spot, int]]:
    """Return what stands at each site on the demo day, spot by spot."""
    held: dict[str, dict[Spot, int]] = {}
    for row in trade.stock:
        spot = Spot(row.status, row.ownership, row.lot, row.bin)
        here = held.setdefault(row.site_id, {})
        here[spot] = here.get(spot, 0) + _smallest(trade.item, row.quantity)
    return held


def _legs(item: Item, site_id: str, moved: Iterable[tuple[Spot, int]]) -> tuple[Leg, ...]:
    decimals = PRECISIONS[item.unit]
    if not decimals:
        return tuple([Leg(site_id, Decimal(quantity), *spot) for spot, quantity in moved])
    return tuple(Leg(site_id, Decimal(quantity).scaleb(-decimals), *spot) for spot, quantity in moved)
