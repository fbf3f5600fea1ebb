"""What a transaction recorded that may put promises at risk, told by item and site."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from datasources.store.firm_orders import SOURCE
from datasources.store.ledger import Move
from datasources.store.mirror import Lines, Values
from rules.proposals import Cause, Change

Versions = tuple[Values | None, Values | None]
"""A line as it was and as it is."""
At = tuple[str, str]
"""An item and a site."""


@dataclass(slots=True)
class Written:
    """What a transaction writes: moves, and lines by kind."""

    moves: list[Move] = field(default_factory=list)
    lines: dict[str, Lines] = field(default_factory=dict)

    def changes(self) -> dict[At, list[Change]]:
        """Everything in it that can leave less for promises, by item and site."""
        found: dict[At, list[Change]] = {}
        came = {_at(move) for move in self.moves if move.quantity > 0}
        for at, change in (
            *_of_moves(self.moves),
            *_of_supply(self.lines.get("supply"), came),
            *_of_lines(self.lines.get("hold"), "hold", "hold_id"),
            *_of_lines(self.lines.get("demand"), "order", "line_id"),
        ):
            found.setdefault(at, []).append(change)
        return found


def _at(move: Move) -> At:
    return move.place.sku, move.place.site_id


def _of_moves(moves: Iterable[Move]) -> Iterator[tuple[At, Change]]:
    for move in moves:
        if move.quantity < 0:
            yield _at(move), Change("count", move.source, move.event_id)


def _of_supply(lines: Lines | None, came: set[At]) -> Iterator[tuple[At, Change]]:
    """What was lowered because the goods came is no loss."""
    for before, now in _taken_over(_changed(lines)):
        line, cause = now or before, _cause(before, now)
        assert line is not None, "a changed line was or is"
        at = (line["sku"], line["site_id"])
        if cause == "late" or (cause is not None and at not in came):
            yield at, Change(cause, line["source"], line["line_id"])


def _taken_over(changes: Iterable[Versions]) -> Iterator[Versions]:
    """The changes, an order of ours that its source now states as its own being one line."""
    known = list(changes)
    gone = (before for before, now in known if before is not None and now is None)
    ours = {line["line_id"]: line for line in gone if line["source"] == SOURCE}
    stated = {now["line_id"] for before, now in known if before is None and now is not None}
    over = [ours[line_id] for line_id in sorted(ours.keys() & stated)]
    for before, now in known:
        if before is None and now is not None:
            yield ours.get(now["line_id"]), now
        elif not any(before is each for each in over):
            yield before, now


def _cause(before: Values | None, now: Values | None) -> Cause | None:
    if before is None:
        return None
    if now is None or (now["sku"], now["site_id"]) != (before["sku"], before["site_id"]):
        return "gone"
    if now["due"] > before["due"]:
        return "late"
    less = now["quantity"] < before["quantity"]
    return "short" if less or now["firmness"] != before["firmness"] else None


def _of_lines(lines: Lines | None, cause: Cause, name: str) -> Iterator[tuple[At, Change]]:
    for _, now in _changed(lines):
        if now is not None:
            yield (now["sku"], now["site_id"]), Change(cause, now["source"], now[name])


def _changed(lines: Lines | None) -> Iterator[Versions]:
    """Each changed line as it was and as it is."""
    if lines is not None:
        for key in lines.changed():
            yield lines.stored_open(key), lines.open.get(key)
