"""`earmark rules diff`: which rows change between two books, and whose answer changes."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.commands.endings import refuse, show
from gateway.commands.options import DATA, JSON
from gateway.commands.rules.options import DEMO, FOLDER_OR_NONE, ask_gateway
from gateway.rulefiles import POLICIES, read_folder

if TYPE_CHECKING:
    from resolvers.flows.deps import Deps
    from resolvers.flows.rulebook_check import Checked
    from rules.changed_answers import Answer, CellChange, ChangedAnswers
    from rules.columns import Row
    from rules.difference import Change, Difference, FileDifference

CELLS_SHOWN_MAX = 10


@click.command()
@FOLDER_OR_NONE
@click.option("--version", help="Compare this stored book instead of a folder.")
@click.option("--against", help="The stored book to compare with. Left out: the one in force.")
@DEMO
@DATA
@JSON
def diff(
    folder: Path | None,
    version: str | None,
    against: str | None,
    data: Path | None,
    **how: bool,
) -> None:
    """Compare rule files with the book in force.

    Rows that were added, removed or changed in FOLDER are told, and the facts that are answered otherwise.
    Left out, FOLDER is rules/policies of the checkout. If the files have errors the exit code is 1, and
    nothing was compared.
    """
    if folder is not None and version is not None:
        refuse("Compare a folder or a stored book with --version, not both.")
    chosen = folder or POLICIES

    async def work(deps: "Deps") -> "Difference | Checked":
        from resolvers.flows import rulebook_reading
        from resolvers.flows.rulebook_check import checked
        from rules.book import book_of
        from rules.difference import difference

        old = await rulebook_reading.book(deps, against)
        if version is not None:
            return difference(old, await rulebook_reading.book(deps, version))
        found = await checked(deps, read_folder(chosen))
        return found if found.errors else difference(old, book_of(found.files, found.answers))

    found = ask_gateway(data, work, demo=how["demo"])
    _tell(chosen, found, as_json=how["as_json"])


def _tell(folder: Path, found: "Difference | Checked", *, as_json: bool) -> None:
    from gateway.commands.rules.words import problem_content, problem_lines
    from rules.difference import Difference

    if isinstance(found, Difference):
        show(_content(found), "\n".join(_lines(found)), as_json=as_json)
        return
    content = {"problems": [problem_content(folder, problem) for problem in found.problems]}
    text = "\n".join([*problem_lines(folder, found.errors), "Nothing was compared. Mend the errors first."])
    show(content, text, as_json=as_json)
    sys.exit(1)


def _lines(found: "Difference") -> list[str]:
    from resolvers.flows.rulebook_steps import shown_version

    heading = f"From rule book {shown_version(found.old)} to {shown_version(found.new)}:"
    if not found.files:
        return [f"{heading} every rule file says the same."]
    return [heading, *(line for file in found.files for line in _file_lines(file))]


def _file_lines(file: "FileDifference") -> list[str]:
    lines = ["", f"{file.file} ({file.decision})"]
    lines += [f"  {_change(change)}" for change in file.header]
    lines += [f"  + {_row(file.decision, row)}" for row in file.added]
    lines += [f"  - {_row(file.decision, row)}" for row in file.removed]
    for changed in file.changed:
        lines += [f"  ~ {changed.row_id}: {_change(change)}" for change in changed.changes]
    if file.moved:
        lines.append(f"  moved up or down: {', '.join(file.moved)}")
    if file.examples_changed:
        lines.append("  its examples changed")
    return [*lines, *_answer_lines(file.decision, file.answers)]


def _row(decision: str, row: "Row") -> str:
    from gateway.commands.rules.words import answer_words, local_words

    dates = [f"from {local_words(row.starts)}"] if row.starts else []
    dates += [f"until {local_words(row.until)}"] if row.until else []
    return " ".join([f"{row.row_id}: {answer_words(decision, row.then)}", *dates, f"({row.why})"])


def _change(change: "Change") -> str:
    if not change.before:
        return f"{change.name}: now {change.after}"
    return f"{change.name}: {change.before} -> {change.after or 'nothing'}"


def _answer_lines(decision: str, answers: "ChangedAnswers") -> list[str]:
    if answers.changed is None:
        return [f"  {answers.cells:,} combinations of facts are too many to compare one by one."]
    said = f"{answers.changed:,} of {answers.cells:,} combinations of facts are answered by another row"
    lines = [f"  {said}, {answers.outcomes:,} of them otherwise."]
    lines += [f"    {_cell(decision, cell)}" for cell in answers.told[:CELLS_SHOWN_MAX]]
    if answers.changed > CELLS_SHOWN_MAX:
        lines.append(f"    ... and {answers.changed - CELLS_SHOWN_MAX:,} more.")
    return lines


def _cell(decision: str, cell: "CellChange") -> str:
    from gateway.commands.rules.words import local_words

    since = f" from {local_words(cell.starts)}" if cell.starts else ""
    return f"{cell.facts}{since}: {_answer(decision, cell.before)} -> {_answer(decision, cell.after)}"


def _answer(decision: str, answer: "Answer") -> str:
    from gateway.commands.rules.words import answer_words

    given = " | ".join(answer_words(decision, then) for then in answer.then)
    return f"{given} ({', '.join(answer.rows)})" if answer.rows else "no row"


def _content(found: "Difference") -> dict[str, Any]:
    return {"old": found.old, "new": found.new, "files": [_file_content(file) for file in found.files]}


def _file_content(file: "FileDifference") -> dict[str, Any]:
    from gateway.commands.rules.words import plain

    return {
        "file": file.file,
        "decision": file.decision,
        "added": [{"row": row.row_id, "then": plain(row.then), "why": row.why} for row in file.added],
        "removed": [{"row": row.row_id, "then": plain(row.then), "why": row.why} for row in file.removed],
        "changed": [{"row": each.row_id, "changes": list(each.changes)} for each in file.changed],
        "moved": list(file.moved),
        "header": list(file.header),
        "examples_changed": file.examples_changed,
        "cells": file.answers.cells,
        "cells_changed": file.answers.changed,
        "outcomes_changed": file.answers.outcomes,
        "told": [_cell_content(cell) for cell in file.answers.told],
    }


def _cell_content(cell: "CellChange") -> dict[str, Any]:
    from gateway.commands.rules.words import plain

    return {
        "facts": cell.facts,
        "example": plain(cell.example),
        "from": cell.starts,
        "before": {"rows": cell.before.rows, "then": [plain(then) for then in cell.before.then]},
        "after": {"rows": cell.after.rows, "then": [plain(then) for then in cell.after.then]},
    }
