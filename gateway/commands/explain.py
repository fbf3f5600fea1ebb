"""`earmark explain`: an inquiry from the log, decided again."""

import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from gateway.commands.endings import refuse, run, say
from gateway.commands.options import DATA, JSON
from gateway.settings import Settings, database_url, default_data


@click.command()
@click.argument("inquiry", type=click.UUID)
@click.option("--demo", is_flag=True, help="The inquiry was asked of the demo company.")
@DATA
@JSON
def explain(inquiry: UUID, demo: bool, data: Path | None, as_json: bool) -> None:
    """Decide a logged INQUIRY again.

    It rests on what was logged alone; exit code 1 if the outcome is not identical.
    """
    from gateway import told
    from gateway.runtime import opened
    from resolvers.flows.deps import Caller
    from resolvers.flows.quote import replay

    settings = Settings(data or default_data("demo" if demo else "data"), database_url())
    if not settings.has_database:
        refuse(
            f"There is no database in {settings.data}. Name the gateway's folder with --data, or use --demo."
        )

    async def work() -> Any:
        async with opened(settings, say) as runtime:
            return await replay(runtime.deps, inquiry, Caller("earmark explain", frozenset({"admin"}), None))

    again = run(work)
    told.explained(again, as_json=as_json)
    sys.exit(0 if again.identical else 1)
