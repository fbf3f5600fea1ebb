"""Slots of orders at sites that can ship only so many a day: one row a part of a reservation.

Orders are counted, not rows: an order has one slot at a site on a day, however many parts leave then. A row
stays when its slot is given back, so that what was known at an instant can be counted again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from datasources.store.unit import Tx

SiteDay = tuple[str, date]
Held = tuple[str, date, str]
"""A site, a day, and the order that has a slot there."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of a reservation leaves the site on the day, for the order.

    It is given back by itself at `ends`, if that is before `closes`: from then on nothing is given back.
    """

    reservation_id: UUID
    part: int
    site_id: str
    ship_on: date
    order: str
    ends: datetime | None
    closes: datetime | None


@dataclass(frozen=True, slots=True)
class Taken:
    """How many orders have a slot at each site on each day at an instant, and where some of them do."""

    now: datetime
    counts: Mapping[SiteDay, int]
    held: frozenset[Held]


def _counted(at: str, given_back: str) -> str:
    """How many orders leave each site on each day from yesterday on, as JSON, counted at an instant."""
    return f"""
  (SELECT coalesce(json_agg(json_build_array(site_id, ship_on, taken) ORDER BY site_id, ship_on), '[]')::text
   FROM (SELECT site_id, ship_on, count(DISTINCT ordered) AS taken FROM slot
     WHERE ship_on >= ({at} AT TIME ZONE 'UTC')::date - 1 AND made_at <= {at} AND {given_back}
       AND (ends IS NULL OR ends > {at} OR ends >= closes)
     GROUP BY site_id, ship_on) AS of_day)"""


COUNTED_SQL = _counted("earmark_now()", "given_back IS NULL")
"""The slots taken at the instant of the statement it stands in, as they are logged."""
COUNTED_AT = f"SELECT {_counted('CAST(:at AS timestamptz)', '(given_back IS NULL OR given_back > :at)')}"


def read_counts(text: str) -> dict[SiteDay, int]:
    """The slots taken, from the text that counts them."""
    return {(site, date.fromisoformat(day)): taken for site, day, taken in orjson.loads(text)}


async def counted_at(tx: Tx, at: datetime) -> dict[SiteDay, int]:
    """The slots that were taken at an instant."""
    return read_counts((await tx.execute(sa.text(COUNTED_AT), {"at": at})).scalar_one())


async def of_reservations(driver: Any, ids: Iterable[UUID]) -> list[tuple[UUID, str, str]]:
    """Where these reservations have or had slots: each with the site, and the order that leaves there."""
    rows = await driver.fetch(OF_RESERVATIONS, sorted(set(ids)))
    return [(row["reservation_id"], row["site_id"], row["ordered"]) for row in rows]


async def taken(driver: Any, orders: Iterable[str]) -> Taken:
    """The slots taken now, and those of these orders."""
    row = await driver.fetchrow(TAKEN, sorted(set(orders)))
    held = ((site, date.fromisoformat(day), order) for site, day, order in orjson.loads(row["held"]))
    return Taken(row["now"].astimezone(UTC), read_counts(row["counts"]), frozenset(held))


async def write(driver: Any, new: Sequence[Slot], at: datetime) -> None:
    """These slots are taken."""
    rows = [
        (each.reservation_id, each.part, each.site_id, each.ship_on, each.order, at, each.ends, each.closes)
        for each in new
    ]
    if rows:
        await driver.copy_records_to_table("slot", columns=COLUMNS, records=rows)


async def take_again(driver: Any, new: Sequence[Slot], at: datetime) -> None:
    """These slots are taken, also of parts that had one and gave it back."""
    rows = [
        (each.reservation_id, each.part, each.site_id, each.ship_on, each.order, at, each.ends, each.closes)
        for each in new
    ]
    if rows:
        await driver.execute(TAKE_AGAIN, *map(list, zip(*rows, strict=True)))


async def give_back(driver: Any, parts: Sequence[tuple[UUID, int]], at: datetime) -> None:
    """The slots of these parts are given back, those whose day is not closed."""
    if parts:
        await driver.execute(GIVE_BACK, *map(list, zip(*parts, strict=True)), at)


async def keep_until(driver: Any, rows: Sequence[tuple[UUID, str | None, datetime | None]]) -> None:
    """The slots of these reservations end then, None being never; they are of the order, if one is named."""
    if rows:
        await driver.execute(KEEP, *map(list, zip(*rows, strict=True)))


async def close(driver: Any, parts: Sequence[tuple[UUID, int]], at: datetime) -> None:
    """Goods of these parts have left: their slots are not given back any more."""
    if parts:
        await driver.execute(CLOSE, *map(list, zip(*parts, strict=True)), at)


COLUMNS = ("reservation_id", "part", "site_id", "ship_on", "ordered", "made_at", "ends", "closes")
OF_RESERVATIONS = "SELECT reservation_id, site_id, ordered FROM slot WHERE reservation_id = ANY($1::uuid[])"
TAKEN = f"""
SELECT earmark_now() AS now, {COUNTED_SQL} AS counts,
  (SELECT coalesce(json_agg(DISTINCT ARRAY[site_id, ship_on::text, ordered]), '[]')::text FROM slot
   WHERE ordered = ANY($1::text[]) AND given_back IS NULL
     AND (ends IS NULL OR ends > earmark_now() OR ends >= closes)) AS held
"""
TAKE_AGAIN = f"""
INSERT INTO slot ({", ".join(COLUMNS)})
SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::date[], $5::text[], $6::timestamptz[],
  $7::timestamptz[], $8::timestamptz[])
ON CONFLICT (reservation_id, part) DO UPDATE
  SET made_at = excluded.made_at, ends = excluded.ends, closes = excluded.closes, given_back = NULL
  WHERE slot.given_back IS NOT NULL
"""
GIVE_BACK = """
UPDATE slot SET given_back = $3 FROM unnest($1::uuid[], $2::smallint[]) AS back(reservation_id, part)
WHERE slot.reservation_id = back.reservation_id AND slot.part = back.part
  AND given_back IS NULL AND (closes IS NULL OR closes > $3)
"""
KEEP = """
UPDATE slot SET ends = kept.ends, ordered = coalesce(kept.ordered, slot.ordered)
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS kept(reservation_id, ordered, ends)
WHERE slot.reservation_id = kept.reservation_id
"""
CLOSE = """
UPDATE slot SET closes = $3 FROM unnest($1::uuid[], $2::smallint[]) AS left_site(reservation_id, part)
WHERE slot.reservation_id = left_site.reservation_id AND slot.part = left_site.part
  AND (closes IS NULL OR closes > $3)
"""
