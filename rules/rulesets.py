"""The rules of one small ruleset, written inside the engine's safe profile and within its limits.

A rule is a list of comparisons that must all hold, each of one property of a flat fact with a constant of
its kind. What a row says otherwise is written out: `not` and lists become one rule for each word they
take. The words of the combination come first and in one order, so that rules share them. Inputs are named
by their place: no name an analyst chooses can meet one the engine uses.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final, Self

from rules.cells import Cut, Space, fits
from rules.columns import Condition, Range, Table
from rules.combinations import Combination

RULES_MOST: Final = 4_000
NEXT_MOST: Final = 500
SAME_MOST: Final = 250
TRUE_MOST: Final = 64
"""Of one ruleset: its rules; different comparisons that may follow one another; rules with the same
comparisons; comparisons that are true of one fact and wait to be followed."""

Comparison = tuple[str, str, str | int | bool]
"""The property of a fact, the engine's word for the comparison ("" is equality), and the constant."""
Fact = Mapping[str, str | int | bool]

ALWAYS: Final = "always"
"""A property every fact has, for rules that ask nothing."""


class EngineLimit(ValueError):
    """A table asks more of the engine than it can do: `figure` is above `limit`, and it saw nothing of it."""

    def __init__(self, file: str, what: str, figure: int, limit: int, next_step: str) -> None:
        self.file = file
        self.what = what
        self.figure = figure
        self.limit = limit
        self.next_step = next_step
        self.message = f"{figure:,} {what}, and the engine can take {limit:,}. {next_step}"
        super().__init__(f"{file}: {self.message}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the place of the row it stands for, and what must all hold."""

    place: int
    when: tuple[Comparison, ...]


def fact_of(space: Space, cell: int) -> dict[str, str | int | bool]:
    """The flat fact that stands for the cell: every input under the name of its place."""
    fact: dict[str, str | int | bool] = {ALWAYS: 1}
    for place, (cut, code) in enumerate(zip(space.cuts, space.codes_of_cell(cell), strict=True)):
        fact[property_of(place)] = cut.parts[code].one
    return fact


def property_of(place: int) -> str:
    """The engine's name for the input at the place."""
    return f"in{place}"


def rules_of(table: Table, space: Space, part: Combination, rows: Sequence[int]) -> list[Rule]:
    """The rules that state the rows within the combination, in table order, within the engine's limits.

    Raises EngineLimit.
    """
    written = [_Row(table, space, part, place) for place in rows]
    figure = sum(row.rules for row in written)
    if figure > RULES_MOST:
        raise EngineLimit(
            table.file,
            "rules are needed to write out the lists of words in its rows",
            figure,
            RULES_MOST,
            "Use fewer lists and `not` in one row, or group the words into classes.",
        )
    rules = [Rule(row.place, when) for row in written for when in row.written_out()]
    _refuse_same(table, rules)
    steps = _Step.of(rules)
    widest = steps.widest()
    if widest > NEXT_MOST:
        raise EngineLimit(
            table.file,
            "different values or bounds are compared in one place",
            widest,
            NEXT_MOST,
            "Let the rows name fewer different values or bounds of one input.",
        )
    if steps.count() >= TRUE_MOST:
        _refuse_many_true(table, steps, (fact_of(space, cell) for cell in part.cells(space)))
    return rules


class _Row:
    """A row within a combination, ready to be written out."""

    def __init__(self, table: Table, space: Space, part: Combination, place: int) -> None:
        self.place = place
        when = table.rows[place].when
        self._alternatives = [
            _alternatives(property_of(number), cut, when.get(cut.name), code)
            for number, (cut, code) in enumerate(zip(space.cuts, part.codes, strict=True))
        ]
        self.rules = prod(len(each) for each in self._alternatives)

    def written_out(self) -> Iterable[tuple[Comparison, ...]]:
        """What must all hold, once for each combination of words the row takes: words first, then bounds."""
        for chosen in product(*self._alternatives):
            words = [each for together in chosen for each in together if not each[1]]
            bounds = [each for together in chosen for each in together if each[1]]
            yield (*words, *bounds) or ((ALWAYS, "", 1),)


def _alternatives(
    name: str, cut: Cut, condition: Condition | None, code: int | None
) -> list[tuple[Comparison, ...]]:
    """The ways in which the input can be as the row wants it, one of which must hold; () asks nothing."""
    if isinstance(condition, Range):
        return [_bounds(name, condition)]
    if code is not None and cut.kind != "int":
        return [((name, "", cut.parts[code].one),)]
    if condition is None:
        return [()]
    return [((name, "", part.one),) for part in cut.parts if fits(condition, part.one)]


def _bounds(name: str, condition: Range) -> tuple[Comparison, ...]:
    if condition.least is not None and condition.least == condition.most:
        return ((name, "$eq", condition.least),)
    least = () if condition.least is None else ((name, "$gte", condition.least),)
    most = () if condition.most is None else ((name, "$lte", condition.most),)
    return (*least, *most)


def _refuse_same(table: Table, rules: Sequence[Rule]) -> None:
    when, same = Counter(rule.when for rule in rules).most_common(1)[0] if rules else ((), 0)
    if same > SAME_MOST:
        first = next(rule.place for rule in rules if rule.when == when)
        raise EngineLimit(
            table.file,
            f"rows have the same conditions as row {table.rows[first].row_id}",
            same,
            SAME_MOST,
            "Join rows that say the same, or let them look at one more input.",
        )


def _refuse_many_true(table: Table, steps: "_Step", facts: Iterable[Fact]) -> None:
    most = max(steps.waiting(fact) for fact in facts)
    if most > TRUE_MOST:
        raise EngineLimit(
            table.file,
            "ranges are true of one and the same fact",
            most,
            TRUE_MOST,
            "Write ranges that do not overlap (1..5, 6..10) instead of many open ones (>= 1, >= 6).",
        )


class _Step:
    """A comparison the rules of a ruleset share, and those that follow it: how the engine keeps rules."""

    def __init__(self) -> None:
        self.next: dict[Comparison, Self] = {}

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> Self:
        first = cls()
        for rule in rules:
            step = first
            for comparison in rule.when:
                step = step.next.setdefault(comparison, cls())
        return first

    def count(self) -> int:
        return len(self.next) + sum(step.count() for step in self.next.values())

    def widest(self) -> int:
        return max(len(self.next), *(step.widest() for step in self.next.values()), 0)

    def waiting(self, fact: Fact) -> int:
        """At most so many comparisons wait at one time when the engine follows the fact."""
        true = [step for comparison, step in self.next.items() if _holds(comparison, fact)]
        return max(len(true), *(len(true) - 1 + step.waiting(fact) for step in true), 0)


def _holds(comparison: Comparison, fact: Fact) -> bool:
    name, operator, constant = comparison
    value = fact[name]
    if operator in {"$gte", "$lte"}:
        assert isinstance(value, int)
        assert isinstance(constant, int)
        return value >= constant if operator == "$gte" else value <= constant
    return value == constant
