"""How commands speak and end.

Exit codes: 0 done; 1 done, but something needs a person; 2 refused; 130 stopped.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar

import click
import orjson

T = TypeVar("T")

REFUSED = 2
STOPPED = 130


def say(line: str) -> None:
    """Progress, where a person sees it and a program does not."""
    click.echo(line, err=True)


def show(content: Any, text: str, *, as_json: bool) -> None:
    """The content is printed as one line of JSON, or as the text."""
    click.echo(orjson.dumps(content, default=str).decode() if as_json else text)


def refuse(message: str) -> NoReturn:
    """Ends with exit code 2 and the message."""
    click.echo(f"earmark: {message}", err=True)
    sys.exit(REFUSED)


def run(work: Callable[[], Awaitable[T]]) -> T:
    """What the work returns. Errors we know are told in a sentence, without a stack."""
    import uvloop

    from datasources.connectors.lines import FolderUnreadable
    from datasources.connectors.plain_yaml import MappingRefused
    from datasources.store.embedded import EmbeddedUnavailable
    from rules.errors import Refusal

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_stoppable(work))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(STOPPED)
    except (RuntimeError, Refusal, EmbeddedUnavailable, MappingRefused, FolderUnreadable) as refused:
        logging.getLogger(__name__).debug("refused", exc_info=refused)
        refuse(str(refused))


async def _stoppable(work: Callable[[], Awaitable[T]]) -> T:
    """The first Ctrl-C or SIGTERM cancels the work, which puts away what it started; no later one counts."""
    task, told = asyncio.current_task(), asyncio.Event()

    def stop() -> None:
        if task is not None and not told.is_set():
            told.set()
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    return await work()
