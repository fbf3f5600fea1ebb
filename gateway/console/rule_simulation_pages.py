"""Simulations of a book: started, watched, and what they found, with the lines that change to take along."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.console import filters
from gateway.console.filters import BadFilter
from gateway.console.rule_chart import Chart, chart
from gateway.console.rule_forms import read_form
from gateway.console.rule_table_pages import attachment
from gateway.console.rule_visit import Visit, path_of, to
from gateway.console.rule_words import WORDS
from resolvers.flows import rulebook_reading as reading
from resolvers.flows import simulations
from resolvers.flows.jobs import Job
from resolvers.flows.rulebook_steps import shown_version
from resolvers.flows.simulate import ChangedLine, Simulation
from rules.changes import CHANGES, Tally, summed
from rules.errors import NotFound
from rules.text_sheet import write_lines

PAGE = 100
ROWS_SHOWN = 20
DAYS = 7
HOURS_MAX = 24 * 366
ORDER = ("lost", "later", "gained", "earlier", "elsewhere", "figure")
TONES = {"gained": "good", "earlier": "good", "later": "fair", "lost": "poor"}
COLUMNS = (
    *("inquiry", "asked_at", "channel", "demand_class", "sku", "quantity", "wanted", "change", "units"),
    *("days", "before", "after", "decision", "file", "row", "row_before", "why"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a simulation found, as far as its reader may see channels."""

    whole: Tally
    by_class: Sequence[tuple[tuple[str, str], Tally]]
    rows: Sequence[tuple[str, str, str, int]]
    """File, row, its why, and for how many changed lines it is responsible."""
    of_their_own: int
    chart: Chart | None


async def simulation_page(visit: Visit) -> Response:
    """The form to start a simulation of the book."""
    now = await reading.find(visit.deps, visit.version)
    entries = await reading.history(visit.deps, now.book.version)
    return visit.page(
        "simulation.html",
        now=now,
        may_simulate=not visit.caller.roles.isdisjoint(simulations.SIMULATORS),
        earlier=[entry for entry in entries if entry.what == "simulated"],
        days=DAYS,
        words=WORDS,
    )


async def start(visit: Visit) -> Response:
    """The simulation is under way, and the reader on the way to its page."""
    form = await read_form(visit.request)
    since = _span(form.line("days"))
    job = await simulations.start(visit.deps, visit.named("version"), since, visit.caller)
    return to(path_of(shown_version(job.about), "simulation", job.job_id))


async def job_page(visit: Visit) -> Response:
    """How far a simulation is; in the end, what it found."""
    job = _job(visit)
    now = await reading.find(visit.deps, job.about)
    found = job.found if isinstance(job.found, Simulation) else None
    change = filters.text(visit.query, "change")
    lines = [] if found is None else _lines(visit, found, change)
    first = (filters.position(visit.query, "from") or 1) - 1
    return visit.page(
        "job.html",
        now=now,
        job=job,
        found=found,
        told=None if found is None else _told(visit, found),
        lines=lines[first : first + PAGE],
        line_count=len(lines),
        first=first,
        older=_further(visit, first + PAGE) if first + PAGE < len(lines) else None,
        change=change,
        changes=CHANGES,
        words=WORDS,
        tones=TONES,
    )


async def lines_csv(visit: Visit) -> Response:
    """Every changed line that was kept; nothing in it is run by a spreadsheet. Raises NotFound."""
    job = _job(visit)
    if not isinstance(job.found, Simulation):
        raise NotFound("result of the simulation yet", job.job_id)
    lines = _lines(visit, job.found, None)
    content = await asyncio.to_thread(write_lines, [COLUMNS, *map(_cells, lines)])
    return attachment(f"simulation-{shown_version(job.about)}.csv", content, "text/csv; charset=utf-8")


def _job(visit: Visit) -> Job:
    """The simulation of the address. Raises NotFound, also for one of another book."""
    job = simulations.find(visit.deps, visit.named("job"), visit.caller)
    if not job.about.startswith(visit.named("version")):
        raise NotFound("simulation", job.job_id)
    return job


def _span(days: str) -> timedelta:
    try:
        hours = float(days) * 24
    except ValueError:
        hours = 0
    if not 0 < hours <= HOURS_MAX:
        raise BadFilter("a number of days", days, "write how many days back, such as 7 or 0.5; 366 at most")
    return timedelta(hours=hours)


def _lines(visit: Visit, found: Simulation, change: str | None) -> list[ChangedLine]:
    """The changed lines the reader may see: those that lose first, those of which a figure differs last."""
    seen = [
        line
        for line in found.changed
        if visit.caller.may_see_channel(line.channel) and change in (None, line.change)
    ]
    return sorted(seen, key=lambda line: ORDER.index(line.change))


def _told(visit: Visit, found: Simulation) -> Told:
    by_class = {who: tally for who, tally in found.by_class.items() if visit.caller.may_see_channel(who[0])}
    lines = _lines(visit, found, None)
    rows = Counter((line.by.file, line.by.row_id, line.by.why) for line in lines if line.by is not None)
    return Told(
        summed(by_class.values()),
        sorted(by_class.items()),
        [(*row, number) for row, number in rows.most_common(ROWS_SHOWN)],
        sum(line.by is None for line in lines),
        chart(by_class),
    )


def _further(visit: Visit, first: int) -> str:
    kept = {name: value for name, value in visit.query.items() if name != "from" and value}
    return f"{visit.request.url.path}?{urlencode(kept | {'from': str(first + 1)})}"


def _cells(line: ChangedLine) -> list[str]:
    by = line.by
    row = (by.decision, by.file, by.row_id, by.before_row, by.why) if by else ("",) * 5
    moved = (line.change, line.units, line.days, line.before, line.after)
    asked = (line.channel, line.demand_class, line.sku, line.quantity, line.wanted)
    return [str(cell) for cell in (line.inquiry_id, line.asked_at.isoformat(), *asked, *moved, *row)]
