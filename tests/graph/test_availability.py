"""The question everything is for, asked over HTTP of the demo company."""

from typing import Any

import pytest

from gateway.console.examples import ASK, EXAMPLES, WHY
from tests.application import Client

TODAY = "2026-03-02"


def line(sku: str, quantity: object = 1, wanted: str = TODAY, **more: object) -> dict[str, object]:
    return {"sku": sku, "quantity": quantity, "wanted": wanted, **more}


async def lines(client: Client, *asked: dict[str, object], channel: str = "web") -> list[dict[str, Any]]:
    answer = await client.ask(ASK, lines=list(asked), channel=channel)
    found: list[dict[str, Any]] = answer["availability"]["lines"]
    return found


async def test_a_short_item_is_promised_in_two_parts(demo: Client):
    """Two today, the rest when the receipt comes a week later."""
    [short] = await lines(demo, line("CK-1002", 40))
    assert short["promisable"] == 2
    assert short["earliest"] == "2026-03-09"
    assert short["schedule"] == [
        {"day": TODAY, "site": "DC-HAM", "quantity": 2},
        {"day": "2026-03-09", "site": "DC-HAM", "quantity": 38},
    ]
    assert short["open"] == 0
    assert short["method"] == "cumulative_with_look_ahead"


async def test_stock_owed_later_is_not_promised_now(demo: Client):
    """A hundred on hand, eighty of them owed on 23 March."""
    [owed] = await lines(demo, line("ST-1004", 30))
    assert (owed["promisable"], owed["earliest"]) == (20, "2026-03-30")


async def test_a_sold_out_item_stays_open(demo: Client):
    [gone] = await lines(demo, line("LT-1005", 3))
    assert (gone["promisable"], gone["earliest"], gone["schedule"], gone["open"]) == (0, None, [], 3)


async def test_quantities_by_weight_are_exact_decimals(demo: Client):
    [sugar] = await lines(demo, line("PN-1008", "1.250"))
    assert sugar["promisable"] == "173.885"
    assert sugar["schedule"] == [{"day": TODAY, "site": "DC-HAM", "quantity": "1.25"}]


async def test_several_sites_serve_one_line_in_id_order(demo: Client):
    [spread] = await lines(demo, line("CK-1010", 14))
    assert [(part["site"], part["quantity"]) for part in spread["schedule"]] == [
        ("DC-CMH", 5),
        ("DC-HAM", 7),
        ("ST-BER", 2),
    ]


async def test_one_site_can_be_asked_alone(demo: Client):
    [alone] = await lines(demo, line("CK-1010", 14, site="DC-HAM"))
    assert (alone["promisable"], alone["open"]) == (7, 7)


async def test_lines_of_one_item_share_what_there_is(demo: Client):
    """A cart naming an item twice is not told twice of the same units."""
    first, second = await lines(demo, line("CK-1010", 14), line("CK-1010", 14))
    assert (first["open"], second["promisable"], second["open"]) == (0, 3, 11)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (line("NOPE"), "UNKNOWN_SKU"),
        (line("TW-1001", 0), "BAD_QUANTITY"),
        (line("TW-1001", -3), "BAD_QUANTITY"),
        (line("TW-1001", "0.5"), "BAD_QUANTITY"),
        (line("TW-1001", 1, "2026-05-31"), "OUTSIDE_HORIZON"),
        (line("TW-1001", 1, site="ATLANTIS"), "UNKNOWN_SITE"),
        (line("LT-1005", 1, site="ST-NYC"), "NOT_STOCKED"),
    ],
)
async def test_a_bad_line_has_a_problem_and_the_others_an_answer(demo: Client, asked, code):
    bad, good = await lines(demo, asked, line("TW-1001", 2))
    assert bad["problem"]["code"] == code
    assert bad["problem"]["message"]
    assert bad["problem"]["nextStep"]
    assert bad["promisable"] is None
    assert good["problem"] is None
    assert good["open"] == 0


async def test_the_last_day_of_the_horizon_can_be_asked(demo: Client):
    [last] = await lines(demo, line("TW-1001", 1, "2026-05-30"))
    assert last["problem"] is None


async def test_a_day_gone_by_means_today(demo: Client):
    [late] = await lines(demo, line("TW-1001", 1, "2020-01-01"))
    assert late["earliest"] == TODAY


async def test_a_thousand_lines_are_answered_and_one_more_is_refused(demo: Client):
    assert len(await lines(demo, *[line("TW-1001")] * 1000)) == 1000
    refused = await demo.refused(ASK, lines=[line("TW-1001")] * 1001, channel="web")
    assert refused["extensions"]["code"] == "TOO_MANY_LINES"
    assert refused["extensions"]["figures"] == {"lines": 1001, "most": 1000}
    assert "Split it" in refused["extensions"]["nextStep"]


async def test_no_lines_and_an_unknown_channel_are_refused(demo: Client):
    none = await demo.refused(ASK, lines=[], channel="web")
    unknown = await demo.refused(ASK, lines=[line("TW-1001")], channel="fax")
    assert none["extensions"]["code"] == "NO_LINES"
    assert unknown["extensions"]["code"] == "UNKNOWN_CHANNEL"
    assert "web" in unknown["extensions"]["nextStep"]


@pytest.mark.parametrize(
    "quantity", [1.5, True, "1e3", "NaN", "1,5", "", "1" * 30, "0.0000001", None, [1], {"a": 1}, 10**20]
)
async def test_what_is_not_a_quantity_is_refused(demo: Client, quantity):
    refused = await demo.refused(ASK, lines=[line("TW-1001", quantity)], channel="web")
    assert refused["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    "day", ["2026-02-30", "20260302", "2026-3-2", "0000-01-01", "2026-03-02T10:00:00Z", "", 5]
)
async def test_what_is_not_a_day_is_refused(demo: Client, day):
    refused = await demo.refused(ASK, lines=[line("TW-1001", 1, day)], channel="web")
    assert refused["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("sku", ["", " TW-1001", "TW\x001", "TW\u202e1", "x" * 65, 7])
async def test_what_is_not_a_sku_is_refused(demo: Client, sku):
    refused = await demo.refused(ASK, lines=[line(sku)], channel="web")
    assert refused["extensions"]["code"] == "BAD_REQUEST"


async def explanation(client: Client, sku: str, quantity: object, wanted: str = TODAY) -> dict[str, Any]:
    answer = await client.ask(WHY, lines=[line(sku, quantity, wanted)], channel="web")
    found: dict[str, Any] = answer["availability"]["lines"][0]["explanation"]
    return found


async def test_the_explanation_names_holds_and_what_they_blocked(demo: Client):
    why = await explanation(demo, "BK-1003", 40)
    [site] = [site for site in why["sites"] if site["site"] == "DC-HAM"]
    assert {hold["holdCode"]: (hold["blocked"], hold["until"]) for hold in site["holds"]} == {
        "quality": (20, "2026-03-12"),
        "rma": (5, None),
    }
    assert site["usable"] == 25
    assert {change["kind"]: change["gain"] for change in site["earlier"]}["lift_hold"] in (5, 20)


async def test_the_explanation_names_the_binding_day(demo: Client):
    why = await explanation(demo, "ST-1004", 30)
    [site] = [site for site in why["sites"] if site["site"] == "DC-HAM"]
    assert site["binding"] == {"day": "2026-03-23", "netPosition": 20, "margin": 20}
    assert "2026-03-30" in why["summary"]


async def test_what_did_not_count_says_why(demo: Client):
    """An unconfirmed purchase line, and an overdue one."""
    unconfirmed = await explanation(demo, "TX-1006", 100)
    overdue = await explanation(demo, "CL-1007", 60)
    reasons = [s["why"] for site in unconfirmed["sites"] for s in site["supplies"] if s["countedOn"] is None]
    assert any("nobody has confirmed" in reason and "SUP010" in reason for reason in reasons)
    reasons = [s["why"] for site in overdue["sites"] for s in site["supplies"] if s["countedOn"] is None]
    assert any("should have brought by now" in reason and "SUP040" in reason for reason in reasons)


async def test_each_source_says_how_old_its_word_is(demo: Client):
    why = await explanation(demo, "TW-1001", 1)
    assert {source["source"] for source in why["sources"]} >= {"erp", "wms", "oms"}
    assert all(source["ageSeconds"] >= 0 for source in why["sources"])


async def test_a_storefront_sees_kinds_quantities_and_days_only(demo: Client):
    """Never another channel's orders, a supplier's line or a source."""
    shop = demo.as_("storefront", "marketplace")
    answer = await shop.post(WHY, lines=[line("ST-1004", 30), line("TW-1001", 2)], channel="marketplace")
    found = answer.json()["data"]["availability"]["lines"]
    for site in (site for each in found for site in each["explanation"]["sites"]):
        assert all(supply["line"] is None and supply["source"] is None for supply in site["supplies"])
        assert all(hold["hold"] is None for hold in site["holds"])
        assert all(demand["channel"] in (None, "marketplace") for demand in site["demands"])
        assert all(demand["order"] is None for demand in site["demands"] if demand["channel"] is None)
        assert all(demand["quantity"] for demand in site["demands"])
    assert all(source["source"] is None for each in found for source in each["explanation"]["sources"])


async def test_a_storefront_of_every_channel_sees_orders_of_the_one_it_asks_for(demo: Client):
    """The 80 owed on 23 March are a contract's: asked for the web shop they have no name."""
    shop = demo.as_("storefront")
    for channel, order in (("web", None), ("contract", "C-9004")):
        answer = await shop.ask(WHY, lines=[line("ST-1004", 30)], channel=channel)
        sites = answer["availability"]["lines"][0]["explanation"]["sites"]
        owed = [demand for site in sites for demand in site["demands"] if demand["quantity"] == 80]
        assert [demand["order"] for demand in owed] == [order]


async def test_an_inquiry_is_found_again_and_decides_the_same(own_demo: Client):
    """Also after stock has changed."""
    answer = await own_demo.ask(WHY, lines=[line("CK-1002", 40)], channel="web")
    inquiry = answer["availability"]["inquiry"]
    receive = next(example for example in EXAMPLES if example["title"] == "Five pass inspection")
    event = {
        "source": "wms",
        "eventId": "count-1",
        "movement": {"sku": "CK-1002", "cause": "count", "legs": [{"site": "DC-HAM", "quantity": 30}]},
    }
    told = await own_demo.as_("integrator").ask(receive["query"], events=[event])
    assert told["receive"]["receipts"][0]["outcome"] == "APPLIED"
    found = await own_demo.ask(
        "query($id: ID!) { inquiry(id: $id) { identical answer { lines { promisable earliest } } } }",
        id=inquiry,
    )
    assert found["inquiry"]["identical"] is True
    assert found["inquiry"]["answer"]["lines"] == [{"promisable": 2, "earliest": "2026-03-09"}]
    [now] = await lines(own_demo, line("CK-1002", 40))
    assert now["promisable"] == 32


async def test_another_channels_inquiry_is_not_found(demo: Client):
    answer = await demo.ask(ASK, lines=[line("TW-1001")], channel="web")
    other = demo.as_("storefront", "marketplace")
    refused = await other.refused(
        "query($id: ID!) { inquiry(id: $id) { identical } }", id=answer["availability"]["inquiry"]
    )
    assert refused["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["title"])
async def test_each_example_on_the_shelf_runs(own_demo: Client, example):
    variables = dict(example["variables"])
    if variables.get("id") == "":
        answer = await own_demo.ask(ASK, lines=[line("TW-1001")], channel="web")
        variables["id"] = answer["availability"]["inquiry"]
    role = {"order management": "oms"}.get(example["group"], example["group"])
    assert await own_demo.as_(role).ask(example["query"], **variables)
