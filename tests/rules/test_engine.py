"""The engine's answers, held to the judge's; what it is not asked; and the written form of its answers."""

import random
import subprocess
import sys
import time
import zlib
from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import combinations as sharing
from rules.answers import FORM, Answers, BadAnswers, Overlap, decode, encode
from rules.cells import Space, intervals, space_of
from rules.columns import Condition, Input, OneOf, Range, Row, Table
from rules.engine import EngineFault, EngineLimit, _Ruleset, evaluate
from rules.rulesets import RULES_MOST, Rule, layers_of, refuse_too_many
from tests.rules import plain_rules
from tests.rules.profile import quick
from tests.rules.random_tables import tables
from tests.rules.small_tables import CHANNEL, DAYS, a_row, a_table, answers_of, but, day, numbers, words

CELLS_LEAST = 10_000


def where(row_id: str, when: Mapping[str, Condition]) -> Row:
    return Row(row_id, when, {"rank": 1}, "It is so.", "desk")


def judged(table: Table) -> list[list[tuple[int, ...]]]:
    """For each interval and cell, the rows the judge says answer."""
    space = space_of(table)
    facts = [space.facts_of(cell) for cell in range(space.size)]
    moments = [span.starts or datetime(1, 1, 1) for span in intervals(table)]  # noqa: DTZ001  # local to a site
    return [[plain_rules.answer(table, each, moment) for each in facts] for moment in moments]


def answered(answers: Answers) -> list[list[tuple[int, ...]]]:
    spans = range(len(answers.by_interval))
    return [[answers.rows_of(span, cell) for cell in range(answers.cells)] for span in spans]


def test_the_engine_answers_as_the_judge_does(capsys):
    """Ten thousand cells of random tables of every kind and date, and more."""
    looked_at: list[int] = []

    @settings(quick, max_examples=250)
    @given(tables(rows_most=24))
    def law(table: Table) -> None:
        answers = evaluate(table)
        expected = answers_of(table)
        assert answered(answers) == answered(expected) == judged(table)
        assert answers.overlaps == expected.overlaps[: len(answers.overlaps)]
        assert len(answers.overlaps) + answers.overlaps_more == len(expected.overlaps)
        looked_at.append(answers.cells * len(answers.by_interval))

    law()
    with capsys.disabled():
        print(f"\nengine and judge agree in {sum(looked_at):,} cells of {len(looked_at)} random tables")  # noqa: T201
    assert sum(looked_at) >= CELLS_LEAST


def wide_table(shape: tuple[int, ...], rows: int, hit="first", seed: int = 1) -> Table:
    """Random rows over enums of so many words and, where below 0, numbers of so many tens."""
    rng = random.Random(seed)  # noqa: S311
    inputs = tuple(
        Input(f"w{place}", "enum", tuple(f"v{word}" for word in range(size - 1)))
        if size > 0
        else Input(f"n{place}", "int", (), 0, -size * 10 - 1)
        for place, size in enumerate(shape)
    )

    def condition(of: Input) -> OneOf | Range:
        if of.kind == "enum":
            chosen = rng.sample(of.values, min(rng.choice([1, 1, 2, 3]), len(of.values)))
            return OneOf(frozenset(chosen), negated=rng.random() < 0.15)
        least, most = sorted((rng.randrange(0, of.most, 10), rng.randrange(0, of.most, 10)))
        return rng.choice([Range(least, most + 9), Range(least, None), Range(None, most + 9)])

    made = [
        where(f"R{number}", {of.name: condition(of) for of in inputs if rng.random() < 0.5})
        for number in range(rows)
    ]
    return a_table(*made, hit=hit, inputs=inputs)


@pytest.mark.parametrize("hit", ["first", "unique", "collect"])
def test_many_rows_over_many_combinations_are_answered_as_by_the_judge(hit):
    """So many rows fit that they are asked in several layers, over rulesets parted by words and numbers."""
    table = wide_table((5, 4, 3, -5, -4), 90, hit)
    assert answered(evaluate(table)) == judged(table)


def test_400_rows_and_50_000_cells_are_evaluated(capsys):
    """Told, not held to a figure: the machine may be busy. Some cells are judged."""
    table = wide_table((6, 6, 6, 6, 6, 6), 400)
    space = space_of(table)
    begun = time.process_time()
    (column,) = evaluate(table).by_interval
    took = time.process_time() - begun
    with capsys.disabled():
        print(f"\n400 rows and {space.size:,} cells evaluated in {took:.1f} s of processor time")  # noqa: T201
    for cell in random.Random(2).sample(range(space.size), 500):  # noqa: S311
        fitting = plain_rules.answer(table, space.facts_of(cell), day(0))
        assert column[cell] == (*fitting, -1)[0]


@given(tables())
@quick
def test_combinations_hold_each_cell_once(table):
    space = space_of(table)
    cells = [cell for part in sharing.combinations(table, space) for cell in part.cells(space)]
    assert sorted(cells) == list(range(space.size))


# What the library could not bear never reaches it.


def rulesets_of(table: Table) -> list[list[Rule]]:
    space: Space = space_of(table)
    return [
        layer
        for part in sharing.combinations(table, space)
        for layer in layers_of(table, space, part, part.rows)
    ]


def test_more_ranges_than_the_engine_follows_at_once_are_answered():
    """Over 64 ranges true of one fact are an error of the library in one ruleset."""
    days = Input("days", "int", (), 0, 300)
    rows = [a_row(f"P{bound}", days=numbers(bound, None)) for bound in range(150)]
    table = a_table(*rows, inputs=(days,), hit="collect")
    assert answered(evaluate(table)) == judged(table)
    assert max(map(len, rulesets_of(table))) <= 48


def test_more_bounds_than_the_engine_can_load_are_answered():
    """From 512 different comparisons in one place on the library never ends loading."""
    days = Input("days", "int", (), 0, 700)
    table = a_table(*(a_row(f"P{bound}", days=numbers(bound, bound)) for bound in range(600)), inputs=(days,))
    assert answered(evaluate(table)) == judged(table)


def test_more_equal_rows_than_the_engine_keeps_are_answered():
    """From 256 rules with the same conditions on the library writes past the end of its list."""
    table = a_table(*(a_row(f"P{number}", channel=words("web")) for number in range(300)), hit="collect")
    assert answered(evaluate(table)) == judged(table)


def test_a_table_that_needs_too_many_rules_is_refused_with_the_figures():
    """Lists in one row are written out; where words are not parted that is every combination of them."""
    inputs = tuple(Input(f"i{place}", "enum", tuple("abcdefghi")) for place in range(4))
    rows = [where(f"P{number}", {of.name: but("a") for of in inputs}) for number in range(2)]
    wide = a_table(
        *rows, *(where(f"Q{x}", {of.name: words(x) for of in inputs}) for x in "bcdefghi"), inputs=inputs
    )
    rules = 2 * 9**4 + 8
    whole = sharing.Combination((None,) * 4, tuple(range(len(wide.rows))), rules)
    assert sum(map(len, layers_of(wide, space_of(wide), whole, whole.rows))) == rules
    with pytest.raises(
        EngineLimit, match=r"13,130 rules are needed .* can take 4,000\. Use fewer"
    ) as refused:
        refuse_too_many(wide, whole)
    assert (refused.value.figure, refused.value.limit) == (2 * 9**4 + 8, RULES_MOST)


def test_words_the_engine_could_mistake_are_answered():
    """Quotes, signs of other scripts, words that look like figures or truth, inputs named as its own are."""
    odd = ('a "b"', "a \\", "true", "1", "ß–☃", "$and", "web", "website")
    inputs = (Input("sid", "enum", odd), Input("$s", "bool"), Input("m", "int", (), -20, 20))
    rows = [
        a_row("P1", sid=words('a "b"'), m=numbers(-7, -2)),
        where("P2", {"$s": OneOf(frozenset({False})), "sid": words("true", "1", "a \\")}),
        a_row("P3", sid=words("ß–☃", "web")),
        a_row("P4", sid=but("website", "$and"), m=numbers(None, -3)),
    ]
    table = a_table(*rows, inputs=inputs)
    assert answered(evaluate(table)) == judged(table)


def test_an_exception_while_the_engine_records_is_told():
    """The library swallows it, and keeps a word of it in the session's state."""
    with _Ruleset([Rule(0, ())]) as ruleset:
        assert ruleset.fire_first({"always": 1}) == (0,)
        ruleset._fired = _Full()
        with pytest.raises(EngineFault, match=r"did not record what it fired: .*no room"):
            ruleset.fire_first({"always": 1})


class _Full(list[int]):
    def append(self, _place: int) -> None:
        raise ValueError("no room")


def test_reading_answers_does_not_bring_the_engine_into_the_process():
    """A gateway reads stored answers; the library belongs into the process that may die."""
    code = (
        "import sys, rules.engine, gateway.app, gateway.worker;"
        "sys.exit(any(name.startswith('durable') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


# The written form.


@given(tables())
@quick
def test_answers_read_back_as_they_were_written(table):
    answers = answers_of(table)
    again = decode(encode(answers))
    assert answered(again) == answered(answers)
    assert (again.hit, again.cells, again.overlaps) == (answers.hit, answers.cells, answers.overlaps)
    assert encode(again) == encode(answers)


A_FEW = Answers("first", 3, (np.array([0, -1, 2], np.int32),), (Overlap(0, 1, (0, 2)),), 4)


def test_answers_in_another_form_are_refused():
    with pytest.raises(BadAnswers, match="another form"):
        decode(b"answers 0\n" + encode(A_FEW)[len(FORM) :])


@given(st.data())
@quick
def test_damaged_answers_are_refused(data):
    """A byte changed or cut anywhere is found."""
    written = encode(A_FEW)
    place = data.draw(st.integers(len(FORM), len(written) - 1))
    changed = (
        written[:place] + bytes([written[place] ^ data.draw(st.integers(1, 255))]) + written[place + 1 :]
    )
    for damaged in (changed, written[:place]):
        try:
            found = decode(damaged)
        except BadAnswers:
            continue
        assert encode(found) == encode(A_FEW)  # what is changed are bits the packing does not look at


@pytest.mark.parametrize(
    ("heading", "figures"),
    [
        (
            b'{"hit": "first", "cells": 3, "intervals": 1, "sets": [], "overlaps": [], "overlaps_more": 0}',
            [0, 9],
        ),
        (
            b'{"hit": "first", "cells": 1, "intervals": 1, "sets": [], "overlaps": [], "overlaps_more": 0}',
            [2000],
        ),
        (
            b'{"hit": "collect", "cells": 1, "intervals": 1, "sets": [], "overlaps": [], "overlaps_more": 0}',
            [0],
        ),
        (b'{"hit": "most", "cells": 1, "intervals": 1, "sets": [], "overlaps": [], "overlaps_more": 0}', [0]),
        (b'{"hit": "first", "cells": 0, "intervals": 1, "sets": [], "overlaps": [], "overlaps_more": 0}', []),
        (b'{"hit": "first"}', []),
        (b"[]", []),
        (b"", []),
    ],
)
def test_answers_whose_figures_do_not_agree_are_refused(heading, figures):
    plain = heading + b"\n" + np.array(figures, "<i4").tobytes()
    with pytest.raises(BadAnswers, match="damaged"):
        decode(FORM + zlib.compress(plain))


def test_answers_that_unpack_to_too_much_are_refused():
    """A hundred megabytes of noughts pack well."""
    with pytest.raises(BadAnswers, match="too long"):
        decode(FORM + zlib.compress(bytes(100_000_000), 9))


def test_a_unique_table_lists_where_rows_overlap():
    table = a_table(
        a_row("P1", channel=words("web")),
        a_row("P2", days=numbers(3, None)),
        inputs=(CHANNEL, DAYS),
        hit="unique",
    )
    answers = evaluate(table)
    space = space_of(table)
    assert [(each.interval, space.describe(each.cell), each.rows) for each in answers.overlaps] == [
        (0, "channel web, days 3..30", (0, 1))
    ]


def test_rows_answer_only_while_they_hold():
    table = a_table(
        a_row("P1", channel=words("web"), starts=day(1), until=day(3)), a_row("P2"), inputs=(CHANNEL,)
    )
    assert [list(column) for column in evaluate(table).by_interval] == [[1, 1], [0, 1], [1, 1]]
