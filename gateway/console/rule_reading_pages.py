"""What a book says and how it is: its checks, a fact tried on it, and what differs from another book."""

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from datasources.store import catalogue
from gateway.console import filters
from gateway.console.rule_visit import Visit
from gateway.console.rule_words import answered, conditions, given
from resolvers.flows import rulebook_reading as reading
from resolvers.flows.rulebook_check import checked
from resolvers.flows.rulebook_standing import Standing
from resolvers.flows.rulebook_trying import Tried, try_fact
from rules.columns import Input, Table
from rules.decisions import DECISIONS
from rules.errors import BadFact, Refusal
from rules.written import write_fact

BOOKS_OFFERED = 50
"""Books that can be chosen from to compare with: the newest."""
FACT = "fact."
"""Before the name of an input in an address, so that none is taken for anything else."""


@dataclass(frozen=True, slots=True)
class Field:
    """An input of the form to try a fact, with what was filled in."""

    given: Input
    name: str
    meaning: str
    value: str


async def checks_page(visit: Visit) -> Response:
    """All that the checks find in the book, against what the company's data knows now."""
    now = await reading.find(visit.deps, visit.version)
    found = await checked(visit.deps, await reading.files(visit.deps, now.book.version))
    return visit.page("checks.html", now=now, found=found)


async def try_page(visit: Visit) -> Response:
    """The form to try a fact on one decision, and, once it is filled in, which row decides and why."""
    now = await reading.find(visit.deps, visit.version)
    tables = await reading.tables(visit.deps, now.book.version)
    decision = filters.text(visit.query, "decision") or next(iter(tables))
    table = tables.get(decision) or next(iter(tables.values()))
    fields = _fields(visit, table)
    tried, refused = await _tried(visit, now, table, fields)
    async with visit.deps.store.reading() as tx:
        sites = sorted((await catalogue.current(tx)).sites)
    return visit.page(
        "try.html",
        400 if refused else 200,
        now=now,
        tables=tables.values(),
        table=table,
        decision=DECISIONS[table.decides],
        fields=fields,
        sites=sites,
        tried=tried,
        refused=refused,
        gives=given,
        fact=write_fact,
    )


def _fields(visit: Visit, table: Table) -> list[Field]:
    known = {each.name: each.meaning for each in DECISIONS[table.decides].inputs}
    return [
        Field(
            each,
            FACT + each.name,
            known.get(each.name, ""),
            filters.text(visit.query, FACT + each.name) or "",
        )
        for each in table.inputs
    ]


async def _tried(
    visit: Visit, now: Standing, table: Table, fields: list[Field]
) -> tuple[Tried | None, Refusal | None]:
    """What the facts come to, where the form was sent; or why they come to nothing."""
    if not filters.is_on(visit.query, "try"):
        return None, None
    moment = (filters.instant(visit.query, "at"), filters.text(visit.query, "site"))
    facts = {field.given.name: field.value for field in fields if field.value}
    try:
        return await try_fact(visit.deps, table.decides, facts, moment, now.book.version), None
    except BadFact as bad:
        return None, bad


async def difference_page(visit: Visit) -> Response:
    """What the book changes against another one; without one, against the one it takes over from."""
    now = await reading.find(visit.deps, visit.version)
    said = filters.text(visit.query, "against")
    books = await reading.listed(visit.deps, None, BOOKS_OFFERED)
    old = (await reading.find(visit.deps, said)).book.version if said else await _before(visit, now)
    same = old in (None, now.book.version)
    compared = None if same else await reading.compared(visit.deps, old, now.book.version)
    return visit.page(
        "difference.html",
        now=now,
        old=old,
        books=[each for each in books if each.book.version != now.book.version],
        compared=compared,
        tables={} if compared is None else _tables(compared),
        conditions=conditions,
        gives=given,
        answered=answered,
        local=_local,
    )


async def _before(visit: Visit, now: Standing) -> str | None:
    """The version in force; for a book that was in force, the one that decided before it."""
    if now.state in ("active", "superseded"):
        entries = await reading.history(visit.deps, now.book.version)
        return next((each.against for each in entries if each.what in ("activated", "rolled back")), None)
    return (await reading.find(visit.deps)).book.version


def _tables(compared: reading.Compared) -> dict[tuple[str, str], Table]:
    """The tables of both books, by decision and side."""
    sides = {"old": compared.old, "new": compared.new}
    return {
        (decision, side): compiled.table
        for side, book in sides.items()
        for decision, compiled in book.compiled.items()
    }


def _local(moment: datetime | None) -> str:
    return "" if moment is None else f"from {moment:%Y-%m-%d %H:%M} at the site"
