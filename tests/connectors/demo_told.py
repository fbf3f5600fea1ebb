"""What the demo company tells, as tests look at it: in our own skus and base units."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from datasources.connectors.demo import DEMO_DAY, DemoSize, demo_sources
from datasources.facts import (
    AliasFact,
    AllocationFact,
    DemandFact,
    ForecastFact,
    HoldFact,
    ItemFact,
    LotFact,
    Row,
    SiteFact,
    StockFact,
    SupplyFact,
)
from datasources.protocol import Source

LARGER = DemoSize(items=400, centres=5, stores=20, channels=6, orders=300, forecast_weeks=2)
FULL = replace(LARGER, full=True)
SPOKEN_OF = (StockFact, HoldFact, SupplyFact, DemandFact, ForecastFact, AllocationFact, LotFact)


def told(size: DemoSize | None = None) -> list[tuple[str, Any]]:
    """Every fact with the name of the system that tells it."""
    return [(source.name, row.fact) for source in demo_sources(size) for row in rows_of(source)]


def rows_of(source: Source) -> list[Row]:
    """All rows of a source, none of them set aside."""
    rows = [row for row in source.read(DEMO_DAY) if isinstance(row, Row)]
    assert len(rows) == len(list(source.read(DEMO_DAY)))
    return rows


class Company:
    """All facts in our skus and base units, by kind."""

    def __init__(self, size: DemoSize | None = None) -> None:
        self.told = told(size)
        self.aliases = {
            (source, fact.code, fact.unit): (fact.sku, fact.factor)
            for source, fact in self.told
            if isinstance(fact, AliasFact)
        }
        self.skus = {fact.sku for _, fact in self.told if isinstance(fact, ItemFact)}
        self.facts = [self.ours(source, fact) for source, fact in self.told]
        self.zones = {site.site_id: site.zone for site in self.all(SiteFact)}
        self.by_sku: dict[str, list[Any]] = {}
        for fact in self.facts:
            if isinstance(fact, SPOKEN_OF):
                self.by_sku.setdefault(fact.code, []).append(fact)

    def ours(self, source: str, fact: Any) -> Any:
        if type(fact) not in SPOKEN_OF:
            return fact
        if isinstance(fact, LotFact):
            return replace(fact, code=self.means(source, fact.code, "")[0])
        sku, factor = self.means(source, fact.code, fact.unit)
        quantity = None if fact.quantity is None else fact.quantity * factor.numerator / factor.denominator
        return replace(fact, code=sku, unit="", quantity=quantity)

    def means(self, source: str, code: str, unit: str) -> tuple[str, Fraction]:
        """An alias of the system, or a sku of ours in our own unit, which everyone understands."""
        if unit == "" and code in self.skus:
            return code, Fraction(1)
        return self.aliases[source, code, unit]

    def all(self, kind: type) -> list[Any]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def of(self, kind: type, sku: str) -> list[Any]:
        return [fact for fact in self.spoken(sku) if isinstance(fact, kind)]

    def spoken(self, sku: str) -> list[Any]:
        """Every fact that is of the item."""
        return self.by_sku.get(sku, [])

    def counts_from(self, line: SupplyFact) -> date:
        """The first local day on which a receipt is there from the morning."""
        if not isinstance(line.due, datetime):
            return line.due
        return line.due.astimezone(ZoneInfo(self.zones[line.site_id])).date() + timedelta(days=1)
