"""One input of a table cut into parts: facts in one part are the same to every row.

A whole number is cut where the rows' bounds lie, an enum at the words the rows name, a bool in two where a
row asks for it. Words no row names share a part with each other and with `OTHER`, the words nobody
declared, unless a row names `other` itself. An input no row asks about has one part.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rules.columns import OTHER, Condition, Input, OneOf, Range, Value

WORDS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Part:
    """What one code of an input stands for: one of its values, and all of them in words."""

    one: str | int | bool
    words: str


@dataclass(frozen=True, slots=True)
class Cut:
    """One input cut into parts; a part's place is its code.

    `codes` holds the values that have a code of their own or share a known one; any other value of an enum
    has the code `rest`. `starts` are the least numbers of every part of an int but the first, which also
    takes all that is lower; the last takes all that is higher.
    """

    name: str
    kind: str
    parts: tuple[Part, ...]
    codes: Mapping[str | bool, int]
    rest: int
    starts: tuple[int, ...]

    def code_of(self, value: Value) -> int:
        """The code of the part the value lies in. A value of another kind is a TypeError."""
        if self.kind == "int":
            if isinstance(value, bool) or not isinstance(value, int):
                raise TypeError(f"{self.name} is a whole number, not {value!r}")
            return bisect_right(self.starts, value)
        if self.kind == "bool":
            if not isinstance(value, bool):
                raise TypeError(f"{self.name} is true or false, not {value!r}")
            return self.codes[value]
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{self.name} is a word, not {value!r}")
        return self.rest if value is None else self.codes.get(value, self.rest)

    def codes_of(self, column: NDArray[np.generic], values: tuple[str, ...]) -> NDArray[np.int64]:
        """The code of each value of the column.

        Words come as text, as objects, or already as places in the input's `values`, -1 being none of them.
        """
        if self.kind == "int":
            return np.searchsorted(np.asarray(self.starts, np.int64), column, side="right")
        if self.kind == "bool":
            return np.take(np.array([self.codes[False], self.codes[True]], np.int64), column.astype(np.int8))
        if np.issubdtype(column.dtype, np.integer):
            if len(column) and column.min() < -1:
                raise ValueError(f"{self.name} holds {column.min()}, which is no place in its values.")
            known = [self.codes.get(value, self.rest) for value in values]
            return np.take(np.array([*known, self.rest], np.int64), column.astype(np.int64))
        if column.dtype == object:
            words = (self.codes.get(value, self.rest) for value in column.tolist())
            return np.fromiter(words, np.int64, len(column))
        return self._codes_of_text(column)

    def _codes_of_text(self, column: NDArray[np.generic]) -> NDArray[np.int64]:
        words = sorted(str(word) for word in self.codes)
        known = np.array(words)
        places = np.searchsorted(known, column)
        places[places == len(words)] = 0
        codes = np.array([self.codes[word] for word in words], np.int64)[places]
        codes[known[places] != column] = self.rest
        return codes


def fits(condition: Condition, value: Value) -> bool:
    """Whether the condition takes the value; a word nobody declared is given as OTHER."""
    if isinstance(condition, Range):
        assert isinstance(value, int)
        above = condition.least is None or value >= condition.least
        return above and (condition.most is None or value <= condition.most)
    return (value in condition.values) != condition.negated


def cut_at(given: Input, conditions: Sequence[Condition], same: Sequence[Input]) -> Cut:
    """The input cut at what the conditions mention; `same` are the inputs of that name it was joined from."""
    if given.kind == "int":
        return _cut_numbers(given, conditions)
    named: set[str | bool] = set()
    for condition in conditions:
        assert isinstance(condition, OneOf)
        named |= condition.values
    if given.kind == "bool":
        return _cut_truth(given, asked=bool(named))
    if OTHER in named:  # a word only some of the tables declare is `other` to the rest of them
        named |= {word for word in given.values if any(word not in each.values for each in same)}
    return _cut_words(given, named)


def _cut_words(given: Input, named: set[str | bool]) -> Cut:
    """Each named word a code, then one for all other declared words, shared with OTHER unless it is named."""
    own = [value for value in given.values if value in named]
    shared = [value for value in given.values if value not in named]
    codes: dict[str | bool, int] = {value: code for code, value in enumerate(own)}
    parts = [Part(value, value) for value in own]
    if OTHER not in named:
        parts.append(Part(shared[0] if shared else OTHER, _in_words([*shared, OTHER])))
        rest = len(own)
    else:
        if shared:
            codes |= dict.fromkeys(shared, len(parts))
            parts.append(Part(shared[0], _in_words(shared)))
        rest = len(parts)
        parts.append(Part(OTHER, OTHER))
    return Cut(given.name, given.kind, tuple(parts), codes, rest, ())


def _in_words(words: Sequence[str]) -> str:
    if len(words) <= WORDS_SHOWN + 1:
        return " or ".join(words)
    return f"{' or '.join(words[:WORDS_SHOWN])} or {len(words) - WORDS_SHOWN:,} more"


def _cut_truth(given: Input, *, asked: bool) -> Cut:
    if not asked:
        return Cut(given.name, given.kind, (Part(one=False, words="any"),), {False: 0, True: 0}, 0, ())
    parts = (Part(one=False, words="false"), Part(one=True, words="true"))
    return Cut(given.name, given.kind, parts, {False: 0, True: 1}, 0, ())


def _cut_numbers(given: Input, conditions: Sequence[Condition]) -> Cut:
    starts = {given.least}
    for condition in conditions:
        assert isinstance(condition, Range)
        if condition.least is not None:
            starts.add(condition.least)
        if condition.most is not None:
            starts.add(condition.most + 1)
    ordered = sorted(start for start in starts if given.least <= start <= given.most)
    ends = [start - 1 for start in ordered[1:]] + [given.most]
    parts = tuple(
        Part(start, f"{start}" if start == end else f"{start}..{end}")
        for start, end in zip(ordered, ends, strict=True)
    )
    return Cut(given.name, given.kind, parts, {}, 0, tuple(ordered[1:]))
