"""Opening the books for some events: all they can touch is locked and read, so that deciding never waits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from datasources.facts import DemandFact, Event, HoldFact, HoldLifted, Movement, SupplyFact
from datasources.store import catalogue, clock, mirror, sources
from datasources.store.locks import lock_profiles
from datasources.store.mirror import DEMAND, HOLD, SUPPLY, Key, Values
from datasources.store.unit import Tx
from resolvers.flows.effects import LEAVING, Effects
from resolvers.flows.kept_for_lines import kept_for_lines
from resolvers.flows.taken_over import orders_named
from resolvers.flows.translate import Nearest, Translator
from rules.calendar import local_day


@dataclass(frozen=True, slots=True)
class Books:
    """The books as they stand under the locks, and each source's words."""

    effects: Effects
    translators: Mapping[str, Translator]


async def open_books(tx: Tx, events: Sequence[Event]) -> Books:
    """Everything these events may touch is locked and gathered."""
    supply, demand, holds = _supply_keys(events), _demand_keys(events), _hold_keys(events)
    held = _skus(await mirror.newest(tx, HOLD, holds))
    translators = await _translators(tx, events, sorted(held))
    moving = _meant(events, translators, Movement)
    line_ids = [str(line_id) for _, line_id in supply]
    before = _skus([*await mirror.newest(tx, SUPPLY, supply), *await mirror.newest(tx, DEMAND, demand)])
    before |= (await orders_named(tx, line_ids)).skus
    locked = before | held | _meant(events, translators)
    made = await lock_profiles(tx, locked)
    effects = Effects(await clock.now(tx), await sources.owners(tx), touched=made)
    effects.orders = await orders_named(tx, line_ids)
    effects.holds.learn(await mirror.newest(tx, HOLD, holds))
    effects.demand.learn(await mirror.newest(tx, DEMAND, demand))
    effects.demand.learn(await mirror.open_lines_of_items(tx, DEMAND, moving))
    effects.kept = await kept_for_lines(tx, moving, _lines_taken_for(events))
    effects.supply.learn(await mirror.newest(tx, SUPPLY, supply))
    effects.supply.learn(await mirror.newest_named(tx, SUPPLY, _named_lines(events)))
    effects.supply.learn(await mirror.open_lines_of_items(tx, SUPPLY, moving))
    read = {sku for lines in effects.mirrors for sku in _skus(lines.open.values())}
    moved_meanwhile = (read | effects.orders.skus) - locked
    effects.touched |= await lock_profiles(tx, moved_meanwhile)
    return Books(effects, translators)


def _supply_keys(events: Iterable[Event]) -> list[Key]:
    lines = [(event.source, event.fact.line_id) for event in events if isinstance(event.fact, SupplyFact)]
    return _storable(lines)


def _demand_keys(events: Iterable[Event]) -> list[Key]:
    facts = [event.fact for event in events if isinstance(event.fact, DemandFact)]
    return _storable((fact.channel, fact.order_id, fact.line_id) for fact in facts)


def _hold_keys(events: Iterable[Event]) -> list[Key]:
    holds = [(e.source, e.fact.hold_id) for e in events if isinstance(e.fact, HoldFact | HoldLifted)]
    return _storable(holds)


def _named_lines(events: Iterable[Event]) -> list[str]:
    """The supply lines that movements name."""
    named = [event.fact.line_id for event in events if isinstance(event.fact, Movement)]
    return [line_id for line_id in named if line_id is not None and line_id.isprintable()]


def _lines_taken_for(events: Iterable[Event]) -> list[tuple[str, str]]:
    """The order lines that goods are taken for, by order and line."""
    facts = [event.fact for event in events if isinstance(event.fact, Movement)]
    named = [(fact.order_id, fact.line_id or "") for fact in facts if fact.cause in LEAVING]
    return [(order, line) for order, line in named if order and (order + line).isprintable()]


def _storable(keys: Iterable[tuple[str, ...]]) -> list[Key]:
    """The keys that can be looked for: no line is kept under a name that cannot be printed."""
    return [key for key in keys if all(name.isprintable() for name in key)]


def _skus(lines: Iterable[Values]) -> set[str]:
    return {line["sku"] for line in lines}


async def _translators(tx: Tx, events: Sequence[Event], lifted: Sequence[str]) -> dict[str, Translator]:
    setup, today = await catalogue.current(tx), local_day(await clock.now(tx), "UTC")
    translators = {}
    for source in sorted({event.source for event in events}):
        codes = {code for event in events if event.source == source if (code := _code(event)).isprintable()}
        known = await sources.vocabulary(tx, source, sorted(codes), lifted)
        near = Nearest() if codes <= known.by_code.keys() else Nearest(await sources.codes_like(tx, source))
        translators[source] = Translator(source, known, setup, today, near)
    return translators


def _code(event: Event) -> str:
    """The source's word for the item; none where a hold is lifted, which says of what."""
    return "" if isinstance(event.fact, HoldLifted) else event.fact.code


def _meant(
    events: Iterable[Event], translators: Mapping[str, Translator], kind: type | None = None
) -> set[str]:
    """The items these events, or those of one kind, name."""
    named = [(e.source, _code(e)) for e in events if kind is None or isinstance(e.fact, kind)]
    words = {source: translator.vocabulary.by_code for source, translator in translators.items()}
    return {meaning.sku for source, code in named for meaning in words[source].get(code, {}).values()}
