"""Receive: events from outside, durable first, then exactly one effect each."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from datasources import events as words
from datasources.facts import Event
from datasources.store import catalogue, clock, inbox, profiles, sources, worklist
from datasources.store.inbox import Arrival
from datasources.store.locks import lock_profiles
from datasources.store.worklist import Matter
from datasources.store.unit import Tx
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.effects import Effects
from resolvers.flows.translate import Translator, Untranslatable, not_ahead, text
from rules.calendar import local_day
from rules.errors import TooManyEvents
from rules.model import Setup
from telemetry import names
from telemetry.spans import continued, span, traceparent

EVENTS_MAX = 500

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
    with span(names.RECEIVE, events=len(events)):
        arrivals = [_arrival(event, caller) for event in events]
        if not arrivals:
            return []
        async with deps.store.writing() as tx:
            new = await inbox.take_in(tx, _first_of_each(arrivals), await clock.now(tx))
        async with deps.store.writing() as tx:
            found = await inbox.find(tx, [arrival.key for arrival in arrivals])
            settled = await _apply(tx, [a for a in found.values() if a.outcome is None])
    return _receipts(arrivals, new, {key: settled.get(key, arrival) for key, arrival in found.items()})


async def finish_waiting(deps: Deps) -> int:
    """Events that were taken in but not applied, because a process died between, have their effect; how many."""
    finished = 0
    while True:
        async with deps.store.writing() as tx:
            waiting = await inbox.waiting(tx, EVENTS_MAX)
            await _apply(tx, waiting)
        finished += len(waiting)
        if len(waiting) < EVENTS_MAX:
            return finished


def _arrival(event: Event, caller: Caller) -> Arrival:
    content = words.encode(event)
    content_hash = hashlib.sha256(content.encode()).hexdigest()
    return Arrival(event.source, event.event_id, content, content_hash, caller.person, traceparent() or "")


def _first_of_each(arrivals: Sequence[Arrival]) -> list[Arrival]:
    first: dict[inbox.Key, Arrival] = {}
    for arrival in arrivals:
        first.setdefault(arrival.key, arrival)
    return list(first.values())


def _receipts(
    arrivals: Sequence[Arrival], new: set[inbox.Key], settled: dict[inbox.Key, Arrival]
) -> list[Receipt]:
    receipts, seen = [], set()
    for arrival in arrivals:
        kept = settled[arrival.key]
        if kept.content_hash != arrival.content_hash:
            reason = "This event id was used before with other content. Send it under a new id."
            receipts.append(Receipt(*arrival.key, CONFLICT, reason))
        elif arrival.key in new and arrival.key not in seen:
            receipts.append(Receipt(*arrival.key, kept.outcome or "", kept.reason))
        else:
            repeated = DUPLICATE if kept.outcome == APPLIED else kept.outcome or ""
            receipts.append(Receipt(*arrival.key, repeated, kept.reason))
        seen.add(arrival.key)
    return receipts


async def _apply(tx: Tx, arrivals: Sequence[Arrival]) -> dict[inbox.Key, Arrival]:
    """The arrivals, each with its outcome, their effects written and their items' profiles rebuilt."""
    if not arrivals:
        return {}
    setup = await catalogue.current(tx)
    events = [words.decode(*arrival.key, arrival.content) for arrival in arrivals]
    translators = await _translators(tx, events, setup)
    await lock_profiles(tx, _skus(events, translators))
    now = await clock.now(tx)
    effects = Effects(tx, setup, now, await sources.owners(tx))
    settled = {}
    for arrival, event in zip(arrivals, events, strict=True):
        with continued(arrival.traceparent):
            outcome, reason = await _apply_one(effects, translators[event.source], arrival, event, now)
        settled[arrival.key] = replace(arrival, outcome=outcome, reason=reason)
    await profiles.rebuild(tx, effects.touched)
    await inbox.settle(tx, {key: (str(a.outcome), a.reason) for key, a in settled.items()})
    return settled


async def _apply_one(
    effects: Effects, translator: Translator, arrival: Arrival, event: Event, now: datetime
) -> tuple[str, str | None]:
    try:
        text(event.source)
        text(event.event_id)
        occurred_at = not_ahead(event.occurred_at or now, now)
        fresh = await effects.apply(translator, replace(event, occurred_at=occurred_at), arrival.actor)
    except Untranslatable as refused:
        matter = Matter("event set aside", event.source, event.event_id, str(refused), arrival.content)
        await worklist.add(effects.tx, [matter], now)
        return SET_ASIDE, str(refused)
    if not fresh:
        return STALE, "A newer statement of this line is already known, so this one changed nothing."
    return APPLIED, None


async def _translators(tx: Tx, events: Sequence[Event], setup: Setup) -> dict[str, Translator]:
    today = local_day(await clock.now(tx), "UTC")
    translators = {}
    for source in sorted({event.source for event in events}):
        codes = {
            event.fact.code for event in events if event.source == source and hasattr(event.fact, "code")
        }
        known = await sources.vocabulary(tx, source, sorted(codes))
        near = () if codes <= set(known.names()) else tuple(await sources.codes_like(tx, source))
        translators[source] = Translator(source, known, setup, today, near)
    return translators


def _skus(events: Sequence[Event], translators: dict[str, Translator]) -> set[str]:
    """Every item these events may touch. A line or hold that moves to another item is found by its old item too."""
    return {
        meaning.sku
        for event in events
        for (code, _), meaning in translators[event.source].vocabulary.meanings.items()
        if code == getattr(event.fact, "code", None)
    }
