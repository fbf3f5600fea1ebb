"""Errors as they leave: a code, the figures and what to do next; never a stack, SQL or host."""

import logging
from typing import Any

from graphql import GraphQLError

from rules.errors import Refusal
from telemetry.spans import mark_failed, trace_id_hex

log = logging.getLogger(__name__)

ERRORS_MAX = 5
MESSAGE_MAX = 500


def as_refusal(refused: Refusal) -> dict[str, Any]:
    """A refusal as a GraphQL error."""
    extensions = {"code": refused.code, "nextStep": refused.next_step, "retryable": refused.retryable}
    if refused.figures:
        extensions["figures"] = {name: _plain(value) for name, value in refused.figures.items()}
    return {"message": refused.message[:MESSAGE_MAX], "extensions": extensions}


def as_internal(fault: BaseException) -> dict[str, Any]:
    """A fault of ours, logged with its stack, and told by its trace alone."""
    log.error("A request failed through a fault of ours", exc_info=fault)
    mark_failed(fault)
    return {
        "message": f"Something went wrong on our side. Trace {trace_id_hex() or 'none'} tells what.",
        "extensions": {
            "code": "INTERNAL",
            "nextStep": "Try again; if it stays, give us the trace.",
            "retryable": True,
        },
    }


def as_error(error: GraphQLError) -> dict[str, Any]:
    """An error of an execution as it may leave: refusals and bad input are told, our own faults masked."""
    told = _told(error)
    if error.path:
        told["path"] = error.path
    if error.locations:
        told["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    return told


def _told(error: GraphQLError) -> dict[str, Any]:
    original = error.original_error
    if isinstance(original, Refusal):
        return as_refusal(original)
    if original is not None and not isinstance(original, GraphQLError):
        return as_internal(original)
    step = "Mend the request and send it again."
    extensions = {"code": "BAD_REQUEST", "nextStep": step, "retryable": False}
    return {"message": error.message[:MESSAGE_MAX], "extensions": extensions}


def as_errors(errors: list[GraphQLError]) -> list[dict[str, Any]]:
    """At most `ERRORS_MAX` errors; more would only repeat themselves."""
    return [as_error(error) for error in errors[:ERRORS_MAX]]


def _plain(value: object) -> object:
    return value if isinstance(value, int | bool | None) else str(value)[:MESSAGE_MAX]
