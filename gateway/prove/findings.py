"""What can be wrong with a history, one finding each."""

from dataclasses import dataclass
from typing import Literal

About = Literal["order", "sequence", "clock", "key", "basket", "books", "conservation", "deadlock"]
"""order: no order of the operations explains the answers. sequence: the order the store gave is not one that
happened. clock: an instant is not the database's at that time. key: a request had not exactly one effect and
one outcome. basket: a part of all-or-nothing. books: they differ from what was answered. conservation: parts
do not sum. deadlock: requests waited for each other in a circle."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a correct store cannot have done."""

    about: About
    says: str
    item: str | None = None
    key: str | None = None
