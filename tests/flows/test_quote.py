"""An ask is answered line by line, logged before it leaves, and decided again the same whenever asked."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import asyncpg
import pytest

from datasources.connectors.demo import DEMO_DAY
from datasources.store import clock
from datasources.store.snapshot import SnapshotReader
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.quote import Quote, quote, replay
from rules.ask import RequestLine
from rules.asked import LineAnswer, LineProblem
from rules.errors import (
    DecidedBySettings,
    Forbidden,
    NoLines,
    NotFound,
    StoreUnavailable,
    TooManyLines,
    UnknownChannel,
)
from tests.application import Client
from tests.builders import (
    ALL,
    ANYONE,
    ask,
    at,
    day,
    demand,
    event,
    hold,
    item,
    lifted,
    moved,
    outcomes,
    send,
    site,
    stock,
    supply,
    tell,
)
from tests.deciding import decide_by, promising
from tests.store import books

SHOP = Caller("shop", frozenset({"storefront"}), frozenset({"web"}))


async def quoted(deps: Deps, *lines: RequestLine, channel: str = "web", caller: Caller = ANYONE) -> Quote:
    return await quote(deps, lines, channel, caller)


async def free(deps: Deps, sku: str = "TEA", ahead: int = 0) -> int:
    """How much of the item can be promised for the day, at all sites."""
    [answer] = (await quoted(deps, ask(1, sku, ahead))).outcomes
    assert isinstance(answer, LineAnswer)
    return answer.atp_wanted


async def test_an_ask_is_answered_with_how_much_when_and_where(deps: Deps):
    """Ten of twelve are to be had today; the last two come in five days."""
    await tell(deps, stock(10), supply(40), states=ALL)
    [answer] = (await quoted(deps, ask(12))).outcomes
    assert isinstance(answer, LineAnswer)
    assert (answer.atp_wanted, answer.earliest, answer.open) == (10, day(5), 0)
    assert [(part.day, part.site_id, part.quantity) for part in answer.schedule] == [
        (day(0), "HAM", 10),
        (day(5), "HAM", 2),
    ]


PROBLEMS = {
    "UNKNOWN_SKU": (ask(1, "NOPE"), ask(1, ""), ask(1, "T\0EA"), ask(1, "x" * 10_000)),
    "BAD_QUANTITY": (
        ask(0),
        ask(-1),
        ask("0.5"),
        ask("NaN"),
        ask("sNaN"),
        ask("Infinity"),
        ask("-Infinity"),
        ask("1e400"),
        ask("1e-400"),
        ask("0.0001", "OIL"),
        ask(10**16),
    ),
    "OUTSIDE_HORIZON": (ask(1, ahead=90), ask(1, ahead=5_000)),
    "UNKNOWN_SITE": (ask(1, site_id="MARS"), ask(1, site_id="")),
    "NOT_STOCKED": (ask(1, site_id="COL"),),
}


async def test_a_line_that_cannot_be_answered_stops_no_other(deps: Deps):
    """Each says what is wrong with it and what to do, the good one after each is answered."""
    await tell(deps, stock(10), stock(1, code="OIL"), states=ALL)
    bad = [(code, line) for code, lines in PROBLEMS.items() for line in lines]
    found = (await quoted(deps, *(each for _, line in bad for each in (line, ask(1, "OIL"))))).outcomes
    problems = [outcome for outcome in found[::2] if isinstance(outcome, LineProblem)]
    assert [problem.code for problem in problems] == [code for code, _ in bad]
    assert all(problem.message and problem.next_step for problem in problems)
    answers = [outcome for outcome in found[1::2] if isinstance(outcome, LineAnswer)]
    assert [answer.atp_wanted for answer in answers] == [1_000] + [0] * (len(bad) - 1)


async def test_the_last_planned_day_can_still_be_asked_for(deps: Deps):
    """Day 89 of 90; day 90 is behind the horizon."""
    await tell(deps, stock(10), states=ALL)
    assert await free(deps, ahead=89) == 10


async def test_a_day_gone_by_means_today(deps: Deps):
    """Whoever wanted it yesterday gets it today at the earliest."""
    await tell(deps, stock(10), states=ALL)
    [answer] = (await quoted(deps, ask(4, ahead=-30))).outcomes
    assert isinstance(answer, LineAnswer)
    assert (answer.atp_wanted, answer.earliest) == (10, day(0))


async def test_an_item_nobody_stocks_is_an_answer_of_nothing(deps: Deps):
    """It is known, so it is no problem: nothing, at no time."""
    [answer] = (await quoted(deps, ask(3, "CUP"))).outcomes
    assert isinstance(answer, LineAnswer)
    assert (answer.atp_wanted, answer.earliest, answer.open) == (0, None, 3)


async def test_two_lines_of_one_item_are_not_promised_the_same_units(deps: Deps):
    """Ten on hand: the first of two lines takes six, the second four and the rest when it comes."""
    await tell(deps, stock(10), supply(40), states=ALL)
    first, second = (await quoted(deps, ask(6), ask(6))).outcomes
    assert isinstance(first, LineAnswer)
    assert isinstance(second, LineAnswer)
    assert (first.atp_wanted, first.earliest) == (10, day(0))
    assert (second.atp_wanted, second.earliest) == (4, day(5))
    assert sum(part.quantity for part in (*first.schedule, *second.schedule) if part.day == day(0)) == 10


async def test_a_thousand_lines_are_answered_and_one_more_is_refused(deps: Deps):
    """The figures are in the refusal, and nothing of it is logged."""
    lines = [ask(1, f"NOPE-{n}") for n in range(1_001)]
    assert len((await quoted(deps, *lines[:1_000])).outcomes) == 1_000
    with pytest.raises(TooManyLines, match="1,001 lines"):
        await quoted(deps, *lines)
    assert await deps.store.pool.fetchval("SELECT count(*) FROM inquiry") == 1


async def test_an_ask_without_lines_is_refused(deps: Deps):
    with pytest.raises(NoLines):
        await quoted(deps)


async def test_a_caller_asks_for_its_own_channels_only(deps: Deps):
    """Also for one that does not exist: what channels there are is not the caller's business."""
    await quoted(deps, ask(), caller=SHOP)
    for channel in ("contract", "moon"):
        with pytest.raises(Forbidden, match=f"channel {channel}"):
            await quoted(deps, ask(), channel=channel, caller=SHOP)


async def test_a_channel_nobody_has_is_refused_with_those_there_are(deps: Deps):
    with pytest.raises(UnknownChannel, match="contract, web"):
        await quoted(deps, ask(), channel="moon")


async def test_an_ask_reserves_nothing(deps: Deps):
    """Asked a hundred times, the answer is the same."""
    await tell(deps, stock(10), states=ALL)
    assert {await free(deps) for _ in range(10)} == {10}


async def test_nothing_counts_twice(deps: Deps):
    """Goods on their way, received, ordered and shipped: at each step free is what is really left."""
    await tell(deps, stock(10), source="wms", states=("stock",))
    told = [await free(deps, ahead=6)]
    steps = [
        (event(supply(40), source="erp"), 50),
        (event(supply(40), source="erp"), 50),
        (event(moved(15, "receipt", line_id="PO-1")), 50),
        (event(supply(25), source="erp"), 50),
        (event(demand(8), source="oms"), 42),
        (event(demand(8), source="shop"), 42),
        (event(moved(-3, "shipment", order_id="SO-1", line_id="1")), 42),
        (event(demand(5), source="oms"), 42),
        (event(moved(-5, "shipment", order_id="SO-1", line_id="1")), 42),
        (event(moved(25, "receipt", line_id="PO-1")), 42),
        (event(supply(0), source="erp"), 42),
        (event(hold(2)), 40),
        (event(hold(2)), 40),
        (event(lifted()), 42),
    ]
    for step, left in steps:
        await send(deps, step, step)
        told.append(await free(deps, ahead=6))
        assert told[-1] == left, step
    await tell(deps, stock(42), source="wms", states=("stock",))
    assert await free(deps, ahead=6) == 42


async def test_an_answer_is_never_younger_than_its_clock(deps: Deps):
    """What it rests on, how old each source is and when it was asked, all of one moment."""
    await send(deps, event(supply(4), occurred_at=at(-2)))
    answered = await quoted(deps, ask())
    assert {(age.source, age.as_of) for age in answered.ages} >= {("wms", at(-2))}
    assert all(age.as_of <= answered.asked_at for age in answered.ages)


async def test_each_ask_is_in_the_log_before_its_answer_leaves(deps: Deps):
    """With who asked, what, and what was answered."""
    await tell(deps, stock(10), states=ALL)
    answered = await quoted(deps, ask(4), ask(1, "NOPE"), caller=SHOP)
    [row] = await books.rows(deps.store.pool, "SELECT * FROM inquiry")
    assert (row["inquiry_id"], row["actor"], row["channel"]) == (answered.inquiry_id, "shop", "web")
    assert (row["skus"], row["ask"]) == (
        ["TEA"],
        '{"arithmetic":5,"lines":[["TEA","4","2026-06-01",null],["NOPE","1","2026-06-01",null]],"methods":[]}',
    )


async def test_no_answer_leaves_where_it_cannot_be_logged(deps: Deps):
    """The log is on a disk that is full, or gone."""
    await deps.store.pool.execute("ALTER TABLE inquiry RENAME TO gone")
    try:
        with pytest.raises(Exception, match="inquiry"):
            await quoted(deps, ask())
    finally:
        await deps.store.pool.execute("ALTER TABLE gone RENAME TO inquiry")


async def test_without_the_store_there_is_no_answer(deps: Deps):
    """It says so, and that it is worth asking again."""
    async with asyncpg.create_pool(host="/nowhere", min_size=0) as gone:
        with pytest.raises(StoreUnavailable) as refused:
            await quoted(replace(deps, snapshots=SnapshotReader(gone)), ask())
    assert refused.value.retryable


async def test_a_hundred_callers_at_once_are_answered(deps: Deps):
    """While stock moves: each answer is one of those that were true at some moment."""
    await tell(deps, stock(100), source="wms", states=("stock",))

    async def sell() -> None:
        for _ in range(20):
            await outcomes(deps, event(moved(-1)))

    told, _ = await asyncio.gather(asyncio.gather(*(free(deps) for _ in range(100))), sell())
    assert {100} <= {*told, 100} <= set(range(80, 101))
    assert await free(deps) == 80


async def test_a_logged_ask_is_decided_again_the_same(deps: Deps):
    """Whatever has changed since: stock, lines, holds, the rules, the sites, the clock."""
    await tell(deps, stock(10), stock(5, site_id="COL"), supply(40), demand(3), hold(2), states=ALL)
    lines = [
        ask(12),
        ask(4),
        ask("0.5"),
        ask(1, "NOPE"),
        ask(3, "CUP"),
        ask(1, ahead=90),
        ask(2, site_id="COL"),
    ]
    before = await quoted(deps, *lines)
    await tell(deps, stock(1), states=ALL)
    await tell(deps, site("MUC"), item("TEA", unit="BAG"))
    await decide_by(deps, promising(horizon_days=7))
    async with deps.store.writing() as tx:
        await clock.set_now(tx, at(24 * 40))
    again = await replay(deps, before.inquiry_id, ANYONE)
    assert again.identical
    assert (again.quote.outcomes, again.again) == (before.outcomes, before.outcomes)
    assert (again.quote.requests, again.quote.ages) == (before.requests, before.ages)
    assert (await quoted(deps, *lines)).outcomes != before.outcomes


async def test_an_answer_that_was_tampered_with_is_not_identical(deps: Deps):
    """A log that says otherwise than the rules do is found out."""
    await tell(deps, stock(10), states=ALL)
    asked = await quoted(deps, ask(4))
    await deps.store.pool.execute("UPDATE inquiry SET outcome_hash = 'another'")
    assert not (await replay(deps, asked.inquiry_id, ANYONE)).identical


async def test_a_profile_that_was_tampered_with_is_found_out(deps: Deps):
    """What was read is no longer what was decided from."""
    await tell(deps, stock(10), states=ALL)
    asked = await quoted(deps, ask(40))
    await deps.store.pool.execute("UPDATE profile_snapshot SET content = replace(content, '10', '11')")
    assert not (await replay(deps, asked.inquiry_id, ANYONE)).identical


async def test_an_inquiry_of_before_rule_books_is_not_decided_again(deps: Deps):
    """Its answer stands in the log; what settings made of it then is not known any more."""
    await tell(deps, stock(10), states=ALL)
    asked = await quoted(deps, ask(4))
    await deps.store.pool.execute("UPDATE inquiry SET book_version = NULL")
    with pytest.raises(DecidedBySettings, match="before rule books"):
        await replay(deps, asked.inquiry_id, ANYONE)


async def test_an_inquiry_names_the_book_that_decided_it(deps: Deps):
    """Another book decides anew; what was asked before is decided again by the first."""
    await tell(deps, stock(10), states=ALL)
    before = await quoted(deps, ask(1, ahead=20))
    version = await decide_by(deps, promising(horizon_days=7))
    [refused] = (await quoted(deps, ask(1, ahead=20))).outcomes
    assert isinstance(refused, LineProblem)
    assert refused.code == "OUTSIDE_HORIZON"
    again = await replay(deps, before.inquiry_id, ANYONE)
    assert (again.identical, again.logged.book_version == version) == (True, False)


async def test_another_channels_inquiry_is_not_found(deps: Deps):
    """It is not told apart from one that does not exist."""
    asked = await quoted(deps, ask(), channel="contract")
    for inquiry_id in (asked.inquiry_id, uuid4()):
        with pytest.raises(NotFound, match="There is no inquiry"):
            await replay(deps, inquiry_id, SHOP)


async def test_the_whole_demo_catalogue_is_replayed_after_it_has_changed(own_demo: Client):
    """Every item at every site, in small and large, near and far; then all of it is counted anew."""
    deps = own_demo.deps
    skus = [row["sku"] for row in await books.rows(deps.store.pool, "SELECT sku FROM item ORDER BY sku")]
    sites = [None, *(row["site_id"] for row in await books.rows(deps.store.pool, "SELECT site_id FROM site"))]
    asked = [
        await quote(
            deps, [RequestLine(sku, Decimal(quantity), wanted, site_id) for sku in skus], "web", ANYONE
        )
        for site_id, quantity in zip(sites[:4], (1, 7, 40, 250), strict=True)
        for wanted in (DEMO_DAY, DEMO_DAY.replace(day=20))
    ]
    assert len(skus) >= 200
    for source, column in (("wms", "DC-HAM"), ("pos", "ST-BER")):
        counts = [stock(n % 7, code=sku, site_id=column) for n, sku in enumerate(skus)]
        await tell(deps, *counts, source=source, states=("stock",))
    replays = [await replay(deps, each.inquiry_id, ANYONE) for each in asked]
    assert all(each.identical for each in replays)
    fresh = await quote(deps, asked[0].requests, "web", ANYONE)
    assert fresh.outcomes != asked[0].outcomes
