"""Baskets, groups, kits and races: all or nothing, as much as possible, and nobody waits in a ring."""

import asyncio
from contextlib import suppress
from typing import Any

from datasources.store import locks, operations, profiles
from datasources.store.unit import Contended
from resolvers.flows import commits
from resolvers.flows import reserve as flow
from resolvers.flows.deps import Deps
from resolvers.flows.reserve_requests import Request, Wanting
from rules import reservation
from rules.errors import StoreUnavailable
from tests.builders import ALL, ANYONE, day, item, stock, supply, tell
from tests.flows.reserving import as_rebuilt, free, held, later, reserve, wanted
from tests.proof.broken_builds import STRUCK, unsorted_locks


async def test_all_or_nothing_and_as_much_as_possible(deps: Deps):
    await tell(deps, stock(10), stock(3, code="CUP"), supply(4, code="CUP", ahead=2), states=ALL)
    basket = (wanted(4), wanted(5, "CUP"), wanted(1, "NOPE"))
    nothing = await reserve(deps, "k1", *basket)
    codes = [line["problem"][0] for line in nothing["lines"]]
    assert (nothing["status"], codes) == ("REFUSED", ["NOT_ALL", "SHORT", "UNKNOWN_SKU"])
    assert await free(deps) == 10
    some = await reserve(deps, "k2", *basket, whole=False)
    assert (some["status"], [line["quantity"] for line in some["lines"]]) == ("PARTIAL", [4, 3, 0])
    assert some["lines"][1]["earliest"] == str(day(2))
    assert (await free(deps), await free(deps, sku="CUP"), await free(deps, 2, "CUP")) == (6, 0, 4)
    await as_rebuilt(deps)


async def test_one_item_twice_shares_what_there_is(deps: Deps):
    await tell(deps, stock(10), states=ALL)
    told = await reserve(deps, "k1", wanted(6), wanted(6))
    assert (told["status"], told["lines"][1]["promisable"]) == ("REFUSED", 4)
    assert (await reserve(deps, "k2", wanted(6), wanted(4)))["status"] == "ACCEPTED"
    await as_rebuilt(deps)


async def test_lines_of_a_group_leave_on_one_day(deps: Deps):
    await tell(deps, stock(10), supply(5, code="CUP", ahead=2), states=ALL)
    group: dict[str, Any] = {"latest": day(5), "group": "G"}
    made = await reserve(deps, "k1", wanted(4, **group), wanted(5, "CUP", **group))
    assert [line["parts"][0][0] for line in made["lines"]] == [str(day(2))] * 2
    assert (await free(deps), await free(deps, sku="CUP", ahead=2)) == (6, 0)
    some = await reserve(deps, "k2", wanted(1, **group), wanted(1, "CUP", **group), wanted(2), whole=False)
    assert [line["quantity"] for line in some["lines"]] == [0, 0, 2]
    await as_rebuilt(deps)


async def test_a_kits_parts_are_kept_with_it(deps: Deps):
    """The profile of a part says what is kept of the kit."""
    await tell(deps, item("SET"), stock(1, code="SET"), stock(9), stock(10, code="CUP"), states=ALL)
    await deps.store.pool.execute("INSERT INTO kit VALUES ('SET', 'TEA', 2), ('SET', 'CUP', 3)")
    await tell(deps, stock(1, code="SET"), stock(9), stock(10, code="CUP"), states=ALL)
    async with deps.store.writing() as tx:
        await locks.lock_profiles(tx, ["SET", "TEA", "CUP"])
        await profiles.rebuild(tx, ["SET", "TEA", "CUP"])
    assert await free(deps, sku="SET") == 4
    made = await reserve(deps, "k1", wanted(3, "SET"), wanted(5), whole=False)
    assert [line["quantity"] for line in made["lines"]] == [3, 5]
    assert (await free(deps, sku="SET"), await free(deps), await free(deps, sku="CUP")) == (0, 0, 4)
    await as_rebuilt(deps)
    await held(deps, "release", "k2", made["lines"][0]["reservation"])
    assert (await free(deps, sku="SET"), await free(deps)) == (3, 4)
    await as_rebuilt(deps)


BASKET = [f"SKU-{n}" for n in range(5)]


async def _baskets_sold(deps: Deps, second: Deps, waves: int) -> int:
    """How many baskets are sold of 60, where ten buyers a wave come at once: half of them backwards."""
    await tell(deps, *(item(sku) for sku in BASKET), *(stock(60, code=sku) for sku in BASKET), states=ALL)
    sold = 0
    for wave in range(waves):
        buyers = (
            reserve(gateway, f"k{wave} {n} {turn}", *(wanted(1, sku) for sku in BASKET[::turn]))
            for gateway, turn in ((deps, 1), (second, -1))
            for n in range(5)
        )
        told = await asyncio.gather(*buyers, return_exceptions=True)
        sold += sum(isinstance(each, dict) and each["status"] == "ACCEPTED" for each in told)
    return sold


def _rings(monkeypatch) -> list[str]:
    """The deadlocks that PostgreSQL breaks from now on, which callers never hear of."""
    once, met = commits.Commits._once, list[str]()

    async def noting(self: Any, *given: Any) -> Any:
        try:
            return await once(self, *given)
        except Contended as gave_way:
            met.extend([str(gave_way.__cause__)] if "deadlock" in str(gave_way.__cause__) else [])
            raise

    monkeypatch.setattr(commits.Commits, "_once", noting)
    return met


async def test_baskets_in_opposing_order_at_two_gateways_do_not_wait_in_a_ring(
    deps: Deps, second: Deps, monkeypatch
):
    rings = _rings(monkeypatch)
    assert await _baskets_sold(deps, second, waves=20) == 60
    assert rings == []
    assert {await free(deps, sku=sku) for sku in BASKET} == {0}
    await as_rebuilt(deps)


async def test_confirmed_or_expired_never_both(deps: Deps, second: Deps):
    """While the clock jumps past some ends: who confirms in time keeps it, who does not finds it gone."""
    await tell(deps, stock(20), states=ALL)
    made = [await reserve(deps, f"k{n}", wanted(1), seconds=60 * n) for n in range(1, 21)]
    names = [each["lines"][0]["reservation"] for each in made]
    await later(deps, minutes=5.5)
    confirming = [held((deps, second)[n % 2], "confirm", f"c{n}", name) for n, name in enumerate(names)]
    told, _ = await asyncio.gather(asyncio.gather(*confirming), later(deps, minutes=15.5))
    kept = [name for name, each in zip(names, told, strict=True) if each["status"] == "ACCEPTED"]
    assert set(names[15:]) <= set(kept) <= set(names[5:])
    refused = [each["lines"][0]["problem"][0] for each in told if each["status"] == "REFUSED"]
    assert refused == ["RESERVATION_EXPIRED"] * (20 - len(kept))
    await later(deps, minutes=30)
    assert await free(deps) == 20 - len(kept)
    await as_rebuilt(deps)


async def five(deps: Deps) -> list[Any]:
    """What became of five requests that come at once."""
    buyers = (reserve(deps, f"k{n}", wanted(1)) for n in range(5))
    return await asyncio.gather(*buyers, return_exceptions=True)


async def test_an_outage_reaches_every_caller_and_the_key_tells_afterwards(deps: Deps, monkeypatch):
    await tell(deps, stock(10), states=ALL)

    async def gone(*_: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(operations, "keep", gone)
        told = await asyncio.gather(
            *(reserve(deps, f"k{n}", wanted(1)) for n in range(5)), return_exceptions=True
        )
    assert {type(each) for each in told} == {StoreUnavailable}
    assert await flow.operation(deps, "web", "k1", ANYONE) is None
    assert (await reserve(deps, "k1", wanted(1)))["status"] == "ACCEPTED"
    assert await flow.operation(deps, "web", "k1", ANYONE) is not None
    assert await free(deps) == 9


async def test_a_request_that_breaks_the_batch_is_tried_alone(deps: Deps, monkeypatch):
    await tell(deps, stock(10), states=ALL)
    decide = commits.decide

    def breaks(desk: Any, request: Request, *more: Any) -> Any:
        if request.key == "k3":
            raise ZeroDivisionError
        return decide(desk, request, *more)

    monkeypatch.setattr(commits, "decide", breaks)
    told = await asyncio.gather(
        *(reserve(deps, f"k{n}", wanted(1)) for n in range(5)), return_exceptions=True
    )
    assert [isinstance(each, ZeroDivisionError) for each in told] == [False, False, False, True, False]
    assert await free(deps) == 6
    await as_rebuilt(deps)


# Builds broken on purpose: each must be seen to fail what the right one keeps.


async def _sold(deps: Deps, second: Deps) -> int:
    """How many of 40 units two gateways sell to 200 buyers."""
    await tell(deps, stock(40), states=ALL)
    buyers = (reserve((deps, second)[n % 2], f"k{n}", wanted(1)) for n in range(200))
    told = await asyncio.gather(*buyers, return_exceptions=True)
    return sum(isinstance(each, dict) and each["status"] == "ACCEPTED" for each in told)


async def test_without_the_lock_too_much_is_sold(deps: Deps, second: Deps, monkeypatch):
    monkeypatch.setattr(locks, "LOCK_PROMISED", locks.LOCK_PROMISED.replace("FOR UPDATE OF profile", ""))
    waiting: list[asyncio.Event] = []
    opens = commits.Commits._open

    async def together(self: Any, *given: Any) -> Any:
        """Both gateways stand in their transactions before either reads on."""
        waiting.append(asyncio.Event())
        if len(waiting) % 2 == 0:
            waiting[-2].set()
        else:
            with suppress(TimeoutError):
                await asyncio.wait_for(waiting[-1].wait(), 0.2)
        return await opens(self, *given)

    monkeypatch.setattr(commits.Commits, "_open", together)
    assert await _sold(deps, second) > 40


async def test_with_the_lock_it_is_not(deps: Deps, second: Deps):
    assert await _sold(deps, second) == 40


async def test_locks_in_the_order_of_the_request_wait_in_rings(
    deps: Deps, second: Deps, monkeypatch, tmp_path
):
    """The same baskets, on a build that must be seen to fail."""
    monkeypatch.setenv(STRUCK, str(tmp_path / "struck"))
    unsorted_locks(monkeypatch.setattr)
    monkeypatch.setattr(commits, "BATCH_MAX", 5)  # two transactions: each ring takes a second to be broken
    rings = _rings(monkeypatch)
    await _baskets_sold(deps, second, waves=1)
    assert rings
    assert len((tmp_path / "struck").read_text().splitlines()) == len(rings)


async def test_a_confirm_that_does_not_look_at_the_clock_is_found_out(deps: Deps, monkeypatch):
    await tell(deps, stock(10), states=ALL)
    made = await reserve(deps, "k1", wanted(10), seconds=60)
    await later(deps, minutes=5)
    assert (await reserve(deps, "k2", wanted(10), seconds=None))["status"] == "ACCEPTED"
    monkeypatch.setattr(reservation, "has_expired", lambda *_: False)
    told = await held(deps, "confirm", "k3", made["lines"][0]["reservation"])
    assert told["status"] == "ACCEPTED"
    kept = await deps.store.pool.fetchval(
        "SELECT sum(open) FROM reservation_part JOIN reservation "
        "USING (reservation_id) WHERE state = 'confirmed'"
    )
    assert kept == 20


async def test_keys_kept_outside_the_transaction_are_found_out(deps: Deps, second: Deps, monkeypatch):
    await tell(deps, stock(10), states=ALL)

    async def nothing(*_: object) -> dict[Any, Any]:
        return {}

    async def dropped(*_: object) -> None:
        return None

    monkeypatch.setattr(operations, "known", nothing)
    monkeypatch.setattr(operations, "keep", dropped)
    body = Wanting((wanted(1),), seconds=900)
    for each in (deps, second, deps):
        await flow.commit(each, Request("tester", "web", "k", "reserve", body), ANYONE)
    assert await free(deps) == 7
