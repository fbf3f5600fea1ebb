"""What an answer rests on: the supply behind each part, and how punctual its supplier has been."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from datasources.facts import Fact, StockFact, SupplyFact
from tests.application import Client
from tests.scenarios.company import WEB, item, receive, site, tell

TODAY = date(2026, 6, 1)
LATE = (-1, 0, 0, 1, 2, 6)
"""How late the supplier's six receipts were."""
ASK = """query($wanted: Date!) { availability(channel: "web",
  lines: [{sku: "TEA", quantity: 4, wanted: $wanted}, {sku: "TEA", quantity: 6, wanted: $wanted}]) {
  lines { restsOn { day site quantity supply comesOn slackDays line source
    confidence { percent receipts supplier } } } } }"""


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def order(number: int, due: date, quantity: int = 1) -> SupplyFact:
    return SupplyFact(f"PO-{number}", "purchase", "TEA", "HAM", Decimal(quantity), due, supplier="LEAF")


async def has_bought_from_leaf(client: Client) -> None:
    """Six lines have come, each so many days late; one more, of ten, is due in five days. Three are here."""
    lines = [order(number, ahead(-20)) for number in range(len(LATE))]
    facts: list[Fact] = [
        item("TEA"),
        site("HAM"),
        WEB,
        StockFact("TEA", "HAM", Decimal(0)),
        *lines,
        order(9, ahead(5), 10),
    ]
    await tell(client, "erp", *facts, states=("stock", "supply"))
    for number, late in enumerate(LATE):
        came = datetime(2026, 5, 12, 12, tzinfo=UTC) + timedelta(days=late)
        leg = {"site": "HAM", "quantity": 1}
        (receipt,) = await receive(
            client,
            {
                "source": "erp",
                "eventId": f"came {number}",
                "occurredAt": came.isoformat(),
                "movement": {"sku": "TEA", "cause": "receipt", "line": f"PO-{number}", "legs": [leg]},
            },
        )
        assert receipt["outcome"] == "APPLIED", receipt


async def test_each_part_names_its_supply_and_how_far_that_can_be_trusted(client: Client):
    """Six are here, ten come in five days; ten are wanted in seven, in two lines."""
    await has_bought_from_leaf(client)
    answer = await client.ask(ASK, wanted=ahead(7).isoformat())
    first, second = (line["restsOn"] for line in answer["availability"]["lines"])
    here = {"day": ahead(7).isoformat(), "site": "HAM", "supply": "on_hand", "comesOn": None, "slackDays": 0}
    unnamed = {"line": None, "source": None, "confidence": None}
    assert first == [here | unnamed | {"quantity": 4}]
    assert second[0] == here | unnamed | {"quantity": 2}
    assert second[1] == {
        "day": ahead(7).isoformat(),
        "site": "HAM",
        "quantity": 4,
        "supply": "purchase",
        "comesOn": ahead(5).isoformat(),
        "slackDays": 2,
        "line": "PO-9",
        "source": "erp",
        "confidence": {"percent": 83, "receipts": 6, "supplier": "LEAF"},
    }


async def test_a_storefront_is_told_the_percentage_and_no_names(client: Client):
    """With no slack, three of six came in time."""
    await has_bought_from_leaf(client)
    shop = client.as_("storefront", "web")
    answer = await shop.ask(ASK, wanted=ahead(5).isoformat())
    told = answer["availability"]["lines"][1]["restsOn"][1]
    assert (told["line"], told["source"]) == (None, None)
    assert told["confidence"] == {"percent": 50, "receipts": 6, "supplier": None}
