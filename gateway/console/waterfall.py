"""A trace as rows one under the other: who called what, when each began and how long it took."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from datasources.store.traces import TraceSpan

DEPTH_MAX = 12
"""Deeper spans are shown at this depth."""
WIDTH = 1000.0
NARROWEST = 2.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened within a span, so long after the trace began."""

    name: str
    at_ms: float
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One span. `left` and `width` are its place in a row that is WIDTH wide."""

    span: TraceSpan
    depth: int
    start_ms: float
    duration_ms: float
    left: float
    width: float
    attributes: tuple[tuple[str, str], ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Waterfall:
    started_at: datetime
    duration_ms: float
    bars: tuple[Bar, ...]
    errors: int
    inquiries: tuple[str, ...]
    operation: str
    channels: frozenset[str]


def waterfall(spans: Sequence[TraceSpan]) -> Waterfall:
    """The spans of one trace, at least one, each under the one that called it."""
    start = min(span.started_at for span in spans)
    duration_ms = _ms(max(span.ended_at for span in spans) - start)
    ordered = list(_nested(spans))
    return Waterfall(
        start,
        duration_ms,
        tuple(_bar(span, depth, start, duration_ms) for span, depth in ordered),
        sum(span.error for span in spans),
        tuple(sorted({str(value) for value in _values(spans, "earmark.inquiry")})),
        str(next(_values(spans, "earmark.operation"), ordered[0][0].name)),
        frozenset(str(value) for value in _values(spans, "earmark.channel")),
    )


def _values(spans: Sequence[TraceSpan], name: str) -> Iterator[Any]:
    return (span.attributes[name] for span in spans if name in span.attributes)


def _nested(spans: Sequence[TraceSpan]) -> Iterator[tuple[TraceSpan, int]]:
    """Each span before those it called, in the order they began. Without recursion: traces may be deep.

    Spans that call each other in a ring are reached from nowhere; they come last.
    """
    known = {span.span_id for span in spans}
    called: dict[str | None, list[TraceSpan]] = {}
    for span in sorted(spans, key=lambda span: (span.started_at, span.span_id), reverse=True):
        parent = span.parent_id if span.parent_id in known else None
        called.setdefault(parent, []).append(span)
    ahead = [(span, 0) for span in called.pop(None, [])]
    while ahead:
        span, depth = ahead.pop()
        yield span, depth
        ahead += [(child, min(depth + 1, DEPTH_MAX)) for child in called.pop(span.span_id, [])]
    yield from ((span, 0) for ring in called.values() for span in ring)


def _bar(span: TraceSpan, depth: int, start: datetime, whole_ms: float) -> Bar:
    start_ms, duration_ms = _ms(span.started_at - start), _ms(span.ended_at - span.started_at)
    per_ms = WIDTH / whole_ms if whole_ms else 0.0
    left = min(start_ms * per_ms, WIDTH - NARROWEST)
    width = min(max(duration_ms * per_ms, NARROWEST), WIDTH - left)
    events = tuple(_event(event, start) for event in span.events)
    return Bar(span, depth, start_ms, duration_ms, left, width, _pairs(span.attributes), events)


def _event(event: Mapping[str, Any], start: datetime) -> Event:
    at_ms = event["at_ns"] / 1e6 - start.timestamp() * 1000
    return Event(str(event["name"]), max(0.0, at_ms), _pairs(event["attributes"]))


def _pairs(attributes: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, _said(value)) for name, value in sorted(attributes.items()))


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _ms(length: timedelta) -> float:
    return length / timedelta(milliseconds=1)
