"""Goods that are late or short, bought or made in time: asked, explained and decided again over HTTP."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from datasources.facts import (
    BillFact,
    CalendarFact,
    CapacityFact,
    Fact,
    ProductionFact,
    StockFact,
    SupplierFact,
)
from datasources.store import clock
from tests.application import Client
from tests.scenarios.company import WEB, item, site, tell

ASK = """query($lines: [AvailabilityLineInput!]!) { availability(channel: "web", lines: $lines) {
  inquiry lines { promisable earliest open schedule { day site quantity label position } } } }"""
AGAIN = """query($id: ID!) { inquiry(id: $id) { identical answer {
  lines { earliest schedule { day quantity label } } } } }"""
WEEKDAYS = CalendarFact("Mon-Fri", (1, 2, 3, 4, 5))
MON_SAT = CalendarFact("Mon-Sat", (1, 2, 3, 4, 5, 6))
STATES = ("stock", "supplier", "production", "bill", "capacity")


def march(day: int) -> date:
    return date(2026, 3, day)


def supplier(code: str = "X", name: str = "ACME", **more: Any) -> SupplierFact:
    """Five days, two with the carrier, one to stock; orders of 20 and more in tens, placed before noon."""
    given: dict[str, Any] = {
        "supplier_days": 5,
        "supplier_calendar": "Mon-Fri",
        "transit_days": 2,
        "carrier_calendar": "Mon-Sat",
        "receiving_calendar": "Mon-Fri",
        "dock_to_stock_days": 1,
        "minimum": Decimal(20),
        "multiple": Decimal(10),
        "desk_calendar": "Mon-Fri",
        "cut_off": "12:00",
    }
    return SupplierFact(code, "DC", name, **given | more)


MAKING: tuple[Fact, ...] = (
    ProductionFact("X", "DC", "V1", "PRESS", set_up_minutes=30, minutes_a_unit=Decimal(6)),
    BillFact("X", "V1", "A", Decimal(2), scrap_percent=Decimal(5)),
    BillFact("X", "V1", "B", Decimal(1)),
    StockFact("A", "DC", Decimal(63)),
    StockFact("B", "DC", Decimal(30)),
    *(
        CapacityFact("PRESS", "DC", march(day), minutes)
        for day, minutes in ((9, 60), (10, 45), (11, 60), (12, 60))
    ),
)


async def company(client: Client, *facts: Fact) -> Client:
    """A site that works on weekdays, on Wednesday the 4th of March at 11:00."""
    await at(client, datetime(2026, 3, 4, 11, tzinfo=UTC))
    await tell(
        client,
        "erp",
        *(WEEKDAYS, MON_SAT, site("DC", calendar="Mon-Fri"), WEB),
        *(item(sku) for sku in ("X", "A", "B")),
        item("PRESS", unit="MIN"),
        *facts,
        states=STATES,
    )
    return client.as_("oms")


async def at(client: Client, now: datetime) -> None:
    async with client.deps.store.writing() as tx:
        await clock.set_now(tx, now)


async def asked(client: Client, quantity: int = 30, sku: str = "X", wanted: str = "2026-03-04") -> Any:
    lines = [{"sku": sku, "quantity": quantity, "wanted": wanted}]
    return (await client.ask(ASK, lines=lines))["availability"]


def parts(line: Any) -> list[tuple[str, int, str]]:
    return [(part["day"][5:], part["quantity"], part["label"]) for part in line["schedule"]]


@pytest.mark.parametrize(("hour", "usable"), [(11, "03-16"), (12, "03-17")])
async def test_what_is_short_is_bought_before_and_at_the_cut_off(client: Client, hour: int, usable: str):
    """Eight are here and 22 are bought, there on Monday; at noon sharp everything is a day later."""
    shop = await company(client, StockFact("X", "DC", Decimal(8)), supplier())
    await at(client, datetime(2026, 3, 4, hour, tzinfo=UTC))
    told = await asked(shop)
    [line] = told["lines"]
    assert parts(line) == [("03-04", 8, "supply"), (usable, 22, "ctp_buy")]
    assert (line["promisable"], line["earliest"][5:], line["open"]) == (8, usable, 0)
    again = (await shop.ask(AGAIN, id=told["inquiry"]))["inquiry"]
    assert again["identical"]
    assert parts(again["answer"]["lines"][0]) == parts(line)


async def test_what_is_short_is_made_from_its_components(client: Client):
    """210 minutes of the press from Monday on: 60, 45, 60 and 45, done on Thursday."""
    shop = await company(client, *MAKING)
    told = await asked(shop)
    [line] = told["lines"]
    assert parts(line) == [("03-12", 30, "ctp_make")]
    assert (await shop.ask(AGAIN, id=told["inquiry"]))["inquiry"]["identical"]
