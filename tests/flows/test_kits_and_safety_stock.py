"""Safety stock, kits and goods that expire, from a source to an answer, and to the same answer again."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from datasources.facts import Fact, KitFact, SafetyStockFact, SiteFact
from datasources.store import as_known, kits
from datasources.store.as_known import Moment
from datasources.store.locks import lock_profiles
from datasources.store.snapshot import SnapshotReader
from resolvers.flows.deps import Deps
from resolvers.flows.quote import Quote, quote, replay
from resolvers.flows.supply_plan import SitePlan, plan_all, plan_some
from rules.ask import RequestLine
from rules.asked import LineAnswer
from rules.atp import METHODS
from rules.methods import atp_row
from rules.model import KitPart, SafetyStock
from tests.builders import (
    ALL,
    ANYONE,
    alias,
    ask,
    at,
    day,
    demand,
    event,
    item,
    lot,
    moved,
    send,
    stock,
    supply,
    tell,
)
from tests.deciding import decide_by, position
from tests.store import books

EVERY = ALL | {"safety_stock"}


def safety(quantity: float, ahead: int | None = None, code: str = "TEA", **more: Any) -> SafetyStockFact:
    given = {"site_id": "HAM", "starts": None if ahead is None else day(ahead)} | more
    return SafetyStockFact(code, quantity=Decimal(str(quantity)), **given)


def kit(component: str, per: float, of: str = "SET", unit: str = "") -> KitFact:
    return KitFact(of, component, Decimal(str(per)), unit)


STORE = SiteFact("COL", "Store COL", "store", "UTC")


async def quoted(deps: Deps, *lines: RequestLine, methods: tuple[str, ...] = ()) -> Quote:
    return await quote(deps, lines, "web", ANYONE, methods=methods)


async def free(deps: Deps, sku: str = "TEA", ahead: int = 0) -> int:
    [answer] = (await quoted(deps, ask(1, sku, ahead))).outcomes
    assert isinstance(answer, LineAnswer)
    return answer.atp_wanted


async def is_replayed(deps: Deps, answered: Quote) -> bool:
    again = await replay(deps, answered.inquiry_id, ANYONE)
    return again.identical and again.quote.outcomes == answered.outcomes == again.again


async def reasons(deps: Deps) -> list[str]:
    return [reason for _, _, reason in await books.worklist(deps.store.pool)]


# Safety stock.


async def test_safety_stock_is_kept_back_from_the_day_it_says(deps: Deps):
    """Four always, seven from day 3 on, none from day 5 on."""
    await tell(deps, stock(10), safety(4), safety(7, 3), safety(0, 5), states=EVERY)
    profile = await books.profile(deps.store.pool)
    assert profile.sites[0].safety_stock == (
        SafetyStock(date.min, 4),
        SafetyStock(day(3), 7),
        SafetyStock(day(5), 0),
    )
    assert [await free(deps, ahead=ahead) for ahead in (0, 3, 5)] == [3, 3, 10]


async def test_a_row_that_is_stated_no_more_is_closed(deps: Deps):
    """And one stated anew with another quantity takes its place."""
    await tell(deps, stock(10), safety(4), safety(7, 3), states=EVERY)
    await tell(deps, stock(10), safety(5), states=EVERY)
    assert (await books.profile(deps.store.pool)).sites[0].safety_stock == (SafetyStock(date.min, 5),)


async def test_a_bad_row_keeps_the_one_that_was_there(deps: Deps):
    """Its quantity cannot be read, so what was known of it stays in force."""
    await tell(deps, stock(10), safety(4), states=EVERY)
    report = await tell(deps, stock(10), safety(0.5), states=EVERY)
    assert report.set_aside_count == 1
    assert await free(deps) == 6


async def test_what_another_source_says_of_the_same_row_is_set_aside(deps: Deps):
    """Two safety stocks of one item, site and day would be one too many."""
    await tell(deps, stock(10), safety(4), states=EVERY)
    report = await tell(deps, safety(6), source="planning")
    assert [row.reason for row in report.set_aside] == ["This safety_stock line is already reported by erp."]


async def test_safety_stock_is_sold_where_the_rules_say_so(deps: Deps):
    """In the whole company, or at one site; another book changes answers at once."""
    await tell(deps, stock(10), stock(10, site_id="COL"), safety(4), safety(4, site_id="COL"), states=EVERY)
    assert await free(deps) == 12
    await tell(deps, STORE)
    await decide_by(deps, position({"safety_stock": "promised"}))
    assert await free(deps) == 16
    await decide_by(deps, position(safety_stock="promised"))
    assert await free(deps) == 20


# Kits.


async def with_kit(deps: Deps, *facts: Fact) -> None:
    """A set takes two cups and 0.250 kg of oil."""
    await tell(deps, item("SET"), kit("CUP", 2), kit("OIL", 0.25), *facts)


async def test_a_kit_is_promised_from_finished_ones_and_its_components(deps: Deps):
    """One finished; nine cups make four, 0.8 kg of oil three."""
    await with_kit(deps, stock(1, "SET"), stock(9, "CUP"), stock("0.8", "OIL"))
    assert (await books.profile(deps.store.pool, "SET")).parts == (KitPart("CUP", 2), KitPart("OIL", 250))
    answered = await quoted(deps, ask(9, "SET"), ask(9, "CUP"))
    [of_kit, of_cups] = answered.outcomes
    assert isinstance(of_kit, LineAnswer)
    assert isinstance(of_cups, LineAnswer)
    assert (of_kit.atp_wanted, of_kit.open, of_cups.atp_wanted) == (4, 5, 3)
    assert await is_replayed(deps, answered)


async def test_a_replay_needs_nothing_but_the_log(deps: Deps):
    """Not even when the kit is put together otherwise now, and its components are gone."""
    await with_kit(deps, stock(1, "SET"), stock(9, "CUP"), stock("0.8", "OIL"))
    answered = await quoted(deps, ask(9, "SET"), methods=tuple(METHODS))
    await tell(deps, kit("CUP", 9), kit("OIL", 0))
    await send(deps, event(moved(-9, code="CUP"), source="erp"))
    assert await is_replayed(deps, answered)
    assert await free(deps, "SET") == 1


async def test_orders_of_a_kit_lower_what_is_free_of_its_components(deps: Deps):
    """Three ordered, one finished: two sets take four cups. When the order closes they are free again."""
    await with_kit(deps, stock(1, "SET"), stock(9, "CUP"), stock("0.8", "OIL"))
    await send(deps, event(demand(3, code="SET"), occurred_at=at(-2)))
    assert (await free(deps, "CUP"), await free(deps, "SET")) == (5, 1)
    await send(deps, event(demand(0, code="SET"), occurred_at=at(-1)))
    assert (await free(deps, "CUP"), await free(deps, "SET")) == (9, 4)


async def test_a_finished_kit_that_comes_in_frees_components(deps: Deps):
    """A movement of the kit alone is felt by what it is made of."""
    await with_kit(deps, stock(9, "CUP"), stock("0.8", "OIL"))
    await send(deps, event(demand(3, code="SET")))
    assert await free(deps, "CUP") == 3
    await send(deps, event(moved(2, code="SET"), source="erp"))
    assert await free(deps, "CUP") == 7


async def test_a_component_taken_out_of_a_kit_is_owed_to_it_no_more(deps: Deps):
    """`per: 0` ends it; the kit then takes what is left."""
    await with_kit(deps, stock(9, "CUP"), stock("0.8", "OIL"))
    await send(deps, event(demand(3, code="SET")))
    await tell(deps, kit("CUP", 0))
    assert await free(deps, "CUP") == 9
    assert (await books.profile(deps.store.pool, "SET")).parts == (KitPart("OIL", 250),)


async def test_a_kit_loaded_again_changes_nothing(deps: Deps):
    await with_kit(deps, stock(1, "SET"))
    before = await books.sequences(deps.store.pool)
    report = await tell(deps, item("SET"), kit("CUP", 2), kit("OIL", 0.25), stock(1, "SET"))
    assert (report.items_changed, await books.sequences(deps.store.pool)) == (0, before)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ((kit("SET", 1),), "SET cannot be a part of itself."),
        ((kit("NOPE", 1),), "No item is known as NOPE at erp."),
        ((kit("CUP", -1),), "A quantity of -1 is below 0."),
        ((kit("CUP", 0.5),), "0.5 is not a whole number of the item's smallest unit, 1."),
        ((kit("CUP", 1, of="OIL"),), "OIL is counted to 3 decimals; a kit is put together whole."),
        ((kit("TEA", 1), kit("SET", 1, of="CUP")), "SET is a kit itself. Name its parts instead."),
        (
            (kit("CUP", 1), kit("TEA", 1, of="CUP")),
            "CUP is a part of another kit. Name its own parts there instead.",
        ),
    ],
)
async def test_a_kit_that_cannot_be_is_set_aside(deps: Deps, facts, reason):
    """With what is wrong and, where there is one, the way out."""
    await tell(deps, item("SET"), *facts)
    assert any(told.startswith(reason) for told in await reasons(deps))


async def test_a_kit_put_together_otherwise_while_its_lock_is_waited_for_is_locked_whole(
    deps: Deps, second: Deps
):
    """Oil is added to the kit meanwhile: whoever gets the kit's lock then has that of oil as well."""
    await tell(deps, item("SET"), kit("CUP", 2), stock(9, "CUP"), stock(4, "OIL"))
    got, done = asyncio.Event(), asyncio.Event()

    async def lock_the_kit() -> None:
        async with second.store.writing() as tx:
            await lock_profiles(tx, ["SET"])
            got.set()
            await done.wait()

    async with deps.store.writing() as tx:
        await lock_profiles(tx, ["SET"])
        waiting = asyncio.create_task(lock_the_kit())
        await kits.put_kits(tx, {("SET", "OIL"): 1000})
        while not await _somebody_waits(deps):  # noqa: ASYNC110  # a session that waits tells nobody
            await asyncio.sleep(0.01)
    await got.wait()
    unlocked = "SELECT sku FROM profile ORDER BY sku FOR UPDATE SKIP LOCKED"
    assert [row["sku"] for row in await deps.store.pool.fetch(unlocked)] == ["TEA"]
    done.set()
    await waiting


async def _somebody_waits(deps: Deps) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'flows'"
    return bool(await deps.store.pool.fetchval(waiting))


async def test_a_component_may_be_named_in_a_unit_of_its_own(deps: Deps):
    """Two boxes of six cups are twelve cups."""
    await tell(deps, item("SET"), alias("C-6", "CUP", "BX", 6), kit("C-6", 2, unit="BX"), stock(30, "CUP"))
    assert (await books.profile(deps.store.pool, "SET")).parts == (KitPart("CUP", 12),)
    assert await free(deps, "SET") == 2


async def test_components_are_read_in_the_same_look_once_the_kit_is_known(deps: Deps):
    """First two looks, then one; a new component costs one look more, once."""
    await with_kit(deps, stock(9, "CUP"), stock("0.8", "OIL"))
    reader = SnapshotReader(deps.store.pool)
    looks: list[object] = []
    entries = reader._entries
    reader._entries = lambda *seen: looks.append(1) or entries(*seen)  # type: ignore[method-assign,func-returns-value]
    for expected in (2, 1, 1):
        looks.clear()
        snapshot = await reader.read(["SET"])
        assert (len(looks), set(snapshot.sequences)) == (expected, {"CUP", "OIL", "SET"})
    await tell(deps, kit("TEA", 1), stock(1, "TEA"))
    for expected in (2, 1):
        looks.clear()
        snapshot = await reader.read(["SET"])
        assert (len(looks), atp_row(snapshot.positions["SET"], snapshot.positions["SET"].sites[0])[0]) == (
            expected,
            1,
        )


async def test_the_past_of_a_kit_has_its_components_beside_it(deps: Deps):
    """As it was known an hour ago, before two cups and half the safety stock were gone."""
    await with_kit(deps, stock(1, "SET"), stock(9, "CUP"), stock("9", "OIL"), safety(2, code="CUP"))
    known = await _now(deps)
    await tell(deps, stock(3, "CUP"), safety(1, code="CUP"), source="erp", states=())
    snapshot = await as_known.snapshot_at(deps.store, ["SET"], Moment(known=known))
    item_then = snapshot.positions["SET"]
    assert atp_row(item_then, item_then.sites[0])[0] == 1 + 3
    assert await free(deps, "SET") == 1 + 1


async def _now(deps: Deps) -> Any:
    return await deps.store.pool.fetchval("SELECT earmark_now()")


# Goods that expire.


async def test_goods_are_not_promised_past_their_last_day(deps: Deps):
    """A lot on hand until day 3, a receipt until day 8; the promise is decided again the same."""
    await tell(
        deps,
        lot("L1", day(3)),
        stock(6, lot="L1"),
        stock(4),
        supply(5, ahead=2, usable_until=day(8)),
        states=EVERY,
    )
    assert [await free(deps, ahead=ahead) for ahead in (0, 2, 4, 9)] == [10, 15, 9, 4]
    assert await is_replayed(deps, await quoted(deps, ask(12), ask(3, ahead=4), methods=("discrete",)))


async def test_an_event_may_bring_goods_that_expire(deps: Deps):
    """The same supply line by event, with its last day."""
    await send(deps, event(supply(5, ahead=2, usable_until=day(4))))
    assert [await free(deps, ahead=ahead) for ahead in (2, 5)] == [5, 0]


# The whole catalogue.


async def test_the_whole_catalogue_has_the_atp_of_each_ask(deps: Deps):
    """Kits, expiring lots, safety stock and an endless site among them; by sku, then site."""
    await tell(
        deps,
        item("SET"),
        kit("CUP", 2),
        lot("L1", day(3)),
        stock(6, lot="L1"),
        stock(4),
        safety(2),
        stock(9, "CUP"),
        stock(1, "SET"),
        stock(3, "CUP", site_id="COL"),
        supply(5, code="OIL", ahead=9),
        STORE,
    )
    await decide_by(deps, position({"unlimited_after_days": 20}))
    plans = [plan async for plan in plan_all(deps)]
    assert [(plan.sku, plan.rows.site_id) for plan in plans] == [
        ("CUP", "COL"),
        ("CUP", "HAM"),
        ("OIL", "HAM"),
        ("SET", "COL"),
        ("SET", "HAM"),
        ("TEA", "HAM"),
    ]
    for ahead in (0, 4, 9, 40):
        assert {sku: _atp(plans, sku, ahead) for sku in ("CUP", "OIL", "SET", "TEA")} == {
            sku: await free(deps, sku, ahead) for sku in ("CUP", "OIL", "SET", "TEA")
        }
    named = await plan_some(deps, ["TEA", "SET", "NOPE"])
    assert [plan for plan in plans if plan.sku in ("SET", "TEA")] == named


def _atp(plans: list[SitePlan], sku: str, ahead: int) -> int:
    of_item = [plan.atp[ahead] for plan in plans if plan.sku == sku]
    return max(of_item) if max(of_item) > 10**18 else sum(of_item)
