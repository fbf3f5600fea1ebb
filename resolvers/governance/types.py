"""Rule books, their files and rows: the words of the governance subgraph."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Self

import strawberry

from resolvers.flows.rulebook_reading import Entry, RowVersion
from resolvers.flows.rulebook_standing import Standing
from resolvers.roles import roles, shown
from rules.columns import Input, Output, Row, Table, Value
from rules.decisions import DECISIONS
from rules.problems import Problem
from rules.written import write_condition, write_instant, write_value

READERS = ("analyst", "steward", "planner", "auditor", "developer", "admin")
"""Who may read rule books."""


@strawberry.enum(description="Where a rule book stands.")
class RuleBookState(Enum):
    DRAFT = strawberry.enum_value("draft", description="Handed in; its checks did not end.")
    CHECKED = strawberry.enum_value("checked", description="Without errors; not handed in for approval.")
    SIMULATED = strawberry.enum_value("simulated", description="Tried on logged inquiries; not handed in.")
    SUBMITTED = strawberry.enum_value("submitted", description="Waits for a second person.")
    APPROVED = strawberry.enum_value("approved", description="May be activated, or will be in force.")
    REJECTED = strawberry.enum_value("rejected", description="Not to be used, unless handed in anew.")
    ACTIVE = strawberry.enum_value("active", description="In force: it decides.")
    SUPERSEDED = strawberry.enum_value("superseded", description="Was in force; another one is.")


@strawberry.enum(description="Whether a problem keeps a rule book from being handed in.")
class ProblemSeverity(Enum):
    ERROR = strawberry.enum_value("error", description="It must be mended.")
    WARNING = strawberry.enum_value("warning", description="It should be looked at.")


@strawberry.type(description="A value of a rule, as it is written.", directives=[roles(READERS)])
class RuleValue:
    name: str = shown("The input or output.")
    text: str = shown("The condition or value.")


@strawberry.type(description="A row of a rule file.", directives=[roles(READERS)])
class RuleRow:
    row: str = shown("The row's id.")
    when: list[RuleValue] = shown("What must hold; an input that is left out may be anything.")
    then: list[RuleValue] = shown("What the row gives.")
    why: str = shown("Why the row is there.")
    owner: str = shown("Who answers for it.")
    starts: str | None = shown("From this local time of the site on; null is always.")
    until: str | None = shown("Up to, not at, this local time of the site; null is without end.")
    line: int = shown("The line it stands on in its file or sheet.")

    @classmethod
    def of(cls, row: Row, table: Table) -> Self:
        """The row as it is written in its table."""
        return cls(
            row=row.row_id,
            when=[
                RuleValue(name=given.name, text=write_condition(row.when[given.name], given))
                for given in table.inputs
                if given.name in row.when
            ],
            then=values_of(row.then, table),
            why=row.why,
            owner=row.owner,
            starts=None if row.starts is None else write_instant(row.starts),
            until=None if row.until is None else write_instant(row.until),
            line=row.line,
        )


def values_of(then: Mapping[str, Value], table: Table) -> list[RuleValue]:
    """What a row gives, as it is written."""
    outputs = [output for output in table.outputs if output.name in then]
    return [RuleValue(name=output.name, text=write_value(then[output.name], output)) for output in outputs]


@strawberry.type(description="What a rule file may look at, or gives.", directives=[roles(READERS)])
class RuleColumn:
    name: str = shown("Its name.")
    kind: str = shown("enum, int, bool, time or list.")
    meaning: str = shown("What it means.")
    values: list[str] = shown("The words it may be; any other word counts as `other`.")
    least: int | None = shown("The least it may be, of a number.")
    most: int | None = shown("The most it may be, of a number.")
    none: bool = shown("Whether a row may give nothing for it.")

    @classmethod
    def of(cls, column: Input | Output, meaning: str) -> Self:
        """The input or output as the file declares it."""
        is_number = column.kind == "int"
        return cls(
            name=column.name,
            kind=column.kind,
            meaning=meaning,
            values=list(column.values),
            least=column.least if is_number else None,
            most=column.most if is_number else None,
            none=isinstance(column, Output) and column.none,
        )


@strawberry.type(description="A rule file of a book: one decision.", directives=[roles(READERS)])
class RuleFile:
    table: strawberry.Private[Table]
    content: str = shown("The file as it was written; its rows may stand in the sheet.")
    version: str = shown("The book's version.")

    @shown("The file's name.")  # type: ignore[untyped-decorator]
    def name(self) -> str:
        return self.table.file

    @shown("The sheet its rows stand in, beside it; null where they stand in the file.")  # type: ignore[untyped-decorator]
    def sheet(self) -> str | None:
        return self.table.sheet or None

    @shown("The decision it makes.")  # type: ignore[untyped-decorator]
    def decision(self) -> str:
        return self.table.decides

    @shown("What is decided.")  # type: ignore[untyped-decorator]
    def meaning(self) -> str:
        return DECISIONS[self.table.decides].meaning

    @shown("Whether what asks for the decision is not built yet, so that it changes no answer.")  # type: ignore[untyped-decorator]
    def waits(self) -> bool:
        return DECISIONS[self.table.decides].waits

    @shown("What its authors say of it.")  # type: ignore[untyped-decorator]
    def about(self) -> str:
        return self.table.about

    @shown("Which rows answer: the first that fits, the only one, or all that fit (collect).")  # type: ignore[untyped-decorator]
    def hit(self) -> str:
        return self.table.hit

    @shown("What its rows may look at.")  # type: ignore[untyped-decorator]
    def inputs(self) -> list[RuleColumn]:
        meanings = {known.name: known.meaning for known in DECISIONS[self.table.decides].inputs}
        return [RuleColumn.of(given, meanings[given.name]) for given in self.table.inputs]

    @shown("What its rows give.")  # type: ignore[untyped-decorator]
    def outputs(self) -> list[RuleColumn]:
        meanings = {known.name: known.meaning for known in DECISIONS[self.table.decides].outputs}
        return [RuleColumn.of(output, meanings[output.name]) for output in self.table.outputs]

    @shown("How many rows it has.")  # type: ignore[untyped-decorator]
    def row_count(self) -> int:
        return len(self.table.rows)


@strawberry.type(description="All rule files of one version.", directives=[roles(READERS)])
class RuleBook:
    version: str = shown("The hash of its files; its first letters will do where they are of one book alone.")
    label: str = shown("Its name: the first line of the note it came with.")
    note: str = shown("What its author said of it.")
    author: str = shown("Who handed it in first.")
    created_at: datetime = shown("When that was.")
    state: RuleBookState = shown("Where it stands.")
    is_simulated: bool = shown("Whether it was tried on logged inquiries since it was handed in.")
    handed_in_by: list[str] = shown("Who handed it in: none of them may approve it.")
    approved_by: str | None = shown("Who approved it.")
    active_from: datetime | None = shown(
        "From when on it is in force, or will be, or was last; null is never, or from the beginning on."
    )
    next_version: str | None = shown("The version that will be in force next, if another was activated.")
    next_from: datetime | None = shown("From when on.")

    @classmethod
    def of(cls, now: Standing) -> Self:
        """The book and where it stands."""
        return cls(
            version=now.book.version,
            label=now.book.label,
            note=now.book.note,
            author=now.book.author,
            created_at=now.book.created_at,
            state=RuleBookState(now.state),
            is_simulated=now.is_simulated,
            handed_in_by=sorted(now.handed_in_by),
            approved_by=now.approved_by,
            active_from=None if now.activation is None else now.activation.active_from,
            next_version=None if now.next is None else now.next.version,
            next_from=None if now.next is None else now.next.active_from,
        )


@strawberry.type(description="Something that was done with a rule book.", directives=[roles(READERS)])
class RuleBookEntry:
    at: datetime = shown("When.")
    version: str = shown("With which book.")
    what: str = shown("draft, checked, simulated, submitted, approved, rejected, activated or rolled back.")
    person: str = shown("By whom.")
    reason: str = shown("Why.")
    active_from: datetime | None = shown("Activated from when on; null is from the beginning.")
    against: str | None = shown("The version that decided before, or then.")
    figures: list[RuleValue] = shown("The step's figures, such as those of a simulation.")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The entry, with those of its figures that are one number or text."""
        plain = {name: value for name, value in entry.details.items() if isinstance(value, str | int | float)}
        return cls(
            at=entry.at,
            version=entry.version,
            what=entry.what,
            person=entry.person,
            reason=entry.reason,
            active_from=entry.active_from,
            against=entry.against,
            figures=[RuleValue(name=name, text=str(value)) for name, value in sorted(plain.items())],
        )


@strawberry.type(description="A row as it read from an instant on.", directives=[roles(READERS)])
class RuleRowVersion:
    row: RuleRow | None = shown("The row; null where it was taken out.")
    version: str = shown("The book it came with.")
    active_from: datetime | None = shown("From when on; null is from the beginning.")
    activated_by: str = shown("Who activated the book.")
    author: str = shown("Who wrote the book.")
    note: str = shown("What its author said of it.")

    @classmethod
    def of(cls, found: RowVersion) -> Self:
        """The row's version as it is written."""
        return cls(
            row=None if found.row is None else RuleRow.of(found.row, found.table),
            version=found.version,
            active_from=found.active_from,
            activated_by=found.person,
            author=found.book.author,
            note=found.book.note,
        )


@strawberry.type(description="Something that is wrong with a rule file.", directives=[roles(READERS)])
class RuleProblem:
    file: str = shown("The file, or the sheet beside it.")
    line: int = shown("The line.")
    row: str | None = shown("The row, where it is about one.")
    message: str = shown("What is wrong, and what to write instead.")
    severity: ProblemSeverity = shown("Whether it must be mended.")
    code: str = shown("Stable, for programs: docs/rules.md lists them.")

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """The problem as the checks found it."""
        return cls(
            file=problem.file,
            line=problem.line,
            row=problem.row or None,
            message=problem.message,
            severity=ProblemSeverity(problem.severity),
            code=problem.code,
        )


@strawberry.type(description="What the checks found in rule files.", directives=[roles(READERS)])
class RuleCheck:
    version: str = shown("The version the book of these files would have.")
    errors: int = shown("How many problems must be mended.")
    problems: list[RuleProblem] = shown("All problems, by file and line.")
