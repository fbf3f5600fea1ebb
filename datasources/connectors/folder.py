"""A source that is a folder of CSV or parquet files, read through a mapping file."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from datasources.connectors.cells import Cell, CellRefused
from datasources.connectors.lines import BadLine, FolderUnreadable, Line
from datasources.connectors.mapping import FolderMapping
from datasources.connectors.mapping_reader import read_mapping
from datasources.connectors.row_reader import ReadyJoin, RowCells, RowReader
from datasources.connectors.tables import Index, check_columns, index_of, lines_of
from datasources.facts import (
    AliasFact,
    AllocationFact,
    BillFact,
    CalendarFact,
    CapacityFact,
    ChannelFact,
    DemandFact,
    DestinationFact,
    Fact,
    ForecastFact,
    HoldFact,
    ItemFact,
    KitFact,
    LaneFact,
    LotFact,
    ProductionFact,
    Row,
    SafetyStockFact,
    SetAside,
    SiteFact,
    SubstituteFact,
    SupersededFact,
    SupplierFact,
    SupplyFact,
)

ROW_SHOWN_MAX = 2_000
"""Characters of a bad row that are kept; its file and line lead to the rest."""

IDENTITY: dict[type, tuple[str, ...]] = {
    CalendarFact: ("name",),
    SiteFact: ("site_id",),
    DestinationFact: ("code",),
    LaneFact: ("origin", "destination", "service"),
    ChannelFact: ("code",),
    ItemFact: ("sku",),
    AliasFact: ("code", "unit"),
    LotFact: ("code", "lot"),
    KitFact: ("kit", "component"),
    SubstituteFact: ("code", "other"),
    SupersededFact: ("code",),
    HoldFact: ("hold_id",),
    SupplyFact: ("line_id",),
    DemandFact: ("channel", "order_id", "line_id"),
    SafetyStockFact: ("code", "site_id", "starts"),
    ForecastFact: ("forecast_id",),
    AllocationFact: ("allocation_id",),
    SupplierFact: ("code", "site_id", "supplier"),
    ProductionFact: ("code", "site_id", "version"),
    BillFact: ("code", "version", "component"),
    CapacityFact: ("code", "site_id", "day"),
}
"""What names one fact of a kind. Stock has none: its rows add up, and only it may be below zero."""


class FolderSource:
    """The Source in a folder of files. Making it checks the mapping; reading it first checks the folder."""

    def __init__(self, folder: Path, mapping_path: Path) -> None:
        self._folder, self._mapping = folder, read_mapping(mapping_path)
        self.name = self._mapping.source
        self.states = self._mapping.states

    def read(self, day: date) -> Iterator[Row | SetAside]:
        """Every fact as at `day`, master facts first, and each bad row with its file, line and reason.

        A missing file or column is refused here, before the first fact: what a folder cannot state whole it
        must not state at all, or the lines it leaves out would be closed.
        """
        if not self._folder.is_dir():
            raise FolderUnreadable(self._folder.name, "there is no such folder")
        readers = [RowReader(table, self._mapping, day) for table in self._mapping.tables]
        for reader in readers:
            self._check(reader)
        return _Reading(self._folder, self._mapping).rows(readers)

    def _check(self, reader: RowReader) -> None:
        layout = reader.layout
        for file, written, columns in zip(layout.files, layout.written, layout.columns, strict=True):
            check_columns(self._folder / file, written, columns)


class _Reading:
    """One pass over the folder: what was joined, named and set aside so far."""

    def __init__(self, folder: Path, mapping: FolderMapping) -> None:
        self._folder, self._mapping = folder, mapping
        self._indexes: dict[tuple[object, ...], Index] = {}
        self._named: dict[tuple[object, ...], Row] = {}
        self._set_aside: set[tuple[str, int, str]] = set()

    def rows(self, readers: Sequence[RowReader]) -> Iterator[Row | SetAside]:
        for fact in self._mapping.given:
            yield self._checked(Row(self._mapping.file, 0, fact))
        for reader in readers:
            yield from self._new(self._table(reader))

    def _new(self, rows: Iterator[Row | SetAside]) -> Iterator[Row | SetAside]:
        # A file that is joined to several tables would tell of its bad rows each time.
        for row in rows:
            if isinstance(row, SetAside):
                told = (row.file, row.line, row.reason)
                if told in self._set_aside:
                    continue
                self._set_aside.add(told)
            yield row

    def _table(self, reader: RowReader) -> Iterator[Row | SetAside]:
        layout, file = reader.layout, reader.table.file
        indexes = [self._index(reader, join) for join in reader.joins]
        for index in indexes:
            yield from (_aside(index.file, bad.number, bad.reason, bad.text) for bad in index.bad)
        for line in lines_of(self._folder / file, layout.written[0], layout.columns[0]):
            if isinstance(line, BadLine):
                yield _aside(file, line.number, line.reason, line.text)
                continue
            try:
                fact = _fact(reader, indexes, line)
                if fact is not None:
                    yield self._checked(Row(file, line.number, fact))
            except CellRefused as refused:
                yield _aside(file, line.number, str(refused), line.text or _shown(layout.columns[0], line))

    def _index(self, reader: RowReader, join: ReadyJoin) -> Index:
        columns, keys = reader.layout.columns[join.part], len(join.keys)
        wanted = (join.join.file, keys, *columns)
        if wanted not in self._indexes:
            path, written = self._folder / join.join.file, reader.layout.written[join.part]
            self._indexes[wanted] = index_of(path, written, columns, keys)
        return self._indexes[wanted]

    def _checked(self, row: Row) -> Row:
        """The row, whose name no other has and whose quantity is not below zero."""
        named = IDENTITY.get(type(row.fact))
        if named is None:
            return row
        key = (type(row.fact), *(getattr(row.fact, name) for name in named))
        first = self._named.setdefault(key, row)
        if first is not row:
            said = ", ".join(f"{name} {value}" for name, value in zip(named, key[1:], strict=True))
            raise CellRefused(f"{said} stands already on line {first.line} of {first.file}")
        if (quantity := getattr(row.fact, "quantity", None)) is not None and quantity < 0:
            raise CellRefused(f"the quantity {quantity} is below zero")
        return row


def _fact(reader: RowReader, indexes: Sequence[Index], line: Line) -> Fact | None:
    """The fact in the line; None if it does not count. Each condition is judged before the joins after it."""
    row: RowCells = [line.cells]
    if not reader.counts(row):
        return None
    for join, index in zip(reader.joins, indexes, strict=True):
        row.append(_joined(join, index, row))
        if not reader.counts(row):
            return None
    return reader.fact(row)


def _joined(join: ReadyJoin, index: Index, row: RowCells) -> tuple[Cell, ...] | None:
    key = join.key(row)
    found = None if key is None else index.row(key)
    if found is None and not join.join.optional:
        raise CellRefused(f"no row of {index.file} has {join.wanted(key)}")
    return found


def _aside(file: str, line: int, reason: str, text: str) -> SetAside:
    return SetAside(file, line, _storable(reason), _storable(text[:ROW_SHOWN_MAX]))


def _storable(text: str) -> str:
    """The text without what a database's text cannot hold."""
    return text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


def _shown(columns: Sequence[str], line: Line) -> str:
    return ", ".join(f"{column}={cell}" for column, cell in zip(columns, line.cells, strict=True))
