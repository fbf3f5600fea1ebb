"""Proposals for promises at risk: made, superseded, withdrawn, and applied at once or by a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rules.slip import Dated, Outcome, Promised

Cause = Literal["late", "short", "gone", "count", "hold"]
"""What happened to the supply."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The best new days of a line at risk, with what they replace and why."""

    line_id: str
    old: tuple[Dated, ...]
    new: tuple[Dated, ...]
    undated: int
    days_late: int
    knocked_on: bool
    cause: Cause


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new run makes of the proposals that were open: each line is in one of the four."""

    made: tuple[Proposal, ...] = ()
    """Of lines without an open proposal."""
    superseded: tuple[Proposal, ...] = ()
    """The new ones, of lines whose open proposal says something else."""
    standing: tuple[Proposal, ...] = ()
    withdrawn: tuple[Proposal, ...] = ()
    """Open ones of lines that keep what they were promised: supply returned first."""


def proposals(lines: Iterable[Promised], outcomes: Iterable[Outcome], cause: Cause) -> tuple[Proposal, ...]:
    """A proposal for each line at risk, in the order of the outcomes."""
    promised = {line.line_id: line for line in lines}
    return tuple(
        Proposal(
            outcome.line_id,
            promised[outcome.line_id].parts,
            _by_day(outcome),
            outcome.undated,
            outcome.days_late,
            outcome.knocked_on,
            cause,
        )
        for outcome in outcomes
        if outcome.at_risk
    )


def _by_day(outcome: Outcome) -> tuple[Dated, ...]:
    """What the line would then be promised, one part a day."""
    days: dict[date, int] = {}
    parts = [(kept.day, kept.quantity) for kept in outcome.keeps]
    parts += [(moved.day, moved.quantity) for moved in outcome.moves]
    for day, quantity in parts:
        days[day] = days.get(day, 0) + quantity
    return tuple(Dated(day, quantity) for day, quantity in sorted(days.items()))


def changes(opened: Iterable[Proposal], now: Iterable[Proposal]) -> Changes:
    """What the proposals of a new run make of those that were open, line by line.

    Both runs start from the promises as they stand, so a line that has no proposal now keeps its promise.
    """
    before = {proposal.line_id: proposal for proposal in opened}
    after = {proposal.line_id: proposal for proposal in now}
    made, superseded, standing = [], [], []
    for line_id, proposal in after.items():
        old = before.get(line_id)
        if old is None:
            made.append(proposal)
        elif (old.old, old.new, old.undated) == (proposal.old, proposal.new, proposal.undated):
            standing.append(old)
        else:
            superseded.append(proposal)
    withdrawn = tuple(old for line_id, old in before.items() if line_id not in after)
    return Changes(tuple(made), tuple(superseded), tuple(standing), withdrawn)


def applies_at_once(proposal: Proposal, days_late_most: int | None) -> bool:
    """Whether it may be applied without a person: all of it dated, none later than so many days.

    None: never.
    """
    if days_late_most is None or proposal.undated:
        return False
    return proposal.days_late <= days_late_most
