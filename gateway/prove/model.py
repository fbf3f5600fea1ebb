"""The model of one item: units on hand, and reservations that keep some of them from others.

Free units are those on hand less what is confirmed and what is active and not past its instant. An operation
is put to the model with an instant of the database's clock; the model takes its effect, or says why it cannot
have ended as it did.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from gateway.prove.history import NEVER, Parts, Reason
from gateway.prove.operation import BEFORE_ALL, Op

VAGUE_MAX = 10
"""Of more reservations whose expiry is not known exactly, only the least and the most they hold is judged."""


class Hold(NamedTuple):
    """A reservation: units it keeps, and when it ends: from `soonest` to `latest`, equal where known.

    `ttl` is set while the instant it was made at has no upper bound: until an operation after it has one.
    """

    units: int
    confirmed: bool = False
    soonest: int = NEVER
    latest: int = NEVER
    expired: bool = False
    ttl: int | None = None


@dataclass(slots=True)
class Item:
    """The state of one item; `now` is the instant of the last operation that was put to it."""

    on_hand: int
    now: int = BEFORE_ALL
    held: int = 0
    """Units of reservations that have not ended."""
    holds: dict[str, Hold] | None = None
    ends: list[tuple[int, str]] | None = None
    """When reservations end, soonest first; entries that no longer hold are skipped."""
    vague: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.holds = {} if self.holds is None else self.holds
        self.ends = [] if self.ends is None else self.ends

    def copy(self) -> "Item":
        assert self.holds is not None
        assert self.ends is not None
        return Item(self.on_hand, self.now, self.held, dict(self.holds), list(self.ends), self.vague)

    def key(self) -> str:
        """Equal only for states that no operation can tell apart, if the same operations led to both.

        Reservations that have ended are left out: which have is then told by those that have not.
        """
        assert self.holds is not None
        live = sorted((name, hold) for name, hold in self.holds.items() if hold.units and not hold.expired)
        return f"{self.on_hand} {self.now} {live}"

    @property
    def free(self) -> int:
        return self.on_hand - self.held

    def hold(self, reservation: str) -> Hold | None:
        assert self.holds is not None
        return self.holds.get(reservation)

    def breaks(self, after: int, until: int) -> list[int]:
        """Instants in (after, until] at which a reservation ends or may end."""
        assert self.holds is not None
        live = (
            hold for hold in self.holds.values() if hold.units and not hold.confirmed and not hold.expired
        )
        return sorted(
            {at for hold in live for at in (hold.soonest, hold.latest) if after < at <= until and at < NEVER}
        )

    def advance(self, at: int, by: int) -> None:
        """Reservations that have certainly ended by `at` have ended.

        `by` is the latest the operation that comes now can have been: what came before it was not later.
        """
        assert self.holds is not None
        assert self.ends is not None
        self.now = at
        self.settle(by)
        while self.ends and self.ends[0][0] <= at:
            latest, name = heapq.heappop(self.ends)
            hold = self.holds[name]
            if hold.latest == latest and hold.units and not hold.confirmed and not hold.expired:
                self.expire(name)

    def settle(self, by: int) -> None:
        """Reservations made at an unknown instant were made by `by`."""
        assert self.holds is not None
        for name in self.vague if by < NEVER else ():
            hold = self.holds[name]
            if hold.ttl is not None:
                self._put(name, hold._replace(latest=_later(by, hold.ttl), ttl=None))

    def doubtful(self, at: int) -> list[str]:
        """Reservations that may have ended by `at`, or not."""
        assert self.holds is not None
        found = []
        for name in sorted(self.vague):
            hold = self.holds[name]
            latest = _later(at, hold.ttl) if hold.ttl is not None else hold.latest
            if hold.units and not hold.confirmed and not hold.expired and hold.soonest <= at < latest:
                found.append(name)
        return found

    def expire(self, name: str) -> None:
        assert self.holds is not None
        hold = self.holds[name]
        self.held -= hold.units
        self.holds[name] = hold._replace(expired=True)
        self.vague -= {name}

    def put(self, op: Op, at: int) -> str | None:
        """The effect of `op` at `at` is taken, with None; or the words why it cannot have ended as it did."""
        if op.act == "books":
            return self._as_in(op.books, op.given, at)
        if op.act == "read":
            return self._reads(op, at)
        self.advance(at, op.latest)
        return RULES[op.act](self, op)

    def _put(self, name: str, hold: Hold) -> None:
        assert self.holds is not None
        assert self.ends is not None
        self.holds[name] = hold
        if hold.latest < NEVER:
            heapq.heappush(self.ends, (hold.latest, name))
        uncertain = hold.soonest < hold.latest and not hold.confirmed and hold.units
        self.vague = self.vague | {name} if uncertain else self.vague - {name}

    def _ending(self, op: Op) -> tuple[int, int, int | None]:
        """When a reservation made or extended by `op` now ends."""
        if op.expires_us is not None:
            return op.expires_us, op.expires_us, None
        if op.ask.ttl_us == NEVER:
            return NEVER, NEVER, None
        if op.ask.ttl_us is None:
            return (NEVER if op.kind == "ok" else self.now), NEVER, None
        if op.earliest == op.latest:
            return self.now + op.ask.ttl_us, self.now + op.ask.ttl_us, None
        return self.now + op.ask.ttl_us, NEVER, op.ask.ttl_us

    def _wrong_end(self, op: Op) -> str | None:
        if op.kind != "ok" or op.expires_us is None:
            return None
        ttl = op.ask.ttl_us
        if op.expires_us <= self.now or (ttl is not None and op.expires_us != self.now + ttl):
            lasts = {None: "any time", NEVER: "no end"}.get(ttl) or f"{ttl:,} µs"
            return (
                f"it ends {op.expires_us - self.now:,} µs after it was decided by the database's clock;"
                f" {lasts} was asked for"
            )
        return None

    def _reserve(self, op: Op) -> str | None:
        wanted = op.wanted or 0
        enough = max(0, self.free) if not op.ask.whole else (wanted if self.free >= wanted else 0)
        could = min(wanted, enough)
        if op.kind == "refused":
            if op.reason not in ("", "short") or could > 0:
                return f"{wanted} were refused ({op.reason or 'no reason'}) where {self.free} were free"
            if op.given is not None and op.given != max(0, self.free):
                return f"the refusal says {op.given} free; {self.free} were"
            return None
        given = could if op.given is None else op.given
        if given != could or (op.kind == "unknown" and not given):
            return f"{given} of {wanted} wanted were reserved where {self.free} were free"
        if given:
            if self.hold(op.reservation) is not None:
                return f"reservation {op.reservation} was made a second time"
            soonest, latest, ttl = self._ending(op)
            made = Hold(given, soonest=soonest, latest=latest, ttl=ttl)
            self._put(op.reservation, Hold(given, confirmed=True) if op.act == "promise" else made)
            self.held += given
        return self._wrong_end(op) if given else None

    def _refusal(self, op: Op) -> Reason | None:
        """Why the model would refuse; None where it would not."""
        hold = self.hold(op.reservation)
        if hold is None:
            return "missing"
        if hold.expired:
            return "expired"
        if not hold.units or (hold.confirmed and op.act in {"confirm", "extend"}):
            return "settled"
        if op.act in {"release", "ship"} and (op.wanted or 0) > hold.units:
            return "beyond"
        return "short" if self._lacks(op, hold) else None

    def _lacks(self, op: Op, hold: Hold) -> bool:
        """Whether there is too little for it: for the more that is to be kept, or for what is to leave."""
        if op.act == "ship":
            return (hold.units if op.wanted is None else op.wanted) > self.on_hand
        return op.act == "change" and (op.wanted or 0) - hold.units > max(0, self.free)

    def _change(self, op: Op) -> str | None:
        because = self._refusal(op)
        if op.kind == "refused":
            if because is None or op.reason not in ("", because):
                return (
                    f"{op.act} of {op.reservation} was refused as {op.reason}; it was {because or 'in order'}"
                )
            return None
        if because is not None:
            return f"{op.act} of {op.reservation} was accepted though {WORDS[because]}"
        hold = self.hold(op.reservation)
        assert hold is not None
        return {"confirm": self._confirm, "extend": self._extend, "change": self._keep}.get(
            op.act, self._take
        )(op, hold)

    def _confirm(self, op: Op, hold: Hold) -> str | None:
        self._put(op.reservation, hold._replace(confirmed=True, soonest=NEVER, latest=NEVER, ttl=None))
        return _differs(op, hold.units)

    def _extend(self, op: Op, hold: Hold) -> str | None:
        soonest, latest, ttl = self._ending(op)
        self._put(op.reservation, hold._replace(soonest=soonest, latest=latest, ttl=ttl))
        return self._wrong_end(op)

    def _take(self, op: Op, hold: Hold) -> str | None:
        """Units are released or shipped."""
        units = hold.units if op.wanted is None else op.wanted
        self._put(op.reservation, hold._replace(units=hold.units - units))
        self.held -= units
        if op.act == "ship":
            self.on_hand -= units
        return _differs(op, units)

    def _keep(self, op: Op, hold: Hold) -> str | None:
        """It keeps less, or more is kept beside it, on the same terms."""
        more = (op.wanted or 0) - hold.units
        self.held += more
        if more <= 0:
            self._put(op.reservation, hold._replace(units=hold.units + more))
            if op.beside:
                return f"reservation {op.beside} was made though no more was wanted"
            return _differs(op, -more)
        beside = op.beside or f"? beside {op.reservation}, call {op.number}"
        if self.hold(beside) is not None:
            return f"reservation {beside} was made a second time"
        self._put(beside, hold._replace(units=more))
        return _differs(op, more)

    def _receive(self, op: Op) -> str | None:
        if op.kind != "refused":
            self.on_hand += op.wanted or 0
        return None

    def _reads(self, op: Op, at: int) -> str | None:
        assert self.ends is not None
        self.settle(op.latest)
        seen = self._free_at(at)
        if op.given is None or op.given in seen:
            return None
        return f"{op.given} were read as free where {' or '.join(str(free) for free in sorted(seen))} were"

    def _free_at(self, at: int) -> set[int]:
        """What may be free at an instant not before now. A reading ends no reservation for others."""
        free, doubtful = self.free, []
        for hold in self._not_past(at):
            latest = _later(at, hold.ttl) if hold.ttl is not None else hold.latest
            if latest <= at:
                free += hold.units
            elif hold.soonest <= at:
                doubtful.append(hold.units)
        if len(doubtful) > VAGUE_MAX:
            return {max(0, free + more) for more in range(sum(doubtful) + 1)}
        sums = {sum(some) for count in range(len(doubtful) + 1) for some in combinations(doubtful, count)}
        return {max(0, free + more) for more in sums}

    def _not_past(self, at: int) -> Iterator[Hold]:
        """Live active reservations that may end by `at`, each once."""
        assert self.holds is not None
        assert self.ends is not None
        if not self.vague and (not self.ends or self.ends[0][0] > at):
            return
        for hold in self.holds.values():
            if hold.units and not hold.confirmed and not hold.expired and hold.soonest <= at:
                yield hold

    def _as_in(self, books: tuple[Parts, ...], on_hand: int | None, at: int) -> str | None:
        if on_hand != self.on_hand:
            return f"the books have {on_hand} on hand; {self.on_hand} follow from the answers"
        assert self.holds is not None
        in_books = {parts.reservation: parts.open_at(at) for parts in books}
        for name, hold in self.holds.items():
            live = 0 if hold.expired or (not hold.confirmed and hold.latest <= at) else hold.units
            if name not in in_books:
                return f"reservation {name} was accepted and is not in the books"
            if in_books[name] != live:
                says = f"the books have {in_books[name]} open on reservation {name}"
                return f"{says}; {live} follow from the answers"
        for name in in_books.keys() - self.holds.keys():
            return f"reservation {name} is in the books and was given to nobody"
        return None


def _later(at: int, ttl: int) -> int:
    return min(NEVER, at + ttl)


def _differs(op: Op, units: int) -> str | None:
    if op.kind == "ok" and op.given is not None and op.given != units:
        return f"{op.act} of {op.reservation} says {op.given} units; it was {units}"
    return None


WORDS: dict[Reason, str] = {
    "missing": "there was no such reservation",
    "expired": "it had expired",
    "settled": "it was confirmed, released or shipped before",
    "beyond": "it held fewer units",
    "short": "there were too few units for it",
}

RULES: dict[str, Callable[[Item, Op], str | None]] = {
    "reserve": Item._reserve,  # noqa: SLF001
    "promise": Item._reserve,  # noqa: SLF001
    "receive": Item._receive,  # noqa: SLF001
    **dict.fromkeys(("confirm", "extend", "release", "ship", "change"), Item._change),  # noqa: SLF001
}
