"""Documents and values meant to hurt: refused with a code, soon, before anything is run."""

import pytest
from graphql import get_introspection_query

from gateway.console.examples import EXAMPLES
from gateway.limits import ALIASES_MAX, CHARACTERS_MAX, FIELDS_MAX
from gateway.operation import KEPT_CHARACTERS_MAX, Operations
from resolvers.schema import build_schema
from tests.gateway.requests import refusal_of, send, the_error

SOON_S = 0.5
"""Of this process's own work; what is refused here would cost seconds if it were run."""

TYPE = "{ kind name ofType { kind name } }"
DOUBLING = "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }} " for n in range(16))

TOO_COMPLEX = {
    "50 levels": "{ items { edges { node " + "{ item " * 50 + "{ sku }" + " }" * 50 + " } } }",
    "2,000 levels": "{ items " * 2_000,
    "2,000 levels that are closed": "{ items " * 2_000 + "{ sku }" + " }" * 2_000,
    "values 5,000 deep": "{ item(sku: " + "[" * 5_000 + "]" * 5_000 + ") { sku } }",
    "1,000 aliases": "{" + "".join(f"a{n}: sites {{ site }} " for n in range(1_000)) + "}",
    "a few too many aliases": "{" + "".join(f"a{n}: sites {{ site }} " for n in range(ALIASES_MAX + 1)) + "}",
    "aliases in a fragment": "{ ...A ...A ...A ...A } fragment A on Query { "
    + "".join(f"a{n}: sites {{ site }} " for n in range(4))
    + "}",
    "fragments that double": "{ ...F0 } " + DOUBLING + "fragment F16 on Query { sites { site } }",
    "200 x 100 fragments in line": "{"
    + ("... on Query {" + "... on Query { sites { site } } " * 100 + "}") * 200
    + "}",
    "1,000 directives": "{ sites " + "@include(if: true) " * 1_000 + "{ site } }",
    "2,000 times the same field": "{" + "sites { site } " * 2_000 + "}",
    "the same field a little too often": "{ sites {" + "site " * (FIELDS_MAX + 1) + "} }",
    "500 kB of comments": "{ sites { site } }" + "#\n" * 250_000,
    "a string of 500 kB": '{ item(sku: "' + "x" * 500_000 + '") { sku } }',
    "900 kB of blanks": "{ sites { site } }" + " " * 900_000,
    "500 operations": "".join(f"query Q{n} {{ sites {{ site }} }} " for n in range(500)),
    "10,000 variables": "query(" + "".join(f"$v{n}: Int " for n in range(10_000)) + ") { sites { site } }",
    "a number of 5,000 digits": "{ items(first: " + "9" * 5_000 + ") { edges { node { sku } } } }",
    "51 fragments": "{ ...F50 } fragment F0 on Query { sites { site } } "
    + "".join(f"fragment F{n} on Query {{ ...F{n - 1} }} " for n in range(1, 51)),
}

INVALID = {
    "a fragment that spreads itself": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "500 fields nobody knows": "{" + "".join(f"unknown{n} " for n in range(300)) + "}",
    "a directive repeated": "{ sites " + "@include(if: true) " * 100 + "{ site } }",
    "variables nobody uses": "query(" + "".join(f"$v{n}: Int " for n in range(300)) + ") { sites { site } }",
    "@defer": "{ ... @defer { sites { site } } }",
    "@stream": "{ sites @stream { site } }",
    "a subscription": "subscription { sites { site } }",
    "a type definition": "type Query { hacked: Int } { sites { site } }",
    "introspection in circles": "{ __schema { types { "
    + "fields { type { " * 3
    + "name"
    + " } }" * 3
    + " } } }",
    "a lone surrogate": '{ item(sku: "\\uD800") { sku } }',
    "a number of 100 digits": "{ items(first: " + "9" * 100 + ") { edges { node { sku } } } }",
    "a text nothing can keep": '{ item(sku: "BK\\u0000") { sku } }',
    "the same, written otherwise": '{ items(filter: {contains: "\\u{0}"}) { edges { node { sku } } } }',
    "a number beyond 32 bits": "{ items(first: 2147483648) { edges { node { sku } } } }",
    "true for a number": "{ items(first: true) { edges { node { sku } } } }",
    "text for a number": '{ items(first: "1") { edges { node { sku } } } }',
}


@pytest.mark.parametrize("query", TOO_COMPLEX.values(), ids=TOO_COMPLEX.keys())
async def test_a_document_that_asks_for_too_much_is_refused_at_once(demo, query):
    code, took_s = await refusal_of(demo.as_("admin"), query)
    assert code == "QUERY_TOO_COMPLEX"
    assert took_s < SOON_S


@pytest.mark.parametrize("query", INVALID.values(), ids=INVALID.keys())
async def test_a_document_that_makes_no_sense_is_refused_at_once(demo, query, caplog):
    """With few errors, and without a line in the log for each."""
    code, took_s = await refusal_of(demo.as_("admin"), query)
    assert code == "BAD_REQUEST"
    assert took_s < SOON_S
    assert caplog.records == []


async def test_one_request_changes_one_thing(own_demo):
    """Two would leave it open what was done when the answer is lost. Fragments hide nothing."""
    one = """receive(events: [{source: "wms", eventId: "E%s", movement: {sku: "BK-1003", cause: "count",
      legs: [{site: "DC-HAM", status: "available", quantity: 1}]}}]) { receipts { outcome } }"""
    two = f"mutation {{ a: {one % 1} b: {one % 2} }}"
    hidden = (
        f"mutation {{ ...F ... on Mutation {{ b: {one % 2} }} }} fragment F on Mutation {{ a: {one % 1} }}"
    )
    warehouse = own_demo.as_("warehouse")
    for query in (two, hidden):
        assert (await refusal_of(warehouse, query))[0] == "TOO_MANY_MUTATIONS"
    told = await warehouse.ask(f"mutation {{ __typename a: {one % 1} }}")
    assert told["a"]["receipts"] == [{"outcome": "APPLIED"}]


async def test_names_are_not_guessed_for_the_asker(demo):
    """A near miss in a field, an argument or a value is not put right: that would spell the schema out."""
    for query, variables in (
        ("{ site { site } }", {}),
        ("{ items(fist: 1) { edges { node { sku } } } }", {}),
        ("query($f: ItemFilterInpu) { items(filter: $f) { edges { node { sku } } } }", {}),
        (
            'query($l: [AvailabilityLineInput!]!) { availability(lines: $l, channel: "web") { inquiry } }',
            {"l": [{"sku": "A", "quantit": 1, "wanted": "2026-03-02"}]},
        ),
    ):
        answer = await send(demo, body={"query": query, "variables": variables})
        assert "Did you mean" not in the_error(answer)["message"], query


LINE = {"sku": "BK-1003", "quantity": 1, "wanted": "2026-03-02"}
LINES = """query($lines: [AvailabilityLineInput!]!) {
  availability(lines: $lines, channel: "web") { lines { promisable problem { code } } } }"""


@pytest.mark.parametrize(
    "quantity",
    [
        "NaN",
        "Infinity",
        "1e999",
        "1e-400",
        "-0.0000000",
        1.5,
        True,
        "",
        "1,5",
        "0x10",
        None,
        [1],
        {"a": 1},
        10**16,
        "1" * 40,
        "1.1234567",
        " 1",
        "1\n",
    ],
)
async def test_a_quantity_that_is_not_exact_is_refused(demo, quantity):
    code, _ = await refusal_of(demo, LINES, lines=[LINE | {"quantity": quantity}])
    assert code == "BAD_REQUEST"


@pytest.mark.parametrize("quantity", [0, -1, "-0", "-0.5", "0.5", "0.000000"])
async def test_a_quantity_that_cannot_be_promised_is_its_lines_problem(demo, quantity):
    """BK-1003 is counted in whole pieces. The other line is answered."""
    lines = (await demo.ask(LINES, lines=[LINE | {"quantity": quantity}, LINE]))["availability"]["lines"]
    assert lines[0]["problem"] == {"code": "BAD_QUANTITY"}
    assert lines[1]["problem"] is None


@pytest.mark.parametrize(
    "sku",
    [
        "\0",
        "BK-1003\0",
        "\N{RIGHT-TO-LEFT OVERRIDE}BK-1003",
        "BK-1003\N{ZERO WIDTH SPACE}",
        "\n",
        " BK-1003",
        "BK-1003 ",
        "",
        "x" * 65,
        "x" * 900_000,
        7,
        None,
        ["BK-1003"],
        "\x1b[31m",
    ],
)
async def test_a_sku_with_hidden_characters_is_refused(demo, sku):
    code, _ = await refusal_of(demo, LINES, lines=[LINE | {"sku": sku}])
    assert code == "BAD_REQUEST"


@pytest.mark.parametrize(
    "sku",
    [
        "\N{CYRILLIC CAPITAL LETTER VE}K-1003",
        "BK\N{HYPHEN}1003",
        "bk-1003",
        "BK-1003\N{COMBINING ACUTE ACCENT}",
        "\N{FULLWIDTH LATIN CAPITAL LETTER B}K-1003",
        "__proto__",
        "constructor",
        "'; DROP TABLE item; --",
        "%",
        "_",
    ],
)
async def test_a_sku_that_looks_like_another_is_another(demo, sku):
    lines = (await demo.ask(LINES, lines=[LINE | {"sku": sku}, LINE]))["availability"]["lines"]
    assert lines[0]["problem"] == {"code": "UNKNOWN_SKU"}
    assert lines[1]["problem"] is None


@pytest.mark.parametrize(
    "wanted",
    [
        "0000-01-01",
        "2026-02-30",
        "2026-3-2",
        "2026-03-02T24:00",
        "2026-W10-1",
        "20260302",
        "",
        20260302,
        None,
        "2026-03-02\n",
        "tomorrow",
        "\N{ARABIC-INDIC DIGIT TWO}026-03-02",
    ],
)
async def test_a_day_that_does_not_exist_is_refused(demo, wanted):
    code, _ = await refusal_of(demo, LINES, lines=[LINE | {"wanted": wanted}])
    assert code == "BAD_REQUEST"


@pytest.mark.parametrize(("wanted", "problem"), [("9999-12-31", "OUTSIDE_HORIZON"), ("0001-01-01", None)])
async def test_a_day_at_the_end_of_time_is_only_a_day(demo, wanted, problem):
    (line,) = (await demo.ask(LINES, lines=[LINE | {"wanted": wanted}]))["availability"]["lines"]
    assert (line["problem"] or {}).get("code") == problem


@pytest.mark.parametrize("first", [0, -1, 201, 2**31 - 1])
async def test_a_page_is_bounded(demo, first):
    code, _ = await refusal_of(
        demo, "query($f: Int) { items(first: $f) { edges { node { sku } } } }", f=first
    )
    assert code == "BAD_PAGE"


async def test_text_in_a_filter_is_only_text(demo):
    """No wildcard, no statement, no pattern that takes for ever."""
    find = "query($c: String!) { items(filter: {contains: $c}, first: 1) { edges { node { sku } } } }"
    for contains in ("%", "_", "\\", "'; DROP TABLE item; --", "(a+)+$", "\\x00", "a" * 10_000):
        answer = await send(demo, body={"query": find, "variables": {"c": contains}})
        if "errors" in answer.json():
            assert the_error(answer)["extensions"]["code"] != "INTERNAL", contains
        else:
            assert answer.json()["data"]["items"]["edges"] == [], contains


@pytest.mark.parametrize("text", ["\0", "a\0b", "\x1b[2J", "x" * 100_000])
async def test_no_text_anywhere_is_a_fault_of_ours(demo, text):
    """Every argument that takes a text, given one that PostgreSQL or a log would choke on."""
    for query in (
        "query($t: String!) { items(filter: {contains: $t}) { edges { node { sku } } } }",
        "query($t: String!) { items(after: $t) { edges { node { sku } } } }",
        "query($t: String!) { orders(filter: {channel: $t}) { edges { node { order } } } }",
        'query($t: String!) { moves(site: $t, day: "2026-03-02") { edges { node { sku } } } }',
        "query($t: String!) { worklist(kind: $t) { edges { node { kind } } } }",
        "query($t: ID!) { inquiry(id: $t) { identical } }",
        "query($t: ID!) { node(id: $t) { id } }",
        "query($t: String!) { availability(lines: [], channel: $t) { inquiry } }",
        """query($t: String!) { availability(
          lines: [{sku: "BK-1003", quantity: 1, wanted: "2026-03-02", site: $t}], channel: "web"
        ) { lines { problem { code } } } }""",
    ):
        answer = await send(demo, body={"query": query, "variables": {"t": text}})
        for error in answer.json().get("errors", []):
            assert error["extensions"]["code"] != "INTERNAL", query


async def test_introspection_and_our_own_examples_are_within_the_limits():
    """What GraphiQL asks for at its start, with everything it may ask for."""
    operations = Operations(build_schema())
    whole = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        experimental_directive_deprecation=True,
        one_of=True,
    )
    for query in (whole, *(example["query"] for example in EXAMPLES)):
        assert operations.read(query).problems == ()


def test_documents_kept_ready_are_bounded():
    """In characters, as many small documents cost no more than few large ones; the oldest goes first."""
    operations = Operations(build_schema())
    filler = "#" * (CHARACTERS_MAX - 100)
    documents = [f"{{ sites {{ site }} }} {filler}{number:03}" for number in range(30)]
    for document in documents:
        operations.read(document)
    kept = sum(map(len, operations._kept))
    assert kept == operations._kept_characters <= KEPT_CHARACTERS_MAX
    assert documents[0] not in operations._kept
    assert documents[-1] in operations._kept
