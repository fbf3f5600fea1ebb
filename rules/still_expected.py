"""What is there and still expected for promises that were made: nothing is withheld from them.

Overdue supply is expected for the days of grace, orders of ours when what they take lets them come.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime

from rules.calendar import NoOpenDay, local_day
from rules.company import Calendar, Policy, Setup
from rules.model import Profile, Receipt, SiteStock
from rules.parts import parts_of
from rules.pegs import Coming
from rules.position import SitePosition, balanced, drawn_at
from rules.slip import expected_day
from rules.supply import put_away, receipt_choice

Delays = Mapping[str, tuple[Coming, ...]]
"""By order of ours that cannot come as it was to: what of it comes when."""


def places(
    stock: SiteStock, item: Profile, setup: Setup, now: datetime
) -> Iterator[tuple[SiteStock, SitePosition]]:
    """Each position of the stock at one of our sites, with its rows, overdue supply still being expected."""
    if stock.site_id not in setup.sites:
        return
    policy = setup.choices.policy_at(stock.site_id, item.item_class, now)
    today = local_day(now, setup.sites[stock.site_id].zone)
    for part in parts_of(expected_at(stock, item, setup, now), policy, today):
        yield part, balanced(drawn_at(part, item, setup, now))


def falls_short(rows: SitePosition) -> bool:
    """Whether more is owed by some day than is there by then, nothing being withheld."""
    short = (margin + kept < 0 for margin, kept in zip(rows.margin, rows.withheld, strict=True))
    return any(below for cell, below in enumerate(short) if cell < rows.limited)


def expected_at(stock: SiteStock, item: Profile, setup: Setup, now: datetime) -> SiteStock:
    """The stock at one of our sites, each receipt on the day it is expected and put away from then on."""
    policy = setup.choices.policy_at(stock.site_id, item.item_class, now)
    today = local_day(now, setup.sites[stock.site_id].zone)
    grace = setup.choices.grace_days(stock.site_id, item.item_class, now)
    expected = _still_expecting(stock, policy, today, setup.calendar_at(stock.site_id), grace)
    return put_away(expected, setup, today)


def _still_expecting(
    stock: SiteStock, policy: Policy, today: date, receiving: Calendar, grace_days: int
) -> SiteStock:
    """The stock with overdue receipts on the day they are expected; what rules count as it is, stays so."""
    if all(receipt.day >= today for receipt in stock.receipts):
        return stock
    receipts = []
    for receipt in stock.receipts:
        day = receipt.day
        if day < today and not receipt_choice(receipt, policy, today).counts:
            with suppress(NoOpenDay):
                day = expected_day(day, today, receiving, grace_days) or day
        receipts.append(replace(receipt, day=day))
    return replace(stock, receipts=tuple(receipts))


def delayed(receipts: Iterable[Receipt], delays: Delays) -> Iterator[Receipt]:
    """The receipts, those of orders that cannot come as they were to as they can."""
    for receipt in receipts:
        parts = delays.get(receipt.line_id)
        if parts is None:
            yield receipt
            continue
        left = receipt.quantity
        for part in parts:
            come = min(left, part.quantity)
            if come:
                yield replace(receipt, day=max(receipt.day, part.usable_on), quantity=come)
                left -= come
