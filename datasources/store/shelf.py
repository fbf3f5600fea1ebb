"""Rule books ready to be asked, each read from the store once: a version names what never changes."""

from collections import OrderedDict
from typing import Any, Protocol

from rules import answers
from rules.book import Book, Compiled, read_tables
from rules.errors import NoRuleBook, UnknownRuleBook

BOOKS_MAX = 8
"""Books kept ready: the one in force, those taking over, and those of inquiries decided again."""

_kept: OrderedDict[str, Book] = OrderedDict()


class Fetches(Protocol):
    """A connection or a pool of asyncpg."""

    async def fetch(self, query: str, *args: Any) -> list[Any]: ...


async def book(store: Fetches, version: str | None) -> Book:
    """The book of that version. Raises NoRuleBook where the store has none."""
    if version is None:
        raise NoRuleBook
    found = _kept.get(version) or await _read(store, version)
    _kept[version] = found
    _kept.move_to_end(version)
    while len(_kept) > BOOKS_MAX:
        _kept.popitem(last=False)
    return found


async def _read(store: Fetches, version: str) -> Book:
    rows = await store.fetch(FILES, version)
    if not rows:
        raise UnknownRuleBook(version)
    files = {row["name"]: row["content"] for row in rows}
    made = {row["name"]: row["answers"] for row in rows}
    tables = read_tables(files)
    return Book(
        files,
        {name: Compiled(table, answers.decode(made[table.file])) for name, table in tables.items()},
    )


FILES = """
SELECT file.name, file.content, rule_answers.content AS answers
FROM rulebook_file AS file LEFT JOIN rule_answers USING (answers_key) WHERE file.version = $1 ORDER BY name
"""
