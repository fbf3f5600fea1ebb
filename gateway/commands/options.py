"""Options that several commands share, each with one meaning."""

from datetime import date
from pathlib import Path
from typing import Any

import click

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
