"""Proposals decided by people: applied or rejected, several at once, each by itself."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from datasources.store import outbox, pages, proposals
from datasources.store.locks import lock_profiles
from datasources.store.proposals import Kept
from datasources.store.tables import REASON_MAX
from datasources.store.unit import Contended, Tx
from resolvers.flows import slips
from resolvers.flows.deps import Caller, Deps
from resolvers.flows.slip_messages import message
from rules.errors import BadCount, ReasonMissing, TextTooLong
from rules.proposals import State
from rules.served_again import Ground

PROPOSALS_MAX = 500
HISTORY_MAX = 100
TRIES_MAX = 4

Decision = Literal["applied", "rejected"]


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one proposal named. `problem`: code, sentence and next step, where nothing was done."""

    named: str
    kept: Kept | None
    precision: int = 0
    problem: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A proposal with how exactly its item is counted."""

    kept: Kept
    precision: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which proposals are listed: in which state, and of what."""

    state: State = "open"
    sku: str | None = None
    site: str | None = None
    channel: str | None = None


async def listed(
    deps: Deps, wanted: Wanted, after: tuple[date, int] | None, most: int, caller: Caller
) -> list[Listed]:
    """At most so many proposals the caller may see, by the first day they were promised for."""
    named = {"sku": wanted.sku, "site": wanted.site, "channel": wanted.channel}
    where = {name: value for name, value in named.items() if value is not None}
    async with deps.store.reading() as tx:
        rows = await proposals.page(tx, wanted.state, where, after, most, caller.channels)
        return await _with_precision(tx, rows)


async def of_line(deps: Deps, line_key: str) -> list[Listed]:
    """The newest proposals about the line, newest first."""
    async with deps.store.reading() as tx:
        return await _with_precision(tx, await proposals.of_line(tx, line_key, HISTORY_MAX))


async def _with_precision(tx: Tx, rows: Sequence[Kept]) -> list[Listed]:
    items = await pages.items(tx, sorted({row.sku for row in rows}))
    return [Listed(row, items[row.sku]["precision"]) for row in rows]


async def decide(
    deps: Deps, decision: Decision, named: Sequence[str], reason: str, caller: Caller
) -> list[Decided]:
    """One outcome a proposal named, in that order; one decided so before stays as it was.

    Before any is applied the promises of its item are looked at again: what is applied is the best there is
    now. Raises BadCount, ReasonMissing, TextTooLong and StoreUnavailable, with nothing done.
    """
    if not 1 <= len(named) <= PROPOSALS_MAX:
        raise BadCount("proposals", len(named), PROPOSALS_MAX)
    reason = reason.strip()
    if decision == "rejected" and not reason:
        raise ReasonMissing("proposal", decision)
    if len(reason) > REASON_MAX or not all(sign.isprintable() or sign == "\n" for sign in reason):
        raise TextTooLong("reason", len(reason), REASON_MAX)
    for _ in range(TRIES_MAX - 1):
        with suppress(Contended):
            return await _decide(deps, decision, named, reason, caller)
    return await _decide(deps, decision, named, reason, caller)


async def _decide(
    deps: Deps, decision: Decision, named: Sequence[str], reason: str, caller: Caller
) -> list[Decided]:
    ids = [_id(each) for each in named]
    asked = [each for each in dict.fromkeys(ids) if each is not None]
    async with deps.store.writing() as tx:
        skus = {
            kept.sku
            for kept in (await proposals.find(tx, asked)).values()
            if caller.may_see_channel(kept.channel)
        }
        await lock_profiles(tx, skus)
        seen, reviewed = await slips.watch(tx), slips.Reviewed()
        if decision == "applied":
            reviewed = await slips.review(tx, replace(seen, seen=sorted(skus), short=skus))
        found = await proposals.find(tx, asked)
        known = {each: kept for each, kept in found.items() if caller.may_see_channel(kept.channel)}
        due = [
            _as_decided(kept, decision, reason, seen.now, caller)
            for kept in known.values()
            if kept.state == "open"
        ]
        precisions = {sku: row["precision"] for sku, row in (await pages.items(tx, sorted(skus))).items()}
        await proposals.write(tx, (), due)
        if seen.setup is not None:
            applied = [kept for kept in due if kept.state == "applied"]
            await slips.move_reservations(tx, applied, reviewed, Ground(seen.setup, seen.now))
        await outbox.add(tx, [message(kept, precisions[kept.sku]) for kept in due], seen.now)
        now = known | {kept.proposal_id: kept for kept in due}
        return [
            _told(name, None if each is None else now.get(each), decision, precisions)
            for name, each in zip(named, ids, strict=True)
        ]


def _id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _as_decided(kept: Kept, decision: Decision, reason: str, now: datetime, caller: Caller) -> Kept:
    return replace(kept, state=decision, decided_at=now, decided_by=caller.person, reason=reason)


def _told(name: str, kept: Kept | None, decision: Decision, precisions: dict[str, int]) -> Decided:
    if kept is None:
        says = f"There is no proposal {name[:80]}."
        return Decided(name, None, problem=("UNKNOWN_PROPOSAL", says, "Check the id and the channel."))
    precision = precisions[kept.sku]
    if kept.state == decision:
        return Decided(name, kept, precision)
    return Decided(name, kept, precision, _why_not(kept))


def _why_not(kept: Kept) -> tuple[str, str, str]:
    if kept.state in {"applied", "rejected"}:
        says = f"Proposal {kept.proposal_id} was {kept.state} by {kept.decided_by} at {_instant(kept)}."
        return (
            "PROPOSAL_DECIDED",
            says,
            "There is nothing to decide; if it slips again, it is told anew.",
        )
    if kept.state == "superseded":
        says = f"Proposal {kept.proposal_id} was superseded at {_instant(kept)}: other days are the best now."
        return "PROPOSAL_SUPERSEDED", says, "List the promises at risk again, and decide on the new proposal."
    says = f"Proposal {kept.proposal_id} was withdrawn at {_instant(kept)}: the promise is kept, or over."
    return "PROPOSAL_WITHDRAWN", says, "There is nothing to decide."


def _instant(kept: Kept) -> str:
    assert kept.decided_at is not None, "what is no longer open has ended at an instant"
    return f"{kept.decided_at:%Y-%m-%d %H:%M:%S} UTC"
