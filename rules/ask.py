"""From an ask as it was sent to one that can be decided, and from outcomes to the record that is logged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from rules.model import AskLine, LineAnswer, LineOutcome, LineProblem, ScheduleLine, Setup
from rules.position import ItemPosition
from rules.promise import bad_quantity, decide, unknown_sku
from rules.quantity import BadQuantity, to_smallest


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One line as asked: the quantity in the item's base unit."""

    sku: str
    quantity: Decimal
    wanted: date
    site_id: str | None = None


def answer(
    requests: Sequence[RequestLine], positions: Mapping[str, ItemPosition], setup: Setup
) -> tuple[LineOutcome, ...]:
    """One outcome a request line, in order; a line that cannot be decided never stops the others."""
    read = [_read(number, line, positions, setup) for number, line in enumerate(requests)]
    decided = decide([line for line in read if isinstance(line, AskLine)], positions)
    outcomes = {outcome.number: outcome for outcome in decided}
    return tuple(line if isinstance(line, LineProblem) else outcomes[line.number] for line in read)


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


def ask_record(requests: Sequence[RequestLine]) -> list[list[object]]:
    """The ask as it is logged: enough to ask again."""
    return [[line.sku, str(line.quantity), line.wanted.isoformat(), line.site_id] for line in requests]


def read_ask(record: Sequence[Sequence[str | None]]) -> list[RequestLine]:
    """The ask that `ask_record` wrote."""
    return [
        RequestLine(str(sku), Decimal(str(quantity)), date.fromisoformat(str(wanted)), site_id)
        for sku, quantity, wanted, site_id in record
    ]


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
        [[part.day.isoformat(), part.site_id, part.quantity] for part in outcome.schedule],
        outcome.open,
    ]


def read_outcomes(record: Sequence[Any]) -> tuple[LineOutcome, ...]:
    """The outcomes that `outcome_record` wrote."""
    return tuple(_problem(row) if len(row) == PROBLEM_CELLS else _logged_answer(row) for row in record)


PROBLEM_CELLS = 4
"""A problem's record has four cells, an answer's six."""


def _problem(row: Sequence[Any]) -> LineProblem:
    return LineProblem(*row)


def _logged_answer(row: Sequence[Any]) -> LineAnswer:
    number, method, atp_wanted, earliest, schedule, rest = row
    parts = tuple(ScheduleLine(date.fromisoformat(day), site, quantity) for day, site, quantity in schedule)
    return LineAnswer(number, atp_wanted, earliest and date.fromisoformat(earliest), parts, rest, method)
