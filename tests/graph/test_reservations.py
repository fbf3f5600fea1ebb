"""Reserving and what follows, over HTTP as a shop and its order desk send it."""

from typing import Any

import pytest

from tests.application import Client

TODAY = "2026-03-02"
DONE = """operation { key act status at place trace inquiry
  lines { number sku reservation beside state asked quantity open expiresAt
  parts { day site quantity } offer { day site quantity } promisable earliest sequence
  problem { code message nextStep } } }"""
RESERVE = f"mutation($input: ReserveInput!) {{ reserve(input: $input) {{ {DONE} }} }}"
PROMISE = f"mutation($input: PromiseInput!) {{ promise(input: $input) {{ {DONE} }} }}"
CONFIRM = f"mutation($input: ConfirmInput!) {{ confirm(input: $input) {{ {DONE} }} }}"
EXTEND = f"mutation($input: ExtendInput!) {{ extend(input: $input) {{ {DONE} }} }}"
RELEASE = f"mutation($input: HeldInput!) {{ release(input: $input) {{ {DONE} }} }}"
CHANGE = f"mutation($input: ChangeInput!) {{ change(input: $input) {{ {DONE} }} }}"
CANCEL = f"mutation($input: CancelInput!) {{ cancel(input: $input) {{ {DONE} }} }}"
SHIP = f"mutation($input: HeldInput!) {{ ship(input: $input) {{ {DONE} }} }}"
LOOK = """query($id: ID!) { reservation(id: $id) { state quantity open holder order line expiresAt
  parts { day site position quantity open } } }"""
FOUND = DONE.replace("operation {", "operation(key: $key, channel: $channel) {", 1)
TELLS = f"query($key: String!, $channel: String!) {{ {FOUND} }}"
AVAILABLE = """query($lines: [AvailabilityLineInput!]!) { availability(channel: "web", lines: $lines) {
  inquiry lines { promisable } } }"""


async def done(client: Client, query: str, **given: Any) -> Any:
    """The outcome of one mutation."""
    [payload] = (await client.ask(query, input={"channel": "web", **given})).values()
    return payload["operation"]


def line(
    sku: str = "ST-1004", quantity: object = 1, wanted: str = TODAY, **more: object
) -> dict[str, object]:
    return {"sku": sku, "quantity": quantity, "wanted": wanted, **more}


async def promisable(client: Client, sku: str = "ST-1004") -> object:
    answer = await client.ask(AVAILABLE, lines=[line(sku)])
    return answer["availability"]["lines"][0]["promisable"]


async def test_a_cart_is_reserved_and_confirmed(own_demo: Client):
    shop = own_demo.as_("storefront", "web")
    made = await done(shop, RESERVE, key="cart 1", lines=[line(quantity=5)], holder="cart 1")
    [kept] = made["lines"]
    assert (made["status"], kept["state"], kept["quantity"], kept["problem"]) == (
        "ACCEPTED",
        "ACTIVE",
        5,
        None,
    )
    assert await promisable(own_demo) == 15
    given = {"reservation": kept["reservation"], "order": "SO-77", "line": "1"}
    confirmed = await done(shop, CONFIRM, key="order 77", lines=[given])
    assert confirmed["lines"][0]["state"] == "CONFIRMED"
    looked = (await shop.ask(LOOK, id=kept["reservation"]))["reservation"]
    assert (looked["state"], looked["holder"], looked["order"], looked["open"]) == (
        "CONFIRMED",
        "cart 1",
        "SO-77",
        5,
    )
    assert looked["expiresAt"] is None


async def test_who_asks_too_much_is_told_what_there_is_and_when(own_demo: Client):
    told = await done(own_demo, RESERVE, key="k", lines=[line("CK-1002", 40)])
    [short] = told["lines"]
    assert (told["status"], short["promisable"], short["earliest"]) == ("REFUSED", 2, "2026-03-09")
    assert short["problem"]["code"] == "SHORT"
    assert "2026-03-09" in short["problem"]["nextStep"]
    assert short["offer"][0] == {"day": TODAY, "site": "DC-HAM", "quantity": 2}


async def test_the_same_key_gives_the_same_words_and_a_time_out_can_be_resolved(own_demo: Client):
    given = {"key": "k", "lines": [line(quantity=5)]}
    first, again = await done(own_demo, RESERVE, **given), await done(own_demo, RESERVE, **given)
    assert first == again
    resolved = await own_demo.ask(TELLS, key="k", channel="web")
    assert resolved["operation"] == first
    assert (await own_demo.ask(TELLS, key="never", channel="web"))["operation"] is None
    conflict = await own_demo.refused(
        RESERVE, input={"channel": "web", "key": "k", "lines": [line(quantity=6)]}
    )
    assert conflict["extensions"]["code"] == "IDEMPOTENCY_CONFLICT"
    assert await promisable(own_demo) == 15


async def test_another_channels_reservation_is_not_there(own_demo: Client):
    made = await done(own_demo.as_("storefront", "web"), RESERVE, key="k", lines=[line()])
    name = made["lines"][0]["reservation"]
    market = own_demo.as_("storefront", "marketplace")
    told = await done(market, RELEASE, channel="marketplace", key="k", lines=[{"reservation": name}])
    assert told["lines"][0]["problem"]["code"] == "UNKNOWN_RESERVATION"
    looked = await market.refused(LOOK, id=name)
    assert looked["extensions"]["code"] == "NOT_FOUND"
    foreign = await market.refused(
        RELEASE, input={"channel": "web", "key": "x", "lines": [{"reservation": name}]}
    )
    assert foreign["extensions"]["code"] == "FORBIDDEN"


async def test_every_step_of_a_reservations_life(own_demo: Client):
    """Extended, cut down, raised beside itself, released in part, shipped, the rest taken back."""
    made = await done(own_demo, RESERVE, key="1", lines=[line(quantity=8)], holdForSeconds=60)
    name = made["lines"][0]["reservation"]
    extended = await done(own_demo, EXTEND, key="2", reservations=[name], holdForSeconds=3600)
    assert extended["lines"][0]["expiresAt"] > made["lines"][0]["expiresAt"]
    less = await done(own_demo, CHANGE, key="3", lines=[{"reservation": name, "quantity": 6}])
    assert (less["lines"][0]["open"], less["lines"][0]["beside"]) == (6, None)
    more = await done(own_demo, CHANGE, key="4", lines=[{"reservation": name, "quantity": 7}])
    beside = more["lines"][0]["beside"]
    assert (more["lines"][0]["open"], beside is not None) == (6, True)
    assert await promisable(own_demo) == 13
    some = await done(own_demo, RELEASE, key="5", lines=[{"reservation": name, "quantity": 2}])
    assert some["lines"][0]["open"] == 4
    gone = await done(own_demo.as_("oms"), SHIP, key="6", lines=[{"reservation": name, "quantity": 3}])
    assert (gone["status"], gone["lines"][0]["open"]) == ("ACCEPTED", 1)
    back = await done(own_demo, CANCEL, key="7", reservations=[name, beside])
    assert [each["state"] for each in back["lines"]] == ["RELEASED", "RELEASED"]
    assert await promisable(own_demo) == 17


async def test_what_an_inquiry_was_told_is_promised_or_the_new_offer_told(own_demo: Client):
    asked = await own_demo.ask(AVAILABLE, lines=[line(quantity=15)])
    inquiry = asked["availability"]["inquiry"]
    await done(own_demo, RESERVE, key="another", lines=[line(quantity=10)])
    changed = await done(own_demo, PROMISE, key="late", inquiry=inquiry)
    assert (changed["status"], changed["lines"][0]["promisable"]) == ("CHANGED", 10)
    assert changed["lines"][0]["offer"]
    assert await promisable(own_demo) == 10
    second = (await own_demo.ask(AVAILABLE, lines=[line(quantity=10)]))["availability"]["inquiry"]
    kept = await done(own_demo, PROMISE, key="in time", inquiry=second, order="SO-78")
    assert (kept["status"], kept["lines"][0]["state"], kept["lines"][0]["expiresAt"]) == (
        "ACCEPTED",
        "CONFIRMED",
        None,
    )
    assert (kept["inquiry"], changed["inquiry"]) == (second, inquiry)
    assert await promisable(own_demo) == 0


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"key": "", "lines": [line()]}, "BAD_KEY"),
        ({"key": "k", "lines": []}, "NO_LINES"),
        ({"key": "k", "lines": [line()] * 1001}, "TOO_MANY_LINES"),
        ({"key": "k", "lines": [line()], "channel": "fax"}, "UNKNOWN_CHANNEL"),
        ({"key": "k", "lines": [line()], "holdForSeconds": 0}, "BAD_DURATION"),
        ({"key": "k", "lines": [line()], "holder": "x" * 201}, "TEXT_TOO_LONG"),
    ],
)
async def test_a_request_that_cannot_be_one_is_refused(demo: Client, given, code):
    refused = await demo.refused(RESERVE, input={"channel": "web", **given})
    assert refused["extensions"]["code"] == code
    assert refused["extensions"]["nextStep"]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (line("NOPE"), "UNKNOWN_SKU"),
        (line(quantity=0), "BAD_QUANTITY"),
        (line(quantity=-3), "BAD_QUANTITY"),
        (line(quantity="9999999999999999"), "BAD_QUANTITY"),
        (line(site="MOON"), "UNKNOWN_SITE"),
        (line(wanted="2027-03-02"), "OUTSIDE_HORIZON"),
    ],
)
async def test_a_bad_line_is_told_and_nothing_is_half_done(own_demo: Client, bad, code):
    told = await done(own_demo, RESERVE, key="k", lines=[line(quantity=2), bad])
    assert told["status"] == "REFUSED"
    assert [each["problem"]["code"] for each in told["lines"]] == ["NOT_ALL", code]
    assert await promisable(own_demo) == 20


async def test_who_may_not_sell_may_not_reserve(demo: Client):
    refused = await demo.as_("auditor").refused(
        RESERVE, input={"channel": "web", "key": "k", "lines": [line()]}
    )
    assert refused["extensions"]["code"] == "FORBIDDEN"
