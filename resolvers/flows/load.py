"""One load: what a source stated is translated, checked and written, in the transaction it is handed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from datasources.facts import (
    AllocationFact,
    BillFact,
    CapacityFact,
    DemandFact,
    ForecastFact,
    HoldFact,
    KitFact,
    LotFact,
    ProductionFact,
    Row,
    SafetyStockFact,
    SetAside,
    StockFact,
    SupplierFact,
    SupplyFact,
)
from datasources.protocol import Source
from datasources.store import catalogue, clock, kits, ledger, mirror, sources, terms, worklist
from datasources.store.ledger import Move, Place, place_key
from datasources.store.locks import lock_profiles
from datasources.store.mirror import Key, Lines, Mirror, Values
from datasources.store.unit import Tx
from datasources.store.worklist import Matter
from resolvers.flows import load_others, masters, slips
from resolvers.flows.load_bills import refused
from resolvers.flows.slip_causes import Written
from resolvers.flows.taken_over import OrdersOfOurs, orders_named
from resolvers.flows.translate import Nearest, Translator, Untranslatable, text
from resolvers.flows.translate_terms import TERMS
from rules.calendar import local_day
from telemetry.spans import trace_id_hex

SET_ASIDE_SHOWN = 1_000


@dataclass(slots=True)
class LoadReport:
    """What one load did: rows accepted by kind, lines and balances changed, items whose promises changed.

    Of the rows set aside the first 1,000 are listed, here and on the worklist; all are counted.
    """

    source: str
    accepted: dict[str, int] = field(default_factory=dict)
    changed: int = 0
    items_changed: int = 0
    set_aside: list[SetAside] = field(default_factory=list)
    set_aside_count: int = 0

    def accept(self, kind: str, rows: int = 1) -> None:
        if rows:
            self.accepted[kind] = self.accepted.get(kind, 0) + rows

    def put_aside(self, row: SetAside) -> None:
        self.set_aside_count += 1
        if len(self.set_aside) < SET_ASIDE_SHOWN:
            self.set_aside.append(row)


@dataclass(frozen=True, slots=True)
class Statement:
    """All that a source stated: its rows by kind of fact, and those that could not be read."""

    facts: Mapping[type[Any], Sequence[Row]]
    unreadable: Sequence[SetAside]


@dataclass(frozen=True, slots=True)
class Reading:
    """When a source was read: its statement is as of `at`, and knows of no move after `last_move`."""

    at: datetime
    last_move: int


@dataclass(slots=True)
class _Stated:
    """The lines of one kind as stated, and the keys of those whose row could not be used."""

    lines: dict[Key, tuple[Row, Values]] = field(default_factory=dict)
    unusable: set[Key] = field(default_factory=set)
    ended: set[Key] = field(default_factory=set)
    """Lines that end, though they are stated."""


MIRRORS: dict[type[Any], tuple[str, Mirror]] = {
    HoldFact: ("hold", mirror.HOLD),
    SupplyFact: ("supply", mirror.SUPPLY),
    DemandFact: ("demand", mirror.DEMAND),
    SafetyStockFact: ("safety_stock", mirror.SAFETY_STOCK),
    ForecastFact: ("forecast", mirror.FORECAST),
    AllocationFact: ("allocation", mirror.ALLOCATION),
    SupplierFact: ("supplier", mirror.SUPPLIER),
    ProductionFact: ("production", mirror.PRODUCTION),
    BillFact: ("bill", mirror.BILL),
    CapacityFact: ("capacity", mirror.CAPACITY),
}
"""Stated facts kept as versioned lines. A kind's name is also the translator's word for it."""

KEPT_WHEN_UNSURE = frozenset({"demand", "hold", "safety_stock", "bill"})
"""Kinds whose lines stay open while any row could not be read: it may be theirs, and without it we would
promise goods that are owed or held, or cannot be made."""

Counted = dict[Place, tuple[int, Row]]


class Load:
    """One load under way."""

    def __init__(self, tx: Tx, source: Source, statement: Statement, reading: Reading) -> None:
        self.report = LoadReport(source.name)
        self._tx = tx
        self._source = source
        self._statement = statement
        self._reading = reading
        self._written = Written()
        self._orders = OrdersOfOurs()
        self._taken_over: list[Values] = []

    async def run(self) -> None:
        """The store agrees with what was stated."""
        for row in self._statement.unreadable:
            self.report.put_aside(row)
        touched = await self._put_masters()
        translator = await self._translator()
        touched |= await kits.put_kits(self._tx, await self._kits(translator))
        touched |= await load_others.put(self._tx, translator, self._rows, self)
        lots, counted = self._lots(translator), self._counted(translator)
        stated = {kind: self._stated(translator, kind) for kind in MIRRORS}
        await self._check_bills(stated[BillFact], stated[ProductionFact])
        self._orders = await orders_named(self._tx, _line_ids(stated[SupplyFact]))
        owned = await self._claim(counted, stated[SupplyFact])
        skus = touched | {sku for sku, _ in lots} | {place.sku for place in counted}
        skus |= {values["sku"] for of_kind in stated.values() for _, values in of_kind.lines.values()}
        skus |= self._orders.skus
        touched |= await self._lock(skus, owned)
        now = await clock.now(self._tx)
        touched |= await catalogue.put_lots(self._tx, list(lots.values()))
        touched |= await self._post_differences(counted, owned, now)
        for kind in MIRRORS:
            touched |= await self._record(kind, stated[kind], now)
        await lock_profiles(self._tx, touched - skus)
        self.report.items_changed = await slips.rebuild(self._tx, touched, self._written)
        await self._list_set_aside(now)
        await self._hear()

    async def _put_masters(self) -> set[str]:
        """Master rows are in force; a lane that its source no longer states goes, unless a row was unread."""
        all_lanes = "lane" in self._source.states and not self._statement.unreadable
        return await masters.put(
            self._tx, self._source.name, self._statement.facts, self, all_lanes=all_lanes
        )

    async def _translator(self) -> Translator:
        name = self._source.name
        words = await sources.vocabulary(self._tx, name)
        today = local_day(await clock.now(self._tx), "UTC")
        near = Nearest(await sources.codes_like(self._tx, name))
        return Translator(name, words, await catalogue.current(self._tx), today, near)

    def accept(self, kind: str, rows: int = 1) -> None:
        self.report.accept(kind, rows)

    def put_aside(self, row: Row, reason: str) -> None:
        self.report.put_aside(SetAside(row.file, row.line, reason, repr(row.fact)))

    def _rows(self, kind: type[Any]) -> Sequence[Row]:
        return self._statement.facts.get(kind, ())

    def _lots(self, translator: Translator) -> dict[tuple[str, str], dict[str, Any]]:
        lots: dict[tuple[str, str], dict[str, Any]] = {}
        for row in self._rows(LotFact):
            fact: Any = row.fact
            try:
                sku, lot = translator.any_meaning(fact.code).sku, text(fact.lot)
            except Untranslatable as refused:
                self.put_aside(row, str(refused))
                continue
            lots[sku, lot] = {"sku": sku, "lot": lot, "usable_until": fact.usable_until}
        self.accept("lot", len(lots))
        return lots

    async def _kits(self, translator: Translator) -> dict[tuple[str, str], int]:
        """How much of each component each kit takes. No component is a kit itself."""
        rows = self._rows(KitFact)
        known = await kits.all_takes(self._tx) if rows else []
        takes = {(take.kit, take.component): take.per for take in known}
        stated: dict[tuple[str, str], int] = {}
        for row in rows:
            try:
                pair, per = translator.kit(row.fact)  # type: ignore[arg-type]  # rows of this kind hold no other
                masters.check_flat(pair, takes)
            except Untranslatable as refused:
                self.put_aside(row, str(refused))
                continue
            stated[pair] = takes[pair] = per
            self.accept("kit")
        return stated

    def _counted(self, translator: Translator) -> Counted:
        """On hand as stated, rows of one place added up, each place with its first row."""
        counted: Counted = {}
        for row in self._rows(StockFact):
            fact: Any = row.fact
            try:
                meaning = translator.meaning(fact.code, fact.unit)
                place = translator.place(meaning, fact)
                quantity = translator.quantity(fact.quantity, meaning, signed=True)
            except Untranslatable as refused:
                self.put_aside(row, str(refused))
                continue
            so_far, first = counted.get(place, (0, row))
            counted[place] = (so_far + quantity, first)
            self.accept("stock")
        return counted

    def _stated(self, translator: Translator, kind: type[Any]) -> _Stated:
        name, kept = MIRRORS[kind]
        terms_of = TERMS.get(name)
        translate = partial(terms_of, translator) if terms_of else getattr(translator, name)
        stated = _Stated()
        for row in self._rows(kind):
            try:
                values = translate(row.fact)
            except Untranslatable as refused:
                self.put_aside(row, str(refused))
                stated.unusable.add(self._key(translator, kept, row.fact))
                continue
            key = kept.key_of(values)
            first = stated.lines.setdefault(key, (row, values))[0]
            if first is not row:
                self.put_aside(row, f"The same {name} line stands at {first.file} line {first.line} already.")
        return stated

    def _key(self, translator: Translator, kept: Mirror, fact: Any) -> Key:
        """The key of the line that a row means which cannot be used, as far as it says."""

        def sku(code: str) -> str | None:
            named = next(iter(translator.vocabulary.by_code.get(code, {}).values()), None)
            return None if named is None else named.sku

        own: dict[str, Callable[[], object]] = {
            "source": lambda: self._source.name,
            "sku": lambda: sku(fact.code),
            "component": lambda: sku(fact.component),
            "starts": lambda: fact.starts or date.min,
            "order_id": lambda: getattr(fact, "order_id", ""),
        }
        return tuple(own[part]() if part in own else getattr(fact, part) for part in kept.key)

    async def _check_bills(self, bills: _Stated, productions: _Stated) -> None:
        """What is left of both is whole: a version whose bill cannot be used is not stated."""
        if not bills.lines and not bills.unusable:
            return
        standing = await terms.other_bills(self._tx, but_of=self._source.name)
        found = refused(bills.lines, bills.unusable, self._statement.unreadable, standing)
        for key, why in found.lines.items():
            self.put_aside(bills.lines.pop(key)[0], why)
            bills.unusable.add(key)
        for key, (row, values) in list(productions.lines.items()):
            version = values["sku"], values["version"]
            if version in found.broken | found.unsure:
                del productions.lines[key]
                self.put_aside(row, "Its bill of materials could not be used whole.")
                (productions.ended if version in found.broken else productions.unusable).add(key)

    async def _claim(self, counted: Counted, supply: _Stated) -> set[str]:
        """The sites whose stock is the source's. What another owns is out of what was stated."""
        mine, owners = self._source.name, await sources.owners(self._tx)
        wanted = {(place.site_id, "stock") for place in counted}
        wanted |= {_supply_owned(values) for _, values in supply.lines.values()}
        claims = {key: mine for key in wanted if key not in owners}
        await sources.claim(self._tx, claims)
        owners |= claims
        for place in [place for place in counted if owners[place.site_id, "stock"] != mine]:
            owner = owners[place.site_id, "stock"]
            reason = (
                f"Stock at {place.site_id} is reported by {owner}; counted twice it would promise too much."
            )
            self.put_aside(counted.pop(place)[1], reason)
        for key, (row, values) in list(supply.lines.items()):
            try:
                self._orders.check(values)
            except Untranslatable as refused_line:
                del supply.lines[key]
                self.put_aside(row, str(refused_line))
                continue
            owner = owners[_supply_owned(values)]
            if owner != mine:
                del supply.lines[key]
                self.put_aside(row, f"{values['kind']} at {values['site_id']} is reported by {owner}.")
        return {site for (site, kind), owner in owners.items() if kind == "stock" and owner == mine}

    async def _lock(self, skus: set[str], owned: set[str]) -> set[str]:
        """Every item this load may touch is locked; those whose profile did not exist yet."""
        skus = skus | await ledger.items_at(self._tx, sites=owned)
        for _, kept in MIRRORS.values():
            skus |= await mirror.items_of_source(self._tx, kept, self._source.name)
        return await lock_profiles(self._tx, skus | await catalogue.items_without_profile(self._tx))

    async def _post_differences(self, counted: Counted, owned: set[str], now: datetime) -> set[str]:
        """What is stated less what was booked when it was read becomes moves with that cause."""
        booked = await ledger.balances(self._tx, sites=owned)
        for place, since in (
            await ledger.moved_since(self._tx, self._reading.last_move, sites=owned)
        ).items():
            booked[place] = booked.get(place, 0) - since
        complete = "stock" in self._source.states
        places = sorted({*counted, *booked} if complete else counted, key=place_key)
        stated = {place: quantity for place, (quantity, _) in counted.items()}
        differences = {place: stated.get(place, 0) - booked.get(place, 0) for place in places}
        moves = self._moves({place: quantity for place, quantity in differences.items() if quantity}, now)
        await ledger.append(self._tx, moves, now)
        self.report.changed += len(moves)
        self._written.moves += moves
        return {move.place.sku for move in moves}

    def _moves(self, differences: Mapping[Place, int], now: datetime) -> list[Move]:
        event_id, trace_id = f"{ledger.COUNTED}{clock.new_id(now)}", trace_id_hex() or ""
        return [
            Move(
                source=self._source.name,
                event_id=event_id,
                leg=leg,
                place=place,
                quantity=quantity,
                cause="count",
                line_id=None,
                occurred_at=self._reading.at,
                actor=self._source.name,
                trace_id=trace_id,
            )
            for leg, (place, quantity) in enumerate(differences.items())
        ]

    async def _record(self, kind: type[Any], stated: _Stated, now: datetime) -> set[str]:
        name, kept = MIRRORS[kind]
        lines = Lines(kept)
        lines.learn(await mirror.open_lines_of_source(self._tx, kept, self._source.name))
        if kept.empty_closes or "source" not in kept.key:
            unheard = [key for key in stated.lines if key not in lines.open]
            lines.learn(await mirror.newest(self._tx, kept, unheard))
        for key, (row, values) in stated.lines.items():
            reporter = lines.open.get(key, values)["source"]
            if reporter != self._source.name:
                self.put_aside(row, f"This {name} line is already reported by {reporter}.")
                continue
            is_news = lines.state(values, self._reading.at)
            self.accept(name)
            if is_news and kind is SupplyFact:
                self._taken_over.append(values)
        if name in self._source.states and not (self._statement.unreadable and name in KEPT_WHEN_UNSURE):
            lines.close_others({*stated.lines, *stated.unusable}, self._source.name, self._reading.at)
        lines.close(stated.ended, self._source.name, self._reading.at)
        for line in self._taken_over:
            self._orders.end(lines, line, self._reading.at)
        touched = lines.touched()
        self._written.lines[name] = lines
        self.report.changed += await lines.write(self._tx, now)
        return touched

    async def _hear(self) -> None:
        spoken = self._source.states | self.report.accepted.keys() & STATED_NAMES
        await sources.heard(self._tx, {(self._source.name, kind): self._reading.at for kind in spoken})

    async def _list_set_aside(self, now: datetime) -> None:
        """What was set aside this time is on the worklist; what was mended since the last load is off it."""
        matters = [
            Matter("row set aside", self._source.name, f"{row.file} line {row.line}", row.reason, row.row)
            for row in self.report.set_aside
        ]
        await worklist.drop_mended(self._tx, self._source.name, "row set aside", matters)
        await worklist.add(self._tx, matters, now)


STATED_NAMES = {"stock"} | {name for name, _ in MIRRORS.values()}


def _line_ids(stated: _Stated) -> list[str]:
    return [values["line_id"] for _, values in stated.lines.values()]


def _supply_owned(values: Values) -> tuple[str, str]:
    return values["site_id"], f"supply: {values['kind']}"
