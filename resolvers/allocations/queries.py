"""What can be asked about quotas, protections and shares."""

from typing import Annotated

import strawberry

from datasources.store import mirror
from resolvers.allocations.types import Allocation, allocation
from resolvers.context import Info
from resolvers.line_pages import LineList, line_page
from resolvers.relay import WHICH, After, Connection, First
from resolvers.roles import INSIDE, shown
from resolvers.scalars import Sku

ALLOCATIONS = LineList("allocations", mirror.ALLOCATION, ("starts", "source", "allocation_id"))


@strawberry.input(description="Which allocations to list. What is left out does not restrict.")
class AllocationFilter:
    sku: Sku | None = strawberry.field(default=None, description="Of this item.")
    channel: str | None = strawberry.field(default=None, description="Of this channel.")
    kind: str | None = strawberry.field(default=None, description="quota, protection or share.")


@strawberry.type
class AllocationsQuery:
    @shown("Allocations of the channels the caller may see, earliest first.", to=INSIDE)  # type: ignore[untyped-decorator]
    async def allocations(
        self,
        info: Info,
        filter: Annotated[AllocationFilter | None, WHICH] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Allocation]:
        chosen = filter or AllocationFilter()
        where = {"sku": chosen.sku, "channel": chosen.channel, "kind": chosen.kind}
        return await line_page(info, ALLOCATIONS, where, (first, after), allocation)
