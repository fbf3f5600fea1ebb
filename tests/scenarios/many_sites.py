"""A centre and two stores, and the rules that say how lines are split over them."""

from decimal import Decimal
from typing import Any

import pytest

from datasources.facts import SiteFact, StockFact
from tests.application import Client
from tests.graph.test_reservations import DONE
from tests.scenarios.company import WEB, item, tell

TODAY, TOMORROW = "2026-06-01", "2026-06-02"

SPLIT = "{max_sites: 99, max_dates: 99, min_split: 0, choose: listed"
PROMISED = "{horizon_days: 90, partial: true, backorder: true, min_shipment_percent: 0, cut_off: none}"
STORES = "then: {serves: true, turn: 1, floor: 0, orders_a_day: none}\n    why: Stores"
Change = tuple[str, str, str]


def splitting(
    *, max_sites: int = 99, max_dates: int = 99, min_split: int = 0, choose: str = "listed"
) -> Change:
    """The rule that says how lines are split."""
    said = f"{{max_sites: {max_sites}, max_dates: {max_dates}, min_split: {min_split}, choose: {choose}"
    return "62-split.yaml", SPLIT, said


def promising(
    *, partial: bool = True, backorder: bool = True, least: int = 0, horizon: int = 90
) -> list[Change]:
    """The rule that says how an ask may be answered, with its examples."""
    parts, waits = str(partial).lower(), str(backorder).lower()
    given = f"horizon_days: {horizon}, partial: {parts}, backorder: {waits}, min_shipment_percent: {least}"
    lines = given.replace(", ", "\n      ")
    usual = PROMISED[1:-1].rpartition(", ")[0]
    return [
        ("70-promise.yaml", PROMISED, f"{{{given}, cut_off: none}}"),
        ("70-promise.yaml", usual.replace(", ", "\n      "), lines),
        ("70-promise.yaml", "{horizon_days: 90, row", f"{{horizon_days: {horizon}, row"),
    ]


def stores(*, floor: int = 0, orders_a_day: int | None = None) -> list[Change]:
    """The rule about stores: what stays for their counter, and how many orders they ship a day."""
    limit = "none" if orders_a_day is None else str(orders_a_day)
    then = f"then: {{serves: true, turn: 1, floor: {floor}, orders_a_day: {limit}}}\n    why: Stores"
    return [
        ("60-sourcing.yaml", STORES, then),
        ("60-sourcing.yaml", "turn: 1, floor: 0, row: SIT020", f"turn: 1, floor: {floor}, row: SIT020"),
    ]


def on_hand(quantity: int, site_id: str, sku: str = "A") -> StockFact:
    return StockFact(sku, site_id, Decimal(quantity))


SITES = (
    SiteFact("DC", "Centre", "distribution_centre", "UTC"),
    SiteFact("ST1", "First store", "store", "UTC"),
    SiteFact("ST2", "Second store", "store", "UTC"),
)


@pytest.fixture
async def shops(client: Client) -> Client:
    """4 in the centre, 10 in the first store and 7 in the second; stores keep 3 once the rules say so."""
    goods = (on_hand(4, "DC"), on_hand(10, "ST1"), on_hand(7, "ST2"))
    await tell(client, "wms", item("A"), *SITES, WEB, *goods, states=["stock"])
    return client


ASK = """query($lines: [AvailabilityLineInput!]!) { availability(channel: "web", lines: $lines) {
  inquiry lines { promisable earliest open backorder schedule { day site quantity } problem { code } } } }"""
MORE = DONE.replace("sequence\n", "sequence waits refused\n")
KEEP = f"mutation($input: ReserveInput!) {{ reserve(input: $input) {{ {MORE} }} }}"


def line(quantity: object, wanted: str = TODAY, sku: str = "A", **more: object) -> dict[str, object]:
    return {"sku": sku, "quantity": quantity, "wanted": wanted, **more}


async def asked(client: Client, *lines: dict[str, object]) -> Any:
    """The lines answered."""
    return (await client.ask(ASK, lines=list(lines)))["availability"]["lines"]


async def kept(client: Client, key: str, *lines: dict[str, object], **more: object) -> Any:
    """What became of reserving."""
    given = {"channel": "web", "key": key, "lines": list(lines), **more}
    return (await client.ask(KEEP, input=given))["reserve"]["operation"]


def parts(given: Any) -> list[tuple[str, str, object]]:
    """Day, site and quantity: goods on hand and receipts that come together are one."""
    together: dict[tuple[str, str], Any] = {}
    for part in given:
        at = part["day"], part["site"]
        together[at] = together.get(at, 0) + part["quantity"]
    return [(day, site_id, quantity) for (day, site_id), quantity in together.items()]
