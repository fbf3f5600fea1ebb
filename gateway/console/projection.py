"""The rows a site's answer was read from, day by day, as they are drawn and listed."""

from dataclasses import dataclass
from datetime import date, timedelta

from rules.position import SitePosition
from rules.quantity import to_base

Base = int | str


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one site, in base units."""

    day: date
    usable: Base
    receipts: Base
    owed: Base
    net: Base
    atp: Base
    binds: bool
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class Projection:
    """All days of the horizon, and what they show in a sentence."""

    site: str
    days: tuple[Day, ...]
    binding: date
    wanted: date
    summary: str


def project(rows: SitePosition, precision: int, binding: date, wanted: date) -> Projection:
    """The site's rows with the binding and the wanted day marked."""
    days = tuple(_day(rows, cell, precision, binding, wanted) for cell in range(len(rows.free)))
    return Projection(rows.site_id, days, binding, wanted, _summary(rows, precision, binding, wanted))


def _day(rows: SitePosition, cell: int, precision: int, binding: date, wanted: date) -> Day:
    day = rows.today + timedelta(days=cell)
    return Day(
        day,
        to_base(rows.usable[cell], precision),
        to_base(rows.receipts[cell], precision),
        to_base(rows.commitments[cell], precision),
        to_base(rows.net_position[cell], precision),
        to_base(rows.free[cell], precision),
        binds=day == binding,
        is_wanted=day == wanted,
    )


def _summary(rows: SitePosition, precision: int, binding: date, wanted: date) -> str:
    return (
        f"{rows.site_id} from {rows.today} to {rows.last_day}: can be promised today "
        f"{to_base(rows.free[0], precision)}, on {wanted} {to_base(rows.free_on(wanted), precision)}, "
        f"on the last day {to_base(rows.free[-1], precision)}. {binding} binds."
    )
