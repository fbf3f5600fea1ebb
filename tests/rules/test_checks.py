"""Each check of a table by a table that fails it, with the words it is told in, and one that passes."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given

from rules import answer_checks, checks, example_checks, rulesets
from rules.cells import OTHER, space_of
from rules.checks import CHECK_CODES, Vocabulary, check
from rules.columns import Input, Row, Sum, Table, Value
from rules.decisions import Decision, Given, Known
from rules.problems import PROBLEMS_MOST, Problem
from tests.rules import plain_rules
from tests.rules.profile import quick
from tests.rules.random_tables import FIRST_DAY, tables
from tests.rules.small_tables import (
    CHANNEL,
    DAYS,
    LATE,
    a_row,
    a_table,
    an_example,
    answers_of,
    but,
    day,
    numbers,
    words,
    yes,
)

PRIORITY = Decision(
    "priority",
    "40-priority",
    "Who is first.",
    (
        Known("channel", "enum", "the channel", of="channels"),
        Known("days", "int", "days since", most=30),
        Known("late", "bool", "whether it is late"),
        Known("item_class", "enum", "the item's class", of="item_classes"),
        Known("site_kind", "enum", "what kind of site", of="site_kinds"),
        Known("source", "enum", "who says so", of="sources"),
    ),
    (Given("rank", "int", "1 is first", least=0, most=100),),
)
COMPANY = Vocabulary(
    channels=frozenset(CHANNEL.values),
    item_classes=frozenset({"tools"}),
    site_kinds=frozenset({"store"}),
    sources=frozenset({"erp"}),
)


def problems(table: Table, code: str = "", vocabulary: Vocabulary = COMPANY) -> list[Problem]:
    """The problems of that code, or all of them but rows without an example."""
    found = check(table, PRIORITY, answers_of(table), vocabulary)
    return [each for each in found if (each.code == code if code else each.code != "NO_EXAMPLE")]


def said(table: Table, code: str) -> str:
    """The message of the one problem of that code."""
    (problem,) = problems(table, code)
    return problem.message


def test_every_code_that_is_told_is_listed_and_every_one_listed_is_told():
    told: set[str] = set()
    for module in (checks, answer_checks, example_checks):
        text = Path(str(module.__file__)).read_text()
        told |= set(re.findall(r'"(?:error|warning)", "([A-Z_]+)"\)', text))
        told |= set(re.findall(r'"([A-Z_]+)", "(?:error|warning)"\)', text))
    assert told == set(CHECK_CODES)


def test_a_sound_table_has_no_problem():
    table = a_table(
        a_row("P1", 1, channel=words("web")),
        a_row("P2", 50),
        examples=(
            an_example("P1", 1, channel="web", days=0),
            an_example("P2", channel="app", days=0),
        ),
    )
    assert check(table, PRIORITY, answers_of(table), COMPANY) == []


def test_facts_without_a_row_are_told_with_their_number():
    table = a_table(
        a_row("P1", channel=words("web"), days=numbers(0, 2)), a_row("P2", channel=words("app"), line=9)
    )
    (gap,) = problems(table, "GAP")
    assert gap.message == (
        "no row fits channel web, days 3..30 (and 2 more combinations): "
        "add a row, or a last row with no conditions."
    )
    assert (gap.severity, gap.line) == ("error", 9)


def test_a_gap_of_some_weeks_is_told_with_its_days():
    table = a_table(a_row("P1", until=day(31)), a_row("P2", starts=day(59), until=day(90)))
    assert said(table, "GAP") == (
        "no row fits any facts, from 2026-02-01 until 2026-03-01 and again later: "
        "add a row, or a last row with no conditions."
    )


def test_a_table_that_need_not_be_complete_may_leave_gaps():
    assert problems(a_table(a_row("P1", channel=words("web")), complete=False)) == []


def test_a_table_that_collects_has_a_gap_where_no_row_answers():
    table = a_table(a_row("P1", channel=words("web")), hit="collect")
    assert said(table, "GAP").startswith("no row fits channel app or shop or hotel or (other): ")


def test_rows_of_a_unique_table_that_meet_are_told_together():
    rows = (
        a_row("P1", channel=words("web")),
        a_row("P2", days=numbers(3, 7)),
        a_row("P3", channel=but("web")),
    )
    table = a_table(*rows, hit="unique")
    first, second = problems(table, "OVERLAP")
    assert first.message == (
        "P1 and P2 both fit channel web, days 3..7: under `hit: unique` only one may. "
        "Narrow one of them, or use `hit: first` and put the more special one above."
    )
    assert second.message.startswith(
        "P2 and P3 both fit channel app or shop or hotel or (other), days 3..7: "
    )


def test_rows_of_a_unique_table_that_never_meet_are_sound():
    table = a_table(a_row("P1", channel=words("web")), a_row("P2", channel=but("web")), hit="unique")
    assert problems(table) == []


def test_a_row_whose_facts_are_all_taken_can_never_fire():
    table = a_table(
        a_row("P1", channel=words("web", "app")),
        a_row("P2", days=numbers(5, None)),
        a_row("P3", channel=words("app"), days=numbers(7, 9), line=12),
        a_row("P4"),
    )
    (dead,) = problems(table, "NEVER_FIRES")
    assert (
        dead.message == "P3 can never fire: P1 above it takes all it would take. Move it up, or take it out."
    )
    assert (dead.row, dead.line) == ("P3", 12)


def test_a_row_taken_piece_by_piece_names_those_that_take_it():
    table = a_table(
        a_row("P1", late=yes()), a_row("P2", days=numbers(0, 30)), a_row("P3"), inputs=(DAYS, LATE)
    )
    assert said(table, "NEVER_FIRES").startswith(
        "P3 can never fire: P1 and P2 above it take all it would take."
    )


def test_a_row_that_fires_only_in_some_weeks_is_alive():
    table = a_table(a_row("SALE", starts=day(10), until=day(12)), a_row("P9"))
    assert problems(table) == []


def test_a_row_above_whose_days_have_passed_takes_nothing():
    table = a_table(a_row("P1", until=day(12)), a_row("P2", starts=day(20)), a_row("P3"))
    assert problems(table, "NEVER_FIRES") == []


def test_an_example_that_fails_tells_what_fired_instead():
    table = a_table(
        a_row("P1", 10, channel=words("web")),
        a_row("P9", 50),
        examples=(an_example("P1", 10, line=30, channel="app", days=0),),
    )
    (failed,) = problems(table, "EXAMPLE_FAILS")
    assert failed.message == (
        "the example expects row P1, rank 10, but P9 fired: P9 gives rank 50 (Because of P9). "
        "Mend the rows, or the example."
    )
    assert failed.line == 30


def test_an_example_for_which_no_row_is_left_fails():
    table = a_table(a_row("P1", channel=words("web")), examples=(an_example(rank=1, channel="app", days=0),))
    assert said(table, "EXAMPLE_FAILS") == (
        "the example expects rank 1, but no row fits. Mend the rows, or the example."
    )


def test_the_right_outcome_by_another_row_fails_an_example_that_names_the_row():
    table = a_table(
        a_row("P1", 10, channel=words("web")),
        a_row("P9", 10),
        examples=(an_example("P9", channel="web", days=0),),
    )
    assert "expects row P9, but P1 fired" in said(table, "EXAMPLE_FAILS")


def test_an_example_is_judged_at_its_time():
    """Without one, when all dates have come; the message says so where that may be the reason."""
    sale = a_row("SALE", starts=day(10), until=day(12))
    during = an_example("SALE", at=day(11), channel="web", days=0)
    assert problems(a_table(sale, a_row("P9"), examples=(during,))) == []
    undated = replace(during, at=None)
    message = said(a_table(sale, a_row("P9"), examples=(undated,)), "EXAMPLE_FAILS")
    assert "(without `at` it is judged when all dates in the file have come)" in message


def test_an_example_of_a_table_that_collects_names_all_its_rows():
    rows = (a_row("A1", 1, channel=words("web")), a_row("A2", 2))
    both = an_example(("A2", "A1"), 2, channel="web", days=0)
    assert problems(a_table(*rows, hit="collect", examples=(both,))) == []
    one = an_example("A1", channel="web", days=0)
    assert "A1 and A2 fired" in said(a_table(*rows, hit="collect", examples=(one,)), "EXAMPLE_FAILS")


def test_a_row_without_an_example_is_warned_of_with_one_to_copy():
    table = a_table(
        a_row("P1", channel=words("web"), line=7),
        a_row("P2", starts=day(10), until=day(12), line=9),
        a_row("P3"),
        examples=(an_example("P3", channel="app", days=1),),
    )
    first, second = problems(table, "NO_EXAMPLE")
    assert (first.severity, first.line, first.row) == ("warning", 7, "P1")
    by_row = {each.row: each.message for each in (first, second)}
    assert by_row == {
        "P1": "no example exercises P1: add one, e.g. given: {channel: web, days: 0}",
        "P2": "no example exercises P2: add one, e.g. given: {channel: app, days: 0}, at: 2026-01-11",
    }


def as_told(table: Table, message: str) -> tuple[dict[str, Value], datetime]:
    """The facts and the moment of an example shown in a message; without a moment, long after all dates."""
    shown = re.search(r"given: {(.*)}(?:, at: (.*))?$", message)
    assert shown is not None
    written = dict(pair.split(": ") for pair in shown[1].split(", ") if pair)
    facts: dict[str, Value] = {}
    for each in table.inputs:
        text = written[each.name]
        facts[each.name] = (
            int(text) if each.kind == "int" else text == "true" if each.kind == "bool" else text
        )
    return facts, datetime.fromisoformat(shown[2]) if shown[2] else FIRST_DAY.replace(year=2090)


@given(tables())
@quick
def test_the_example_told_for_a_row_exercises_it(table):
    """Every row that fires anywhere and has no example is shown facts for which it does fire."""
    table = replace(table, examples=())
    answers = answers_of(table)
    found = [each for each in check(table, None, answers, None) if each.code == "NO_EXAMPLE"]
    for problem in found:
        fired = plain_rules.answer(table, *as_told(table, problem.message))
        assert problem.row in {table.rows[place].row_id for place in fired}
    everywhere = {
        table.rows[place].row_id
        for number in range(len(answers.by_interval))
        for cell in range(answers.cells)
        for place in answers.rows_of(number, cell)
    }
    assert {each.row for each in found} == everywhere


@given(tables(hits=("first",)))
@quick
def test_gaps_and_dead_rows_are_those_the_judge_finds(table):
    """Over every cell, at the beginning and at every date a row begins or ends."""
    table = replace(table, complete=True, sums=())
    space = space_of(table)
    dates = {row.starts for row in table.rows} | {row.until for row in table.rows}
    moments = [FIRST_DAY.replace(year=2000), *sorted(each for each in dates if each)]
    answered = [
        plain_rules.answer(table, space.facts_of(cell), moment)
        for moment in moments
        for cell in range(space.size)
    ]
    found = check(table, None, answers_of(table), None)
    assert any(each.code == "GAP" for each in found) == (() in answered)
    alive = {table.rows[place].row_id for places in answered for place in places}
    dead = {each.row for each in found if each.code == "NEVER_FIRES"}
    assert dead == {row.row_id for row in table.rows} - alive


def shares(*given: tuple[str, int], **more) -> Table:
    rows = [a_row(f"A{n}", share, channel=words(name)) for n, (name, share) in enumerate(given)]
    return a_table(*rows, a_row("A9", 0), sums=(Sum("rank", "channel", 100),), **more)


def test_shares_that_do_not_add_up_are_told_with_each_of_them():
    assert said(shares(("web", 40), ("app", 50)), "SUM") == (
        "rank over channel adds up to 90, not 100, for any facts: web 40 by A0, app 50 by A1, shop 0 by A9, "
        "hotel 0 by A9. Change rows until they add up to 100."
    )


def test_shares_that_add_up_are_sound_and_undeclared_words_have_no_share():
    assert problems(shares(("web", 40), ("app", 60))) == []


def test_shares_must_add_up_for_every_other_fact():
    """On late days the web takes 50 instead of 40."""
    late = a_row("LATE", 50, channel=words("web"), days=numbers(10, None))
    table = shares(("web", 40), ("app", 60))
    message = said(replace(table, rows=(late, *table.rows)), "SUM")
    assert message.startswith("rank over channel adds up to 110, not 100, for days 10..30: web 50 by LATE, ")


def test_shares_must_add_up_at_all_times():
    sale = a_row("SALE", 70, channel=words("web"), starts=day(10), until=day(12))
    table = shares(("web", 40), ("app", 60))
    message = said(replace(table, rows=(sale, *table.rows)), "SUM")
    assert (
        "adds up to 130, not 100, for any facts, from 2026-01-11 until 2026-01-13: web 70 by SALE" in message
    )


def test_shares_alike_for_all_words_are_counted_once_for_each():
    """No row asks for the channel: four channels of 25 are 100."""
    table = a_table(a_row("A1", 25), sums=(Sum("rank", "channel", 100),))
    assert problems(table) == []
    assert "web 24 by A1" in said(a_table(a_row("A1", 24), sums=(Sum("rank", "channel", 100),)), "SUM")


def test_a_row_may_give_only_what_the_decision_allows():
    assert said(a_table(a_row("P1", 101)), "OUTPUT_RANGE") == "P1 gives rank 101: it lies from 0 to 100."
    assert problems(a_table(a_row("P1", 100))) == []


def test_a_row_must_give_all_outputs():
    nothing = Row("P1", {}, {}, "why", "desk")
    table = a_table(nothing)
    found = check(table, PRIORITY, None, None)
    assert [each.message for each in found] == ["P1 does not give rank."]


def test_a_channel_nobody_has_is_an_error_that_names_the_nearest_and_all():
    channel = replace(CHANNEL, values=("wbe", "app"))
    table = a_table(a_row("P1", channel=words("app")), a_row("P2", channel=words("wbe"), line=8), a_row("P3"))
    (unknown,) = problems(replace(table, inputs=(channel,)), "UNKNOWN_CHANNEL")
    assert unknown.message == (
        "the company has no channel wbe: did you mean web? It has app, hotel, shop, web."
    )
    assert (unknown.severity, unknown.line, unknown.row) == ("error", 8, "P2")


def test_a_channel_only_the_header_names_is_told_there():
    table = a_table(a_row("P1"), inputs=(replace(CHANNEL, values=("zeppelin",)),))
    (unknown,) = problems(table, "UNKNOWN_CHANNEL")
    assert str(unknown) == (
        "40-priority.yaml:1: channel: the company has no channel zeppelin: use one of: app, hotel, shop, web."
    )


@pytest.mark.parametrize(
    ("name", "code", "severity"),
    [
        ("source", "UNKNOWN_SOURCE", "error"),
        ("site_kind", "UNKNOWN_KIND", "warning"),
        ("item_class", "UNKNOWN_CLASS", "warning"),
    ],
)
def test_words_unknown_to_the_company_are_told(name, code, severity):
    table = a_table(a_row("P1"), inputs=(Input(name, "enum", ("strange",)),))
    assert [(each.code, each.severity) for each in problems(table)] == [(code, severity)]


def test_words_the_company_uses_are_sound():
    inputs = (
        CHANNEL,
        Input("source", "enum", ("erp",)),
        Input("site_kind", "enum", ("store",)),
        Input("item_class", "enum", ("tools",)),
    )
    assert problems(a_table(a_row("P1"), inputs=inputs)) == []


def test_a_table_that_is_too_large_is_told_without_answers():
    wide = tuple(Input(name, "int", (), 0, 299) for name in ("a", "b"))
    rows = [
        replace(a_row(f"{name}{n}"), when={name: numbers(n, n)}) for name in ("a", "b") for n in range(300)
    ]
    table = a_table(*rows, inputs=wide)
    (large,) = check(table, None, None, None)
    assert large.code == "TOO_MANY_CELLS"
    assert large.message.endswith(
        "Coarsen a: let the rows name fewer of its words or bounds, 166 cuts at most."
    )


def test_problems_come_by_line_and_are_bounded():
    """Errors are kept before warnings, and what is left out is counted."""
    rows = [a_row(f"P{n}", 101, line=n + 2) for n in range(PROBLEMS_MOST + 30)]
    found = check(a_table(*rows), PRIORITY, None, None)
    assert len(found) == PROBLEMS_MOST + 1
    assert [each.line for each in found[:-1]] == list(range(2, PROBLEMS_MOST + 2))
    assert found[-1].message == "and 30 more problems: mend these first."


@given(tables())
@quick
def test_any_table_is_checked_without_a_fault(table):
    """Every message is one line, names no place of ours, and is short enough to read."""
    for problem in check(table, None, answers_of(table), None):
        assert problem.code in CHECK_CODES
        assert "\n" not in problem.message
        assert len(problem.message) < 1_200
        assert OTHER in problem.message or "None" not in problem.message


def test_what_the_engine_cannot_take_is_told_before_it_sees_it(monkeypatch):
    """The limit is lowered here: no table within the other limits reaches it."""
    table = a_table(a_row("P1", channel=words("web", "shop")), a_row("P2"))
    assert "ENGINE_LIMIT" not in {problem.code for problem in check(table, None, None, None)}
    monkeypatch.setattr(rulesets, "RULES_MOST", 0)
    [told] = [each for each in check(table, None, None, None) if each.code == "ENGINE_LIMIT"]
    assert "the engine can take 0" in told.message
    assert "group the words into classes" in told.message
