"""What every step of a rule book has in common: the one lock, the instant, who may, and what is refused."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from datasources.store import clock, rulebooks
from datasources.store.locks import lock_rule_books
from datasources.store.rulebook_tables import LABEL_MAX
from datasources.store.rulebooks import Activation, Kind, Rulebook, State, Step, StoredFile
from datasources.store.tables import REASON_MAX
from datasources.store.unit import Tx
from resolvers.flows.deps import Caller
from resolvers.flows.rulebook_check import Checked
from resolvers.flows.rulebook_standing import BookState, Standing, in_force, standing
from rules.answers import encode
from rules.errors import (
    AlreadyInForce,
    NotForThisRole,
    ReasonMissing,
    TextTooLong,
    UnknownRuleBook,
    WrongStep,
)

VERSION_SHOWN = 12
"""Letters of a version that people are shown; they may be given in its place."""

NEXT_STEPS: Mapping[BookState, str] = {
    "draft": "Hand it in again: its checks did not end.",
    "checked": "Simulate it and hand it in with `earmark rules submit`.",
    "simulated": "Hand it in with `earmark rules submit`.",
    "submitted": "Have a second person approve it with `earmark rules approve`.",
    "approved": "Activate it with `earmark rules activate`.",
    "rejected": "Mend it and hand it in with `earmark rules submit`.",
    "active": "It is in force, so that there is nothing to do.",
    "superseded": "It was in force before: go back to it with `earmark rules rollback --to`, or activate it.",
}
"""What comes next for a book, by where it stands."""


@dataclass(slots=True)
class Books:
    """All books' activations under the lock, and the one instant of the step."""

    tx: Tx
    now: datetime
    activations: list[Activation]

    async def find(self, version: str) -> Standing:
        """Where the book stands. Raises UnknownRuleBook."""
        return await self.standing(await named(self.tx, version))

    async def standing(self, book: Rulebook) -> Standing:
        steps = await rulebooks.steps(self.tx, [book.version])
        return standing(book, steps[book.version], self.activations, self.now)

    async def step(self, book: Rulebook, state: State, person: str, reason: str = "", **details: Any) -> None:
        await rulebooks.add_step(self.tx, Step(book.version, state, self.now, person, reason, details))

    async def take_over(
        self, book: Rulebook, instant: datetime | None, how: tuple[str, str, Kind]
    ) -> Standing:
        """From the instant on the book decides. `how`: who, why, and whether it is a rollback.

        Raises AlreadyInForce.
        """
        then = in_force(self.activations, instant or self.now)
        if then is not None and then.version == book.version:
            raise AlreadyInForce(shown_version(book.version))
        await rulebooks.activate(self.tx, Activation(book.version, instant, self.now, *how))
        self.activations = await rulebooks.activations(self.tx)
        return await self.standing(book)

    async def put(self, found: Checked, caller: Caller, note: str) -> Standing:
        """The checked book is in the store as a draft; one that waits or decides already is left as it is."""
        label = (note.splitlines() or [""])[0][:LABEL_MAX]
        book = Rulebook(found.version, label, self.now, caller.person, note)
        keys = found.keys
        files = [StoredFile(name, content, keys.get(name)) for name, content in found.files.items()]
        await rulebooks.put(self.tx, book, files)
        made = {keys[found.tables[name].file]: encode(answers) for name, answers in found.answers.items()}
        await rulebooks.put_answers(self.tx, made, self.now)
        now = await self.find(found.version)
        if now.is_new or now.state == "rejected":
            figures = {"errors": len(found.errors), "warnings": len(found.problems) - len(found.errors)}
            await self.step(book, "draft", caller.person, note)
            await self.step(book, "checked", caller.person, "", **figures)
        return await self.find(found.version)


async def open_books(tx: Tx) -> Books:
    """No other step is taken until the transaction ends."""
    await lock_rule_books(tx)
    return Books(tx, await clock.now(tx), await rulebooks.activations(tx))


async def named(tx: Tx, version: str) -> Rulebook:
    """The book of that version, or the only one whose version begins so. Raises UnknownRuleBook."""
    book = await rulebooks.find(tx, version) if version else None
    if book is None:
        raise UnknownRuleBook(version[:80])
    return book


def shown_version(version: str) -> str:
    """The version as people are shown it."""
    return version[:VERSION_SHOWN]


def check_role(caller: Caller, step: str, needs: frozenset[str]) -> None:
    """Nothing, where the caller may take the step. Raises NotForThisRole."""
    if not caller.roles & needs:
        raise NotForThisRole(step, needs)


def check_text(what: str, given: str) -> None:
    """Nothing, where the text can be kept. Raises TextTooLong."""
    plain = given.replace("\n", " ").replace("\t", " ")
    if len(given) > REASON_MAX or not plain.isprintable():
        raise TextTooLong(what, len(given), REASON_MAX)


def check_reason(step: str, given: str) -> None:
    """Nothing, where there is a reason and it can be kept. Raises ReasonMissing and TextTooLong."""
    if not given.strip():
        raise ReasonMissing("rule book", step)
    check_text("reason", given)


def check_state(now: Standing, needed: Iterable[BookState], step: str) -> None:
    """Nothing, where the book stands where the step begins. Raises WrongStep."""
    if now.state not in needed:
        raise WrongStep(shown_version(now.book.version), now.state, step, NEXT_STEPS[now.state])


def is_among(person: str, people: Iterable[str]) -> bool:
    """Whether the person is one of them, however the name is written."""
    return _as_one(person) in {_as_one(each) for each in people}


def _as_one(person: str) -> str:
    """The name without what only its writing adds: case, width of letters, spaces around, unseen signs."""
    seen = "".join(sign for sign in unicodedata.normalize("NFKC", person) if sign.isprintable())
    return seen.strip().casefold()
