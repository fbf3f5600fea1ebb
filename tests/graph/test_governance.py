"""Rule books through GraphQL: read by those who may, handed in, approved by another, activated, undone."""

import base64

import pytest

from datasources.policies import shipped
from tests.application import Client
from tests.book_life import PRIORITY, book_where_spot_ranks

BOOK = "query($version: String) { ruleBook(version: $version) { version state author activeFrom } }"
SUBMIT = """mutation($input: SubmitRuleBookInput!) { submitRuleBook(input: $input) {
  ruleBook { version state handedInBy label } problems { file line row severity code message } } }"""
APPROVE = "mutation($input: ApproveRuleBookInput!) { approveRuleBook(input: $input) { ruleBook { state } } }"
REJECT = "mutation($input: RejectRuleBookInput!) { rejectRuleBook(input: $input) { ruleBook { state } } }"
ACTIVATE = """mutation($input: ActivateRuleBookInput!) { activateRuleBook(input: $input) {
  ruleBook { state activeFrom nextVersion } } }"""
ROLLBACK = (
    "mutation($input: RollbackRuleBookInput!) { rollbackRuleBook(input: $input) { ruleBook { author } } }"
)
CHECK = """query($files: [RuleFileInput!]!) { ruleCheck(files: $files) {
  errors problems { file row severity code message } } }"""
DECIDE = """query($facts: [FactInput!]!, $version: String, $at: DateTime, $site: String) {
  decide(decision: "priority", facts: $facts, version: $version, at: $at, site: $site) {
    file cell local below facts { name text }
    fired { row why then { name text } }
    passed { row notNow misses { name wanted given } } } }"""
SPOT = [{"name": "demand_class", "text": "spot"}, {"name": "days_late", "text": "3"}]


def changed(rank: int) -> list[dict[str, str]]:
    """The one file that differs from the book in force."""
    return [{"name": PRIORITY, "text": book_where_spot_ranks(rank)[PRIORITY].decode()}]


async def handed_in(client: Client, rank: int) -> str:
    """The version of a book that an analyst handed in."""
    submitted = {"files": changed(rank), "note": f"Spot at {rank}."}
    answer = (await client.as_("analyst").ask(SUBMIT, input=submitted))["submitRuleBook"]
    assert {problem["severity"] for problem in answer["problems"]} <= {"WARNING"}
    version: str = answer["ruleBook"]["version"]
    return version


async def rank_of_spot(client: Client, version: str | None = None) -> str:
    fired = (await client.ask(DECIDE, facts=SPOT, version=version))["decide"]["fired"]
    text: str = fired[0]["then"][0]["text"]
    return text


async def test_a_book_goes_its_way_through_the_api(client):
    """Handed in by one person, approved by another, in force, and undone."""
    version = await handed_in(client, 12)
    before = await rank_of_spot(client)
    assert (await client.as_("steward").ask(APPROVE, input={"version": version}))["approveRuleBook"] == {
        "ruleBook": {"state": "APPROVED"}
    }
    active = await client.as_("admin").ask(ACTIVATE, input={"version": version, "reason": "Go."})
    assert active["activateRuleBook"]["ruleBook"]["state"] == "ACTIVE"
    after = await rank_of_spot(client)
    undone = await client.as_("analyst").ask(ROLLBACK, input={"reason": "Worse."})
    assert undone["rollbackRuleBook"]["ruleBook"]["author"] == "earmark"
    assert [before, after, await rank_of_spot(client)] == ["50", "12", "50"]
    history = (
        await client.ask(
            "query($v: String!) { ruleBookHistory(version: $v) { what person reason } }", v=version
        )
    )["ruleBookHistory"]
    assert history[0] == {"what": "activated", "person": "a admin", "reason": "Go."}
    assert [entry["what"] for entry in history[::-1]] == [
        "draft",
        "checked",
        "submitted",
        "approved",
        "activated",
    ]


async def test_refusals_have_their_code_figures_and_next_step(client):
    """As everywhere in the schema: nothing was changed."""
    version = await handed_in(client, 12)
    mine = await client.as_("analyst").refused(APPROVE, input={"version": version})
    assert mine["extensions"]["code"] == "SAME_PERSON"
    early = await client.as_("admin").refused(ACTIVATE, input={"version": version})
    assert early["extensions"]["figures"] == {"state": "submitted"}
    assert "second person" in early["extensions"]["nextStep"]
    silent = await client.as_("steward").refused(REJECT, input={"version": version, "reason": " "})
    assert silent["extensions"]["code"] == "REASON_MISSING"
    nobody = await client.refused(BOOK, version="ffff")
    assert nobody["extensions"]["code"] == "UNKNOWN_RULE_BOOK"
    assert (await client.ask(BOOK, version=version))["ruleBook"]["state"] == "SUBMITTED"


async def test_a_book_may_be_rejected_or_come_later(client):
    version, other = await handed_in(client, 12), await handed_in(client, 13)
    rejected = await client.as_("steward").ask(REJECT, input={"version": version, "reason": "No."})
    assert rejected["rejectRuleBook"]["ruleBook"]["state"] == "REJECTED"
    await client.as_("steward").ask(APPROVE, input={"version": other})
    late = "2030-01-01T00:00:00Z"
    coming = await client.as_("admin").ask(ACTIVATE, input={"version": other, "at": late})
    assert coming["activateRuleBook"]["ruleBook"] == {
        "state": "APPROVED",
        "activeFrom": late,
        "nextVersion": other,
    }
    assert await rank_of_spot(client) == "50"


async def test_a_book_with_errors_is_not_taken_and_each_is_told(client):
    """File, line and row, as an editor would show it; a draft of it is not kept either."""
    text = shipped()[PRIORITY].decode().replace("{rank: 50}", "{rank: 500}")
    for draft in (False, True):
        given = {"files": [{"name": PRIORITY, "text": text}], "note": "", "draft": draft}
        answer = (await client.as_("analyst").ask(SUBMIT, input=given))["submitRuleBook"]
        assert answer["ruleBook"] is None
        wrong = [problem for problem in answer["problems"] if problem["severity"] == "ERROR"]
        assert {problem["file"] for problem in wrong} == {PRIORITY}
        assert wrong[0]["row"] == "PRI999"
        assert wrong[0]["line"] > 1
    found = (await client.ask(CHECK, files=[{"name": PRIORITY, "text": text}]))["ruleCheck"]
    assert found["errors"] >= 1


async def test_a_draft_is_kept_to_be_simulated_and_not_handed_in(client):
    given = {"files": changed(12), "note": "Later.\nPerhaps.", "draft": True}
    book = (await client.as_("analyst").ask(SUBMIT, input=given))["submitRuleBook"]["ruleBook"]
    assert (book["state"], book["label"], book["handedInBy"]) == ("CHECKED", "Later.", ["a analyst"])
    assert await rank_of_spot(client, book["version"][:12]) == "12"


@pytest.mark.parametrize(
    "files",
    [
        [{"name": PRIORITY}],
        [{"name": PRIORITY, "text": "a", "base64": "YQ=="}],
        [{"name": "40-priority.xlsx", "base64": "not base64!"}],
        [{"name": PRIORITY, "text": "a"}, {"name": PRIORITY, "text": "b"}],
    ],
)
async def test_files_that_cannot_be_read_off_the_request_are_refused(client, files):
    assert (await client.refused(CHECK, files=files))["extensions"]["code"] == "BAD_RULE_FILE"


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 no workbook", b"\xff\xfe\x00", b"&a [*a, *a]", b"\x00" * 1000, b""]
)
async def test_a_hostile_file_is_a_problem_and_nothing_else(client, content):
    """Whatever its bytes; the book in force decides on."""
    for name in (PRIORITY, "40-priority.csv", "40-priority.xlsx"):
        files = [{"name": name, "base64": base64.b64encode(content).decode()}]
        assert (await client.ask(CHECK, files=files))["ruleCheck"]["errors"] >= 1
    assert await rank_of_spot(client) == "50"


async def test_try_a_fact_says_which_row_decides_and_why_not_the_others(client):
    trail = (await client.ask(DECIDE, facts=SPOT))["decide"]
    assert [row["row"] for row in trail["fired"]] == ["PRI999"]
    assert trail["facts"] == SPOT
    assert trail["passed"][0] == {
        "row": "PRI010",
        "notNow": None,
        "misses": [{"name": "demand_class", "wanted": "contract", "given": "spot"}],
    }
    assert trail["below"] == 0
    for facts in (SPOT[:1], [*SPOT, SPOT[0]], [SPOT[0], {"name": "days_late", "text": "x"}]):
        assert (await client.refused(DECIDE, facts=facts))["extensions"]["code"] == "BAD_FACT"
    nowhere = await client.refused(DECIDE, facts=SPOT, site="NOWHERE")
    assert nowhere["extensions"]["code"] == "UNKNOWN_SITE"


async def test_files_and_rows_are_read_as_tables(client):
    """With search and pages over rows."""
    files = (await client.ask("{ ruleFiles { name decision waits hit rowCount inputs { name values } } }"))[
        "ruleFiles"
    ]
    assert [file["name"] for file in files] == sorted(shipped())
    (priority,) = [file for file in files if file["decision"] == "priority"]
    assert (priority["waits"], priority["hit"], priority["rowCount"]) == (False, "first", 5)
    one = "query($n: String!) { ruleFile(name: $n) { content about outputs { name least most } sheet } }"
    assert (await client.ask(one, n=PRIORITY))["ruleFile"]["content"].encode() == shipped()[PRIORITY]
    assert (await client.refused(one, n="nothing.yaml"))["extensions"]["code"] == "UNKNOWN_RULE_FILE"
    rows = """query($n: String!, $c: String, $after: String) { ruleRows(name: $n, contains: $c, first: 2,
      after: $after) { edges { node { row why when { name text } then { text } starts line } }
      pageInfo { hasNextPage endCursor } } }"""
    seen, after = [], None
    for _ in range(3):
        page = (await client.ask(rows, n=PRIORITY, after=after))["ruleRows"]
        seen += [edge["node"]["row"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert (seen, page["pageInfo"]["hasNextPage"]) == (
        ["PRI010", "PRI020", "PRI030", "PRI040", "PRI999"],
        False,
    )
    found = (await client.ask(rows, n=PRIORITY, c="HOUSEHOLD"))["ruleRows"]["edges"]
    assert [edge["node"]["row"] for edge in found] == ["PRI020"]
    assert found[0]["node"]["when"][1] == {"name": "days_late", "text": ">= 7"}


async def test_two_books_are_compared_and_a_row_has_its_history(client):
    version = await handed_in(client, 12)
    query = """query($new: String!) { ruleBookDifference(new: $new) { files { file added { row }
      changed { row changes { name before after } } changedOutcomes answers {
      facts example { name text } before { rows then { text } } after { rows then { text } } } } } }"""
    (file,) = (await client.ask(query, new=version))["ruleBookDifference"]["files"]
    assert file["changed"][0]["changes"][0] == {"name": "then rank", "before": "50", "after": "12"}
    assert file["changedOutcomes"] == len(file["answers"])
    told = file["answers"][0]
    assert (told["before"]["then"][0]["text"], told["after"]["then"][0]["text"]) == ("50", "12")
    decided = (await client.ask(DECIDE, facts=told["example"]))["decide"]
    assert decided["fired"][0]["row"] == told["before"]["rows"][0]
    await client.as_("steward").ask(APPROVE, input={"version": version})
    await client.as_("admin").ask(ACTIVATE, input={"version": version})
    history = """{ ruleRowHistory(file: "40-priority.yaml", row: "PRI999") {
      version author activeFrom row { then { text } } } }"""
    newest, first = (await client.ask(history))["ruleRowHistory"]
    assert (newest["version"], newest["author"]) == (version, "a analyst")
    assert (first["activeFrom"], first["row"]["then"]) == (None, [{"text": "50"}])


async def test_books_are_listed_by_pages(client):
    versions = [await handed_in(client, rank) for rank in (12, 13)]
    page = """query($after: String) { ruleBooks(first: 2, after: $after) {
      edges { node { version state } } pageInfo { hasNextPage endCursor } } }"""
    first = (await client.ask(page))["ruleBooks"]
    rest = (await client.ask(page, after=first["pageInfo"]["endCursor"]))["ruleBooks"]
    seen = {edge["node"]["version"]: edge["node"]["state"] for edge in [*first["edges"], *rest["edges"]]}
    assert (len(first["edges"]), len(rest["edges"]), len(seen)) == (2, 1, 3)
    assert [version for version in seen if version in versions] == versions[::-1]
    assert sorted(seen.values()) == ["ACTIVE", "SUBMITTED", "SUBMITTED"]
    assert not rest["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize(
    ("mutation", "given", "may"),
    [
        (SUBMIT, {"files": [], "note": ""}, {"analyst", "admin"}),
        (APPROVE, {"version": "f"}, {"analyst", "steward", "admin"}),
        (REJECT, {"version": "f", "reason": "No."}, {"analyst", "steward", "admin"}),
        (ACTIVATE, {"version": "f"}, {"analyst", "admin"}),
        (ROLLBACK, {"reason": "No.", "to": "f"}, {"analyst", "admin"}),
    ],
    ids=["submit", "approve", "reject", "activate", "rollback"],
)
async def test_each_step_is_for_its_roles_alone(client, mutation, given, may):
    """The others may not even ask; some of them may read."""
    for role in ("storefront", "oms", "planner", "warehouse", "integrator", "auditor", "developer", *may):
        answer = (await client.as_(role).post(mutation, input=given)).json()
        codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
        assert ("FORBIDDEN" in codes) == (role not in may), (role, codes)


async def test_rule_books_are_read_by_those_inside_who_may(client):
    for role in ("storefront", "oms", "warehouse", "integrator"):
        assert (await client.as_(role).refused(BOOK))["extensions"]["code"] == "FORBIDDEN"
    for role in ("analyst", "steward", "planner", "auditor", "developer", "admin"):
        assert (await client.as_(role).ask(BOOK))["ruleBook"]["state"] == "ACTIVE"
