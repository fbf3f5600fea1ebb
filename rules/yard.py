"""What buying and making can draw on at each site while one ask is decided: what is free, terms, minutes.

What the lines of the ask take is gone for the lines after them.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain

from rules.asked import LineAnswer, LineOutcome
from rules.atp import UNLIMITED
from rules.calendar import ONE_DAY, NoOpenDay, local_day
from rules.chain import Origin, add_back
from rules.company import EVERY_DAY, Calendar, Setup
from rules.ctp import Way
from rules.ctp_promise import FIRM, KINDS
from rules.ctp_terms import Buy, Component, Legs, Make, Shop, Ways, WholeLead
from rules.free import Row
from rules.position import ItemPosition
from rules.terms import NO_TERMS, ProductionTerms, SupplierTerms, Terms, made_from


class NotSo(Exception):
    """The line may not come this way; the message says why."""


Taken = tuple[str, str, date, int]
"""An item, a site, a day, and how much is promised for it."""


@dataclass(slots=True)
class Yard:
    """What there is for the ask of one channel, site by site."""

    company: Setup
    now: datetime
    channel: str
    positions: Mapping[str, ItemPosition]
    taken: tuple[Taken, ...] = ()
    _shops: dict[str, Shop] = field(default_factory=dict)

    def shop(self, site_id: str, sku: str, free: Row) -> Shop:
        """All that bears on having more of the item at the site, `free` being what is free of it."""
        shop = self._shops.get(site_id) or Shop(self.today(site_id), self.now, {})
        items, minutes = dict(shop.items), dict(shop.minutes)
        for name in (sku, *made_from([self._terms(sku)], self._terms)):
            if name not in items:
                items[name] = self._ways(site_id, name)
                minutes[name] = self._minutes(site_id, name)
        self._shops[site_id] = replace(shop, items=items, minutes=minutes)
        return replace(shop, items={**items, sku: replace(items[sku], free=free)}, minutes=minutes)

    def settle(self, site_id: str, sku: str, after: Shop) -> None:
        """What is left once a way is taken; what is free of the item asked for is the ask's own affair."""
        before = self._shops[site_id].items[sku].free
        kept = replace(after.items[sku], free=before)
        self._shops[site_id] = replace(after, items={**after.items, sku: kept})

    def leave(self, sku: str, way: Way) -> None:
        """What is transferred is owed by its sender, for the lines after this one."""
        self.taken = (*self.taken, (sku, way.source_id, way.starts_on, way.quantity))
        shop = self._shops.get(way.source_id)
        if shop is not None and sku in shop.items:
            cell = (way.starts_on - shop.today).days
            left = without(shop.items[sku].free, cell, way.quantity)
            items = {**shop.items, sku: replace(shop.items[sku], free=left)}
            self._shops[way.source_id] = replace(shop, items=items)

    def known_free(self, site_id: str, sku: str) -> Row | None:
        """What ways taken before left free of the item there; None where none were looked for."""
        shop = self._shops.get(site_id)
        return shop.items[sku].free if shop is not None and sku in shop.items else None

    def today(self, site_id: str) -> date:
        """The site's local day."""
        return local_day(self.now, self.company.sites[site_id].zone)

    def counted(self, site_id: str, item_class: str, way: Way) -> tuple[date, str]:
        """From which day on what is bought or made counts, and under which name. Raises NotSo."""
        kind = KINDS[way.label]
        policy = self.company.choices.policy_at(site_id, item_class, self.now)
        choice = policy.supply(kind, "own", FIRM, 0)
        if choice.users is not None and self.channel not in choice.users:
            raise NotSo(f"a {kind} that is {FIRM} does not count for the channel")
        return max(way.usable_on, self.today(site_id) + timedelta(days=choice.from_days)), choice.position

    def _terms(self, sku: str) -> Terms:
        item = self.positions.get(sku)
        return NO_TERMS if item is None else item.profile.terms

    def _ways(self, site_id: str, sku: str) -> Ways:
        terms = self._terms(sku)
        return Ways(
            self._free(site_id, sku),
            tuple(self._buys(terms, site_id)),
            tuple(self._make(way) for way in terms.productions if way.site_id == site_id),
        )

    def _free(self, site_id: str, sku: str) -> Row:
        """What is free of the item at the site over all positions the channel may use, less what is taken."""
        item = self.positions.get(sku)
        rows = [
            rows.free
            for rows in (item.sites if item else ())
            if rows.site_id == site_id and rows.serves(self.channel)
        ]
        row = [UNLIMITED if UNLIMITED in cells else sum(cells) for cells in zip(*rows, strict=False)]
        for name, site, day, quantity in self.taken:
            if (name, site) == (sku, site_id):
                row = without(row, (day - self.today(site_id)).days, quantity)
        return row

    def _minutes(self, site_id: str, sku: str) -> Row:
        today, free = self.today(site_id), {}
        for row in self._terms(sku).minutes:
            if row.site_id == site_id and row.day >= today:
                free[(row.day - today).days] = max(0, row.free)
        return [free.get(cell, 0) for cell in range(max(free, default=-1) + 1)]

    def _buys(self, terms: Terms, site_id: str) -> Iterator[Buy]:
        """The site's suppliers, but those who cannot even deliver what was ordered of them."""
        for way in terms.suppliers:
            if way.site_id == site_id:
                with suppress(NoOpenDay):
                    yield self._buy(way)

    def _buy(self, way: SupplierTerms) -> Buy:
        site = self.company.sites[way.site_id]
        calendar = self._calendar
        lead: Legs | WholeLead
        if way.lead_time_days is not None:
            lead = WholeLead(way.lead_time_days, calendar(way.supplier_calendar, way.site_id))
        else:
            lead = Legs(
                way.supplier_days,
                calendar(way.supplier_calendar, way.site_id),
                way.transit_days,
                calendar(way.carrier_calendar, way.site_id),
                calendar(way.receiving_calendar, way.site_id),
                site.dock_to_stock_days if way.dock_to_stock_days is None else way.dock_to_stock_days,
                self.company.calendar_at(way.site_id),
            )
        desk = Origin(way.desk_zone or site.zone, calendar(way.desk_calendar, way.site_id), way.cut_off)
        return Buy(
            way.supplier,
            lead,
            desk,
            way.minimum,
            way.multiple,
            way.a_day,
            _delivered(way, lead.supplier if isinstance(lead, Legs) else lead.calendar),
            self._fence(way.site_id, way.fence_days),
            way.unit_cost,
            way.order_cost,
        )

    def _make(self, way: ProductionTerms) -> Make:
        return Make(
            way.version,
            tuple(Component(line.sku, line.per, line.scrap) for line in way.components),
            way.resource,
            way.set_up_minutes,
            way.minutes_a_unit,
            way.fixed_days,
            self._calendar(way.calendar, way.site_id),
            self._fence(way.site_id, way.fence_days),
            way.unit_cost,
        )

    def _fence(self, site_id: str, days: int) -> date | None:
        return self.today(site_id) + timedelta(days=days) if days else None

    def _calendar(self, named: str, site_id: str) -> Calendar:
        return self.company.calendars.get(named, EVERY_DAY) if named else self.company.calendar_at(site_id)


def _delivered(way: SupplierTerms, calendar: Calendar) -> dict[date, int]:
    """What the supplier delivers for orders that stand, day by day up to the day each is ready.

    Raises NoOpenDay where his calendar has too few days for them.
    """
    taken: dict[date, int] = {}
    for ready, quantity in way.taken:
        day, rest = ready, quantity
        while rest > 0 and way.a_day:
            part = min(rest, max(0, way.a_day - taken.get(day, 0)))
            taken[day] = taken.get(day, 0) + part
            rest -= part
            day = add_back(calendar, day - ONE_DAY, 0)
    return taken


def without(row: Row, cell: int, quantity: int) -> list[int]:
    """The row once so much is promised for the cell, whatever it was promised from."""
    later = [at if at == UNLIMITED else max(0, at - quantity) for at in row[cell:]]
    left = later[0] if later else 0
    return [min(at, left) for at in row[:cell]] + later


def taken_by(
    outcomes: Iterable[tuple[str, LineOutcome]], positions: Mapping[str, ItemPosition]
) -> tuple[Taken, ...]:
    """What the answers take, each with its item; of a kit its parts as well, as though none were finished."""
    answered = [(sku, told) for sku, told in outcomes if isinstance(told, LineAnswer)]
    return tuple(
        (name, part.site_id, part.needed, part.goods * per)
        for sku, told in answered
        for part in told.schedule
        if not part.made_of
        for name, per in chain([(part.sku or sku, 1)], _parts(positions[part.sku or sku]))
    ) + tuple(
        (each.sku, part.site_id, part.needed, each.quantity)
        for _, told in answered
        for part in told.schedule
        for each in part.made_of
    )


def _parts(item: ItemPosition) -> Iterable[tuple[str, int]]:
    return ((part.sku, part.per) for part in item.profile.parts)
