"""Proposals for promises at risk: made, superseded, withdrawn, and applied at once or by a person."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from rules.pegs import TransferNow

Cause = Literal["late", "short", "gone", "hold", "count", "order"]
"""What happened, gravest first: supply comes later, or less of it, or none; goods are held, or fewer are
there than was thought; more is owed."""

State = Literal["open", "applied", "rejected", "superseded", "withdrawn"]
CAUSES: tuple[Cause, ...] = ("gone", "late", "short", "hold", "count", "order")


@dataclass(frozen=True, slots=True)
class Line:
    """Whom something is promised to: an order's line, or a reservation. `key` names it among all."""

    key: str
    channel: str
    order_id: str
    line_id: str
    reservation: str
    wanted: date
    accepted_at: datetime
    ship_to: str = ""
    service: str = ""
    """The service it is delivered by, where it says where to."""
    latest: date | None = None
    """The last day of receipt that is of any use, where somebody named one."""


@dataclass(frozen=True, slots=True)
class Placed:
    """So much from a position of a site on a day."""

    site_id: str
    position: str
    day: date
    quantity: int


@dataclass(frozen=True, slots=True)
class Change:
    """What was recorded that puts promises at risk: whose word it is, and about which line or event."""

    cause: Cause
    source: str
    reference: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """The best new days of a line at risk, with what they replace. `sites`: where it loses quantity.

    What has no day is `undated`: it stays where it was promised, and is served first by whatever comes.
    """

    line: Line
    old: tuple[Placed, ...]
    new: tuple[Placed, ...]
    undated: int
    days_late: int
    sites: tuple[str, ...]
    knocked_on: bool = False
    brought: tuple[TransferNow, ...] = ()
    """What becomes of transfers it rests on whose senders cannot give the goods as they were to."""

    @property
    def first_day(self) -> date:
        """The first day it was promised for."""
        return min(part.day for part in self.old)


@dataclass(frozen=True, slots=True)
class Standing:
    """A proposal as it is kept, that is open, or decided and still what there is to say."""

    proposal_id: str
    line_key: str
    state: State
    old: tuple[Placed, ...]
    new: tuple[Placed, ...]
    undated: int

    def says(self, found: Proposal) -> bool:
        """Whether it has said this already. What was applied may be the promise by now."""
        same = (self.new, self.undated) == (found.new, found.undated)
        return same and (self.state == "applied" or self.old == found.old)


@dataclass(frozen=True, slots=True)
class Turns:
    """What a new run makes of what stood: new proposals, each with what it supersedes, and what is over."""

    made: tuple[tuple[Proposal, Standing | None], ...] = ()
    over: tuple[Standing, ...] = ()


def turns(standing: Iterable[Standing], found: Iterable[Proposal]) -> Turns:
    """What is to be recorded, line by line; nothing where the same stood already.

    Every run starts from the promises as they stand, so a line without a proposal now keeps its promise:
    supply returned first.
    """
    before = {each.line_key: each for each in standing}
    after = {each.line.key: each for each in found}
    made = tuple(
        (proposal, old)
        for key, proposal in after.items()
        for old in (before.get(key),)
        if old is None or not old.says(proposal)
    )
    return Turns(made, tuple(old for key, old in before.items() if key not in after))


def applies_at_once(proposal: Proposal, days_late_most: int | None) -> bool:
    """Whether it may be applied without a person: all of it dated, none later than so many days.

    None: never.
    """
    if days_late_most is None or proposal.undated:
        return False
    return proposal.days_late <= days_late_most


def gravest(changes: Iterable[Change]) -> Change | None:
    """Of what was recorded, what most likely puts promises at risk; of equals the first by name."""
    ordered = sorted(changes, key=lambda each: (CAUSES.index(each.cause), each.source, each.reference))
    return ordered[0] if ordered else None


@dataclass(frozen=True, slots=True)
class Shift:
    """So much of a promise goes from one day to another, at the same position of the same site."""

    site_id: str
    position: str
    day: date
    to: date
    quantity: int


def shifts(old: Sequence[Placed], new: Sequence[Placed]) -> Iterator[Shift]:
    """How the old parts become the new ones, the earliest lost first. What has no day stays where it was."""
    had, has = _by_place(old), _by_place(new)
    for place in sorted(had):
        days = sorted({*had[place], *has.get(place, {})})
        more = {day: has.get(place, {}).get(day, 0) - had[place].get(day, 0) for day in days}
        lost = [(day, -quantity) for day, quantity in more.items() if quantity < 0]
        for to, quantity in more.items():
            rest = max(0, quantity)
            while rest and lost:
                day, left = lost.pop(0)
                moved = min(rest, left)
                yield Shift(*place, day, to, moved)
                rest -= moved
                if left > moved:
                    lost.insert(0, (day, left - moved))


def _by_place(parts: Iterable[Placed]) -> Mapping[tuple[str, str], Mapping[date, int]]:
    found: dict[tuple[str, str], dict[date, int]] = {}
    for part in parts:
        days = found.setdefault((part.site_id, part.position), {})
        days[part.day] = days.get(part.day, 0) + part.quantity
    return found
