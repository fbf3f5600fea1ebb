"""Positions of an item at a site: nothing is lost in parting, and no unit is promised to two channels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.asked import AskLine, LineAnswer
from rules.company import Policy, Sourcing, SupplyChoice
from rules.model import Commitment, SafetyStock, SiteStock
from rules.parts import parts_of
from rules.position import SitePosition, prepare
from rules.promise import Asker, decide
from tests.builders import NOON, TODAY, World, day, held, on_hand, owed, policy, profile, receipt
from tests.rules.profile import quick

DAYS = 6
CHANNELS = ("web", "marketplace", "contract")
POSITIONS = ("own", "consignment", "drop_ship")
Users = Mapping[str, frozenset[str] | None]
"""By ownership the channels that may use such goods; None is every channel."""


def parting(users: Users, from_days: int = 0, **more: object) -> Policy:
    """Each owner's goods in a position of their own; drop-ship on hand counts from some days on."""

    def choice(kind: str, ownership: str, _firmness: str, _days_overdue: int) -> SupplyChoice:
        first = from_days if (kind, ownership) == ("on_hand", "drop_ship") else 0
        return SupplyChoice(users[ownership], ownership, first)

    return replace(policy(horizon_days=DAYS), supply=choice, positions=POSITIONS, **more)  # type: ignore[arg-type]


def rows_of(stock: SiteStock, rules: Policy) -> tuple[SitePosition, ...]:
    return prepare(profile(stock), World(policy=rules).setup, NOON).sites


def answered(stock: SiteStock, rules: Policy, channel: str, quantity: int, ahead: int) -> LineAnswer:
    item = prepare(profile(stock), World(policy=rules).setup, NOON)
    asker = Asker(channel, lambda _site, _item_class: Sourcing())
    [answer] = decide([AskLine(0, "TEA", quantity, day(ahead))], {"TEA": item}, (), asker)
    assert isinstance(answer, LineAnswer)
    return answer


NOT_FOR_THE_MARKETPLACE: Users = {
    "own": None,
    "consignment": frozenset({"web", "contract"}),
    "drop_ship": frozenset({"web", "marketplace"}),
}
OURS_AND_OTHERS = SiteStock(
    "HAM", (on_hand(10), on_hand(5, ownership="consignment"), on_hand(20, ownership="drop_ship"))
)


def test_fifteen_today_and_thirty_five_on_day_3_for_the_web_and_ten_for_the_marketplace():
    rules = parting(NOT_FOR_THE_MARKETPLACE, from_days=3)

    def can(channel: str, ahead: int) -> int:
        return answered(OURS_AND_OTHERS, rules, channel, 1, ahead).atp_wanted

    assert [can("web", ahead) for ahead in (0, 2, 3)] == [15, 15, 35]
    assert [can("marketplace", ahead) for ahead in (0, 2, 3)] == [10, 10, 30]
    assert [can("contract", ahead) for ahead in (0, 3)] == [15, 15]


def test_positions_are_taken_in_their_order_and_named():
    rules = parting(NOT_FOR_THE_MARKETPLACE, from_days=3)
    parts = answered(OURS_AND_OTHERS, rules, "web", 40, 0).schedule
    assert [(part.position, part.quantity, part.day) for part in parts] == [
        ("own", 10, TODAY),
        ("consignment", 5, TODAY),
        ("drop_ship", 20, day(3)),
    ]


TWO = {"own": None, "consignment": frozenset({"web"}), "drop_ship": frozenset({"web"})}


def two(own: int, consigned: int, *lines: Commitment, **more: object) -> SiteStock:
    goods = (on_hand(own), on_hand(consigned, ownership="consignment"))
    return SiteStock("HAM", goods, commitments=lines, **more)  # type: ignore[arg-type]


def web_and_marketplace(stock: SiteStock) -> tuple[int, int]:
    web, marketplace = (
        answered(stock, parting(TWO), channel, 1, 0).atp_wanted for channel in ("web", "marketplace")
    )
    return web, marketplace


def test_an_order_moves_on_to_goods_that_only_its_channel_may_use():
    """Ten for the web today, ten for the marketplace tomorrow, ten of each: all are served, none is free."""
    stock = two(10, 10, owed(10, 0), owed(10, 1, channel="marketplace"))
    parts = parts_of(stock, parting(TWO), TODAY)
    assert [[(line.channel, line.quantity) for line in part.commitments] for part in parts] == [
        [("marketplace", 10)],
        [("web", 10)],
    ]
    assert web_and_marketplace(stock) == (0, 0)


def test_held_goods_serve_no_order():
    """Our own ten are held, so the five owed come off the ten consigned."""
    assert web_and_marketplace(two(10, 10, owed(5, 0), holds=(held(10),))) == (5, 0)


def test_an_order_leaves_safety_stock_alone_where_other_goods_serve_it():
    assert web_and_marketplace(two(10, 10, owed(5, 0), safety_stock=(SafetyStock(date.min, 10),))) == (5, 0)


def test_what_cannot_be_served_in_time_is_owed_of_what_comes_first():
    """Five are owed today and nothing is here; of the ten consigned ones of day 3 five are left."""
    coming = (receipt(10, 3, ownership="consignment"), receipt(1, 4))
    stock = SiteStock("HAM", receipts=coming, commitments=(owed(5, 0),))
    assert answered(stock, parting(TWO), "web", 20, 0).atp_wanted == 0
    assert [(part.day, part.quantity) for part in answered(stock, parting(TWO), "web", 20, 0).schedule] == [
        (day(3), 5),
        (day(4), 1),
    ]


def test_a_line_laid_in_pieces_is_owed_once():
    """Three of it today and four late, all of our own: one commitment of seven."""
    stock = SiteStock(
        "HAM",
        (on_hand(3), on_hand(0, ownership="consignment")),
        receipts=(receipt(4, 2),),
        commitments=(owed(7, 0),),
    )
    parts = parts_of(stock, parting(TWO), TODAY)
    assert [[line.quantity for line in part.commitments] for part in parts] == [[7], []]


# Laws, over random goods, users and orders.

QUANTITY = st.integers(0, 5)
OWNER = st.sampled_from(POSITIONS)
SOME = st.frozensets(st.sampled_from(CHANNELS), min_size=1)
USERS = st.fixed_dictionaries({"own": st.none() | SOME, "consignment": SOME, "drop_ship": SOME})
LINES = st.lists(st.tuples(QUANTITY, st.integers(-1, DAYS - 1), st.sampled_from(CHANNELS)), max_size=4).map(
    lambda lines: tuple(
        owed(quantity, ahead, channel=channel, line_id=str(number))
        for number, (quantity, ahead, channel) in enumerate(lines)
    )
)
STOCKS = st.builds(
    lambda goods, coming, lines: SiteStock(
        "HAM",
        tuple(on_hand(quantity, ownership=owner) for quantity, owner in goods),
        receipts=tuple(
            receipt(quantity, ahead, ownership=owner, line_id=f"R{number}")
            for number, (quantity, ahead, owner) in enumerate(coming)
        ),
        commitments=lines,
    ),
    st.lists(st.tuples(QUANTITY, OWNER), max_size=4),
    st.lists(st.tuples(QUANTITY, st.integers(0, DAYS - 1), OWNER), max_size=3),
    LINES,
)
KEPT = st.lists(
    st.builds(SafetyStock, st.integers(-1, DAYS).map(day), QUANTITY), max_size=2, unique_by=lambda s: s.starts
).map(tuple)
HOLDS = st.lists(
    st.builds(held, st.integers(1, 6), until=st.none() | st.integers(1, 4).map(day)), max_size=2
).map(tuple)


@quick
@given(STOCKS, USERS, KEPT, HOLDS)
def test_what_stands_in_the_parts_adds_up_to_the_stock(stock, users, kept, holds):
    """Goods, receipts, every line of orders, quantity held, and safety stock of each date."""
    stock = replace(stock, safety_stock=kept, holds=holds)
    parts = parts_of(stock, parting(users), TODAY)

    def everywhere(rows: str) -> list[object]:
        return sorted((row for part in parts for row in getattr(part, rows)), key=repr)

    assert everywhere("on_hand") == sorted(stock.on_hand, key=repr)
    assert everywhere("receipts") == sorted(stock.receipts, key=repr)
    assert sum(hold.quantity or 0 for part in parts for hold in part.holds) == sum(
        hold.quantity or 0 for hold in holds
    )
    for line in stock.commitments:
        pieces = [each for part in parts for each in part.commitments if each.line_id == line.line_id]
        assert sum(each.quantity for each in pieces) == line.quantity
        assert {replace(each, quantity=line.quantity) for each in pieces} <= {line}
    for number, step in enumerate(kept):
        steps = [part.safety_stock[number] for part in parts]
        assert {each.starts for each in steps} == {step.starts}
        assert sum(each.quantity for each in steps) == step.quantity


@quick
@given(STOCKS, USERS, KEPT)
def test_safety_stock_is_kept_once(stock, users, kept):
    """Of all positions together as much as of the stock in one piece."""
    rows = rows_of(replace(stock, safety_stock=kept), parting(users))
    whole = rows_of(replace(stock, safety_stock=kept), policy(horizon_days=DAYS))[0]
    assert [sum(cells) for cells in zip(*(each.withheld for each in rows), strict=True)] == [*whole.withheld]


@quick
@given(STOCKS, USERS, st.integers(1, 6))
def test_a_hold_by_quantity_blocks_once(stock, users, quantity):
    """As much as it names, or all there is, of all positions together."""
    rules = parting(users)
    before, after = (
        sum(each.usable[0] for each in rows_of(replace(stock, holds=holds), rules))
        for holds in ((), (held(quantity),))
    )
    assert after == max(0, before - quantity)


def unserved(stock: SiteStock, users: Users, lines: Iterable[Commitment], *, late: bool) -> int:
    """Units owed that no unit of goods can be matched with, found by trying every exchange, unit by unit.

    `late` ones may be served on any day.
    """
    goods = [(0, row.ownership) for row in stock.on_hand for _ in range(row.quantity)]
    goods += [(max(0, (r.day - TODAY).days), r.ownership) for r in stock.receipts for _ in range(r.quantity)]
    units = [
        (DAYS if late else max(0, (line.day - TODAY).days), line.channel)
        for line in lines
        for _ in range(line.quantity)
    ]
    taken: dict[int, int] = {}

    def fits(unit: int, good: int) -> bool:
        (by, channel), (here, owner) = units[unit], goods[good]
        may = users[owner]
        return here <= by and (may is None or channel in may)

    def placed(unit: int, tried: set[int]) -> bool:
        for good in range(len(goods)):
            if good not in tried and fits(unit, good):
                tried.add(good)
                if good not in taken or placed(taken[good], tried):
                    taken[good] = unit
                    return True
        return False

    return sum(not placed(unit, set()) for unit in range(len(units)))


ASKS = st.lists(
    st.tuples(st.sampled_from(CHANNELS), st.integers(1, 20), st.integers(0, DAYS - 1)), min_size=1, max_size=3
)


def promised(stock: SiteStock, rules: Policy, asks: Sequence[tuple[str, int, int]]) -> list[Commitment]:
    """What the asks get one after the other, each promise being owed before the next is answered."""
    given: list[Commitment] = []
    for number, (channel, quantity, ahead) in enumerate(asks):
        now = replace(stock, commitments=(*stock.commitments, *given))
        for part in answered(now, rules, channel, quantity, ahead).schedule:
            in_days = (part.day - TODAY) // timedelta(days=1)
            line = owed(
                part.quantity, in_days, channel=channel, order_id="P", line_id=f"{number}/{len(given)}"
            )
            given.append(line)
    return given


@quick
@given(STOCKS, USERS, ASKS)
def test_no_promise_makes_what_was_owed_before_unservable(stock, users, asks):
    """Orders and promises together leave no unit more unserved, on their days or at all, than before."""
    given_out = promised(stock, parting(users), asks)
    for late in (False, True):
        before = unserved(stock, users, stock.commitments, late=late)
        assert unserved(stock, users, [*stock.commitments, *given_out], late=late) <= before


@quick
@given(STOCKS, USERS, st.sampled_from(CHANNELS))
def test_a_channel_gets_no_more_than_others_leave(stock, users, channel):
    """Of all it may use, by the last day, no more than is not owed to anybody else who needs it."""
    rules = parting(users)
    last = DAYS - 1
    most = answered(stock, rules, channel, 1, last).atp_wanted
    before = unserved(stock, users, stock.commitments, late=True)
    assert (
        unserved(stock, users, [*stock.commitments, owed(most, last, channel=channel)], late=True) == before
    )


EVERYBODY: Users = dict.fromkeys(POSITIONS)


@quick
@given(STOCKS, KEPT)
def test_goods_on_hand_that_everybody_may_use_are_free_as_if_they_were_one(stock, kept):
    """Whatever is owed on whatever day, in the sum over positions."""
    stock = replace(stock, receipts=(), safety_stock=kept[:1])
    whole = rows_of(stock, replace(parting(EVERYBODY), supply=lambda *_: SupplyChoice()))[0]
    rows = rows_of(stock, parting(EVERYBODY))
    assert [sum(cells) for cells in zip(*(each.free for each in rows), strict=True)] == [*whole.free]


@quick
@given(STOCKS)
def test_goods_that_everybody_may_use_are_never_more_for_being_parted(stock):
    """And on the last day, when all has come, exactly as much."""
    whole = rows_of(stock, replace(parting(EVERYBODY), supply=lambda *_: SupplyChoice()))[0]
    rows = rows_of(stock, parting(EVERYBODY))
    summed = [sum(cells) for cells in zip(*(each.free for each in rows), strict=True)]
    assert all(part <= one for part, one in zip(summed, whole.free, strict=True))
    assert summed[-1] == whole.free[-1]
