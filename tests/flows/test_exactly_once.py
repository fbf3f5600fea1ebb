"""Each (source, event id) has exactly one effect, however often, concurrently or badly it is sent."""

import asyncio
import hashlib
import logging
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from datasources import events as words
from datasources.facts import Event, EventFact
from datasources.store import inbox
from datasources.store.inbox import Arrival
from datasources.store.locks import lock_profiles
from datasources.store.unit import Contended
from resolvers.flows.deps import Deps
from resolvers.flows.receive import finish_waiting
from tests.builders import (
    NOON,
    at,
    demand,
    event,
    hold,
    item,
    leg,
    lifted,
    moved,
    outcomes,
    send,
    supply,
    tell,
)
from tests.store import books


async def test_an_event_sent_twice_in_one_request_counts_once(deps: Deps):
    """The second is a duplicate of the first."""
    once = event(moved(10))
    assert await outcomes(deps, once, once) == ["APPLIED", "DUPLICATE"]
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 10}


async def test_an_event_sent_again_counts_once(deps: Deps):
    """An answer was lost; the sender repeats itself."""
    once = event(moved(10))
    assert [await outcomes(deps, once), await outcomes(deps, once)] == [["APPLIED"], ["DUPLICATE"]]
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 10}


async def test_an_event_set_aside_stays_set_aside(deps: Deps):
    """Sent again it says so again; it is on the worklist once."""
    bad = event(moved(10, code="NOPE"))
    assert [await outcomes(deps, bad), await outcomes(deps, bad)] == [["SET_ASIDE"], ["SET_ASIDE"]]
    assert len(await books.worklist(deps.store.pool)) == 1


async def test_another_source_may_use_the_same_event_id(deps: Deps):
    """Ids are the source's own."""
    ham, col = event(moved(10), "1"), event(moved(10, site_id="COL"), "1", source="pos")
    assert await outcomes(deps, ham, col) == ["APPLIED", "APPLIED"]


async def test_the_same_id_with_other_content_is_a_conflict(deps: Deps):
    """The first stands, whether the second comes in the same request or a later one."""
    first, other = event(moved(10), "m-1"), event(moved(11), "m-1")
    assert await outcomes(deps, first, other) == ["APPLIED", "CONFLICT"]
    assert await outcomes(deps, other, first) == ["CONFLICT", "DUPLICATE"]
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 10}


async def test_five_is_five_however_it_is_written(deps: Deps):
    """5, 5.0 and 5.00 are one content, not a conflict."""
    written = [event(moved(quantity), "m-1") for quantity in ("5", "5.0", "5.00", "0.5E+1")]
    assert await outcomes(deps, *written) == ["APPLIED", "DUPLICATE", "DUPLICATE", "DUPLICATE"]


async def test_two_gateways_given_the_same_events_apply_each_once(deps: Deps, second: Deps):
    """Ten rounds of 40 events, each sent to both gateways at once, to the second in the reverse order."""
    for round_ in range(10):
        sent = [event(moved(1, code=code), f"{round_}-{n}") for n in range(20) for code in ("TEA", "CUP")]
        sent = [Event("wms", f"{each.event_id}-{at}", None, each.fact) for at, each in enumerate(sent)]
        here, there = await asyncio.gather(outcomes(deps, *sent), outcomes(second, *reversed(sent)))
        assert sorted([*here, *there]) == ["APPLIED"] * 40 + ["DUPLICATE"] * 40
    pool = deps.store.pool
    assert await books.on_hand(pool, "TEA") == await books.on_hand(pool, "CUP") == {("HAM", "available"): 200}
    assert await pool.fetchval("SELECT count(*) FROM stock_move") == 400


async def test_gateways_busy_with_the_same_items_lose_nothing(deps: Deps, second: Deps):
    """Eight requests at once over the same items, lines and kinds of fact, each in another order."""
    facts: list[EventFact] = [
        moved(1),
        moved(1, code="CUP"),
        supply(5),
        supply(5, "PO-2", code="CUP"),
        demand(3),
        hold(1),
    ]
    facts += [demand(3, "2", code="CUP"), moved(1, "receipt", line_id="PO-1"), lifted("nobody")]
    turned = [(facts[n:] + facts[:n])[:: 1 if n % 3 else -1] for n in range(8)]
    requests = [[event(fact) for fact in order] for order in turned]
    told = await asyncio.gather(
        *(outcomes(gateway, *sent) for gateway, sent in zip([deps, second] * 4, requests, strict=True))
    )
    assert [outcomes_.count("SET_ASIDE") for outcomes_ in told] == [1] * 8
    pool = deps.store.pool
    assert await books.on_hand(pool, "TEA") == {("HAM", "available"): 16}
    assert await books.on_hand(pool, "CUP") == {("HAM", "available"): 8}


async def test_two_sources_claiming_one_site_at_once_do_not_both_own_it(deps: Deps, second: Deps):
    """One of the two is set aside, in every round."""
    for round_ in range(8):
        await deps.store.pool.execute("DELETE FROM owner")
        wms = outcomes(deps, event(moved(1, code="TEA"), f"{round_}"))
        pos = outcomes(second, event(moved(1, code="CUP"), f"{round_}", source="pos"))
        told = [outcome for outcomes_ in await asyncio.gather(wms, pos) for outcome in outcomes_]
        assert sorted(told) == ["APPLIED", "SET_ASIDE"]


async def test_two_sources_telling_one_order_line_at_once_do_not_both_count(deps: Deps, second: Deps):
    """Of the same order line there is one, even where the two name other items."""
    for round_ in range(8):
        oms = outcomes(deps, event(demand(3, order_id=f"SO-{round_}"), source="oms"))
        shop = outcomes(second, event(demand(3, order_id=f"SO-{round_}", code="CUP"), source="shop"))
        told = [outcome for outcomes_ in await asyncio.gather(oms, shop) for outcome in outcomes_]
        assert sorted(told) == ["APPLIED", "SET_ASIDE"]
    assert (
        await deps.store.pool.fetchval("SELECT count(*) FROM demand_line WHERE recorded_until IS NULL") == 8
    )


def arrived(sent: Event, received_at: datetime = NOON) -> Arrival:
    """The event as the inbox keeps it."""
    content = words.encode(sent)
    content_hash = hashlib.sha256(content.encode()).hexdigest()
    return Arrival(sent.source, sent.event_id, content, content_hash, "tester", "", received_at)


async def take_in(deps: Deps, *arrivals: Arrival) -> None:
    """The events are durable, and the process dies before any effect."""
    async with deps.store.writing() as tx:
        await inbox.take_in(tx, arrivals)


async def test_events_whose_process_died_between_are_finished(deps: Deps):
    """In the order they came in: the hold is set before it is lifted, whatever the names of the events."""
    sent = [event(hold(10), "z"), event(lifted(quantity=4), "a"), event(moved(7), "m")]
    await take_in(deps, *map(arrived, sent))
    assert await books.on_hand(deps.store.pool) == {}
    assert await finish_waiting(deps) == 3
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 7}
    assert await books.open_lines(deps.store.pool, "hold") == {"H1": 6}
    assert await finish_waiting(deps) == 0


async def test_two_gateways_finishing_at_once_apply_each_once(deps: Deps, second: Deps):
    """Both start after the same crash."""
    await take_in(deps, *(arrived(event(moved(1))) for _ in range(600)))
    await asyncio.gather(finish_waiting(deps), finish_waiting(second))
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 600}


async def test_an_event_finished_late_is_as_of_when_it_came(deps: Deps):
    """It says no instant of its own; what was said after it came is newer."""
    await take_in(deps, arrived(event(supply(40)), at(-2)))
    await send(deps, event(supply(25), occurred_at=at(-1)))
    await finish_waiting(deps)
    assert await books.open_lines(deps.store.pool, "supply_line") == {"PO-1": 25}


async def test_an_event_sent_again_before_it_is_finished_has_its_effect(deps: Deps):
    """The sender repeats what died on the way; the effect comes with the repetition."""
    sent = event(moved(7))
    await take_in(deps, arrived(sent))
    assert await outcomes(deps, sent) == ["DUPLICATE"]
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): 7}


BAD: dict[str, EventFact] = {
    "an unknown item": moved(1, code="NOPE"),
    "an unknown site": moved(1, site_id="MARS"),
    "half a piece": moved("0.5"),
    "no quantity at all": moved("NaN"),
    "endless stock": moved("Infinity"),
    "more than there is": moved("1e30"),
    "nothing": moved(0),
    "no legs": moved(0, legs=()),
    "too many legs": moved(0, legs=tuple(leg(1) for _ in range(101))),
    "an unknown cause": moved(1, "magic"),
    "a name of nothing": supply(1, "  "),
    "a name with a NUL": supply(1, "PO\0"),
    "an item with a NUL": moved(1, code="TEA\0"),
    "a site with a NUL": moved(1, site_id="HAM\0"),
    "a channel with a NUL": demand(1, channel="web\0"),
    "a lot with a line break": moved(1, legs=(leg(1, lot="L\n1"),)),
    "a bell in a hold": lifted("H\a"),
    "half a character": hold(1, reason="\ud800"),
    "a name that is a novel": supply(1, "P" * 201),
    "an item that is a novel": moved(1, code="\N{OX}" * 100_000),
    "a status that is a novel": moved(1, legs=(leg(1, status="s" * 41),)),
    "a lot and a bin of wide letters": moved(1, legs=(leg(1, lot="\N{OX}" * 200, bin="\N{OX}" * 200),)),
    "a hold on nothing": hold(None),
    "a hold that ends before it starts": hold(1, starts=NOON.date(), until=NOON.date()),
    "less than nothing to come": supply(-1),
    "an order of an unknown channel": demand(1, channel="moon"),
    "a year that is no plan": supply(1, ahead=4_000),
}


async def test_a_bad_event_is_set_aside_and_the_others_applied(deps: Deps):
    """Every bad one says why and is on the worklist; the good one between each two has its effect."""
    sent = [each for bad in BAD.values() for each in (event(bad), event(moved(1)))]
    told = await send(deps, *sent)
    assert [receipt.outcome for receipt in told] == ["SET_ASIDE", "APPLIED"] * len(BAD)
    assert all(receipt.reason for receipt in told[::2])
    assert await books.on_hand(deps.store.pool) == {("HAM", "available"): len(BAD)}
    assert len(await books.worklist(deps.store.pool)) == len(BAD)
    assert await finish_waiting(deps) == 0


async def test_an_unknown_code_is_answered_with_the_two_nearest(deps: Deps):
    """A1O0, with a letter O, may be A-100 or A-101."""
    await tell(deps, item("A-100"), item("A-101"), item("B-200"))
    [receipt] = await send(deps, event(moved(1, code="A1O0")))
    assert "Nearest: A-101, A-100." in str(receipt.reason)


@pytest.mark.parametrize("name", ["", "e\0", "e" * 201, "\N{OX}" * 60, "\ud800"])
async def test_an_event_whose_id_cannot_be_kept_is_set_aside(deps: Deps, name: str):
    """The others of its request are taken; the worklist names it as far as it can be named."""
    told = await send(
        deps, Event("wms", name, None, moved(1)), Event(name, "1", None, moved(1)), event(moved(1))
    )
    assert [receipt.outcome for receipt in told] == ["SET_ASIDE", "SET_ASIDE", "APPLIED"]
    assert told[0].event_id == name
    assert len(await books.worklist(deps.store.pool)) == 2


async def test_an_instant_without_an_offset_is_set_aside(deps: Deps):
    """Noon is not an instant."""
    [receipt] = await send(deps, event(moved(1), occurred_at=NOON.replace(tzinfo=None)))
    assert (receipt.outcome, "UTC" in str(receipt.reason)) == ("SET_ASIDE", True)


async def test_an_event_that_breaks_the_books_does_not_hold_up_the_rest(deps: Deps, caplog):
    """Sums beyond 64 bits: PostgreSQL refuses the whole transaction, so each event is tried alone."""
    legs = tuple(leg(10**15, bin="B") for _ in range(100))
    full = [event(moved(0, legs=legs)) for _ in range(92)]
    assert await outcomes(deps, *full) == ["APPLIED"] * 92
    with caplog.at_level(logging.CRITICAL):
        told = await send(deps, event(moved(1)), event(moved(0, legs=legs)), event(moved(2)))
    assert [receipt.outcome for receipt in told] == ["APPLIED", "SET_ASIDE", "APPLIED"]
    assert (await books.worklist(deps.store.pool))[0][0] == "event set aside"
    assert await finish_waiting(deps) == 0


async def wait_a_millisecond_for(deps: Deps, sku: str) -> None:
    async with deps.store.writing() as tx:
        await tx.execute(text("SET LOCAL lock_timeout = 1"))
        await lock_profiles(tx, [sku])


async def test_who_waits_too_long_for_an_item_is_told_to_try_again(deps: Deps, second: Deps):
    """Nothing is wrong with the events: another writer holds the item."""
    async with deps.store.writing() as holder:
        await lock_profiles(holder, ["TEA"])
        with pytest.raises(Contended) as refused:
            await wait_a_millisecond_for(second, "TEA")
    assert (refused.value.code, refused.value.retryable) == ("STORE_UNAVAILABLE", True)


@pytest.mark.parametrize(
    "fact", [moved(5), supply(5), demand(5), hold(5), lifted(quantity=5), hold(None, lots=("L",))]
)
def test_an_event_is_read_from_the_inbox_as_it_was_sent(fact):
    """What is applied after a crash is what came in before it."""
    sent = Event("wms", "1", NOON, fact)
    assert words.decode("wms", "1", words.encode(sent)) == sent


def test_digits_are_kept_to_the_last():
    """The inbox rounds nothing."""
    many = Decimal("0.1234567890123456789012345678901234567")
    sent = Event("wms", "1", None, moved(str(many)))
    assert words.decode("wms", "1", words.encode(sent)) == sent
