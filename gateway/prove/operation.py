"""What one call did to one item: the step that the model of an item takes."""

from dataclasses import dataclass
from typing import Literal

from gateway.prove.history import NEVER, Act, Ask, Parts, Reason

BEFORE_ALL = -NEVER


@dataclass(frozen=True, slots=True)
class Op:
    """What one call did, or may have done, to one item.

    It took effect between `invoked` and `ended` of the clients' clock, at an instant of the database's from
    `earliest` to `latest`. `kind` is `unknown` where it may not have happened at all.
    """

    number: int
    act: Act | Literal["books"]
    kind: Literal["ok", "refused", "unknown"]
    ask: Ask
    invoked: int
    ended: int = NEVER
    reservation: str = ""
    wanted: int | None = None
    given: int | None = None
    expires_us: int | None = None
    reason: Reason = ""
    earliest: int = BEFORE_ALL
    latest: int = NEVER
    sequence: int | None = None
    place: int | None = None
    line: int = 0
    key: str | None = None
    beside: str = ""
    books: tuple[Parts, ...] = ()

    @property
    def looks_only(self) -> bool:
        """It takes no lock and changes nothing."""
        return self.act in {"read", "books"}
