"""Pages of open lines of one kind: what orders, supplies, forecasts and allocations have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from datasources.store import pages
from datasources.store.mirror import Mirror
from resolvers.context import Info
from resolvers.relay import Connection, connection, page_size

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LineList:
    """A list of open lines, and the order it is read in: a day, then what names a line."""

    name: str
    mirror: Mirror
    order: tuple[str, ...]

    def place(self, row: pages.Record) -> list[object]:
        return [row[name] for name in self.order]

    def read_place(self, place: list[Any] | None) -> list[Any] | None:
        """The place as typed values: the first of the order is a day."""
        return None if place is None else [date.fromisoformat(place[0]), *place[1:]]


async def line_page(
    info: Info,
    lines: LineList,
    where: Mapping[str, str | None],
    window: tuple[int | None, str | None],
    node: Callable[[pages.Record, int], T],
) -> Connection[T]:
    """The lines whose columns are as in `where`; None there does not restrict. Window: (first, after)."""
    size = page_size(window[0])
    chosen = {name: value for name, value in where.items() if value is not None}
    cursors = info.context.cursors(lines.name, chosen)
    place = lines.read_place(cursors.open(window[1]))
    channels = info.context.caller.channels
    async with info.context.deps.store.reading() as tx:
        rows = await pages.page_of_lines(
            tx, lines.mirror.table, chosen, lines.order, place, size + 1, channels
        )
        items = await pages.items(tx, sorted({row["sku"] for row in rows}))
    return connection(rows, size, cursors, lines.place, lambda row: node(row, items[row["sku"]]["precision"]))
