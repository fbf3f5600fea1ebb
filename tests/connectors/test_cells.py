"""One cell at a time: a number, a day or a text is taken exactly or refused with its reason."""

import contextlib
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.connectors.cells import (
    TEXT_MAX,
    CellRefused,
    Format,
    as_day,
    as_due,
    as_fraction,
    as_number,
    as_text,
    as_whole,
)

BERLIN = Format(zone="Europe/Berlin")
COMMA = Format(decimal=",")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12", "12"),
        ("-3.50", "-3.5"),
        ("+4", "4"),
        (".0000", "0"),
        ("7.", "7"),
        (12, "12"),
        (2.0, "2"),
        (0.1, "0.1"),
        (Decimal("1.25"), "1.25"),
    ],
)
def test_a_number_is_taken_exactly(cell, number):
    """What was written is what is counted, also out of a binary float of few digits."""
    assert as_number(cell) == Decimal(number)


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "abc",
            "1,5",
            "1.234,5",
            "1 000",
            "1_000",
            "1e5",
            "NaN",
            "inf",
            "",
            "--1",
            "0x10",
            "１２",
            "½",
            "1.2.3",
        ),
        *("9" * 41, "1000000000000000", True, float("nan"), float("inf"), 0.1 + 0.2, 1e300),
        *(Decimal("NaN"), Decimal("1e16"), date(2026, 1, 1), None),
    ],
)
def test_what_is_no_plain_number_is_refused(cell):
    """Guessing at a quantity would promise what is not there."""
    with pytest.raises(CellRefused):
        as_number(cell)


def test_a_decimal_comma_is_taken_only_where_it_is_said():
    """1,5 is one and a half where the file says so, and then 1.5 is refused."""
    assert as_number("1,5", COMMA) == Decimal("1.5")
    with pytest.raises(CellRefused, match=r"not a number such as 1234,5"):
        as_number("1.5", COMMA)


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=4))
def test_every_decimal_comes_back(number):
    """With a point or a comma."""
    assert as_number(f"{number:f}") == number
    assert as_number(f"{number:f}".replace(".", ","), COMMA) == number


@given(st.text(max_size=60))
def test_no_text_breaks_a_reader(text):
    """A reader gives a value or refuses; nothing else comes out."""
    for read in (as_text, as_number, as_whole, as_fraction, as_day, as_due):
        with contextlib.suppress(CellRefused):
            assert read(text) is not None


def test_a_factor_may_be_a_fraction():
    """One EA is a twelfth of a box."""
    assert as_fraction("1/12") == Fraction(1, 12)
    assert as_fraction("0.5") == Fraction(1, 2)
    assert as_fraction(12) == Fraction(12)


@pytest.mark.parametrize("cell", ["0", "-1", "1/0", "1/2/3", "1/", "a"])
def test_a_factor_is_above_zero(cell):
    """A unit that is nothing of ours is a mistake."""
    with pytest.raises(CellRefused):
        as_fraction(cell)


def test_a_whole_number_has_no_decimals():
    """Precision 1.5 means nothing."""
    assert as_whole("3.0") == 3
    with pytest.raises(CellRefused, match="whole"):
        as_whole("3.5")


@pytest.mark.parametrize(
    ("cell", "written", "day"),
    [
        ("2026-03-02", Format(), date(2026, 3, 2)),
        ("2026-03-02 00:00:00.000", Format(), date(2026, 3, 2)),
        ("2026-03-02T23:30:00", Format(), date(2026, 3, 2)),
        ("02.03.2026", Format(dates="%d.%m.%Y"), date(2026, 3, 2)),
        (20260302, Format(dates="%Y%m%d"), date(2026, 3, 2)),
        (date(2026, 3, 2), Format(), date(2026, 3, 2)),
        (datetime(2026, 3, 2, 5), Format(), date(2026, 3, 2)),  # noqa: DTZ001
        ("2026-03-02T23:30:00Z", BERLIN, date(2026, 3, 3)),
        ("2026-03-02", Format(shift_days=364), date(2027, 3, 1)),
    ],
)
def test_a_day_is_a_local_day(cell, written, day):
    """An instant becomes the day at the file's zone, and a shift moves every day alike."""
    assert as_day(cell, written) == day


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("2026-02-30", Format()),
        ("02.03.2026", Format()),
        ("2026-03-02", Format(dates="%d.%m.%Y")),
        ("2026-03-02T10:00:00Z", Format()),
        ("soon", Format()),
        (46083, Format()),
        ("9999-12-31", Format(shift_days=1)),
    ],
)
def test_what_is_no_day_is_refused(cell, written):
    """Also an instant whose local day cannot be known, and a spreadsheet's day number."""
    with pytest.raises(CellRefused):
        as_day(cell, written)


def test_a_due_time_is_an_instant_and_midnight_a_day():
    """A day counts from that day; an instant is kept, in UTC."""
    assert as_due("2026-03-02 00:00:00") == date(2026, 3, 2)
    assert as_due("2026-03-02 10:00:00", BERLIN) == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert as_due("2026-07-02 10:00:00", BERLIN) == datetime(2026, 7, 2, 8, tzinfo=UTC)
    noon = datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=-5)))
    assert as_due(noon) == datetime(2026, 3, 2, 17, tzinfo=UTC)


def test_a_due_time_of_no_zone_is_refused():
    """10:00 somewhere is no instant, and taking the day alone would promise it in the morning."""
    with pytest.raises(CellRefused, match="zone"):
        as_due("2026-03-02 10:00:00")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (7, "7"),
        (7.0, "7"),
        (7.5, "7.5"),
        (Decimal("7.00"), "7"),
        (True, "true"),
        (date(2026, 3, 2), "2026-03-02"),
    ],
)
def test_a_key_is_the_same_text_in_every_kind_of_file(cell, text):
    """Product 7 of a parquet file is product 7 of a CSV file, even where it became a float on the way."""
    assert as_text(cell) == text


@pytest.mark.parametrize("cell", ["x" * (TEXT_MAX + 1), "a\0b", "\udcff", b"bytes", float("nan"), None])
def test_a_text_that_cannot_be_kept_is_refused(cell):
    """Too long, NUL, broken bytes, or no text at all."""
    with pytest.raises(CellRefused):
        as_text(cell)
