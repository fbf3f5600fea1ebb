"""What the commands tell people and programs."""

from collections.abc import Iterator
from typing import Any

import click
import orjson

from gateway.auth import Tokens
from gateway.runtime import Runtime
from resolvers.flows.quote import Replay
from resolvers.flows.sync import LoadReport
from resolvers.promises.days import days_of
from resolvers.roles import ROLES
from rules.ask import Delivered, ask_record, outcome_record
from rules.asked import LineAnswer, LineProblem
from rules.atp import UNLIMITED
from rules.explanation import KitReason, SiteExplanation
from rules.item_explanation import explain_item
from rules.quantity import to_base
from rules.site_days import SiteDays

SHOWN_MAX = 20


def ready(runtime: Runtime, host: str, port: int, *, as_json: bool) -> None:
    """The addresses and a token for each role are printed."""
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    issuer = Tokens(runtime.keys)
    tokens = {role: issuer.issue(role, [role], None) for role in sorted(ROLES)}
    if as_json:
        click.echo(orjson.dumps({"address": address, "tokens": tokens}).decode())
        return
    click.echo(f"Earmark answers at {address}/graphql")
    click.echo(f"  Pages     {address}/inquiries")
    click.echo(f"  GraphiQL  {address}/graphiql")
    click.echo(f"  Health    {address}/health/ready")
    click.echo("Tokens, good for seven days (send as `Authorization: Bearer ...`):")
    for role, token in tokens.items():
        click.echo(f"  {role:<11} {token}")
    click.echo("Ctrl-C stops it.")


def loaded(report: LoadReport, *, as_json: bool) -> None:
    """What a load did: rows accepted by kind, what changed, rows set aside with their reason."""
    if as_json:
        rows = [{"file": r.file, "line": r.line, "reason": r.reason, "row": r.row} for r in report.set_aside]
        content = {
            "source": report.source,
            "accepted": report.accepted,
            "changed": report.changed,
            "items_changed": report.items_changed,
            "set_aside": report.set_aside_count,
            "rows": rows,
        }
        click.echo(orjson.dumps(content).decode())
        return
    click.echo(f"{report.source}: {sum(report.accepted.values()):,} rows accepted")
    for kind, count in report.accepted.items():
        click.echo(f"  {kind:<11} {count:>9,}")
    click.echo(f"{report.changed:,} lines and balances changed, {report.items_changed:,} items.")
    if report.set_aside_count:
        click.echo(f"{report.set_aside_count:,} rows set aside:")
    for row in report.set_aside[:SHOWN_MAX]:
        click.echo(f"  {row.file} line {row.line}: {row.reason}")
    if report.set_aside_count > SHOWN_MAX:
        more = report.set_aside_count - SHOWN_MAX
        click.echo(f"  ... and {more:,} more; the query `worklist` has the first 1,000.")


def explained(again: Replay, *, as_json: bool) -> None:
    """The inquiry, its derivation, and whether deciding it again gave the same."""
    if as_json:
        click.echo(orjson.dumps(_explained(again), default=str).decode())
        return
    quote = again.quote
    click.echo(
        f"Inquiry {quote.inquiry_id}: channel {quote.channel}, asked {quote.asked_at:%Y-%m-%d %H:%M:%S} UTC"
        f"{_to(quote.to)}"
    )
    for number, request in enumerate(quote.requests):
        site = f" at {request.site_id}" if request.site_id else ""
        click.echo(f"\nLine {number + 1}: {request.quantity} of {request.sku} for {request.wanted}{site}")
        outcome = quote.outcomes[number]
        if isinstance(outcome, LineProblem):
            click.echo(f"  {outcome.code}: {outcome.message} {outcome.next_step}")
        else:
            _tell_answer(again, number, outcome)
    verdict = "identical" if again.identical else "NOT identical to what was answered"
    click.echo(f"\nDecided again from what was logged: {verdict}.")


def _tell_answer(again: Replay, number: int, outcome: LineAnswer) -> None:
    quote, request = again.quote, again.quote.requests[number]
    position = quote.positions[request.sku]
    precision, unit = position.profile.precision, position.profile.unit
    promisable = _shown(outcome.atp_wanted, precision)
    click.echo(f"  {promisable} {unit} can be promised for that day ({outcome.method})")
    for said in outcome.methods:
        click.echo(f"  {_shown(said.quantity, precision)} by {said.method}")
    for part in outcome.schedule:
        named = [name for name, usual in ((part.label, "supply"), (part.position, "own")) if name != usual]
        if part.ship_on is not None:
            named.append(f"needed on {part.needed}, leaves on {part.ship_on}{_by(part.service)}")
        named += [f"{part.sku} in its place"] if part.sku else []
        named += [f"{each.sku} in place of {each.instead}" for each in part.made_of if each.instead]
        rests_on = f"  ({', '.join(named)})" if named else ""
        click.echo(f"  {part.day}  {part.site_id:<10} {to_base(part.quantity, precision)}{rests_on}")
    if outcome.open:
        click.echo(f"  {to_base(outcome.open, precision)} stay open")
    days = days_of(quote, number)
    needed = {site_id: each.needed_on for site_id, each in days.items()}
    for site in explain_item(position, quote.setup, quote.asked_at, request.wanted, request.site_id, needed):
        for line in (*_site_lines(site, precision), *_day_lines(days[site.site_id])):
            click.echo(line)


def _to(to: Delivered | None) -> str:
    return "" if to is None else f", to {to.destination}{_by(to.service or '')}"


def _by(service: str) -> str:
    return f" by {service}" if service else ""


def _day_lines(days: SiteDays) -> Iterator[str]:
    """The days from the order to the receipt, and the lanes that were not taken."""
    chain = days.chain
    yield f"    from {days.start}: {days.start_why}"
    if chain is not None:
        yield (
            f"    needed on {chain.needed_on}, leaves on {chain.ship_on}{_by(days.service)}, arrives on "
            f"{chain.arrival}, received on {chain.promised}"
        )
    for lane in days.lanes:
        if lane.why_not:
            yield f"    not{_by(lane.service) or ' by a lane without a service'}: {lane.why_not}"


def _shown(quantity: int, precision: int) -> object:
    return "any quantity" if quantity == UNLIMITED else to_base(quantity, precision)


def _site_lines(site: SiteExplanation, precision: int) -> Iterator[str]:
    def base(quantity: int) -> object:
        return to_base(quantity, precision)

    binding = site.binding
    whose = "" if site.position == "own" else f" ({site.position})"
    yield (
        f"  {site.site_id}{whose}: usable {base(site.usable)} + receipts {base(site.receipts_to_day)}"
        f" - owed {base(site.commitments_to_day)}; {binding.day} binds with {base(binding.margin)}:"
        f" {_shown(site.free, precision)} free"
    )
    yield from _kept_lines(site, precision)
    if binding.expired:
        yield f"    {base(binding.expired)} will have expired by {binding.day}"
    if site.kit:
        yield from _kit_lines(site.kit, precision)
    for reason in site.on_hand:
        yield f"    on hand {base(reason.row.quantity)} {reason.row.status}: {reason.why}"
    for hold in site.holds:
        until = f" until {hold.hold.until}" if hold.hold.until else ""
        yield f"    hold {hold.hold.code}{until} blocks {base(hold.blocked)} ({hold.hold.hold_id})"
    for supply in site.supplies[:SHOWN_MAX]:
        line, quantity = supply.receipt, base(supply.receipt.quantity)
        yield f"    {line.kind} {quantity} due {line.day} ({line.source} {line.line_id}): {supply.why}"
    for demand in site.demands[:SHOWN_MAX]:
        owed = demand.commitment
        yield f"    owed {base(owed.quantity)} on {demand.counted_on} ({owed.channel} {owed.order_id})"
    for change in site.earlier:
        yield f"    sooner: {change.what}, {base(change.gain)} more"


def _kept_lines(site: SiteExplanation, precision: int) -> Iterator[str]:
    """What is kept from new promises on the binding day, and why."""
    if site.binding.withheld - site.buffer:
        kept = to_base(site.binding.withheld - site.buffer, precision)
        yield f"    safety stock keeps {kept} back on {site.binding.day}"
    if site.buffer:
        yield f"    {to_base(site.buffer, precision)} are not counted: the source of the stock is silent"


def _kit_lines(kit: KitReason, precision: int) -> Iterator[str]:
    yield f"    {_shown(kit.finished, precision)} finished, {_shown(kit.sets, precision)} sets of components"
    for part in kit.parts:
        limits = ", which limits them" if part.limits else ""
        free = _shown(part.free, part.precision)
        yield f"    {part.sku}: {free} free, {to_base(part.per, part.precision)} a set{limits}"


def _explained(again: Replay) -> dict[str, Any]:
    return {
        "inquiry": str(again.quote.inquiry_id),
        "channel": again.quote.channel,
        "to": again.quote.to and [again.quote.to.destination, again.quote.to.service],
        "asked_at": again.quote.asked_at.isoformat(),
        "ask": ask_record(again.quote.requests),
        "answered": outcome_record(again.quote.outcomes),
        "decided_again": outcome_record(again.again),
        "identical": again.identical,
    }
