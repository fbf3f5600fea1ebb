"""What can be asked about items, sites and the ledger."""

from datetime import date, datetime, timedelta
from typing import Annotated

import strawberry

from datasources.store import pages
from resolvers.context import Info
from resolvers.item import Item, item_of
from resolvers.relay import WHICH, After, Connection, First, connection, page_size
from resolvers.roles import EVERYONE, INSIDE, shown
from resolvers.scalars import Quantity, Sku
from resolvers.stock.types import Channel, Destination, Matter, Site, StockMove, channel_of, site_of
from rules.calendar import day_start, local_day
from rules.errors import UnknownSite
from rules.quantity import to_base

SiteId = Annotated[str, strawberry.argument(description="The site's id.")]


@strawberry.input(description="Which items to list. What is left out does not restrict.")
class ItemFilter:
    contains: str | None = strawberry.field(
        default=None, description="A part of the sku or name; upper and lower case are one."
    )
    attribute: str | None = strawberry.field(
        default=None, description="An attribute's name; goes with `value`."
    )
    value: str | None = strawberry.field(default=None, description="The value that attribute has.")


@strawberry.type
class StockQuery:
    @shown("The item of this sku, or null where nobody knows it.", to=EVERYONE)  # type: ignore[untyped-decorator]
    async def item(
        self, info: Info, sku: Annotated[Sku, strawberry.argument(description="The item's identity.")]
    ) -> Item | None:
        row = await info.context.loaders.item.load(sku)
        return None if row is None else item_of(row)

    @shown("Items in sku order.", to=EVERYONE)  # type: ignore[untyped-decorator]
    async def items(
        self,
        info: Info,
        filter: Annotated[ItemFilter | None, WHICH] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Item]:
        chosen, size = filter or ItemFilter(), page_size(first)
        cursors = info.context.cursors("items", strawberry.asdict(chosen))
        place = cursors.open(after)
        start = None if place is None else str(place[0])
        attributes = {chosen.attribute: chosen.value} if chosen.attribute is not None else {}
        async with info.context.deps.store.reading() as tx:
            rows = await pages.page_of_items(tx, chosen.contains, attributes, start, size + 1)
        return connection(rows, size, cursors, lambda row: [row["sku"]], item_of)

    @shown("Every site, in id order.", to=EVERYONE)  # type: ignore[untyped-decorator]
    async def sites(self, info: Info) -> list[Site]:
        snapshot = await info.context.deps.snapshots.read([])
        sites = sorted(snapshot.setup.sites.values(), key=lambda site: site.site_id)
        return [site_of(site, local_day(snapshot.now, site.zone)) for site in sites]

    @shown("Every destination goods can be asked for, in code order; there are at most 5,000.", to=EVERYONE)  # type: ignore[untyped-decorator]
    async def destinations(self, info: Info) -> list[Destination]:
        setup = await info.context.loaders.setup()
        rows = sorted(setup.destinations.values(), key=lambda row: row.code)
        return [
            Destination(code=row.code, name=row.name, zone=row.zone, calendar=row.calendar) for row in rows
        ]

    @shown("Every channel the caller may see, in code order.", to=EVERYONE)  # type: ignore[untyped-decorator]
    async def channels(self, info: Info) -> list[Channel]:
        setup = await info.context.loaders.setup()
        channels = sorted(setup.channels.values(), key=lambda channel: channel.code)
        return [channel_of(row) for row in channels if info.context.caller.may_see_channel(row.code)]

    @shown("What moved at a site on one of its local days, oldest first.", to=INSIDE)  # type: ignore[untyped-decorator]
    async def moves(
        self,
        info: Info,
        site: SiteId,
        day: Annotated[date, strawberry.argument(description="The site's local day.")],
        first: First = None,
        after: After = None,
    ) -> Connection[StockMove]:
        setup, size = await info.context.loaders.setup(), page_size(first)
        if site not in setup.sites:
            raise UnknownSite(site, setup.sites)
        zone = setup.sites[site].zone
        cursors = info.context.cursors("moves", site, day)
        place = cursors.open(after)
        start = None if place is None else (datetime.fromisoformat(place[0]), int(place[1]))
        span = (day_start(day, zone), day_start(day + timedelta(days=1), zone))
        async with info.context.deps.store.reading() as tx:
            rows = await pages.page_of_moves(tx, site, span, start, size + 1)
            items = await pages.items(tx, sorted({row["sku"] for row in rows}))
        return connection(
            rows,
            size,
            cursors,
            lambda row: [row["occurred_at"].isoformat(), row["move_id"]],
            lambda row: _move(row, items[row["sku"]]["precision"], zone),
        )

    @shown("What a person should look at, oldest first.", to=INSIDE)  # type: ignore[untyped-decorator]
    async def worklist(
        self,
        info: Info,
        kind: Annotated[str | None, strawberry.argument(description="Only of this kind.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Matter]:
        size, cursors = page_size(first), info.context.cursors("worklist", kind)
        place = cursors.open(after)
        async with info.context.deps.store.reading() as tx:
            rows = await pages.page_of_worklist(tx, kind, None if place is None else int(place[0]), size + 1)
        return connection(rows, size, cursors, lambda row: [row["worklist_id"]], _matter)


def _move(row: pages.Record, precision: int, zone: str) -> StockMove:
    return StockMove(
        sku=row["sku"],
        site=row["site_id"],
        status=row["status"],
        ownership=row["ownership"],
        lot=row["lot"] or None,
        bin=row["bin"] or None,
        quantity=Quantity(to_base(row["quantity"], precision)),
        cause=row["cause"],
        source=row["source"],
        event_id=row["event_id"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        local_day=local_day(row["occurred_at"], zone),
        trace_id=row["trace_id"] or None,
    )


def _matter(row: pages.Record) -> Matter:
    return Matter(
        kind=row["kind"],
        source=row["source"],
        reference=row["reference"],
        reason=row["reason"],
        recorded_at=row["recorded_at"],
    )
