"""PostgreSQL away: callers are told so at once, nothing hangs, and when it is back so are the answers."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from tests.application import Client, client_of
from tests.databases import administer, database_url, open_deps
from tests.gateway.requests import send, the_error
from tests.gateway.servers import Wire

TOLD_WITHIN_S = 3
"""About a second is meant; the machine that tests is shared."""

ASK = """query { availability(channel: "web", lines: [{sku: "BK-1003", quantity: 1, wanted: "2026-03-02"}])
  { inquiry lines { promisable } } }"""
RECEIVE = """mutation($id: String!) { receive(events: [{source: "wms", eventId: $id, movement: {
  sku: "BK-1003", cause: "count", legs: [{site: "DC-HAM", status: "available", quantity: 1}]}}])
  { receipts { outcome } } }"""
NAME = "demo_outage"


@dataclass(frozen=True)
class Far:
    """The demo company on a PostgreSQL at the end of a wire, and a straight way to it."""

    client: Client
    wire: Wire
    straight: str

    async def is_told(self, query: str = ASK, **variables: Any) -> float:
        """The store is said not to answer; after how many seconds."""
        began = time.monotonic()
        role = "warehouse" if query == RECEIVE else "planner"
        answer = await send(self.client.as_(role), body={"query": query, "variables": variables})
        extensions = the_error(answer)["extensions"]
        assert (extensions["code"], extensions["retryable"]) == ("STORE_UNAVAILABLE", True)
        return time.monotonic() - began

    async def health(self) -> tuple[int, int]:
        live, ready = [await self.client.http.get(f"/health/{which}") for which in ("live", "ready")]
        return live.status_code, ready.status_code

    async def answers_again(self) -> None:
        """Soon: a connection that was broken may still be in the pool, so callers may have to try again."""
        give_up_at = time.monotonic() + 5
        while "errors" in (answer := (await self.client.post(ASK)).json()):
            assert answer["errors"][0]["extensions"]["retryable"]
            assert time.monotonic() < give_up_at


@pytest.fixture
async def far(server, demo_template, keys) -> AsyncIterator[Far]:
    await administer(server, f"CREATE DATABASE {NAME} TEMPLATE {demo_template}")
    wire = Wire(server)
    await wire.mend()
    deps = await open_deps(wire.address(NAME))
    client = client_of(deps, keys)
    yield Far(client, wire, database_url(server, NAME))
    await wire.mend()
    await client.http.aclose()
    await deps.inquiries.close()
    await deps.store.close()
    await wire.cut()
    await administer(server, f"DROP DATABASE {NAME} WITH (FORCE)")


async def test_a_store_that_is_away_is_said_so_and_answers_again_when_it_is_back(far):
    """Asks and events alike; the process lives on, only it is not ready."""
    await far.client.ask(ASK)
    assert await far.health() == (200, 200)
    await far.wire.cut()
    assert await far.is_told() < TOLD_WITHIN_S
    assert await far.is_told(RECEIVE, id="1") < TOLD_WITHIN_S
    assert await far.is_told("{ items { edges { node { sku } } } }") < TOLD_WITHIN_S
    assert await far.health() == (200, 503)
    await far.wire.mend()
    await far.answers_again()
    assert await far.health() == (200, 200)


async def test_many_callers_are_told_together(far):
    """Nobody queues for connections that cannot be had."""
    await far.wire.cut()
    took_s = await asyncio.gather(*(far.is_told() for _ in range(50)))
    assert max(took_s) < TOLD_WITHIN_S


@pytest.mark.parametrize("table", ["profile", "inquiry"])
async def test_a_connection_that_breaks_in_the_middle_of_an_ask_is_said_so(far, table):
    """While it reads, and while it waits for its inquiry to be durable."""
    blocking = await asyncpg.connect(far.straight)
    async with blocking.transaction():
        await blocking.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        asking = asyncio.create_task(far.is_told())
        await _until_somebody_waits(blocking)
        await far.wire.cut()
        assert await asking < TOLD_WITHIN_S
    await blocking.close()
    await far.wire.mend()
    await far.answers_again()


async def test_an_event_whose_answer_was_lost_has_its_effect_once(far):
    """The sender cannot know; sending it again is safe."""
    blocking = await asyncpg.connect(far.straight)
    async with blocking.transaction():
        await blocking.execute("LOCK TABLE stock_move IN ACCESS EXCLUSIVE MODE")
        sending = asyncio.create_task(far.is_told(RECEIVE, id="lost"))
        await _until_somebody_waits(blocking)
        await far.wire.cut()
        await sending
    await far.wire.mend()
    await far.answers_again()
    told = [await far.client.as_("warehouse").ask(RECEIVE, id="lost") for _ in range(2)]
    assert {each["receive"]["receipts"][0]["outcome"] for each in told} <= {"APPLIED", "DUPLICATE"}
    moves = await blocking.fetchval("SELECT count(*) FROM stock_move WHERE event_id = 'lost'")
    await blocking.close()
    assert moves == 1


async def test_backends_that_are_ended_are_replaced(far):
    """An administrator, a failover or a crash of one backend ends every connection; the gateway stays."""
    await far.client.ask(ASK)
    await administer(
        far.straight, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{NAME}'"
    )
    await far.answers_again()


async def test_a_store_that_hangs_makes_the_gateway_not_ready(far):
    """Health does not wait for it."""
    await far.client.ask(ASK)
    far.wire.hang()
    began = time.monotonic()
    assert await far.health() == (200, 503)
    assert time.monotonic() - began < TOLD_WITHIN_S
    await far.wire.cut()


async def _until_somebody_waits(connection: asyncpg.Connection) -> None:
    give_up_at = time.monotonic() + 5
    while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
        assert time.monotonic() < give_up_at, "Nobody came to wait for the lock."
