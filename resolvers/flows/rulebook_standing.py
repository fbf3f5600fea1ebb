"""Where a rule book stands: read off the steps it took and the activations of all books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from datasources.store.rulebooks import Activation, Rulebook, State, Step

BookState = Literal[
    "draft", "checked", "simulated", "submitted", "approved", "rejected", "active", "superseded"
]

ORDER: tuple[State, ...] = ("draft", "checked", "simulated", "submitted", "approved")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a book stands.

    `activation` put it in force or will: the one that counts now, else the next to come, else its last.
    `next` is the first activation of any book still to come after now.
    """

    book: Rulebook
    state: BookState
    is_new: bool
    is_simulated: bool
    handed_in_by: frozenset[str]
    approved_by: str | None
    activation: Activation | None
    next: Activation | None

    @property
    def is_to_come(self) -> bool:
        """Whether it decides from a later instant on, and not now."""
        if self.state == "active" or self.activation is None or self.next is None:
            return False
        starts, first = self.activation.active_from, self.next.active_from
        return starts is not None and first is not None and starts >= first

    @property
    def may_be_activated(self) -> bool:
        """Whether a second person approved it, or it has decided before."""
        return self.state in ("approved", "active", "superseded")


def standing(
    book: Rulebook, steps: Sequence[Step], activations: Sequence[Activation], now: datetime
) -> Standing:
    """Where the book stands at `now`. The steps are its own, oldest first; the activations of all books."""
    current, round_ = in_force(activations, now), _round(steps)
    return Standing(
        book,
        _state(book.version, round_, activations, now),
        is_new=not steps,
        is_simulated=any(step.state == "simulated" for step in round_),
        handed_in_by=frozenset({book.author, *_who_handed_in(steps)}),
        approved_by=next((step.person for step in reversed(round_) if step.state == "approved"), None),
        activation=_activation_of(book.version, activations, current, now),
        next=next((each for each in activations if not each.has_begun(now)), None),
    )


def in_force(activations: Sequence[Activation], instant: datetime) -> Activation | None:
    """The activation that counts at the instant: the last that has begun by then."""
    return next((each for each in reversed(activations) if each.has_begun(instant)), None)


def path_to(activations: Sequence[Activation], now: datetime) -> list[str]:
    """The versions one can go back along: those in force one after the other, the current one last.

    What a rollback left behind is no longer among them, so that going back twice goes back by two.
    """
    path: list[str] = []
    for each in activations:
        if not each.has_begun(now):
            break
        if each.kind == "rollback" and each.version in path:
            del path[path.index(each.version) + 1 :]
        elif path[-1:] != [each.version]:
            path.append(each.version)
    return path


def _who_handed_in(steps: Sequence[Step]) -> set[str]:
    return {step.person for step in steps if step.state in ("draft", "checked", "submitted")}


def _round(steps: Sequence[Step]) -> Sequence[Step]:
    """The steps since the book was last drafted: one that was rejected may be handed in anew."""
    starts = [number for number, step in enumerate(steps) if step.state == "draft"]
    return steps[starts[-1] :] if starts else steps


def _state(
    version: str, steps: Sequence[Step], activations: Sequence[Activation], now: datetime
) -> BookState:
    current = in_force(activations, now)
    if current is not None and current.version == version:
        return "active"
    if any(each.version == version and each.has_begun(now) for each in activations):
        return "superseded"
    taken = {step.state for step in steps}
    if "rejected" in taken:
        return "rejected"
    return next((state for state in reversed(ORDER) if state in taken), "draft")


def _activation_of(
    version: str, activations: Sequence[Activation], current: Activation | None, now: datetime
) -> Activation | None:
    if current is not None and current.version == version:
        return current
    own = [each for each in activations if each.version == version]
    to_come = [each for each in own if not each.has_begun(now)]
    return (to_come or own[-1:] or [None])[0]  # type: ignore[list-item]
