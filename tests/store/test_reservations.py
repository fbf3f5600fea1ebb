"""Reservations in profiles: read as written, counted up to their instant by everybody who looks."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from datasources.store import profiles
from resolvers.flows.deps import Deps
from rules.model import Profile, Reserved, SafetyStock, SiteStock
from tests.builders import ALL, NOON, at, day, stock, tell
from tests.flows.reserving import free, later, reserve, wanted
from tests.rules.profile import quick

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
ENDS = st.none() | st.integers(-(10**15), 10**15).map(lambda us: NOON + timedelta(microseconds=us))
ROWS = st.builds(Reserved, NAMES, NAMES, st.dates(), st.integers(1, 10**15), ENDS)
SITES = st.builds(
    SiteStock,
    NAMES,
    safety_stock=st.just(()) | st.just((SafetyStock(day(0), 3),)),
    reserved=st.lists(ROWS, max_size=4).map(tuple),
)


@settings(quick, max_examples=60)
@given(st.lists(SITES, max_size=3).map(tuple))
def test_what_is_kept_is_read_as_it_was_written(sites):
    """To the microsecond."""
    profile = Profile("TEA", "EA", 0, sites)
    assert profiles.decode("TEA", profiles.encode(profile)) == profile


async def test_a_gateway_that_changed_nothing_counts_by_the_instant(deps: Deps, second: Deps):
    """The second has read the item before; its rows are prepared again when a reservation ends."""
    await tell(deps, stock(10), states=ALL)
    await reserve(deps, "k1", wanted(4), seconds=60)
    await reserve(deps, "k2", wanted(3), seconds=3600)
    assert await free(second) == 3
    await later(deps, minutes=10)
    assert await free(second) == 7
    await later(deps, hours=2)
    assert await free(second) == 10


async def test_what_has_ended_leaves_the_profile_when_it_is_next_written(deps: Deps):
    await tell(deps, stock(10), states=ALL)
    await reserve(deps, "k1", wanted(4), seconds=60)
    await later(deps, minutes=10)
    await reserve(deps, "k2", wanted(1), seconds=60)
    content = await deps.store.pool.fetchval("SELECT content FROM profile WHERE sku = 'TEA'")
    [site] = profiles.decode("TEA", content).sites
    assert [row.quantity for row in site.reserved] == [1]
    assert site.reserved[0].expires_at is not None
    assert site.reserved[0].expires_at > at(0)
