"""The list of inquiries and the promise page: what they say, to whom, and that nothing said runs."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from graphql import GraphQLObjectType, get_named_type
from sqlalchemy import text

from datasources.facts import KitFact, SafetyStockFact
from datasources.store.inquiry_pages import InquiryFilter, page_of_inquiries
from gateway.console.promise_page import HIDDEN
from resolvers.flows.deps import Caller
from resolvers.flows.quote import Quote, quote
from resolvers.schema import build_schema
from tests.application import Client
from tests.builders import (
    ANYONE,
    NOON,
    ask,
    day,
    demand,
    hold,
    item,
    lot,
    site,
    stock,
    supply,
    tell,
    tell_masters,
)
from tests.console.reading import Page, Reader, signed_in
from tests.deciding import decide_by, position, promising

SCHEMA = build_schema()._schema
AFTERWARDS = ("rules", "restsOn", "since")
"""Fields read from elsewhere when they are asked for."""


def everything(type_name: str) -> str:
    """A selection of every field of the type that needs no argument, and of all below it."""
    chosen, kind = [], SCHEMA.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        is_ours = isinstance(below, GraphQLObjectType)
        if name not in {*HIDDEN, *AFTERWARDS} and not (is_ours and below.name == type_name):
            chosen.append(f"{name} {everything(below.name)}" if is_ours else name)
    return "{ " + " ".join(chosen) + " }"


EXPLAINED = (
    "query Why($id: ID!) { inquiry(id: $id) { identical outcomeHash answer "
    + everything("Availability")
    + " } }"
)


@pytest.fixture
async def company(client: Client) -> Client:
    """At HAM 10 TEA of which 4 are held, 4 expected, 3 owed to web and 2 to contract."""
    await tell_masters(client.deps)
    await tell(
        client.deps,
        stock(10),
        hold(4, until=day(8)),
        supply(4, ahead=5),
        demand(3),
        demand(2, order_id="SO-2", channel="contract"),
    )
    return client


async def asked(client: Client, *lines, channel: str = "web", caller: Caller = ANYONE) -> Quote:
    return await quote(client.deps, lines or [ask(6)], channel, caller)


async def promise(reader: Reader, answered: Quote, query: str = "") -> Page:
    return await reader.open(f"/inquiries/{answered.inquiry_id}{query}")


async def test_the_promise_page_says_what_was_asked_what_can_be_promised_and_when(company):
    answered = await asked(company, ask(6, ahead=1))
    page = await promise(await signed_in(company), answered)
    assert page.heading == "Inquiry: 6 EA of TEA"
    assert "In full, but later." in page.text
    assert page.table("How the ask would be served") == [
        ["Tue 2026-06-02", "HAM", "1", "on hand", "own"],
        ["Sat 2026-06-06", "HAM", "4", "receipt", "own"],
        ["Tue 2026-06-09", "HAM", "1", "receipt", "own"],
    ]


async def test_the_figure_is_derived_row_by_row(company):
    """10 on hand less 4 held, less 5 owed from the third day on: 1."""
    page = await promise(await signed_in(company), await asked(company, ask(6, ahead=2)))
    rows = [page.table("How the figure for Wed 2026-06-03 comes about")[-1]]
    rows += page.table("Holds") + page.table("Supply on its way") + page.table("Owed before this ask")
    assert rows == [
        ["Can be promised for Wed 2026-06-03", "1"],
        ["quality", "H1", "erp", "4", "the beginning", "Tue 2026-06-09"],
        ["Sat 2026-06-06", "purchase", "PO-1", "erp", "confirmed", "4", "from Sat 2026-06-06"],
        ["Wed 2026-06-03", "order line", "contract", "SO-2", "1", "erp", "2"],
        ["Wed 2026-06-03", "order line", "web", "SO-1", "1", "erp", "3"],
    ]


async def test_what_would_make_it_earlier_names_the_change_and_its_gain(company):
    page = await promise(await signed_in(company), await asked(company, ask(6, ahead=2)))
    assert "4 EA more for the day: lift hold quality at HAM (H1, from erp)" in page.text
    assert "4 EA more for the day: purchase due 2026-06-06 here by 2026-06-03 at HAM (PO-1" in page.text


async def test_the_projection_has_each_day_once_with_the_binding_day_marked(company):
    page = await promise(await signed_in(company), await asked(company, ask(6, ahead=1)))
    rows = page.table("Projection at HAM")
    assert len(rows) == 90
    assert rows[0] == ["Mon 2026-06-01", "6", "0", "0", "6", "1", ""]
    assert rows[1][-1] == "wanted"
    assert rows[2] == ["Wed 2026-06-03", "6", "0", "5", "1", "1", "binds"]
    assert rows[8] == ["Tue 2026-06-09", "10", "0", "0", "9", "9", ""]


async def test_goods_that_do_not_count_are_listed_with_the_reason(company):
    await tell(company.deps, stock(7, status="quality"), states={"stock"})
    page = await promise(await signed_in(company), await asked(company))
    assert page.table("On hand") == [["quality", "own", "7", "no: status quality does not count"]]


async def test_the_page_says_that_deciding_again_gave_the_same(company):
    page = await promise(await signed_in(company), await asked(company))
    assert "gave the same outcome bit for bit" in page.text
    assert "earmark explain" in page.text


async def test_a_logged_outcome_that_does_not_follow_from_its_inputs_is_said_loudly(company):
    answered = await asked(company)
    async with company.deps.store.writing() as tx:
        await tx.execute(text("UPDATE inquiry SET outcome_hash = repeat('0', 64)"))
    page = await promise(await signed_in(company), answered)
    assert "! not identical" not in page.text  # the sign is the style's
    assert "not identical" in page.text
    assert "this should never happen" in page.text


async def test_safety_stock_is_said_where_it_is_kept_back(company):
    await tell(company.deps, SafetyStockFact("TEA", "HAM", Decimal(1)))
    page = await promise(await signed_in(company), await asked(company, ask(1, ahead=2)))
    rows = page.table("How the figure for Wed 2026-06-03 comes about")
    assert rows[-2:] == [
        ["less safety stock, kept from new promises", "1"],
        ["Can be promised for Wed 2026-06-03", "0"],
    ]
    assert page.table("Projection at HAM")[2][5:7] == ["1", "0"]


async def test_goods_that_can_be_taken_before_they_expire_are_part_of_the_sum(client):
    """30 are owed after 40 of 100 have expired: 30 can be promised of the rest, and the 40 until then."""
    await tell_masters(client.deps)
    await tell(client.deps, lot("OLD", day(9)), lot("NEW", day(200)), source="master")
    await tell(client.deps, stock(40, lot="OLD"), stock(60, lot="NEW"), demand(30, needed_on=day(20)))
    page = await promise(await signed_in(client), await asked(client, ask(80, ahead=8)))
    assert page.table("How the figure for Tue 2026-06-09 comes about")[-5:] == [
        ["The binding day, where least is left from then on: Sun 2026-06-21, with", "70"],
        ["less what will have expired without being taken", "40"],
        ["leaves", "30"],
        ["plus goods whose last day comes before, which a promise for this day can still use", "40"],
        ["Can be promised for Tue 2026-06-09", "70"],
    ]
    assert "counted until 2026-06-10, their last day" in page.text


async def test_a_kit_is_derived_from_finished_ones_and_the_part_that_limits(company):
    """One finished set; 5 CUP and 1 TEA free, and a set takes two CUP and one TEA."""
    await tell(company.deps, item("SET"), source="master")
    await tell(
        company.deps,
        KitFact("SET", "CUP", Decimal(2)),
        KitFact("SET", "TEA", Decimal(1)),
        source="master",
    )
    await tell(company.deps, stock(1, code="SET"), stock(5, code="CUP"))
    page = await promise(await signed_in(company), await asked(company, ask(2, sku="SET")))
    assert page.table("How the figure for Mon 2026-06-01 comes about")[-3:] == [
        ["Finished ones that can be promised", "1"],
        ["plus sets that the parts here allow", "1"],
        ["Can be promised for Mon 2026-06-01", "2"],
    ]
    assert page.table("Parts of the kit") == [["CUP", "2", "5", "2", "no"], ["TEA", "1", "1", "1", "yes"]]
    assert page.table("Projection at HAM")[0][5] == "2"


async def test_where_supply_is_without_limit_the_page_says_so(company):
    """After ten days new supply can always be had, so from then on anything can be promised."""
    await decide_by(company.deps, position(unlimited_after_days=10))
    page = await promise(await signed_in(company), await asked(company, ask(999, ahead=30)))
    assert "any quantity EA can be promised" in page.text
    assert page.table("How the ask would be served")[0][2:] == ["999", "lead time", "own"]
    assert page.table("Projection at HAM")[30][5] == "no limit"


async def test_other_methods_stand_beside_the_answer(company):
    answered = await quote(company.deps, [ask(1, ahead=2)], "web", ANYONE, methods=("cumulative", "period"))
    page = await promise(await signed_in(company), answered)
    assert page.table("What other methods say") == [["cumulative", "1"], ["period", "-5"]]


async def test_an_answer_by_what_was_known_before_says_so(company, opened):
    """Asked on the third day by what was known on the first."""
    await opened.set_now(NOON + timedelta(days=2))
    answered = await quote(company.deps, [ask(6)], "web", ANYONE, as_known_at=NOON + timedelta(hours=1))
    page = await promise(await signed_in(company), answered)
    assert "Asked 2026-06-03 12:00" in page.text
    assert "By what was known at 2026-06-01 13:00:00 UTC" in page.text
    assert "gave the same outcome bit for bit" in page.text


async def test_a_line_that_was_refused_says_why_and_what_to_do(company):
    page = await promise(await signed_in(company), await asked(company, ask(sku="NOPE")))
    assert "No item is known as NOPE." in page.text
    assert "What to do: Check the spelling" in page.text


async def test_of_several_lines_the_first_that_was_not_met_is_derived(company):
    answered = await asked(company, ask(1), ask(99), ask(0))
    page = await promise(await signed_in(company), answered)
    assert [row[-1] for row in page.table("Lines 1 to 3 of 3")] == [
        "in full on the day",
        "not in full",
        "no answer",
    ]
    assert "Line 2: 99 EA wanted" in page.text


async def test_each_line_can_be_chosen(company):
    answered = await asked(company, ask(1), ask(99))
    page = await promise(await signed_in(company), answered, "?line=1")
    assert "Line 1: 1 EA wanted" in page.text


async def test_many_lines_are_shown_by_pages_around_the_chosen_one(company):
    answered = await asked(company, *[ask(1)] * 120)
    page = await promise(await signed_in(company), answered, "?line=60")
    assert [row[0] for row in page.table("Lines 51 to 100 of 120")] == [str(n) for n in range(51, 101)]
    assert page.links["Lines before"].endswith("?line=50")
    assert page.links["Lines after"].endswith("?line=101")


async def test_beyond_a_few_sites_the_others_are_listed_and_can_be_chosen(company):
    sites = [f"S{number:02}" for number in range(9)]
    await tell(company.deps, *(site(each) for each in sites), source="master")
    await tell(company.deps, *(stock(2, site_id=each) for each in sites))
    answered = await asked(company, ask(50))
    reader = await signed_in(company)

    page = await promise(reader, answered)
    derived = [caption for caption in page.tables if caption.startswith("Projection at ")]
    others = [row[0] for row in page.table("Sites that were asked too")]
    assert (len(derived), len(others)) == (4, 6)

    chosen = await reader.open(page.links[others[-1]])
    assert [each for each in chosen.tables if each.startswith("Projection at ")] == [
        f"Projection at {others[-1]} (EA)"
    ]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/inquiries/not-an-id", 404),
        ("/inquiries/018f0000-0000-7000-8000-000000000000", 404),
        ("/inquiries/018f0000-0000-7000-8000-000000000000/json", 404),
        ("/inquiries/%3Cscript%3Ealert(1)%3C%2Fscript%3E", 404),
        ("/inquiries?from=yesterday", 400),
        ("/inquiries?to=2026-02-30", 400),
        ("/inquiries?from=0001-01-01", 400),
        ("/inquiries?before=7", 400),
        ("/inquiries?sku=" + "x" * 300, 400),
        ("/inquiries?sku=a%00b", 400),
    ],
)
async def test_an_address_that_leads_nowhere_says_so_and_what_to_do(demo, path, status):
    answer = await (await signed_in(demo)).http.get(path)
    page = Page(answer.status_code, answer.text)
    assert answer.status_code == status
    assert "What to do:" in page.text
    assert page.inline == []


async def test_a_line_that_was_not_asked_is_not_found(company):
    answered, reader = await asked(company, ask(), ask()), await signed_in(company)
    for number, status in {"0": 400, "3": 404, "-1": 400, "x": 400, "9" * 30: 400}.items():
        page = await reader.open(f"/inquiries/{answered.inquiry_id}?line={number}", status)
        assert "What to do:" in page.text


async def test_what_sources_say_is_shown_and_never_run(company):
    """Skus, hold codes, orders and persons come from outside."""
    evil = "<script>alert('x')</script>"
    await tell(company.deps, item(evil), source="master")
    await tell(
        company.deps,
        stock(5, code=evil, status="<b>odd</b>"),
        hold(1, hold_id="<img src=x>", code=evil, hold_code='"><script>y</script>'),
        supply(2, line_id="<svg onload=z>", code=evil),
        demand(1, order_id="</td><script>", code=evil),
    )
    caller = Caller("<i>me</i>", frozenset({"admin"}), None)
    answered = await asked(company, ask(3, sku=evil), caller=caller)
    reader = await signed_in(company)
    for page in (await promise(reader, answered), await reader.open("/inquiries")):
        assert evil in page.text
        assert "<i>me</i>" in page.text
        assert page.inline == []
    page = await promise(reader, answered)
    assert page.table("Holds")[0][:2] == ['"><script>y</script>', "<img src=x>"]
    assert page.table("Supply on its way")[0][2] == "<svg onload=z>"
    assert page.table("Owed before")[0][3] == "</td><script>"
    assert "<b>odd</b>" in page.table("On hand")[0][0]


async def test_pages_load_only_our_own_files_and_run_nothing_of_their_own(company):
    reader = await signed_in(company)
    for path in ("/signin", "/inquiries", f"/inquiries/{(await asked(company)).inquiry_id}", "/traces"):
        answer = await reader.http.get(path)
        page = Page(answer.status_code, answer.text)
        assert page.inline == []
        assert all(load.startswith(("/static/", "data:,")) for load in page.loads)
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


async def test_a_storefront_sees_kinds_quantities_and_days_and_nothing_of_others(company):
    """Not another channel's order, not a source, not who asked, not the trace, not the projection."""
    answered = await asked(company, ask(6, ahead=2))
    page = await promise(await signed_in(company, "storefront", "web"), answered)
    assert page.table("Owed before this ask") == [
        ["Wed 2026-06-03", "other orders", "–", "–", "–", "–", "2"],
        ["Wed 2026-06-03", "order line", "web", "SO-1", "1", "–", "3"],
    ]
    assert not any(caption.startswith(("Projection", "Holds", "The rows")) for caption in page.tables)
    for hidden in ("quality", "SUP050", "SO-2", "contract", "PO-1", "H1", "erp", "tester", "/traces"):
        assert hidden not in page.html


@pytest.mark.parametrize(("role", "channels"), [("storefront", ("web",)), ("planner", ())])
async def test_the_json_is_what_graphql_tells_the_same_reader(company, role, channels):
    answered = await asked(company, ask(6, ahead=2), ask(sku="NOPE"))
    reader = await signed_in(company, role, *channels)
    told = (await reader.http.get(f"/inquiries/{answered.inquiry_id}/json?line=1")).json()
    asks = EXPLAINED if role != "storefront" else EXPLAINED.replace(" ruleBook ", " ")
    data = await company.as_(role, *channels).ask(asks, id=str(answered.inquiry_id))
    expected = data["inquiry"]["answer"]
    explanations = [line.pop("explanation") for line in expected["lines"]]

    assert told.pop("explained") == {"line": 1, "explanation": explanations[0]}
    assert told.pop("identical") is True
    assert told.pop("outcomeHash") == data["inquiry"]["outcomeHash"]
    assert told == expected


async def test_an_inquiry_of_another_channel_is_not_found_and_not_listed(company):
    other = await asked(company, channel="contract")
    mine = await asked(company)
    reader = await signed_in(company, "storefront", "web")
    assert (await reader.http.get(f"/inquiries/{other.inquiry_id}")).status_code == 404
    assert (await reader.http.get(f"/inquiries/{other.inquiry_id}/json")).status_code == 404
    page = await reader.open("/inquiries")
    assert [link for link in page.links.values() if link.startswith("/inquiries/")] == [
        f"/inquiries/{mine.inquiry_id}"
    ]
    assert (await reader.open("/inquiries?channel=contract")).tables == {}


async def listed(reader: Reader, query: str = "") -> list[str]:
    """The ids on a page of the list."""
    answer = await reader.http.get(f"/inquiries{query}")
    assert answer.status_code == 200, answer.text
    found = [part.split('"')[0] for part in answer.text.split('href="/inquiries/')[1:]]
    return [each for each in found if UUID(each)]


async def test_the_list_has_the_newest_first_and_filters_by_sku_and_channel(company):
    await tell(company.deps, stock(5, code="CUP"))
    tea = await asked(company)
    cup = await asked(company, ask(sku="CUP"))
    both = await asked(company, ask(), ask(sku="CUP"), channel="contract")
    reader = await signed_in(company)
    ids = {name: str(each.inquiry_id) for name, each in {"tea": tea, "cup": cup, "both": both}.items()}

    assert await listed(reader) == [ids["both"], ids["cup"], ids["tea"]]
    assert await listed(reader, "?sku=TEA") == [ids["both"], ids["tea"]]
    assert await listed(reader, "?sku=CUP&channel=web") == [ids["cup"]]
    assert await listed(reader, "?sku=tea") == []


async def test_the_list_filters_by_the_days_asked_on(company, opened):
    early = await asked(company)
    await opened.set_now(NOON + timedelta(days=2))
    late = await asked(company)
    reader = await signed_in(company)
    first, second = str(early.inquiry_id), str(late.inquiry_id)

    assert await listed(reader, "?to=2026-06-01") == [first]
    assert await listed(reader, "?from=2026-06-02") == [second]
    assert await listed(reader, "?from=2026-06-01&to=2026-06-03") == [second, first]
    assert await listed(reader, "?from=2026-06-02&to=2026-06-02") == []


async def test_the_list_can_be_of_those_that_were_not_met_in_full(company):
    met = await asked(company, ask(1))
    later = await asked(company, ask(6))
    short = await asked(company, ask(1), ask(99))
    refused = await asked(company, ask(sku="NOPE"))
    reader = await signed_in(company)
    found = await listed(reader, "?short=1")
    assert found == [str(each.inquiry_id) for each in (refused, short, later)]
    assert str(met.inquiry_id) not in found


async def test_a_wish_for_a_day_gone_by_is_met_when_it_is_met_today(company):
    """A day gone by means today, so what can be had today came in full."""
    await asked(company, ask(1, ahead=-3))
    page = await (await signed_in(company)).open("/inquiries")
    assert page.table("1 inquiry")[0][4] == "in full on the day"


async def test_every_inquiry_is_on_exactly_one_page(company):
    expected = [str((await asked(company, ask(1))).inquiry_id) for _ in range(120)][::-1]
    reader = await signed_in(company)
    found, path = [], "/inquiries?sku=TEA"
    for _ in range(3):
        found += await listed(reader, path.removeprefix("/inquiries"))
        path = (await reader.open(path)).links.get("Older", "")
    assert found == expected
    assert path == ""


async def test_a_search_that_gives_up_says_where_and_goes_on_from_there(company):
    """A rare sku in a long log must not hold the store up; nothing is skipped between two searches."""
    rare = await asked(company, ask(sku="CUP"))
    for _ in range(7):
        await asked(company)
    pool, where = company.deps.store.pool, InquiryFilter(sku="CUP")

    found, before = [], None
    for _ in range(4):
        page = await page_of_inquiries(pool, where, before, most=50, looked_max=3)
        found += [row.inquiry_id for row in page.rows]
        before = page.stopped
        if before is None:
            break
    assert found == [rare.inquiry_id]
    assert before is None


async def test_while_the_store_is_away_the_page_says_so(company):
    reader = await signed_in(company)
    await company.deps.store.pool.close()
    answer = await reader.http.get("/inquiries")
    assert answer.status_code == 503
    assert "The store did not answer" in answer.text
    assert "Try again" in answer.text


async def test_the_frame_says_who_is_signed_in_and_by_which_clock(company):
    page = await (await signed_in(company, "planner", "web")).open("/inquiries")
    assert "a planner (planner; web)" in page.text
    assert "The database's clock: 2026-06-01 12:00:" in page.text
    assert "test clock, not the true time" in page.text
    assert {"Inquiries", "Traces", "GraphiQL"} <= page.links.keys()


async def test_quantities_keep_their_decimals(company):
    await tell(company.deps, stock("1234.125", code="OIL"))
    page = await promise(await signed_in(company), await asked(company, ask("0.5", sku="OIL")))
    assert page.table("On hand (KG)") == [["available", "own", "1,234.125", "yes"]]


async def test_a_short_horizon_is_drawn_as_long_as_it_is(company):
    await decide_by(company.deps, promising(horizon_days=20))
    page = await promise(await signed_in(company), await asked(company))
    assert len(page.table("Projection at HAM")) == 20
    assert page.table("Projection at HAM")[-1][0] == f"{date(2026, 6, 20):%a %Y-%m-%d}"
