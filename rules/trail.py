"""Why a table answered as it did: the rows that fired, and why those above them did not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rules.cells import Space, fits
from rules.columns import OTHER, Condition, Input, Row, Table, Value
from rules.errors import BadFact
from rules.ruling import Compiled, Verdict
from rules.written import write_condition, write_fact, write_instant

LEAVES_OUT = "not "
"""How a condition is written that takes all but some words."""


@dataclass(frozen=True, slots=True)
class Miss:
    """An input on which a row did not fit: what the row asks for, as it is written, and what was given."""

    name: str
    wanted: str
    given: str

    def __str__(self) -> str:
        if self.wanted.startswith(LEAVES_OUT):
            return f"{self.name} is {self.given}, and the row takes all but {self.wanted[len(LEAVES_OUT) :]}"
        return f"{self.name} is {self.given}, not {self.wanted}"


@dataclass(frozen=True, slots=True)
class Passed:
    """A row that did not answer. `not_now` says when it holds, if the moment lies outside."""

    row_id: str
    why: str
    misses: tuple[Miss, ...]
    not_now: str

    def __str__(self) -> str:
        said = "; ".join([*([self.not_now] if self.not_now else []), *map(str, self.misses)])
        return f"{self.row_id}: {said or 'fits as well'}"


@dataclass(frozen=True, slots=True)
class Trail:
    """One decision from facts to rows.

    `facts` are those the table looks at, as it takes them. `passed` are the rows that did not answer: under
    first those above the row that did, else all. `below` counts the rows that were not reached.
    `cell` says in words for which facts the same is answered.
    """

    decision: str
    file: str
    facts: Mapping[str, Value]
    cell: str
    starts: datetime | None
    until: datetime | None
    verdicts: tuple[Verdict, ...]
    passed: tuple[Passed, ...]
    below: int


def trail(compiled: Compiled, facts: Mapping[str, Value], local: datetime) -> Trail:
    """How the table answers the facts at the site's local time, and why not otherwise.

    Every input of the table is needed: a fact missing or of another kind is a BadFact. No row is no
    refusal here: the trail then has no verdict, and every row with what kept it from fitting.
    """
    table, space = compiled.table, compiled.space
    _refuse_bad(table, space, facts)
    cell = space.cell_of(facts)
    number = compiled.interval_at(local)
    places = compiled.answers.rows_of(number, cell)
    reached = places[0] if table.hit == "first" and places else len(table.rows)
    taken = {given.name: taken_as(given, facts[given.name]) for given in table.inputs}
    span = compiled.intervals[number]
    return Trail(
        table.decides,
        table.file,
        taken,
        space.describe(cell),
        span.starts,
        span.until,
        tuple(compiled.verdicts[place] for place in places),
        tuple(
            _passed(row, table.inputs, taken, local)
            for place, row in enumerate(table.rows[:reached])
            if place not in places
        ),
        len(table.rows) - reached - 1 if reached < len(table.rows) else 0,
    )


def _refuse_bad(table: Table, space: Space, facts: Mapping[str, Value]) -> None:
    for cut in space.cuts:
        if cut.name not in facts:
            raise BadFact(table.file, f"{cut.name} is not given")
        try:
            cut.code_of(facts[cut.name])
        except TypeError as bad:
            raise BadFact(table.file, str(bad)) from bad


def taken_as(given: Input, value: Value) -> Value:
    """The fact as the table takes it: a word nobody declared is OTHER, a number lies within its bounds."""
    if given.kind == "enum":
        return value if value in given.values else OTHER
    if given.kind == "int":
        assert isinstance(value, int)
        return min(max(value, given.least), given.most)
    return value


def _passed(row: Row, inputs: tuple[Input, ...], taken: Mapping[str, Value], local: datetime) -> Passed:
    misses = []
    for given in inputs:
        condition: Condition | None = row.when.get(given.name)
        if condition is not None and not fits(condition, taken[given.name]):
            wanted = write_condition(condition, given)
            misses.append(Miss(given.name, wanted, write_fact(taken[given.name])))
    return Passed(row.row_id, row.why, tuple(misses), _not_now(row, local))


def _not_now(row: Row, local: datetime) -> str:
    if row.starts is not None and local < row.starts:
        return f"it holds from {write_instant(row.starts)}"
    if row.until is not None and local >= row.until:
        return f"it held until {write_instant(row.until)}"
    return ""
