"""What an ask with a destination says of its days: on the promise page, as JSON, and by `earmark explain`."""

from decimal import Decimal
from uuid import UUID

import pytest

from datasources.facts import LaneFact
from gateway import told
from resolvers.flows.quote import replay
from tests.application import Client
from tests.builders import ANYONE
from tests.console.reading import signed_in
from tests.graph.berlin import ORDERED_IN_TIME, open_berlin, set_now
from tests.scenarios.company import tell

ASK = """query { availability(channel: "web", shipTo: "US-NY",
  lines: [{sku: "TEA", quantity: 4, wanted: "2026-04-01"}]) { inquiry } }"""
SHOWN = """query($id: ID!) { inquiry(id: $id) { identical answer { shipTo service
  lines { schedule { day neededOn shipOn service } } } } }"""


@pytest.fixture
async def inquiry(client: Client) -> str:
    """Four pieces to New York, which a slower lane than the usual one leads to as well."""
    await open_berlin(client)
    await tell(client, "erp", LaneFact("BER", "US-NY", "sail", transit_days=30, cost=Decimal(5)))
    await set_now(client, ORDERED_IN_TIME)
    return str((await client.ask(ASK))["availability"]["inquiry"])


async def test_the_promise_page_shows_the_way_of_each_part_and_of_each_lane(client: Client, inquiry: str):
    """When the goods are picked, leave and are received; and why the other lane was not taken."""
    page = await (await signed_in(client)).open(f"/inquiries/{inquiry}")
    assert "US-NY" in page.text
    served = page.tables["How the ask would be served"]
    assert served[0][:5] == ["Received", "Free for picking", "Leaves", "Service", "From"]
    assert [cell[-10:] for cell in served[1][:3]] == ["2026-04-01", "2026-03-27", "2026-03-30"]
    lanes = page.tables["The ways there, for the day wanted or the first there is"]
    assert [row[0] for row in lanes[1:]] == ["parcel", "sail"]
    assert lanes[1][-1] == "yes"
    assert "days later" in lanes[2][-1]
    assert "ordered at 14:30 there, before 15:00" in page.text


async def test_earmark_explain_tells_the_days(client: Client, inquiry: str, capsys):
    """The same, in lines."""
    told.explained(await replay(client.deps, UUID(inquiry), ANYONE), as_json=False)
    said = capsys.readouterr().out
    assert "UTC, to US-NY\n" in said
    assert "2026-04-01  BER        4  (needed on 2026-03-27, leaves on 2026-03-30 by parcel)" in said
    assert "from 2026-03-27: ordered at 14:30 there, before 15:00" in said
    assert (
        "needed on 2026-03-27, leaves on 2026-03-30 by parcel, arrives on 2026-04-01, received on 2026-04-01"
    ) in said
    assert "not by sail: first received on 2026-04-29, 28 days later" in said
    assert "identical" in said


async def test_a_logged_inquiry_says_where_its_goods_go(client: Client, inquiry: str):
    shown = (await client.ask(SHOWN, id=inquiry))["inquiry"]
    assert shown["identical"]
    assert (shown["answer"]["shipTo"], shown["answer"]["service"]) == ("US-NY", None)
    [part] = shown["answer"]["lines"][0]["schedule"]
    days = (part["neededOn"], part["shipOn"], part["day"], part["service"])
    assert days == ("2026-03-27", "2026-03-30", "2026-04-01", "parcel")
