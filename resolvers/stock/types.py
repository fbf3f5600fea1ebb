"""Items, sites and what stands where: the words of the stock subgraph."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from datasources.store.pages import Record
from datasources.store.snapshot import Snapshot
from resolvers.context import Info
from resolvers.flows.deps import Caller
from resolvers.methods import Methods, names
from resolvers.past import AsKnownAt, At, moment
from resolvers.relay import Node, global_id
from resolvers.roles import EVERYONE, INSIDE, roles, shown
from resolvers.scalars import Quantity, Sku
from resolvers.stock.pegs import PLANNERS, SitePegs, pegs_at
from resolvers.stock.projection import SiteProjection, projected
from rules.company import Channel as ChannelRow
from rules.company import Policy
from rules.company import Site as SiteRow
from rules.holds import blocked, blocking, counts
from rules.model import OnHand, SiteStock
from rules.position import ItemPosition, SitePosition
from rules.quantity import to_base


@strawberry.type(
    description="One fact about an item that its master gives, by name.", directives=[roles(EVERYONE)]
)
class Attribute:
    name: str = shown("What the fact is about, such as colour.")
    value: str = shown("The fact.")


@strawberry.type(
    description="On-hand quantity of an item at one site in one state.", directives=[roles(INSIDE)]
)
class StockRow:
    site: str = shown("The site's id.")
    status: str = shown(
        "The state: available, quality, received, in_process, ...; in_transit is not here yet."
    )
    ownership: str = shown("Whose goods they are: own, consignment, ...")
    quantity: Quantity = shown("How much, in the item's base unit.")
    counted: bool = shown("Whether it counts for promising, before holds.")
    held: Quantity = shown("How much of it holds in force today set apart; 0 where it does not count.")


@strawberry.type(description="What the stock subgraph knows of an item.", directives=[roles(EVERYONE)])
class ItemStock:
    sku: strawberry.Private[str]
    row: strawberry.Private[Record]

    @shown("What people call it.")  # type: ignore[untyped-decorator]
    def name(self) -> str:
        return str(self.row["name"])

    @shown("The base unit that quantities are given in.")  # type: ignore[untyped-decorator]
    def unit(self) -> str:
        return str(self.row["unit"])

    @shown("How many decimals of the base unit can be counted.")  # type: ignore[untyped-decorator]
    def precision(self) -> int:
        return int(self.row["precision"])

    @shown("What else the item master says, by name.")  # type: ignore[untyped-decorator]
    def attributes(self) -> list[Attribute]:
        return [
            Attribute(name=name, value=str(value)) for name, value in sorted(self.row["attributes"].items())
        ]

    @shown("On hand by site and status, and what is in transit to it.", to=INSIDE)  # type: ignore[untyped-decorator]
    async def stock(self, info: Info, at: At = None, as_known_at: AsKnownAt = None) -> list[StockRow]:
        asked = moment(info.context, at, as_known_at)
        found = await info.context.loaders.position_at(asked).load(self.sku)
        return [] if found is None else _stock_rows(*found, info.context.caller)

    @shown("Day by day at each site, over the horizon or its first `days`.", to=INSIDE)  # type: ignore[untyped-decorator]
    async def projection(
        self,
        info: Info,
        site: Annotated[str | None, strawberry.argument(description="Only at this site.")] = None,
        days: Annotated[int, strawberry.argument(description="Only the first days, today being one.")] = 90,
        at: At = None,
        as_known_at: AsKnownAt = None,
        methods: Methods = None,
    ) -> list[SiteProjection]:
        asked = moment(info.context, at, as_known_at)
        found = await info.context.loaders.position_at(asked).load(self.sku)
        if found is None:
            return []
        expected = await info.context.loaders.forecast_rows.load(self.sku)
        item, snapshot = found
        return [
            projected(item, rows, expected, _policy(item, rows, snapshot), names(methods), max(1, days))
            for rows in item.sites
            if site in (None, rows.site_id)
        ]

    @shown(
        "Which supply serves which order at a site if all are served in order, and what comes too late. "
        "It explains and binds nothing.",
        to=PLANNERS,
    )  # type: ignore[untyped-decorator]
    async def pegs(
        self,
        info: Info,
        site: Annotated[str, strawberry.argument(description="The site's id.")],
    ) -> SitePegs | None:
        found = await info.context.loaders.position.load(self.sku)
        return None if found is None else pegs_at(*found, site, info.context.caller)


def _policy(item: ItemPosition, rows: SitePosition, snapshot: Snapshot) -> Policy:
    return snapshot.setup.choices.policy_at(rows.site_id, item.profile.item_class, snapshot.now)


def _stock_rows(position: ItemPosition, snapshot: Snapshot, caller: Caller) -> list[StockRow]:
    return [
        row
        for part, rows in position.with_stock()
        for row in (*_on_hand(part, rows, position, snapshot), *_in_transit(part, position))
        if _sees(row, snapshot, caller)
    ]


def _sees(row: StockRow, snapshot: Snapshot, caller: Caller) -> bool:
    """Whether the rules show goods in that state to one of the caller's roles."""
    seen_by = snapshot.setup.choices.seen_by(row.site, "status", row.status, snapshot.now)
    return bool(caller.roles & seen_by)


def _on_hand(
    part: SiteStock, rows: SitePosition, position: ItemPosition, snapshot: Snapshot
) -> list[StockRow]:
    """Rows of one status and owner added up; holds are shown on the rows that count."""
    policy, precision = _policy(position, rows, snapshot), position.profile.precision
    groups: dict[tuple[str, str], list[OnHand]] = {}
    for row in part.on_hand:
        groups.setdefault((row.status, row.ownership), []).append(row)
    shown_rows = []
    for (status, ownership), group in sorted(groups.items()):
        counting = [row for row in group if counts(row, policy)]
        counted = bool(counting)
        held = blocked(counting, blocking(part.holds, policy), rows.today) if counted else 0
        shown_rows.append(
            StockRow(
                site=part.site_id,
                status=status,
                ownership=ownership,
                quantity=Quantity(to_base(sum(row.quantity for row in group), precision)),
                counted=counted,
                held=Quantity(to_base(held, precision)),
            )
        )
    return shown_rows


def _in_transit(stock: SiteStock, position: ItemPosition) -> list[StockRow]:
    coming = [receipt for receipt in stock.receipts if receipt.kind == "in_transit"]
    precision = position.profile.precision
    return [
        StockRow(
            site=stock.site_id,
            status="in_transit",
            ownership=ownership,
            quantity=Quantity(
                to_base(sum(r.quantity for r in coming if r.ownership == ownership), precision)
            ),
            counted=False,
            held=Quantity(0),
        )
        for ownership in sorted({receipt.ownership for receipt in coming})
    ]


@strawberry.type(description="A place that holds stock and can ship.", directives=[roles(EVERYONE)])
class Site(Node):
    site: str = shown("The site's own id.")
    name: str = shown("What people call it.")
    kind: str = shown("What it is: distribution_centre, store, ...")
    zone: str = shown("Its IANA time zone; its days are days there.")
    calendar: str = shown("The calendar that says which days it is open.")
    today: date = shown("Its local day now.")
    preparation_days: int = shown("Its open days from goods being free for picking to their leaving.")
    dock_to_stock_days: int = shown("Its open days from goods coming to their counting for promises.")


def site_of(row: SiteRow, today: date) -> Site:
    return Site(
        id=global_id("Site", row.site_id),
        site=row.site_id,
        name=row.name,
        kind=row.kind,
        zone=row.zone,
        calendar=row.calendar,
        today=today,
        preparation_days=row.preparation_days,
        dock_to_stock_days=row.dock_to_stock_days,
    )


@strawberry.type(description="Where goods go, as asks name it in `shipTo`.", directives=[roles(EVERYONE)])
class Destination:
    code: str = shown("What asks name it by.")
    name: str = shown("What people call it.")
    zone: str = shown("Its IANA time zone; days of receipt are days there.")
    calendar: str = shown("The calendar of the days on which goods are taken in.")


@strawberry.type(description="A way orders come in.", directives=[roles(EVERYONE)])
class Channel(Node):
    code: str = shown("The channel's own code.")
    name: str = shown("What people call it.")
    kind: str = shown("What it is: web, marketplace, contract, ...")
    demand_class: str = shown("The class its source states; 30-demand-class says what rules make of it.")
    parent: str | None = shown("The channel above it, if any.")


def channel_of(row: ChannelRow) -> Channel:
    return Channel(
        id=global_id("Channel", row.code),
        code=row.code,
        name=row.name,
        kind=row.kind,
        demand_class=row.demand_class,
        parent=row.parent,
    )


@strawberry.type(
    description="One leg of a stock movement, as it stands in the ledger.", directives=[roles(INSIDE)]
)
class StockMove:
    sku: Sku = shown("The item.")
    site: str = shown("The site's id.")
    status: str = shown("The state the quantity is in.")
    ownership: str = shown("Whose goods they are.")
    lot: str | None = shown("The lot, where there is one.")
    bin: str | None = shown("The bin, where there is one.")
    quantity: Quantity = shown("What was added (or, below 0, taken away), in the item's base unit.")
    cause: str = shown("Why: receipt, shipment, count, ...")
    source: str = shown("The system that said so.")
    event_id: str = shown("The source's own id of what happened.")
    occurred_at: datetime = shown("When it happened.")
    recorded_at: datetime = shown("When we came to know it.")
    local_day: date = shown("The site's day that contains the moment it happened.")
    trace_id: str | None = shown("The trace it came in by.")


@strawberry.type(
    description="Something a person should look at: a row or event set aside, a movement without a line.",
    directives=[roles(INSIDE)],
)
class Matter:
    kind: str = shown("row set aside, event set aside, or movement without a line.")
    source: str = shown("The system it came from.")
    reference: str = shown("Where to find it: a file and line, or an event id.")
    reason: str = shown("Why it is here and what would mend it.")
    recorded_at: datetime = shown("Since when.")
