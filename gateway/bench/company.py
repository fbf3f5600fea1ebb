"""The company of the bench: as many plain items as are wanted, and what is asked of it.

At most 10,000 of them are traded, spread evenly over all. Those are all alike: each lies at three sites and
has a receipt and an order at each, so that an ask costs the same whichever it names. The others only lie at
one site, as most of a large catalogue does. So a large company differs from a small one in its size alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import orjson

from datasources.facts import (
    ChannelFact,
    DemandFact,
    DestinationFact,
    Fact,
    ItemFact,
    LaneFact,
    Row,
    SiteFact,
    StockFact,
    SupplyFact,
)

DAY = date(2026, 3, 2)
SITES = (
    SiteFact("DC-HAM", "Hamburg", "dc", "Europe/Berlin"),
    SiteFact("DC-COL", "Columbus", "dc", "America/New_York"),
    SiteFact("ST-LON", "London", "store", "Europe/London"),
)
DESTINATION = DestinationFact("EU", "Europe", "Europe/Berlin")
SERVICES = (("express", 1, Decimal(990)), ("parcel", 2, Decimal(490)))
CHANNEL = "web"
SOURCE = "bench"
TRADED_MAX = 10_000
WANTED_ON = DAY + timedelta(days=3)
HOT, HOT_UNITS = "B-HOT", 10**7
"""An item that every cart wants, and more of it than all of them can take."""
QUANTITY = 350
"""More than lies at all sites together, so that the answer has a schedule over days and sites."""

ASK = """
query Ask($lines: [AvailabilityLineInput!]!, $channel: String!) {
  availability(lines: $lines, channel: $channel) {
    inquiry asOf
    lines {
      sku quantity wanted promisable earliest open method
      schedule { day site quantity }
      problem { code message nextStep }
    }
  }
}
"""
"""What a storefront's cart asks."""

DELIVERED = ASK.replace("channel: $channel)", f'channel: $channel, shipTo: "{DESTINATION.code}")')
"""The same by day of receipt, over one of two lanes from each site."""

EXPLAINED = """
query Explained($lines: [AvailabilityLineInput!]!, $channel: String!) {
  availability(lines: $lines, channel: $channel) {
    inquiry asOf
    lines {
      sku quantity wanted promisable earliest open method
      schedule { day site quantity }
      problem { code message nextStep }
      explanation {
        summary
        sites {
          site day promisable usable receiptsToDay commitmentsToDay
          binding { day netPosition margin }
          supplies { kind quantity due countedOn why }
          earlier { kind what gain }
        }
      }
    }
  }
}
"""
"""The same with its derivation."""

RESERVE = """
mutation Cart($input: ReserveInput!) {
  reserve(input: $input) { operation { status lines { reservation problem { code message } } } }
}
"""
"""What a cart keeps."""

RECEIVE = """
mutation Told($events: [EventInput!]!) { receive(events: $events) { receipts { eventId outcome } } }
"""


@dataclass(frozen=True, slots=True)
class BenchCompany:
    """The one source of a company of `items` items."""

    items: int
    name: str = SOURCE
    states: frozenset[str] = frozenset({"stock", "supply", "demand"})

    def read(self, day: date) -> Iterator[Row]:  # noqa: ARG002  # the company stands still
        """Yield every fact, master facts first."""
        for line, fact in enumerate(self._facts(), start=1):
            yield Row("bench", line, fact)

    def _facts(self) -> Iterator[Fact]:
        yield from SITES
        yield DESTINATION
        for site in SITES:
            for service, days, cost in SERVICES:
                yield LaneFact(site.site_id, DESTINATION.code, service, transit_days=days, cost=cost)
        yield ChannelFact(CHANNEL, "Web", "direct", "retail")
        for number in range(self.items):
            yield ItemFact(sku(number), f"Item {number}")
        for number in range(self.items):
            yield StockFact(sku(number), SITES[0].site_id, Decimal(80 + number % 40))
        yield ItemFact(HOT, "What everybody wants")
        yield StockFact(HOT, SITES[0].site_id, Decimal(HOT_UNITS))
        for number in traded(self.items):
            yield from _trade(number)


def traded(items: int) -> range:
    """The numbers of the items that are traded, in a company of so many."""
    return range(0, items, -(-items // TRADED_MAX))


def sku(number: int) -> str:
    """The name of an item; they are numbered from 0."""
    return f"B-{number:06}"


def _trade(number: int) -> Iterator[Fact]:
    code, due = sku(number), DAY + timedelta(days=5 + number % 20)
    owed_on = DAY + timedelta(days=number % 7)
    for site in SITES[1:]:
        yield StockFact(code, site.site_id, Decimal(80 + number % 40))
    for site in SITES:
        yield SupplyFact(f"P{number}-{site.site_id}", "purchase", code, site.site_id, Decimal(60), due)
        order = f"O{number}-{site.site_id}"
        yield DemandFact("1", order, CHANNEL, code, site.site_id, Decimal(5), owed_on)


def asks(document: str, lines: int, items: int) -> Iterator[bytes]:
    """Bodies asking for `lines` different items each, which together go through all that are traded."""
    numbers = traded(items)
    for start in range(0, len(numbers), lines):
        chosen = [numbers[(start + line) % len(numbers)] for line in range(lines)]
        variables = {"channel": CHANNEL, "lines": [_line(number) for number in chosen]}
        yield orjson.dumps({"query": document, "variables": variables})


def _line(number: int) -> dict[str, object]:
    return {"sku": sku(number), "quantity": QUANTITY, "wanted": WANTED_ON.isoformat()}


def events(count: int, each: int, items: int) -> Iterator[bytes]:
    """`count` bodies with `each` new events: one unit of a traded item is received at the first site."""
    numbers = traded(items)
    for start in range(0, count * each, each):
        told = [_event(n, numbers[n % len(numbers)]) for n in range(start, start + each)]
        yield orjson.dumps({"query": RECEIVE, "variables": {"events": told}})


def carts(name: str, count: int, skus: Sequence[str]) -> Iterator[bytes]:
    """`count` bodies, each reserving one unit of one of the items, which are taken in turn."""
    for number in range(count):
        line = {"sku": skus[number % len(skus)], "quantity": 1, "wanted": WANTED_ON.isoformat()}
        cart = {"key": f"{name} {number}", "channel": CHANNEL, "holdForSeconds": 900, "lines": [line]}
        yield orjson.dumps({"query": RESERVE, "variables": {"input": cart}})


def _event(event: int, number: int) -> dict[str, object]:
    legs = [{"site": SITES[0].site_id, "quantity": 1}]
    movement = {"sku": sku(number), "cause": "receipt", "legs": legs}
    return {"source": SOURCE, "eventId": f"E{event}", "movement": movement}
