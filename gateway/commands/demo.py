"""`earmark demo`: what can be done with the demo company besides serving it."""

import secrets
import sys
from pathlib import Path
from typing import Any

import click

from gateway.commands.endings import refuse, run
from gateway.commands.options import DATA
from gateway.settings import default_data

ROLES = ("storefront", "integrator")


@click.group()
def demo() -> None:
    """Play with the demo company."""


@demo.command()
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Where the gateway answers.")
@click.option("--minutes", default=10, show_default=True, type=click.IntRange(1, 24 * 60), help="How long.")
@click.option(
    "--rate", default=10.0, show_default=True, type=click.FloatRange(0.1, 1000), help="Actions a second."
)
@click.option("--seed", default=1, show_default=True, help="The same seed plays the same day.")
@click.option("--token-storefront", help="A storefront's token; left out: signed with the demo's own key.")
@click.option("--token-integrator", help="An integrator's token; left out: signed with the demo's own key.")
@DATA
def live(url: str, data: Path | None, **chosen: Any) -> None:
    """Play a believable day through the public API: shoppers ask, scans, holds and orders arrive.

    Ctrl-C ends it with a summary. Exit code 1 if anything was refused.
    """
    from gateway.live.http import HttpGateway
    from gateway.live.player import Play, play

    tokens = _tokens(data, {role: chosen[f"token_{role}"] for role in ROLES})
    asked = Play(chosen["minutes"], chosen["rate"], chosen["seed"], secrets.token_hex(3))

    async def work() -> Any:
        gateway = HttpGateway(url, tokens)
        try:
            return await play(gateway, asked, click.echo)
        finally:
            await gateway.close()

    sys.exit(1 if run(work).refusals else 0)


def _tokens(data: Path | None, given: dict[str, str | None]) -> dict[str, str]:
    """The tokens given, and for the rest some signed with the demo's key."""
    from gateway.auth import Tokens, load_keys

    try:
        issuer = Tokens(load_keys(data or default_data("demo")))
    except RuntimeError as bad:
        refuse(str(bad))
    return {role: token or issuer.issue(f"demo live {role}", [role], None) for role, token in given.items()}
