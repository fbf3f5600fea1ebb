"""Requirement 1.5: whether consignment, vendor-managed or drop-ship goods are promised is a rule."""

from decimal import Decimal
from typing import Any

import pytest

from datasources.facts import ChannelFact, SiteFact, StockFact
from tests.application import Client
from tests.scenarios.company import WEB, change_rules, item, promisable, simulate, site, submit, tell

SUPPLY = "10-supply.yaml"
CONSIGNMENT_OFF = (
    (
        SUPPLY,
        "then: {counts: true, position: consignment, from_days: 0}",
        "then: {counts: false, position: consignment, from_days: 0}",
    ),
    (SUPPLY, "expect: {counts: true, position: consignment, row: SUP070}", "expect: {row: SUP070}"),
)
ASK = """query($sku: Sku!, $quantity: Quantity!, $wanted: Date!) {
  availability(lines: [{sku: $sku, quantity: $quantity, wanted: $wanted}], channel: "web") {
    inquiry ruleBook lines { promisable schedule { day site quantity position }
      rules { decision about file row gives trail { passed { row misses { name wanted given } } } }
      explanation { sites { site position promisable onHand { ownership quantity counted why } } } } } }"""


@pytest.fixture
async def company(client: Client) -> Client:
    """Ten of our own, five in consignment; the maker keeps twenty that he sends himself, in three days."""
    await tell(
        client,
        "wms",
        item("A"),
        site("DC"),
        SiteFact("VS", "The maker's", "supplier", "UTC"),
        WEB,
        StockFact("A", "DC", Decimal(10)),
        StockFact("A", "DC", Decimal(5), ownership="consignment"),
        StockFact("A", "VS", Decimal(20), ownership="drop_ship"),
        states=["stock"],
    )
    return client


async def ask(client: Client, quantity: int, wanted: str) -> tuple[str, Any]:
    told = (await client.ask(ASK, sku="A", quantity=quantity, wanted=wanted))["availability"]
    return told["inquiry"], told["lines"][0]


async def test_fifteen_today_and_thirty_five_from_the_third_day(company: Client):
    assert await promisable(company, "A", "2026-06-01") == 15
    assert await promisable(company, "A", "2026-06-03") == 15
    assert await promisable(company, "A", "2026-06-04") == 35


async def test_consignment_flipped_off_leaves_ten_and_thirty(company: Client):
    """By the rule file alone; no restart, no developer."""
    await change_rules(company, *CONSIGNMENT_OFF)
    assert await promisable(company, "A", "2026-06-01") == 10
    assert await promisable(company, "A", "2026-06-04") == 30


async def test_every_unit_is_named_by_whose_it_is(company: Client):
    """In the schedule, in the derivation, and by the rows that let it count."""
    _, line = await ask(company, 35, "2026-06-04")
    parts = {part["position"]: (part["site"], part["quantity"]) for part in line["schedule"]}
    assert parts == {"own": ("DC", 10), "consignment": ("DC", 5), "drop_ship": ("VS", 20)}
    goods = {
        (site["position"], row["ownership"]): row["quantity"]
        for site in line["explanation"]["sites"]
        for row in site["onHand"]
        if row["counted"]
    }
    assert goods == {("own", "own"): 10, ("consignment", "consignment"): 5, ("drop_ship", "drop_ship"): 20}
    fired = {rule["about"]: rule for rule in line["rules"]}
    assert fired["goods on hand, consignment"]["row"] == "SUP070"
    assert fired["goods on hand, drop_ship"]["row"] == "SUP080"
    told = ["counts: true", "position: drop_ship", "from_days: 3"]
    assert fired["goods on hand, drop_ship"]["gives"] == told, "as it is written in the file"
    above = fired["goods on hand, consignment"]["trail"]["passed"]
    missed = {row["row"]: [(miss["name"], miss["given"]) for miss in row["misses"]] for row in above}
    assert missed["SUP060"] == [("channel_kind", "web")]


async def test_a_marketplace_gets_none_of_the_consignment_and_takes_none_of_it(company: Client):
    """What one channel may not use is a position of its own."""
    market = """query { availability(channel: "market",
      lines: [{sku: "A", quantity: 20, wanted: "2026-06-01"}]) {
        lines { promisable schedule { position quantity } } } }"""
    await tell(company, "wms", ChannelFact("market", "Marketplace", "marketplace", "spot"))
    line = (await company.ask(market))["availability"]["lines"][0]
    assert line["promisable"] == 10
    assert {part["position"] for part in line["schedule"]} == {"own", "drop_ship"}


async def test_a_simulation_says_who_would_have_lost_what_and_by_which_row(company: Client):
    """Fifteen were asked for today, ten of which would be had without the consignment."""
    inquiry, line = await ask(company, 15, "2026-06-01")
    assert line["promisable"] == 15
    found = await simulate(company, await submit(company, *CONSIGNMENT_OFF))
    assert {count["change"]: count["lines"] for count in found["total"]["changed"]}["later"] == 1
    [changed] = found["lines"]
    assert (changed["file"], changed["row"], changed["rowBefore"]) == (SUPPLY, "SUP070", "SUP070")
    assert changed["before"] == "10 on 2026-06-01 from DC; 5 on 2026-06-01 from DC"
    assert changed["after"] == "10 on 2026-06-01 from DC; 5 on 2026-06-04 from VS"
    assert inquiry
    assert await promisable(company, "A", "2026-06-01") == 15, "nothing is in force yet"
