"""The derivation on the wire. A storefront sees kinds, quantities and days; others also lines and sources."""

from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from resolvers.flows.deps import Caller
from resolvers.flows.quote import Quote
from resolvers.flows.why import asked_by, table_of, tried
from resolvers.governance.types import values_of
from resolvers.methods import shown_quantity
from resolvers.promises.considered import sites_considered
from resolvers.promises.days import SiteDays, days_of
from resolvers.promises.reasons import (
    Binding,
    DemandReason,
    Earlier,
    Explanation,
    HoldReason,
    KitReason,
    OnHandReason,
    PartReason,
    RuleFired,
    SilentSource,
    SiteExplanation,
    SourceAge,
    SupplyReason,
)
from resolvers.promises.ways import ways
from resolvers.scalars import Quantity, Sku
from rules import explanation as why
from rules import site_days
from rules.asked import LineAnswer, LineProblem
from rules.atp import UNLIMITED
from rules.item_explanation import explain_item
from rules.quantity import to_base
from rules.reserved import RESERVATIONS, SOURCE


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads, and in what unit the quantities are shown."""

    caller: Caller
    is_inside: bool
    precision: int
    asked_for: str
    sku: str

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


def silent_sources(quote: Quote, *, is_inside: bool) -> list[SilentSource]:
    """The sites whose source of stock is silent, in id order."""
    return [
        SilentSource(
            site=site_id,
            source=silence.source if is_inside else None,
            minutes=silence.minutes,
            steps=silence.steps,
            percent=silence.percent,
        )
        for site_id, silence in sorted(quote.silent.items())
    ]


def rules_fired(quote: Quote, number: int) -> list[RuleFired]:
    """The rows that the answer to one line rests on."""
    return [
        RuleFired(
            decision=asked.decision,
            about=asked.about,
            site=asked.site_id,
            file=fired.file,
            row=fired.row_id,
            why=fired.why,
            gives=[f"{value.name}: {value.text}" for value in values_of(asked.verdict.then, table)],
            tried=partial(tried, quote, asked),
        )
        for asked, table in ((each, table_of(quote, each)) for each in asked_by(quote, number))
        for fired in asked.verdict.fired
    ]


def explain(quote: Quote, number: int, *, is_inside: bool, caller: Caller) -> Explanation | None:
    """The derivation of one line, or None where the line has no answer."""
    request, outcome = quote.requests[number], quote.outcomes[number]
    if isinstance(outcome, LineProblem):
        return None
    position = quote.positions[request.sku]
    reader = _Reader(caller, is_inside, position.profile.precision, quote.channel, request.sku)
    days = days_of(quote, number)
    needed = {site_id: each.needed_on for site_id, each in days.items()}
    explained = explain_item(position, quote.setup, quote.asked_at, request.wanted, request.site_id, needed)
    sites = [_site(_seen(site, quote, reader), days[site.site_id], quote, reader) for site in explained]
    return Explanation(
        summary=_summary(outcome, request.wanted, reader, position.profile.unit),
        sites=sites,
        sources=source_ages(quote, is_inside=is_inside),
        ways=ways(quote, number, is_inside=is_inside),
        considered=sites_considered(quote, number, is_inside=is_inside),
    )


def _summary(outcome: LineAnswer, wanted: date, reader: _Reader, unit: str) -> str:
    parts = [
        f"{reader.quantity(part.quantity)} {unit} from {part.site_id} on {part.day}"
        + (f", {part.sku} in its place" if part.sku else "")
        + "".join(f", with {each.sku} in place of {each.instead}" for each in part.made_of if each.instead)
        for part in outcome.schedule
    ]
    promisable = "any quantity" if outcome.atp_wanted == UNLIMITED else reader.quantity(outcome.atp_wanted)
    first = f"For {wanted}, {promisable} {unit} can be promised."
    served = f" The ask is served by {', '.join(parts)}." if parts else ""
    rest = f" {reader.quantity(outcome.open)} {unit} stay open: nothing within the horizon covers them."
    return first + served + (rest if outcome.open else "")


def _seen(site: why.SiteExplanation, quote: Quote, reader: _Reader) -> why.SiteExplanation:
    """The derivation with the goods and holds that the rules show to one of the reader's roles."""

    def sees(what: str, code: str) -> bool:
        seen_by = quote.setup.choices.seen_by(site.site_id, what, code, quote.asked_at)
        return bool(reader.caller.roles & seen_by)

    unseen = {reason.hold.hold_id for reason in site.holds if not sees("hold", reason.hold.code)}
    return replace(
        site,
        on_hand=tuple(reason for reason in site.on_hand if sees("status", reason.row.status)),
        holds=tuple(reason for reason in site.holds if reason.hold.hold_id not in unseen),
        earlier=tuple(
            change for change in site.earlier if change.kind != "lift_hold" or change.line_id not in unseen
        ),
    )


def _site(
    site: why.SiteExplanation, days: site_days.SiteDays, quote: Quote, reader: _Reader
) -> SiteExplanation:
    quantity = reader.quantity
    item_class = quote.positions[reader.sku].profile.item_class
    sourcing = quote.setup.choices.sourcing(quote.channel, site.site_id, item_class, quote.asked_at)
    return SiteExplanation(
        site=site.site_id,
        position=site.position,
        serves=sourcing.serves and (site.users is None or quote.channel in site.users),
        day=site.day,
        promisable=reader.limited(site.free),
        usable=quantity(site.usable),
        receipts_to_day=quantity(site.receipts_to_day),
        commitments_to_day=quantity(site.commitments_to_day),
        withheld=quantity(site.withheld),
        buffer=quantity(site.buffer),
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
        days=SiteDays.of(days),
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
        elif line.order_id == RESERVATIONS and line.source == SOURCE and reader.sees_order(line.channel):
            told.append(_of_reservations(reason, reader))
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


def _of_reservations(reason: why.DemandReason, reader: _Reader) -> DemandReason:
    """What live reservations of the channel keep for the day, added up."""
    return DemandReason(
        kind="reservations",
        quantity=reader.quantity(reason.commitment.quantity),
        counted_on=reason.counted_on,
        channel=reason.commitment.channel,
        order=None,
        line=None,
        source=None,
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
