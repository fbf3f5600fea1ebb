"""`earmark schema` and `earmark migrate`: the shape of what is asked, and of what is kept."""

from pathlib import Path

import click

from gateway.commands.endings import run, say, show
from gateway.commands.options import DATA, JSON
from gateway.settings import Settings, database_url, default_data


@click.command()
def schema() -> None:
    """Print the GraphQL schema."""
    from resolvers.schema import build_schema

    click.echo(build_schema().as_str())


@click.command()
@click.option(
    "--mark",
    type=click.Choice(["production", "demo", "test"]),
    default="production",
    show_default=True,
    help="What a new database is for. Only demo and test databases may have their clock set.",
)
@DATA
@JSON
def migrate(mark: str, data: Path | None, as_json: bool) -> None:
    """Bring the database to the newest shape."""
    from gateway.runtime import opened

    settings = Settings(
        data or default_data("data"), database_url(), mark=mark, must_be_marked=mark != "production"
    )

    async def work() -> bool:
        async with opened(settings, say) as runtime:
            return runtime.new

    changed = run(work)
    text = "The database was brought to the newest shape." if changed else "Nothing to do."
    show({"changed": changed}, text, as_json=as_json)
