"""Whether what a run was to show did happen in it: each thing is counted, and what is missing is named."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.prove.checker import Report, Verdict
from gateway.prove.deeds import Deeds
from gateway.prove.findings import Finding
from gateway.prove.history import MAKES, NEVER, Act, Event, History, Kind
from gateway.prove.shop import LAST


@dataclass(frozen=True, slots=True)
class Span:
    """A call while it was under way, as its client saw it."""

    began: int
    ended: int
    event: Event
    kind: Kind = "unknown"
    """How it ended."""

    @property
    def act(self) -> Act | None:
        return None if self.event.ask is None else self.event.ask.act

    @property
    def items(self) -> tuple[str, ...]:
        return () if self.event.ask is None else tuple(line.item for line in self.event.ask.lines)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the recorded calls and the books show, whatever the buyers meant to do.

    `last_given` units of the item everybody wants one of were given, of `last_units` there are, to
    `last_asked` buyers. `deadlocks` are those PostgreSQL broke.
    """

    baskets_met: int
    keys_met: int
    last_asked: int
    last_given: int
    last_units: int
    deadlocks: int
    readings_after: int = 0
    events_again: int = 0

    def told(self) -> Iterator[str]:
        """Each with its figures."""
        yield f"{self.baskets_met:,} baskets were under way at once with one of the opposing order"
        yield f"{self.keys_met:,} keys were under way at both gateways at one time"
        yield (
            f"{self.last_given:,} of the {self.last_units:,} units of {LAST} were given to"
            f" {self.last_asked:,} buyers who wanted one each"
        )
        yield f"{self.readings_after:,} readings began after a change of their item had been answered"
        yield f"{self.events_again:,} stock events were sent again under the same id"
        yield f"{self.deadlocks:,} deadlocks had to be broken by PostgreSQL"


def seen(history: History, deadlocks: int) -> Seen:
    """The books have been read."""
    spans = spans_of(history.events)
    baskets = [span for span in spans if _items(span) != _items(span)[::-1]]
    last = [span for span in spans if _items(span) == (LAST,)]
    rows = history.books.effects if history.books is not None else ()
    return Seen(
        met(baskets, lambda one, other: _items(one) == _items(other)[::-1]),
        len(_keys_met(spans)),
        len({span.event.key for span in last}),
        sum(row.quantity for row in rows if row.item == LAST and row.act in MAKES),
        history.start.get(LAST, 0),
        deadlocks,
        _readings_after(spans),
        len({key for key, count in _sent(spans, "receive").items() if count > 1}),
    )


CHANGES_NOTHING = frozenset({"read"})


def _readings_after(spans: Sequence[Span]) -> int:
    """Only of these a stale one could be told from one in time."""
    first: dict[str, int] = {}
    for span in spans:
        if span.kind == "ok" and span.act not in CHANGES_NOTHING:
            for item in span.items:
                first[item] = min(first.get(item, NEVER), span.ended)
    readings = (span for span in spans if span.kind == "ok" and span.act in CHANGES_NOTHING)
    return sum(any(first.get(item, NEVER) < span.began for item in span.items) for span in readings)


def _sent(spans: Sequence[Span], act: Act) -> Counter[str]:
    """How often each key of the act was sent."""
    return Counter(span.event.key for span in spans if span.act == act and span.event.key is not None)


def spans_of(events: Sequence[Event]) -> list[Span]:
    """Calls from beginning to end, in the order they began; whoever hung up no longer has it under way."""
    begun = {event.call: event for event in events if event.kind == "invoke"}
    ended = {event.call: event for event in events if event.kind != "invoke"}
    spans = [
        Span(event.instant_us, ended[call].instant_us, event, ended[call].kind)
        for call, event in begun.items()
        if call in ended
    ]
    return sorted(spans, key=lambda span: span.began)


def _items(span: Span) -> tuple[str, ...]:
    """What it wants to be kept."""
    return span.items if span.act in MAKES else ()


def met(spans: Sequence[Span], opposing: Callable[[Span, Span], bool]) -> int:
    """How many were under way while at least one that opposes them was."""
    found: set[int] = set()
    under_way: list[Span] = []
    for span in spans:
        under_way = [other for other in under_way if other.ended > span.began]
        others = [other.event.call for other in under_way if opposing(span, other)]
        if others:
            found |= {span.event.call, *others}
        under_way.append(span)
    return len(found)


def _keys_met(spans: Sequence[Span]) -> set[str]:
    """Keys with two calls of different clients under way at one time: those go to different gateways."""
    by_key: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        if span.event.key is not None:
            by_key[span.event.key].append(span)
    return {
        key
        for key, same in by_key.items()
        if met(same, lambda one, other: one.event.client != other.event.client)
    }


def not_yet(deeds: Deeds, found: Seen) -> Iterator[str]:
    """What the run was to show and has not shown so far, a sentence each. The books need not be read."""
    counts = {
        "the same key at both gateways at one time": found.keys_met,
        "a key used again with another payload": deeds.other_payloads,
        "a buyer who hung up and asked again": deeds.hung_up,
        "a confirmation in time, near to the reservation's end": deeds.before_the_end,
        "a confirmation too late, near to the reservation's end": deeds.past_the_end,
        "a promise": deeds.promised,
        "a promise refused because all had been given": deeds.sold_out,
        "a shipment": deeds.shipped,
        "a change to less": deeds.lowered,
        "a change to more": deeds.raised + deeds.not_raised,
        "a reading that began after a change of its item had been answered": found.readings_after,
        "goods received": deeds.received,
        "a correction that took goods out": deeds.corrected,
        "a stock event sent again under the same id": found.events_again,
        "two baskets of opposing order under way at once": found.baskets_met,
    }
    for what, count in counts.items():
        if not count:
            yield f"Did not happen: {what}. So nothing is shown of it."


def missing(deeds: Deeds, found: Seen) -> Iterator[str]:
    """What the run was to show and did not, a sentence each. The books have been read."""
    yield from not_yet(deeds, found)
    if found.last_asked <= found.last_units:
        yield (
            f"Did not happen: more buyers of {LAST} than units. {found.last_asked:,} came for"
            f" {found.last_units:,}."
        )
    elif found.last_given < found.last_units:
        yield f"Did not happen: {LAST} sold out. {found.last_given:,} of {found.last_units:,} were given."


def judged_with(report: Report, found: Seen, what: Sequence[str]) -> Report:
    """The report of the history, and what was seen beside it: a deadlock, and `what` did not happen.

    A run in which something did not happen does not hold: it is undecided.
    """
    if found.deadlocks:
        says = f"PostgreSQL had to break {found.deadlocks:,} deadlocks."
        report = replace(report, findings=(*report.findings, Finding("deadlock", says)))
    undecided = (*report.undecided, *what)
    verdict: Verdict = "BROKEN" if report.findings else "UNDECIDED" if undecided else "HOLDS"
    return replace(report, verdict=verdict, undecided=undecided)
