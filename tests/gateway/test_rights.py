"""What is another's stays another's: channels, cursors, inquiries, and what nobody may say of himself."""

from typing import Any

import pytest

from tests.application import Client
from tests.gateway.requests import refusal_of, send, the_error

PAGE = """query($after: String, $contains: String) {
  items(first: 2, after: $after, filter: {contains: $contains}) {
    edges { node { sku } } pageInfo { endCursor } } }"""
ASK = """query($channel: String!) {
  availability(channel: $channel, lines: [{sku: "BK-1003", quantity: 1, wanted: "2026-03-02"}]) {
    inquiry
    lines { explanation { sites { demands { order channel } supplies { source line } } sources { source } } }
  } }"""


async def end_cursor(client: Client, **variables: Any) -> str:
    cursor: str = (await client.ask(PAGE, **variables))["items"]["pageInfo"]["endCursor"]
    return cursor


async def test_a_cursor_goes_on_where_it_was_given_out(demo):
    """The same person, the same list, the same filter."""
    first, cursor = await demo.ask(PAGE), await end_cursor(demo)
    second = await demo.ask(PAGE, after=cursor)
    skus = [edge["node"]["sku"] for page in (first, second) for edge in page["items"]["edges"]]
    assert skus == sorted(set(skus))
    assert len(skus) == 4


async def test_a_cursor_of_anything_else_is_refused(demo):
    """Of another filter, another list or another person; cut, longer, or made up."""
    cursor = await end_cursor(demo)
    orders = "query($after: String) { orders(after: $after) { edges { node { order } } } }"
    assert (await refusal_of(demo, PAGE, after=cursor, contains="mug"))[0] == "BAD_CURSOR"
    assert (await refusal_of(demo, orders, after=cursor))[0] == "BAD_CURSOR"
    assert (await refusal_of(demo.as_("oms"), PAGE, after=cursor))[0] == "BAD_CURSOR"
    for made_up in ("", "x", cursor[:-4], "AAAA" + cursor, cursor[4:], "\N{SNOWMAN}", "A" * 10_000, "=" * 20):
        assert (await refusal_of(demo, PAGE, after=made_up))[0] == "BAD_CURSOR", made_up


async def test_a_channel_is_asked_by_its_own_alone(demo):
    """Its name alone gives nothing away: one that does not exist is refused in the same words."""
    shop = demo.as_("storefront", "web")
    await shop.ask(ASK, channel="web")
    codes = {
        channel: (await refusal_of(shop, ASK, channel=channel))[0] for channel in ("store", "no such channel")
    }
    assert set(codes.values()) == {"FORBIDDEN"}


async def test_an_inquiry_of_another_channel_is_not_there(demo):
    """Told apart from one that never was by nothing."""
    inquiry = (await demo.ask(ASK, channel="web"))["availability"]["inquiry"]
    again = "query($id: ID!) { inquiry(id: $id) { identical } }"
    assert (await demo.as_("storefront", "web").ask(again, id=inquiry))["inquiry"] == {"identical": True}
    stranger = demo.as_("storefront", "store")
    answers = []
    for id_ in (inquiry, "00000000-0000-7000-8000-000000000000"):
        answer = await send(stranger, body={"query": again, "variables": {"id": id_}})
        answers.append(the_error(answer)["message"].replace(id_, "ID"))
    assert answers[0] == answers[1]


async def test_a_storefront_sees_no_orders_and_no_source(demo):
    """Kinds, quantities and days, whatever it asks for."""
    answer = await send(demo.as_("storefront", "web"), body={"query": ASK, "variables": {"channel": "web"}})
    if "errors" in answer.json():
        assert the_error(answer)["extensions"]["code"] == "FORBIDDEN"
        return
    (line,) = answer.json()["data"]["availability"]["lines"]
    sites = line["explanation"]["sites"]
    assert sites
    assert {demand["order"] for site in sites for demand in site["demands"]} <= {None}
    assert {demand["channel"] for site in sites for demand in site["demands"]} <= {None, "web"}
    assert {supply["line"] or supply["source"] for site in sites for supply in site["supplies"]} <= {None}


@pytest.mark.parametrize("claim", ["actor", "roles", "receivedAt", "recordedAt", "outcome"])
async def test_nobody_says_of_an_event_what_is_ours_to_say(demo, claim):
    """Who sent it, when it came and what became of it are no fields of the input."""
    event = {
        "source": "wms",
        "eventId": "E",
        "movement": {"sku": "BK-1003", "cause": "count", "legs": []},
        claim: "mine",
    }
    mutation = "mutation($e: [EventInput!]!) { receive(events: $e) { receipts { outcome } } }"
    answer = await send(demo.as_("warehouse"), body={"query": mutation, "variables": {"e": [event]}})
    assert claim in the_error(answer)["message"]
