"""`earmark cases`: conformance cases, put through the product's own arithmetic."""

import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from gateway.commands.endings import refuse, show
from gateway.commands.options import JSON


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--kind", "kinds", multiple=True, help="Only cases of this kind. May be repeated.")
@click.option(
    "--allow-unsupported", is_flag=True, help="Kinds that are not answered yet do not make it fail."
)
@JSON
def cases(folder: Path, kinds: tuple[str, ...], allow_unsupported: bool, as_json: bool) -> None:
    """Run the case files (*.yaml) in FOLDER.

    Exit code 1 if one fails, is unclear, or is of a kind that is not answered yet.
    """
    from gateway.cases import KINDS, NoCases, report, run_cases

    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        refuse(f"{', '.join(unknown)} is no kind of case. Use one of: {', '.join(KINDS)}.")
    try:
        results = run_cases(folder, kinds)
    except NoCases as none:
        refuse(str(none))
    counted = Counter(result.verdict for result in results)
    content = {"counts": counted, "cases": [asdict(result) for result in results]}
    show(content, report(results), as_json=as_json)
    passing = {"passed", "unsupported"} if allow_unsupported else {"passed"}
    sys.exit(0 if counted.keys() <= passing else 1)
