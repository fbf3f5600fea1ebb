"""A day of the demo company is played through the public API, and the gateway takes all of it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import orjson
import pytest

from gateway.live.day import CLOSES, OPENS, Ask, Step, Told, day, hour_at
from gateway.live.http import GatewayUnreachable, HttpGateway, Refused, data_of
from gateway.live.known import Known, NotTheDemo, find_out
from gateway.live.player import Play, TruePace, play
from gateway.live.work import STORY_SKUS
from tests.application import Client

SHORT = Play(minutes=10, rate=0.5, seed=7, run="test")


@dataclass
class InProcess:
    """The gateway itself, spoken to over HTTP without a socket."""

    client: Client

    async def ask(self, role: str, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        return data_of((await self.client.as_(role).post(document, **variables)).json())


@dataclass
class Fast:
    """Time that goes by as soon as somebody waits for it."""

    second: float = 0.0

    def now(self) -> float:
        return self.second

    async def wait_until(self, second: float) -> None:
        self.second = max(self.second, second)
        await asyncio.sleep(0)


@dataclass
class Away:
    """A gateway that does not answer the first requests to `receive`."""

    inner: InProcess
    missing: int
    lost: list[Any] = field(default_factory=list)

    async def ask(self, role: str, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        if "receive" not in document or len(self.lost) >= self.missing:
            return await self.inner.ask(role, document, variables)
        self.lost.append(await self.inner.ask(role, document, variables))
        raise GatewayUnreachable("the answer was lost")


class Silent:
    """A gateway that only has the company to tell; everything else is refused."""

    def __init__(self, inner: InProcess) -> None:
        self.inner = inner

    async def ask(self, role: str, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        if "Live" in document:
            raise Refused("STORE_UNAVAILABLE", "The store does not answer.")
        return await self.inner.ask(role, document, variables)


@pytest.fixture
async def known(demo: Client) -> Known:
    return await find_out(InProcess(demo))


def steps_of(
    known: Known, *, seed: int = 1, run: str = "a", rate: float = 2, minutes: float = 10
) -> list[Step]:
    return list(day(known, seed, run, rate=rate, seconds=minutes * 60))


def events_of(steps: list[Step]) -> list[Mapping[str, Any]]:
    return [step.event for step in steps if isinstance(step, Told)]


async def test_every_event_of_a_day_is_applied_and_every_ask_answered(own_demo):
    said: list[str] = []
    figures = await play(InProcess(own_demo), SHORT, said.append, Fast())
    assert list(figures.reasons) == []
    assert figures.asks > 150
    assert figures.applied > 50
    assert 0 < figures.whole < figures.lines
    assert said[0].startswith("Playing a day")
    assert said[-1].startswith("The day is over: asks ")


async def test_a_day_leaves_nothing_for_a_person_to_mend(own_demo):
    """Receipts and shipments name lines that are open, so nothing comes to the worklist."""
    await play(InProcess(own_demo), SHORT, lambda _: None, Fast())
    matters = await own_demo.ask("{ worklist(first: 20) { edges { node { kind reason } } } }")
    assert matters["worklist"]["edges"] == []


async def test_a_second_day_goes_on_from_the_first(own_demo):
    """What was shipped or received is no longer open, so it is not shipped or received again."""
    first = await play(InProcess(own_demo), SHORT, lambda _: None, Fast())
    second = await play(
        InProcess(own_demo), Play(minutes=10, rate=0.5, seed=7, run="second"), lambda _: None, Fast()
    )
    assert first.refusals + second.refusals == Counter()


async def test_an_event_whose_answer_was_lost_is_told_again_and_counts_once(own_demo):
    away = Away(InProcess(own_demo), missing=3)
    figures = await play(away, SHORT, lambda _: None, Fast())
    told = sum(len(answer["receive"]["receipts"]) for answer in away.lost)
    assert told > 0
    assert figures.refusals == Counter()


async def test_a_gateway_that_stays_away_ends_the_day(own_demo):
    said: list[str] = []
    with pytest.raises(GatewayUnreachable, match="the answer was lost"):
        await play(Away(InProcess(own_demo), missing=1_000_000), SHORT, said.append, Fast())
    assert said[-1].startswith("The day is over: ")


async def test_what_is_refused_is_counted_and_told_with_its_reason(demo):
    said: list[str] = []
    figures = await play(Silent(InProcess(demo)), SHORT, said.append, Fast())
    assert set(figures.refusals) == {"STORE_UNAVAILABLE"}
    assert (figures.asks, figures.applied) == (0, 0)
    assert said[-1] == "  refused: STORE_UNAVAILABLE: The store does not answer."


async def test_a_day_that_is_stopped_says_what_came_of_it(demo):
    said, begun = [], asyncio.Event()

    def say(line: str) -> None:
        said.append(line)
        begun.set()

    playing = asyncio.create_task(play(Silent(InProcess(demo)), Play(), say, TruePace()))
    await begun.wait()
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    assert any(line.startswith("The day is over: ") for line in said)


async def test_another_company_is_not_played(client):
    with pytest.raises(NotTheDemo, match="make serve"):
        await find_out(InProcess(client))


async def test_the_same_seed_plays_the_same_day(known):
    assert steps_of(known) == steps_of(known)
    assert steps_of(known) != steps_of(known, seed=2)


async def test_a_run_of_another_name_tells_other_events(known):
    ids = [{event["eventId"] for event in events_of(steps_of(known, run=run))} for run in ("a", "b")]
    assert len(ids[0]) == len(events_of(steps_of(known)))
    assert ids[0].isdisjoint(ids[1])


async def test_about_as_much_happens_as_was_asked_for(known):
    """The rate is that of the whole day; minutes bound it."""
    steps = steps_of(known, rate=5)
    assert 2_700 < len(steps) < 3_300
    assert all(before.second <= after.second < 600 for before, after in pairwise(steps))


async def test_shoppers_come_in_the_evening_when_nobody_ships(known):
    steps = steps_of(known, rate=10)
    hours = [(hour_at(step.second / 600), step) for step in steps]
    asks = Counter(hour for hour, step in hours if isinstance(step, Ask))
    shipments = Counter(
        hour
        for hour, step in hours
        if isinstance(step, Told) and step.event.get("movement", {}).get("cause") == "shipment"
    )
    assert asks[19] > 2 * asks[OPENS]
    assert sum(shipments[hour] for hour in range(19, CLOSES)) == 0
    assert shipments[8] > 0


async def test_everyone_has_something_to_do(known):
    """Each kind of event comes up in a day."""
    events = events_of(steps_of(known, rate=5))
    told = {kind for event in events for kind in event if kind not in ("source", "eventId")}
    causes = {event["movement"]["cause"] for event in events if "movement" in event}
    assert told == {"movement", "holdSet", "holdLifted", "supplyLine", "demandLine"}
    assert causes == {"shipment", "receipt", "putaway", "status change", "sale"}
    assert {event["source"] for event in events} == {"wms", "pos", "oms", "erp"}


async def test_nothing_happens_to_the_items_with_a_story(known):
    """The tour's figures stay true while a day is played; shoppers ask for them all the same."""
    steps = steps_of(known, rate=5)
    touched = {
        fact.get("sku") for event in events_of(steps) for fact in event.values() if isinstance(fact, dict)
    }
    asked = {line["sku"] for step in steps if isinstance(step, Ask) for line in step.lines}
    assert touched.isdisjoint(STORY_SKUS)
    assert asked & STORY_SKUS


@asynccontextmanager
async def answering(*answers: bytes, port: int = 0) -> AsyncIterator[tuple[str, list[bytes]]]:
    """An address where each request, however many come on one connection, gets the next answer."""
    heard: list[bytes] = []
    left = list(answers)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(b"connected")
        while left:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            heard.append(head + await reader.readexactly(length))
            writer.write(left.pop(0))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    port = server.sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", heard
    server.close()
    await server.wait_closed()


def http(body: Mapping[str, Any], *headers: str) -> bytes:
    content = orjson.dumps(body)
    lines = ("HTTP/1.1 200 OK", f"Content-Length: {len(content)}", *headers, "", "")
    return "\r\n".join(lines).encode() + content


async def test_two_asks_in_a_row_share_a_connection():
    async with answering(http({"data": {"n": 1}}), http({"data": {"n": 2}})) as (url, heard):
        gateway = HttpGateway(url, {"storefront": "s3cret"})
        answers = [await gateway.ask("storefront", "{ n }", {}) for _ in range(2)]
        await gateway.close()
    assert answers == [{"n": 1}, {"n": 2}]
    assert [part for part in heard if part == b"connected"] == [b"connected"]
    assert b"POST /graphql HTTP/1.1" in heard[1]
    assert b"Authorization: Bearer s3cret" in heard[1]


async def test_a_connection_the_gateway_closes_is_not_used_again():
    closing = http({"data": {"n": 1}}, "Connection: close")
    async with answering(closing, http({"data": {"n": 2}})) as (url, heard):
        gateway = HttpGateway(url, {"storefront": "s3cret"})
        for _ in range(2):
            await gateway.ask("storefront", "{ n }", {})
        await gateway.close()
    assert heard.count(b"connected") == 2


async def test_a_connection_that_was_closed_meanwhile_is_replaced():
    """A gateway closes what is idle for some seconds; the next ask must not fail for it."""
    async with answering(http({"data": {"n": 1}})) as (url, _):
        gateway = HttpGateway(url, {"storefront": "s3cret"})
        assert await gateway.ask("storefront", "{ n }", {}) == {"n": 1}
        reader = gateway._idle[0][0]
        assert await reader.read() == b""  # the server has no more answers and has gone
        port = int(url.rpartition(":")[2])
    async with answering(http({"data": {"n": 2}}), port=port) as (_, heard):
        assert await gateway.ask("storefront", "{ n }", {}) == {"n": 2}
        await gateway.close()
    assert heard.count(b"connected") == 1


async def test_an_error_says_its_code():
    refusal = {"errors": [{"message": "Not yours.", "extensions": {"code": "FORBIDDEN"}}]}
    async with answering(http(refusal)) as (url, _):
        gateway = HttpGateway(url, {"storefront": "s3cret"})
        with pytest.raises(Refused, match="FORBIDDEN: Not yours"):
            await gateway.ask("storefront", "{ n }", {})
        await gateway.close()


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nno!", b"nonsense"],
    ids=["no length", "no JSON", "no HTTP"],
)
async def test_what_does_not_answer_as_a_gateway_is_not_taken_for_one(answer):
    async with answering(answer) as (url, _):
        gateway = HttpGateway(url, {"storefront": "s3cret"})
        with pytest.raises(GatewayUnreachable, match="make serve"):
            await gateway.ask("storefront", "{ n }", {})
        await gateway.close()


async def test_nobody_at_the_address_is_said_in_a_sentence():
    async with answering() as (url, _):
        pass
    with pytest.raises(GatewayUnreachable, match=f"No gateway answers at {url}"):
        await HttpGateway(url, {"storefront": "s3cret"}).ask("storefront", "{ n }", {})
