"""What a case states, as its operations change it. Quantities are smallest units of the case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from gateway.cases.reading import Unclear, When, mapping, maps, only, precision, rows, units, when
from rules.calendar import local_day, zone_of

ITEM, SITE = "X", "S"
"""The names of what a case leaves nameless."""

SUPPLY_KEYS: Final = {"id", "item", "site", "qty", "due", "type", "status", "usable_until"}
DEMAND_KEYS: Final = {"id", "item", "site", "qty", "due", "status", "rank", "demand_class", "lot"}
STOCK_KEYS: Final = {"item", "site", "bin", "lot", "segment", "qty", "usable_until"}
HOLD_KEYS: Final = {"id", "code", "qty", "lots", "from", "until", "item", "site"}
SAFETY_KEYS: Final = {"from", "qty", "item", "site"}
GIVEN_KEYS: Final = {
    *("today", "now", "horizon", "zone", "bucket", "item", "site", "policy"),
    *("on_hand", "supply", "demand", "holds", "safety_stock", "series", "kit"),
}
SERIES_KEYS: Final = {"supply", "demand", "forecast"}

Place = tuple[str, str]
"""An item and a site."""


@dataclass(frozen=True, slots=True)
class Line:
    """A supply, demand or forecast line. One of a series has no id."""

    line_id: str
    place: Place
    quantity: int
    due: When
    kind: str = ""
    status: str = "open"
    usable_until: When | None = None
    rank: int = 1
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Stock:
    place: Place
    quantity: int
    bin: str = ""
    lot: str = ""
    usable_until: When | None = None


@dataclass(frozen=True, slots=True)
class HoldRow:
    hold_id: str
    place: Place
    code: str
    quantity: int | None
    lots: tuple[str, ...] = ()
    starts: When | None = None
    until: When | None = None


@dataclass(frozen=True, slots=True)
class SafetyRow:
    place: Place
    quantity: int
    starts: When | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is given, at one step of a case."""

    scale: int
    today: int | date | None
    horizon: object
    zone: str
    bucket: str
    place: Place
    """What rows that name no item and no site belong to, and what is asked about but for a kit."""
    policy: Mapping[str, Any]
    on_hand: tuple[Stock, ...] = ()
    supply: tuple[Line, ...] = ()
    demand: tuple[Line, ...] = ()
    forecast: tuple[Line, ...] = ()
    holds: tuple[HoldRow, ...] = ()
    safety_stock: tuple[SafetyRow, ...] = ()
    kit: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads rows of one case: its smallest unit, and the place of what names none."""

    scale: int
    place: Place

    def units(self, value: object) -> int:
        return units(value, self.scale)

    def place_of(self, row: Mapping[str, Any]) -> Place:
        return str(row.get("item", self.place[0])), str(row.get("site", self.place[1]))

    def line(self, row: Mapping[str, Any], keys: set[str]) -> Line:
        only(keys, row, f"line {row.get('id', '')}")
        return Line(
            str(required(row, "id")),
            self.place_of(row),
            self.units(required(row, "qty")),
            when(required(row, "due")),
            str(row.get("type", "")),
            _status(row.get("status", "open")),
            optional_when(row, "usable_until"),
            int(row.get("rank", 1)),
            str(row.get("lot", "")),
        )

    def stock(self, value: object) -> tuple[Stock, ...]:
        if not isinstance(value, list):
            return () if value is None else (Stock(self.place, self.units(value)),)
        return tuple(self._stock_row(mapping(row, "an on_hand row")) for row in value)

    def _stock_row(self, row: Mapping[str, Any]) -> Stock:
        only(STOCK_KEYS, row, "an on_hand row")
        lot, place = str(row.get("lot", "")), str(row.get("bin", ""))
        return Stock(
            self.place_of(row),
            self.units(required(row, "qty")),
            place,
            lot,
            optional_when(row, "usable_until"),
        )

    def hold(self, row: Mapping[str, Any]) -> HoldRow:
        only(HOLD_KEYS, row, f"hold {row.get('id', '')}")
        if ("qty" in row) == ("lots" in row):
            raise Unclear(f"hold {row.get('id', '')} needs either qty or lots")
        return HoldRow(
            str(required(row, "id")),
            self.place_of(row),
            str(row.get("code", "")),
            self.units(row["qty"]) if "qty" in row else None,
            tuple(str(lot) for lot in rows(row.get("lots"), "lots")),
            optional_when(row, "from"),
            optional_when(row, "until"),
        )

    def safety(self, value: object) -> tuple[SafetyRow, ...]:
        if not isinstance(value, list):
            return () if value is None else (SafetyRow(self.place, self.units(value)),)
        return tuple(self._safety_row(mapping(row, "a safety_stock row")) for row in value)

    def _safety_row(self, row: Mapping[str, Any]) -> SafetyRow:
        only(SAFETY_KEYS, row, "a safety_stock row")
        return SafetyRow(self.place_of(row), self.units(required(row, "qty")), optional_when(row, "from"))

    def series(self, value: object, today: When | None, days: int) -> tuple[Line, ...]:
        """One line a bucket, from today's on."""
        return tuple(
            Line("", self.place, self.units(quantity or 0), later(today, cell * days))
            for cell, quantity in enumerate(rows(value, "a series"))
        )


def facts(given: Mapping[str, Any], case: Mapping[str, Any]) -> Facts:
    """The facts a case, or a variant of it, starts from. Its smallest unit is that of the whole case."""
    only(GIVEN_KEYS, given, "given")
    scale = int(10 ** precision(dict(case)))
    place = str(ITEM if given.get("kit") else given.get("item", ITEM)), str(given.get("site", SITE))
    read = Reader(scale, place)
    zone = str(given.get("zone", "UTC"))
    zone_of(zone)  # an unknown zone is told even where no instant needs it
    today = local(optional_when(given, "today" if "today" in given else "now"), zone)
    bucket = str(given.get("bucket", "day"))
    series = mapping(given.get("series"), "series")
    only(SERIES_KEYS, series, "series")
    days = 7 if bucket == "week" else 1
    return Facts(
        scale=scale,
        today=today,
        horizon=given.get("horizon"),
        zone=zone,
        bucket=bucket,
        place=place,
        policy=mapping(given.get("policy"), "policy"),
        on_hand=read.stock(given.get("on_hand")),
        supply=(
            *(read.line(row, SUPPLY_KEYS) for row in maps(given.get("supply"), "supply")),
            *read.series(series.get("supply"), today, days),
        ),
        demand=(
            *(read.line(row, DEMAND_KEYS) for row in maps(given.get("demand"), "demand")),
            *read.series(series.get("demand"), today, days),
        ),
        forecast=read.series(series.get("forecast"), today, days),
        holds=tuple(read.hold(row) for row in maps(given.get("holds"), "holds")),
        safety_stock=read.safety(given.get("safety_stock")),
        kit=tuple(
            (str(required(row, "item")), read.units(required(row, "per")))
            for row in maps(given.get("kit"), "kit")
        ),
    )


def required(row: Mapping[str, Any], key: str) -> Any:
    """The value of a key that must be there."""
    if not isinstance(row, Mapping) or row.get(key) is None:
        raise Unclear(f"{row!r} needs {key}")
    return row[key]


def optional_when(row: Mapping[str, Any], key: str) -> When | None:
    """The day or period of a key that may be left out."""
    return None if row.get(key) is None else when(row[key])


def local(today: When | None, zone: str) -> int | date | None:
    """Today as a period or a local day; an instant stands for the day that holds it."""
    return local_day(today, zone) if isinstance(today, datetime) else today


def later(today: When | None, days: int) -> When:
    """The day or period so many days or periods after today's."""
    if isinstance(today, int):
        return today + days
    if isinstance(today, date):
        return today + timedelta(days=days)
    raise Unclear("a series needs today")


def _status(value: object) -> str:
    if value not in {"open", "draft"}:
        raise Unclear(f"{value!r} is no status of a line: open or draft")
    return str(value)
