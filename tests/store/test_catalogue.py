"""The set-up that decisions rest on: named by its content, kept for ever."""

from datasources.facts import CalendarFact
from datasources.store import catalogue
from resolvers.flows.deps import Deps
from rules.company import Company
from tests.builders import channel, day, site, stock, tell


async def current(deps: Deps) -> Company:
    async with deps.store.reading() as tx:
        return await catalogue.current(tx)


async def test_the_set_up_is_what_was_told(deps: Deps):
    """Sites, channels, calendars, and who owns which stock."""
    await tell(
        deps,
        CalendarFact("office", (1, 2, 3, 4, 5), (day(3),)),
        site("MUC", "Europe/Berlin", calendar="office"),
        channel("b2b", parent="contract"),
        stock(1, site_id="MUC"),
        states=["stock"],
    )
    setup = await current(deps)
    assert (setup.sites["MUC"].zone, setup.calendar_at("MUC").closed) == (
        "Europe/Berlin",
        frozenset({day(3)}),
    )
    assert setup.channels["b2b"].parent == "contract"
    assert setup.owners == {"MUC": "erp"}


async def test_the_same_content_has_the_same_name(deps: Deps):
    """Told again it is the same; changed and changed back it is the same again; no set-up is forgotten."""
    first = (await current(deps)).setup_hash
    await tell(deps, site("HAM"))
    assert (await current(deps)).setup_hash == first
    await tell(deps, site("HAM", "Europe/Berlin"))
    other = (await current(deps)).setup_hash
    await tell(deps, site("HAM"))
    assert (await current(deps)).setup_hash == first != other
    assert await deps.store.pool.fetchval("SELECT count(*) FROM setup") >= 2
