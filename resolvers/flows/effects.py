"""The effect of events: decided one after the other in memory, from what was gathered, and written once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from datasources.facts import DemandFact, Event, HoldFact, HoldLifted, Movement, SupplyFact
from datasources.store import ledger, sources, worklist
from datasources.store.ledger import Move
from datasources.store.mirror import CAPACITY, DEMAND, HOLD, SUPPLY, Lines, Values
from datasources.store.sources import Meaning
from datasources.store.unit import Tx
from datasources.store.worklist import Matter
from resolvers.flows import slips
from resolvers.flows.kept_for_lines import KeptForLines
from resolvers.flows.slip_causes import Written
from resolvers.flows.taken_over import OrdersOfOurs
from resolvers.flows.translate import Translator, Untranslatable, plain, text
from rules.quantity import to_base
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
ARRIVING = frozenset({"receipt", "production", "transfer"})
"""Causes that bring the goods of a supply line."""
LEAVING = frozenset({"pick", "pack", "shipment"})
"""Causes that take goods for an order line."""
SET_APART = frozenset({"picked", "packed"})
"""Goods that were taken for a line before: it was lowered then, and is not once more when they leave."""
LEGS_MAX = 100


@dataclass(slots=True)
class Effects:
    """The books as the events so far leave them. `touched` are the items whose profiles must be rebuilt."""

    now: datetime
    owners: dict[tuple[str, str], str]
    supply: Lines = field(default_factory=lambda: Lines(SUPPLY))
    demand: Lines = field(default_factory=lambda: Lines(DEMAND))
    holds: Lines = field(default_factory=lambda: Lines(HOLD))
    capacity: Lines = field(default_factory=lambda: Lines(CAPACITY))
    orders: OrdersOfOurs = field(default_factory=OrdersOfOurs)
    kept: KeptForLines = field(default_factory=KeptForLines)
    moves: list[Move] = field(default_factory=list)
    matters: list[Matter] = field(default_factory=list)
    claims: dict[tuple[str, str], str] = field(default_factory=dict)
    heard: dict[tuple[str, str], datetime] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)

    def apply(self, translator: Translator, event: Event, occurred_at: datetime, actor: str) -> bool:
        """The event has its effect, or was older than what is known (False).

        Raises Untranslatable, with nothing changed.
        """
        match event.fact:
            case Movement():
                self._move(translator, event, occurred_at, actor)
                return True
            case SupplyFact():
                row = translator.supply(event.fact)
                self.orders.check(row)
                self._own(translator.source, [str(row["site_id"])], f"supply: {row['kind']}")
                return self._state_supply(row, occurred_at)
            case DemandFact():
                row = translator.demand(event.fact)
                self._check_reporter(row)
                return self._state(self.demand, "demand", row, occurred_at)
            case HoldFact():
                return self._state(self.holds, "hold", translator.hold(event.fact), occurred_at)
            case HoldLifted():
                row = self._rest_of_hold(translator, event.fact)
                return self._state(self.holds, "hold", row, occurred_at)

    def set_aside(self, event: Event, reason: str, content: str) -> None:
        """The event is for the worklist."""
        self.matters.append(Matter("event set aside", event.source, event.event_id, reason, content))

    @property
    def mirrors(self) -> tuple[Lines, ...]:
        return self.supply, self.demand, self.holds, self.capacity

    async def write(self, tx: Tx) -> None:
        """All of it is in the store, the rows that all writers share last."""
        await sources.claim(tx, self.claims)
        await ledger.append(tx, self.moves, self.now)
        for lines in self.mirrors:
            self.touched |= lines.touched()
            await lines.write(tx, self.now)
        await self.kept.write(tx, self.now)
        written = Written(self.moves, {"supply": self.supply, "demand": self.demand, "hold": self.holds})
        await slips.rebuild(tx, self.touched, written)
        await worklist.add(tx, self.matters, self.now)
        await sources.heard(tx, self.heard)

    def _own(self, source: str, sites: Iterable[str], kind: str) -> None:
        """The source owns this kind of fact at the sites. Raises Untranslatable where another does at one."""
        keys = [(site_id, kind) for site_id in sites]
        for key in keys:
            owner = self.owners.get(key, source)
            if owner != source:
                raise Untranslatable(
                    f"{kind.capitalize()} at {key[0]} is reported by {owner}; what {source} says of it would "
                    f"count twice. Send it as {owner}."
                )
        for key in keys:
            if key not in self.owners:
                self.owners[key] = self.claims[key] = source

    def _check_reporter(self, row: Values) -> None:
        """Raises Untranslatable where another source already reports this order line."""
        line = self.demand.open.get(DEMAND.key_of(row))
        if line is not None and line["source"] != row["source"]:
            raise Untranslatable(
                f"Line {row['line_id']} of order {row['order_id']} is already reported by {line['source']}; "
                "counting it again would promise less than there is."
            )

    def _state_supply(self, row: Values, occurred_at: datetime) -> bool:
        """The line is as stated, and ends an order of ours that has its id."""
        is_news = self._state(self.supply, "supply", row, occurred_at)
        if is_news:
            for lines in (self.supply, self.demand, self.capacity):
                self.orders.end(lines, row, occurred_at)
        return is_news

    def _state(self, lines: Lines, kind: str, row: Values, occurred_at: datetime) -> bool:
        self._hear(str(row["source"]), kind, occurred_at)
        return lines.state(row, occurred_at)

    def _hear(self, source: str, kind: str, occurred_at: datetime) -> None:
        key = (source, kind)
        self.heard[key] = max(occurred_at, self.heard.get(key, occurred_at))

    def _rest_of_hold(self, translator: Translator, lifted: HoldLifted) -> Values:
        hold = self.holds.open.get((translator.source, text(lifted.hold_id)))
        if hold is None:
            raise Untranslatable(f"No hold {lifted.hold_id} of {translator.source} is in force.")
        content = HOLD.content_of(hold)
        if lifted.quantity is None:
            return content | {"quantity": 0}
        if hold["quantity"] is None:
            raise Untranslatable(f"Hold {lifted.hold_id} is on lots or bins; it can only be lifted whole.")
        meaning = translator.unit_of_item(hold["sku"], lifted.unit)
        quantity = translator.quantity(lifted.quantity, meaning)
        if quantity > hold["quantity"]:
            kept, asked = (to_base(each, meaning.precision) for each in (hold["quantity"], quantity))
            raise Untranslatable(f"Hold {lifted.hold_id} is on {kept}; {asked} cannot be lifted.")
        return content | {"quantity": hold["quantity"] - quantity}

    def _move(self, translator: Translator, event: Event, occurred_at: datetime, actor: str) -> None:
        assert isinstance(event.fact, Movement)
        meaning = translator.meaning(event.fact.code, event.fact.unit)
        moves = moves_of(translator, meaning, event, occurred_at, actor)
        self._own(event.source, sorted({move.place.site_id for move in moves}), "stock")
        self.moves += moves
        self.touched.add(meaning.sku)
        self._hear(event.source, "stock", occurred_at)
        self._net(event, event.fact, meaning, moves)

    def _net(self, event: Event, movement: Movement, meaning: Meaning, moves: list[Move]) -> None:
        """Goods that came or left lower the line they are for, so that they are not counted twice."""
        leaves = movement.cause in LEAVING
        by_site: dict[str, int] = {}
        for move in moves:
            if not (leaves and move.place.status in SET_APART):
                by_site[move.place.site_id] = by_site.get(move.place.site_id, 0) + move.quantity
        for site_id, quantity in sorted(by_site.items()):
            at = _At(event, movement, meaning, site_id, abs(quantity), moves[0].occurred_at, moves[0].actor)
            if movement.cause in ARRIVING and quantity > 0:
                self._receive(at)
            if leaves and quantity < 0:
                self._take(at)
            if leaves and quantity > 0:
                self._list(
                    at, f"{at.amount} came back at {at.site_id}. Tell its order line anew if it is owed."
                )

    def _receive(self, at: "_At") -> None:
        """The supply line named is lowered; if none is, the oldest ones of the item and site are."""
        lines = at.open_lines(self.supply, "due")
        named = [line for line in lines if line["line_id"] == at.movement.line_id]
        if named or at.movement.cause == "transfer":
            self._lower(self.supply, named, at)
            return
        self._list(at, f"A {at.movement.cause} of {at.amount} at {at.site_id} names no open supply line.")
        if not self._was_closed(at):
            self._lower(self.supply, lines, at)

    def _was_closed(self, at: "_At") -> bool:
        """Whether the line named is known and closed: then its source has taken these goods off it."""
        closed = (line for line in self.supply.closed.values() if line["line_id"] == at.movement.line_id)
        return any((line["sku"], line["site_id"]) == (at.meaning.sku, at.site_id) for line in closed)

    def _take(self, at: "_At") -> None:
        """The order line named is lowered, and what is kept for it; if none is named, nothing is.

        A line that goods are kept for may leave from other sites than its own.
        """
        wanted = (at.meaning.sku, at.movement.order_id or "", at.movement.line_id or "")
        kept = self.kept.of(wanted, self.now)
        channels = {each.channel for each in kept}
        named = [
            line
            for line in at.open_lines(self.demand, "needed_on", everywhere=True)
            if (line["sku"], line["order_id"], line["line_id"]) == wanted
            and (line["site_id"] == at.site_id or line["channel"] in channels)
        ]
        if not named and not kept:
            self._list(
                at, f"A {at.movement.cause} of {at.amount} from {at.site_id} names no open order line."
            )
        self._lower(self.demand, named, at)
        owed = {line["channel"] for line in named} or channels
        leaving = [each for each in kept if each.channel in owed]
        self.kept.ship(leaving, at.quantity, at.site_id, (at.actor, at.event.event_id, self.now))

    def _list(self, at: "_At", reason: str) -> None:
        matter = Matter("movement without a line", at.event.source, at.event.event_id, reason, "")
        self.matters.append(matter)

    @staticmethod
    def _lower(lines: Lines, named: Iterable[Values], at: "_At") -> None:
        """These lines, in order, are lowered until the quantity is used up."""
        left = at.quantity
        for line in named:
            part = min(left, line["quantity"])
            lowered = lines.mirror.content_of(line) | {"quantity": line["quantity"] - part}
            lines.state(lowered, max(at.occurred_at, line["as_of"]))
            left -= part
            if left == 0:
                return


@dataclass(frozen=True, slots=True)
class _At:
    """What a movement brings to or takes from one site."""

    event: Event
    movement: Movement
    meaning: Meaning
    site_id: str
    quantity: int
    occurred_at: datetime
    actor: str

    @property
    def amount(self) -> str:
        return f"{to_base(self.quantity, self.meaning.precision)} {self.meaning.sku}"

    def open_lines(self, lines: Lines, day: str, *, everywhere: bool = False) -> list[Values]:
        """The open lines of the item at the site, or at all sites after it, oldest day first."""
        of_item = (line for line in lines.open.values() if line["sku"] == self.meaning.sku)
        found = [line for line in of_item if everywhere or line["site_id"] == self.site_id]
        return sorted(
            found, key=lambda line: (line["site_id"] != self.site_id, line[day], lines.mirror.key_of(line))
        )


def moves_of(
    translator: Translator, meaning: Meaning, event: Event, occurred_at: datetime, actor: str
) -> list[Move]:
    """The legs of a movement as the ledger takes them."""
    movement = event.fact
    assert isinstance(movement, Movement)
    if movement.cause not in CAUSES:
        raise Untranslatable(
            f"{movement.cause!r} is no cause we know. Use one of: {', '.join(sorted(CAUSES))}."
        )
    if not 1 <= len(movement.legs) <= LEGS_MAX:
        raise Untranslatable(f"A movement has 1 to {LEGS_MAX} legs, not {len(movement.legs):,}.")
    moves = [
        Move(
            source=event.source,
            event_id=event.event_id,
            leg=number,
            place=translator.place(meaning, leg),
            quantity=translator.quantity(leg.quantity, meaning, signed=True),
            cause=movement.cause,
            line_id=None if movement.line_id is None else plain(movement.line_id),
            occurred_at=occurred_at,
            actor=actor,
            trace_id=trace_id_hex() or "",
        )
        for number, leg in enumerate(movement.legs)
    ]
    if any(move.quantity == 0 for move in moves):
        raise Untranslatable("A leg moves nothing: its quantity is 0.")
    return moves
