"""History: movements of the past enter the ledger before their sources state what is there now.

They lower no line and ask for no person: the lines they were for are closed. What they add up to is what the
sources state next, so that the difference is nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from datasources.facts import Event, Movement
from datasources.store import catalogue, clock, ledger, profiles, sources
from datasources.store.ledger import Move
from datasources.store.locks import lock_profiles
from datasources.store.unit import Tx
from resolvers.flows.deps import Deps
from resolvers.flows.effects import moves_of
from resolvers.flows.translate import Translator
from rules.calendar import local_day
from telemetry import names
from telemetry.spans import span

Progress = Callable[[str], None]

ACTOR = "history"


async def load(deps: Deps, past: Callable[[], Iterable[Event]], progress: Progress) -> int:
    """The movements are in the ledger, all or none; how many legs. None, where the ledger has begun already.

    Raises Untranslatable for a movement that names what the store does not know, and StoreUnavailable.
    """
    with span(names.LOAD, source=ACTOR):
        async with deps.store.writing() as tx:
            if await ledger.last_move(tx):
                return 0
            progress("history: reading")
            told = list(past())
            now = await clock.now(tx)
            moves = await _moves(tx, told, now)
            progress(f"history: writing {len(moves):,} moves")
            await _write(tx, moves, now)
    return len(moves)


async def _moves(tx: Tx, events: Sequence[Event], now: datetime) -> list[Move]:
    setup, today = await catalogue.current(tx), local_day(now, "UTC")
    translators = {
        source: Translator(source, await sources.vocabulary(tx, source), setup, today)
        for source in sorted({event.source for event in events})
    }
    moves: list[Move] = []
    for event in events:
        assert isinstance(event.fact, Movement)
        assert event.occurred_at is not None
        translator = translators[event.source]
        meaning = translator.meaning(event.fact.code, event.fact.unit)
        moves += moves_of(translator, meaning, event, event.occurred_at, ACTOR)
    return moves


async def _write(tx: Tx, moves: Sequence[Move], now: datetime) -> None:
    owned = {(move.place.site_id, "stock"): move.source for move in moves}
    await sources.claim(tx, owned)
    skus = {move.place.sku for move in moves}
    await lock_profiles(tx, skus)
    await ledger.append(tx, moves, now)
    await profiles.rebuild(tx, skus)
