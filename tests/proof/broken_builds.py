"""Earmark, broken on purpose: `python -m tests.proof.broken_builds FAULT serve|prove ...`.

Each fault leaves a line in the file named by STRUCK whenever it has made a difference.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from datasources.store import locks, operations, reservations
from datasources.store.snapshot import SnapshotReader
from datasources.store.unit import Store, unavailable_is_typed
from gateway.prove import stand
from gateway.prove.tied import tie
from resolvers.flows import commits, reserve_held
from resolvers.flows.commits import Commits
from resolvers.flows.quote import quote
from resolvers.flows.receive import receive
from resolvers.flows.reserve_requests import Request, Wanting
from resolvers.promises import queries
from resolvers.stock import mutations
from rules import reservation as reservation_rules
from rules.errors import IdempotencyConflict, StoreUnavailable
from rules.reservation import Changed, Reservation, has_expired

STRUCK = "STRUCK"
Put = Callable[[Any, str, Any], None]
NAMED: ContextVar[Sequence[str]] = ContextVar("NAMED", default=())
"""The items of a request in the order in which it names them."""
PAUSE_S = 0.02


def struck(fault: str) -> None:
    with Path(os.environ[STRUCK]).open("a") as file:
        file.write(f"{fault}\n")


def no_lock() -> None:
    """Profiles are read without being locked, so another gateway may write in between."""
    locks.LOCK_PROMISED = locks.LOCK_PROMISED.replace("FOR UPDATE OF profile", "")
    lock, put = locks.lock_promised, reservations.put_profiles
    read: dict[str, int] = {}

    async def only_read(driver: Any, held: Mapping[str, int]) -> list[Any]:
        rows = await lock(driver, held)
        read.update((row["sku"], row["sequence"]) for row in rows)
        return rows

    async def put_over(driver: Any, contents: Mapping[str, str]) -> None:
        query = "SELECT sku, sequence FROM profile WHERE sku = ANY($1) ORDER BY sku FOR UPDATE"
        for row in await driver.fetch(query, list(contents)):
            if row["sequence"] != read[row["sku"]]:
                struck("no lock")
        await put(driver, contents)

    setattr(locks, "lock_promised", only_read)  # noqa: B010
    setattr(reservations, "put_profiles", put_over)  # noqa: B010


def dedupe_outside() -> None:
    """Whether a key was used is looked up before the transaction, and in it no more."""
    commit, keep, find = Commits.commit, operations.keep, operations.find
    looked_up = operations.known

    async def commit_unless_known(self: Commits, request: Request) -> operations.Operation:
        before = await find(self.store.pool, request.name)
        if before is None:
            return await commit(self, request)
        if before.fingerprint != request.fingerprint:
            raise IdempotencyConflict(request.key, before.act, before.at)
        return before

    async def known(driver: Any, keys: Sequence[operations.Key]) -> dict[operations.Key, Any]:
        return {} if driver.is_in_transaction() else await looked_up(driver, keys)

    async def keep_the_first(driver: Any, new: Sequence[operations.Operation]) -> None:
        there = await looked_up(driver, [(each.person, each.channel, each.key) for each in new])
        for _ in there:
            struck("dedupe outside")
        fresh = [each for each in new if (each.person, each.channel, each.key) not in there]
        if fresh:
            await keep(driver, fresh)

    setattr(Commits, "commit", commit_unless_known)  # noqa: B010
    setattr(operations, "known", known)  # noqa: B010
    setattr(operations, "keep", keep_the_first)  # noqa: B010


def late_confirms() -> None:
    """A reservation that has ended is confirmed all the same."""
    confirm = reservation_rules.confirm

    def confirm_late(reservation: Reservation, now: Any, *more: str) -> Changed:
        late = has_expired(reservation, now)
        changed = confirm(reservation, reservation.made_at if late else now, *more)
        if late:
            struck("late confirms")
        return changed

    setattr(reserve_held, "confirm", confirm_late)  # noqa: B010


def answers_early() -> None:
    """Callers are answered before the transaction has ended; every fourth never does: it breaks."""
    decide_all, take, write = commits.decide_all, Commits._take, commits._write
    batches: list[Any] = []
    outcomes: list[Any] = []
    stores: list[Store] = []
    turns = count(1)

    def take_and_remember(self: Commits) -> Any:
        stores[:], batches[:] = [self.store], [take(self)]
        return batches[0]

    def decide_and_remember(*given: Any) -> Any:
        decided, new = decide_all(*given)
        outcomes[:] = [decided]
        return decided, new

    async def write_and_answer(tx: Any, driver: Any, *given: Any) -> None:
        await write(tx, driver, *given)
        if len(batches[0]) != len(outcomes[0]):
            return
        commits._settle(batches[0], outcomes[0])
        if next(turns) % 4 == 0:
            async with stores[0].pool.acquire() as other:
                await other.execute("SELECT pg_terminate_backend($1)", driver.get_server_pid())
            struck("answers early")

    setattr(Commits, "_take", take_and_remember)  # noqa: B010
    setattr(commits, "decide_all", decide_and_remember)  # noqa: B010
    setattr(commits, "_write", write_and_answer)  # noqa: B010


def stale_profile() -> None:
    """What is kept in memory of an item is used whether or not it has changed since."""
    lock = locks.lock_promised

    async def lock_and_keep(driver: Any, held: Mapping[str, int]) -> list[Any]:
        rows = [dict(row) for row in await lock(driver, held)]
        for row in rows:
            if held[row["sku"]] >= 0 and row["content"] is not None:
                struck("stale profile")
                row["content"] = None
        return rows

    setattr(locks, "lock_promised", lock_and_keep)  # noqa: B010


def stale_reading() -> None:
    """What a gateway keeps of an item for readings is told though a newer one has just been brought."""
    entries = SnapshotReader._entries

    def as_held_before(self: SnapshotReader, held: Mapping[str, Any], row: Any) -> dict[str, Any]:
        newest = entries(self, held, row)
        before = {sku: held.get(sku) or entry for sku, entry in newest.items()}
        for sku, entry in before.items():
            if entry.sequence != newest[sku].sequence:
                struck("stale reading")
        return before

    setattr(SnapshotReader, "_entries", as_held_before)  # noqa: B010


def own_clock() -> None:
    """Each gateway decides by a clock of its own, and one of them is half a second ahead."""
    ground = reservations.ground
    ahead = timedelta(seconds=0.5 if any("gateway-1" in word for word in sys.argv) else 0)

    async def by_own_clock(driver: Any) -> reservations.Ground:
        read = await ground(driver)
        now = datetime.now(UTC) + ahead
        if now - read.now > ahead / 2:
            struck("own clock")
        return replace(read, now=now)

    setattr(reservations, "ground", by_own_clock)  # noqa: B010


def no_transaction() -> None:
    """Every statement stands by itself: locks are let go at once, and what follows may come too late."""
    ground = reservations.ground

    @asynccontextmanager
    async def writing(self: Store) -> AsyncIterator[Any]:
        async with unavailable_is_typed(), self.engine.connect() as connection:
            yield connection  # nothing is begun on it, so each statement commits itself
            await connection.commit()

    async def ground_alone(driver: Any) -> reservations.Ground:
        if not driver.is_in_transaction():
            struck("no transaction")
        return await ground(driver)

    setattr(Store, "writing", writing)  # noqa: B010
    setattr(reservations, "ground", ground_alone)  # noqa: B010


def unsorted_locks(put: Put = setattr) -> None:
    """Each request is a transaction, and locks its items one after the other in the order it names them."""
    once, lock = Commits._once, locks.lock_promised

    async def once_as_named(self: Commits, requests: Sequence[Request], skus: set[str]) -> list[Any]:
        bodies = [request.body for request in requests if isinstance(request.body, Wanting)]
        NAMED.set([line.ask.sku for body in bodies for line in body.lines if line.ask.sku in skus])
        return await once(self, requests, skus)

    async def one_by_one(driver: Any, held: Mapping[str, int]) -> list[Any]:
        rows: list[Any] = []
        try:
            for sku in dict.fromkeys([*NAMED.get(), *held]):
                if rows:
                    await asyncio.sleep(PAUSE_S)
                rows += await lock(driver, {sku: held[sku]})
        except asyncpg.DeadlockDetectedError:
            struck("unsorted locks")
            raise
        return rows

    put(commits, "BATCH_MAX", 1)
    put(Commits, "_once", once_as_named)
    put(locks, "lock_promised", one_by_one)


def no_answers() -> None:
    """Everything is done, and nobody is told."""

    def and_fail(done: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[None]]:
        async def do_and_fail(*given: object, **named: object) -> None:
            await done(*given, **named)
            struck("no answers")
            raise StoreUnavailable

        return do_and_fail

    setattr(Commits, "commit", and_fail(Commits.commit))  # noqa: B010
    setattr(queries, "quote", and_fail(quote))  # noqa: B010
    setattr(mutations, "receive", and_fail(receive))  # noqa: B010


FAULTS: dict[str, Callable[[], None]] = {
    "no-lock": no_lock,
    "dedupe-outside": dedupe_outside,
    "late-confirms": late_confirms,
    "answers-early": answers_early,
    "stale-profile": stale_profile,
    "stale-reading": stale_reading,
    "own-clock": own_clock,
    "no-transaction": no_transaction,
    "unsorted-locks": unsorted_locks,
    "no-answers": no_answers,
}


def main() -> None:
    fault = sys.argv.pop(1)
    tie()
    FAULTS[fault]()
    setattr(stand, "EARMARK", (sys.executable, "-m", "tests.proof.broken_builds", fault))  # noqa: B010

    from gateway.cli import main as earmark

    earmark(prog_name="earmark")


if __name__ == "__main__":
    main()
