"""How often the store is asked: once for an ask, however many lines; as often for fifty items as for five."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.application import Client, client_of
from tests.databases import administer, database_url, open_deps
from tests.gateway.servers import Wire

ASK = """query($lines: [AvailabilityLineInput!]!) { availability(lines: $lines, channel: "web") {
  lines { promisable explanation { summary sites { usable supplies { kind } demands { kind } } } } } }"""

SKUS = "query($first: Int!) { items(first: $first) { edges { node { sku } } } }"
ITEMS = """query($first: Int!) { items(first: $first) { edges { node {
  sku
  stock { site quantity }
  orders { order }
  forecasts { start gross }
  allocations { channel quantity }
  supplies { line }
  projection { site days { atp } }
} } } }"""

HOUSEKEEPING = (";", "BEGIN", "COMMIT", "ROLLBACK", "SET ", "SHOW ", "SELECT pg_advisory_unlock_all")
"""Beginnings and ends of transactions, and what pools say to see that a connection lives: no reading."""


@dataclass(frozen=True)
class Overheard:
    """The demo company, with all that is said to PostgreSQL."""

    client: Client
    wire: Wire

    async def ask(self, query: str, **variables: Any) -> tuple[Any, list[str]]:
        """The data, and the statements it took."""
        before = len(self.wire.statements)
        data = await self.client.ask(query, **variables)
        return data, [
            said for said in self.wire.statements[before:] if said and not said.startswith(HOUSEKEEPING)
        ]


@pytest.fixture(scope="module")
async def overheard(server, demo_template, keys) -> AsyncIterator[Overheard]:
    await administer(server, f"CREATE DATABASE demo_overheard TEMPLATE {demo_template}")
    wire = Wire(server)
    await wire.mend()
    deps = await open_deps(wire.address("demo_overheard"))
    client = client_of(deps, keys)
    yield Overheard(client, wire)
    await client.http.aclose()
    await deps.inquiries.close()
    await deps.store.close()
    await wire.cut()
    await administer(database_url(server, "postgres"), "DROP DATABASE demo_overheard WITH (FORCE)")


async def a_cart(overheard: Overheard, lines: int) -> list[dict[str, Any]]:
    found, _ = await overheard.ask(SKUS, first=lines)
    skus = [edge["node"]["sku"] for edge in found["items"]["edges"]]
    assert len(skus) == lines
    return [{"sku": sku, "quantity": 1, "wanted": "2026-03-04"} for sku in skus]


async def test_a_hundred_lines_are_one_read_and_one_group_commit(overheard):
    """One statement brings all that is decided from; then the inquiry, and what it is the first to read."""
    lines = await a_cart(overheard, 100)
    await overheard.ask(ASK, lines=lines[:1])
    data, statements = await overheard.ask(ASK, lines=lines)
    assert len(data["availability"]["lines"]) == 100
    assert any(line["explanation"]["sites"] for line in data["availability"]["lines"])
    read, keep, log = statements
    assert read.startswith("SELECT earmark_now() AS now")
    assert keep.startswith("INSERT INTO profile_snapshot")
    assert log.startswith('COPY "inquiry"')


async def test_an_ask_about_items_known_before_reads_once_and_logs_once(overheard):
    lines = await a_cart(overheard, 100)
    await overheard.ask(ASK, lines=lines)
    _, statements = await overheard.ask(ASK, lines=lines)
    assert [said.split()[0] for said in statements] == ["SELECT", "COPY"]


async def test_fifty_items_take_no_more_statements_than_five(overheard):
    """With everything there is to an item. A loader that reads item by item fails here."""
    await overheard.ask(ITEMS, first=1)
    few, for_few = await overheard.ask(ITEMS, first=5)
    many, for_many = await overheard.ask(ITEMS, first=50)
    assert (len(few["items"]["edges"]), len(many["items"]["edges"])) == (5, 50)
    assert any(edge["node"]["orders"] for edge in many["items"]["edges"])
    assert sorted(for_many) == sorted(for_few)
    assert 5 <= len(for_many) <= 8


async def test_items_named_one_by_one_are_read_together(overheard):
    """Aliases are several fields and still one read of each kind."""
    lines = await a_cart(overheard, 10)
    fields = [
        f'a{n}: item(sku: "{line["sku"]}") {{ name orders {{ order }} }}' for n, line in enumerate(lines)
    ]
    _, statements = await overheard.ask(f"{{ {' '.join(fields)} }}")
    assert len(statements) == 2
