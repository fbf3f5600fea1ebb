"""Supply that slips, shrinks or vanishes: who keeps the promise, who moves, and what is told of it."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from datasources.facts import ChannelFact, SafetyStockFact, StockFact, SupplyFact
from resolvers.flows.slip_rounds import review_waiting
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
RELEASE = "mutation($input: HeldInput!) { release(input: $input) { operation { status } } }"
SHIP = "mutation($input: HeldInput!) { ship(input: $input) { operation { status } } }"
LOOK = """query($id: ID!) { reservation(id: $id) { state quantity open
  parts { day quantity open } proposals { state daysLate was { day quantity } } } }"""
TAKE = """mutation($most: Int!, $seconds: Int!) { takeMessages(input: {most: $most, leaseSeconds: $seconds}) {
  messages { message topic key channel content takings } } }"""
ACKNOWLEDGE = """mutation($ids: [ID!]!) { acknowledgeMessages(input: {messages: $ids}) {
  acknowledgements { message done } } }"""

PROMISE, REPROMISE = "70-promise.yaml", "74-repromise.yaml"
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
    assert [(of["state"], days(of["was"])) for of in looked["proposals"]] == [("APPLIED", {3: 12})]
    assert await at_risk(company) == {}
    assert await promisable(company, "A", day(6)) == 11
    again = (await company.ask(APPLY, input={"proposals": [found["proposal"]]}))["applyProposals"]
    assert again["outcomes"] == [outcome]


@pytest.mark.parametrize(("latest", "proposed", "undated"), [(5, {3: 10}, 2), (6, {3: 10, 6: 2}, 0)])
async def test_what_would_come_after_the_latest_day_that_was_named_has_no_day(
    company: Client, latest: int, proposed: dict[int, int], undated: int
):
    line = {"sku": "A", "quantity": 12, "wanted": day(3), "latest": day(latest)}
    made = await company.ask(RESERVE, input={"channel": "web", "key": "k", "lines": [line]})
    assert made["reserve"]["operation"]["status"] == "ACCEPTED"
    await told(company, expected("R1", 8, 16))
    [found] = (await at_risk(company)).values()
    assert (days(found["proposed"]), found["undated"]) == (proposed, undated)


async def reserved(client: Client, quantity: int, ahead: int, key: str = "k") -> str:
    """The web shop's reservation of so much for the day."""
    given = {
        "channel": "web",
        "key": key,
        "lines": [{"sku": "A", "quantity": quantity, "wanted": day(ahead)}],
    }
    made = (await client.ask(RESERVE, input=given))["reserve"]["operation"]
    assert made["status"] == "ACCEPTED", made
    return str(made["lines"][0]["reservation"])


async def decided(client: Client, query: str, *proposals: str, **more: Any) -> list[dict[str, Any]]:
    """What became of the proposals named."""
    [payload] = (await client.ask(query, input={"proposals": list(proposals), **more})).values()
    outcomes: list[dict[str, Any]] = payload["outcomes"]
    return outcomes


def problems(outcomes: list[dict[str, Any]]) -> list[str | None]:
    return [of["problem"] and of["problem"]["code"] for of in outcomes]


async def messages(client: Client, most: int = 500, seconds: int = 60) -> list[tuple[str, dict[str, Any]]]:
    """Each message that can be taken now, with its topic; they are acknowledged."""
    taken = (await client.as_("oms").ask(TAKE, most=most, seconds=seconds))["takeMessages"]["messages"]
    if taken:
        await client.as_("oms").ask(ACKNOWLEDGE, ids=[each["message"] for each in taken])
    return [(each["topic"], json.loads(each["content"])) for each in taken]


async def apply_within(client: Client, within: int) -> None:
    """The rules apply new days at once that are at most so many days late."""
    before = "then: {apply_within_days: none, grace_days: 2}"
    tried = "expect: {apply_within_days: none,"
    await change_rules(
        client,
        (REPROMISE, before, before.replace("none", str(within))),
        (REPROMISE, tried, tried.replace("none", str(within))),
    )


async def test_what_is_late_by_few_days_is_applied_at_once_where_the_rules_say_so(company: Client):
    """Within three days: the reservation has its new day at once, and the order desk hears."""
    await apply_within(company, 3)
    name = await reserved(company, 12, 3)
    await told(company, expected("R1", 8, 16))
    assert await at_risk(company) == {}
    [applied] = (await at_risk(company, "APPLIED")).values()
    assert (applied["decidedBy"], applied["daysLate"]) == ("74-repromise", 3)
    assert "REM999" in applied["reason"]
    assert days((await company.ask(LOOK, id=name))["reservation"]["parts"]) == {3: 10, 6: 2}
    [(topic, content)] = await messages(company)
    assert (topic, content["reservation"], content["state"]) == ("promise.moved", name, "applied")


async def test_what_is_later_than_that_waits_for_a_person(company: Client):
    await apply_within(company, 2)
    await reserved(company, 12, 3)
    await told(company, expected("R1", 8, 16))
    assert [of["daysLate"] for of in (await at_risk(company)).values()] == [3]


async def test_the_order_desk_hears_one_message_a_line_for_each_thing_that_happens(promised: Client):
    await told(promised, expected(*SLIP))
    heard = await messages(promised)
    assert [(topic, content["order"]) for topic, content in heard] == [
        ("promise.at_risk", order) for order in ("P2", "P4", "P3", "P5")
    ]
    assert heard[0][1] | {"proposal": None, "recordedAt": None} == {
        "proposal": None,
        "supersedes": None,
        "state": "open",
        "reservation": None,
        "channel": "contract",
        "order": "P2",
        "line": "1",
        "sku": "A",
        "was": [{"day": day(3), "site": "DC", "position": "own", "quantity": 12}],
        "proposed": [
            {"day": day(3), "site": "DC", "position": "own", "quantity": 2},
            {"day": day(6), "site": "DC", "position": "own", "quantity": 10},
        ],
        "undated": 0,
        "daysLate": 3,
        "knockedOn": False,
        "cause": "late",
        "source": "erp",
        "reference": "R1",
        "recordedAt": None,
        "decidedBy": None,
        "reason": None,
    }
    await decided(promised, APPLY, heard[0][1]["proposal"])
    await decided(promised, REJECT, heard[2][1]["proposal"], reason="They will wait.")
    assert [(topic, content["order"]) for topic, content in await messages(promised)] == [
        ("promise.moved", "P2"),
        ("promise.withdrawn", "P3"),
    ]
    await told(promised, expected("R1", 3, 20))
    assert [(topic, content["order"]) for topic, content in await messages(promised)] == [
        ("promise.withdrawn", "P4"),
        ("promise.withdrawn", "P5"),
    ]


async def test_an_outside_line_keeps_its_day_until_its_system_states_it_anew(promised: Client):
    """Applied, it is not proposed again while nothing changes; restated on its new day, it is at no risk."""
    await told(promised, expected(*SLIP))
    found = await at_risk(promised)
    assert problems(await decided(promised, APPLY, found["P4"]["proposal"])) == [None]
    await told(promised, expected("R3", 30, 1))
    assert set(await at_risk(promised)) == {"P2", "P3", "P5"}
    assert set(await at_risk(promised, "APPLIED")) == {"P4"}
    await told(promised, ordered("P4", "web", 5, 8, minute=30))
    await told(promised, expected("R1", 9, 16))
    assert shown(await at_risk(promised))["P4"] == ({8: 5}, {9: 5}, 1, True)


async def test_what_leaves_before_its_day_puts_those_at_risk_whom_it_was_to_serve(company: Client):
    """Eight for today rest on what is there; eight of the twelve for day 3 are shipped from it now."""
    today = await reserved(company, 8, 0, key="today")
    later = await reserved(company, 12, 3)
    given = {"channel": "web", "key": "early", "lines": [{"reservation": later, "quantity": 8}]}
    shipped = await company.as_("oms").ask(SHIP, input=given)
    assert shipped["ship"]["operation"]["status"] == "ACCEPTED"
    found = await at_risk(company)
    assert {name: (days(of["proposed"]), of["cause"]) for name, of in found.items()} == {
        today: ({0: 2, 3: 6}, "COUNT")
    }


async def test_a_hold_and_a_count_put_promises_at_risk(company: Client):
    """Four are held until day 2, then a count finds three fewer."""
    await told(company, ordered("P", "web", 10, 1))
    hold = {"hold": "h", "holdCode": "quality", "sku": "A", "site": "DC", "quantity": 4, "until": day(2)}
    await told(company, event(holdSet=hold))
    [of] = (await at_risk(company)).values()
    assert (days(of["proposed"]), of["cause"], of["reference"]) == ({1: 6, 2: 4}, "HOLD", "h")
    counted = event(movement={"sku": "A", "cause": "count", "legs": [{"site": "DC", "quantity": -3}]})
    await told(company, counted)
    [of] = (await at_risk(company)).values()
    assert (days(of["proposed"]), of["cause"]) == ({1: 3, 2: 4, 3: 3}, "COUNT")


async def test_supply_a_source_no_longer_states_is_gone(company: Client):
    """A whole load of the source closes the line; what has no day is undated, and nothing is lost."""
    await told(company, ordered("P", "web", 40, 6))
    one = SupplyFact("R2", "purchase", "A", "DC", Decimal(15), date(2026, 6, 7), "confirmed")
    await tell(company, "erp", one, states=["supply"])
    [of] = (await at_risk(company)).values()
    assert (days(of["proposed"]), of["undated"]) == ({6: 25}, 15)
    assert (of["cause"], of["reference"]) == ("GONE", "R1")


async def test_supply_that_does_not_come_puts_promises_at_risk_though_nobody_says_so(
    promised: Client, opened: Opened
):
    """R1 was due on day 3: expected for two days more, and then gone."""
    for ahead, undated in ((5, 0), (6, 8)):
        await opened.set_now(datetime(2026, 6, 1 + ahead, 12, tzinfo=UTC))
        assert await review_waiting(opened.deps) == 1
        found = await at_risk(promised)
        assert sum(of["undated"] for of in found.values()) == undated
        assert {(of["source"], of["cause"]) for of in found.values()} == {(None, "LATE")}
    await told(promised, expected("R1", 7, 20))
    assert all(of["undated"] == 0 for of in (await at_risk(promised)).values())


async def test_a_proposal_is_over_once_its_reservation_is(company: Client, opened: Opened):
    name = await reserved(company, 12, 3)
    await told(company, expected("R1", 8, 16))
    given = {"channel": "web", "key": "back", "lines": [{"reservation": name}]}
    await company.ask(RELEASE, input=given)
    assert await at_risk(company) == {}
    await review_waiting(opened.deps)
    assert [topic for topic, _ in await messages(company)] == ["promise.at_risk"]
    assert [topic for topic, _ in await messages(company)] == ["promise.withdrawn"]


async def test_what_was_rejected_is_not_proposed_again_until_something_else_is_best(promised: Client):
    await told(promised, expected(*SLIP))
    found = await at_risk(promised)
    [outcome] = await decided(promised, REJECT, found["P2"]["proposal"], reason="We buy elsewhere.")
    assert (outcome["proposal"]["state"], outcome["proposal"]["reason"]) == ("REJECTED", "We buy elsewhere.")
    await told(promised, expected("R3", 30, 1))
    assert "P2" not in await at_risk(promised)
    await told(promised, expected("R2", 7, 15))
    assert shown(await at_risk(promised))["P2"] == ({3: 12}, {3: 2, 7: 10}, 4, False)


async def test_each_proposal_named_has_an_outcome_of_its_own(promised: Client):
    """Twice is as once; what is over, decided or unknown is told with the next step."""
    await told(promised, expected(*SLIP))
    found = {order: of["proposal"] for order, of in (await at_risk(promised)).items()}
    assert problems(await decided(promised, APPLY, found["P2"])) == [None]
    assert problems(await decided(promised, REJECT, found["P3"], reason="No.")) == [None]
    nobodys = "00000000-0000-7000-8000-000000000000"
    again = await decided(promised, APPLY, found["P2"], found["P3"], nobodys, "x", found["P5"])
    unknown = "UNKNOWN_PROPOSAL"
    assert problems(again) == [None, "PROPOSAL_DECIDED", unknown, unknown, None]
    await told(promised, expected("R1", 3, 20))
    assert problems(await decided(promised, APPLY, found["P4"])) == ["PROPOSAL_WITHDRAWN"]
    assert len(await at_risk(promised, "APPLIED")) == 2


async def test_what_is_applied_is_the_best_there_is_at_that_moment(company: Client):
    """Given back in the meantime, goods serve the others: the old proposal is superseded as it is applied."""
    other = await reserved(company, 8, 1, key="other")
    await reserved(company, 12, 3)
    await told(company, expected("R1", 8, 16))
    before = await at_risk(company)
    [[name, proposal]] = before.items()
    assert days(proposal["proposed"]) == {3: 2, 6: 10}
    given = {"channel": "web", "key": "back", "lines": [{"reservation": other}]}
    await company.ask(RELEASE, input=given)
    assert problems(await decided(company, APPLY, proposal["proposal"])) == ["PROPOSAL_SUPERSEDED"]
    now = (await at_risk(company))[name]
    assert (now["supersedes"], days(now["proposed"])) == (proposal["proposal"], {3: 10, 6: 2})
    assert problems(await decided(company, APPLY, now["proposal"])) == [None]


async def test_another_channels_promises_are_not_there(promised: Client):
    await told(promised, expected(*SLIP))
    traders = promised.as_("planner", "wholesale")
    assert set(await at_risk(traders)) == {"P3", "P5"}
    proposal = (await at_risk(promised))["P2"]["proposal"]
    assert problems(await decided(traders, APPLY, proposal)) == ["UNKNOWN_PROPOSAL"]
    taken = (await promised.as_("oms", "wholesale").ask(TAKE, most=500, seconds=60))["takeMessages"]
    assert {each["channel"] for each in taken["messages"]} == {"wholesale"}
    others = [each["message"] for each in taken["messages"]]
    done = await promised.as_("oms", "web").ask(ACKNOWLEDGE, ids=others)
    assert {each["done"] for each in done["acknowledgeMessages"]["acknowledgements"]} == {False}


async def test_the_list_is_read_by_pages_and_filters(promised: Client):
    await told(promised, expected(*SLIP))
    paged = """query($after: String) { promisesAtRisk(first: 3, after: $after) { edges { node { order } }
      pageInfo { hasNextPage endCursor } } }"""
    first = (await promised.ask(paged))["promisesAtRisk"]
    rest = (await promised.ask(paged, after=first["pageInfo"]["endCursor"]))["promisesAtRisk"]
    orders = [edge["node"]["order"] for edge in (*first["edges"], *rest["edges"])]
    assert (orders, rest["pageInfo"]["hasNextPage"]) == (["P2", "P3", "P5", "P4"], False)
    assert set(await at_risk(promised, channel="web")) == {"P4"}
    assert set(await at_risk(promised, sku="A", site="DC")) == {"P2", "P3", "P5", "P4"}
    assert await at_risk(promised, site="elsewhere") == {}


@pytest.mark.parametrize(
    ("query", "given", "code"),
    [
        (APPLY, {"proposals": []}, "BAD_COUNT"),
        (APPLY, {"proposals": ["x"] * 501}, "BAD_COUNT"),
        (REJECT, {"proposals": ["x"], "reason": " "}, "REASON_MISSING"),
        (APPLY, {"proposals": ["x"], "reason": "y" * 2001}, "TEXT_TOO_LONG"),
    ],
)
async def test_a_decision_that_cannot_be_one_is_refused(company: Client, query, given, code):
    assert (await company.refused(query, input=given))["extensions"]["code"] == code


@pytest.mark.parametrize(
    ("most", "seconds", "code"),
    [(0, 60, "BAD_COUNT"), (501, 60, "BAD_COUNT"), (1, 0, "BAD_DURATION"), (1, 3601, "BAD_DURATION")],
)
async def test_messages_are_taken_within_bounds(company: Client, most, seconds, code):
    refused = await company.as_("oms").refused(TAKE, most=most, seconds=seconds)
    assert refused["extensions"]["code"] == code


async def test_who_may_not_decide_sees_nothing(company: Client):
    for role in ("storefront", "warehouse", "auditor"):
        refused = await company.as_(role).refused(AT_RISK, filter={})
        assert refused["extensions"]["code"] == "FORBIDDEN"
