"""`earmark doctor`: what is wrong here, and how to mend it."""

import sys
from pathlib import Path

import click

from gateway.commands.endings import run
from gateway.commands.options import DATA, JSON
from gateway.settings import Settings, database_url, default_data


@click.command()
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="The port you want to serve on.",
)
@click.option("--demo", is_flag=True, help="Look at the demo company's database.")
@DATA
@JSON
def doctor(port: int, demo: bool, data: Path | None, as_json: bool) -> None:
    """Say what is wrong here and how to mend it.

    It looks at the machine, the disk, the port, the database and the clock. Exit code 1 if one is not well.
    """
    from gateway import doctor as looking

    settings = Settings(data or default_data("demo" if demo else "data"), database_url(), port=port)
    findings = run(lambda: looking.examine(settings))
    looking.tell(findings, as_json=as_json)
    sys.exit(0 if all(finding.is_well for finding in findings) else 1)
