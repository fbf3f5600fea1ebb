"""The past enters an empty ledger once, and the sources then find nothing to correct."""

from sqlalchemy import text

from datasources.connectors.demo import DEMO_DAY, DemoSize, demo_history, demo_sources
from datasources.store import clock
from resolvers.flows import history
from resolvers.flows.deps import Deps
from resolvers.flows.sync import sync
from tests.databases import Opened

SMALL = DemoSize(items=60, orders=30)


def quiet(_line: str) -> None:
    pass


async def tell_all(deps: Deps) -> int:
    """The demo company with its past; how many balances its sources had to correct."""
    corrected = 0
    for source in demo_sources(SMALL):
        if "stock" in source.states:
            await history.load(deps, lambda: demo_history(SMALL), quiet)
        report = await sync(deps, source, DEMO_DAY, quiet)
        corrected += report.changed if "stock" in source.states and source.name == "pos" else 0
    return corrected


async def count(deps: Deps, statement: str) -> int:
    async with deps.store.reading() as tx:
        found: int = (await tx.execute(text(statement))).scalar_one()
    return found


async def test_the_past_adds_up_to_what_is_stated(opened: Opened):
    """No difference is left to post, no line was lowered and nothing waits for a person."""
    async with opened.store.writing() as tx:
        await clock.start_day(tx, DEMO_DAY)
    assert await tell_all(opened.deps) == 0
    assert await count(opened.deps, "SELECT count(*) FROM worklist") == 0
    assert await count(opened.deps, "SELECT count(*) FROM stock_move WHERE source = 'wms'") > 1000
    sums = """SELECT count(*) FROM (
      SELECT sku, site_id, status, ownership, lot, bin, sum(quantity) AS quantity FROM stock_move
      GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(quantity) <> 0
      EXCEPT SELECT sku, site_id, status, ownership, lot, bin, quantity FROM stock_position) AS differing"""
    assert await count(opened.deps, sums) == 0


async def test_a_ledger_that_has_begun_takes_no_past(opened: Opened):
    async with opened.store.writing() as tx:
        await clock.start_day(tx, DEMO_DAY)
    await tell_all(opened.deps)
    moves = await count(opened.deps, "SELECT count(*) FROM stock_move")
    assert await history.load(opened.deps, lambda: demo_history(SMALL), quiet) == 0
    assert await count(opened.deps, "SELECT count(*) FROM stock_move") == moves
