"""Errors as they leave: a code, the figures and what to do next; never a stack, SQL or host."""

import logging
from typing import Any

from graphql import GraphQLError

from rules.errors import Refusal
from telemetry.spans import trace_id_hex

log = logging.getLogger(__name__)

ERRORS_MAX = 5
MESSAGE_MAX = 500


def as_refusal(refused: Refusal) -> dict[str, Any]:
    """A refusal as a GraphQL error."""
    extensions = {"code": refused.code, "nextStep": refused.next_step, "retryable": refused.retryable}
    if refused.figures:
        extensions["figures"] = {name: _plain(value) for name, value in refused.figures.items()}
    return {"message": refused.message, "extensions": extensions}


def as_error(error: GraphQLError) -> dict[str, Any]:
    """Any error of an execution as it may leave: refusals told in full, bad input told, our own faults masked."""
    original = error.original_error
    if isinstance(original, Refusal):
        told = as_refusal(original)
    elif original is None or isinstance(original, GraphQLError):
        told = {
            "message": error.message[:MESSAGE_MAX],
            "extensions": {"code": "BAD_REQUEST", "nextStep": "Mend the request and send it again."},
        }
    else:
        log.error("A resolver failed", exc_info=original)
        told = {
            "message": f"Something went wrong on our side. Trace {trace_id_hex() or 'none'} tells what.",
            "extensions": {
                "code": "INTERNAL",
                "nextStep": "Try again; if it stays, give us the trace.",
                "retryable": True,
            },
        }
    if error.path:
        told["path"] = error.path
    if error.locations:
        told["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    return told


def as_errors(errors: list[GraphQLError]) -> list[dict[str, Any]]:
    """At most `ERRORS_MAX` errors; more would only repeat themselves."""
    return [as_error(error) for error in errors[:ERRORS_MAX]]


def _plain(value: object) -> object:
    return value if isinstance(value, int | str | bool | None) else str(value)
