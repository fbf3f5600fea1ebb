"""Random tables of a decision made up for each: sound, small, and with everything a table may hold."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from hypothesis import strategies as st

from rules.columns import OTHER, Condition, Example, Hit, Input, OneOf, Output, Range, Row, Sum, Table, Value
from rules.decisions import Decision, Given, Known
from rules.declared import bad_word

HITS: tuple[Hit, ...] = ("first", "unique", "collect")
WORDS = ("web", "app", "shop", "contract", "spot", "night run")
FIRST_DAY = datetime(2026, 1, 1)  # noqa: DTZ001  # local to a site


def plain_texts() -> st.SearchStrategy[str]:
    return st.sampled_from(["Long-term contracts come first.", "because: it is so", "=1+1 is no formula"])


def awkward_texts(most: int = 120) -> st.SearchStrategy[str]:
    """Text of any signs one can see, its white space single."""
    signs = st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"])
    spaced = st.text(st.one_of(signs, st.sampled_from(" :#-'\";=+@|>&*![]{},")), min_size=1, max_size=most)
    joined = spaced.map(lambda text: " ".join(text.split()))
    return joined.filter(lambda text: text and text.replace(" ", "").isprintable())


def awkward_words() -> st.SearchStrategy[str]:
    return awkward_texts(20).filter(lambda word: not bad_word(word) and word != "none")


def decisions_of(table: Table) -> Mapping[str, Decision]:
    """Decisions that know the table's one."""
    known = tuple(Known(i.name, i.kind, f"what {i.name} is", "", i.least, i.most) for i in table.inputs)
    given = tuple(
        Given(o.name, o.kind, f"what {o.name} is", o.values, o.least, o.most, o.none) for o in table.outputs
    )
    return {table.decides: Decision(table.decides, "00-made-up", "It is made up.", known, given)}


@st.composite
def inputs(draw: st.DrawFn, name: str, words: st.SearchStrategy[str]) -> Input:
    kind = draw(st.sampled_from(["enum", "int", "bool"]))
    if kind == "enum":
        return Input(name, "enum", tuple(draw(st.lists(words, min_size=1, max_size=4, unique=True))))
    if kind == "int":
        least = draw(st.integers(-3, 3))
        return Input(name, "int", (), least, least + draw(st.integers(0, 12)))
    return Input(name, "bool")


@st.composite
def outputs(draw: st.DrawFn, name: str, words: st.SearchStrategy[str]) -> Output:
    kind = draw(st.sampled_from(["enum", "int", "bool", "time", "list"]))
    none = kind in {"enum", "int", "time"} and draw(st.booleans())
    if kind in {"enum", "list"}:
        values = tuple(draw(st.lists(words, min_size=1, max_size=4, unique=True)))
        return Output(name, "list" if kind == "list" else "enum", values, none=none)
    if kind == "int":
        least = draw(st.integers(-5, 5))
        return Output(name, "int", (), least, least + draw(st.integers(0, 99)), none)
    return Output(name, "time" if kind == "time" else "bool", none=none)


def conditions(of: Input) -> st.SearchStrategy[Condition]:
    if of.kind == "bool":
        return st.booleans().map(lambda said: OneOf(frozenset({said})))
    if of.kind == "int":
        bounds = st.tuples(st.integers(of.least, of.most), st.integers(of.least, of.most)).map(sorted)
        open_ended = st.tuples(bounds, st.sampled_from(["both", "least", "most"]))
        return open_ended.map(
            lambda drawn: Range(
                drawn[0][0] if drawn[1] != "most" else None, drawn[0][1] if drawn[1] != "least" else None
            )
        )
    words: list[str | bool] = [*of.values, OTHER]
    chosen = st.sets(st.sampled_from(words), min_size=1)
    return st.tuples(chosen, st.booleans()).map(
        lambda drawn: OneOf(frozenset(drawn[0]), drawn[1] and len(drawn[0]) < len(words))
    )


def values(of: Output) -> st.SearchStrategy[Value]:
    said: st.SearchStrategy[Value]
    if of.kind == "bool":
        said = st.booleans()
    elif of.kind == "int":
        said = st.integers(of.least, of.most)
    elif of.kind == "time":
        said = st.integers(0, 24 * 60 - 1)
    elif of.kind == "enum":
        said = st.sampled_from(of.values)
    else:
        said = st.lists(st.sampled_from(of.values), unique=True).map(tuple)
    return said | st.none() if of.none else said


def facts(of: Input) -> st.SearchStrategy[Value]:
    """A fact as an example gives it: declared words and OTHER, numbers within the domain."""
    if of.kind == "bool":
        return st.booleans()
    if of.kind == "int":
        return st.integers(of.least, of.most)
    return st.sampled_from([*of.values, OTHER])


def instants() -> st.SearchStrategy[datetime]:
    """Few enough that they often meet."""
    return st.integers(0, 6).map(lambda step: FIRST_DAY + timedelta(hours=36 * step))


@st.composite
def rows(draw: st.DrawFn, number: int, columns: Sequence[Input], gives: Sequence[Output], texts) -> Row:
    when = {column.name: draw(conditions(column)) for column in columns if draw(st.integers(0, 2)) < 2}
    starts, until = draw(
        st.sampled_from([(False, False), (False, False), (True, False), (False, True), (True, True)])
    )
    first, last = sorted(draw(st.lists(instants(), min_size=2, max_size=2, unique=True)))
    return Row(
        f"P{number:03}",
        when,
        {output.name: draw(values(output)) for output in gives},
        draw(texts),
        draw(texts),
        first if starts else None,
        last if until else None,
    )


@st.composite
def examples(
    draw: st.DrawFn, columns: Sequence[Input], gives: Sequence[Output], ids: Sequence[str]
) -> Example:
    expect = {output.name: draw(values(output)) for output in gives if draw(st.booleans())}
    row = draw(st.sampled_from(ids) | st.lists(st.sampled_from(ids), unique=True, max_size=3).map(tuple))
    given = {column.name: draw(facts(column)) for column in columns}
    return Example(given, {**expect, "row": row}, draw(st.none() | instants()))


@st.composite
def tables(
    draw: st.DrawFn,
    *,
    hits: Sequence[Hit] = HITS,
    inputs_most: int = 4,
    rows_most: int = 8,
    dated: bool = True,
    awkward: bool = False,
) -> Table:
    """A table that `read_table` would give. Its examples are well formed, and true only by chance.

    `awkward`: its words and texts hold any sign one can see. Without `dated` no row has dates.
    """
    words = awkward_words() if awkward else st.sampled_from(WORDS)
    texts = awkward_texts() if awkward else plain_texts()
    hit = draw(st.sampled_from(hits))
    columns = tuple(draw(inputs(f"i{n}", words)) for n in range(draw(st.integers(0, inputs_most))))
    gives = tuple(draw(outputs(f"o{n}", words)) for n in range(draw(st.integers(1, 3))))
    made = [draw(rows(n, columns, gives, texts)) for n in range(1, draw(st.integers(1, rows_most)) + 1)]
    if not dated:
        made = [Row(row.row_id, row.when, row.then, row.why, row.owner) for row in made]
    ids = [row.row_id for row in made]
    return Table(
        "00-made-up.yaml",
        "made_up",
        hit,
        columns,
        gives,
        tuple(made),
        tuple(draw(st.lists(examples(columns, gives, ids), max_size=2))),
        tuple(draw(sums(columns, gives))),
        draw(st.booleans()),
        draw(st.just("") | texts),
    )


@st.composite
def sums(draw: st.DrawFn, columns: Sequence[Input], gives: Sequence[Output]) -> list[Sum]:
    numbers = [output.name for output in gives if output.kind == "int"]
    words = [column.name for column in columns if column.kind == "enum"]
    if not numbers or not words or draw(st.booleans()):
        return []
    return [Sum(numbers[0], draw(st.sampled_from(words)), draw(st.integers(0, 100)))]
