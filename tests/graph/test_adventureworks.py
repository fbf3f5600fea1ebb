"""A real ERP's data asked over GraphQL, every item of it, equal to a second count straight from the files."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from datasources.connectors.folder import FolderSource
from datasources.store import clock
from gateway.auth import Keys
from resolvers.flows.sync import sync
from tests.application import Client, client_of
from tests.connectors.adventureworks_oracle import Plan, plan
from tests.connectors.test_adventureworks import BY_HAND, DAY, FOLDER, MAPPING, PROMISABLE
from tests.databases import administer, database_url, open_deps

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(),
    reason="AdventureWorks is not here. Put it into ../shared/data/adventureworks or set ADVENTUREWORKS.",
)

ASK = """query($lines: [AvailabilityLineInput!]!) {
  availability(lines: $lines, channel: "internet") {
    lines { sku promisable earliest open schedule { day site quantity } problem { code } } } }"""

DAYS = [DAY + timedelta(days=ahead) for ahead in (0, 1, 3, 7, 11, 30, 89)]


@pytest.fixture(scope="module")
async def works(server: str, template: str, keys: Keys) -> AsyncIterator[Client]:
    """AdventureWorks as at 1 June 2025, loaded through its mapping; the clock stands there."""
    await administer(server, f"CREATE DATABASE adventureworks TEMPLATE {template}")
    deps = await open_deps(database_url(server, "adventureworks"))
    async with deps.store.writing() as tx:
        await clock.set_now(tx, datetime(2025, 6, 1, 19, tzinfo=UTC))
    report = await sync(deps, FolderSource(FOLDER, MAPPING), DAY, lambda _: None)
    assert report.set_aside_count == 0
    client = client_of(deps, keys)
    yield client
    await client.http.aclose()
    await deps.inquiries.close()
    await deps.store.close()


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    return plan(FOLDER, DAY)


async def ask(works: Client, *lines: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for start in range(0, len(lines), 500):
        answer = await works.ask(ASK, lines=list(lines[start : start + 500]))
        found += answer["availability"]["lines"]
    return found


@pytest.mark.parametrize("sku", BY_HAND)
async def test_items_checked_by_hand_promise_what_the_files_say(works: Client, sku: str):
    """Each day of the first rows that a person worked out, and the last day of the horizon."""
    row = PROMISABLE[sku][0]
    days = [*range(len(row)), 89]
    for ahead in days:
        wanted = DAY + timedelta(days=ahead)
        [line] = await ask(works, {"sku": sku, "quantity": 1, "wanted": wanted.isoformat()})
        assert line["promisable"] == row[min(ahead, len(row) - 1)], wanted


@pytest.mark.parametrize("day", DAYS, ids=str)
async def test_every_item_promises_what_a_second_count_says(works: Client, plans: dict[str, Plan], day: date):
    lines = [{"sku": sku, "quantity": 1, "wanted": day.isoformat()} for sku in sorted(plans)]
    found = await ask(works, *lines)
    wrong = [
        (line["sku"], line["promisable"], plans[line["sku"]].atp[(day - DAY).days])
        for line in found
        if line["promisable"] != plans[line["sku"]].atp[(day - DAY).days]
    ]
    assert len(found) == 504
    assert wrong == []


async def test_every_items_earliest_day_is_the_first_that_covers_the_ask(
    works: Client, plans: dict[str, Plan]
):
    """Half of all that can ever be promised and one more, asked for today."""
    quantities = {sku: max(found.atp) // 2 + 1 for sku, found in plans.items()}
    lines = [{"sku": sku, "quantity": q, "wanted": DAY.isoformat()} for sku, q in sorted(quantities.items())]
    for line in await ask(works, *lines):
        row, quantity = plans[line["sku"]].atp, quantities[line["sku"]]
        first = next((DAY + timedelta(days=t) for t, free in enumerate(row) if free >= quantity), None)
        assert line["earliest"] == (first and first.isoformat()), line["sku"]
        assert sum(part["quantity"] for part in line["schedule"]) + line["open"] == quantity


async def test_the_projection_shows_both_rows(works: Client, plans: dict[str, Plan]):
    query = "query($sku: Sku!) { item(sku: $sku) { projection { days { netPosition atp atpDiscrete } } } }"
    for sku in BY_HAND:
        answer = await works.ask(query, sku=sku)
        for site in answer["item"]["projection"]:
            assert [day["netPosition"] for day in site["days"]] == plans[sku].net
            assert [day["atp"] for day in site["days"]] == plans[sku].atp
            assert [day["atpDiscrete"] for day in site["days"]] == plans[sku].discrete
