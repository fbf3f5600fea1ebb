"""What has changed since an answer, on the wire."""

from datetime import date, datetime

import strawberry

from resolvers.flows.since import Change
from resolvers.roles import INSIDE, roles, shown
from resolvers.scalars import Quantity
from rules.quantity import to_base


@strawberry.type(
    description="Something recorded about the item after the answer.", directives=[roles(INSIDE)]
)
class ChangeSince:
    at: datetime = shown("When it was recorded.")
    kind: str = shown("stock, supply, order line, hold, safety stock or reservation.")
    what: str = shown("Which line or reservation, or the cause of a movement.")
    site: str = shown("The site.")
    channel: str | None = shown("The order's or reservation's channel, where the caller may see it.")
    before: Quantity | None = shown("What a line said at the answer; null where there was none.")
    after: Quantity | None = shown("What it says now, or what was added to stock or kept; null where closed.")
    day_before: date | None = shown("The day it was about at the answer.")
    day: date | None = shown("The day it is about now.")


def change_since(change: Change, precision: int) -> ChangeSince:
    """The change in base units."""

    def base(units: int | None) -> Quantity | None:
        return None if units is None else Quantity(to_base(units, precision))

    return ChangeSince(
        at=change.at,
        kind=change.kind,
        what=change.what,
        site=change.site_id,
        channel=change.channel or None,
        before=base(change.before),
        after=base(change.after),
        day_before=change.day_before,
        day=change.day,
    )
