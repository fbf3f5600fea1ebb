"""GraphQL over HTTP: bytes checked before they are read, one span an operation, errors with codes.

POST with application/json; GET for queries. `application/graphql-response+json` is answered with real status codes,
plain `application/json` with 200 wherever GraphQL itself answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import strawberry
from graphql import OperationType
from starlette.requests import Request
from starlette.responses import Response

from gateway.auth import Tokens
from gateway.errors import as_errors, as_refusal
from gateway.operation import Operations
from resolvers.context import Context
from resolvers.flows.deps import Caller, Deps
from rules.errors import Forbidden, Refusal, Unauthenticated
from telemetry import names
from telemetry.spans import continued, span, trace_id_hex

BODY_MAX = 1_000_000
RESPONSE_TYPE = "application/graphql-response+json"


class BadRequest(Refusal):
    """The request is not GraphQL over HTTP."""

    code = "BAD_REQUEST"

    def __init__(self, status: int, message: str, next_step: str) -> None:
        super().__init__(message, next_step)
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """The GraphQL request in an HTTP request."""

    document: str
    variables: dict[str, Any] | None
    operation_name: str | None


@dataclass(frozen=True, slots=True)
class GraphQLEndpoint:
    """Answers GraphQL requests with the schema on behalf of the token's caller."""

    schema: strawberry.Schema
    operations: Operations
    tokens: Tokens
    deps: Deps
    cursor_key: bytes

    async def __call__(self, request: Request) -> Response:
        modern = RESPONSE_TYPE in request.headers.get("accept", "")
        with continued(request.headers), span(names.OPERATION):
            try:
                caller = self.tokens.caller(request.headers.get("authorization"))
                asked = await read_request(request)
                self._check(asked, caller, request.method)
                return await self._answer(asked, caller, modern=modern)
            except BadRequest as refused:
                return _response({"errors": [as_refusal(refused)]}, refused.status, modern=modern)
            except Unauthenticated as refused:
                response = _response({"errors": [as_refusal(refused)]}, 401, modern=modern)
                response.headers["www-authenticate"] = "Bearer"
                return response
            except Forbidden as refused:
                return _response({"errors": [as_refusal(refused)]}, 403, modern=modern)

    def _check(self, asked: Asked, caller: Caller, method: str) -> None:
        operation = self.operations.read(asked.document)
        if operation is None:
            return
        if method == "GET" and operation.kind(asked.operation_name) not in (OperationType.QUERY, None):
            raise BadRequest(405, "A mutation cannot be sent with GET.", "Send it with POST.")
        operation.check(caller)

    async def _answer(self, asked: Asked, caller: Caller, *, modern: bool) -> Response:
        context = Context(self.deps, caller, self.cursor_key)
        result = await self.schema.execute(
            asked.document,
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            context_value=context,
        )
        body: dict[str, Any] = {"extensions": {"traceId": trace_id_hex()}}
        if result.errors:
            body["errors"] = as_errors(result.errors)
        refused = result.data is None and not any(error.path for error in result.errors or ())
        if not refused:
            body["data"] = result.data
        return _response(body, 400 if refused and modern else 200, modern=modern)


def _response(body: dict[str, Any], status: int, *, modern: bool) -> Response:
    media = RESPONSE_TYPE if modern else "application/json"
    return Response(orjson.dumps(body), status, media_type=f"{media}; charset=utf-8")


async def read_request(request: Request) -> Asked:
    """The GraphQL request. Raises BadRequest, with the status to answer."""
    if request.method == "GET":
        return _asked(_query_parameters(request))
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    if media.strip().lower() != "application/json" or "charset" in parameters.lower().replace(
        "charset=utf-8", ""
    ):
        raise BadRequest(415, "The body must be JSON in UTF-8.", "Send `Content-Type: application/json`.")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise BadRequest(415, "Compressed bodies are not read.", "Send the body as it is.")
    try:
        content = orjson.loads(await _body(request))
    except orjson.JSONDecodeError as bad:
        raise BadRequest(400, f"The body is not JSON: {bad.msg[:80]}.", "Send one JSON object.") from bad
    return _asked(content)


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
            try:
                content[name] = orjson.loads(str(content[name]))
            except orjson.JSONDecodeError as bad:
                raise BadRequest(400, f"`{name}` is not JSON.", "Send it as a JSON object.") from bad
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
