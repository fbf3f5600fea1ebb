"""The figures as people read them."""

from collections.abc import Iterable, Iterator, Sequence

from gateway.bench import figures
from gateway.bench.cells import Cell
from gateway.bench.figures import Figures, Ratio
from gateway.bench.ruling import RulesCost

ASKER_LIMIT = 0.8
"""From this share of a processor on, it may have been the asker that was measured."""
HEAD = ("", "lines", "connections", "requests/s", "p50 ms", "p99 ms", "gateway ms", "PostgreSQL ms")


def told(found: Figures) -> Iterator[str]:
    """The whole run, line by line."""
    machine = found.machine
    yield (
        f"{machine['cores']} cores, {machine['platform']}, Python {machine['python']}, "
        f"PostgreSQL {machine['postgresql']}; load {machine['load_before'][0]:.1f} before, "
        f"{machine['load_after'][0]:.1f} after; {machine['seconds']:.0f} s"
    )
    yield ""
    yield "Asks and carts over HTTP. gateway and PostgreSQL: processor time per request."
    cells = [cell for cell in found.cells if cell.what != figures.RECEIVE]
    yield from columns([HEAD, *map(_row, cells)])
    yield ""
    yield f"As ratios, over {figures.COMPARED_AT} connections (processor time of gateway and PostgreSQL):"
    yield from _ratios(found.ratios(), found.plan.lines)
    yield ""
    yield from _other(found)
    yield from _remarks(found)


def _row(cell: Cell) -> tuple[str, ...]:
    return (
        cell.what,
        f"{cell.lines}",
        f"{cell.connections}",
        f"{cell.per_s:,.0f}",
        f"{cell.p50_ms:,.1f}",
        f"{cell.p99_ms:,.1f}",
        _ms(cell.gateway_ms),
        _ms(cell.postgresql_ms),
    )


def _ms(milliseconds: float | None) -> str:
    return "?" if milliseconds is None else f"{milliseconds:,.2f}"


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows with the first column to the left and figures to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        figures_ = (text.rjust(width) for text, width in zip(others, widths[1:], strict=True))
        yield "  ".join(("  " + first.ljust(widths[0]), *figures_)).rstrip()


def _ratios(ratios: Sequence[Ratio], lines: Sequence[int]) -> Iterator[str]:
    names = dict.fromkeys(ratio.name for ratio in ratios)
    head = ("", *("1 line" if count == 1 else f"{count} lines" for count in lines), "aim")
    yield from columns([head, *(_ratio_row(name, ratios, lines) for name in names)])


def _ratio_row(name: str, ratios: Sequence[Ratio], lines: Sequence[int]) -> tuple[str, ...]:
    by_lines = {ratio.lines: ratio for ratio in ratios if ratio.name == name}
    aims = [ratio.at_most for ratio in by_lines.values() if ratio.at_most is not None]
    aim = f"at most {aims[0]:.2f}" if aims else ""
    return (name, *(f"{by_lines[n].ratio:.2f}" if n in by_lines else "" for n in lines), aim)


def _other(found: Figures) -> Iterator[str]:
    bulk = found.bulk
    yield f"Bulk ATP of {bulk.positions:,} (item, site) over {bulk.days} days: {bulk.ms:.0f} ms."
    yield from _rules(found.rules)
    done = found.simulated
    yield (
        f"Simulation of {done.inquiries:,} inquiries with {done.lines:,} lines, of which {done.changed:,} "
        f"change: {done.seconds:.1f} s, {done.per_s:,.0f}/s."
    )
    for load in found.loads:
        memory = "" if load.gateway_mb is None else f"; its gateway had {load.gateway_mb:.0f} MB at the end"
        yield (
            f"Loading {load.items:,} items, {load.rows:,} rows: {load.seconds:.1f} s, "
            f"{load.rows_per_s:,.0f} rows/s{memory}."
        )
    cell = next(cell for cell in found.cells if cell.what == figures.RECEIVE)
    yield (
        f"Events, {found.events_per_request} to a request over {cell.connections} connections: "
        f"{found.events_per_request * cell.per_s:,.0f}/s; of one request gateway {_ms(cell.gateway_ms)} ms, "
        f"PostgreSQL {_ms(cell.postgresql_ms)} ms."
    )


def _rules(cost: RulesCost) -> Iterator[str]:
    yield f"One decision on {cost.inputs} inputs, in process: {cost.decision_ns:,.0f} ns (aim: under 2,000)."
    yield (
        f"A batch of {cost.facts:,} facts: {cost.batch_ms:,.0f} ms, with words as text "
        f"{cost.batch_words_ms:,.0f} ms (aim: under 1,000 for 1,000,000)."
    )
    yield (
        f"A table of {cost.rows:,} rows and {cost.cells:,} cells, from its bytes to deciding: "
        f"{cost.activation_s:.1f} s (aim: under 10 for 400 rows)."
    )
    yield f"The shipped book of {cost.shipped_files} files, from nothing: {cost.shipped_s:.1f} s."


def _remarks(found: Figures) -> Iterator[str]:
    if found.failed:
        yield f"{found.failed} requests FAILED; the first: {_first(found.cells)}"
    busy = [cell for cell in found.cells if cell.asker_busy > ASKER_LIMIT]
    most = max(cell.asker_busy for cell in found.cells)
    yield f"The asker took at most {most:.0%} of a processor."
    if busy:
        names = ", ".join(f"{cell.what} over {cell.connections}" for cell in busy)
        yield f"It may have been the limit itself in: {names}."


def _first(cells: Iterable[Cell]) -> str:
    return next(cell.first_failure for cell in cells if cell.failed)
