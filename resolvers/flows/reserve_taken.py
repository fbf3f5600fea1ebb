"""What the lines of a request get, each part told by the one thing it rests on before anything is taken."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from resolvers.flows.reserve_desk import Desk
from resolvers.flows.reserve_firm import check_at_hand, read_along
from resolvers.flows.reserve_others import others_of, sent_instead
from resolvers.flows.reserve_requests import Request, WantedLine, Wanting, is_held
from rules.ask import RequestLine, answer, fills_no_pack
from rules.asked import LineAnswer, LineOutcome, LineProblem, ScheduleLine
from rules.capability import CapableAnswer
from rules.labels import labelled, told_apart
from rules.promise import Asker


@dataclass(frozen=True, slots=True)
class Hindered:
    """Why the lines of a group get nothing: it cannot go together by `latest`, for what `why` says."""

    latest: date
    why: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What one line gets: its parts up to the latest day it may be had, and the whole answer beside them.

    `apart` are these parts as they are told: none rests on both goods on hand and receipts.
    """

    line: WantedLine
    outcome: LineOutcome
    parts: tuple[ScheduleLine, ...] = ()
    asked: int = 0
    latest: date = date.min
    apart: tuple[ScheduleLine, ...] = ()
    hindered: Hindered | None = None

    @property
    def quantity(self) -> int:
        return sum(part.quantity for part in self.parts)

    @property
    def is_full(self) -> bool:
        return isinstance(self.outcome, LineAnswer) and self.quantity == self.asked


def take(
    desk: Desk, request: Request, lines: Sequence[WantedLine], beside: Sequence[UUID] = ()
) -> list[Taken]:
    """What each line gets, those in front being served first; nothing is kept yet. Raises MoreToLock."""
    asks = [line.ask for line in lines]
    named = [ask.sku for ask in asks]
    others = [] if beside else sent_instead(desk, named)
    positions = desk.positions(read_along(desk, [*named, *others]))
    to = request.body.to if isinstance(request.body, Wanting) else None
    binding = desk.asker(request.channel, to, by_person=request.may_agree, binding=True)
    asker = _holding(binding, request, lines)
    if desk.slots is not None or beside:
        taken = None if desk.slots is None else desk.slots.seen_by(request, lines, beside)
        asker = replace(asker, slots=taken, others=not beside)
    outcomes = answer(asks, positions, desk.at.setup, asker)
    check_at_hand(desk, request, [(ask.sku, told) for ask, told in zip(asks, outcomes, strict=True)])
    return [
        _of_line(line, outcome, first_day(desk, line.ask))
        for line, outcome in zip(lines, outcomes, strict=True)
    ]


def _holding(asker: Asker, request: Request, lines: Sequence[WantedLine]) -> Asker:
    """The asker, for whose lines that are kept for a while only nothing is ordered."""
    held = frozenset(number for number, line in enumerate(lines) if is_held(request, line))
    if not held:
        return asker
    assert asker.capability is not None, "whoever asks here and now knows what may be ordered"
    return replace(asker, capability=replace(asker.capability, held=held))


def first_day(desk: Desk, ask: RequestLine) -> date:
    """The first day any site could give it on: what is wanted on a day gone by is wanted then."""
    item = desk.items.get(ask.sku)
    return min((rows.today for rows in item.rows(desk.at).sites), default=ask.wanted) if item else ask.wanted


def _of_line(line: WantedLine, outcome: LineOutcome, today: date) -> Taken:
    if isinstance(outcome, LineProblem):
        return Taken(line, outcome)
    latest = max(line.latest or line.ask.wanted, line.ask.wanted, today)
    asked = sum(part.quantity for part in outcome.schedule) + outcome.open
    if not asked:
        return Taken(line, fills_no_pack(outcome.number, line.ask))
    parts = tuple(part for part in outcome.schedule if part.day <= latest)
    return Taken(line, outcome, parts, asked, latest)


def with_parts_apart(desk: Desk, taken: Sequence[Taken]) -> list[Taken]:
    """The takings with their parts told apart, those of lines in front being served first.

    Nothing of them has been taken at the desk yet.
    """
    skus = [each.line.ask.sku for each in taken]
    sent = others_of(part for each in taken for part in each.parts)
    schedules = told_apart(skus, [each.parts for each in taken], desk.positions([*skus, *sent]))
    return [replace(each, apart=apart) for each, apart in zip(taken, schedules, strict=True)]


def with_offers_apart(desk: Desk, taken: Sequence[Taken]) -> list[Taken]:
    """The takings with what each line could be given told apart, as an answer tells it."""
    skus, outcomes = [each.line.ask.sku for each in taken], [each.outcome for each in taken]
    coulds = [each.could if isinstance(each, CapableAnswer) else () for each in outcomes]
    answers = (outcome for outcome in outcomes if isinstance(outcome, LineAnswer))
    scheduled = [*(answer.schedule for answer in answers), *coulds]
    positions = desk.positions([*skus, *others_of(part for parts in scheduled for part in parts)])
    schedules = labelled(skus, outcomes, positions)
    coulds_apart = told_apart(skus, coulds, positions) if any(coulds) else coulds
    return [
        replace(each, outcome=_with(each.outcome, *apart))
        for each, *apart in zip(taken, schedules, coulds_apart, strict=True)
    ]


def _with(
    outcome: LineOutcome, schedule: tuple[ScheduleLine, ...], could: tuple[ScheduleLine, ...]
) -> LineOutcome:
    if isinstance(outcome, CapableAnswer):
        return replace(outcome, schedule=schedule, could=could)
    return replace(outcome, schedule=schedule) if isinstance(outcome, LineAnswer) else outcome
