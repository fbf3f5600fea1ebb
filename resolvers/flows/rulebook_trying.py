"""Trying a fact: what a rule book decides on it, and how it came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from datasources.store import catalogue, clock
from resolvers.flows.deps import Deps
from resolvers.flows.rulebook_reading import book
from rules.calendar import zone_of
from rules.columns import OTHER, Input, Table, Value
from rules.errors import BadFact, UnknownDecision, UnknownSite
from rules.trail import Trail, trail

DIGITS_MAX = 18
TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Tried:
    """How a fact was decided by the table of a book's version, at the site's local time."""

    trail: Trail
    table: Table
    version: str
    local: datetime


async def try_fact(
    deps: Deps,
    decision: str,
    given: Mapping[str, str],
    moment: tuple[datetime | None, str | None] = (None, None),
    version: str | None = None,
) -> Tried:
    """What the book of that version, or the one in force, decides on the facts, and how it came to.

    Facts are written as in a rule file. The dates of rows are judged at the moment's instant, or now, in the
    zone of its site, without one in UTC. Raises UnknownDecision, BadFact, UnknownSite, UnknownRuleBook,
    NoRuleBook, StoreUnavailable.
    """
    chosen = await book(deps, version)
    if decision not in chosen.compiled:
        raise UnknownDecision(decision[:80], chosen.compiled)
    compiled = chosen.compiled[decision]
    local = await _local(deps, *moment)
    return Tried(
        trail(compiled, facts_of(compiled.table, given), local), compiled.table, chosen.version, local
    )


def facts_of(table: Table, given: Mapping[str, str]) -> dict[str, Value]:
    """The facts as the table takes them. Raises BadFact for one it does not have, lacks, or cannot read."""
    known = {each.name: each for each in table.inputs}
    for name in given:
        if name not in known:
            raise BadFact(table.file, f"it does not look at {name[:80]}, only at {', '.join(known)}")
    missing = [name for name in known if name not in given]
    if missing:
        raise BadFact(table.file, f"it is not given {', '.join(missing)}")
    return {name: _fact(table.file, to, given[name].strip()) for name, to in known.items()}


def _fact(file: str, to: Input, text: str) -> Value:
    if to.kind == "enum":
        return OTHER if text == "other" else text
    if to.kind == "bool" and text.lower() in TRUTHS:
        return TRUTHS[text.lower()]
    if to.kind == "int" and len(text) <= DIGITS_MAX and text.lstrip("-").isdecimal() and text.isascii():
        return int(text)
    kind = "true or false" if to.kind == "bool" else f"a whole number from {to.least:,} to {to.most:,}"
    raise BadFact(file, f"{to.name} is {text[:40]!r}, and takes {kind}")


async def _local(deps: Deps, at: datetime | None, site_id: str | None) -> datetime:
    """The instant, or now, as the site's clocks show it."""
    async with deps.store.reading() as tx:
        instant = at or await clock.now(tx)
        sites = (await catalogue.current(tx)).sites if site_id is not None else {}
    if site_id is None:
        return instant.astimezone(UTC).replace(tzinfo=None)
    if site_id not in sites:
        raise UnknownSite(site_id[:80], sites)
    return instant.astimezone(zone_of(sites[site_id].zone)).replace(tzinfo=None)
