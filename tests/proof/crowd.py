"""Clients that ask and send events all at once, and remember what they were promised."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.proof.company import CHANNEL, SITE, SOURCE

ASKERS, SENDERS, REPEATING_SENDERS = 8, 6, 2
PATIENCE_S = 15
LOOK_EVERY_S, LOOKS_MAX = 0.002, 30_000
CALL_AGAIN_S, CALLS_MAX = 0.05, 600
SENDS_MAX = 1_000

ASK = """query($lines: [AvailabilityLineInput!]!, $channel: String!) {
  availability(channel: $channel, lines: $lines) {
    inquiry lines { promisable earliest schedule { day site quantity } } } }"""
SEND = """mutation($events: [EventInput!]!) { receive(events: $events) { receipts { eventId outcome } } }"""
SKUS = "{ items(first: 60) { edges { node { sku } } } }"


@dataclass
class Memory:
    """What the clients know: answers they were given, and how each event they sent ended."""

    answered: dict[str, Any] = field(default_factory=dict)
    applied: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    told_to_retry: int = 0
    lost_answers: int = 0
    under_way: int = 0

    @property
    def acknowledged(self) -> int:
        return len(self.answered) + len(self.applied)


@dataclass
class Crowd:
    """The clients of one gateway at one address, which may die and come back there."""

    address: str
    tokens: dict[str, str]
    seed: int
    skus: Sequence[str] = ()
    memory: Memory = field(default_factory=Memory)

    @property
    def events_begin_with(self) -> str:
        return f"proof {self.seed} "

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """They work inside the block; at its end each has finished what it had begun."""
        stopping = asyncio.Event()
        limits = httpx.Limits(max_keepalive_connections=ASKERS + SENDERS)
        async with httpx.AsyncClient(base_url=self.address, timeout=PATIENCE_S, limits=limits) as http:
            found = await self._post(http, "planner", SKUS, {})
            self.skus = [edge["node"]["sku"] for edge in found["data"]["items"]["edges"]]
            askers = [self._ask_on(http, number, stopping) for number in range(ASKERS)]
            senders = [self._send_on(http, number, stopping) for number in range(SENDERS)]
            async with asyncio.TaskGroup() as group:
                for work in (*askers, *senders):
                    group.create_task(work)
                try:
                    yield
                finally:
                    stopping.set()

    async def in_the_thick_of_it(self, more: int) -> int:
        """So many more acknowledgements have come, and requests are under way: how many."""
        enough = self.memory.acknowledged + more
        for _ in range(LOOKS_MAX):
            if self.memory.acknowledged >= enough and self.memory.under_way:
                return self.memory.under_way
            await asyncio.sleep(LOOK_EVERY_S)
        raise AssertionError(f"Only {self.memory.acknowledged} acknowledgements; {enough} were waited for.")

    async def _ask_on(self, http: httpx.AsyncClient, number: int, stopping: asyncio.Event) -> None:
        chance = random.Random(f"asker {number} of {self.seed}")  # noqa: S311
        wanted = str(datetime.now(UTC).date() + timedelta(days=2))
        while not stopping.is_set():
            lines = [
                {"sku": sku, "quantity": chance.randint(1, 200), "wanted": wanted}
                for sku in chance.sample(self.skus, 5)
            ]
            body = await self._try(http, "storefront", ASK, {"lines": lines, "channel": CHANNEL})
            if body is not None:
                answer = body["data"]["availability"]
                self.memory.answered[answer["inquiry"]] = answer["lines"]

    async def _send_on(self, http: httpx.AsyncClient, number: int, stopping: asyncio.Event) -> None:
        """Some repeat an event until they hear what became of it; the others never send one twice."""
        chance = random.Random(f"sender {number} of {self.seed}")  # noqa: S311
        count = 0
        while not stopping.is_set():
            count += 1
            event_id = f"{self.events_begin_with}{number} {count}"
            events = [an_event(event_id, chance.choice(self.skus))]
            self.memory.unknown.add(event_id)
            for _ in range(SENDS_MAX if number < REPEATING_SENDERS else 1):
                if await self._send(http, event_id, events):
                    break

    async def _send(self, http: httpx.AsyncClient, event_id: str, events: list[dict[str, Any]]) -> bool:
        body = await self._try(http, "warehouse", SEND, {"events": events})
        if body is None:
            return False
        (receipt,) = body["data"]["receive"]["receipts"]
        assert receipt["outcome"] in ("APPLIED", "DUPLICATE"), receipt
        self.memory.applied.add(event_id)
        self.memory.unknown.discard(event_id)
        return True

    async def _try(
        self, http: httpx.AsyncClient, role: str, query: str, variables: dict[str, Any]
    ) -> dict[str, Any] | None:
        """The answer; None where the connection broke or the gateway said to come again."""
        self.memory.under_way += 1
        try:
            body = await self._post_when_open(http, role, query, variables)
        except httpx.TransportError:
            self.memory.lost_answers += 1
            await asyncio.sleep(0.02)
            return None
        finally:
            self.memory.under_way -= 1
        if "errors" in body:
            extensions = body["errors"][0]["extensions"]
            assert extensions["retryable"], body
            assert extensions["code"] == "STORE_UNAVAILABLE", body
            self.memory.told_to_retry += 1
            await asyncio.sleep(0.02)
            return None
        return body

    async def _post_when_open(
        self, http: httpx.AsyncClient, role: str, query: str, variables: dict[str, Any]
    ) -> dict[str, Any]:
        """While nobody listens nothing was sent, so it is sent when somebody does."""
        for _ in range(CALLS_MAX):
            with contextlib.suppress(httpx.ConnectError):
                return await self._post(http, role, query, variables)
            await asyncio.sleep(CALL_AGAIN_S)
        raise AssertionError(f"Nobody listened for {CALLS_MAX * CALL_AGAIN_S} s.")

    async def _post(
        self, http: httpx.AsyncClient, role: str, query: str, variables: dict[str, Any]
    ) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.tokens[role]}"}
        answer = await http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        body: dict[str, Any] = json.loads(answer.content)
        return body


def an_event(event_id: str, sku: str) -> dict[str, Any]:
    """Three pieces move from inspection to stock: two legs, so that half an effect would show."""
    legs = [
        {"site": SITE, "status": "quality", "quantity": -3},
        {"site": SITE, "status": "available", "quantity": 3},
    ]
    movement = {"sku": sku, "cause": "status change", "legs": legs}
    return {"source": SOURCE, "eventId": event_id, "movement": movement}
