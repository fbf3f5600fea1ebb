"""Spans laid out: each under its caller, in the order they began, in the width there is."""

from datetime import UTC, datetime, timedelta

from datasources.store.traces import TraceSpan
from gateway.console.waterfall import DEPTH_MAX, WIDTH, waterfall

BEGAN = datetime(2026, 6, 1, 12, tzinfo=UTC)


def span(name: str, start_ms: float = 0, ms: float = 100, below: str | None = None, **told) -> TraceSpan:
    began = BEGAN + timedelta(milliseconds=start_ms)
    ends = began + timedelta(milliseconds=ms)
    attributes = {f"earmark.{key}": value for key, value in told.items()}
    return TraceSpan(
        name, below, name, "internal", began, ends, error=False, attributes=attributes, events=()
    )


def test_each_span_stands_below_its_caller_in_the_order_they_began():
    spans = [
        span("a"),
        span("b", 60, 10, "a"),
        span("c", 10, 10, "a"),
        span("d", 12, 1, "c"),
        span("e", 61, 1, "b"),
    ]
    rows = [(bar.span.name, bar.depth) for bar in waterfall(spans).bars]
    assert rows == [("a", 0), ("c", 1), ("d", 2), ("b", 1), ("e", 2)]


def test_a_span_whose_caller_is_not_kept_begins_a_tree_of_its_own():
    rows = waterfall([span("a"), span("b", 5, 5, "gone")]).bars
    assert [(bar.span.name, bar.depth) for bar in rows] == [("a", 0), ("b", 0)]


def test_bars_stand_where_and_as_long_as_their_time_was():
    whole = waterfall([span("a", 0, 200), span("b", 50, 100, "a")])
    assert whole.duration_ms == 200
    assert [(bar.left, bar.width) for bar in whole.bars] == [(0, WIDTH), (WIDTH / 4, WIDTH / 2)]


def test_a_span_of_no_time_is_still_seen_and_within_the_row():
    bar = waterfall([span("a"), span("b", 100, 0, "a")]).bars[1]
    assert bar.width > 0
    assert bar.left + bar.width <= WIDTH


def test_a_trace_of_one_instant_can_be_drawn():
    (bar,) = waterfall([span("a", 0, 0)]).bars
    assert (bar.left, bar.duration_ms) == (0, 0)


def test_a_very_deep_trace_is_laid_out_without_going_deeper_than_can_be_shown():
    spans = [span("s0")] + [span(f"s{n}", n / 100, 1, f"s{n - 1}") for n in range(1, 1_500)]
    rows = waterfall(spans).bars
    assert len(rows) == 1_500
    assert max(bar.depth for bar in rows) == DEPTH_MAX


def test_spans_that_call_each_other_in_a_ring_are_shown_once_each():
    rows = waterfall([span("a"), span("b", 1, 1, "c"), span("c", 1, 1, "b")]).bars
    assert sorted(bar.span.name for bar in rows) == ["a", "b", "c"]
    assert len(waterfall([span("b", 1, 1, "c"), span("c", 1, 1, "b")]).bars) == 2


def test_the_trace_names_its_inquiries_channels_and_operation():
    whole = waterfall([span("operation", operation="Ask", channel="web"), span("record", inquiry="I-1")])
    assert whole.operation == "Ask"
    assert whole.inquiries == ("I-1",)
    assert whole.channels == {"web"}
