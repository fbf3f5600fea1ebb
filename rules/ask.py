"""From an ask as it was sent to one that can be decided, and from outcomes to the record that is logged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from rules.model import (
    AskLine,
    LineAnswer,
    LineOutcome,
    LineProblem,
    MethodAnswer,
    ScheduleLine,
    Setup,
)
from rules.position import ItemPosition
from rules.promise import Asker, bad_quantity, decide, unknown_sku
from rules.quantity import BadQuantity, to_smallest


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One line as asked: the quantity in the item's base unit."""

    sku: str
    quantity: Decimal
    wanted: date
    site_id: str | None = None


def answer(
    requests: Sequence[RequestLine],
    positions: Mapping[str, ItemPosition],
    setup: Setup,
    asker: Asker,
    methods: Sequence[str] = (),
) -> tuple[LineOutcome, ...]:
    """One outcome a request line, in order; a line that cannot be decided never stops the others.

    Each answer also says what each of `methods` gives for the wanted day.
    """
    read = [_read(number, line, positions, setup) for number, line in enumerate(requests)]
    decided = decide([line for line in read if isinstance(line, AskLine)], positions, methods, asker)
    outcomes = {outcome.number: outcome for outcome in decided}
    return tuple(line if isinstance(line, LineProblem) else outcomes[line.number] for line in read)


def asking(channel: str, setup: Setup, now: datetime) -> Asker:
    """The channel as it asks at an instant: how the rules let sites serve it. Each is asked for once."""
    choices = setup.choices
    return Asker(channel, cache(lambda site, item_class: choices.sourcing(channel, site, item_class, now)))


def _read(
    number: int, line: RequestLine, positions: Mapping[str, ItemPosition], setup: Setup
) -> AskLine | LineProblem:
    position = positions.get(line.sku)
    if position is None:
        return unknown_sku(number, line.sku)
    if line.site_id is not None and line.site_id not in setup.sites:
        known = ", ".join(sorted(setup.sites))
        return LineProblem(
            number, "UNKNOWN_SITE", f"No site is called {line.site_id}.", f"Use one of: {known}."
        )
    try:
        quantity = to_smallest(line.quantity, position.profile.precision)
    except BadQuantity as refused:
        return LineProblem(number, "BAD_QUANTITY", str(refused), "Round the quantity, then ask again.")
    if quantity <= 0:
        return bad_quantity(number, line.quantity)
    return AskLine(number, line.sku, quantity, line.wanted, line.site_id)


ARITHMETIC = 3
"""The version of the arithmetic asks are decided by. The first did not know that lots expire.

Until the third, settings took the place of a rule book: what was decided by them cannot be decided again.
"""


def logged_ask(requests: Sequence[RequestLine], methods: Sequence[str] = ()) -> dict[str, object]:
    """The ask as it is logged, with the arithmetic it was decided by: enough to ask again."""
    return {"arithmetic": ARITHMETIC, "lines": ask_record(requests), "methods": list(methods)}


def ask_record(requests: Sequence[RequestLine]) -> list[list[object]]:
    """The lines of an ask as they are logged."""
    return [[line.sku, str(line.quantity), line.wanted.isoformat(), line.site_id] for line in requests]


def read_ask(record: Any) -> list[RequestLine]:
    """The lines of the ask that `logged_ask` wrote, now or when only the lines were logged."""
    lines = record["lines"] if isinstance(record, dict) else record
    return [
        RequestLine(sku, Decimal(quantity), date.fromisoformat(wanted), site_id)
        for sku, quantity, wanted, site_id in lines
    ]


def read_methods(record: Any) -> tuple[str, ...]:
    """The methods that `logged_ask` wrote."""
    return tuple(record["methods"]) if isinstance(record, dict) else ()


def outcome_record(outcomes: Sequence[LineOutcome]) -> list[list[object]]:
    """The outcomes as they are logged and hashed: the same outcomes always give the same record."""
    return [_outcome(outcome) for outcome in outcomes]


def _outcome(outcome: LineOutcome) -> list[object]:
    if isinstance(outcome, LineProblem):
        return [outcome.number, outcome.code, outcome.message, outcome.next_step]
    return [
        outcome.number,
        outcome.method,
        outcome.atp_wanted,
        outcome.earliest and outcome.earliest.isoformat(),
        [_part(part) for part in outcome.schedule],
        outcome.open,
        *([[[said.method, said.quantity] for said in outcome.methods]] if outcome.methods else []),
    ]


def _part(part: ScheduleLine) -> list[object]:
    """A part on its day, with its label and position where they are not the usual ones."""
    usual = part.label == "supply" and part.position == "own"
    return [
        part.day.isoformat(),
        part.site_id,
        part.quantity,
        *([] if usual else [part.label, part.position]),
    ]


def read_outcomes(record: Sequence[Any]) -> tuple[LineOutcome, ...]:
    """The outcomes that `outcome_record` wrote."""
    return tuple(_problem(row) if len(row) == PROBLEM_CELLS else _logged_answer(row) for row in record)


PROBLEM_CELLS = 4
"""A problem's record has four cells, an answer's six, or seven where methods were asked for."""


def _problem(row: Sequence[Any]) -> LineProblem:
    return LineProblem(*row)


def _logged_answer(row: Sequence[Any]) -> LineAnswer:
    number, method, atp_wanted, earliest, schedule, rest, *said = row
    parts = tuple(ScheduleLine(date.fromisoformat(day), *of_part) for day, *of_part in schedule)
    methods = tuple(MethodAnswer(name, quantity) for name, quantity in (said[0] if said else ()))
    first = earliest and date.fromisoformat(earliest)
    return LineAnswer(number, atp_wanted, first, parts, rest, method, methods)
