"""Setting up telemetry: spans go to the sink it is given and, where asked, to an OTLP collector.

The exporter honours the standard OpenTelemetry variables, such as OTEL_EXPORTER_OTLP_HEADERS.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision, ParentBased, StaticSampler
from opentelemetry.trace import Tracer

from telemetry import names, spans

_EXPORT_TIMEOUT_S = 3.0
_FAREWELL_S = 3.0
"""How long the last export may take before the exporter is closed: no stop is held up for telemetry."""


@dataclass(frozen=True, slots=True)
class SpanCounts:
    """What became of the spans of this process.

    `waiting` for the sink, `kept` by it or `dropped`; `exported` over OTLP or not. Of those that were not, as
    many as the exporter's queue holds (2,048 by default) may still be on their way.
    """

    waiting: int
    kept: int
    dropped: int
    exported: int
    unexported: int


class CountedExporter(SpanExporter):
    """The OTLP exporter, with what was received by the collector counted."""

    def __init__(self, endpoint: str) -> None:
        self._otlp = OTLPSpanExporter(endpoint=_traces_url(endpoint), timeout=_EXPORT_TIMEOUT_S)
        self._closed = False
        self.exported = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = SpanExportResult.FAILURE if self._closed else self._otlp.export(spans)
        if result is SpanExportResult.SUCCESS:
            self.exported += len(spans)
        return result

    def shutdown(self) -> None:
        """Whatever is offered from now on fails at once; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self._otlp.shutdown()  # type: ignore[no-untyped-call]


class Export(BatchSpanProcessor):
    """The stock batches on their way to a collector, with what was offered for export counted."""

    def __init__(self, exporter: CountedExporter) -> None:
        super().__init__(exporter)
        self.exporter = exporter
        self.offered = 0

    def on_end(self, span: ReadableSpan) -> None:
        if span.context and span.context.trace_flags.sampled:
            self.offered += 1
            super().on_end(span)


class Telemetry:
    """The telemetry of one process. Spans of `spans.span` reach it from `setup` until `running` ends."""

    def __init__(self, provider: TracerProvider, buffer: spans.SpanBuffer, sink: spans.Sink) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(names.SERVICE)
        self._sink = sink
        self._export: Export | None = None
        self.buffer = buffer
        provider.add_span_processor(buffer)
        spans.use(self._tracer)

    def tracer(self) -> Tracer:
        """Return the tracer, for libraries that want one. Our own code opens spans with `spans.span`."""
        return self._tracer

    def export_to(self, endpoint: str) -> None:
        """Every span that ends from now on is also sent to the collector at this address."""
        self._export = Export(CountedExporter(endpoint))
        self._provider.add_span_processor(self._export)

    def statistics(self) -> SpanCounts:
        """Return the counts as they are now."""
        exported = self._export.exporter.exported if self._export else 0
        return SpanCounts(
            waiting=len(self.buffer),
            kept=self.buffer.kept,
            dropped=self.buffer.dropped,
            exported=exported,
            unexported=self._export.offered - exported if self._export else 0,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Telemetry"]:
        """Spans flow to the sink inside the block; at its end all that are left have been offered once."""
        stopping = asyncio.Event()
        flushing = asyncio.create_task(self.buffer.run(self._sink, stopping), name="spans to the store")
        try:
            yield self
        finally:
            spans.unuse(self._tracer)
            stopping.set()
            await flushing
            await self._close()

    async def _close(self) -> None:
        loop = asyncio.get_running_loop()
        last_call = loop.call_later(_FAREWELL_S, self._export.exporter.shutdown) if self._export else None
        await asyncio.to_thread(self._provider.shutdown)
        if last_call:
            last_call.cancel()


def setup(
    sink: spans.Sink, *, otlp_endpoint: str | None = None, service_name: str = names.SERVICE
) -> Telemetry:
    """Spans opened from now on are kept for the sink, and exported if there is an endpoint."""
    provider = TracerProvider(
        sampler=_record_all(),
        resource=Resource.create({"service.name": service_name}),
        shutdown_on_exit=False,
        span_limits=SpanLimits(
            max_attributes=spans.ATTRIBUTES_MAX,
            max_events=spans.EVENTS_MAX,
            max_links=spans.EVENTS_MAX,
            max_attribute_length=spans.TEXT_MAX,
        ),
    )
    telemetry = Telemetry(provider, spans.SpanBuffer(), sink)
    if otlp_endpoint:
        telemetry.export_to(otlp_endpoint)
    return telemetry


def _record_all() -> ParentBased:
    """Every trace is kept here, since every answer must be explainable.

    A caller who did not sample its own trace is obeyed where it matters to it: those spans are not exported.
    """
    ours_only = StaticSampler(Decision.RECORD_ONLY)
    return ParentBased(ALWAYS_ON, remote_parent_not_sampled=ours_only, local_parent_not_sampled=ours_only)


def _traces_url(endpoint: str) -> str:
    return endpoint if endpoint.rstrip("/").endswith("/v1/traces") else f"{endpoint.rstrip('/')}/v1/traces"
