"""Suppliers, production versions and free minutes: read from their mirrors, and as cells of a profile."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import fact_tables, promise_tables
from datasources.store.tables import among
from rules.terms import BillLine, Minutes, ProductionTerms, SupplierTerms, Terms

Rows = Mapping[str, list[Row[Any]]]
"""Rows by sku."""
Reader = Callable[[Sequence[str]], Awaitable[Rows]]
PARTS = ("suppliers", "productions", "bills", "minutes", "ordered")
"""What terms are made from; whoever reads profiles says how to read each."""


async def terms_of(read: Mapping[str, Reader], skus: Sequence[str]) -> Mapping[str, Terms]:
    """How more of each item can be had; items of which nothing is known are left out."""
    found = {name: await read[name](skus) for name in PARTS}
    named = sorted({sku for rows in found.values() for sku in rows})
    return {sku: _terms(*(found[name].get(sku, []) for name in PARTS)) for sku in named}


async def ordered(tx: AsyncConnection, known: datetime | None, skus: Sequence[str]) -> Rows:
    """What we ordered of the items from suppliers and still expect, by what was known then (None: now)."""
    order, line = promise_tables.firm_order, fact_tables.supply_line
    expected = select(line.c.line_id).where(line.c.recorded_until.is_(None), among(line.c.sku, skus))
    chosen = select(order).where(
        among(order.c.sku, skus), order.c.label == "ctp_buy", order.c.order_id.in_(expected)
    )
    if known is not None:
        chosen = chosen.where(order.c.made_at <= known)
    found: dict[str, list[Row[Any]]] = {}
    for row in await tx.execute(chosen.order_by(order.c.order_id)):
        found.setdefault(row.sku, []).append(row)
    return found


async def other_bills(tx: AsyncConnection, but_of: str) -> list[tuple[str, str]]:
    """Each item and component of the bills that stand, but those one source states."""
    table = fact_tables.bill
    chosen = select(table.c.sku, table.c.component).distinct()
    rows = await tx.execute(chosen.where(table.c.recorded_until.is_(None), table.c.source != but_of))
    return [(row.sku, row.component) for row in rows]


def _terms(
    suppliers: Sequence[Row[Any]],
    productions: Sequence[Row[Any]],
    bills: Sequence[Row[Any]],
    minutes: Iterable[Row[Any]],
    ordered: Iterable[Row[Any]],
) -> Terms:
    taken: dict[tuple[str, str], dict[date, int]] = {}
    for row in ordered:
        days = taken.setdefault((row.site_id, row.source_id), {})
        days[row.ready_on] = days.get(row.ready_on, 0) + row.quantity
    by_version: dict[str, list[BillLine]] = {}
    for row in sorted(bills, key=lambda line: (line.version, line.component)):
        by_version.setdefault(row.version, []).append(
            BillLine(row.component, Fraction(row.per), Fraction(row.scrap))
        )
    free: dict[tuple[str, date], int] = {}
    for row in minutes:
        free[row.site_id, row.day] = free.get((row.site_id, row.day), 0) + row.quantity
    return Terms(
        tuple(
            _supplier(row, taken.get((row.site_id, row.supplier), {}))
            for row in sorted(suppliers, key=lambda row: (row.site_id, row.supplier))
        ),
        tuple(
            _production(row, by_version.get(row.version, ()))
            for row in sorted(productions, key=lambda row: (row.site_id, row.version))
        ),
        tuple(Minutes(site, day, left) for (site, day), left in sorted(free.items()) if left),
    )


def _supplier(row: Row[Any], taken: Mapping[date, int]) -> SupplierTerms:
    return SupplierTerms(
        supplier=row.supplier,
        site_id=row.site_id,
        lead_time_days=row.lead_time_days,
        supplier_days=row.supplier_days,
        supplier_calendar=row.supplier_calendar,
        transit_days=row.transit_days,
        carrier_calendar=row.carrier_calendar,
        receiving_calendar=row.receiving_calendar,
        dock_to_stock_days=row.dock_to_stock_days,
        minimum=row.minimum,
        multiple=row.multiple,
        a_day=row.a_day,
        unit_cost=Fraction(row.unit_cost),
        order_cost=Fraction(row.order_cost),
        desk_zone=row.desk_zone,
        desk_calendar=row.desk_calendar,
        cut_off=row.cut_off,
        fence_days=row.fence_days,
        taken=() if row.a_day is None else tuple(sorted(taken.items())),
    )


def _production(row: Row[Any], components: Iterable[BillLine]) -> ProductionTerms:
    return ProductionTerms(
        version=row.version,
        site_id=row.site_id,
        components=tuple(components),
        resource=row.resource or "",
        set_up_minutes=row.set_up_minutes,
        minutes_a_unit=Fraction(row.minutes_a_unit),
        fixed_days=row.fixed_days,
        calendar=row.calendar,
        fence_days=row.fence_days,
        unit_cost=Fraction(row.unit_cost),
    )


def encode(terms: Terms) -> dict[str, list[Any]]:
    """The terms as cells, without those there are none of: the same terms always give the same cells."""
    cells = {
        "buy": [_buy(way) for way in terms.suppliers],
        "make": [_make(way) for way in terms.productions],
        "minutes": [[row.site_id, row.day.toordinal(), row.free] for row in terms.minutes],
    }
    return {name: rows for name, rows in cells.items() if rows}


def _buy(way: SupplierTerms) -> list[Any]:
    return [
        *(way.supplier, way.site_id, way.lead_time_days, way.supplier_days, way.supplier_calendar),
        *(way.transit_days, way.carrier_calendar, way.receiving_calendar, way.dock_to_stock_days),
        *(way.minimum, way.multiple, way.a_day, str(way.unit_cost), str(way.order_cost)),
        *(way.desk_zone, way.desk_calendar, way.cut_off, way.fence_days),
        [[day.toordinal(), quantity] for day, quantity in way.taken],
    ]


def _make(way: ProductionTerms) -> list[Any]:
    return [
        *(way.version, way.site_id),
        [[line.sku, str(line.per), str(line.scrap)] for line in way.components],
        *(way.resource, way.set_up_minutes, str(way.minutes_a_unit), way.fixed_days),
        *(way.calendar, way.fence_days, str(way.unit_cost)),
    ]


def decode(cells: Mapping[str, Any]) -> Terms:
    """The terms that `encode` wrote."""
    return Terms(
        tuple(_read_buy(*row) for row in cells.get("buy", ())),
        tuple(_read_make(*row) for row in cells.get("make", ())),
        tuple(Minutes(site, date.fromordinal(day), free) for site, day, free in cells.get("minutes", ())),
    )


def _read_buy(*row: Any) -> SupplierTerms:
    *plain, unit_cost, order_cost, zone, calendar, cut_off, fence_days, taken = row
    return replace(
        SupplierTerms(*plain),
        unit_cost=Fraction(unit_cost),
        order_cost=Fraction(order_cost),
        desk_zone=zone,
        desk_calendar=calendar,
        cut_off=cut_off,
        fence_days=fence_days,
        taken=tuple((date.fromordinal(day), quantity) for day, quantity in taken),
    )


def _read_make(*row: Any) -> ProductionTerms:
    version, site_id, components, resource, set_up, a_unit, fixed, calendar, fence_days, cost = row
    lines = tuple(BillLine(sku, Fraction(per), Fraction(scrap)) for sku, per, scrap in components)
    return ProductionTerms(
        version,
        site_id,
        lines,
        resource,
        set_up,
        Fraction(a_unit),
        fixed,
        calendar,
        fence_days,
        Fraction(cost),
    )
