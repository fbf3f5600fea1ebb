"""Why an answer is what it is: what was counted, what was not and why, what binds, and what would change it.

Derived again from the profile whenever it is asked for; nothing here decides.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rules.company import Policy, SupplyChoice
from rules.holds import blocked, blocking, counts
from rules.model import Commitment, Hold, OnHand, Receipt, SiteStock
from rules.position import SitePosition, balanced, drawn
from rules.supply import HERE, ON_HAND, counted_commitments, on_hand_choice, receipt_cell, receipt_choice

NOT_COUNTED = "does not count for new promises"

ROWS_MAX = 100
"""The most supplies, demands or holds listed for one site; the rest is counted in `left_out`."""
EARLIER_MAX = 10


@dataclass(frozen=True, slots=True)
class OnHandReason:
    row: OnHand
    counted: bool
    why: str


@dataclass(frozen=True, slots=True)
class HoldReason:
    """A hold and what it blocks of counted stock on the day asked for, taken alone."""

    hold: Hold
    blocked: int


@dataclass(frozen=True, slots=True)
class SupplyReason:
    """A receipt; `counted_on` is None where it does not count, and `why` says why."""

    receipt: Receipt
    counted_on: date | None
    why: str


@dataclass(frozen=True, slots=True)
class DemandReason:
    commitment: Commitment
    counted_on: date


@dataclass(frozen=True, slots=True)
class Binding:
    """The day whose margin limits what is free on the day asked for.

    The margin is the net position less what is withheld, less what will have expired without being taken,
    less what is owed behind the horizon.
    """

    day: date
    net_position: int
    withheld: int
    expired: int
    owed_behind: int
    margin: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """One change that would free more on the day asked for, worked out by making it and counting again."""

    kind: str
    what: str
    line_id: str
    source: str
    gain: int


@dataclass(frozen=True, slots=True)
class PartReason:
    """One part of a kit: what is free of it on the day, and how many sets that is enough for."""

    sku: str
    per: int
    precision: int
    free: int
    sets: int
    limits: bool
    """Whether no other part allows fewer sets."""


@dataclass(frozen=True, slots=True)
class KitReason:
    """How many of a kit stand finished, and how many sets its parts at the same site allow."""

    finished: int
    sets: int
    parts: tuple[PartReason, ...]


@dataclass(frozen=True, slots=True)
class SiteExplanation:
    """The derivation of one item at one site for one day, every row of it.

    Of a kit it is that of the finished ones; only `free` and `earlier` are of all that can be promised.
    """

    site_id: str
    position: str
    """The name under which the goods are counted."""
    users: frozenset[str] | None
    """The channels that may be promised from it; None is every channel."""
    day: date
    free: int
    usable: int
    receipts_to_day: int
    commitments_to_day: int
    withheld: int
    buffer: int
    """What of the withheld is so because the source of the stock is silent."""
    binding: Binding
    on_hand: tuple[OnHandReason, ...]
    holds: tuple[HoldReason, ...]
    supplies: tuple[SupplyReason, ...]
    demands: tuple[DemandReason, ...]
    earlier: tuple[Earlier, ...]
    left_out: int
    kit: KitReason | None = None


def explain_site(part: SiteStock, rows: SitePosition, policy: Policy, wanted: date) -> SiteExplanation:
    """The derivation of one position for `wanted`, or for the nearest day it has rows for."""
    day = nearest_day(rows, wanted)
    cell = (day - rows.today).days
    supplies = tuple(_supply_reasons(part.receipts, policy, rows.today))
    demands = tuple(_demand_reasons(part.commitments, rows.today))
    holds = tuple(_hold_reasons(part, policy, day))
    left_out = sum(max(0, len(listed) - ROWS_MAX) for listed in (supplies, demands, holds))
    return SiteExplanation(
        site_id=rows.site_id,
        position=rows.position,
        users=rows.users,
        day=day,
        free=rows.free[cell],
        usable=rows.usable[cell],
        receipts_to_day=sum(rows.receipts[: cell + 1]),
        commitments_to_day=sum(rows.commitments[: cell + 1]),
        withheld=rows.withheld[cell],
        buffer=rows.buffer_in(cell),
        binding=_binding(rows, cell),
        on_hand=tuple(_on_hand_reasons(part.on_hand, policy, rows.today)),
        holds=holds[:ROWS_MAX],
        supplies=supplies[:ROWS_MAX],
        demands=demands[:ROWS_MAX],
        earlier=tuple(sooner(part, rows, policy, day)),
        left_out=left_out,
    )


def nearest_day(rows: SitePosition, wanted: date) -> date:
    """The wanted day, or the nearest one the site has rows for."""
    return min(max(wanted, rows.today), rows.last_day)


def _binding(rows: SitePosition, cell: int) -> Binding:
    lowest = _lowest(rows, cell)
    owed_behind = -rows.owed_behind if lowest == len(rows.margin) - 1 else 0
    net, withheld, margin = rows.net_position[lowest], rows.withheld[lowest], rows.margin[lowest]
    return Binding(
        day=rows.today + timedelta(days=lowest),
        net_position=net,
        withheld=withheld,
        expired=net - withheld - owed_behind - margin,
        owed_behind=owed_behind,
        margin=margin,
    )


def _lowest(rows: SitePosition, cell: int) -> int:
    """The cell that one unit more than is free would leave short; without limit, the cell itself."""
    if cell >= rows.limited:
        return cell
    if rows.lots is not None:
        return rows.lots.shortest(cell, rows.free[cell] + 1)
    return min(range(cell, rows.limited), key=lambda later: (rows.margin[later], later))


def _on_hand_reasons(on_hand: Iterable[OnHand], policy: Policy, today: date) -> Iterator[OnHandReason]:
    for row in on_hand:
        choice = on_hand_choice(row, policy)
        if choice is None:
            unknown = ": when they came is not told" if policy.once_put_away(row.status) else ""
            yield OnHandReason(row, counted=False, why=f"status {row.status} does not count{unknown}")
        elif not choice.counts:
            yield OnHandReason(row, counted=False, why=choice.why or NOT_COUNTED)
        elif row.usable_until is not None and row.usable_until < today:
            yield OnHandReason(row, counted=False, why=f"expired: usable until {row.usable_until}")
        else:
            later = f" from {today + timedelta(days=choice.from_days)}" if choice.from_days else ""
            until = f" until {row.usable_until}, their last day" if row.usable_until else ""
            away = "" if row.in_days is None else ", once put away"
            yield OnHandReason(row, counted=True, why=f"counted{later}{away}{until}")


def _hold_reasons(part: SiteStock, policy: Policy, day: date) -> Iterator[HoldReason]:
    counted = [row for row in part.on_hand if counts(row, policy)]
    for hold in part.holds:
        yield HoldReason(hold, blocked(counted, blocking([hold], policy), day))


def _supply_reasons(receipts: Iterable[Receipt], policy: Policy, today: date) -> Iterator[SupplyReason]:
    for receipt in receipts:
        cell = receipt_cell(receipt, policy, today)
        if cell is None:
            yield SupplyReason(receipt, None, receipt_choice(receipt, policy, today).why or NOT_COUNTED)
        else:
            counted_on = today + timedelta(days=cell)
            yield SupplyReason(receipt, counted_on, _counted(receipt, counted_on, today))


def _counted(receipt: Receipt, counted_on: date, today: date) -> str:
    """How a receipt that counts does: on its day, or overdue; and how long."""
    until = f" until {receipt.usable_until}, their last day" if receipt.usable_until else ""
    if receipt.day >= today:
        away = f" from {counted_on}, once put away" if receipt.put_away and counted_on > receipt.day else ""
        return f"counted{away}{until}"
    return f"overdue, counted {'today' if counted_on == today else f'on {counted_on}'}{until}"


def _demand_reasons(commitments: Iterable[Commitment], today: date) -> Iterator[DemandReason]:
    for cell, commitment in counted_commitments(commitments, today):
        yield DemandReason(commitment, today + timedelta(days=cell))


def sooner(part: SiteStock, rows: SitePosition, policy: Policy, day: date) -> list[Earlier]:
    """The changes that would free most on `day`, best first. Where there is no limit, none would."""
    policy = replace(policy, supply=_or_as_if(policy.supply, part.users))
    found = [
        replace(change, gain=gain)
        for change, changed in _changes(part, policy, rows.today, day)
        if (gain := _drawn_again(changed, rows, policy).free_on(day) - rows.free_on(day)) > 0
    ]
    return best(found)


AS_IF = "\0as if"
"""The kind of a receipt that is tried out as if it were here."""


def _or_as_if(
    supply: Callable[[str, str, str, int], SupplyChoice], users: frozenset[str] | None
) -> Callable[[str, str, str, int], SupplyChoice]:
    """The same choices, but that what is tried out counts if, once on hand, it did for all these users."""

    def choice(kind: str, ownership: str, firmness: str, days_overdue: int) -> SupplyChoice:
        if kind != AS_IF:
            return supply(kind, ownership, firmness, days_overdue)
        here = supply(ON_HAND, ownership, HERE, 0).users
        counts = here is None or (users is not None and users <= here)
        return SupplyChoice() if counts else SupplyChoice(frozenset())

    return choice


def _drawn_again(part: SiteStock, rows: SitePosition, policy: Policy) -> SitePosition:
    return balanced(drawn(part, policy, rows.today, rows.limited, rows.percent))


def best(changes: Iterable[Earlier]) -> list[Earlier]:
    """The changes worth telling, the one with the largest gain first."""
    return sorted(changes, key=lambda change: (-change.gain, change.kind, change.line_id))[:EARLIER_MAX]


def _changes(part: SiteStock, policy: Policy, today: date, day: date) -> Iterator[tuple[Earlier, SiteStock]]:
    """Each single change worth trying, with the stock as it would be."""
    if part.safety_stock and policy.withhold_safety_stock:
        yield (
            Earlier("release_safety_stock", "promise from the safety stock", "", "", 0),
            replace(part, safety_stock=()),
        )
    for hold in part.holds[:ROWS_MAX]:
        kept = tuple(other for other in part.holds if other is not hold)
        yield (
            Earlier("lift_hold", f"lift hold {hold.code}", hold.hold_id, hold.source, 0),
            replace(part, holds=kept),
        )
    for receipt in part.receipts[:ROWS_MAX]:
        cell = receipt_cell(receipt, policy, today)
        if cell is not None and today + timedelta(days=cell) <= day:
            continue
        brought = replace(receipt, day=day, kind=AS_IF, put_away=None)
        moved = tuple(brought if other is receipt else other for other in part.receipts)
        yield (
            Earlier("bring_forward", _bring_forward(receipt, day), receipt.line_id, receipt.source, 0),
            replace(part, receipts=moved),
        )


def _bring_forward(receipt: Receipt, day: date) -> str:
    put_away = " and put away" if receipt.put_away else ""
    return f"{receipt.kind} due {receipt.day} here{put_away} by {day}"
