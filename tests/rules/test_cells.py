"""The fact space: every fact lies in one cell, and all facts of a cell get one answer."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cells import (
    ANSWERS_MOST,
    CELLS_MOST,
    INTERVALS_MOST,
    OTHER,
    Space,
    TooManyCells,
    intervals,
    joint_space,
    space_of,
)
from rules.columns import Input, Row, Table, Value
from tests.rules import plain_rules
from tests.rules.profile import quick
from tests.rules.random_tables import instants, tables
from tests.rules.small_tables import CHANNEL, DAYS, LATE, a_row, a_table, but, day, numbers, words, yes


def any_fact(of: Input) -> st.SearchStrategy[Value]:
    """A fact as the world gives it: words nobody declared and numbers out of bounds among them."""
    if of.kind == "bool":
        return st.booleans()
    if of.kind == "int":
        return st.integers(of.least - 5, of.most + 5)
    return st.sampled_from([*of.values, OTHER, "nobody declared this", "", "web "])


def any_facts(table: Table) -> st.SearchStrategy[dict[str, Value]]:
    return st.fixed_dictionaries({each.name: any_fact(each) for each in table.inputs})


def parts_of(space: Space, name: str) -> list[str]:
    (cut,) = [cut for cut in space.cuts if cut.name == name]
    return [part.words for part in cut.parts]


@given(st.data(), tables())
@quick
def test_all_facts_of_a_cell_get_one_answer(data, table):
    """What the judge says to any fact it says to the fact that stands for its cell."""
    space = space_of(table)
    facts, local = data.draw(any_facts(table)), data.draw(instants())
    one = space.facts_of(space.cell_of(facts))
    assert plain_rules.rows_that_fit(table, facts, local) == plain_rules.rows_that_fit(table, one, local)


@given(tables())
@quick
def test_cells_cover_the_space_once(table):
    """Each cell's fact lies in that cell, and no two cells have one name."""
    space = space_of(table)
    assert [space.cell_of(space.facts_of(cell)) for cell in range(space.size)] == list(range(space.size))
    assert len({space.describe(cell) for cell in range(space.size)}) == space.size


@given(st.data(), tables())
@quick
def test_a_batch_gives_each_fact_the_cell_it_has_alone(data, table):
    """As text, as objects, and as places in the declared words."""
    space = space_of(table)
    batch = data.draw(st.lists(any_facts(table), min_size=1, max_size=20))
    alone = [space.cell_of(facts) for facts in batch]
    names = [each.name for each in table.inputs] or ["nothing"]
    as_text = {name: np.array([facts.get(name, 0) for facts in batch]) for name in names}
    assert space.cells_of(as_text).tolist() == alone
    assert space.cells_of({name: column.astype(object) for name, column in as_text.items()}).tolist() == alone
    coded = {
        each.name: np.array(
            [
                each.values.index(facts[each.name]) if facts[each.name] in each.values else -1
                for facts in batch
            ]
        )
        for each in table.inputs
        if each.kind == "enum"
    }
    assert space.cells_of({**as_text, **coded}).tolist() == alone


@given(st.data(), tables())
@quick
def test_a_row_fits_the_cells_whose_facts_it_takes(data, table):
    space = space_of(table)
    row: Row = data.draw(st.sampled_from(table.rows))
    taken = [plain_rules.row_takes(table, row, space.facts_of(cell)) for cell in range(space.size)]
    assert space.fitting(row).tolist() == taken


@given(tables(), instants())
@quick
def test_a_moment_lies_in_one_interval_and_its_rows_are_those_that_hold(table, local):
    spans = [
        span
        for span in intervals(table)
        if (span.starts is None or span.starts <= local) and (span.until is None or local < span.until)
    ]
    assert len(spans) == 1
    assert list(spans[0].rows) == [row for row in table.rows if plain_rules.row_holds(row, local)]
    assert [table.rows[place] for place in spans[0].places] == list(spans[0].rows)


@given(st.data(), tables(), tables())
@quick
def test_a_cell_of_two_tables_lies_in_one_cell_of_each(data, one, two):
    """Where inputs of one name are of one kind, as the decisions see to."""
    kinds = {each.name: each.kind for each in one.inputs}
    if any(kinds.get(each.name, each.kind) != each.kind for each in two.inputs):
        return
    joint = joint_space(one, two)
    facts = {**data.draw(any_facts(one)), **data.draw(any_facts(two))}
    shown = joint.facts_of(joint.cell_of(facts))
    for table in (one, two):
        assert space_of(table).cell_of(shown) == space_of(table).cell_of(facts)


def test_words_no_row_names_share_a_cell_with_undeclared_ones():
    """`web` by itself, then every other channel there is or will be."""
    space = space_of(a_table(a_row("P1", channel=words("web")), a_row("P2")))
    assert parts_of(space, "channel") == ["web", "app or shop or hotel or (other)"]


def test_a_row_that_names_other_sets_undeclared_words_apart():
    space = space_of(a_table(a_row("P1", channel=words("web", OTHER)), a_row("P2")))
    assert parts_of(space, "channel") == ["web", "app or shop or hotel", "(other)"]


def test_what_is_named_after_not_is_cut_as_well():
    space = space_of(a_table(a_row("P1", channel=but("web", "app"))))
    assert parts_of(space, "channel") == ["web", "app", "shop or hotel or (other)"]


def test_numbers_are_cut_where_bounds_lie():
    space = space_of(a_table(a_row("P1", days=numbers(3, 7)), a_row("P2", days=numbers(None, 0))))
    assert parts_of(space, "days") == ["0", "1..2", "3..7", "8..30"]


def test_numbers_out_of_bounds_are_taken_as_the_nearest_within():
    space = space_of(a_table(a_row("P1", days=numbers(3, 7))))
    assert space.cell_of({"channel": "web", "days": -4}) == space.cell_of({"channel": "web", "days": 0})
    assert space.cell_of({"channel": "web", "days": 999}) == space.cell_of({"channel": "web", "days": 30})


def test_an_input_no_row_asks_about_is_not_cut_and_need_not_be_given():
    space = space_of(a_table(a_row("P1", late=yes()), inputs=(CHANNEL, DAYS, LATE)))
    assert space.shape == (1, 1, 2)
    assert space.describe(space.cell_of({"late": True})) == "late true"


def test_a_table_without_conditions_is_one_cell_for_any_facts():
    assert space_of(a_table(a_row("P1"))).describe(0) == "any facts"


def test_a_fact_of_the_wrong_kind_is_refused():
    space = space_of(a_table(a_row("P1", channel=words("web"), days=numbers(3, 7))))
    with pytest.raises(TypeError, match="days is a whole number, not 'three'"):
        space.cell_of({"channel": "web", "days": "three"})
    with pytest.raises(TypeError, match="channel is a word, not 7"):
        space.cell_of({"channel": 7, "days": 3})
    with pytest.raises(KeyError):
        space.cell_of({"channel": "web"})


def test_a_place_that_is_in_no_list_of_words_is_refused():
    space = space_of(a_table(a_row("P1", channel=words("web"))))
    with pytest.raises(ValueError, match="no place in its values"):
        space.cells_of({"channel": np.array([0, -2]), "days": np.array([1, 1])})


def test_columns_of_different_lengths_are_refused():
    space = space_of(a_table(a_row("P1", channel=words("web"))))
    with pytest.raises(ValueError, match="one length"):
        space.cells_of({"channel": np.array(["web"]), "days": np.array([1, 1])})


def wide(name: str, cuts: int) -> tuple[Input, list[Row]]:
    """A number that rows cut into so many parts."""
    return (
        Input(name, "int", (), 0, cuts - 1),
        [replace(a_row(f"{name}{n}"), when={name: numbers(n, n)}) for n in range(cuts)],
    )


def test_too_many_cells_name_the_input_to_coarsen_and_by_how_much():
    (days, by_day), (size, by_size) = wide("days", 400), wide("size", 200)
    with pytest.raises(TooManyCells) as refused:
        space_of(a_table(*by_day, *by_size, inputs=(days, size)))
    assert refused.value.cells == 80_000
    assert refused.value.by_input == {"days": 400, "size": 200}
    assert refused.value.message == (
        "the rows cut the facts into 80,000 cells (days 400 x size 200); 50,000 are the most. "
        "Coarsen days: let the rows name fewer of its words or bounds, 250 cuts at most."
    )


def test_far_too_many_cells_name_the_two_widest_inputs():
    cut = [wide(name, 60) for name in ("a", "b", "c", "d")]
    with pytest.raises(TooManyCells, match="Coarsen a and b: group what the rows name into classes"):
        space_of(a_table(*(row for _, rows in cut for row in rows), inputs=tuple(each for each, _ in cut)))


def test_as_many_cells_as_may_be_are_taken():
    (days, by_day), (size, by_size) = wide("days", 250), wide("size", 200)
    assert space_of(a_table(*by_day, *by_size, inputs=(days, size))).size == CELLS_MOST


def test_too_many_stretches_of_time_are_refused():
    dated = [a_row(f"P{n}", starts=day(n)) for n in range(INTERVALS_MOST)]
    with pytest.raises(TooManyCells, match="501 intervals of 1 cells each; 500 intervals are the most"):
        space_of(a_table(*dated))


def test_stretches_of_time_and_cells_together_are_bounded():
    days, by_day = wide("days", 5_000)
    dated = [a_row(f"P{n}", starts=day(n)) for n in range(ANSWERS_MOST // 5_000)]
    with pytest.raises(TooManyCells, match="51 intervals of 5,000 cells each; 50 intervals are the most"):
        space_of(a_table(*by_day, *dated, inputs=(days,)))


def test_a_million_facts_find_their_cells():
    """How long it takes is printed, and asserted nowhere; that they are the right cells is."""
    classes = Input("item_class", "enum", tuple(f"class {n}" for n in range(20)))
    site = Input("site", "enum", ("store", "centre", "supplier"))
    size = Input("size", "int", (), 0, 1_000)
    space = space_of(
        a_table(
            a_row("P1", channel=words("web", "app"), days=numbers(3, 7), late=yes()),
            a_row("P2", item_class=words(*classes.values[:12]), site=but("store")),
            a_row("P3", size=numbers(100, 500)),
            inputs=(CHANNEL, DAYS, LATE, classes, site, size),
        )
    )
    chance = np.random.default_rng(7)
    facts = {
        "channel": chance.choice(np.array([*CHANNEL.values, "unknown"]), 1_000_000),
        "days": chance.integers(-3, 40, 1_000_000),
        "late": chance.integers(0, 2, 1_000_000).astype(bool),
        "item_class": chance.choice(np.array(classes.values), 1_000_000),
        "site": chance.choice(np.array(site.values), 1_000_000),
        "size": chance.integers(0, 1_001, 1_000_000),
    }
    began = time.process_time()
    cells = space.cells_of(facts)
    print(f"1,000,000 facts of 6 inputs: {time.process_time() - began:.2f} s")  # noqa: T201  # the report
    for place in range(0, 1_000_000, 4_999):
        assert space.cell_of({name: column[place].item() for name, column in facts.items()}) == cells[place]
