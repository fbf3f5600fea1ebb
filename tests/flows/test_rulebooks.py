"""The life of a rule book: who may take which step when, and which book decides at which instant."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from datasources.policies import shipped
from datasources.store import catalogue, clock, rulebooks, shelf
from gateway.worker import EngineFailed, RulesWorker
from resolvers.flows import rulebook_reading as reading
from resolvers.flows import rulebooks as life
from resolvers.flows.deps import Caller, Deps, RuleFile
from resolvers.flows.rulebook_check import checked, with_rest_of
from resolvers.flows.rulebook_trying import try_fact
from rules import errors
from rules.book import version_of
from rules.engine import Answers
from tests.book_life import (
    ANNA,
    BERT,
    NO_BOOKS,
    PRIORITY,
    activated,
    approved,
    book_where_spot_ranks,
    ready,
    submitted,
)
from tests.builders import NOON, at
from tests.databases import evaluate_here

SPOT = {"demand_class": "spot", "days_late": "3"}
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
async def no_books(deps: Deps) -> None:
    """There is no rule book yet."""
    await deps.store.pool.execute(NO_BOOKS)


@pytest.fixture
async def gateway(deps: Deps, no_books: None) -> Deps:
    """One gateway with the shipped book in force."""
    with_engine = ready(deps)
    await life.ensure_first(with_engine, lambda _: None)
    return with_engine


async def set_clock(deps: Deps, hours: float) -> None:
    async with deps.store.writing() as tx:
        await clock.set_now(tx, at(hours))


async def rank_of_spot(deps: Deps) -> object:
    """The rank the book in force gives everyone else."""
    return (await try_fact(deps, "priority", SPOT)).trail.verdicts[0].then["rank"]


async def state(deps: Deps, version: str) -> str:
    return (await reading.find(deps, version)).state


# The first book.


async def test_a_new_database_gets_the_shipped_book_once(deps):
    """From the beginning on, by us; the second start, and another gateway's, change nothing."""
    gateway = ready(deps)
    said: list[str] = []
    await asyncio.gather(*(life.ensure_first(gateway, said.append) for _ in range(3)))
    now = await reading.find(gateway)
    assert (now.book.version, now.state) == (version_of(shipped()), "active")
    assert now.book.author == "earmark"
    assert now.activation is not None
    assert now.activation.active_from is None
    said.clear()
    await life.ensure_first(replace(gateway, evaluate=refuses_to), said.append)
    assert said == []
    async with gateway.store.reading() as tx:
        assert len(await rulebooks.activations(tx)) == 1


async def refuses_to(_: object, /) -> list[Answers]:
    raise AssertionError("nothing was to be evaluated")


async def test_answers_of_another_earmark_are_made_anew_at_the_start(gateway, monkeypatch):
    """After an upgrade the book in force still decides, and so does one to come."""
    await activated(gateway, 12, at(5))
    await gateway.store.pool.execute("UPDATE rulebook_file SET answers_key = 'of old'")
    await gateway.store.pool.execute("DELETE FROM rule_answers")
    monkeypatch.setattr(shelf, "_kept", type(shelf._kept)())
    said: list[str] = []
    await life.ensure_first(gateway, said.append)
    assert len(said) == 2
    ranks = [await rank_of_spot(gateway)]
    await set_clock(gateway, 6)
    assert [*ranks, await rank_of_spot(gateway)] == [50, 12]


async def test_an_older_book_in_another_form_can_still_be_looked_into(gateway, monkeypatch):
    """One that is no longer in force is evaluated anew when it is asked for."""
    old = await activated(gateway, 12)
    await activated(gateway, 13)
    pool = gateway.store.pool
    await pool.execute("INSERT INTO rule_answers VALUES ('of old', 'answers 0', now())")
    await pool.execute("UPDATE rulebook_file SET answers_key = 'of old' WHERE version = $1", old)
    monkeypatch.setattr(shelf, "_kept", type(shelf._kept)())
    found = await try_fact(gateway, "priority", SPOT, version=old)
    assert found.trail.verdicts[0].then["rank"] == 12


async def test_without_a_book_nothing_is_decided(deps):
    with pytest.raises(errors.NoRuleBook):
        await rank_of_spot(ready(deps))


# Step by step.


async def test_a_book_goes_its_way_from_draft_to_superseded(gateway):
    """Every step is in its history, with who took it and why."""
    files = book_where_spot_ranks(12)
    drafted = await life.draft(gateway, files, "Spot first.\nBecause.", ANNA)
    assert drafted.standing is not None
    version = drafted.standing.book.version
    states: list[str] = [drafted.standing.state]
    states.append((await life.record_simulation(gateway, version, {"gained": 2}, ANNA)).state)
    states.append((await life.submit_draft(gateway, version, "Please.", ANNA)).state)
    states.append((await life.approve(gateway, version, BERT, "Fine.")).state)
    states.append((await life.activate(gateway, version, None, ANNA, "Go.")).state)
    assert await rank_of_spot(gateway) == 12
    await life.rollback(gateway, ANNA, "Too soon.")
    states.append(await state(gateway, version))
    assert states == ["checked", "simulated", "submitted", "approved", "active", "superseded"]
    told = [(e.what, e.person, e.reason) for e in await reading.history(gateway, version)]
    assert told == [
        ("activated", "anna", "Go."),
        ("approved", "bert", "Fine."),
        ("submitted", "anna", "Please."),
        ("simulated", "anna", ""),
        ("checked", "anna", ""),
        ("draft", "anna", "Spot first.\nBecause."),
    ]


async def test_history_of_all_books_says_what_took_over_from_what(gateway):
    first = (await reading.find(gateway)).book.version
    version = await activated(gateway, 12)
    await life.rollback(gateway, ANNA, "Too soon.")
    newest, before, *_ = await reading.history(gateway)
    assert (newest.what, newest.version, newest.against) == ("rolled back", first, version)
    assert (before.what, before.version, before.against) == ("activated", version, first)
    (handed_in,) = [e for e in await reading.history(gateway, version) if e.what == "submitted"]
    assert handed_in.against == first


Step = Callable[[Deps, str], Any]
STEPS: dict[str, Step] = {
    "approve": lambda deps, version: life.approve(deps, version, BERT),
    "reject": lambda deps, version: life.reject(deps, version, BERT, "No."),
    "activate": lambda deps, version: life.activate(deps, version, None, ANNA),
    "submit": lambda deps, version: life.submit_draft(deps, version, "", ANNA),
}


@pytest.mark.parametrize(
    ("before", "wrong"),
    [
        ("checked", ["approve", "reject", "activate"]),
        ("submitted", ["activate"]),
        ("approved", ["approve", "submit"]),
        ("rejected", ["approve", "reject", "activate", "submit"]),
        ("active", ["approve", "reject", "submit"]),
    ],
)
async def test_a_step_out_of_turn_is_refused_and_changes_nothing(gateway, before, wrong):
    """The refusal names the state and what comes next."""
    drafted = await life.draft(gateway, book_where_spot_ranks(12), "", ANNA)
    assert drafted.standing is not None
    version = drafted.standing.book.version
    for step in {
        "submitted": ["submit"],
        "approved": ["submit", "approve"],
        "rejected": ["submit", "reject"],
        "active": ["submit", "approve", "activate"],
    }.get(before, []):
        await STEPS[step](gateway, version)
    history = await reading.history(gateway, version)
    for step in wrong:
        with pytest.raises(errors.WrongStep) as refused:
            await STEPS[step](gateway, version)
        assert refused.value.figures == {"state": before}
        assert refused.value.next_step
    assert (await state(gateway, version), await reading.history(gateway, version)) == (before, history)


@pytest.mark.parametrize(
    "name", ["anna", "Anna", " anna ", "an\u200bna", "\uff41nna", "anna\u202c", "\u00a0anna"]
)
async def test_nobody_approves_his_own_book_whatever_his_role(gateway, name):
    """A person is one, with whichever token and role, and however the name is written."""
    now = await submitted(gateway, 12)
    for role in ("analyst", "steward", "admin"):
        with pytest.raises(errors.SamePerson, match="Ask another analyst"):
            await life.approve(gateway, now.book.version, Caller(name, frozenset({role}), None))
    assert await state(gateway, now.book.version) == "submitted"


async def test_the_author_does_not_approve_what_another_handed_in(gateway):
    """Nor does who handed it in: it takes a third."""
    carl = Caller("carl", frozenset({"analyst"}), None)
    files = book_where_spot_ranks(12)
    await life.draft(gateway, files, "Mine.", ANNA)
    version = (await life.submit(gateway, files, "For Anna.", carl)).checked.version
    for person in (ANNA, carl):
        with pytest.raises(errors.SamePerson):
            await life.approve(gateway, version, person)
    assert (await life.approve(gateway, version, BERT)).approved_by == "bert"


@pytest.mark.parametrize("role", ["planner", "auditor", "developer", "storefront", "oms"])
async def test_who_only_reads_takes_no_step(gateway, role):
    now = await submitted(gateway, 12)
    reader = Caller("rita", frozenset({role}), None)
    version = now.book.version
    for refused in (
        life.draft(gateway, book_where_spot_ranks(13), "", reader),
        life.submit_draft(gateway, version, "", reader),
        life.approve(gateway, version, reader),
        life.reject(gateway, version, reader, "No."),
        life.activate(gateway, version, None, reader),
        life.rollback(gateway, reader, "No."),
    ):
        with pytest.raises(errors.NotForThisRole):
            await refused
    assert await state(gateway, version) == "submitted"


async def test_a_steward_approves_and_does_not_activate(gateway):
    version = await approved(gateway, 12)
    with pytest.raises(errors.NotForThisRole, match="admin, analyst"):
        await life.activate(gateway, version, None, BERT)


async def test_a_book_is_tried_on_logged_inquiries_before_it_is_approved(gateway):
    """Where there are any; the trial may come after it was handed in."""
    version = (await submitted(gateway, 12)).book.version
    month = "CREATE TABLE inquiry_all PARTITION OF inquiry DEFAULT"
    await gateway.store.pool.execute(month)
    try:
        await gateway.store.pool.execute(ANY_INQUIRY)
        with pytest.raises(errors.NotSimulated, match="Simulate it"):
            await life.approve(gateway, version, BERT)
        now = await life.record_simulation(gateway, version, {"inquiries": 1}, BERT)
        assert (now.state, now.is_simulated) == ("submitted", True)
        assert (await life.approve(gateway, version, BERT)).state == "approved"
    finally:
        await gateway.store.pool.execute("DROP TABLE inquiry_all")


ANY_INQUIRY = """
INSERT INTO inquiry (inquiry_id, asked_at, actor, channel, ask, skus, sequences, watermarks, setup_hash,
  outcome, outcome_hash, trace_id)
VALUES (gen_random_uuid(), now(), 'a', 'web', '{}', '{}', '{}', '[]', '', '{}', '', '')
"""


async def test_a_rejected_book_may_be_handed_in_anew_and_is_tried_and_approved_anew(gateway):
    now = await submitted(gateway, 12)
    version = now.book.version
    await life.record_simulation(gateway, version, {}, ANNA)
    assert (await life.reject(gateway, version, BERT, "Not now.")).state == "rejected"
    again = await submitted(gateway, 12)
    assert (again.state, again.is_simulated, again.approved_by) == ("submitted", False, None)


async def test_handing_in_twice_is_handing_in_once(gateway):
    """A client that heard no answer may ask again."""
    first, again = await submitted(gateway, 12), await submitted(gateway, 12)
    assert first == again
    assert [e.what for e in await reading.history(gateway, first.book.version)].count("submitted") == 1


async def test_two_who_approve_at_once_approve_once(gateway, second):
    """The second is told that it is approved already, over gateways too."""
    version = (await submitted(gateway, 12)).book.version
    carl = Caller("carl", frozenset({"admin"}), None)
    answers = await asyncio.gather(
        life.approve(gateway, version, BERT), life.approve(second, version, carl), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Standing", "WrongStep"]


@pytest.mark.parametrize("missing", ["", "  \n"])
async def test_saying_no_and_going_back_need_a_reason(gateway, missing):
    version = (await submitted(gateway, 12)).book.version
    with pytest.raises(errors.ReasonMissing):
        await life.reject(gateway, version, BERT, missing)
    with pytest.raises(errors.ReasonMissing):
        await life.rollback(gateway, ANNA, missing)


@pytest.mark.parametrize("text", ["x" * 2_001, "a\0b", "\x1b[2J"])
async def test_a_text_that_cannot_be_kept_is_refused(gateway, text):
    with pytest.raises(errors.TextTooLong):
        await life.submit(gateway, book_where_spot_ranks(12), text, ANNA)


# What is checked.


async def test_a_book_with_errors_is_not_taken_and_all_of_them_are_told(gateway):
    """In every file, and for names the company does not have."""
    files = book_where_spot_ranks(200)
    files["10-supply.yaml"] = b"decides: supply\nrows: &a []\n"
    drafted = await life.submit(gateway, files, "", ANNA)
    assert drafted.standing is None
    assert {problem.file for problem in drafted.checked.errors} == {PRIORITY, "10-supply.yaml"}
    with pytest.raises(errors.UnknownRuleBook):
        await reading.find(gateway, drafted.checked.version)


@pytest.mark.parametrize(
    ("change", "file", "says"),
    [
        ({"40-priorty.yaml": b""}, "40-priorty.yaml", "did you mean 40-priority"),
        ({"../40-priority.yaml": b""}, "../40-priority.yaml", "no rule file is called so"),
        ({PRIORITY: None}, PRIORITY, "this file is missing; it decides priority"),
        ({PRIORITY: None, "40-priority.csv": b""}, PRIORITY, "40-priority.csv holds its rows alone"),
        ({"40-priority.csv": b"", "40-priority.xlsx": b""}, PRIORITY, "keep one of the two"),
    ],
)
async def test_a_book_of_other_files_than_it_needs_is_told_which(gateway, change, file, says):
    files = {name: content for name, content in (shipped() | change).items() if content is not None}
    (problem,) = (await checked(gateway, files)).errors
    assert problem.file == file
    assert says in problem.message


async def test_more_or_larger_files_than_a_book_has_are_refused(gateway):
    for files in ({f"{n}.yaml": b"" for n in range(65)}, {PRIORITY: b"x" * (2 * 1024 * 1024 + 1)}):
        with pytest.raises(errors.TooManyRuleFiles):
            await checked(gateway, files)


async def test_a_table_is_evaluated_once_however_often_it_is_checked(gateway):
    """Only the file that changed goes to the engine."""
    asked: list[str] = []

    async def noting(tables: list[RuleFile], /) -> list[Answers]:
        asked.extend(table[0] for table in tables)
        return await evaluate_here(tables)

    noted = replace(gateway, evaluate=noting)
    for _ in range(2):
        await checked(noted, book_where_spot_ranks(12))
    assert asked == [PRIORITY]


def test_files_left_out_are_those_of_the_book():
    """A table's sheet goes with it: given without one, it has none."""
    book = {"10-a.yaml": b"1", "20-b.yaml": b"2", "20-b.csv": b"3"}
    assert with_rest_of({"20-b.yaml": b"4"}, book) == {"10-a.yaml": b"1", "20-b.yaml": b"4"}


async def test_an_engine_that_fails_leaves_everything_as_it_was(gateway):
    async def failing(_: object, /) -> list[Answers]:
        raise ChildProcessError("it is gone")

    before = await reading.history(gateway)
    with pytest.raises(ChildProcessError):
        await life.submit(replace(gateway, evaluate=failing), book_where_spot_ranks(12), "", ANNA)
    assert (await reading.history(gateway), await rank_of_spot(gateway)) == (before, 50)


async def test_an_engine_that_crashes_is_told_and_the_next_book_gets_a_whole_one(gateway):
    """The rules process of a gateway: one that dies at the file, then one that does not."""
    dying = ("import os, signal", "os.kill(os.getpid(), signal.SIGSEGV)")
    broken, whole = RulesWorker(command=(sys.executable, "-c", ";".join(dying))), RulesWorker()
    try:
        with pytest.raises(EngineFailed, match="SIGSEGV") as failed:
            await submitted(replace(gateway, evaluate=broken.evaluate), 12)
        assert (failed.value.file, failed.value.reason) == (PRIORITY, "crash")
        assert await rank_of_spot(gateway) == 50
        await activated(replace(gateway, evaluate=whole.evaluate), 12)
        assert await rank_of_spot(gateway) == 12
    finally:
        await broken.close()
        await whole.close()


# Which book decides.


async def test_a_book_decides_from_its_instant_on_in_every_gateway(gateway, second):
    """Both see it at the same instant, without being told."""
    await activated(gateway, 12, at(2))
    assert [await rank_of_spot(each) for each in (gateway, second)] == [50, 50]
    await set_clock(gateway, 2)
    assert [await rank_of_spot(each) for each in (gateway, second)] == [12, 12]


async def test_an_ask_under_way_keeps_its_book_and_the_next_one_has_the_new(gateway, second):
    """In both gateways: what was read before the instant decides by the old book to its end."""
    old = (await reading.find(gateway)).book.version
    new = await activated(gateway, 12, at(2))
    under_way = [await each.snapshots.read(["TEA"]) for each in (gateway, second)]
    await set_clock(gateway, 2)
    after = [await each.snapshots.read(["TEA"]) for each in (gateway, second)]
    assert [read.setup.book_version for read in [*under_way, *after]] == [old, old, new, new]


async def test_an_earlier_one_recorded_later_decides_until_the_other_s_instant(gateway):
    later = await activated(gateway, 12, at(10))
    earlier = await activated(gateway, 13, at(5))
    found = []
    for hours in (1, 5, 10):
        await set_clock(gateway, hours)
        found.append(await rank_of_spot(gateway))
    assert found == [50, 13, 12]
    assert [await state(gateway, version) for version in (earlier, later)] == ["superseded", "active"]


async def test_a_book_is_not_activated_in_the_past(gateway):
    version = await approved(gateway, 12)
    with pytest.raises(errors.ActivationInPast, match="has gone by"):
        await life.activate(gateway, version, at(-1), ANNA)
    assert await rank_of_spot(gateway) == 50


async def test_what_decides_already_is_not_activated_again(gateway):
    version = await activated(gateway, 12)
    with pytest.raises(errors.AlreadyInForce):
        await life.activate(gateway, version, None, ANNA)
    with pytest.raises(errors.AlreadyInForce):
        await life.activate(gateway, version, at(5), ANNA)


async def test_what_is_to_come_is_taken_back_by_the_present_one_from_that_instant(gateway):
    present, coming = await activated(gateway, 12), await activated(gateway, 13, at(5))
    with pytest.raises(errors.WrongStep):
        await life.reject(gateway, coming, BERT, "No.")
    await life.activate(gateway, present, at(5), ANNA)
    await set_clock(gateway, 6)
    assert await rank_of_spot(gateway) == 12


async def test_going_back_twice_goes_back_by_two(gateway):
    """Not to and fro between the last two."""
    await activated(gateway, 12)
    await activated(gateway, 13)
    ranks = [await rank_of_spot(gateway)]
    for _ in range(2):
        await life.rollback(gateway, ANNA, "Worse.")
        ranks.append(await rank_of_spot(gateway))
    assert ranks == [13, 12, 50]
    with pytest.raises(errors.NoEarlierRuleBook, match=r"No other rule book was in force before \w{12}\."):
        await life.rollback(gateway, ANNA, "Worse still.")


async def test_one_goes_back_to_a_book_by_name_if_it_was_ever_in_force(gateway):
    first = (await reading.find(gateway)).book.version
    await activated(gateway, 12)
    await activated(gateway, 13)
    never = await approved(gateway, 14)
    with pytest.raises(errors.NoEarlierRuleBook, match=f"{never[:12]} cannot be gone back to"):
        await life.rollback(gateway, ANNA, "Why not.", to=never)
    now = await life.rollback(gateway, ANNA, "Back to the start.", to=first[:12])
    assert (now.book.version, now.state, await rank_of_spot(gateway)) == (first, "active", 50)


async def test_after_going_back_what_is_to_come_still_comes_and_is_told(gateway):
    """Whoever goes back sees that it will not stay so."""
    await activated(gateway, 12)
    await activated(gateway, 13, at(5))
    now = await life.rollback(gateway, ANNA, "Worse.")
    assert now.next is not None
    assert now.next.active_from == at(5)
    await set_clock(gateway, 6)
    assert await rank_of_spot(gateway) == 13


KILLED = """
import asyncio, sys
from datetime import datetime
from datasources.store import rulebooks
from resolvers.flows import rulebooks as life
from tests.databases import open_deps
from tests.book_life import ANNA

async def work(url, version, step):
    deps = await open_deps(url)
    put = getattr(rulebooks, step)
    async def then_wait(*given):
        await put(*given)
        print("written", flush=True)
        await asyncio.sleep(60)
    setattr(rulebooks, step, then_wait)
    await life.activate(deps, version, None, ANNA)

asyncio.run(work(*sys.argv[1:]))
"""


async def test_a_process_killed_before_its_step_is_whole_leaves_the_old_book(gateway):
    """Written and not committed is not activated; another takes the step at once."""
    version = await approved(gateway, 12)
    url = gateway.store.engine.url.render_as_string(hide_password=False)
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, url, version, "activate", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert killed.stdout is not None
    assert await killed.stdout.readline() == b"written\n"
    assert await rank_of_spot(gateway) == 50
    killed.kill()
    await killed.wait()
    assert await state(gateway, version) == "approved"
    await life.activate(gateway, version, None, ANNA)
    assert await rank_of_spot(gateway) == 12


# Reading.


async def test_a_row_s_history_is_each_change_with_who_and_why(gateway):
    """A book that left the row as it was adds nothing."""
    await activated(gateway, 12)
    files = book_where_spot_ranks(12)
    files = files | {"95-alerts.yaml": files["95-alerts.yaml"] + b"# a remark\n"}
    again = await life.submit(gateway, files, "A remark.", ANNA)
    await life.approve(gateway, again.checked.version, BERT)
    await life.activate(gateway, again.checked.version, None, ANNA)
    newest, first = await reading.row_history(gateway, PRIORITY, "PRI999")
    assert newest.row is not None
    assert first.row is not None
    assert (newest.row.then["rank"], newest.book.author) == (12, "anna")
    assert (first.row.then["rank"], first.book.author, first.active_from) == (50, "earmark", None)
    assert await reading.row_history(gateway, PRIORITY, "nobody") == []


async def test_a_fact_is_tried_with_its_trail(gateway):
    """Why the rows above did not fit, and on which input."""
    found = (await try_fact(gateway, "priority", SPOT)).trail
    assert [verdict.fired[0].row_id for verdict in found.verdicts] == ["PRI999"]
    assert [row.row_id for row in found.passed] == ["PRI010", "PRI020", "PRI030", "PRI040"]
    assert found.passed[0].misses[0].name == "demand_class"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"demand_class": "spot"}, "it is not given days_late"),
        ({**SPOT, "sku": "TEA"}, "it does not look at sku"),
        ({**SPOT, "days_late": "soon"}, "takes a whole number from 0 to 365"),
        ({**SPOT, "days_late": "9" * 40}, "takes a whole number"),
    ],
)
async def test_a_fact_that_cannot_be_tried_says_why(gateway, given, says):
    with pytest.raises(errors.BadFact, match=says):
        await try_fact(gateway, "priority", given)


async def test_a_fact_is_tried_at_the_local_time_of_a_site(gateway):
    """Rows with dates hold by the site's clocks; unknown sites and decisions are refused."""
    instant = datetime.fromisoformat("2026-03-06T17:30:00+00:00")  # 18:30 in Berlin
    await gateway.store.pool.execute("UPDATE site SET zone = 'Europe/Berlin' WHERE site_id = 'HAM'")
    async with gateway.store.writing() as tx:
        await catalogue.refresh(tx)
    facts = {"channel_kind": "web"}
    book = await reading.book(gateway)
    facts = {each.name: facts.get(each.name, "other") for each in book.compiled["allocation"].table.inputs}
    there = await try_fact(gateway, "allocation", facts, (instant, "HAM"))
    here = await try_fact(gateway, "allocation", facts, (instant, None))
    assert (there.local.hour, here.local.hour) == (18, 17)
    assert there.trail.verdicts != here.trail.verdicts
    with pytest.raises(errors.UnknownSite):
        await try_fact(gateway, "allocation", facts, (None, "NOWHERE"))
    with pytest.raises(errors.UnknownDecision):
        await try_fact(gateway, "weather", {})


async def test_two_books_are_compared_row_by_row_and_answer_by_answer(gateway):
    """The book in force where none is named."""
    version = await approved(gateway, 12)
    (file,) = (await reading.compared(gateway, None, version)).difference.files
    assert (file.file, file.added, file.removed) == (PRIORITY, (), ())
    assert [change.name for change in file.changed[0].changes] == ["then rank", "why"]
    assert file.answers.outcomes
    assert (await reading.compared(gateway, version, version)).difference.files == ()
    assert next(iter(await reading.tables(gateway, version))) == "supply"


async def test_books_are_listed_newest_first_with_where_they_stand(gateway):
    await set_clock(gateway, 1)
    version = await approved(gateway, 12)
    await set_clock(gateway, 2)
    await submitted(gateway, 13)
    standings = await reading.listed(gateway, None, 10)
    assert [now.state for now in standings] == ["submitted", "approved", "active"]
    place = (standings[0].book.created_at, standings[0].book.version)
    assert [now.book.version for now in await reading.listed(gateway, place, 1)] == [version]
    assert await reading.files(gateway, version) == book_where_spot_ranks(12)
    assert standings[0].book.created_at > NOON
