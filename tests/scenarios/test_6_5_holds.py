"""Requirement 6.5: hold codes keep stock from being promised, each unit once, until each ends."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from datasources.facts import StockFact
from tests.application import Client
from tests.databases import Opened
from tests.scenarios.company import WEB, change_rules, item, promisable, receive, site, tell


@pytest.fixture
async def fifty(client: Client, opened: Opened) -> Client:
    """50 on hand in two lots; it is 8 June."""
    await opened.set_now(datetime(2026, 6, 8, 12, tzinfo=UTC))
    await tell(
        client,
        "wms",
        item("A"),
        site("DC"),
        WEB,
        StockFact("A", "DC", Decimal(30), lot="L1"),
        StockFact("A", "DC", Decimal(20), lot="L2"),
        states=["stock"],
    )
    return client


def hold(name: str, **more: object) -> dict[str, object]:
    return {
        "source": "wms",
        "eventId": f"set {name} {more}",
        "holdSet": {"hold": name, "sku": "A", "site": "DC", **more},
    }


QUALITY = hold("QC1", holdCode="quality", quantity=20, until="2026-06-10", reason="AQL")
RMA = hold("RMA1", holdCode="rma", quantity=5)


async def test_two_holds_leave_half_and_each_ends_in_its_time(fifty: Client, opened: Opened):
    assert [r["outcome"] for r in await receive(fifty, QUALITY, RMA)] == ["APPLIED", "APPLIED"]
    assert await promisable(fifty, "A", "2026-06-08") == 25
    assert await promisable(fifty, "A", "2026-06-10") == 45
    await opened.set_now(datetime(2026, 6, 10, 0, 0, 1, tzinfo=UTC))
    assert await promisable(fifty, "A", "2026-06-10") == 45


async def test_releasing_three_of_the_returned_gives_three(fifty: Client, opened: Opened):
    await receive(fifty, QUALITY, RMA)
    await opened.set_now(datetime(2026, 6, 10, 8, tzinfo=UTC))
    lifted = {"source": "wms", "eventId": "lift 3", "holdLifted": {"hold": "RMA1", "quantity": 3}}
    assert [r["outcome"] for r in await receive(fifty, lifted, lifted)] == ["APPLIED", "DUPLICATE"]
    assert await promisable(fifty, "A", "2026-06-10") == 48


async def test_overlapping_holds_do_not_subtract_twice(fifty: Client):
    """A recall and a count of the same lot take it once, until the last of them ends."""
    recall = hold("RC", holdCode="recall", lots=["L1"], until="2026-06-20")
    count = hold("CC", holdCode="count", lots=["L1"], until="2026-06-12")
    await receive(fifty, recall, count)
    assert await promisable(fifty, "A", "2026-06-08") == 20
    assert await promisable(fifty, "A", "2026-06-12") == 20
    assert await promisable(fifty, "A", "2026-06-20") == 50


async def test_more_held_than_there_is_leaves_nothing_and_never_less(fifty: Client):
    await receive(fifty, hold("Q", holdCode="quality", quantity=70))
    assert await promisable(fifty, "A", "2026-06-08") == 0


async def test_a_held_unit_that_does_not_count_is_not_subtracted(fifty: Client):
    """Holds act only on statuses that count."""
    moved = {
        "sku": "A",
        "cause": "status change",
        "legs": [
            {"site": "DC", "quantity": -30, "lot": "L1"},
            {"site": "DC", "quantity": 30, "lot": "L1", "status": "damaged"},
        ],
    }
    await receive(fifty, {"source": "wms", "eventId": "broken", "movement": moved})
    await receive(fifty, hold("RC", holdCode="recall", lots=["L1"]))
    assert await promisable(fifty, "A", "2026-06-08") == 20


async def test_whether_a_code_holds_is_a_rule(fifty: Client):
    """An analyst lets RMA goods be sold again: by a row, with its example, and nothing else."""
    await receive(fifty, QUALITY, RMA)
    assert await promisable(fifty, "A", "2026-06-08") == 25
    await change_rules(
        fifty,
        ("20-holds.yaml", "when: {what: hold, code: info}", "when: {what: hold, code: [info, rma]}"),
        ("20-holds.yaml", "given: {what: hold, code: rma}\n    expect: {promisable: false, row: HLD999}",
         "given: {what: hold, code: rma}\n    expect: {promisable: true, row: HLD020}"),
    )  # fmt: skip
    assert await promisable(fifty, "A", "2026-06-08") == 30


async def test_whether_a_status_is_sold_is_a_rule(fifty: Client):
    """Received goods are sold from the dock, by a rule file."""
    await tell(fifty, "wms", StockFact("A", "DC", Decimal(7), status="received"), states=["stock"])
    assert await promisable(fifty, "A", "2026-06-08") == 0
    await change_rules(
        fifty,
        (
            "20-holds.yaml",
            "promisable: false\n      once_put_away: true",
            "promisable: true\n      once_put_away: false",
        ),
        (
            "20-holds.yaml",
            "expect: {promisable: false, once_put_away: true, row: HLD025}",
            "expect: {promisable: true, row: HLD025}",
        ),
    )  # fmt: skip
    assert await promisable(fifty, "A", "2026-06-08") == 7
