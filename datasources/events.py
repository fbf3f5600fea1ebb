"""Events as the inbox keeps them: JSON that gives back exactly the event that was sent."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from datasources.facts import (
    DemandFact,
    Event,
    EventFact,
    HoldFact,
    HoldLifted,
    Leg,
    Movement,
    SupplyFact,
)

KINDS: dict[str, type[EventFact]] = {
    "movement": Movement,
    "hold_set": HoldFact,
    "hold_lifted": HoldLifted,
    "supply_line": SupplyFact,
    "demand_line": DemandFact,
}
NAMES = {kind: name for name, kind in KINDS.items()}


class NotText(ValueError):
    """An event with a text that is no text: half of a character."""


def encode(event: Event) -> str:
    """The event as text: the same event always gives the same text. Raises NotText."""
    content = {"kind": NAMES[type(event.fact)], "occurred_at": event.occurred_at, "fact": event.fact}
    try:
        return orjson.dumps(content, default=_exact, option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError as refused:
        raise NotText("It has a text that cannot be kept: half of a character.") from refused


def _exact(value: object) -> str:
    """A Decimal, the one kind here that JSON lacks, as text: 5, 5.0 and 5.00 alike."""
    assert isinstance(value, Decimal)
    if not value.is_finite() or abs(value.adjusted()) > DIGITS_MAX:
        return str(value)
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


DIGITS_MAX = 40


def decode(source: str, event_id: str, text: str) -> Event:
    """The event that `encode` wrote."""
    content = orjson.loads(text)
    occurred_at = content["occurred_at"]
    fact = _fact(KINDS[content["kind"]], content["fact"])
    return Event(source, event_id, occurred_at and datetime.fromisoformat(occurred_at), fact)


def _fact(kind: type[EventFact], values: dict[str, Any]) -> EventFact:
    if kind is Movement:
        legs = tuple(Leg(**leg | {"quantity": Decimal(leg["quantity"])}) for leg in values["legs"])
        return Movement(**values | {"legs": legs})
    given = {name: value for name, value in values.items() if value is not None}
    return kind(**{name: _READ[name](value) if name in _READ else value for name, value in given.items()})


def _day_or_instant(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


_READ: dict[str, Callable[[Any], Any]] = {
    "quantity": Decimal,
    "due": _day_or_instant,
    "needed_on": date.fromisoformat,
    "wanted": date.fromisoformat,
    "starts": date.fromisoformat,
    "until": date.fromisoformat,
    "usable_until": date.fromisoformat,
    "lots": tuple,
    "bins": tuple,
}
