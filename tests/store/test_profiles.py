"""A profile says what the ledger and the mirrors say; its sequence rises only when it says something else."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from datasources.facts import EventFact
from datasources.store import profiles
from datasources.store.locks import lock_profiles
from resolvers.flows.deps import Deps
from rules.model import Commitment, Hold, OnHand, Profile, Receipt, SiteStock
from tests.builders import (
    ALL,
    at,
    day,
    demand,
    event,
    held,
    hold,
    leg,
    lifted,
    lot,
    moved,
    on_hand,
    owed,
    receipt,
    send,
    stock,
    supply,
    tell,
)
from tests.rules.profile import quick
from tests.store import books

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
PERHAPS_DAYS = st.none() | DAYS
UNITS = st.integers(-(10**15), 10**15)
SITES = st.builds(
    SiteStock,
    NAMES,
    st.lists(st.builds(OnHand, NAMES, NAMES, UNITS, NAMES, NAMES, PERHAPS_DAYS), max_size=3).map(tuple),
    st.lists(
        st.builds(
            Hold,
            NAMES,
            NAMES,
            NAMES,
            st.none() | UNITS,
            st.lists(NAMES, max_size=2).map(tuple),
            st.lists(NAMES, max_size=2).map(tuple),
            PERHAPS_DAYS,
            PERHAPS_DAYS,
        ),
        max_size=3,
    ).map(tuple),
    st.lists(st.builds(Receipt, NAMES, NAMES, NAMES, NAMES, NAMES, DAYS, UNITS), max_size=3).map(tuple),
    st.lists(st.builds(Commitment, NAMES, NAMES, NAMES, NAMES, DAYS, UNITS), max_size=3).map(tuple),
)
PROFILES = st.builds(
    Profile, st.just("TEA"), NAMES, st.integers(0, 6), st.lists(SITES, max_size=3).map(tuple)
)


@settings(quick, max_examples=40)
@given(PROFILES)
def test_a_profile_is_read_as_it_was_written(profile: Profile):
    """To the last lot, bin and day."""
    assert profiles.decode("TEA", profiles.encode(profile)) == profile


async def test_a_profile_says_all_that_bears_on_promising(deps: Deps):
    """Stock by status and owner, holds, receipts and commitments in the order of their days."""
    await tell(
        deps,
        stock(90),
        stock(5, status="quality"),
        stock(7, ownership="consignment"),
        stock(3, site_id="COL"),
        hold(10, until=day(4)),
        supply(40, "PO-2", ahead=9),
        supply(30, "PO-1", ahead=2, firmness="planned"),
        demand(8, needed_on=day(3)),
        demand(2, "2", needed_on=day(1), channel="contract"),
        states=ALL,
    )
    assert await books.profile(deps.store.pool) == Profile(
        "TEA",
        "EA",
        0,
        (
            SiteStock("COL", (on_hand(3),)),
            SiteStock(
                "HAM",
                (on_hand(7, ownership="consignment"), on_hand(90), on_hand(5, "quality")),
                (held(10, until=day(4), source="erp"),),
                (receipt(30, 2, line_id="PO-1", firmness="planned"), receipt(40, 9, line_id="PO-2")),
                (
                    owed(2, 1, source="erp", order_id="SO-1", line_id="2", channel="contract"),
                    owed(8, 3, source="erp", order_id="SO-1"),
                ),
            ),
        ),
    )


async def test_lots_and_bins_stay_apart_only_where_it_matters(deps: Deps):
    """A lot that expires or is held, a bin that is held; all other goods of a status are one row."""
    await tell(
        deps,
        lot("OLD", day(30)),
        stock(1, lot="A", bin="B-1"),
        stock(2, lot="B", bin="B-2"),
        stock(4, lot="OLD", bin="B-1"),
        stock(8, lot="A", bin="SHUT"),
        stock(16, lot="RECALLED"),
        hold(None, "H1", lots=("RECALLED",)),
        hold(None, "H2", bins=("SHUT",)),
        states=ALL,
    )
    [ham] = (await books.profile(deps.store.pool)).sites
    assert {(row.lot, row.bin, row.usable_until): row.quantity for row in ham.on_hand} == {
        ("", "", None): 3,
        ("OLD", "", day(30)): 4,
        ("", "SHUT", None): 8,
        ("RECALLED", "", None): 16,
    }


async def rebuilt(deps: Deps) -> int:
    """How many profiles differ from what the truth says now."""
    async with deps.store.writing() as tx:
        skus = ["TEA", "CUP", "OIL"]
        await lock_profiles(tx, skus)
        return await profiles.rebuild(tx, skus)


async def test_a_profile_is_always_the_rebuilt_one(deps: Deps):
    """After each of many changes; and the positions are the sums of the moves."""
    steps: list[EventFact] = [
        moved(90),
        moved(0, "status change", legs=(leg(-9), leg(9, status="quality"))),
        moved(0, "transfer", legs=(leg(-5), leg(5, "COL"))),
        moved("1.5", code="OIL"),
        supply(40),
        supply(30, "PO-2", ahead=1),
        moved(35, "receipt"),
        demand(8),
        demand(5, code="CUP"),
        moved(-3, "shipment", code="CUP", order_id="SO-1", line_id="1"),
        hold(10),
        hold(None, "H2", lots=("L1",)),
        moved(4, legs=(leg(4, lot="L1"),)),
        lifted(quantity=4),
        lifted(),
        moved(-90),
    ]
    for step in steps:
        [told] = await send(deps, event(step))
        assert (told.outcome, told.reason) == ("APPLIED", None)
        assert await rebuilt(deps) == 0
        assert await sums_that_differ(deps) == 0


async def sums_that_differ(deps: Deps) -> int:
    """Balances that are not the sum of their moves, either way round."""
    differing: int = await deps.store.pool.fetchval(
        """
        SELECT count(*) FROM stock_position FULL JOIN (
          SELECT sku, site_id, status, ownership, lot, bin, sum(quantity) AS moved FROM stock_move
          GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(quantity) <> 0) AS sums
        USING (sku, site_id, status, ownership, lot, bin) WHERE quantity IS DISTINCT FROM moved
        """
    )
    return differing


async def test_a_sequence_rises_by_one_and_only_with_the_content(deps: Deps):
    """Three changes in one request are one; the same again is none; a change and back is two."""
    await send(deps, event(supply(40)), event(demand(8)), event(moved(3)))
    assert (await books.sequences(deps.store.pool))["TEA"] == 2
    await send(deps, event(supply(40)), event(demand(8)))
    assert (await books.sequences(deps.store.pool))["TEA"] == 2
    await send(deps, event(moved(1)))
    await send(deps, event(moved(-1)))
    assert (await books.sequences(deps.store.pool))["TEA"] == 4


async def test_an_event_that_is_stale_leaves_a_profile_that_can_be_read(deps: Deps):
    """Also of an item nobody had asked about before."""
    await send(deps, event(demand(0), occurred_at=at(-1)))
    await deps.store.pool.execute("DELETE FROM profile")
    [told] = await send(deps, event(demand(9), occurred_at=at(-2)))
    assert told.outcome == "STALE"
    assert (await books.profile(deps.store.pool)).sites == ()


async def test_an_items_profile_says_how_it_is_counted(deps: Deps):
    """Oil to the gram, in kilograms."""
    await send(deps, event(moved("1.5", code="OIL")))
    oil = await books.profile(deps.store.pool, "OIL")
    assert (oil.unit, oil.precision, oil.sites[0].on_hand) == ("KG", 3, (on_hand(1_500),))
