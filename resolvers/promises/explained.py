"""The derivation on the wire. A storefront sees kinds, quantities and days; others also lines and sources."""

from dataclasses import dataclass
from datetime import date, datetime

import strawberry

from resolvers.flows.deps import Caller
from resolvers.flows.quote import Quote
from resolvers.methods import shown_quantity
from resolvers.roles import EVERYONE, roles, shown
from resolvers.scalars import Quantity, Sku
from rules import explanation as why
from rules.atp import UNLIMITED
from rules.item_explanation import explain_item
from rules.model import LineAnswer, LineProblem
from rules.quantity import to_base


@strawberry.type(description="When a source last spoke of one kind of fact.", directives=[roles(EVERYONE)])
class SourceAge:
    kind: str = shown("stock, supply, demand, hold, ...")
    source: str | None = shown("The system; null for a storefront.")
    as_of: datetime = shown("When it last spoke.")
    age_seconds: int = shown("How long before the answer that was.")


@strawberry.type(description="On hand in one state, and whether it counted.", directives=[roles(EVERYONE)])
class OnHandReason:
    status: str = shown("The state.")
    ownership: str = shown("Whose goods.")
    quantity: Quantity = shown("How much.")
    counted: bool = shown("Whether it counts for promising.")
    why: str = shown("Why.")


@strawberry.type(
    description="A hold and what it blocks on the day, taken alone.", directives=[roles(EVERYONE)]
)
class HoldReason:
    hold_code: str = shown("The reason it was set.")
    hold: str | None = shown("The hold's id; null for a storefront.")
    blocked: Quantity = shown("What it blocks of counted stock on the day; holds on the same goods overlap.")
    starts: date | None = shown("From this day; null is always.")
    until: date | None = shown("Up to, not on, this day; null is without end.")
    source: str | None = shown("The system that set it; null for a storefront.")


@strawberry.type(description="Supply on its way, and whether it counted.", directives=[roles(EVERYONE)])
class SupplyReason:
    kind: str = shown("purchase, production, in_transit, ...")
    quantity: Quantity = shown("How much.")
    due: date = shown("When it is due.")
    counted_on: date | None = shown("The day it counts from; null where it does not count.")
    why: str = shown("Why.")
    firmness: str = shown("confirmed, firm, unconfirmed or planned.")
    line: str | None = shown("The line's id; null for a storefront.")
    source: str | None = shown("The system that said so; null for a storefront.")


@strawberry.type(description="Quantity owed that stands before this ask.", directives=[roles(EVERYONE)])
class DemandReason:
    kind: str = shown("order line, orders of a kit, or several together where the caller may not see them.")
    quantity: Quantity = shown("How much.")
    counted_on: date = shown("The day it counts on.")
    channel: str | None = shown("The channel, where the caller may see it.")
    order: str | None = shown("The order, where the caller may see it.")
    line: str | None = shown("The line, where the caller may see it.")
    source: str | None = shown("The system that said so; null for a storefront.")


@strawberry.type(description="The day that limits what can be promised.", directives=[roles(EVERYONE)])
class Binding:
    day: date = shown("The day.")
    net_position: Quantity = shown("What is left on it after all that is owed up to it.")
    withheld: Quantity = shown("What of it is safety stock, kept from new promises.")
    expired: Quantity = shown("What of it will have expired without being taken.")
    owed_behind: Quantity = shown("What of it is owed behind the horizon and not covered there.")
    margin: Quantity = shown("What then remains; below 0 is shortage.")


@strawberry.type(description="One part of a kit on the day.", directives=[roles(EVERYONE)])
class PartReason:
    sku: Sku = shown("The part.")
    per: Quantity = shown("How much of it one kit takes, in its own unit.")
    promisable: Quantity | None = shown("What can be promised of it, in its own unit; null is without limit.")
    sets: Quantity | None = shown("How many sets that is enough for; null is without limit.")
    limits: bool = shown("Whether no other part allows fewer sets.")


@strawberry.type(
    description="How a kit comes to be promised: finished ones first, then sets of its parts at the site.",
    directives=[roles(EVERYONE)],
)
class KitReason:
    finished: Quantity | None = shown("How many finished ones can be promised; null is without limit.")
    sets: Quantity | None = shown("How many sets its parts allow beside them; null is without limit.")
    parts: list[PartReason] = shown("Each part.")


@strawberry.type(
    description="A change that would free more on the wanted day, worked out by making it.",
    directives=[roles(EVERYONE)],
)
class Earlier:
    kind: str = shown("lift_hold, bring_forward or release_safety_stock.")
    what: str = shown("The change in words.")
    gain: Quantity = shown("How much more could be promised for the day.")
    line: str | None = shown("The hold or supply line it is about, if any; null for a storefront.")
    source: str | None = shown("The system that has it, if any; null for a storefront.")


@strawberry.type(
    description="The derivation at one site, for the wanted day there.", directives=[roles(EVERYONE)]
)
class SiteExplanation:
    site: str = shown("The site.")
    day: date = shown("The day it is derived for.")
    promisable: Quantity | None = shown(
        "What can be promised for that day from this site, before this ask took anything; null: no limit."
    )
    usable: Quantity = shown("Counted on hand less what holds block.")
    receipts_to_day: Quantity = shown("Supply that counts up to the day.")
    commitments_to_day: Quantity = shown("What is owed up to the day.")
    withheld: Quantity = shown("The safety stock in force on the day, kept from new promises.")
    binding: Binding = shown("The day that limits it.")
    on_hand: list[OnHandReason] = shown("Every state goods are in.")
    holds: list[HoldReason] = shown("Every hold.")
    supplies: list[SupplyReason] = shown("Supply on its way, at most 100 lines.")
    demands: list[DemandReason] = shown("What is owed, at most 100 lines.")
    earlier: list[Earlier] = shown("What would make it earlier, best first.")
    left_out: int = shown("How many holds, supplies and demands are not listed.")
    kit: KitReason | None = shown(
        "Of a kit: finished ones, and sets. All else but `promisable` and `earlier` is of finished ones."
    )


@strawberry.type(description="Why an answer is what it is.", directives=[roles(EVERYONE)])
class Explanation:
    summary: str = shown("The answer in a sentence or two.")
    sites: list[SiteExplanation] = shown("The derivation at each site that was asked.")
    sources: list[SourceAge] = shown("When each source last spoke.")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads, and in what unit the quantities are shown."""

    caller: Caller
    is_inside: bool
    precision: int
    asked_for: str

    def quantity(self, smallest: int) -> Quantity:
        return Quantity(to_base(smallest, self.precision))

    def limited(self, smallest: int) -> Quantity | None:
        return shown_quantity(smallest, self.precision)

    def inside(self, text: str) -> str | None:
        return text or None if self.is_inside else None

    def sees_order(self, channel: str) -> bool:
        """Inside: orders of the caller's channels. A storefront: only those of the channel it asked for."""
        return self.caller.may_see_channel(channel) and (self.is_inside or channel == self.asked_for)


def source_ages(quote: Quote, *, is_inside: bool) -> list[SourceAge]:
    """Each source's last word, and its age at the answer."""
    return [
        SourceAge(
            kind=age.kind,
            source=age.source if is_inside else None,
            as_of=age.as_of,
            age_seconds=max(0, int((quote.asked_at - age.as_of).total_seconds())),
        )
        for age in quote.ages
    ]


def explain(quote: Quote, number: int, *, is_inside: bool, caller: Caller) -> Explanation | None:
    """The derivation of one line, or None where the line has no answer."""
    request, outcome = quote.requests[number], quote.outcomes[number]
    if isinstance(outcome, LineProblem):
        return None
    position = quote.positions[request.sku]
    reader = _Reader(caller, is_inside, position.profile.precision, quote.channel)
    explained = explain_item(position, quote.setup, quote.asked_at, request.wanted, request.site_id)
    sites = [_site(site, reader) for site in explained]
    return Explanation(
        summary=_summary(outcome, request.wanted, reader, position.profile.unit),
        sites=sites,
        sources=source_ages(quote, is_inside=is_inside),
    )


def _summary(outcome: LineAnswer, wanted: date, reader: _Reader, unit: str) -> str:
    parts = [
        f"{reader.quantity(part.quantity)} {unit} from {part.site_id} on {part.day}"
        for part in outcome.schedule
    ]
    promisable = "any quantity" if outcome.atp_wanted == UNLIMITED else reader.quantity(outcome.atp_wanted)
    first = f"For {wanted}, {promisable} {unit} can be promised."
    served = f" The ask is served by {', '.join(parts)}." if parts else ""
    rest = f" {reader.quantity(outcome.open)} {unit} stay open: nothing within the horizon covers them."
    return first + served + (rest if outcome.open else "")


def _site(site: why.SiteExplanation, reader: _Reader) -> SiteExplanation:
    quantity = reader.quantity
    return SiteExplanation(
        site=site.site_id,
        day=site.day,
        promisable=reader.limited(site.free),
        usable=quantity(site.usable),
        receipts_to_day=quantity(site.receipts_to_day),
        commitments_to_day=quantity(site.commitments_to_day),
        withheld=quantity(site.withheld),
        binding=Binding(
            day=site.binding.day,
            net_position=quantity(site.binding.net_position),
            withheld=quantity(site.binding.withheld),
            expired=quantity(site.binding.expired),
            owed_behind=quantity(site.binding.owed_behind),
            margin=quantity(site.binding.margin),
        ),
        on_hand=[_on_hand(reason, reader) for reason in site.on_hand],
        holds=[_hold(reason, reader) for reason in site.holds],
        supplies=[_supply(reason, reader) for reason in site.supplies],
        demands=_demands(site.demands, reader),
        earlier=[_earlier(change, reader) for change in site.earlier],
        left_out=site.left_out,
        kit=None if site.kit is None else _kit(site.kit, reader),
    )


def _kit(kit: why.KitReason, reader: _Reader) -> KitReason:
    return KitReason(
        finished=reader.limited(kit.finished),
        sets=reader.limited(kit.sets),
        parts=[
            PartReason(
                sku=Sku(part.sku),
                per=Quantity(to_base(part.per, part.precision)),
                promisable=shown_quantity(part.free, part.precision),
                sets=reader.limited(part.sets),
                limits=part.limits,
            )
            for part in kit.parts
        ],
    )


def _on_hand(reason: why.OnHandReason, reader: _Reader) -> OnHandReason:
    row = reason.row
    return OnHandReason(
        status=row.status,
        ownership=row.ownership,
        quantity=reader.quantity(row.quantity),
        counted=reason.counted,
        why=reason.why,
    )


def _hold(reason: why.HoldReason, reader: _Reader) -> HoldReason:
    hold = reason.hold
    return HoldReason(
        hold_code=hold.code,
        hold=reader.inside(hold.hold_id),
        blocked=reader.quantity(reason.blocked),
        starts=hold.starts,
        until=hold.until,
        source=reader.inside(hold.source),
    )


def _supply(reason: why.SupplyReason, reader: _Reader) -> SupplyReason:
    receipt = reason.receipt
    return SupplyReason(
        kind=receipt.kind,
        quantity=reader.quantity(receipt.quantity),
        due=receipt.day,
        counted_on=reason.counted_on,
        why=reason.why,
        firmness=receipt.firmness,
        line=reader.inside(receipt.line_id),
        source=reader.inside(receipt.source),
    )


def _demands(reasons: tuple[why.DemandReason, ...], reader: _Reader) -> list[DemandReason]:
    """Order lines the caller may see one by one; the others added up by day, without a name."""
    told: list[DemandReason] = []
    others: dict[date, int] = {}
    for reason in reasons:
        line = reason.commitment
        if line.kit and reader.is_inside:
            told.append(_of_kit_orders(reason, reader))
        elif not line.kit and reader.sees_order(line.channel):
            told.append(
                DemandReason(
                    kind="order line",
                    quantity=reader.quantity(line.quantity),
                    counted_on=reason.counted_on,
                    channel=line.channel,
                    order=line.order_id,
                    line=line.line_id,
                    source=reader.inside(line.source),
                )
            )
        else:
            others[reason.counted_on] = others.get(reason.counted_on, 0) + line.quantity
    told += [
        DemandReason(
            kind="other orders",
            quantity=reader.quantity(quantity),
            counted_on=day,
            channel=None,
            order=None,
            line=None,
            source=None,
        )
        for day, quantity in others.items()
    ]
    return sorted(
        told,
        key=lambda demand: (demand.counted_on, demand.channel or "", demand.order or "", demand.line or ""),
    )


def _of_kit_orders(reason: why.DemandReason, reader: _Reader) -> DemandReason:
    """What orders of a kit need of the item that finished kits do not cover."""
    return DemandReason(
        kind=f"orders of kit {reason.commitment.kit}",
        quantity=reader.quantity(reason.commitment.quantity),
        counted_on=reason.counted_on,
        channel=None,
        order=None,
        line=None,
        source=None,
    )


def _earlier(change: why.Earlier, reader: _Reader) -> Earlier:
    return Earlier(
        kind=change.kind,
        what=change.what,
        gain=reader.quantity(change.gain),
        line=reader.inside(change.line_id),
        source=reader.inside(change.source),
    )
