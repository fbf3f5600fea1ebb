"""What one ask is promised: how much for the day wanted, the earliest day for all of it, and from where."""

from collections.abc import Sequence
from datetime import date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.asked import AskLine, LineAnswer, LineOutcome, LineProblem
from rules.model import Commitment, SiteStock
from rules.position import ItemPosition, prepare
from rules.promise import decide
from tests.builders import NOON, TODAY, World, at, day, held, on_hand, owed, profile, receipt
from tests.rules.profile import quick

WORLD = World()
DAYS = WORLD.policy.horizon_days


def is_met(answer: LineAnswer, wanted: date) -> bool:
    """Whether the whole quantity can be had on the wanted day."""
    return answer.earliest is not None and answer.earliest <= wanted


def prepared(*sites: SiteStock, world: World = WORLD, now: datetime = NOON) -> dict[str, ItemPosition]:
    return {"TEA": prepare(profile(*sites), world.setup, now)}


def line(
    quantity: int, ahead: int = 0, site_id: str | None = None, number: int = 0, sku: str = "TEA"
) -> AskLine:
    return AskLine(number, sku, quantity, day(ahead), site_id)


def answered(outcome: LineOutcome) -> LineAnswer:
    assert isinstance(outcome, LineAnswer)
    return outcome


def problem(outcome: LineOutcome) -> LineProblem:
    assert isinstance(outcome, LineProblem)
    return outcome


def test_a_line_that_can_be_met_is_promised_whole_on_its_day():
    """One part, nothing open."""
    [outcome] = decide([line(4, 2)], prepared(SiteStock("HAM", (on_hand(5),))))
    found = answered(outcome)
    assert (found.atp_wanted, found.earliest, found.open) == (5, day(2), 0)
    assert [(part.day, part.quantity) for part in found.schedule] == [(day(2), 4)]
    assert is_met(found, day(2))


def test_what_is_short_comes_with_the_receipts():
    """Each part on the first day it is free."""
    stock = SiteStock("HAM", (on_hand(5),), receipts=(receipt(3, 2), receipt(30, 6)))
    found = answered(decide([line(20)], prepared(stock))[0])
    assert [(part.day, part.quantity) for part in found.schedule] == [(day(0), 5), (day(2), 3), (day(6), 12)]
    assert (found.earliest, is_met(found, day(0)), is_met(found, day(6))) == (day(6), False, True)


def test_what_cannot_be_had_stays_open():
    """No date is invented for it."""
    found = answered(decide([line(20)], prepared(SiteStock("HAM", (on_hand(5),))))[0])
    assert (found.earliest, found.open, sum(part.quantity for part in found.schedule)) == (None, 15, 5)


def test_goods_owed_later_are_not_promised_now():
    """Five here, four owed on day 3 and nothing coming."""
    found = answered(
        decide([line(5)], prepared(SiteStock("HAM", (on_hand(5),), commitments=(owed(4, 3),))))[0]
    )
    assert (found.atp_wanted, found.open) == (1, 4)


def test_sites_give_in_the_order_of_their_names():
    """Day by day; on each day the first site first."""
    sites = (
        SiteStock("COL", (on_hand(2),), receipts=(receipt(2, 1),)),
        SiteStock("HAM", (on_hand(3),), receipts=(receipt(9, 1),)),
    )
    found = answered(decide([line(10)], prepared(*sites))[0])
    assert [(part.day, part.site_id, part.quantity) for part in found.schedule] == [
        (day(0), "COL", 2),
        (day(0), "HAM", 3),
        (day(1), "COL", 2),
        (day(1), "HAM", 3),
    ]


def test_a_line_that_names_its_site_is_served_from_there_alone():
    """What other sites have is not its business."""
    sites = (SiteStock("COL", (on_hand(2),)), SiteStock("HAM", (on_hand(3),)))
    found = answered(decide([line(4, site_id="HAM")], prepared(*sites))[0])
    assert (found.atp_wanted, found.open) == (3, 1)


def test_a_site_without_the_item_says_so():
    """It is another matter than having none left."""
    found = problem(decide([line(1, site_id="COL")], prepared(SiteStock("HAM", (on_hand(3),))))[0])
    assert (found.code, "COL" in found.message) == ("NOT_STOCKED", True)


def test_a_day_behind_the_horizon_is_refused_with_the_last_day():
    """The last day itself is not."""
    sites = prepared(SiteStock("HAM", (on_hand(3),)))
    assert answered(decide([line(1, DAYS - 1)], sites)[0]).atp_wanted == 3
    refused = problem(decide([line(1, DAYS)], sites)[0])
    assert (refused.code, str(day(DAYS - 1)) in refused.message) == ("OUTSIDE_HORIZON", True)


def test_a_quantity_of_nothing_and_an_unknown_item_are_problems():
    """Also where nobody has looked before."""
    assert [
        problem(outcome).code for outcome in decide([line(0), line(-3), line(1, sku="NOPE")], prepared())
    ] == [
        "BAD_QUANTITY",
        "BAD_QUANTITY",
        "UNKNOWN_SKU",
    ]


def test_today_is_the_sites_own():
    """At 22:30 UTC it is tomorrow in Berlin and still today in New York: each gives from its own today on."""
    world = World(zones={"BER": "Europe/Berlin", "NYC": "America/New_York"})
    sites = (SiteStock("BER", (on_hand(2),)), SiteStock("NYC", (on_hand(3),)))
    found = answered(decide([line(5)], prepared(*sites, world=world, now=at(10.5)))[0])
    assert [(part.day, part.site_id) for part in found.schedule] == [(day(0), "NYC"), (day(1), "BER")]
    assert found.atp_wanted == 3


def test_a_second_line_of_an_item_gets_what_the_first_left():
    """Also of what comes later."""
    stock = SiteStock("HAM", (on_hand(5),), receipts=(receipt(4, 3),))
    first, second, third = (answered(o) for o in decide([line(7), line(1), line(5)], prepared(stock)))
    assert (first.earliest, second.atp_wanted, second.earliest) == (day(3), 0, day(3))
    assert (third.earliest, third.open) == (None, 4)


def test_an_earlier_line_leaves_later_days_whole():
    """Taken on day 4, the goods are not there on days 0 to 3 either."""
    first, second = decide([line(5, 4), line(1)], prepared(SiteStock("HAM", (on_hand(5),))))
    assert (answered(first).earliest, answered(second).open) == (day(4), 1)


def test_lines_of_different_items_do_not_disturb_each_other():
    """Each is served from its own."""
    tea = prepare(profile(SiteStock("HAM", (on_hand(5),))), WORLD.setup, NOON)
    cup = prepare(profile(SiteStock("HAM", (on_hand(2),)), sku="CUP"), WORLD.setup, NOON)
    outcomes = decide([line(5), line(2, sku="CUP"), line(1)], {"TEA": tea, "CUP": cup})
    assert [answered(outcome).open for outcome in outcomes] == [0, 0, 1]


QUANTITIES = st.integers(1, 12)
STOCKS = st.builds(
    SiteStock,
    st.sampled_from(["HAM", "COL"]),
    st.lists(st.builds(on_hand, st.integers(0, 20)), max_size=2).map(tuple),
    st.lists(st.builds(held, QUANTITIES), max_size=1).map(tuple),
    st.lists(
        st.builds(receipt, QUANTITIES, st.integers(-2, DAYS + 2)), max_size=4, unique_by=lambda row: row.day
    ).map(tuple),
    st.lists(st.builds(owed, QUANTITIES, st.integers(-2, DAYS + 2)), max_size=4).map(tuple),
)
SITES = st.lists(STOCKS, min_size=1, max_size=2, unique_by=lambda stock: stock.site_id).map(
    lambda sites: tuple(sorted(sites, key=lambda stock: stock.site_id))
)
LINES = st.lists(st.builds(line, st.integers(1, 40), st.integers(-2, DAYS - 1)), min_size=1, max_size=4)


def owing(sites: Sequence[SiteStock], answers: Sequence[LineAnswer]) -> list[SiteStock]:
    """The sites with everything promised owed on its day."""
    owed_now = [
        (part.site_id, Commitment("us", f"{number}", "P", "web", part.day, part.quantity))
        for number, answer in enumerate(answers)
        for part in answer.schedule
    ]
    return [
        SiteStock(
            stock.site_id,
            stock.on_hand,
            stock.holds,
            stock.receipts,
            (*stock.commitments, *(line for site_id, line in owed_now if site_id == stock.site_id)),
        )
        for stock in sites
    ]


def least_margin(sites: Sequence[SiteStock]) -> int:
    return min(min(rows.margin) for rows in prepared(*sites)["TEA"].sites)


@settings(quick, max_examples=50)
@given(SITES, LINES)
def test_keeping_all_promises_leaves_every_day_whole(sites, lines):
    """Whatever one ask was promised can be owed at once, and no day runs short that was not short before."""
    answers = [answered(outcome) for outcome in decide(lines, prepared(*sites))]
    assert least_margin(owing(sites, answers)) >= min(0, least_margin(sites))


@settings(quick, max_examples=50)
@given(SITES, LINES)
def test_a_schedule_adds_up(sites, lines):
    """To the ask less what is open, in the order of days, never before the day wanted or today."""
    for asked, outcome in zip(lines, decide(lines, prepared(*sites)), strict=True):
        found = answered(outcome)
        assert sum(part.quantity for part in found.schedule) == asked.quantity - found.open
        days = [part.day for part in found.schedule]
        assert days == sorted(days)
        assert all(each >= max(asked.wanted, TODAY) for each in days)
        assert (found.earliest is None) == (found.open > 0)


@settings(quick, max_examples=50)
@given(SITES, LINES)
def test_what_was_promised_is_no_longer_free(sites, lines):
    """The last line asked again, once all promises are owed, finds exactly what the ask left it."""
    *_, last = lines
    before = answered(decide([*lines, last], prepared(*sites))[-1])
    answers = [answered(outcome) for outcome in decide(lines, prepared(*sites))]
    after = answered(decide([last], prepared(*owing(sites, answers)))[0])
    assert (after.atp_wanted, after.earliest, after.open) == (before.atp_wanted, before.earliest, before.open)


@settings(quick, max_examples=50)
@given(SITES, st.integers(1, 40), st.integers(0, DAYS - 1))
def test_an_ask_of_what_can_be_promised_is_met_and_of_one_more_is_not(sites, more, ahead):
    """`atp_wanted` is the most, to the unit."""
    can = answered(decide([line(more, ahead)], prepared(*sites))[0]).atp_wanted
    assert not is_met(answered(decide([line(can + 1, ahead)], prepared(*sites))[0]), day(ahead))
    if can:
        assert is_met(answered(decide([line(can, ahead)], prepared(*sites))[0]), day(ahead))
