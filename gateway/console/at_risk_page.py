"""The worklist of promises at risk: what was promised, what is proposed, and what a person decides."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console import filters
from gateway.console.filters import BadFilter
from gateway.console.pages import HEADERS, Frame, page
from gateway.console.rule_forms import Form, form_token, read_form
from resolvers.flows import slip_desk
from resolvers.flows.deps import Deps
from resolvers.flows.slip_desk import Decided, Decision, Listed, Wanted
from resolvers.promises.at_risk import PromiseProposal
from rules.errors import NotFound
from rules.proposals import State

PATH = "/at-risk"
PAGE = 50
STATES = {
    "open": "open: they wait for somebody",
    "applied": "applied",
    "rejected": "rejected",
    "superseded": "superseded",
    "withdrawn": "withdrawn",
}
STEPS: dict[str, Decision] = {"apply": "applied", "reject": "rejected"}
CAUSES = {
    "late": "supply comes later",
    "short": "less supply comes, or it is less sure",
    "gone": "supply does not come",
    "hold": "goods were put on hold",
    "count": "fewer goods are there",
    "order": "more was ordered than there is",
}
NOBODY = "time has passed"
PLACE = re.compile(r"(\d{4}-\d\d-\d\d)\.(\d{1,18})", re.ASCII)
"""A day and the number of a proposal."""


@dataclass(frozen=True, slots=True)
class Row:
    """A proposal as the list shows it; `place` is where a page after it goes on."""

    told: PromiseProposal
    cause: str
    said_by: str

    @classmethod
    def of(cls, listed: Listed) -> "Row":
        kept = listed.kept
        said = f"{kept.source}: {kept.reference}" if kept.source else NOBODY
        return cls(PromiseProposal.of(listed), CAUSES[kept.cause], said)


async def worklist(deps: Deps, frame: Frame, request: Request) -> Response:
    """The proposals the reader may see, as filtered, those promised for the earliest days first."""
    return await _list(deps, frame, request)


async def decide(deps: Deps, frame: Frame, request: Request) -> Response:
    """What was chosen is decided, and the reader is back at the list; or told what could not be."""
    assert frame.caller is not None, "pages are read by someone"
    form = await read_form(request)
    step = form.line("step")
    if step not in STEPS:
        raise NotFound("step", step[:80])
    reason = form.text("reason")
    decided = await slip_desk.decide(deps, STEPS[step], _chosen(form), reason, frame.caller)
    failed = [each for each in decided if each.problem is not None]
    if failed:
        return await _list(deps, frame, request, failed, len(decided) - len(failed))
    told = {"done": step, "count": str(len(decided))}
    kept = {name: value for name, value in request.query_params.items() if name not in told and value}
    return RedirectResponse(f"{PATH}?{urlencode(kept | told)}", 303, HEADERS)


def _chosen(form: Form) -> list[str]:
    return [name.removeprefix("pick.") for name in form.fields if name.startswith("pick.")]


async def _list(
    deps: Deps, frame: Frame, request: Request, failed: Sequence[Decided] = (), done: int = 0
) -> Response:
    assert frame.caller is not None, "pages are read by someone"
    query = request.query_params
    wanted = Wanted(
        _state(query), filters.text(query, "sku"), filters.text(query, "site"), filters.text(query, "channel")
    )
    after = _place(query)
    found = await slip_desk.listed(deps, wanted, after, PAGE + 1, frame.caller)
    rows = [Row.of(each) for each in found[:PAGE]]
    return page(
        "at_risk.html",
        frame,
        409 if failed else 200,
        rows=rows,
        wanted=wanted,
        states=STATES,
        query=query,
        token=form_token(request),
        here=_address(query),
        further=_further(query, found),
        is_first=after is None,
        failed=[cast("tuple[str, str, str]", each.problem) for each in failed],
        done_before=done,
        **_done(query),
    )


def _done(query: QueryParams) -> dict[str, Any]:
    """What the step before came to, where there was one."""
    step, many = query.get("done", ""), query.get("count", "")
    known = step in STEPS and many.isascii() and many.isdigit() and len(many) <= 3
    return {"done": STEPS[step] if known else None, "count": int(many) if known else 0}


def _state(query: QueryParams) -> State:
    said = filters.text(query, "state") or "open"
    if said not in STATES:
        raise BadFilter("the state of a proposal", said, f"choose one of {', '.join(STATES)}")
    return cast("State", said)


def _place(query: QueryParams) -> tuple[date, int] | None:
    """Where the page before ended: a day and the number of a proposal."""
    said = filters.text(query, "after")
    if said is None:
        return None
    place = PLACE.fullmatch(said)
    with suppress(ValueError):
        if place is not None:
            return date.fromisoformat(place[1]), int(place[2])
    raise BadFilter("a place in this list", said, "start again from the first page")


def _address(query: QueryParams, **more: str) -> str:
    """The address of the list with the same filters."""
    kept = {name: query[name] for name in ("state", "sku", "site", "channel") if query.get(name)}
    return f"{PATH}?{urlencode(kept | more)}" if kept or more else PATH


def _further(query: QueryParams, found: Sequence[Listed]) -> str | None:
    if len(found) <= PAGE:
        return None
    last = found[PAGE - 1].kept
    return _address(query, after=f"{last.first_day.isoformat()}.{last.number}")
