"""Purchase requests, production orders and transfers of ours: written with the promise that rests on them.

The supply of an order is a supply line of source earmark, what it takes of a component an order line, and
its minutes are below 0 in the resource's capacity. Each bears the order's id. A source that states a supply
line under that id has taken the order over, or with a quantity of 0 refused it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.store import fact_tables, promise_tables
from datasources.store.bulk import copy
from datasources.store.mirror import SUPPLY, Mirror
from datasources.store.tables import among

SOURCE = "earmark"
"""Whose facts these are: our own."""


@dataclass(frozen=True, slots=True)
class FirmOrder:
    """One order. `pegged` of it are for the reservation, or for the order of ours that it `serves`.

    `components` are what it takes of items on the day it starts, `minutes` what of its resource by day.
    """

    order_id: str
    reservation_id: UUID
    serves: str | None
    label: str
    kind: str
    source_id: str
    channel: str
    sku: str
    site_id: str
    quantity: int
    pegged: int
    starts_on: date
    ready_on: date
    usable_on: date
    components: tuple[tuple[str, int], ...]
    resource: str
    minutes: tuple[tuple[date, int], ...]
    person: str
    key: str
    usable_until: date | None = None
    """The last day any of what is transferred may be promised for; None: it does not expire."""

    @property
    def takes_at(self) -> str:
        """The site that owes what the order takes: a transfer takes its goods from the sender, its source."""
        return self.source_id if self.label == "transfer" else self.site_id


async def write(tx: AsyncConnection, orders: Sequence[FirmOrder], now: datetime) -> None:
    """The orders stand, with their supply and what they take. The profiles of all of it must be locked."""
    await copy(tx, promise_tables.firm_order, [_row(order, now) for order in orders])
    await copy(tx, fact_tables.supply_line, [_supply(order, now) for order in orders])
    await copy(tx, fact_tables.demand_line, [row for order in orders for row in _demand(order, now)])
    await copy(tx, fact_tables.capacity, [row for order in orders for row in _minutes(order, now)])


async def transfers_of(tx: AsyncConnection, reservation_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """The transfers of ours that were ordered for these reservations."""
    table = promise_tables.firm_order
    chosen = select(table.c.reservation_id, table.c.order_id).where(
        table.c.label == "transfer", table.c.reservation_id.in_(sorted(set(reservation_ids)))
    )
    found: dict[UUID, list[str]] = {}
    for row in await tx.execute(chosen.order_by(table.c.order_id)):
        found.setdefault(row.reservation_id, []).append(row.order_id)
    return found


async def transfers(tx: AsyncConnection, order_ids: Iterable[str]) -> dict[str, FirmOrder]:
    """These transfers, as they were ordered."""
    table = promise_tables.firm_order
    chosen = select(table).where(among(table.c.order_id, sorted(set(order_ids))), table.c.label == "transfer")
    names = {
        name
        for name in FirmOrder.__dataclass_fields__
        if name not in {"kind", "components", "minutes", "usable_until"}
    }
    return {
        row["order_id"]: FirmOrder(
            **{name: row[name] for name in names},
            kind="transfer",
            components=((row["sku"], row["quantity"]),),
            minutes=(),
        )
        for row in (await tx.execute(chosen)).mappings()
    }


async def open_lines(tx: AsyncConnection, mirror: Mirror, order_ids: Iterable[str]) -> list[dict[str, Any]]:
    """The open lines of one kind that stand for these orders of ours."""
    named = sorted(set(order_ids))
    if not named:
        return []
    table = mirror.table
    column = table.c.line_id if mirror is SUPPLY else table.c.order_id
    chosen = select(table).where(
        among(column, named), table.c.source == SOURCE, table.c.recorded_until.is_(None)
    )
    rows = await tx.execute(chosen)
    return [{str(name): value for name, value in row.items()} for row in rows.mappings()]


def _row(order: FirmOrder, now: datetime) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "reservation_id": order.reservation_id,
        "serves": order.serves,
        "label": order.label,
        "source_id": order.source_id,
        "channel": order.channel,
        "sku": order.sku,
        "site_id": order.site_id,
        "quantity": order.quantity,
        "pegged": order.pegged,
        "starts_on": order.starts_on,
        "ready_on": order.ready_on,
        "usable_on": order.usable_on,
        "resource": order.resource,
        "person": order.person,
        "key": order.key,
        "made_at": now,
    }


def _recorded(now: datetime) -> dict[str, Any]:
    return {"as_of": now, "stated_from": now, "recorded_from": now, "source": SOURCE}


def _supply(order: FirmOrder, now: datetime) -> dict[str, Any]:
    return _recorded(now) | {
        "line_id": order.order_id,
        "kind": order.kind,
        "firmness": "firm",
        "ownership": "own",
        "sku": order.sku,
        "site_id": order.site_id,
        "quantity": order.quantity,
        "due": order.usable_on,
        "supplier": order.source_id if order.label == "ctp_buy" else "",
        "usable_until": order.usable_until,
    }


def _demand(order: FirmOrder, now: datetime) -> Iterable[dict[str, Any]]:
    for sku, quantity in order.components:
        yield _recorded(now) | {
            "channel": order.channel,
            "order_id": order.order_id,
            "line_id": sku,
            "sku": sku,
            "site_id": order.takes_at,
            "quantity": quantity,
            "needed_on": order.starts_on,
            "wanted": order.starts_on,
            "customer": "",
        }


def _minutes(order: FirmOrder, now: datetime) -> Iterable[dict[str, Any]]:
    for day, minutes in order.minutes:
        yield _recorded(now) | {
            "sku": order.resource,
            "site_id": order.site_id,
            "day": day,
            "order_id": order.order_id,
            "quantity": -minutes,
        }
