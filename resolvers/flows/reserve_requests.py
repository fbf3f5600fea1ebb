"""Requests that commit: each as it waits to be decided, checked and with its fingerprint."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

import orjson

from rules.ask import Delivered, RequestLine, ask_record
from rules.asked import LineOutcome
from rules.errors import BadDuration, BadKey, NoLines, TextTooLong, TooManyLines
from rules.reservation import Act
from telemetry.spans import trace_id_hex

LINES_MAX = 1_000
KEY_MAX = 200
NAME_MAX = 200
SECONDS_MAX = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class WantedLine:
    """One line to be reserved. It is taken on `wanted`, or up to `latest` where one is named.

    Lines of one `group` leave together, or are received together: all in full on one day, by the earliest
    `latest` of theirs, or none of them. More for a reservation that is `held` for a while ends with it.
    """

    ask: RequestLine
    latest: date | None = None
    group: str = ""
    order_id: str = ""
    line_id: str = ""
    held: bool = False


@dataclass(frozen=True, slots=True)
class Wanting:
    """Goods to be kept: for so many seconds, or without an end where these are None: a promise.

    `offered` is what an inquiry was told; where less can be had now, nothing is done.
    """

    lines: tuple[WantedLine, ...]
    whole: bool = True
    seconds: int | None = None
    holder: str = ""
    offered: tuple[LineOutcome, ...] = ()
    to: Delivered | None = None
    """Where they go: then days are days of receipt there."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where a reservation is to come from: this site only, if one is named, and none of those to avoid.

    All of it by `latest`; without one, as soon as it is promised.
    """

    site_id: str | None = None
    avoid: tuple[str, ...] = ()
    latest: date | None = None


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A reservation that something is to be done with; `quantity` None is all it still keeps."""

    reservation: str
    quantity: Decimal | None = None
    order_id: str = ""
    line_id: str = ""
    elsewhere: Elsewhere | None = None
    """Where it is to come from, if that is what is to be done."""

    @property
    def reservation_id(self) -> UUID | None:
        """None for what is no id at all."""
        try:
            return UUID(self.reservation)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Holding:
    """What is to be done with reservations there are. `seconds` from now on is what extending means."""

    lines: tuple[HeldLine, ...]
    whole: bool = True
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One request under its key. The same payload always has the same fingerprint."""

    person: str
    channel: str
    key: str
    act: Act
    body: Wanting | Holding
    may_agree: bool = False
    """Whether the person may agree to goods being bought or made for it."""
    inquiry_id: UUID | None = None
    """What was told there is promised."""
    fingerprint: str = field(init=False, default="")
    trace_id: str = field(default_factory=lambda: trace_id_hex() or "", compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fingerprint", _fingerprint(self))

    @property
    def name(self) -> tuple[str, str, str]:
        return self.person, self.channel, self.key


def is_held(request: Request, line: WantedLine) -> bool:
    """Whether what the line gets ends by itself."""
    body = request.body
    return line.held or (isinstance(body, Wanting) and body.seconds is not None)


def check(request: Request) -> None:
    """Raises NoLines, TooManyLines, BadKey, BadDuration or TextTooLong; nothing has been done then."""
    body = request.body
    if not body.lines:
        raise NoLines
    if len(body.lines) > LINES_MAX:
        raise TooManyLines(len(body.lines), LINES_MAX)
    if not 1 <= len(request.key) <= KEY_MAX or not request.key.isprintable():
        raise BadKey(len(request.key), KEY_MAX)
    ends = request.act == "extend" or isinstance(body, Wanting)
    if ends and body.seconds is not None and not 1 <= body.seconds <= SECONDS_MAX:
        raise BadDuration(body.seconds, SECONDS_MAX)
    texts = [(body.holder, "holder")] if isinstance(body, Wanting) else []
    if isinstance(body, Wanting) and body.to is not None:
        texts += [(body.to.destination, "shipTo"), (body.to.service or "", "service")]
    for line in body.lines:
        texts += [(line.order_id, "order"), (line.line_id, "line")]
        texts += [(line.group, "group")] if isinstance(line, WantedLine) else []
    for text, what in texts:
        if len(text) > NAME_MAX or not text.isprintable():
            raise TextTooLong(what, len(text), NAME_MAX)


def _fingerprint(request: Request) -> str:
    body = request.body
    said: list[object] = [request.act, body.whole, body.seconds]
    if isinstance(body, Wanting):
        said += [body.holder, ask_record([line.ask for line in body.lines])]
        said += [[_day(line.latest), line.group, line.order_id, line.line_id] for line in body.lines]
        said += [] if body.to is None else [[body.to.destination, body.to.service]]
    else:
        said += [[line.reservation, _text(line.quantity), line.order_id, line.line_id] for line in body.lines]
        named = [line.elsewhere for line in body.lines if line.elsewhere is not None]
        said += [[each.site_id, list(each.avoid), _day(each.latest)] for each in named]
    said += [] if request.inquiry_id is None else [str(request.inquiry_id)]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _text(quantity: Decimal | None) -> str | None:
    return None if quantity is None else str(quantity.normalize())


def skus_wanted(requests: Sequence[Request]) -> set[str]:
    """The items that these requests name themselves."""
    bodies = [request.body for request in requests]
    return {line.ask.sku for body in bodies if isinstance(body, Wanting) for line in body.lines}


def wanted_often(requests: Sequence[Request]) -> frozenset[str]:
    """The items that several of these requests name."""
    named = Counter(sku for request in requests for sku in skus_wanted([request]))
    return frozenset(sku for sku, requests_for_it in named.items() if requests_for_it > 1)


def ids_named(requests: Sequence[Request]) -> set[UUID]:
    """The reservations that these requests name."""
    bodies = [request.body for request in requests if isinstance(request.body, Holding)]
    named = {line.reservation_id for body in bodies if isinstance(body, Holding) for line in body.lines}
    return {each for each in named if each is not None}
