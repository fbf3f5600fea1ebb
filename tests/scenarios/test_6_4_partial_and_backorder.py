"""Requirement 6.4, promising: lines in parts or whole, and what becomes of what is missing."""

from datetime import date
from decimal import Decimal

import pytest

from datasources.facts import DemandFact, SupplyFact
from tests.application import Client
from tests.scenarios.company import WEB, change_rules, item, promisable, site, tell
from tests.scenarios.many_sites import asked, kept, line, on_hand, parts, promising, splitting

ON_THE_5TH, ON_THE_10TH = "2026-06-05", "2026-06-10"
BOTH = [(ON_THE_5TH, "DC", 10), (ON_THE_10TH, "DC", 10)]
AS_MUCH = "AS_MUCH_AS_POSSIBLE"


@pytest.fixture
async def short(client: Client) -> Client:
    """10 on hand, 10 to come on the 10th, 20 wanted on the 5th."""
    coming = SupplyFact("R1", "purchase", "A", "DC", Decimal(10), date(2026, 6, 10))
    await tell(client, "wms", item("A"), site("DC"), WEB, on_hand(10, "DC"), coming, states=["stock"])
    return client


async def test_without_limits_both_halves_come_on_their_days(short: Client):
    [told] = await asked(short, line(20, ON_THE_5TH))
    assert (parts(told["schedule"]), told["open"], told["earliest"]) == (BOTH, 0, ON_THE_10TH)
    made = await kept(short, "1", line(20, ON_THE_5TH, latest="2026-06-30"))
    assert (made["status"], parts(made["lines"][0]["parts"])) == ("ACCEPTED", BOTH)


@pytest.mark.parametrize("latest", [None, "2026-06-07"])
async def test_what_would_be_too_late_waits(short: Client, latest):
    """Never late, or two days at most: ten are kept, and ten wait."""
    made = await kept(short, "1", line(20, ON_THE_5TH, latest=latest), choice=AS_MUCH)
    [told] = made["lines"]
    assert (made["status"], parts(told["parts"])) == ("PARTIAL", BOTH[:1])
    assert (told["asked"], told["quantity"], told["waits"], told["refused"]) == (20, 10, 10, None)


async def test_where_the_rules_let_nothing_wait_the_rest_is_refused(short: Client):
    await change_rules(short, *promising(backorder=False))
    [told] = await asked(short, line(25, ON_THE_5TH))
    assert (told["open"], told["backorder"]) == (5, False)
    [made] = (await kept(short, "1", line(25, ON_THE_5TH), choice=AS_MUCH))["lines"]
    assert (made["quantity"], made["waits"], made["refused"]) == (10, None, 15)


@pytest.mark.parametrize("rule", [promising(partial=False), promising(least=100), [splitting(max_dates=1)]])
async def test_a_line_that_takes_no_parts_comes_on_the_day_all_of_it_can(short: Client, rule):
    await change_rules(short, *rule)
    [told] = await asked(short, line(20, ON_THE_5TH))
    assert (parts(told["schedule"]), told["open"]) == ([(ON_THE_10TH, "DC", 20)], 0)
    refused = await kept(short, "too soon", line(20, ON_THE_5TH))
    assert (refused["status"], refused["lines"][0]["earliest"]) == ("REFUSED", ON_THE_10TH)
    made = await kept(short, "in time", line(20, ON_THE_5TH, latest=ON_THE_10TH))
    assert (made["status"], parts(made["lines"][0]["parts"])) == ("ACCEPTED", [(ON_THE_10TH, "DC", 20)])


async def test_a_backorder_keeps_its_place_when_its_order_is_edited_downward(short: Client):
    """Of an order of 30 all that is here and comes is kept and 10 wait; ten more come on the 20th."""

    def order(quantity: int) -> DemandFact:
        return DemandFact("1", "SO-1", "web", "A", "DC", Decimal(quantity), date(2026, 6, 5))

    wanted = line(30, ON_THE_5TH, latest="2026-06-30", order="SO-1", line="1")
    [made] = (await kept(short, "1", wanted, choice=AS_MUCH, holdForSeconds=86400))["lines"]
    assert (made["quantity"], made["waits"]) == (20, 10)
    await tell(short, "oms", order(30))
    more = SupplyFact("R2", "purchase", "A", "DC", Decimal(10), date(2026, 6, 20))
    await tell(short, "wms", more)
    assert await promisable(short, "A", "2026-06-20") == 0
    before = (await short.ask(LOOK, id=made["reservation"]))["reservation"]
    await tell(short, "oms", order(24))
    assert await promisable(short, "A", "2026-06-20") == 6
    changed = await short.ask(
        CHANGE,
        input={"channel": "web", "key": "2", "lines": [{"reservation": made["reservation"], "quantity": 15}]},
    )
    assert changed["change"]["operation"]["lines"][0]["beside"] is None
    after = (await short.ask(LOOK, id=made["reservation"]))["reservation"]
    assert (after["madeAt"], after["open"]) == (before["madeAt"], 15)
    assert [(part["day"], part["open"]) for part in after["parts"]] == [(ON_THE_5TH, 10), (ON_THE_10TH, 5)]
    assert await promisable(short, "A", "2026-06-20") == 6, "the order's rest of 9 is still served first"


LOOK = "query($id: ID!) { reservation(id: $id) { madeAt open parts { day open } } }"
CHANGE = "mutation($input: ChangeInput!) { change(input: $input) { operation { lines { open beside } } } }"
