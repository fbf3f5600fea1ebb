"""Which goods of other sites could be brought to one: over which lanes, from when on, how much."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import NamedTuple

from rules.calendar import NoOpenDay, add, local_day
from rules.chain import Origin, Receiver, Route, chain_from, lanes_between, start_day
from rules.company import Company
from rules.ctp_promise import FIRM, KINDS, Capability
from rules.delivery import delivery
from rules.free import NOTHING, Row
from rules.left import LeftOfItem
from rules.lots import LotPlan
from rules.position import ItemPosition
from rules.promise import Asker
from rules.senders import Move
from rules.yard import Yard, without


def moves_to(
    site_id: str, item: ItemPosition, yard: Yard, asker: Asker, capability: Capability
) -> list[Move]:
    """Each lane to the site from one whose goods the rules let be brought there, in order of sender.

    A kit is not brought: its parts lie where they lie. One by which nothing ever arrives is left out.
    """
    if item.profile.parts:
        return []
    item_class = item.profile.item_class
    senders = sorted({rows.site_id for rows in item.sites} - {site_id})
    return [
        move
        for sender in senders
        if lanes_between(yard.company.lanes, sender, site_id)
        and capability.may_bring(sender, site_id, item_class)
        for move in _moves(sender, site_id, item, yard, asker)
    ]


def usable_from(sender: str, site_id: str, start: date, company: Company) -> date | None:
    """The first day goods are usable that are picked at the sender from `start` on; None: none are."""
    leaves, comes = company.sites[sender], company.sites[site_id]
    origin = Origin(leaves.zone, company.calendar_at(sender), None, leaves.preparation_days)
    receiver = Receiver(comes.zone, company.calendar_at(site_id))
    found = []
    for lane in lanes_between(company.lanes, sender, site_id):
        with suppress(NoOpenDay):
            received = chain_from(Route(origin, lane, receiver), start).promised
            found.append(add(receiver.calendar, received, comes.dock_to_stock_days))
    return min(found, default=None)


def _moves(sender: str, site_id: str, item: ItemPosition, yard: Yard, asker: Asker) -> Iterator[Move]:
    company, sourcing = yard.company, asker.sourcing(sender, item.profile.item_class)
    leaves, comes = company.sites[sender], company.sites[site_id]
    origin = Origin(leaves.zone, company.calendar_at(sender), sourcing.cut_off, leaves.preparation_days)
    receiver = Receiver(comes.zone, company.calendar_at(site_id))
    today, there = local_day(yard.now, leaves.zone), _may_leave(sender, item, yard, asker, sourcing.floor)
    last = today + timedelta(days=max(len(there.free) - 1, 0))
    for lane in lanes_between(company.lanes, sender, site_id):
        try:
            start = start_day(origin, yard.now)
            way = delivery(Route(origin, lane, receiver), start, max(start, last))
            usable = tuple(add(receiver.calendar, day, comes.dock_to_stock_days) for day in way.received)
        except NoOpenDay:
            continue
        yield Move(sender, way.chains, usable, today, there.free, lane.cost, lane.service, *there[1:])


class _There(NamedTuple):
    """What may leave by day; of goods that expire the plan they are taken by, and what is kept of them."""

    free: Row = NOTHING
    lots: LotPlan | None = None
    kept: int = 0


def _may_leave(sender: str, item: ItemPosition, yard: Yard, asker: Asker, floor: int) -> _There:
    """What is free at the sender by day of goods of our own, less its floor and what the ask takes.

    Only supply with a limit is counted, and only what the channel may use.
    """
    policy = yard.company.choices.policy_at(sender, item.profile.item_class, yard.now)
    ours = policy.supply(KINDS["transfer"], "own", FIRM, 0).position
    rows = next((each for each in item.sites if (each.site_id, each.position) == (sender, ours)), None)
    if rows is None or not rows.serves(asker.channel):
        return _There()
    left, today = LeftOfItem(rows, floor), rows.today
    free: Row = [left.on(today + timedelta(days=cell)) for cell in range(rows.limited)]
    lots = rows.lots
    for sku, site, day, quantity in yard.taken:
        if (sku, site) == (item.profile.sku, sender):
            cell = (day - today).days
            free = without(free, cell, quantity)
            lots = lots.owing(quantity, cell) if lots is not None and 0 <= cell < rows.limited else lots
    known = yard.known_free(sender, item.profile.sku)
    free = free if known is None else [min(cells) for cells in zip(free, known, strict=False)]
    return _There(free, lots, 0 if lots is None else left.floor)
