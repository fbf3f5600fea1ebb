"""The five systems of the demo company, each telling its part of the business in its own codes and units.

ERP, order management and planning write our skus; ERP buys in cartons (`CT`) where they come out whole. The
warehouse system writes skus without the dash, keeps reserves in boxes (`BX`), weighs in grams (`G`) and cuts
by the centimetre (`CM`). The tills scan barcodes from the range kept for a shop's own use.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from datasources.connectors.demo.catalogue import Item
from datasources.facts import AliasFact, Fact, HoldFact, LotFact, Row, StockFact, SupplyFact

SMALL_UNITS = {"EA": ("EA", 1), "KG": ("G", 1000), "M": ("CM", 100)}
"""What the warehouse counts in, and how many of it make one base unit."""


@dataclass(slots=True)
class DemoSource:
    """One system of the demo company. What it tells is true on the demo day, and it knows of no other."""

    name: str
    states: frozenset[str]
    tables: Callable[[], Mapping[str, tuple[Fact, ...]]]
    """Makes what it tells when it is asked: a company that is not read costs nothing."""

    def read(self, day: date) -> Iterator[Row]:  # noqa: ARG002  the company stands still
        """Yield every fact with the table and line it stands in."""
        for table, facts in self.tables().items():
            for line, fact in enumerate(facts, start=1):
                yield Row(f"{self.name}/{table}", line, fact)


def barcode(item: Item) -> str:
    """Return the EAN-13 under which the tills know the item."""
    body = f"20{item.number:010}"
    weighted = sum(int(figure) * (3 if place % 2 else 1) for place, figure in enumerate(body))
    return f"{body}{-weighted % 10}"


def warehouse_code(item: Item) -> str:
    return item.sku.replace("-", "")


def erp_aliases(items: Iterable[Item]) -> tuple[AliasFact, ...]:
    """Return what a carton of each item holds; skus are understood as they are."""
    return tuple(AliasFact(item.sku, item.sku, "CT", Fraction(item.box)) for item in items if not item.loose)


def warehouse_aliases(items: Iterable[Item]) -> tuple[AliasFact, ...]:
    return tuple(alias for item in items for alias in _warehouse_units(item))


def _warehouse_units(item: Item) -> Iterator[AliasFact]:
    """Yield the code as such, which a lot names without a unit, and each unit it is counted in."""
    code = warehouse_code(item)
    unit, per_base = SMALL_UNITS[item.unit]
    yield AliasFact(code, item.sku)
    yield AliasFact(code, item.sku, unit, Fraction(1, per_base))
    if not item.loose:
        yield AliasFact(code, item.sku, "BX", Fraction(item.box))


def till_aliases(items: Iterable[Item]) -> tuple[AliasFact, ...]:
    return tuple(AliasFact(barcode(item), item.sku) for item in items)


def as_bought(item: Item, line: SupplyFact) -> SupplyFact:
    """Return the line in cartons if they come out whole."""
    if item.loose or line.quantity % item.box:
        return line
    return replace(line, quantity=line.quantity / item.box, unit="CT")


def as_shelved(item: Item, row: StockFact) -> StockFact:
    """Return the count as the warehouse writes it: reserves in boxes, the rest in its small unit."""
    boxed = not item.loose and row.bin.startswith("R-") and not row.quantity % item.box
    unit, per_base = ("BX", Fraction(1, item.box)) if boxed else _small_unit(item)
    return replace(row, code=warehouse_code(item), quantity=_times(row.quantity, per_base), unit=unit)


def as_held(item: Item, hold: HoldFact) -> HoldFact:
    """Return the hold as the warehouse writes it, in its small unit."""
    unit, per_base = _small_unit(item)
    quantity = None if hold.quantity is None else _times(hold.quantity, per_base)
    return replace(hold, code=warehouse_code(item), quantity=quantity, unit=unit)


def as_lotted(item: Item, lot: LotFact) -> LotFact:
    return replace(lot, code=warehouse_code(item))


def as_scanned(item: Item, row: StockFact) -> StockFact:
    return replace(row, code=barcode(item))


def _small_unit(item: Item) -> tuple[str, Fraction]:
    unit, per_base = SMALL_UNITS[item.unit]
    return unit, Fraction(per_base)


def _times(quantity: Decimal, per_base: Fraction) -> Decimal:
    return quantity * per_base.numerator / per_base.denominator
