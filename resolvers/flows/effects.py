"""The effect of one event on the store, inside a transaction that holds the items' profiles."""

from collections.abc import Mapping
from datetime import datetime

from datasources.facts import DemandFact, Event, HoldFact, HoldLifted, Movement, SupplyFact
from datasources.store import ledger, mirror, sources, worklist
from datasources.store.ledger import Move
from datasources.store.locks import lock_profiles
from datasources.store.mirror import Mirror, Values
from datasources.store.worklist import Matter
from datasources.store.unit import Tx
from resolvers.flows.translate import Translator, Untranslatable, plain, text
from rules.model import Setup
from telemetry.spans import trace_id_hex

CAUSES = frozenset(
    {
        "receipt",
        "shipment",
        "count",
        "adjustment",
        "putaway",
        "pick",
        "pack",
        "status change",
        "transfer",
        "production",
        "consumption",
        "return",
        "scrap",
        "sale",
    }
)
LEGS_MAX = 100


class Effects:
    """Applies events one after the other; `touched` are the items whose profiles must be rebuilt."""

    def __init__(self, tx: Tx, setup: Setup, now: datetime, owners: Mapping[tuple[str, str], str]) -> None:
        self.tx = tx
        self.touched: set[str] = set()
        self._setup = setup
        self._now = now
        self._owners = dict(owners)

    async def apply(self, translator: Translator, event: Event, actor: str) -> bool:
        """The event's effect is written, or it was older than what is known (False). Raises Untranslatable."""
        assert event.occurred_at is not None
        match event.fact:
            case Movement():
                await self._move(translator, event, event.fact, actor)
                return True
            case SupplyFact():
                await self._own(translator, event.fact.site_id, f"supply: {event.fact.kind}")
                return await self._state(mirror.SUPPLY, translator.supply(event.fact), event.occurred_at)
            case DemandFact():
                row = translator.demand(event.fact)
                await self._check_reporter(row)
                return await self._state(mirror.DEMAND, row, event.occurred_at)
            case HoldFact():
                return await self._state(mirror.HOLD, translator.hold(event.fact), event.occurred_at)
            case HoldLifted():
                return await self._lift(translator, event.fact, event.occurred_at)

    async def _own(self, translator: Translator, site_id: str, kind: str) -> None:
        """The source is the owner of this kind of fact at this site. Raises Untranslatable where another is."""
        key = (translator.site(site_id), text(kind))
        owner = self._owners.setdefault(key, translator.source)
        if owner != translator.source:
            raise Untranslatable(
                f"{kind.capitalize()} at {site_id} is reported by {owner}, so what {translator.source} says of it would "
                f"count twice. Send it as {owner}."
            )
        await sources.claim(self.tx, translator.source, [key])

    async def _check_reporter(self, row: Values) -> None:
        """Raises Untranslatable where another source already reports this order line."""
        known = await mirror.open_lines(self.tx, mirror.DEMAND, [mirror.DEMAND.key_of(row)])
        for line in known.values():
            if line["source"] != row["source"]:
                raise Untranslatable(
                    f"Line {row['line_id']} of order {row['order_id']} is already reported by {line['source']}; "
                    "counting it again would promise less than there is."
                )

    async def _state(self, kind: Mirror, row: Values, occurred_at: datetime) -> bool:
        key = kind.key_of(row)
        known = await mirror.open_lines(self.tx, kind, [key])
        if known and known[key]["sku"] != row["sku"]:
            await lock_profiles(self.tx, [str(known[key]["sku"])])
        change = await mirror.record(
            self.tx, kind, [row], known, complete=False, times=(occurred_at, self._now)
        )
        self.touched |= change.skus
        await self._heard(str(row["source"]), kind.table.name, occurred_at)
        return not change.stale

    async def _heard(self, source: str, table: str, occurred_at: datetime) -> None:
        await sources.heard(self.tx, source, [KIND_OF_TABLE[table]], occurred_at)

    async def _lift(self, translator: Translator, lifted: HoldLifted, occurred_at: datetime) -> bool:
        key = (translator.source, text(lifted.hold_id))
        known = await mirror.open_lines(self.tx, mirror.HOLD, [key])
        if not known:
            raise Untranslatable(f"No hold {lifted.hold_id} of {translator.source} is in force.")
        hold = known[key]
        await lock_profiles(self.tx, [str(hold["sku"])])
        return await self._state(mirror.HOLD, self._rest_of_hold(translator, lifted, hold), occurred_at)

    @staticmethod
    def _rest_of_hold(translator: Translator, lifted: HoldLifted, hold: Values) -> Values:
        content = mirror.HOLD.content_of(hold)
        if lifted.quantity is None:
            return content | {"quantity": 0}
        if hold["quantity"] is None:
            raise Untranslatable(f"Hold {lifted.hold_id} is on lots or bins; it can only be lifted whole.")
        assert isinstance(hold["quantity"], int)
        quantity = translator.quantity(lifted.quantity, translator.meaning(str(hold["sku"]), lifted.unit))
        if quantity > hold["quantity"]:
            raise Untranslatable(
                f"Hold {lifted.hold_id} is on {hold['quantity']}; {quantity} cannot be lifted."
            )
        return content | {"quantity": hold["quantity"] - quantity}

    async def _move(self, translator: Translator, event: Event, movement: Movement, actor: str) -> None:
        moves = self._moves(translator, event, movement, actor)
        for site_id in sorted({move.place.site_id for move in moves}):
            await self._own(translator, site_id, "stock")
        await ledger.append(self.tx, moves, self._now)
        self.touched |= {move.place.sku for move in moves}
        await sources.heard(self.tx, event.source, ["stock"], moves[0].occurred_at)
        await self._net(event, movement, moves)

    @staticmethod
    def _moves(translator: Translator, event: Event, movement: Movement, actor: str) -> list[Move]:
        assert event.occurred_at is not None
        if movement.cause not in CAUSES:
            raise Untranslatable(
                f"{movement.cause!r} is no cause we know. Use one of: {', '.join(sorted(CAUSES))}."
            )
        if not 1 <= len(movement.legs) <= LEGS_MAX:
            raise Untranslatable(f"A movement has 1 to {LEGS_MAX} legs, not {len(movement.legs)}.")
        meaning = translator.meaning(movement.code, movement.unit)
        moves = [
            Move(
                source=event.source,
                event_id=event.event_id,
                leg=number,
                place=translator.place(meaning, leg),
                quantity=translator.quantity(leg.quantity, meaning, signed=True),
                cause=movement.cause,
                line_id=None if movement.line_id is None else plain(movement.line_id),
                occurred_at=event.occurred_at,
                actor=actor,
                trace_id=trace_id_hex() or "",
            )
            for number, leg in enumerate(movement.legs)
        ]
        if any(move.quantity == 0 for move in moves):
            raise Untranslatable("A leg moves nothing: its quantity is 0.")
        return moves

    async def _net(self, event: Event, movement: Movement, moves: list[Move]) -> None:
        """A receipt or shipment lowers the line it is for, so that the same goods are not counted twice."""
        if movement.cause not in ("receipt", "shipment"):
            return
        by_site: dict[str, int] = {}
        for move in moves:
            by_site[move.place.site_id] = by_site.get(move.place.site_id, 0) + move.quantity
        for site_id, quantity in sorted(by_site.items()):
            if movement.cause == "receipt" and quantity > 0:
                await self._receive_at(event, movement, moves[0].place.sku, site_id, quantity)
            if movement.cause == "shipment" and quantity < 0:
                await self._ship_at(event, movement, moves[0].place.sku, site_id, -quantity)

    async def _receive_at(
        self, event: Event, movement: Movement, sku: str, site_id: str, quantity: int
    ) -> None:
        lines = await mirror.open_lines_at(self.tx, mirror.SUPPLY, sku, site_id)
        named = [line for line in lines if line["line_id"] == movement.line_id]
        if not named:
            await self._worklist(
                event, f"A receipt of {quantity} {sku} at {site_id} names no open supply line"
            )
        await self._lower(mirror.SUPPLY, named or lines, quantity, event)

    async def _ship_at(self, event: Event, movement: Movement, sku: str, site_id: str, quantity: int) -> None:
        lines = await mirror.open_lines_at(self.tx, mirror.DEMAND, sku, site_id)
        wanted = (movement.order_id, movement.line_id)
        named = [line for line in lines if (line["order_id"], line["line_id"]) == wanted]
        if not named:
            await self._worklist(
                event, f"A shipment of {quantity} {sku} from {site_id} names no open order line"
            )
        await self._lower(mirror.DEMAND, named, quantity, event)

    async def _lower(self, kind: Mirror, lines: list[Values], quantity: int, event: Event) -> None:
        """The lines, in order, are lowered by the quantity until it is used up."""
        assert event.occurred_at is not None
        for line in lines:
            open_quantity = line["quantity"]
            assert isinstance(open_quantity, int)
            part = min(quantity, open_quantity)
            lowered = kind.content_of(line) | {"quantity": open_quantity - part}
            as_of = max(event.occurred_at, mirror.as_of(line))
            await mirror.record(
                self.tx, kind, [lowered], {kind.key_of(line): line}, complete=False, times=(as_of, self._now)
            )
            quantity -= part
            if quantity == 0:
                return

    async def _worklist(self, event: Event, reason: str) -> None:
        matter = Matter("movement without a line", event.source, event.event_id, reason, "")
        await worklist.add(self.tx, [matter], self._now)


KIND_OF_TABLE = {"supply_line": "supply", "demand_line": "demand", "hold": "hold"}
