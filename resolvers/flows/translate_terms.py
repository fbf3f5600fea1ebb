"""How more of an item can be had, from a source's words to the store's rows."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from datasources.facts import BillFact, CapacityFact, ProductionFact, SupplierFact
from datasources.store.mirror import Values
from datasources.store.sources import Meaning
from resolvers.flows.translate import Translator, Untranslatable, name, text
from rules.calendar import UnknownZone, zone_of

DAYS_MAX = 3_660
MINUTES_MAX = 1_000_000_000
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def supplier(of: Translator, fact: SupplierFact) -> Values:
    """The row of a supplier of an item for a site."""
    meaning = of.meaning(fact.code, fact.unit)
    legs = fact.supplier_days is not None
    if legs == (fact.lead_time_days is not None):
        raise Untranslatable(
            f"{fact.supplier} has {'both a whole lead time and' if legs else 'neither a lead time nor'} "
            "days of its own. State one of lead_time_days and supplier_days."
        )
    multiple = 1 if fact.multiple is None else of.quantity(fact.multiple, meaning)
    if multiple < 1:
        raise Untranslatable(f"Orders cannot come in multiples of {fact.multiple}. Leave it out for any.")
    desk_zone = _zone(fact.desk_zone)
    return {
        "source": of.source,
        "sku": meaning.sku,
        "site_id": of.site(fact.site_id),
        "supplier": text(fact.supplier),
        "lead_time_days": None if fact.lead_time_days is None else _days(fact.lead_time_days),
        "supplier_days": _days(fact.supplier_days or 0),
        "supplier_calendar": _calendar(of, fact.supplier_calendar),
        "transit_days": _days(fact.transit_days),
        "carrier_calendar": _calendar(of, fact.carrier_calendar),
        "receiving_calendar": _calendar(of, fact.receiving_calendar),
        "dock_to_stock_days": None if fact.dock_to_stock_days is None else _days(fact.dock_to_stock_days),
        "minimum": of.quantity(fact.minimum, meaning),
        "multiple": multiple,
        "a_day": None if fact.a_day is None else of.quantity(fact.a_day, meaning),
        "unit_cost": str(_cost(fact.unit_cost) / _smallest(meaning)),
        "order_cost": str(_cost(fact.order_cost)),
        "desk_zone": desk_zone,
        "desk_calendar": _calendar(of, fact.desk_calendar),
        "cut_off": minute(fact.cut_off),
        "fence_days": _days(fact.fence_days),
    }


def production(of: Translator, fact: ProductionFact) -> Values:
    """The row of a way to make an item at a site."""
    meaning = of.meaning(fact.code, fact.unit)
    minutes = Fraction(fact.minutes_a_unit)
    if not 0 <= fact.set_up_minutes <= MINUTES_MAX or not 0 <= minutes <= MINUTES_MAX:
        raise Untranslatable(f"{fact.set_up_minutes} and {fact.minutes_a_unit} minutes cannot be worked.")
    if not fact.resource and (fact.set_up_minutes or minutes):
        raise Untranslatable("Minutes are stated, but not the resource that works them.")
    return {
        "source": of.source,
        "sku": meaning.sku,
        "site_id": of.site(fact.site_id),
        "version": text(fact.version),
        "resource": _resource(of, fact.resource).sku if fact.resource else None,
        "set_up_minutes": fact.set_up_minutes,
        "minutes_a_unit": str(minutes / _smallest(meaning)),
        "fixed_days": _days(fact.fixed_days),
        "calendar": _calendar(of, fact.calendar),
        "fence_days": _days(fact.fence_days),
        "unit_cost": str(_cost(fact.unit_cost) / _smallest(meaning)),
    }


def bill(of: Translator, fact: BillFact) -> Values:
    """The row of one component of a version."""
    item, component = of.any_meaning(fact.code), of.meaning(fact.component, fact.unit)
    if fact.per <= 0:
        raise Untranslatable(f"{fact.per} of {fact.component} go into one: that must be above 0.")
    if not 0 <= fact.scrap_percent < 10_000:  # a hundredfold is a mistake, not scrap
        raise Untranslatable(f"A scrap of {fact.scrap_percent} % cannot be.")
    per = Fraction(fact.per) * component.factor * 10**component.precision / 10**item.precision
    return {
        "source": of.source,
        "sku": item.sku,
        "version": text(fact.version),
        "component": component.sku,
        "per": str(per),
        "scrap": str(Fraction(fact.scrap_percent) / 100),
    }


def capacity(of: Translator, fact: CapacityFact) -> Values:
    """The row of a resource's free minutes on one day."""
    if not 0 <= fact.minutes <= MINUTES_MAX:
        raise Untranslatable(f"{fact.minutes} minutes of {fact.code} cannot be free on one day.")
    return {
        "source": of.source,
        "sku": _resource(of, fact.code).sku,
        "site_id": of.site(fact.site_id),
        "day": of.day(fact.day),
        "order_id": "",
        "quantity": fact.minutes,
    }


TERMS: Mapping[str, Callable[[Translator, Any], Values]] = {
    "supplier": supplier,
    "production": production,
    "bill": bill,
    "capacity": capacity,
}
"""How each kind is translated, by its name."""


def _resource(of: Translator, code: str) -> Meaning:
    meaning = of.any_meaning(code)
    if meaning.precision or meaning.factor != 1:
        raise Untranslatable(f"{code} is not counted in whole minutes, so it is no resource.")
    return meaning


def _smallest(meaning: Meaning) -> Fraction:
    """How many smallest units one unit of the fact is."""
    return Fraction(meaning.factor * 10**meaning.precision)


def _cost(cost: Decimal) -> Fraction:
    if cost < 0:
        raise Untranslatable(f"A cost of {cost} is below 0.")
    return Fraction(cost)


def _days(days: int) -> int:
    if not 0 <= days <= DAYS_MAX:
        raise Untranslatable(f"{days} days cannot be waited: 0 to {DAYS_MAX:,} can.")
    return days


def _calendar(of: Translator, named: str) -> str:
    if named and named not in of.setup.calendars and named != "every day":
        known = ", ".join(sorted(of.setup.calendars)[:10])
        raise Untranslatable(f"No calendar is called {named}. Known: {known}.")
    return name(named)


def _zone(named: str) -> str:
    if named:
        try:
            zone_of(named)
        except UnknownZone as unknown:
            raise Untranslatable(str(unknown)) from unknown
    return named


def minute(clock: str) -> int | None:
    """How many minutes after midnight the local time is; None for none."""
    if not clock:
        return None
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise Untranslatable(f"{clock!r} is no time of day such as 15:00.")
    return int(found[1]) * 60 + int(found[2])
