"""A line from several sites, in their order and within the caps that the rules set."""

import asyncio
from typing import Any

import pytest

from datasources.facts import DestinationFact, LaneFact
from tests.application import Client
from tests.scenarios.company import change_rules, tell
from tests.scenarios.many_sites import (
    TODAY,
    asked,
    kept,
    line,
    on_hand,
    parts,
    promising,
    shops,
    splitting,
    stores,
)

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


LANES = (
    DestinationFact("NORTH", "The north", "UTC"),
    LaneFact("DC", "NORTH", "parcel", transit_days=2),
    LaneFact("ST1", "NORTH", "parcel", transit_days=1),
    LaneFact("ST2", "NORTH", "parcel", transit_days=1),
)
THURSDAY = "2026-06-04"
DELIVERED = """query($lines: [AvailabilityLineInput!]!, $to: String!) {
  availability(channel: "web", lines: $lines, shipTo: $to) { lines { promisable open
    schedule { day site quantity neededOn shipOn }
    explanation { considered { site turn neededOn promisable given chosen why row } } } } }"""


async def delivered(client: Client, quantity: int) -> Any:
    asks = [line(quantity, THURSDAY)]
    return (await client.ask(DELIVERED, lines=asks, to="NORTH"))["availability"]["lines"][0]


@pytest.mark.parametrize(
    ("quantity", "most", "given", "rest"),
    [
        (10, 2, [("DC", 4, "2026-06-02"), ("ST1", 6, "2026-06-03")], 0),
        (12, 2, [("DC", 4, "2026-06-02"), ("ST1", 7, "2026-06-03")], 1),
        (12, 3, [("DC", 4, "2026-06-02"), ("ST1", 7, "2026-06-03"), ("ST2", 1, "2026-06-03")], 0),
    ],
)
async def test_each_site_gives_by_its_own_day_for_one_day_of_receipt(
    shops: Client, quantity, most, given, rest
):
    """Wanted on Thursday: the centre needs it on Tuesday, the stores on Wednesday."""
    await tell(shops, "tms", *LANES)
    await change_rules(shops, *stores(floor=3), splitting(max_sites=most, choose="fewest_first"))
    told = await delivered(shops, quantity)
    served = [(part["site"], part["quantity"], part["neededOn"]) for part in told["schedule"]]
    assert (served, told["open"], {part["day"] for part in told["schedule"]}) == (given, rest, {THURSDAY})
    made = await kept(shops, "1", line(quantity, THURSDAY), choice=AS_MUCH, shipTo="NORTH")
    look = "query($id: ID!) { reservation(id: $id) { parts { site day quantity } } }"
    held = (await shops.ask(look, id=made["lines"][0]["reservation"]))["reservation"]["parts"]
    assert [(part["site"], part["quantity"], part["day"]) for part in held] == given


async def test_who_was_thought_of_and_why_others_were_not_taken(shops: Client):
    """A site without a lane, one behind the cap, one that keeps all it has for its counter."""
    await tell(shops, "tms", *LANES[:3])
    await tell(shops, "wms", on_hand(4, "DC"), on_hand(10, "ST1"), on_hand(2, "ST2"), states=["stock"])
    await change_rules(shops, *stores(floor=3), splitting(max_sites=1, choose="highest"))
    told = (await delivered(shops, 6))["explanation"]["considered"]
    assert [(each["site"], each["neededOn"], each["promisable"], each["given"]) for each in told] == [
        ("DC", "2026-06-02", 4, 0),
        ("ST1", "2026-06-03", 7, 6),
        ("ST2", None, 0, 0),
    ]
    assert [each["why"] for each in told] == [
        "at most 1 site may serve a line; by the rule highest ST1 did",
        None,
        "no lane leads from it to where the goods go",
    ]
    assert told[1]["row"].startswith("SIT020: ")
    ask = DELIVERED.replace(", shipTo: $to", "").replace(", $to: String!", "")
    [here] = (await shops.ask(ask, lines=[line(6)]))["availability"]["lines"]
    last = here["explanation"]["considered"][2]
    assert (last["site"], last["why"]) == ("ST2", "the 2 free there stay for its own counter, which keeps 3")
    storefront = shops.as_("storefront", "web")
    [outside] = (await storefront.ask(DELIVERED, lines=[line(6)], to="NORTH"))["availability"]["lines"]
    assert {each["row"] for each in outside["explanation"]["considered"]} == {None}
