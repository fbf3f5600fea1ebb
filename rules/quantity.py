"""Between quantities as people write them (base units) and as we count them (smallest units), exactly."""

from decimal import Decimal
from fractions import Fraction

QUANTITY_MAX = 10**15
"""The most of anything, in smallest units: far above any stock, and thousands of it fit a 64-bit sum."""


class BadQuantity(ValueError):
    """A quantity that is not a whole number of the item's smallest unit, or beyond any stock."""


def to_smallest(quantity: Decimal, precision: int, factor: Fraction = Fraction(1)) -> int:
    """The quantity in smallest units; `factor` is how many base units one of the source's unit is.

    Raises BadQuantity where the result is not whole or beyond `QUANTITY_MAX`.
    """
    if not quantity.is_finite() or abs(quantity.adjusted()) > 30:
        raise BadQuantity(f"{quantity} is not a quantity we can count.")
    numerator, denominator = quantity.as_integer_ratio()
    units: int = 10**precision
    smallest, rest = divmod(numerator * factor.numerator * units, denominator * factor.denominator)
    if rest:
        raise BadQuantity(
            f"{quantity} is not a whole number of the item's smallest unit, "
            f"{Decimal(1).scaleb(-precision):f}."
        )
    if abs(smallest) > QUANTITY_MAX:
        raise BadQuantity(f"{quantity} is more than {QUANTITY_MAX:,} of the item's smallest unit.")
    return smallest


def to_base(quantity: int, precision: int) -> int | str:
    """The quantity in base units as it goes on the wire: an integer if whole, else a decimal string."""
    if precision == 0:
        return quantity
    units: int = 10**precision
    whole, rest = divmod(abs(quantity), units)
    if rest == 0:
        return whole if quantity > 0 else -whole
    sign = "-" if quantity < 0 else ""
    return f"{sign}{whole}.{rest:0{precision}d}".rstrip("0")
