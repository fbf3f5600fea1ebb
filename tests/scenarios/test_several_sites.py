"""A line from several sites, in their order and within the caps that the rules set."""

import asyncio

import pytest

from tests.application import Client
from tests.scenarios.company import change_rules
from tests.scenarios.many_sites import TODAY, asked, kept, line, parts, promising, shops, splitting, stores

__all__ = ["shops"]
AS_MUCH = "AS_MUCH_AS_POSSIBLE"
FEWEST_OF_TWO = splitting(max_sites=2, choose="fewest_first")


@pytest.mark.parametrize(
    ("quantity", "most", "given", "rest"),
    [
        (10, 2, [("DC", 4), ("ST1", 6)], 0),
        (12, 2, [("DC", 4), ("ST1", 7)], 1),
        (12, 3, [("DC", 4), ("ST1", 7), ("ST2", 1)], 0),
        (7, 2, [("ST1", 7)], 0),
    ],
)
async def test_the_fewest_sites_that_cover_serve_in_their_order(shops: Client, quantity, most, given, rest):
    await change_rules(shops, *stores(floor=3), splitting(max_sites=most, choose="fewest_first"))
    [told] = await asked(shops, line(quantity))
    assert (parts(told["schedule"]), told["open"]) == ([(TODAY, *part) for part in given], rest)
    made = await kept(shops, "1", line(quantity), choice=AS_MUCH)
    assert parts(made["lines"][0]["parts"]) == parts(told["schedule"])
    assert made["lines"][0]["waits"] == (rest or None)


async def test_of_two_who_ask_for_ten_the_second_is_told_of_what_the_first_left(shops: Client):
    """15 can be promised from all three sites."""
    await change_rules(shops, *stores(floor=3), splitting(max_sites=3, choose="fewest_first"))
    [before] = await asked(shops, line(10))
    assert before["promisable"] == 15
    both = await asyncio.gather(*(kept(shops, key, line(10)) for key in ("one", "two")))
    assert sorted(made["status"] for made in both) == ["ACCEPTED", "REFUSED"]
    [refused] = [made["lines"][0] for made in both if made["status"] == "REFUSED"]
    assert (refused["promisable"], refused["problem"]["code"]) == (5, "SHORT")
    assert sum(part["quantity"] for part in refused["offer"]) == 5


async def test_goods_that_the_cap_of_sites_keeps_back_are_told_of_with_the_figures(shops: Client):
    await change_rules(shops, *stores(floor=3), FEWEST_OF_TWO)
    made = await kept(shops, "1", line(12))
    problem = made["lines"][0]["problem"]
    assert (made["status"], problem["code"]) == ("REFUSED", "BOUND_BY_RULES")
    assert "12 EA of A were asked by 2026-06-01; 12 are there by then" in problem["message"]
    assert "let 11 be given: at most 2 sites" in problem["message"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (promising(partial=False), "let 0 be given: no parts"),
        (promising(least=90), "let 0 be given: no part below 90 % of the line"),
        ([splitting(min_split=8)], "let 10 be given: at least 8 EA from each site"),
    ],
)
async def test_what_may_not_be_given_in_parts_is_refused_with_the_figures(shops: Client, changes, said):
    """21 are there. Whole lines of 24 cannot be; parts of a site below 8 leave only the first store."""
    await change_rules(shops, *changes)
    made = await kept(shops, "1", line(24), choice=AS_MUCH)
    assert said in made["lines"][0]["problem"]["message"]
    assert made["lines"][0]["problem"]["code"] == "BOUND_BY_RULES"


async def test_a_small_line_of_one_part_is_kept_under_the_strictest_rules(shops: Client):
    await change_rules(shops, *promising(partial=False, backorder=False), splitting(max_sites=1, max_dates=1))
    made = await kept(shops, "1", line(6))
    assert (made["status"], parts(made["lines"][0]["parts"])) == ("ACCEPTED", [(TODAY, "ST1", 6)])
