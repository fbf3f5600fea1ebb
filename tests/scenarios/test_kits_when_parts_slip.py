"""Kits when a part slips: the promise of the kit is at risk, and its sets move together."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from datasources.facts import ChannelFact, KitFact, StockFact
from resolvers.flows.slip_rounds import review_waiting
from tests.application import Client
from tests.scenarios.company import WEB, item, receive, site, tell

TODAY = date(2026, 6, 1)
CONTRACT = ChannelFact("contract", "Contracts", "contract", "contract")
RESERVE = """mutation($input: ReserveInput!) { reserve(input: $input) { operation { status lines {
  reservation problem { message } } } } }"""
RELEASE = "mutation($input: HeldInput!) { release(input: $input) { operation { status } } }"
AT_RISK = """{ promisesAtRisk(first: 50) { edges { node { proposal sku reservation order undated daysLate
  cause source was { day quantity } proposed { day quantity } } } } }"""
APPLY = """mutation($proposals: [ID!]!) { applyProposals(input: {proposals: $proposals}) {
  outcomes { proposal { state } problem { code } } } }"""
LOOK = "query($id: ID!) { reservation(id: $id) { parts { day open } } }"


@pytest.fixture
async def kits(client: Client) -> Client:
    """One finished kit; a set takes 2 A and 3 B. Of A 4 are there and 6 come on day 2; of B there are 20."""
    goods = (
        StockFact("K", "DC", Decimal(1)),
        StockFact("A", "DC", Decimal(4)),
        StockFact("B", "DC", Decimal(20)),
    )
    parts = (KitFact("K", "A", Decimal(2)), KitFact("K", "B", Decimal(3)))
    await tell(client, "erp", item("A"), item("B"), item("K"), site("DC"), WEB, CONTRACT, *parts, *goods)
    await expected(client, "R", "A", 6, 2)
    return client


_numbers = iter(range(1000))


async def told(client: Client, **fact: Any) -> None:
    [receipt] = await receive(client, {"source": "erp", "eventId": f"e{next(_numbers)}", **fact})
    assert receipt["outcome"] == "APPLIED", receipt


def day(ahead: int) -> str:
    return date.fromordinal(TODAY.toordinal() + ahead).isoformat()


async def expected(client: Client, line: str, sku: str, quantity: int, ahead: int) -> None:
    """The receipt as it is now."""
    due = {
        "line": line,
        "kind": "purchase",
        "sku": sku,
        "site": "DC",
        "quantity": quantity,
        "due": day(ahead),
    }
    await told(client, supplyLine=due)


async def counted(client: Client, sku: str, difference: int) -> None:
    legs = [{"site": "DC", "quantity": difference}]
    await told(client, movement={"sku": sku, "cause": "count", "legs": legs})


async def reserved(client: Client, quantity: int, ahead: int, sku: str = "K", channel: str = "web") -> str:
    lines = [{"sku": sku, "quantity": quantity, "wanted": day(ahead)}]
    given = {"channel": channel, "key": f"k{next(_numbers)}", "lines": lines}
    made = (await client.ask(RESERVE, input=given))["reserve"]["operation"]
    assert made["status"] == "ACCEPTED", made
    return str(made["lines"][0]["reservation"])


async def at_risk(client: Client) -> dict[str, Any]:
    """The open proposals by reservation, or by order."""
    nodes = [edge["node"] for edge in (await client.ask(AT_RISK))["promisesAtRisk"]["edges"]]
    return {node["reservation"] or node["order"]: node for node in nodes}


def days(parts: list[dict[str, Any]]) -> dict[int, int]:
    return {(date.fromisoformat(part["day"]) - TODAY).days: part["quantity"] for part in parts}


async def test_a_part_that_slips_moves_the_sets_that_need_it(kits: Client):
    """Four kits on day 3: one finished, two sets of the A there, and a third that waits for day 5."""
    name = await reserved(kits, 4, 3)
    assert await at_risk(kits) == {}
    await expected(kits, "R", "A", 6, 5)
    found = await at_risk(kits)
    assert set(found) == {name}
    assert (found[name]["sku"], found[name]["daysLate"]) == ("K", 2)
    assert (found[name]["cause"], found[name]["source"]) == ("LATE", "erp")
    assert (days(found[name]["was"]), days(found[name]["proposed"])) == ({3: 4}, {3: 3, 5: 1})
    done = await kits.ask(APPLY, proposals=[found[name]["proposal"]])
    assert done["applyProposals"]["outcomes"] == [{"proposal": {"state": "APPLIED"}, "problem": None}]
    parts = (await kits.ask(LOOK, id=name))["reservation"]["parts"]
    assert {part["day"]: part["open"] for part in parts} == {day(3): 3, day(5): 1}
    assert await at_risk(kits) == {}


async def test_sets_wait_for_the_part_that_comes_last(kits: Client):
    """A is late to day 5, and of B a count leaves enough for one set until day 8."""
    name = await reserved(kits, 4, 3)
    await expected(kits, "R", "A", 6, 5)
    await expected(kits, "S", "B", 20, 8)
    await counted(kits, "B", -16)
    found = await at_risk(kits)
    assert set(found) == {name}
    assert days(found[name]["proposed"]) == {3: 2, 8: 2}


async def test_a_set_that_a_part_never_comes_for_has_no_day(kits: Client):
    name = await reserved(kits, 4, 3)
    await expected(kits, "R", "A", 0, 5)
    found = (await at_risk(kits))[name]
    assert (days(found["proposed"]), found["undated"], found["cause"]) == ({3: 3}, 1, "GONE")


async def test_when_the_part_is_back_the_proposal_of_the_kit_is_withdrawn(kits: Client):
    await reserved(kits, 4, 3)
    await expected(kits, "R", "A", 6, 5)
    assert len(await at_risk(kits)) == 1
    await expected(kits, "R", "A", 6, 2)
    assert await at_risk(kits) == {}


async def test_kits_compete_for_their_parts_with_the_rank_of_who_ordered_them(kits: Client):
    """Four of A are there for two sets of a contract and for four of the web shop: the contract keeps."""
    contract = await reserved(kits, 3, 3, channel="contract")
    web = await reserved(kits, 4, 3, sku="A")
    await expected(kits, "R", "A", 6, 5)
    found = await at_risk(kits)
    assert contract not in found
    assert days(found[web]["proposed"]) == {5: 4}


async def test_an_order_for_kits_of_another_system_is_told_its_new_days_too(kits: Client):
    line = {"order": "O", "line": "1", "channel": "web", "sku": "K", "site": "DC", "quantity": 4}
    await told(kits, demandLine=line | {"neededOn": day(3)})
    await expected(kits, "R", "A", 6, 5)
    found = await at_risk(kits)
    assert days(found["O"]["proposed"]) == {3: 3, 5: 1}


async def test_a_kit_that_is_given_back_leaves_its_proposal_behind(kits: Client):
    name = await reserved(kits, 4, 3)
    await expected(kits, "R", "A", 6, 5)
    given = {"channel": "web", "key": "back", "lines": [{"reservation": name}]}
    await kits.ask(RELEASE, input=given)
    await review_waiting(kits.deps)
    assert await at_risk(kits) == {}
