"""A kit whose component is short: other items are sent for the component, before another kit for the kit."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from datasources.facts import KitFact, SubstituteFact, SupplyFact
from tests.application import Client
from tests.console.reading import signed_in
from tests.scenarios.company import WEB, item, site, tell
from tests.scenarios.many_sites import TODAY, line, on_hand

LATER = "2026-06-05"
PARTS = "{ day site sku quantity fills label madeOf { sku quantity insteadOf } }"
ASK = f"""query($lines: [AvailabilityLineInput!]!) {{ availability(channel: "web", lines: $lines) {{ inquiry
  lines {{ promisable open schedule {PARTS} explanation {{ summary }} }} }} }}"""
LINES = f"""status lines {{ reservation asked quantity parts {PARTS}
  instead {{ reservation sku quantity fills }} problem {{ code }} }}"""
KEEP = f"mutation($input: ReserveInput!) {{ reserve(input: $input) {{ operation {{ {LINES} }} }} }}"
AGAIN = f'query {{ operation(key: "k", channel: "web") {{ {LINES} }} }}'
FREE = """query($lines: [AvailabilityLineInput!]!) { availability(channel: "web", lines: $lines) {
  lines { promisable } } }"""
ALIKE = "query($id: ID!) { inquiry(id: $id) { identical } }"
GOODS = on_hand(20, "DC"), on_hand(10, "DC", "B"), on_hand(9, "DC", "C"), on_hand(5, "DC", "L")


@pytest.fixture
async def shop(client: Client) -> Client:
    """A kit of 2 A and 3 B; C may be sent for B one for one, and another kit, L, for the kit."""
    takes = KitFact("K", "A", Decimal(2)), KitFact("K", "B", Decimal(3))
    others = SubstituteFact("B", "C"), SubstituteFact("K", "L")
    items = [item(sku) for sku in "ABCDKL"]
    await tell(client, "wms", *items, site("DC"), WEB, *takes, *others, *GOODS, states=["stock"])
    return client


async def asked(shop: Client, *lines: dict[str, object]) -> Any:
    return (await shop.ask(ASK, lines=list(lines)))["availability"]["lines"]


async def kept(shop: Client, key: str, *lines: dict[str, object], **more: object) -> Any:
    given = {"channel": "web", "key": key, "lines": list(lines), **more}
    return (await shop.ask(KEEP, input=given))["reserve"]["operation"]


async def free(shop: Client, skus: str = "ABCKL") -> dict[str, int]:
    lines = [line(1, sku=sku) for sku in skus]
    told = [(await shop.ask(FREE, lines=[each]))["availability"]["lines"][0]["promisable"] for each in lines]
    return dict(zip(skus, told, strict=True))


def made(part: Any) -> list[tuple[str, object, str | None]]:
    return [(each["sku"], each["quantity"], each["insteadOf"]) for each in part["madeOf"]]


def sent(parts: Any) -> "list[Sent]":
    return [(part["sku"], part["quantity"], made(part)) for part in parts]


Sent = tuple[str, object, list[tuple[str, object, str | None]]]
OWN: Sent = ("K", 3, [])
WITH_C: Sent = ("K", 3, [("A", 6, None), ("C", 9, "B")])


async def test_sets_are_made_with_what_may_be_sent_for_the_short_component(shop: Client):
    """Ten of B are three sets; three more take nine of C. The two that are still missing are another kit."""
    [told] = await asked(shop, line(8, sku="K"))
    assert (sent(told["schedule"]), told["open"]) == ([OWN, WITH_C, ("L", 2, [])], 0)
    assert {part["label"] for part in told["schedule"]} == {"ON_HAND"}
    assert "3 EA from DC on 2026-06-01, with C in place of B" in told["explanation"]["summary"]
    assert told["promisable"] == 3


async def test_what_replaces_a_component_is_reserved_as_its_own_item_and_given_back(shop: Client):
    """Three kits keep 6 A and 9 B; the sets with C keep 6 A and 9 C. Given back, all is as before."""
    before = await free(shop)
    assert before == {"A": 20, "B": 10, "C": 9, "K": 3, "L": 5}
    told = await kept(shop, "k", line(6, sku="K"))
    [first] = told["lines"]
    assert (told["status"], first["quantity"], sent(first["parts"])) == ("ACCEPTED", 6, [OWN, WITH_C])
    loose = [(each["sku"], each["quantity"], each["fills"]) for each in first["instead"]]
    assert loose == [("A", 6, 3), ("C", 9, 3)]
    assert (await shop.ask(AGAIN))["operation"] == told
    assert await free(shop) == {"A": 8, "B": 1, "C": 0, "K": 0, "L": 5}
    back = "mutation($input: CancelInput!) { cancel(input: $input) { operation { status } } }"
    names = [first["reservation"], *(each["reservation"] for each in first["instead"])]
    done = await shop.ask(back, input={"channel": "web", "key": "back", "reservations": names})
    assert done["cancel"]["operation"]["status"] == "ACCEPTED"
    assert await free(shop) == before


async def test_each_loose_part_tells_what_it_was_made_of_and_can_leave(shop: Client):
    told = await kept(shop, "k", line(6, sku="K"))
    _, c = told["lines"][0]["instead"]
    look = "query($id: ID!) { reservation(id: $id) { sku quantity promised { sku quantity label } } }"
    looked = (await shop.ask(look, id=c["reservation"]))["reservation"]
    assert looked["promised"] == [{"sku": "C", "quantity": 9, "label": "ON_HAND"}]
    ship = "mutation($input: HeldInput!) { ship(input: $input) { operation { status lines { open } } } }"
    given = {"channel": "web", "key": "s", "lines": [{"reservation": c["reservation"], "quantity": 3}]}
    gone = (await shop.as_("oms").ask(ship, input=given))["ship"]["operation"]
    assert (gone["status"], gone["lines"][0]["open"]) == ("ACCEPTED", 6)


async def test_substitutes_of_a_component_come_in_turn_each_in_its_ratio_and_packs(shop: Client):
    """Two of D, in packs of four, stand for a B: a set takes six, so eight are sent; two sets take twelve."""
    pairs = SubstituteFact("B", "C", turn=1), SubstituteFact("B", "D", Fraction(2), Decimal(4), turn=2)
    await tell(shop, "wms", *pairs, *GOODS, on_hand(15, "DC", "D"), states=["stock"])
    [told] = await asked(shop, line(9, sku="K"))
    twice = ("K", 2, [("A", 4, None), ("D", 12, "B")])
    assert sent(told["schedule"]) == [OWN, WITH_C, twice, ("L", 1, [])]
    made_of_all = await kept(shop, "k", line(9, sku="K"))
    assert [(each["sku"], each["quantity"]) for each in made_of_all["lines"][0]["instead"]] == [
        ("A", 10),
        ("C", 9),
        ("D", 12),
        ("L", 1),
    ]
    assert await free(shop, "ABCDL") == {"A": 4, "B": 1, "C": 0, "D": 3, "L": 4}


async def test_the_day_is_filled_before_a_later_one_and_what_comes_is_told_apart(shop: Client):
    """Six of C are there, three come with twelve of B on the fifth: two sets now, the rest then."""
    coming = (
        SupplyFact("R1", "purchase", "C", "DC", Decimal(3), date(2026, 6, 5)),
        SupplyFact("R2", "purchase", "B", "DC", Decimal(12), date(2026, 6, 5)),
    )
    goods = GOODS[0], GOODS[1], on_hand(6, "DC", "C")
    await tell(shop, "wms", *goods, *coming, states=["stock", "supply"])
    [told] = await asked(shop, line(7, sku="K"))
    days = [(part["day"], part["quantity"], part["label"], len(part["madeOf"])) for part in told["schedule"]]
    assert days == [(TODAY, 3, "ON_HAND", 0), (TODAY, 2, "ON_HAND", 2), (LATER, 2, "RECEIPT", 0)]
    [told] = await asked(shop, line(9, LATER, sku="K"))
    days = [(part["day"], part["quantity"], part["label"], len(part["madeOf"])) for part in told["schedule"]]
    assert days == [
        (LATER, 3, "ON_HAND", 0),
        (LATER, 4, "RECEIPT", 0),
        (LATER, 2, "ON_HAND", 2),
    ]


async def test_an_answer_with_parts_replaced_is_decided_again_alike_and_promised(shop: Client):
    given = await shop.ask(ASK, lines=[line(6, sku="K")])
    inquiry = given["availability"]["inquiry"]
    assert (await shop.ask(ALIKE, id=inquiry))["inquiry"]["identical"] is True
    promise = KEEP.replace("ReserveInput", "PromiseInput").replace("reserve(", "promise(")
    done = await shop.ask(promise, input={"channel": "web", "key": "p", "inquiry": inquiry})
    assert done["promise"]["operation"]["status"] == "ACCEPTED"
    assert await free(shop) == {"A": 8, "B": 1, "C": 0, "K": 0, "L": 5}
    again = await shop.ask(promise, input={"channel": "web", "key": "q", "inquiry": inquiry})
    assert again["promise"]["operation"]["status"] == "CHANGED"


async def test_lines_of_one_cart_share_what_replaces_a_component(shop: Client):
    """Four of C are asked for themselves: five are left, which is one set."""
    told = await asked(shop, line(4, sku="C"), line(6, sku="K"), line(3, sku="A"))
    assert [sent(each["schedule"]) for each in told] == [
        [("C", 4, [])],
        [OWN, ("K", 1, [("A", 2, None), ("C", 3, "B")]), ("L", 2, [])],
        [("A", 3, [])],
    ]


async def test_whole_packs_are_filled_up_with_sets_whose_component_is_replaced(shop: Client):
    """Of packs of four none is filled by three kits; with one set more it is, and not two with three more."""
    [told] = await asked(shop, line(4, sku="K", pack=4))
    assert sent(told["schedule"]) == [OWN, ("K", 1, [("A", 2, None), ("C", 3, "B")])]
    [told] = await asked(shop, line(8, sku="K", pack=4))
    assert [part["quantity"] for part in told["schedule"]][:2] == [3, 1]


async def test_the_promise_page_says_what_is_in_place_of_what(shop: Client):
    given = await shop.ask(ASK, lines=[line(6, sku="K")])
    page = await (await signed_in(shop)).open(f"/inquiries/{given['availability']['inquiry']}")
    assert [row[2] for row in page.table("How the ask would be served")] == ["3", "3, 9 C in place of B"]
