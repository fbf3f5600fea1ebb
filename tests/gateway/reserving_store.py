"""A store of reservations in memory, right or wrong on purpose.

It shares no code with what judges it. A fault strikes where it can, and counts how often it made a difference
that somebody can see; a test of a fault that never struck has shown nothing.
"""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from gateway.prove import (
    Ask,
    Books,
    Effect,
    Given,
    Line,
    Outcome,
    Parts,
)

BATCH_US, COMMIT_US = 200, 60
"""A batch begins at each multiple of the one and is seen so long after its instant."""
ITEMS = ("bolt", "nut")

FAULTS = (
    "oversold by one",
    "lost reservation",
    "double effect of a key",
    "confirm after expiry accepted",
    "release twice gives back twice",
    "acknowledged then missing",
    "stale read accepted",
    "basket half done",
    "clock of the gateway decides expiry",
    "clock of the gateway in the answer",
    "different outcome for a repeated key",
    "other payload for a key accepted",
    "resurrected reservation",
    "sold out though there is enough",
    "expired early, given to another",
    "sequence of an older state",
)


@dataclass
class Held:
    """A reservation in the store."""

    item: str
    original: int
    active: int
    expires_us: int
    confirmed: int = 0
    released: int = 0
    shipped: int = 0
    expired: int = 0

    def keeps(self, at_us: int) -> int:
        return self.confirmed + (self.active if at_us < self.expires_us else 0)


@dataclass
class Stock:
    """What is committed: the state a reading sees."""

    on_hand: dict[str, int]
    held: dict[str, Held] = field(default_factory=dict)
    sequence: dict[str, int] = field(default_factory=dict)
    gift: dict[str, int] = field(default_factory=dict)
    """Units given back that nobody had."""

    def free(self, item: str, at_us: int) -> int:
        kept = sum(held.keeps(at_us) for held in self.held.values() if held.item == item)
        return self.on_hand[item] - kept + self.gift.get(item, 0)


@dataclass
class Store:
    """Requests are decided one after the other; `fault` says in what it is wrong."""

    stock: Stock
    chance: Random
    fault: str = ""
    clock_off_us: int = 0
    struck: int = 0
    answers: dict[str, tuple[Ask, str, Outcome]] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    odd: list[Outcome] = field(default_factory=list)
    """Answers by which the fault can be seen, if somebody hears them."""
    acknowledged: list[tuple[int, Given]] = field(default_factory=list)
    """What clients were told that was changed, and when they heard."""
    seen: list[tuple[int, Stock]] = field(default_factory=list)
    """When each state was committed."""
    bumped: set[str] = field(default_factory=set)
    made: int = 0

    def strikes(self, fault: str) -> bool:
        return self.fault == fault

    def batch(self, requests: list[tuple[str, Ask]], at_us: int) -> list[tuple[str, Outcome]]:
        """All of them in one transaction, each with its place."""
        self.bumped = set()
        answers = [self.decide(key, ask, at_us, place) for place, (key, ask) in enumerate(requests)]
        if self.fault in {"lost reservation", "acknowledged then missing"} and self.chance.random() < 0.3:
            self.lose(at_us)
        self.seen.append((at_us + COMMIT_US, deepcopy(self.stock)))
        return answers

    def lose(self, at_us: int) -> None:
        """A reservation that keeps units goes; of the acknowledged one no trace is left."""
        told = {given.reservation for _, given in self.acknowledged} | (
            self.stock.held.keys() if self.fault == "lost reservation" else set()
        )
        live = [name for name, held in self.stock.held.items() if held.keeps(at_us) and name in told]
        if live:
            name = self.chance.choice(live)
            del self.stock.held[name]
            self.struck += 1
            if self.fault == "acknowledged then missing":
                self.effects = [effect for effect in self.effects if effect.reservation != name]

    def decide(self, key: str, ask: Ask, at_us: int, place: int) -> tuple[str, Outcome]:
        if key in self.answers:
            return self.again(key, ask, at_us, place)
        kind, outcome = self.decide_anew(key, ask, at_us, place)
        if self.strikes("clock of the gateway in the answer"):
            outcome = replace(outcome, at_us=at_us + 50_000)
            self.odd.append(outcome)
        self.answers[key] = (ask, kind, outcome)
        return kind, outcome

    def again(self, key: str, ask: Ask, at_us: int, place: int) -> tuple[str, Outcome]:
        first, kind, outcome = self.answers[key]
        if first != ask:
            if self.strikes("other payload for a key accepted"):
                kind, outcome = self.decide_anew(key, ask, at_us, place)
                self.odd.append(outcome)
                return kind, outcome
            return "refused", Outcome(reason="conflict")
        if self.strikes("double effect of a key"):
            count = len(self.effects)
            self.decide_anew(key, ask, at_us, place)
            self.struck += len(self.effects) > count
        if self.strikes("different outcome for a repeated key"):
            other = replace(outcome, at_us=at_us + self.chance.randint(1, 9))
            if kind == "ok":
                kind, other = "refused", Outcome((), "short" if ask.act == "reserve" else "settled", at_us)
            self.odd.append(other)
            return kind, other
        return kind, outcome

    def decide_anew(self, key: str, ask: Ask, at_us: int, place: int) -> tuple[str, Outcome]:
        if ask.act == "receive":
            return self.receive(key, ask, at_us, place)
        if ask.act == "reserve":
            return self.reserve(key, ask, at_us, place)
        return self.change(key, ask, at_us, place)

    def bump(self, item: str) -> int:
        if item not in self.bumped:
            self.bumped.add(item)
            self.stock.sequence[item] = self.stock.sequence.get(item, 0) + 1
        return self.stock.sequence[item]

    def write(self, given: Given, key: str, ask: Ask, at_us: int, place: int) -> Given:
        sequence = self.bump(given.item)
        quantity = given.quantity or 0
        row = (
            key,
            ask.act,
            given.item,
            quantity,
            given.reservation,
            given.expires_us,
            sequence,
            at_us,
            place,
        )
        self.effects.append(Effect(*row))
        return replace(given, sequence=sequence)

    def receive(self, key: str, ask: Ask, at_us: int, place: int) -> tuple[str, Outcome]:
        (line,) = ask.lines
        self.stock.on_hand[line.item] += line.quantity or 0
        given = self.write(Given(line.item, line.quantity), key, ask, at_us, place)
        return "ok", Outcome((given,), "", at_us, place)

    def free(self, item: str, wanted: int, at_us: int) -> int:
        """Free units as this store believes."""
        free = self.stock.free(item, at_us)
        if self.strikes("oversold by one") and free == wanted - 1 and free >= 0:
            return wanted
        if self.strikes("sold out though there is enough") and free >= wanted and self.chance.random() < 0.3:
            return wanted - 1
        early = self.stock.free(item, at_us + 700)
        if self.strikes("expired early, given to another") and free < wanted <= early:
            return early
        return free

    def reserve(self, key: str, ask: Ask, at_us: int, place: int) -> tuple[str, Outcome]:
        free = {line.item: self.free(line.item, line.quantity or 0, at_us) for line in ask.lines}
        short = [line for line in ask.lines if free[line.item] < (line.quantity or 0)]
        nothing = all(free[line.item] <= 0 for line in ask.lines)
        if (short and ask.whole) or nothing:
            said = tuple(
                Given(line.item, max(0, free[line.item]), sequence=self.stock.sequence.get(line.item, 0))
                for line in (short if ask.whole else ask.lines)
            )
            outcome = Outcome(said, "short", at_us, place)
            if any(given.quantity != max(0, self.stock.free(given.item, at_us)) for given in said):
                self.odd.append(outcome)
            enough = [line for line in ask.lines if line not in short]
            if self.strikes("basket half done") and enough:
                self.keep(key, replace(ask, lines=tuple(enough)), free, at_us, place)
                self.struck += 1
            return "refused", outcome
        return "ok", Outcome(tuple(self.keep(key, ask, free, at_us, place)), "", at_us, place)

    def keep(self, key: str, ask: Ask, free: dict[str, int], at_us: int, place: int) -> list[Given]:
        given = []
        for line in ask.lines:
            units = min(line.quantity or 0, max(0, free[line.item]))
            self.struck += units != min(line.quantity or 0, max(0, self.stock.free(line.item, at_us)))
            if not units:
                given.append(Given(line.item, 0, sequence=self.stock.sequence.get(line.item, 0)))
                continue
            self.made += 1
            name = f"r{self.made}"
            expires_us = at_us + (ask.ttl_us or 0)
            self.stock.held[name] = Held(line.item, units, units, expires_us)
            given.append(self.write(Given(line.item, units, name, expires_us), key, ask, at_us, place))
        return given

    def change(self, key: str, ask: Ask, at_us: int, place: int) -> tuple[str, Outcome]:
        (line,) = ask.lines
        held = self.stock.held.get(line.reservation)
        reason = self.reason(held, ask, line, at_us)
        if reason:
            given = Given(line.item, None, line.reservation, None, self.stock.sequence.get(line.item, 0))
            outcome = Outcome((given,), reason, at_us, place)
            if held is not None and reason != why_not(held, ask, line, at_us):
                self.odd.append(outcome)
            return "refused", outcome
        assert held is not None
        units = held.active + held.confirmed
        expires_us = None
        if ask.act == "confirm":
            held.active, held.confirmed = 0, units
        elif ask.act == "extend":
            units, held.expires_us = 0, at_us + (ask.ttl_us or 0)
            expires_us = held.expires_us
        else:
            units = units if line.quantity is None else line.quantity
            self.take(held, ask.act, units)
        given = Given(line.item, units, line.reservation, expires_us)
        return "ok", Outcome((self.write(given, key, ask, at_us, place),), "", at_us, place)

    def take(self, held: Held, act: str, units: int) -> None:
        if held.confirmed:
            held.confirmed -= units
        elif held.active:
            held.active -= units
        if act == "release":
            held.released += units
        else:
            held.shipped += units
            self.stock.on_hand[held.item] -= units

    def reason(self, held: Held | None, ask: Ask, line: Line, at_us: int) -> Any:
        """Why it refuses, or not."""
        if held is None:
            return "missing"
        right = why_not(held, ask, line, at_us)
        if self.strikes("clock of the gateway decides expiry"):
            wrong = why_not(held, ask, line, at_us + self.clock_off_us)
            self.struck += bool(right and not wrong)
            return wrong
        if self.strikes("confirm after expiry accepted") and ask.act == "confirm" and right == "expired":
            held.expires_us += 1_000_000
            self.struck += 1
            return ""
        if self.strikes("release twice gives back twice") and ask.act == "release" and held.released:
            self.stock.gift[held.item] = self.stock.gift.get(held.item, 0) + held.released
            held.active += held.released
            held.released = 0
            self.struck += 1
            return ""
        if self.strikes("resurrected reservation") and ask.act == "confirm" and held.released:
            held.active, held.released = held.active + held.released, 0
            held.expires_us = at_us + 1_000_000
            self.struck += 1
            return ""
        return right

    def read(self, item: str, at_us: int, called_us: int) -> Outcome:
        """What is free, as committed when it looked."""
        states = [(since, stock) for since, stock in self.seen if since <= at_us]
        stock, sequence = states[-1][1], states[-1][1].sequence.get(item, 0)
        free = max(0, stock.free(item, at_us))
        if self.fault not in {"stale read accepted", "sequence of an older state"}:
            return Outcome((Given(item, free, sequence=sequence),), "", at_us)
        heard = [
            given.sequence or 0
            for heard, given in self.acknowledged
            if heard < called_us and given.item == item
        ]
        older = [stock for _, stock in states if stock.sequence.get(item, 0) < max(heard, default=0)]
        if self.fault == "stale read accepted":
            older = [stock for stock in older if max(0, stock.free(item, at_us)) != free]
        if not older:
            return Outcome((Given(item, free, sequence=sequence),), "", at_us)
        self.struck += 1
        sequence = older[-1].sequence.get(item, 0)
        if self.fault == "stale read accepted":
            free = max(0, older[-1].free(item, at_us))
        return Outcome((Given(item, free, sequence=sequence),), "", at_us)

    def books(self, at_us: int, instant_us: int) -> Books:
        """Swept or not: of expired reservations some are marked so, some are not yet."""
        rows = []
        for name, held in self.stock.held.items():
            row = deepcopy(held)
            if row.active and at_us >= row.expires_us and self.chance.random() < 0.5:
                row.active, row.expired = 0, row.active
            parts = (row.active, row.confirmed, row.released, row.expired, row.shipped)
            rows.append(Parts(name, row.item, row.original, *parts, row.expires_us))
        return Books(instant_us, at_us, dict(self.stock.on_hand), tuple(rows), tuple(self.effects))


def why_not(held: Held, ask: Ask, line: Line, at_us: int) -> str:
    """Why a right store refuses a change to a reservation; nothing where it does not."""
    open_units = held.active + held.confirmed
    if held.expired or (held.active and at_us >= held.expires_us):
        return "expired"
    if not open_units or (held.confirmed and ask.act in {"confirm", "extend"}):
        return "settled"
    if ask.act in {"release", "ship"} and (line.quantity or 0) > open_units:
        return "beyond"
    return ""
