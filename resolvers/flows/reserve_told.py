"""Outcomes in words and figures, as they are kept under their key: the same words for every repeat."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from rules.ask import OF_ANOTHER
from rules.asked import LineAnswer, LineProblem, ScheduleLine, SetPart
from rules.atp import UNLIMITED
from rules.capability import CapableAnswer
from rules.ctp_promise import may_reserve
from rules.model import Profile
from rules.quantity import to_base
from rules.reservation import NotPossible, Reservation

Told = dict[str, Any]
NO_OTHERS: Mapping[str, int] = {}

ACCEPTED, PARTIAL, REFUSED, CHANGED = "ACCEPTED", "PARTIAL", "REFUSED", "CHANGED"
NOT_ALL = (
    "NOT_ALL",
    "This line could be done, but another cannot, and all or nothing was asked.",
    "See the other lines, or ask for as much as possible.",
)


def not_together(asked: str, latest: date, goes: str, why: str) -> list[str]:
    """Why what was asked is not given though it can be had: its group cannot go together by the day."""
    return [
        "NOT_TOGETHER",
        f"{asked} can be had in time, but its group cannot {goes} together by {latest}: {why}.",
        "Name a later `latest`, ask for less of that line, or ask for this one without a group.",
    ]


def in_units(profile: Profile, units: int) -> str:
    """So much of the item, as it is said."""
    return f"{to_base(units, profile.precision)} {profile.unit} of {profile.sku}"


def of_line(number: int, profile: Profile, asked: int, had: int) -> str:
    """Of which line too little can be had, with the figures."""
    had_base = to_base(had, profile.precision)
    return f"of line {number}, {in_units(profile, asked)}, {had_base} can be had by then"


def outcome(act: str, status: str, at: datetime, place: int, lines: Sequence[Told]) -> Told:
    """A request's outcome."""
    return {"act": act, "status": status, "at": at.isoformat(), "place": place, "lines": list(lines)}


def line(number: int, sku: str | None = None, **more: Any) -> Told:
    """One line of an outcome, with nothing done yet."""
    return {
        "number": number,
        "sku": sku,
        "reservation": None,
        "beside": None,
        "state": None,
        "asked": None,
        "quantity": 0,
        "open": None,
        "expires_at": None,
        "parts": [],
        "offer": [],
        "promisable": None,
        "earliest": None,
        "sequence": None,
        "instead": [],
        "waits": None,
        "refused": None,
        "problem": None,
    } | more


def problem(of: LineProblem | NotPossible) -> list[str]:
    """The problem as it is kept: its code, the sentence, and what to do next."""
    return [of.code, of.message, of.next_step]


def schedule(
    parts: Sequence[ScheduleLine], precision: int, others: Mapping[str, int] = NO_OTHERS
) -> list[list[Any]]:
    """Parts of a schedule, in base units; `others` are the precisions of other items that are sent."""
    return [
        [
            part.day.isoformat(),
            part.site_id,
            to_base(part.quantity, precision),
            part.label,
            part.position,
            *_way(part),
            *([part.sku, to_base(part.sent, others.get(part.sku, 0))] if part.sku else []),
            *([[_of_sets(each, others) for each in part.made_of]] if part.made_of else []),
        ]
        for part in parts
    ]


def _of_sets(of: SetPart, others: Mapping[str, int]) -> list[Any]:
    return [of.sku, of.position, to_base(of.quantity, others.get(of.sku, 0)), of.instead]


def parts_of(made: Told, reservation: str, sku: str) -> list[list[Any]]:
    """Of the outcome of the request that made a reservation of the item: the parts that are of it."""
    for of in made["lines"]:
        if of.get("beside") == reservation:
            return list(of["parts"])
        named = {of["reservation"], *(other[0] for other in of.get("instead", ()))}
        if reservation in named:
            return [each for part in of["parts"] for each in _of_item(part, sku, of["sku"])]
    return []


def _of_item(part: Sequence[Any], sku: str, asked: str) -> list[list[Any]]:
    """What the part takes of the item: the one asked for, another in its place, or one of its sets."""
    day, site, _, label, _, *cells = part
    if cells and isinstance(cells[-1], list):
        *way, sets = cells
        way = way[:-2] if len(way) in OF_ANOTHER else way
        return [
            [day, site, quantity, label, position, *way] for of, position, quantity, _ in sets if of == sku
        ]
    return [list(part)] if sku == (cells[-2] if len(cells) in OF_ANOTHER else asked) else []


def _way(part: ScheduleLine) -> list[str]:
    """The site's days and the service, where the goods are delivered."""
    if part.needed_on is None or part.ship_on is None:
        return []
    return [part.needed_on.isoformat(), part.ship_on.isoformat(), part.service]


def holds(reservation: Reservation, precision: int, now: datetime) -> Told:
    """Where a reservation stands, in the words of a line."""
    ends = reservation.expires_at
    return {
        "reservation": str(reservation.reservation_id),
        "state": reservation.standing(now),
        "open": to_base(reservation.open, precision),
        "expires_at": ends and ends.isoformat(),
    }


def offered(answer: LineAnswer, precision: int, others: Mapping[str, int] = NO_OTHERS) -> Told:
    """What can be had instead, and when all of it; with goods that are ordered once it is promised."""
    most, earliest = answer.atp_wanted, _earliest(answer)
    return {
        "offer": schedule(offer_of(answer), precision, others),
        "promisable": None if most == UNLIMITED else to_base(most, precision),
        "earliest": earliest and earliest.isoformat(),
    }


def offer_of(answer: LineAnswer) -> Sequence[ScheduleLine]:
    """The schedule that is told of a line which gets nothing or not all, as it could be."""
    return _could(answer) or answer.schedule


def _could(answer: LineAnswer) -> Sequence[ScheduleLine]:
    return answer.could if isinstance(answer, CapableAnswer) else ()


def _earliest(answer: LineAnswer) -> date | None:
    """The day all of it can be had, with what would have to be ordered."""
    return max((part.day for part in _could(answer)), default=answer.earliest)


def short(answer: LineAnswer, profile: Profile, asked: int, had: int, latest: date) -> list[str]:
    """Why a line cannot be had in full by its day, with the figures and the next date."""
    shown = {name: to_base(units, profile.precision) for name, units in {"asked": asked, "had": had}.items()}
    unit = profile.unit
    message = (
        f"{shown['asked']} {unit} of {profile.sku} were asked by {latest}; {shown['had']} can be had by then."
    )
    earliest = _earliest(answer)
    if earliest is not None:
        step = (
            "promise it for that day, or ask for less" if _could(answer) else "ask for that day, or for less"
        )
        return ["SHORT", message, f"All of it can be had on {earliest}: {step}."]
    rest = to_base(answer.open, profile.precision)
    return ["SHORT", message, f"{rest} {unit} of it cannot be had within the horizon: ask for less."]


def bound(
    answer: LineAnswer, profile: Profile, figures: tuple[int, int, int], latest: date, by: str
) -> list[str]:
    """Why a line is not given what is there by its day: how much was asked, is there, and may be given."""
    asked, there, may = (to_base(units, profile.precision) for units in figures)
    message = (
        f"{asked} {profile.unit} of {profile.sku} were asked by {latest}; {there} are there by then, and "
        f"the rules let {may} be given: {by}."
    )
    if answer.earliest is not None:
        step = f"All of it can be given on {answer.earliest}: ask for that day, or for what can be given."
    else:
        step = "Ask for what can be given, or have the rows of 62-split and 70-promise changed."
    return ["BOUND_BY_RULES", message, step]


DONE: Mapping[str, str] = {"ctp_buy": "bought", "ctp_make": "made", "transfer": "brought from another site"}


def to_order(answer: CapableAnswer, profile: Profile, had: int, *, held: bool, agreed: bool) -> list[str]:
    """Why a line does not get what would have to be ordered: a person must agree, or it is only held."""
    [*_, last] = sorted(answer.held_back, key=lambda each: each.day)
    need = to_base(sum(each.way.need for each in answer.held_back), profile.precision)
    goods = f"{need} {profile.unit} of {profile.sku}"
    says = f"{goods} would have to be {DONE[last.way.label]}, to be there on {last.day}"
    rest = f", or ask for the {to_base(had, profile.precision)} {profile.unit} that can be had without"
    rest = f"{rest}." if had else "."
    if may_reserve(last.standing, approved=agreed):
        return ["NEEDS_PROMISE", f"{says}; only a promise orders them.", f"Promise it{rest}"]
    step = "Have a planner promise it" if held else "Have a planner send the request"
    return ["NEEDS_APPROVAL", f"{says}; a planner must agree to that.", f"{step}{rest}"]


def reason(of: NotPossible, precision: int) -> list[str]:
    """Why a reservation does not allow it, with the figures in base units."""
    figures = {name: to_base(units, precision) for name, units in of.units.items()}
    return [of.code, of.message.format(**figures) if figures else of.message, of.next_step]
