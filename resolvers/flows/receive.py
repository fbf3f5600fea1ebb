"""Receive: events from outside, durable first, then exactly one effect each."""

import hashlib
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from datasources import events as words
from datasources.facts import Event
from datasources.store import clock, inbox, worklist
from datasources.store.inbox import Arrival, Key
from datasources.store.unit import Contended, Tx
from datasources.store.worklist import REASON_MAX, Matter, clipped
from resolvers.flows.books import Books, open_books
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.translate import Untranslatable, not_ahead, text
from rules.errors import Refusal, TooManyEvents
from telemetry import names
from telemetry.spans import continued, span, traceparent

log = logging.getLogger(__name__)

EVENTS_MAX = 500
TRIES_MAX = 4

APPLIED = "APPLIED"
SET_ASIDE = "SET_ASIDE"
STALE = "STALE"
DUPLICATE = "DUPLICATE"
CONFLICT = "CONFLICT"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one event. APPLIED and DUPLICATE mean its one effect is in the store."""

    source: str
    event_id: str
    outcome: str
    reason: str | None = None


async def receive(deps: Deps, events: Sequence[Event], caller: Caller) -> list[Receipt]:
    """One receipt an event, in order. Each event is durable before any effect, and has its effect once.

    Raises TooManyEvents (nothing was taken) and StoreUnavailable (send the same events again).
    """
    if len(events) > EVENTS_MAX:
        raise TooManyEvents(len(events), EVENTS_MAX)
    if not events:
        return []
    with span(names.RECEIVE, events=len(events)):
        async with deps.store.writing() as tx:
            now = await clock.now(tx)
            read = [_read(event, caller, now) for event in events]
            arrivals = _first_of_each(read)
            new = await inbox.take_in(tx, arrivals)
            await worklist.add(tx, [_unreadable(each) for each in read if isinstance(each, Receipt)], now)
        settled = await _finish(deps, [arrival.key for arrival in arrivals])
    return _receipts(read, new, settled)


async def finish_waiting(deps: Deps) -> int:
    """Events taken in but not applied, because a process died between, have their effect; how many."""
    finished, after = 0, 0
    while True:
        async with deps.store.reading() as tx:
            waiting = await inbox.waiting(tx, after, EVENTS_MAX)
        if not waiting:
            return finished
        await _finish(deps, [key for _, key in waiting])
        finished, after = finished + len(waiting), waiting[-1][0]


def _read(event: Event, caller: Caller, now: datetime) -> Arrival | Receipt:
    """The event as the inbox keeps it. One with a name or text that cannot be kept is set aside at once."""
    try:
        text(event.source)
        text(event.event_id)
        content = words.encode(event)
    except (Untranslatable, words.NotText) as refused:
        return Receipt(event.source, event.event_id, SET_ASIDE, str(refused))
    content_hash = hashlib.sha256(content.encode()).hexdigest()
    return Arrival(
        event.source, event.event_id, content, content_hash, caller.person, traceparent() or "", now
    )


def _unreadable(receipt: Receipt) -> Matter:
    return Matter("event set aside", receipt.source, receipt.event_id, receipt.reason or "", "")


def _first_of_each(read: Sequence[Arrival | Receipt]) -> list[Arrival]:
    first: dict[Key, Arrival] = {}
    for arrival in read:
        if isinstance(arrival, Arrival):
            first.setdefault(arrival.key, arrival)
    return list(first.values())


def _receipts(read: Sequence[Arrival | Receipt], new: set[Key], settled: dict[Key, Arrival]) -> list[Receipt]:
    receipts, seen = [], set()
    for arrival in read:
        if isinstance(arrival, Receipt):
            receipts.append(arrival)
            continue
        kept, first = settled[arrival.key], arrival.key in new and arrival.key not in seen
        receipts.append(_receipt(arrival, kept, first=first))
        seen.add(arrival.key)
    return receipts


def _receipt(arrival: Arrival, kept: Arrival, *, first: bool) -> Receipt:
    if kept.content_hash != arrival.content_hash:
        reason = "This event id was used before with other content. Send it under a new id."
        return Receipt(*arrival.key, CONFLICT, reason)
    outcome = DUPLICATE if kept.outcome == APPLIED and not first else str(kept.outcome)
    return Receipt(*arrival.key, outcome, kept.reason)


async def _finish(deps: Deps, keys: Sequence[Key]) -> dict[Key, Arrival]:
    """Each of these events has its outcome: together or, where one of them breaks the rest, each alone."""
    try:
        return await _settle(deps, keys)
    except Refusal:
        raise
    except Exception:
        log.exception("%d events could not be applied together; each is now tried alone.", len(keys))
    settled: dict[Key, Arrival] = {}
    for key in keys:
        settled |= await _finish_alone(deps, key)
    return settled


async def _finish_alone(deps: Deps, key: Key) -> dict[Key, Arrival]:
    try:
        return await _settle(deps, [key])
    except Refusal:
        raise
    except Exception as failed:
        log.exception("Event %s of %s could not be applied.", key[1], key[0])
        reason = f"It could not be applied ({type(failed).__name__}); the log of the gateway says more."
    async with deps.store.writing() as tx:
        arrival = (await inbox.find(tx, [key]))[key]
        matter = Matter("event set aside", *key, reason, arrival.content)
        await worklist.add(tx, [matter], await clock.now(tx))
        await inbox.settle(tx, {key: (SET_ASIDE, reason)})
    return {key: replace(arrival, outcome=SET_ASIDE, reason=reason)}


async def _settle(deps: Deps, keys: Sequence[Key]) -> dict[Key, Arrival]:
    """These events have their outcome. Where another writer was in the way it is tried again."""
    for _ in range(TRIES_MAX - 1):
        with suppress(Contended):
            return await _settle_once(deps, keys)
    return await _settle_once(deps, keys)


async def _settle_once(deps: Deps, keys: Sequence[Key]) -> dict[Key, Arrival]:
    async with deps.store.writing() as tx:
        found = await inbox.find(tx, keys)
        return found | await _apply(tx, [arrival for arrival in found.values() if arrival.outcome is None])


async def _apply(tx: Tx, arrivals: Sequence[Arrival]) -> dict[Key, Arrival]:
    """The arrivals, each with its outcome, their effects written and their items' profiles rebuilt."""
    if not arrivals:
        return {}
    events = [words.decode(*arrival.key, arrival.content) for arrival in arrivals]
    books = await open_books(tx, events)
    settled = {}
    for arrival, event in zip(arrivals, events, strict=True):
        with continued(arrival.traceparent):
            outcome, reason = _apply_one(books, arrival, event)
        settled[arrival.key] = replace(arrival, outcome=outcome, reason=reason)
    await books.effects.write(tx)
    await inbox.settle(tx, {key: (str(a.outcome), a.reason) for key, a in settled.items()})
    return settled


def _apply_one(books: Books, arrival: Arrival, event: Event) -> tuple[str, str | None]:
    try:
        occurred_at = not_ahead(event.occurred_at or arrival.received_at, books.effects.now)
        fresh = books.effects.apply(books.translators[event.source], event, occurred_at, arrival.actor)
    except Untranslatable as refused:
        reason = clipped(str(refused), REASON_MAX)
        books.effects.set_aside(event, reason, arrival.content)
        return SET_ASIDE, reason
    if not fresh:
        return STALE, "A newer statement of this line is already known, so this one changed nothing."
    return APPLIED, None
