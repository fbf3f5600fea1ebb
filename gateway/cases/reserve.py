"""Kind `reserve`: reservations made, kept, given back and shipped, one operation after the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from gateway.cases.comparing import differs
from gateway.cases.facts import Place, required
from gateway.cases.operations import Refused
from gateway.cases.reading import Unclear, maps, only
from gateway.cases.reserving import (
    Asked,
    State,
    day_of,
    instant,
    kept_at,
    reservation_of,
    start,
    taken_from,
)
from rules.reservation import Reservation, confirm, give_back, has_expired, ship

LINE_KEYS: Final = {"item", "site", "qty", "order"}

__all__ = ["judge", "perform", "start"]


def perform(state: State, operation: Mapping[str, Any]) -> State:
    """The state after the operation; an operation nobody knows is Unclear."""
    name = str(required(operation, "op"))
    if name not in OPERATIONS:
        raise Unclear(f"{name!r} is no operation of this kind: {', '.join(OPERATIONS)}")
    act, keys = OPERATIONS[name]
    only({"op", *keys}, operation, f"operation {name}")
    return act(state, operation)


def _reserve(state: State, row: Mapping[str, Any]) -> State:
    name = str(required(row, "id"))
    lines = tuple(_line(state, line) for line in maps(required(row, "lines"), "lines"))
    asked = Asked(lines, row.get("minutes"))
    before = state.asked.get(name)
    if before is not None:
        if (before.lines, before.minutes) != (asked.lines, asked.minutes):
            raise Refused("replay_differs")
        if before.code is not None:
            raise Refused(before.code)
        return replace(state, promised=before.promised)
    if any(quantity <= 0 for _, quantity, _ in lines):
        raise Refused("bad_quantity")
    parts = taken_from(state, lines, backorder=bool(row.get("allow_backorder", False)))
    if parts is None:
        refused = replace(asked, code="short")
        raise Refused("short", replace(state, asked={**state.asked, name: refused}))
    promised = max((part.needed_on for line in parts for part in line), default=state.today)
    made = tuple(
        reservation_of(state, line, kept, asked.minutes, UUID(int=len(state.asked) * 1_000 + number))
        for number, (line, kept) in enumerate(zip(lines, parts, strict=True))
    )
    return replace(
        state,
        asked={**state.asked, name: replace(asked, promised=promised)},
        made={**state.made, name: made},
        promised=promised,
    )


def _line(state: State, row: Mapping[str, Any]) -> tuple[Place, int, str]:
    only(LINE_KEYS, row, "a line")
    return state.read.place_of(row), state.read.units(required(row, "qty")), str(row.get("order", ""))


def _clock(state: State, row: Mapping[str, Any]) -> State:
    return replace(state, now=instant(required(row, "now")))


def _find(state: State, row: Mapping[str, Any]) -> tuple[str, tuple[Reservation, ...]]:
    name = str(required(row, "id"))
    made = state.made.get(name)
    if made is None:
        raise Refused("unknown")
    if any(has_expired(each, state.now) for each in made) or not any(each.open for each in made):
        raise Refused("ended")
    return name, made


def _confirm(state: State, row: Mapping[str, Any]) -> State:
    name, made = _find(state, row)
    kept = tuple(
        confirm(each, state.now).reservation if each.state == "active" and each.open else each
        for each in made
    )
    return replace(state, made={**state.made, name: kept})


def _quantity(state: State, row: Mapping[str, Any], most: int) -> int:
    quantity = most if row.get("qty") is None else state.read.units(row["qty"])
    if not 0 < quantity <= most:
        raise Refused("bad_quantity")
    return quantity


def _release(state: State, row: Mapping[str, Any]) -> State:
    """What was reserved last goes first."""
    name, made = _find(state, row)
    rest = _quantity(state, row, sum(each.open for each in made))
    kept = list(made)
    for number in reversed(range(len(kept))):
        units = min(rest, kept[number].open)
        if units:
            kept[number] = give_back(kept[number], state.now, units).reservation
            rest -= units
    return replace(state, made={**state.made, name: tuple(kept)})


def _adjust(state: State, row: Mapping[str, Any]) -> State:
    """The same reservation with another quantity; what it kept is free for it."""
    name, made = _find(state, row)
    quantity = state.read.units(required(row, "qty"))
    if quantity <= 0:
        raise Refused("bad_quantity")
    if len(made) != 1:
        raise Unclear("adjust is of a reservation of one line")
    [old] = made
    if quantity <= old.open:
        less = give_back(old, state.now, old.open - quantity).reservation
        return replace(state, made={**state.made, name: (less,)})
    without = replace(state, made={key: each for key, each in state.made.items() if key != name})
    place = old.sku, old.parts[0].site_id
    taken = taken_from(without, [(place, quantity, old.order_id)], backorder=False)
    if taken is None:
        raise Refused("short")
    return replace(state, made={**state.made, name: (replace(old, parts=tuple(taken[0])),)})


def _ship(state: State, row: Mapping[str, Any]) -> State:
    name, made = _find(state, row)
    rest = _quantity(state, row, sum(each.open for each in made))
    on_hand, shipped, kept = dict(state.on_hand), dict(state.shipped), []
    for each in made:
        units = min(rest, each.open)
        rest -= units
        kept.append(ship(each, state.now, units).reservation if units else each)
        for before, after in zip(each.parts, kept[-1].parts, strict=True):
            place = each.sku, before.site_id
            on_hand[place] = on_hand.get(place, 0) - before.open + after.open
        shipped[each.order_id] = shipped.get(each.order_id, 0) + units
    if any(on_hand[place] < 0 for place in on_hand if on_hand[place] != state.on_hand.get(place, 0)):
        raise Refused("short_on_hand")
    return replace(state, on_hand=on_hand, shipped=shipped, made={**state.made, name: tuple(kept)})


def _issue(state: State, row: Mapping[str, Any]) -> State:
    place, quantity = state.read.place_of(row), state.read.units(required(row, "qty"))
    if quantity <= 0:
        raise Refused("bad_quantity")
    day = day_of(row, "date") if row.get("date") is not None else state.today
    if day < state.today and _least_from(state, place, day) < quantity:
        raise Refused("past_negative")
    if quantity > state.on_hand.get(place, 0) - kept_at(state, place):
        raise Refused("short")
    return _moved(state, place, day, -quantity)


def _least_from(state: State, place: Place, day: date) -> int:
    """The least balance of dated moves on that day or any later one."""
    moves = sorted((at, quantity) for there, at, quantity in state.moves if there == place)
    balance = sum(quantity for at, quantity in moves if at <= day)
    least = balance
    for at, quantity in moves:
        if at > day:
            balance += quantity
            least = min(least, balance)
    return least


def _moved(state: State, place: Place, day: date, quantity: int) -> State:
    on_hand = {**state.on_hand, place: state.on_hand.get(place, 0) + quantity}
    return replace(state, on_hand=on_hand, moves=(*state.moves, (place, day, quantity)))


def _receive(state: State, row: Mapping[str, Any]) -> State:
    """Goods come: those of a supply line, which falls, or others."""
    quantity = state.read.units(required(row, "qty"))
    if quantity <= 0:
        raise Refused("bad_quantity")
    named = row.get("supply")
    lines = [line for line in state.supply if named is not None and line[1] == str(named)]
    if named is not None and not lines:
        raise Refused("unknown")
    place = lines[0][0] if lines else state.read.place_of(row)
    supply = tuple(
        (at, name, due, max(0, left - quantity) if name == str(named) else left)
        for at, name, due, left in state.supply
    )
    return _moved(replace(state, supply=supply), place, state.today, quantity)


def _set_on_hand(state: State, row: Mapping[str, Any]) -> State:
    place, quantity = state.read.place_of(row), state.read.units(required(row, "qty"))
    if quantity < min(0, state.threshold):
        raise Refused("bad_quantity")
    return _moved(state, place, state.today, quantity - state.on_hand.get(place, 0))


def _set_threshold(state: State, row: Mapping[str, Any]) -> State:
    return replace(state, threshold=state.read.units(required(row, "qty")))


OPERATIONS: Final[dict[str, tuple[Callable[[State, Mapping[str, Any]], State], set[str]]]] = {
    "reserve": (_reserve, {"id", "lines", "minutes", "allow_backorder"}),
    "clock": (_clock, {"now"}),
    "confirm": (_confirm, {"id"}),
    "release": (_release, {"id", "qty"}),
    "adjust": (_adjust, {"id", "qty"}),
    "ship": (_ship, {"id", "qty"}),
    "issue": (_issue, {"item", "site", "qty", "date"}),
    "receive": (_receive, {"item", "site", "qty", "supply"}),
    "set_on_hand": (_set_on_hand, {"item", "site", "qty"}),
    "set_threshold": (_set_threshold, {"item", "site", "qty"}),
}


def judge(state: State, expect: Mapping[str, Any]) -> list[str]:
    """What differs in a case of kind `reserve`."""
    only({"promised", "on_hand", "reserved", "atp", "atp_total", "reservations", "orders"}, expect, "expect")
    scale = state.read.scale
    found = _told(state)
    if "atp" in expect and isinstance(expect["atp"], dict):
        found["atp"] = {f"{item}@{site}": _atp(state, (item, site)) for item, site in _places(state)}
    elif "atp" in expect:
        [place] = _places(state)
        found["atp"] = _atp(state, place)
    return [each for key, wanted in expect.items() for each in differs(key, found[key], wanted, scale)]


def _told(state: State) -> dict[str, Any]:
    places = _places(state)
    return {
        "promised": state.promised and str(state.promised),
        "on_hand": sum(state.on_hand.values()),
        "reserved": sum(kept_at(state, place) for place in places),
        "atp_total": sum(_atp(state, place) for place in places),
        "reservations": {name: {"status": _status(state, made)} for name, made in state.made.items()},
        "orders": {name: _order(state, name) for name in state.orders},
    }


def _places(state: State) -> list[Place]:
    kept = {(each.sku, part.site_id) for made in state.made.values() for each in made for part in each.parts}
    return sorted({*state.on_hand, *kept})


def _atp(state: State, place: Place) -> int:
    left = state.on_hand.get(place, 0) - kept_at(state, place) - state.threshold
    return max(0, left) if state.floored else left


def _status(state: State, made: Sequence[Reservation]) -> str:
    """The case's word for it: of several lines, for one that still keeps something."""
    live = next((each for each in made if each.open), made[0])
    return live.standing(state.now)


def _order(state: State, name: str) -> dict[str, Any]:
    lines = [each for made in state.made.values() for each in made if each.order_id == name]
    reserved = sum(each.open for each in lines if not has_expired(each, state.now))
    shipped, whole = state.shipped.get(name, 0), state.orders[name]
    if shipped:
        word = "shipped" if shipped >= whole else "part_shipped"
    elif reserved:
        word = "reserved" if reserved >= whole else "part_reserved"
    else:
        word = "unreserved"
    return {"reserved": reserved, "shipped": shipped, "state": word}
