"""An ask spread over days, sites and lanes: what rules on parts, sites and days make of it."""

from datetime import UTC, date, datetime

import pytest

from rules.asked import AskLine, LineAnswer, LineProblem
from rules.calendar import ONE_DAY
from rules.company import Calendar, Company, Destination, Lane, Manner, Site, Sourcing
from rules.delivery import When
from rules.model import OnHand, Receipt, SiteStock
from rules.position import prepare
from rules.promise import Asker, decide
from tests.builders import World, policy, profile

FIRST = date(2026, 3, 1)
BEFORE = datetime(2026, 3, 1, 14, 59, tzinfo=UTC)
AFTER = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)


def on(number: int) -> date:
    return date(2026, 3, number)


def coming(day: date, quantity: int) -> Receipt:
    return Receipt("erp", "PO-1", "purchase", "confirmed", "own", day, quantity)


def company(**changed: object) -> Company:
    sites = {name: Site(name, name, "distribution_centre", "UTC") for name in ("DC", "ST1", "ST2")}
    lanes = (
        Lane("DC", "NORTH", "parcel", transit_days=2),
        Lane("ST1", "NORTH", "parcel", transit_days=1),
        Lane("ST2", "NORTH", "parcel", transit_days=1),
    )
    given = {"lanes": lanes, "destinations": {"NORTH": Destination("NORTH", "The north", "UTC")}} | changed
    return Company("a set-up", sites, {}, {"every day": Calendar("every day")}, {}, **given)  # type: ignore[arg-type]


def asked(
    stocks: tuple[SiteStock, ...],
    line: AskLine,
    manner: Manner,
    when: When | None = None,
    sourcing: Sourcing | None = None,
) -> LineAnswer:
    world = World(zones=dict.fromkeys(("DC", "ST1", "ST2"), "UTC"), policy=policy(horizon_days=30))
    item = prepare(profile(*stocks), world.setup, BEFORE)
    served = sourcing or Sourcing()
    asker = Asker("web", lambda _site, _class: served, lambda _site, _class: manner, when)
    (outcome,) = decide([line], {"TEA": item}, asker=asker)
    assert isinstance(outcome, LineAnswer)
    return outcome


def parts(answer: LineAnswer) -> list[tuple[int, str, int]]:
    return [(part.day.day, part.site_id, part.quantity) for part in answer.schedule]


CENTRE = (SiteStock("DC", (OnHand("available", "own", 5),), receipts=(coming(on(10), 10),)),)
NORTH = Destination("NORTH", "The north", "UTC")


@pytest.mark.parametrize(
    ("now", "manner", "given"),
    [
        (BEFORE, Manner(), [(3, "DC", 5), (12, "DC", 7)]),
        (AFTER, Manner(), [(4, "DC", 5), (12, "DC", 7)]),
        (BEFORE, Manner(partial=False), [(12, "DC", 12)]),
        (BEFORE, Manner(max_dates=1), [(12, "DC", 12)]),
        (BEFORE, Manner(least_percent=50), [(12, "DC", 12)]),
    ],
)
def test_days_of_receipt_follow_cut_off_transit_and_rules_on_parts(now, manner, given):
    """Twelve in the cart: five are here, ten come on the 10th, two days on the way."""
    when = When(company(), now, NORTH)
    answer = asked(CENTRE, AskLine(0, "TEA", 12, FIRST), manner, when, Sourcing(cut_off=15 * 60))
    assert parts(answer) == given
    assert answer.schedule[-1].needed_on == on(10)
    assert answer.earliest == on(12)


def test_goods_for_a_later_day_leave_no_earlier_than_they_must():
    """Wanted on the 20th: they are free for picking until the 18th."""
    answer = asked(CENTRE, AskLine(0, "TEA", 12, on(20)), Manner(), When(company(), BEFORE, NORTH))
    assert parts(answer) == [(20, "DC", 12)]
    assert (answer.schedule[0].needed_on, answer.schedule[0].ship_on) == (on(18), on(18))


STORES = (
    SiteStock("DC", (OnHand("available", "own", 4),)),
    SiteStock("ST1", (OnHand("available", "own", 7),)),
    SiteStock("ST2", (OnHand("available", "own", 4),)),
)


@pytest.mark.parametrize(
    ("quantity", "manner", "given"),
    [
        (10, Manner(choose="fewest_first", max_sites=2), [(5, "DC", 4), (5, "ST1", 6)]),
        (12, Manner(choose="fewest_first", max_sites=2), [(5, "DC", 4), (5, "ST1", 7)]),
        (12, Manner(choose="fewest_first", max_sites=3), [(5, "DC", 4), (5, "ST1", 7), (5, "ST2", 1)]),
        (7, Manner(choose="fewest_first", max_sites=2), [(5, "ST1", 7)]),
        (5, Manner(choose="listed", max_sites=1), [(5, "DC", 4)]),
        (5, Manner(choose="highest", max_sites=1), [(5, "ST1", 5)]),
        (12, Manner(partial=False, max_sites=2), []),
    ],
)
def test_of_several_sites_so_many_give_as_the_rule_chooses(quantity, manner, given):
    """Wanted on Thursday the 5th: each site is asked for its own latest day."""
    answer = asked(STORES, AskLine(0, "TEA", quantity, on(5)), manner, When(company(), BEFORE, NORTH))
    assert parts(answer) == given
    assert answer.open == quantity - sum(quantity for _, _, quantity in given)
    if given:
        days = {part.site_id: part.needed_on for part in answer.schedule}
        assert days.items() <= {"DC": on(3), "ST1": on(4), "ST2": on(4)}.items()


def test_of_at_most_two_sites_the_largest_two_can_be_promised():
    """Four, seven and four: eleven, not fifteen."""
    line = AskLine(0, "TEA", 1, on(5))
    assert asked(STORES, line, Manner(max_sites=2)).atp_wanted == 11
    assert asked(STORES, line, Manner(max_sites=3)).atp_wanted == 15


def test_an_ask_in_packs_is_served_in_whole_packs():
    """Twenty in packs of six: 24 are needed, of fifteen two packs can be had, and eight stay open."""
    stock = (SiteStock("DC", (OnHand("available", "own", 15),)),)
    answer = asked(stock, AskLine(0, "TEA", 20, FIRST, pack=6), Manner())
    assert parts(answer) == [(1, "DC", 12)]
    assert answer.open == 8
    down = asked(stock, AskLine(0, "TEA", 14, FIRST, pack=6, rounding="down"), Manner())
    assert (parts(down), down.open) == ([(1, "DC", 12)], 0)


def test_what_is_missing_is_refused_where_rules_keep_no_backorders():
    """Six asked of four."""
    stock = (SiteStock("DC", (OnHand("available", "own", 4),)),)
    answer = asked(stock, AskLine(0, "TEA", 6, FIRST), Manner(backorder=False))
    assert (answer.open, answer.backorder) == (2, False)


def test_without_a_lane_there_the_sites_that_have_it_are_named():
    """Only to the north."""
    south = Destination("SOUTH", "The south", "UTC")
    item = prepare(profile(*CENTRE), World(zones={"DC": "UTC"}).setup, BEFORE)
    asker = Asker("web", when=When(company(), BEFORE, south))
    (outcome,) = decide([AskLine(0, "TEA", 1, FIRST)], {"TEA": item}, asker=asker)
    assert isinstance(outcome, LineProblem)
    assert outcome.code == "NO_LANE"
    assert "from DC to SOUTH" in outcome.message


def test_the_fastest_lane_brings_it_unless_a_service_is_named():
    """Express takes a day, parcel two."""
    lanes = (
        Lane("DC", "NORTH", "express", transit_days=1),
        Lane("DC", "NORTH", "parcel", transit_days=2),
    )
    line = AskLine(0, "TEA", 1, FIRST)
    fast = asked(CENTRE, line, Manner(), When(company(lanes=lanes), BEFORE, NORTH))
    slow = asked(CENTRE, line, Manner(), When(company(lanes=lanes), BEFORE, NORTH, "parcel"))
    assert [(part.day, part.service) for part in fast.schedule] == [(FIRST + ONE_DAY, "express")]
    assert [(part.day, part.service) for part in slow.schedule] == [(FIRST + 2 * ONE_DAY, "parcel")]
