"""What several commands of the rules are told: which folder, which gateway, who acts; and how they ask it."""

import getpass
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.commands.endings import refuse, run, say
from gateway.commands.options import DATA, JSON
from gateway.rulefiles import POLICIES
from gateway.settings import Settings, database_url, default_data

if TYPE_CHECKING:
    from resolvers.flows.deps import Caller, Deps

T = TypeVar("T")

FOLDER = click.argument(
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=POLICIES,
)
FOLDER_OR_NONE = click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False
)
DEMO = click.option("--demo", is_flag=True, help="At the gateway that serves the demo company.")
_PERSON = click.option(
    "--as", "person", help="Who does it, as the history shall name them. Left out: your login name."
)
VERSION = click.argument("version")
REASON = click.option("--reason", default="", help="Why, for the history.")


def step_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command is told who takes the step (person), at which gateway (data, demo), and as_json."""
    return _PERSON(DEMO(DATA(JSON(command))))


class Instant(click.ParamType[datetime]):
    """An instant written with its zone."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        instant = value if isinstance(value, datetime) else _in_utc(value)
        if instant is None:
            said = f"{value!r} is no instant with its zone"
            self.fail(f"{said}. Write it as 2026-03-02T08:00+01:00, or 2026-03-02T07:00Z.", param, ctx)
        return instant


class LocalTime(click.ParamType[datetime]):
    """A day, or a day and a time, by the clock of a site."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        local = value if isinstance(value, datetime) else _instant(value)
        if local is None or local.tzinfo is not None:
            said = f"{value!r} is no time by a site's clock"
            self.fail(f"{said}. Write it as 2026-03-02 or '2026-03-02 14:00', without a zone.", param, ctx)
        return local


def _in_utc(text: str) -> datetime | None:
    instant = _instant(text)
    try:
        return None if instant is None or instant.tzinfo is None else instant.astimezone(UTC)
    except OverflowError:  # the first or last hours of the calendar have no instant in UTC
        return None


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def gateway_settings(data: Path | None, *, demo: bool) -> Settings:
    """The settings of the gateway that is meant, whether it has a database or not."""
    return Settings(data or default_data("demo" if demo else "data"), database_url())


def ask_gateway(data: Path | None, work: "Callable[[Deps], Awaitable[T]]", *, demo: bool) -> T:
    """What the work makes of the store of the gateway that is meant. Ends the command if there is none."""
    settings = gateway_settings(data, demo=demo)
    if not settings.has_database:
        refuse(
            f"There is no database in {settings.data}. Name the gateway's folder with --data, or use --demo."
        )

    async def asked() -> T:
        from gateway.runtime import opened

        async with opened(settings, say) as runtime:
            return await work(runtime.deps)

    return run(asked)


def run_here(work: Callable[[], T]) -> T:
    """What the work returns, which asks no gateway. Errors we know are told in a sentence."""

    async def once() -> T:
        return work()

    return run(once)


def acting(person: str | None) -> "Caller":
    """The person named, or the one who is logged in, with every right: they have the database.

    Ends the command where that is nobody.
    """
    from datasources.store.tables import PERSON_MAX
    from resolvers.flows.deps import Caller

    try:
        name = (getpass.getuser() if person is None else person).strip()
    except (KeyError, OSError):
        name = ""
    if not name:
        refuse("It is not known who you are. Say who does it: --as PERSON")
    if len(name) > PERSON_MAX or not name.isprintable():
        said = f"No name is {name[:40]!r}. Say who does it in at most {PERSON_MAX} printable characters"
        refuse(f"{said}: --as PERSON")
    return Caller(name, frozenset({"admin"}), None)
