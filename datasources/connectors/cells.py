"""What stands in one cell of a file, read as a text, a number or a day; or the reason why it cannot be."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Cell = str | int | float | Decimal | date | datetime | bool | None
Value = str | int | Decimal | Fraction | date | datetime

TEXT_MAX = 2_000
NUMBER_BELOW = Decimal(10) ** 15
"""Far above any stock, and still whole in 64 bits with three decimals."""
FLOAT_DIGITS_MAX = 15
"""A decimal of up to 15 digits comes back out of a binary float unharmed; beyond that it is a guess."""

ENCODINGS = ("utf-8", "cp1252", "iso-8859-1", "iso-8859-15", "cp850")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is written. `dates` is `iso` or a pattern; `zone` is that of times without an offset."""

    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: str = "."
    dates: str = "iso"
    zone: str = ""
    empty: tuple[str, ...] = ()
    shift_days: int = 0


PLAIN = Format()
"""How values stand in a mapping file itself."""


class CellRefused(ValueError):
    """A cell cannot be read as what it should be."""


def as_text(cell: Cell, _: Format = PLAIN) -> str:
    """The cell as a text that a database can keep; whole numbers without a decimal point."""
    if isinstance(cell, str):
        return _kept(cell)
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float | Decimal):
        return _number_text(cell)
    if isinstance(cell, int | date):
        return str(cell)
    raise CellRefused(f"a {type(cell).__name__} is no text")


def as_number(cell: Cell, written: Format = PLAIN) -> Decimal:
    """The exact number in the cell; thousands marks, exponents and words are refused."""
    number = _number(cell, written)
    if not number.is_finite() or abs(number) >= NUMBER_BELOW:
        raise CellRefused(f"{cell} is not below {NUMBER_BELOW:,}")
    return number


def as_whole(cell: Cell, written: Format = PLAIN) -> int:
    """The whole number in the cell."""
    number = as_number(cell, written)
    if number != int(number):
        raise CellRefused(f"{cell} is not a whole number")
    return int(number)


def as_fraction(cell: Cell, written: Format = PLAIN) -> Fraction:
    """The exact factor in the cell, which may be written as 1/12."""
    top, slash, below = as_text(cell, written).partition("/")
    divisor = as_number(below.strip(), written) if slash else Decimal(1)
    factor = Fraction(as_number(top.strip(), written)) / (Fraction(divisor) or 1)
    if divisor == 0 or factor <= 0:
        raise CellRefused(f"{cell} is not a factor above 0")
    return factor


def as_zone(cell: Cell, written: Format = PLAIN) -> str:
    """The name of the IANA zone in the cell."""
    name = as_text(cell, written)
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CellRefused(f"{name[:40]!r} is not an IANA zone such as Europe/Berlin") from None


def as_day(cell: Cell, written: Format = PLAIN) -> date:
    """The local day in the cell; a time of day is dropped, an offset needs the file's `zone`."""
    moment = _moment(cell, written)
    if isinstance(moment, datetime) and moment.tzinfo:
        if not written.zone:
            raise CellRefused(f"{cell} is an instant; say the file's zone to have its local day")
        moment = moment.astimezone(ZoneInfo(written.zone))
    return moment.date() if isinstance(moment, datetime) else moment


def as_due(cell: Cell, written: Format = PLAIN) -> date | datetime:
    """The local day in the cell or, where a time of day is written, the instant in UTC."""
    moment = _moment(cell, written)
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo:
        return moment.astimezone(UTC)
    if moment.time() == time.min:
        return moment.date()
    if not written.zone:
        raise CellRefused(f"{cell} has a time of day without an offset; say the file's zone")
    return moment.replace(tzinfo=ZoneInfo(written.zone)).astimezone(UTC)


Reader = Callable[[Cell, Format], Value]

_READERS: dict[object, Reader] = {
    str: as_text,
    str | None: as_text,
    int: as_whole,
    int | None: as_whole,
    Decimal: as_number,
    Decimal | None: as_number,
    Fraction: as_fraction,
    date: as_day,
    date | None: as_day,
    date | datetime: as_due,
    tuple[str, ...]: as_text,
    tuple[int, ...]: as_whole,
    tuple[date, ...]: as_day,
    Mapping[str, str]: as_text,
}


def readers(fact: type) -> dict[str, Reader]:
    """How to read each field of a kind of fact; of a field with many values, how to read one."""
    hints = get_type_hints(fact)
    return {
        name: as_zone if name in ("zone", "desk_zone") else _READERS[hint] for name, hint in hints.items()
    }


def _kept(text: str) -> str:
    if len(text) > TEXT_MAX:
        raise CellRefused(f"{len(text)} characters are over the {TEXT_MAX} a text may have")
    if "\0" in text:
        raise CellRefused("a NUL byte stands in the text")
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise CellRefused("bytes that are not of the file's encoding stand in the text; say its encoding")
    return text


def _number_text(cell: float | Decimal) -> str:
    number = Decimal(repr(cell)) if isinstance(cell, float) else cell
    if not number.is_finite() or abs(number) >= NUMBER_BELOW:
        raise CellRefused(f"{cell} is not below {NUMBER_BELOW:,}")
    return str(int(number)) if number == int(number) else f"{number:f}"


def _number(cell: Cell, written: Format) -> Decimal:
    if isinstance(cell, str):
        return _written_number(cell, written.decimal)
    if isinstance(cell, float):
        return _float_number(cell)
    if isinstance(cell, int | Decimal) and not isinstance(cell, bool):
        return Decimal(cell)
    raise CellRefused(f"{cell} is not a number")


def _written_number(text: str, point: str) -> Decimal:
    plain = text if point == "." else text.replace(".", "_").replace(point, ".")
    if len(text) > 40 or not _NUMBER.fullmatch(plain):
        raise CellRefused(f"{text[:40]!r} is not a number such as 1234{point}5")
    return Decimal(plain)


def _float_number(cell: float) -> Decimal:
    number = Decimal(repr(cell))
    if number.is_finite() and len(number.normalize().as_tuple().digits) > FLOAT_DIGITS_MAX:
        raise CellRefused(f"{cell!r} has more than {FLOAT_DIGITS_MAX} digits; keep it as a decimal")
    return number


def _moment(cell: Cell, written: Format) -> date | datetime:
    moment = cell if isinstance(cell, date) else _written_moment(as_text(cell), written.dates)
    try:
        return moment + timedelta(days=written.shift_days)
    except OverflowError:
        raise CellRefused(f"{cell} moved by {written.shift_days} days is no day") from None


def _written_moment(text: str, pattern: str) -> datetime:
    try:
        # A time without an offset stays without one here: only the file's zone can say what it means.
        return datetime.fromisoformat(text) if pattern == "iso" else datetime.strptime(text, pattern)  # noqa: DTZ007
    except ValueError:
        example = "2025-06-01" if pattern == "iso" else pattern
        raise CellRefused(f"{text[:40]!r} is not a day such as {example}") from None
