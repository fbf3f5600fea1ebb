"""Checking a working copy: with the company's words where there is a database, without them elsewhere."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway.commands.endings import say
from gateway.settings import Settings

if TYPE_CHECKING:
    from resolvers.flows.deps import RuleFile, RulesEvaluator
    from resolvers.flows.rulebook_check import Checked
    from rules.answers import Answers

Look = Callable[[Mapping[str, bytes]], "Awaitable[Checked]"]
"""Checks the files of a book, and has the engine evaluate what it did not evaluate before."""


@asynccontextmanager
async def checking(settings: Settings | None) -> AsyncIterator[Look]:
    """Files can be checked: against the words of the settings' gateway, or without any company's.

    Raises what opening the gateway's store raises.
    """
    if settings is not None and settings.has_database:
        from gateway.runtime import opened
        from resolvers.flows.rulebook_check import checked

        async with opened(settings, say) as runtime:
            yield lambda files: checked(runtime.deps, files)
        return
    if settings is not None:
        say(
            f"There is no database in {settings.data}: channels, sources and classes are not compared with "
            "the company's. Name the gateway's folder with --data or --demo, or say --offline."
        )
    async with evaluating() as look:
        yield look


@asynccontextmanager
async def evaluating() -> AsyncIterator[Look]:
    """Files can be checked without a store, by an engine that is stopped at the end."""
    from gateway.worker import RulesWorker
    from resolvers.flows.rulebook_check import check_files

    worker = RulesWorker()
    evaluate = remembering(worker.evaluate)
    try:
        yield lambda files: check_files(files, evaluate, None)
    finally:
        await worker.close()


def remembering(evaluate: "RulesEvaluator") -> "RulesEvaluator":
    """The same answers, asked for anew only where a file differs from what it was the last time."""
    last: dict[RuleFile, Answers] = {}

    async def remembered(tables: "Sequence[RuleFile]") -> "Sequence[Answers]":
        missing = [table for table in tables if table not in last]
        made = dict(zip(missing, await evaluate(missing), strict=True)) if missing else {}
        kept = {table: made[table] if table in made else last[table] for table in tables}
        last.clear()
        last.update(kept)
        return [kept[table] for table in tables]

    return remembered
