"""Lines that leave together, reserved over HTTP: on one day that is late for none of them, or not at all."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from datasources.facts import StockFact, SupplyFact
from tests.application import Client
from tests.flows.reserving import as_rebuilt
from tests.graph.test_reservations import RESERVE, done
from tests.graph.test_reservations_attacked import codes
from tests.scenarios.company import WEB, item, site, tell

TODAY, THIRD, FIFTH, TENTH = "2026-06-01", "2026-06-03", "2026-06-05", "2026-06-10"


def line(sku: str, quantity: object = 2, **more: object) -> dict[str, object]:
    return {"sku": sku, "quantity": quantity, "wanted": TODAY, "group": "g", **more}


@pytest.fixture
async def shop(client: Client) -> Client:
    """20 of TEA are on hand; 10 of CUP come on the fifth."""
    stock = [StockFact("TEA", "HAM", Decimal(20)), StockFact("CUP", "HAM", Decimal(0))]
    await tell(client, "erp", item("TEA"), item("CUP"), site("HAM"), WEB, *stock, states=["stock"])
    coming = SupplyFact("PO-1", "purchase", "CUP", "HAM", Decimal(10), date(2026, 6, 5))
    await tell(client, "erp", coming, states=["supply"])
    return client


def days(told: dict[str, Any]) -> list[list[str]]:
    return [[part["day"] for part in each["parts"]] for each in told["lines"]]


@pytest.mark.parametrize("choice", ["ALL_OR_NOTHING", "AS_MUCH_AS_POSSIBLE"])
async def test_a_group_leaves_by_the_earliest_latest_its_lines_name(shop: Client, choice):
    """What may come up to the third does not wait for what comes on the fifth."""
    lines = [line("TEA", latest=THIRD), line("CUP", latest=TENTH)]
    told = await done(shop, RESERVE, key="k", choice=choice, lines=lines)
    assert (told["status"], codes(told)) == ("REFUSED", ["NOT_TOGETHER"] * 2)
    why = "its group cannot leave together by 2026-06-03: of line 1, 2 EA of CUP, 0 can be had by then."
    assert [each["problem"]["message"] for each in told["lines"]] == [
        f"2 EA of TEA can be had in time, but {why}",
        f"2 EA of CUP can be had in time, but {why}",
    ]
    assert "`latest`" in told["lines"][0]["problem"]["nextStep"]
    assert await shop.deps.store.pool.fetchval("SELECT count(*) FROM reservation") == 0
    await as_rebuilt(shop.deps)


@pytest.mark.parametrize("first", [line("TEA"), line("TEA", latest=FIFTH)])
async def test_a_line_without_a_latest_goes_with_its_group(shop: Client, first):
    """Whichever of them is the late one."""
    told = await done(shop, RESERVE, key="k", lines=[first, line("CUP", latest=FIFTH)])
    assert (told["status"], days(told)) == ("ACCEPTED", [[FIFTH]] * 2)
    told = await done(shop, RESERVE, key="l", lines=[line("CUP"), line("TEA", latest=TENTH)])
    assert (told["status"], days(told)) == ("ACCEPTED", [[FIFTH]] * 2)
    await as_rebuilt(shop.deps)


async def test_a_line_wanted_after_the_latest_of_its_group_is_named(shop: Client):
    lines = [line("TEA", latest=THIRD), line("TEA", wanted=FIFTH)]
    told = await done(shop, RESERVE, key="k", lines=lines)
    assert codes(told) == ["NOT_TOGETHER"] * 2
    says = told["lines"][0]["problem"]["message"]
    assert says.endswith("leave together by 2026-06-03: line 1, TEA, is wanted on 2026-06-05.")


async def test_a_group_that_cannot_leave_takes_nothing_from_the_one_behind_it(shop: Client):
    """The first has no day, so the 20 of TEA are there for the second."""
    broken = [line("TEA", 15, latest=THIRD), line("CUP", latest=THIRD)]
    whole = [line("TEA", 15, group="h"), line("TEA", 5, group="h")]
    told = await done(shop, RESERVE, key="k", choice="AS_MUCH_AS_POSSIBLE", lines=[*broken, *whole])
    assert codes(told) == ["NOT_TOGETHER", "SHORT", None, None]
    assert [each["quantity"] for each in told["lines"]] == [0, 0, 15, 5]
    await as_rebuilt(shop.deps)


@pytest.mark.parametrize("choice", ["ALL_OR_NOTHING", "AS_MUCH_AS_POSSIBLE"])
async def test_what_a_group_in_front_took_hinders_the_one_behind_it(shop: Client, choice):
    lines = [line("TEA", 15), line("TEA", 4, group="h"), line("TEA", 3, group="h")]
    told = await done(shop, RESERVE, key="k", choice=choice, lines=lines)
    if choice == "ALL_OR_NOTHING":
        assert (told["status"], codes(told)) == ("REFUSED", ["NOT_ALL", "NOT_TOGETHER", "SHORT"])
    else:
        assert [each["quantity"] for each in told["lines"]] == [15, 0, 0]
        assert codes(told) == [None, "NOT_TOGETHER", "NOT_TOGETHER"]
    says = told["lines"][1]["problem"]["message"]
    assert says.endswith("by 2026-06-01: of line 2, 3 EA of TEA, 1 can be had by then.")
    await as_rebuilt(shop.deps)
