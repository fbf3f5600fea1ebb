"""`earmark load`: the facts in a folder, once."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from gateway.commands.endings import refuse, run, say
from gateway.commands.options import DATA, JSON, MAPPING, TODAY
from gateway.settings import Settings, database_url, default_data


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@MAPPING
@TODAY
@DATA
@JSON
def load(folder: Path, mapping: Path | None, today: date | None, data: Path | None, as_json: bool) -> None:
    """Load the facts in FOLDER.

    Rows that cannot be used are listed with their reason; exit code 1 if there are any.
    """
    if mapping is None:
        refuse("A folder needs a mapping: --mapping FILE says what its columns mean.")

    from datasources.connectors.folder import FolderSource
    from gateway import told
    from gateway.runtime import opened
    from gateway.serving import load_all

    mark = "production" if today is None else "demo"
    settings = Settings(data or default_data("data"), database_url(), mark=mark, today=today)

    async def work() -> Any:
        source = FolderSource(folder, mapping)
        async with opened(settings, say) as runtime:
            (report,) = await load_all(runtime, [source], say)
            return report

    report = run(work)
    told.loaded(report, as_json=as_json)
    sys.exit(1 if report.set_aside_count else 0)
