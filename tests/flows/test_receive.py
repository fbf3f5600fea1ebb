"""What each kind of event does to the books."""

import pytest

from datasources.facts import EventFact, Leg
from resolvers.flows.deps import Deps
from rules.errors import TooManyEvents
from tests.builders import (
    alias,
    at,
    demand,
    event,
    hold,
    leg,
    lifted,
    moved,
    outcomes,
    send,
    supply,
    tell,
)
from tests.store import books


async def test_a_movement_changes_what_is_on_hand(deps: Deps):
    """Two legs: out of one status, into another."""
    put = event(moved(10))
    check = event(moved(0, "status change", legs=(leg(-4), leg(4, status="quality"))))
    assert await outcomes(deps, put, check) == ["APPLIED", "APPLIED"]
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 6, ("HAM", "quality"): 4}


async def test_a_transfer_moves_goods_from_site_to_site(deps: Deps):
    """What leaves one site is at the other, in one event."""
    await send(deps, event(moved(10)))
    [receipt] = await send(deps, event(moved(0, "transfer", legs=(leg(-3), leg(3, "COL")))))
    assert receipt.outcome == "APPLIED"
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 7, ("COL", "available"): 3}


async def test_boxes_are_counted_in_pieces_of_one_item(deps: Deps):
    """5 boxes of 12 raise the one item by 60, whatever code and unit the source uses."""
    await tell(deps, alias("T-99", "TEA", "BX", 12), source="wms")
    [receipt] = await send(deps, event(moved(5, "count", "T-99", unit="BX")))
    assert receipt.outcome == "APPLIED"
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 60}


async def test_a_unit_that_is_not_mapped_is_named_with_those_that_are(deps: Deps):
    """Guessing a factor would promise twelve times too much."""
    await tell(deps, alias("T-99", "TEA", "BX", 12), source="wms")
    [receipt] = await send(deps, event(moved(5, "count", "T-99", unit="PAL")))
    assert (receipt.outcome, receipt.reason) == (
        "SET_ASIDE",
        "Unit 'PAL' of T-99 is not mapped. Known: BX.",
    )


async def test_a_supply_line_is_opened_changed_and_closed(deps: Deps):
    """Its last word is the open quantity; 0 closes it."""
    for quantity, left in ((40, {"PO-1": 40}), (25, {"PO-1": 25}), (0, {})):
        assert await outcomes(deps, event(supply(quantity))) == ["APPLIED"]
        assert await books.open_lines(deps.store.pool, "supply_line") == left


async def test_an_order_line_is_opened_changed_and_closed(deps: Deps):
    """Its last word is the open quantity; 0 closes it."""
    for quantity, left in ((8, {"1": 8}), (3, {"1": 3}), (0, {})):
        assert await outcomes(deps, event(demand(quantity))) == ["APPLIED"]
        assert await books.open_lines(deps.store.pool, "demand_line") == left


async def test_a_line_moved_to_another_item_leaves_the_first(deps: Deps):
    """Both items' profiles say so."""
    await send(deps, event(demand(8)))
    await send(deps, event(demand(8, code="CUP")))
    assert (await books.profile(deps.store.pool, "TEA")).sites == ()
    [at_ham] = (await books.profile(deps.store.pool, "CUP")).sites
    assert [line.quantity for line in at_ham.commitments] == [8]


async def test_a_hold_is_set_lifted_in_part_and_lifted_whole(deps: Deps):
    """What is left of it stays in force."""
    steps: tuple[tuple[EventFact, dict[str, int]], ...] = (
        (hold(10), {"H1": 10}),
        (lifted(quantity=4), {"H1": 6}),
        (lifted(), {}),
    )
    for fact, left in steps:
        [receipt] = await send(deps, event(fact))
        assert (receipt.outcome, receipt.reason) == ("APPLIED", None)
        assert await books.open_lines(deps.store.pool, "hold") == left


async def test_a_hold_set_and_lifted_in_one_request_is_gone(deps: Deps):
    """Events of one request have their effects in its order."""
    assert await outcomes(deps, event(hold(10)), event(lifted())) == ["APPLIED", "APPLIED"]
    assert await books.open_lines(deps.store.pool, "hold") == {}


async def test_a_hold_is_lifted_in_the_sources_own_unit(deps: Deps):
    """A box of 12 off a hold of 30 pieces, though the event names no item."""
    await tell(deps, alias("T-99", "TEA", "BX", 12), alias("T-99", "TEA", "EA"), source="wms")
    await send(deps, event(hold(30, code="T-99", unit="EA")))
    [receipt] = await send(deps, event(lifted(quantity=1, unit="BX")))
    assert (receipt.outcome, receipt.reason) == ("APPLIED", None)
    assert await books.open_lines(deps.store.pool, "hold") == {"H1": 18}


async def test_more_than_a_hold_is_on_cannot_be_lifted(deps: Deps):
    """Lifting 0.75 kg of a hold of 0.5 kg is somebody's mistake; the figures are in the item's own unit."""
    await send(deps, event(hold(0.5, code="OIL")))
    [receipt] = await send(deps, event(lifted(quantity=0.75)))
    assert (receipt.outcome, receipt.reason) == (
        "SET_ASIDE",
        "Hold H1 is on 0.5; 0.75 cannot be lifted.",
    )


async def test_a_hold_on_a_lot_can_only_be_lifted_whole(deps: Deps):
    """Part of a lot has no quantity to take off."""
    await send(deps, event(hold(None, lots=("L1",))))
    assert await outcomes(deps, event(lifted(quantity=1)), event(lifted())) == ["SET_ASIDE", "APPLIED"]


async def test_a_hold_nobody_set_cannot_be_lifted(deps: Deps):
    """Nor one of another source."""
    await send(deps, event(hold(5)))
    assert await outcomes(deps, event(lifted("H2")), event(lifted("H1"), source="qa")) == [
        "SET_ASIDE",
        "SET_ASIDE",
    ]
    assert await books.open_lines(deps.store.pool, "hold") == {"H1": 5}


@pytest.mark.parametrize("cause", ["receipt", "production"])
async def test_a_receipt_lowers_the_line_it_names(deps: Deps, cause: str):
    """Goods that came are not also still to come."""
    await send(deps, event(supply(40), source="erp"), event(supply(30, "PO-2", ahead=1), source="erp"))
    await send(deps, event(moved(15, cause, line_id="PO-1")))
    assert await books.open_lines(deps.store.pool, "supply_line") == {"PO-1": 25, "PO-2": 30}
    assert await books.worklist(deps.store.pool) == []


async def test_a_receipt_of_more_than_was_due_closes_its_line(deps: Deps):
    """The rest was a gift and comes off no other line."""
    await send(deps, event(supply(40), source="erp"), event(supply(30, "PO-2"), source="erp"))
    await send(deps, event(moved(50, "receipt", line_id="PO-1")))
    assert await books.open_lines(deps.store.pool, "supply_line") == {"PO-2": 30}
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 50}


async def test_a_receipt_without_a_line_nets_the_oldest_and_is_looked_at(deps: Deps):
    """30 of the line due first and 5 of the next; the lines of another site and item are not theirs."""
    lines = (
        supply(40, "PO-1", ahead=9),
        supply(30, "PO-2", ahead=1),
        supply(9, "PO-3", ahead=0, site_id="COL"),
        supply(9, "PO-4", ahead=0, code="CUP"),
    )
    await send(deps, *(event(line, source="erp") for line in lines))
    await send(deps, event(moved(35, "receipt"), "r-1"))
    left = {"PO-1": 35, "PO-3": 9, "PO-4": 9}
    assert await books.open_lines(deps.store.pool, "supply_line") == left
    reason = "A receipt of 35 TEA at HAM names no open supply line."
    assert await books.worklist(deps.store.pool) == [("movement without a line", "r-1", reason)]


async def test_a_receipt_of_a_line_already_closed_nets_no_other(deps: Deps):
    """The buyer's system was quicker: it closed the line before the goods were booked in."""
    await send(deps, event(supply(40), source="erp"), event(supply(30, "PO-2"), source="erp"))
    await send(deps, event(supply(0), source="erp"))
    await send(deps, event(moved(40, "receipt", line_id="PO-1")))
    assert await books.open_lines(deps.store.pool, "supply_line") == {"PO-2": 30}
    assert len(await books.worklist(deps.store.pool)) == 1


async def test_goods_sent_over_from_another_site_lower_the_line_they_are(deps: Deps):
    """A transfer that names its line at the receiving site; the sending one has none to lower."""
    on_its_way = supply(20, "TR-1", kind="transfer", site_id="COL")
    await send(deps, event(on_its_way, source="erp"), event(supply(7, "PO-9"), source="erp"))
    await send(deps, event(moved(0, "transfer", legs=(leg(-5), leg(5, "COL")), line_id="TR-1")))
    assert await books.open_lines(deps.store.pool, "supply_line") == {"TR-1": 15, "PO-9": 7}


async def test_a_shipment_lowers_the_order_line_it_names(deps: Deps):
    """Only together with its order: another order has a line 1 too."""
    await send(deps, event(moved(20)))
    await send(deps, event(demand(8), source="oms"), event(demand(5, order_id="SO-2"), source="oms"))
    await send(deps, event(moved(-3, "shipment", order_id="SO-1", line_id="1")))
    lines = {
        line.order_id: line.quantity for line in (await books.profile(deps.store.pool)).sites[0].commitments
    }
    assert lines == {"SO-1": 5, "SO-2": 5}
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 17}


async def test_a_shipment_without_a_line_nets_nothing_and_is_looked_at(deps: Deps):
    """Whose goods left is a person's question."""
    await send(deps, event(moved(20)), event(demand(8), source="oms"))
    await send(deps, event(moved(-3, "shipment"), "s-1"))
    assert await books.open_lines(deps.store.pool, "demand_line") == {"1": 8}
    reason = "A shipment of 3 TEA from HAM names no open order line."
    assert await books.worklist(deps.store.pool) == [("movement without a line", "s-1", reason)]


def set_apart(quantity: int, to: str = "picked", of: str = "available") -> tuple[Leg, ...]:
    return leg(-quantity, status=of), leg(quantity, status=to)


async def test_goods_picked_for_a_line_are_owed_no_more_and_lower_it_once(deps: Deps):
    """Eight of twenty are owed, five are picked, packed and shipped: twelve are free all the time."""
    await send(deps, event(moved(20)), event(demand(8), source="oms"))
    of_line = {"order_id": "SO-1", "line_id": "1"}
    steps = [
        moved(0, "pick", legs=set_apart(5), **of_line),
        moved(0, "pack", legs=set_apart(5, "packed", "picked"), **of_line),
        moved(0, "shipment", legs=(leg(-5, status="packed"),), **of_line),
    ]
    for step in steps:
        [receipt] = await send(deps, event(step))
        assert receipt.outcome == "APPLIED"
        [site] = (await books.profile(deps.store.pool)).sites
        available = sum(each.quantity for each in site.on_hand if each.status == "available")
        assert (available, [line.quantity for line in site.commitments]) == (15, [3])
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 15}
    assert await books.worklist(deps.store.pool) == []


async def test_a_pick_for_no_line_and_goods_put_back_are_looked_at(deps: Deps):
    await send(deps, event(moved(20)), event(demand(8), source="oms"))
    await send(deps, event(moved(0, "pick", legs=set_apart(5)), "p-1"))
    await send(deps, event(moved(0, "pick", legs=set_apart(2, "available", "picked")), "p-2"))
    assert await books.open_lines(deps.store.pool, "demand_line") == {"1": 8}
    assert [(about, reason) for _, about, reason in await books.worklist(deps.store.pool)] == [
        ("p-1", "A pick of 5 TEA from HAM names no open order line."),
        ("p-2", "2 TEA came back at HAM. Tell its order line anew if it is owed."),
    ]


async def test_other_movements_touch_no_line(deps: Deps):
    """A count that finds more is no receipt, a sale at the counter no shipment of an order."""
    await send(deps, event(supply(40), source="erp"), event(demand(8), source="oms"))
    causes = ("count", "adjustment", "return", "scrap", "sale", "consumption")
    await send(deps, *(event(moved(5, cause, line_id="PO-1")) for cause in causes))
    await send(deps, *(event(moved(-5, cause, line_id="1", order_id="SO-1")) for cause in causes))
    assert await books.open_lines(deps.store.pool, "supply_line") == {"PO-1": 40}
    assert await books.open_lines(deps.store.pool, "demand_line") == {"1": 8}


async def test_stock_of_a_site_is_told_by_one_source(deps: Deps):
    """The second to speak of it is set aside, and hears whose it is."""
    await send(deps, event(moved(10)))
    [receipt] = await send(deps, event(moved(10), source="pos"))
    assert receipt.outcome == "SET_ASIDE"
    assert "Stock at HAM is reported by wms" in str(receipt.reason)
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 10}
    assert await outcomes(deps, event(moved(10, site_id="COL"), source="pos")) == ["APPLIED"]


async def test_a_movement_half_at_anothers_site_is_set_aside_whole(deps: Deps):
    """One leg of it would be worse than none."""
    await send(deps, event(moved(10)), event(moved(5, site_id="COL"), source="pos"))
    [receipt] = await send(deps, event(moved(0, "transfer", legs=(leg(-3), leg(3, "COL")))))
    assert receipt.outcome == "SET_ASIDE"
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 10, ("COL", "available"): 5}


async def test_a_kind_of_supply_at_a_site_is_told_by_one_source(deps: Deps):
    """Another may tell of another kind."""
    await send(deps, event(supply(40), source="erp"))
    twice, other_kind = supply(40), supply(7, "WO-1", kind="production")
    assert await outcomes(deps, event(twice, source="mes"), event(other_kind, source="mes")) == [
        "SET_ASIDE",
        "APPLIED",
    ]


async def test_a_bad_event_claims_nothing(deps: Deps):
    """What could not be used does not make its source the owner of a site."""
    await send(deps, event(moved(1, code="NOPE"), source="pos"), event(supply(1, code="NOPE"), source="pos"))
    assert await outcomes(deps, event(moved(1)), event(supply(1))) == ["APPLIED", "APPLIED"]


async def test_an_order_line_is_told_by_one_source(deps: Deps):
    """Told again by another it would be promised against twice."""
    await send(deps, event(demand(8), source="oms"))
    [receipt] = await send(deps, event(demand(8), source="shop"))
    assert receipt.outcome == "SET_ASIDE"
    assert "already reported by oms" in str(receipt.reason)
    assert await books.open_lines(deps.store.pool, "demand_line") == {"1": 8}


async def test_an_older_word_about_a_line_changes_nothing(deps: Deps):
    """However late it comes."""
    newer, older = event(supply(25), occurred_at=at(-1)), event(supply(40), occurred_at=at(-2))
    assert await outcomes(deps, newer, older) == ["APPLIED", "STALE"]
    assert await books.open_lines(deps.store.pool, "supply_line") == {"PO-1": 25}


async def test_an_older_word_does_not_open_a_closed_line_again(deps: Deps):
    """The order was cancelled at 11:00; at 12:30 the word arrives that it was placed at 10:00."""
    await send(deps, event(demand(8), occurred_at=at(-3)), event(demand(0), occurred_at=at(-1)))
    assert await outcomes(deps, event(demand(9), occurred_at=at(-2))) == ["STALE"]
    assert await books.open_lines(deps.store.pool, "demand_line") == {}


async def test_a_line_closed_before_it_was_heard_of_stays_closed(deps: Deps):
    """The cancellation overtook the order."""
    assert await outcomes(deps, event(demand(0), occurred_at=at(-1))) == ["APPLIED"]
    assert await outcomes(deps, event(demand(9), occurred_at=at(-2))) == ["STALE"]
    assert await outcomes(deps, event(demand(9), occurred_at=at(-0.5))) == ["APPLIED"]


async def test_a_word_that_changes_nothing_still_makes_older_ones_old(deps: Deps):
    """25 at 9:00 and 25 at 11:00: the 40 of 10:00 comes late."""
    await send(deps, event(supply(25), occurred_at=at(-3)))
    await send(deps, event(supply(25), occurred_at=at(-1)))
    assert await outcomes(deps, event(supply(40), occurred_at=at(-2))) == ["STALE"]


async def test_an_event_of_the_future_is_set_aside(deps: Deps):
    """Five minutes of a wrong clock are forgiven; then it counts as now."""
    soon, later = event(moved(1), occurred_at=at(0.05)), event(moved(1), occurred_at=at(1))
    assert await outcomes(deps, soon, later) == ["APPLIED", "SET_ASIDE"]
    happened = await deps.store.pool.fetchval("SELECT max(occurred_at) < earmark_now() FROM stock_move")
    assert happened


async def test_five_hundred_and_one_events_are_refused_whole(deps: Deps):
    """None is taken, so that all can be sent again in two parts."""
    with pytest.raises(TooManyEvents, match="501"):
        await send(deps, *(event(moved(1)) for _ in range(501)))
    assert await deps.store.pool.fetchval("SELECT count(*) FROM inbox") == 0


async def test_five_hundred_events_are_taken(deps: Deps):
    """Each has its effect."""
    assert await outcomes(deps, *(event(moved(1)) for _ in range(500))) == ["APPLIED"] * 500
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 500}


async def test_no_events_are_no_trouble(deps: Deps):
    """Nothing is taken and nothing refused."""
    assert await send(deps) == []


async def test_what_was_heard_is_as_old_as_the_event(deps: Deps):
    """The age of an answer is that of what the source last said, not of when it reached us."""
    await send(deps, event(supply(40), occurred_at=at(-2)), event(supply(9, "PO-2"), occurred_at=at(-5)))
    heard = await deps.store.pool.fetchval(
        "SELECT as_of FROM watermark WHERE source = 'wms' AND kind = 'supply'"
    )
    assert heard == at(-2)


async def test_every_leg_says_who_when_and_why(deps: Deps):
    """The ledger answers for each unit."""
    await send(deps, event(moved(0, "transfer", legs=(leg(-3), leg(3, "COL"))), "t-1", occurred_at=at(-1)))
    legs = await books.rows(
        deps.store.pool,
        "SELECT source, event_id, leg, site_id, quantity, cause, occurred_at, actor FROM stock_move"
        " ORDER BY leg",
    )
    shared = {
        "source": "wms",
        "event_id": "t-1",
        "cause": "transfer",
        "occurred_at": at(-1),
        "actor": "tester",
    }
    assert legs == [
        shared | {"leg": 0, "site_id": "HAM", "quantity": -3},
        shared | {"leg": 1, "site_id": "COL", "quantity": 3},
    ]


async def test_an_unchanged_item_keeps_its_sequence(deps: Deps):
    """Whoever holds it prepared need not read it again."""
    await send(deps, event(supply(40)))
    before = await books.sequences(deps.store.pool)
    await send(deps, event(supply(40)), event(moved(1, code="CUP")))
    after = await books.sequences(deps.store.pool)
    assert after == before | {"CUP": before["CUP"] + 1}
