"""An order line and what was reserved for it count once; goods that leave fall everywhere at once."""

from typing import Any

import pytest

from datasources.store.as_known import Moment, profiles_at
from resolvers.flows.deps import Deps
from resolvers.flows.reserve_requests import HeldLine
from tests.builders import ALL, ask, day, demand, event, hold, leg, moved, send, stock, supply, tell
from tests.flows.reserving import as_rebuilt, free, held, later, reserve, wanted


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


@pytest.mark.parametrize("before", [(), ("CUP",)])
async def test_what_the_last_word_about_a_line_frees_is_free(deps: Deps, before):
    """Though nothing was known of the line, or another item stood on it until then."""
    await tell(deps, stock(10), states=ALL)
    await of_order(deps)
    for code in before:
        await send(deps, event(demand(4, code=code, needed_on=day(0)), source="oms"))
    assert await free(deps) == 6
    await arrives(deps, 0)
    assert await free(deps) == 10
    await as_rebuilt(deps)


@pytest.mark.parametrize("by_event", [True, False])
async def test_a_closed_line_that_comes_back_for_another_item_says_nothing_of_the_first(deps: Deps, by_event):
    """What was reserved of the first is kept by itself again, until it is given back."""
    await tell(deps, stock(10), states={"stock"})
    await of_order(deps)
    await arrives(deps, 4)
    await arrives(deps, 0)
    assert await free(deps) == 10
    other = demand(4, code="CUP", needed_on=day(0))
    if by_event:
        await send(deps, event(other, source="oms"))
    else:
        await tell(deps, other, source="oms")
    assert await free(deps) == 6
    await as_rebuilt(deps)


async def test_a_reservation_that_may_end_stands_for_no_line_of_another_site(deps: Deps):
    """Four are kept at HAM for a minute, the order's line is owed at COL: both count until one is sure."""
    await tell(deps, stock(10), stock(10, site_id="COL"), states=ALL)
    made = await reserve(deps, "made", wanted(4, order_id="SO-1", line_id="1", site_id="HAM"), seconds=60)
    assert made["status"] == "ACCEPTED"
    await send(deps, event(demand(4, site_id="COL", needed_on=day(0)), source="oms"))
    assert await free(deps) == 12
    await as_rebuilt(deps)
    await later(deps, minutes=2)
    assert await free(deps) == 16
    more = await reserve(deps, "more", wanted(7, site_id="COL"))
    assert (more["status"], more["lines"][0]["problem"][0]) == ("REFUSED", "SHORT")


async def test_one_that_is_confirmed_stands_for_the_line_wherever_that_is(deps: Deps):
    await tell(deps, stock(10), stock(10, site_id="COL"), states=ALL)
    made = await reserve(deps, "made", wanted(4, order_id="SO-1", line_id="1", site_id="HAM"), seconds=60)
    await send(deps, event(demand(4, site_id="COL", needed_on=day(0)), source="oms"))
    await held(deps, "confirm", "sure", made["lines"][0]["reservation"])
    assert await free(deps) == 16
    await as_rebuilt(deps)
    await later(deps, minutes=2)
    assert await free(deps) == 16


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


async def leaves(deps: Deps, quantity: int, **more: Any) -> None:
    """The warehouse tells a shipment for line 1 of SO-1."""
    shipped = moved(-quantity, "shipment", order_id="SO-1", line_id="1", **more)
    [receipt] = await send(deps, event(shipped, source="erp"))
    assert receipt.outcome == "APPLIED"


KEPT = """
SELECT state, array_agg(open ORDER BY part) AS open
FROM reservation JOIN reservation_part USING (reservation_id) GROUP BY reservation_id ORDER BY made_at
"""
UNNAMED = "SELECT count(*) FROM worklist WHERE kind = 'movement without a line'"


@pytest.mark.parametrize("arriving", [4, None])
async def test_a_shipment_told_by_the_warehouse_lowers_the_reservation_of_its_line(deps: Deps, arriving):
    """Stock, line and reservation fall at once, whether the line has arrived yet or not."""
    await tell(deps, stock(10), states=ALL)
    await of_order(deps)
    if arriving:
        await arrives(deps, arriving)
    await leaves(deps, 3)
    pool = deps.store.pool
    assert [tuple(row) for row in await pool.fetch(KEPT)] == [("confirmed", [1])]
    assert await free(deps) == 6
    await as_rebuilt(deps)
    await leaves(deps, 1)
    assert [tuple(row) for row in await pool.fetch(KEPT)] == [("shipped", [0])]
    assert await pool.fetchval("SELECT sum(quantity) FROM demand_line WHERE recorded_until IS NULL") is None
    assert await free(deps) == 6
    told = await pool.fetch("SELECT confirmed FROM reservation_move WHERE act = 'ship' ORDER BY move_id")
    assert [row["confirmed"] for row in told] == [-3, -1]
    assert await pool.fetchval(UNNAMED) == 0
    await as_rebuilt(deps)


async def test_what_is_picked_for_a_line_is_kept_for_it_no_more_and_puts_nothing_at_risk(deps: Deps):
    """Four of ten are kept for the line; they are picked, then they leave."""
    await tell(deps, stock(10), states=ALL)
    await of_order(deps)
    await arrives(deps, 4)
    of_line = {"order_id": "SO-1", "line_id": "1"}
    picked = moved(0, "pick", legs=(leg(-4), leg(4, status="picked")), **of_line)
    await send(deps, event(picked, source="erp"))
    pool = deps.store.pool
    assert [tuple(row) for row in await pool.fetch(KEPT)] == [("shipped", [0])]
    assert await free(deps) == 6
    await as_rebuilt(deps)
    gone = moved(0, "shipment", legs=(leg(-4, status="picked"),), **of_line)
    await send(deps, event(gone, source="erp"))
    assert await free(deps) == 6
    assert await pool.fetchval("SELECT count(*) FROM proposal") == 0
    assert await pool.fetchval(UNNAMED) == 0
    await as_rebuilt(deps)


async def test_a_shipment_of_more_than_the_reservation_leaves_the_rest_to_the_line(deps: Deps):
    await tell(deps, stock(10), states=ALL)
    await of_order(deps)
    await arrives(deps, 6)
    await leaves(deps, 5)
    assert [tuple(row) for row in await deps.store.pool.fetch(KEPT)] == [("shipped", [0])]
    assert await free(deps) == 4
    await as_rebuilt(deps)


async def test_a_line_kept_at_two_sites_falls_with_each_shipment_whichever_site_it_names(deps: Deps):
    """The order system knows one site of the line, HAM; most of it was promised from COL."""
    await tell(deps, stock(6), stock(9, site_id="COL"), states=ALL)
    await of_order(deps, 10)
    await arrives(deps, 10)
    kept = "SELECT site_id, open FROM reservation_part ORDER BY site_id"
    before = {row["site_id"]: row["open"] for row in await deps.store.pool.fetch(kept)}
    assert (len(before), sum(before.values())) == (2, 10)
    for gone, site_id in enumerate(sorted(before)):
        await leaves(deps, before[site_id], site_id=site_id)
        left = {row["site_id"]: row["open"] for row in await deps.store.pool.fetch(kept)}
        assert left == {name: before[name] * (name not in sorted(before)[: gone + 1]) for name in before}
        assert await free(deps) == 5
    await as_rebuilt(deps)


async def test_a_shipment_of_another_order_lowers_no_reservation(deps: Deps):
    await tell(deps, stock(10), states=ALL)
    await of_order(deps)
    await send(deps, event(moved(-3, "shipment", order_id="SO-2", line_id="1"), source="erp"))
    assert [tuple(row) for row in await deps.store.pool.fetch(KEPT)] == [("confirmed", [4])]
    assert (await free(deps), await deps.store.pool.fetchval(UNNAMED)) == (3, 1)
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
