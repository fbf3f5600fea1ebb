"""Packs, substitutes and kits in the order they are applied; what took an item's place; what is kept."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from datasources.facts import ItemFact, KitFact, SubstituteFact, SupersededFact, SupplyFact
from tests.application import Client
from tests.databases import Opened
from tests.scenarios.company import WEB, change_rules, item, site, tell
from tests.scenarios.many_sites import SITES, TODAY, line, on_hand, promising, splitting

ASK = """query($lines: [AvailabilityLineInput!]!) { availability(channel: "web", lines: $lines) {
  inquiry lines { promisable open schedule { day site sku quantity fills } problem { code } } } }"""
KEEP = """mutation($input: ReserveInput!) { reserve(input: $input) { operation { status lines {
  reservation asked quantity parts { sku quantity fills } instead { reservation sku quantity fills }
  problem { code } } } } }"""
TWO_FOR_ONE = SubstituteFact("A", "B", Fraction(2), Decimal(4))


@pytest.fixture
async def shelf(client: Client) -> Client:
    """15 of A and 19 of B, of which two, in packs of four, stand for one of A."""
    goods = on_hand(15, "DC"), on_hand(19, "DC", "B")
    await tell(client, "wms", item("A"), item("B"), site("DC"), WEB, TWO_FOR_ONE, *goods, states=["stock"])
    return client


async def asked(client: Client, *lines: dict[str, object]) -> Any:
    return (await client.ask(ASK, lines=list(lines)))["availability"]["lines"]


async def kept(client: Client, key: str, *lines: dict[str, object], **more: object) -> Any:
    given = {"channel": "web", "key": key, "lines": list(lines), **more}
    return (await client.ask(KEEP, input=given))["reserve"]["operation"]


def sent(schedule: Any) -> list[tuple[str, object, object]]:
    return [(part["sku"], part["quantity"], part["fills"]) for part in schedule]


async def test_what_packs_leave_missing_is_filled_by_the_substitute_in_its_own_packs(shelf: Client):
    """20 in packs of 6: 24 are needed, 12 there; 12 would take 24 of B, of which 16 fill 8."""
    [told] = await asked(shelf, line(20, pack=6))
    assert (sent(told["schedule"]), told["open"]) == ([("A", 12, 12), ("B", 16, 8)], 0)


async def test_what_fills_is_reserved_as_well_and_both_are_gone_for_others(shelf: Client):
    made = await kept(shelf, "1", line(20, pack=6))
    [first] = made["lines"]
    assert (made["status"], first["asked"], first["quantity"]) == ("ACCEPTED", 20, 20)
    assert sent(first["parts"]) == [("A", 12, 12), ("B", 16, 8)]
    [other] = first["instead"]
    assert (other["sku"], other["quantity"], other["fills"]) == ("B", 16, 8)
    assert [told["promisable"] for told in await asked(shelf, line(1), line(1, sku="B"))] == [3, 3]
    back = "mutation($input: CancelInput!) { cancel(input: $input) { operation { status } } }"
    both = [first["reservation"], other["reservation"]]
    await shelf.ask(back, input={"channel": "web", "key": "back", "reservations": both})
    assert [told["promisable"] for told in await asked(shelf, line(1), line(1, sku="B"))] == [15, 19]


async def test_lines_of_one_ask_share_what_is_sent_instead(shelf: Client):
    """Of 19 of B the second line takes 10 itself; 8 are left in whole packs for the third."""
    told = await asked(shelf, line(15), line(10, sku="B"), line(6))
    assert [(sent(each["schedule"]), each["open"]) for each in told] == [
        ([("A", 15, 15)], 0),
        ([("B", 10, 10)], 0),
        ([("B", 8, 4)], 2),
    ]


async def test_an_answer_with_substitutes_is_decided_again_alike(shelf: Client):
    inquiry = (await shelf.ask(ASK, lines=[line(20, pack=6)]))["availability"]["inquiry"]
    await kept(shelf, "1", line(5, sku="B"))
    again = "query($id: ID!) { inquiry(id: $id) { identical } }"
    assert (await shelf.ask(again, id=inquiry))["inquiry"]["identical"] is True
    promised = """mutation($input: PromiseInput!) { promise(input: $input) { operation { status } } }"""
    given = {"channel": "web", "key": "late", "inquiry": inquiry}
    assert (await shelf.ask(promised, input=given))["promise"]["operation"]["status"] == "CHANGED"


async def test_the_same_day_comes_before_a_later_one_of_the_item_itself(shelf: Client):
    coming = SupplyFact("R1", "purchase", "A", "DC", Decimal(30), date(2026, 6, 5))
    await tell(shelf, "wms", coming)
    [told] = await asked(shelf, line(25))
    days = [(part["day"], part["sku"], part["fills"]) for part in told["schedule"]]
    assert days == [(TODAY, "A", 15), (TODAY, "B", 8), ("2026-06-05", "A", 2)]


async def test_a_line_that_takes_no_parts_is_not_made_of_two_items(shelf: Client):
    await change_rules(shelf, *promising(partial=False))
    [told] = await asked(shelf, line(20))
    assert (told["schedule"], told["open"]) == ([], 20)


async def test_what_is_sent_instead_comes_from_no_more_sites_than_the_rules_allow(client: Client):
    """Four of A in the centre; B lies in the second store alone, which then is a second site."""
    goods = on_hand(4, "DC"), on_hand(9, "ST2", "B")
    facts = item("A"), item("B"), *SITES, WEB, SubstituteFact("A", "B")
    await tell(client, "wms", *facts, *goods, states=["stock"])
    await change_rules(client, splitting(max_sites=2))
    [told] = await asked(client, line(6))
    assert [(part["site"], part["fills"]) for part in told["schedule"]] == [("DC", 4), ("ST2", 2)]
    await change_rules(client, splitting(max_sites=1))
    [told] = await asked(client, line(6))
    assert [(part["site"], part["fills"]) for part in told["schedule"]] == [("DC", 4)]
    assert told["open"] == 2


async def test_a_successor_is_sent_and_old_goods_first_where_they_are_used_up(shelf: Client):
    await tell(shelf, "erp", item("C"), SupersededFact("A", "C"))
    await tell(
        shelf, "wms", on_hand(15, "DC"), on_hand(19, "DC", "B"), on_hand(9, "DC", "C"), states=["stock"]
    )
    [told] = await asked(shelf, line(8))
    assert sent(told["schedule"]) == [("C", 8, 8)]
    [made] = (await kept(shelf, "1", line(2)))["lines"]
    assert (made["reservation"], [each["sku"] for each in made["instead"]]) == (None, ["C"])
    await tell(shelf, "erp", SupersededFact("A", "C", 1))
    [told] = await asked(shelf, line(18))
    assert sent(told["schedule"]) == [("A", 15, 15), ("C", 3, 3)]
    await tell(shelf, "erp", SupersededFact("A"), SubstituteFact("A", "B", Fraction(0)))
    [told] = await asked(shelf, line(18))
    assert (sent(told["schedule"]), told["open"]) == ([("A", 15, 15)], 3)


async def test_items_that_would_follow_each_other_in_a_circle_are_refused_by_name(shelf: Client):
    rows = SupersededFact("A", "C"), SupersededFact("C", "B"), SupersededFact("B", "A")
    report = await tell(shelf, "erp", item("C"), *rows)
    [aside] = report.set_aside
    assert (report.accepted["superseded"], aside.line) == (2, 4)
    assert all(name in aside.reason for name in ("A", "B", "C", "supersede each other"))
    bad = (
        SubstituteFact("A", "A"),
        SubstituteFact("A", "NOBODY"),
        SubstituteFact("A", "B", Fraction(-1)),
        SubstituteFact("A", "B", pack=Decimal("0.5")),
        SupersededFact("A", "B", 7),
        SupersededFact("A", "D"),
    )
    report = await tell(shelf, "erp", ItemFact("D", "Item D", "KG", 3), *bad)
    assert [each.line for each in report.set_aside] == [2, 3, 4, 5, 6, 7]


async def test_an_item_superseded_too_often_is_refused_at_either_end(shelf: Client):
    """Ten steps are taken; one more is not, before them or after."""
    names = [f"S{step:02}" for step in range(14)]
    ten = [SupersededFact(of, by) for of, by in pairwise(names[1:12])]
    report = await tell(shelf, "erp", *(item(name) for name in names), *ten)
    assert (report.accepted["superseded"], report.set_aside) == (10, [])
    ends = SupersededFact("S00", "S01"), SupersededFact("S11", "S12"), SupersededFact("S12", "S13")
    report = await tell(shelf, "erp", *ends)
    assert [each.line for each in report.set_aside] == [1, 2]
    assert all("at most 10 steps away" in each.reason for each in report.set_aside)


async def test_finished_kits_come_first_then_sets_and_the_cart_shares_their_parts(
    client: Client, opened: Opened
):
    """A kit of 2 A and 3 B; one is finished, 9 A and 10 B are there: 1 + 3. Three A are left of nine."""
    await opened.set_now(datetime(2026, 6, 1, 12, tzinfo=UTC))
    parts = KitFact("K", "A", Decimal(2)), KitFact("K", "B", Decimal(3))
    goods = on_hand(1, "DC", "K"), on_hand(9, "DC"), on_hand(10, "DC", "B")
    facts = item("A"), item("B"), item("K"), site("DC"), WEB
    await tell(client, "wms", *facts, *parts, *goods, states=["stock"])
    kits, loose = line(4, sku="K"), line(4)
    first, second = await asked(client, kits, loose)
    assert (first["promisable"], first["open"]) == (4, 0)
    assert (sent(second["schedule"]), second["open"]) == ([("A", 3, 3)], 1)
    made = await kept(client, "1", kits, loose, choice="AS_MUCH_AS_POSSIBLE")
    assert [each["quantity"] for each in made["lines"]] == [4, 3]
    assert [told["promisable"] for told in await asked(client, line(1), line(1, sku="B"))] == [0, 1]
