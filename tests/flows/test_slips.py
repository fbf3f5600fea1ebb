"""Promises at risk beside other writers, and messages beside other takers."""

import asyncio
from collections import Counter
from datetime import timedelta
from decimal import Decimal

from datasources.facts import Event, SupplyFact
from datasources.store import clock, outbox
from datasources.store.outbox import Message
from resolvers.flows import messages, slip_desk
from resolvers.flows.deps import Deps
from resolvers.flows.receive import receive
from tests.builders import ANYONE, NOON, TODAY
from tests.flows.reserving import as_rebuilt, free, reserve, wanted

TEA, HAM = "TEA", "HAM"


async def due(deps: Deps, quantity: int, ahead: int, number: int = 0) -> None:
    """The one receipt of tea is of so much, on that day."""
    fact = SupplyFact(
        "R", "purchase", TEA, HAM, Decimal(quantity), TODAY + timedelta(days=ahead), "confirmed"
    )
    event = Event("erp", f"{quantity} on {ahead}, {number}", NOON + timedelta(seconds=number), fact)
    [receipt] = await receive(deps, [event], ANYONE)
    assert receipt.outcome == "APPLIED", receipt


async def at_risk(deps: Deps) -> list[slip_desk.Listed]:
    return await slip_desk.listed(deps, slip_desk.Wanted(), None, 500, ANYONE)


async def applied(deps: Deps, proposals: list[slip_desk.Listed]) -> list[str | None]:
    """What each could not be applied for."""
    named = [str(each.kept.proposal_id) for each in proposals]
    decided = await slip_desk.decide(deps, "applied", named, "", ANYONE)
    return [each.problem and each.problem[0] for each in decided]


async def test_while_supply_slips_buyers_reserve_and_nothing_is_lost_or_counted_twice(
    deps: Deps, second: Deps
):
    """Two gateways: forty buyers of two, while the receipt they rest on moves back and forth."""
    await due(deps, 60, 2)
    buyers = (
        reserve((deps, second)[n % 2], f"k{n}", wanted(2, ahead=4), seconds=None, whole=True)
        for n in range(40)
    )

    async def slipping() -> None:
        for n in range(6):
            await due((deps, second)[n % 2], 60 - 4 * n, 2 + n % 3, number=n + 1)

    moving = asyncio.create_task(slipping())
    told = await asyncio.gather(*buyers)
    await moving
    made = sum(1 for each in told if each["status"] == "ACCEPTED")
    assert made
    await as_rebuilt(deps)
    await due(deps, 2 * made - 6, 6, number=99)
    owed = await at_risk(second)
    assert sum(part.quantity for each in owed for part in each.kept.old) == 2 * made
    assert sum(each.kept.undated for each in owed) == 6
    assert set(await applied(second, owed)) == {None}
    await as_rebuilt(deps)
    assert await at_risk(deps) == []
    assert await free(deps, ahead=6) == 0


async def test_two_who_apply_the_same_proposals_at_once_move_each_reservation_once(deps: Deps, second: Deps):
    await due(deps, 60, 2)
    for n in range(5):
        await reserve(deps, f"k{n}", wanted(10, ahead=2), seconds=None)
    await due(deps, 60, 5, number=1)
    found = await at_risk(deps)
    assert len(found) == 5
    told = await asyncio.gather(*(applied((deps, second)[n % 2], found) for n in range(6)))
    assert told == [[None] * 5] * 6
    moved = await deps.store.pool.fetchval("SELECT count(*) FROM reservation_move WHERE act = 'move'")
    assert moved == 10
    await as_rebuilt(deps)


async def waiting(deps: Deps, keys: int, each: int) -> None:
    """So many messages of so many keys wait."""
    async with deps.store.writing() as tx:
        added = [
            Message("promise.at_risk", f"k{key}", "web", str(number), "")
            for number in range(each)
            for key in range(keys)
        ]
        await outbox.add(tx, added, await clock.now(tx))


async def test_takers_at_once_never_have_the_same_message_within_its_lease(deps: Deps, second: Deps):
    """Eight takers of two gateways; each of two hundred messages is had by one of them."""
    await waiting(deps, 200, 1)
    taken = await asyncio.gather(*(messages.take((deps, second)[n % 2], 40, 60, ANYONE) for n in range(8)))
    ids = Counter(one.message_id for some in taken for one in some)
    assert (len(ids), set(ids.values())) == (200, {1})
    assert await messages.take(deps, 500, 60, ANYONE) == []


async def test_a_message_not_acknowledged_is_given_again_once_its_lease_has_ended(deps: Deps):
    await waiting(deps, 2, 1)
    first, _ = await messages.take(deps, 10, 60, ANYONE)
    assert await messages.acknowledge(deps, [str(first.message_id)], ANYONE) == [True]
    async with deps.store.writing() as tx:
        await clock.set_now(tx, NOON + timedelta(minutes=10))
    [again] = await messages.take(deps, 10, 60, ANYONE)
    assert (again.takings, again.message.key) == (2, "k1")
    assert await messages.acknowledge(deps, [str(first.message_id), "9", "x", "0"], ANYONE) == [
        True,
        False,
        False,
        False,
    ]


async def test_the_messages_of_a_key_come_one_after_the_other_however_many_take(deps: Deps, second: Deps):
    """Three of each of twenty keys: the next comes once the one before is acknowledged."""
    await waiting(deps, 20, 3)
    seen: dict[str, list[str]] = {}
    for _ in range(3):
        taken = await asyncio.gather(*(messages.take(each, 30, 60, ANYONE) for each in (deps, second)))
        for one in (one for some in taken for one in some):
            seen.setdefault(one.message.key, []).append(one.message.content)
        ids = [str(one.message_id) for some in taken for one in some]
        assert len(ids) == 20
        await messages.acknowledge(deps, ids, ANYONE)
    assert set(map(tuple, seen.values())) == {("0", "1", "2")}


async def test_messages_that_are_done_are_dropped_after_a_month(deps: Deps):
    await waiting(deps, 2, 1)
    taken = await messages.take(deps, 10, 60, ANYONE)
    await messages.acknowledge(deps, [str(taken[0].message_id)], ANYONE)
    async with deps.store.writing() as tx:
        await clock.set_now(tx, NOON + timedelta(days=31))
    await messages.acknowledge(deps, [str(taken[1].message_id)], ANYONE)
    assert await deps.store.pool.fetchval("SELECT count(*) FROM outbox") == 1
