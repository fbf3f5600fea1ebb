"""A mapping file read and checked whole, before any row. A refusal names file, place and a way out."""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import get_origin, get_type_hints

from datasources.connectors.cells import (
    ENCODINGS,
    Format,
    Reader,
    as_zone,
    readers,
)
from datasources.connectors.column_reader import conditions, constant, fact_fields
from datasources.connectors.mapping import (
    FACTS,
    GIVEN,
    KEYS,
    STATED,
    FolderMapping,
    Join,
    Table,
    every_source,
    required_fields,
)
from datasources.connectors.plain_yaml import Node, read_plain
from datasources.facts import Fact

TABLES_MAX = 200
SHIFT_MAX = 40_000
DELIMITERS = {",": ",", ";": ";", "|": "|", "tab": "\t"}
FILE_KINDS = (".csv", ".tsv", ".txt", ".parquet")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read_mapping(path: Path) -> FolderMapping:
    """The mapping in the file, every key known and every constant of its field's type."""
    root = read_plain(path)
    said = root.keys(KEYS["mapping"], required=("source",))
    shift = said["date_shift_days"].whole(-SHIFT_MAX, SHIFT_MAX) if "date_shift_days" in said else 0
    written = _format(said.get("format"), Format(shift_days=shift))
    tables = _tables(said["tables"]) if "tables" in said else ()
    return FolderMapping(
        file=path.name,
        source=said["source"].text(),
        states=_states(said.get("states"), tables),
        given=_given(said),
        format=written,
        formats=_formats(said.get("files"), written, tables),
        tables=tuple(sorted(tables, key=lambda table: list(FACTS).index(table.fact))),
    )


def _states(node: Node | None, tables: tuple[Table, ...]) -> frozenset[str]:
    held = {table.fact for table in tables}
    rows = node.rows() if node else []
    for row in rows:
        if row.one_of(STATED) not in held:
            raise row.refused(
                f"no table holds {row.text()}, so every {row.text()} of this source would be closed"
            )
    return frozenset(row.text() for row in rows)


def _given(said: Mapping[str, Node]) -> tuple[Fact, ...]:
    given: list[Fact] = []
    for key in (key for key in GIVEN if key in said):
        for row in said[key].rows():
            fact = _given_fact(GIVEN[key], row)
            if any(_name(fact) == _name(other) for other in given if type(other) is type(fact)):
                raise row.refused(f"{_name(fact)} stands here twice")
            given.append(fact)
    return tuple(given)


def _name(fact: Fact) -> object:
    return getattr(fact, fields(fact)[0].name)


def _given_fact(fact: type, row: Node) -> Fact:
    read = readers(fact)
    nodes = row.keys(tuple(read), required=required_fields(fact))
    values = {name: _given_value(fact, name, read[name], node) for name, node in nodes.items()}
    made: Fact = fact(**values)
    return made


def _given_value(fact: type, name: str, read: Reader, node: Node) -> object:
    if name == "open_weekdays":
        return _weekdays(node)
    if get_origin(get_type_hints(fact)[name]) is tuple:
        return tuple(constant(read, row) for row in node.rows())
    return constant(read, node)


def _weekdays(node: Node) -> tuple[int, ...]:
    days = tuple(row.whole(1, 7) for row in node.rows())
    if not days:
        raise node.refused("at least one open weekday is wanted, or nothing would ever leave")
    return days


def _format(node: Node | None, base: Format) -> Format:
    said = node.keys(KEYS["format"]) if node else {}
    chosen: dict[str, object] = {}
    if "delimiter" in said:
        chosen["delimiter"] = DELIMITERS[said["delimiter"].one_of(DELIMITERS)]
    if "encoding" in said:
        chosen["encoding"] = said["encoding"].one_of(ENCODINGS)
    if "decimal" in said:
        chosen["decimal"] = said["decimal"].one_of((".", ","))
    if "dates" in said:
        chosen["dates"] = _dates(said["dates"])
    if "zone" in said:
        chosen["zone"] = constant(as_zone, said["zone"])
    if "empty" in said:
        chosen["empty"] = said["empty"].texts()
    return replace(base, **chosen)  # type: ignore[arg-type]  # each key was given its field's type just above


def _dates(node: Node) -> str:
    if node.text() != "iso" and not _names_the_day(node.text()):
        raise node.refused(
            f"{node.text()!r} is neither iso nor a pattern with year, month and day like %d.%m.%Y"
        )
    return node.text()


YEARS = ("%Y", "%y", "%G", "%c", "%x")


def _names_the_day(pattern: str) -> bool:
    if not any(year in pattern for year in YEARS):
        return False
    day = datetime(2025, 12, 31, tzinfo=UTC)
    try:
        read = datetime.strptime(day.strftime(pattern), pattern)  # noqa: DTZ007  # a day has no zone
    except ValueError:
        return False
    return read.date() == day.date()


def _formats(node: Node | None, base: Format, tables: tuple[Table, ...]) -> Mapping[str, Format]:
    used = {table.file for table in tables} | {join.file for table in tables for join in table.joins}
    said = node.keys(tuple(sorted(used))) if node else {}
    return MappingProxyType({file: _format(entry, base) for file, entry in said.items()})


def _tables(node: Node) -> tuple[Table, ...]:
    rows = node.rows()
    if len(rows) > TABLES_MAX:
        raise node.refused(f"{len(rows)} tables are over the {TABLES_MAX} there may be")
    return tuple(_table(row) for row in rows)


def _table(node: Node) -> Table:
    said = node.keys(KEYS["table"], required=("fact", "file", "fields"))
    fact = said["fact"].one_of(FACTS)
    table = Table(
        fact=fact,
        file=_file(said["file"]),
        joins=_joins(said.get("joins")),
        where=conditions(said.get("where")),
        fields=fact_fields(FACTS[fact], said["fields"]),
    )
    if not any(source.columns for sources in table.fields.values() for source in every_source(sources)):
        raise said["fields"].refused("no field comes from a column, so every row would be the same")
    return table


def _file(node: Node) -> str:
    name = PurePosixPath(node.text())
    if name.is_absolute() or ".." in name.parts or "\\" in node.text() or "\0" in node.text():
        raise node.refused(f"{node.text()!r} leaves the folder. Name a file in it")
    if name.suffix.lower() not in FILE_KINDS:
        raise node.refused(f"{node.text()!r} does not end in {', '.join(FILE_KINDS)}")
    return str(name)


def _joins(node: Node | None) -> tuple[Join, ...]:
    rows = node.rows() if node else []
    joins = tuple(_join(row) for row in rows)
    for n, (row, join) in enumerate(zip(rows, joins, strict=True)):
        if join.name in {other.name for other in joins[:n]}:
            raise row.refused(f"the name {join.name} is taken by another join of this table")
        for ours, _ in join.on:
            if ours.partition(".")[0] in {other.name for other in joins[n:]}:
                raise row.refused(
                    f"{ours} comes from a join that is not made yet. List that join before this one"
                )
    return joins


def _join(node: Node) -> Join:
    said = node.keys(KEYS["join"], required=("as", "file", "on"))
    if not _NAME.fullmatch(said["as"].text()):
        raise said["as"].refused(f"{said['as'].text()!r} is not a name of letters, digits and _")
    on = tuple((ours, theirs.text()) for ours, theirs in said["on"].entries().items())
    if not on:
        raise said["on"].refused("at least one pair `our column: their column` is wanted")
    optional = "optional" in said and said["optional"].flag()
    return Join(said["as"].text(), _file(said["file"]), on, optional)
