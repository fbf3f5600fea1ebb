"""Chance that falls the same way everywhere: on every run, machine and Python.

Only `Random.random()` is used, the one method whose sequence Python promises not to change for a text seed.
Each throw has its own key, so a larger company holds the smaller one's figures unchanged.
"""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Throws that depend on the key alone."""

    def __init__(self, *key: object) -> None:
        self._random = Random("/".join(str(part) for part in key))  # noqa: S311  nothing here is a secret

    def between(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def chance(self, percent: int) -> bool:
        """Return True in `percent` of a hundred throws."""
        return self.between(1, 100) <= percent

    def pick(self, options: Sequence[T]) -> T:
        """Return one of `options`, each as likely as the other."""
        return options[self.between(0, len(options) - 1)]
