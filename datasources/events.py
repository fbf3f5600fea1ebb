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


def encode(event: Event) -> str:
    """The event as text: the same event always gives the same text."""
    content = {"kind": NAMES[type(event.fact)], "occurred_at": event.occurred_at, "fact": event.fact}
    return orjson.dumps(content, default=str, option=orjson.OPT_SORT_KEYS).decode()


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
    "lots": tuple,
    "bins": tuple,
}
