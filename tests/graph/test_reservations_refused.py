"""Requests that cannot be done, over HTTP: each told why in figures, and nothing half done."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from datasources.store import clock
from resolvers.flows import commits
from tests.application import Client
from tests.flows.reserving import as_rebuilt
from tests.graph.test_reservations import (
    AVAILABLE,
    CHANGE,
    CONFIRM,
    LOOK,
    PROMISE,
    RELEASE,
    RESERVE,
    TELLS,
    done,
    line,
    promisable,
)
from tests.graph.test_reservations_attacked import codes

PAST = AVAILABLE.replace('channel: "web",', 'channel: "web", asKnownAt: "2026-03-02T06:30:00Z",')


async def inquiry(client: Client, query: str = AVAILABLE) -> str:
    told = await client.ask(query, lines=[line()])
    return str(told["availability"]["inquiry"])


async def refusal(client: Client, query: str, **given: Any) -> Any:
    return await client.refused(query, input={"channel": "web", "key": "k", **given})


def code(refused: Any) -> str:
    return str(refused["extensions"]["code"])


async def test_an_old_inquiry_is_promised_no_more_and_was_promised_once(own_demo: Client):
    """A day later its promise is still told under its key; a new one is told how old it is."""
    asked = await inquiry(own_demo)
    kept = await done(own_demo, PROMISE, key="in time", inquiry=asked)
    async with own_demo.deps.store.writing() as tx:
        await clock.set_now(tx, await clock.now(tx) + timedelta(hours=25))
    refused = await refusal(own_demo, PROMISE, inquiry=asked)
    assert (code(refused), refused["extensions"]["figures"]["hours"]) == ("INQUIRY_EXPIRED", 25)
    assert refused["message"] == f"Inquiry {asked} is 25 hours old; what it was told is good for 24."
    assert await done(own_demo, PROMISE, key="in time", inquiry=asked) == kept


async def test_an_inquiry_about_the_past_is_told_that_it_offered_nothing(own_demo: Client):
    refused = await refusal(own_demo, PROMISE, inquiry=await inquiry(own_demo, PAST))
    assert code(refused) == "INQUIRY_OF_THE_PAST"
    assert "what was known at 2026-03-02 06:30:00 UTC: that is no offer." in refused["message"]
    assert "`asKnownAt`" in refused["extensions"]["nextStep"]


async def test_a_key_stands_for_one_inquiry_holder_and_way_of_asking(own_demo: Client):
    """Equal lines asked anew, or for another holder, are another payload."""
    asked = await inquiry(own_demo)
    kept = await done(own_demo, PROMISE, key="k", inquiry=asked, holder="Ann")
    others: list[dict[str, Any]] = [
        {"inquiry": asked},
        {"inquiry": asked, "holder": "Ben"},
        {"inquiry": await inquiry(own_demo), "holder": "Ann"},
        {"lines": [line()], "holder": "Ann"},
    ]
    for other in others:
        assert code(await refusal(own_demo, PROMISE, **other)) == "IDEMPOTENCY_CONFLICT"
    assert await done(own_demo, PROMISE, key="k", inquiry=asked, holder="Ann") == kept
    looked = (await own_demo.ask(LOOK, id=kept["lines"][0]["reservation"]))["reservation"]
    assert looked["holder"] == "Ann"


async def test_two_spellings_of_one_quantity_are_one_payload(own_demo: Client):
    first = await done(own_demo, RESERVE, key="k", lines=[line(quantity="20.0", pack="2.00")])
    assert await done(own_demo, RESERVE, key="k", lines=[line(quantity=20, pack=2)]) == first
    assert code(await refusal(own_demo, RESERVE, lines=[line(quantity=2, pack=2)])) == "IDEMPOTENCY_CONFLICT"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"lines": [line()], "order": "SO-1"}, "ORDER_WITHOUT_INQUIRY"),
        ({"lines": [line()], "orderLines": ["1"]}, "ORDER_WITHOUT_INQUIRY"),
        ({"inquiry": "", "orderLines": ["1"]}, "ORDER_LINES_WITHOUT_ORDER"),
        ({"inquiry": "", "lines": [line()]}, "INQUIRY_WITH_LINES"),
    ],
)
async def test_what_a_promise_says_beside_its_lines_is_not_dropped_silently(own_demo, given, expected):
    named = {"inquiry": await inquiry(own_demo)} if "inquiry" in given else {}
    assert code(await refusal(own_demo, PROMISE, **given | named)) == expected
    assert await promisable(own_demo) == 20


@pytest.mark.parametrize("query", [RESERVE, PROMISE])
async def test_a_destination_nobody_has_is_named_and_those_there_are(own_demo: Client, query):
    refused = await refusal(own_demo, query, lines=[line()], shipTo="MOON")
    assert (code(refused), refused["message"]) == ("UNKNOWN_DESTINATION", "No destination is called MOON.")
    assert refused["extensions"]["nextStep"].startswith("Use one of: ")
    tells = await own_demo.ask(TELLS, key="k", channel="web")
    assert tells["operation"] is None
    assert await promisable(own_demo) == 20


@pytest.mark.parametrize("query", [RESERVE, PROMISE])
async def test_ten_thousand_and_one_lines_are_refused_with_their_number(own_demo: Client, query):
    refused = await refusal(own_demo, query, lines=[line()] * 10_001)
    assert (code(refused), refused["extensions"]["figures"]) == (
        "TOO_MANY_LINES",
        {"lines": 10_001, "most": 1_000},
    )
    assert await promisable(own_demo) == 20


async def test_ten_thousand_and_one_reservations_are_too_many_to_be_released(own_demo: Client):
    name = (await done(own_demo, RESERVE, key="made", lines=[line()]))["lines"][0]["reservation"]
    assert code(await refusal(own_demo, RELEASE, lines=[{"reservation": name}] * 10_001)) == "TOO_MANY_LINES"
    assert await promisable(own_demo) == 19


async def test_who_comes_when_too_many_wait_is_told_so_and_may_send_it_again(own_demo: Client, monkeypatch):
    """The bound is 2 here. Nothing of what was turned away is kept; its key is free."""
    monkeypatch.setattr(commits, "WAITING_MAX", 2)
    lines = [line()]
    given = [{"input": {"channel": "web", "key": f"k{number}", "lines": lines}} for number in range(12)]
    answers = [each.json() for each in await asyncio.gather(*(own_demo.post(RESERVE, **of) for of in given))]
    turned_away = [number for number, answer in enumerate(answers) if "errors" in answer]
    assert 0 < len(turned_away) < len(given)
    for number in turned_away:
        extensions = answers[number]["errors"][0]["extensions"]
        assert (extensions["code"], extensions["retryable"]) == ("TOO_BUSY", True)
    assert await promisable(own_demo) == 20 - len(given) + len(turned_away)
    again = await done(own_demo, RESERVE, key=f"k{turned_away[0]}", lines=lines)
    assert again["status"] == "ACCEPTED"


async def test_more_than_a_reservation_keeps_is_not_given_back(own_demo: Client):
    made = await done(own_demo, RESERVE, key="made", lines=[line(quantity=5)])
    given = [{"reservation": made["lines"][0]["reservation"], "quantity": 6}]
    told = await done(own_demo, RELEASE, key="k", lines=given)
    problem = told["lines"][0]["problem"]
    assert (told["status"], codes(told)) == ("REFUSED", ["MORE_THAN_RESERVED"])
    assert problem["message"].endswith(" still keeps 5; 6 were asked.")
    assert (told["lines"][0]["open"], await promisable(own_demo)) == (5, 15)


async def test_a_refused_change_tells_what_stands(own_demo: Client):
    """Not what a line in front of the one that cannot be done would have left."""
    made = await done(own_demo, RESERVE, key="made", lines=[line(quantity=5)])
    name = made["lines"][0]["reservation"]
    lines = [{"reservation": name, "quantity": 2}, {"reservation": name, "quantity": 400}]
    told = await done(own_demo, CHANGE, key="k", lines=lines)
    assert (told["status"], codes(told)) == ("REFUSED", ["NOT_ALL", "SHORT"])
    assert [each["open"] for each in told["lines"]] == [5, 5]
    told = await done(own_demo, CHANGE, key="some", choice="AS_MUCH_AS_POSSIBLE", lines=lines)
    assert [each["open"] for each in told["lines"]] == [2, 2]
    twice = [{"reservation": name}] * 2
    told = await done(own_demo, CONFIRM, key="twice", lines=twice)
    assert (told["status"], codes(told)) == ("REFUSED", ["NOT_ALL", "ALREADY_CONFIRMED"])
    assert {each["state"] for each in told["lines"]} == {"ACTIVE"}
    await as_rebuilt(own_demo.deps)


async def test_more_is_wanted_on_the_day_and_from_any_site(own_demo: Client):
    """2 of CK-1002 are there; the ninth, which was the latest day at first, is only told as the next."""
    days = {"wanted": "2026-03-02", "latest": "2026-03-09"}
    made = await done(own_demo, RESERVE, key="made", lines=[line("CK-1002", 2, **days)])
    given = [{"reservation": made["lines"][0]["reservation"], "quantity": 5}]
    told = await done(own_demo, CHANGE, key="k", lines=given)
    assert (told["status"], codes(told)) == ("REFUSED", ["SHORT"])
    assert (told["lines"][0]["open"], told["lines"][0]["earliest"]) == (2, "2026-03-09")


async def test_a_group_that_is_delivered_cannot_be_received_together(own_demo: Client):
    """More of CK-1002 comes on the ninth, after the day by which the other line must be there."""
    first = line(wanted="2026-03-06", latest="2026-03-06", group="g")
    lines = [first, line("CK-1002", 5, wanted="2026-03-06", latest="2026-03-20", group="g")]
    told = await done(own_demo, RESERVE, key="k", lines=lines, shipTo="DE")
    assert codes(told) == ["NOT_TOGETHER"] * 2
    says = told["lines"][0]["problem"]["message"]
    assert "its group cannot be received together by 2026-03-06: of line 1, 5 EA of CK-1002, 2 " in says
