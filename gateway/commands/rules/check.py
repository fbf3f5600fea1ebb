"""`earmark rules check` and `test`: what is wrong with a working copy, and what its examples give."""

import sys
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.commands.endings import refuse, run, say, show
from gateway.commands.options import DATA, JSON
from gateway.commands.rules.options import DEMO, FOLDER, gateway_settings
from gateway.rulefiles import each_save, read_folder

if TYPE_CHECKING:
    from gateway.commands.rules.working import Look
    from resolvers.flows.rulebook_check import Checked
    from rules.columns import Table
    from rules.example_checks import Tried


@click.command()
@FOLDER
@click.option("--offline", is_flag=True, help="Do not compare with the channels and classes of the company.")
@click.option("--watch", is_flag=True, help="Check again at each save, until Ctrl-C.")
@DEMO
@DATA
@JSON
def check(folder: Path, data: Path | None, as_json: bool, **chosen: bool) -> None:
    """List all that is wrong with rule files.

    Each problem of the files in FOLDER is told as `file:line: message`. Left out, FOLDER is rules/policies of
    the checkout. Exit code 1 if there are errors; warnings leave it 0.
    """
    from gateway.commands.rules.working import checking

    settings = None if chosen["offline"] else gateway_settings(data, demo=chosen["demo"])

    async def work() -> bool:
        async with checking(settings) as look:
            if chosen["watch"]:
                await _watch(folder, look, as_json=as_json)
            return _tell(folder, await look(read_folder(folder)), as_json=as_json)

    sys.exit(0 if run(work) else 1)


async def _watch(folder: Path, look: "Look", *, as_json: bool) -> None:
    """The problems are printed now and after each save, until the command is told to stop."""
    from rules.errors import Refusal

    async with aclosing(each_save(folder)) as saves:
        async for _ in saves:
            try:
                _tell(folder, await look(read_folder(folder)), as_json=as_json)
            except Refusal as refused:
                say(str(refused))
            say(f"Watching {folder}. Ctrl-C ends it.")


def _tell(folder: Path, found: "Checked", *, as_json: bool) -> bool:
    """The problems were printed; whether there are no errors."""
    from gateway.commands.rules.words import counted, problem_content, problem_lines

    files, errors = len(found.files), len(found.errors)
    warnings = len(found.problems) - errors
    content = {
        "version": found.version,
        "files": files,
        "errors": errors,
        "warnings": warnings,
        "problems": [problem_content(folder, problem) for problem in found.problems],
    }
    summary = f"{counted(files, 'file')}: {counted(errors, 'error')}, {counted(warnings, 'warning')}."
    show(content, "\n".join([*problem_lines(folder, found.problems), summary]), as_json=as_json)
    return not errors


@click.command()
@FOLDER
@click.option("--only", help="The examples of this decision alone, such as priority.")
@JSON
def test(folder: Path, only: str | None, as_json: bool) -> None:
    """Run the examples in rule files.

    Each example in FOLDER is told with the row that fired. Left out, FOLDER is rules/policies of the
    checkout. Exit code 1 if one gives something else than it expects, or if a file cannot be read.
    """
    from gateway.commands.rules.working import evaluating

    async def work() -> "Checked":
        async with evaluating() as look:
            return await look(read_folder(folder))

    from rules.decisions import DECISIONS

    if only is not None and only not in DECISIONS:
        refuse(f"No decision is called {only}. Use one of: {', '.join(DECISIONS)}.")
    found = run(work)
    names = [only] if only else list(DECISIONS)
    sys.exit(0 if _tell_examples(folder, found, names, as_json=as_json) else 1)


def _tell_examples(folder: Path, found: "Checked", names: Sequence[str], *, as_json: bool) -> bool:
    """Each example was printed with its row; whether all could be tried, and all gave what they expect."""
    from gateway.commands.rules.words import counted, place, problem_lines
    from rules.cells import space_of
    from rules.example_checks import tried_examples

    tables = [found.tables[name] for name in names if name in found.answers]
    good = {file for table in tables for file in (table.file, table.rows_file)}
    bad = [] if len(tables) == len(names) else [each for each in found.errors if each.file not in good]
    lines, content = problem_lines(folder, bad), []
    for table in tables:
        for tried in tried_examples(table, space_of(table), found.answers[table.decides]):
            content.append(_example_content(place(folder, table.file), table.decides, tried))
            lines.append(_example_line(place(folder, table.file), table, tried))
    failures, untried = sum(not each["as_expected"] for each in content), len(names) - len(tables)
    lines.append(f"{counted(len(content), 'example')} tried: {counted(failures, 'failure')}.")
    if untried:
        lines.append(f"{counted(untried, 'file')} cannot be tried until the errors above are mended.")
    show({"examples": content, "failures": failures, "untried": untried}, "\n".join(lines), as_json=as_json)
    return not failures and not untried


def _example_content(file: str, decision: str, tried: "Tried") -> dict[str, Any]:
    from gateway.commands.rules.words import plain

    return {
        "file": file,
        "line": tried.example.line,
        "decision": decision,
        "given": plain(tried.example.given),
        "at": tried.example.at,
        "rows": [row.row_id for row in tried.rows],
        "then": [plain(row.then) for row in tried.rows],
        "as_expected": not tried.said,
        "said": tried.said,
    }


def _example_line(file: str, table: "Table", tried: "Tried") -> str:
    from gateway.commands.rules.words import answer_words, facts_words, local_words

    example = tried.example
    when = f" at {local_words(example.at)}" if example.at else ""
    if tried.said:
        return f"{file}:{example.line}: {facts_words(example.given)}{when}: {tried.said}"
    fired = "; ".join(f"{row.row_id}: {answer_words(table.decides, row.then)}" for row in tried.rows)
    return f"{file}:{example.line}: ok  {facts_words(example.given)}{when}  ->  {fired or 'no row'}"
