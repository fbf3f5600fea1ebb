"""Spans find their parents, cross processes as text, and stay within their bounds."""

import asyncio
import socket

import pytest

from telemetry import names
from telemetry.setup import Telemetry, setup
from telemetry.spans import (
    ATTRIBUTES_MAX,
    EVENTS_MAX,
    LIST_MAX,
    TEXT_MAX,
    SpanRecord,
    continued,
    span,
    trace_id_hex,
    traceparent,
    untraced,
)
from tests.telemetry.collector import a_collector

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[SpanRecord] = []

    async def __call__(self, batch: list[SpanRecord]) -> None:
        await asyncio.sleep(0)
        self.records += batch

    def named(self, name: str) -> SpanRecord:
        (record,) = [each for each in self.records if each.name == name]
        return record


async def test_a_span_opened_after_an_await_is_the_child_of_the_one_around_it():
    kept = Kept()

    async def decide() -> None:
        await asyncio.sleep(0)
        with span(names.DECIDE, lines=3):
            await asyncio.sleep(0)

    async with setup(kept).running():
        with span(names.OPERATION):
            await asyncio.gather(decide(), asyncio.sleep(0))

    operation, decision = kept.named(names.OPERATION), kept.named(names.DECIDE)
    assert decision.parent_id == operation.span_id
    assert decision.trace_id == operation.trace_id
    assert operation.parent_id is None
    assert decision.attributes == {"earmark.lines": 3}
    assert operation.started_ns <= decision.started_ns <= decision.ended_ns <= operation.ended_ns


async def test_requests_side_by_side_have_traces_of_their_own():
    kept = Kept()

    async def request() -> str | None:
        with span(names.OPERATION):
            await asyncio.sleep(0)
            return trace_id_hex()

    async with setup(kept).running():
        ids = await asyncio.gather(*(request() for _ in range(20)))

    assert len(set(ids)) == 20
    assert {record.trace_id for record in kept.records} == set(ids)


async def test_a_failure_is_named_on_its_span_and_travels_on():
    kept = Kept()
    async with setup(kept).running():
        with pytest.raises(KeyError, match="P-1"), span(names.GATHER):
            raise KeyError("P-1")
        with span(names.RECORD):
            pass

    failed = kept.named(names.GATHER)
    assert (failed.status, failed.status_text) == ("error", "KeyError")
    assert failed.events[0].attributes == {"exception.type": "KeyError", "exception.message": "'P-1'"}
    assert kept.named(names.RECORD).status == "unset"


async def test_a_span_is_bounded_however_much_is_hung_on_it():
    kept = Kept()
    async with setup(kept).running():
        with span(names.LOAD, **{f"a{n}": n for n in range(100)}) as load:
            load.set_attribute("earmark.row", "r" * 100_000)
            for n in range(100):
                load.add_event(f"event {n}", {"row": "r" * 100_000})

    record = kept.named(names.LOAD)
    assert len(record.attributes) == ATTRIBUTES_MAX
    assert record.attributes["earmark.row"] == "r" * TEXT_MAX
    assert len(record.events) == EVENTS_MAX
    assert all(len(str(event.attributes["row"])) == TEXT_MAX for event in record.events)


async def test_a_long_list_on_a_span_is_cut():
    kept = Kept()
    async with setup(kept).running():
        with span(names.LOAD, sources=["x"] * 500):
            pass
    assert kept.named(names.LOAD).attributes["earmark.sources"] == ["x"] * LIST_MAX


async def test_a_character_no_store_can_hold_does_not_cost_the_batch():
    """PostgreSQL refuses NUL in a text, and nothing can encode half a surrogate pair."""
    kept = Kept()
    async with setup(kept).running():
        with span(names.LOAD, row="a\0b", file="caf\u00e9 \ud800", rows=["\0"]):
            pass
    attributes = kept.named(names.LOAD).attributes
    assert attributes == {
        "earmark.row": "a\ufffdb",
        "earmark.file": "caf\u00e9 ?",
        "earmark.rows": ["\ufffd"],
    }


async def test_a_callers_trace_goes_on_here():
    kept = Kept()
    async with setup(kept).running():
        with continued({"traceparent": CALLER, "tracestate": "shop=1"}), span(names.OPERATION):
            pass
    operation = kept.named(names.OPERATION)
    assert operation.trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert operation.parent_id == "b7ad6b7169203331"


async def test_a_stored_traceparent_joins_later_work_to_the_scan_it_came_from():
    """What stands in an inbox row is enough to go on in the same trace after the first span has ended."""
    kept = Kept()
    async with setup(kept).running():
        with span("scan"):
            stored = traceparent()
        with continued(stored), span("posting"):
            pass
    assert kept.named("posting").trace_id == kept.named("scan").trace_id
    assert kept.named("posting").parent_id == kept.named("scan").span_id


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "",
        "00-",
        CALLER.upper(),
        CALLER[:-1],
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "ff" + CALLER[2:],
        "x" * 100_000,
    ],
)
async def test_a_missing_or_broken_traceparent_starts_a_new_trace(broken, caplog):
    kept = Kept()
    async with setup(kept).running():
        with continued(broken), span(names.OPERATION):
            pass
    assert kept.named(names.OPERATION).trace_id != "0af7651916cd43dd8448eb211c80319c"
    assert kept.named(names.OPERATION).parent_id is None
    assert "x" * 1_000 not in caplog.text


def test_outside_any_trace_there_is_nothing_to_store():
    assert traceparent() is None
    assert trace_id_hex() is None


def test_a_traceparent_comes_out_as_it_went_in():
    with continued(CALLER):
        assert traceparent() == CALLER
        assert trace_id_hex() == "0af7651916cd43dd8448eb211c80319c"


def test_where_nothing_is_set_up_a_span_is_nothing():
    with span(names.OPERATION, lines=1) as nothing:
        nothing.set_attribute("earmark.rows", 2)
        assert trace_id_hex() is None
    assert not nothing.is_recording()


async def test_writing_spans_down_makes_no_spans():
    """A sink that opens spans of its own, as the store does, must not feed itself for ever."""
    kept = Kept()

    async def store(batch: list[SpanRecord]) -> None:
        with span(names.STORE):
            await kept(batch)

    async with setup(store).running() as telemetry:
        with span(names.OPERATION):
            pass
        await telemetry.buffer.flush(store)
        assert len(telemetry.buffer) == 0
        with untraced(), span(names.LOAD):
            pass
    assert [record.name for record in kept.records] == [names.OPERATION]


async def test_the_collector_receives_the_spans():
    kept = Kept()
    with a_collector() as collector:
        telemetry = setup(kept, otlp_endpoint=collector.url, service_name="earmark-test")
        async with telemetry.running():
            with span(names.OPERATION), span(names.DECIDE):
                pass
    assert sorted(collector.names) == [names.DECIDE, names.OPERATION]
    assert set(collector.paths) == {"/v1/traces"}
    assert collector.services == {"earmark-test"}
    assert _sent(telemetry) == (2, 0)


async def test_a_caller_that_does_not_sample_is_kept_here_but_not_exported():
    kept = Kept()
    with a_collector() as collector:
        async with setup(kept, otlp_endpoint=f"{collector.url}/v1/traces").running():
            with continued(UNSAMPLED), span(names.OPERATION), span(names.DECIDE):
                assert (traceparent() or "").endswith("-00")
            with span(names.LOAD):
                pass
    assert collector.names == [names.LOAD]
    assert sorted(r.name for r in kept.records) == [names.DECIDE, names.LOAD, names.OPERATION]


async def test_a_collector_that_refuses_costs_nothing_but_the_export():
    kept = Kept()
    with a_collector(answers=400) as collector:
        telemetry = setup(kept, otlp_endpoint=collector.url)
        async with telemetry.running():
            with span(names.OPERATION):
                pass
    assert _sent(telemetry) == (0, 1)
    assert kept.named(names.OPERATION).status == "unset"


async def test_a_collector_that_is_not_there_does_not_hold_up_the_stop():
    """Bound: the last export gets three seconds, then the exporter is closed."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    telemetry = setup(Kept(), otlp_endpoint=f"http://127.0.0.1:{port}")
    async with asyncio.timeout(10):
        async with telemetry.running():
            with span(names.OPERATION):
                pass
    assert _sent(telemetry) == (0, 1)


def _sent(telemetry: Telemetry) -> tuple[int, int]:
    counts = telemetry.statistics()
    return counts.exported, counts.unexported
