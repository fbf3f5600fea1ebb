"""`earmark atp`: what is available to promise, of some items or of the whole catalogue."""

import csv
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise, repeat
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.commands.endings import refuse, run, say
from gateway.commands.options import DATA
from gateway.settings import Settings, database_url, default_data
from rules.atp import UNLIMITED
from rules.quantity import to_base

if TYPE_CHECKING:
    from resolvers.flows.supply_plan import SitePlan

COLUMNS = ("sku", "site", "position", "day", "atp", "usable", "receipts", "commitments", "withheld")

OWN = "own"
"""The position that goes without saying."""


@click.command()
@click.argument("skus", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every item of the catalogue.")
@click.option(
    "--csv", "as_csv", is_flag=True, help="A row for each item, site, position and day, under a heading."
)
@click.option("--demo", is_flag=True, help="Of the demo company.")
@DATA
def atp(skus: tuple[str, ...], everything: bool, as_csv: bool, demo: bool, data: Path | None) -> None:
    """Print ATP day by day, of SKUS or of all items.

    Without --csv a line for each item and site: today's quantity, and each later day on which it changes.
    Goods that are not counted as our own have a line of their own, which begins with their position.
    """
    if everything == bool(skus):
        refuse("Name some skus, or use --all for every item.")

    from gateway.runtime import opened
    from resolvers.flows.supply_plan import plan_all, plan_some

    settings = Settings(data or default_data("demo" if demo else "data"), database_url())
    if not settings.has_database:
        refuse(
            f"There is no database in {settings.data}. Name the gateway's folder with --data, or use --demo."
        )

    async def work() -> int:
        async with opened(settings, say) as runtime:
            found = plan_all(runtime.deps) if everything else _each(await plan_some(runtime.deps, skus))
            async with aclosing(found) as plans:
                return await (_write_csv(plans) if as_csv else _tell(plans))

    try:
        written = run(work)
    except BrokenPipeError:
        # Whoever read it has seen enough; what is left to print must not fail when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    if not written:
        refuse("None of these items is held, expected or owed anywhere.")


async def _each(plans: "Iterable[SitePlan]") -> "AsyncGenerator[SitePlan, None]":
    for plan in plans:
        yield plan


async def _write_csv(plans: "AsyncIterator[SitePlan]") -> int:
    """How many plans were written, each as soon as it is there."""
    writer, count = csv.writer(sys.stdout, lineterminator="\n"), 0
    writer.writerow(COLUMNS)
    async for plan in plans:
        writer.writerows(_cells(plan))
        count += 1
    return count


def _cells(plan: "SitePlan") -> "Iterable[tuple[object, ...]]":
    """A row for each day, quantities in the item's base unit."""
    rows = plan.rows
    columns = (plan.atp, rows.usable, rows.receipts, rows.commitments, rows.withheld)
    shown = [_in_base(column, plan.precision) for column in columns]
    where = (repeat(plan.sku), repeat(rows.site_id), repeat(rows.position))
    return zip(*where, _days(rows.today, len(plan.atp)), *shown, strict=False)


@lru_cache(maxsize=64)
def _days(today: date, count: int) -> tuple[str, ...]:
    return tuple((today + timedelta(days=ahead)).isoformat() for ahead in range(count))


def _in_base(column: "Sequence[int]", precision: int) -> "Iterable[object]":
    """The quantities as they are shown: whole units without a mark for no limit among them as they are."""
    if precision == 0 and max(column) < UNLIMITED:
        return column
    return [_limited(quantity, precision) for quantity in column]


def _limited(quantity: int, precision: int) -> object:
    return "unlimited" if quantity == UNLIMITED else to_base(quantity, precision)


async def _tell(plans: "AsyncIterator[SitePlan]") -> int:
    """How many plans were told, each in a line."""
    count = 0
    async for plan in plans:
        steps = [str(_limited(plan.atp[0], plan.precision))]
        for cell, (before, free) in enumerate(pairwise(plan.atp), 1):
            if free != before:
                day = plan.rows.today + timedelta(days=cell)
                steps.append(f"{_limited(free, plan.precision)} from {day}")
        position = "" if plan.rows.position == OWN else f"{plan.rows.position}: "
        click.echo(f"{plan.sku:<20} {plan.rows.site_id:<10} {position}{', '.join(steps)}")
        count += 1
    return count
