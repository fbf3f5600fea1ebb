"""The rules of one small ruleset, written inside the engine's safe profile and within its limits.

A rule is a list of comparisons that must all hold, each of one property of a flat fact with a constant of
its kind. What a row says otherwise is written out: `not` and lists become one rule for each word they
take. The words of the combination come first and in one order, so that rules share them. Inputs are named
by their place: no name an analyst chooses can meet one the engine uses.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product, repeat
from typing import Final

from rules.cells import Cut, Space, fits
from rules.columns import Condition, Range, Table
from rules.combinations import Combination

RULES_MOST: Final = 4_000
"""Rules one combination of words may be written out into."""

LAYERS: Final = (8, 16, 32, 48)
"""Rules in the first, second, third and every later ruleset of a combination.

At 48 rules none of the library's limits can be met: 512 comparisons in one place, 256 rules with the same
conditions, 64 comparisons true at one time.
"""

Comparison = tuple[str, str, str | int | bool]
"""The property of a fact, the engine's word for the comparison ("" is equality), and the constant."""
Fact = Mapping[str, str | int | bool]

ALWAYS: Final = "always"
"""A property every fact has, since a rule must compare something."""


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


def refuse_too_many(table: Table, part: Combination) -> None:
    """Nothing, where the combination's rows can be written out. Raises EngineLimit."""
    if part.rules > RULES_MOST:
        raise EngineLimit(
            table.file,
            "rules are needed to write out the lists of words in its rows",
            part.rules,
            RULES_MOST,
            "Use fewer lists and `not` in one row, or group the words into classes.",
        )


def layers_of(table: Table, space: Space, part: Combination, rows: Sequence[int]) -> Iterator[list[Rule]]:
    """The rules that state the rows within the combination, by ruleset, in table order; none is empty."""
    rules = (Rule(place, when) for place in rows for when in _written_out(table, space, part, place))
    for most in chain(LAYERS, repeat(LAYERS[-1])):
        layer = list(islice(rules, most))
        if not layer:
            return
        yield layer


def _written_out(
    table: Table, space: Space, part: Combination, place: int
) -> Iterator[tuple[Comparison, ...]]:
    """What must all hold, once for each combination of words the row takes: words first, then bounds."""
    when = table.rows[place].when
    alternatives = [
        _alternatives(property_of(number), cut, when.get(cut.name), code)
        for number, (cut, code) in enumerate(zip(space.cuts, part.codes, strict=True))
    ]
    for chosen in product(*alternatives):
        together = list(chain.from_iterable(chosen))
        words = [each for each in together if not each[1]]
        bounds = [each for each in together if each[1]]
        yield (*words, *bounds)


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
