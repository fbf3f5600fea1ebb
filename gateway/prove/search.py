"""The search for an order that explains an item's history, where the store gave none or a wrong one.

Depth first after Wing and Gong, with Lowe's memory of what was tried: an operation may come next if none that
is left had ended before it began. Unknown ones may come or not. The search is bounded, and says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from heapq import nsmallest
from itertools import combinations
from typing import Literal

from gateway.prove.history import NEVER
from gateway.prove.model import VAGUE_MAX, Item
from gateway.prove.operation import Op

STUCK_MAX = 5

Path = tuple[Op, "Path"] | None


@dataclass(frozen=True, slots=True)
class Found:
    """What became of the search: an order that fits, the certainty that none does, or neither in `steps`."""

    verdict: Literal["fits", "misfit", "undecided"]
    steps: int
    order: tuple[Op, ...] = ()
    placed: int = 0
    """Operations in the longest order that did fit."""
    stuck: tuple[tuple[Op, str], ...] = ()
    """What could come next there, and why it cannot have."""


@dataclass(frozen=True, slots=True)
class Spot:
    """So far: which operations have been placed, the state they led to, and the last with those before it."""

    placed: int
    item: Item
    path: "Path"


@dataclass(slots=True)
class Search:
    """One item's search. `sure` operations must all be placed, `maybe` may be."""

    sure: list[Op]
    maybe: list[Op]
    steps_max: int
    steps: int = 0
    seen: set[bytes] = field(default_factory=set)
    cut: bool = False
    """Not every choice was tried, so that none fits would not follow."""
    deepest: int = -1
    stuck: list[tuple[Op, str]] = field(default_factory=list)

    def run(self, start: int) -> Found:
        """Raises nothing: a bound that is hit is a verdict."""
        done = (1 << len(self.sure)) - 1
        stack = [iter([Spot(0, Item(start), None)])]
        while stack:
            spot = next(stack[-1], None)
            if spot is None:
                stack.pop()
            elif spot.placed & done == done:
                return Found("fits", self.steps, _unrolled(spot.path), len(self.sure))
            elif self._is_new(spot):
                if self.steps >= self.steps_max:
                    return Found("undecided", self.steps, (), self.deepest, tuple(self.stuck))
                self.steps += 1
                stack.append(self._next(spot))
        verdict: Literal["undecided", "misfit"] = "undecided" if self.cut else "misfit"
        return Found(verdict, self.steps, (), self.deepest, tuple(self.stuck))

    def _is_new(self, spot: Spot) -> bool:
        """A digest of 128 bits stands for the state: two of a run being equal by chance is out of reach."""
        mark = blake2b(f"{spot.placed:x} {spot.item.key()}".encode(), digest_size=16).digest()
        if mark in self.seen:
            return False
        self.seen.add(mark)
        return True

    def _next(self, spot: Spot) -> Iterator[Spot]:
        options = list(self._minimal(spot.placed))
        why: list[tuple[Op, str]] = []
        for bit, op in options:
            if op.looks_only or op.kind == "refused":
                after = _unmoved(spot.item, op, why)
                if after is not None:  # it changes nothing, so nothing is lost by having it now
                    yield Spot(spot.placed | bit, after, (op, spot.path))
                    return
        self._remember(spot, why)
        changing = [(bit, op) for bit, op in options if not op.looks_only]
        changing.sort(key=lambda each: (each[1].kind == "unknown", each[1].earliest, each[1].ended))
        due = nsmallest(2, ((other.latest, one) for one, other in options if other.kind != "unknown"))
        for bit, op in changing:
            bound = next((latest for latest, one in due if one != bit), NEVER)
            for after in self._taken(spot.item, op, bound, why):
                yield Spot(spot.placed | bit, after, (op, spot.path))
        self._remember(spot, why)

    def _minimal(self, placed: int) -> Iterator[tuple[int, Op]]:
        """Operations that may come next, with their bits."""
        first = (~placed & (placed + 1)).bit_length() - 1
        ended = NEVER
        for number in range(first, len(self.sure)):
            op = self.sure[number]
            if op.invoked > ended:
                break
            if not placed >> number & 1:
                ended = min(ended, op.ended)
                yield 1 << number, op
        for number, op in enumerate(self.maybe, len(self.sure)):
            if op.invoked <= ended and not placed >> number & 1 and not self._rivals(op, placed):
                yield 1 << number, op

    def _taken(self, item: Item, op: Op, bound: int, why: list[tuple[Op, str]]) -> Iterator[Item]:
        """Each state the operation can have led to."""
        instants = _instants(item, op, bound)
        if not instants:
            why.append((op, "its instant is out of order with those of the operations around it"))
        for at in instants:
            settled = item.copy()
            settled.advance(at, op.latest)
            time_passed = at > item.now or op.earliest != op.latest
            for ended in self._endings(settled, at if time_passed else None):
                after = settled.copy()
                for name in ended:
                    after.expire(name)
                says = after.put(op, at)
                if says is None:
                    yield after
                else:
                    why.append((op, says))

    def _endings(self, item: Item, at: int | None) -> Iterator[tuple[str, ...]]:
        """Which of the reservations whose end is not known exactly have ended: each choice."""
        doubtful = item.doubtful(at) if at is not None else []
        self.cut = self.cut or len(doubtful) > VAGUE_MAX
        for count in range(len(doubtful[:VAGUE_MAX]) + 1):
            yield from combinations(doubtful[:VAGUE_MAX], count)

    def _rivals(self, op: Op, placed: int) -> bool:
        """Another payload of the same key has had its effect."""
        if op.key is None:
            return False
        return any(
            placed >> number & 1 and other.key == op.key and other.number != op.number
            for number, other in enumerate(self.maybe, len(self.sure))
        )

    def _remember(self, spot: Spot, why: list[tuple[Op, str]]) -> None:
        count = (spot.placed & ((1 << len(self.sure)) - 1)).bit_count()
        if count >= self.deepest:
            self.stuck = [each for each in why if each[0].kind != "unknown"][:STUCK_MAX]
            self.deepest = count


def search(start: int, ops: Sequence[Op], steps_max: int) -> Found:
    """Whether the operations have an order that real time allows and the model takes."""
    by_beginning = sorted(ops, key=lambda op: op.invoked)
    sure = [op for op in by_beginning if op.kind != "unknown"]
    maybe = [op for op in by_beginning if op.kind == "unknown"]
    return Search(sure, maybe, steps_max).run(start)


def _instants(item: Item, op: Op, bound: int) -> list[int]:
    """The first instant it can have been decided at, and each later one at which the state would differ."""
    first, last = max(item.now, op.earliest), min(op.latest, bound)
    return [first, *item.breaks(first, last)] if first <= last else []


def _unmoved(item: Item, op: Op, why: list[tuple[Op, str]]) -> Item | None:
    """The state after an operation that changes nothing and asks for no later instant than now."""
    if op.kind == "refused" and not op.earliest <= item.now <= op.latest:
        return None
    instants = _instants(item, op, NEVER) if op.looks_only else [item.now]
    for at in instants:
        after = item if op.looks_only and not item.vague else item.copy()
        says = after.put(op, at)
        if says is None:
            return after
        why.append((op, says))
    if not instants:
        why.append((op, "its instant lies before that of one it comes after"))
    return None


def _unrolled(path: "Path") -> tuple[Op, ...]:
    found = []
    while path is not None:
        op, path = path
        found.append(op)
    return tuple(reversed(found))
