"""What those who live in the company know when the day begins.

Shelves and people are the demo company's own. Orders and supply are read from the gateway, since an earlier
day may have changed them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from datasources.connectors.demo.catalogue import Item
from datasources.connectors.demo.company import company_of
from datasources.connectors.demo.network import CENTRES, GROWN, STORES, DemoSize
from gateway.live.http import Gateway

PAGES_MAX = 10
SMALL_SITES_MAX = 10

COMPANY = "query Company { sites { site kind today } channels { code } }"
ORDERS = """query Orders($after: String) {
  orders(first: 200, after: $after) {
    edges { node { order line sku site quantity } }
    pageInfo { hasNextPage endCursor }
  }
}"""
SUPPLIES = """query Supplies($after: String) {
  supplies(filter: {kind: "purchase"}, first: 200, after: $after) {
    edges { node { line sku site quantity due firmness supplier source } }
    pageInfo { hasNextPage endCursor }
  }
}"""


class NotTheDemo(RuntimeError):
    """The gateway serves another company."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where goods of an item stand, in the words of the system that counts them."""

    sku: str
    site: str
    status: str = "available"
    lot: str = ""
    bin: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order line that is still owed."""

    order: str
    line: str
    sku: str
    site: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase line that is still to come."""

    line: str
    sku: str
    site: str
    quantity: Decimal
    due: date
    firmness: str
    supplier: str


@dataclass(frozen=True, slots=True)
class Known:
    """The company as its people find it in the morning."""

    today: date
    centres: tuple[str, ...]
    stores: tuple[str, ...]
    channels: tuple[str, ...]
    items: tuple[Item, ...]
    shelves: Mapping[Place, Decimal]
    orders: tuple[OrderLine, ...]
    purchases: tuple[Purchase, ...]


async def find_out(gateway: Gateway) -> Known:
    """Return what is known. Raises NotTheDemo where the gateway serves another company."""
    told = await gateway.ask("integrator", COMPANY, {})
    here = {site["site"] for site in told["sites"]}
    if not {site.site_id for site in CENTRES[:2] + STORES[:4]} <= here:
        raise NotTheDemo("This gateway does not serve the demo company. Start one with `make serve`.")
    company = company_of(DemoSize() if len(here) < SMALL_SITES_MAX else GROWN)
    return Known(
        today=max(date.fromisoformat(site["today"]) for site in told["sites"]),
        centres=tuple(site.site_id for site in company.centres),
        stores=tuple(site.site_id for site in company.stores),
        channels=tuple(channel["code"] for channel in told["channels"]),
        items=company.items,
        shelves={
            Place(row.code, row.site_id, row.status, row.lot, row.bin): row.quantity
            for trade in company.trades
            for row in trade.stock
            if row.ownership == "own"
        },
        orders=tuple(_order(row) for row in await _all(gateway, ORDERS, "orders")),
        purchases=tuple(_purchase(row) for row in await _all(gateway, SUPPLIES, "supplies")),
    )


async def _all(gateway: Gateway, document: str, name: str) -> list[dict[str, Any]]:
    """Return the list's rows, at most those of its first pages."""
    rows: list[dict[str, Any]] = []
    after = None
    for _ in range(PAGES_MAX):
        page = (await gateway.ask("integrator", document, {"after": after}))[name]
        rows += [edge["node"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    return rows


def _order(row: Mapping[str, Any]) -> OrderLine:
    return OrderLine(row["order"], row["line"], row["sku"], row["site"], Decimal(row["quantity"]))


def _purchase(row: Mapping[str, Any]) -> Purchase:
    return Purchase(
        line=row["line"],
        sku=row["sku"],
        site=row["site"],
        quantity=Decimal(row["quantity"]),
        due=date.fromisoformat(row["due"]),
        firmness=row["firmness"],
        supplier=row["supplier"] or "",
    )
