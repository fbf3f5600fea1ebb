"""`earmark rules export` and `import`: a book as files or spreadsheets, and spreadsheets back into files."""

import sys
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.commands.endings import refuse, show
from gateway.commands.options import DATA, JSON
from gateway.commands.rules.options import DEMO, ask_gateway, run_here
from gateway.rulefiles import POLICIES, read_folder, saved, write_folder
from rules.columns import SHEETS

if TYPE_CHECKING:
    from resolvers.flows.deps import Deps
    from rules.columns import Table

FORMS = ("yaml", "csv", "xlsx")
Files = Mapping[str, bytes]


@click.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--form",
    type=click.Choice(FORMS),
    default="yaml",
    show_default=True,
    help="Rows in the files themselves, or in a sheet beside each.",
)
@click.option("--version", help="The stored book to write. Left out: the one in force.")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Write the rule files of this folder instead of a stored book.",
)
@click.option("--replace", is_flag=True, help="Replace rule files that are in FOLDER already.")
@DEMO
@DATA
@JSON
def export_book(folder: Path, form: str, version: str | None, source: Path | None, **how: Any) -> None:
    """Write a book as files or spreadsheets.

    The book in force, or the one named, stands in FOLDER then.
    """
    if source is not None and version is not None:
        refuse("Export a folder with --from or a stored book with --version, not both.")

    if source is None:

        async def work(deps: "Deps") -> Files:
            from resolvers.flows import rulebook_reading

            return await rulebook_reading.files(deps, version)

        stored = ask_gateway(how["data"], work, demo=how["demo"])
    else:
        stored = run_here(lambda: read_folder(source))
    tables = _tables(source or folder, stored, as_json=how["as_json"])
    files = {name: content for table in tables for name, content in _written(table, form, stored)}
    gone = [name for table in tables for name in _sheets_of(table.file) if name not in files]
    run_here(lambda: write_folder(folder, files, gone, replace=how["replace"]))
    content = {"folder": str(folder), "form": form, "files": sorted(files)}
    show(content, f"{len(files)} files written to {folder}.", as_json=how["as_json"])


def _written(table: "Table", form: str, stored: Files) -> Iterator[tuple[str, bytes]]:
    """The table's files in that form; one that is stored so already as it is, with its comments."""
    from rules.sheets import write_csv, write_xlsx
    from rules.yaml_form import write_yaml

    if form == "yaml":
        yield table.file, write_yaml(table) if table.sheet else stored[table.file]
        return
    yield table.file, _comment(stored[table.file]) + write_yaml(table, rows=False)
    yield f"{Path(table.file).stem}.{form}", write_csv(table) if form == "csv" else write_xlsx(table)


@click.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--to",
    "target",
    type=click.Path(file_okay=False, path_type=Path),
    default=POLICIES,
    help="Where the rule files are. Left out: rules/policies of the checkout.",
)
@JSON
def import_sheets(folder: Path, target: Path, *, as_json: bool) -> None:
    """Turn spreadsheets back into rule files.

    What is in FOLDER is written in place of the files that are there. A spreadsheet alone is enough where its
    rule file is there already. Files that say the same are left as they are. Exit code 1 if one cannot be
    read: then nothing is written.
    """
    from rules.yaml_form import write_yaml

    given = run_here(lambda: read_folder(folder))
    before = run_here(lambda: read_folder(target) if target.is_dir() and saved(target) else {})
    tables = _tables(folder, {**_heads(given, before), **given}, as_json=as_json)
    sheets = {table.file: [name for name in _sheets_of(table.file) if name in before] for table in tables}
    files = {
        table.file: _comment(before.get(table.file, b"")) + write_yaml(table)
        for table in tables
        if sheets[table.file] or table != _table(table.file, before)
    }
    gone = [name for file in files for name in sheets[file]]
    run_here(lambda: write_folder(target, files, gone, replace=True))
    same = [table.file for table in tables if table.file not in files]
    lines = [f"{target / name}: written" for name in files] + [f"{target / name}: removed" for name in gone]
    lines.append(f"{len(files)} written, {len(same)} the same. What changes: earmark rules diff {target}")
    show({"written": list(files), "removed": gone, "same": same}, "\n".join(lines), as_json=as_json)


def _heads(given: Files, before: Files) -> dict[str, bytes]:
    """For each spreadsheet without its rule file, the head of the one there is."""
    from rules.yaml_form import write_yaml

    files = {f"{Path(name).stem}.yaml" for name in given} - given.keys()
    tables = {file: _table(file, before) for file in sorted(files)}
    return {file: write_yaml(table, rows=False) for file, table in tables.items() if table is not None}


def _tables(folder: Path, files: Files, *, as_json: bool) -> list["Table"]:
    """The tables of the files. Ends the command with all that is wrong where one cannot be read."""
    from gateway.commands.rules.words import problem_content, problem_lines
    from rules.book import read_tables
    from rules.problems import BadTable

    alone = [name for name in files if f"{Path(name).stem}.yaml" not in files]
    if alone:
        refuse(
            f"No rule file stands beside {', '.join(alone)}. Put the one it belongs to there, or rename it."
        )
    try:
        return sorted(read_tables(files).values(), key=lambda table: table.file)
    except BadTable as bad:
        content = {"problems": [problem_content(folder, problem) for problem in bad.problems]}
        text = "\n".join(
            [*problem_lines(folder, bad.problems), "Nothing was written. Mend the errors first."]
        )
        show(content, text, as_json=as_json)
        sys.exit(1)


def _table(file: str, files: Files) -> "Table | None":
    """The table of that file as it stands; None where there is none that can be read."""
    from rules.book import read_tables
    from rules.problems import BadTable

    own = {name: content for name, content in files.items() if Path(name).stem == Path(file).stem}
    try:
        return next(iter(read_tables(own).values()), None)
    except BadTable:
        return None  # what cannot be read is not the same as anything, and is replaced


def _sheets_of(file: str) -> list[str]:
    """The names of the sheets that may stand beside the rule file."""
    return [Path(file).stem + suffix for suffix in SHEETS]


def _comment(content: bytes) -> bytes:
    """The comment lines a file begins with."""
    lines = content.decode("utf-8", "replace").splitlines(keepends=True)
    return "".join(takewhile(lambda line: line.startswith("#"), lines)).encode()
