"""Whether a correct store can have given a history: it holds, is broken, or stays undecided.

Each item is judged by a model of one item. The order the store gave is tried first; where there is none, or
it does not fit, an order is searched for. Then the orders of all items must agree, each key must have had one
effect and one outcome, and the books must conserve every unit.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.prove import ledger, order
from gateway.prove.findings import Finding
from gateway.prove.history import MAKES, Call, History, calls_of
from gateway.prove.operation import Op
from gateway.prove.requests import Asked, conflicts, operations, requests_of
from gateway.prove.search import Found, search

Verdict = Literal["HOLDS", "BROKEN", "UNDECIDED"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long is searched before an item is left undecided."""

    steps_per_item: int = 200_000
    steps_in_all: int = 2_000_000


@dataclass(frozen=True, slots=True)
class Judged:
    """One item: its verdict, and by which way it was found."""

    item: str
    operations: int
    at_once: int
    """The most calls that were under way at one time."""
    verdict: Verdict
    by: Literal["the store's own order", "search"]
    steps: int = 0
    says: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was judged, and everything that is wrong with it."""

    verdict: Verdict
    calls: Mapping[str, int]
    clients: int
    repeats: int
    """Calls that used a key again."""
    unjudged: int
    books_read: bool
    clock_compared: bool
    items: tuple[Judged, ...]
    findings: tuple[Finding, ...]
    undecided: tuple[str, ...]


def check(history: History, bounds: Bounds | None = None) -> Report:
    """The verdict on the whole history. Raises BadHistory where the events are none."""
    calls = calls_of(history)
    asked = requests_of(calls, history.books)
    findings = list(asked.findings)
    findings += _baskets(asked)
    if history.clock_error_us is not None:
        findings += ledger.on_the_database_clock(asked.requests, history.clock_error_us)
    ops = operations(asked, history)
    judged, orders = _each_item(history, ops, bounds or Bounds(), findings)
    undecided = [f"{one.item}: {one.says}" for one in judged if one.verdict == "UNDECIDED"]
    undecided += _across_items(orders, judged, findings)
    if history.books is not None:
        findings += ledger.exactly_once(asked.requests, history.books)
        findings += ledger.conserved(history, history.books)
    if not any(call.kind != "unknown" and not conflicts(call) for call in calls):
        undecided.append("No call was answered, so there is nothing to judge.")
    verdict: Verdict = "BROKEN" if findings else "UNDECIDED" if undecided else "HOLDS"
    return Report(
        verdict=verdict,
        calls=Counter(str(call.kind) for call in calls),
        clients=len({call.client for call in calls}),
        repeats=_repeats(calls),
        unjudged=asked.unjudged,
        books_read=history.books is not None,
        clock_compared=history.clock_error_us is not None,
        items=tuple(judged),
        findings=tuple(dict.fromkeys(findings)),
        undecided=tuple(undecided),
    )


def _repeats(calls: Sequence[Call]) -> int:
    keys = Counter(call.key for call in calls if call.key is not None)
    return sum(count - 1 for count in keys.values())


def _baskets(asked: Asked) -> list[Finding]:
    """An accepted reservation of all or nothing gives every line in full."""
    found = []
    for request in asked.requests:
        if (
            request.kind != "ok"
            or request.ask.act not in MAKES
            or request.outcome is None
            or not request.answered
        ):
            continue
        given = Counter({line.item: 0 for line in request.ask.lines})
        for one in request.outcome.given:
            given[one.item] += one.quantity or 0
        wanted: Counter[str] = Counter()
        for line in request.ask.lines:
            wanted[line.item] += line.quantity or 0
        if request.ask.whole and given != wanted:
            says = (
                f"Call {request.number} was all or nothing; of {_units(wanted)} it was given {_units(given)}."
            )
            found.append(Finding("basket", says, key=request.key))
    return found


def _units(units: Counter[str]) -> str:
    return ", ".join(f"{count} {item}" for item, count in sorted(units.items()))


def _each_item(
    history: History, ops: Mapping[str, list[Op]], bounds: Bounds, findings: list[Finding]
) -> tuple[list[Judged], dict[str, Sequence[Op]]]:
    judged: list[Judged] = []
    orders: dict[str, Sequence[Op]] = {}
    left = bounds.steps_in_all
    for item in sorted(ops):
        order_given, wrong = _by_its_own_order(item, history.start[item], ops[item])
        findings += wrong
        size = len(ops[item]), _at_once(ops[item])
        if order_given is not None:
            orders[item] = order_given
            judged.append(Judged(item, *size, "HOLDS", "the store's own order"))
            continue
        found = search(history.start[item], ops[item], min(left, bounds.steps_per_item))
        left -= found.steps
        if found.verdict == "fits":
            orders[item] = found.order
        one = _searched(item, size, found)
        judged.append(one)
        if one.verdict == "BROKEN":
            findings.append(Finding("order", f"No order explains the answers on {item}: {one.says}", item))
    return judged, orders


def _by_its_own_order(item: str, start: int, ops: Sequence[Op]) -> tuple[list[Op] | None, list[Finding]]:
    """The order the store gave where it proves the item; else what is wrong with it, if there is one."""
    given = order.claimed(ops)
    if given is None:
        return None, []
    misfit = order.replay(start, given) or order.against_real_time(given)
    if misfit is None:
        return given, []
    says = f"In the order of {item}'s own sequence: {_call(misfit.op)}: {misfit.says}."
    return None, [Finding("sequence", says, item, misfit.op.key)]


def _searched(item: str, size: tuple[int, int], found: Found) -> Judged:
    if found.verdict == "fits":
        return Judged(item, *size, "HOLDS", "search", found.steps)
    so_far = f"{found.placed} of {size[0]} operations fit in some order"
    if found.verdict == "undecided":
        says = f"{so_far} after {found.steps:,} steps, and the search ended there; {size[1]} calls at once"
        return Judged(item, *size, "UNDECIDED", "search", found.steps, says)
    stuck = "; ".join(f"{_call(op)}: {says}" for op, says in found.stuck)
    return Judged(
        item, *size, "BROKEN", "search", found.steps, f"{so_far}, then {stuck or 'none can follow'}."
    )


def _call(op: Op) -> str:
    return "the reading of the books" if op.act == "books" else f"call {op.number} ({op.act}, {op.kind})"


def _at_once(ops: Sequence[Op]) -> int:
    turns = sorted([(op.invoked, 1) for op in ops] + [(op.ended, -1) for op in ops])
    most = under_way = 0
    for _, change in turns:
        under_way += change
        most = max(most, under_way)
    return most


def _across_items(
    orders: Mapping[str, Sequence[Op]], judged: Sequence[Judged], findings: list[Finding]
) -> list[str]:
    """Requests over several items are one step each. What a searched order leaves open is returned."""
    requests = ({op.number for op in ops if op.act != "books"} for ops in orders.values())
    items_of = Counter(number for numbers in requests for number in numbers)
    if max(items_of.values(), default=0) < 2:
        return []
    round_ = order.circle(orders)
    if not round_:
        return []
    says = (
        f"calls {', '.join(map(str, round_))} would each come before the next, and the last before the first"
    )
    if any(one.by == "search" for one in judged):
        return [f"Across items: {says}; the orders found by search may not be the only ones"]
    findings.append(Finding("basket", f"Across items {says}."))
    return []
