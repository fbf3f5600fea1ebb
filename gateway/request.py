"""The GraphQL request in an HTTP request: bytes checked and bounded before they are read as anything."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

from rules.errors import Refusal

BODY_MAX = 1_000_000
BODY_WAIT_S = 10


class BadRequest(Refusal):
    """The request is not GraphQL over HTTP."""

    code = "BAD_REQUEST"

    def __init__(self, status: int, message: str, next_step: str) -> None:
        super().__init__(message, next_step)
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """A document, which of its operations to run, and the values for it."""

    document: str
    variables: dict[str, Any] | None
    operation_name: str | None


async def read_request(request: Request, *, wait_max_s: float = BODY_WAIT_S) -> Asked:
    """The GraphQL request. Raises BadRequest, with the status to answer, and ClientDisconnect."""
    if request.method == "GET":
        return _asked(_query_parameters(request))
    _check_media(request)
    try:
        async with asyncio.timeout(wait_max_s):
            body = await _body(request)
    except TimeoutError:
        raise BadRequest(408, f"The body did not come within {wait_max_s} s.", "Send it at once.") from None
    return _asked(_json(body, "The body"))


def _json(text: bytes, what: str) -> object:
    """What was sent as JSON, all of whose texts can be kept: PostgreSQL has no place for U+0000."""
    try:
        content: object = orjson.loads(text)
    except orjson.JSONDecodeError as bad:
        raise BadRequest(400, f"{what} is not JSON: {bad.msg[:80]}.", "Send one JSON object.") from bad
    if b"\\u0000" in text and _holds_nul(content):
        raise BadRequest(400, f"{what} has a text with the character U+0000.", "Leave it out.")
    return content


def _holds_nul(content: object) -> bool:
    waiting = [content]
    while waiting:
        match waiting.pop():
            case str() as text if "\0" in text:
                return True
            case dict() as members:
                waiting += [*members, *members.values()]
            case list() as members:
                waiting += members
    return False


def _check_media(request: Request) -> None:
    media, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.replace('"', "").replace(" ", "")
    if media.strip() != "application/json" or charset not in ("", "charset=utf-8"):
        raise BadRequest(415, "The body must be JSON in UTF-8.", "Send `Content-Type: application/json`.")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise BadRequest(415, "Compressed bodies are not read.", "Send the body as it is.")


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_MAX:
            raise BadRequest(
                413, f"The body is larger than {BODY_MAX:,} bytes.", "Send several smaller requests."
            )
        parts.append(part)
    return b"".join(parts)


def _query_parameters(request: Request) -> dict[str, object]:
    content: dict[str, object] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in content:
            content[name] = _json(str(content[name]).encode(), f"`{name}`")
    return content


def _asked(content: object) -> Asked:
    if not isinstance(content, Mapping):
        raise BadRequest(
            400, "The request is not one JSON object.", 'Send {"query": ..., "variables": ...}; no batches.'
        )
    document, variables = content.get("query"), content.get("variables")
    name, extensions = content.get("operationName"), content.get("extensions")
    if not isinstance(document, str) or not document.strip():
        raise BadRequest(400, "`query` is missing.", "Send the GraphQL document as the string `query`.")
    if not isinstance(variables, dict | None):
        raise BadRequest(400, "`variables` is not an object.", "Send them as a JSON object by name.")
    if not isinstance(name, str | None):
        raise BadRequest(
            400, "`operationName` is not a string.", "Send the operation's name, or leave it out."
        )
    if not isinstance(extensions, dict | None):
        raise BadRequest(400, "`extensions` is not an object.", "Send a JSON object, or leave it out.")
    return Asked(document, variables, name or None)
