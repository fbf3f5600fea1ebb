"""The list of rule books with the search through the one in force, and the page of one book."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.console import filters
from gateway.console.filters import BadFilter
from gateway.console.rule_visit import Visit
from gateway.console.rule_words import STATES, WAITING, Shown, conditions, figures, given, grid
from resolvers.flows import rulebook_reading as reading
from resolvers.flows.rulebook_standing import Standing
from rules.columns import Table
from rules.decisions import DECISIONS

PAGE = 50
HITS_MAX = 100
"""Rows told of one search."""
DONE = {
    "kept": "It is kept as a draft; nothing is decided by it yet.",
    "submitted": "It is handed in. A second person has to approve it.",
    "approved": "You approved it. It can be activated now.",
    "rejected": "You rejected it.",
    "active": "It decides from now on, in every gateway.",
    "planned": "It will decide from the instant you named, in every gateway.",
    "rolled-back": "It decides again from now on, in every gateway.",
}
"""What is said at the head of a book's page after a step."""

Place = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Hit:
    """A row the search found."""

    file: str
    row_id: str
    when: str
    then: str
    why: str
    owner: str


async def books_page(visit: Visit) -> Response:
    """The book in force with its files, the books that wait, and the others."""
    before = _place(visit)
    current = await reading.find(visit.deps)
    books = await reading.listed(visit.deps, before, PAGE + 1)
    tables = await reading.tables(visit.deps, current.book.version)
    sought = filters.text(visit.query, "q")
    hits = _found(tables.values(), sought) if sought else []
    return visit.page(
        "books.html",
        current=current,
        waiting=[each for each in books[:PAGE] if each.state in WAITING],
        others=[each for each in books[:PAGE] if each.state not in (*WAITING, "active")],
        older=_older(books),
        is_first=before is None,
        grids=[grid(table) for table in tables.values()],
        sought=sought,
        hits=hits[:HITS_MAX],
        more_hits=max(0, len(hits) - HITS_MAX),
        states=STATES,
    )


async def book_page(visit: Visit) -> Response:
    """Where one book stands, what comes next for it, its files, and what was done with it."""
    now = await reading.find(visit.deps, visit.version)
    version = now.book.version
    tables = await reading.tables(visit.deps, version)
    return visit.page(
        "book.html",
        now=now,
        grids=[grid(table) for table in tables.values()],
        entries=await reading.history(visit.deps, version),
        is_own=visit.is_own(now.handed_in_by),
        done=DONE.get(visit.query.get("done", "")),
        figures=figures,
        states=STATES,
    )


def _found(tables: Iterable[Table], text: str) -> list[Hit]:
    return [
        Hit(
            table.file,
            row.row_id,
            conditions(row, table),
            given(table.decides, row.then),
            row.why,
            row.owner,
        )
        for table in tables
        for row, shown in zip(table.rows, grid(table).rows, strict=True)
        if _has(table, shown, text)
    ]


def _has(table: Table, shown: Shown, text: str) -> bool:
    """Whether a row has the text, or its file is called so."""
    about_file = f"{table.file}\n{table.decides}\n{DECISIONS[table.decides].meaning}"
    return shown.has(text) or text.casefold() in about_file.casefold()


def _older(books: Sequence[Standing]) -> str | None:
    if len(books) <= PAGE:
        return None
    last = books[PAGE - 1].book
    return "/rules?" + urlencode({"before": f"{last.created_at.isoformat()}_{last.version}"})


def _place(visit: Visit) -> Place | None:
    said = filters.text(visit.query, "before")
    if said is None:
        return None
    written, _, version = said.partition("_")
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not version:
        raise BadFilter("a place in this list", said, "start again from the newest")
    return at, version
