"""Goods that expire, promised through the product's own path: positions, carts, schedules, explanations."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.asked import AskLine, LineAnswer
from rules.explanation import explain_site
from rules.lots import LotPlan, parcels_expected, parcels_on_hand
from rules.model import Commitment, OnHand, SafetyStock, SiteStock
from rules.position import ItemPosition, SitePosition, prepare
from rules.promise import decide
from tests.builders import NOON, TODAY, World, day, held, on_hand, owed, policy, profile, receipt
from tests.rules.profile import quick

DAYS = 6
WORLD = World(policy=policy(horizon_days=DAYS))


def item(*rows: OnHand, **more) -> ItemPosition:
    return prepare(profile(SiteStock("HAM", rows, **more)), WORLD.setup, NOON)


def lot(quantity: int, last: int | None, name: str = "L") -> OnHand:
    return on_hand(quantity, lot=name, usable_until=None if last is None else day(last))


def drawn(*rows: OnHand, **more) -> SitePosition:
    return item(*rows, **more).sites[0]


def cart(position: ItemPosition, *asked: tuple[int, int]) -> list[LineAnswer]:
    """The answers to lines of (quantity, days ahead)."""
    lines = [AskLine(number, "TEA", quantity, day(ahead)) for number, (quantity, ahead) in enumerate(asked)]
    return [outcome for outcome in decide(lines, {"TEA": position}) if isinstance(outcome, LineAnswer)]


def parts(answer: LineAnswer) -> list[tuple[int, int]]:
    return [((part.day - TODAY).days, part.quantity) for part in answer.schedule]


def test_goods_are_not_promised_past_their_last_day():
    """Six are good until tomorrow, four for ever."""
    assert drawn(lot(6, 1), lot(4, None, "")).free == (10, 10, 4, 4, 4, 4)


def test_a_receipt_expires_as_goods_on_hand_do():
    """Five come on day 2 and are good until day 3."""
    coming = (receipt(5, 2, usable_until=day(3)),)
    assert drawn(on_hand(3), receipts=coming).free == (3, 3, 8, 8, 3, 3)


def test_goods_past_their_last_day_are_there_and_not_promised():
    """They stand in the explanation with the reason."""
    position = item(lot(6, -1), on_hand(4))
    [(stock, rows)] = position.with_stock()
    told = explain_site(stock, rows, WORLD.policy, TODAY)
    assert (rows.usable[0], rows.free[0]) == (10, 4)
    assert [(reason.counted, reason.why) for reason in told.on_hand] == [
        (False, f"expired: usable until {day(-1)}"),
        (True, "counted"),
    ]
    assert (told.binding.net_position, told.binding.expired, told.binding.margin) == (10, 6, 4)


def test_an_ask_that_waits_finds_what_has_expired_gone():
    """Ten today; wanted the day after the six expire, four are left and six stay open."""
    position = item(lot(6, 1), on_hand(4))
    [today], [later] = cart(position, (10, 0)), cart(position, (10, 2))
    assert (parts(today), today.open) == ([(0, 10)], 0)
    assert (parts(later), later.open) == ([(2, 4)], 6)


def test_a_cart_is_served_earliest_expiry_first():
    """The first line takes five of the six that expire, so the second still finds all four that keep."""
    first, second = cart(item(lot(6, 1), on_hand(4)), (5, 0), (9, 2))
    assert (first.open, parts(second), second.open) == (0, [(2, 4)], 5)


def test_a_later_line_may_be_wanted_earlier():
    """Four promised for day 3 leave the six that expire, and nothing after them."""
    later, sooner = cart(item(lot(6, 1), on_hand(4)), (4, 3), (9, 0))
    assert (parts(later), parts(sooner), sooner.open) == ([(3, 4)], [(0, 6)], 3)


def test_the_rest_of_a_line_waits_for_the_next_receipt():
    """Three now, of which nothing is left on day 2; five more then, which expire on day 3."""
    [answer] = cart(item(on_hand(3), receipts=(receipt(5, 2, usable_until=day(3)),)), (7, 0))
    assert (parts(answer), answer.earliest) == ([(0, 3), (2, 4)], day(2))


def test_the_binding_day_is_the_one_that_one_more_would_leave_short():
    """Six expire tomorrow, four keep, three are owed on day 4: one more than seven today is too much."""
    position = item(lot(6, 1), on_hand(4), commitments=(owed(3, 4),))
    [(stock, rows)] = position.with_stock()
    told = explain_site(stock, rows, WORLD.policy, TODAY)
    assert (rows.free[0], told.binding.day) == (7, day(4))


def test_a_hold_by_quantity_sets_no_more_apart_than_is_on_hand():
    """Five on hand, seven held: what comes later is all free, also though it expires."""
    held_rows = drawn(on_hand(5), holds=(held(7),), receipts=(receipt(20, 2, usable_until=day(4)),))
    assert held_rows.free == (0, 0, 20, 20, 20, 0)


def test_safety_stock_and_what_is_owed_behind_the_horizon_are_kept_of_what_lasts():
    """Two to be kept, two owed on day 9: of the four that last none is left, of those that expire all six."""
    rows = drawn(
        lot(6, 1),
        on_hand(4),
        commitments=(owed(2, 9),),
        safety_stock=(SafetyStock(day(0), 2),),
    )
    assert rows.free == (6, 6, 0, 0, 0, 0)
    assert rows.margin == (8, 8, 2, 2, 2, 0)


LAST = st.none() | st.integers(-1, DAYS + 1)
LOTS = st.lists(st.builds(lot, st.integers(-3, 8), LAST, st.sampled_from("AB")), min_size=1, max_size=3)
RECEIPTS = st.lists(
    st.builds(
        lambda quantity, ahead, last: receipt(quantity, ahead, usable_until=last and day(last)),
        st.integers(0, 6),
        st.integers(0, DAYS + 1),
        st.none() | st.integers(1, DAYS),
    ),
    max_size=2,
)
OWED = st.lists(st.builds(owed, st.integers(0, 4), st.integers(-1, DAYS + 1)), max_size=3)
HOLDS = st.lists(
    st.builds(held, st.integers(1, 4), starts=st.none() | st.integers(1, 4).map(day))
    | st.builds(held, lots=st.just(("A",)), until=st.none() | st.integers(1, 4).map(day)),
    max_size=2,
)
STOCKS = st.builds(
    lambda rows, holds, coming, lines, kept: SiteStock(
        "HAM", tuple(rows), tuple(holds), tuple(coming), tuple(lines), (SafetyStock(TODAY, kept),)
    ),
    LOTS,
    HOLDS,
    RECEIPTS,
    OWED,
    st.integers(0, 2),
)


def by_parcels(stock: SiteStock, rows: SitePosition) -> list[int]:
    """The look-ahead of the stock's parcels, put together by hand."""
    there, missing = parcels_on_hand(stock.on_hand, stock.holds, TODAY)
    coming = parcels_expected([((row.day - TODAY).days, row) for row in stock.receipts], TODAY)
    commitments = list(rows.commitments)
    commitments[0] += missing
    apart = [
        sum(
            hold.quantity
            for hold in stock.holds
            if hold.quantity is not None
            and (hold.starts or TODAY) <= day(cell)
            and (hold.until is None or day(cell) < hold.until)
        )
        for cell in range(DAYS)
    ]
    kept = [*rows.withheld[:-1], rows.withheld[-1] - rows.owed_behind]
    return LotPlan.of([*there, *coming], commitments, kept, apart).look_ahead()


@quick
@given(STOCKS)
def test_the_position_is_what_its_parcels_give(stock):
    """Where something expires, also if holds set goods apart and more is owed than there is."""
    rows = prepare(profile(stock), WORLD.setup, NOON).sites[0]
    if rows.lots is not None:
        assert list(rows.free) == by_parcels(stock, rows)


@quick
@given(STOCKS)
def test_a_position_without_expiry_within_reach_needs_no_parcels(stock):
    """If nothing has a last day before the horizon ends, and nothing is held, both ways agree."""
    rows = prepare(profile(stock), WORLD.setup, NOON).sites[0]
    if rows.lots is None and not stock.holds:
        assert list(rows.free) == by_parcels(stock, rows)


@quick
@given(STOCKS, st.lists(st.tuples(st.integers(1, 6), st.integers(0, DAYS - 1)), min_size=1, max_size=3))
def test_a_cart_is_what_promising_part_by_part_gives(stock, asked):
    """Each part that a line was given, made a commitment of the item, leaves the next line just that."""
    answers = cart(prepare(profile(stock), WORLD.setup, NOON), *asked)
    promised: list[Commitment] = []
    for answer, (quantity, ahead) in zip(answers, asked, strict=True):
        rest = quantity
        given_parts: list[Commitment] = []
        for cell in range(ahead, DAYS):
            free = _with(stock, [*promised, *given_parts]).free[cell]
            if min(rest, free) > 0:
                given_parts.append(owed(min(rest, free), cell))
                rest -= given_parts[-1].quantity
        assert parts(answer) == [((line.day - TODAY).days, line.quantity) for line in given_parts]
        promised += given_parts


def _with(stock: SiteStock, promised: list[Commitment]) -> SitePosition:
    more = SiteStock(
        stock.site_id,
        stock.on_hand,
        stock.holds,
        stock.receipts,
        (*stock.commitments, *promised),
        stock.safety_stock,
    )
    return prepare(profile(more), WORLD.setup, NOON).sites[0]


def test_the_last_day_is_a_day_of_the_site():
    """A lot good until today is promised today, and no longer tomorrow."""
    rows = drawn(lot(6, 0), on_hand(1))
    assert rows.free[:2] == (7, 1)
    assert rows.last_day == TODAY + timedelta(days=DAYS - 1)
