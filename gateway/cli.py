"""The command line. Exit codes: 0 done, 1 done but something needs a person, 2 refused."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from uuid import UUID

import click
import orjson

from gateway.settings import Settings, database_url, default_data, otlp_endpoint

T = TypeVar("T")

DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the database and the signing key. Left out: .earmark/ in the checkout.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
MAPPING = click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The mapping file that says what the folder's columns mean (docs/connecting-a-source.md).",
)


class Day(click.ParamType[date]):
    """A day written as YYYY-MM-DD."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day. Write it as 2026-03-02.", param, ctx)


TODAY = click.option(
    "--today",
    type=Day(),
    help="Let the clock stand at 12:00 UTC of this day and tick on (demo and test databases only).",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Earmark: what can we promise, where, when, and why?"""
    from telemetry.logs import configure

    configure("WARNING")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port; 0 takes a free one.",
)
@click.option("--demo", is_flag=True, help="Serve the demo company, made on the first start.")
@click.option(
    "--source",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Serve the facts in this folder, read at every start. Needs --mapping.",
)
@MAPPING
@TODAY
@DATA
def serve(
    host: str,
    port: int,
    demo: bool,
    source: Path | None,
    mapping: Path | None,
    today: date | None,
    data: Path | None,
) -> None:
    """Answer GraphQL until Ctrl-C."""
    from gateway import serving, told

    if demo and source:
        refuse("Choose --demo or --source, not both: each has its own database.")
    if (source is None) != (mapping is None):
        refuse("--source and --mapping go together.")
    mark = "demo" if demo or today else "production"
    if demo:
        from datasources.connectors.demo import DEMO_DAY

        today = today or DEMO_DAY
    folder = data or default_data("demo" if demo else "data")
    settings = Settings(folder, database_url(), mark, today, host, port, otlp_endpoint())

    def announce(runtime: Any, bound: int) -> None:
        told.ready(runtime, host, bound)

    run(lambda: serving.serve(settings, _sources(demo, source, mapping), say, announce, once=demo))


def _sources(demo: bool, folder: Path | None, mapping: Path | None) -> list[Any]:
    if demo:
        from datasources.connectors.demo import demo_sources

        return list(demo_sources())
    if folder is not None and mapping is not None:
        from datasources.connectors.folder import FolderSource

        return [FolderSource(folder, mapping)]
    return []


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@MAPPING
@TODAY
@DATA
@JSON
def load(folder: Path, mapping: Path | None, today: date | None, data: Path | None, as_json: bool) -> None:
    """Load the facts in FOLDER. Rows that cannot be used are listed with their reason (exit code 1)."""
    from gateway import serving, told

    if mapping is None:
        refuse("A folder needs a mapping: --mapping FILE says what its columns mean.")
    settings = Settings(
        data or default_data("data"), database_url(), "demo" if today else "production", today
    )

    async def work() -> Any:
        from gateway.runtime import opened

        async with opened(settings, say) as runtime:
            return (
                await serving.load_all(runtime, _sources(demo=False, folder=folder, mapping=mapping), say)
            )[0]

    report = run(work)
    told.loaded(report, as_json=as_json)
    sys.exit(1 if report.set_aside_count else 0)


@main.command()
def schema() -> None:
    """Print the GraphQL schema."""
    from resolvers.schema import build_schema

    click.echo(build_schema().as_str())


@main.command()
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

    async def work() -> bool:
        async with opened(Settings(data or default_data("data"), database_url(), mark), say) as runtime:
            return runtime.new

    changed = run(work)
    show(
        {"changed": changed},
        "The database was brought to the newest shape." if changed else "Nothing to do.",
        as_json,
    )


@main.command()
@click.argument("inquiry", type=click.UUID)
@click.option("--demo", is_flag=True, help="The inquiry was asked of the demo company.")
@DATA
@JSON
def explain(inquiry: UUID, demo: bool, data: Path | None, as_json: bool) -> None:
    """Decide a logged INQUIRY again from what was logged, and say whether it is identical (exit code 1 if not)."""
    from gateway import told
    from gateway.runtime import opened
    from resolvers.flows.deps import Caller
    from resolvers.flows.quote import replay

    settings = Settings(data or default_data("demo" if demo else "data"), database_url())

    async def work() -> Any:
        async with opened(settings, say) as runtime:
            return await replay(runtime.deps, inquiry, Caller("earmark explain", frozenset({"admin"}), None))

    again = run(work)
    told.explained(again, as_json=as_json)
    sys.exit(0 if again.identical else 1)


@main.command()
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
    from gateway.auth import Tokens, load_keys

    try:
        tokens = Tokens(load_keys(data or default_data("demo" if demo else "data")))
        click.echo(tokens.issue(person or roles[0], roles, channels or None, hours * 3600))
    except (ValueError, RuntimeError) as bad:
        refuse(str(bad))


@main.command()
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
    """Look at the machine, the database and the clock, and say how to mend what is wrong (exit code 1)."""
    from gateway import doctor as looking

    settings = Settings(data or default_data("demo" if demo else "data"), database_url(), port=port)
    findings = asyncio.run(looking.examine(settings, lambda _: None))
    looking.tell(findings, as_json=as_json)
    sys.exit(0 if all(finding.is_well for finding in findings) else 1)


def say(line: str) -> None:
    """Progress, where a person sees it and a program does not."""
    click.echo(line, err=True)


def show(content: dict[str, Any], text: str, as_json: bool) -> None:
    click.echo(orjson.dumps(content, default=str).decode() if as_json else text)


def refuse(message: str) -> NoReturn:
    """Ends with exit code 2 and the message."""
    click.echo(f"earmark: {message}", err=True)
    sys.exit(2)


def run(work: Callable[[], Awaitable[T]]) -> T:
    """What the work returns. Errors we know are told in a sentence, without a stack."""
    import uvloop

    from datasources.connectors.lines import FolderUnreadable
    from datasources.connectors.plain_yaml import MappingRefused
    from datasources.store.embedded import EmbeddedUnavailable
    from rules.errors import Refusal

    async def inside() -> T:
        return await work()

    try:
        return uvloop.run(inside())
    except KeyboardInterrupt:
        sys.exit(130)
    except (RuntimeError, Refusal, EmbeddedUnavailable, MappingRefused, FolderUnreadable) as refused:
        logging.getLogger(__name__).debug("refused", exc_info=refused)
        refuse(str(refused))
