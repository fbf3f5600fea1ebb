"""What leaves with a shipment: goods on hand of the position that was promised, and the order line's rest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from datasources.store import ledger
from datasources.store.ledger import Move, Place
from datasources.store.mirror import DEMAND, Lines, newest
from datasources.store.unit import Tx
from resolvers.flows.reserve_desk import Desk
from resolvers.flows.reserve_requests import Request
from rules.calendar import local_day
from rules.holds import blocking
from rules.model import OnHand
from rules.quantity import to_base
from rules.reservation import Changed, NotPossible, Reservation, shipped_parts
from rules.supply import on_hand_choice
from telemetry.spans import trace_id_hex

SOURCE = "earmark"
"""Who states moves that were told through `ship`."""


@dataclass(slots=True)
class Docks:
    """Goods on hand by place as the shipments so far leave them, and what they wrote down."""

    stock: dict[Place, int] = field(default_factory=dict)
    expiry: dict[Place, date | None] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    demand: Lines = field(default_factory=lambda: Lines(DEMAND))

    async def write(self, tx: Tx, desk: Desk) -> None:
        """The moves are in the ledger and the order lines are lowered; the profiles are still to be made."""
        await ledger.append(tx, self.moves, desk.now)
        await self.demand.write(tx, desk.now)


async def open_docks(tx: Tx, skus: Iterable[str], shipped: Iterable[Reservation]) -> Docks:
    """All that shipments of these items may take from. Their profiles must be locked."""
    docks = Docks()
    for place, quantity, usable_until in await ledger.stock_of(tx, skus):
        docks.stock[place], docks.expiry[place] = quantity, usable_until
    keys = [(each.channel, each.order_id, each.line_id) for each in shipped if each.order_id]
    docks.demand.learn(await newest(tx, DEMAND, keys))
    return docks


@dataclass(slots=True)
class Shipment:
    """One request's taking from the docks: nothing has left until it is settled."""

    docks: Docks
    request: Request
    taken: list[tuple[Place, int, Reservation]] = field(default_factory=list)
    at: Desk | None = None

    def take(self, desk: Desk, before: Reservation, changed: Changed) -> None:
        """The goods for it are set apart, those that expire first in front. Raises NotPossible."""
        self.at = desk
        taken: list[tuple[Place, int, Reservation]] = []
        for part, quantity in shipped_parts(changed):
            rest = quantity
            for place in _places(desk, self.docks, before.sku, part.site_id, part.position):
                gone = min(rest, self._left(place, taken))
                if gone:
                    taken.append((place, gone, before))
                    rest -= gone
            if rest:
                raise _short_on_hand(desk, before, part.site_id, quantity, quantity - rest)
        self.taken += taken

    def _left(self, place: Place, more: Iterable[tuple[Place, int, Reservation]]) -> int:
        return self.docks.stock[place] - sum(gone for at, gone, _ in (*self.taken, *more) if at == place)

    def settle(self) -> None:
        """What was set apart has left."""
        if self.at is None:
            return
        for leg, (place, quantity, reservation) in enumerate(self.taken):
            self.docks.stock[place] -= quantity
            self.docks.moves.append(_move(self.request, self.at, leg, place, quantity, reservation))
            _lower(self.docks.demand, reservation, quantity, self.at)


def _move(request: Request, desk: Desk, leg: int, place: Place, quantity: int, of: Reservation) -> Move:
    return Move(
        source=SOURCE,
        event_id="/".join(request.name),
        leg=leg,
        place=place,
        quantity=-quantity,
        cause="shipment",
        line_id=of.line_id or None,
        occurred_at=desk.now,
        actor=request.person,
        trace_id=trace_id_hex() or "",
    )


def _lower(demand: Lines, of: Reservation, quantity: int, desk: Desk) -> None:
    """The order line it stands for is owed so much less."""
    line = demand.open.get((of.channel, of.order_id, of.line_id)) if of.order_id else None
    if line is not None and line["sku"] == of.sku:
        left = max(0, line["quantity"] - quantity)
        demand.state(DEMAND.content_of(line) | {"quantity": left}, max(desk.now, line["as_of"]))


def _places(desk: Desk, docks: Docks, sku: str, site_id: str, position: str) -> list[Place]:
    """Where goods of the position stand that no hold on their lot or bin keeps, first to expire in front."""
    item = desk.items[sku].profile
    setup = desk.at.setup
    policy = setup.choices.policy_at(site_id, item.item_class, desk.now)
    today = local_day(desk.now, setup.sites[site_id].zone)
    held = _held(desk, sku, site_id, today)
    found = []
    for place, quantity in docks.stock.items():
        if (place.sku, place.site_id) != (sku, site_id) or quantity <= 0:
            continue
        choice = on_hand_choice(OnHand(place.status, place.ownership, quantity), policy)
        if choice is None or not choice.counts or choice.position != position:
            continue
        if place.lot not in held["lots"] and place.bin not in held["bins"]:
            found.append(place)
    return sorted(
        found, key=lambda place: (docks.expiry[place] or date.max, place.lot, place.bin, place.status)
    )


def _held(desk: Desk, sku: str, site_id: str, today: date) -> Mapping[str, frozenset[str]]:
    item, setup = desk.items[sku].profile, desk.at.setup
    policy = setup.choices.policy_at(site_id, item.item_class, desk.now)
    holds = [
        hold for stock in item.sites if stock.site_id == site_id for hold in blocking(stock.holds, policy)
    ]
    now = [
        hold
        for hold in holds
        if (hold.starts is None or hold.starts <= today) and (hold.until is None or today < hold.until)
    ]
    return {
        "lots": frozenset(lot for hold in now for lot in hold.lots),
        "bins": frozenset(place for hold in now for place in hold.bins),
    }


def _short_on_hand(desk: Desk, of: Reservation, site_id: str, asked: int, there: int) -> NotPossible:
    profile = desk.items[of.sku].profile
    shown = to_base(asked, profile.precision), to_base(there, profile.precision)
    return NotPossible(
        "SHORT_ON_HAND",
        f"{shown[0]} {profile.unit} of {of.sku} were to leave {site_id}; {shown[1]} that may are there.",
        "Ship what is there, or wait until the goods have come.",
    )
