"""Reserve, promise and what follows: each request checked, committed once, and its one outcome told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from datasources.store import clock, inquiries, operations, reservation_life, reservations
from datasources.store.inquiries import Logged
from datasources.store.operations import Operation
from datasources.store.reservation_life import Step
from resolvers.flows import reserve_told as told
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.reserve_requests import (
    HeldLine,
    Holding,
    Request,
    WantedLine,
    Wanting,
    check,
)
from rules.ask import RequestLine, read_ask, read_destination, read_outcomes
from rules.asked import LineAnswer, LineOutcome
from rules.errors import (
    Forbidden,
    InquiryExpired,
    InquiryOfThePast,
    NotFound,
    OrderLinesDiffer,
    OrderLinesWithoutOrder,
    Refusal,
)
from rules.reservation import Act, Reservation
from telemetry import names
from telemetry.spans import span

INQUIRY_GOOD_FOR = timedelta(hours=24)
"""So long what an inquiry was told can be promised from it."""
STEPS_MAX = 1_000


async def commit(deps: Deps, request: Request, caller: Caller) -> Operation:
    """The request's one outcome, durable.

    Raises Forbidden, NoLines, TooManyLines, BadKey, BadDuration, TextTooLong, IdempotencyConflict,
    UnknownChannel, TooBusy and StoreUnavailable; after the last the same key tells what became of it.
    """
    if not caller.may_see_channel(request.channel):
        raise Forbidden(f"channel {request.channel}", caller.channels or ())
    check(request)
    with span(names.RESERVE, act=request.act, lines=len(request.body.lines)):
        return await deps.commits.commit(replace(request, may_agree=caller.may_agree))


async def change(
    deps: Deps,
    act: Act,
    name: tuple[str, str],
    lines: Sequence[HeldLine],
    caller: Caller,
    *,
    whole: bool = True,
    seconds: int = 0,
) -> Operation:
    """Something is done with reservations there are; `name` is the channel and the key."""
    channel, key = name
    body = Holding(tuple(lines), whole, seconds)
    return await commit(deps, Request(caller.person, channel, key, act, body), caller)


async def promise_from_inquiry(
    deps: Deps,
    name: tuple[str, str],
    inquiry_id: UUID,
    caller: Caller,
    order: tuple[str, Sequence[str]] = ("", ()),
    *,
    whole: bool = True,
    holder: str = "",
) -> Operation:
    """What the inquiry was told is promised, if it can still be had; else nothing, and the new offer.

    `order` is the order's id and those of its lines, one for each line asked, or none. Raises NotFound,
    OrderLinesDiffer, OrderLinesWithoutOrder, InquiryExpired and InquiryOfThePast beside what `commit` raises.
    """
    channel, key = name
    logged = await inquiries.find(deps.store.pool, inquiry_id)
    if logged is None or logged.inquiry.channel != channel or not caller.may_see_channel(channel):
        raise NotFound("inquiry", str(inquiry_id))
    offered = replace(_as_offered(logged, order, whole=whole), holder=holder)
    request = Request(caller.person, channel, key, "promise", offered, inquiry_id=inquiry_id)
    async with deps.store.reading() as tx:
        now = await clock.now(tx)
    refused = _why_no_offer(logged, inquiry_id, now)
    if refused is not None and await operations.find(deps.store.pool, request.name) is None:
        raise refused
    return await commit(deps, request, caller)


def _why_no_offer(logged: Logged, inquiry_id: UUID, now: datetime) -> Refusal | None:
    """Why what the inquiry was told is no offer any more, or never was; None where it is."""
    known_at, age = logged.inquiry.known_at, now - logged.inquiry.asked_at
    if known_at is not None:
        return InquiryOfThePast(str(inquiry_id), known_at)
    if age > INQUIRY_GOOD_FOR:
        good_for = int(INQUIRY_GOOD_FOR.total_seconds() // 3600)
        return InquiryExpired(str(inquiry_id), int(age.total_seconds() // 3600), good_for)
    return None


def _as_offered(logged: Logged, order: tuple[str, Sequence[str]], *, whole: bool) -> Wanting:
    order_id, line_ids = order
    ask = orjson.loads(logged.inquiry.ask)
    asks = read_ask(ask)
    told = read_outcomes(orjson.loads(logged.inquiry.outcome))
    if line_ids and len(line_ids) != len(asks):
        raise OrderLinesDiffer(len(line_ids), len(asks))
    if line_ids and not order_id:
        raise OrderLinesWithoutOrder(len(line_ids))
    named = line_ids or [str(number + 1) for number in range(len(asks))]
    lines = [
        replace(_line(ask, outcome), order_id=order_id, line_id=line_id if order_id else "")
        for ask, outcome, line_id in zip(asks, told, named, strict=True)
    ]
    return Wanting(tuple(lines), whole, offered=told, to=read_destination(ask))


def _line(ask: RequestLine, outcome: LineOutcome) -> WantedLine:
    parts = outcome.schedule if isinstance(outcome, LineAnswer) else ()
    return WantedLine(ask, max((part.day for part in parts), default=None))


async def operation(deps: Deps, channel: str, key: str, caller: Caller) -> Operation | None:
    """What became of the caller's request under this key, or None where nothing has been decided yet."""
    if not caller.may_see_channel(channel) or "\0" in channel + key:
        return None
    return await operations.find(deps.store.pool, (caller.person, channel, key))


async def life(deps: Deps, reservation_id: UUID) -> list[Step]:
    """What became of a reservation, request by request: the first 1,000 steps. Raises StoreUnavailable."""
    return await reservation_life.life(deps.store.pool, reservation_id, STEPS_MAX)


async def promised_parts(deps: Deps, reservation_id: UUID, sku: str) -> list[list[Any]]:
    """The parts the reservation of the item was made of, as its request was told of them.

    Raises StoreUnavailable.
    """
    outcome = await reservation_life.making(deps.store.pool, reservation_id)
    return [] if outcome is None else told.parts_of(orjson.loads(outcome), str(reservation_id), sku)


async def reservation(deps: Deps, reservation_id: UUID, caller: Caller) -> tuple[Reservation, datetime]:
    """The reservation, and the instant it was looked at. Raises NotFound, also for another channel's."""
    found = await reservations.look(deps.store.pool, reservation_id)
    if found is None or not caller.may_see_channel(found[0].channel):
        raise NotFound("reservation", str(reservation_id))
    return found
