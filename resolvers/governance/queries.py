"""What can be asked about rule books: where they stand, what they say, what differs, what a fact comes to."""

from datetime import datetime
from typing import Annotated

import strawberry

from resolvers.context import Info
from resolvers.flows import rulebook_reading as reading
from resolvers.flows.rulebook_check import checked, with_rest_of
from resolvers.flows.rulebook_standing import Standing
from resolvers.flows.rulebook_trying import try_fact
from resolvers.governance.inputs import FactInput, RuleFileInput, contents
from resolvers.governance.trails import RuleBookDifference, RuleTrail
from resolvers.governance.types import (
    READERS,
    RuleBook,
    RuleBookEntry,
    RuleCheck,
    RuleFile,
    RuleProblem,
    RuleRow,
    RuleRowVersion,
)
from resolvers.relay import After, Connection, First, connection, page_size
from resolvers.roles import shown
from rules.columns import Row, Table
from rules.errors import BadFact, UnknownRuleFile

Version = Annotated[
    str | None, strawberry.argument(description="The book's version; left out: the one in force.")
]
FileName = Annotated[str, strawberry.argument(description="The file's name, such as 40-priority.yaml.")]


@strawberry.type
class GovernanceQuery:
    @shown("A rule book and where it stands.", to=READERS)  # type: ignore[untyped-decorator]
    async def rule_book(self, info: Info, version: Version = None) -> RuleBook:
        return RuleBook.of(await reading.find(info.context.deps, version))

    @shown("Rule books, newest first.", to=READERS)  # type: ignore[untyped-decorator]
    async def rule_books(self, info: Info, first: First = None, after: After = None) -> Connection[RuleBook]:
        size, cursors = page_size(first), info.context.cursors("ruleBooks")
        place = cursors.open(after)
        start = None if place is None else (datetime.fromisoformat(place[0]), str(place[1]))
        rows = await reading.listed(info.context.deps, start, size + 1)
        return connection(rows, size, cursors, _place, RuleBook.of)

    @shown("What was done with one rule book, or with all, newest first, at most 200 entries.", to=READERS)  # type: ignore[untyped-decorator]
    async def rule_book_history(
        self,
        info: Info,
        version: Annotated[
            str | None, strawberry.argument(description="The book's version; left out: of all books.")
        ] = None,
    ) -> list[RuleBookEntry]:
        return [RuleBookEntry.of(entry) for entry in await reading.history(info.context.deps, version)]

    @shown("The rule files of a book, in the order of their names.", to=READERS)  # type: ignore[untyped-decorator]
    async def rule_files(self, info: Info, version: Version = None) -> list[RuleFile]:
        tables, files, found = await _read(info, version)
        return [_file(table, files, found) for table in tables.values()]

    @shown("One rule file of a book.", to=READERS)  # type: ignore[untyped-decorator]
    async def rule_file(self, info: Info, name: FileName, version: Version = None) -> RuleFile:
        tables, files, found = await _read(info, version)
        return _file(_named(tables, name), files, found)

    @shown("The rows of a rule file, top to bottom.", to=READERS)  # type: ignore[untyped-decorator]
    async def rule_rows(
        self,
        info: Info,
        name: FileName,
        version: Version = None,
        contains: Annotated[
            str | None,
            strawberry.argument(
                description="Only rows with this text anywhere; upper and lower case are one."
            ),
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[RuleRow]:
        tables, _, found = await _read(info, version)
        table, size = _named(tables, name), page_size(first)
        cursors = info.context.cursors("ruleRows", name, found, contains)
        place = cursors.open(after)
        chosen = [
            (number, row)
            for number, row in enumerate(table.rows)
            if not contains or _has(row, table, contains)
        ]
        rows = [pair for pair in chosen if place is None or pair[0] > place[0]][: size + 1]
        return connection(
            rows, size, cursors, lambda pair: [pair[0]], lambda pair: RuleRow.of(pair[1], table)
        )

    @shown("How a row read in the books that were in force or will be, newest first.", to=READERS)  # type: ignore[untyped-decorator]
    async def rule_row_history(
        self,
        info: Info,
        file: FileName,
        row: Annotated[str, strawberry.argument(description="The row's id.")],
    ) -> list[RuleRowVersion]:
        return [RuleRowVersion.of(each) for each in await reading.row_history(info.context.deps, file, row)]

    @shown("What changes from one rule book to another: rows, and the facts answered otherwise.", to=READERS)  # type: ignore[untyped-decorator]
    async def rule_book_difference(
        self, info: Info, old: Version = None, new: Version = None
    ) -> RuleBookDifference:
        return RuleBookDifference.of(await reading.compared(info.context.deps, old, new))

    @shown("What is wrong with rule files; nothing is kept of them.", to=READERS)  # type: ignore[untyped-decorator]
    async def rule_check(
        self,
        info: Info,
        files: Annotated[
            list[RuleFileInput],
            strawberry.argument(
                description="The files that differ; the others are those of the book in force."
            ),
        ],
    ) -> RuleCheck:
        deps = info.context.deps
        found = await checked(deps, with_rest_of(contents(files), await reading.files(deps)))
        return RuleCheck(
            version=found.version,
            errors=len(found.errors),
            problems=[RuleProblem.of(problem) for problem in found.problems],
        )

    @shown("What a book decides on some facts, and why: nothing is asked for or kept.", to=READERS)  # type: ignore[untyped-decorator]
    async def decide(  # a fact to try has a decision, facts, a moment, a place and a book
        self,
        info: Info,
        decision: Annotated[str, strawberry.argument(description="The decision, such as priority.")],
        facts: Annotated[list[FactInput], strawberry.argument(description="Every input of the rule file.")],
        at: Annotated[datetime | None, strawberry.argument(description="When; left out: now.")] = None,
        site: Annotated[
            str | None,
            strawberry.argument(description="By whose clocks rows with dates are judged; left out: UTC."),
        ] = None,
        version: Version = None,
    ) -> RuleTrail:
        given = {fact.name: fact.text for fact in facts}
        if len(given) < len(facts):
            raise BadFact(decision[:80], "a fact is given twice")
        return RuleTrail.of(await try_fact(info.context.deps, decision, given, (at, site), version))


def _place(now: Standing) -> list[object]:
    return [now.book.created_at.isoformat(), now.book.version]


async def _read(info: Info, version: str | None) -> tuple[dict[str, Table], dict[str, bytes], str]:
    """The tables and files of the book, and its whole version."""
    deps = info.context.deps
    found = (await reading.find(deps, version)).book.version
    return await reading.tables(deps, found), await reading.files(deps, found), found


def _file(table: Table, files: dict[str, bytes], version: str) -> RuleFile:
    return RuleFile(table=table, content=files[table.file].decode(), version=version)


def _named(tables: dict[str, Table], name: str) -> Table:
    by_file = {table.file: table for table in tables.values()}
    if name not in by_file:
        raise UnknownRuleFile(name[:80], by_file)
    return by_file[name]


def _has(row: Row, table: Table, text: str) -> bool:
    written = RuleRow.of(row, table)
    values = (f"{value.name} {value.text}" for value in [*written.when, *written.then])
    return text.casefold() in "\n".join([row.row_id, row.why, row.owner, *values]).casefold()
