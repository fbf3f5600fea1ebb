"""The rows a site's answer was read from, day by day, as they are drawn and listed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rules.atp import UNLIMITED
from rules.methods import atp_row
from rules.position import ItemPosition, SitePosition
from rules.quantity import to_base

Base = int | str


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one site, in base units; `atp` None is without limit."""

    day: date
    usable: Base
    receipts: Base
    owed: Base
    net: Base
    withheld: Base
    atp: Base | None
    binds: bool = False
    is_wanted: bool = False


@dataclass(frozen=True, slots=True)
class Projection:
    """All days of the horizon, and what they show in a sentence."""

    site: str
    days: tuple[Day, ...]
    withholds: bool
    is_kit: bool
    summary: str


def project(item: ItemPosition, rows: SitePosition, binding: date, wanted: date) -> Projection:
    """The site's rows with the binding and the wanted day marked; a kit's ATP counts sets of parts too."""
    atp = [_limited(cell, item.profile.precision) for cell in atp_row(item, rows)]
    days = tuple(_day(rows, cell, item.profile.precision, atp[cell]) for cell in range(len(atp)))
    marked = tuple(replace(day, binds=day.day == binding, is_wanted=day.day == wanted) for day in days)
    return Projection(
        rows.site_id, marked, any(rows.withheld), bool(item.parts), _summary(rows, atp, binding, wanted)
    )


def _limited(quantity: int, precision: int) -> Base | None:
    return None if quantity == UNLIMITED else to_base(quantity, precision)


def _day(rows: SitePosition, cell: int, precision: int, atp: Base | None) -> Day:
    return Day(
        rows.today + timedelta(days=cell),
        to_base(rows.usable[cell], precision),
        to_base(rows.receipts[cell], precision),
        to_base(rows.commitments[cell], precision),
        to_base(rows.net_position[cell], precision),
        to_base(rows.withheld[cell], precision),
        atp,
    )


def _summary(rows: SitePosition, atp: Sequence[Base | None], binding: date, wanted: date) -> str:
    cells = {"today": 0, f"on {wanted}": (wanted - rows.today).days, "on the last day": -1}
    said = [f"{when} {'without limit' if atp[at] is None else atp[at]}" for when, at in cells.items()]
    return (
        f"{rows.site_id} from {rows.today} to {rows.last_day}: can be promised {', '.join(said)}. "
        f"{binding} binds."
    )
