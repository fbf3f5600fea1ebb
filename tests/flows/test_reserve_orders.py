"""An order line and what was reserved for it count once; goods that leave fall everywhere at once."""

from typing import Any

import pytest

from datasources.store.as_known import Moment, profiles_at
from resolvers.flows.deps import Deps
from resolvers.flows.reserve_requests import HeldLine
from tests.builders import ALL, ask, day, demand, event, hold, moved, send, stock, supply, tell
from tests.flows.reserving import as_rebuilt, free, held, reserve, wanted


async def of_order(deps: Deps, quantity: int = 4, **more: Any) -> str:
    """A confirmed reservation for line 1 of SO-1."""
    made = await reserve(deps, "made", wanted(quantity, order_id="SO-1", line_id="1", **more), seconds=None)
    name: str = made["lines"][0]["reservation"]
    return name


async def arrives(deps: Deps, quantity: int) -> None:
    """The order line comes from the shop's order system, or changes there."""
    [receipt] = await send(deps, event(demand(quantity, needed_on=day(0)), source="oms"))
    assert receipt.outcome == "APPLIED"


@pytest.mark.parametrize(("arriving", "left"), [(4, 6), (3, 7), (6, 4)])
async def test_a_line_that_arrives_counts_once(deps: Deps, arriving, left):
    """A smaller one cuts the reservation, a larger one adds the rest."""
    await tell(deps, stock(10), states=ALL)
    await of_order(deps)
    assert await free(deps) == 6
    await arrives(deps, arriving)
    assert await free(deps) == left
    await as_rebuilt(deps)


async def test_a_smaller_line_cuts_the_latest_days_first(deps: Deps):
    await tell(deps, stock(10), supply(5, ahead=3), states=ALL)
    await of_order(deps, 12, latest=day(3))
    await arrives(deps, 11)
    assert (await free(deps), await free(deps, 3)) == (0, 4)
    await arrives(deps, 8)
    assert (await free(deps), await free(deps, 3)) == (2, 7)
    await as_rebuilt(deps)


async def test_what_a_closed_line_kept_is_free(deps: Deps):
    await tell(deps, stock(10), states=ALL)
    await of_order(deps)
    await arrives(deps, 4)
    await arrives(deps, 0)
    assert await free(deps) == 10
    await as_rebuilt(deps)


async def test_a_shipment_lowers_stock_reservation_and_line_together(deps: Deps):
    await tell(deps, stock(10), states=ALL)
    name = await of_order(deps)
    await arrives(deps, 4)
    gone = await held(deps, "ship", "gone", HeldLine(name, ask(3).quantity))
    assert (gone["status"], gone["lines"][0]["open"]) == ("ACCEPTED", 1)
    pool = deps.store.pool
    assert await pool.fetchval("SELECT sum(quantity) FROM stock_position") == 7
    line = "SELECT quantity FROM demand_line WHERE recorded_until IS NULL"
    assert await pool.fetchval(line) == 1
    assert await free(deps) == 6
    rest = await held(deps, "ship", "rest", name)
    assert rest["lines"][0]["state"] == "shipped"
    assert await pool.fetchval(line) is None
    assert await free(deps) == 6
    await as_rebuilt(deps)


async def test_what_is_not_there_does_not_leave(deps: Deps):
    """It was reserved of goods still to come, or a hold is on what is there."""
    await tell(deps, stock(3), supply(5, ahead=3), states=ALL)
    name = (await reserve(deps, "k", wanted(5, latest=day(3))))["lines"][0]["reservation"]
    told = await held(deps, "ship", "gone", name)
    assert (told["status"], told["lines"][0]["problem"][0]) == ("REFUSED", "SHORT_ON_HAND")
    assert "2 EA of TEA were to leave HAM; 0" in told["lines"][0]["problem"][1]
    assert await deps.store.pool.fetchval("SELECT sum(quantity) FROM stock_position") == 3
    assert (await held(deps, "ship", "some", HeldLine(name, ask(3).quantity)))["status"] == "ACCEPTED"
    await as_rebuilt(deps)


async def test_several_leave_together_or_not_at_all(deps: Deps):
    await tell(deps, stock(10), stock(10, code="CUP"), states=ALL)
    made = await reserve(deps, "k", wanted(4), wanted(6, "CUP"))
    names = [line["reservation"] for line in made["lines"]]
    await send(deps, event(moved(-8, code="CUP"), source="erp"))
    told = await held(deps, "ship", "all", *names)
    assert [line["problem"][0] for line in told["lines"]] == ["NOT_ALL", "SHORT_ON_HAND"]
    some = await held(deps, "ship", "some", *names, whole=False)
    assert (some["status"], some["lines"][0]["state"]) == ("PARTIAL", "shipped")
    await as_rebuilt(deps)


async def test_held_goods_do_not_leave(deps: Deps):
    await tell(deps, stock(5, lot="A"), stock(5, lot="B"), states=ALL)
    name = (await reserve(deps, "k", wanted(8)))["lines"][0]["reservation"]
    await send(deps, event(hold(None, "H1", lots=("A",))))
    told = await held(deps, "ship", "gone", name)
    assert told["lines"][0]["problem"][0] == "SHORT_ON_HAND"
    assert (await held(deps, "ship", "rest", HeldLine(name, ask(5).quantity)))["status"] == "ACCEPTED"
    left = await deps.store.pool.fetchval("SELECT lot FROM stock_position")
    assert left == "A"


async def test_what_was_known_can_be_seen_again(deps: Deps):
    """Reservations too are as they were known at the instant."""
    await tell(deps, stock(10), states=ALL)
    made = await reserve(deps, "k", wanted(4), seconds=3600)
    async with deps.store.reading() as tx:
        then = await deps.store.pool.fetchval("SELECT earmark_now()")
    await held(deps, "release", "r", made["lines"][0]["reservation"])
    async with deps.store.reading() as tx:
        before = await profiles_at(tx, ["TEA"], Moment(known=then))
        after = await profiles_at(tx, ["TEA"], Moment())
    assert [row.quantity for row in before["TEA"].sites[0].reserved] == [4]
    assert after["TEA"].sites[0].reserved == ()
