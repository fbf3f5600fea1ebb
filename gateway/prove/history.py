"""What clients saw of the store, and what the store's books say afterwards: the evidence that is judged.

A history is a list of events. Each call is invoked once and ends at most once: accepted (`ok`), refused, or
`unknown` where no answer came; a call that never ends is unknown too. Instants are whole microseconds of one
clock that all clients share; `at_us` and `expires_us` are microseconds of the database's clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import orjson

NEVER = 2**63 - 1
"""Later than any instant."""
EVENTS_MAX = 2_000_000

Act = Literal["reserve", "extend", "confirm", "release", "ship", "receive", "read", "promise", "change"]
MAKES = frozenset({"reserve", "promise"})
"""Acts that make a reservation."""
Ending = Literal["ok", "refused", "unknown"]
Kind = Literal["invoke"] | Ending
Reason = Literal["", "short", "missing", "expired", "settled", "beyond", "conflict"]
"""Why a call was refused: too few units, free or, to be shipped, on hand; no such reservation; past its
instant; already confirmed, released or shipped; more than it still holds; the key was used with another
payload. "" is any of them but a conflict."""


class BadHistory(ValueError):
    """The events cannot be a history: the message says which and why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One item of an ask. `quantity` None means all there is; negative only where received stock is cut.

    For a change it is what the reservation is to keep: less is given back, more is made beside it.
    """

    item: str
    quantity: int | None = None
    reservation: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """The payload: all lines or none where `whole`, else as much as possible of each.

    A `ttl_us` of NEVER asks for no end. Without `ttl_us` a reservation ends when the answer says, and never
    if the answer says nothing; where no answer came that may be at any time.
    """

    act: Act
    lines: tuple[Line, ...]
    whole: bool = True
    ttl_us: int | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What the answer says of one item: the quantity given, or free where it was read or was short.

    `sequence` is the item's: the one a change made, or the one a refusal or a reading was decided on.
    """

    item: str
    quantity: int | None = None
    reservation: str = ""
    expires_us: int | None = None
    sequence: int | None = None
    beside: str = ""
    """The reservation that a change made for what it wanted more."""

    @property
    def row(self) -> tuple[str, str]:
        """The item and the reservation that the ledger has it under."""
        return self.item, self.beside or self.reservation


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer. `place` orders the requests decided in one transaction."""

    given: tuple[Given, ...] = ()
    reason: Reason = ""
    at_us: int | None = None
    place: int | None = None
    inquiry: str = ""
    """What a reading is logged under."""


@dataclass(frozen=True, slots=True)
class Event:
    """The beginning of a call, with what was asked, or its end, with the outcome if there was an answer."""

    kind: Kind
    call: int
    client: str
    instant_us: int
    key: str | None = None
    ask: Ask | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """One row of the ledger: what the request of `key` changed. Stock facts sent without a key have none."""

    key: str | None
    act: Act
    item: str
    quantity: int
    reservation: str = ""
    expires_us: int | None = None
    sequence: int | None = None
    at_us: int | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """A reservation as the books have it. Active units past `expires_us` are expired, swept or not."""

    reservation: str
    item: str
    original: int
    active: int = 0
    confirmed: int = 0
    released: int = 0
    expired: int = 0
    shipped: int = 0
    expires_us: int = NEVER

    def open_at(self, at_us: int) -> int:
        """Units it still keeps from others."""
        return self.confirmed + (self.active if at_us < self.expires_us else 0)


@dataclass(frozen=True, slots=True)
class Books:
    """The store read after the last call ended, at `at_us` of its clock, `instant_us` of the clients'."""

    instant_us: int
    at_us: int
    on_hand: Mapping[str, int]
    reservations: tuple[Parts, ...]
    effects: tuple[Effect, ...]
    inquiries: Mapping[str, Mapping[str, int]] | None = None
    """The readings in the log, each with the sequences of the items it read. None: the log was not read."""


@dataclass(frozen=True, slots=True)
class History:
    """Units on hand at the start by item, the events, and the books if they were read.

    `clock_error_us` bounds how far the clients' clock is from the database's; None where that is not known.
    """

    start: Mapping[str, int]
    events: tuple[Event, ...]
    books: Books | None = None
    clock_error_us: int | None = None
    sequences: Mapping[str, int] = field(default_factory=dict)
    """Of the items at the start; 0 where none is named."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call from its beginning to its end. `ended` is NEVER where no answer came."""

    number: int
    client: str
    key: str | None
    ask: Ask
    invoked: int
    ended: int = NEVER
    kind: Ending = "unknown"
    outcome: Outcome | None = None


def calls_of(history: History) -> list[Call]:
    """Every call once, in the order they began. Raises BadHistory where beginnings and ends do not pair."""
    if len(history.events) > EVENTS_MAX:
        raise BadHistory(f"{len(history.events):,} events; at most {EVENTS_MAX:,} are judged. Record fewer.")
    begun: dict[int, Call] = {}
    ended: set[int] = set()
    for event in sorted(history.events, key=lambda event: (event.instant_us, event.kind != "invoke")):
        if event.kind == "invoke":
            if event.call in begun:
                raise BadHistory(f"Call {event.call} begins twice.")
            begun[event.call] = _begun(event, history.start)
        else:
            if event.call not in begun or event.call in ended:
                raise BadHistory(f"Call {event.call} ends without having begun, or twice.")
            ended.add(event.call)
            begun[event.call] = _ended(begun[event.call], event)
    return list(begun.values())


def _begun(event: Event, start: Mapping[str, int]) -> Call:
    if event.ask is None or not event.ask.lines:
        raise BadHistory(f"Call {event.call} asks for nothing.")
    for line in event.ask.lines:
        if line.item not in start:
            raise BadHistory(f"Call {event.call} names {line.item}; its units at the start are not known.")
    return Call(event.call, event.client, event.key, event.ask, event.instant_us)


def _ended(call: Call, event: Event) -> Call:
    if event.kind == "unknown" or event.kind == "invoke":  # noqa: PLR1714  # a set would not narrow the type
        return call
    if event.outcome is None:
        raise BadHistory(f"Call {event.call} is {event.kind} without an outcome.")
    return replace(call, ended=event.instant_us, kind=event.kind, outcome=event.outcome)


@dataclass(slots=True)
class Recorder:
    """Events as they happen. One recorder serves a program's clients; several are joined by `merged`."""

    first_call: int = 0
    events: list[Event] = field(default_factory=list)

    def invoke(self, client: str, instant_us: int, ask: Ask, key: str | None = None) -> int:
        """The call is on record before it is sent; its number is returned."""
        self.first_call += 1
        self.events.append(Event("invoke", self.first_call, client, instant_us, key, ask))
        return self.first_call

    def end(
        self, call: int, client: str, instant_us: int, kind: Kind, outcome: Outcome | None = None
    ) -> None:
        """The call has ended so. Without an answer it is `unknown`, never `refused`."""
        self.events.append(Event(kind, call, client, instant_us, outcome=outcome))


def merged(parts: Iterable[Sequence[Event]]) -> tuple[Event, ...]:
    """The events of several recorders in one history, calls numbered anew."""
    numbers: dict[tuple[int, int], int] = {}
    found = [
        replace(event, call=numbers.setdefault((part, event.call), len(numbers)))
        for part, events in enumerate(parts)
        for event in events
    ]
    return tuple(sorted(found, key=lambda event: event.instant_us))


def dump(history: History) -> bytes:
    """The history as lines of JSON: what it starts from, each event, and the books."""
    first = {
        "start": dict(history.start),
        "clock_error_us": history.clock_error_us,
        "sequences": dict(history.sequences),
    }
    rows: list[Any] = [first, *map(asdict, history.events)]
    if history.books is not None:
        rows.append({"books": asdict(history.books)})
    return b"\n".join(orjson.dumps(row) for row in rows) + b"\n"


def load(content: bytes) -> History:
    """The history that `dump` wrote. Raises BadHistory naming the first line that cannot be read."""
    events: list[Event] = []
    first: dict[str, Any] = {}
    books = None
    number = 0
    try:
        for number, line in enumerate(content.splitlines(), 1):
            row = orjson.loads(line)
            if number == 1:
                first = row
            elif "books" in row:
                books = _books(row["books"])
            else:
                events.append(_event(row))
        return History(
            first["start"], tuple(events), books, first["clock_error_us"], first.get("sequences", {})
        )
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise BadHistory(f"Line {number} is not part of a history: {wrong}.") from wrong


def _event(row: dict[str, Any]) -> Event:
    if row["ask"] is not None:
        row["ask"]["lines"] = tuple(Line(**line) for line in row["ask"]["lines"])
        row["ask"] = Ask(**row["ask"])
    if row["outcome"] is not None:
        row["outcome"]["given"] = tuple(Given(**given) for given in row["outcome"]["given"])
        row["outcome"] = Outcome(**row["outcome"])
    return Event(**row)


def _books(row: dict[str, Any]) -> Books:
    row["reservations"] = tuple(Parts(**parts) for parts in row["reservations"])
    row["effects"] = tuple(Effect(**effect) for effect in row["effects"])
    return Books(**row)
