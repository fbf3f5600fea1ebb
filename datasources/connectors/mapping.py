"""What a mapping file says, checked: which file holds which facts, and from which columns they come."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, timedelta
from decimal import Decimal

from datasources.connectors.cells import Format, Value
from datasources.facts import (
    AliasFact,
    AllocationFact,
    BillFact,
    CalendarFact,
    CapacityFact,
    ChannelFact,
    DemandFact,
    DestinationFact,
    Fact,
    ForecastFact,
    HoldFact,
    ItemFact,
    KitFact,
    LaneFact,
    LotFact,
    ProductionFact,
    SafetyStockFact,
    SiteFact,
    StockFact,
    SubstituteFact,
    SupersededFact,
    SupplierFact,
    SupplyFact,
)

FACTS: Mapping[str, type] = {
    "site": SiteFact,
    "destination": DestinationFact,
    "lane": LaneFact,
    "channel": ChannelFact,
    "item": ItemFact,
    "alias": AliasFact,
    "lot": LotFact,
    "kit": KitFact,
    "substitute": SubstituteFact,
    "superseded": SupersededFact,
    "stock": StockFact,
    "hold": HoldFact,
    "supply": SupplyFact,
    "demand": DemandFact,
    "safety_stock": SafetyStockFact,
    "forecast": ForecastFact,
    "allocation": AllocationFact,
    "supplier": SupplierFact,
    "production": ProductionFact,
    "bill": BillFact,
    "capacity": CapacityFact,
}
"""What a table may hold, in the order it is read: what others refer to comes first."""
STATED = (
    *("stock", "hold", "supply", "demand", "safety_stock", "forecast", "allocation"),
    *("supplier", "production", "bill", "capacity", "lane"),
)
GIVEN: Mapping[str, type] = {
    "calendars": CalendarFact,
    "sites": SiteFact,
    "destinations": DestinationFact,
    "channels": ChannelFact,
}
"""Small facts that may be written into the mapping file itself."""

KEYS: Mapping[str, tuple[str, ...]] = {
    "mapping": ("source", "states", "date_shift_days", *GIVEN, "format", "files", "tables"),
    "format": ("delimiter", "encoding", "decimal", "dates", "zone", "empty"),
    "table": ("fact", "file", "joins", "where", "fields"),
    "join": ("as", "file", "on", "optional"),
    "condition": (
        *("as", "equals", "not", "in", "not_in", "below", "at_most", "above", "at_least"),
        *("empty", "or_empty"),
    ),
    "field": ("column", "text", "value", "map", "times", "default"),
}
"""Every key there is, by the part of a mapping file it stands in."""

_DAY = re.compile(r"day(?:\s*([+-])\s*(\d{1,4}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class DayPlus:
    """The day the folder is read as at, and some days on or back."""

    days: int

    def on(self, day: date) -> date:
        return day + timedelta(days=self.days)


Operand = str | Decimal | date | DayPlus


@dataclass(frozen=True, slots=True)
class Condition:
    """What a column's cell must be for the row to count. Every test must hold, or the cell be empty."""

    column: str
    kind: str
    tests: tuple[tuple[str, tuple[Operand, ...]], ...]
    empty: bool | None = None
    or_empty: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    """Another file whose one row with the same keys adds its columns, as `name.column`."""

    name: str
    file: str
    on: tuple[tuple[str, str], ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class FieldSource:
    """Where one value comes from: a column as it is, a text with columns in it, or a constant."""

    parts: tuple[tuple[str, str], ...] = ()
    """Pairs of literal text and the column that follows it; the last column may be ''."""
    value: Value | DayPlus | None = None
    lookup: Mapping[str, Value] | None = None
    times: Decimal | None = None
    default: Value | DayPlus | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for _, column in self.parts if column)


FieldSources = FieldSource | tuple[FieldSource, ...] | Mapping[str, FieldSource]
"""One value; several for a field with many; named ones for attributes."""


@dataclass(frozen=True, slots=True)
class Table:
    """One file read as one kind of fact."""

    fact: str
    file: str
    joins: tuple[Join, ...]
    where: tuple[Condition, ...]
    fields: Mapping[str, FieldSources]


@dataclass(frozen=True, slots=True)
class FolderMapping:
    """A whole mapping file. `given` are the facts written into it."""

    file: str
    source: str
    states: frozenset[str]
    given: tuple[Fact, ...]
    format: Format
    formats: Mapping[str, Format]
    tables: tuple[Table, ...]

    def written(self, file: str) -> Format:
        return self.formats.get(file, self.format)


def required_fields(fact: type) -> tuple[str, ...]:
    """The fields that have no default."""
    return tuple(
        field.name for field in fields(fact) if field.default is MISSING and field.default_factory is MISSING
    )


def every_source(sources: FieldSources) -> tuple[FieldSource, ...]:
    """The single values a field is made of."""
    if isinstance(sources, FieldSource):
        return (sources,)
    return tuple(sources.values()) if isinstance(sources, Mapping) else sources


def day_named(text: str) -> DayPlus | None:
    """`day`, `day + 89` or `day - 3` as what it stands for; None for any other text."""
    found = _DAY.fullmatch(text)
    if not found:
        return None
    return DayPlus(int(f"{found[1] or '+'}{found[2] or 0}"))
