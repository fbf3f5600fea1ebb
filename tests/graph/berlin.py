"""A site in Berlin that ships to New York: calendars, lane, cut-off, and two instants to order at."""

from datetime import UTC, date, datetime
from decimal import Decimal

from datasources.facts import CalendarFact, DestinationFact, Fact, LaneFact, StockFact
from datasources.store import clock
from tests.application import Client
from tests.builders import site
from tests.scenarios.company import WEB, change_rules, item, tell

BERLIN = CalendarFact("Berlin", (1, 2, 3, 4, 5), (date(2026, 4, 3), date(2026, 4, 6)))
CARRIER = CalendarFact("Mon-Sat", (1, 2, 3, 4, 5, 6))
NEW_YORK = CalendarFact("Mon-Fri", (1, 2, 3, 4, 5))
LANE = LaneFact("BER", "US-NY", "parcel", "Mon-Sat", transit_days=2)
THERE: tuple[Fact, ...] = (
    *(BERLIN, CARRIER, NEW_YORK, item("TEA"), WEB),
    site("BER", "Europe/Berlin", calendar="Berlin", preparation_days=1),
    DestinationFact("US-NY", "New York", "America/New_York", "Mon-Fri"),
    DestinationFact("GB", "Britain", "Europe/London"),
)
CUT_OFF = (
    (
        "70-promise.yaml",
        "min_shipment_percent: 0, cut_off: none",
        "min_shipment_percent: 0, cut_off: 15:00",
    ),
    ("70-promise.yaml", "      cut_off: none\n", "      cut_off: 15:00\n"),
)

ORDERED_IN_TIME = datetime(2026, 3, 27, 13, 30, tzinfo=UTC)
TOO_LATE = datetime(2026, 3, 30, 13, 30, tzinfo=UTC)


async def open_berlin(client: Client) -> None:
    """Ten pieces are in Berlin, where orders from three in the afternoon on are the next day's."""
    await set_now(client, datetime(2026, 3, 20, 12, tzinfo=UTC))
    await tell(client, "erp", *THERE, LANE, StockFact("TEA", "BER", Decimal(10)), states=["stock", "lane"])
    await change_rules(client, *CUT_OFF)


async def set_now(client: Client, instant: datetime) -> None:
    async with client.deps.store.writing() as tx:
        await clock.set_now(tx, instant)
