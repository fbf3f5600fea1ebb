"""One inquiry as a readable derivation, of one of its lines at a time, as its reader may see it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from starlette.datastructures import QueryParams
from starlette.responses import Response

from gateway.console import filters
from gateway.console.pages import HEADERS, Frame, page
from gateway.console.projection import Projection, project
from gateway.console.timeline import Timeline, of_schedule
from gateway.console.verdicts import Verdict, fate, verdict
from resolvers.flows.deps import Deps
from resolvers.flows.quote import Quote, Replay, replay
from resolvers.flows.resting import resting
from resolvers.flows.since import since
from resolvers.promises.changed import ChangeSince, change_since
from resolvers.promises.explained import explain, rules_fired, silent_sources, source_ages
from resolvers.promises.reasons import Earlier, Explanation, SiteExplanation
from resolvers.promises.resting import RestsOn, rests_on
from resolvers.promises.types import Availability, AvailabilityLine
from rules.errors import NotFound

LINES_SHOWN = 50
SITES_SHOWN = 4
"""Sites derived in full on one page; the others are listed, each with a link to its own."""


@dataclass(frozen=True, slots=True)
class Site:
    """One site's derivation, with its rows where the reader may see them.

    `still_good` is what can be promised of goods that will have expired by the binding day.
    """

    told: SiteExplanation
    projection: Projection | None
    still_good: Decimal | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ask and what became of it."""

    number: int
    told: AvailabilityLine
    unit: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Derivation:
    """Why the chosen line was answered so."""

    summary: str
    earlier: tuple[tuple[str, Earlier], ...]
    sites: tuple[Site, ...]
    other_sites: tuple[SiteExplanation, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """The inquiry decided again, and why its chosen line was answered so, as this reader may know it."""

    again: Replay
    lines: Sequence[Line]
    chosen: Line
    explanation: Explanation | None


async def promise_page(deps: Deps, frame: Frame, inquiry_id: UUID, query: QueryParams) -> Response:
    """The inquiry and the derivation of one line. Raises NotFound."""
    read = await _read(deps, frame, inquiry_id, query)
    return page(
        "inquiry.html",
        frame,
        again=read.again,
        answer=Availability.of(read.again.quote),
        actor=read.again.logged.actor if frame.is_inside else None,
        lines=_around(read.lines, read.chosen),
        line_count=len(read.lines),
        chosen=read.chosen,
        derivation=_derivation(read, filters.text(query, "site"), frame),
        sources=source_ages(read.again.quote, is_inside=frame.is_inside),
        degraded=silent_sources(read.again.quote, is_inside=frame.is_inside),
        timeline=_timeline(read),
        explained=read.explanation,
        resting=await _resting(deps, read, frame),
        since=await _since(deps, read, frame),
        rules=rules_fired(read.again.quote, read.chosen.number) if frame.is_inside else None,
    )


def _timeline(read: _Read) -> Timeline | None:
    """The chosen line's schedule, from the earliest local day of the answer on."""
    rows = read.again.quote.positions.get(read.chosen.told.sku)
    if rows is None or not rows.sites:
        return None
    today = min(site.today for site in rows.sites)
    return of_schedule(read.chosen.told.schedule, today, read.chosen.told.wanted, read.chosen.unit)


async def _resting(deps: Deps, read: _Read, frame: Frame) -> list[RestsOn]:
    found = await resting(deps, read.again.quote, read.chosen.number)
    return [rests_on(each, _precision(read), is_inside=frame.is_inside) for each in found]


async def _since(deps: Deps, read: _Read, frame: Frame) -> list[ChangeSince] | None:
    """What was recorded after the answer, for those inside."""
    if not frame.is_inside or read.explanation is None:
        return None
    assert frame.caller is not None, "pages are read by someone"
    found = await since(deps, read.again.quote, read.chosen.number, frame.caller)
    return [change_since(each, _precision(read)) for each in found]


def _precision(read: _Read) -> int:
    item = read.again.quote.positions.get(read.chosen.told.sku)
    return 0 if item is None else item.profile.precision


async def promise_json(deps: Deps, frame: Frame, inquiry_id: UUID, query: QueryParams) -> Response:
    """The same, for programs: the words of the GraphQL schema. Raises NotFound."""
    read = await _read(deps, frame, inquiry_id, query)
    content = _plain(Availability.of(read.again.quote)) | {
        "identical": read.again.identical,
        "outcomeHash": read.again.logged.outcome_hash,
        "sources": _plain(source_ages(read.again.quote, is_inside=frame.is_inside)),
        "degraded": _plain(silent_sources(read.again.quote, is_inside=frame.is_inside)),
        "lines": [_plain(line.told) for line in read.lines],
        "explained": {"line": read.chosen.number + 1, "explanation": _plain(read.explanation)},
    }
    if not frame.is_inside:
        del content["ruleBook"]
    return Response(orjson.dumps(content, option=JSON), 200, HEADERS, "application/json")


async def _read(deps: Deps, frame: Frame, inquiry_id: UUID, query: QueryParams) -> _Read:
    assert frame.caller is not None, "pages are read by someone"
    again = await replay(deps, inquiry_id, frame.caller)
    lines = _lines(again.quote)
    chosen = _chosen(again.quote, lines, filters.position(query, "line"))
    explanation = explain(again.quote, chosen.number, is_inside=frame.is_inside, caller=frame.caller)
    return _Read(again, lines, chosen, explanation)


def _lines(quote: Quote) -> list[Line]:
    return [
        Line(number, told, _unit(quote, told.sku), verdict(quote.outcomes[number]))
        for number, told in enumerate(Availability.of(quote).lines())
    ]


def _unit(quote: Quote, sku: str) -> str:
    position = quote.positions.get(sku)
    return position.profile.unit if position else ""


def _chosen(quote: Quote, lines: Sequence[Line], number: int | None) -> Line:
    """The line asked for, or the first that was not promised in full. Raises NotFound."""
    if number is None:
        missed = (line for line in lines if fate(quote.outcomes[line.number]) in ("short", "later"))
        return next(missed, lines[0])
    if number > len(lines):
        raise NotFound("line", str(number))
    return lines[number - 1]


def _around(lines: Sequence[Line], chosen: Line) -> Sequence[Line]:
    """The page of lines that has the chosen one."""
    first = chosen.number // LINES_SHOWN * LINES_SHOWN
    return lines[first : first + LINES_SHOWN]


def _derivation(read: _Read, site_id: str | None, frame: Frame) -> Derivation | None:
    """The sites that serve the line first, the others listed; or the one site asked for."""
    if read.explanation is None:
        return None
    serving = {(part.site, part.position) for part in read.chosen.told.schedule}
    ordered = sorted(
        read.explanation.sites,
        key=lambda site: (
            site.site != site_id,
            (site.site, site.position) not in serving,
            not site.serves,
            site.site,
        ),
    )
    here = [site for site in ordered if site.site == site_id]
    shown = here if site_id else ordered[:SITES_SHOWN]
    return Derivation(
        read.explanation.summary,
        tuple((site.site, change) for site in ordered for change in site.earlier),
        tuple(Site(site, _projection(read, site, frame), _still_good(site)) for site in shown),
        tuple(sorted(ordered[len(shown) :], key=lambda site: site.site)),
    )


def _projection(read: _Read, site: SiteExplanation, frame: Frame) -> Projection | None:
    """The site's rows, for those who may read `Item.projection`."""
    position = read.again.quote.positions[read.chosen.told.sku]
    here = (rows for rows in position.sites if (rows.site_id, rows.position) == (site.site, site.position))
    rows = next(here, None)
    if rows is None or not frame.is_inside:
        return None
    return project(position, rows, site.binding.day, site.day)


def _still_good(site: SiteExplanation) -> Decimal | None:
    if not site.binding.expired or site.promisable is None or site.kit is not None:
        return None
    more = Decimal(str(site.promisable)) - max(Decimal(0), Decimal(str(site.binding.margin)))
    return more if more > 0 else None


def _plain(value: Any) -> Any:
    """The value with its fields named as the schema names them; fields that are worked out are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        return {
            _camel(name): _plain(each)
            for name, each in held.items()
            if name not in HIDDEN and not callable(each)
        }
    if isinstance(value, Enum):
        return value.name
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


HIDDEN = {"quote", "number", "id"}
JSON = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
