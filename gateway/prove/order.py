"""The order the store itself gave, tried out: the quick way to know that an item's history fits.

Where every answer carries the item's sequence and the instant it was decided, they say in which order things
happened. If the model takes them in that order, and no call comes before one that had ended when it began,
that order is the proof. Only where this fails is a search needed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gateway.prove.model import Item
from gateway.prove.operation import Op

READS_APART = "read"


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first operation that cannot stand where it stands, and why."""

    op: Op
    says: str


def claimed(ops: Sequence[Op]) -> list[Op] | None:
    """The operations in the order the store gave; None where it gave none, or none that tells all apart.

    Operations that may not have happened are left out: then they have not.
    """
    sure = [op for op in ops if op.kind != "unknown" and op.act != "books"]
    if any(op.sequence is None or op.earliest != op.latest for op in sure):
        return None
    sure.sort(key=_place)
    for one, next_ in pairwise(sure):
        if _place(one) == _place(next_) and not (one.looks_only and next_.looks_only):
            return None
    return sure + [op for op in ops if op.act == "books"]


def _place(op: Op) -> tuple[int, int, bool, int, int]:
    return op.sequence or 0, op.earliest, op.looks_only, -1 if op.place is None else op.place, op.line


def replay(start: int, order: Sequence[Op]) -> Misfit | None:
    """None where the model takes every operation at its instant, in this order."""
    item = Item(start)
    for op in order:
        if op.earliest < item.now:
            back = item.now - op.earliest
            return Misfit(op, f"its instant lies {back:,} µs before that of one it comes after")
        says = item.put(op, op.earliest)
        if says is not None:
            return Misfit(op, says)
    return None


def against_real_time(order: Sequence[Op]) -> Misfit | None:
    """None where no operation had ended before one began that this order puts first."""
    last: Op | None = None
    for op in order:
        if last is not None and op.ended < last.invoked:
            late = last.invoked - op.ended
            return Misfit(last, f"it began {late:,} µs after call {op.number} had ended, yet comes before it")
        if last is None or op.invoked > last.invoked:
            last = op
    return None


Node = tuple[int, str]
"""A request; readings of several items are taken apart, each item for itself."""


def circle(orders: Mapping[str, Sequence[Op]]) -> list[int]:
    """Numbers of calls that would each have to come before the next; none where all items' orders agree.

    Agreement is with each other and with real time, so requests over several items are one step each.
    """
    after: dict[Node, set[Node]] = defaultdict(set)
    spans: dict[Node, tuple[int, int]] = {}
    for item, order in orders.items():
        steps = [op for op in order if op.act != "books"]
        nodes = [_node(op, item) for op in steps]
        for node, op in zip(nodes, steps, strict=True):
            invoked, ended = spans.get(node, (op.invoked, op.ended))
            spans[node] = min(invoked, op.invoked), min(ended, op.ended)
        for one, next_ in pairwise(nodes):
            if one != next_:
                after[one].add(next_)
    _add_real_time(after, spans)
    return [number for number, kind in _left_over(after, spans) if kind != "moment"]


def _node(op: Op, item: str) -> Node:
    return op.number, (item if op.act == READS_APART else "")


def _add_real_time(after: dict[Node, set[Node]], spans: Mapping[Node, tuple[int, int]]) -> None:
    """A chain of moments: what has ended comes before the moment, what begins later comes after it."""
    turns = sorted(
        [(invoked, 0, node) for node, (invoked, _) in spans.items()]
        + [(ended, 1, node) for node, (_, ended) in spans.items()]
    )
    moment: Node = (-1, "moment")
    for count, (_, is_end, node) in enumerate(turns):
        if not is_end:
            after[moment].add(node)
            continue
        following = (-2 - count, "moment")
        after[moment].add(following)
        after[node].add(following)
        moment = following


def _left_over(after: Mapping[Node, set[Node]], spans: Mapping[Node, tuple[int, int]]) -> list[Node]:
    """The nodes of one circle; none where everything can be put in a row."""
    nodes = set(spans) | set(after) | {node for later in after.values() for node in later}
    waits = dict.fromkeys(nodes, 0)
    for later in after.values():
        for node in later:
            waits[node] += 1
    ready = [node for node in nodes if not waits[node]]
    while ready:
        node = ready.pop()
        nodes.discard(node)
        for next_ in after.get(node, ()):
            waits[next_] -= 1
            if not waits[next_]:
                ready.append(next_)
    return _one_circle(nodes, after) if nodes else []


def _one_circle(nodes: set[Node], after: Mapping[Node, set[Node]]) -> list[Node]:
    """Walked backwards each node that is left has another before it, so the walk comes round."""
    before: dict[Node, Node] = {}
    for node in sorted(nodes):
        for later in after.get(node, ()):
            if later in nodes:
                before.setdefault(later, node)
    node, walked = min(nodes), []
    while node not in walked:
        walked.append(node)
        node = before[node]
    return walked[walked.index(node) :][::-1]
