"""`earmark rules show` and `history`: the books in the store, and what was done with them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.commands.endings import refuse, show
from gateway.commands.options import DATA, JSON
from gateway.commands.rules.life import standing_content, standing_lines
from gateway.commands.rules.options import DEMO, ask_gateway

if TYPE_CHECKING:
    from resolvers.flows.deps import Deps
    from resolvers.flows.rulebook_reading import Entry, RowVersion
    from resolvers.flows.rulebook_standing import Standing
    from rules.book import Book
    from rules.columns import Table


@click.command("show")
@click.argument("version", required=False)
@DEMO
@DATA
@JSON
def show_book(version: str | None, data: Path | None, *, demo: bool, as_json: bool) -> None:
    """Show where a book stands, and its files.

    Left out, VERSION is the book in force.
    """

    async def work(deps: "Deps") -> "tuple[Standing, Book, list[Entry]]":
        from resolvers.flows import rulebook_reading

        found = await rulebook_reading.find(deps, version)
        own = await rulebook_reading.history(deps, found.book.version)
        return found, await rulebook_reading.book(deps, found.book.version), own

    found, book, entries = ask_gateway(data, work, demo=demo)
    note = next((entry.reason for entry in entries if entry.what == "submitted"), "")
    tables = sorted((compiled.table for compiled in book.compiled.values()), key=lambda table: table.file)
    content = {
        **standing_content(found),
        "note": note or found.book.note,
        "files": [_table_content(table) for table in tables],
    }
    show(content, "\n".join([*standing_lines(found, note), *map(_table_line, tables)]), as_json=as_json)


def _table_line(table: "Table") -> str:
    from gateway.commands.rules.words import counted

    sheet = f", in {table.sheet}" if table.sheet else ""
    return f"  {table.file:<24} {table.decides:<14} {table.hit:<8} {counted(len(table.rows), 'row')}{sheet}"


def _table_content(table: "Table") -> dict[str, Any]:
    return {
        "file": table.file,
        "sheet": table.sheet or None,
        "decision": table.decides,
        "hit": table.hit,
        "rows": len(table.rows),
        "examples": len(table.examples),
    }


@click.command()
@click.argument("version", required=False)
@click.option("--row", help="How one row changed instead: its file and id, such as 40-priority:PRI010.")
@DEMO
@DATA
@JSON
def history(version: str | None, row: str | None, data: Path | None, *, demo: bool, as_json: bool) -> None:
    """List what was done with books, newest first.

    With VERSION, what was done with that one. What changed from one book to another:
    earmark rules diff --version NEW --against OLD
    """
    if row is not None:
        _tell_row(row, data, demo=demo, as_json=as_json)
        return

    async def work(deps: "Deps") -> "list[Entry]":
        from resolvers.flows import rulebook_reading

        return await rulebook_reading.history(deps, version)

    entries = ask_gateway(data, work, demo=demo)
    lines = [_entry_line(entry) for entry in entries] or ["Nothing was done yet."]
    show({"entries": entries}, "\n".join(lines), as_json=as_json)


def _entry_line(entry: "Entry") -> str:
    from gateway.commands.rules.words import instant_words
    from resolvers.flows.rulebook_steps import shown_version

    said = f"{instant_words(entry.at)}  {shown_version(entry.version)}  {entry.what:<11}  {entry.person}"
    if entry.what in ("activated", "rolled back"):
        said += f", decides from {instant_words(entry.active_from)} on"
    against = f" (before: {shown_version(entry.against)})" if entry.against else ""
    return said + against + (f": {entry.reason}" if entry.reason else "")


def _tell_row(named: str, data: Path | None, *, demo: bool, as_json: bool) -> None:
    file, colon, row_id = named.partition(":")
    if not colon:
        refuse(f"{named} is no row. Name its file and id, such as 40-priority:PRI010.")

    async def work(deps: "Deps") -> "list[RowVersion]":
        from resolvers.flows import rulebook_reading

        return await rulebook_reading.row_history(deps, f"{file.removesuffix('.yaml')}.yaml", row_id)

    found = ask_gateway(data, work, demo=demo)
    if not found:
        refuse(f"No book in force, now or before, has a row {row_id} in {file}. Files: earmark rules show")
    content = {"row": row_id, "versions": [_row_content(each) for each in found]}
    show(content, "\n".join(map(_row_line, found)), as_json=as_json)


def _row_line(found: "RowVersion") -> str:
    from gateway.commands.rules.words import answer_words, instant_words
    from resolvers.flows.rulebook_steps import shown_version

    row, reason = found.row, f": {found.reason}" if found.reason else ""
    given = f"{answer_words(found.table.decides, row.then)} ({row.why})" if row else "taken out"
    since = f"{instant_words(found.active_from)}  {shown_version(found.version)}"
    return f"{since}  {given}; put in force by {found.person}{reason}"


def _row_content(found: "RowVersion") -> dict[str, Any]:
    from gateway.commands.rules.words import plain

    return {
        "version": found.version,
        "active_from": found.active_from,
        "person": found.person,
        "reason": found.reason,
        "author": found.book.author,
        "then": plain(found.row.then) if found.row else None,
        "why": found.row.why if found.row else None,
    }
