"""Rule books for tests: the shipped one, and others that differ from it in who is served first."""

from dataclasses import replace
from datetime import datetime

from datasources.policies import shipped
from resolvers.flows import rulebooks
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.rulebook_standing import Standing
from tests.databases import evaluate_here

NO_BOOKS = ";".join(
    f"DELETE FROM {table}"
    for table in ("rulebook_activation", "rulebook_event", "rulebook_file", "rulebook", "rule_answers")
)
"""Makes a database one that has never had a rule book."""
ANNA = Caller("anna", frozenset({"analyst"}), None)
BERT = Caller("bert", frozenset({"steward"}), None)
PRIORITY = "40-priority.yaml"


def book_where_spot_ranks(rank: int, why: str = "Spot sales are served earlier.") -> dict[str, bytes]:
    """The shipped files, but everyone else has another rank; the version differs with rank and reason."""
    files = shipped()
    content = files[PRIORITY].replace(b"{rank: 50}", b"{rank: %d}" % rank)
    content = content.replace(b"{rank: 50, row: PRI999}", b"{rank: %d, row: PRI999}" % rank)
    words = b"Spot sales and everyone else get what is left, in order of requested date."
    assert words in content
    return files | {PRIORITY: content.replace(words, why.encode())}


def ready(deps: Deps) -> Deps:
    """The same dependencies, with an engine."""
    return replace(deps, evaluate=evaluate_here)


async def submitted(deps: Deps, rank: int, by: Caller = ANNA) -> Standing:
    """A book where spot sales have this rank waits for approval."""
    drafted = await rulebooks.submit(deps, book_where_spot_ranks(rank), f"Spot at {rank}.", by)
    assert drafted.standing is not None, drafted.checked.problems
    return drafted.standing


async def approved(deps: Deps, rank: int) -> str:
    """The version of such a book, approved."""
    now = await submitted(deps, rank)
    return (await rulebooks.approve(deps, now.book.version, BERT)).book.version


async def activated(deps: Deps, rank: int, at: datetime | None = None) -> str:
    """The version of such a book, in force from the instant on, or now."""
    version = await approved(deps, rank)
    await rulebooks.activate(deps, version, at, ANNA)
    return version
