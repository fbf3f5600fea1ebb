"""Two books compared: rows as they are written, and exactly the facts that are answered otherwise."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rules.book import Book
from rules.cells import OTHER, joint_space
from rules.changed_answers import CELLS_TOLD, ChangedAnswers
from rules.columns import Input, Table, Value
from rules.difference import FileDifference, difference
from tests.rules import plain_rules
from tests.rules.profile import quick
from tests.rules.random_tables import FIRST_DAY, conditions, tables
from tests.rules.small_tables import (
    CHANNEL,
    DAYS,
    LATE,
    a_row,
    a_table,
    an_example,
    but,
    compiled,
    day,
    numbers,
    words,
    yes,
)
from tests.rules.test_cells import any_facts

FIRST = a_row("P1", 10, channel=words("web"))
REST = a_row("P9", 50)


def book(*made: Table) -> Book:
    files = {f"{table.decides}.yaml": repr(table).encode() for table in made}
    return Book(files, {table.decides: compiled(table) for table in made})


def between(old: Table, new: Table) -> FileDifference:
    (found,) = difference(book(old), book(new)).files
    return found


def test_books_that_say_the_same_differ_in_nothing():
    """Lines are no part of what a book says."""
    table = a_table(FIRST, REST)
    moved_down = replace(table, rows=tuple(replace(row, line=row.line + 5) for row in table.rows))
    assert difference(book(table), book(moved_down)).files == ()


def test_rows_added_and_removed_are_told():
    found = between(a_table(FIRST, REST), a_table(a_row("P2", 20, channel=words("app")), REST))
    assert [row.row_id for row in found.added] == ["P2"]
    assert [row.row_id for row in found.removed] == ["P1"]
    assert (found.changed, found.moved) == ((), ())


def test_a_changed_row_is_told_field_by_field_as_it_is_written():
    before = a_row("P1", 10, channel=words("web"), days=numbers(3, None))
    after = replace(
        a_row("P1", 20, starts=day(31), channel=but("web", "app")), why="Asked by the desk.", owner="sales"
    )
    (changed,) = between(a_table(before, REST), a_table(after, REST)).changed
    assert changed.row_id == "P1"
    assert [(each.name, each.before, each.after) for each in changed.changes] == [
        ("when channel", "web", "not web, app"),
        ("when days", ">= 3", ""),
        ("then rank", "10", "20"),
        ("why", "Because of P1.", "Asked by the desk."),
        ("owner", "desk", "sales"),
        ("from", "", "2026-02-01"),
    ]


def test_a_row_that_stands_elsewhere_is_told_and_no_other():
    """P4 was put on top: the three below it stay in their order."""
    rows = [a_row(f"P{n}", n, days=numbers(n, n)) for n in range(1, 5)]
    assert between(a_table(*rows, REST), a_table(rows[3], *rows[:3], REST)).moved == ("P4",)


def test_a_row_added_in_between_moves_no_other():
    rows = [a_row(f"P{n}", n, days=numbers(n, n)) for n in range(1, 4)]
    found = between(a_table(rows[0], rows[2], REST), a_table(*rows, REST))
    assert ([row.row_id for row in found.added], found.moved) == (["P2"], ())


def test_what_is_written_otherwise_above_the_rows_is_told():
    old, new = a_table(FIRST, REST), a_table(FIRST, REST, hit="unique", complete=False)
    assert {(each.name, each.before, each.after) for each in between(old, new).header} == {
        ("hit", "first", "unique"),
        ("complete", "true", "false"),
    }
    wider = replace(old, inputs=(replace(CHANNEL, values=("web", "app")), DAYS))
    (change,) = between(old, wider).header
    assert (change.name, change.before) == ("inputs", "channel: web, app, shop, hotel; days: 0..30")
    assert change.after == "channel: web, app; days: 0..30"


def test_other_examples_are_told_and_change_no_answer():
    old = a_table(FIRST, REST)
    found = between(old, replace(old, examples=(an_example("P1", channel="web", days=0),)))
    assert found.examples_changed
    assert found.answers == ChangedAnswers(2, 0, 0, ())


def test_facts_that_are_answered_otherwise_are_told_with_both_answers():
    """The web loses its rank for orders of a week and more: of six cells one changes."""
    short = replace(FIRST, when={**FIRST.when, "days": numbers(None, 6)})
    found = between(a_table(FIRST, REST), a_table(short, REST)).answers
    assert (found.cells, found.changed, found.outcomes) == (4, 1, 1)
    (told,) = found.told
    assert told.facts == "channel web, days 7..30"
    assert told.example == {"channel": "web", "days": 7}
    assert (told.before.rows, [dict(then) for then in told.before.then]) == (("P1",), [{"rank": 10}])
    assert (told.after.rows, [dict(then) for then in told.after.then]) == (("P9",), [{"rank": 50}])
    assert told.starts is None


def test_another_row_with_the_same_outcome_is_counted_apart():
    found = between(a_table(FIRST, REST), a_table(replace(FIRST, row_id="P2"), REST)).answers
    assert (found.changed, found.outcomes) == (1, 0)


def test_the_same_row_with_another_outcome_is_counted():
    found = between(a_table(FIRST, REST), a_table(replace(FIRST, then={"rank": 11}), REST)).answers
    assert (found.changed, found.outcomes) == (1, 1)


def test_a_change_of_some_weeks_is_told_from_its_first_day():
    sale = a_row("SALE", 1, starts=day(10), until=day(12), channel=words("app"))
    found = between(a_table(FIRST, REST), a_table(sale, FIRST, REST)).answers
    assert (found.changed, found.outcomes) == (1, 1)
    assert [(told.facts, told.starts) for told in found.told] == [("channel app", day(10))]


def test_a_row_that_now_ends_changes_its_facts_from_then_on():
    found = between(a_table(FIRST, REST), a_table(replace(FIRST, until=day(20)), REST)).answers
    assert [(told.facts, told.starts) for told in found.told] == [("channel web", day(20))]


def test_a_word_only_the_new_table_knows_is_one_of_the_others_to_the_old():
    """`app` was any other channel, for which the old table had a row of its own."""
    old = a_table(
        a_row("P1", channel=words(OTHER)), a_row("P9", 9), inputs=(replace(CHANNEL, values=("web",)),)
    )
    new = replace(old, inputs=(replace(CHANNEL, values=("web", "app")),))
    found = between(old, new).answers
    assert [(told.facts, told.before.rows, told.after.rows) for told in found.told] == [
        ("channel app", ("P1",), ("P9",))
    ]


def test_an_input_only_one_of_them_looks_at_parts_the_facts():
    old = a_table(REST, inputs=(CHANNEL,))
    new = a_table(a_row("P1", late=yes()), REST, inputs=(CHANNEL, LATE))
    found = between(old, new).answers
    assert [(told.facts, told.after.rows) for told in found.told] == [("late true", ("P1",))]


def test_a_file_that_is_new_or_gone_is_all_rows_added_or_removed():
    table = a_table(FIRST, REST)
    (new,) = difference(None, book(table)).files
    assert ([row.row_id for row in new.added], new.removed) == (["P1", "P9"], ())
    assert (new.answers.cells, new.answers.changed) == (2, 2)
    (gone,) = difference(book(table), book()).files
    assert ([row.row_id for row in gone.removed], gone.added) == (["P1", "P9"], ())
    assert gone.answers.told[0].after.rows == ()


def test_a_difference_names_both_versions():
    old, new = book(a_table(FIRST, REST)), book(a_table(REST))
    found = difference(old, new)
    assert (found.old, found.new) == (old.version, new.version)
    assert difference(None, new).old == ""


def test_no_more_cells_are_told_than_can_be_read():
    rows = [a_row(f"P{n}", n, days=numbers(n, n)) for n in range(31)]
    later = [replace(row, then={"rank": 99}) for row in rows]
    named = tuple(f"channel {n}" for n in range(5))
    inputs = (replace(CHANNEL, values=named), DAYS)
    cut = [a_row(name, 7, channel=words(name), days=numbers(0, 30)) for name in named[:1]]
    found = between(a_table(*rows, *cut, inputs=inputs), a_table(*later, *cut, inputs=inputs)).answers
    assert (found.cells, found.changed, len(found.told)) == (62, 62, CELLS_TOLD)


def cut_finely(*names: str) -> Table:
    """A table cut into 45 parts by each of its inputs."""
    inputs = tuple(Input(name, "int", (), 0, 44) for name in names)
    rows = [replace(a_row(f"{name}{n}"), when={name: numbers(n, n)}) for name in names for n in range(45)]
    return a_table(*rows, inputs=inputs)


def test_tables_too_different_to_be_compared_fact_by_fact_are_told_without_a_count():
    """2,025 cells each, and every cell of one is cut by every cell of the other."""
    found = between(cut_finely("a", "b"), cut_finely("c", "d"))
    assert found.answers == ChangedAnswers(2_025 * 2_025, None, None, ())
    assert (len(found.added), len(found.removed)) == (90, 90)


def other_version(data: st.DataObject, table: Table) -> Table:
    """The table with some rows gone, in another order, with other conditions or outcomes."""
    rows = [row for row in data.draw(st.permutations(table.rows)) if data.draw(st.integers(0, 4))]
    changed = []
    for row in rows or table.rows[:1]:
        asked: list[Input] = [each for each in table.inputs if data.draw(st.booleans())]
        when = {**row.when, **{each.name: data.draw(conditions(each)) for each in asked}}
        other = data.draw(st.sampled_from(table.rows))
        changed.append(replace(row, when=when, then=other.then, until=other.until or row.until))
    return replace(table, rows=tuple(changed))


@given(st.data(), tables(rows_most=5))
@quick
def test_the_facts_that_change_are_those_the_judge_answers_otherwise(data, old):
    """Every cell of both together, at the beginning and at every date of either."""
    new = other_version(data, old)
    if new == old:
        return
    found = between(old, new).answers
    joint = joint_space(old, new)
    dates = {each for table in (old, new) for row in table.rows for each in (row.starts, row.until)}
    moments = [FIRST_DAY.replace(year=2000), *sorted(each for each in dates if each)]
    changed, outcomes = set(), set()
    for cell in range(joint.size):
        for local in moments:
            were, are = (
                [t.rows[p] for p in plain_rules.answer(t, joint.facts_of(cell), local)] for t in (old, new)
            )
            if [row.then for row in were] != [row.then for row in are]:
                outcomes.add(cell)
            if [row.row_id for row in were] != [row.row_id for row in are]:
                changed.add(cell)
    assert (found.cells, found.changed, found.outcomes) == (
        joint.size,
        len(changed | outcomes),
        len(outcomes),
    )
    assert {told.facts for told in found.told} <= {joint.describe(cell) for cell in changed | outcomes}


@given(st.data(), tables(rows_most=5))
@quick
def test_facts_outside_the_cells_told_are_answered_as_before(data, old):
    """Whatever the world may bring: where the difference tells of nothing, nothing changes."""
    new = other_version(data, old)
    if new == old:
        return
    found = between(old, new).answers
    facts: dict[str, Value] = data.draw(any_facts(old))
    joint = joint_space(old, new)
    cell = joint.describe(joint.cell_of(facts))
    assert found.changed is not None
    if found.changed > CELLS_TOLD or cell in {told.facts for told in found.told}:
        return
    for moment in [FIRST_DAY.replace(year=2000), *(day(n) for n in range(12))]:
        were, are = ([t.rows[p] for p in plain_rules.answer(t, facts, moment)] for t in (old, new))
        assert [(row.row_id, row.then) for row in were] == [(row.row_id, row.then) for row in are]
