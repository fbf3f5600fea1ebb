"""How pages write quantities, days, instants and ages: one way each, for tired eyes."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum

from markupsafe import Markup, escape

_DAY = 24 * 3600
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def number(quantity: int | str) -> str:
    """The quantity with its thousands set apart, every decimal kept: 1,152 or 12.5."""
    return f"{Decimal(str(quantity)):,}"


def day(value: date) -> str:
    """The day with its weekday: Mon 2026-03-02."""
    return f"{value:%a} {value.isoformat()}"


def instant(value: datetime) -> str:
    """The instant to the second, in UTC."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def moment(value: datetime) -> str:
    """The instant to the millisecond, in UTC: what a trace is found by."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC"


def dated(text: str) -> Markup:
    """The text with its days marked, so that no line breaks within one."""
    return Markup(_ISO_DAY.sub(r'<time datetime="\g<0>">\g<0></time>', str(escape(text))))  # noqa: S704  # escaped


def age(seconds: int) -> str:
    """The age in its two largest units: 3 h 20 min."""
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    if seconds < 2 * _DAY:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min"
    return f"{seconds // _DAY} days {seconds % _DAY // 3600} h"


def duration(ms: float) -> str:
    """The time something took, to three figures at most."""
    if ms >= 10_000:
        return f"{ms / 1000:,.1f} s"
    return f"{ms:,.0f} ms" if ms >= 100 else f"{ms:.1f} ms" if ms >= 1 else f"{ms:.2f} ms"


def spoken(word: str | Enum) -> str:
    """A word of the code as people write it: bring_forward is bring forward."""
    return str(word.value if isinstance(word, Enum) else word).replace("_", " ")


def count(many: int, one: str, more: str | None = None) -> str:
    """So many of them, in the right number: 1 line, 1,200 lines."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"
