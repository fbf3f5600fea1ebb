"""What a promise of goods still to be bought or made writes beside it, and what that leaves at the desk."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from datasources.store import clock
from datasources.store.firm_orders import SOURCE, FirmOrder
from resolvers.flows.reserve_desk import Desk, MoreToLock
from resolvers.flows.reserve_requests import Request
from rules.asked import LineOutcome
from rules.capability import CapableAnswer, SiteWay
from rules.ctp_promise import FIRM, KINDS, firm, may_reserve
from rules.model import Commitment, Profile, Receipt, SiteStock
from rules.terms import NO_TERMS, Minutes, SupplierTerms, Terms, made_from


def read_along(desk: Desk, skus: Iterable[str]) -> list[str]:
    """The items, and what making them takes as far as it is at the desk."""
    named = list(dict.fromkeys(skus))
    terms = [desk.items[sku].profile.terms for sku in named if sku in desk.items]
    return [*named, *made_from(terms, lambda sku: _terms(desk, sku))]


def check_at_hand(desk: Desk, request: Request, decided: Sequence[tuple[str, LineOutcome]]) -> None:
    """Nothing, where all is locked that the lines' ways may take. Raises MoreToLock."""
    tried = [sku for sku, outcome in decided if isinstance(outcome, CapableAnswer)]
    wanted = [sku for sku in tried if _may_be_promised(desk, request, sku)]
    missing = set(read_along(desk, wanted)) - desk.locked
    if missing:
        raise MoreToLock(missing)


def _may_be_promised(desk: Desk, request: Request, sku: str) -> bool:
    """Whether some site may promise the channel what is still to be bought or made, perhaps once approved."""
    profile, setup = desk.items[sku].profile, desk.at.setup
    return any(
        may_reserve(
            setup.choices.standing(request.channel, site, profile.item_class, desk.now), approved=True
        )
        for site in sorted(profile.terms.sites() & setup.sites.keys())
    )


def place_orders(desk: Desk, request: Request, taken: SiteWay, reservation_id: UUID) -> None:
    """The orders that the way takes stand at the desk, and what they bring and take is known there."""
    ids: list[str] = []
    for order in firm(taken.way):
        ids.append(str(clock.new_id(desk.now)))
        placed = FirmOrder(
            order_id=ids[-1],
            reservation_id=reservation_id,
            serves=None if order.serves is None else ids[order.serves],
            label=order.label,
            kind=KINDS[order.label],
            source_id=order.source_id,
            channel=request.channel,
            sku=order.item,
            site_id=taken.site_id,
            quantity=order.quantity,
            pegged=order.pegged,
            starts_on=order.starts_on,
            ready_on=order.ready_on,
            usable_on=order.usable_on,
            components=tuple((each.item, each.quantity) for each in order.components),
            resource=order.resource,
            minutes=order.minutes,
            person=request.person,
            key=request.key,
            usable_until=order.usable_until,
        )
        desk.orders.append(placed)
        _expect(desk, placed)


def _expect(desk: Desk, order: FirmOrder) -> None:
    """The items say what the order brings and takes."""
    place = SOURCE, order.order_id, order.kind, FIRM, "own", order.usable_on
    receipt = Receipt(*place, order.quantity, order.usable_until)
    _restate(desk, order.sku, order.site_id, receipt)
    for sku, quantity in order.components:
        owed = Commitment(SOURCE, sku, order.order_id, order.channel, order.starts_on, quantity)
        _restate(desk, sku, order.takes_at, owed)
    if order.label == "ctp_buy":
        _take_capacity(desk, order)
    if order.minutes:
        item = desk.items[order.resource]
        profile = item.current(desk.now)
        left = _left(profile.terms, order)
        desk.restate(order.resource, replace(profile, terms=replace(profile.terms, minutes=left)))


def _take_capacity(desk: Desk, order: FirmOrder) -> None:
    """What the supplier can deliver a day is less by the order, where there is a limit."""
    profile = desk.items[order.sku].current(desk.now)
    named = order.source_id, order.site_id
    suppliers = tuple(
        replace(way, taken=_taken(way, order))
        if (way.supplier, way.site_id) == named and way.a_day is not None
        else way
        for way in profile.terms.suppliers
    )
    desk.restate(order.sku, replace(profile, terms=replace(profile.terms, suppliers=suppliers)))


def _taken(way: SupplierTerms, order: FirmOrder) -> tuple[tuple[date, int], ...]:
    taken = dict(way.taken)
    taken[order.ready_on] = taken.get(order.ready_on, 0) + order.quantity
    return tuple(sorted(taken.items()))


def _left(terms: Terms, order: FirmOrder) -> tuple[Minutes, ...]:
    """The resource's free minutes after the order."""
    taken = dict(order.minutes)
    after = (
        replace(each, free=each.free - taken.get(each.day, 0)) if each.site_id == order.site_id else each
        for each in terms.minutes
    )
    return tuple(each for each in after if each.free)


def _restate(desk: Desk, sku: str, site_id: str, more: Receipt | Commitment) -> None:
    profile = desk.items[sku].current(desk.now)
    stocks = {stock.site_id: stock for stock in profile.sites}
    stocks[site_id] = _with(stocks.get(site_id) or SiteStock(site_id), more)
    desk.restate(sku, _sites(profile, stocks.values()))


def _sites(profile: Profile, stocks: Iterable[SiteStock]) -> Profile:
    return replace(profile, sites=tuple(sorted(stocks, key=lambda stock: stock.site_id)))


def _with(stock: SiteStock, more: Receipt | Commitment) -> SiteStock:
    if isinstance(more, Receipt):
        receipts = sorted((*stock.receipts, more), key=lambda each: (each.day, each.source, each.line_id))
        return replace(stock, receipts=tuple(receipts))
    owed = sorted(
        (*stock.commitments, more), key=lambda line: (line.day, line.channel, line.order_id, line.line_id)
    )
    return replace(stock, commitments=tuple(owed))


def _terms(desk: Desk, sku: str) -> Terms:
    return desk.items[sku].profile.terms if sku in desk.items else NO_TERMS
