"""`earmark prove`: reservations under load, judged without trusting them."""

import sys
from pathlib import Path
from typing import Any

import click

from gateway.commands.endings import run, say

EXITS = {"HOLDS": 0, "BROKEN": 1, "UNDECIDED": 2}


@click.command()
@click.option(
    "--buyers",
    default=5_000,
    show_default=True,
    type=click.IntRange(100, 100_000),
    help="How many come at once, at the least; for ten of them there is one unit of the hot item.",
)
@click.option(
    "--seconds",
    default=120.0,
    show_default=True,
    type=click.FloatRange(1, 3_600),
    help="After so long nobody comes any more, whatever has not happened yet; who has come is served.",
)
@click.option(
    "--seed", default=1, show_default=True, help="What the buyers do; not when, which is the machine's."
)
@click.option(
    "--kills",
    default=0,
    show_default=True,
    type=click.IntRange(0, 20),
    help="So often a gateway is killed with -9 at work and started again.",
)
@click.option(
    "--store-kills",
    default=0,
    show_default=True,
    type=click.IntRange(0, 20),
    help="So often PostgreSQL is killed with -9 at work, whole or one backend by turns, and brought back.",
)
@click.option(
    "--history",
    "file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write what was recorded to this file, a JSON object a line.",
)
def prove(file: Path | None, **plan: Any) -> None:
    """Judge what two gateways answer to a crowd of buyers.

    Beside the buyers lorries bring goods, counts correct them, and what is free is read.

    It makes a database and a company of its own in a temporary folder and leaves nothing behind. Exit code 0
    if everything holds, 1 if something no correct store gives was found, 2 if not all could be judged.
    """
    from gateway.prove.history import dump
    from gateway.prove.live import Plan, lines
    from gateway.prove.live import prove as proven

    proof = run(lambda: proven(Plan(**plan), say))
    for line in lines(proof):
        click.echo(line)
    if file is not None:
        file.write_bytes(dump(proof.history))
    sys.exit(EXITS[proof.report.verdict])
