"""Commits: requests that come close together are decided one after the other in one transaction.

Nobody is answered before that transaction is durable. A request has one outcome for ever, whichever gateway
it came to and however often.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from datasources.store import (
    catalogue,
    firm_orders,
    locks,
    operations,
    outbox,
    pegs,
    profiles,
    repromised,
    reservations,
    shelf,
)
from datasources.store.operations import Operation
from datasources.store.reservations import Ground
from datasources.store.snapshot import local_days, read_watermarks
from datasources.store.unit import Contended, Store, Tx
from resolvers.flows import slips, transfers_of_ours
from resolvers.flows.order_messages import order_message
from resolvers.flows.reserve_at_once import give_at_once
from resolvers.flows.reserve_desk import Desk, Item, MoreToLock, Setting
from resolvers.flows.reserve_held import decide_held
from resolvers.flows.reserve_requests import Holding, Request, Wanting, ids_named, skus_wanted, wanted_often
from resolvers.flows.reserve_ship import Docks, Shipment, open_docks
from resolvers.flows.reserve_slots import GIVES_BACK, open_slots, write_slots
from resolvers.flows.reserve_sourced_again import decide_sourced_again
from resolvers.flows.reserve_sources import Sources, open_sources
from resolvers.flows.reserve_told import Told
from resolvers.flows.reserve_wanted import decide_wanted
from resolvers.flows.slip_causes import Written
from resolvers.flows.transfers_of_ours import Transfers
from rules.choices import setup_of
from rules.company import Setup
from rules.errors import IdempotencyConflict, Refusal, StoreUnavailable, TooBusy, UnknownChannel

log = logging.getLogger(__name__)

BATCH_MAX = 200
BATCH_LINES_MAX = 2_000
"""So many lines, so that large requests which come together do not keep their items locked for long."""
LINGER_S = 0.002
"""So long a request waits for others, where others came just before it."""
APART = {"re-source", "ship"}
"""Acts that come in batches of their own: after them the promises of their items are reviewed."""
WAITING_MAX = 10_000
TRIES_MAX = 5
HELD_MAX = 50_000
KNOWN_MAX = 200_000
SETUPS_MAX = 4

Waiting = tuple[Request, "asyncio.Future[Operation]"]
Decided = Operation | Exception


@dataclass(slots=True)
class Commits:
    """One process's way to commit: a batch at a time, in the order requests came."""

    store: Store
    _waiting: deque[Waiting] = field(default_factory=deque)
    _task: asyncio.Task[None] | None = None
    _items: OrderedDict[str, Item] = field(default_factory=OrderedDict)
    _skus: OrderedDict[UUID, str] = field(default_factory=OrderedDict)
    _setups: OrderedDict[tuple[str, str | None], Setup] = field(default_factory=OrderedDict)
    _last: int = 0

    async def commit(self, request: Request) -> Operation:
        """What became of the request, durable. The same key again gives the same outcome.

        Raises IdempotencyConflict, UnknownChannel, TooBusy, and StoreUnavailable: then what became of it is
        not known here, and the same key, or `operation(key)`, tells.
        """
        if len(self._waiting) >= WAITING_MAX:
            raise TooBusy(WAITING_MAX)
        done: asyncio.Future[Operation] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._commit_waiting())
        return await done

    async def close(self) -> None:
        """What was waiting is decided."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _commit_waiting(self) -> None:
        while self._waiting:
            if self._last > 1 and len(self._waiting) < BATCH_MAX:
                await asyncio.sleep(LINGER_S)
            batch = self._take()
            self._last = len(batch)
            try:
                outcomes = await self._decided([request for request, _ in batch])
            except asyncio.CancelledError:
                _settle(batch, [StoreUnavailable()] * len(batch))
                raise
            except Exception as failed:  # noqa: BLE001  # every caller in the batch must hear of it
                _settle(batch, [failed] * len(batch))
            else:
                _settle(batch, outcomes)

    def _take(self) -> list[Waiting]:
        """Those who came first. Shipments and re-sourcing go in batches of their own."""
        batch = [self._waiting.popleft()]
        [(first, _)] = batch
        lines = len(first.body.lines)
        while self._waiting and len(batch) < BATCH_MAX:
            coming, _ = self._waiting[0]
            lines += len(coming.body.lines)
            if lines > BATCH_LINES_MAX or ({coming.act, first.act} & APART and coming.act != first.act):
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _decided(self, requests: Sequence[Request]) -> list[Decided]:
        """One outcome a request: together or, where one of them breaks the rest, each alone."""
        try:
            return await self._with_patience(requests)
        except Refusal:
            raise
        except Exception:
            if len(requests) == 1:
                raise
            log.exception("%d requests could not be committed together; each is tried alone.", len(requests))
        alone: list[Decided] = []
        for request in requests:
            try:
                alone += await self._with_patience([request])
            except Exception as failed:  # noqa: BLE001  # its caller is told
                alone.append(failed)
        return alone

    async def _with_patience(self, requests: Sequence[Request]) -> list[Decided]:
        """Where another writer was in the way it is tried again, a few times."""
        skus = skus_wanted(requests) | set((await self._skus_of(ids_named(requests))).values())
        tries = 0
        while True:
            skus |= {part for sku in skus for part in self._parts_of(sku)}
            try:
                return await self._once(requests, skus)
            except MoreToLock as more:
                skus |= more.skus
            except Contended:
                tries += 1
                if tries == TRIES_MAX:
                    raise

    def _parts_of(self, sku: str) -> list[str]:
        held = self._items.get(sku)
        return [] if held is None else [part.sku for part in held.profile.parts]

    async def _skus_of(self, ids: set[UUID]) -> Mapping[UUID, str]:
        unknown = {each for each in ids if each not in self._skus}
        if unknown:
            self._skus |= await reservations.skus_of(self.store.pool, unknown)
        known = {each: self._skus[each] for each in ids if each in self._skus}
        _shorten(self._skus, KNOWN_MAX)
        return known

    async def _once(self, requests: Sequence[Request], skus: set[str]) -> list[Decided]:
        """One transaction. Items it changed are only kept in memory once it is durable."""
        touched: set[str] = set(skus)
        try:
            async with self.store.writing() as tx:
                driver: Any = (await tx.get_raw_connection()).driver_connection
                items = await self._lock(driver, skus)
                desk = await self._open(driver, requests, items)
                desk.locked = frozenset(skus)
                desk.transfers = await _transfers(tx, requests, desk)
                known = await operations.known(driver, [request.name for request in requests])
                docks = await _docks(tx, requests, desk)
                desk.sources = await _sources(tx, requests, desk)
                decided, new = decide_all(desk, requests, known, docks)
                await operations.keep(driver, new)
                await _write(tx, driver, desk, docks)
            touched = set(desk.composed)
            for sku, item in items.items():
                if item.touched and sku not in touched:
                    item.sequence, item.touched = item.sequence + 1, False
            self._skus |= {each: made.sku for each, made in desk.new.items()}
            self._skus |= {made.reservation_id: made.sku for made in desk.given}
            return decided
        finally:
            for sku in touched if skus else ():
                self._items.pop(sku, None)

    async def _lock(self, driver: Any, skus: set[str]) -> dict[str, Item]:
        """The items there are, as they are under the lock."""
        held = {sku: self._items.get(sku) for sku in sorted(skus)}
        sequences = {sku: -1 if item is None else item.sequence for sku, item in held.items()}
        items: dict[str, Item] = {}
        for row in await locks.lock_promised(driver, sequences):
            item = held[row["sku"]]
            if row["content"] is not None or item is None:
                item = Item(row["sequence"], profiles.decode(row["sku"], row["content"]))
                self._items[row["sku"]] = item
            items[row["sku"]] = item
            self._items.move_to_end(row["sku"])
        _shorten(self._items, HELD_MAX)
        more = {part.sku for item in items.values() for part in item.profile.parts} - skus
        if more:
            raise MoreToLock(more)
        return items

    async def _open(self, driver: Any, requests: Sequence[Request], items: dict[str, Item]) -> Desk:
        ground = await reservations.ground(driver)
        ids = ids_named(requests)
        found = await reservations.find(driver, ids) if ids else {}
        setting, taken = await self._setting(driver, ground), None
        if setting.setup.choices.limits_orders():
            profiles_read = [item.profile for item in items.values()]
            taken, now = await open_slots(driver, requests, setting.setup, ground.now, profiles_read)
            if now != ground.now:
                setting = await self._setting(driver, await reservations.ground(driver))
        return Desk(setting, items, found, slots=taken, often=wanted_often(requests))

    async def _setting(self, driver: Any, ground: Ground) -> Setting:
        key = (ground.setup_hash, ground.book_version)
        setup = self._setups.get(key)
        if setup is None:
            content = await driver.fetchval("SELECT content FROM setup WHERE setup_hash = $1", key[0])
            book = await shelf.book(driver, key[1])
            setup = self._setups[key] = setup_of(catalogue.read_company(key[0], content), book)
            _shorten(self._setups, SETUPS_MAX)
        silent = setup.choices.silent(read_watermarks(ground.watermarks), ground.now)
        still = tuple((site, silence.percent) for site, silence in silent.items())
        basis = (*key, setup.choices.basis(ground.now), local_days(ground.now, setup), still)
        return Setting(ground.now, setup, silent, basis)


def _shorten(kept: OrderedDict[Any, Any], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)


async def _check_locked(tx: Tx, skus: Iterable[str], desk: Desk) -> None:
    """Raises MoreToLock where something that rests on these items is not locked."""
    more = (await pegs.concerned(tx, skus) if skus else set()) - desk.locked
    if more:
        raise MoreToLock(more)


async def _transfers(tx: Tx, requests: Sequence[Request], desk: Desk) -> Transfers:
    """The transfers for reservations of which these requests give something back. Raises MoreToLock."""
    ids = ids_named([request for request in requests if request.act in GIVES_BACK])
    if not ids:
        return Transfers()
    found = await transfers_of_ours.for_reservations(tx, ids)
    await _check_locked(tx, {order.sku for order in found.orders.values()}, desk)
    return found


async def _docks(tx: Tx, requests: Sequence[Request], desk: Desk) -> Docks:
    """What may leave. Raises MoreToLock where what else rests on it is not locked."""
    if requests[0].act != "ship":
        return Docks()
    await _check_locked(tx, desk.items, desk)
    return await open_docks(tx, desk.items, desk.reservations.values())


async def _sources(tx: Tx, requests: Sequence[Request], desk: Desk) -> Sources:
    """What re-sourcing rests on. Raises MoreToLock where what else rests on it is not locked."""
    if requests[0].act != "re-source":
        return Sources()
    await _check_locked(tx, desk.items, desk)
    return await open_sources(tx, desk.reservations, desk.slots)


def decide_all(
    desk: Desk, requests: Sequence[Request], known: Mapping[operations.Key, Operation], docks: Docks
) -> tuple[list[Decided], list[Operation]]:
    """One outcome a request, in the order they came, and those that are new."""
    seen = dict(known)
    new: list[Operation] = []
    decided: list[Decided] = []
    for place, request in enumerate(requests):
        before = seen.get(request.name)
        try:
            if before is None:
                before = seen[request.name] = _operation(request, decide(desk, request, place, docks), desk)
                new.append(before)
            elif before.fingerprint != request.fingerprint:
                raise IdempotencyConflict(request.key, before.act, before.at)
            decided.append(before)
        except Refusal as refused:
            decided.append(refused)
    return decided, new


def decide(desk: Desk, request: Request, place: int, docks: Docks) -> Told:
    """The request's outcome; what it changes is at the desk."""
    channels = desk.at.setup.channels
    if request.channel not in channels:
        raise UnknownChannel(request.channel, channels)
    if isinstance(request.body, Wanting):
        return give_at_once(desk, request, place) or decide_wanted(desk, request, place)
    assert isinstance(request.body, Holding)
    if request.act == "re-source":
        return decide_sourced_again(desk, request, place)
    return decide_held(desk, request, place, Shipment(docks, request))


def _operation(request: Request, outcome: Told, desk: Desk) -> Operation:
    text = orjson.dumps(outcome).decode()
    fingerprint, trace_id = request.fingerprint, request.trace_id
    return Operation(*request.name, request.act, fingerprint, text, desk.now, trace_id, request.inquiry_id)


async def _write(tx: Tx, driver: Any, desk: Desk, docks: Docks) -> None:
    """All of it is in the store."""
    desk.composed |= {move.place.sku for move in docks.moves}
    desk.composed |= {part.sku for sku in desk.composed for part in desk.items[sku].profile.parts}
    new = reservations.rows_of(desk.new.values(), desk.given, desk.moves, desk.now)
    elsewhere = list(desk.changed.values()) if desk.sources.items else []
    await repromised.put_parts(driver, elsewhere)
    await reservations.write(driver, new, list(desk.changed.values()))
    await reservations.write_deliveries(driver, desk.new.values())
    await reservations.write_latest(driver, [*desk.new.values(), *desk.given])
    plain = {sku: item for sku, item in desk.items.items() if item.touched and sku not in desk.composed}
    contents = {sku: profiles.encode(item.current(desk.now)) for sku, item in plain.items()}
    await reservations.put_profiles(driver, contents)
    if desk.orders:
        await firm_orders.write(tx, desk.orders, desk.now)
        told = [order_message(order, lambda sku: desk.items[sku].profile.precision) for order in desk.orders]
        await outbox.add(tx, told, desk.now)
    if desk.transfers.orders:
        precisions = {sku: item.profile.precision for sku, item in desk.items.items()}
        await desk.transfers.write(tx, precisions, desk.now)
    if desk.slots is not None:
        await write_slots(driver, desk.slots, desk.acts(), desk.now)
    if docks.moves or desk.transfers.orders or elsewhere:  # what leaves before its day was to serve others
        await docks.write(tx, desk)
        await slips.rebuild(tx, desk.composed, Written(docks.moves))
    elif desk.composed:
        await profiles.rebuild(tx, desk.composed)


def _settle(batch: Sequence[Waiting], outcomes: Sequence[Decided]) -> None:
    for (_, done), outcome in zip(batch, outcomes, strict=True):
        if done.done():  # who asked is gone
            continue
        if isinstance(outcome, Exception):
            done.set_exception(outcome)
        else:
            done.set_result(outcome)
