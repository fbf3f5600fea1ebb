"""What a mapping file says of columns, checked: the conditions on them and the fields that come from them."""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import get_origin, get_type_hints

from datasources.connectors.cells import (
    PLAIN,
    CellRefused,
    Reader,
    Value,
    as_day,
    as_due,
    as_number,
    as_text,
    readers,
)
from datasources.connectors.mapping import (
    KEYS,
    Condition,
    DayPlus,
    FieldSource,
    FieldSources,
    Operand,
    day_named,
    required_fields,
)
from datasources.connectors.plain_yaml import Node

KINDS: Mapping[str, Reader] = {"text": as_text, "number": as_number, "date": as_day}
"""As what a condition reads a cell."""
ALIKE = ("equals", "not", "in", "not_in")
ORDERED = ("below", "at_most", "above", "at_least")

_COLUMN = re.compile(r"([^{}]*)\{([^{}]+)\}")


def constant(read: Reader, node: Node) -> Value:
    """The value written in the mapping file, of the type that belongs there."""
    try:
        return read(node.text(), PLAIN)
    except CellRefused as refused:
        raise node.refused(str(refused)) from None


def conditions(node: Node | None) -> tuple[Condition, ...]:
    """What must hold of a row's cells for it to count."""
    return tuple(_condition(column, entry) for column, entry in node.entries().items()) if node else ()


def _condition(column: str, node: Node) -> Condition:
    said = node.keys(KEYS["condition"])
    kind = said["as"].one_of(KINDS) if "as" in said else "text"
    names = [name for name in said if name in (*ALIKE, *ORDERED)]
    if not names and "empty" not in said:
        raise node.refused(f"a test is wanted: {', '.join((*ALIKE, *ORDERED, 'empty'))}")
    for name in names:
        if kind == "text" and name in ORDERED:
            raise said[name].refused("texts are not ordered. Say as: number or as: date")
    return Condition(
        column=column,
        kind=kind,
        tests=tuple((name, _operands(name, kind, said[name])) for name in names),
        empty=said["empty"].flag() if "empty" in said else None,
        or_empty="or_empty" in said and said["or_empty"].flag(),
    )


def _operands(test: str, kind: str, node: Node) -> tuple[Operand, ...]:
    rows = node.rows() if test in ("in", "not_in") else [node]
    return tuple(_operand(kind, row) for row in rows)


def _operand(kind: str, node: Node) -> Operand:
    constant = _constant_or_day(KINDS[kind], node)
    assert isinstance(constant, Operand)
    return constant


def _constant_or_day(read: Reader, node: Node) -> Value | DayPlus:
    named = day_named(node.text()) if read in (as_day, as_due) else None
    return named or constant(read, node)


def fact_fields(fact: type, node: Node) -> Mapping[str, FieldSources]:
    """Where each field of the fact comes from; none unknown, none required missing."""
    read, hints = readers(fact), get_type_hints(fact)
    entries = node.keys(tuple(read), required=required_fields(fact))
    return MappingProxyType({name: _field(hints[name], read[name], entry) for name, entry in entries.items()})


def _field(hint: object, read: Reader, node: Node) -> FieldSources:
    if get_origin(hint) is Mapping:
        return {name: _source(read, entry) for name, entry in node.entries().items()}
    if get_origin(hint) is tuple:
        return tuple(_source(read, row) for row in node.rows())
    return _source(read, node)


def _source(read: Reader, node: Node) -> FieldSource:
    if isinstance(node.value, str):
        return FieldSource(parts=(("", node.text()),))
    said = node.keys(KEYS["field"])
    if sum(key in said for key in ("column", "text", "value")) != 1:
        raise node.refused("one of column, text and value is wanted")
    if "value" in said:
        return _constant_source(read, node, said)
    return FieldSource(
        parts=_parts(said["text"]) if "text" in said else (("", said["column"].text()),),
        lookup=_lookup(read, said["map"]) if "map" in said else None,
        times=_times(read, said["times"]) if "times" in said else None,
        default=_constant_or_day(read, said["default"]) if "default" in said else None,
    )


def _constant_source(read: Reader, node: Node, said: Mapping[str, Node]) -> FieldSource:
    if len(said) > 1:
        raise node.refused("a value stands alone: no map, times or default beside it")
    return FieldSource(value=_constant_or_day(read, said["value"]))


def _lookup(read: Reader, node: Node) -> Mapping[str, Value]:
    return MappingProxyType({key: constant(read, entry) for key, entry in node.entries().items()})


def _times(read: Reader, node: Node) -> Decimal:
    if read is not as_number:
        raise node.refused("only a quantity can be multiplied")
    return as_number(str(constant(as_number, node)))


def _parts(node: Node) -> tuple[tuple[str, str], ...]:
    text = node.text()
    parts = [(found[1], found[2]) for found in _COLUMN.finditer(text)]
    rest = _COLUMN.sub("", text)
    if not parts or "{" in rest or "}" in rest:
        raise node.refused(f"{text!r} needs column names in braces, such as '{{Order}}-{{Line}}'")
    return (*parts, (rest, "")) if rest else tuple(parts)
