"""Ask: what can be promised, where, when and why. Gather, decide, record; then the answer leaves."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import orjson

from datasources.store import as_known, catalogue, clock, inquiries, profiles, shelf
from datasources.store.as_known import Moment
from datasources.store.inquiries import Inquiry, Logged
from datasources.store.snapshot import Snapshot, read_watermarks
from resolvers.flows.deps import Caller, Deps
from rules.ask import (
    Delivered,
    RequestLine,
    answer,
    asking,
    logged_ask,
    outcome_record,
    read_ask,
    read_by_person,
    read_destination,
    read_methods,
    read_outcomes,
    read_slots,
)
from rules.asked import LineOutcome
from rules.book import Book
from rules.choices import setup_of
from rules.company import Setup, SourceAge
from rules.errors import Forbidden, NoLines, NotFound, TooManyLines, UnknownChannel
from rules.position import ItemPosition, Silent, prepare, together
from rules.slots import Slots, record
from telemetry import names
from telemetry.spans import span, trace_id_hex

LINES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Quote:
    """An answered ask with all its explanation is derived from. `asked_at` was `now` for the decision."""

    inquiry_id: UUID
    asked_at: datetime
    channel: str
    requests: tuple[RequestLine, ...]
    outcomes: tuple[LineOutcome, ...]
    positions: Mapping[str, ItemPosition]
    setup: Setup
    ages: tuple[SourceAge, ...]
    silent: Silent
    """The sites whose source of stock is silent, and how much of it still counts."""
    trace_id: str
    methods: tuple[str, ...] = ()
    to: Delivered | None = None
    """Where the goods go; None is an ask for goods at their site."""
    slots: Slots = field(default_factory=Slots)
    """The orders that had a slot at each site on each day."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A logged inquiry, its answer as given, and what deciding it anew gives: `identical` compares both."""

    logged: Inquiry
    quote: Quote
    again: tuple[LineOutcome, ...]
    identical: bool


async def quote(
    deps: Deps,
    requests: Sequence[RequestLine],
    channel: str,
    caller: Caller,
    as_known_at: datetime | None = None,
    *,
    methods: Sequence[str] = (),
    to: Delivered | None = None,
) -> Quote:
    """Every line is answered, and the inquiry is durable in the log.

    What `methods` say stands beside each answer and decides nothing. With `as_known_at` the answer is the one
    that was right by what was known at that instant. With `to` wanted days are days of receipt there.
    Raises NoLines, TooManyLines, Forbidden, UnknownChannel, UnknownDestination, TooBusy, StoreUnavailable.
    """
    _check_size(requests)
    if not caller.may_see_channel(channel):
        raise Forbidden(f"channel {channel}", caller.channels or ())
    with span(names.GATHER, lines=len(requests)):
        snapshot = await _gather(deps, [line.sku for line in requests], as_known_at)
    if channel not in snapshot.setup.channels:
        raise UnknownChannel(channel, snapshot.setup.channels)
    with span(names.DECIDE):
        slots = Slots(snapshot.slots)
        asker = asking(channel, snapshot.setup, snapshot.now, to, by_person=caller.may_agree, taken=slots)
        outcomes = answer(requests, snapshot.positions, snapshot.setup, asker, methods)
        taken = record(snapshot.slots, _sites_of(snapshot))
        logged = logged_ask(requests, methods, to, by_person=caller.may_agree, taken=taken)
        ask = orjson.dumps(logged).decode()
        inquiry = _inquiry(ask, channel, caller, snapshot, outcomes)
    if as_known_at is not None:
        inquiry = await _asked_of_the_past(deps, inquiry)
    with span(names.RECORD):
        read = {(sku, snapshot.sequences[sku]): content for sku, content in snapshot.contents.items()}
        await deps.inquiries.record(inquiry, read)
    return Quote(
        inquiry.inquiry_id,
        snapshot.now,
        channel,
        tuple(requests),
        outcomes,
        snapshot.positions,
        snapshot.setup,
        snapshot.ages,
        snapshot.silent,
        inquiry.trace_id,
        tuple(methods),
        to,
        slots,
    )


async def _gather(deps: Deps, skus: Sequence[str], as_known_at: datetime | None) -> Snapshot:
    if as_known_at is None:
        return await deps.snapshots.read(skus)
    return await as_known.snapshot_at(deps.store, skus, Moment(known=as_known_at))


async def _asked_of_the_past(deps: Deps, inquiry: Inquiry) -> Inquiry:
    """The inquiry was asked now, and decided by what was known at the instant it bears so far."""
    async with deps.store.reading() as tx:
        now = await clock.now(tx)
    return replace(inquiry, inquiry_id=clock.new_id(now), asked_at=now, known_at=inquiry.asked_at)


def _sites_of(snapshot: Snapshot) -> set[str]:
    """The sites at which there is anything of what was read."""
    return {rows.site_id for item in snapshot.positions.values() for rows in item.sites}


def _check_size(requests: Sequence[RequestLine]) -> None:
    if not requests:
        raise NoLines
    if len(requests) > LINES_MAX:
        raise TooManyLines(len(requests), LINES_MAX)


def _inquiry(
    ask: str,
    channel: str,
    caller: Caller,
    snapshot: Snapshot,
    outcomes: Sequence[LineOutcome],
) -> Inquiry:
    outcome = orjson.dumps(outcome_record(outcomes))
    return Inquiry(
        inquiry_id=clock.new_id(snapshot.now),
        asked_at=snapshot.now,
        actor=caller.person,
        channel=channel,
        ask=ask,
        skus=tuple(snapshot.sequences),
        sequences=tuple(snapshot.sequences.values()),
        watermarks=snapshot.watermarks,
        setup_hash=snapshot.setup.setup_hash,
        book_version=snapshot.setup.book_version,
        outcome=outcome.decode(),
        outcome_hash=hashlib.sha256(outcome).hexdigest(),
        trace_id=trace_id_hex() or "",
    )


async def replay(deps: Deps, inquiry_id: UUID, caller: Caller) -> Replay:
    """The logged inquiry decided again from what was logged, and whether the outcome is identical.

    Raises NotFound, also where the inquiry belongs to a channel the caller may not see.
    """
    logged = await inquiries.find(deps.store.pool, inquiry_id)
    if logged is None or not caller.may_see_channel(logged.inquiry.channel):
        raise NotFound("inquiry", str(inquiry_id))
    return decide_again(logged, await shelf.book(deps.store.pool, logged.inquiry.book_version))


def decide_again(logged: Logged, book: Book) -> Replay:
    """The same ask, decided by the book from the logged profiles, set-up, watermarks and clock alone."""
    inquiry = logged.inquiry
    now, ask = inquiry.decided_at, orjson.loads(inquiry.ask)
    setup = setup_of(catalogue.read_company(inquiry.setup_hash, logged.setup_content), book)
    ages = read_watermarks(inquiry.watermarks)
    silent = setup.choices.silent(ages, now)
    read = {sku: profiles.decode(sku, content) for sku, content in logged.contents.items()}
    positions = together({sku: prepare(item, setup, now, silent) for sku, item in read.items()})
    requests, methods, to = tuple(read_ask(ask)), read_methods(ask), read_destination(ask)
    asker = asking(inquiry.channel, setup, now, to, by_person=read_by_person(ask), taken=read_slots(ask))
    again = answer(requests, positions, setup, asker, methods)
    outcome_hash = hashlib.sha256(orjson.dumps(outcome_record(again))).hexdigest()
    identical = outcome_hash == inquiry.outcome_hash
    # What was decided the same way also tells which ways to buy or make were looked at; the log does not.
    outcomes = again if identical else read_outcomes(orjson.loads(inquiry.outcome))
    given = Quote(
        inquiry.inquiry_id,
        inquiry.decided_at,
        inquiry.channel,
        requests,
        outcomes,
        positions,
        setup,
        ages,
        silent,
        inquiry.trace_id,
        methods,
        to,
        read_slots(ask),
    )
    return Replay(inquiry, given, again, identical=identical)
