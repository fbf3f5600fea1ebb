"""An item at one site day by day, as planners look at it."""

from collections.abc import Sequence
from datetime import date, timedelta

import strawberry

from datasources.store.pages import Record
from resolvers.methods import AtpMethod, shown_quantity
from resolvers.roles import INSIDE, roles, shown
from resolvers.scalars import Quantity
from rules.company import Policy
from rules.methods import atp_row
from rules.position import METHOD, ItemPosition, SitePosition
from rules.projection import Expected, balance, forecast_row
from rules.quantity import to_base


@strawberry.type(description="One day of an item at one site.", directives=[roles(INSIDE)])
class ProjectionDay:
    day: date = shown("The local day of the site.")
    usable: Quantity = shown("Counted on hand less what holds block that day.")
    receipts: Quantity = shown("Supply that counts from this day.")
    commitments: Quantity = shown("Quantity owed on this day.")
    forecast: Quantity = shown("What is expected to be sold on this day. No promise depends on it.")
    net_position: Quantity = shown(
        "Usable, plus receipts, less commitments, up to and with this day; where the settings say so, less "
        "the larger of commitments and forecast."
    )
    withheld: Quantity = shown(
        "Kept from new promises: safety stock in force, and what a silent source leaves uncounted."
    )
    atp: Quantity | None = shown(
        "The most that can be newly promised for this day and leave every later day whole; of a kit, with "
        "the sets its parts allow. Null is without limit."
    )
    atp_discrete: Quantity | None = shown(
        "What each receipt adds beyond what is owed until the next one. Null is without limit."
    )


@strawberry.type(description="What one method says for each day.", directives=[roles(INSIDE)])
class MethodRow:
    method: AtpMethod = shown("The method.")
    atp: list[Quantity | None] = shown("One cell a day, in the order of `days`; null is without limit.")


@strawberry.type(description="An item at one site over the horizon.", directives=[roles(INSIDE)])
class SiteProjection:
    site: str = shown("The site's id.")
    position: str = shown("The name under which the goods are counted: whose they are.")
    today: date = shown("The site's local day now.")
    days: list[ProjectionDay] = shown("One row a day, from today on.")
    methods: list[MethodRow] = shown("What the methods asked for say beside it.")


def projected(
    item: ItemPosition,
    rows: SitePosition,
    expected: Sequence[Record],
    policy: Policy,
    methods: Sequence[str],
    days: int,
) -> SiteProjection:
    """The site's rows, at most `days` of them, with what is expected to be sold and what the methods say."""
    precision = item.profile.precision
    forecast = forecast_row(
        (
            Expected(row["starts"], row["ends"], row["quantity"])
            for row in expected
            if row["site_id"] == rows.site_id
        ),
        rows.today,
        len(rows.free),
    )
    shown_rows = {method: atp_row(item, rows, method)[:days] for method in (*methods, METHOD, "discrete")}
    in_base = {
        method: [shown_quantity(cell, precision) for cell in row] for method, row in shown_rows.items()
    }
    net_position = balance(rows, forecast, policy)
    return SiteProjection(
        site=rows.site_id,
        position=rows.position,
        today=rows.today,
        days=[
            ProjectionDay(
                day=rows.today + timedelta(days=cell),
                usable=Quantity(to_base(rows.usable[cell], precision)),
                receipts=Quantity(to_base(rows.receipts[cell], precision)),
                commitments=Quantity(to_base(rows.commitments[cell], precision)),
                forecast=Quantity(to_base(forecast[cell], precision)),
                net_position=Quantity(to_base(net_position[cell], precision)),
                withheld=Quantity(to_base(rows.withheld[cell], precision)),
                atp=in_base[METHOD][cell],
                atp_discrete=in_base["discrete"][cell],
            )
            for cell in range(min(days, len(rows.free)))
        ],
        methods=[MethodRow(method=AtpMethod(method), atp=in_base[method]) for method in methods],
    )
