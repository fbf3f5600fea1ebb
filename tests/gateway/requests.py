"""Requests as bytes: what a well-meaning client never sends."""

import time
from typing import Any

import httpx
import orjson

from tests.application import Client

MODERN = "application/graphql-response+json"
SITES = "{ sites { site } }"
LEAKS = (
    "Traceback",
    "asyncpg",
    "sqlalchemy",
    "SELECT ",
    "INSERT ",
    "/resolvers/",
    "/gateway/",
    ".py",
    "postgresql:",
)
"""What no answer may carry: stacks, SQL, paths, addresses."""


def bearer(client: Client) -> dict[str, str]:
    token = client.tokens.issue(f"a {client.role}", [client.role], client.channels)
    return {"authorization": f"Bearer {token}"}


async def send(client: Client, method: str = "POST", body: object = None, **headers: str) -> httpx.Response:
    """The body as it is, if it is bytes, else as JSON. Header names are written with underscores."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    all_headers = {"content-type": "application/json"} | bearer(client) | named
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in all_headers.items()]
    return await client.http.request(method, "/graphql", content=content, headers=encoded)


def the_error(answer: httpx.Response) -> dict[str, Any]:
    """The first error, of few, in an answer that leaks nothing and names its trace."""
    body = answer.json()
    assert not [leak for leak in LEAKS if leak in answer.text]
    assert 1 <= len(body["errors"]) <= 5
    assert "traceId" in body["extensions"]
    error: dict[str, Any] = body["errors"][0]
    assert error["extensions"]["nextStep"]
    return error


async def refusal_of(client: Client, query: str, **variables: Any) -> tuple[str, float]:
    """The code under which the query is refused, and how many seconds of work that took."""
    began = time.process_time()
    answer = await send(client, body={"query": query, "variables": variables})
    return the_error(answer)["extensions"]["code"], time.process_time() - began
