"""A reservation from its making to its end: what each request does to it, in moves that are only ever added.

active becomes confirmed, expired, released or shipped; confirmed becomes released or shipped. Nobody writes
that a reservation has expired: it has, once the one clock stands at its instant.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from rules.proposals import Shift

State = Literal["active", "confirmed", "released", "shipped"]
Standing = State | Literal["expired"]
Act = Literal[
    "reserve", "promise", "extend", "confirm", "release", "cancel", "change", "ship", "move", "re-source"
]


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a reservation from one position of one site on one day; `open` of it is still kept."""

    number: int
    site_id: str
    position: str
    needed_on: date
    quantity: int
    open: int
    delivery: "Delivery | None" = None
    """None: it is taken at the site."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a part is delivered: `ship_on` is a day of its site, `promised` the day of receipt."""

    ship_on: date
    promised: date
    service: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """Units of one item kept for somebody. `expires_at` None: it does not end by itself.

    Where it says `ship_to`, `wanted` is a day of receipt there, by the `service` asked for if one was.
    """

    reservation_id: UUID
    channel: str
    sku: str
    wanted: date
    parts: tuple[Part, ...]
    made_at: datetime
    expires_at: datetime | None
    state: State
    holder: str = ""
    actor: str = ""
    order_id: str = ""
    line_id: str = ""
    ship_to: str | None = None
    service: str | None = None
    latest: date | None = None
    """As `wanted`: the last day that is of any use, where the asker named one as it was made."""

    @property
    def quantity(self) -> int:
        return sum(part.quantity for part in self.parts)

    @property
    def open(self) -> int:
        return sum(part.open for part in self.parts)

    def standing(self, now: datetime) -> Standing:
        """Its state at an instant."""
        return "expired" if has_expired(self, now) else self.state


@dataclass(frozen=True, slots=True)
class Move:
    """What one request did to one part: units added to what is active and to what is confirmed.

    `expires_at` is until when the reservation was kept afterwards.
    """

    reservation_id: UUID
    part: int
    act: Act
    active: int
    confirmed: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A reservation after a request, how many units that concerned, and the moves that made it so."""

    reservation: Reservation
    units: int
    moves: tuple[Move, ...]


class NotPossible(Exception):
    """The reservation does not allow it and stays as it is. `code` is stable for programs.

    The message has a place for each of `units`, which are smallest units of the item; without any it is
    told as it is, whatever names of items and sites it holds.
    """

    def __init__(self, code: str, message: str, next_step: str, **units: int) -> None:
        super().__init__(message)
        self.code, self.message, self.next_step = code, message, next_step
        self.units = units


def has_expired(reservation: Reservation, now: datetime) -> bool:
    """Whether it ran out: at its very instant it has."""
    ends = reservation.expires_at
    return reservation.state == "active" and ends is not None and ends <= now


def made(reservation: Reservation, act: Act) -> Changed:
    """The reservation as it begins: active where it ends by itself, else confirmed."""
    confirmed = reservation.expires_at is None
    return Changed(
        reservation,
        reservation.quantity,
        tuple(
            Move(
                reservation.reservation_id,
                part.number,
                act,
                0 if confirmed else part.quantity,
                part.quantity if confirmed else 0,
                reservation.expires_at,
            )
            for part in reservation.parts
        ),
    )


def confirm(reservation: Reservation, now: datetime, order_id: str = "", line_id: str = "") -> Changed:
    """It no longer ends by itself, and stands for the order line, where one is named. Raises NotPossible."""
    _check_active(reservation, now, "confirmed")
    after = replace(
        reservation,
        state="confirmed",
        expires_at=None,
        order_id=order_id or reservation.order_id,
        line_id=line_id or reservation.line_id,
    )
    moves = tuple(
        Move(reservation.reservation_id, part.number, "confirm", -part.open, part.open, None)
        for part in reservation.parts
        if part.open
    )
    return Changed(after, reservation.open, moves)


def extend(reservation: Reservation, now: datetime, until: datetime) -> Changed:
    """It ends at `until`, sooner or later than before. Raises NotPossible."""
    _check_active(reservation, now, "extended")
    after = replace(reservation, expires_at=until)
    moves = tuple(
        Move(reservation.reservation_id, part.number, "extend", 0, 0, until)
        for part in reservation.parts
        if part.open
    )
    return Changed(after, 0, moves)


def give_back(reservation: Reservation, now: datetime, quantity: int | None, act: Act = "release") -> Changed:
    """So much of it, or all, is free again, what is needed last first. Raises NotPossible."""
    return _lowered(reservation, now, quantity, act, reversed(by_day(reservation.parts)))


def ship(reservation: Reservation, now: datetime, quantity: int | None, site_id: str = "") -> Changed:
    """So much of it, or all, has left: what is kept at the site first, then what is needed first.

    Raises NotPossible.
    """
    there_first = sorted(by_day(reservation.parts), key=lambda part: part.site_id != site_id)
    return _lowered(reservation, now, quantity, "ship", there_first)


def move(reservation: Reservation, now: datetime, shifts: Iterable[Shift]) -> Changed:
    """So much of it is kept for other days of the same place; all else is as before. Raises NotPossible."""
    check_open(reservation, now)
    parts = {part.number: part for part in reservation.parts}
    units, moved = 0, dict.fromkeys(parts, 0)
    for shift in shifts:
        here = [
            part
            for part in parts.values()
            if (part.site_id, part.position, part.needed_on) == (shift.site_id, shift.position, shift.day)
        ]
        if sum(part.open for part in here) < shift.quantity:
            raise NotPossible(
                "MORE_THAN_RESERVED",
                f"Reservation {reservation.reservation_id} keeps less than that for {shift.day}.",
                "Look at its proposal again.",
            )
        for number, quantity in _taken(shift.quantity, by_day(here)):
            parts[number] = with_more(parts[number], -quantity)
            moved[number] -= quantity
        number = _part_for(parts, shift)
        known = parts.get(number) or Part(number, shift.site_id, shift.position, shift.to, 0, 0)
        parts[number] = with_more(known, shift.quantity)
        moved[number] = moved.get(number, 0) + shift.quantity
        units += shift.quantity
    return Changed(
        replace(reservation, parts=tuple(parts.values())), units, moves_by(reservation, "move", moved)
    )


def moves_by(reservation: Reservation, act: Act, units: Mapping[int, int]) -> tuple[Move, ...]:
    """The moves that add so many units to its parts, by number."""
    confirmed = reservation.state == "confirmed"
    ends = reservation.expires_at
    return tuple(
        Move(
            reservation.reservation_id,
            number,
            act,
            0 if confirmed else quantity,
            quantity if confirmed else 0,
            ends,
        )
        for number, quantity in units.items()
        if quantity
    )


def with_more(part: Part, quantity: int) -> Part:
    """The part with so much more in it, all of it still kept; below 0: less."""
    return replace(part, quantity=part.quantity + quantity, open=part.open + quantity)


def _part_for(parts: Mapping[int, Part], shift: Shift) -> int:
    """The number of the part the goods go to: the one of that place and day, else a new one."""
    place = (shift.site_id, shift.position, shift.to)
    same = (p.number for p in parts.values() if (p.site_id, p.position, p.needed_on) == place)
    return next(same, max(parts) + 1)


def by_day(parts: Iterable[Part]) -> list[Part]:
    """The parts as they are needed."""
    return sorted(parts, key=lambda part: (part.needed_on, part.number))


def _lowered(
    reservation: Reservation, now: datetime, quantity: int | None, act: Act, order: Iterable[Part]
) -> Changed:
    check_open(reservation, now)
    units = reservation.open if quantity is None else quantity
    if units > reservation.open:
        raise NotPossible(
            "MORE_THAN_RESERVED",
            f"Reservation {reservation.reservation_id} still keeps {{open}}; {{asked}} were asked.",
            "Name at most what it still keeps, or leave the quantity out for all of it.",
            open=reservation.open,
            asked=units,
        )
    taken = dict(_taken(units, order))
    parts = tuple(replace(part, open=part.open - taken.get(part.number, 0)) for part in reservation.parts)
    confirmed = reservation.state == "confirmed"
    moves = tuple(
        Move(
            reservation.reservation_id,
            number,
            act,
            0 if confirmed else -gone,
            -gone if confirmed else 0,
            reservation.expires_at,
        )
        for number, gone in taken.items()
    )
    after = replace(reservation, parts=parts)
    if after.open == 0:
        after = replace(after, state="shipped" if act == "ship" else "released")
    return Changed(after, units, moves)


def _taken(units: int, order: Iterable[Part]) -> Iterator[tuple[int, int]]:
    for part in order:
        gone = min(units, part.open)
        if gone:
            yield part.number, gone
            units -= gone


def shipped_parts(changed: Changed) -> Sequence[tuple[Part, int]]:
    """The parts a shipment took from, each with how much."""
    by_number = {part.number: part for part in changed.reservation.parts}
    return [(by_number[move.part], -(move.active + move.confirmed)) for move in changed.moves]


def check_open(reservation: Reservation, now: datetime) -> None:
    """Nothing, where it still keeps something at the instant. Raises NotPossible."""
    if has_expired(reservation, now):
        raise NotPossible(
            "RESERVATION_EXPIRED",
            f"Reservation {reservation.reservation_id} ended at {reservation.expires_at:%Y-%m-%d %H:%M:%S}"
            f" UTC; it is {now:%Y-%m-%d %H:%M:%S} UTC.",
            "Reserve anew; what it kept has been free for others since then.",
        )
    if reservation.open == 0:
        raise NotPossible(
            "RESERVATION_ENDED",
            f"Reservation {reservation.reservation_id} is {reservation.state} and keeps nothing any more.",
            "Reserve anew.",
        )


def _check_active(reservation: Reservation, now: datetime, done: str) -> None:
    check_open(reservation, now)
    if reservation.state == "confirmed":
        raise NotPossible(
            "ALREADY_CONFIRMED",
            f"Reservation {reservation.reservation_id} is confirmed, so it cannot be {done}.",
            "There is nothing to do: it no longer ends by itself.",
        )
