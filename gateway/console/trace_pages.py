"""The trace viewer: a list of what was done, and one trace from its first span to its last."""

import re
from datetime import datetime
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.responses import Response

from datasources.store.spans import KEPT_DAYS
from datasources.store.traces import SPANS_MAX, Place, TraceFilter, page_of_traces, spans_of
from gateway.console import filters
from gateway.console.filters import BadFilter
from gateway.console.pages import Frame, page
from gateway.console.waterfall import waterfall
from resolvers.flows.deps import Deps
from rules.errors import Refusal

PAGE = 50
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_PLACE = re.compile(r"(?P<at>[0-9T:.+-]{10,40})_(?P<trace>[0-9a-f]{1,32})_(?P<span>[0-9a-f]{1,16})")


class NoTrace(Refusal):
    """A trace that is not kept, or not for this reader."""

    code = "NOT_FOUND"

    def __init__(self, trace_id: str) -> None:
        super().__init__(
            f"No spans of a trace {trace_id[:40]} are kept.",
            f"Spans are written within two seconds or so and kept for {KEPT_DAYS} days: check the id, or "
            "load this page again if the request was just now.",
        )


async def trace_list(deps: Deps, frame: Frame, query: QueryParams) -> Response:
    """The newest traces the reader may see, as filtered."""
    assert frame.caller is not None, "pages are read by someone"
    where = TraceFilter(
        filters.instant(query, "from"),
        filters.instant(query, "to"),
        filters.text(query, "operation"),
        filters.text(query, "sku"),
        filters.least(query, "least"),
        filters.is_on(query, "errors"),
        frame.caller.channels,
    )
    before = _place(query)
    found = await page_of_traces(deps.store.pool, where, before, PAGE + 1)
    rows = found.rows[:PAGE]
    older = rows[-1].place if len(found.rows) > PAGE else found.stopped
    return page(
        "traces.html",
        frame,
        rows=rows,
        query=query,
        kept_days=KEPT_DAYS,
        is_first=before is None,
        is_stopped=found.stopped is not None,
        older=_address(query, older),
    )


async def trace_page(deps: Deps, frame: Frame, trace_id: str) -> Response:
    """One trace whole. Raises NoTrace."""
    assert frame.caller is not None, "pages are read by someone"
    spans = await spans_of(deps.store.pool, trace_id) if _TRACE_ID.fullmatch(trace_id) else []
    whole = waterfall(spans) if spans else None
    if whole is None or not all(frame.caller.may_see_channel(channel) for channel in whole.channels):
        raise NoTrace(trace_id)
    is_cut = len(spans) == SPANS_MAX
    return page("trace.html", frame, whole=whole, trace_id=trace_id, is_cut=is_cut)


def _place(query: QueryParams) -> Place | None:
    said = filters.text(query, "before")
    if said is None:
        return None
    found = _PLACE.fullmatch(said)
    try:
        at = datetime.fromisoformat(found["at"]) if found else None
    except ValueError:
        at = None
    if found is None or at is None or at.tzinfo is None:
        raise BadFilter("a place in this list", said, "start again from the newest")
    return at, found["trace"], found["span"]


def _address(query: QueryParams, older: Place | None) -> str | None:
    """The address of the page that goes on from there, with the same filters."""
    if older is None:
        return None
    kept = {name: value for name, value in query.items() if name != "before" and value}
    at, trace_id, span_id = older
    return "/traces?" + urlencode(kept | {"before": f"{at.isoformat()}_{trace_id}_{span_id}"})
