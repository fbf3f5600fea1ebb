"""Small companies for the scenarios, told to the gateway by a source as any other would be."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from datasources.facts import ChannelFact, Fact, ItemFact, Row, SetAside, SiteFact
from datasources.policies import shipped
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


def site(site_id: str, zone: str = "UTC", **more: Any) -> SiteFact:
    return SiteFact(site_id, f"Site {site_id}", "distribution_centre", zone, **more)


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


SUBMIT = """mutation($files: [RuleFileInput!]!) {
  submitRuleBook(input: {files: $files, note: "A scenario."}) {
  problems { message severity } ruleBook { version state } } }"""
SIMULATE = """mutation($version: String!) { simulateRuleBook(input: {version: $version}) { id hasEnded } }"""
SIMULATED = """query($id: ID!) { ruleSimulation(id: $id) {
  hasEnded failed total { lines changed { change lines } }
  lines { sku change before after file row rowBefore } } }"""
APPROVE = (
    """mutation($version: String!) { approveRuleBook(input: {version: $version}) { ruleBook { state } } }"""
)
ACTIVATE = """mutation($version: String!) { activateRuleBook(input: {version: $version}) {
  ruleBook { state } } }"""


async def submit(client: Client, *changed: tuple[str, str, str]) -> str:
    """The rule files with these texts replaced (file, old, new), handed in by an analyst; the version."""
    files = {file: shipped()[file].decode() for file, _, _ in changed}
    for file, old, new in changed:
        assert old in files[file], f"{file} has no {old!r}"
        files[file] = files[file].replace(old, new)
    given = [{"name": name, "text": text} for name, text in files.items()]
    told = (await client.as_("analyst").ask(SUBMIT, files=given))["submitRuleBook"]
    assert told["ruleBook"] is not None, told["problems"]
    return str(told["ruleBook"]["version"])


async def simulate(client: Client, version: str) -> Any:
    """What the book would have changed about what was asked."""
    job = (await client.as_("analyst").ask(SIMULATE, version=version))["simulateRuleBook"]["id"]
    while True:
        found = (await client.as_("analyst").ask(SIMULATED, id=job))["ruleSimulation"]
        if found["hasEnded"]:
            assert found["failed"] is None
            return found
        await asyncio.sleep(0)  # the simulation runs beside us


async def change_rules(client: Client, *changed: tuple[str, str, str]) -> str:
    """From now on the rule files say so: handed in, simulated, approved by a second person, activated."""
    version = await submit(client, *changed)
    await simulate(client, version)
    await client.as_("steward").ask(APPROVE, version=version)
    await client.as_("analyst").ask(ACTIVATE, version=version)
    return version
