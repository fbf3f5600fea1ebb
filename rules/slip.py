"""What becomes of promises when supply slips, shrinks or vanishes: who keeps, who moves, who waits.

All that is owed of an item at a site is served again from what there now is, without anything withheld: a
promise made outranks safety stock, floors, quotas and protections. Cell t is the day `today` + t.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter

from rules.atp import suffix_min
from rules.calendar import ONE_DAY, roll
from rules.company import Calendar
from rules.packs import Terms, part_of
from rules.peg import ON_HAND
from rules.slots import Departures

GRACE_DAYS = 2
"""So many days an overdue receipt is still expected, if nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A quantity still expected on the day it counts from, as it now stands."""

    supply_id: str
    day: date
    quantity: int


@dataclass(frozen=True, slots=True)
class Supply:
    """What there is at the site: usable goods by day, and what is expected from today on."""

    today: date
    usable: tuple[int, ...]
    expected: tuple[Expected, ...] = ()

    def __post_init__(self) -> None:
        assert self.usable, "a horizon has at least today"


@dataclass(frozen=True, slots=True)
class Dated:
    """So much on a day."""

    day: date
    quantity: int


@dataclass(frozen=True, slots=True)
class Moved:
    """So much on another day, so many days after the one it was promised for."""

    day: date
    quantity: int
    days_late: int


@dataclass(frozen=True, slots=True)
class Promised:
    """A line's promise as it stands, with what its re-promise has to keep to.

    What is picked is owed no more, so it is not here. `pegged_to`: the supply it is hard pegged to, `on_hand`
    for goods that are there, "" for none. `latest`: the last `needed_on` that is of any use.
    """

    line_id: str
    parts: tuple[Dated, ...]
    rank: int
    accepted_at: datetime
    pegged_to: str = ""
    partial: bool = True
    least_shipment: int = 0
    latest: date | None = None
    departures: Departures | None = None
    """Where its site ships so many orders a day: on which days it may leave. On its own days it may."""

    def __post_init__(self) -> None:
        assert self.parts, f"{self.line_id} is promised nothing"

    @property
    def quantity(self) -> int:
        return sum(part.quantity for part in self.parts)

    @property
    def needed_on(self) -> date:
        return min(part.day for part in self.parts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a line is served now: what it keeps on its days, where the rest goes, and what has no day.

    `knocked_on`: it could have kept more, but for better lines that had to move.
    """

    line_id: str
    keeps: tuple[Dated, ...]
    moves: tuple[Moved, ...]
    undated: int
    knocked_on: bool = False

    @property
    def at_risk(self) -> bool:
        return bool(self.moves) or self.undated > 0

    @property
    def days_late(self) -> int:
        """How late the part is that comes latest after the day it was promised for."""
        return max((part.days_late for part in self.moves), default=0)


def expected_day(due: date, today: date, receiving: Calendar, grace_days: int = GRACE_DAYS) -> date | None:
    """The day a receipt is expected on: its own, or once overdue the next receiving day after today.

    None when it is overdue by more than the grace: it is gone.
    """
    if due >= today:
        return due
    return roll(receiving, today + ONE_DAY) if (today - due).days <= grace_days else None


def keep_order(lines: Iterable[Promised], today: date) -> list[Promised]:
    """The lines as they are served: frozen by their day, hard pegged, then rank, day, acceptance, id."""

    def turn(line: Promised) -> tuple[int, int, date, datetime, str]:
        frozen = line.needed_on <= today
        first = 0 if frozen else 1 if line.pegged_to else 2
        return first, line.rank, line.needed_on, line.accepted_at, line.line_id

    return sorted(lines, key=turn)


class _Room:
    """What is left of goods by day while lines are served from them; cell 0 is today."""

    def __init__(self, today: date, coming: Sequence[int]) -> None:
        self.today = today
        self.margin = list(coming)
        self.without_moves = list(coming)
        """What there would be if lines only kept their days, and none moved."""

    def cell(self, day: date) -> int:
        """Overdue is due today; what lies behind the horizon is due on its last day."""
        return min(max(0, (day - self.today).days), len(self.margin) - 1)

    def keep(self, day: date, quantity: int) -> None:
        _take(self.margin, self.cell(day), quantity)
        _take(self.without_moves, self.cell(day), quantity)

    def move(self, cell: int, quantity: int) -> None:
        _take(self.margin, cell, quantity)


def _take(margin: list[int], cell: int, quantity: int) -> None:
    if quantity == 0:
        return
    for later in range(cell, len(margin)):
        margin[later] -= quantity


def serve_again(lines: Iterable[Promised], supply: Supply) -> tuple[Outcome, ...]:
    """One outcome a line, in the order in which they are served.

    What is hard pegged comes out of its own supply only and goes with it; what that no longer covers has no
    day. All others share the rest.
    """
    ordered = keep_order(lines, supply.today)
    pools, shared = _rooms(ordered, supply)
    return tuple(_served(line, pools.get(line.pegged_to, shared)) for line in ordered)


def _rooms(ordered: Sequence[Promised], supply: Supply) -> tuple[Mapping[str, _Room], _Room]:
    """What each hard pegged supply holds for its own lines, and what everybody else shares."""
    pegged: dict[str, int] = {}
    for line in ordered:
        if line.pegged_to not in {"", ON_HAND}:
            pegged[line.pegged_to] = pegged.get(line.pegged_to, 0) + line.quantity
    coming = {supply_id: [0] * len(supply.usable) for supply_id in pegged}
    shared = list(supply.usable)
    for receipt in supply.expected:
        cell = max(0, (receipt.day - supply.today).days)
        kept = min(pegged.get(receipt.supply_id, 0), receipt.quantity)
        if kept:
            _take(coming[receipt.supply_id], cell, -kept)
            pegged[receipt.supply_id] -= kept
        _take(shared, cell, kept - receipt.quantity)
    pools = {supply_id: _Room(supply.today, row) for supply_id, row in coming.items()}
    return pools, _Room(supply.today, shared)


def _served(line: Promised, room: _Room) -> Outcome:
    """The line keeps what it can on its days, then what it lost goes to the first days that give it."""
    parts = tuple(sorted(line.parts, key=attrgetter("day", "quantity")))
    could = _kept(line, parts, room, room.without_moves)
    kept = _kept(line, parts, room, room.margin)
    for part, quantity in zip(parts, kept, strict=True):
        room.keep(part.day, quantity)
    lost = [Dated(part.day, part.quantity - quantity) for part, quantity in zip(parts, kept, strict=True)]
    if not line.partial and not any(kept):
        lost = [Dated(line.needed_on, line.quantity)]
    moves = [move for part in lost for move in _moves(line, part, room)]
    keeps = (Dated(part.day, quantity) for part, quantity in zip(parts, kept, strict=True) if quantity)
    undated = line.quantity - sum(kept) - sum(move.quantity for move in moves)
    return Outcome(line.line_id, tuple(keeps), tuple(moves), undated, knocked_on=sum(could) > sum(kept))


def _kept(line: Promised, parts: Sequence[Dated], room: _Room, margin: list[int]) -> list[int]:
    """How much of each part stays on its day; a line that takes no parts keeps all or nothing."""
    left = list(margin) if len(parts) > 1 else margin
    kept = []
    for part in parts:
        cell = room.cell(part.day)
        free = min(left[cell:])
        quantity = part.quantity if free >= part.quantity else part_of(part.quantity, free, _terms(line), -1)
        kept.append(quantity)
        if left is not margin:
            _take(left, cell, quantity)
    whole = sum(kept) == line.quantity
    return kept if whole or line.partial else [0] * len(kept)


def _terms(line: Promised) -> Terms:
    return Terms(least_shipment=line.least_shipment, partial=line.partial)


def _moves(line: Promised, lost: Dated, room: _Room) -> Iterator[Moved]:
    """What was lost of one day, on the first days after it that give it, up to the line's latest."""
    rest = lost.quantity
    last = len(room.margin) - 1 if line.latest is None else min(room.cell(line.latest), len(room.margin) - 1)
    if rest == 0:
        return
    free = suffix_min(room.margin)
    first = bisect_right(free, 0)  # what is free never falls, so nothing is before its first cell above 0
    for cell in range(max(first, room.cell(lost.day) + 1), last + 1):
        if rest == 0:
            return
        quantity = part_of(rest, free[cell], _terms(line), line.quantity)
        day = room.today + timedelta(days=cell)
        if quantity and _leaves(line, day):
            room.move(cell, quantity)
            free = suffix_min(room.margin)
            rest -= quantity
            yield Moved(day, quantity, (day - lost.day).days)


def _leaves(line: Promised, day: date) -> bool:
    """Whether the line may leave on the day; then its order does."""
    if line.departures is None:
        return True
    if not line.departures.lets(day):
        return False
    line.departures.take(day)
    return True
