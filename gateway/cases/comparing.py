"""What a case expects beside what the product answers: rows in any order, figures, and maps of them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gateway.cases.reading import mapping, maps, only, shown, units


def rows_differ(
    what: str, keys: Collection[str], made: list[dict[str, Any]], wanted: object, scale: int
) -> Iterator[str]:
    """A sentence for each expected row that was not made, and for each made that was not expected.

    Of a row only the keys it writes are compared; `qty` is a quantity.
    """
    left = list(made)
    for row in sorted(maps(wanted, f"{what}s"), key=len, reverse=True):
        only(keys, row, f"a row of {what}s")
        match = next((found for found in left if _matches(found, row, scale)), None)
        if match is None:
            yield f"no {what} {row}"
        else:
            left.remove(match)
    for found in left:
        yield f"unexpected {what} {found | {'qty': shown(found['qty'], scale)}}"


def _matches(found: Mapping[str, Any], row: Mapping[str, Any], scale: int) -> bool:
    """Whether the row made has what the other writes; keys it does not write may be anything."""
    return all(not any(differs(key, found[key], value, scale)) for key, value in row.items())


def differs(name: str, found: Any, wanted: object, scale: int) -> Iterator[str]:
    """A sentence for each figure, word or yes-or-no that is not as expected; a map asserts its own keys."""
    if isinstance(found, Mapping):
        for key, value in mapping(wanted, name).items():
            if str(key) in found:
                yield from differs(f"{name} {key}", found[str(key)], value, scale)
            else:
                yield f"{name} {key}: nothing is known of it, expected {value}"
    elif isinstance(found, bool):
        if found is not wanted:
            yield f"{name}: {found}, expected {wanted}"
    elif isinstance(found, int):
        if found != units(wanted, scale):
            yield f"{name}: {shown(found, scale)}, expected {wanted}"
    elif found != (None if wanted is None else str(wanted)):
        yield f"{name}: {found}, expected {wanted}"
