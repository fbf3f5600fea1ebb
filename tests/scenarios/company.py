"""Small companies for the scenarios, told to the gateway by a source as any other would be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from datasources.facts import ChannelFact, Fact, ItemFact, Row, SetAside, SiteFact
from resolvers.flows.sync import LoadReport, sync
from tests.application import Client

WEB = ChannelFact("web", "Web shop", "web", "retail")


@dataclass
class Told:
    """A source that states these facts."""

    name: str
    states: frozenset[str]
    facts: Sequence[Fact]

    def read(self, day: date) -> Iterator[Row | SetAside]:
        return (Row(self.name, number, fact) for number, fact in enumerate(self.facts, 1))


async def tell(client: Client, source: str, *facts: Fact, states: Sequence[str] = ()) -> LoadReport:
    """The source has stated these facts."""
    told = Told(source, frozenset(states), facts)
    return await sync(client.deps, told, date(2026, 6, 1), lambda _: None)


def item(sku: str, **more: Any) -> ItemFact:
    return ItemFact(sku, f"Item {sku}", **more)


def site(site_id: str, zone: str = "UTC") -> SiteFact:
    return SiteFact(site_id, f"Site {site_id}", "distribution_centre", zone)


RECEIVE = (
    "mutation($events: [EventInput!]!) { receive(events: $events) { receipts { eventId outcome reason } } }"
)


async def receive(client: Client, *events: dict[str, Any]) -> list[dict[str, Any]]:
    """What became of the events."""
    told = await client.as_("integrator").ask(RECEIVE, events=list(events))
    receipts: list[dict[str, Any]] = told["receive"]["receipts"]
    return receipts


async def promisable(client: Client, sku: str, wanted: str, **more: Any) -> Any:
    """How much can be promised for the day."""
    ask = """query($lines: [AvailabilityLineInput!]!) {
      availability(lines: $lines, channel: "web") { lines { promisable problem { code } } } }"""
    answer = await client.ask(ask, lines=[{"sku": sku, "quantity": 1, "wanted": wanted, **more}])
    return answer["availability"]["lines"][0]["promisable"]
