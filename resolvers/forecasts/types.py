"""Forecasts: the words of the forecasts subgraph."""

from datetime import date

import strawberry

from datasources.store.pages import Record
from resolvers.context import Info
from resolvers.roles import INSIDE, roles, shown
from resolvers.scalars import Quantity, Sku
from rules.quantity import to_base


@strawberry.type(description="What is expected to be asked for over some days.", directives=[roles(INSIDE)])
class Forecast:
    sku: Sku = shown("The item.")
    site: str = shown("The site it is expected at.")
    channel: str = shown("The channel it is expected from.")
    start: date = shown("The first day.")
    end: date = shown("The day after the last.")
    gross: Quantity = shown("The forecast before any order has consumed it, in the item's base unit.")
    source: str = shown("The system that said so.")


def forecast(row: Record, precision: int) -> Forecast:
    return Forecast(
        sku=row["sku"],
        site=row["site_id"],
        channel=row["channel"],
        start=row["starts"],
        end=row["ends"],
        gross=Quantity(to_base(row["quantity"], precision)),
        source=row["source"],
    )


@strawberry.type(description="What the forecasts subgraph knows of an item.")
class ItemForecasts:
    sku: strawberry.Private[str]
    row: strawberry.Private[Record]

    @shown("Forecasts, earliest first, at most 100.", to=INSIDE)  # type: ignore[untyped-decorator]
    async def forecasts(self, info: Info) -> list[Forecast]:
        rows = await info.context.loaders.forecasts.load(self.sku)
        visible = [row for row in rows if info.context.caller.may_see_channel(row["channel"])]
        return [forecast(row, self.row["precision"]) for row in visible]
