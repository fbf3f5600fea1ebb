"""Quotas, protections and shares: the words of the allocations subgraph."""

from datetime import date

import strawberry

from datasources.store.pages import Record
from resolvers.context import Info
from resolvers.roles import INSIDE, roles, shown
from resolvers.scalars import Quantity, Sku
from rules.quantity import to_base


@strawberry.type(
    description="Quantity set aside for, or the most given to, a channel over some days. "
    "Loaded and shown; it does not bend an answer yet.",
    directives=[roles(INSIDE)],
)
class Allocation:
    kind: str = shown("quota (the most), protection (the least kept) or share (a weight).")
    sku: Sku = shown("The item.")
    channel: str = shown("The channel.")
    start: date = shown("The first day.")
    end: date = shown("The day after the last.")
    quantity: Quantity = shown("The quantity in the item's base unit; of a share, its weight.")
    rank: int = shown("Which protection is served first; 1 is first.")
    source: str = shown("The system that said so.")


def allocation(row: Record, precision: int) -> Allocation:
    return Allocation(
        kind=row["kind"],
        sku=row["sku"],
        channel=row["channel"],
        start=row["starts"],
        end=row["ends"],
        quantity=Quantity(to_base(row["quantity"], precision)),
        rank=row["rank"],
        source=row["source"],
    )


@strawberry.type(description="What the allocations subgraph knows of an item.")
class ItemAllocations:
    sku: strawberry.Private[str]
    row: strawberry.Private[Record]

    @shown("Allocations, earliest first, at most 100.", to=INSIDE)  # type: ignore[untyped-decorator]
    async def allocations(self, info: Info) -> list[Allocation]:
        rows = await info.context.loaders.allocations.load(self.sku)
        visible = [row for row in rows if info.context.caller.may_see_channel(row["channel"])]
        return [allocation(row, self.row["precision"]) for row in visible]
