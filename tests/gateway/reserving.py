"""Clients who reserve, confirm and release all at once, in one simulated time, and what they saw."""

import heapq
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from gateway.prove import Ask, Event, History, Line, Outcome, Recorder
from tests.gateway.reserving_store import BATCH_US, COMMIT_US, ITEMS, Stock, Store


@dataclass
class Crowd:
    """Clients with a store between them, in one simulated time. `run` gives what they saw."""

    chance: Random
    fault: str = ""
    clients: int = 3
    calls: int = 24
    ttl_us: tuple[int, int] = (600, 5_000)
    recorder: Recorder = field(default_factory=Recorder)
    turns: list[tuple[int, int, Callable[[int], None]]] = field(default_factory=list)
    turn: int = 0
    left: int = 0
    waiting: dict[int, list[tuple[str, Ask, Callable[[int, str, Outcome], None]]]] = field(
        default_factory=dict
    )
    known: list[tuple[str, str]] = field(default_factory=list)
    sent: list[tuple[str, Ask]] = field(default_factory=list)
    last_us: int = 0
    keys: dict[int, str] = field(default_factory=dict)
    heard: dict[str, list[tuple[str, Outcome]]] = field(default_factory=dict)

    def run(self) -> tuple[History, Store]:
        start = {item: self.chance.randint(3, 8) for item in ITEMS}
        self.store = Store(Stock(dict(start)), self.chance, self.fault)
        self.store.clock_off_us = self.chance.choice((-900, 900))
        self.store.seen.append((-1, deepcopy(self.store.stock)))
        self.left = self.calls
        for number in range(self.clients):
            self.later(self.chance.randint(0, 500), lambda now, n=number: self.call(f"c{n}", now))  # type: ignore[misc]
        self.play()
        for item in ITEMS:
            self.last_us += 500
            self.read("auditor", item, self.last_us)
            self.play()
        end = self.last_us + 1_000
        books = self.store.books(end, end)
        return History(start, tuple(self.recorder.events), books, clock_error_us=2), self.store

    def play(self) -> None:
        while self.turns:
            now, _, act = heapq.heappop(self.turns)
            self.last_us = max(self.last_us, now)
            act(now)

    def later(self, at_us: int, act: Callable[[int], None]) -> None:
        self.turn += 1
        heapq.heappush(self.turns, (at_us, self.turn, act))

    def call(self, client: str, now: int) -> None:
        if not self.left:
            return
        self.left -= 1
        if self.chance.random() < 0.15:
            self.read(client, self.chance.choice(ITEMS), now)
            return
        key, ask = self.choose()
        self.sent.append((key, ask))
        number = self.recorder.invoke(client, now, ask, key)
        self.keys[number] = key
        fate = self.chance.random()
        patience = now + 2_500

        def answered(done_us: int, kind: str, outcome: Outcome) -> None:
            at = done_us + self.chance.randint(1, 600)
            self.later(at, lambda end: self.hear(client, number, end, kind, outcome))

        if fate < 0.06:
            self.later(patience, lambda end: self.give_up(client, number, end))
            return
        if fate < 0.15:
            self.later(patience, lambda end: self.give_up(client, number, end))
            self.send(now, key, ask, lambda *_: None)
            return
        self.send(now, key, ask, answered)

    def send(self, now: int, key: str, ask: Ask, answered: Callable[[int, str, Outcome], None]) -> None:
        """It waits for the next batch after it has arrived."""
        arrives = now + self.chance.randint(1, 900)
        at_us = (arrives // BATCH_US + 1) * BATCH_US
        if at_us not in self.waiting:
            self.waiting[at_us] = []
            self.later(at_us + COMMIT_US, lambda now: self.decide(at_us, now))
        self.waiting[at_us].append((key, ask, answered))

    def decide(self, at_us: int, now: int) -> None:
        batch = self.waiting.pop(at_us)
        answers = self.store.batch([(key, ask) for key, ask, _ in batch], at_us)
        for (_, _, answered), (kind, outcome) in zip(batch, answers, strict=True):
            answered(now, kind, outcome)

    def hear(self, client: str, number: int, now: int, kind: Any, outcome: Outcome) -> None:
        self.recorder.end(number, client, now, kind, outcome)
        key = self.keys.get(number, "")
        if any(outcome is odd for odd in self.store.odd):
            needs_two = self.fault in {
                "different outcome for a repeated key",
                "other payload for a key accepted",
            }
            others = [other for other in self.heard.get(key, ()) if other != (kind, outcome)]
            self.store.struck += bool(others) or not needs_two
        self.heard.setdefault(key, []).append((kind, outcome))
        if kind == "ok" and key:
            self.store.acknowledged += [(now, given) for given in outcome.given if given.quantity]
        self.known += [
            (given.item, given.reservation) for given in outcome.given if kind == "ok" and given.reservation
        ]
        self.later(now + self.chance.randint(1, 700), lambda now: self.call(client, now))

    def give_up(self, client: str, number: int, now: int) -> None:
        self.recorder.end(number, client, now, "unknown")
        self.later(now + self.chance.randint(1, 700), lambda now: self.call(client, now))

    def read(self, client: str, item: str, now: int) -> None:
        number = self.recorder.invoke(client, now, Ask("read", (Line(item),)))
        looks = now + self.chance.randint(1, 400)

        def look(at_us: int) -> None:
            outcome = self.store.read(item, at_us, now)
            self.later(
                at_us + self.chance.randint(1, 300), lambda end: self.hear(client, number, end, "ok", outcome)
            )

        self.later(looks + (looks % 10 == 0), look)  # never at the instant of a commit, so before or after it

    def choose(self) -> tuple[str, Ask]:
        """A new request, or one that somebody sent before."""
        if self.sent and self.chance.random() < 0.2:
            key, ask = self.chance.choice(self.sent[-6:])
            return (key, self.new_ask()) if self.chance.random() < 0.15 else (key, ask)
        return f"k{len(self.sent)}", self.new_ask()

    def new_ask(self) -> Ask:
        roll, ttl_us = self.chance.random(), self.chance.randint(*self.ttl_us)
        if roll < 0.06:
            return Ask("receive", (Line(self.chance.choice(ITEMS), self.chance.randint(1, 3)),))
        if roll < 0.5 or not self.known:
            items = ITEMS if self.chance.random() < 0.4 else (self.chance.choice(ITEMS),)
            lines = tuple(Line(item, self.chance.randint(1, 4)) for item in items)
            return Ask("reserve", lines, whole=self.chance.random() < 0.75, ttl_us=ttl_us)
        item, name = self.chance.choice(self.known[-5:])
        if roll < 0.6:
            return Ask("extend", (Line(item, None, name),), ttl_us=ttl_us)
        if roll < 0.76:
            return Ask("confirm", (Line(item, None, name),))
        units = None if self.chance.random() < 0.5 else self.chance.randint(1, 2)
        return Ask("release" if roll < 0.9 else "ship", (Line(item, units, name),))


def bare(history: History, *, clock_error_us: int | None) -> History:
    """The same without books and without what the store says of its own order."""
    events = tuple(_bare(event) for event in history.events)
    return History(history.start, events, None, clock_error_us)


def _bare(event: Event) -> Event:
    if event.outcome is None:
        return event
    given = tuple(replace(one, sequence=None) for one in event.outcome.given)
    return replace(event, outcome=Outcome(given, event.outcome.reason))
