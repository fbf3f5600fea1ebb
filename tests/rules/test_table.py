"""From a rule file to a checked table: what is read, and what each slip is told."""

from datetime import datetime

import pytest

from rules.decisions import DECISIONS, Decision, Given, Known
from rules.table import (
    OTHER,
    READING_CODES,
    BadTable,
    Condition,
    Example,
    OneOf,
    Output,
    Problem,
    Range,
    Row,
    Table,
    Value,
    read_table,
)
from tests.rules.table_files import PRIORITY, problems_of

MADE_UP = Decision(
    "made_up",
    "00-made-up",
    "It is made up.",
    (
        Known("kind", "enum", "the kind"),
        Known("days", "int", "the days", most=30),
        Known("gift", "bool", "whether it is a gift"),
    ),
    (
        Given("rank", "int", "the rank", least=1, most=99, none=True),
        Given("by", "time", "until when", none=True),
        Given("told", "list", "who is told"),
        Given("how", "enum", "how", ("quick", "slow")),
        Given("open", "bool", "whether it is open"),
    ),
)

HEAD = """\
decides: made_up
hit: first
inputs:
  kind: {type: enum, values: [web, app, shop]}
  days: {type: int}
  gift: {type: bool}
outputs:
  rank: {type: int, none: true}
  by: {type: time, none: true}
  told: {type: list, values: [desk, chief]}
  how: {type: enum}
  open: {type: bool}
rows:
"""
ROW = """\
  - id: A1
    when: {WHEN}
    then: {rank: 5, by: "16:30", told: [desk], how: quick, open: yes}
    why: It is so.
    owner: desk
"""


def row_when(when: str) -> Row:
    (row,) = read(HEAD + ROW.replace("{WHEN}", when)).rows
    return row


def read(text: str) -> Table:
    return read_table("00-made-up.yaml", text.encode(), None, {"made_up": MADE_UP})


def told(text: str) -> list[str]:
    """Every problem of the file, as an editor shows it."""
    with pytest.raises(BadTable) as bad:
        read(text)
    return [str(problem) for problem in bad.value.problems]


def test_a_file_is_read_as_it_is_written():
    table = read_table("40-priority.yaml", PRIORITY)
    assert (table.decides, table.hit, table.complete) == ("priority", "first", True)
    assert [column.name for column in table.inputs] == ["demand_class", "days_late"]
    assert table.outputs == (Output("rank", "int", (), 1, 99),)
    first = table.rows[0]
    assert first == Row(
        "P010",
        {"demand_class": OneOf(frozenset({"contract"})), "days_late": Range(3, None)},
        {"rank": 10},
        "Contracts are honoured before spot sales.",
        "allocation desk",
        datetime(2026, 1, 1),  # noqa: DTZ001  # local to a site
    )
    assert first.line == 9
    given: dict[str, Value] = {"demand_class": "contract", "days_late": 4}
    assert table.examples == (Example(given, {"rank": 10, "row": "P010"}),)


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        ("{kind: web}", OneOf(frozenset({"web"}))),
        ("{kind: [web, app]}", OneOf(frozenset({"web", "app"}))),
        ("{kind: 'web, app'}", OneOf(frozenset({"web", "app"}))),
        ("{kind: not web}", OneOf(frozenset({"web"}), negated=True)),
        ("{kind: 'not [web, other]'}", OneOf(frozenset({"web", OTHER}), negated=True)),
        ("{kind: {not: [web, app]}}", OneOf(frozenset({"web", "app"}), negated=True)),
        ("\n      kind: not [web, app]", OneOf(frozenset({"web", "app"}), negated=True)),
        ("{kind: other}", OneOf(frozenset({OTHER}))),
        ("{days: 5}", Range(5, 5)),
        ("{days: '>= 3'}", Range(3, None)),
        ("{days: '>3'}", Range(4, None)),
        ("{days: '< 3'}", Range(None, 2)),
        ("{days: '<=3'}", Range(None, 3)),
        ("{days: 1..5}", Range(1, 5)),
        ("{gift: yes}", OneOf(frozenset({True}))),
        ("{gift: False}", OneOf(frozenset({False}))),
    ],
)
def test_a_condition_is_what_it_says(written: str, condition: Condition):
    assert list(row_when(written).when.values()) == [condition]


@pytest.mark.parametrize("written", ["{}", "{kind: any}", "{kind: }", "{days: any, gift: ''}"])
def test_what_says_nothing_holds_for_anything(written: str):
    assert row_when(written).when == {}


def test_scalars_are_what_the_header_says_and_never_what_yaml_makes_of_them():
    """`no`, `1e3`, `2026-01-01` and `0x10` are words where words are declared."""
    words = ["no", "1e3", "2026-01-01", "0x10", "null", "~", "12:30:00"]
    text = HEAD.replace("[web, app, shop]", f"[{', '.join(words)}]") + ROW.replace("{WHEN}", "{kind: no}")
    table = read(text)
    assert table.inputs[0].values == tuple(words)
    assert table.rows[0].when == {"kind": OneOf(frozenset({"no"}))}


def test_values_are_typed_by_the_header():
    assert row_when("{}").then == {"rank": 5, "by": 990, "told": ("desk",), "how": "quick", "open": True}
    nothing = ROW.replace("rank: 5", "rank: none").replace('"16:30"', "none").replace("[desk]", "[]")
    (row,) = read(HEAD + nothing.replace("{WHEN}", "{}")).rows
    assert (row.then["rank"], row.then["by"], row.then["told"]) == (None, None, ())


def test_bounds_and_words_left_out_are_those_of_the_decision():
    table = read(HEAD + ROW.replace("{WHEN}", "{}"))
    days, rank, how = table.inputs[1], table.outputs[0], table.outputs[3]
    assert (days.least, days.most) == (0, 30)
    assert (rank.least, rank.most, rank.none) == (1, 99, True)
    assert how.values == ("quick", "slow")


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("{kind: wbe}", "`wbe` is no value of kind: did you mean web?"),
        ("{kind: [web, web]}", "`web` stands twice for kind. Remove one."),
        ("{kind: 'not web, app, shop, other'}", "nothing is left of kind, so the row can never fire."),
        ("{kind: []}", "kind has no value here, so the row can never fire: name one."),
        ("{kind: {or: web}}", "a word or a list of words is needed here, such as [web, app]."),
        ("{kind: [[web]]}", "a list holds words only, such as [web, app]."),
        ("{kinds: web}", "the table has no input `kinds`: did you mean kind?"),
        (
            "{days: three}",
            '`three` is no condition on the number days: write `5`, `">= 3"`, `"< 3"` or `1..5`.',
        ),
        ("{days: 5..3}", "`5..3` can never hold: days lies in 0 to 30. The row can never fire."),
        ("{days: '> 30'}", "`> 30` can never hold: days lies in 0 to 30. The row can never fire."),
        ("{days: 1..31}", "`1..31` reaches beyond what is possible: days lies in 0 to 30."),
        ("{gift: maybe}", "gift is `true` or `false`, not `maybe`."),
        ("web", "`when` is written as `{channel_kind: web}`, or left out."),
    ],
)
def test_a_slip_in_a_condition_is_told_with_what_to_write(when: str, said: str):
    assert told(HEAD + ROW.replace("{WHEN}", when)) == [f"00-made-up.yaml:15: row A1: {said}"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("rank: 5", "rank: 100", "rank is 100; it may be 1 to 99."),
        ("rank: 5", "rank: 1.5", "rank is a whole number, such as 30, not `1.5`."),
        ("rank: 5, ", "", "`rank` is missing in `then`: every row gives it."),
        ("rank: 5", "rnak: 1, rank: 5", "the table has no output `rnak`: did you mean rank?"),
        ('"16:30"', "16:60", 'by is a time such as "16:30" or `none`, not `16:60`.'),
        ("[desk]", "[desk, desk]", "`desk` stands twice in told. Remove one."),
        ("[desk]", "not desk", "told is a list: `not` means nothing here. List the words."),
        ("[desk]", "[dest]", "`dest` is no value of told: did you mean desk?"),
        ("quick", "fast", "`fast` is no value of how: use one of: quick, slow"),
        ("open: yes", "open: ajar", "open is `true` or `false`, not `ajar`."),
        (
            "    why: It is so.\n",
            "",
            "`why` is missing: say in plain words why this is so; every answer repeats it.",
        ),
        ("why: It is so.", "why:", "`why` is empty: write a few plain words."),
        ("owner: desk", "owner: ''", "`owner` is empty: write a few plain words."),
        ("It is so.", "so " * 200, "`why` has 599 characters; it may have 500. Say it in fewer."),
        ("owner: desk", "owner: desk\n    form: 2026-01-01", "`form` is no key of a row: did you mean from?"),
        ("id: A1", "id: A 1", "an id has letters, figures, `-`, `_` and `.` only, such as P010."),
        ("id: A1", "id:", "`id` is missing: give the row a short name of its own, such as P010."),
    ],
)
def test_a_slip_in_a_row_is_told_with_what_to_write(old: str, new: str, said: str):
    text = ROW.replace("{WHEN}", "{}")
    assert old in text
    (problem,) = told(HEAD + text.replace(old, new))
    assert problem.endswith(said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("decides: made_up", "decides: madeup", ":1: there is no decision `madeup`: did you mean made_up?"),
        ("decides: made_up\n", "", ":1: `decides:` is missing: use one of: made_up"),
        ("hit: first", "hit: last", ":2: `hit` is `last`: write `hit: first` (the first row that fits)"),
        ("hit: first\n", "", ":1: `hit:` is missing: write `hit: first`"),
        ("hit: first", "hti: first", "`hti` is no key of a rule file: did you mean hit?"),
        ("hit: first", "hit: first\nabout:", ":3: `about` is empty: write a few plain words."),
        ("hit: first", "hit: first\ncomplete: nearly", ":3: complete is `true` or `false`, not `nearly`."),
        (
            "  gift: {",
            "  gifts: {",
            "`gifts` is no input of made_up: did you mean gift? It may look at kind, days, gift.",
        ),
        ("  how: {type", "  who: {type", "the output `how` is missing: this decision gives it in every row."),
        (
            "  how: {type",
            "  who: {type",
            "`who` is no output of made_up: did you mean how? It gives rank, by, told",
        ),
        ("days: {type: int}", "days: {type: enum}", ":5: days: its type is `enum`: write `type: int`."),
        ("days: {type: int}", "days: {min: 0}", ":5: days: its type is missing: write `type: int`."),
        (
            "days: {type: int}",
            "days: int",
            ":5: days is written as `{type: ...}` with what belongs to the type",
        ),
        ("days: {type: int}", "days: {type: int, max: 31}", ":5: days may lie in 0 to 30, not in 0 to 31."),
        (
            "days: {type: int}",
            "days: {type: int, min: 9, max: 3}",
            ":5: days would lie in 9 to 3: swap the two.",
        ),
        (
            "days: {type: int}",
            "days: {type: int, none: true}",
            "`none` belongs to outputs: remove it from days.",
        ),
        (
            "days: {type: int}",
            "days: {type: int, mix: 3}",
            "`mix` is no key of days, which is int: did you mean min?",
        ),
        ("[web, app, shop]", "[]", ":4: the values of kind are missing: write `values: [one, another]`."),
        ("[web, app, shop]", "[web, any]", ":4: `any` cannot be a value of kind: a word has 1 to 64 letters"),
        ("[web, app, shop]", "[web, web]", ":4: `web` stands twice in kind. Remove one."),
        (
            "how: {type: enum}",
            "how: {type: enum, values: [quik]}",
            "how never gives `quik`: did you mean quick?",
        ),
        (
            "how: {type: enum}",
            "how: {type: enum, none: true}",
            "how always gives something: remove `none` here.",
        ),
        ("hit: first", "hit: first\nsums: {rank: {over: days, to: 9}}", "`days` is no input with values"),
        ("hit: first", "hit: first\nsums: {how: {over: kind, to: 9}}", "`how` is no number this table gives"),
        (
            "hit: first",
            "hit: first\nsums: {rank: 9}",
            "the sum of rank is written as {over: channel, to: 100}.",
        ),
    ],
)
def test_a_slip_in_the_head_is_told_with_what_to_write(old: str, new: str, said: str):
    assert old in HEAD
    problems = told(HEAD.replace(old, new) + ROW.replace("{WHEN}", "{}"))
    assert any(said in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ("{given: {kind: web, days: 1}, expect: {rank: 5}}", "the example says nothing about gift"),
        ("{given: {kind: web, days: 31, gift: no}, expect: {rank: 5}}", "days is 31; it lies in 0 to 30."),
        ("{given: {kind: web, days: 1, gift: no}}", "`expect` is missing"),
        (
            "{given: {kind: web, days: 1, gift: no}, expect: {row: A2}}",
            "there is no row `A2`: use one of: A1",
        ),
        ("{given: {kind: web, days: 1, gift: no}, expect: {rnk: 5}}", "no output `rnk`: did you mean rank?"),
        ("{given: {kind: web, day: 1, gift: no}, expect: {rank: 5}}", "no input `day`: did you mean days?"),
        (
            "{given: {kind: wep, days: 1, gift: no}, expect: {rank: 5}}",
            "`wep` is no value of kind: did you mean web?",
        ),
        ("{give: {}}", "`give` is no key of an example: did you mean given?"),
        ("given", "`examples` is a list: an example is written as"),
    ],
)
def test_a_slip_in_an_example_is_told_with_what_to_write(example: str, said: str):
    problems = told(HEAD + ROW.replace("{WHEN}", "{}") + f"examples:\n  - {example}\n")
    assert any(said in problem for problem in problems), problems


def test_an_example_may_expect_several_rows_or_none():
    """Of a table that collects, all rows that fire are expected by their ids."""
    fact = "given: {kind: other, days: 1, gift: no}"
    text = HEAD + ROW.replace("{WHEN}", "{}")
    table = read(
        text + f"examples:\n  - {{{fact}, expect: {{row: [A1]}}}}\n  - {{{fact}, expect: {{row: []}}}}\n"
    )
    assert [example.expect["row"] for example in table.examples] == [("A1",), ()]
    assert table.examples[0].given["kind"] == OTHER


def test_everything_wrong_is_told_at_once_by_line():
    """An analyst mends a file in one go, not one message at a time."""
    text = HEAD.replace("hit: first", "hit: last") + ROW.replace("{WHEN}", "{kind: wbe, days: x}")
    problems = told(text.replace("rank: 5", "rank: 0"))
    assert [problem.split(":")[1] for problem in problems] == ["2", "15", "15", "16"]


def test_a_problem_is_shown_as_editors_read_it():
    problem = Problem("40-priority.yaml", 9, "P010", "row P010: it is wrong", "error", "GAP")
    assert str(problem) == "40-priority.yaml:9: row P010: it is wrong"
    assert str(BadTable([problem, problem])).count("\n") == 1


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "the file is empty. Begin with `decides:`."),
        ("- a", 1, "a rule file begins with `decides:`, then `hit:`."),
        ("decides: a\n---\ndecides: b", 2, "one file holds one table. Remove the `---`."),
        ("%YAML 1.1\n---\ndecides: a", 1, "directives (%) mean nothing here: remove the line."),
        ("decides: a\nrows:\n  - when: {days: >= 3}", 3, 'Put comparisons in quotes: ">= 3".'),
        ("decides: a\nrows:\n  - when: {k: not [a, b]}", 3, 'in quotes: "not [web, app]".'),
        ("decides: a\nrows:\n\t- id: x", 3, "It is indented with a tab: use spaces."),
        ("decides: a\nabout: first: second", 2, "A text with a colon in it is put in quotes"),
        ("decides: [a", 1, "quotes and brackets left open"),
    ],
)
def test_what_is_no_yaml_is_told_with_what_most_likely_is_wrong(text: str, line: int, said: str):
    (problem,) = problems_of(text.encode())
    assert problem.line >= line
    assert said in problem.message


def test_every_decision_can_be_written_down():
    """A table with every input and output of the decision, and one row, is read for each."""
    for decision in DECISIONS.values():
        words = "{type: %s, values: [one, two]}"
        inputs = [
            f"  {i.name}: " + (words % i.kind if i.kind == "enum" else f"{{type: {i.kind}}}")
            for i in decision.inputs
        ]
        outputs = [
            f"  {o.name}: "
            + (words % o.kind if o.kind in {"enum", "list"} and not o.values else f"{{type: {o.kind}}}")
            for o in decision.outputs
        ]
        first = {"enum": "one", "list": "[]", "bool": "yes", "time": "'08:00'"}
        then = ", ".join(
            f"{o.name}: {o.values[0] if o.kind == 'enum' and o.values else first.get(o.kind, o.least)}"
            for o in decision.outputs
        )
        lines = [f"decides: {decision.name}", "hit: first", "inputs:", *inputs, "outputs:", *outputs, "rows:"]
        lines += [f"  - {{id: A, then: {{{then}}}, why: so, owner: desk}}"]
        table = read_table(f"{decision.file}.yaml", "\n".join(lines).encode())
        assert len(table.outputs) == len(decision.outputs)


BROKEN = {
    "TOO_LARGE": b"#" * 1_000_001,
    "ENCODING": b"about: \xff",
    "CONTROL_CHARACTER": b"about: \x1b",
    "SYNTAX": b"about: [",
    "NOT_PLAIN": b"about: &a b",
    "TOO_DEEP": b"[" * 20,
    "TOO_MANY": PRIORITY.replace(b"[contract", b"[contract" + b"".join(b", c%d" % n for n in range(300))),
    "TOO_LONG": PRIORITY.replace(b"Everyone else", b"Everyone " * 60),
    "DUPLICATE": PRIORITY + b"hit: first\n",
    "UNKNOWN_KEY": PRIORITY + b"hits: first\n",
    "UNKNOWN_DECISION": PRIORITY.replace(b"decides: priority", b"decides: prority"),
    "UNKNOWN_INPUT": PRIORITY.replace(b"when: {demand_class", b"when: {demand"),
    "UNKNOWN_OUTPUT": PRIORITY.replace(b"then: {rank: 20", b"then: {rang: 20"),
    "UNKNOWN_VALUE": PRIORITY.replace(b"demand_class: contract,", b"demand_class: contact,"),
    "UNKNOWN_ROW": PRIORITY.replace(b"row: P010", b"row: P011"),
    "MISSING": PRIORITY.replace(b"hit: first\n", b""),
    "BAD_FORM": PRIORITY.replace(b'">= 3"', b"three"),
    "OUT_OF_RANGE": PRIORITY.replace(b"rank: 50", b"rank: 500"),
    "NEVER_HOLDS": PRIORITY.replace(b'">= 3"', b'"> 365"'),
}


@pytest.mark.parametrize("code", READING_CODES)
def test_each_kind_of_problem_has_its_own_code(code: str):
    """Programs tell problems apart by their codes; each stands for one kind of slip."""
    assert code in {problem.code for problem in problems_of(BROKEN[code])}
