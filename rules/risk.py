"""Which promises can no longer be kept as they stand, and the best that can be done instead.

All that is owed is served again at each site and position, as `served_again` says. What that takes from an
order of ours or from a kit goes on to the promises that rest on it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from rules.calendar import local_day
from rules.company import Policy, Setup
from rules.model import Profile, SiteStock
from rules.pegs import Coming, Peg, TransferNow
from rules.position import owing_kits
from rules.proposals import Placed, Proposal
from rules.reserved import order_key
from rules.served_again import PLENTY, Ground, Owing, Served, serve_item, serve_kit
from rules.slip import Dated
from rules.still_expected import Delays, falls_short, places
from rules.supply import on_hand_choice, receipt_choice
from rules.terms import LEVELS_MAX
from rules.transfers import usable_from


def is_short(profile: Profile, setup: Setup, now: datetime) -> bool:
    """Whether at any site more is owed by some day than is there by then, nothing being withheld.

    A kit is not: what is owed of it is owed of its parts.
    """
    if profile.parts:
        return False
    if not profile.part_of and all(_is_plainly_kept(each, profile, setup, now) for each in profile.sites):
        return False
    owing = owing_kits(profile, setup, now)
    return any(falls_short(rows) for stock in owing.sites for _, rows in places(stock, owing, setup, now))


def at_risk(items: Sequence[Owing], on: Ground) -> dict[str, tuple[Proposal, ...]]:
    """By item a proposal for each line that loses quantity on its day, in the order of the lines' keys.

    Beside an item stand those that its orders take and, for a kit, its parts. What is owed to an order of
    ours or to a kit has no proposal of its own: the promises that rest on it have.
    """
    known = {item.profile.sku: item for item in items}
    served, delays = _served(known, on)
    ours = {peg.order_id for item in items for peg in item.pegs}
    return {sku: tuple(_proposals(item, served[sku], delays, ours)) for sku, item in sorted(known.items())}


def _served(known: Mapping[str, Owing], on: Ground) -> tuple[dict[str, dict[str, Served]], Delays]:
    """What becomes of every line, by item, and when the orders of ours come that cannot as they were to.

    What slips for an order slips for what it brings, level by level.
    """
    goods = {sku: item for sku, item in known.items() if not item.profile.parts}
    served = {sku: serve_item(item, {}, on) for sku, item in goods.items()}
    delays: Delays = {}
    for _ in range(LEVELS_MAX):
        found = dict(_delays((peg for item in goods.values() for peg in item.pegs), served, on))
        late = {order for order in {*found, *delays} if found.get(order) != delays.get(order)}
        if not late:
            break
        delays = found
        for sku, item in goods.items():
            if any(peg.order_id in late for peg in item.pegs):
                served[sku] = serve_item(item, delays, on)
    for sku in sorted(known.keys() - goods.keys()):
        served[sku] = serve_kit(known[sku], _sets(known[sku].profile, served), on)
    return served, delays


def _proposals(
    item: Owing, served: Mapping[str, Served], delays: Delays, ours: set[str]
) -> Iterator[Proposal]:
    for key, of in sorted(served.items()):
        line = item.lines.get(key)
        if line is None or not of.sites or line.order_id in ours:
            continue
        orders = [peg for peg in item.pegs if peg.line_key == key and peg.sender and peg.order_id in delays]
        yield Proposal(
            line,
            summed(of.old),
            summed(of.new),
            of.undated,
            of.days_late,
            tuple(dict.fromkeys(of.sites)),
            of.knocked_on,
            tuple(
                TransferNow(peg.order_id, delays[peg.order_id], served[peg.owes(peg.sku)].undated)
                for peg in orders
            ),
        )


def _delays(
    pegs: Iterable[Peg], served: Mapping[str, Mapping[str, Served]], on: Ground
) -> Iterator[tuple[str, tuple[Coming, ...]]]:
    """The orders of ours that lose what they take on its day, each with what of it comes when."""
    for peg in pegs:
        taken = [lines[key] for sku, lines in served.items() if (key := peg.owes(sku)) in lines]
        if peg.is_ours and any(of.sites for of in taken):
            parts = _brought_later(peg, taken[0], on) if peg.sender else _made_later(peg, taken)
            yield peg.order_id, tuple(parts)


def _brought_later(peg: Peg, sender: Served, on: Ground) -> Iterator[Coming]:
    """What the sender can give, as it is usable at the receiver."""
    for part in summed(sender.new):
        usable = peg.usable_on
        if part.day > peg.starts_on:
            known = usable_from(peg.sender, peg.site_id, part.day, on.setup)
            usable = max(usable, known or usable + (part.day - peg.starts_on))
        yield Coming(part.day, usable, part.quantity)


def _made_later(peg: Peg, taken: Sequence[Served]) -> Iterator[Coming]:
    """All of it as much later as its last component comes after work was to begin; nothing without one."""
    if any(of.undated for of in taken):
        return
    start = max(part.day for of in taken for part in of.new)
    usable = peg.usable_on + (start - peg.starts_on) if start > peg.starts_on else peg.usable_on
    yield Coming(start, usable, PLENTY)


def _sets(kit: Profile, served: Mapping[str, Mapping[str, Served]]) -> dict[str, list[Dated]]:
    """By site the sets that can be put together for the kit: as many as every part still allows."""
    key = order_key("", "", kit.sku)
    by_part = [(served[part.sku].get(key), part.per) for part in kit.parts if part.sku in served]
    needs = [(_by_site(of.new), per) for of, per in by_part if of is not None]
    return {
        site_id: list(_least([(parts.get(site_id, {}), per) for parts, per in needs]))
        for site_id in sorted({site_id for parts, _ in needs for site_id in parts})
    }


def _by_site(parts: Iterable[Placed]) -> dict[str, dict[date, int]]:
    found: dict[str, dict[date, int]] = {}
    for part in parts:
        days = found.setdefault(part.site_id, {})
        days[part.day] = days.get(part.day, 0) + part.quantity
    return found


def _least(parts: Sequence[tuple[Mapping[date, int], int]]) -> Iterator[Dated]:
    """How many more sets there are from each day on, with so much of each part by day, and what one takes."""
    sets = 0
    for day in sorted({day for days, _ in parts for day in days}):
        by_then = min(
            sum(quantity for on, quantity in days.items() if on <= day) // per for days, per in parts
        )
        if by_then > sets:
            yield Dated(day, by_then - sets)
            sets = by_then


def _is_plainly_kept(stock: SiteStock, item: Profile, setup: Setup, now: datetime) -> bool:
    """Whether goods for everybody, without an end or a hold, cover by each day what is owed by then.

    A quick look that answers for most; where it says no, the days have to be worked out.
    """
    if stock.site_id not in setup.sites or not (stock.commitments or stock.reserved):
        return True
    if stock.holds:
        return False
    policy = setup.choices.policy_at(stock.site_id, item.item_class, now)
    today = local_day(now, setup.sites[stock.site_id].zone)
    steps = list(_comes_plainly(stock, policy, today))
    if len({position for _, _, position in steps}) > 1:
        return False
    days = [(cell, quantity) for cell, quantity, _ in steps]
    days += [(max(0, (line.day - today).days), -line.quantity) for line in stock.commitments]
    days += [(max(0, (row.day - today).days), -row.quantity) for row in stock.reserved]
    there = 0
    for _, quantity in sorted(days, key=lambda step: (step[0], -step[1])):
        there += quantity
        if there < 0:
            return False
    return True


APART = (0, 0, "goods that are not everybody's, or not for ever")


def _comes_plainly(stock: SiteStock, policy: Policy, today: date) -> Iterator[tuple[int, int, str]]:
    """The cell in which goods count, how many, and their position; and of what is not plain that it is so."""
    for row in stock.on_hand:
        choice = on_hand_choice(row, policy)
        if choice is not None and choice.counts:
            plain = choice.users is None and row.usable_until is None
            yield (choice.from_days, row.quantity, choice.position) if plain else APART
    for receipt in stock.receipts:
        choice = receipt_choice(receipt, policy, today)
        if choice.counts:
            plain = choice.users is None and receipt.usable_until is None
            cell = max(choice.from_days, (receipt.day - today).days, 0)
            yield (cell, receipt.quantity, choice.position) if plain else APART


def summed(parts: Iterable[Placed]) -> tuple[Placed, ...]:
    """One part for each place and day, in order."""
    sums: dict[tuple[str, str, date], int] = {}
    for part in parts:
        place = (part.site_id, part.position, part.day)
        sums[place] = sums.get(place, 0) + part.quantity
    return tuple(Placed(*place, quantity) for place, quantity in sorted(sums.items()))
