"""The trace viewer: what is listed and found, who may look, the way from a trace to its inquiry and back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import pytest

from datasources.store.spans import SpanSink
from datasources.store.traces import TraceFilter, page_of_traces
from gateway.console.pages import TRACE_READERS
from resolvers.roles import ROLES
from telemetry.setup import setup
from telemetry.spans import SpanEvent, SpanRecord
from tests.application import Client
from tests.builders import NOON, stock, tell, tell_masters
from tests.console.reading import Reader, signed_in

ASK = """query Ask($lines: [AvailabilityLineInput!]!) {
  availability(lines: $lines, channel: "web") { inquiry traceId } }"""
LINES = [{"sku": "TEA", "quantity": 6, "wanted": "2026-06-02"}]

_ids = count(1)


def nanoseconds(instant: datetime) -> int:
    return int(instant.timestamp()) * 1_000_000_000 + instant.microsecond * 1000


def spanned(name: str = "operation", ms: float = 10, at: datetime = NOON, **more) -> SpanRecord:
    """A span of its own trace that began at `at` and took so many milliseconds."""
    number = next(_ids)
    ends = nanoseconds(at) + int(ms * 1e6)
    given = {"trace_id": f"{number:032x}", "span_id": f"{number:016x}", "parent_id": None} | more
    attributes = {f"earmark.{key}": value for key, value in given.pop("told", {}).items()}
    return SpanRecord(
        name=name,
        kind="internal",
        started_ns=nanoseconds(at),
        ended_ns=ends,
        status=given.pop("status", "unset"),
        status_text="",
        attributes=attributes,
        events=given.pop("events", ()),
        **given,
    )


def below(parent: SpanRecord, name: str, after_ms: float = 1, **more) -> SpanRecord:
    """A span that `parent` called, so long after it began."""
    began = NOON + timedelta(milliseconds=after_ms)
    return spanned(name, at=began, trace_id=parent.trace_id, parent_id=parent.span_id, **more)


async def keep(client: Client, *records: SpanRecord) -> None:
    await SpanSink(client.deps.store.pool)(list(records))


async def listed(reader: Reader, query: str = "") -> list[str]:
    """The traces on a page of the list, by the links to them."""
    page = await reader.open(f"/traces{query}")
    return [href.removeprefix("/traces/") for href in page.hrefs if href.startswith("/traces/")]


@dataclass(frozen=True)
class Traced:
    """An answered ask whose spans are in the store."""

    client: Client
    inquiry: str
    trace: str


@pytest.fixture
async def traced(client: Client) -> Traced:
    await tell_masters(client.deps)
    await tell(client.deps, stock(10), source="wms")
    async with setup(SpanSink(client.deps.store.pool)).running():
        answer = (await client.ask(ASK, lines=LINES))["availability"]
    return Traced(client, answer["inquiry"], answer["traceId"])


async def test_an_answers_trace_shows_what_was_done_in_order(traced):
    page = await (await signed_in(traced.client)).open(f"/traces/{traced.trace}")
    names = [row[0].split()[0] for row in page.table("Spans")]
    assert names == ["operation", "gather", "decide", "record"]
    assert "Operation Ask" in page.text


async def test_a_trace_leads_to_its_inquiry_and_the_inquiry_back(traced):
    reader = await signed_in(traced.client)
    page = await reader.open(f"/traces/{traced.trace}")
    inquiry = await reader.open(page.links[traced.inquiry])
    assert inquiry.heading == "Inquiry: 6 EA of TEA"
    assert inquiry.links[traced.trace[:8]] == f"/traces/{traced.trace}"


async def test_the_list_names_the_operation_and_its_skus(traced):
    page = await (await signed_in(traced.client)).open("/traces")
    (row,) = page.table("1 trace")
    assert row[1:3] == ["Ask", "TEA"]
    assert row[4:] == ["4", "none"]


async def test_a_refused_request_leaves_a_trace_that_says_which_refusal(client):
    async with setup(SpanSink(client.deps.store.pool)).running():
        answer = await client.as_("storefront").post("{ worklist(first: 1) { edges { node { kind } } } }")
    trace = answer.json()["extensions"]["traceId"]
    page = await (await signed_in(client)).open(f"/traces/{trace}")
    assert "FORBIDDEN" in page.text
    assert "a storefront" in page.text


async def test_only_those_who_look_inside_read_traces(client):
    await keep(client, trace := spanned())
    for role in sorted(ROLES):
        reader, status = await signed_in(client, role), 200 if role in TRACE_READERS else 403
        await reader.open("/traces", status)
        page = await reader.open(f"/traces/{trace.trace_id}", status)
        assert ("Traces" in page.links) == (status == 200)
    assert ROLES - {"storefront", "steward", "warehouse", "analyst"} == TRACE_READERS


async def test_a_storefront_is_told_plainly_who_may_read_traces(demo):
    page = await (await signed_in(demo, "storefront")).open("/traces", 403)
    assert page.heading == "Forbidden"
    assert "It needs one of: admin, auditor, developer, integrator, oms, planner." in page.text


async def test_a_trace_of_a_channel_that_is_not_the_readers_is_neither_listed_nor_shown(client):
    mine, other = spanned(told={"channel": "web"}), spanned(told={"channel": "contract"})
    inner = spanned()
    await keep(client, mine, other, inner, below(inner, "record", told={"channel": "contract"}))
    reader = await signed_in(client, "oms", "web")
    assert await listed(reader) == [mine.trace_id]
    await reader.open(f"/traces/{mine.trace_id}")
    await reader.open(f"/traces/{other.trace_id}", status=404)
    await reader.open(f"/traces/{inner.trace_id}", status=404)


async def test_the_list_filters_by_operation_sku_duration_error_and_time(client):
    ask = spanned(told={"operation": "Ask", "skus": ["TEA", "CUP"]})
    slow = spanned(ms=300, told={"operation": "Items"}, at=NOON + timedelta(minutes=1))
    failed = spanned(at=NOON + timedelta(minutes=2))
    inside = below(failed, "store", status="error", told={"sku": "TEA"})
    await keep(client, ask, slow, failed, inside)
    reader = await signed_in(client)

    assert await listed(reader) == [failed.trace_id, slow.trace_id, ask.trace_id]
    assert await listed(reader, "?operation=Ask") == [ask.trace_id]
    assert await listed(reader, "?operation=operation") == [failed.trace_id]
    assert await listed(reader, "?sku=TEA") == [failed.trace_id, ask.trace_id]
    assert await listed(reader, "?sku=CUP") == [ask.trace_id]
    assert await listed(reader, "?least=300") == [slow.trace_id]
    assert await listed(reader, "?least=300.1") == []
    assert await listed(reader, "?errors=1") == [failed.trace_id]
    assert await listed(reader, "?from=2026-06-01T12:01") == [failed.trace_id, slow.trace_id]
    assert await listed(reader, "?to=2026-06-01T12:01") == [ask.trace_id]
    assert await listed(reader, "?from=2026-06-01T12:01&to=2026-06-01T14:02%2B02:00") == [slow.trace_id]


async def test_each_request_of_a_callers_trace_is_listed_and_they_are_shown_together(client):
    """The caller's own spans are elsewhere, so each of ours that it called begins a row."""
    first = spanned(parent_id="c" * 16)
    second = spanned(parent_id="c" * 16, trace_id=first.trace_id, at=NOON + timedelta(seconds=1))
    await keep(client, first, second, below(first, "gather"))
    reader = await signed_in(client)
    page = await reader.open("/traces")
    assert len(page.table("2 traces")) == 2
    whole = await reader.open(f"/traces/{first.trace_id}")
    assert [row[0].split()[0] for row in whole.table("Spans")] == ["operation", "gather", "operation"]


async def test_every_trace_is_on_exactly_one_page_also_those_of_one_instant(client):
    records = [spanned(at=NOON + timedelta(seconds=number // 40)) for number in range(120)]
    await keep(client, *records)
    reader = await signed_in(client)
    found, path = [], "/traces?least=1"
    for _ in range(3):
        found += await listed(reader, path.removeprefix("/traces"))
        path = (await reader.open(path)).links.get("Older", "")
    assert found == [record.trace_id for record in reversed(records)]
    assert path == ""


async def test_a_search_that_gives_up_goes_on_where_it_stopped(client):
    wanted = spanned(told={"operation": "Rare"})
    await keep(client, wanted, *(spanned(at=NOON + timedelta(seconds=n)) for n in range(7)))
    found, before = [], None
    for _ in range(4):
        page = await page_of_traces(
            client.deps.store.pool, TraceFilter(operation="Rare"), before, most=50, looked_max=3
        )
        found += [row.trace_id for row in page.rows]
        before = page.stopped
        if before is None:
            break
    assert found == [wanted.trace_id]
    assert before is None


async def test_an_error_says_what_and_when(client):
    event = SpanEvent(
        "exception",
        nanoseconds(NOON + timedelta(milliseconds=4)),
        {"exception.type": "StoreUnavailable", "exception.message": "The store did not answer."},
    )
    await keep(client, failed := spanned(status="error", events=(event,)))
    page = await (await signed_in(client)).open(f"/traces/{failed.trace_id}")
    assert "Errors 1 error" in page.text
    assert "After 4.0 ms: exception" in page.text
    assert "StoreUnavailable" in page.text


async def test_what_spans_tell_is_shown_and_never_run(client):
    evil = "<script>alert('x')</script>"
    event = SpanEvent(evil, nanoseconds(NOON), {evil: evil})
    record = spanned(evil, told={"operation": evil, "skus": [evil], evil: evil}, events=(event,))
    await keep(client, record)
    reader = await signed_in(client)
    for path in ("/traces", f"/traces/{record.trace_id}"):
        page = await reader.open(path)
        assert evil in page.text
        assert page.inline == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/traces/" + "0" * 32, 404),
        ("/traces/not-a-trace", 404),
        ("/traces/a/b", 404),
        ("/traces/" + "f" * 500, 404),
        ("/traces?least=fast", 400),
        ("/traces?least=-1", 400),
        ("/traces?least=nan", 400),
        ("/traces?from=now", 400),
        ("/traces?before=yesterday", 400),
        ("/traces?before=2026-06-01T12:00:00_a_b", 400),
    ],
)
async def test_an_address_that_leads_nowhere_says_so_and_what_to_do(demo, path, status):
    page = await (await signed_in(demo)).open(path, status)
    assert "What to do:" in page.text


async def test_a_trace_longer_than_a_page_says_that_it_was_cut(client):
    root = spanned()
    await keep(client, root, *(below(root, "store", after_ms=n / 100) for n in range(2_100)))
    page = await (await signed_in(client)).open(f"/traces/{root.trace_id}")
    assert "Only the first 2,000 spans are shown" in page.text


async def test_looking_at_pages_makes_no_traces(client):
    async with setup(SpanSink(client.deps.store.pool)).running():
        reader = await signed_in(client)
        await reader.open("/inquiries")
        await reader.open("/traces")
    assert await listed(reader) == []
