"""One statement for many items: each loader gathers the keys of one request and reads them together."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from strawberry.dataloader import DataLoader

from datasources.store import as_known, fact_tables, pages
from datasources.store.as_known import Moment
from datasources.store.pages import Record
from datasources.store.snapshot import Snapshot
from resolvers.flows.deps import Deps
from rules.company import Setup
from rules.position import ItemPosition

FORECASTS_MAX = 5_000
"""Forecasts of one item that its projection is drawn with."""
LINES_MAX = 100
"""Lines of one kind shown with one item; the whole list is a query of its own."""


class Loaders:
    """This request's loaders. `snapshot` is read once for all the items asked about together."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._past: dict[Moment, DataLoader[str, tuple[ItemPosition, Snapshot] | None]] = {}
        self.item: DataLoader[str, Record | None] = DataLoader(self._items)
        self.position: DataLoader[str, tuple[ItemPosition, Snapshot] | None] = DataLoader(self._positions)
        self.orders = self._lines(fact_tables.demand_line, ("needed_on", "channel", "order_id", "line_id"))
        self.forecasts = self._lines(fact_tables.forecast, ("starts", "forecast_id"))
        self.allocations = self._lines(fact_tables.allocation, ("starts", "allocation_id"))
        self.supplies = self._lines(fact_tables.supply_line, ("due", "source", "line_id"))
        self.forecast_rows = self._lines(fact_tables.forecast, ("starts", "forecast_id"), FORECASTS_MAX)

    def position_at(self, moment: Moment | None) -> DataLoader[str, tuple[ItemPosition, Snapshot] | None]:
        """The loader of positions at a moment of the past, or of those that are (None)."""
        if moment is None:
            return self.position
        return self._past.setdefault(moment, DataLoader(partial(self._positions_at, moment)))

    async def _positions_at(
        self, moment: Moment, skus: list[str]
    ) -> list[tuple[ItemPosition, Snapshot] | None]:
        snapshot = await as_known.snapshot_at(self._deps.store, skus, moment)
        return _found(skus, snapshot)

    def _lines(
        self, table: object, order: tuple[str, ...], most: int = LINES_MAX
    ) -> DataLoader[str, list[Record]]:
        load: Callable[[list[str]], Awaitable[Sequence[list[Record]]]]
        load = partial(self._nearest, table, order, most)
        return DataLoader(load)

    async def _nearest(
        self, table: object, order: tuple[str, ...], most: int, skus: list[str]
    ) -> list[list[Record]]:
        async with self._deps.store.reading() as tx:
            found = await pages.nearest_lines(tx, table, skus, order, most)  # type: ignore[arg-type]
        return [found.get(sku, []) for sku in skus]

    async def _items(self, skus: list[str]) -> list[Record | None]:
        async with self._deps.store.reading() as tx:
            found = await pages.items(tx, skus)
        return [found.get(sku) for sku in skus]

    async def _positions(self, skus: list[str]) -> list[tuple[ItemPosition, Snapshot] | None]:
        return _found(skus, await self._deps.snapshots.read(skus))

    async def setup(self) -> Setup:
        """The set-up in force."""
        return (await self._deps.snapshots.read([])).setup


def _found(skus: Sequence[str], snapshot: Snapshot) -> list[tuple[ItemPosition, Snapshot] | None]:
    found = (snapshot.positions.get(sku) for sku in skus)
    return [None if position is None else (position, snapshot) for position in found]
