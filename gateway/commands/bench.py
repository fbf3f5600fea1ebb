"""`earmark bench`: what an answer costs on this machine."""

import sys
from pathlib import Path

import click
import orjson

from gateway.bench.plan import Plan
from gateway.commands.endings import run, say


@click.command()
@click.option("--quick", is_flag=True, help="About a minute, and coarser for it.")
@click.option(
    "--items",
    type=click.IntRange(200, 1_000_000),
    help="Items of the large company, beside one of 1,000. Left out: 100,000; with --quick 2,000.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.05, 20),
    help="How long each cell is measured. Left out: 1.5; with --quick 0.3.",
)
@click.option(
    "--inquiries",
    type=click.IntRange(1, 1_000_000),
    help="Logged inquiries a simulation decides again. Left out: 20,000; with --quick 2,000.",
)
@click.option(
    "--json",
    "file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write every figure to this file, too.",
)
def bench(
    quick: bool, items: int | None, seconds: float | None, inquiries: int | None, file: Path | None
) -> None:
    """Measure what an answer costs on this machine.

    It makes a database and a company of its own in a temporary folder, asks over HTTP from another process,
    and leaves nothing behind. Exit code 1 if a request failed.
    """
    from gateway.bench.run import measure
    from gateway.bench.table import told

    found = run(lambda: measure(Plan.of(items, seconds, quick=quick, inquiries=inquiries), say))
    for line in told(found):
        click.echo(line)
    if file is not None:
        file.write_bytes(orjson.dumps(found.as_json(), option=orjson.OPT_INDENT_2) + b"\n")
    sys.exit(1 if found.failed else 0)
