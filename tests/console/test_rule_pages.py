"""The rule pages: what they say, to whom, what their forms do, and whose forms are taken."""

import csv
import io

import pytest
from sqlalchemy import text

from gateway.console.rule_chart import BANDS_MAX, HALF, WIDTH, chart
from gateway.console.rule_forms import FORM_BYTES_MAX
from resolvers.flows import rulebook_reading as reading
from resolvers.flows import simulations
from resolvers.governance.types import READERS
from resolvers.roles import ROLES
from rules.changes import Difference, Tally
from rules.table import read_table
from tests.application import Client
from tests.console.reading import FROM_OUR_PAGE, Reader, signed_in
from tests.console.rule_files import ASK, SHUT, SOURCING, kept, post, send, token_of

PAGES = (
    "/rules",
    "/rules/current",
    "/rules/current/40-priority.yaml",
    "/rules/current/40-priority.yaml/PRI040",
    "/rules/current/checks",
    "/rules/current/try",
    "/rules/current/difference",
    "/rules/current/simulation",
    "/rules/change",
    "/rules/change?file=40-priority.yaml",
)


async def state(client: Client, address: str) -> str:
    return (await reading.find(client.deps, address.removeprefix("/rules/"))).state


async def change_stored(client: Client, version: str, content: bytes) -> None:
    """The file stands in the store as no hand could put it there: an earlier Earmark had other words."""
    change = text("UPDATE rulebook_file SET content = :content WHERE name = :name AND version LIKE :version")
    async with client.deps.store.writing() as tx:
        await tx.execute(change, {"content": content, "name": SOURCING, "version": f"{version}%"})


async def count(client: Client) -> int:
    return len(await reading.listed(client.deps, None, 100))


async def submitted(client: Client) -> tuple[Reader, str]:
    """An analyst, and the address of the book he handed in."""
    analyst = await signed_in(client, "analyst")
    book = await kept(analyst)
    await post(analyst, f"{book}/step", step="submit", reason="Please look.")
    return analyst, book


async def simulated(client: Client, reader: Reader, book: str) -> str:
    """The address of a simulation that has ended."""
    where, _ = await post(reader, f"{book}/simulation", days="7")
    await client.deps.jobs._tasks.copy().pop()
    return where


# Who may read, and that every page is whole.


@pytest.mark.parametrize("path", PAGES)
async def test_each_page_opens_for_those_who_may_read_rules_and_runs_nothing_of_its_own(demo, path):
    page = await (await signed_in(demo, "planner")).open(path)
    assert (page.inline, [each for each in page.loads if not each.startswith(("/static/", "data:"))]) == (
        [],
        [],
    )
    assert page.heading


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_rules_are_read_by_their_readers_and_by_nobody_else(demo, role):
    reader = await signed_in(demo, role)
    status = 200 if role in READERS else 403
    await reader.open("/rules", status)
    assert ("Rules" in (await reader.open("/inquiries")).links) == (role in READERS)


async def test_whoever_is_not_signed_in_comes_back_after(demo):
    answer = await demo.http.get("/rules/current/try?decision=priority")
    assert answer.headers["location"] == "/signin?next=/rules/current/try%3Fdecision%3Dpriority"


@pytest.mark.parametrize(
    "path", ["/rules/nope", "/rules/current/99-nope.yaml", "/rules/current/40-priority.yaml/NOPE"]
)
async def test_what_is_not_there_is_said_so_with_the_next_step(demo, path):
    page = await (await signed_in(demo, "analyst")).open(path, 404)
    assert "What to do:" in page.text
    assert page.links["The rules"] == "/rules"


async def test_a_book_that_an_earlier_earmark_could_read_is_no_fault(own_demo):
    analyst = await signed_in(own_demo, "analyst")
    book = await kept(analyst)
    unreadable = SHUT.replace("decides: sourcing", "decides: fortune").encode()
    await change_stored(own_demo, book.removeprefix("/rules/"), unreadable)
    for page in ("", f"/{SOURCING}", "/try"):
        said = (await analyst.open(book + page, 400)).text
        assert "This Earmark cannot read that rule book any more. 60-sourcing.yaml:1:" in said
    assert "there is no decision" in (await analyst.open(f"{book}/checks")).text


# Reading.


async def test_a_search_finds_rows_by_reason_owner_and_value_whatever_the_case(demo):
    reader = await signed_in(demo, "analyst")
    by_why = (await reader.open("/rules?q=HOUSEHOLD+that+has")).table("1 row with")
    assert [row[:2] for row in by_why] == [["PRI020", "40-priority.yaml"]]
    by_owner = (await reader.open("/rules?q=customer+service")).text
    assert "PRI020" in by_owner
    assert "No row of the book in force has “zzz”" in (await reader.open("/rules?q=zzz")).text


async def test_a_file_is_a_table_of_its_rows_that_can_be_filtered(demo):
    reader = await signed_in(demo, "analyst")
    page = await reader.open("/rules/current/40-priority.yaml")
    rows = page.table("5 rows")
    assert rows[0] == ["row", "demand class", "days late", "rank", "why", "owner"]
    assert rows[2][:4] == ["PRI020: its history", "retail", ">= 7", "15"]
    assert 'id="PRI020"' in page.html
    filtered = await reader.open("/rules/current/40-priority.yaml?q=retail")
    assert len(filtered.table("2 rows of 5")) == 3


async def test_rows_with_dates_show_them(demo):
    rows = (await (await signed_in(demo, "analyst")).open("/rules/current/50-allocation.yaml")).table(
        "7 rows"
    )
    dated = next(row for row in rows if row[0].startswith("ALL010"))
    assert dated[-2:] == ["2026-03-06 18:00", "2026-03-09"]


async def test_a_fact_is_answered_by_its_row_and_each_row_above_says_where_it_does_not_fit(demo):
    reader = await signed_in(demo, "analyst")
    facts = "fact.demand_class=retail&fact.days_late=2"
    page = await reader.open(f"/rules/current/try?decision=priority&try=1&{facts}")
    assert "PRI040 decides: rank 30" in page.text
    above = page.table("Rows above it")
    assert [row[:2] for row in above] == [
        ["PRI010", "demand class: is retail, the row asks for contract"],
        ["PRI020", "days late: is 2, the row asks for >= 7"],
        ["PRI030", "demand class: is retail, the row asks for wholesale"],
    ]
    assert above[0][2] == "Long-term contracts are honoured before spot sales."
    assert "1 row below was not reached." in page.text


async def test_a_fact_that_cannot_be_read_is_explained_beside_the_form(demo):
    reader = await signed_in(demo, "analyst")
    facts = "fact.demand_class=retail&fact.days_late=soon"
    page = await reader.open(f"/rules/current/try?decision=priority&try=1&{facts}", 400)
    assert "days_late is 'soon', and takes a whole number from 0 to 365" in page.text
    assert page.values["fact.days_late"] == "soon"


async def test_a_dated_row_is_tried_by_the_clocks_of_a_site(demo):
    reader = await signed_in(demo, "analyst")
    table = (await reading.tables(demo.deps))["allocation"]
    first = {each.name: each.values[0] if each.kind == "enum" else str(each.least) for each in table.inputs}
    facts = "&".join(f"fact.{name}={value}" for name, value in (first | {"channel_kind": "web"}).items())
    asked = f"/rules/current/try?decision=allocation&try=1&{facts}&site=DC-HAM&at=2026-03-06T"
    assert "ALL010 decides" not in (await reader.open(asked + "16:59")).text
    assert "ALL010 decides" in (await reader.open(asked + "17:00")).text


# Changing: nothing is changed on errors, all is said at once.


async def test_files_with_errors_are_told_of_at_once_and_change_nothing(own_demo):
    analyst, before = await signed_in(own_demo, "analyst"), await count(own_demo)
    wrong = SHUT.replace("[web]", "[wen]").replace("serves: true, turn: 1", "serves: true, turn: 100")
    for step in ("check", "keep"):
        _, page = await send(analyst, {SOURCING: wrong.encode(), "nope.txt": b"x"}, step, 400)
        said = " ".join(row[1] for row in page.table("Errors, by file"))
        assert "`web` is no value of channel_kind: did you mean wen?" in said
        assert "turn is 100; it may be 1 to 99" in said
        assert "no rule file is called so" in said
        assert "Nothing was changed." in page.text
    assert await count(own_demo) == before


async def test_a_check_without_errors_keeps_nothing(own_demo):
    analyst, before = await signed_in(own_demo, "analyst"), await count(own_demo)
    _, page = await send(analyst, {SOURCING: SHUT.encode()}, "check", 200)
    assert "No errors" in page.text
    assert await count(own_demo) == before


async def test_a_file_edited_on_the_page_is_kept_as_it_was_typed(own_demo):
    analyst = await signed_in(own_demo, "analyst")
    where, _ = await post(
        analyst, "/rules/change", name=SOURCING, text=SHUT.replace("\n", "\r\n"), note="Shut", step="keep"
    )
    book = where.removesuffix("?done=kept").removeprefix("/rules/")
    assert (await reading.files(own_demo.deps, book))[SOURCING] == SHUT.encode()
    assert "It is kept as a draft" in (await analyst.open(where)).text


async def test_what_was_typed_stays_in_the_field_when_it_has_errors(own_demo):
    analyst = await signed_in(own_demo, "analyst")
    wrong = SHUT.replace("decides: sourcing", "decides: <sourcing>")
    _, page = await post(analyst, "/rules/change", 400, name=SOURCING, text=wrong, note="“Mine”", step="keep")
    assert "decides: &lt;sourcing&gt;" in page.html
    assert page.values["note"] == "“Mine”"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_a_sheet_taken_along_and_sent_back_alone_says_the_same(own_demo, form):
    analyst = await signed_in(own_demo, "analyst")
    sheet = await analyst.http.get(f"/rules/current/40-priority.yaml/download/{form}")
    assert sheet.headers["content-disposition"] == f'attachment; filename="40-priority.{form}"'
    where, _ = await send(analyst, {f"40-priority.{form}": sheet.content}, "keep", 303)
    book = where.removesuffix("?done=kept")
    assert "Nothing: both books decide alike" in (await analyst.open(f"{book}/difference")).text


async def test_a_sheet_taken_along_carries_no_live_formula(own_demo):
    analyst = await signed_in(own_demo, "analyst")
    book = await kept(analyst)
    written = await analyst.http.get(f"{book}/{SOURCING}/download/csv")
    cells = [cell for row in csv.reader(io.StringIO(written.content.decode("utf-8-sig"))) for cell in row]
    assert "'=nobody() is served while the web shop is shut." in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert (await analyst.http.get(f"{book}/{SOURCING}/download/yaml")).content == SHUT.encode()
    assert (await analyst.http.get(f"{book}/{SOURCING}/download/exe")).status_code == 404


async def test_the_difference_shows_rows_and_the_answers_that_change(own_demo):
    analyst = await signed_in(own_demo, "analyst")
    page = await analyst.open(f"{await kept(analyst)}/difference")
    assert "SHUT is added: when channel_kind web, then serves false" in page.text
    changed = page.table("Answers that change")
    assert any("(SHUT)" in row[2] and "serves false" in row[2] for row in changed)


# The life of a book.


async def test_a_book_is_handed_in_approved_by_another_person_put_in_force_and_gone_back_from(own_demo):
    analyst, book = await submitted(own_demo)
    own = await analyst.open(book)
    assert "You handed this in yourself." in own.text
    _, refused = await post(analyst, f"{book}/step", 403, step="approve")
    assert "nobody approves what is his own" in refused.text

    steward = await signed_in(own_demo, "steward")
    where, _ = await post(steward, f"{book}/step", step="approve", reason="Looks right.")
    assert where == f"{book}?done=approved"
    _, refused = await post(steward, f"{book}/step", 403, step="activate")
    assert "It needs one of: admin, analyst." in refused.text

    where, _ = await post(analyst, f"{book}/step", step="activate", at="", reason="")
    assert where == f"{book}?done=active"
    assert (await own_demo.ask(ASK, channel="web"))["availability"]["lines"][0]["promisable"] == 0
    assert "Looks right." in (await analyst.open(book)).text

    _, refused = await post(analyst, "/rules/rollback", 400, reason=" ")
    assert "without a reason" in refused.text
    await post(analyst, "/rules/rollback", reason="The shop complained.")
    assert await state(own_demo, book) == "superseded"
    assert (await own_demo.ask(ASK, channel="web"))["availability"]["lines"][0]["promisable"] > 0


async def test_a_book_is_planned_for_an_instant_and_never_for_one_gone_by(own_demo):
    analyst, book = await submitted(own_demo)
    await post(await signed_in(own_demo, "steward"), f"{book}/step", step="approve")
    _, past = await post(analyst, f"{book}/step", 400, step="activate", at="2026-01-01T00:00")
    assert "has gone by" in past.text
    _, unread = await post(analyst, f"{book}/step", 400, step="activate", at="tomorrow")
    assert "cannot be read as a day and time" in unread.text
    where, _ = await post(analyst, f"{book}/step", step="activate", at="2026-03-09T05:00")
    assert where == f"{book}?done=planned"
    assert "from 2026-03-09 05:00:00 UTC" in (await analyst.open("/rules")).text
    assert await state(own_demo, book) == "approved"


async def test_a_book_is_rejected_with_a_reason(own_demo):
    _, book = await submitted(own_demo)
    steward = await signed_in(own_demo, "steward")
    await post(steward, f"{book}/step", 400, step="reject", reason="")
    await post(steward, f"{book}/step", step="reject", reason="Easter is near.")
    page = await steward.open(book)
    assert await state(own_demo, book) == "rejected"
    assert "Easter is near." in page.text


async def test_a_step_that_is_not_next_is_refused(own_demo):
    analyst, book = await submitted(own_demo)
    _, page = await post(analyst, f"{book}/step", 409, step="activate")
    assert "is submitted, so it cannot be activated" in page.text
    await post(analyst, f"{book}/step", 404, step="burn")


async def test_a_planner_may_check_and_not_keep(own_demo):
    planner, before = await signed_in(own_demo, "planner"), await count(own_demo)
    await send(planner, {SOURCING: SHUT.encode()}, "check", 200)
    await send(planner, {SOURCING: SHUT.encode()}, "keep", 403)
    assert await count(own_demo) == before
    assert "Keep as a draft" not in (await planner.open("/rules/change")).text


async def test_the_history_of_a_row_tells_who_changed_what_and_why(own_demo):
    analyst = await signed_in(own_demo, "analyst")
    files = await reading.files(own_demo.deps)
    changed = files["40-priority.yaml"].replace(b"rank: 30", b"rank: 18")
    where, _ = await send(analyst, {"40-priority.yaml": changed}, "keep", 303, "Households first")
    book = where.removesuffix("?done=kept")
    await post(analyst, f"{book}/step", step="submit")
    await post(await signed_in(own_demo, "steward"), f"{book}/step", step="approve")
    await post(analyst, f"{book}/step", step="activate", reason="From Monday.")
    rows = (await analyst.open("/rules/current/40-priority.yaml/PRI040")).table("The books in force")
    assert [row[2:] for row in rows] == [
        ["then rank: 30 → 18", "a analyst", "a analyst", "Households first From Monday."],
        ["it was added", "earmark", "earmark", "The rule book that is shipped. The first: there was none."],
    ]


# Whose forms are taken.


async def test_a_form_from_elsewhere_without_its_token_or_with_another_readers_is_not_taken(own_demo):
    analyst, other = await signed_in(own_demo, "analyst"), await signed_in(own_demo, "admin")
    book = await kept(analyst)
    fields = {"step": "submit", "token": await token_of(analyst)}

    async def status(fields: dict[str, str], headers: dict[str, str]) -> int:
        return (await analyst.http.post(f"{book}/step", data=fields, headers=headers)).status_code

    assert await status(fields, {"origin": "http://evil", "sec-fetch-site": "cross-site"}) == 403
    assert await status(fields, {"origin": "http://evil"}) == 403
    assert await status({"step": "submit"}, FROM_OUR_PAGE) == 400
    assert await status(fields | {"token": await token_of(other)}, FROM_OUR_PAGE) == 400
    assert await state(own_demo, book) == "checked"
    assert await status(fields, FROM_OUR_PAGE) == 303
    assert await state(own_demo, book) == "submitted"


BROKEN = {
    "no boundary": ("multipart/form-data", b"--x\r\n"),
    "no end": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1',
    ),
    "no name": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--",
    ),
    "too many": ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(200))),
    "too large": ("application/x-www-form-urlencoded", b"a" * (FORM_BYTES_MAX + 1)),
}


@pytest.mark.parametrize("case", BROKEN)
async def test_a_broken_form_gets_a_message(demo, case):
    kind, body = BROKEN[case]
    reader = await signed_in(demo, "analyst")
    headers = FROM_OUR_PAGE | {"content-type": kind}
    answer = await reader.http.post("/rules/change", content=body, headers=headers)
    assert answer.status_code == 400
    assert "nothing was done" in answer.text


async def test_a_file_arrives_byte_for_byte_whatever_it_holds(own_demo):
    """Line ends, the boundary's own signs and a path before the name, as browsers send them."""
    analyst = await signed_in(own_demo, "analyst")
    content = SHUT.replace("\n", "\r\n").encode() + b"# --\r\n# --x \xc3\xa4\r\n"
    where, _ = await send(analyst, {f"C:\\rules\\{SOURCING}": content}, "keep", 303)
    book = where.removesuffix("?done=kept").removeprefix("/rules/")
    assert (await reading.files(own_demo.deps, book))[SOURCING] == content
    _, page = await send(analyst, {f"a/{SOURCING}": content, f"b/{SOURCING}": content}, "keep", 400)
    assert "was chosen twice" in page.text


# Simulations.


async def test_a_simulation_tells_who_would_lose_by_which_row_in_figures_chart_and_sheet(own_demo):
    for channel in ("web", "contract"):
        await own_demo.ask(ASK, channel=channel)
    analyst = await signed_in(own_demo, "analyst")
    book = await kept(analyst)
    where = await simulated(own_demo, analyst, book)
    page = await analyst.open(where)
    assert "1 of 2 lines would be promised otherwise." in page.text
    by_class = page.table("Lines by channel and class")
    assert [row[:4] for row in by_class if row[0] in ("web", "contract", "all")] == [
        ["contract", "contract", "1", "0"],
        ["web", "retail", "1", "0"],
        ["all", "", "2", "0"],
    ]
    (line,) = page.table("1 line")
    assert line[1] == "web, retail"
    assert line[3] == "less promised"
    assert line[6].startswith("SHUT instead of")
    assert page.html.count("<rect class=") == 1
    assert 'rect class="lost"' in page.html

    sheet = await analyst.http.get(f"{where}/lines.csv")
    (row,) = csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig")))
    assert (row["channel"], row["row"], row["after"]) == ("web", "SHUT", "4 open")
    assert row["why"].startswith("'=nobody()")
    assert (await analyst.open(f"{where}?change=gained")).text.count("No line changes so.") == 1
    assert (await analyst.open(book)).text.count("Tried on past inquiries yes") == 1


async def test_a_reader_bound_to_channels_is_told_of_those_alone(own_demo):
    for channel in ("web", "contract"):
        await own_demo.ask(ASK, channel=channel)
    analyst = await signed_in(own_demo, "analyst")
    where = await simulated(own_demo, analyst, await kept(analyst))
    bound = await signed_in(own_demo, "analyst", "contract")
    page = await bound.open(where)
    assert "None of 1 line would be promised otherwise." in page.text
    assert "retail" not in page.text
    sheet = await bound.http.get(f"{where}/lines.csv")
    assert len(sheet.content.decode().splitlines()) == 1


async def test_where_anything_was_asked_a_book_is_tried_before_it_is_approved(own_demo):
    await own_demo.ask(ASK, channel="web")
    analyst, book = await submitted(own_demo)
    steward = await signed_in(own_demo, "steward")
    _, page = await post(steward, f"{book}/step", 409, step="approve")
    assert "was not tried on the logged inquiries yet" in page.text
    await simulated(own_demo, analyst, book)
    await post(steward, f"{book}/step", 303, step="approve")


async def test_how_long_back_must_be_readable_and_who_only_reads_starts_nothing(own_demo):
    analyst = await signed_in(own_demo, "analyst")
    book = await kept(analyst)
    for days in ("", "-1", "0", "week", "nan", "1e9"):
        _, page = await post(analyst, f"{book}/simulation", 400, days=days)
        assert "cannot be read as a number of days" in page.text
    planner = await signed_in(own_demo, "planner")
    await post(planner, f"{book}/simulation", 403, days="1")
    await analyst.open(f"{book}/simulation/00000000-0000-0000-0000-000000000000", 404)
    assert not simulations.SIMULATORS & {"planner"}


# The chart, drawn from the numbers.


def tally(**changed: int) -> Tally:
    found = Tally()
    for change, lines in changed.items():
        for _ in range(lines):
            found.count(Difference(change))  # type: ignore[arg-type]
    return found


def test_worse_stands_to_the_left_better_to_the_right_and_widths_are_lines():
    drawn = chart({("web", "retail"): tally(lost=4, later=2, gained=3), ("app", ""): tally(earlier=1)})
    assert drawn is not None
    first, second = drawn.bands
    assert (first.name, first.worse, first.better, second.name) == ("web, retail", 6, 3, "app")
    by_change = {bar.change: bar for bar in first.bars}
    assert by_change["later"].left + by_change["later"].width == pytest.approx(HALF)
    assert by_change["lost"].left + by_change["lost"].width == pytest.approx(
        by_change["later"].left, abs=0.02
    )
    assert by_change["gained"].left == HALF
    assert by_change["lost"].width == pytest.approx(2 * by_change["later"].width, abs=0.02)
    assert all(bar.left >= 0 and bar.left + bar.width <= WIDTH for band in drawn.bands for bar in band.bars)


def test_no_chart_is_drawn_where_nothing_got_better_or_worse_and_a_long_one_is_cut():
    assert chart({("web", "retail"): tally(figure=3, elsewhere=1)}) is None
    long = chart({(f"c{number}", ""): tally(lost=number + 1) for number in range(BANDS_MAX + 5)})
    assert long is not None
    assert (len(long.bands), long.left_out, long.bands[0].worse) == (BANDS_MAX, 5, BANDS_MAX + 5)


def test_the_file_of_these_tests_can_be_read():
    assert [row.row_id for row in read_table(SOURCING, SHUT.encode()).rows] == ["SHUT", "OPEN"]
