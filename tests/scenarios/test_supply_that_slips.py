"""Supply that slips, shrinks or vanishes: who keeps the promise, who moves, and what is told of it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from datasources.facts import ChannelFact, SafetyStockFact, StockFact
from tests.application import Client
from tests.databases import Opened
from tests.scenarios.company import change_rules, item, promisable, receive, site, tell

TODAY = date(2026, 6, 1)
CHANNELS = (
    ChannelFact("contract", "Contracts", "contract", "contract"),
    ChannelFact("wholesale", "Traders", "wholesale", "wholesale"),
    ChannelFact("web", "Web shop", "web", "retail"),
)
AT_RISK = """query($filter: PromisesAtRiskFilter) { promisesAtRisk(filter: $filter) { edges { node {
  proposal state reservation channel order line sku sites undated daysLate knockedOn cause source reference
  decidedBy reason supersedes was { day quantity } proposed { day quantity } } }
  pageInfo { hasNextPage } } }"""
OUTCOMES = "outcomes { named proposal { state order decidedBy reason } problem { code message nextStep } }"
APPLY = f"mutation($input: ApplyProposalsInput!) {{ applyProposals(input: $input) {{ {OUTCOMES} }} }}"
REJECT = f"mutation($input: RejectProposalsInput!) {{ rejectProposals(input: $input) {{ {OUTCOMES} }} }}"
RESERVE = """mutation($input: ReserveInput!) { reserve(input: $input) { operation {
  status lines { reservation problem { message } } } } }"""
LOOK = """query($id: ID!) { reservation(id: $id) { state quantity open
  parts { day quantity open } } }"""

PROMISE = "70-promise.yaml"
WHOLE = """rows:
  - id: PRO010
    when: {channel_kind: contract}
    then: {horizon_days: 90, partial: false, backorder: true, min_shipment_percent: 0, cut_off: none}
    why: Contracts are delivered whole.
    owner: customer service
"""
TRIED = """examples:
  - given: {channel_kind: contract}
    expect: {partial: false, row: PRO010}
"""

_numbers = iter(range(10_000))


def day(ahead: int) -> str:
    return (TODAY + timedelta(days=ahead)).isoformat()


def event(**fact: Any) -> dict[str, Any]:
    return {"source": "erp", "eventId": f"e{next(_numbers)}", **fact}


def expected(line: str, ahead: int, quantity: int) -> dict[str, Any]:
    """A receipt as it is now."""
    due = {
        "line": line,
        "kind": "purchase",
        "sku": "A",
        "site": "DC",
        "quantity": quantity,
        "due": day(ahead),
    }
    return event(supplyLine=due)


def ordered(order: str, channel: str, quantity: int, ahead: int, minute: int = 0) -> dict[str, Any]:
    """An order line of another system, accepted so many minutes after eight."""
    line = {"order": order, "line": "1", "channel": channel, "sku": "A", "site": "DC", "quantity": quantity}
    at = datetime(2026, 6, 1, 8, minute, tzinfo=UTC).isoformat()
    return event(demandLine=line | {"neededOn": day(ahead)}, source="oms", occurredAt=at)


PROMISED = (
    ordered("P1", "web", 8, 0),
    ordered("P2", "contract", 12, 3),
    ordered("P3", "wholesale", 6, 4, minute=1),
    ordered("P5", "wholesale", 2, 4, minute=2),
    ordered("P4", "web", 5, 6),
)
SLIP = ("R1", 8, 16)
"""R1 slips from day 3 to day 8 and shrinks from 20 to 16."""


async def told(client: Client, *events: dict[str, Any]) -> None:
    receipts = await receive(client, *events)
    assert {each["outcome"] for each in receipts} == {"APPLIED"}, receipts


@pytest.fixture
async def company(client: Client, opened: Opened) -> Client:
    """Ten on hand, a safety stock of two; R1 brings 20 on day 3, R2 15 on day 6."""
    stock = StockFact("A", "DC", Decimal(10))
    safety = SafetyStockFact("A", "DC", Decimal(2))
    await tell(client, "erp", item("A"), site("DC"), *CHANNELS, stock, safety)
    await told(client, expected("R1", 3, 20), expected("R2", 6, 15))
    return client


@pytest.fixture
async def promised(company: Client) -> Client:
    """Five order lines are promised, and everybody can be served."""
    await told(company, *PROMISED)
    assert await at_risk(company) == {}
    return company


async def at_risk(client: Client, state: str = "OPEN", **chosen: Any) -> dict[str, Any]:
    """The proposals in the state, by order."""
    found = await client.ask(AT_RISK, filter={"state": state, **chosen})
    assert not found["promisesAtRisk"]["pageInfo"]["hasNextPage"]
    nodes = [edge["node"] for edge in found["promisesAtRisk"]["edges"]]
    return {node["order"] or node["reservation"]: node for node in nodes}


def days(parts: list[dict[str, Any]]) -> dict[int, int]:
    """How much by day, counted from today."""
    return {(date.fromisoformat(part["day"]) - TODAY).days: part["quantity"] for part in parts}


def shown(found: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """By order: what was promised, what is proposed, how late, and whether better ranks took its goods."""
    return {
        order: (days(of["was"]), days(of["proposed"]), of["daysLate"], of["knockedOn"])
        for order, of in found.items()
    }


async def test_a_receipt_slips_and_shrinks_and_each_line_is_proposed_the_best_days(promised: Client):
    """The worked example, line by line: 41 come, 33 are owed, 8 stay free."""
    await told(promised, expected(*SLIP))
    found = await at_risk(promised)
    assert shown(found) == {
        "P2": ({3: 12}, {3: 2, 6: 10}, 3, False),
        "P3": ({4: 6}, {6: 5, 8: 1}, 4, False),
        "P5": ({4: 2}, {8: 2}, 4, False),
        "P4": ({6: 5}, {8: 5}, 2, True),
    }
    assert list(found) == ["P2", "P3", "P5", "P4"]
    assert {of["cause"] for of in found.values()} == {"LATE"}
    assert {(of["source"], of["reference"]) for of in found.values()} == {("erp", "R1")}
    assert [of["undated"] for of in found.values()] == [0] * 4


async def test_a_line_that_takes_no_parts_moves_whole(promised: Client):
    await change_rules(
        promised, ("70-promise.yaml", "rows:\n", WHOLE), ("70-promise.yaml", "examples:\n", TRIED)
    )
    await told(promised, expected(*SLIP))
    found = shown(await at_risk(promised))
    assert found["P2"] == ({3: 12}, {6: 12}, 3, False)


async def test_when_supply_returns_first_the_proposals_are_withdrawn(promised: Client):
    await told(promised, expected(*SLIP))
    await told(promised, expected("R1", 3, 20))
    assert await at_risk(promised) == {}
    assert set(await at_risk(promised, "WITHDRAWN")) == {"P2", "P3", "P5", "P4"}


async def test_what_changes_again_supersedes_and_stays_on_record(promised: Client):
    await told(promised, expected(*SLIP))
    before = await at_risk(promised)
    await told(promised, expected("R1", 9, 16))
    now, superseded = await at_risk(promised), await at_risk(promised, "SUPERSEDED")
    assert shown(now)["P4"] == ({6: 5}, {9: 5}, 3, True)
    assert now["P4"]["supersedes"] == before["P4"]["proposal"]
    assert set(superseded) == {"P3", "P5", "P4"}
    assert now["P2"]["proposal"] == before["P2"]["proposal"]


async def test_a_reservation_is_kept_for_its_new_days_once_somebody_says_so(company: Client):
    given = {"channel": "web", "key": "k", "lines": [{"sku": "A", "quantity": 12, "wanted": day(3)}]}
    made = (await company.ask(RESERVE, input=given))["reserve"]["operation"]
    name = made["lines"][0]["reservation"]
    await told(company, expected("R1", 8, 16))
    [found] = (await at_risk(company)).values()
    assert (found["reservation"], found["order"]) == (name, None)
    assert (days(found["was"]), days(found["proposed"])) == ({3: 12}, {3: 10, 6: 2})
    applied = await company.ask(APPLY, input={"proposals": [found["proposal"]]})
    [outcome] = applied["applyProposals"]["outcomes"]
    assert (outcome["problem"], outcome["proposal"]["state"]) == (None, "APPLIED")
    looked = (await company.ask(LOOK, id=name))["reservation"]
    assert (looked["quantity"], looked["open"]) == (12, 12)
    assert days(looked["parts"]) == {3: 10, 6: 2}
    assert await at_risk(company) == {}
    assert await promisable(company, "A", day(6)) == 11
    again = (await company.ask(APPLY, input={"proposals": [found["proposal"]]}))["applyProposals"]
    assert again["outcomes"] == [outcome]
