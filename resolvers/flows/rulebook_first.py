"""The first rule book of a database, and the answers of the one in force in this Earmark's form."""

from collections.abc import Callable, Sequence
from datetime import datetime

from datasources.policies import shipped
from datasources.store import clock, rulebooks
from datasources.store.rulebooks import Activation
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.rulebook_check import check_files, kept, keys_of
from resolvers.flows.rulebook_standing import in_force
from resolvers.flows.rulebook_steps import open_books, shown_version
from rules.answers import encode
from rules.errors import RuleBookUnsound

AUTHOR = Caller("earmark", frozenset({"admin"}), None)
"""Who hands in the book that is shipped."""

Say = Callable[[str], None]


async def ensure_first(deps: Deps, say: Say) -> None:
    """Some book is in force: the shipped one, from the beginning on, where there was none.

    The engine's answers for the book in force, and for those to come, are there in this Earmark's form.
    Raises RuleBookUnsound, StoreUnavailable, NoEngine, and what the evaluator raises.
    """
    async with deps.store.reading() as tx:
        known, now = await rulebooks.activations(tx), await clock.now(tx)
    for version in _deciding(known, now):
        await renew(deps, version, say)
    if not known:
        say("rules: reading the rule book that is shipped")
        await _put_shipped(deps)


async def _put_shipped(deps: Deps) -> None:
    found = await check_files(shipped(), kept(deps), None)
    if found.errors:
        raise RuleBookUnsound(map(str, found.errors))
    async with deps.store.writing() as tx:
        books = await open_books(tx)
        if not books.activations:
            now = await books.put(found, AUTHOR, "The rule book that is shipped.")
            await books.take_over(now.book, None, (AUTHOR.person, "The first: there was none.", "activate"))


def _deciding(activations: Sequence[Activation], now: datetime) -> list[str]:
    """The versions in force and to come."""
    current = in_force(activations, now)
    to_come = [each.version for each in activations if not each.has_begun(now)]
    return list(dict.fromkeys(([] if current is None else [current.version]) + to_come))


async def renew(deps: Deps, version: str, say: Say) -> None:
    """The book can be loaded: where this Earmark has no answers for its tables, the engine gave them anew.

    Raises RuleBookUnsound, StoreUnavailable, NoEngine, and what the evaluator raises.
    """
    async with deps.store.reading() as tx:
        files = {file.name: file for file in await rulebooks.files(tx, version)}
        wanted = keys_of({name: file.content for name, file in files.items()})
        known = await rulebooks.answers(tx, list(wanted.values()))
    if all(key in known and files[name].answers_key == key for name, key in wanted.items()):
        return
    say(f"rules: evaluating rule book {shown_version(version)} again")
    found = await check_files({name: file.content for name, file in files.items()}, kept(deps), None)
    if found.errors:
        raise RuleBookUnsound(map(str, found.errors))
    made = {wanted[found.tables[name].file]: encode(answers) for name, answers in found.answers.items()}
    async with deps.store.writing() as tx:
        await rulebooks.set_answers_keys(tx, version, wanted)
        await rulebooks.put_answers(tx, made, await clock.now(tx))
