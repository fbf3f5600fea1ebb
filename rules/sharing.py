"""What is owed at a site, shared out over its positions so that all of it is served wherever that can be.

A line is laid on the positions it may be served from, in turn. Where they have no more, lines laid before it
move on to positions that only they may use. So what stands free in a position is not owed by another one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from rules.model import Commitment


@dataclass(slots=True)
class Laid:
    """So much of a line, in the cell it counts in; `may` are the positions it can be served from."""

    line: Commitment
    may: tuple[int, ...]
    cell: int
    quantity: int


@dataclass(slots=True)
class Room:
    """What a position has day by day while lines are laid on it: `net` without the safety stock `kept`."""

    net: list[int]
    kept: Sequence[int]
    laid: list[Laid] = field(default_factory=list)

    def left(self, cell: int) -> int:
        """The most that can be laid on it in the cell and leaves later days whole; below 0, what is short."""
        return min(self.net[cell:])

    def left_with_kept(self, cell: int) -> int:
        """The same where the safety stock may be used: what is owed already may."""
        return min(map(sum, zip(self.net[cell:], self.kept[cell:], strict=True)))

    def lay(self, piece: Laid, quantity: int) -> None:
        """So much of the piece is owed here from now on."""
        if quantity > 0:
            self.laid.append(replace(piece, quantity=quantity))
            self._owes(quantity, piece.cell)

    def lift(self, piece: Laid, quantity: int) -> None:
        """So much of the piece that was laid here is no longer owed here."""
        piece.quantity -= quantity
        self._owes(-quantity, piece.cell)

    def _owes(self, quantity: int, cell: int) -> None:
        for later in range(cell, len(self.net)):
            self.net[later] -= quantity


def shared(
    lines: Iterable[tuple[Commitment, Sequence[int]]], rooms: Sequence[Room], today: date
) -> list[list[Commitment]]:
    """What each position owes of the lines, each of which comes with the positions it may be served from.

    Each line is served on its day, if need be from the safety stock; else as soon as it can be; and what can
    be served on no day is owed by its first position.
    """
    last = len(rooms[0].net) - 1
    for line, may in lines:
        piece = Laid(line, tuple(may), min(max(0, (line.day - today).days), last), line.quantity)
        rest = _in_turn(piece, line.quantity, rooms, piece.cell)
        rest = _making_room(piece, rest, rooms, late=False)
        rest = _from_kept(piece, rest, rooms)
        rest = _later(piece, rest, rooms)
        rest = _making_room(piece, rest, rooms, late=True)
        rooms[may[0]].lay(piece, rest)
    return [list(_owed(room)) for room in rooms]


def _owed(room: Room) -> Iterator[Commitment]:
    """One commitment for each line that is owed here, in however many pieces it was laid."""
    sums: dict[int, int] = {}
    for piece in room.laid:
        sums[id(piece.line)] = sums.get(id(piece.line), 0) + piece.quantity
    for piece in room.laid:
        quantity = sums.pop(id(piece.line), 0)
        if quantity:
            yield replace(piece.line, quantity=quantity)


def _in_turn(piece: Laid, rest: int, rooms: Sequence[Room], cell: int) -> int:
    """What the positions the piece may use cannot serve by the cell, each as far as it goes."""
    for place in piece.may:
        if rest:
            quantity = max(0, min(rest, rooms[place].left(cell)))
            rooms[place].lay(piece, quantity)
            rest -= quantity
    return rest


def _from_kept(piece: Laid, rest: int, rooms: Sequence[Room]) -> int:
    for place in piece.may:
        if rest:
            quantity = max(0, min(rest, rooms[place].left_with_kept(piece.cell)))
            rooms[place].lay(piece, quantity)
            rest -= quantity
    return rest


def _later(piece: Laid, rest: int, rooms: Sequence[Room]) -> int:
    """What is still open once each later day has served what it can."""
    for cell in range(piece.cell + 1, len(rooms[0].net)):
        if not rest or all(rooms[place].left(len(rooms[place].net) - 1) <= 0 for place in piece.may):
            break
        rest = _in_turn(piece, rest, rooms, cell)
    return rest


def _making_room(piece: Laid, rest: int, rooms: Sequence[Room], *, late: bool) -> int:
    """What is still open once lines laid before have moved on, to where the piece cannot be served from.

    Served at all comes before served in time: if `late`, lines move on to goods that come after their day.
    """
    last = len(rooms[0].net) - 1
    if not rest or all(room.left(last) <= 0 for room in rooms):
        return rest
    cell = last if late else piece.cell
    for place in piece.may:
        if rest:
            _make_room(place, cell, rest, rooms, {place}, late=late)
            quantity = max(0, min(rest, rooms[place].left(cell)))
            rooms[place].lay(piece, quantity)
            rest -= quantity
    return rest


def _make_room(
    place: int, cell: int, needed: int, rooms: Sequence[Room], passed: set[int], *, late: bool
) -> None:
    """So much is left at the place in the cell, or as much as moving lines on can leave there."""
    room = rooms[place]
    for piece in list(room.laid):
        for to in piece.may:
            missing = needed - room.left(cell)
            if missing <= 0:
                return
            if to in passed or not piece.quantity:
                continue
            wanted = min(missing, piece.quantity)
            by = cell if late else piece.cell
            if rooms[to].left(by) < wanted:
                _make_room(to, by, wanted, rooms, passed | {to}, late=late)
            _move(piece, min(wanted, rooms[to].left(by)), room, rooms[to], cell)


def _move(piece: Laid, quantity: int, room: Room, to: Room, cell: int) -> None:
    """So much of the piece is owed there instead, if that leaves more here in the cell."""
    if quantity <= 0:
        return
    before = room.left(cell)
    room.lift(piece, quantity)
    if room.left(cell) > before:
        to.lay(piece, quantity)
    else:
        room.lift(piece, -quantity)
