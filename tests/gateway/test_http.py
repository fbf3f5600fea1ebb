"""GraphQL over HTTP: which requests are read, and with which status and media type they are answered."""

import gzip

import orjson
import pytest

from gateway.request import BODY_MAX
from tests.gateway.requests import MODERN, SITES, send, the_error

RELEASE = """mutation { receive(events: [{source: "wms", eventId: "1",
  movement: {sku: "BK-1003", cause: "count", legs: [{site: "DC-HAM", status: "available", quantity: 1}]}}])
  { receipts { outcome } } }"""


async def test_an_answer_names_its_media_type_and_carries_its_trace(demo):
    """Plain JSON unless the client knows the newer type."""
    plain = await send(demo, body={"query": SITES})
    modern = await send(demo, body={"query": SITES}, accept=MODERN)
    assert plain.headers["content-type"] == "application/json; charset=utf-8"
    assert modern.headers["content-type"] == f"{MODERN}; charset=utf-8"
    assert plain.json()["data"] == modern.json()["data"] != {"sites": []}
    assert "traceId" in plain.json()["extensions"]


@pytest.mark.parametrize("query", ["{ nonsense }", "{ sites {", "{ sites }", "query A { sites { site } } {"])
async def test_a_document_that_cannot_run_is_400_to_a_client_that_knows_the_type(demo, query):
    """Others get 200 with errors, as they cannot tell our 400 from a proxy's."""
    for accept, status in ((MODERN, 400), ("application/json", 200), ("*/*", 200)):
        answer = await send(demo, body={"query": query}, accept=accept)
        assert answer.status_code == status
        assert the_error(answer)["extensions"]["code"] == "BAD_REQUEST"
        assert "data" not in answer.json()


FIND = "query($c: String!) { items(filter: {contains: $c}, first: 1) { edges { node { sku } } } }"


async def test_a_query_can_be_asked_with_get(demo):
    answer = await demo.http.get(
        "/graphql",
        params={
            "query": FIND,
            "variables": '{"c": "mug"}',
        },
        headers={"authorization": f"Bearer {demo.tokens.issue('p', ['planner'], None)}"},
    )
    assert len(answer.json()["data"]["items"]["edges"]) == 1


async def test_a_mutation_over_get_is_405_and_changes_nothing(demo):
    for accept in (MODERN, "application/json"):
        answer = await demo.http.get(
            "/graphql",
            params={"query": RELEASE},
            headers={
                "authorization": f"Bearer {demo.tokens.issue('w', ['warehouse'], None)}",
                "accept": accept,
            },
        )
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        the_error(answer)
    answer = await demo.http.get(
        "/graphql",
        params={
            "query": f"{SITES.replace('{', 'query A {', 1)} {RELEASE.replace('mutation', 'mutation B', 1)}",
            "operationName": "B",
        },
        headers={"authorization": f"Bearer {demo.tokens.issue('w', ['admin'], None)}"},
    )
    assert answer.status_code == 405


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_405(demo, method):
    assert (await send(demo, method, {"query": SITES})).status_code == 405


@pytest.mark.parametrize(
    "media",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/json; charset=utf-16",
        "application/json; charset=utf-8; charset=latin-1",
        "application/graphql",
        "",
    ],
)
async def test_only_json_in_utf8_is_read(demo, media):
    """So no page of somebody else can make a browser send it with a plain form."""
    answer = await send(demo, body={"query": SITES}, content_type=media)
    assert answer.status_code == 415
    assert the_error(answer)["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, identity"])
async def test_compressed_bodies_are_not_unpacked(demo, encoding):
    answer = await send(demo, body=gzip.compress(b" " * 10_000_000), content_encoding=encoding)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"null",
        b'"query"',
        b"[]",
        orjson.dumps([{"query": SITES}] * 100),
        orjson.dumps({"query": None}),
        orjson.dumps({"query": 7}),
        orjson.dumps({"query": "  "}),
        orjson.dumps({"query": SITES, "variables": []}),
        orjson.dumps({"query": SITES, "variables": "{}"}),
        orjson.dumps({"query": SITES, "operationName": 1}),
        orjson.dumps({"query": SITES, "extensions": [1]}),
        orjson.dumps({"id": "persisted"}),
        b'{"query": "{ sites { site } }"',
        b'{"query": "\xff\xfe"}',
        b'{"query": "\\ud800"}',
        b'{"query": NaN}',
        b"[" * 100_000,
        b'{"variables":' * 70_000,
        b'{"query": "{ sites { site } }", "variables": {"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}}",
    ],
    ids=range(21),
)
async def test_a_body_that_is_no_request_is_400(demo, body):
    """Batches, other types, broken UTF-8, numbers that are none, brackets without end."""
    answer = await send(demo, body=body)
    assert answer.status_code == 400
    assert the_error(answer)["extensions"]["code"] == "BAD_REQUEST"


async def test_a_number_of_two_million_digits_is_no_fault_of_ours(demo):
    """JSON may write it; no scalar of ours takes it."""
    digits = b"9" * (BODY_MAX - 1_000)
    query = b'{"query": "query($f: Int) { items(first: $f) { edges { node { sku } } } }", "variables": {"f": '
    answer = await send(demo, body=query + digits + b"}}")
    assert answer.status_code in (200, 400)
    assert the_error(answer)["extensions"]["code"] == "BAD_REQUEST"


async def test_a_body_that_is_too_large_is_413(demo):
    """Also where its size is not said beforehand: it is not read to its end."""
    sent = 0

    async def endless():
        nonlocal sent
        while sent < 50_000_000:
            sent += 65_536
            yield b" " * 65_536

    for content in (b" " * (BODY_MAX + 1), endless()):
        answer = await demo.http.post(
            "/graphql",
            content=content,
            headers={
                "content-type": "application/json",
                "authorization": f"Bearer {demo.tokens.issue('p', ['planner'], None)}",
            },
        )
        assert answer.status_code == 413
        assert the_error(answer)["message"].startswith("The body is larger than 1,000,000 bytes")
    assert sent < 2_000_000


@pytest.mark.parametrize("name", ["nobody", ""])
async def test_an_operation_that_is_not_there_is_refused(demo, name):
    two = "query A { sites { site } } query B { channels { code } }"
    answer = await send(demo, body={"query": two, "operationName": name}, accept=MODERN)
    assert answer.status_code == 400
    assert "operation" in the_error(answer)["message"]


async def test_values_that_are_missing_or_wrong_are_400(demo):
    query = "query($first: Int!) { items(first: $first) { edges { node { sku } } } }"
    for variables in (
        {},
        {"first": "1"},
        {"first": True},
        {"first": 2**31},
        {"first": 1e999},
        {"first": None},
    ):
        answer = await send(demo, body={"query": query, "variables": variables}, accept=MODERN)
        assert answer.status_code == 400
        the_error(answer)


@pytest.mark.parametrize(
    "path", ["/", "/graphql", "/graphiql", "/health/live", "/static/nothing", "/nowhere"]
)
async def test_every_answer_says_what_a_page_may_load(demo, path):
    headers = (await demo.http.get(path)).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/static/../auth.py", "/static/%2e%2e/%2e%2e/auth.py", "/static//etc/passwd"]
)
async def test_only_the_pages_files_are_served(demo, path):
    assert (await demo.http.get(path)).status_code == 404


async def test_health_needs_no_token(demo):
    live, ready = await demo.http.get("/health/live"), await demo.http.get("/health/ready")
    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
