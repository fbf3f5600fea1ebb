"""The book: one look-up for each decision, the same answer as the judge, and the way it came to it."""

import time
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.answers import Answers, BadAnswers
from rules.book import Book, book_of, read_tables, trail, version_of, written_tables
from rules.cells import OTHER
from rules.columns import Input, Value
from rules.decisions import Decision, Given, Known
from rules.errors import BadFact, NoRow
from rules.problems import BadTable
from rules.ruling import Compiled
from tests.rules import plain_rules
from tests.rules.profile import quick
from tests.rules.random_tables import instants, tables
from tests.rules.small_tables import (
    CHANNEL,
    DAYS,
    LATE,
    NOON,
    a_row,
    a_table,
    answers_of,
    but,
    compiled,
    day,
    numbers,
    words,
    yes,
)
from tests.rules.test_cells import any_facts

PRIORITY = b"""decides: priority
hit: first
inputs:
  channel: {type: enum, values: [web, app]}
outputs:
  rank: {type: int, min: 1, max: 99}
rows:
  - {id: P1, when: {channel: web}, then: {rank: 1}, why: The web comes first., owner: desk}
  - {id: P2, when: {}, then: {rank: 50}, why: Everyone else., owner: desk}
"""
SOUGHT: dict[str, Value] = {"channel": "web", "days": 5}


@given(st.data(), tables())
@quick
def test_a_book_answers_as_the_judge_does(data, table):
    """Facts within and outside the domain, at moments before, between and after all dates."""
    made = compiled(table)
    facts, local = data.draw(any_facts(table)), data.draw(instants())
    given_by = [verdict.fired[0].row_id for verdict in made.at(local).decide_all(facts)]
    assert given_by == [table.rows[place].row_id for place in plain_rules.answer(table, facts, local)]


@given(st.data(), tables(hits=("first", "unique")))
@quick
def test_one_decision_and_a_batch_give_the_same(data, table):
    made, local = compiled(table), data.draw(instants())
    ruling = made.at(local)
    batch = data.draw(st.lists(any_facts(table), min_size=1, max_size=10))
    columns = {each.name: np.array([facts[each.name] for facts in batch]) for each in table.inputs}
    places, verdicts = ruling.batch(columns or {"nothing": np.zeros(len(batch))})
    for facts, place in zip(batch, places.tolist(), strict=True):
        if place < 0:
            with pytest.raises(NoRow):
                ruling.decide(facts)
        else:
            assert ruling.decide(facts) is verdicts[place]


@given(st.data(), tables())
@quick
def test_a_trail_names_every_row_that_fired_and_why_the_others_did_not(data, table):
    """A row that was passed misses on exactly the inputs the judge finds, or does not hold then."""
    facts, local = data.draw(any_facts(table)), data.draw(instants())
    told = trail(compiled(table), facts, local)
    fired = plain_rules.answer(table, facts, local)
    assert [each.fired[0].row_id for each in told.verdicts] == [table.rows[place].row_id for place in fired]
    inputs = {each.name: each for each in table.inputs}
    rows = {row.row_id: row for row in table.rows}
    for passed in told.passed:
        row = rows[passed.row_id]
        missed = [
            name
            for name, each in inputs.items()
            if name in row.when
            and not plain_rules.condition_takes(row.when[name], plain_rules.taken_as(each, facts[name]))
        ]
        assert [miss.name for miss in passed.misses] == missed
        assert bool(passed.not_now) == (not plain_rules.row_holds(row, local))
        if table.hit != "unique":
            assert passed.misses or passed.not_now
    assert len(told.verdicts) + len(told.passed) + told.below == len(table.rows)


def test_a_verdict_says_what_it_gives_and_which_row_gave_it():
    ruling = compiled(a_table(a_row("P1", 10, channel=words("web")), a_row("P2", 50))).at(NOON)
    verdict = ruling.decide(SOUGHT)
    assert dict(verdict.then) == {"rank": 10}
    (fired,) = verdict.fired
    assert (fired.file, fired.row_id, fired.why) == ("40-priority.yaml", "P1", "Because of P1.")
    assert ruling.decide({"channel": "web"}) is verdict  # no row asks for days


def test_a_verdict_cannot_be_changed():
    verdict = compiled(a_table(a_row("P1"))).at(NOON).decide({})
    with pytest.raises(TypeError):
        verdict.then["rank"] = 2  # type: ignore[index]


def test_facts_without_a_row_are_refused_by_name():
    ruling = compiled(a_table(a_row("P1", channel=words("web")), complete=False)).at(NOON)
    with pytest.raises(
        NoRow, match=r"40-priority\.yaml has no row for channel app or shop or hotel or \(oth"
    ):
        ruling.decide({"channel": "shop"})
    assert ruling.decide_all({"channel": "shop"}) == ()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"days": 5}, "channel is not given"),
        ({"channel": "web"}, "days is not given"),
        ({"channel": "web", "days": None}, "days is a whole number, not None"),
        ({"channel": ["web"], "days": 5}, r"channel is a word, not \['web'\]"),
    ],
)
def test_a_missing_or_wrong_fact_is_refused_by_name(facts, said):
    ruling = compiled(a_table(a_row("P1", channel=words("web"), days=numbers(3, 7)), a_row("P2"))).at(NOON)
    with pytest.raises(BadFact, match=said):
        ruling.decide(facts)


def test_what_is_not_known_of_an_item_is_taken_as_any_other_word():
    ruling = compiled(a_table(a_row("P1", channel=words("web")), a_row("P2"))).at(NOON)
    assert ruling.decide({"channel": None}) is ruling.decide({"channel": "nobody declared this"})


def test_a_table_that_collects_gives_all_its_rows_and_never_one():
    ruling = compiled(a_table(a_row("A1", channel=words("web")), a_row("A2"), hit="collect")).at(NOON)
    assert [verdict.fired[0].row_id for verdict in ruling.decide_all(SOUGHT)] == ["A1", "A2"]
    with pytest.raises(AssertionError, match="collects"):
        ruling.batch({"channel": np.array(["web"])})


def test_a_row_holds_from_its_first_moment_up_to_but_not_at_its_last():
    made = compiled(a_table(a_row("SALE", 1, starts=day(10), until=day(12)), a_row("P9", 9)))
    said = [made.at(moment).decide({}).fired[0].row_id for moment in (day(9), day(10), day(11), day(12))]
    assert said == ["P9", "SALE", "SALE", "P9"]


def test_a_book_is_as_it_holds_at_the_moment():
    """Moments between the same dates share one book; each has a key of its own otherwise."""
    dated = compiled(a_table(a_row("SALE", 1, starts=day(10), until=day(12)), a_row("P9", 9)))
    always = compiled(a_table(a_row("P1")))
    book = Book({}, {"priority": dated, "split": always})
    assert book.at(day(1)) is book.at(day(9))
    assert [book.interval_key(day(n)) for n in (1, 11, 12)] == [(0,), (1,), (2,)]
    assert book.at(day(11)).decide("priority", {}).then["rank"] == 1
    assert book.at(day(12)).decide("priority", {}).then["rank"] == 9
    assert book.at(day(1)).ruling("split") is book.at(day(30)).ruling("split")


def test_a_book_without_dates_is_one_at_all_times():
    book = Book({}, {"priority": compiled(a_table(a_row("P1")))})
    assert book.at(day(1)) is book.at(day(300))
    assert book.interval_key(day(1)) == ()


def test_answers_of_another_table_are_refused():
    """Worked out before a row was added, they would name the wrong cells."""
    before = a_table(a_row("P1", channel=words("web")), a_row("P2"))
    after = a_table(a_row("P1", channel=words("web", "app")), a_row("P2"))
    with pytest.raises(BadAnswers, match="Have them worked out anew"):
        Compiled(after, answers_of(before))
    with pytest.raises(BadAnswers, match="name rows"):
        Compiled(after, Answers("first", 3, (np.array([0, 1, 2], np.int32),)))


def test_the_version_changes_with_every_name_and_byte():
    """Also where a name's last letter moves into the content."""
    versions = {
        version_of(files)
        for files in ({}, {"a.yaml": b"x"}, {"a.yaml": b"y"}, {"b.yaml": b"x"}, {"a.yam": b"lx"})
    }
    assert len(versions) == 5
    assert version_of({"a": b"1", "b": b"2"}) == version_of({"b": b"2", "a": b"1"})
    assert len(version_of({})) == len(sha256().hexdigest())


KNOWN = {
    "priority": Decision(
        "priority",
        "40-priority",
        "Who is first.",
        (Known("channel", "enum", "the channel"),),
        (Given("rank", "int", "1 is first", least=1, most=99),),
    )
}


def test_a_book_is_made_of_its_files_and_their_answers():
    files = {"40-priority.yaml": PRIORITY, "README.md": b"What this is."}
    table = read_tables(files, KNOWN)["priority"]
    book = book_of(files, {"priority": answers_of(table)}, KNOWN)
    assert book.version == version_of(files)
    assert book.at(NOON).decide("priority", {"channel": "app"}).then["rank"] == 50


def test_all_problems_of_all_files_are_told_at_once():
    files = {"40-priority.yaml": PRIORITY + b"colour: red\n", "41-priority.yaml": b"hit: first\n"}
    with pytest.raises(BadTable) as bad:
        read_tables(files, KNOWN)
    assert {problem.file for problem in bad.value.problems} == set(files)


def test_two_files_for_one_decision_are_refused():
    with pytest.raises(BadTable, match=r"40-priority\.yaml decides priority already"):
        read_tables({"40-priority.yaml": PRIORITY, "41-priority.yaml": PRIORITY}, KNOWN)


def test_a_sheet_belongs_to_the_file_of_its_stem():
    files = {"40-priority.yaml": b"", "40-priority.csv": b"rows", "62-split.yaml": b"", "notes.csv": b""}
    assert written_tables(files) == (
        ("40-priority.yaml", b"", ("40-priority.csv", b"rows")),
        ("62-split.yaml", b"", None),
    )


def test_two_sheets_beside_one_file_are_refused():
    with pytest.raises(BadTable, match=r"40-priority\.csv and 40-priority\.xlsx both stand beside"):
        written_tables({"40-priority.yaml": b"", "40-priority.csv": b"", "40-priority.xlsx": b""})


def test_a_trail_tells_on_which_input_each_row_above_did_not_fit():
    made = compiled(
        a_table(
            a_row("P1", channel=words("app", OTHER), days=numbers(8, None)),
            a_row("P2", until=day(3)),
            a_row("P3", days=numbers(3, 7)),
            a_row("P4"),
            a_row("P5", channel=but("web"), days=numbers(1, 1)),
        )
    )
    told = trail(made, {"channel": "web", "days": 5}, NOON)
    assert [str(passed) for passed in told.passed] == [
        "P1: channel is web, not app, other; days is 5, not >= 8",
        "P2: it held until 2026-01-04",
    ]
    assert [verdict.fired[0].row_id for verdict in told.verdicts] == ["P3"]
    assert told.below == 2
    assert told.cell == "channel web, days 3..7"
    assert (told.starts, told.until) == (day(3), None)


def test_a_condition_that_leaves_words_out_is_told_as_such():
    """Not as `channel is web, not not web, app`."""
    made = compiled(
        a_table(a_row("P1", channel=but("web", "app")), a_row("P2", channel=but("web")), a_row("P3"))
    )
    told = trail(made, {"channel": "web", "days": 5}, NOON)
    assert [str(passed) for passed in told.passed] == [
        "P1: channel is web, and the row takes all but web, app",
        "P2: channel is web, and the row takes all but web",
    ]


def test_a_trail_without_a_row_is_told_all_the_same():
    told = trail(
        compiled(a_table(a_row("P1", channel=words("web")), complete=False)),
        {"channel": "?", "days": 99},
        NOON,
    )
    assert told.verdicts == ()
    assert dict(told.facts) == {"channel": OTHER, "days": 30}
    assert [str(passed) for passed in told.passed] == ["P1: channel is other, not web"]


def test_a_trail_needs_every_input_of_the_table():
    made = compiled(a_table(a_row("P1")))
    with pytest.raises(BadFact, match="days is not given"):
        trail(made, {"channel": "web"}, NOON)
    with pytest.raises(BadFact, match="days is a whole number, not 'x'"):
        trail(made, {"channel": "web", "days": "x"}, NOON)


def test_a_decision_of_six_inputs_is_one_look_up():
    """How long it takes is printed, and asserted nowhere; that it is the right row is."""
    classes = Input("item_class", "enum", tuple(f"class {n}" for n in range(12)))
    site = Input("site", "enum", ("store", "centre", "supplier"))
    size = Input("size", "int", (), 0, 1_000)
    table = a_table(
        a_row("P1", channel=words("web", "app"), days=numbers(3, 7), late=yes()),
        a_row("P2", item_class=words(*classes.values[:5]), site=but("store")),
        a_row("P3", size=numbers(100, 500)),
        a_row("P4"),
        inputs=(CHANNEL, DAYS, LATE, classes, site, size),
    )
    book = Book({}, {"priority": compiled(table)})
    facts: dict[str, Value] = {
        "channel": "web",
        "days": 9,
        "late": False,
        "item_class": "class 9",
        "site": "store",
        "size": 200,
    }
    decide, at, rounds = book.at(NOON).ruling("priority").decide, book.at, 50_000
    began = time.process_time()
    for _ in range(rounds):
        decide(facts)
    alone = time.process_time() - began
    for _ in range(rounds):
        at(NOON).decide("priority", facts)
    through = time.process_time() - began - alone
    print(f"a decision {alone / rounds * 1e9:.0f} ns; by way of the book {through / rounds * 1e9:.0f} ns")  # noqa: T201
    assert decide(facts).fired[0].row_id == "P3"
    assert plain_rules.answer(table, facts, NOON) == (2,)


def test_a_million_decisions_at_once():
    """As above, for a batch: what is asserted is that each gets the verdict it would get alone."""
    table = a_table(
        a_row("P1", 1, channel=words("web", "app"), days=numbers(3, 7)),
        a_row("P2", 2, channel=but("shop")),
        a_row("P3", 3, late=yes()),
        a_row("P4", 4),
        inputs=(CHANNEL, DAYS, LATE),
    )
    ruling = compiled(table).at(NOON)
    chance = np.random.default_rng(7)
    facts = {
        "channel": chance.choice(np.array([*CHANNEL.values, "unknown"]), 1_000_000),
        "days": chance.integers(0, 40, 1_000_000),
        "late": chance.integers(0, 2, 1_000_000).astype(bool),
    }
    began = time.process_time()
    places, verdicts = ruling.batch(facts)
    ranks = np.array([verdict.then["rank"] for verdict in verdicts])[places]
    print(f"1,000,000 decisions of 3 inputs: {time.process_time() - began:.2f} s")  # noqa: T201
    for place in range(0, 1_000_000, 9_973):
        one = {name: column[place].item() for name, column in facts.items()}
        assert ruling.decide(one).then["rank"] == ranks[place]
