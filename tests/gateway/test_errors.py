"""Errors as they leave: documented, few, and masked and logged where they are faults of ours."""

import ast
import logging
import re
from pathlib import Path

import orjson
import pytest
from graphql import GraphQLError
from starlette.requests import Request

from gateway import app, runtime
from gateway.errors import ERRORS_MAX, MESSAGE_MAX, as_errors
from gateway.graphql_http import GraphQLEndpoint
from gateway.operation import Operations
from resolvers.flows import receive as receiving
from resolvers.schema import build_schema
from rules.errors import Refusal
from tests.application import Client, client_of
from tests.gateway.requests import MODERN, send, the_error

CHECKOUT = Path(__file__).parents[2]
SECTIONS = re.split(r"^## ", (CHECKOUT / "docs" / "errors.md").read_text(), flags=re.MULTILINE)
ROW = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)


def documented(heading: str) -> set[str]:
    (section,) = [section for section in SECTIONS if section.startswith(heading)]
    return set(ROW.findall(section))


def refusals(kind: type[Refusal] = Refusal) -> set[type[Refusal]]:
    """Every kind of refusal there is in the process that serves."""
    assert app
    assert runtime
    return {each for child in kind.__subclasses__() for each in {child} | refusals(child)}


def line_problems() -> set[str]:
    """Every code a line can be refused with, read from the rules' own text."""
    calls = [
        node
        for file in (CHECKOUT / "rules").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "LineProblem"
    ]
    texts = [text.value for call in calls for text in ast.walk(call) if isinstance(text, ast.Constant)]
    return {text for text in texts if isinstance(text, str) and re.fullmatch("[A-Z_]{4,}", text)}


CODE = re.compile("[A-Z]+(_[A-Z]+)*")
CODE_MESSAGE_STEP = 3


def codes_told(*patterns: str) -> set[str]:
    """Every code these files tell with a message and a next step, read from their own text."""
    files = [file for pattern in patterns for file in sorted(CHECKOUT.glob(pattern))]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    called = [node.args[0] for node in nodes if isinstance(node, ast.Call) and _is_not_possible(node)]
    rows = [node.elts for node in nodes if isinstance(node, ast.Tuple | ast.List)]
    firsts = [*called, *(row[0] for row in rows if len(row) == CODE_MESSAGE_STEP)]
    texts = [first.value for first in firsts if isinstance(first, ast.Constant)]
    return {text for text in texts if isinstance(text, str) and CODE.fullmatch(text)}


def _is_not_possible(call: ast.Call) -> bool:
    return getattr(call.func, "id", "") == "NotPossible"


def test_every_refusal_is_documented_and_every_documented_one_exists():
    assert {kind.code for kind in refusals()} | {"INTERNAL"} == documented("A request is refused")


def test_every_problem_of_a_line_is_documented():
    assert line_problems() == documented("A line cannot be answered")


def test_every_outcome_of_a_reservations_line_is_documented():
    """Beside those of lines that cannot be answered, which it may have too."""
    told = codes_told("resolvers/flows/reserve*.py", "rules/reservation.py", "rules/sourced_again.py")
    assert told - line_problems() == documented("A reservation is not made")


def test_every_outcome_of_a_proposal_is_documented():
    assert codes_told("resolvers/flows/slip_desk.py") == documented("A proposal is not applied")


def test_every_outcome_of_an_event_is_documented():
    outcomes = {
        receiving.APPLIED,
        receiving.DUPLICATE,
        receiving.STALE,
        receiving.SET_ASIDE,
        receiving.CONFLICT,
    }
    assert outcomes == documented("What became of an event")


def test_those_worth_repeating_are_documented_as_such():
    (sentence,) = re.findall(
        r"^Only those with `retryable: true` \((.*?)\)", "\n".join(SECTIONS), re.MULTILINE
    )
    retryable = {kind.code for kind in refusals() if kind.retryable} | {"INTERNAL"}
    assert set(re.findall("`([A-Z_]+)`", sentence)) == retryable


class Broken:
    """Snapshots that fail in a way nobody foresaw, with a message that must not leave."""

    async def read(self, skus: object) -> object:
        raise ZeroDivisionError(f"SELECT secret FROM /var/lib/postgresql at 10.0.0.7: {skus}")


@pytest.fixture
def broken(demo, keys) -> Client:
    """The demo company behind a fault of ours."""
    return client_of(type(demo.deps)(demo.deps.store, Broken(), demo.deps.inquiries), keys)


async def test_a_fault_of_ours_is_masked_and_logged_once(broken, caplog):
    """The trace in the answer is the one in the log, and the rest of the answer stands."""
    query = "{ items(first: 1) { edges { node { sku } } } sites { site } }"
    with caplog.at_level(logging.WARNING):
        answer = await send(broken, body={"query": query})
    error = the_error(answer)
    assert (answer.status_code, error["extensions"]["code"]) == (200, "INTERNAL")
    assert error["path"] == ["sites"]
    for secret in ("secret", "10.0.0.7", "ZeroDivision", "/var"):
        assert secret not in answer.text
    (line,) = caplog.records
    assert line.exc_info
    assert isinstance(line.exc_info[1], ZeroDivisionError)


class NoTokens:
    """An issuer that fails in a way nobody foresaw."""

    def caller(self, authorization: str | None) -> object:
        raise ZeroDivisionError(f"/a/secret: {authorization}")


async def test_a_fault_outside_of_any_field_is_masked_too(demo, caplog):
    """Wherever it happens, the answer has the one shape, and HTTP says whose fault it was."""
    endpoint = GraphQLEndpoint(Operations(build_schema()), NoTokens(), demo.deps, b"")  # type: ignore[arg-type]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": []}
    answer = await endpoint(Request(scope))
    body = orjson.loads(answer.body)
    assert (answer.status_code, body["errors"][0]["extensions"]["code"]) == (500, "INTERNAL")
    assert b"secret" not in answer.body
    assert len(caplog.records) == 1


def test_errors_are_few_and_their_messages_bounded():
    errors = as_errors([GraphQLError("x" * 10_000) for _ in range(100)])
    assert len(errors) == ERRORS_MAX
    assert {len(error["message"]) for error in errors} == {MESSAGE_MAX}


async def test_a_refusal_carries_figures_and_the_next_step(demo, caplog):
    """Its place in the document too; and it is no line in the log, as nothing is wrong with us."""
    query = "{ items(first: 999) { edges { node { sku } } } }"
    error = the_error(await send(demo, body={"query": query}, accept=MODERN))
    assert error["extensions"]["figures"] == {"first": 999, "most": 200}
    assert error["message"] == "A page of 999 cannot be had."
    assert (error["path"], error["locations"]) == (["items"], [{"line": 1, "column": 3}])
    assert caplog.records == []


async def test_one_bad_line_leaves_the_others_answered(demo):
    lines = [
        {"sku": "BK-1003", "quantity": 1, "wanted": "2026-03-02"},
        {"sku": "NOBODY", "quantity": 1, "wanted": "2026-03-02"},
        {"sku": "BK-1003", "quantity": "0.5", "wanted": "2026-03-02"},
        {"sku": "BK-1003", "quantity": 1, "wanted": "2099-01-01"},
        {"sku": "BK-1003", "quantity": 1, "wanted": "2026-03-02", "site": "NOWHERE"},
    ]
    query = """query($lines: [AvailabilityLineInput!]!) { availability(lines: $lines, channel: "web") {
      lines { promisable problem { code message nextStep } } } }"""
    answered = (await demo.ask(query, lines=lines))["availability"]["lines"]
    problems = [line["problem"] for line in answered]
    codes = [problem and problem["code"] for problem in problems]
    assert codes == [None, "UNKNOWN_SKU", "BAD_QUANTITY", "OUTSIDE_HORIZON", "UNKNOWN_SITE"]
    assert all(problem["nextStep"] for problem in problems[1:])
