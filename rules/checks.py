"""What is wrong with a table that could be read: all of it, in words an analyst can act on.

Without the engine's answers it is held to its size and to the company's words; with them, also to what it
must answer. A problem is a fault of the file: nothing is raised, and nothing is decided here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final

from rules.answer_checks import answer_problems
from rules.answers import Answers
from rules.cells import Space, TooManyCells, space_of
from rules.columns import OTHER, Input, OneOf, Table, Value
from rules.combinations import combinations
from rules.decisions import Decision, Given
from rules.example_checks import example_problems
from rules.problems import GUESSES_MOST, PROBLEMS_MOST, Problem, Severity, nearest
from rules.rulesets import EngineLimit, refuse_too_many

CHECK_CODES: Final[Mapping[str, str]] = {
    "TOO_MANY_CELLS": "the rows make more cells, or more stretches of time, than can be worked out",
    "ENGINE_LIMIT": "the rows name more combinations of words than the engine can take",
    "GAP": "a complete table has no row for some facts",
    "OVERLAP": "several rows of a `unique` table fit the same facts",
    "NEVER_FIRES": "rows above it take all that a row would take",
    "EXAMPLE_FAILS": "the table answers an example otherwise than it expects",
    "NO_EXAMPLE": "no example exercises a row",
    "SUM": "figures that must add up do not",
    "OUTPUT_RANGE": "a row gives what the decision may not give",
    "UNKNOWN_CHANNEL": "the company has no such channel",
    "UNKNOWN_SOURCE": "the company has no such source",
    "UNKNOWN_KIND": "no channel or site of the company is of that kind",
    "UNKNOWN_CLASS": "nothing of the company is in that class",
}
"""The codes of problems found in a table that could be read, each with what it means."""

WORDS_TOLD: Final = 12


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words the company's own records use."""

    channels: frozenset[str] = frozenset()
    channel_kinds: frozenset[str] = frozenset()
    demand_classes: frozenset[str] = frozenset()
    item_classes: frozenset[str] = frozenset()
    site_kinds: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Kept:
    """How the words of one kind are checked."""

    said: str
    code: str
    severity: Severity


_KEPT: Final[Mapping[str, _Kept]] = {
    "channels": _Kept("channel", "UNKNOWN_CHANNEL", "error"),
    "sources": _Kept("source", "UNKNOWN_SOURCE", "error"),
    "channel_kinds": _Kept("kind of channel", "UNKNOWN_KIND", "warning"),
    "site_kinds": _Kept("kind of site", "UNKNOWN_KIND", "warning"),
    "demand_classes": _Kept("class of demand", "UNKNOWN_CLASS", "warning"),
    "item_classes": _Kept("class of items", "UNKNOWN_CLASS", "warning"),
}


def check(
    table: Table, decision: Decision | None, answers: Answers | None, vocabulary: Vocabulary | None
) -> list[Problem]:
    """All problems of the table, by line; those that need what is not given are left out.

    Answers must be the table's own. More problems than can be read are counted in the last one.
    """
    found: list[Problem] = []
    if decision is not None:
        found.extend(_outputs(table, decision))
        if vocabulary is not None:
            found.extend(_words(table, decision, vocabulary))
    try:
        space = space_of(table)
    except TooManyCells as too_many:
        found.append(Problem(table.file, 1, "", too_many.message, "error", "TOO_MANY_CELLS"))
    else:
        if answers is None:
            found.extend(_beyond_engine(table, space))
        else:
            found.extend(answer_problems(table, space, answers))
            found.extend(example_problems(table, space, answers))
    return _in_order(found)


def _beyond_engine(table: Table, space: Space) -> list[Problem]:
    """The first of the engine's limits that the table passes, told before the engine sees it."""
    for part in combinations(table, space):
        try:
            refuse_too_many(table, part)
        except EngineLimit as limit:
            return [Problem(table.file, 1, "", limit.message, "error", "ENGINE_LIMIT")]
    return []


def _in_order(found: list[Problem]) -> list[Problem]:
    """By line, errors before warnings; beyond PROBLEMS_MOST only their number."""
    found.sort(key=lambda each: (each.file, each.line, each.severity, each.code, each.row, each.message))
    if len(found) <= PROBLEMS_MOST:
        return found
    worst: Severity = "error" if any(each.severity == "error" for each in found) else "warning"
    kept = sorted(found, key=lambda each: each.severity)[:PROBLEMS_MOST]
    last = kept[-1]
    more = f"and {len(found) - PROBLEMS_MOST:,} more problems: mend these first."
    return [*kept, Problem(last.file, last.line, "", more, worst, last.code)]


def _outputs(table: Table, decision: Decision) -> Iterator[Problem]:
    """Rows that give what the decision may not give."""
    for row in table.rows:
        for given in decision.outputs:
            if given.name not in row.then:
                said = f"{row.row_id} does not give {given.name}."
            elif not _may_give(row.then[given.name], given):
                said = f"{row.row_id} gives {given.name} {row.then[given.name]}: {_allowed(given)}."
            else:
                continue
            yield Problem(table.rows_file, row.line, row.row_id, said, "error", "OUTPUT_RANGE")


def _may_give(value: Value, given: Given) -> bool:
    if value is None:
        return given.none
    if given.kind == "int":
        return isinstance(value, int) and not isinstance(value, bool) and given.least <= value <= given.most
    words = value if isinstance(value, tuple) else (value,)
    return not given.values or all(word in given.values for word in words)


def _allowed(given: Given) -> str:
    if given.kind == "int":
        return f"it lies from {given.least:,} to {given.most:,}"
    return f"use {', '.join(given.values)}" if given.values else "it must be given"


def _words(table: Table, decision: Decision, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Words the table declares for an input that the company's records do not have."""
    kinds = {known.name: known.of for known in decision.inputs if known.of}
    guesses = count()
    for given in table.inputs:
        if given.name in kinds:
            kept = _KEPT[kinds[given.name]]
            known: frozenset[str] = getattr(vocabulary, kinds[given.name])
            for word in given.values:
                if word not in known and word != OTHER:
                    near = nearest(word, sorted(known), guess=next(guesses) < GUESSES_MOST)
                    yield _unknown(table, given, word, kept, (near, sorted(known)))


def _unknown(table: Table, given: Input, word: str, kept: _Kept, instead: tuple[str, list[str]]) -> Problem:
    """The word with the first row that names it; without one, the table's header is at fault."""
    said = f"the company has no {kept.said} {word}"
    near, known = instead
    told = f"{near} {_all_of(known)}" if near.startswith("did you mean") else near
    message = f"{said}: {told}."
    for row in table.rows:
        condition = row.when.get(given.name)
        if isinstance(condition, OneOf) and word in condition.values:
            return Problem(table.rows_file, row.line, row.row_id, message, kept.severity, kept.code)
    return Problem(table.file, 1, "", f"{given.name}: {message}", kept.severity, kept.code)


def _all_of(known: list[str]) -> str:
    more = f" and {len(known) - WORDS_TOLD:,} more" if len(known) > WORDS_TOLD else ""
    return f"It has {', '.join(known[:WORDS_TOLD])}{more}"
