"""Requirement 1.3: one item under two systems' names and units."""

from decimal import Decimal
from fractions import Fraction

import pytest

from datasources.facts import AliasFact, StockFact
from tests.application import Client
from tests.scenarios.company import WEB, item, promisable, receive, site, tell

WORKLIST = "query { worklist { edges { node { kind source reference reason } } } }"


@pytest.fixture
async def two_systems(client: Client) -> Client:
    """The ERP calls it A-100 and counts pieces; the WMS calls it A100/BX and counts boxes of twelve."""
    await tell(client, "erp", item("A-100"), item("A-200"), item("Z-9"), site("DC"), WEB)
    await tell(client, "wms", AliasFact("A100", "A-100", "BX", Fraction(12)), states=["stock"])
    return client


def boxes(event_id: str, code: str, quantity: object) -> dict[str, object]:
    movement = {"sku": code, "unit": "BX", "cause": "receipt", "legs": [{"site": "DC", "quantity": quantity}]}
    return {"source": "wms", "eventId": event_id, "movement": movement}


async def test_five_boxes_are_sixty_pieces_of_one_item(two_systems: Client):
    [receipt] = await receive(two_systems, boxes("r-1", "A100", 5))
    assert receipt["outcome"] == "APPLIED"
    assert await promisable(two_systems, "A-100", "2026-06-01") == 60
    found = await two_systems.ask("query { items { edges { node { sku } } } }")
    assert [edge["node"]["sku"] for edge in found["items"]["edges"]] == ["A-100", "A-200", "Z-9"]


async def test_an_unmapped_name_is_set_aside_with_the_two_nearest(two_systems: Client):
    """A1OO, with two letters O for zeros."""
    [receipt] = await receive(two_systems, boxes("r-2", "A1OO", 5))
    assert receipt["outcome"] == "SET_ASIDE"
    assert "A-100" in receipt["reason"]
    assert "A100" in receipt["reason"]
    matters = [e["node"] for e in (await two_systems.ask(WORKLIST))["worklist"]["edges"]]
    assert [(m["kind"], m["source"], m["reference"]) for m in matters] == [("event set aside", "wms", "r-2")]
    assert await promisable(two_systems, "A-100", "2026-06-01") == 0


async def test_a_part_of_a_piece_is_no_quantity(two_systems: Client):
    """A quarter of a box is three pieces; a tenth of one is no whole number of them."""
    assert [r["outcome"] for r in await receive(two_systems, boxes("r-3", "A100", "0.25"))] == ["APPLIED"]
    [receipt] = await receive(two_systems, boxes("r-4", "A100", "0.1"))
    assert receipt["outcome"] == "SET_ASIDE"
    assert "whole number" in receipt["reason"]
    assert await promisable(two_systems, "A-100", "2026-06-01") == 3


async def test_a_count_in_boxes_is_stock_in_pieces(two_systems: Client):
    report = await tell(two_systems, "wms", StockFact("A100", "DC", Decimal(2), unit="BX"), states=["stock"])
    assert report.set_aside_count == 0
    assert await promisable(two_systems, "A-100", "2026-06-01") == 24
