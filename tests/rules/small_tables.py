"""Small rule tables, written as briefly as their tests need, and their answers by the judge."""

from datetime import datetime, timedelta

import numpy as np

from rules.answers import Answers, Overlap
from rules.cells import intervals, space_of
from rules.columns import Condition, Example, Input, OneOf, Output, Range, Row, Sum, Table, Value
from rules.ruling import Compiled
from tests.rules import plain_rules

NOON = datetime(2026, 5, 4, 12)  # noqa: DTZ001  # local to a site
CHANNEL = Input("channel", "enum", ("web", "app", "shop", "hotel"))
DAYS = Input("days", "int", (), 0, 30)
LATE = Input("late", "bool")
RANK = Output("rank", "int", (), 0, 100)


def day(number: int) -> datetime:
    """So many days after the first of January."""
    return datetime(2026, 1, 1) + timedelta(days=number)  # noqa: DTZ001  # local to a site


def words(*named: str) -> OneOf:
    return OneOf(frozenset(named))


def but(*named: str) -> OneOf:
    return OneOf(frozenset(named), negated=True)


def yes() -> OneOf:
    return OneOf(frozenset({True}))


def numbers(least: int | None, most: int | None) -> Range:
    return Range(least, most)


def a_row(row_id: str, rank: int = 1, starts=None, until=None, line=0, **when: Condition) -> Row:
    return Row(row_id, when, {"rank": rank}, f"Because of {row_id}.", "desk", starts, until, line)


def an_example(row: Value = None, rank: int | None = None, at=None, line=0, **given: Value) -> Example:
    expect: dict[str, Value] = {} if row is None else {"row": row}
    return Example(given, expect if rank is None else {**expect, "rank": rank}, at, line)


def a_table(
    *rows: Row,
    hit="first",
    inputs: tuple[Input, ...] = (CHANNEL, DAYS),
    examples: tuple[Example, ...] = (),
    sums: tuple[Sum, ...] = (),
    complete: bool = True,
    file: str = "40-priority.yaml",
) -> Table:
    return Table(file, "priority", hit, inputs, (RANK,), rows, examples, sums, complete)


def answers_of(table: Table) -> Answers:
    """What the judge answers in every cell of every interval."""
    space, spans = space_of(table), intervals(table)
    moments = [span.starts or datetime(1, 1, 1) for span in spans]  # noqa: DTZ001  # local to a site
    facts = [space.facts_of(cell) for cell in range(space.size)]
    fitting = [
        [tuple(plain_rules.rows_that_fit(table, each, moment)) for each in facts] for moment in moments
    ]
    if table.hit == "collect":
        return Answers("collect", space.size, tuple(tuple(column) for column in fitting))
    firsts = tuple(np.array([(*places, -1)[0] for places in column], np.int32) for column in fitting)
    overlaps = tuple(
        Overlap(number, cell, places)
        for number, column in enumerate(fitting)
        for cell, places in enumerate(column)
        if table.hit == "unique" and len(places) > 1
    )
    return Answers(table.hit, space.size, firsts, overlaps)


def compiled(table: Table) -> Compiled:
    return Compiled(table, answers_of(table))
