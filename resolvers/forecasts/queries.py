"""What can be asked about forecasts."""

from typing import Annotated

import strawberry

from datasources.store import mirror
from resolvers.context import Info
from resolvers.forecasts.types import Forecast, forecast
from resolvers.line_pages import LineList, line_page
from resolvers.relay import WHICH, After, Connection, First
from resolvers.roles import INSIDE, shown
from resolvers.scalars import Sku

FORECASTS = LineList("forecasts", mirror.FORECAST, ("starts", "source", "forecast_id"))


@strawberry.input(description="Which forecasts to list. What is left out does not restrict.")
class ForecastFilter:
    sku: Sku | None = strawberry.field(default=None, description="Of this item.")
    site: str | None = strawberry.field(default=None, description="At this site.")
    channel: str | None = strawberry.field(default=None, description="From this channel.")


@strawberry.type
class ForecastsQuery:
    @shown("Forecasts for the channels the caller may see, earliest first.", to=INSIDE)  # type: ignore[untyped-decorator]
    async def forecasts(
        self,
        info: Info,
        filter: Annotated[ForecastFilter | None, WHICH] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Forecast]:
        chosen = filter or ForecastFilter()
        where = {"sku": chosen.sku, "site_id": chosen.site, "channel": chosen.channel}
        return await line_page(info, FORECASTS, where, (first, after), forecast)
