"""Open order lines: the words of the orders subgraph."""

from datetime import date, datetime

import strawberry

from datasources.store.pages import Record
from resolvers.context import Info
from resolvers.roles import INSIDE, roles, shown
from resolvers.scalars import Quantity, Sku
from rules.quantity import to_base


@strawberry.type(
    description="The open quantity of one line of a customer's order.", directives=[roles(INSIDE)]
)
class OrderLine:
    order: str = shown("The order's id in its channel.")
    line: str = shown("The line's id in its order.")
    channel: str = shown("The channel it came in by.")
    sku: Sku = shown("The item.")
    site: str = shown("The site that owes it.")
    quantity: Quantity = shown("What is still owed, in the item's base unit.")
    needed_on: date = shown("The day the goods must be free for picking, in the site's zone.")
    wanted: date = shown("The day the customer wants it.")
    source: str = shown("The system that said so.")
    as_of: datetime = shown("When it said so.")


@strawberry.type(
    description="Supply that is on its way: the open quantity of one line.", directives=[roles(INSIDE)]
)
class SupplyLine:
    line: str = shown("The line's id at its source.")
    kind: str = shown("purchase, production, in_transit, transfer, ...")
    firmness: str = shown("confirmed, firm, unconfirmed or planned.")
    ownership: str = shown("Whose goods they will be.")
    sku: Sku = shown("The item.")
    site: str = shown("The site it comes to.")
    quantity: Quantity = shown("What is still to come, in the item's base unit.")
    due: date = shown("The local day it counts from.")
    supplier: str | None = shown("Who sends it.")
    source: str = shown("The system that said so.")
    as_of: datetime = shown("When it said so.")


def order_line(row: Record, precision: int) -> OrderLine:
    return OrderLine(
        order=row["order_id"],
        line=row["line_id"],
        channel=row["channel"],
        sku=row["sku"],
        site=row["site_id"],
        quantity=Quantity(to_base(row["quantity"], precision)),
        needed_on=row["needed_on"],
        wanted=row["wanted"],
        source=row["source"],
        as_of=row["as_of"],
    )


def supply_line(row: Record, precision: int) -> SupplyLine:
    return SupplyLine(
        line=row["line_id"],
        kind=row["kind"],
        firmness=row["firmness"],
        ownership=row["ownership"],
        sku=row["sku"],
        site=row["site_id"],
        quantity=Quantity(to_base(row["quantity"], precision)),
        due=row["due"],
        supplier=row["supplier"] or None,
        source=row["source"],
        as_of=row["as_of"],
    )


@strawberry.type(description="What the orders subgraph knows of an item.")
class ItemOrders:
    sku: strawberry.Private[str]
    row: strawberry.Private[Record]

    @shown("Open order lines, nearest need first, at most 100.", to=INSIDE)  # type: ignore[untyped-decorator]
    async def orders(self, info: Info) -> list[OrderLine]:
        rows = await info.context.loaders.orders.load(self.sku)
        visible = [row for row in rows if info.context.caller.may_see_channel(row["channel"])]
        return [order_line(row, self.row["precision"]) for row in visible]

    @shown("Supply on its way, nearest first, at most 100.", to=INSIDE)  # type: ignore[untyped-decorator]
    async def supplies(self, info: Info) -> list[SupplyLine]:
        rows = await info.context.loaders.supplies.load(self.sku)
        return [supply_line(row, self.row["precision"]) for row in rows]
