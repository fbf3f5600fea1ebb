"""Goods are kept for those who reserve them: never more than there is, each request once."""

import asyncio

import pytest

from resolvers.flows import reserve as flow
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.reserve_requests import HeldLine, Request, Wanting
from rules.errors import BadDuration, BadKey, IdempotencyConflict, NoLines, TooManyLines, UnknownChannel
from tests.builders import ALL, ANYONE, ask, day, stock, supply, tell
from tests.flows.reserving import as_rebuilt, free, held, later, reserve, wanted


async def test_what_is_reserved_is_not_there_for_others(deps: Deps):
    await tell(deps, stock(10), states=ALL)
    made = await reserve(deps, "k1", wanted(4))
    [line] = made["lines"]
    assert (made["status"], line["quantity"], line["state"], line["open"]) == ("ACCEPTED", 4, "active", 4)
    assert await free(deps) == 6
    await as_rebuilt(deps)


async def test_the_loser_of_a_race_is_told_the_next_date_and_why(deps: Deps):
    await tell(deps, stock(10), supply(5, ahead=3), states=ALL)
    first, second = await asyncio.gather(reserve(deps, "k1", wanted(7)), reserve(deps, "k2", wanted(7)))
    assert (first["status"], second["status"]) == ("ACCEPTED", "REFUSED")
    [line] = second["lines"]
    assert (line["promisable"], line["earliest"], line["problem"][0]) == (3, str(day(3)), "SHORT")
    assert "7 EA of TEA were asked" in line["problem"][1]
    assert "3 can be had" in line["problem"][1]
    assert str(day(3)) in line["problem"][2]


async def test_future_supply_can_be_reserved(deps: Deps):
    await tell(deps, stock(10), supply(5, ahead=3), states=ALL)
    made = await reserve(deps, "k1", wanted(12, latest=day(5)))
    parts = [part[:3] for part in made["lines"][0]["parts"]]
    assert parts == [[str(day(0)), "HAM", 10], [str(day(3)), "HAM", 2]]
    assert (await free(deps), await free(deps, 3)) == (0, 3)
    await as_rebuilt(deps)


async def test_it_ends_at_its_instant_without_anybody_doing_anything(deps: Deps):
    await tell(deps, stock(10), states=ALL)
    made = await reserve(deps, "k1", wanted(4), seconds=60)
    assert await free(deps) == 6
    await later(deps, minutes=5)
    assert await free(deps) == 10
    late = await held(deps, "confirm", "k2", made["lines"][0]["reservation"])
    assert (late["status"], late["lines"][0]["problem"][0]) == ("REFUSED", "RESERVATION_EXPIRED")
    assert (await reserve(deps, "k3", wanted(10)))["status"] == "ACCEPTED"


async def test_a_confirmed_one_does_not_end(deps: Deps):
    await tell(deps, stock(10), states=ALL)
    made = await reserve(deps, "k1", wanted(4), seconds=60)
    done = await held(deps, "confirm", "k2", made["lines"][0]["reservation"])
    assert (done["status"], done["lines"][0]["state"]) == ("ACCEPTED", "confirmed")
    await later(deps, days=2)
    assert await free(deps) == 6
    await as_rebuilt(deps)


async def test_a_released_one_frees_what_it_kept(deps: Deps):
    await tell(deps, stock(10), states=ALL)
    name = (await reserve(deps, "k1", wanted(4)))["lines"][0]["reservation"]
    some = await held(deps, "release", "k2", HeldLine(name, ask(1).quantity))
    assert (some["lines"][0]["open"], some["lines"][0]["state"]) == (3, "active")
    assert await free(deps) == 7
    rest = await held(deps, "release", "k3", name)
    assert (rest["lines"][0]["quantity"], rest["lines"][0]["state"]) == (3, "released")
    assert await free(deps) == 10
    await as_rebuilt(deps)


async def test_a_repeat_has_the_first_outcome_and_no_second_effect(deps: Deps, second: Deps):
    await tell(deps, stock(10), states=ALL)
    body = Wanting((wanted(4),), seconds=900)
    request = Request("tester", "web", "k1", "reserve", body)
    told = await asyncio.gather(*(flow.commit(each, request, ANYONE) for each in (deps, second) * 10))
    assert len({each.outcome for each in told}) == 1
    assert await free(deps) == 6
    assert await deps.store.pool.fetchval("SELECT count(*) FROM reservation") == 1


async def test_another_payload_under_the_key_is_a_conflict(deps: Deps):
    await tell(deps, stock(10), states=ALL)
    await reserve(deps, "k1", wanted(4))
    with pytest.raises(IdempotencyConflict):
        await reserve(deps, "k1", wanted(5))
    assert await free(deps) == 6


async def test_a_key_belongs_to_a_person_and_a_channel(deps: Deps):
    await tell(deps, stock(10), states=ALL)
    await reserve(deps, "k1", wanted(4))
    other = Request("another", "web", "k1", "reserve", Wanting((wanted(1),), seconds=900))
    await flow.commit(deps, other, Caller("another", frozenset({"oms"}), None))
    await reserve(deps, "k1", wanted(2), channel="contract")
    assert await free(deps) == 3


async def test_five_hundred_units_and_five_thousand_buyers_at_two_gateways(deps: Deps, second: Deps):
    await tell(deps, stock(500), states=ALL)
    buyers = (reserve((deps, second)[n % 2], f"k{n}", wanted(1)) for n in range(5_000))
    told = await asyncio.gather(*buyers)
    assert sum(each["status"] == "ACCEPTED" for each in told) == 500
    assert await free(deps) == 0
    await as_rebuilt(deps)


async def test_a_bad_request_does_not_fail_its_neighbours(deps: Deps):
    await tell(deps, stock(10), states=ALL)
    told = await asyncio.gather(
        reserve(deps, "k1", wanted(4)),
        reserve(deps, "k2", wanted(1), channel="fax"),
        reserve(deps, "k3", wanted(1, "NOPE")),
        reserve(deps, "k4", wanted(-1)),
        held(deps, "confirm", "k5", "no id"),
        reserve(deps, "k6", wanted(6)),
        return_exceptions=True,
    )
    assert isinstance(told[1], UnknownChannel)
    problems = [each["lines"][0]["problem"] for each in told if isinstance(each, dict)]
    codes = [problem and problem[0] for problem in problems]
    assert codes == [None, "UNKNOWN_SKU", "BAD_QUANTITY", "UNKNOWN_RESERVATION", None]
    assert await free(deps) == 0


@pytest.mark.parametrize(
    ("key", "lines", "seconds", "refusal"),
    [
        ("", [wanted()], 60, BadKey),
        ("k\0", [wanted()], 60, BadKey),
        ("k", [], 60, NoLines),
        ("k", [wanted()] * 1_001, 60, TooManyLines),
        ("k", [wanted()], 0, BadDuration),
        ("k", [wanted()], 10**9, BadDuration),
    ],
)
async def test_what_cannot_be_a_request_is_refused(deps: Deps, key, lines, seconds, refusal):
    with pytest.raises(refusal):
        await reserve(deps, key, *lines, seconds=seconds)
