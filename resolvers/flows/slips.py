"""Supply that slips, shrinks or vanishes: promises at risk are found where the change is recorded.

In that one transaction, under the locks it has: proposals are made, superseded and withdrawn, those that the
rules allow are applied, and one message a line waits in the outbox.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from datasources.store import clock, outbox, pegs, profiles, promised, proposals, repromised, reservations
from datasources.store.promised import PromisedItem
from datasources.store.proposals import Kept
from datasources.store.reservations import Moved
from datasources.store.tables import REASON_MAX
from datasources.store.unit import Tx
from resolvers.flows import transfers_of_ours
from resolvers.flows.in_force import setup_in_force
from resolvers.flows.slip_causes import Written
from resolvers.flows.slip_messages import message
from resolvers.flows.slip_slots import departures, move_slots
from rules.company import Setup
from rules.model import Profile
from rules.pegs import TransferNow
from rules.proposals import (
    Change,
    Proposal,
    State,
    applies_at_once,
    gravest,
    shifts,
    turns,
)
from rules.redelivery import with_days_of_receipt
from rules.reservation import Changed, move
from rules.risk import at_risk, is_short
from rules.served_again import Ground, Owing
from rules.slots import OpenSlots

ITEMS_AT_ONCE = 500
UNSAID = Change("late", "", "")
"""Where nothing was recorded, time has passed: what was due has not come."""
REPROMISE_FILE = "74-repromise"

Changes = Mapping[tuple[str, str], Sequence[Change]]
"""What was recorded, by sku and site."""


@dataclass(slots=True)
class Watch:
    """Sees the profiles that a transaction writes, and keeps in mind which items owe more than there is.

    Without a rule book nothing was promised by one, and nothing is seen.
    """

    setup: Setup | None
    now: datetime
    seen: list[str] = field(default_factory=list)
    short: set[str] = field(default_factory=set)

    def look(self, profile: Profile) -> None:
        """The profile is as it will be. Costs little where goods that are there cover all that is owed."""
        if self.setup is None:
            return
        self.seen.append(profile.sku)
        if is_short(profile, self.setup, self.now):
            self.short.add(profile.sku)


async def watch(tx: Tx) -> Watch:
    """What the profiles written from now on are seen by. The locks must be held."""
    return Watch(await setup_in_force(tx), await clock.now(tx))


async def rebuild(tx: Tx, skus: Iterable[str], written: Written) -> int:
    """The items' profiles are made anew, and their promises reviewed; how many profiles had to change."""
    seen = await watch(tx)
    changed = await profiles.rebuild(tx, skus, seen.look)
    await review(tx, seen, written)
    return changed


async def review(tx: Tx, seen: Watch, written: Written | None = None) -> "Reviewed":
    """Every promise at risk among the items seen has its proposal, and every other one has none."""
    if seen.setup is None:
        return Reviewed()
    skus = sorted(seen.short | await proposals.items_to_look_at(tx, seen.seen))
    changes = written.changes() if skus and written is not None else {}
    reviewed, done = Reviewed(), set[str]()
    for start in range(0, len(skus), ITEMS_AT_ONCE):
        some = set(skus[start : start + ITEMS_AT_ONCE])
        about = (some | await pegs.resting_on(tx, some)) - done
        items = await promised.read(tx, sorted(about | await pegs.beside(tx, about)))
        standing = await proposals.standing(tx, sorted(about))
        leaving = await departures(tx, seen.setup, items)
        _review(reviewed, about, items, standing, _Grounds(seen.setup, seen.now, changes, *leaving))
        done |= about
    await _record(tx, reviewed, seen.setup, seen.now)
    return reviewed


@dataclass(slots=True)
class Reviewed:
    """What a review comes to: fresh proposals, those decided or set down, and what stands no longer."""

    fresh: list[Kept] = field(default_factory=list)
    set_down: list[Kept] = field(default_factory=list)
    over: list[UUID] = field(default_factory=list)
    precisions: dict[str, int] = field(default_factory=dict)
    brought: dict[str, tuple[TransferNow, ...]] = field(default_factory=dict)
    """By line at risk what becomes of transfers it rests on."""

    @property
    def told(self) -> list[Kept]:
        """What other systems hear of, one a line."""
        withdrawn = (each for each in self.set_down if each.state == "withdrawn")
        return [*withdrawn, *self.fresh]

    def end(self, kept: Kept, state: State, now: datetime) -> None:
        """An open one is superseded or withdrawn; a decided one keeps its state and stands no longer."""
        if kept.state == "open":
            self.set_down.append(replace(kept, state=state, stands=False, decided_at=now))
        else:
            self.over.append(kept.proposal_id)


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What a review rests on besides the items."""

    setup: Setup
    now: datetime
    changes: Changes
    slots: OpenSlots
    orders: Mapping[tuple[str, str], str]
    """By line and site, the order that leaves there."""


def _review(
    reviewed: Reviewed, about: set[str], items: Sequence[PromisedItem], standing: Iterable[Kept], on: _Grounds
) -> None:
    """What becomes of the promises about which it is, the items beside them known, is added to `reviewed`."""
    by_sku: dict[str, dict[str, Kept]] = {}
    for kept in standing:
        by_sku.setdefault(kept.sku, {})[str(kept.proposal_id)] = kept
    owing = [Owing(item.profile, item.lines, item.pegs) for item in items]
    found = at_risk(owing, Ground(on.setup, on.now, on.slots, on.orders))
    for item in items:
        if item.profile.sku not in about:
            continue
        stood = by_sku.get(item.profile.sku, {})
        reviewed.precisions[item.profile.sku] = item.profile.precision
        turned = turns((kept.standing for kept in stood.values()), found[item.profile.sku])
        reviewed.brought |= {each.line.key: each.brought for each in found[item.profile.sku] if each.brought}
        for proposal, before in turned.made:
            known = None if before is None else stood[before.proposal_id]
            change = _change(proposal, _rests_on(item, items), on.changes, known)
            reviewed.fresh.append(_fresh(item.profile, proposal, (change, known), on))
            if known is not None:
                reviewed.end(known, "superseded", on.now)
        for each in turned.over:
            reviewed.end(stood[each.proposal_id], "withdrawn", on.now)


def _fresh(item: Profile, proposal: Proposal, because: tuple[Change, Kept | None], on: _Grounds) -> Kept:
    """The proposal as it is kept: open, or applied at once where the rules say so.

    `because` is what put the promise at risk, and the proposal that stood before.
    """
    change, before = because
    supersedes = None if before is None else before.proposal_id
    kept = proposals.new(clock.new_id(on.now), item.sku, proposal, change, on.now, supersedes)
    keepings = [
        on.setup.choices.keeping(proposal.line.channel, site, item.item_class, 0, on.now)
        for site in proposal.sites
    ]
    if not all(applies_at_once(proposal, each.apply_within_days) for each in keepings):
        return kept
    why = keepings[0].why[:REASON_MAX]
    return replace(kept, state="applied", decided_at=on.now, decided_by=REPROMISE_FILE, reason=why)


def _rests_on(item: PromisedItem, items: Iterable[PromisedItem]) -> list[str]:
    """The item, and those its promises rest on besides: its parts, and what orders of ours take for it."""
    parts = {part.sku for part in item.profile.parts}
    orders = {peg.order_id for peg in item.pegs}
    others = {
        each.profile.sku
        for each in items
        if each.profile.sku in parts or any(line.order_id in orders for line in each.lines.values())
    }
    return [item.profile.sku, *sorted(others - {item.profile.sku})]


def _change(proposal: Proposal, skus: Sequence[str], changes: Changes, before: Kept | None) -> Change:
    """What puts it at risk: what was recorded where it loses quantity, else anywhere of what it rests on."""
    here = [change for site in proposal.sites for change in changes.get((skus[0], site), ())]
    anywhere = [change for (of, _), some in changes.items() if of in skus for change in some]
    said = None if before is None else Change(before.cause, before.source, before.reference)
    return gravest(here) or gravest(anywhere) or said or UNSAID


async def _record(tx: Tx, reviewed: Reviewed, setup: Setup, now: datetime) -> None:
    """What is over goes first: of a line one proposal stands."""
    await proposals.no_longer_stands(tx, reviewed.over)
    await proposals.write(tx, reviewed.fresh, reviewed.set_down)
    applied = [each for each in reviewed.fresh if each.state == "applied"]
    await move_reservations(tx, applied, reviewed, Ground(setup, now))
    told = [message(each, reviewed.precisions[each.sku]) for each in reviewed.told]
    await outbox.add(tx, told, now)


async def move_reservations(tx: Tx, applied: Iterable[Kept], reviewed: Reviewed, on: Ground) -> None:
    """The reservations among the lines are kept for the new days, and what is brought for them comes then.

    Their items' profiles must be locked, and the promises `reviewed` in this transaction: then each still has
    what is to be moved.
    """
    setup, now = on.setup, on.now
    by_id = {each.reservation_id: each for each in applied if each.reservation_id is not None}
    if not by_id:
        return
    driver: Any = (await tx.get_raw_connection()).driver_connection
    found = await reservations.find(driver, by_id)
    changed = []
    for reservation_id, kept in by_id.items():
        after = move(found[reservation_id], now, shifts(kept.old, kept.new))
        delivered = with_days_of_receipt(after.reservation, setup)
        changed.append((kept, replace(after, reservation=delivered)))
    skus = {kept.sku for kept in by_id.values()}
    moves = list(_moved(changed, await repromised.sequences(driver, skus)))
    await repromised.write(driver, [of for _, of in changed], moves, now)
    await move_slots(driver, [of for _, of in changed], setup, now)
    await _move_transfers(tx, by_id.values(), reviewed, now)
    await profiles.rebuild(tx, skus)


async def _move_transfers(tx: Tx, applied: Iterable[Kept], reviewed: Reviewed, now: datetime) -> None:
    told = [each for kept in applied for each in reviewed.brought.get(kept.line_key, ())]
    if not told:
        return
    transfers = await transfers_of_ours.named(tx, [each.order_id for each in told])
    for each in told:
        transfers.bring(each, now)
    await transfers.write(tx, reviewed.precisions, now)


def _moved(changed: Iterable[tuple[Kept, Changed]], sequences: Mapping[str, int]) -> Iterator[Moved]:
    for kept, of in changed:
        for each in of.moves:
            yield Moved(
                each,
                kept.decided_by,
                kept.channel,
                str(kept.proposal_id),
                0,
                sequences[kept.sku] + 1,
            )
