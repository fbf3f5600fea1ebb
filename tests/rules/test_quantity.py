"""Quantities are exact between base units, a source's own units and the smallest units we count in."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.quantity import QUANTITY_MAX, BadQuantity, to_base, to_smallest
from tests.rules.profile import quick


@pytest.mark.parametrize(
    ("quantity", "precision", "factor", "smallest"),
    [
        ("5", 0, 1, 5),
        ("5.0", 0, 1, 5),
        ("5E+1", 0, 1, 50),
        ("-5", 0, 1, -5),
        ("1.250", 3, 1, 1_250),
        ("5", 0, 12, 60),
        ("0.25", 0, 12, 3),
        ("1250", 3, Fraction(1, 1000), 1_250),
        ("3", 0, Fraction(1, 3), 1),
        ("0", 6, 1, 0),
        ("1000000000000000", 0, 1, QUANTITY_MAX),
    ],
)
def test_a_quantity_is_counted_in_smallest_units(quantity, precision, factor, smallest):
    """Whole boxes, thirds of a dozen, grams of a kilogram."""
    assert to_smallest(Decimal(quantity), precision, Fraction(factor)) == smallest


@pytest.mark.parametrize(
    ("quantity", "precision", "factor"),
    [
        ("0.5", 0, 1),
        ("0.0001", 3, 1),
        ("1", 0, Fraction(1, 3)),
        ("1000000000000001", 0, 1),
        ("-1000000000000001", 0, 1),
        ("1", 0, 10**16),
        ("NaN", 0, 1),
        ("sNaN", 0, 1),
        ("-Infinity", 0, 1),
        ("1E+400", 0, 1),
        ("1E-400", 6, 1),
    ],
)
def test_what_is_no_whole_number_of_smallest_units_is_refused(quantity, precision, factor):
    """Nothing is rounded, and nothing is counted that would not fit."""
    with pytest.raises(BadQuantity):
        to_smallest(Decimal(quantity), precision, Fraction(factor))


@quick
@given(st.integers(-QUANTITY_MAX, QUANTITY_MAX), st.integers(0, 6))
def test_a_quantity_leaves_as_it_came(smallest: int, precision: int):
    """Written in base units and read again it is the same."""
    assert to_smallest(Decimal(to_base(smallest, precision)), precision) == smallest


@pytest.mark.parametrize(
    ("smallest", "precision", "written"),
    [
        (5, 0, 5),
        (-5, 0, -5),
        (0, 3, 0),
        (2_000, 3, 2),
        (-2_000, 3, -2),
        (1_250, 3, "1.25"),
        (-1, 3, "-0.001"),
    ],
)
def test_a_quantity_is_written_as_short_as_it_is_exact(smallest, precision, written):
    """A number where it is whole, a decimal text where it is not."""
    assert to_base(smallest, precision) == written
