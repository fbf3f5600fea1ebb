"""What can be asked about open order lines and supply on its way."""

from typing import Annotated

import strawberry

from datasources.store import mirror
from resolvers.context import Info
from resolvers.line_pages import LineList, line_page
from resolvers.orders.types import OrderLine, SupplyLine, order_line, supply_line
from resolvers.relay import WHICH, After, Connection, First
from resolvers.roles import INSIDE, shown
from resolvers.scalars import Sku

ORDERS = LineList("orders", mirror.DEMAND, ("needed_on", "channel", "order_id", "line_id"))
SUPPLIES = LineList("supplies", mirror.SUPPLY, ("due", "source", "line_id"))


@strawberry.input(description="Which order lines to list. What is left out does not restrict.")
class OrderFilter:
    sku: Sku | None = strawberry.field(default=None, description="Of this item.")
    site: str | None = strawberry.field(default=None, description="Owed by this site.")
    channel: str | None = strawberry.field(default=None, description="Of this channel.")
    order: str | None = strawberry.field(default=None, description="Of this order.")


@strawberry.input(description="Which supply lines to list. What is left out does not restrict.")
class SupplyFilter:
    sku: Sku | None = strawberry.field(default=None, description="Of this item.")
    site: str | None = strawberry.field(default=None, description="Coming to this site.")
    kind: str | None = strawberry.field(default=None, description="purchase, production, in_transit, ...")


@strawberry.type
class OrdersQuery:
    @shown("Open order lines of the channels the caller may see, nearest need first.", to=INSIDE)  # type: ignore[untyped-decorator]
    async def orders(
        self,
        info: Info,
        filter: Annotated[OrderFilter | None, WHICH] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[OrderLine]:
        chosen = filter or OrderFilter()
        where = {
            "sku": chosen.sku,
            "site_id": chosen.site,
            "channel": chosen.channel,
            "order_id": chosen.order,
        }
        return await line_page(info, ORDERS, where, (first, after), order_line)

    @shown("Supply on its way, nearest first.", to=INSIDE)  # type: ignore[untyped-decorator]
    async def supplies(
        self,
        info: Info,
        filter: Annotated[SupplyFilter | None, WHICH] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[SupplyLine]:
        chosen = filter or SupplyFilter()
        where = {"sku": chosen.sku, "site_id": chosen.site, "kind": chosen.kind}
        return await line_page(info, SUPPLIES, where, (first, after), supply_line)
