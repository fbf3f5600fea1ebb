"""Which other sites bring what is missing at one: how much each sends, over which lane, and when.

On time first, then as few senders as can, then the least cost, then ids. What is in time leaves as late as it
may, what is late as soon as it can. Quantities are smallest units, costs minor units of money.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, combinations
from typing import NamedTuple

from rules.chain import Chain
from rules.ctp import Lost, Way, days_later
from rules.free import Row, free_in
from rules.lots import NEVER, LotPlan

SENDERS_MAX = 5
"""So many sites at most send together what one of them has not."""
WEIGHED_MAX = 12
"""Of more lanes that several senders could go by, those with most and the cheapest are weighed."""


@dataclass(frozen=True, slots=True)
class Move:
    """One lane by which goods of another site, the sender, can be brought.

    `leaves` are the days of what is picked there, one for each day of receipt, rising, and `usable` the days
    from which it may be promised. `free` is what may leave by day, cell 0 being the sender's `today`; of
    goods that expire `lots` tell which are left.
    """

    source_id: str
    leaves: tuple[Chain, ...]
    usable: tuple[date, ...]
    today: date
    free: Row
    cost: int = 0
    service: str = ""
    lots: LotPlan | None = None
    kept: int = 0
    """What of goods that expire stays at the sender for its own counter."""

    def in_time(self, deadline: date) -> int | None:
        """The place of the last day of picking that is usable by the deadline; None where none is."""
        at = bisect_right(self.usable, deadline) - 1
        return at if at >= 0 else None

    def most(self, at: int, until: date) -> int:
        """What may be picked there for it that may still be promised on `until`."""
        cell = (self.leaves[at].needed_on - self.today).days
        free = free_in(self.free, cell)
        if self.lots is None or free == 0:
            return free
        most = self.lots.most_lasting(cell, (until - self.today).days, free + self.kept)
        return min(free, max(0, most - self.kept))

    def left(self, at: int) -> tuple[int, int]:
        """Something that differs between two days of picking wherever what may be picked for them does."""
        cell = (self.leaves[at].needed_on - self.today).days
        return free_in(self.free, cell), 0 if self.lots is None else bisect_right(self.lots.turns, cell)

    def ever(self, until: date) -> int:
        """The most that may ever be picked there to be promised on `until` or, if later, on arrival."""
        return max((self.most(at, max(until, day)) for at, day in enumerate(self.usable)), default=0)

    def last_day(self, at: int, until: date, quantity: int) -> date | None:
        """The last day all of it may be promised for; None where it does not expire."""
        if self.lots is None:
            return None
        cell, lasts = ((day - self.today).days for day in (self.leaves[at].needed_on, until))
        _, last, _ = self.lots.set_apart(quantity, cell, lasts)
        return None if last == NEVER else self.today + timedelta(days=last)


class _Offer(NamedTuple):
    """What one lane has there by a deadline."""

    move: Move
    quantity: int

    @property
    def key(self) -> tuple[str, str]:
        return self.move.source_id, self.move.service


@dataclass(frozen=True, slots=True)
class Brought:
    """What each sender brings, in the order it is usable; nothing where all of them have too little."""

    ways: tuple[Way, ...]
    lost: tuple[Lost, ...]


def bring(item: str, need: int, moves: Sequence[Move], needed_by: date) -> Brought:
    """The best way to have all of the need brought, by `needed_by` or as soon after it as can be."""
    for deadline in _deadlines(moves, needed_by):
        offers = [_Offer(move, move.most(at, deadline)) for move, at in _in_time(moves, deadline)]
        chosen = _fewest([offer for offer in offers if offer.quantity > 0], need)
        if chosen:
            sent = _ways(item, need, chosen, needed_by, deadline)
            ways = tuple(way for _, way in sent)
            others = [move for move in moves if not any(move is by for by, _ in sent)]
            tried = ((move, _alone(item, need, move, needed_by)) for move in others)
            return Brought(ways, tuple(_lost(need, move, alone, ways, needed_by) for move, alone in tried))
    return Brought((), tuple(_too_little(need, moves, needed_by)))


def _deadlines(moves: Iterable[Move], needed_by: date) -> list[date]:
    """The day it is needed by, and each later one on which more may be there than on the one before."""
    days = {needed_by}
    for move in moves:
        before: object = None
        for at in range(move.in_time(needed_by) or 0, len(move.usable)):
            left = move.left(at)
            if left != before and move.usable[at] > needed_by:
                days.add(move.usable[at])
            before = left
    return sorted(days)


def _in_time(moves: Iterable[Move], deadline: date) -> Iterator[tuple[Move, int]]:
    for move in moves:
        at = move.in_time(deadline)
        if at is not None:
            yield move, at


def _fewest(offers: Sequence[_Offer], need: int) -> tuple[_Offer, ...]:
    """The cheapest set of as few senders as can cover the need, each by one lane; none if too few can."""
    by_sender: dict[str, int] = {}
    for offer in offers:
        by_sender[offer.move.source_id] = max(by_sender.get(offer.move.source_id, 0), offer.quantity)
    largest = sorted(by_sender.values(), reverse=True)[:SENDERS_MAX]
    count = next((n for n, covered in enumerate(accumulate(largest), 1) if covered >= need), None)
    if count is None:
        return ()
    others = sum(largest[: count - 1])
    useful = [offer for offer in offers if offer.quantity + others >= need]
    sets = (
        chosen
        for chosen in combinations(_weighed(useful, count), count)
        if len({offer.move.source_id for offer in chosen}) == count
        and sum(offer.quantity for offer in chosen) >= need
    )
    return min(sets, key=lambda chosen: (sum(each.move.cost for each in chosen), [e.key for e in chosen]))


def _weighed(offers: list[_Offer], count: int) -> list[_Offer]:
    """The offers sets are made of, in order of their ids; bounded where several senders are needed."""
    if count > 1 and len(offers) > WEIGHED_MAX:
        largest: dict[str, _Offer] = {}
        for offer in sorted(offers, key=lambda each: (-each.quantity, each.move.cost, each.key)):
            largest.setdefault(offer.move.source_id, offer)
        kept = list(largest.values())[:count]
        cheapest = sorted(offers, key=lambda each: (each.move.cost, -each.quantity, each.key))
        offers = [*kept, *[each for each in cheapest if each not in kept][: WEIGHED_MAX - len(kept)]]
    return sorted(offers, key=lambda each: each.key)


def _ways(
    item: str, need: int, chosen: Iterable[_Offer], needed_by: date, deadline: date
) -> list[tuple[Move, Way]]:
    """What each sends by its lane, the first to be there as much as it has; in the order it is usable."""
    sent, rest = [], need
    for move, has in sorted(chosen, key=lambda each: (_there(each, needed_by), each.move.cost, each.key)):
        part = min(rest, has)
        sent.append((move, _way(item, move, part, needed_by, deadline)))
        rest -= part
    return sorted(sent, key=lambda pair: (pair[1].usable_on, pair[1].source_id))


def _there(offer: _Offer, needed_by: date) -> date:
    """From when on anything of it may be there."""
    return max(offer.move.usable[0], needed_by)


def _way(item: str, move: Move, quantity: int, needed_by: date, deadline: date) -> Way:
    """The move of so much: what is in time leaves as late as it may, what is late as soon as it can."""
    last = move.in_time(deadline)
    assert last is not None, f"{move.source_id} brings nothing by {deadline}"
    tried = range(move.in_time(needed_by) or 0, last)
    at = next((each for each in tried if move.most(each, deadline) >= quantity), last)
    chain, until = move.leaves[at], move.last_day(at, deadline, quantity)
    days = chain.needed_on, chain.ship_on, chain.promised, move.usable[at]
    return Way("transfer", move.source_id, item, quantity, quantity, *days, move.cost, usable_until=until)


def _lost(need: int, move: Move, alone: Way | None, ways: Sequence[Way], needed_by: date) -> Lost:
    """A lane that was not taken, and why."""
    names = " and ".join(way.source_id for way in ways)
    if alone is not None:
        return Lost(move.source_id, _why_not(alone, ways, names), alone)
    together = "" if len(ways) == 1 else f"; {names} have all of it together"
    return Lost(move.source_id, _few(move, need, needed_by) + together)


def _alone(item: str, need: int, move: Move, needed_by: date) -> Way | None:
    """The move of all the need by this lane alone, as early as it can be but in time."""
    first = move.in_time(needed_by) or 0
    for at in range(first, len(move.usable)):
        deadline = max(needed_by, move.usable[at])
        if move.most(at, deadline) >= need:
            return _way(item, move, need, needed_by, deadline)
    return None


def _why_not(alone: Way, ways: Sequence[Way], names: str) -> str:
    cost, usable = sum(way.cost for way in ways), max(way.usable_on for way in ways)
    if alone.usable_on > usable:
        return f"usable on {alone.usable_on}, {days_later((alone.usable_on - usable).days)}"
    if alone.cost > cost:
        day = "the same day" if alone.usable_on == usable else f"{alone.usable_on}, in time too"
        return f"usable on {day}, and costs {alone.cost - cost} more"
    return f"usable as early at the same cost; {names} comes first by its id"


def _few(move: Move, need: int, needed_by: date) -> str:
    lasting = "" if move.lots is None else f" and last until {needed_by} or their arrival"
    return f"{move.ever(needed_by)} of {need} at most are free to leave {move.source_id}{lasting}"


def _too_little(need: int, moves: Sequence[Move], needed_by: date) -> Iterator[Lost]:
    """What each could send, where all together have not enough."""
    most: dict[str, int] = {}
    for move in moves:
        most[move.source_id] = max(most.get(move.source_id, 0), move.ever(needed_by))
    together = _together(most)
    for move in moves:
        yield Lost(move.source_id, _few(move, need, needed_by) + together)


def _together(most: Mapping[str, int]) -> str:
    sending = sorted((quantity for quantity in most.values() if quantity), reverse=True)[:SENDERS_MAX]
    if len(sending) < 2:
        return ""
    return f"; {sum(sending)} from {len(sending)} senders, and no more than {SENDERS_MAX} may send together"
