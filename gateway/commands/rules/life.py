"""`earmark rules submit`, `approve`, `reject`, `activate`, `rollback`: the steps of a book to its turn."""

import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.commands.endings import say, show
from gateway.commands.rules.options import (
    FOLDER,
    REASON,
    VERSION,
    Instant,
    acting,
    ask_gateway,
    step_options,
)
from gateway.rulefiles import read_folder

if TYPE_CHECKING:
    from resolvers.flows.deps import Caller, Deps
    from resolvers.flows.rulebook_standing import Standing
    from resolvers.flows.rulebooks import Drafted

    Step = Callable[[Deps, Caller], Awaitable[Standing]]


@click.command()
@FOLDER
@click.option("--note", required=True, help="What changes and why, in a sentence; others judge it by this.")
@step_options
def submit(folder: Path, note: str, person: str | None, demo: bool, data: Path | None, as_json: bool) -> None:
    """Hand in rule files for approval.

    A second person can approve those in FOLDER then. Left out, FOLDER is rules/policies of the checkout. If
    they have errors the exit code is 1, and nothing was handed in.
    """
    caller = acting(person)

    async def work(deps: "Deps") -> "Drafted":
        from resolvers.flows import rulebooks

        return await rulebooks.submit(deps, read_folder(folder), note, caller)

    from gateway.commands.rules.words import problem_content, problem_lines

    drafted = ask_gateway(data, work, demo=demo)
    problems = drafted.checked.problems
    if drafted.standing is None:
        content = {"problems": [problem_content(folder, problem) for problem in problems]}
        text = "\n".join([*problem_lines(folder, problems), "Nothing was handed in. Mend the errors first."])
        show(content, text, as_json=as_json)
        sys.exit(1)
    for line in problem_lines(folder, problems):
        say(line)
    _tell(drafted.standing, note, as_json=as_json)


@click.command()
@VERSION
@REASON
@step_options
def approve(version: str, reason: str, **how: Any) -> None:
    """Approve a book, as a second person.

    Nobody approves what they handed in. VERSION may be its first letters. What it changes:
    earmark rules diff --version VERSION
    """
    from resolvers.flows import rulebooks

    _take(lambda deps, caller: rulebooks.approve(deps, version, caller, reason), **how)


@click.command()
@VERSION
@click.option("--reason", required=True, help="Why not, for those who handed it in and for the history.")
@step_options
def reject(version: str, reason: str, **how: Any) -> None:
    """Say no to a book, or take back your own.

    VERSION may be its first letters.
    """
    from resolvers.flows import rulebooks

    _take(lambda deps, caller: rulebooks.reject(deps, version, caller, reason), **how)


@click.command()
@VERSION
@click.option("--at", "instant", type=Instant(), help="From when on, with its zone. Left out: from now on.")
@REASON
@step_options
def activate(version: str, instant: datetime | None, reason: str, **how: Any) -> None:
    """Let an approved book decide from now on.

    Every gateway of the database follows within a second, without a restart; what is being answered is
    answered by the old one. VERSION may be its first letters.
    """
    from resolvers.flows import rulebooks

    _take(lambda deps, caller: rulebooks.activate(deps, version, instant, caller, reason), **how)


@click.command()
@click.option("--reason", required=True, help="Why, for the history.")
@click.option("--to", help="The version to go back to. Left out: the one that decided before.")
@step_options
def rollback(reason: str, to: str | None, **how: Any) -> None:
    """Go back to the book that decided before."""
    from resolvers.flows import rulebooks

    _take(lambda deps, caller: rulebooks.rollback(deps, caller, reason, to), **how)


def _take(step: "Step", *, person: str | None, data: Path | None, demo: bool, as_json: bool) -> None:
    """The step was taken, and where the book stands now is printed."""
    caller = acting(person)
    found = ask_gateway(data, lambda deps: step(deps, caller), demo=demo)
    _tell(found, "", as_json=as_json)


def _tell(found: "Standing", note: str, *, as_json: bool) -> None:
    show(standing_content(found), "\n".join(standing_lines(found, note)), as_json=as_json)


def standing_content(found: "Standing") -> Mapping[str, Any]:
    """Where a book stands, for a program."""
    book, turn = found.book, found.activation
    return {
        "version": book.version,
        "state": found.state,
        "label": book.label,
        "author": book.author,
        "created_at": book.created_at.isoformat(),
        "handed_in_by": sorted(found.handed_in_by),
        "approved_by": found.approved_by,
        "active_from": turn.active_from.isoformat() if turn and turn.active_from else None,
    }


def standing_lines(found: "Standing", note: str = "") -> list[str]:
    """Where a book stands, what was noted as it was handed in, and what comes next."""
    from gateway.commands.rules.words import instant_words
    from resolvers.flows.rulebook_steps import NEXT_STEPS, shown_version

    book, turn = found.book, found.activation
    lines = [f"Rule book {shown_version(book.version)} is {found.state}."]
    lines += [f"  {note or book.label}"] if note or book.label else []
    lines.append(f"  Handed in by {', '.join(sorted(found.handed_in_by))}, {instant_words(book.created_at)}.")
    if found.approved_by:
        lines.append(f"  Approved by {found.approved_by}.")
    if turn:
        lines.append(f"  Decides from {instant_words(turn.active_from)} on.")
    if found.is_to_come:
        lines.append("Nothing is left to do: it takes over by itself then.")
    elif found.state != "active":
        lines.append(NEXT_STEPS[found.state])
    return lines
