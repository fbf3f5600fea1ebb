"""Spans: opening them, carrying their place across processes, keeping the ended ones for a sink.

Business never waits for a span and never fails because of one. What cannot be kept is dropped and counted.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import Token
from dataclasses import dataclass
from threading import Lock
from types import TracebackType

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanProcessor
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

log = logging.getLogger(__name__)

ATTRIBUTES_MAX = 32
EVENTS_MAX = 8
TEXT_MAX = 1_000
LIST_MAX = 50

Plain = str | bool | int | float | list[str]


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """Something that happened inside a span, at one instant."""

    name: str
    at_ns: int
    attributes: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class SpanRecord:
    """An ended span as plain values. Ids are lower-case hexadecimal; instants, nanoseconds since 1970."""

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    kind: str
    started_ns: int
    ended_ns: int
    status: str
    status_text: str
    attributes: Mapping[str, Plain]
    events: tuple[SpanEvent, ...]


Sink = Callable[[list[SpanRecord]], Awaitable[None]]


def as_record(span: ReadableSpan) -> SpanRecord:
    """Return the ended span as plain values within the bounds of this module."""
    return SpanRecord(
        trace_id=trace.format_trace_id(span.context.trace_id) if span.context else "",
        span_id=trace.format_span_id(span.context.span_id) if span.context else "",
        parent_id=trace.format_span_id(span.parent.span_id) if span.parent else None,
        name=_text(span.name),
        kind=span.kind.name.lower(),
        started_ns=span.start_time or 0,
        ended_ns=span.end_time or 0,
        status=span.status.status_code.name.lower(),
        status_text=_text(span.status.description or ""),
        attributes=_plain(span.attributes),
        events=tuple(_as_event(event) for event in span.events[:EVENTS_MAX]),
    )


def _as_event(event: Event) -> SpanEvent:
    return SpanEvent(_text(event.name), event.timestamp, _plain(event.attributes))


def _plain(attributes: Mapping[str, AttributeValue] | None) -> Mapping[str, Plain]:
    """Lists are cut here; the provider's limits have already cut texts and counts."""
    return {name: _plain_value(value) for name, value in (attributes or {}).items()}


def _plain_value(value: object) -> Plain:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_text(each) for each in value[:LIST_MAX]]
    return _text(value)


def _text(value: object) -> str:
    """A bounded text every store can hold: one stray character must not cost the whole batch its place."""
    text = str(value)[:TEXT_MAX].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text if text.isascii() else text.encode(errors="replace").decode()


class SpanBuffer(SpanProcessor):
    """Ended spans waiting for their sink: at most `spans_max`, in the order they ended.

    A full buffer drops the newest span, so that what is kept of a trace is its beginning.
    """

    def __init__(
        self,
        *,
        spans_max: int = 10_000,
        batch_max: int = 1_000,
        interval_s: float = 1.0,
        sink_timeout_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spans: deque[SpanRecord] = deque()
        self._spans_max = spans_max
        self._batch_max = batch_max
        self._interval_s = interval_s
        self._sink_timeout_s = sink_timeout_s
        self._clock = clock
        self._lock = Lock()
        self._quiet_until = float("-inf")
        self.kept = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._spans)

    def on_end(self, span: ReadableSpan) -> None:
        record = as_record(span)
        with self._lock:
            if len(self._spans) < self._spans_max:
                self._spans.append(record)
            else:
                self.dropped += 1

    def drain(self) -> list[SpanRecord]:
        """Return the next batch, oldest first, and forget it."""
        with self._lock:
            return [self._spans.popleft() for _ in range(min(self._batch_max, len(self._spans)))]

    async def flush(self, sink: Sink) -> None:
        """Every span that was in the buffer at the call has been offered to the sink once."""
        with untraced():
            for _ in range(-(-len(self) // self._batch_max)):
                await self._offer(self.drain(), sink)

    async def run(self, sink: Sink, stopping: asyncio.Event) -> None:
        """Flush about once a second until `stopping` is set, then once more."""
        last = False
        while not last:
            last = await self._stops_within_interval(stopping)
            await self.flush(sink)

    async def _stops_within_interval(self, stopping: asyncio.Event) -> bool:
        try:
            async with asyncio.timeout(self._interval_s):
                return await stopping.wait()
        except TimeoutError:
            return False

    async def _offer(self, batch: list[SpanRecord], sink: Sink) -> None:
        try:
            async with asyncio.timeout(self._sink_timeout_s):
                await sink(batch)
        except Exception as error:  # noqa: BLE001  # whatever ails the sink, business goes on
            self._lost(len(batch), error)
        else:
            self.kept += len(batch)

    def _lost(self, spans: int, error: Exception) -> None:
        """Count the loss, and say it once a minute at most: a store that is down must not flood the log."""
        with self._lock:
            self.dropped += spans
        if self._clock() >= self._quiet_until:
            self._quiet_until = self._clock() + 60
            cause = f"{type(error).__name__}: {error}"
            log.warning(f"{spans} spans could not be kept ({cause}); {self.dropped} dropped since the start.")


class _Use:
    """The tracers set up in this process; the last one is in use. Only tests have several."""

    tracers: tuple[Tracer, ...] = ()


def use(tracer: Tracer) -> None:
    """Spans opened from now on go to this tracer."""
    _Use.tracers = (*_Use.tracers, tracer)


def unuse(tracer: Tracer) -> None:
    """Spans opened from now on no longer go to this tracer."""
    _Use.tracers = tuple(each for each in _Use.tracers if each is not tracer)


_UNTRACED = otel_context.create_key("earmark-untraced")


@contextmanager
def untraced() -> Iterator[None]:
    """Inside, no span is opened: writing spans down must not make spans."""
    token = otel_context.attach(otel_context.set_value(_UNTRACED, value=True))
    try:
        yield
    finally:
        otel_context.detach(token)


class span:  # noqa: N801  # reads as a verb: `with span(names.DECIDE, lines=3):`
    """An explicit span around a block; attributes are filed under `earmark.` unless their name has a dot.

    Yields the OpenTelemetry span. An exception that leaves the block marks it failed and travels on.
    Where nothing is set up the block costs about a microsecond.
    """

    __slots__ = ("_attributes", "_kind", "_name", "_span", "_token")

    def __init__(
        self, name: str, kind: SpanKind = SpanKind.INTERNAL, /, **attributes: AttributeValue
    ) -> None:
        self._name = name
        self._kind = kind
        self._attributes = attributes
        self._token: Token[Context] | None = None

    def __enter__(self) -> Span:
        if not _Use.tracers or otel_context.get_value(_UNTRACED):
            return INVALID_SPAN
        attributes = _filed(self._attributes)
        self._span = _Use.tracers[-1].start_span(self._name, kind=self._kind, attributes=attributes)
        self._token = otel_context.attach(trace.set_span_in_context(self._span))
        return self._span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._token is None:
            return
        otel_context.detach(self._token)
        if error is not None:
            _mark_failed(self._span, error)
        self._span.end()


def _filed(attributes: Mapping[str, AttributeValue]) -> dict[str, AttributeValue]:
    return {name if "." in name else f"earmark.{name}": value for name, value in attributes.items()}


def _mark_failed(failed: Span, error: BaseException) -> None:
    """Name the error without its stack, which costs more than the span and is in the log."""
    failed.set_status(StatusCode.ERROR, type(error).__name__)
    failed.add_event("exception", {"exception.type": type(error).__name__, "exception.message": str(error)})


def describe(**attributes: AttributeValue) -> None:
    """The span around us tells these too, filed as `span` files its own. Nothing happens outside any span."""
    trace.get_current_span().set_attributes(_filed(attributes))


def mark_failed(error: BaseException) -> None:
    """The span around us failed of this, though the error does not leave its block."""
    _mark_failed(trace.get_current_span(), error)


_TRACEPARENT = TraceContextTextMapPropagator()


@contextmanager
def continued(headers: Mapping[str, str] | str | None) -> Iterator[None]:
    """Spans inside belong to the trace of a caller's headers or of a stored traceparent.

    Without one, or with a malformed one, they stay where they are.
    """
    carrier = {"traceparent": headers} if isinstance(headers, str) else headers or {}
    token = otel_context.attach(_TRACEPARENT.extract(carrier, otel_context.get_current()))
    try:
        yield
    finally:
        otel_context.detach(token)


def traceparent() -> str | None:
    """Return where we are, to be stored beside work that goes on later. None outside any trace."""
    here = trace.get_current_span().get_span_context()
    if not here.is_valid:
        return None
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"


def trace_id_hex() -> str | None:
    """Return the id under which everything done for this request can be found. None outside any trace."""
    here = trace.get_current_span().get_span_context()
    return trace.format_trace_id(here.trace_id) if here.is_valid else None
