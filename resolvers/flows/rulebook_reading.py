"""Reading rule books: where they stand, what was done with them, and what they say to a fact."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from datasources.store import clock, rulebooks, shelf
from datasources.store.rulebooks import Activation, Rulebook, State, Step
from datasources.store.unit import Tx, unavailable_is_typed
from resolvers.flows.deps import Deps
from resolvers.flows.rulebook_first import renew
from resolvers.flows.rulebook_standing import Standing, standing
from resolvers.flows.rulebook_steps import named
from rules.answers import BadAnswers
from rules.book import Book, read_tables, sheets_beside
from rules.columns import Row, Table
from rules.difference import Difference, difference
from rules.errors import NoRuleBook
from rules.table import BadTable, read_table

log = logging.getLogger(__name__)

HISTORY_MAX = 200
ROW_BOOKS_MAX = 50
"""Books looked through for the history of a row: the last that took over."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something done with a book. `against` is the version that decided before, or then."""

    at: datetime
    version: str
    what: State | Literal["activated", "rolled back"]
    person: str
    reason: str
    active_from: datetime | None = None
    against: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowVersion:
    """A row as it read from an instant on, None from the beginning; without a row, it had been taken out."""

    row: Row | None
    table: Table
    version: str
    active_from: datetime | None
    person: str
    reason: str
    book: Rulebook


@dataclass(frozen=True, slots=True)
class Compared:
    """Two books and what differs between them."""

    difference: Difference
    old: Book
    new: Book


async def find(deps: Deps, version: str | None = None) -> Standing:
    """Where the book stands: the one of that version, or the one in force.

    Raises UnknownRuleBook, NoRuleBook, StoreUnavailable.
    """
    async with deps.store.reading() as tx:
        book = await named(tx, version or await _version_in_force(tx))
        (found,) = await _standings(tx, [book])
    return found


async def listed(deps: Deps, after: tuple[datetime, str] | None, most: int) -> list[Standing]:
    """At most `most` books, newest first, from after that place on. Raises StoreUnavailable."""
    async with deps.store.reading() as tx:
        return await _standings(tx, await rulebooks.page(tx, after, most))


async def book(deps: Deps, version: str | None = None) -> Book:
    """The book of that version, or the one in force, ready to decide.

    One that an earlier Earmark evaluated in another form is evaluated anew. Raises UnknownRuleBook,
    NoRuleBook, StoreUnavailable, and what `renew` raises.
    """
    async with deps.store.reading() as tx:
        chosen = (await named(tx, version)).version if version else await _version_in_force(tx)
    async with unavailable_is_typed():
        try:
            return await shelf.book(deps.store.pool, chosen)
        except BadAnswers:
            await renew(deps, chosen, log.info)
            return await shelf.book(deps.store.pool, chosen)


async def files(deps: Deps, version: str | None = None) -> dict[str, bytes]:
    """The files of the book of that version, or of the one in force, as they were handed in.

    Raises UnknownRuleBook, NoRuleBook, StoreUnavailable.
    """
    async with deps.store.reading() as tx:
        chosen = (await named(tx, version)).version if version else await _version_in_force(tx)
        return {file.name: file.content for file in await rulebooks.files(tx, chosen)}


async def tables(deps: Deps, version: str | None = None) -> dict[str, Table]:
    """The tables of the book of that version, or of the one in force, by decision in the order of the files.

    Raises UnknownRuleBook, NoRuleBook, BadTable where this Earmark cannot read it any more, StoreUnavailable.
    """
    found = await asyncio.to_thread(read_tables, await files(deps, version))
    return dict(sorted(found.items(), key=lambda entry: entry[1].file))


async def compared(deps: Deps, old: str | None, new: str | None) -> Compared:
    """What the new book changes against the old; None is the one in force.

    Raises UnknownRuleBook, NoRuleBook, StoreUnavailable.
    """
    before, after = await book(deps, old), await book(deps, new)
    return Compared(await asyncio.to_thread(difference, before, after), before, after)


async def history(deps: Deps, version: str | None = None) -> list[Entry]:
    """What was done, newest first, with one book or with all of them; the last `HISTORY_MAX` entries.

    Raises UnknownRuleBook, StoreUnavailable.
    """
    async with deps.store.reading() as tx:
        activations = await rulebooks.activations(tx)
        if version is None:
            steps = await rulebooks.newest_steps(tx, HISTORY_MAX)
        else:
            version = (await named(tx, version)).version
            steps = (await rulebooks.steps(tx, [version]))[version]
    turns = [each for each in _turns(activations) if version in (None, each.version)]
    entries = sorted([*map(_told, steps), *turns], key=lambda entry: entry.at)
    return entries[::-1][:HISTORY_MAX]


async def row_history(deps: Deps, file: str, row_id: str) -> list[RowVersion]:
    """How the row read in the books that were in force or will be, newest first, once for each change.

    Looks through the last `ROW_BOOKS_MAX` that took over. Raises StoreUnavailable.
    """
    async with deps.store.reading() as tx:
        activations = (await rulebooks.activations(tx))[-ROW_BOOKS_MAX:]
        versions = sorted({each.version for each in activations})
        contents = {version: await rulebooks.files(tx, version) for version in versions}
        books = {version: await named(tx, version) for version in versions}
    tables = {}
    for version, stored in contents.items():
        of_file = {each.name: each.content for each in stored}
        tables[version] = await asyncio.to_thread(_table, file, of_file)
    return _changes(row_id, activations, tables, books)


async def _version_in_force(tx: Tx) -> str:
    version = await rulebooks.in_force(tx)
    if version is None:
        raise NoRuleBook
    return version


async def _standings(tx: Tx, books: Sequence[Rulebook]) -> list[Standing]:
    now, activations = await clock.now(tx), await rulebooks.activations(tx)
    steps = await rulebooks.steps(tx, [each.version for each in books])
    return [standing(each, steps[each.version], activations, now) for each in books]


def _told(step: Step) -> Entry:
    details = dict(step.details)
    against = details.pop("against", None)
    return Entry(step.at, step.version, step.state, step.person, step.reason, None, against, details)


def _turns(activations: Sequence[Activation]) -> list[Entry]:
    """Each activation, with the version it takes over from."""
    entries = []
    for number, each in enumerate(activations):
        before = activations[number - 1].version if number else None
        what: Literal["activated", "rolled back"] = "activated" if each.kind == "activate" else "rolled back"
        entries.append(
            Entry(each.recorded_at, each.version, what, each.person, each.reason, each.active_from, before)
        )
    return entries


def _table(file: str, stored: Mapping[str, bytes]) -> Table | None:
    """The table of that file; None where the book has no such file, or one that cannot be read any more."""
    stem = file.removesuffix(".yaml")
    sheet = next(iter(sheets_beside(stem, stored)), None)
    content = stored.get(f"{stem}.yaml")
    try:
        return None if content is None else read_table(f"{stem}.yaml", content, sheet)
    except BadTable:
        return None


def _changes(
    row_id: str,
    activations: Sequence[Activation],
    tables: Mapping[str, Table | None],
    books: Mapping[str, Rulebook],
) -> list[RowVersion]:
    found: list[RowVersion] = []
    before: Row | None = None
    for each in activations:
        table, author = tables[each.version], books[each.version]
        if table is None:
            continue
        row = next((row for row in table.rows if row.row_id == row_id), None)
        if row != before:
            found.append(
                RowVersion(row, table, each.version, each.active_from, each.person, each.reason, author)
            )
        before = row
    return found[::-1]
