"""The one door to durable_rules: it answers every cell of a table, inside its safe profile.

The library is exact for one flat fact a decision and rules that are an `$and` of typed comparisons; outside
that it crashes, hangs or errs. So every decision has a session of its own, deleted after it; the stored
state is looked at for an exception; and what passes one of its limits is refused before it sees it. Its own
host is left out: that would look after the rulesets in threads of its own.

Call `evaluate` where a process may die: gateway.worker does. The library is loaded by the first call, so
that reading stored answers never brings it into a server.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any, Final, Self

import numpy as np

from rules.answers import (
    NO_ROW,
    OVERLAPS_MOST,
    AllRows,
    Answers,
    BadAnswers,
    OneRow,
    Overlap,
    decode,
    encode,
)
from rules.cells import Space, intervals, space_of
from rules.columns import ROWS_MOST, Table
from rules.combinations import Combination, combinations
from rules.rulesets import ALWAYS, EngineLimit, Fact, Rule, fact_of, layers_of, refuse_too_many

__all__ = [
    "Answers",
    "BadAnswers",
    "EngineFault",
    "EngineLimit",
    "Overlap",
    "decode",
    "encode",
    "evaluate",
]

NAMED_MOST: Final = 2_000_000
"""Rows named in all the different answers of a collect table."""

Places = tuple[int, ...]
"""Rows that fired, by their places in the table, lowest first."""

_numbers = count(1)


class EngineFault(RuntimeError):
    """The engine gave no answer, or one that cannot be: nothing of what it said may be used."""


def evaluate(table: Table) -> Answers:
    """The engine has answered every cell of every interval of the table.

    Raises TooManyCells, EngineLimit where the table is beyond a limit of the engine, and EngineFault where
    the engine fails; the library may also end, stop or swell the process it runs in, and then MemoryError.
    """
    space, spans = space_of(table), intervals(table)
    holding = [frozenset(span.places) for span in spans]
    found: list[list[Places]] = [[()] * space.size for _ in spans]
    alike = _Alike(table)
    parts = list(combinations(table, space))
    for part in parts:
        refuse_too_many(table, part)
    for part in parts:
        cells = part.cells(space)
        known: dict[Places, list[Places]] = {}
        for answers, held in zip(found, holding, strict=True):
            rows = tuple(place for place in part.rows if place in held)
            if rows not in known:
                known[rows] = alike.shared(_decided(table, space, part, rows))
            for cell, places in zip(cells, known[rows], strict=True):
                answers[cell] = places
    return _answers(table, space, found)


def _decided(table: Table, space: Space, part: Combination, rows: Places) -> list[Places]:
    """For each cell of the combination, the rows that fire; without any rows there is nothing to ask."""
    facts = [fact_of(space, cell) for cell in part.cells(space)]
    layers = layers_of(table, space, part, rows)
    return _first(layers, facts) if table.hit == "first" else _all(layers, facts)


def _first(layers: Iterable[list[Rule]], facts: Sequence[Fact]) -> list[Places]:
    """For each fact the first row that fires. Later rulesets are asked only what no earlier one answered."""
    found: list[Places] = [()] * len(facts)
    left = list(range(len(facts)))
    for rules in layers:
        with _Ruleset(rules) as ruleset:
            for number in left:
                found[number] = ruleset.fire_first(facts[number])
        left = [number for number in left if not found[number]]
        if not left:
            break
    return found


def _all(layers: Iterable[list[Rule]], facts: Sequence[Fact]) -> list[Places]:
    """For each fact all rows that fire."""
    found: list[Places] = [()] * len(facts)
    for rules in layers:
        with _Ruleset(rules) as ruleset:
            for number, fact in enumerate(facts):
                found[number] += ruleset.fire_all(fact)
    return found


class _Ruleset:
    """A ruleset of the library, from its loading until it is deleted."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        from durable import engine as library

        self._library: Any = library
        self._fired: list[int] = []
        written = {
            f"r{number}": _written(rule, self._recorder(rule.place)) for number, rule in enumerate(rules)
        }
        written["none"] = _written(Rule(ROWS_MOST, ()), _nothing)
        try:
            self._ruleset: Any = library.Ruleset(f"table{next(_numbers)}", None, written)
        except MemoryError:
            raise
        except Exception as failed:
            raise EngineFault(f"The engine did not load {len(rules):,} rules: {failed}") from failed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._library.durable_rules_engine.delete_ruleset(self._ruleset._handle)  # noqa: SLF001  it has no other door

    def fire_first(self, fact: Fact) -> Places:
        """The row that fires for the fact as an event: the one of least place, or none."""
        fired = self._fire(fact, self._ruleset.assert_event)
        if len(fired) > 1:
            raise EngineFault(f"The engine fired {len(fired)} rows where it may fire one.")
        return fired

    def fire_all(self, fact: Fact) -> Places:
        """All rows that fire for the fact."""
        return self._fire(fact, self._ruleset.assert_fact)

    def _fire(self, fact: Fact, told: Callable[[dict[str, Any]], Any]) -> Places:
        session = f"s{next(_numbers)}"
        self._fired.clear()
        try:
            self._ruleset.do_actions(told({"sid": session, **fact}), _ended)
        except MemoryError:
            raise
        except Exception as failed:
            raise EngineFault(f"The engine did not decide: {type(failed).__name__} {failed}") from failed
        self._check(session)
        self._ruleset.delete_state(session)
        return tuple(sorted(self._fired))

    def _check(self, session: str) -> None:
        """An exception while a row was recorded is kept in the session's state, and nowhere else."""
        exception = self._ruleset.get_state(session).get("exception")
        if exception:
            raise EngineFault(f"The engine did not record what it fired: {exception}")
        if len(set(self._fired)) != len(self._fired):
            raise EngineFault("The engine fired a row twice for one fact.")

    def _recorder(self, place: int) -> Callable[[object], None]:
        def record(_told: object) -> None:
            self._fired.append(place)

        return record


def _written(rule: Rule, run: Callable[[object], None]) -> dict[str, Any]:
    """The rule as the library takes it: the lower `pri`, the sooner it fires."""
    comparisons = [
        {operator: {name: constant}} if operator else {name: constant}
        for name, operator, constant in (*rule.when, (ALWAYS, "", 1))
    ]
    return {"all": [{"m": {"$and": comparisons}}], "pri": rule.place + 1, "run": run}


def _nothing(_told: object) -> None:
    """Records no row.

    The rule that runs it fits every fact. The library frees what it noted about a session's last action, and
    sets that only when one runs: deleting a session in which none has run frees whatever lies there.
    """


def _ended(error: BaseException | str | None, _state: object) -> None:
    """What the library tells of its own failure is raised: it would otherwise be lost."""
    if error:
        raise EngineFault(f"The engine failed while it fired: {error}")


class _Alike:
    """Answers of a table that name the same rows are one object, and the rows they name are counted."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._kept: dict[Places, Places] = {}
        self._named = 0

    def shared(self, answers: Sequence[Places]) -> list[Places]:
        """The answers, each as the one object that stands for it. Raises EngineLimit."""
        return [self._kept.get(each) or self._new(each) for each in answers]

    def _new(self, answer: Places) -> Places:
        self._named += len(answer)
        if self._named > NAMED_MOST:
            raise EngineLimit(
                self._table.file,
                "rows are named in its different answers",
                self._named,
                NAMED_MOST,
                "Let fewer rows fit the same facts.",
            )
        return self._kept.setdefault(answer, answer)


def _answers(table: Table, space: Space, found: Sequence[Sequence[Places]]) -> Answers:
    if table.hit == "collect":
        everything: tuple[AllRows, ...] = tuple(tuple(answers) for answers in found)
        return Answers("collect", space.size, everything)
    columns: tuple[OneRow, ...] = tuple(
        np.fromiter((places[0] if places else NO_ROW for places in answers), np.int32, space.size)
        for answers in found
    )
    several = [
        Overlap(interval, cell, places)
        for interval, answers in enumerate(found)
        for cell, places in enumerate(answers)
        if len(places) > 1
    ]
    more = max(0, len(several) - OVERLAPS_MOST)
    return Answers(table.hit, space.size, columns, tuple(several[:OVERLAPS_MOST]), more)
