"""From YAML text to exact values: whole smallest units, dates, instants and numbered periods."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

CASE_BYTES_MAX = 1_000_000
DECIMALS_MAX = 9

When = int | date | datetime
"""A numbered period, a local day, or an instant."""

PERIOD = re.compile(r"p(\d{1,6})")


class Unclear(ValueError):
    """A case says something that its format does not."""


class _ExactLoader(yaml.SafeLoader):
    """Reads a number with a decimal point as the text it is."""


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    return exact(loader.construct_scalar(node))


_ExactLoader.add_constructor("tag:yaml.org,2002:float", _decimal)


def document(text: bytes) -> dict[str, Any]:
    """The case's top map; what is no YAML, or no map, is Unclear."""
    if len(text) > CASE_BYTES_MAX:
        raise Unclear(f"the file is longer than {CASE_BYTES_MAX} bytes; split the case")
    try:
        loader = _ExactLoader(text)
        read = loader.get_single_data()
    except (yaml.YAMLError, ValueError, RecursionError) as wrong:
        raise Unclear(f"this is not YAML: {wrong}") from wrong
    return mapping(read, "the file")


def mapping(value: object, what: str) -> dict[str, Any]:
    """The value, which is a map; none is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unclear(f"{what} should be a map, not {value!r}")
    return value


def rows(value: object, what: str) -> list[Any]:
    """The value, which is a list; none is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unclear(f"{what} should be a list, not {value!r}")
    return value


def maps(value: object, what: str) -> list[dict[str, Any]]:
    """The value, which is a list of maps; none is an empty one."""
    return [mapping(row, f"each of {what}") for row in rows(value, what)]


def only(known: Collection[str], given: Mapping[str, Any], what: str) -> None:
    """Every key of the map is known; another would be passed over in silence, so it is Unclear."""
    unknown = sorted(str(key) for key in given if key not in known)
    if unknown:
        raise Unclear(f"{what} has {', '.join(unknown)}, which means nothing here")


def exact(value: object) -> Decimal:
    """The number, exactly as written."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise Unclear(f"{value!r} is no quantity")
    try:
        number = Decimal(value.replace("_", "") if isinstance(value, str) else value)
    except InvalidOperation as wrong:
        raise Unclear(f"{value!r} is no quantity") from wrong
    if not number.is_finite():
        raise Unclear(f"{value!r} is no quantity")
    return number


def precision(value: object) -> int:
    """The decimals of the number in a case that has most of them: they set its smallest unit."""
    if isinstance(value, dict):
        return max(map(precision, value.values()), default=0)
    if isinstance(value, list):
        return max(map(precision, value), default=0)
    if not isinstance(value, Decimal):
        return 0
    decimals = -int(value.normalize().as_tuple().exponent)
    if decimals > DECIMALS_MAX:
        raise Unclear(f"{value} has more than {DECIMALS_MAX} decimals")
    return max(0, decimals)


def units(value: object, scale: int) -> int:
    """The quantity in smallest units, `scale` of which are one of the case's units."""
    number = exact(value) * scale
    if number != int(number):
        raise Unclear(f"{value!r} is not a whole number of smallest units")
    return int(number)


def shown(quantity: int, scale: int) -> str:
    """The quantity as the case would write it."""
    return f"{(Decimal(quantity) / scale).normalize():f}"


def when(value: object) -> When:
    """The day, instant or numbered period that is written."""
    if isinstance(value, datetime | date):
        return value
    if isinstance(value, str):
        period = PERIOD.fullmatch(value)
        if period:
            return int(period[1])
        try:
            return (
                date.fromisoformat(value)
                if len(value) == len("2026-05-04")
                else datetime.fromisoformat(value)
            )
        except ValueError:
            pass
    raise Unclear(
        f"{value!r} is no day such as 2026-05-04, no quoted instant with offset and no period such as p3"
    )
