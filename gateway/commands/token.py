"""`earmark token`: a token signed by the gateway's own issuer."""

from pathlib import Path

import click

from gateway.commands.endings import refuse
from gateway.commands.options import DATA
from gateway.settings import default_data


@click.command()
@click.option(
    "--role", "roles", multiple=True, required=True, help="A role the token gives; may be repeated."
)
@click.option("--person", help="Whose token it is. Left out: named after the role.")
@click.option(
    "--channel", "channels", multiple=True, help="A channel it may see; left out: all. May be repeated."
)
@click.option(
    "--hours",
    default=24 * 7,
    show_default=True,
    type=click.IntRange(1, 24 * 366),
    help="How long it is good.",
)
@click.option("--demo", is_flag=True, help="For the gateway that serves the demo company.")
@DATA
def token(
    roles: tuple[str, ...],
    person: str | None,
    channels: tuple[str, ...],
    hours: int,
    demo: bool,
    data: Path | None,
) -> None:
    """Print a token signed by the local issuer."""
    from gateway.auth import Tokens, have_keys, load_keys

    folder = data or default_data("demo" if demo else "data")
    if not have_keys(folder):
        refuse(f"There is no signing key in {folder}. Start the gateway on it first, or use --demo.")
    try:
        tokens = Tokens(load_keys(folder))
        click.echo(tokens.issue(person or roles[0], roles, channels or None, hours * 3600))
    except (ValueError, RuntimeError) as bad:
        refuse(str(bad))
