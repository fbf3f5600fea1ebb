"""Asks as GraphQL, and answers as outcomes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

from gateway.prove.history import MAKES, Ask, Ending, Given, Line, Outcome, Reason
from gateway.prove.shop import CHANNEL, SITE, SOURCE

DONE = """{ operation { status at place
  lines { sku reservation beside quantity expiresAt promisable sequence problem { code } } } }"""
INPUTS = {
    "reserve": "ReserveInput",
    "confirm": "ConfirmInput",
    "release": "HeldInput",
    "extend": "ExtendInput",
    "promise": "PromiseInput",
    "change": "ChangeInput",
    "ship": "HeldInput",
}
DOCUMENTS = {act: f"mutation($input: {of}!) {{ {act}(input: $input) {DONE} }}" for act, of in INPUTS.items()}
RECEIVE = """mutation($events: [EventInput!]!) {
  receive(events: $events) { receipts { outcome reason } } }"""
READ = """query($lines: [AvailabilityLineInput!]!, $channel: String!) {
  availability(lines: $lines, channel: $channel) {
    inquiry asOf lines { sku promisable problem { code } } } }"""
ROLE, ROLES = "oms", {"receive": "warehouse"}
"""Who asks, and for what somebody else does."""
REASONS: dict[str, Reason] = {
    "SHORT": "short",
    "UNKNOWN_RESERVATION": "missing",
    "RESERVATION_EXPIRED": "expired",
    "RESERVATION_ENDED": "settled",
    "ALREADY_CONFIRMED": "settled",
    "MORE_THAN_RESERVED": "beyond",
    "SHORT_ON_HAND": "short",
}
NOT_ALL = "NOT_ALL"
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Unexpected(RuntimeError):
    """An answer that no request of the proof should have: it is told as it came."""

    def __init__(self, answer: object) -> None:
        super().__init__(f"A gateway gave an answer the proof has no use for: {str(answer)[:400]}")


def body(ask: Ask, key: str, wanted: date) -> bytes:
    """The request as it is sent."""
    if ask.act == "receive":
        return orjson.dumps({"query": RECEIVE, "variables": {"events": [_event(ask.lines[0], key)]}})
    if ask.act == "read":
        lines = [{"sku": line.item, "quantity": 1, "wanted": wanted.isoformat()} for line in ask.lines]
        return orjson.dumps({"query": READ, "variables": {"lines": lines, "channel": CHANNEL}})
    given: dict[str, Any] = {"key": key, "channel": CHANNEL}
    given["choice"] = "ALL_OR_NOTHING" if ask.whole else "AS_MUCH_AS_POSSIBLE"
    if ask.ttl_us is not None:
        given["holdForSeconds"] = ask.ttl_us // 1_000_000
    if ask.act == "extend":
        given["reservations"] = [line.reservation for line in ask.lines]
    else:
        given["lines"] = [_line(ask, line, wanted) for line in ask.lines]
    return orjson.dumps({"query": DOCUMENTS[ask.act], "variables": {"input": given}})


def _event(line: Line, event_id: str) -> dict[str, Any]:
    """Goods come in, or a count takes some out. Its source is the one that has told of the site before."""
    cause = "receipt" if (line.quantity or 0) > 0 else "adjustment"
    legs = [{"site": SITE, "quantity": line.quantity}]
    return {
        "source": SOURCE,
        "eventId": event_id,
        "movement": {"sku": line.item, "cause": cause, "legs": legs},
    }


def _line(ask: Ask, line: Line, wanted: date) -> dict[str, Any]:
    if ask.act in MAKES:
        return {"sku": line.item, "quantity": line.quantity, "wanted": wanted.isoformat()}
    named: dict[str, Any] = {"reservation": line.reservation}
    return named if ask.act == "confirm" else named | {"quantity": line.quantity}


def read(answer: bytes, ask: Ask) -> tuple[Ending, Outcome | None]:
    """How the call ended. Told to try again is unknown: it may have happened. Raises Unexpected."""
    told = orjson.loads(answer)
    errors = told.get("errors")
    if errors:
        extensions = errors[0].get("extensions", {})
        if extensions.get("code") == "IDEMPOTENCY_CONFLICT":
            return "refused", Outcome(reason="conflict")
        if extensions.get("retryable"):
            return "unknown", None
        raise Unexpected(errors)
    if ask.act == "receive":
        return _received(told["data"]["receive"]["receipts"], ask)
    if ask.act == "read":
        return "ok", _reading(told["data"]["availability"])
    operation = told["data"][ask.act]["operation"]
    at_us, place, lines = micros(operation["at"]), operation["place"], operation["lines"]
    if operation["status"] in {"ACCEPTED", "PARTIAL"}:
        return "ok", Outcome(tuple(map(_given, lines)), "", at_us, place)
    return "refused", _refused(ask, lines, at_us, place)


def _received(receipts: Sequence[dict[str, Any]], ask: Ask) -> tuple[Ending, Outcome]:
    """An event that was there before is as one that is new: its one effect is in the store."""
    if receipts[0]["outcome"] == "CONFLICT":
        return "refused", Outcome(reason="conflict")
    if receipts[0]["outcome"] not in {"APPLIED", "DUPLICATE"}:
        raise Unexpected(receipts)
    return "ok", Outcome((Given(ask.lines[0].item, ask.lines[0].quantity),))


def _reading(told: dict[str, Any]) -> Outcome:
    if any(line["problem"] or line["promisable"] is None for line in told["lines"]):
        raise Unexpected(told)
    given = tuple(Given(line["sku"], line["promisable"]) for line in told["lines"])
    return Outcome(given, "", micros(told["asOf"]), inquiry=told["inquiry"])


def _given(line: dict[str, Any]) -> Given:
    ends = line["expiresAt"]
    return Given(
        line["sku"],
        line["quantity"],
        line["reservation"] or "",
        None if ends is None else micros(ends),
        line["sequence"],
        line["beside"] or "",
    )


def _refused(ask: Ask, lines: Sequence[dict[str, Any]], at_us: int, place: int) -> Outcome:
    """Only the lines that could not be had are named; those that could stand beside them unjudged."""
    reasons, given = set(), []
    for line, asked in zip(lines, ask.lines, strict=True):
        code = line["problem"]["code"]
        if code == NOT_ALL:
            continue
        if code not in REASONS:
            raise Unexpected(line)
        reasons.add(REASONS[code])
        free = line["promisable"] if ask.act in MAKES else None
        given.append(Given(asked.item, free, asked.reservation, None, line["sequence"]))
    if len(reasons) != 1:
        raise Unexpected(lines)
    return Outcome(tuple(given), reasons.pop(), at_us, place)


def micros(instant: str | datetime) -> int:
    """Microseconds of the database's clock."""
    at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return (at - EPOCH) // MICROSECOND
