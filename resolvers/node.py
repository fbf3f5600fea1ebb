"""Anything with an id, found again by it."""

from typing import Annotated

import strawberry

from resolvers.context import Info
from resolvers.flows.quote import replay
from resolvers.item import item_of
from resolvers.promises.queries import inquiry_id
from resolvers.promises.types import Availability
from resolvers.relay import Node, read_global_id
from resolvers.roles import EVERYONE, shown
from resolvers.stock.types import channel_of, site_of
from rules.calendar import local_day


@strawberry.type
class NodeQuery:
    @shown("What has this id, or null where nothing the caller may see has it.", to=EVERYONE)  # type: ignore[untyped-decorator]
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="An `id` given out before.")],
    ) -> Node | None:
        type_name, key = read_global_id(str(id))
        find = FINDERS.get(type_name)
        return None if find is None else await find(info, key)


async def _item(info: Info, sku: str) -> Node | None:
    row = await info.context.loaders.item.load(sku)
    return None if row is None else item_of(row)


async def _site(info: Info, site_id: str) -> Node | None:
    snapshot = await info.context.deps.snapshots.read([])
    row = snapshot.setup.sites.get(site_id)
    return None if row is None else site_of(row, local_day(snapshot.now, row.zone))


async def _channel(info: Info, code: str) -> Node | None:
    row = (await info.context.loaders.setup()).channels.get(code)
    return channel_of(row) if row is not None and info.context.caller.may_see_channel(code) else None


async def _inquiry(info: Info, key: str) -> Node | None:
    return Availability.of((await replay(info.context.deps, inquiry_id(key), info.context.caller)).quote)


FINDERS = {"Item": _item, "Site": _site, "Channel": _channel, "Inquiry": _inquiry}
