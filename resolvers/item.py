"""The item as one process serves it: the parts of all subgraphs joined under one key."""

import strawberry

from datasources.store.pages import Record
from resolvers.allocations.types import ItemAllocations
from resolvers.forecasts.types import ItemForecasts
from resolvers.orders.types import ItemOrders
from resolvers.relay import Node, global_id
from resolvers.roles import EVERYONE, roles, shown
from resolvers.scalars import Sku
from resolvers.stock.types import ItemStock


@strawberry.type(
    description="A thing stocked and promised under one identity and unit.", directives=[roles(EVERYONE)]
)
class Item(ItemStock, ItemOrders, ItemForecasts, ItemAllocations, Node):
    sku: Sku = shown("The item's identity.")


def item_of(row: Record) -> Item:
    return Item(id=global_id("Item", row["sku"]), sku=row["sku"], row=row)
