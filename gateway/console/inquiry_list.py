"""The list of logged inquiries: what was asked lately, by whom, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

import orjson
from starlette.datastructures import QueryParams
from starlette.responses import Response

from datasources.store.inquiry_pages import InquiryFilter, LoggedAsk, page_of_inquiries
from gateway.console import filters
from gateway.console.pages import Frame, page
from gateway.console.verdicts import Verdict, is_short, of_ask
from resolvers.flows.deps import Deps
from rules.ask import RequestLine, read_ask, read_outcomes
from rules.asked import LineOutcome

PAGE = 50
SHORT_LOOKED_MAX = 500
"""Inquiries whose outcome is read for one page of short ones."""


@dataclass(frozen=True, slots=True)
class Row:
    """One inquiry as the list shows it."""

    inquiry_id: UUID
    asked_at: datetime
    actor: str
    channel: str
    trace_id: str
    first: RequestLine | None
    lines: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the list; `older` is the place to go on from, `is_stopped` where the search gave up early."""

    rows: tuple[Row, ...]
    older: UUID | None
    is_stopped: bool


async def inquiry_list(deps: Deps, frame: Frame, query: QueryParams) -> Response:
    """The newest inquiries the reader may see, as filtered."""
    assert frame.caller is not None, "pages are read by someone"
    where = InquiryFilter(
        filters.day_start(query, "from"),
        filters.day_end(query, "to"),
        filters.text(query, "sku"),
        filters.text(query, "channel"),
        frame.caller.channels,
    )
    before, only_short = filters.place(query), filters.is_on(query, "short")
    found = await _find(deps, where, before, only_short=only_short)
    return page(
        "inquiries.html",
        frame,
        found=found,
        query=query,
        is_first=before is None,
        older=_address(query, found.older),
    )


async def _find(deps: Deps, where: InquiryFilter, before: UUID | None, *, only_short: bool) -> Found:
    most = SHORT_LOOKED_MAX if only_short else PAGE + 1
    looked = await page_of_inquiries(deps.store.pool, where, before, most)
    read = [(ask, read_outcomes(orjson.loads(ask.outcome))) for ask in looked.rows]
    kept = [(ask, outcomes) for ask, outcomes in read if not only_short or is_short(outcomes)]
    rows = tuple(_row(ask, outcomes) for ask, outcomes in kept[:PAGE])
    if len(kept) > PAGE:
        return Found(rows, rows[-1].inquiry_id, is_stopped=False)
    all_looked = len(looked.rows) < SHORT_LOOKED_MAX
    stopped = looked.stopped if all_looked else looked.rows[-1].inquiry_id
    return Found(rows, stopped, is_stopped=stopped is not None)


def _row(ask: LoggedAsk, outcomes: Sequence[LineOutcome]) -> Row:
    lines = read_ask(orjson.loads(ask.ask))
    return Row(
        ask.inquiry_id,
        ask.asked_at,
        ask.actor,
        ask.channel,
        ask.trace_id,
        lines[0] if lines else None,
        len(lines),
        of_ask(outcomes),
    )


def _address(query: QueryParams, older: UUID | None) -> str | None:
    """The address of the page that goes on from there, with the same filters."""
    if older is None:
        return None
    kept = {name: value for name, value in query.items() if name != "before" and value}
    return "/inquiries?" + urlencode(kept | {"before": str(older)})
