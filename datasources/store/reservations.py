"""Reservations and their moves: read under the profiles' locks, written in a few statements a batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from datasources.store.rulebooks import IN_FORCE_SQL
from datasources.store.snapshot import WATERMARKS_SQL
from datasources.store.unit import unavailable_is_typed
from rules.reservation import Act, Delivery, Move, Part, Reservation


@dataclass(frozen=True, slots=True)
class Ground:
    """What every decision of one transaction rests on, read after the locks."""

    now: datetime
    setup_hash: str
    book_version: str | None
    watermarks: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A move with the request that made it; `place` is that request's turn in its transaction."""

    move: Move
    person: str
    channel: str
    key: str
    place: int
    sequence: int


async def ground(driver: Any) -> Ground:
    """The clock, the set-up and the rule book in force, as one statement sees them."""
    row = await driver.fetchrow(GROUND)
    return Ground(row["now"].astimezone(UTC), row["setup_hash"], row["book_version"], row["watermarks"])


async def skus_of(pool: asyncpg.Pool, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The item of each reservation there is: it never changes, so it can be read before any lock."""
    async with unavailable_is_typed(), pool.acquire() as connection:
        rows = await connection.fetch(SKUS, sorted(set(ids)))
    return {row["reservation_id"]: row["sku"] for row in rows}


async def find(driver: Any, ids: Iterable[UUID]) -> dict[UUID, Reservation]:
    """These reservations, those there are."""
    rows = await driver.fetch(FIND, sorted(set(ids)))
    found: dict[UUID, Reservation] = {}
    for row in rows:
        part = _part(row)
        known = found.get(row["reservation_id"])
        found[row["reservation_id"]] = (
            _reservation(row, part) if known is None else replace(known, parts=(*known.parts, part))
        )
    return found


async def for_lines(driver: Any, skus: Iterable[str], lines: Iterable[tuple[str, str]]) -> list[Reservation]:
    """Live reservations of these items that stand for these lines, each an order and a line; oldest first.

    The items' profiles must be locked.
    """
    named = sorted(set(lines))
    if not named:
        return []
    rows = await driver.fetch(FOR_LINES, sorted(set(skus)), *map(list, zip(*named, strict=True)))
    found = await find(driver, (row["reservation_id"] for row in rows))
    return sorted(found.values(), key=lambda each: (each.made_at, each.reservation_id))


def _part(row: Any) -> Part:
    part = Part(
        *(row[name] for name in ("part", "site_id", "position", "needed_on", "part_quantity", "open"))
    )
    if row["promised"] is None:
        return part
    return replace(part, delivery=Delivery(row["ship_on"], row["promised"], row["service"]))


def _reservation(row: Any, first: Part) -> Reservation:
    return Reservation(
        row["reservation_id"],
        row["channel"],
        row["sku"],
        row["wanted"],
        (first,),
        row["made_at"].astimezone(UTC),
        row["expires_at"] and row["expires_at"].astimezone(UTC),
        row["state"],
        row["holder"],
        row["actor"],
        row["order_id"],
        row["line_id"],
        row["ship_to"],
        row["asked_service"],
    )


async def look(pool: asyncpg.Pool, reservation_id: UUID) -> tuple[Reservation, datetime] | None:
    """The reservation and the instant it was read at, or None."""
    async with unavailable_is_typed(), pool.acquire() as connection:
        now = await connection.fetchval("SELECT earmark_now()")
        found = await find(connection, [reservation_id])
    reservation = found.get(reservation_id)
    return None if reservation is None else (reservation, now.astimezone(UTC))


class Given(NamedTuple):
    """A reservation of one part, new, with the request that made it."""

    reservation_id: UUID
    sku: str
    wanted: date
    part: tuple[str, str, date, int]
    """Site, position, day and quantity."""
    expires_at: datetime | None
    """None: confirmed."""
    holder: str
    name: tuple[str, str, str]
    """Person, channel and key."""
    act: Act
    place: int
    sequence: int
    latest: date | None = None


@dataclass(slots=True)
class NewRows:
    """Rows to be added, of reservations, their parts and their moves."""

    reservations: list[tuple[object, ...]]
    parts: list[tuple[object, ...]]
    moves: list[tuple[object, ...]]


def rows_of(
    new: Iterable[Reservation], given: Iterable[Given], moves: Iterable[Moved], at: datetime
) -> NewRows:
    """What is to be added at the instant."""
    made = list(new)
    parts: list[tuple[object, ...]] = [
        (each.reservation_id, p.number, p.site_id, p.position, p.needed_on, p.quantity, p.open)
        for each in made
        for p in each.parts
    ]
    rows = NewRows([_row(each) for each in made], parts, [_moved(each, at) for each in moves])
    for name, sku, wanted, part, ends, holder, by, act, place, sequence, _ in given:
        person, channel, _ = by
        quantity = part[3]
        kept = ("confirmed", 0, quantity) if ends is None else ("active", quantity, 0)
        state, active, confirmed = kept
        rows.reservations.append(
            (name, channel, sku, wanted, quantity, holder, person, "", "", at, ends, state)
        )
        rows.parts.append((name, 0, *part, quantity))
        rows.moves.append((name, 0, act, active, confirmed, ends, at, *by, place, sequence))
    return rows


async def write(driver: Any, new: NewRows, changed: Sequence[Reservation]) -> None:
    """The reservations are as stated, with the moves that made them so."""
    copy = driver.copy_records_to_table
    if new.reservations:
        await copy("reservation", columns=COLUMNS, records=new.reservations)
        await copy("reservation_part", columns=PART_COLUMNS, records=new.parts)
    if changed:
        parts = [(each.reservation_id, part.number, part.open) for each in changed for part in each.parts]
        await driver.execute(CHANGE_PARTS, *map(list, zip(*parts, strict=True)))
        rows = [(r.reservation_id, r.state, r.expires_at, r.order_id, r.line_id) for r in changed]
        await driver.execute(CHANGE, *map(list, zip(*rows, strict=True)))
    if new.moves:
        await copy("reservation_move", columns=MOVE_COLUMNS, records=new.moves)


async def write_latest(driver: Any, new: Iterable[Reservation | Given]) -> None:
    """It is written up to when these reservations are of any use, where somebody said so."""
    rows = [(made.reservation_id, made.latest) for made in new if made.latest is not None]
    if rows:
        columns = ("reservation_id", "latest")
        await driver.copy_records_to_table("reservation_latest", columns=columns, records=rows)


async def write_deliveries(driver: Any, new: Iterable[Reservation]) -> None:
    """It is written where the parts of these reservations go."""
    rows = [
        (made.reservation_id, part.number, made.ship_to, made.service, way.ship_on, way.promised, way.service)
        for made in new
        if made.ship_to is not None
        for part in made.parts
        if (way := part.delivery) is not None
    ]
    if rows:
        await driver.copy_records_to_table("reservation_delivery", columns=DELIVERY_COLUMNS, records=rows)


def _row(each: Reservation) -> tuple[object, ...]:
    return (
        each.reservation_id,
        each.channel,
        each.sku,
        each.wanted,
        each.quantity,
        each.holder,
        each.actor,
        each.order_id,
        each.line_id,
        each.made_at,
        each.expires_at,
        each.state,
    )


def _moved(each: Moved, at: datetime) -> tuple[object, ...]:
    move = each.move
    return (
        *(move.reservation_id, move.part, move.act, move.active, move.confirmed, move.expires_at),
        *(at, each.person, each.channel, each.key, each.place, each.sequence),
    )


async def put_profiles(driver: Any, contents: Mapping[str, str]) -> None:
    """The profiles say this, each under its next sequence. They must be locked."""
    if contents:
        await driver.execute(PUT_PROFILES, list(contents), list(contents.values()))


COLUMNS = (
    *("reservation_id", "channel", "sku", "wanted", "quantity", "holder", "actor"),
    *("order_id", "line_id", "made_at", "expires_at", "state"),
)
PART_COLUMNS = ("reservation_id", "part", "site_id", "position", "needed_on", "quantity", "open")
DELIVERY_COLUMNS = ("reservation_id", "part", "ship_to", "asked_service", "ship_on", "promised", "service")
MOVE_COLUMNS = (
    *("reservation_id", "part", "act", "active", "confirmed", "expires_at"),
    *("at", "person", "channel", "key", "place", "sequence"),
)
GROUND = f"""
SELECT earmark_now() AS now, catalogue.setup_hash, {IN_FORCE_SQL} AS book_version,
  {WATERMARKS_SQL} AS watermarks FROM catalogue
"""
SKUS = "SELECT reservation_id, sku FROM reservation WHERE reservation_id = ANY($1::uuid[])"
FOR_LINES = """
SELECT reservation_id FROM reservation
  JOIN unnest($2::text[], $3::text[]) AS named(order_id, line_id) USING (order_id, line_id)
WHERE sku = ANY($1::text[]) AND order_id <> '' AND state IN ('active', 'confirmed')
  AND coalesce(expires_at, 'infinity') > earmark_now()
"""
FIND = """
SELECT reservation.*, part, site_id, position, needed_on, reservation_part.quantity AS part_quantity, open,
  ship_to, asked_service, ship_on, promised, service
FROM reservation JOIN reservation_part USING (reservation_id)
  LEFT JOIN reservation_delivery USING (reservation_id, part)
WHERE reservation_id = ANY($1::uuid[]) ORDER BY reservation_id, part
"""
CHANGE_PARTS = """
UPDATE reservation_part SET open = fresh.open
FROM unnest($1::uuid[], $2::smallint[], $3::bigint[]) AS fresh(reservation_id, part, open)
WHERE reservation_part.reservation_id = fresh.reservation_id AND reservation_part.part = fresh.part
  AND reservation_part.open <> fresh.open
"""
CHANGE = """
UPDATE reservation SET state = fresh.state, expires_at = fresh.expires_at,
  order_id = fresh.order_id, line_id = fresh.line_id
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])
  AS fresh(reservation_id, state, expires_at, order_id, line_id)
WHERE reservation.reservation_id = fresh.reservation_id
"""
PUT_PROFILES = """
UPDATE profile SET sequence = profile.sequence + 1, content = fresh.content
FROM unnest($1::text[], $2::text[]) AS fresh(sku, content) WHERE profile.sku = fresh.sku
"""
