"""What the lines of a request get, each part told by the one thing it rests on before anything is taken."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from resolvers.flows.reserve_desk import Desk
from resolvers.flows.reserve_others import others_of
from resolvers.flows.reserve_requests import WantedLine
from rules.asked import LineAnswer, LineOutcome, ScheduleLine
from rules.labels import labelled, told_apart


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

    @property
    def quantity(self) -> int:
        return sum(part.quantity for part in self.parts)

    @property
    def is_full(self) -> bool:
        return isinstance(self.outcome, LineAnswer) and self.quantity == self.asked


def with_parts_apart(desk: Desk, taken: Sequence[Taken]) -> list[Taken]:
    """The takings with their parts told apart, those of lines in front being served first.

    Nothing of them has been taken at the desk yet.
    """
    skus = [each.line.ask.sku for each in taken]
    sent = others_of(part for each in taken for part in each.parts)
    schedules = told_apart(skus, [each.parts for each in taken], desk.positions([*skus, *sent]))
    return [
        Taken(each.line, each.outcome, each.parts, each.asked, each.latest, apart)
        for each, apart in zip(taken, schedules, strict=True)
    ]


def with_offers_apart(desk: Desk, taken: Sequence[Taken]) -> list[Taken]:
    """The takings with what each line could be given told apart, as an answer tells it."""
    skus, outcomes = [each.line.ask.sku for each in taken], [each.outcome for each in taken]
    answers = (outcome for outcome in outcomes if isinstance(outcome, LineAnswer))
    sent = others_of(part for answer in answers for part in answer.schedule)
    schedules = labelled(skus, outcomes, desk.positions([*skus, *sent]))
    return [
        replace(each, outcome=replace(each.outcome, schedule=schedule))
        if isinstance(each.outcome, LineAnswer)
        else each
        for each, schedule in zip(taken, schedules, strict=True)
    ]
