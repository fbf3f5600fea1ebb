"""One trace an operation, from the caller's own span to the inquiry in the log."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from datasources.store.spans import SpanSink
from telemetry.setup import Telemetry, setup
from tests.application import Client
from tests.gateway.requests import send

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ASK = """query Cart { availability(
    channel: "web", lines: [{sku: "BK-1003", quantity: 1, wanted: "2026-03-02"}]
  ) { inquiry traceId } }"""

RESERVE = """mutation { reserve(input: {
    key: "k", channel: "web", lines: [{sku: "BK-1003", quantity: 1, wanted: "2026-03-02"}]
  }) { operation { trace } } }"""


@dataclass(frozen=True)
class Traced:
    """The demo company with its spans kept in its store."""

    client: Client
    telemetry: Telemetry

    async def ask(self, query: str = ASK, **headers: str) -> dict[str, Any]:
        answer = await send(self.client, body={"query": query}, **headers)
        body: dict[str, Any] = answer.json()
        return body

    async def spans(self, trace_id: str) -> dict[str, Any]:
        """The spans of a trace by name, as they are in the store."""
        sink = SpanSink(self.client.deps.store.pool)
        await self.telemetry.buffer.flush(sink)
        rows = await self.client.deps.store.pool.fetch("SELECT * FROM span WHERE trace_id = $1", trace_id)
        return {row["name"]: row for row in rows}


@pytest.fixture
async def traced(own_demo) -> AsyncIterator[Traced]:
    telemetry = setup(SpanSink(own_demo.deps.store.pool))
    async with telemetry.running():
        yield Traced(own_demo, telemetry)


async def test_the_trace_of_an_answer_is_in_the_store(traced):
    """The operation, and what the flow did in it, one after the other."""
    body = await traced.ask()
    spans = await traced.spans(body["extensions"]["traceId"])
    operation = spans["operation"]
    steps = [spans[name] for name in ("gather", "decide", "record")]
    assert {step["parent_id"] for step in steps} == {operation["span_id"]}
    assert [step["started_at"] for step in steps] == sorted(step["started_at"] for step in steps)
    assert operation["started_at"] <= steps[0]["started_at"]
    assert steps[-1]["ended_at"] <= operation["ended_at"]
    assert not operation["error"]


async def test_a_callers_trace_goes_on(traced):
    """With the caller's span as the parent of ours."""
    body = await traced.ask(traceparent=CALLER)
    _, trace_id, caller_span, _ = CALLER.split("-")
    assert body["extensions"]["traceId"] == trace_id
    assert (await traced.spans(trace_id))["operation"]["parent_id"] == caller_span


async def test_what_was_reserved_keeps_the_trace_of_the_first_request(traced):
    """A repeat has another trace, and is told the first one's outcome."""
    body = await traced.ask(RESERVE, traceparent=CALLER)
    again = await traced.ask(RESERVE)
    trace = body["extensions"]["traceId"]
    assert again["extensions"]["traceId"] != trace
    assert [each["data"]["reserve"]["operation"]["trace"] for each in (body, again)] == [trace, trace]


@pytest.mark.parametrize(
    "header", ["", "00-zz-zz-01", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "\r\nx", "x" * 5_000]
)
async def test_a_trace_that_is_none_is_not_continued(traced, header):
    body = await traced.ask(traceparent=header)
    assert len(body["extensions"]["traceId"]) == 32
    assert (await traced.spans(body["extensions"]["traceId"]))["operation"]["parent_id"] is None


async def test_an_inquiry_knows_its_trace(traced):
    """In the answer, in the log and when it is asked for again: one id."""
    body = await traced.ask()
    told = body["data"]["availability"]
    logged = await traced.client.deps.store.pool.fetchval(
        "SELECT trace_id FROM inquiry WHERE inquiry_id = $1", told["inquiry"]
    )
    again = await traced.ask(f'{{ inquiry(id: "{told["inquiry"]}") {{ answer {{ traceId }} }} }}')
    of_again = again["data"]["inquiry"]["answer"]["traceId"]
    assert body["extensions"]["traceId"] == told["traceId"] == logged == of_again
    assert again["extensions"]["traceId"] != logged


async def test_two_operations_at_once_keep_their_traces_apart(traced):
    first, second = await traced.ask(), await traced.ask()
    ids = {body["extensions"]["traceId"] for body in (first, second)}
    assert len(ids) == 2
    for trace_id in ids:
        assert set(await traced.spans(trace_id)) == {"operation", "gather", "decide", "record"}


async def test_a_refused_request_has_a_trace_too(traced):
    """So that whoever complains can be helped."""
    for body in (
        await traced.ask("{ worklist { nothing } }"),
        await traced.ask("{ sites"),
        await traced.ask(authorization="Bearer nonsense"),
    ):
        assert body["errors"]
        assert "operation" in await traced.spans(body["extensions"]["traceId"])


async def test_an_event_is_traced_to_its_effect(traced):
    """The move in the ledger names the trace of the request that brought it."""
    mutation = """mutation { receive(events: [{source: "wms", eventId: "T1", movement: {sku: "BK-1003",
      cause: "count", legs: [{site: "DC-HAM", status: "available", quantity: 1}]}}])
      { receipts { outcome } } }"""
    told = Traced(traced.client.as_("warehouse"), traced.telemetry)
    trace_id = (await told.ask(mutation))["extensions"]["traceId"]
    logged = await traced.client.deps.store.pool.fetchval(
        "SELECT trace_id FROM stock_move WHERE event_id = 'T1'"
    )
    assert logged == trace_id
    assert {"operation", "receive"} <= set(await traced.spans(trace_id))
