"""`earmark serve`: a gateway on this machine, over a database of its own or yours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from gateway.commands.endings import refuse, run, say
from gateway.commands.options import DATA, JSON, MAPPING, TODAY
from gateway.settings import Settings, database_url, default_data, otlp_endpoint


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be served: the demo company, a folder of facts, or what is in the database."""

    demo: bool
    small: bool
    source: Path | None
    mapping: Path | None
    today: date | None


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port; 0 takes a free one.",
)
@click.option("--demo", is_flag=True, help="Serve the demo company, made on the first start.")
@click.option("--small", is_flag=True, help="With --demo: 200 items and no past, made in seconds.")
@click.option(
    "--source",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Serve the facts in this folder, read at every start. Needs --mapping.",
)
@MAPPING
@TODAY
@DATA
@JSON
def serve(host: str, port: int, data: Path | None, as_json: bool, **chosen: Any) -> None:
    """Answer GraphQL until Ctrl-C."""
    choice = _checked(Choice(**chosen))

    from gateway import serving, told

    settings = _settings(choice, data, host, port)

    def announce(runtime: Any, bound: int) -> None:
        told.ready(runtime, host, bound, as_json=as_json)

    past = _past if choice.demo and not choice.small else None
    run(lambda: serving.serve(settings, _sources(choice), say, announce, once=choice.demo, past=past))


def _checked(choice: Choice) -> Choice:
    if choice.demo and choice.source:
        refuse("Choose --demo or --source, not both: each has its own database.")
    if choice.small and not choice.demo:
        refuse("--small goes with --demo.")
    if (choice.source is None) != (choice.mapping is None):
        refuse("--source and --mapping go together.")
    return choice


def _settings(choice: Choice, data: Path | None, host: str, port: int) -> Settings:
    """A database whose clock is set is made for demos; the demo company is put into no other."""
    today = choice.today
    if choice.demo and today is None:
        from datasources.connectors.demo import DEMO_DAY

        today = DEMO_DAY
    return Settings(
        data or default_data("demo" if choice.demo else "data"),
        database_url(),
        mark="production" if today is None else "demo",
        must_be_marked=choice.demo,
        today=today,
        host=host,
        port=port,
        otlp_endpoint=otlp_endpoint(),
    )


def _sources(choice: Choice) -> list[Any]:
    if choice.demo:
        from datasources.connectors.demo import GROWN, DemoSize, demo_sources

        return list(demo_sources(DemoSize() if choice.small else GROWN))
    if choice.source is not None and choice.mapping is not None:
        from datasources.connectors.folder import FolderSource

        return [FolderSource(choice.source, choice.mapping)]
    return []


def _past() -> Iterator[Any]:
    from datasources.connectors.demo import GROWN, demo_history

    return demo_history(GROWN)
