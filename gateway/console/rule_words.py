"""Rows, answers and changes of rule files, as the pages write them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from gateway.console.wording import count
from resolvers.flows.rulebook_reading import RowVersion
from rules.changed_answers import Answer
from rules.columns import Output, Row, Table, Value
from rules.decisions import DECISIONS
from rules.difference import Change
from rules.sheets import lines_of_table
from rules.written import write_condition, write_instant, write_value

STATES = {
    "draft": ("fair", "draft, its checks did not end"),
    "checked": ("fair", "checked, not handed in"),
    "simulated": ("fair", "tried on past inquiries, not handed in"),
    "submitted": ("fair", "handed in, waits for a second person"),
    "approved": ("good", "approved, may be activated"),
    "rejected": ("poor", "rejected"),
    "active": ("good", "in force"),
    "superseded": ("past", "was in force"),
}
"""What a book's state is called, and its tone."""
HITS = {
    "first": "The first row that fits decides, from top to bottom.",
    "unique": "Only one row may ever fit.",
    "collect": "All rows that fit count together.",
}
WORDS = {
    "gained": "more promised",
    "lost": "less promised",
    "earlier": "earlier",
    "later": "later",
    "elsewhere": "from elsewhere",
    "figure": "only a figure",
}
"""How an answer changes, in words."""
WAITING = ("draft", "checked", "simulated", "submitted", "approved")


@dataclass(frozen=True, slots=True)
class Head:
    """A column of the table, with what it means."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the table; a condition that is empty holds for anything."""

    row_id: str
    when: tuple[str, ...]
    then: tuple[str, ...]
    why: str
    owner: str
    starts: str
    until: str

    def has(self, text: str) -> bool:
        """Whether the text stands anywhere in the row; upper and lower case are one."""
        whole = (self.row_id, *self.when, *self.then, self.why, self.owner, self.starts, self.until)
        return text.casefold() in "\n".join(whole).casefold()


@dataclass(frozen=True, slots=True)
class Grid:
    """A rule file as a table to read. Inputs no row asks for are `unused`, and have no column."""

    table: Table
    meaning: str
    waits: bool
    when: tuple[Head, ...]
    then: tuple[Head, ...]
    unused: tuple[str, ...]
    rows: tuple[Shown, ...]

    @property
    def is_dated(self) -> bool:
        return any(row.starts or row.until for row in self.rows)


def grid(table: Table) -> Grid:
    """The table as it is read on a page."""
    decision = DECISIONS[table.decides]
    known = {each.name: each.meaning for each in decision.inputs}
    given = {each.name: each.meaning for each in decision.outputs}
    used = [each for each in table.inputs if any(each.name in row.when for row in table.rows)]
    return Grid(
        table,
        decision.meaning,
        decision.waits,
        tuple(Head(each.name, known.get(each.name, "")) for each in used),
        tuple(Head(each.name, given.get(each.name, "")) for each in table.outputs),
        tuple(each.name for each in table.inputs if each not in used),
        tuple(_shown(row, table, [each.name for each in used]) for row in table.rows),
    )


def _shown(row: Row, table: Table, used: Iterable[str]) -> Shown:
    to = {each.name: each for each in table.inputs}
    return Shown(
        row.row_id,
        tuple(write_condition(row.when[name], to[name]) if name in row.when else "" for name in used),
        tuple(write_value(row.then[each.name], each) for each in table.outputs),
        row.why,
        row.owner,
        write_instant(row.starts) if row.starts else "",
        write_instant(row.until) if row.until else "",
    )


def conditions(row: Row, table: Table) -> str:
    """What the row asks for, in one text."""
    said = [
        f"{each.name} {write_condition(row.when[each.name], each)}"
        for each in table.inputs
        if each.name in row.when
    ]
    return ", ".join(said) or "anything"


def given(decision: str, then: Mapping[str, Value]) -> str:
    """What a row of the decision gives, in one text."""
    kinds = {each.name: each.kind for each in DECISIONS[decision].outputs}
    said = [
        f"{name} {write_value(value, Output(name, kinds.get(name, 'enum')))}" for name, value in then.items()
    ]
    return ", ".join(said)


def answered(decision: str, answer: Answer) -> str:
    """An answer before or after a change, in one text."""
    return "; ".join(given(decision, then) for then in answer.then) or "no answer"


def figures(details: Mapping[str, Any]) -> str:
    """The figures of a step, in words: of a simulation, or of the checks."""
    if "inquiries" in details:
        changed = [f"{details[name]:,} {word}" for name, word in WORDS.items() if details.get(name)]
        asked = f"{count(details['inquiries'], 'inquiry', 'inquiries')}, {count(details['lines'], 'line')}"
        return f"{asked}: {', '.join(changed) or 'nothing changes'}"
    if "warnings" in details:
        return f"{count(details.get('errors', 0), 'error')}, {count(details['warnings'], 'warning')}"
    return ""


def row_changes(found: list[RowVersion]) -> Iterator[tuple[RowVersion, tuple[Change, ...]]]:
    """Each version of a row, newest first, with what was written otherwise the time before."""
    for now, before in pairwise([*found, None]):
        assert now is not None, "only the last of a pair may be missing"
        yield now, () if before is None else _between(before, now)


def _between(before: RowVersion, now: RowVersion) -> tuple[Change, ...]:
    was, becomes = _by_column(before), _by_column(now)
    names = dict.fromkeys([*was, *becomes])
    changes = [Change(name, was.get(name, ""), becomes.get(name, "")) for name in names if name != "id"]
    return tuple(each for each in changes if each.before != each.after)


def _by_column(found: RowVersion) -> dict[str, str]:
    """What stands in each column of the row, empty ones left out; nothing where it was taken out."""
    headings, *lines = lines_of_table(found.table)
    line = next((line for line in lines if found.row is not None and line[0] == found.row.row_id), [])
    return {name: text for name, text in zip(headings, line, strict=False) if text}
