"""Kits: finished ones first, then sets of what their components allow, at one site."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import kits
from rules.asked import AskLine, LineAnswer, LineOutcome
from rules.atp import UNLIMITED
from rules.item_explanation import explain_item
from rules.model import Commitment, KitOrders, KitPart, Other, Profile, SiteStock
from rules.position import ItemPosition, prepare, together
from rules.promise import decide
from tests.builders import NOON, World, day, held, on_hand, owed, policy, profile, receipt
from tests.rules.profile import quick

WORLD = World(policy=policy(horizon_days=6))
PARTS = (KitPart("A", 2), KitPart("B", 3))


def stocked(sku: str, quantity: int, site_id: str = "HAM", **more) -> Profile:
    return profile(SiteStock(site_id, (on_hand(quantity),), **more), sku=sku)


def kit(finished: int = 0, parts: tuple[KitPart, ...] = PARTS, **more) -> Profile:
    sites = (SiteStock("HAM", (on_hand(finished),), **more),) if finished or more else ()
    return Profile("KIT", "EA", 0, sites, parts)


def prepared(*profiles: Profile, world: World = WORLD) -> dict[str, ItemPosition]:
    return dict(together({item.sku: prepare(item, world.setup, NOON) for item in profiles}))


def served(positions: dict[str, ItemPosition], *lines: tuple[str, int]) -> list[LineAnswer]:
    asked = [AskLine(number, sku, quantity, day(0)) for number, (sku, quantity) in enumerate(lines)]
    return [an_answer(outcome) for outcome in decide(asked, positions)]


def an_answer(outcome: LineOutcome) -> LineAnswer:
    assert isinstance(outcome, LineAnswer)
    return outcome


def parts(answer: LineAnswer) -> list[tuple[int, str, int]]:
    return [((part.day - day(0)).days, part.site_id, part.quantity) for part in answer.schedule]


def test_finished_kits_and_the_sets_of_the_scarcest_part_are_promised():
    """One is finished; nine of A make four pairs, ten of B three triples: four."""
    [answer] = served(prepared(kit(1), stocked("A", 9), stocked("B", 10)), ("KIT", 9))
    assert (answer.atp_wanted, answer.open) == (4, 5)


def test_a_cart_of_kits_and_a_part_is_served_from_what_the_kits_leave():
    """Four kits: one finished, three sets, six of A. Of the four A asked for then, three are left."""
    kits_line, parts_line = served(prepared(kit(1), stocked("A", 9), stocked("B", 10)), ("KIT", 4), ("A", 4))
    assert (parts(kits_line), kits_line.open) == ([(0, "HAM", 4)], 0)
    assert (parts_line.atp_wanted, parts(parts_line), parts_line.open) == (3, [(0, "HAM", 3)], 1)


def test_the_part_asked_for_first_leaves_fewer_sets():
    """Four of A are gone: five of A are two sets and one over."""
    _, kits_line = served(prepared(kit(1), stocked("A", 9), stocked("B", 10)), ("A", 4), ("KIT", 4))
    assert (kits_line.atp_wanted, kits_line.open) == (3, 1)


def test_two_kits_that_share_a_part_share_it():
    """Six of A: two of the one kit take four, so the other finds one pair."""
    other = Profile("OTHER", "EA", 0, (), (KitPart("A", 2),))
    positions = prepared(kit(parts=(KitPart("A", 2),)), other, stocked("A", 6))
    assert [answer.open for answer in served(positions, ("KIT", 2), ("OTHER", 2))] == [0, 1]


def test_sets_wait_for_the_part_that_comes_last():
    """Two sets now; four B on day 3 make a third one, ten A on day 1 none."""
    positions = prepared(
        kit(),
        stocked("A", 4, receipts=(receipt(10, 1),)),
        stocked("B", 6, receipts=(receipt(4, 3),)),
    )
    [answer] = served(positions, ("KIT", 3))
    assert (parts(answer), answer.earliest) == ([(0, "HAM", 2), (3, "HAM", 1)], day(3))


def test_a_kit_is_put_together_at_one_site():
    """All of A is in one place and all of B in another: nothing can be put together."""
    [answer] = served(prepared(kit(), stocked("A", 9), stocked("B", 9, "COL")), ("KIT", 1))
    assert (answer.atp_wanted, answer.open) == (0, 1)


def test_finished_kits_are_promised_where_no_parts_are_known():
    """The kit lies in HAM; its parts only in COL, where sets are made."""
    positions = prepared(kit(2), stocked("A", 2, "COL"), stocked("B", 3, "COL"))
    [answer] = served(positions, ("KIT", 9))
    assert parts(answer) == [(0, "COL", 1), (0, "HAM", 2)]


def test_orders_of_a_kit_that_finished_ones_cannot_cover_are_owed_by_its_parts():
    """Three ordered, one finished: two sets take four of A, so five of nine are left to promise."""
    ordered = SiteStock("HAM", (on_hand(1),), commitments=(owed(3, 2),))
    part = Profile("A", "EA", 0, (SiteStock("HAM", (on_hand(9),)),), (), (KitOrders("KIT", 2, (ordered,)),))
    rows = prepare(part, WORLD.setup, NOON).sites[0]
    assert rows.free == (5,) * 6
    assert rows.commitments == (0, 0, 4, 0, 0, 0)


def test_later_orders_of_the_kit_add_only_what_is_missing_more():
    """One finished and one more on day 1: of two owed today and two on day 3 one set is missing, then two."""
    ordered = SiteStock(
        "HAM",
        (on_hand(1),),
        receipts=(receipt(1, 1),),
        commitments=(owed(2, 0), owed(2, 3)),
    )
    part = Profile("A", "EA", 0, (SiteStock("HAM", (on_hand(9),)),), (), (KitOrders("KIT", 2, (ordered,)),))
    assert prepare(part, WORLD.setup, NOON).sites[0].commitments == (2, 0, 0, 2, 0, 0)


def test_a_part_owed_for_kits_where_there_is_none_of_it_is_short():
    """The site appears among its rows, with the debt."""
    ordered = SiteStock("COL", commitments=(owed(1, 0),))
    part = Profile("A", "EA", 0, (), (), (KitOrders("KIT", 2, (ordered,)),))
    item = prepare(part, WORLD.setup, NOON)
    assert [(rows.site_id, rows.margin[0]) for rows in item.sites] == [("COL", -2)]
    assert [line.kit for stock, _ in item.with_stock() for line in stock.commitments] == ["KIT"]


def test_the_explanation_names_the_part_that_limits():
    """Nine of A allow four sets, ten of B three: B limits, and eight held B would make one more set."""
    held_b = stocked("B", 18, holds=(held(8),))
    item = prepared(kit(1), stocked("A", 9), held_b)["KIT"]
    [site] = explain_item(item, WORLD.setup, NOON, day(0))
    assert site.kit is not None
    assert (site.free, site.kit.finished, site.kit.sets) == (4, 1, 3)
    assert [(part.sku, part.sets, part.limits) for part in site.kit.parts] == [
        ("A", 4, False),
        ("B", 3, True),
    ]
    assert [(change.kind, change.what, change.gain) for change in site.earlier] == [
        ("lift_hold", "lift hold quality (B)", 1)
    ]


def test_a_part_nobody_knows_allows_no_set():
    """Its profile is not there, so none of it is."""
    [answer] = served(prepared(kit(1), stocked("A", 9)), ("KIT", 2))
    assert (answer.atp_wanted, answer.open) == (1, 1)


def test_parts_without_limit_limit_nothing_and_kits_without_limit_are_said_so():
    """After the lead time of two days any number of sets can be had; the schedule says on what it rests."""
    world = World(policy=policy(horizon_days=6, infinite_after_days=2))
    [answer] = served(prepared(kit(1), stocked("A", 4), stocked("B", 3), world=world), ("KIT", 50))
    assert [(part.quantity, part.label) for part in answer.schedule] == [(2, "supply"), (48, "lead_time")]
    assert answer.earliest == day(3)


@pytest.mark.parametrize(
    ("finished", "sets", "both"),
    [([2], [3], 5), ([0], [3], 3), ([2], [-4], 2), ([0], [-4], -4), ([2], [UNLIMITED], UNLIMITED)],
)
def test_finished_kits_stand_beside_sets(finished, sets, both):
    """What parts owe is no debt of finished kits."""
    assert kits.with_finished(finished, sets) == [both]


QUANTITY = st.integers(0, 20)


@quick
@given(st.integers(0, 3), QUANTITY, QUANTITY, st.integers(1, 12), st.integers(1, 12))
def test_a_cart_never_takes_more_than_there_is(finished, a, b, wanted_kits, wanted_a):
    """What two lines got of kits and of A adds up to no more A and B than lay there."""
    positions = prepared(kit(finished), stocked("A", a), stocked("B", b))
    got_kits, got_a = (
        sum(part.quantity for part in answer.schedule)
        for answer in served(positions, ("KIT", wanted_kits), ("A", wanted_a))
    )
    sets = max(0, got_kits - finished)
    assert 2 * sets + got_a <= a
    assert 3 * sets <= b
    assert got_kits == min(wanted_kits, finished + min(a // 2, b // 3))


Owing = Callable[[dict[str, list[Commitment]]], dict[str, Profile]]
RATIOS = st.sampled_from([Fraction(1), Fraction(2), Fraction(3, 2)])
COMING = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), max_size=2)
STOCK = st.tuples(QUANTITY, COMING)


def with_receipts(sku: str, stock: tuple[int, list[tuple[int, int]]], *more: Commitment) -> Profile:
    there, coming = stock
    receipts = tuple(receipt(units, ahead) for units, ahead in coming if units)
    return profile(SiteStock("HAM", (on_hand(there),), receipts=receipts, commitments=more), sku=sku)


def a_kit_may_take(stocks: dict[str, tuple[int, list[tuple[int, int]]]], others: tuple[Other, ...]) -> Owing:
    """Each item's profile once it owes the commitments given, B being replaced by the others."""

    def profiles(taken: dict[str, list[Commitment]]) -> dict[str, Profile]:
        made = {sku: with_receipts(sku, stock, *taken.get(sku, ())) for sku, stock in stocks.items()}
        return {**made, "B": replace(made["B"], instead=others)}

    return profiles


@quick
@given(
    st.fixed_dictionaries(dict.fromkeys("ABCD", STOCK)),
    st.tuples(*(st.builds(Other, st.just(sku), RATIOS, st.integers(1, 3)) for sku in "CD")),
    st.tuples(st.integers(1, 15), st.sampled_from([1, 1, 4])),
)
def test_sets_with_parts_replaced_leave_every_later_day_whole(stocks, others, asked):
    """What the answer takes of each item, on its day, is there and stays there for what is owed."""
    profiles = a_kit_may_take(stocks, others)
    quantity, pack = asked
    positions = prepared(kit(), *profiles({}).values())
    [outcome] = decide([AskLine(0, "KIT", quantity, day(0), pack=pack)], positions)
    taken: dict[str, list[Commitment]] = {}
    for number, part in enumerate(an_answer(outcome).schedule):
        sets = [(each.sku, each.quantity) for each in part.made_of]
        for sku, units in sets or [(each.sku, each.per * part.quantity) for each in PARTS]:
            ahead = (part.day - day(0)).days
            taken.setdefault(sku, []).append(owed(units, ahead, order_id=f"SO-{number}"))
    for item in profiles(taken).values():
        [rows] = prepare(item, WORLD.setup, NOON).sites
        assert min(rows.margin) >= 0
    filled = sum(part.quantity for part in an_answer(outcome).schedule)
    assert (filled % pack, filled + an_answer(outcome).open >= quantity) == (0, True)
