"""Simulations through GraphQL: started by those who may, looked at while they run, ended, failed, gone."""

import asyncio
from typing import Any

import pytest

from datasources.policies import shipped
from resolvers.flows import jobs
from resolvers.flows.jobs import Job
from tests.application import Client
from tests.builders import stock as there
from tests.builders import tell, tell_masters

START = """mutation($version: String!, $hours: Int! = 168) {
  simulateRuleBook(input: {version: $version, sinceHours: $hours}) {
    id version done ofInquiries hasEnded } }"""
LOOK = """query($id: ID!, $first: Int! = 100) { ruleSimulation(id: $id) {
  id version done ofInquiries hasEnded failed
  total { channel demandClass lines changed { change lines } }
  byClass { channel demandClass lines changed { change lines } }
  lines(first: $first) { inquiry channel demandClass sku quantity wanted change before after
    file row rowBefore why } } }"""
SUBMIT = """mutation($files: [RuleFileInput!]!) {
  submitRuleBook(input: {files: $files, note: "Tried.", draft: true}) { ruleBook { version } } }"""
ASK = """query($lines: [AvailabilityLineInput!]!, $channel: String!) {
  availability(lines: $lines, channel: $channel) { inquiry } }"""
SOURCING = "60-sourcing.yaml"
SERVED, SHUT = "then: {serves: true, turn: 1, floor: 0", "then: {serves: false, turn: 1, floor: 0"
CHANGES = ["gained", "lost", "earlier", "later", "elsewhere", "figure"]


@pytest.fixture
async def analyst(client: Client) -> Client:
    """An analyst of a company where two channels have asked for tea."""
    await tell_masters(client.deps)
    await tell(client.deps, there(10), states=["stock"])
    for channel, quantity in (("web", 4), ("web", 12), ("contract", 5)):
        lines = [{"sku": "TEA", "quantity": quantity, "wanted": "2026-06-02"}]
        await client.ask(ASK, lines=lines, channel=channel)
    return client.as_("analyst")


async def draft(analyst: Client, remark: str = "") -> str:
    """The version of a book by which no site serves anybody; another remark makes it another book."""
    text = shipped()[SOURCING].decode()
    assert SERVED in text
    examples = text.index("examples:")
    rows = text[:examples].replace(SERVED, SHUT)
    files = [
        {"name": SOURCING, "text": rows + text[examples:].replace("serves: true", "serves: false") + remark}
    ]
    version: str = (await analyst.ask(SUBMIT, files=files))["submitRuleBook"]["ruleBook"]["version"]
    return version


async def start(analyst: Client, version: str) -> Any:
    return (await analyst.ask(START, version=version))["simulateRuleBook"]


async def ended(analyst: Client, job: str) -> Any:
    """The simulation once it has ended."""
    while True:
        found = (await analyst.ask(LOOK, id=job))["ruleSimulation"]
        if found["hasEnded"]:
            return found
        await asyncio.sleep(0)  # it runs beside us


class Occupied:
    """Another simulation is under way in the gateway until this is left."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._over = asyncio.Event()

    async def __aenter__(self) -> Job:
        return self._client.deps.jobs.start("another", "anna", self._work)

    async def __aexit__(self, *_: object) -> None:
        self._over.set()

    async def _work(self, job: Job) -> str:
        job.of = 2
        job.done = 1
        await self._over.wait()
        return "done"


async def test_a_simulation_waits_runs_and_ends_with_its_figures(analyst):
    """Nobody is served under the draft: who asked loses, by that row; nothing was in force meanwhile."""
    version = await draft(analyst)
    async with Occupied(analyst) as other:
        started = await start(analyst, version)
        assert started == {
            "id": started["id"],
            "version": version,
            "done": 0,
            "ofInquiries": 0,
            "hasEnded": False,
        }
        waiting = (await analyst.ask(LOOK, id=started["id"]))["ruleSimulation"]
        assert (waiting["hasEnded"], waiting["total"], waiting["byClass"], waiting["lines"]) == (
            False,
            None,
            [],
            [],
        )
        under_way = (await analyst.ask(LOOK, id=other.job_id))["ruleSimulation"]
        assert (under_way["done"], under_way["ofInquiries"], under_way["hasEnded"]) == (1, 2, False)
    found = await ended(analyst, started["id"])
    assert (found["done"], found["ofInquiries"], found["failed"]) == (3, 3, None)
    assert [count["change"] for count in found["total"]["changed"]] == CHANGES
    assert lost(found["total"]) == 3
    assert [(each["channel"], each["lines"], lost(each)) for each in found["byClass"]] == [
        ("contract", 1, 1),
        ("web", 2, 2),
    ]
    first = found["lines"][0]
    assert (first["channel"], first["sku"], first["quantity"], first["change"]) == ("web", "TEA", "4", "lost")
    assert (first["before"], first["after"]) == ("4 on 2026-06-02 from HAM", "4 open")
    assert (first["file"], first["row"], first["rowBefore"]) == (SOURCING, "SIT999", "SIT999")
    assert first["why"]
    few = (await analyst.ask(LOOK, id=started["id"], first=2))["ruleSimulation"]["lines"]
    assert few == found["lines"][:2]
    assert (await analyst.ask(LOOK, id=started["id"], first=-1))["ruleSimulation"]["lines"] == []


def lost(tally: Any) -> int:
    counts: dict[str, int] = {each["change"]: each["lines"] for each in tally["changed"]}
    assert sum(counts.values()) == counts["lost"]
    return counts["lost"]


async def test_a_simulation_is_a_step_in_the_books_history(analyst):
    version = await draft(analyst)
    assert (await ended(analyst, (await start(analyst, version))["id"]))["failed"] is None
    steps = (
        "query($v: String!) { ruleBookHistory(version: $v) { what person } ruleBook(version: $v) { state } }"
    )
    told = await analyst.ask(steps, v=version)
    assert told["ruleBook"]["state"] == "SIMULATED"
    assert told["ruleBookHistory"][0] == {"what": "simulated", "person": "a analyst"}


async def test_one_that_fails_says_why_and_the_next_has_its_turn(analyst):
    """The files of a book are gone; that is told."""
    version = await draft(analyst, "# Not read before.\n")
    pool = analyst.deps.store.pool
    kept = await pool.fetch("SELECT * FROM rulebook_file WHERE version = $1", version)
    await pool.execute("DELETE FROM rulebook_file WHERE version = $1", version)
    failed = await ended(analyst, (await start(analyst, version))["id"])
    assert version[:12] in failed["failed"]
    assert (failed["total"], failed["lines"]) == (None, [])
    await pool.copy_records_to_table("rulebook_file", records=[tuple(row.values()) for row in kept])
    assert (await ended(analyst, (await start(analyst, version))["id"]))["failed"] is None


async def test_a_failure_of_our_own_is_told_without_its_words(analyst, caplog):
    """The log has them."""

    async def work(_: Job) -> object:
        raise ZeroDivisionError("nobody outside shall read this")

    job = analyst.deps.jobs.start("a book", "anna", work)
    found = await ended(analyst, job.job_id)
    assert found["failed"].startswith("It failed for a reason of Earmark's own")
    assert "nobody outside shall read this" in caplog.text


async def test_the_oldest_that_has_ended_is_forgotten_first(analyst):
    """One that is under way never is."""
    version = await draft(analyst)
    ids = [(await start(analyst, version))["id"]]
    for _ in range(jobs.KEPT_MAX):
        await ended(analyst, ids[-1])
        ids.append((await start(analyst, version))["id"])
    await ended(analyst, ids[-1])
    assert (await analyst.refused(LOOK, id=ids[0]))["extensions"]["code"] == "NOT_FOUND"
    assert (await analyst.ask(LOOK, id=ids[1]))["ruleSimulation"]["id"] == ids[1]


async def test_only_so_many_wait(analyst):
    version = await draft(analyst)
    async with Occupied(analyst):
        ids = [(await start(analyst, version))["id"] for _ in range(jobs.WAITING_MAX)]
        refused = await analyst.refused(START, version=version)
        assert refused["extensions"]["code"] == "TOO_MANY_SIMULATIONS"
    for job in ids:
        assert (await ended(analyst, job))["failed"] is None


@pytest.mark.parametrize("hours", [0, -5, 9_000])
async def test_a_time_that_is_none_is_refused(analyst, hours):
    refused = await analyst.refused(START, version=await draft(analyst), hours=hours)
    assert refused["extensions"]["code"] == "BAD_TIME_SPAN"


async def test_a_book_nobody_knows_is_refused(analyst):
    assert (await analyst.refused(START, version="ffff"))["extensions"]["code"] == "UNKNOWN_RULE_BOOK"


async def test_simulations_are_for_those_who_may(analyst):
    """Others neither start one nor look at one."""
    version = await draft(analyst)
    job = (await start(analyst, version))["id"]
    await ended(analyst, job)
    for role in ("storefront", "oms", "warehouse", "integrator", "planner", "auditor", "developer"):
        for query, given in ((START, {"version": version}), (LOOK, {"id": job})):
            refused = await analyst.as_(role).refused(query, **given)
            assert refused["extensions"]["code"] == "FORBIDDEN", role
    for role in ("analyst", "steward", "admin"):
        assert (await analyst.as_(role).ask(LOOK, id=job))["ruleSimulation"]["id"] == job
        again = (await start(analyst.as_(role), version))["id"]
        assert (await ended(analyst, again))["failed"] is None


async def test_who_sees_one_channel_is_told_of_its_lines_alone(analyst: Client):
    """Of web's two lines and contract's one."""
    job = (await start(analyst, await draft(analyst)))["id"]
    whole = await ended(analyst, job)
    assert (whole["total"]["lines"], {line["channel"] for line in whole["lines"]}) == (3, {"web", "contract"})
    own = (await analyst.as_("analyst", "contract").ask(LOOK, id=job))["ruleSimulation"]
    assert (own["total"]["lines"], [tally["channel"] for tally in own["byClass"]]) == (1, ["contract"])
    assert {line["channel"] for line in own["lines"]} == {"contract"}
