"""What differs between two rule books, and how a fact was decided: derived, never stored."""

from collections.abc import Mapping
from typing import Self

import strawberry

from resolvers.flows.rulebook_reading import Compared
from resolvers.flows.rulebook_trying import Tried
from resolvers.governance.types import READERS, RuleRow, RuleValue, values_of
from resolvers.roles import roles, shown
from rules.changed_answers import Answer, CellChange
from rules.columns import Table, Value
from rules.difference import Change, FileDifference, RowChange
from rules.ruling import Verdict
from rules.trail import Passed
from rules.written import write_fact, write_instant


@strawberry.type(description="Something that is written otherwise.", directives=[roles(READERS)])
class RuleTextChange:
    name: str = shown(
        "What: `when` or `then` and its name, why, owner, from, until, or a part of the header."
    )
    before: str = shown("As it was; empty where it was not written.")
    after: str = shown("As it is; empty where it is no longer written.")

    @classmethod
    def of(cls, change: Change) -> Self:
        """The change of one field."""
        return cls(name=change.name, before=change.before, after=change.after)


@strawberry.type(description="A row that is written otherwise.", directives=[roles(READERS)])
class RuleRowChange:
    row: str = shown("The row's id.")
    changes: list[RuleTextChange] = shown("Field by field.")

    @classmethod
    def of(cls, change: RowChange) -> Self:
        """The row's change, field by field."""
        return cls(row=change.row_id, changes=[RuleTextChange.of(each) for each in change.changes])


@strawberry.type(description="What facts are answered with.", directives=[roles(READERS)])
class RuleAnswer:
    rows: list[str] = shown("The rows that answer; none is no answer.")
    then: list[RuleValue] = shown("What they give, one after the other.")

    @classmethod
    def of(cls, answer: Answer, table: Table | None) -> Self:
        """The answer as it is written in its table."""
        given = [] if table is None else [value for each in answer.then for value in values_of(each, table)]
        return cls(rows=list(answer.rows), then=given)


@strawberry.type(description="Facts that are answered otherwise.", directives=[roles(READERS)])
class RuleAnswerChange:
    facts: str = shown("The facts, in words.")
    example: list[RuleValue] = shown("One of them, to be tried with `decide`.")
    starts: str | None = shown("From this local time on; null is from the beginning.")
    before: RuleAnswer = shown("The answer before.")
    after: RuleAnswer = shown("The answer after.")

    @classmethod
    def of(cls, change: CellChange, old: Table | None, new: Table | None) -> Self:
        """The change of one cell's answer."""
        return cls(
            facts=change.facts,
            example=facts_shown(change.example),
            starts=None if change.starts is None else write_instant(change.starts),
            before=RuleAnswer.of(change.before, old),
            after=RuleAnswer.of(change.after, new),
        )


@strawberry.type(description="What differs in one rule file.", directives=[roles(READERS)])
class RuleFileDifference:
    file: str = shown("The file.")
    decision: str = shown("The decision it makes.")
    added: list[RuleRow] = shown("Rows that are new.")
    removed: list[RuleRow] = shown("Rows that are gone.")
    changed: list[RuleRowChange] = shown("Rows that are written otherwise.")
    moved: list[str] = shown("Rows that stand elsewhere among the others.")
    header: list[RuleTextChange] = shown("What is written otherwise above the rows.")
    examples_changed: bool = shown("Whether the examples differ.")
    cells: int = shown("How many kinds of facts the two files tell apart together.")
    changed_cells: int | None = shown(
        "How many of them are answered by another row or otherwise; null is too many to count."
    )
    changed_outcomes: int | None = shown("How many of those get another outcome.")
    answers: list[RuleAnswerChange] = shown("Some of them, at most 50.")

    @classmethod
    def of(cls, file: FileDifference, old: Table | None, new: Table | None) -> Self:
        """What differs in the file, as it is written before and after."""
        return cls(
            file=file.file,
            decision=file.decision,
            added=[RuleRow.of(row, new) for row in file.added if new is not None],
            removed=[RuleRow.of(row, old) for row in file.removed if old is not None],
            changed=[RuleRowChange.of(each) for each in file.changed],
            moved=list(file.moved),
            header=[RuleTextChange.of(each) for each in file.header],
            examples_changed=file.examples_changed,
            cells=file.answers.cells,
            changed_cells=file.answers.changed,
            changed_outcomes=file.answers.outcomes,
            answers=[RuleAnswerChange.of(each, old, new) for each in file.answers.told],
        )


@strawberry.type(description="What changes from one rule book to another.", directives=[roles(READERS)])
class RuleBookDifference:
    old: str = shown("The version before.")
    new: str = shown("The version after.")
    files: list[RuleFileDifference] = shown("File by file; those that say the same are left out.")

    @classmethod
    def of(cls, compared: Compared) -> Self:
        """What differs between the two books."""
        old = {name: each.table for name, each in compared.old.compiled.items()}
        new = {name: each.table for name, each in compared.new.compiled.items()}
        return cls(
            old=compared.old.version,
            new=compared.new.version,
            files=[
                RuleFileDifference.of(file, old.get(file.decision), new.get(file.decision))
                for file in compared.difference.files
            ],
        )


@strawberry.type(description="A row that decided.", directives=[roles(READERS)])
class FiredRow:
    row: str = shown("The row's id.")
    why: str = shown("Why the row is there.")
    then: list[RuleValue] = shown("What it gives.")

    @classmethod
    def of(cls, verdict: Verdict, table: Table) -> Self:
        """The row that fired, and what it gives."""
        (fired,) = verdict.fired
        return cls(row=fired.row_id, why=fired.why, then=values_of(verdict.then, table))


@strawberry.type(description="An input on which a row did not fit.", directives=[roles(READERS)])
class RuleMiss:
    name: str = shown("The input.")
    wanted: str = shown("What the row asks for.")
    given: str = shown("What was given.")


@strawberry.type(description="A row that was looked at and did not decide.", directives=[roles(READERS)])
class PassedRow:
    row: str = shown("The row's id.")
    why: str = shown("Why the row is there.")
    misses: list[RuleMiss] = shown("The inputs on which it did not fit.")
    not_now: str | None = shown("When it holds, where the moment lies outside.")

    @classmethod
    def of(cls, passed: Passed) -> Self:
        """The row and what kept it from deciding."""
        misses = [RuleMiss(name=each.name, wanted=each.wanted, given=each.given) for each in passed.misses]
        return cls(row=passed.row_id, why=passed.why, misses=misses, not_now=passed.not_now or None)


@strawberry.type(description="How a fact is decided, from facts to rows.", directives=[roles(READERS)])
class RuleTrail:
    version: str = shown("The book that decides.")
    decision: str = shown("The decision.")
    file: str = shown("The file it is made by.")
    facts: list[RuleValue] = shown("The facts as the file takes them.")
    cell: str = shown("For which facts the same is decided, in words.")
    local: str = shown("The local time by which rows with dates were judged.")
    fired: list[FiredRow] = shown("The row that decided, or all where the file collects; none is no answer.")
    passed: list[PassedRow] = shown("The rows that did not decide: those above the one that did, else all.")
    below: int = shown("How many rows below were not reached.")

    @classmethod
    def of(cls, tried: Tried) -> Self:
        """How the fact was decided."""
        trail = tried.trail
        return cls(
            version=tried.version,
            decision=trail.decision,
            file=trail.file,
            facts=facts_shown(trail.facts),
            cell=trail.cell,
            local=f"{tried.local:%Y-%m-%d %H:%M}",
            fired=[FiredRow.of(verdict, tried.table) for verdict in trail.verdicts],
            passed=[PassedRow.of(each) for each in trail.passed],
            below=trail.below,
        )


def facts_shown(facts: Mapping[str, Value]) -> list[RuleValue]:
    """The facts as they are written in a rule file."""
    return [RuleValue(name=name, text=write_fact(value)) for name, value in facts.items()]
