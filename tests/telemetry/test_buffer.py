"""The buffer between ended spans and their sink loses rather than grows, counts its losses, never raises."""

import asyncio
import logging

from opentelemetry.sdk.trace import TracerProvider

from telemetry.spans import SpanBuffer, SpanRecord


def a_buffer(ended: int = 0, **settings) -> SpanBuffer:
    """A buffer in which so many spans, named 0, 1, 2 ..., have ended."""
    buffer = SpanBuffer(**settings)
    end_spans(buffer, ended)
    return buffer


def end_spans(buffer: SpanBuffer, count: int) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(buffer)
    tracer = provider.get_tracer("test")
    for number in range(count):
        tracer.start_span(str(number)).end()


async def refuse(batch: list[SpanRecord]) -> None:
    raise ConnectionError("the database has gone away")


async def test_a_full_buffer_drops_the_newest_and_counts_them():
    buffer = a_buffer(ended=25, spans_max=10)
    assert (len(buffer), buffer.dropped) == (10, 15)
    assert [record.name for record in buffer.drain()] == [str(n) for n in range(10)]


async def test_a_flush_comes_in_batches():
    sizes: list[int] = []

    async def measure(batch: list[SpanRecord]) -> None:
        sizes.append(len(batch))

    buffer = a_buffer(ended=25, batch_max=10)
    await buffer.flush(measure)
    assert sizes == [10, 10, 5]
    assert (len(buffer), buffer.kept, buffer.dropped) == (0, 25, 0)


async def test_a_flush_ends_though_spans_keep_coming():
    buffer = a_buffer(ended=20, batch_max=10)

    async def busy(batch: list[SpanRecord]) -> None:
        end_spans(buffer, len(batch))

    await buffer.flush(busy)
    assert (buffer.kept, len(buffer)) == (20, 20)


async def test_a_sink_that_fails_loses_its_batch_and_nothing_else(caplog):
    buffer = a_buffer(ended=25, batch_max=10)
    await buffer.flush(refuse)
    assert (len(buffer), buffer.kept, buffer.dropped) == (0, 0, 25)
    assert "the database has gone away" in caplog.text


async def test_a_failing_sink_is_spoken_of_once_a_minute(caplog):
    now = 0.0
    buffer = a_buffer(clock=lambda: now)
    for now in (0.0, 30.0, 59.9, 60.0, 119.0, 120.0):  # noqa: B007  # the clock reads it
        end_spans(buffer, 1)
        await buffer.flush(refuse)
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 3
    assert warnings[-1].endswith("6 dropped since the start.")


async def test_a_sink_that_hangs_is_given_up():
    async def hang(batch: list[SpanRecord]) -> None:
        await asyncio.Event().wait()

    buffer = a_buffer(ended=5, sink_timeout_s=0.01)
    await buffer.flush(hang)
    assert (len(buffer), buffer.dropped) == (0, 5)


async def test_run_flushes_by_itself_and_once_more_at_the_end():
    names: list[str] = []
    arrived, stopping = asyncio.Event(), asyncio.Event()

    async def keep(batch: list[SpanRecord]) -> None:
        names.extend(record.name for record in batch)
        arrived.set()

    buffer = a_buffer(ended=2, interval_s=0.01)
    running = asyncio.create_task(buffer.run(keep, stopping))
    await asyncio.wait_for(arrived.wait(), 5)
    assert names == ["0", "1"]
    end_spans(buffer, 1)
    stopping.set()
    await asyncio.wait_for(running, 5)
    assert names == ["0", "1", "0"]
