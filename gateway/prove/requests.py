"""Calls as requests: all calls of one key are one request, which has one effect at most.

Calls without a key are a request each. What a request did to each item is an operation on that item, put to
the model of the item alone.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from gateway.prove.findings import Finding
from gateway.prove.history import MAKES, NEVER, Ask, Books, Call, Effect, Given, History, Line, Outcome
from gateway.prove.operation import BEFORE_ALL, Op
from gateway.prove.placing import as_logged, not_logged, placed

LOOKS = frozenset({"read"})


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked once. Its effect, if any, lies between `invoked` and `ended` of the clients' clock."""

    number: int
    key: str | None
    ask: Ask
    invoked: int
    ended: int
    kind: Literal["ok", "refused", "unknown"]
    outcome: Outcome | None = None
    answered: bool = True
    """False where the outcome is known from the books alone."""


@dataclass(slots=True)
class Asked:
    """All requests of a history, and what is already wrong with the answers of single keys."""

    requests: list[Request] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unjudged: int = 0
    """Refusals of several items that name none, which no model of one item can judge."""


def requests_of(calls: Sequence[Call], books: Books | None) -> Asked:
    """Every request once; where the books were read, what they tell of unknown ones is taken from them."""
    asked = Asked()
    by_key: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        if call.key is None:
            request = _request(call, [call])
            asked.requests.append(request if books is None else _as_read(request, books, asked.findings))
        else:
            by_key[call.key].append(call)
    effects = effects_by_key(books)
    for key, same in by_key.items():
        requests = _of_one_key(key, same, asked.findings)
        asked.requests += _as_in_books(requests, effects.get(key, ()), books is not None)
    asked.requests.sort(key=lambda request: request.number)
    return asked


def _as_read(request: Request, books: Books, findings: list[Finding]) -> Request:
    if request.ask.act not in LOOKS or request.outcome is None:
        return request
    findings += not_logged(request.number, request.outcome, books)
    return replace(request, outcome=as_logged(request.outcome, books))


def effects_by_key(books: Books | None) -> Mapping[str, Sequence[Effect]]:
    """The rows of the ledger that name a request."""
    found: dict[str, list[Effect]] = defaultdict(list)
    for effect in books.effects if books is not None else ():
        if effect.key is not None:
            found[effect.key].append(effect)
    return found


def _request(first: Call, same: Sequence[Call]) -> Request:
    answers = sorted((call for call in same if call.kind != "unknown"), key=lambda call: call.ended)
    invoked = min(call.invoked for call in same)
    if not answers:
        return Request(first.number, first.key, first.ask, invoked, NEVER, "unknown")
    answer = answers[0]
    return Request(first.number, first.key, first.ask, invoked, answer.ended, answer.kind, answer.outcome)


def _of_one_key(key: str, same: Sequence[Call], findings: list[Finding]) -> list[Request]:
    """One request where anything was decided; else one for each payload, of which one at most happened."""
    by_ask: dict[Ask, list[Call]] = defaultdict(list)
    for call in same:
        if conflicts(call):
            findings += _false_conflict(key, call, same)
        else:
            by_ask[call.ask].append(call)
    decided = [calls for calls in by_ask.values() if any(call.kind != "unknown" for call in calls)]
    if len(decided) > 1:
        says = f"Key {key} was answered for {len(decided)} different payloads; all but one are a conflict."
        findings.append(Finding("key", says, key=key))
    for calls in decided:
        findings += _one_outcome(key, calls)
    return [_request(calls[0], calls) for calls in (decided or by_ask.values())]


def conflicts(call: Call) -> bool:
    return call.kind == "refused" and call.outcome is not None and call.outcome.reason == "conflict"


def _false_conflict(key: str, call: Call, same: Sequence[Call]) -> Iterator[Finding]:
    if not any(other.ask != call.ask and other.invoked <= call.ended for other in same):
        says = f"Key {key} was refused as used with another payload; nobody had sent another."
        yield Finding("key", says, key=key)


def _one_outcome(key: str, calls: Sequence[Call]) -> Iterator[Finding]:
    outcomes = {(call.kind, call.outcome) for call in calls if call.kind != "unknown"}
    if len(outcomes) > 1:
        said = "; ".join(sorted(f"{kind} {short(outcome)}" for kind, outcome in outcomes))
        says = f"Key {key} was answered {len(outcomes)} ways for the same payload: {said}."
        yield Finding("key", says, key=key)


def short(outcome: Outcome | None) -> str:
    """An outcome in a few words."""
    if outcome is None:
        return ""
    given = ", ".join(f"{one.quantity} of {one.item} {one.reservation}".strip() for one in outcome.given)
    return f"({outcome.reason or given})"


def _as_in_books(
    requests: list[Request], effects: Sequence[Effect], books_were_read: bool
) -> Iterator[Request]:
    if all(request.kind == "unknown" for request in requests) and books_were_read:
        happened = [request for request in requests if effects and _could_be(request, effects)]
        happened.sort(key=lambda request: not request.ask.whole)
        for request in happened[:1]:
            yield replace(request, kind="ok", outcome=_outcome(request, effects), answered=False)
        return
    for request in requests:
        if request.kind == "ok" and request.outcome is not None:
            yield replace(request, outcome=_stamped(request.outcome, effects))
        else:
            yield request


def _could_be(request: Request, effects: Sequence[Effect]) -> bool:
    asked = {(line.item, line.reservation): line.quantity for line in request.ask.lines}
    for effect in effects:
        place = (effect.item, "" if request.ask.act in MAKES else _named(request, effect))
        quantity = asked.get(place, 0)
        partial = not request.ask.whole and quantity is not None and effect.quantity <= quantity
        if effect.act != request.ask.act or place not in asked:
            return False
        if (
            quantity not in {None, effect.quantity}
            and not partial
            and effect.act not in {"confirm", "extend", "change"}
        ):
            return False
        if not _lasts_as_asked(effect, request.ask.ttl_us):
            return False
    return True


def _lasts_as_asked(effect: Effect, ttl_us: int | None) -> bool:
    if effect.at_us is None or effect.expires_us is None or ttl_us is None:
        return True
    return effect.at_us + ttl_us == effect.expires_us


def _named(request: Request, effect: Effect) -> str:
    """The reservation that was named: a change may have made another one beside it."""
    named = [line.reservation for line in request.ask.lines if line.item == effect.item]
    beside = request.ask.act == "change" and named and effect.reservation not in named
    return named[0] if beside else effect.reservation


def _outcome(request: Request, effects: Sequence[Effect]) -> Outcome:
    given = []
    for effect in effects:
        named = _named(request, effect)
        beside = "" if named == effect.reservation else effect.reservation
        units, ends = effect.quantity, effect.expires_us
        given.append(Given(effect.item, units, named, ends, effect.sequence, beside))
    return Outcome(tuple(given), "", effects[0].at_us, effects[0].place)


def _stamped(outcome: Outcome, effects: Sequence[Effect]) -> Outcome:
    """What the answer left out of sequence and instant, the ledger's row of it has."""
    rows = {(effect.item, effect.reservation): effect for effect in effects}
    if not rows:
        return outcome
    given = []
    for one in outcome.given:
        row = rows.get(one.row)
        sequence = row.sequence if one.sequence is None and row is not None else one.sequence
        given.append(replace(one, sequence=sequence))
    at_us = effects[0].at_us if outcome.at_us is None else outcome.at_us
    place = effects[0].place if outcome.place is None else outcome.place
    return replace(outcome, given=tuple(given), at_us=at_us, place=place)


def operations(asked: Asked, history: History) -> dict[str, list[Op]]:
    """What was done to each item, the reading of the books last."""
    found: dict[str, list[Op]] = {item: [] for item in history.start}
    for request in asked.requests:
        if request.kind == "refused":
            done = list(_refused(request, history.clock_error_us))
            asked.unjudged += not done
        else:
            done = list(_done(request, history.clock_error_us))
        for item, op in done:
            found[item].append(op)
    found = {item: placed(ops, history.sequences.get(item, 0)) for item, ops in found.items()}
    if history.books is not None:
        for item, ops in found.items():
            ops.append(_reading(item, history.books))
    return found


def _reading(item: str, books: Books) -> Op:
    held = tuple(parts for parts in books.reservations if parts.item == item)
    ask = Ask("read", (Line(item),))
    return Op(
        *(-1, "books", "ok", ask, books.instant_us),
        given=books.on_hand.get(item),
        earliest=books.at_us,
        latest=books.at_us,
        books=held,
    )


def _done(request: Request, error_us: int | None) -> Iterator[tuple[str, Op]]:
    """Accepted, or unknown: then only what was asked is known."""
    if request.kind == "unknown" and request.ask.act in LOOKS:
        return
    left = list(request.outcome.given) if request.outcome is not None else []
    for number, line in enumerate(request.ask.lines):
        given = _taken(left, line)
        if request.kind == "ok" and given is None:
            nothing = request.ask.act in MAKES
            if nothing and (request.answered or request.ask.whole):
                continue
            given = Given(line.item, 0 if nothing else None)
        op = _op(request, line, number, given, error_us)
        yield line.item, op


def _taken(left: list[Given], line: Line) -> Given | None:
    for given in left:
        if given.item == line.item and line.reservation in ("", given.reservation):
            left.remove(given)
            return given
    return None


def _refused(request: Request, error_us: int | None) -> Iterator[tuple[str, Op]]:
    """A refusal judges the items it names, or the only one there is."""
    assert request.outcome is not None
    named = list(request.outcome.given)
    totals: dict[tuple[str, str], Line] = {}
    for line in request.ask.lines:
        so_far = totals.get((line.item, line.reservation))
        sum_ = None if line.quantity is None else line.quantity + ((so_far and so_far.quantity) or 0)
        totals[line.item, line.reservation] = replace(line, quantity=sum_)
    for number, line in enumerate(totals.values()):
        given = _taken(named, line)
        if given is None and len(totals) > 1:
            continue
        yield line.item, _op(request, line, number, given or Given(line.item), error_us)


def _op(request: Request, line: Line, number: int, given: Given | None, error_us: int | None) -> Op:
    outcome = request.outcome
    reservation = line.reservation or (given.reservation if given is not None else "")
    if not reservation and request.ask.act in MAKES:
        reservation = f"? of call {request.number}, line {number}"
    op = Op(
        *(request.number, request.ask.act, request.kind, request.ask, request.invoked, request.ended),
        reservation=reservation,
        wanted=line.quantity,
        given=given.quantity if given is not None else None,
        expires_us=given.expires_us if given is not None else None,
        reason=outcome.reason if outcome is not None else "",
        sequence=given.sequence if given is not None else None,
        place=outcome.place if outcome is not None else None,
        line=number,
        key=request.key,
        beside=given.beside if given is not None else "",
    )
    earliest, latest = _instants(op, outcome, error_us)
    return replace(op, earliest=earliest, latest=latest)


def _instants(op: Op, outcome: Outcome | None, error_us: int | None) -> tuple[int, int]:
    """From when to when, by the database's clock, it can have been decided."""
    if outcome is not None and outcome.at_us is not None:
        return outcome.at_us, outcome.at_us
    if op.kind == "ok" and op.expires_us is not None and op.ask.ttl_us not in {None, NEVER}:
        return op.expires_us - op.ask.ttl_us, op.expires_us - op.ask.ttl_us
    if error_us is None:
        return BEFORE_ALL, NEVER
    return op.invoked - error_us, NEVER if op.ended == NEVER else op.ended + error_us
