"""A source states all it knows: the store agrees, whole or not at all, and the second time nothing moves."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from datasources.connectors.demo import DEMO_DAY, DemoSize, demo_sources
from datasources.facts import (
    AllocationFact,
    CalendarFact,
    Fact,
    ForecastFact,
    Row,
    SetAside,
)
from datasources.store import clock
from resolvers.flows import sync as flow
from resolvers.flows.deps import Deps
from resolvers.flows.sync import sync
from rules.errors import StoreUnavailable
from tests.builders import (
    ALL,
    TODAY,
    Told,
    alias,
    at,
    channel,
    day,
    demand,
    event,
    hold,
    item,
    lot,
    moved,
    outcomes,
    send,
    site,
    stock,
    supply,
    tell,
)
from tests.store import books

QUIET = lambda _: None  # noqa: E731

FORECAST = ForecastFact("F-1", "TEA", "HAM", "web", day(0), day(7), Decimal(70))
ALLOCATION = AllocationFact("A-1", "quota", "TEA", "web", day(0), day(7), Decimal(50))
STATED = (
    alias("T-99", "TEA", "BX", 12),
    lot("L1", day(30)),
    stock(100),
    stock(5, code="T-99", unit="BX", bin="R-1"),
    stock(7, lot="L1"),
    hold(10),
    supply(40),
    demand(8),
    FORECAST,
    ALLOCATION,
)


async def test_what_is_stated_is_what_the_store_says(deps: Deps):
    """Stock in one unit, lines open, a forecast and an allocation beside them."""
    report = await tell(deps, *STATED, states=ALL)
    assert report.set_aside == []
    assert report.accepted == {
        "alias": 1,
        "lot": 1,
        "stock": 3,
        "hold": 1,
        "supply": 1,
        "demand": 1,
        "forecast": 1,
        "allocation": 1,
    }
    pool = deps.store.pool
    assert await books.on_hand(pool) == {("HAM", "available"): 167}
    lines = {table: await books.open_lines(pool, table) for table in ("supply_line", "demand_line", "hold")}
    assert lines == {"supply_line": {"PO-1": 40}, "demand_line": {"1": 8}, "hold": {"H1": 10}}


async def test_stating_it_twice_changes_nothing(deps: Deps):
    """No move, no version, no sequence, and nothing to look at."""
    await tell(deps, *STATED, states=ALL)
    before = without_words(await books.everything(deps.store.pool))
    report = await tell(deps, *STATED, states=ALL)
    assert (report.changed, report.items_changed) == (0, 0)
    assert without_words(await books.everything(deps.store.pool)) == before


def without_words(found: dict[str, list[str]]) -> dict[str, object]:
    """The rows without the instant at which each line was last confirmed."""
    lines = ("supply_line", "demand_line", "hold", "forecast", "allocation")
    return {
        name: [row.split(",", 2)[0::2] for row in rows] if name in lines else rows
        for name, rows in found.items()
    }


async def test_what_is_no_longer_stated_is_closed(deps: Deps):
    """A complete statement: lines absent from it are done, stock absent from it is gone."""
    await tell(deps, *STATED, supply(9, "PO-2"), states=ALL)
    report = await tell(deps, supply(9, "PO-2"), states=ALL)
    pool = deps.store.pool
    assert await books.on_hand(pool) == {}
    assert await books.open_lines(pool, "supply_line") == {"PO-2": 9}
    for table in ("demand_line", "hold", "forecast", "allocation"):
        assert await pool.fetchval(f"SELECT count(*) FROM {table} WHERE recorded_until IS NULL") == 0
    assert report.changed == 3 + 5


async def test_what_a_source_does_not_state_whole_stays(deps: Deps):
    """A statement of orders alone closes no supply, and partial ones of supply only add and change."""
    await tell(deps, *STATED, supply(9, "PO-2"), states=ALL)
    await tell(deps, demand(3), supply(41), stock(90), states=("demand",))
    pool = deps.store.pool
    assert await books.open_lines(pool, "supply_line") == {"PO-1": 41, "PO-2": 9}
    assert await books.open_lines(pool, "demand_line") == {"1": 3}
    assert await books.on_hand(pool) == {("HAM", "available"): 157}


async def test_a_difference_of_stock_becomes_a_move_with_that_cause(deps: Deps):
    """The ledger says what the count changed, and the position is its sum."""
    await tell(deps, stock(100), states=("stock",))
    await tell(deps, stock(93), states=("stock",))
    found = await books.rows(
        deps.store.pool, "SELECT quantity, cause, actor FROM stock_move ORDER BY move_id"
    )
    assert found == [
        {"quantity": 100, "cause": "count", "actor": "erp"},
        {"quantity": -7, "cause": "count", "actor": "erp"},
    ]
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 93}


async def test_a_site_of_another_source_is_left_alone(deps: Deps):
    """A complete statement is complete for what is the source's own."""
    await tell(deps, stock(100), source="wms", states=("stock",))
    report = await tell(deps, stock(100), stock(5, site_id="COL"), source="pos", states=("stock",))
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 100, ("COL", "available"): 5}
    [aside] = report.set_aside
    assert (aside.file, aside.line) == ("pos.csv", 1)
    assert aside.reason == "Stock at HAM is reported by wms; counted twice it would promise too much."


async def test_lines_of_another_source_are_left_alone(deps: Deps):
    """Order lines by their own name, supply by kind and site."""
    await tell(deps, supply(40), demand(8), source="erp", states=ALL)
    report = await tell(deps, supply(40), demand(8), demand(2, "2"), source="shop", states=ALL)
    assert [aside.line for aside in report.set_aside] == [1, 2]
    assert await books.open_lines(deps.store.pool, "supply_line") == {"PO-1": 40}
    assert await books.open_lines(deps.store.pool, "demand_line") == {"1": 8, "2": 2}


BAD_ROWS: dict[str, Fact] = {
    "an alias of nothing": alias("X", "NOPE"),
    "a unit of nothing": alias("X", "TEA", "BX", Fraction(0)),
    "a unit beyond counting": alias("X", "TEA", "BX", Fraction(10**16)),
    "an item without a name of its own": item(" "),
    "an item with a NUL": item("A\0"),
    "an attribute with a NUL": item("A", attributes={"colour": "red\0"}),
    "a precision nobody needs": item("A", precision=7),
    "a precision that would rescale what is booked": item("TEA", precision=2),
    "a site in no zone": site("MUC", "Europe/Munich"),
    "a site with an unknown calendar": site("MUC", calendar="when we like"),
    "a calendar that never opens": CalendarFact("never", ()),
    "a calendar of eight days": CalendarFact("beatles", (8,)),
    "a channel without a name": channel(""),
    "an unknown item": stock(1, code="NOPE"),
    "a lot of an unknown item": lot("L9", None, code="NOPE"),
    "half a piece": stock("0.5"),
    "less than nothing to come": supply(-1, "PO-9"),
    "an order of an unknown channel": demand(1, "9", channel="moon"),
    "a hold on nothing": hold(None, "H9"),
    "a quota of an unknown sort": AllocationFact("A-9", "wish", "TEA", "web", day(0), day(7), Decimal(1)),
    "a forecast that ends before it starts": ForecastFact(
        "F-9", "TEA", "HAM", "web", day(7), day(7), Decimal(1)
    ),
}


async def test_a_bad_row_never_stops_the_rest(deps: Deps):
    """Each is set aside with its file, its line and why; all the good ones are in."""
    rows = [fact for bad in BAD_ROWS.values() for fact in (bad, stock(1))]
    report = await tell(deps, *rows, states=ALL)
    assert [aside.line for aside in sorted(report.set_aside, key=lambda aside: aside.line)] == [
        2 * n + 1 for n in range(len(BAD_ROWS))
    ]
    assert all(aside.file == "erp.csv" and aside.reason and aside.row for aside in report.set_aside)
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): len(BAD_ROWS)}
    assert len(await books.worklist(deps.store.pool)) == len(BAD_ROWS)


async def test_a_mended_row_leaves_the_worklist(deps: Deps):
    """Those that are still bad stay, once each."""
    await tell(deps, stock(1, code="NOPE"), stock("0.5"), states=("stock",))
    await tell(deps, stock(1, code="TEA"), stock("0.5"), states=("stock",))
    [(kind, reference, reason)] = await books.worklist(deps.store.pool)
    assert (kind, reference) == ("row set aside", "erp.csv line 2")
    assert "0.5 is not a whole number" in reason


async def test_an_unreadable_row_is_passed_on_with_its_place(deps: Deps):
    """The connector could not read it; the report and the worklist name it."""
    unreadable = SetAside("stock.csv", 17, "Quantity 'abc' is no number.", "TEA,HAM,abc")
    report = await tell(deps, unreadable, stock(4), states=("stock",))
    assert report.set_aside == [unreadable]
    assert (await books.worklist(deps.store.pool))[0][1] == "stock.csv line 17"


async def test_the_same_line_twice_in_one_statement_counts_once(deps: Deps):
    """The second is set aside and names the first."""
    report = await tell(deps, supply(40), supply(50), states=ALL)
    assert await books.open_lines(deps.store.pool, "supply_line") == {"PO-1": 40}
    [aside] = report.set_aside
    assert aside.reason == "The same supply line stands at erp.csv line 1 already."


async def test_a_master_row_may_be_repeated_but_not_contradicted(deps: Deps):
    """The same again is the same; otherwise the first stands."""
    report = await tell(deps, alias("X", "TEA"), alias("X", "TEA"), alias("X", "CUP"))
    assert report.accepted == {"alias": 1}
    [aside] = report.set_aside
    assert "erp.csv line 1 says otherwise" in aside.reason


async def test_a_line_whose_row_turned_bad_stays_as_it_was(deps: Deps):
    """A typing error in an order does not free what is owed to it."""
    await tell(deps, demand(8), demand(3, "2"), states=("demand",))
    await tell(deps, demand("8.5"), states=("demand",))
    assert await books.open_lines(deps.store.pool, "demand_line") == {"1": 8}


async def test_owed_and_held_lines_stay_while_a_row_cannot_be_read(deps: Deps):
    """The unreadable row may be theirs. Supply no longer stated closes all the same: the safe side."""
    states = ("demand", "supply")
    await tell(deps, demand(8), supply(40), states=states)
    await tell(deps, SetAside("orders.csv", 2, "Quantity '8x' is no number.", "1,8x"), states=states)
    assert await books.open_lines(deps.store.pool, "demand_line") == {"1": 8}
    assert await books.open_lines(deps.store.pool, "supply_line") == {}
    await tell(deps, states=states)
    assert await books.open_lines(deps.store.pool, "demand_line") == {}


async def test_a_thousand_rows_set_aside_are_listed_and_all_are_counted(deps: Deps):
    """A wholly unmapped file fills no memory and no worklist, and takes no minute of guessing."""
    rows = [stock(1, code=f"UNKNOWN-{n}") for n in range(1_200)]
    report = await tell(deps, *rows, states=("stock",))
    assert (len(report.set_aside), report.set_aside_count) == (1_000, 1_200)
    assert len(await books.worklist(deps.store.pool)) == 1_000


async def test_a_changed_lot_changes_what_its_item_promises(deps: Deps):
    """Its stock carries the new date, though no quantity moved."""
    await tell(deps, lot("L1", day(30)), stock(7, lot="L1"), states=ALL)
    before = await books.sequences(deps.store.pool)
    await tell(deps, lot("L1", day(3)), stock(7, lot="L1"), states=ALL)
    [at_ham] = (await books.profile(deps.store.pool)).sites
    assert at_ham.on_hand[0].usable_until == day(3)
    assert (await books.sequences(deps.store.pool))["TEA"] == before["TEA"] + 1


async def test_a_changed_item_changes_its_profile(deps: Deps):
    """The unit it is told in is part of the answer."""
    await tell(deps, item("TEA", unit="BAG"))
    assert (await books.profile(deps.store.pool)).unit == "BAG"


async def test_an_item_nobody_stocks_has_a_profile(deps: Deps):
    """It can be asked about: nothing of it is to be had."""
    assert (await books.profile(deps.store.pool, "CUP")).sites == ()


async def test_a_word_from_while_a_source_was_read_outlives_the_reading(deps: Deps):
    """Sales, orders and cancellations that come in while a slow file is read are newer than the file."""

    async def meanwhile() -> None:
        await send(deps, event(moved(-30), source="erp"), event(moved(9, code="CUP"), source="erp"))
        await send(deps, event(supply(25), source="erp"), event(supply(4, "PO-NEW"), source="erp"))
        await send(deps, event(demand(0), source="erp"))

    await tell(deps, stock(100), supply(40), demand(8), states=ALL)
    slow = Told([stock(100), supply(40), demand(8)])
    reading = await flow._begin(deps)
    statement = flow._read(slow, TODAY, QUIET)
    await meanwhile()
    await flow._write(deps, slow, statement, reading)
    pool = deps.store.pool
    assert await books.on_hand(pool) == {("HAM", "available"): 70}
    assert await books.on_hand(pool, "CUP") == {("HAM", "available"): 9}
    assert await books.open_lines(pool, "supply_line") == {"PO-1": 25, "PO-NEW": 4}
    assert await books.open_lines(pool, "demand_line") == {}


async def test_a_word_older_than_a_load_changes_nothing(deps: Deps):
    """Neither a line it stated nor one it closed."""
    await tell(deps, supply(40), supply(9, "PO-2"), states=ALL)
    await tell(deps, supply(40), states=ALL)
    old = [
        event(supply(q, line), source="erp", occurred_at=at(-1)) for line, q in (("PO-1", 99), ("PO-2", 9))
    ]
    assert await outcomes(deps, *old) == ["STALE", "STALE"]


class PulledOut(Exception):
    """Somebody pulled the cable."""


@dataclass
class Broken(Told):
    """A source that breaks after its last fact."""

    def read(self, day: date) -> Iterator[Row | SetAside]:
        yield from super().read(day)
        raise PulledOut


async def test_a_source_that_breaks_half_way_leaves_the_store_as_it_was(deps: Deps):
    """What it had said so far is forgotten."""
    await tell(deps, *STATED, states=ALL)
    before = await books.everything(deps.store.pool)
    with pytest.raises(PulledOut):
        await sync(deps, Broken([stock(1), supply(1)]), TODAY, QUIET)
    assert await books.everything(deps.store.pool) == before


@pytest.mark.parametrize("table", ["stock_move", "demand_line", "profile", "worklist"])
async def test_a_load_whose_connection_dies_leaves_the_store_as_it_was(deps: Deps, table: str):
    """Killed as it writes this table; told again afterwards, it is all there."""
    await tell(deps, *STATED, states=ALL)
    before = await books.everything(deps.store.pool)
    changed: list[Fact] = [stock(1), supply(1), demand(1), stock(1, code="NOPE")]
    await deps.store.pool.execute(KILL.format(table=table))
    try:
        with pytest.raises(StoreUnavailable):
            await tell(deps, *changed, states=ALL)
    finally:
        await deps.store.pool.execute(f"DROP TRIGGER killed ON {table}; DROP FUNCTION kill_it")
    assert await books.everything(deps.store.pool) == before
    await tell(deps, *changed, states=ALL)
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 1}


KILL = """
CREATE FUNCTION kill_it() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
CREATE TRIGGER killed AFTER INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION kill_it()
"""


async def test_two_loads_of_one_source_wait_for_each_other(deps: Deps, second: Deps):
    """Whichever comes last is what the store says, once."""
    await asyncio.gather(tell(deps, *STATED, states=ALL), tell(second, *STATED, states=ALL))
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 167}
    assert await deps.store.pool.fetchval("SELECT count(*) FROM stock_move") == 3
    assert await deps.store.pool.fetchval("SELECT count(*) FROM supply_line") == 1


async def test_two_loads_that_differ_about_a_line_leave_one_of_it(deps: Deps, second: Deps):
    """Each names another item for the same order line, which neither had heard of before."""
    for round_ in range(6):
        source, line = f"oms-{round_}", {"order_id": f"SO-{round_}"}
        tea = tell(deps, demand(8, **line), source=source, states=("demand",))
        cup = tell(second, demand(8, code="CUP", **line), source=source, states=("demand",))
        reports = await asyncio.gather(tea, cup)
        assert [report.set_aside for report in reports] == [[], []]
    assert (
        await deps.store.pool.fetchval("SELECT count(*) FROM demand_line WHERE recorded_until IS NULL") == 6
    )


async def test_loads_and_events_at_once_lose_nothing(deps: Deps, second: Deps):
    """A till sells while the warehouse is loaded, over the same items, again and again."""
    for _ in range(4):
        sold = [event(moved(-1, code=code, site_id="COL"), source="pos") for code in ("CUP", "TEA") * 10]
        load = tell(deps, stock(100), stock(50, code="CUP"), demand(8), supply(40), states=ALL)
        _, told = await asyncio.gather(load, outcomes(second, *sold))
        assert told == ["APPLIED"] * 20
    for sku, count in (("TEA", 100), ("CUP", 50)):
        assert await books.on_hand(deps.store.pool, sku) == {
            ("HAM", "available"): count,
            ("COL", "available"): -40,
        }


async def test_progress_is_told(deps: Deps):
    """Reading, then writing."""
    told: list[str] = []
    await sync(deps, Told([stock(1)]), TODAY, told.append)
    assert told == ["erp: reading", "erp: writing"]


async def test_the_demo_company_loaded_twice_changes_nothing(deps: Deps):
    """Five systems, in their own words and units; no row of theirs is set aside."""
    await deps.store.pool.execute(
        "DELETE FROM profile; DELETE FROM channel; DELETE FROM site; DELETE FROM item"
    )
    async with deps.store.writing() as tx:
        await clock.start_day(tx, DEMO_DAY)
    size = DemoSize(items=40)
    first = [await sync(deps, source, DEMO_DAY, QUIET) for source in demo_sources(size)]
    assert [report.set_aside for report in first] == [[]] * 5
    before = without_words(await books.everything(deps.store.pool))
    again = [await sync(deps, source, DEMO_DAY, QUIET) for source in demo_sources(size)]
    assert [report.changed for report in again] == [0] * 5
    assert without_words(await books.everything(deps.store.pool)) == before
