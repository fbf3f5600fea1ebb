"""What may be done in a step: an operation makes new facts of the old, or is refused and changes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final, Literal

from gateway.cases.days import clock
from gateway.cases.facts import (
    DEMAND_KEYS,
    SUPPLY_KEYS,
    Facts,
    HoldRow,
    Line,
    Reader,
    Stock,
    local,
    required,
)
from gateway.cases.reading import Unclear, only, units, when

Code = Literal[
    "replay_differs", "unknown", "ended", "bad_quantity", "past_negative", "short", "short_on_hand"
]


class Refused(Exception):
    """An operation that cannot be done. Its code is one of the format's.

    `remembered` is a state in which it is known that it was refused, where that matters later.
    """

    def __init__(self, code: Code, remembered: object = None) -> None:
        self.code, self.remembered = code, remembered
        super().__init__(code)


def perform(facts: Facts, operation: Mapping[str, Any]) -> Facts:
    """The facts after the operation; an operation nobody knows is Unclear."""
    name = str(required(operation, "op"))
    known = OPERATIONS.get(name)
    if known is None:
        raise Unclear(f"{name!r} is no operation of this kind: {', '.join(OPERATIONS)}")
    act, keys = known
    only({"op", *keys}, operation, f"operation {name}")
    return act(facts, operation)


def _add_supply(facts: Facts, row: Mapping[str, Any]) -> Facts:
    return replace(facts, supply=(*facts.supply, _line(facts, row, SUPPLY_KEYS)))


def _add_demand(facts: Facts, row: Mapping[str, Any]) -> Facts:
    return replace(facts, demand=(*facts.demand, _line(facts, row, DEMAND_KEYS)))


def _line(facts: Facts, row: Mapping[str, Any], keys: set[str]) -> Line:
    of_line = {key: value for key, value in row.items() if key != "op"}
    return Reader(facts.scale, facts.place).line(of_line, keys)


def _ship(facts: Facts, row: Mapping[str, Any]) -> Facts:
    line = _live(_find(facts.demand, required(row, "demand")))
    quantity = _moved(facts, row)
    rest = replace(line, quantity=max(0, line.quantity - quantity))
    on_hand = _taken(facts, line, quantity)
    return replace(facts, on_hand=on_hand, demand=_swapped(facts.demand, line, rest))


def _receive(facts: Facts, row: Mapping[str, Any]) -> Facts:
    line = _live(_find(facts.supply, required(row, "supply")))
    quantity = _moved(facts, row)
    rest = replace(line, quantity=max(0, line.quantity - quantity))
    stock = Stock(line.place, quantity, usable_until=line.usable_until)
    return replace(facts, on_hand=(*facts.on_hand, stock), supply=_swapped(facts.supply, line, rest))


def _set_status(facts: Facts, row: Mapping[str, Any]) -> Facts:
    status = required(row, "status")
    if status not in {"open", "draft"}:
        raise Unclear(f"{status!r} is no status of a line: open or draft")
    return _with_line(facts, required(row, "line"), lambda line: replace(line, status=str(status)))


def _move(facts: Facts, row: Mapping[str, Any]) -> Facts:
    due = when(required(row, "due"))
    return _with_line(facts, required(row, "line"), lambda line: replace(line, due=due))


def _unhold(facts: Facts, row: Mapping[str, Any]) -> Facts:
    hold_id = str(required(row, "hold"))
    hold = next((hold for hold in facts.holds if hold.hold_id == hold_id), None)
    if hold is None:
        raise Refused("unknown")
    rest = _lifted(hold, units(row["qty"], facts.scale)) if row.get("qty") is not None else None
    kept = [rest if other is hold else other for other in facts.holds]
    return replace(facts, holds=tuple(other for other in kept if other is not None))


def _lifted(hold: HoldRow, quantity: int) -> HoldRow | None:
    if hold.quantity is None or not 0 < quantity <= hold.quantity:
        raise Refused("bad_quantity")
    return replace(hold, quantity=hold.quantity - quantity) if quantity < hold.quantity else None


def _set_today(facts: Facts, row: Mapping[str, Any]) -> Facts:
    return replace(facts, today=local(when(required(row, "today")), facts.zone))


def _moved(facts: Facts, row: Mapping[str, Any]) -> int:
    quantity = units(required(row, "qty"), facts.scale)
    if quantity <= 0:
        raise Refused("bad_quantity")
    return quantity


def _find(lines: tuple[Line, ...], line_id: object) -> Line:
    line = next((line for line in lines if line.line_id == str(line_id)), None)
    if line is None:
        raise Refused("unknown")
    return line


def _live(line: Line) -> Line:
    if line.quantity == 0:
        raise Refused("ended")
    return line


def _swapped(lines: tuple[Line, ...], old: Line, new: Line) -> tuple[Line, ...]:
    return tuple(new if line is old else line for line in lines)


def _with_line(facts: Facts, line_id: object, change: Callable[[Line], Line]) -> Facts:
    """A supply or demand line changed; a demand goes before a supply of the same id."""
    if any(line.line_id == str(line_id) for line in facts.demand):
        line = _find(facts.demand, line_id)
        return replace(facts, demand=_swapped(facts.demand, line, change(line)))
    line = _find(facts.supply, line_id)
    return replace(facts, supply=_swapped(facts.supply, line, change(line)))


def _taken(facts: Facts, line: Line, quantity: int) -> tuple[Stock, ...]:
    """On hand after a shipment of the line's own lot, or else of free lots, earliest expiry first.

    What is not there goes below 0.
    """
    left = list(facts.on_hand)
    blocked = _blocked_lots(facts, line)
    serving = [row for row in facts.on_hand if _serves(row, line)]
    for row in sorted(serving, key=lambda row: (row.lot in blocked, *_expiry(row, facts.today))):
        part = min(quantity, max(0, row.quantity))
        left[_index(left, row)] = replace(row, quantity=row.quantity - part)
        quantity -= part
    return (*left, Stock(line.place, -quantity, lot=line.lot)) if quantity else tuple(left)


def _blocked_lots(facts: Facts, line: Line) -> set[str]:
    """The lots that a hold blocks today. Where no today is given no hold has a day either."""
    if facts.today is None:
        return set()
    of_case = clock(facts.today, facts.zone, facts.bucket)
    return {
        lot
        for hold in facts.holds
        if hold.place == line.place
        and (hold.starts is None or of_case.from_start(hold.starts) <= 0)
        and (hold.until is None or of_case.from_start(hold.until) > 0)
        for lot in hold.lots
    }


def _serves(row: Stock, line: Line) -> bool:
    return row.place == line.place and line.lot in {"", row.lot}


def _expiry(row: Stock, today: int | date | None) -> tuple[int, int]:
    """Lots still good first, by their last day; then those without one; then those past theirs."""
    last = row.usable_until
    if last is None:
        return 1, 0
    ordinal = last.toordinal() if isinstance(last, date) else last
    now = today.toordinal() if isinstance(today, date) else today
    return (2, ordinal) if now is not None and ordinal < now else (0, ordinal)


def _index(rows: list[Stock], row: Stock) -> int:
    return next(number for number, other in enumerate(rows) if other is row)


OPERATIONS: Final[dict[str, tuple[Callable[[Facts, Mapping[str, Any]], Facts], set[str]]]] = {
    "add_supply": (_add_supply, SUPPLY_KEYS),
    "add_demand": (_add_demand, DEMAND_KEYS),
    "ship": (_ship, {"demand", "qty"}),
    "receive": (_receive, {"supply", "qty"}),
    "set_status": (_set_status, {"line", "status"}),
    "move": (_move, {"line", "due"}),
    "unhold": (_unhold, {"hold", "qty"}),
    "set_today": (_set_today, {"today"}),
}
