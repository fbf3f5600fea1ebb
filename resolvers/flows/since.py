"""What has changed about an item since an answer: the facts recorded after it that bear on promising."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from datasources.store import since as store
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.quote import Quote

CHANGES_MAX = 100
"""The latest changes that are told."""
KINDS = {"supply_line": "supply", "demand_line": "order line", "hold": "hold", "safety_stock": "safety stock"}
SHOWN = ("quantity", "due", "needed_on", "firmness", "starts", "until", "hold_code")
"""The columns of a mirrored line that are told."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was recorded after the answer.

    Quantities are smallest units: `before` and `after` of a line, or what a move of stock or of a reservation
    added (`after`) to what was there. `day` is the day it counts on or is about, where it has one.
    """

    at: datetime
    kind: str
    what: str
    site_id: str
    before: int | None
    after: int | None
    day_before: date | None = None
    day: date | None = None
    channel: str = ""


async def since(deps: Deps, quote: Quote, number: int, caller: Caller) -> tuple[Change, ...]:
    """The latest changes about the line's item, newest first; orders of hidden channels have no names.

    Raises StoreUnavailable.
    """
    found = await store.recorded(deps.store.pool, quote.requests[number].sku, quote.asked_at)
    changes = [*_moves(found.moves), *_reserved(found.reserved, caller)]
    for table, versions in found.versions.items():
        changes += _lines(KINDS[table], versions, caller)
    return tuple(sorted(changes, key=attrgetter("at"), reverse=True)[:CHANGES_MAX])


def _moves(rows: Iterable[Mapping[str, Any]]) -> Iterator[Change]:
    for row in rows:
        what = f"{row['cause']}, {row['status']}"
        yield Change(row["recorded_at"], "stock", what, row["site_id"], None, row["quantity"])


def _reserved(rows: Iterable[Mapping[str, Any]], caller: Caller) -> Iterator[Change]:
    for row in rows:
        seen = caller.may_see_channel(row["channel"])
        named = f"{row['act']} {row['reservation_id']}" if seen else str(row["act"])
        yield Change(
            row["at"],
            "reservation",
            named,
            row["site_id"],
            None,
            row["quantity"],
            day=row["needed_on"],
            channel=row["channel"] if seen else "",
        )


def _lines(kind: str, rows: Iterable[Mapping[str, Any]], caller: Caller) -> Iterator[Change]:
    """Each line that is otherwise than it was, once: from what was in force then to what is now."""
    was: dict[str, Mapping[str, Any]] = {}
    now: dict[str, Mapping[str, Any]] = {}
    at: dict[str, datetime] = {}
    for row in rows:
        at.setdefault(row["key"], row["changed_at"])
        if row["was"]:
            was[row["key"]] = row
        if row["is"]:
            now[row["key"]] = row
    for key, changed_at in at.items():
        before, after = was.get(key), now.get(key)
        if _told(before) != _told(after):
            yield _line(kind, key, changed_at, (before, after), caller)


def _told(row: Mapping[str, Any] | None) -> list[Any] | None:
    return None if row is None else [row.get(name) for name in SHOWN]


def _line(
    kind: str,
    key: str,
    at: datetime,
    versions: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None],
    caller: Caller,
) -> Change:
    before, after = versions
    row = after or before
    assert row is not None, f"{key} was never in force"
    channel = row.get("channel", "")
    seen = not channel or caller.may_see_channel(channel)
    ended = "" if after is not None else ", closed"
    return Change(
        at,
        kind,
        f"{key if seen else 'of another channel'}{ended}",
        row["site_id"],
        None if before is None else before["quantity"],
        None if after is None else after["quantity"],
        None if before is None else _day(before),
        None if after is None else _day(after),
        channel if seen else "",
    )


def _day(row: Mapping[str, Any]) -> date | None:
    """The day that a line is about: when it comes, is needed, or ends."""
    for name in ("due", "needed_on", "until", "starts"):
        found: date | None = row.get(name)
        if found is not None and found != date.min:
            return found
    return None
