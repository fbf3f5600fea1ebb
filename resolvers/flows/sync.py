"""Sync: one source states all it knows as at a day, in one transaction. Stating it twice changes nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from datasources.facts import (
    AliasFact,
    AllocationFact,
    CalendarFact,
    ChannelFact,
    DemandFact,
    ForecastFact,
    HoldFact,
    ItemFact,
    LotFact,
    PolicyFact,
    Row,
    SetAside,
    SiteFact,
    StockFact,
    SupplyFact,
)
from datasources.protocol import Source
from datasources.store import catalogue, clock, ledger, mirror, profiles, sources, worklist
from datasources.store.ledger import Move, Place
from datasources.store.locks import lock_profiles, lock_source
from datasources.store.mirror import Mirror, Values
from datasources.store.worklist import Matter
from datasources.store.unit import Tx
from resolvers.flows.deps import Deps
from resolvers.flows.translate import Translator, Untranslatable, text
from rules.calendar import local_day, zone_of
from telemetry import names
from telemetry.spans import span, trace_id_hex

Progress = Callable[[str], None]

SET_ASIDE_SHOWN = 1_000
NEAR_LOOKUPS_MAX = 50
"""Rows for which the nearest known names are looked for; a wholly unmapped file needs no thousand hints."""


@dataclass(slots=True)
class LoadReport:
    """What one load did: rows accepted by kind, lines and balances changed, rows set aside (the first 1,000)."""

    source: str
    accepted: dict[str, int] = field(default_factory=dict)
    changed: int = 0
    items_changed: int = 0
    set_aside: list[SetAside] = field(default_factory=list)
    set_aside_count: int = 0

    def put_aside(self, row: SetAside) -> None:
        self.set_aside_count += 1
        if len(self.set_aside) < SET_ASIDE_SHOWN:
            self.set_aside.append(row)


MIRRORS: dict[type[Any], tuple[str, Mirror, str]] = {
    HoldFact: ("hold", mirror.HOLD, "hold"),
    SupplyFact: ("supply", mirror.SUPPLY, "supply"),
    DemandFact: ("demand", mirror.DEMAND, "demand"),
    ForecastFact: ("forecast", mirror.FORECAST, "forecast"),
    AllocationFact: ("allocation", mirror.ALLOCATION, "allocation"),
}
"""Stated facts kept as versioned lines: kind of fact, its mirror, and the translator's word for it."""

MASTERS: tuple[tuple[type[Any], str], ...] = (
    (ItemFact, "item"),
    (AliasFact, "alias"),
    (CalendarFact, "calendar"),
    (SiteFact, "site"),
    (ChannelFact, "channel"),
    (PolicyFact, "setting"),
)


async def sync(deps: Deps, source: Source, day: date, progress: Progress) -> LoadReport:
    """The store agrees with all the source states as at `day`; what could not be used is on the worklist.

    All or nothing: killed at any moment, the store is as before or as after.
    """
    report = LoadReport(source.name)
    with span(names.LOAD, source=source.name):
        progress(f"{source.name}: reading")
        facts = _read(source, day, report)
        async with deps.store.writing() as tx:
            await lock_source(tx, source.name)
            await _Load(tx, source, report, progress).run(facts)
    return report


def _read(source: Source, day: date, report: LoadReport) -> dict[type[Any], list[Row]]:
    facts: dict[type[Any], list[Row]] = {}
    for row in source.read(day):
        if isinstance(row, SetAside):
            report.put_aside(row)
        else:
            facts.setdefault(type(row.fact), []).append(row)
    return facts


@dataclass(slots=True)
class _Load:
    """One load under way."""

    tx: Tx
    source: Source
    report: LoadReport
    progress: Progress

    async def run(self, facts: dict[type[Any], list[Row]]) -> None:
        await self._put_masters(facts)
        translator = await self._translator()
        stock = self._counted(translator, facts.get(StockFact, []))
        lines = {kind: self._lines(translator, kind, facts.get(kind, [])) for kind in MIRRORS}
        owned = await self._owned(stock, lines[SupplyFact])
        touched = await self._lock(stock, owned, lines, translator)
        now = await clock.now(self.tx)
        touched |= await self._put_lots(translator, facts.get(LotFact, []))
        touched |= await self._post_differences(stock, owned, now)
        for kind, (name, kept, _) in MIRRORS.items():
            touched |= await self._record(name, kept, lines[kind], now)
        self.progress(f"{self.source.name}: {len(touched):,} items")
        self.report.items_changed = await profiles.rebuild(self.tx, touched)
        await sources.heard(self.tx, self.source.name, self.source.states, now)
        await self._list_set_aside(now)

    async def _put_masters(self, facts: dict[type[Any], list[Row]]) -> None:
        chosen = {kind: [row.fact for row in facts.get(kind, [])] for kind, _ in MASTERS}
        for kind, name in MASTERS:
            if chosen[kind]:
                self.report.accepted[name] = len(chosen[kind])
        for site in chosen[SiteFact]:
            zone_of(site.zone)
        await catalogue.put_items(self.tx, chosen[ItemFact])
        await catalogue.put_aliases(self.tx, self.source.name, chosen[AliasFact])
        await catalogue.put_calendars(self.tx, chosen[CalendarFact])
        await catalogue.put_sites(self.tx, chosen[SiteFact])
        await catalogue.put_channels(self.tx, chosen[ChannelFact])
        await catalogue.put_settings(self.tx, chosen[PolicyFact])
        await catalogue.refresh(self.tx)

    async def _translator(self) -> Translator:
        words = await sources.vocabulary(self.tx, self.source.name)
        today = local_day(await clock.now(self.tx), "UTC")
        near = tuple(await sources.codes_like(self.tx, self.source.name))
        return Translator(self.source.name, words, await catalogue.current(self.tx), today, near)

    def _put_aside(self, row: Row, reason: str) -> None:
        self.report.put_aside(SetAside(row.file, row.line, reason, repr(row.fact)))

    def _counted(self, translator: Translator, rows: Iterable[Row]) -> dict[Place, int]:
        """On hand as stated, rows of one place added up."""
        counted: dict[Place, int] = {}
        for row in rows:
            fact = row.fact
            assert isinstance(fact, StockFact)
            try:
                meaning = translator.meaning(fact.code, fact.unit)
                place = translator.place(meaning, fact)
                quantity = translator.quantity(fact.quantity, meaning, signed=True)
            except Untranslatable as refused:
                self._put_aside(row, str(refused))
                continue
            counted[place] = counted.get(place, 0) + quantity
            self._accept("stock")
        return counted

    def _accept(self, kind: str) -> None:
        self.report.accepted[kind] = self.report.accepted.get(kind, 0) + 1

    def _lines(
        self, translator: Translator, kind: type[Any], rows: Iterable[Row]
    ) -> list[tuple[Row, Values]]:
        name, kept, word = MIRRORS[kind]
        translate = getattr(translator, word)
        lines: dict[mirror.Key, tuple[Row, Values]] = {}
        for row in rows:
            try:
                values = translate(row.fact)
            except Untranslatable as refused:
                self._put_aside(row, str(refused))
                continue
            key = kept.key_of(values)
            if key in lines:
                first = lines[key][0]
                self._put_aside(
                    row, f"The same {name} line stands at {first.file} line {first.line} already."
                )
                continue
            lines[key] = (row, values)
            self._accept(name)
        return list(lines.values())

    async def _owned(self, stock: dict[Place, int], supply: list[tuple[Row, Values]]) -> set[str]:
        """The sites whose stock this source owns. Rows of another's sites or kinds are taken out of what was stated."""
        claims = {(place.site_id, "stock") for place in stock}
        claims |= {(str(values["site_id"]), f"supply: {values['kind']}") for _, values in supply}
        await sources.claim(self.tx, self.source.name, claims)
        owners = await sources.owners(self.tx)
        for place in [p for p in stock if owners[p.site_id, "stock"] != self.source.name]:
            del stock[place]
            owner = owners[place.site_id, "stock"]
            reason = (
                f"Stock at {place.site_id} is reported by {owner}; counting it twice would promise too much."
            )
            self.report.put_aside(SetAside("", 0, reason, repr(place)))
        for row, values in list(supply):
            owner = owners[str(values["site_id"]), f"supply: {values['kind']}"]
            if owner != self.source.name:
                supply.remove((row, values))
                self._put_aside(row, f"{values['kind']} at {values['site_id']} is reported by {owner}.")
        return {
            site for (site, kind), owner in owners.items() if kind == "stock" and owner == self.source.name
        }

    async def _lock(
        self,
        stock: dict[Place, int],
        owned: set[str],
        lines: dict[type[Any], list[tuple[Row, Values]]],
        translator: Translator,
    ) -> set[str]:
        """Every item this load may touch is locked; those whose profile does not exist yet."""
        balances = await ledger.balances(self.tx, sites=owned)
        skus = {place.sku for place in stock} | {place.sku for place in balances}
        skus |= {str(values["sku"]) for stated in lines.values() for _, values in stated}
        for kept in {kept.table.name: kept for _, kept, _ in MIRRORS.values()}.values():
            known = await mirror.open_lines_of(self.tx, kept, self.source.name)
            skus |= {str(line["sku"]) for line in known.values()}
        new = await catalogue.items_without_profile(self.tx)
        await lock_profiles(self.tx, skus | new)
        return new

    async def _put_lots(self, translator: Translator, rows: Iterable[Row]) -> set[str]:
        lots: dict[tuple[str, str], dict[str, object]] = {}
        for row in rows:
            fact = row.fact
            assert isinstance(fact, LotFact)
            try:
                sku, lot = translator.any_meaning(fact.code).sku, text(fact.lot)
            except Untranslatable as refused:
                self._put_aside(row, str(refused))
                continue
            lots[sku, lot] = {"sku": sku, "lot": lot, "usable_until": fact.usable_until}
            self._accept("lot")
        await catalogue.put_lots(self.tx, list(lots.values()))
        return {sku for sku, _ in lots}

    async def _post_differences(self, stock: dict[Place, int], owned: set[str], now: datetime) -> set[str]:
        """Differences between what is stated and what is booked become moves with that cause."""
        if "stock" not in self.source.states:
            return set()
        booked = await ledger.balances(self.tx, sites=owned)
        differences = {
            place: difference
            for place in sorted({*stock, *booked}, key=repr)
            if (difference := stock.get(place, 0) - booked.get(place, 0)) != 0
        }
        event_id = f"load {clock.new_id(now)}"
        moves = [
            Move(
                source=self.source.name,
                event_id=event_id,
                leg=leg,
                place=place,
                quantity=quantity,
                cause="count",
                line_id=None,
                occurred_at=now,
                actor=self.source.name,
                trace_id=trace_id_hex() or "",
            )
            for leg, (place, quantity) in enumerate(differences.items())
        ]
        await ledger.append(self.tx, moves, now)
        self.report.changed += len(moves)
        return {place.sku for place in differences}

    async def _record(
        self, name: str, kept: Mirror, stated: Sequence[tuple[Row, Values]], now: datetime
    ) -> set[str]:
        known = await mirror.open_lines_of(self.tx, kept, self.source.name)
        others = await mirror.open_lines(
            self.tx, kept, [kept.key_of(v) for _, v in stated if kept.key_of(v) not in known]
        )
        for row, values in stated:
            if kept.key_of(values) in others:
                reporter = others[kept.key_of(values)]["source"]
                self._put_aside(row, f"This {name} line is already reported by {reporter}.")
        mine = [values for _, values in stated if kept.key_of(values) not in others]
        change = await mirror.record(
            self.tx, kept, mine, known, complete=name in self.source.states, times=(now, now)
        )
        self.report.changed += change.changed
        return set(change.skus)

    async def _list_set_aside(self, now: datetime) -> None:
        """What was set aside this time is on the worklist; what was mended since the last load is off it."""
        matters = [
            Matter("row set aside", self.source.name, f"{row.file} line {row.line}", row.reason, row.row)
            for row in self.report.set_aside
        ]
        still = {(matter.reference, matter.reason) for matter in matters}
        await worklist.drop_mended(self.tx, self.source.name, "row set aside", still)
        await worklist.add(self.tx, matters, now)
