"""What the answers show to be wrong with a table: gaps, overlaps, dead rows, sums that do not add up."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rules.answers import Answers, Overlap
from rules.cells import Interval, Space, intervals
from rules.columns import Row, Sum, Table, Value
from rules.problems import Problem
from rules.written import write_fact, write_instant

IDS_TOLD = 3
SHARES_TOLD = 8


def answer_problems(table: Table, space: Space, answers: Answers) -> Iterator[Problem]:
    """All that the answers show to be wrong, in no order. They are those of the table and the space."""
    spans = intervals(table)
    if table.complete:
        yield from _gaps(table, space, answers, spans)
    yield from _overlaps(table, space, answers, spans)
    yield from _dead_rows(table, space, answers, spans)
    for wanted in table.sums:
        yield from _sums(table, space, answers, spans, wanted)


def when_said(span: Interval, spans: Sequence[Interval]) -> str:
    """The interval in words, with a comma in front; nothing where it is the only one."""
    if len(spans) == 1:
        return ""
    starts = f" from {write_instant(span.starts)}" if span.starts else ""
    until = f" until {write_instant(span.until)}" if span.until else ""
    return f",{starts}{until}"


def ids_said(rows: Sequence[Row]) -> str:
    """The rows' ids as a list in words, those after the third counted."""
    ids = [row.row_id for row in rows]
    if len(ids) > IDS_TOLD:
        return f"{', '.join(ids[:IDS_TOLD])} and {len(ids) - IDS_TOLD:,} more"
    return f"{', '.join(ids[:-1])} and {ids[-1]}" if len(ids) > 1 else "".join(ids)


def _more(cells: int) -> str:
    if cells <= 1:
        return ""
    return f" (and {cells - 1:,} more combination{'s' if cells > 2 else ''})"


def _nowhere(answers: Answers, number: int) -> NDArray[np.bool_]:
    """Where no row answers in the interval."""
    answered = answers.by_interval[number]
    if isinstance(answered, tuple):
        return np.fromiter((not places for places in answered), bool, len(answered))
    return answered < 0


def _gaps(table: Table, space: Space, answers: Answers, spans: Sequence[Interval]) -> Iterator[Problem]:
    """Facts without a row; gaps that are the same in several intervals are told once."""
    alike: dict[bytes, list[int]] = {}
    for number in range(len(spans)):
        alike.setdefault(_nowhere(answers, number).tobytes(), []).append(number)
    last = table.rows[-1].line if table.rows else 1
    for numbers in alike.values():
        cells = np.flatnonzero(_nowhere(answers, numbers[0]))
        if len(cells):
            when = "" if len(numbers) == len(spans) else when_said(spans[numbers[0]], spans)
            again = " and again later" if when and len(numbers) > 1 else ""
            message = (
                f"no row fits {space.describe(int(cells[0]))}{_more(len(cells))}{when}{again}: "
                "add a row, or a last row with no conditions."
            )
            yield Problem(table.rows_file, last, "", message, "error", "GAP")


def _overlaps(table: Table, space: Space, answers: Answers, spans: Sequence[Interval]) -> Iterator[Problem]:
    """Rows of a unique table that fit the same facts, told once for each set of rows."""
    together: dict[tuple[int, ...], list[Overlap]] = {}
    for overlap in answers.overlaps:
        together.setdefault(overlap.rows, []).append(overlap)
    for places, overlaps in together.items():
        rows = [table.rows[place] for place in places]
        first = overlaps[0]
        cells = len({overlap.cell for overlap in overlaps})
        message = (
            f"{ids_said(rows)} {'both' if len(rows) == 2 else 'all'} fit {space.describe(first.cell)}"
            f"{_more(cells)}{when_said(spans[first.interval], spans)}: under `hit: unique` only one may. "
            "Narrow one of them, or use `hit: first` and put the more special one above."
        )
        yield Problem(table.rows_file, rows[-1].line, rows[-1].row_id, message, "error", "OVERLAP")


def rows_that_fire(answers: Answers) -> set[int]:
    """The places of all rows that answer anywhere."""
    fired: set[int] = set()
    for answered in answers.by_interval:
        if isinstance(answered, tuple):
            fired.update(*set(answered))
        else:
            fired.update(np.unique(answered).tolist())
    return fired - {-1}


def _dead_rows(table: Table, space: Space, answers: Answers, spans: Sequence[Interval]) -> Iterator[Problem]:
    """Rows that never answer. Those of a unique table that others overlap are told as overlaps."""
    told = {place for overlap in answers.overlaps for place in overlap.rows}
    for place in sorted(set(range(len(table.rows))) - rows_that_fire(answers) - told):
        row = table.rows[place]
        fitting = np.flatnonzero(space.fitting(row))
        takers: set[int] = set()
        for number, span in enumerate(spans):
            answered = answers.by_interval[number]
            if place in span.places and not isinstance(answered, tuple):
                takers.update(np.unique(answered[fitting]).tolist())
        above = [table.rows[taker] for taker in sorted(takers - {-1})]
        if above:
            verb = "takes" if len(above) == 1 else "take"
            why = f"{ids_said(above)} above it {verb} all it would take. Move it up, or take it out"
        else:
            why = "its conditions take no facts. Widen them, or take it out"
        message = f"{row.row_id} can never fire: {why}."
        yield Problem(table.rows_file, row.line, row.row_id, message, "error", "NEVER_FIRES")


def _sums(
    table: Table, space: Space, answers: Answers, spans: Sequence[Interval], wanted: Sum
) -> Iterator[Problem]:
    """Where the output, added up over the declared values of the input, is not what it must be."""
    for number, span in enumerate(spans):
        shares = _shares(table, space, answers, number, wanted)
        wrong = np.flatnonzero(shares.sum(axis=0) != wanted.to)
        if len(wrong):
            yield _wrong_sum(table, space, answers, wanted, (number, span), wrong)
            return


def _axis(space: Space, wanted: Sum) -> tuple[int, tuple[Value, ...], list[int]]:
    """Where the input stands that is added up over, its declared values and the code of each."""
    axis = next(place for place, cut in enumerate(space.cuts) if cut.name == wanted.over)
    values: tuple[Value, ...] = space.inputs[axis].values or (False, True)
    return axis, values, [space.cuts[axis].code_of(value) for value in values]


def _shares(table: Table, space: Space, answers: Answers, number: int, wanted: Sum) -> NDArray[np.int64]:
    """One line for each declared value: what it is given for each combination of the other inputs."""
    axis, _, codes = _axis(space, wanted)
    given = [int(str(row.then.get(wanted.output) or 0)) for row in table.rows]
    answered = answers.by_interval[number]
    if isinstance(answered, tuple):
        by_cell = np.array([sum(given[place] for place in places) for places in answered], np.int64)
    else:
        by_cell = np.array([*given, 0], np.int64)[answered]
    lines = np.moveaxis(by_cell.reshape(space.shape), axis, 0)[codes]
    return lines.reshape(len(codes), -1)


def _wrong_sum(
    table: Table,
    space: Space,
    answers: Answers,
    wanted: Sum,
    when: tuple[int, Interval],
    wrong: NDArray[np.int64],
) -> Problem:
    """The first combination whose figures do not add up, with each figure and the row that gives it."""
    number, span = when
    axis, values, codes = _axis(space, wanted)
    cells = np.moveaxis(np.arange(space.size).reshape(space.shape), axis, 0).reshape(space.shape[axis], -1)
    by_value = [int(cells[code, wrong[0]]) for code in codes]
    places = [answers.rows_of(number, cell) for cell in by_value]
    figures = _shares(table, space, answers, number, wanted)[:, wrong[0]].tolist()
    said = [
        f"{write_fact(value)} {figure} by {ids_said([table.rows[place] for place in fired]) or 'no row'}"
        for value, figure, fired in zip(values, figures, places, strict=True)
    ]
    left = f" and {len(said) - SHARES_TOLD:,} more" if len(said) > SHARES_TOLD else ""
    others = space.describe(by_value[0], without=wanted.over)
    spans = intervals(table)
    message = (
        f"{wanted.output} over {wanted.over} adds up to {sum(figures):,}, not {wanted.to:,}, for {others}"
        f"{_more(len(wrong))}{when_said(span, spans)}: {', '.join(said[:SHARES_TOLD])}{left}. "
        f"Change rows until they add up to {wanted.to:,}."
    )
    row = next((table.rows[place] for fired in places for place in fired), None)
    line, row_id = (row.line, row.row_id) if row else (1, "")
    return Problem(table.rows_file if row else table.file, line, row_id, message, "error", "SUM")
