"""The life of a rule book: drafted, checked, tried out, handed in, approved by a second person, in force.

Each step is one transaction under one lock, so that it is taken or not, whoever else takes one meanwhile.
What a step rests on beyond the store (reading, checking, the engine's answers) is done before it begins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from datasources.store import rulebooks
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.rulebook_check import Checked, checked
from resolvers.flows.rulebook_first import ensure_first
from resolvers.flows.rulebook_standing import Standing, in_force, path_to
from resolvers.flows.rulebook_steps import (
    NEXT_STEPS,
    check_reason,
    check_role,
    check_state,
    check_text,
    is_among,
    named,
    open_books,
    shown_version,
)
from rules.errors import (
    ActivationInPast,
    NoEarlierRuleBook,
    NoRuleBook,
    NotSimulated,
    SamePerson,
    WrongStep,
)

__all__ = [
    "Drafted",
    "activate",
    "approve",
    "draft",
    "ensure_first",
    "record_simulation",
    "reject",
    "rollback",
    "submit",
    "submit_draft",
]

AUTHORS = frozenset({"analyst", "admin"})
APPROVERS = frozenset({"analyst", "steward", "admin"})


@dataclass(frozen=True, slots=True)
class Drafted:
    """What was found out about a book; `standing` is where it stands, None where it was not taken."""

    checked: Checked
    standing: Standing | None


async def draft(deps: Deps, files: Mapping[str, bytes], note: str, caller: Caller) -> Drafted:
    """The book is in the store, checked, where it has no errors; one that was there is told where it stands.

    Raises NotForThisRole, TextTooLong, TooManyRuleFiles, StoreUnavailable, NoEngine, and what the evaluator
    raises.
    """
    check_role(caller, "hand in", AUTHORS)
    check_text("note", note)
    found = await checked(deps, files)
    if found.errors:
        return Drafted(found, None)
    async with deps.store.writing() as tx:
        return Drafted(found, await (await open_books(tx)).put(found, caller, note))


async def submit(deps: Deps, files: Mapping[str, bytes], note: str, caller: Caller) -> Drafted:
    """The book waits for approval, where it has no errors. Raises as `draft` and `submit_draft` do."""
    drafted = await draft(deps, files, note, caller)
    if drafted.standing is None:
        return drafted
    return replace(drafted, standing=await submit_draft(deps, drafted.standing.book.version, note, caller))


async def submit_draft(deps: Deps, version: str, note: str, caller: Caller) -> Standing:
    """The drafted book waits for approval. Handing in again what waits already changes nothing.

    Raises NotForThisRole, TextTooLong, UnknownRuleBook, WrongStep, StoreUnavailable.
    """
    check_role(caller, "hand in", AUTHORS)
    check_text("note", note)
    async with deps.store.writing() as tx:
        books = await open_books(tx)
        now = await books.find(version)
        if now.state == "submitted" and is_among(caller.person, now.handed_in_by):
            return now
        check_state(now, ("checked", "simulated"), "submitted")
        against = in_force(books.activations, books.now)
        await books.step(now.book, "submitted", caller.person, note, against=against and against.version)
        return await books.standing(now.book)


async def record_simulation(deps: Deps, version: str, summary: Mapping[str, Any], caller: Caller) -> Standing:
    """What the book would have changed is in its history; `summary` are figures and short texts.

    One that waits for nothing any more keeps its history as it is. Raises UnknownRuleBook, StoreUnavailable.
    """
    async with deps.store.writing() as tx:
        books = await open_books(tx)
        now = await books.find(version)
        if now.state in ("checked", "simulated", "submitted"):
            await books.step(now.book, "simulated", caller.person, "", **summary)
        return await books.standing(now.book)


async def approve(deps: Deps, version: str, caller: Caller, reason: str = "") -> Standing:
    """A second person has approved the book; it may be activated.

    Raises NotForThisRole, TextTooLong, UnknownRuleBook, WrongStep, SamePerson, NotSimulated,
    StoreUnavailable.
    """
    check_role(caller, "approve", APPROVERS)
    check_text("reason", reason)
    async with deps.store.writing() as tx:
        books = await open_books(tx)
        now = await books.find(version)
        check_state(now, ("submitted",), "approved")
        if is_among(caller.person, now.handed_in_by):
            raise SamePerson(shown_version(now.book.version), caller.person)
        if not now.is_simulated and await rulebooks.have_inquiries(tx):
            raise NotSimulated(shown_version(now.book.version))
        await books.step(now.book, "approved", caller.person, reason)
        return await books.standing(now.book)


async def reject(deps: Deps, version: str, caller: Caller, reason: str) -> Standing:
    """The book is not to be used: a second person said no, or who handed it in took it back.

    Raises NotForThisRole, ReasonMissing, TextTooLong, UnknownRuleBook, WrongStep, StoreUnavailable.
    """
    check_role(caller, "reject", APPROVERS)
    check_reason("rejected", reason)
    async with deps.store.writing() as tx:
        books = await open_books(tx)
        now = await books.find(version)
        check_state(now, ("submitted", "approved"), "rejected")
        if now.activation is not None:
            step = (
                "Activate the one in force from the same instant instead: of two, the later recorded counts."
            )
            raise WrongStep(shown_version(now.book.version), "to be in force soon", "rejected", step)
        await books.step(now.book, "rejected", caller.person, reason)
        return await books.standing(now.book)


async def activate(
    deps: Deps, version: str, at: datetime | None, caller: Caller, reason: str = ""
) -> Standing:
    """From the instant on, or from now on, the book decides, until another one's instant comes.

    One already recorded for a later instant stays: it takes over then. Of two from the same instant the later
    recorded counts. Raises NotForThisRole, TextTooLong, UnknownRuleBook, WrongStep, ActivationInPast,
    AlreadyInForce, StoreUnavailable.
    """
    check_role(caller, "activate", AUTHORS)
    check_text("reason", reason)
    async with deps.store.writing() as tx:
        books = await open_books(tx)
        now = await books.find(version)
        if not now.may_be_activated:
            raise WrongStep(shown_version(now.book.version), now.state, "activated", NEXT_STEPS[now.state])
        if at is not None and at < books.now and books.activations:
            raise ActivationInPast(at, books.now)
        return await books.take_over(now.book, at or books.now, (caller.person, reason, "activate"))


async def rollback(deps: Deps, caller: Caller, reason: str, to: str | None = None) -> Standing:
    """From now on the book that was in force before decides again, or the earlier one named.

    Going back again goes back further. Raises NotForThisRole, ReasonMissing, TextTooLong, NoRuleBook,
    NoEarlierRuleBook, UnknownRuleBook, AlreadyInForce, StoreUnavailable.
    """
    check_role(caller, "roll back", AUTHORS)
    check_reason("rolled back", reason)
    async with deps.store.writing() as tx:
        books = await open_books(tx)
        path = path_to(books.activations, books.now)
        if not path:
            raise NoRuleBook
        target = (await named(tx, to)).version if to else (path[-2] if len(path) > 1 else None)
        begun = {each.version for each in books.activations if each.has_begun(books.now)}
        if target is None or target not in begun:
            raise NoEarlierRuleBook(shown_version(path[-1]), shown_version(target) if target else None)
        now = await books.find(target)
        return await books.take_over(now.book, books.now, (caller.person, reason, "rollback"))
