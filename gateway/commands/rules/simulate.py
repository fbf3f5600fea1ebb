"""`earmark rules simulate`: what a book would have answered to what was really asked."""

import re
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from gateway.commands.endings import refuse, say, show
from gateway.commands.rules.options import FOLDER_OR_NONE, acting, ask_gateway, step_options
from gateway.rulefiles import POLICIES, read_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from resolvers.flows.deps import Deps
    from resolvers.flows.rulebooks import Drafted
    from resolvers.flows.simulate import ChangedLine, Simulation
    from rules.changes import Tally

LINES_SHOWN_MAX = 10
ROWS_SHOWN_MAX = 20
DAYS_MAX = 366
TELL_S = 1.0
UNITS = {"d": "days", "h": "hours", "m": "minutes"}
COLUMNS = (
    *(
        "inquiry",
        "asked_at",
        "channel",
        "demand_class",
        "sku",
        "quantity",
        "wanted",
        "change",
        "units",
        "days",
    ),
    *("before", "after", "decision", "file", "row", "row_before", "why"),
)


class Span(click.ParamType[timedelta]):
    """A time so many days, hours or minutes long."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        written = re.fullmatch(r"(\d{1,6})([dhm])", value)
        span = timedelta(**{UNITS[written[2]]: int(written[1])}) if written else timedelta(0)
        if not timedelta(0) < span <= timedelta(days=DAYS_MAX):
            self.fail(f"{value!r} is no time. Write 7d, 12h or 30m; {DAYS_MAX}d at most.", param, ctx)
        return span


@click.command()
@FOLDER_OR_NONE
@click.option("--version", help="Try this stored book instead of a folder.")
@click.option("--since", type=Span(), default="7d", show_default=True, help="What was asked so long ago.")
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write all lines there.")
@step_options
def simulate(
    folder: Path | None, version: str | None, since: timedelta, file: Path | None, **how: Any
) -> None:
    """Decide what was asked again, by other rules.

    What changes for those who asked is told by channel and class, with the rows responsible. Left out, FOLDER
    is rules/policies of the checkout; its files become a draft, since a book is approved only when it was
    simulated. If they have errors the exit code is 1, and nothing was simulated.
    """
    if folder is not None and version is not None:
        refuse("Simulate a folder or a stored book with --version, not both.")
    caller = acting(how["person"])

    async def work(deps: "Deps") -> "Simulation | Drafted":
        from resolvers.flows import rulebook_reading, rulebooks
        from resolvers.flows.simulate import simulate as decide_again

        chosen = version
        if chosen is None:
            drafted = await rulebooks.draft(deps, read_folder(folder or POLICIES), "", caller)
            if drafted.standing is None:
                return drafted
            chosen = drafted.standing.book.version
        book = await rulebook_reading.book(deps, chosen)
        found = await decide_again(deps, book, since, _progress())
        await rulebooks.record_simulation(deps, book.version, found.summary(), caller)
        return found

    found = ask_gateway(how["data"], work, demo=how["demo"])
    _tell(folder or POLICIES, found, file, as_json=how["as_json"])


def _progress() -> "Callable[[int, int], None]":
    """Tells how far it is, about once a second."""
    last = monotonic()

    def tell(done: int, of: int) -> None:
        nonlocal last
        if monotonic() - last >= TELL_S:
            last = monotonic()
            say(f"{done:,} of {of:,} inquiries")

    return tell


def _tell(folder: Path, found: "Simulation | Drafted", file: Path | None, *, as_json: bool) -> None:
    from gateway.commands.rules.words import problem_content, problem_lines
    from resolvers.flows.simulate import Simulation

    if not isinstance(found, Simulation):
        problems = found.checked.problems
        content = {"problems": [problem_content(folder, problem) for problem in problems]}
        text = "\n".join([*problem_lines(folder, problems), "Nothing was simulated. Mend the errors first."])
        show(content, text, as_json=as_json)
        sys.exit(1)
    if file is not None:
        _write(file, found)
    show(_content(found), "\n".join(_lines(found, file)), as_json=as_json)


def _write(file: Path, found: "Simulation") -> None:
    """Every changed line that was kept stands in the file, and nothing in it is run by a spreadsheet."""
    from rules.text_sheet import write_lines

    try:
        file.write_bytes(write_lines([COLUMNS, *map(_cells, found.changed)]))
    except OSError as failed:
        refuse(f"{file} cannot be written: {failed.strerror}. Name another file with --csv.")


def _cells(line: "ChangedLine") -> list[str]:
    by = line.by
    row = (by.decision, by.file, by.row_id, by.before_row, by.why) if by else ("",) * 5
    moved = (line.change, line.units, f"{float(line.days):g}", line.before, line.after)
    asked = (line.channel, line.demand_class, line.sku, line.quantity, line.wanted)
    return [str(cell) for cell in (line.inquiry_id, line.asked_at.isoformat(), *asked, *moved, *row)]


def _lines(found: "Simulation", file: Path | None) -> list[str]:
    from gateway.commands.rules.words import counted, instant_words
    from resolvers.flows.rulebook_steps import shown_version

    inquiries = f"{found.inquiries:,} {'inquiry' if found.inquiries == 1 else 'inquiries'}"
    asked = f"{inquiries} since {instant_words(found.since)}"
    lines = [f"Rule book {shown_version(found.version)} on {asked}, in {found.seconds:.1f} s."]
    kept = counted(len(found.changed), "line")
    written = [f"{kept} {'is' if len(found.changed) == 1 else 'are'} in {file}."] if file else []
    if not found.inquiries:
        return [*lines, "Nothing was asked in that time, so there is nothing to compare.", *written]
    if not sum(found.whole.changed.values()):
        return [*lines, f"{counted(found.whole.lines, 'line')}, all answered as they were.", *written]
    lines += ["", _row("channel", "class", "lines", *found.whole.changed)]
    lines += [_tally(*who, tally) for who, tally in sorted(found.by_class.items())]
    lines.append(_tally("all", "", found.whole))
    rows = Counter(_row_name(line) for line in found.changed)
    lines += ["", "Rows responsible:"]
    lines += [f"  {counted(number, 'line')}: {row}" for row, number in rows.most_common(ROWS_SHOWN_MAX)]
    lines += ["", "Lines that are answered otherwise:", *map(_line, found.changed[:LINES_SHOWN_MAX])]
    more = len(found.changed) - LINES_SHOWN_MAX
    if more > 0:
        lines.append(f"  ... and {more:,} more; --csv FILE writes them.")
    if found.left_out:
        lines.append(f"  {counted(found.left_out, 'line')} beyond those are counted only.")
    return [*lines, *written]


def _tally(channel: str, demand_class: str, tally: "Tally") -> str:
    return _row(channel, demand_class, *(f"{number:,}" for number in (tally.lines, *tally.changed.values())))


def _row(channel: str, demand_class: str, *figures: str) -> str:
    return f"{channel:<14} {demand_class:<12}" + "".join(f" {figure:>9}" for figure in figures)


def _row_name(line: "ChangedLine") -> str:
    if line.by is None:
        return "none of its own: a line of the same ask took more or less"
    return f"{line.by.row_id} of {line.by.file} instead of {line.by.before_row} ({line.by.why})"


def _line(line: "ChangedLine") -> str:
    asked = f"{line.channel}: {line.quantity} of {line.sku} for {line.wanted}"
    return f"  {line.change:<9} {asked}: {line.before} -> {line.after}"


def _content(found: "Simulation") -> dict[str, Any]:
    return {
        "version": found.version,
        **found.summary(),
        "seconds": found.seconds,
        "by_class": [
            {"channel": channel, "demand_class": of, **_counts(tally)}
            for (channel, of), tally in sorted(found.by_class.items())
        ],
        "changed": found.changed,
        "left_out": found.left_out,
    }


def _counts(tally: "Tally") -> dict[str, Any]:
    changed: dict[str, Any] = {str(change): lines for change, lines in tally.changed.items()}
    gained, lost = tally.units_gained, tally.units_lost
    return {"lines": tally.lines, **changed, "units_gained": gained, "units_lost": lost}
