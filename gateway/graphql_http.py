"""GraphQL over HTTP: one span an operation, errors with codes, the trace in every answer.

POST with application/json; GET for queries. `application/graphql-response+json` is answered with real status
codes, plain `application/json` with 200 wherever GraphQL itself answered.
"""

from dataclasses import dataclass
from typing import Any

import orjson
from graphql import ExecutionResult, OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gateway.auth import Tokens
from gateway.errors import as_errors, as_internal, as_refusal
from gateway.limits import TooComplex, TooManyMutations
from gateway.operation import Operation, Operations
from gateway.request import Asked, BadRequest, read_request
from resolvers.context import Context
from resolvers.flows.deps import Caller, Deps
from rules.errors import Forbidden, Refusal, Unauthenticated
from telemetry import names
from telemetry.spans import continued, describe, span, trace_id_hex

RESPONSE_TYPE = "application/graphql-response+json"


@dataclass(frozen=True, slots=True)
class GraphQLEndpoint:
    """Answers GraphQL requests on behalf of the token's caller."""

    operations: Operations
    tokens: Tokens
    deps: Deps
    cursor_key: bytes

    async def __call__(self, request: Request) -> Response:
        is_modern = RESPONSE_TYPE in request.headers.get("accept", "")
        with continued(request.headers), span(names.OPERATION):
            try:
                return await self._answer(request, is_modern=is_modern)
            except ClientDisconnect:
                return Response(status_code=400)
            except Refusal as refused:
                return _refusal(refused, is_modern=is_modern)
            except Exception as fault:  # noqa: BLE001  # told to nobody but the log
                return _response({"errors": [as_internal(fault)]}, 500, is_modern=is_modern)

    async def _answer(self, request: Request, *, is_modern: bool) -> Response:
        caller = self.tokens.caller(request.headers.get("authorization"))
        asked = await read_request(request)
        operation = self.operations.read(asked.document)
        _check_method(request.method, operation, asked)
        _tell_trace(operation, asked, caller)
        operation.check(caller)
        context = Context(self.deps, caller, self.cursor_key)
        result = await self.operations.run(operation, asked.operation_name, asked.variables, context)
        return _result(result, is_modern=is_modern)


def _tell_trace(operation: Operation, asked: Asked, caller: Caller) -> None:
    """The trace is found by the operation's name, and says who asked."""
    name = asked.operation_name or next(iter(operation.kinds), "")
    describe(operation=name or "without a name", person=caller.person)


def _check_method(method: str, operation: Operation, asked: Asked) -> None:
    if method == "GET" and operation.kind(asked.operation_name) not in (OperationType.QUERY, None):
        raise BadRequest(405, "A mutation cannot be sent with GET.", "Send it with POST.")


def _result(result: ExecutionResult, *, is_modern: bool) -> Response:
    """Without data, and without a path to where it failed, the request was at fault and nothing was run."""
    errors = result.errors or []
    if result.data is None and not any(error.path for error in errors):
        return _response({"errors": as_errors(errors)}, 400 if is_modern else 200, is_modern=is_modern)
    body: dict[str, Any] = {"errors": as_errors(errors)} if errors else {}
    return _response(body | {"data": result.data}, 200, is_modern=is_modern)


def _refusal(refused: Refusal, *, is_modern: bool) -> Response:
    describe(refused=refused.code)
    response = _response({"errors": [as_refusal(refused)]}, _status(refused, is_modern), is_modern=is_modern)
    if response.status_code == 401:
        response.headers["www-authenticate"] = "Bearer"
    if response.status_code == 405:
        response.headers["allow"] = "POST"
    return response


def _status(refused: Refusal, is_modern: bool) -> int:
    match refused:
        case BadRequest():
            return refused.status
        case Unauthenticated():
            return 401
        case Forbidden():
            return 403
        case TooComplex() | TooManyMutations():
            return 400 if is_modern else 200
        case _:
            return 503 if refused.retryable else 400


def _response(body: dict[str, Any], status: int, *, is_modern: bool) -> Response:
    trace_id = trace_id_hex()
    body["extensions"] = {"traceId": trace_id, "trace": trace_id and f"/traces/{trace_id}"}
    media = RESPONSE_TYPE if is_modern else "application/json"
    return Response(orjson.dumps(body), status, media_type=f"{media}; charset=utf-8")
