"""What a case of kind `reserve` is about: goods, supply, reservations, and what the product has free."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from gateway.cases.facts import ITEM, SITE, SUPPLY_KEYS, Place, Reader, required
from gateway.cases.operations import Code
from gateway.cases.reading import Unclear, mapping, maps, only, precision, when
from rules.calendar import local_day
from rules.company import Policy, Site, SupplyChoice
from rules.model import OnHand, Receipt, Reserved, SafetyStock, SiteStock
from rules.position import site_position
from rules.reservation import Part, Reservation
from rules.reserved import owing_stock

GIVEN_KEYS: Final = {"item", "site", "now", "zone", "on_hand", "history", "supply", "orders", "policy"}
POLICY_KEYS: Final = {"threshold", "floor_at_zero", "look_ahead_days"}
HORIZON_DAYS = 366
OWN = "own"


@dataclass(frozen=True, slots=True)
class Asked:
    """A reserve operation as it was sent, and what became of it."""

    lines: tuple[tuple[Place, int, str], ...]
    minutes: int | None
    code: Code | None = None
    promised: date | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What is there, and every reservation so far, by the case's id: one for each line of it."""

    read: Reader
    zone: str
    now: datetime
    on_hand: Mapping[Place, int]
    moves: tuple[tuple[Place, date, int], ...]
    supply: tuple[tuple[Place, str, date, int], ...]
    orders: Mapping[str, int]
    threshold: int
    floored: bool
    look_ahead: int
    asked: Mapping[str, Asked] = field(default_factory=dict)
    made: Mapping[str, tuple[Reservation, ...]] = field(default_factory=dict)
    shipped: Mapping[str, int] = field(default_factory=dict)
    promised: date | None = None

    @property
    def today(self) -> date:
        return local_day(self.now, self.zone)


def start(given: Mapping[str, Any], case: Mapping[str, Any]) -> State:
    """What a case, or a variant of it, starts from."""
    only(GIVEN_KEYS, given, "given")
    policy = mapping(given.get("policy"), "policy")
    only(POLICY_KEYS, policy, "policy")
    place = str(given.get("item", ITEM)), str(given.get("site", SITE))
    read = Reader(int(10 ** precision(dict(case))), place)
    zone = str(given.get("zone", "UTC"))
    moves = tuple(
        (place, day_of(row, "date"), read.units(required(row, "qty")))
        for row in maps(given.get("history"), "history")
    )
    on_hand: dict[Place, int] = {}
    stock = [(row.place, row.quantity) for row in read.stock(given.get("on_hand"))]
    for at, quantity in (*stock, *((at, quantity) for at, _, quantity in moves)):
        on_hand[at] = on_hand.get(at, 0) + quantity
    return State(
        read=read,
        zone=zone,
        now=instant(required(given, "now")),
        on_hand=on_hand or {place: 0},
        moves=moves,
        supply=tuple(_supply(read, row) for row in maps(given.get("supply"), "supply")),
        orders={
            str(required(row, "id")): read.units(required(row, "qty"))
            for row in maps(given.get("orders"), "orders")
        },
        threshold=read.units(policy.get("threshold", 0)),
        floored=bool(policy.get("floor_at_zero", False)),
        look_ahead=int(policy.get("look_ahead_days", 0)),
    )


def instant(value: object) -> datetime:
    read = when(value)
    if not isinstance(read, datetime):
        raise Unclear(f"{value!r} is no instant")
    return read.astimezone(UTC)


def day_of(row: Mapping[str, Any], key: str) -> date:
    read = when(required(row, key))
    if isinstance(read, datetime) or not isinstance(read, date):
        raise Unclear(f"{row[key]!r} is no day")
    return read


def _supply(read: Reader, row: Mapping[str, Any]) -> tuple[Place, str, date, int]:
    only(SUPPLY_KEYS, row, f"line {row.get('id', '')}")
    return read.place_of(row), str(required(row, "id")), day_of(row, "due"), read.units(required(row, "qty"))


def reservation_of(
    state: State, line: tuple[Place, int, str], parts: Sequence[Part], minutes: int | None, name: UUID
) -> Reservation:
    (item, _), _, order = line
    ends = None if minutes is None else state.now + timedelta(minutes=minutes)
    active = ends or datetime.max.replace(tzinfo=UTC)
    return Reservation(name, "", item, state.today, tuple(parts), state.now, active, "active", order_id=order)


def taken_from(
    state: State, lines: Sequence[tuple[Place, int, str]], *, backorder: bool
) -> list[list[Part]] | None:
    """Each line's parts from what the product has free by the day allowed, or None where that is short."""
    taken: dict[Place, list[tuple[date, int]]] = {}
    found = []
    for place, quantity, _ in lines:
        rest, parts = quantity, list[Part]()
        for ahead in range(state.look_ahead + 1):
            day = state.today + timedelta(days=ahead)
            part = min(rest, free_for(state, place, day, taken.get(place, [])))
            if part:
                parts.append(Part(len(parts), place[1], OWN, day, part, part))
                taken.setdefault(place, []).append((day, part))
                rest -= part
        if rest and not backorder:
            return None
        if rest:
            parts.append(Part(len(parts), place[1], OWN, state.today, rest, rest))
        found.append(parts)
    return found


def free_for(state: State, place: Place, day: date, taken: Sequence[tuple[date, int]]) -> int:
    """What the product says is free there for the day, once this is taken too."""
    also = tuple(Reserved(OWN, "", at, quantity) for at, quantity in taken)
    stock = SiteStock(
        place[1],
        (OnHand("available", OWN, state.on_hand.get(place, 0)),),
        receipts=tuple(
            Receipt("case", name, "purchase", "firm", OWN, due, quantity)
            for at, name, due, quantity in state.supply
            if at == place
        ),
        safety_stock=(SafetyStock(date.min, state.threshold),),
        reserved=(*reserved_at(state, place), *also),
    )
    site = Site(place[1], "", "", state.zone)
    return site_position(owing_stock(stock, state.now), site, POLICY, state.now).free_on(day)


POLICY: Final = Policy(
    supply=lambda *_: SupplyChoice(), promisable=lambda what, _: what == "status", horizon_days=HORIZON_DAYS
)


def reserved_at(state: State, place: Place) -> Iterator[Reserved]:
    for made in state.made.values():
        for each in made:
            ends = each.expires_at if each.state == "active" else None
            for part in each.parts:
                if (each.sku, part.site_id) == place and part.open:
                    yield Reserved(part.position, "", part.needed_on, part.open, ends)


def kept_at(state: State, place: Place) -> int:
    """What live reservations keep there."""
    live = (row for row in reserved_at(state, place) if row.expires_at is None or row.expires_at > state.now)
    return sum(row.quantity for row in live)
