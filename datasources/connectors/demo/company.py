"""The company put together, and cut into the systems that tell of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from datasources.connectors.demo.catalogue import Item, ordinary_items
from datasources.connectors.demo.kits import gift_sets, kit_parts
from datasources.connectors.demo.lanes import CARRIER, destinations, lanes
from datasources.connectors.demo.lots import lots_gone
from datasources.connectors.demo.network import (
    CALENDARS,
    CENTRES,
    CHANNELS,
    STORES,
    SUPPLIER_SITES,
    DemoSize,
)
from datasources.connectors.demo.orders import ordinary_orders, safety_stocks, weekly_forecasts
from datasources.connectors.demo.stories import Trade, stories
from datasources.connectors.demo.systems import (
    DemoSource,
    as_bought,
    as_held,
    as_lotted,
    as_scanned,
    as_shelved,
    erp_aliases,
    till_aliases,
    warehouse_aliases,
)
from datasources.connectors.demo.trade import ordinary_trade, sent_by_the_maker
from datasources.facts import CalendarFact, ChannelFact, Fact, SiteFact
from datasources.protocol import Source

Tables = dict[str, tuple[Fact, ...]]
Told = TypeVar("Told")
Spelt = TypeVar("Spelt", bound=Fact)


@dataclass(frozen=True, slots=True)
class Company:
    """The whole business before any system has spelled it."""

    size: DemoSize
    trades: tuple[Trade, ...]
    centres: tuple[SiteFact, ...]
    stores: tuple[SiteFact, ...]
    suppliers: tuple[SiteFact, ...]
    channels: tuple[ChannelFact, ...]

    @property
    def sites(self) -> tuple[SiteFact, ...]:
        """Every site, those that hold our goods first."""
        return self.centres + self.stores + self.suppliers

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item, those with a story first."""
        return tuple(trade.item for trade in self.trades)

    def told(
        self, tell: Callable[[Trade], Iterable[Told]], spell: Callable[[Item, Told], Spelt]
    ) -> tuple[Spelt, ...]:
        """Return what `tell` picks from each item's trade, as one system spells it."""
        return tuple(spell(trade.item, fact) for trade in self.trades for fact in tell(trade))


def demo_sources(size: DemoSize | None = None) -> tuple[Source, ...]:
    """Return the five systems of the demo company, the item master first."""
    chosen = size or DemoSize()

    def source(name: str, states: set[str], tables: Callable[[Company], Tables]) -> DemoSource:
        return DemoSource(name, frozenset(states), lambda: tables(company_of(chosen)))

    return (
        source("erp", {"supply", "allocation", "lane"}, _erp),
        source("wms", {"stock", "hold"}, _wms),
        source("pos", {"stock"}, _pos),
        source("oms", {"demand"}, _oms),
        source("planning", {"forecast", "safety_stock"} if chosen.full else {"forecast"}, _planning),
    )


@lru_cache(maxsize=1)
def company_of(size: DemoSize) -> Company:
    """Return the company at this size."""
    centres, stores = CENTRES[: size.centres], STORES[: size.stores]
    told = stories(full=size.full)
    sets = gift_sets() if size.full else ()
    ordinary = (*sets, *ordinary_items(size.items - len(told) - len(sets)))
    trades = told + tuple(ordinary_trade(item, centres, stores) for item in ordinary)
    if size.full:
        trades = tuple(_in_full(trade) for trade in trades)
    suppliers = SUPPLIER_SITES if size.full else ()
    return Company(size, trades, centres, stores, suppliers, CHANNELS[: size.channels])


def _in_full(trade: Trade) -> Trade:
    """Return the trade with what its maker sends to customers, and the lots of food that are gone."""
    supply = (*trade.supply, *sent_by_the_maker(trade.item))
    return replace(trade, supply=supply, lots=(*trade.lots, *lots_gone(trade.item, trade.lots)))


def _erp(company: Company) -> Tables:
    return {
        "calendars": _calendars(company),
        "sites": company.sites,
        "destinations": destinations(company.sites),
        "lanes": tuple(lanes(company.sites)),
        "channels": company.channels,
        "items": tuple(item.master() for item in company.items),
        "kits": kit_parts() if company.size.full else (),
        "aliases": erp_aliases(company.items),
        "supply": company.told(lambda trade: trade.supply, as_bought),
        "allocations": company.told(lambda trade: trade.allocations, _as_is),
    }


def _calendars(company: Company) -> tuple[CalendarFact, ...]:
    kept = {site.calendar for site in company.sites}
    return (*(calendar for calendar in CALENDARS if calendar.name in kept), CARRIER)


def _wms(company: Company) -> Tables:
    centres = {centre.site_id for centre in company.centres}
    return {
        "aliases": warehouse_aliases(company.items),
        "lots": company.told(lambda trade: trade.lots, as_lotted),
        "stock": company.told(
            lambda trade: (row for row in trade.stock if row.site_id in centres), as_shelved
        ),
        "holds": company.told(lambda trade: trade.holds, as_held),
    }


def _pos(company: Company) -> Tables:
    stores = {store.site_id for store in company.stores}
    return {
        "aliases": till_aliases(company.items),
        "stock": company.told(
            lambda trade: (row for row in trade.stock if row.site_id in stores), as_scanned
        ),
    }


def _oms(company: Company) -> Tables:
    """Order lines: the stories' own, then those of the ordinary items, so that no story is disturbed."""
    ordinary = company.items[len(stories(full=company.size.full)) :]
    orders = ordinary_orders(ordinary, company.centres, company.channels, company.size.orders)
    return {
        "orders": company.told(lambda trade: trade.demand, _as_is) + tuple(orders),
    }


def _planning(company: Company) -> Tables:
    """Forecasts, and in the full company what is kept back of ordinary items."""
    forecasts = weekly_forecasts(company.items, company.centres, company.channels, company.size)
    ordinary = company.items[len(stories(full=True)) :] if company.size.full else ()
    return {
        "forecasts": tuple(forecasts),
        "safety stocks": tuple(safety_stocks(ordinary, company.centres)),
    }


def _as_is(_item: Item, fact: Spelt) -> Spelt:
    return fact
