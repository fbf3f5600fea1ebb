"""A reservation sourced again: given back where it is, and taken anew from sites that can give it as well."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import accumulate

from rules.asked import ScheduleLine
from rules.model import Commitment, Profile, SiteStock
from rules.pegs import Peg
from rules.reservation import (
    Changed,
    Delivery,
    NotPossible,
    Part,
    Reservation,
    check_open,
    moves_by,
    with_more,
)
from rules.reserved import RESERVATIONS, SOURCE, line_key
from rules.slip import Dated

Place = tuple[str, str, date, Delivery | None]
"""A position of a site, the day goods are needed there, and their way."""


def without(profile: Profile, reservation: Reservation) -> Profile:
    """The item, which owes each reservation by itself, as if nothing of this one were owed."""
    key = str(reservation.reservation_id)
    sites = (
        replace(stock, commitments=tuple(line for line in stock.commitments if line_key(line) != key))
        for stock in profile.sites
    )
    return replace(profile, sites=tuple(sites))


def owing(profile: Profile, reservation: Reservation) -> Profile:
    """The item with what the reservation keeps among what is owed, part by part."""
    stocks = {stock.site_id: stock for stock in profile.sites}
    for part in reservation.parts:
        if part.open:
            line = Commitment(
                SOURCE,
                str(reservation.reservation_id),
                RESERVATIONS,
                reservation.channel,
                part.needed_on,
                part.open,
                position=part.position,
            )
            stock = stocks.get(part.site_id) or SiteStock(part.site_id)
            stocks[part.site_id] = replace(stock, commitments=(*stock.commitments, line))
    return replace(profile, sites=tuple(stock for _, stock in sorted(stocks.items())))


def is_waited_for(profile: Profile, pegs: Iterable[Peg], reservation: Reservation) -> bool:
    """Whether anything that is bought, made or brought for the reservation is still expected."""
    expected = {receipt.line_id for stock in profile.sites for receipt in stock.receipts}
    key = str(reservation.reservation_id)
    return any(peg.line_key == key and peg.order_id in expected for peg in pegs)


@dataclass(frozen=True, slots=True)
class Behind:
    """By the day less can be had than is to be had by then."""

    day: date
    due: int
    had: int


def due(reservation: Reservation, today: date, latest: date | None = None) -> list[Dated]:
    """What is to be had by when, as good as it is promised: on its day of receipt, the wanted one, or today.

    All of it by `latest`, where one is named, or by the last day of use that the asker named, if sooner.
    """
    first = max(reservation.wanted, today)
    if latest is not None:
        last = latest if reservation.latest is None else min(latest, reservation.latest)
        return [Dated(max(last, first), reservation.open)]
    return [Dated(max(received(part), first), part.open) for part in reservation.parts if part.open]


def received(part: Part) -> date:
    """The day the part is received, or taken at its site."""
    return part.needed_on if part.delivery is None else part.delivery.promised


def behind(wanted: Sequence[Dated], schedule: Sequence[ScheduleLine]) -> Behind | None:
    """The first day by which the schedule gives less than is to be had; None where it is as good."""
    days = sorted({each.day for each in wanted})
    due_by = accumulate(sum(each.quantity for each in wanted if each.day == day) for day in days)
    for day, needed in zip(days, due_by, strict=True):
        had = sum(part.quantity for part in schedule if part.day <= day)
        if had < needed:
            return Behind(day, needed, had)
    return None


def sourced_again(reservation: Reservation, now: datetime, schedule: Iterable[ScheduleLine]) -> Changed:
    """What it keeps comes from these parts from now on; its id, order line and turn are as before.

    The parts are all it keeps. Its units are those that come from elsewhere, or on another day. Raises
    NotPossible, also where that changes nothing.
    """
    check_open(reservation, now)
    left: dict[Place, int] = {}
    for line in schedule:
        left[_place(line)] = left.get(_place(line), 0) + line.quantity
    assert sum(left.values()) == reservation.open, "it keeps as much as before"
    parts = {part.number: part for part in reservation.parts}
    moved: dict[int, int] = {}
    for part in reservation.parts:
        stays = min(part.open, left.get(_place_of(part), 0))
        moved[part.number] = stays - part.open
        if stays:
            left[_place_of(part)] -= stays
    for place, quantity in left.items():
        same = (part.number for part in parts.values() if _place_of(part) == place)
        number = next(same, max(parts) + 1) if quantity else 0
        if quantity:
            parts.setdefault(number, Part(number, *place[:3], 0, 0, place[3]))
            moved[number] = moved.get(number, 0) + quantity
    if not any(moved.values()):
        raise NotPossible(
            "ALREADY_THERE",
            f"Reservation {reservation.reservation_id} would be taken from where it is, on the same days.",
            "There is nothing to do; to take it elsewhere, name the site, or sites to avoid.",
        )
    after = tuple(with_more(part, moved.get(part.number, 0)) for part in parts.values())
    units = sum(quantity for quantity in moved.values() if quantity > 0)
    return Changed(replace(reservation, parts=after), units, moves_by(reservation, "re-source", moved))


def _place(line: ScheduleLine) -> Place:
    way = None if line.ship_on is None else Delivery(line.ship_on, line.day, line.service)
    return line.site_id, line.position, line.needed, way


def _place_of(part: Part) -> Place:
    return part.site_id, part.position, part.needed_on, part.delivery
