"""The rows of one item at one site, day by day: what is there, comes, is owed and withheld, and what is free.

The order of deductions is that of docs/worked-examples.md: counted, usable, receipts, commitments, net
position, withheld, free. Row cell 0 is today at the site; every row has `policy.horizon_days` cells.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from rules import atp
from rules.buckets import by_bucket, in_force
from rules.calendar import NoOpenDay, add, local_day
from rules.company import EVERY_DAY, Calendar, Policy, Setup, Silence, Site
from rules.holds import blocked, blocking, usable_row
from rules.lots import LotPlan, held, parcels_expected, parcels_on_hand
from rules.model import Commitment, Hold, KitOrders, OnHand, Other, Profile, Receipt, SiteStock
from rules.parts import parts_of
from rules.reserved import owing_reservations
from rules.supply import (
    HERE,
    ON_HAND,
    counted_commitments,
    counted_receipts,
    lasting_as_sent,
    on_hand_choice,
    once_put_away,
    owed_behind,
    put_away,
)

METHOD = "cumulative_with_look_ahead"
FULL = 100
"""Percent of what a source last said, while it is not silent."""

Row = tuple[int, ...]


class Drawn(NamedTuple):
    """An item's rows at one site before anything is added up over time. Cell t is the day `today` + t.

    Its fields are the first of `SitePosition`, which says what they mean.
    """

    site_id: str
    today: date
    usable: Row
    receipts: Row
    commitments: Row
    withheld: Row
    owed_behind: int
    limited: int
    lots: LotPlan | None
    position: str = "own"
    users: frozenset[str] | None = None
    percent: int = FULL
    buffers: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SitePosition:
    """The rows of one item at one site. Quantities in smallest units; cell t is the day `today` + t."""

    site_id: str
    today: date
    usable: Row
    receipts: Row
    commitments: Row
    withheld: Row
    """Safety stock in force, and what is not counted while the source of the stock is silent."""
    owed_behind: int
    """What is owed behind the horizon and not covered there: at most 0."""
    limited: int
    """So many cells have a limit; in those after them supply is without limit."""
    lots: LotPlan | None
    """Only where goods expire."""
    position: str
    """The name under which the goods are counted: whose they are."""
    users: frozenset[str] | None
    """The channels that may be promised from it; None is every channel."""
    percent: int
    """So much of the goods on hand counts; the rest is withheld while their source is silent."""
    buffers: tuple[tuple[int, int], ...]
    """What is withheld so, each from the cell on in which the goods count."""
    net_position: Row
    margin: Row
    """M: net position less what is withheld; the last cell also carries what is owed behind the horizon.

    Where goods expire, less those too that nobody will have taken by then.
    """
    free: Row
    """F: the most that can be newly promised for the day and leave every later day whole."""

    @property
    def last_day(self) -> date:
        return self.today + timedelta(days=len(self.free) - 1)

    def free_on(self, day: date) -> int:
        """Free quantity for a day of this site: nothing on one gone by or past the horizon."""
        cell = (day - self.today).days
        return self.free[cell] if 0 <= cell < len(self.free) else 0

    def buffer_in(self, cell: int) -> int:
        """What of the withheld is so because the source of the stock is silent."""
        return sum(buffer for since, buffer in self.buffers if since <= cell)

    def serves(self, channel: str) -> bool:
        """Whether the channel may be promised from it."""
        return self.users is None or channel in self.users


@dataclass(frozen=True, slots=True)
class ItemPosition:
    """One item prepared for deciding: its profile and its rows, in site id order.

    A site has rows for each position of the item there, those taken first in front. `stocks` are what the
    rows were made from, one for each. A kit has its `parts` beside it, each with how many go into one.
    """

    profile: Profile
    sites: tuple[SitePosition, ...]
    stocks: tuple[SiteStock, ...] = ()
    parts: tuple[tuple["ItemPosition", int], ...] = ()
    others: tuple[tuple["ItemPosition", Other], ...] = ()
    """Of a kit's part: what may be sent for it, in turn."""

    def with_stock(self) -> Iterator[tuple[SiteStock, SitePosition]]:
        """Each position's rows beside the stock they were made from."""
        return zip(self.stocks, self.sites, strict=True)

    def site(self, site_id: str) -> SitePosition | None:
        """The rows of the position that is taken first at the site."""
        return next((rows for rows in self.sites if rows.site_id == site_id), None)


Silent = Mapping[str, Silence]
"""By site, how much of its stock still counts while its source is silent."""


def prepare(profile: Profile, setup: Setup, now: datetime, silent: Silent | None = None) -> ItemPosition:
    """The item's rows at every known site that holds, expects or owes it, as of `now`."""
    profile = owing_kits(profile, setup, now)
    parted = list(parted_everywhere(profile, setup, now))
    rows = (balanced(drawn_at(part, profile, setup, now, silent)) for part in parted)
    return ItemPosition(profile, tuple(rows), tuple(parted))


def parted_everywhere(profile: Profile, setup: Setup, now: datetime) -> Iterator[SiteStock]:
    """The item's stock at every known site, parted into positions; `owing_kits` has gone before."""
    for stock in _stocked_or_had(profile):
        if stock.site_id in setup.sites:
            policy = setup.choices.policy_at(stock.site_id, profile.item_class, now)
            today = local_day(now, setup.sites[stock.site_id].zone)
            yield from parts_of(put_away(stock, setup, today), policy, today)


def _stocked_or_had(profile: Profile) -> Sequence[SiteStock]:
    """The item's stock by site, also at sites where there is none and it can be bought or made."""
    if not profile.terms.is_of_goods:
        return profile.sites
    empty = {site: SiteStock(site) for site in profile.terms.sites()}
    return [stock for _, stock in sorted((empty | {stock.site_id: stock for stock in profile.sites}).items())]


def drawn_everywhere(
    profile: Profile, setup: Setup, now: datetime, silent: Silent | None = None
) -> Iterator[Drawn]:
    """The item's rows as drawn at every known site; `owing_kits` has gone before."""
    for part in parted_everywhere(profile, setup, now):
        yield drawn_at(part, profile, setup, now, silent)


def drawn_at(
    part: SiteStock, item: Profile | KitOrders, setup: Setup, now: datetime, silent: Silent | None = None
) -> Drawn:
    """The rows as drawn of one position at one of the set-up's sites, by the rules in force there.

    Where it is known how the item can be had, its supply is never without limit.
    """
    policy = setup.choices.policy_at(part.site_id, item.item_class, now)
    if isinstance(item, Profile) and item.terms.known_at(part.site_id):
        policy = replace(policy, infinite_after_days=None)
    today = local_day(now, setup.sites[part.site_id].zone)
    silence = (silent or {}).get(part.site_id)
    limited = limited_days(policy, setup.calendar_at(part.site_id), today)
    return drawn(part, policy, today, limited, FULL if silence is None else silence.percent)


def site_position(
    part: SiteStock, site: Site, policy: Policy, now: datetime, calendar: Calendar = EVERY_DAY
) -> SitePosition:
    """The rows of one position at one site, today being the site's local day at `now`."""
    today = local_day(now, site.zone)
    return balanced(drawn(part, policy, today, limited_days(policy, calendar, today)))


def drawn(part: SiteStock, policy: Policy, today: date, limited: int, percent: int = FULL) -> Drawn:
    """The position's rows as they are drawn from its stock; `limited` cells of them have a limit.

    Of its goods on hand `percent` are counted for new promises.
    """
    days = policy.horizon_days
    holds = blocking(part.holds, policy)
    counted, later = _counted_goods(part, holds, policy, today)
    coming = [*later, *counted_receipts(part.receipts, policy, today)]
    placed = [(cell, receipt.quantity) for cell, receipt in coming]
    lines = list(counted_commitments(part.commitments, today))
    owed = [(cell, line.quantity) for cell, line in lines]
    usable = usable_row(counted, holds, today, days)
    buffers = _buffers(usable[0], later, percent)
    rows = Drawn(
        site_id=part.site_id,
        today=today,
        usable=usable,
        receipts=tuple(by_bucket(placed, days)),
        commitments=tuple(by_bucket(owed, days)),
        withheld=withheld_row(part, policy, today, buffers),
        owed_behind=owed_behind(placed, owed, days) if policy.infinite_after_days is None else 0,
        limited=limited,
        lots=None,
        position=part.position,
        users=part.users,
        percent=percent,
        buffers=buffers,
    )
    if limited and _lots_matter(holds, counted, coming, today + timedelta(days=days - 1)):
        plan = _lot_plan(rows, counted, coming, holds)
        return rows._replace(lots=_set_apart(plan, lines, today))
    return rows


def buffer_of(usable: int, percent: int) -> int:
    """What is left out of goods last known of a silent source: all but so many percent, rounded up."""
    return usable - usable * percent // 100 if usable > 0 else 0


def _buffers(usable: int, later: Iterable[tuple[int, Receipt]], percent: int) -> tuple[tuple[int, int], ...]:
    """What is left out of goods on hand while their source is silent, from the cell they count in on."""
    if percent == FULL:
        return ()
    counted_later = ((cell, buffer_of(goods.quantity, percent)) for cell, goods in later)
    return ((0, buffer_of(usable, percent)), *counted_later)


def _counted_goods(
    part: SiteStock, holds: tuple[Hold, ...], policy: Policy, today: date
) -> tuple[list[OnHand], list[tuple[int, Receipt]]]:
    """Goods on hand that count from today, and as receipts those that count from a later day."""
    counted: list[OnHand] = []
    later: dict[int, list[OnHand]] = {}
    for row in part.on_hand:
        choice = on_hand_choice(row, policy)
        if choice is not None and choice.counts:
            (later.setdefault(choice.from_days, []) if choice.from_days else counted).append(row)
    return counted, [
        (cell, Receipt("", "", ON_HAND, HERE, row.ownership, day, quantity, row.usable_until))
        for cell, rows in sorted(later.items())
        for day in (today + timedelta(days=cell),)
        for row, quantity in _left_by_holds(rows, holds, day)
    ]


def _left_by_holds(rows: list[OnHand], holds: tuple[Hold, ...], day: date) -> Iterator[tuple[OnHand, int]]:
    """What holds in force on the day leave of each row, the first ones being blocked first."""
    held = blocked(rows, holds, day) if holds else 0
    for row in rows:
        kept = min(held, max(0, row.quantity))
        held -= kept
        yield row, row.quantity - kept


def limited_days(policy: Policy, calendar: Calendar, today: date) -> int:
    """How many days of the horizon have a limit: up to the day that the lead time leads to.

    Where no work is ever done no lead time ends, and all have.
    """
    if policy.infinite_after_days is None:
        return policy.horizon_days
    try:
        last = add(calendar, today, policy.infinite_after_days)
    except NoOpenDay:
        return policy.horizon_days
    return min(policy.horizon_days, (last - today).days + 1)


def withheld_row(
    part: SiteStock, policy: Policy, today: date, buffers: Iterable[tuple[int, int]] = ()
) -> Row:
    """The safety stock in force on each day, where rules withhold it, and the buffers, each from its cell."""
    days = policy.horizon_days
    levels = [0] * days
    if part.safety_stock and policy.withhold_safety_stock:
        levels = in_force((((row.starts - today).days, row.quantity) for row in part.safety_stock), days)
    for cell, buffer in buffers:
        for later in range(cell, days) if buffer else ():
            levels[later] += buffer
    return tuple(levels)


def kept(rows: Drawn | SitePosition) -> Row:
    """What new promises leave in each cell: what is withheld, and in the last what is owed behind it."""
    if not rows.owed_behind:
        return rows.withheld
    return (*rows.withheld[:-1], rows.withheld[-1] - rows.owed_behind)


def _lots_matter(
    holds: tuple[Hold, ...], counted: Iterable[OnHand], coming: Iterable[tuple[int, Receipt]], last_day: date
) -> bool:
    """Whether goods have a last day. One behind the horizon bends nothing, unless holds set goods apart."""
    until = [*(row.usable_until for row in counted), *(receipt.usable_until for _, receipt in coming)]
    known = [day for day in until if day is not None]
    return bool(known) and (bool(holds) or min(known) < last_day)


def _lot_plan(
    rows: Drawn, counted: list[OnHand], coming: list[tuple[int, Receipt]], holds: tuple[Hold, ...]
) -> LotPlan:
    """The goods as parcels, and what is asked of them while supply has a limit."""
    there, missing = parcels_on_hand(counted, holds, rows.today)
    owed = (missing + rows.commitments[0], *rows.commitments[1 : rows.limited])
    apart = held(holds, rows.today, rows.limited)
    parcels = [*there, *parcels_expected(coming, rows.today)]
    return LotPlan.of(parcels, owed, kept(rows)[: rows.limited], apart)


def _set_apart(plan: LotPlan, lines: Iterable[tuple[int, Commitment]], today: date) -> LotPlan:
    """The plan, lines that only lasting goods serve having theirs set apart as far as there are such."""
    for cell, line in lines:
        if line.lasting is not None and cell < len(plan.commitments):
            plan, _, missing = plan.set_apart(line.quantity, cell, (line.lasting - today).days)
            plan = plan.owing(missing - line.quantity, cell)
    return plan


def balanced(rows: Drawn) -> SitePosition:
    """The rows added up over time: net position, margin, and what is free."""
    moved = zip(rows.usable, accumulate(rows.receipts), accumulate(rows.commitments), strict=True)
    net = tuple([on_hand + supply - owed for on_hand, supply, owed in moved])
    margin = tuple([cell - withheld for cell, withheld in zip(net, kept(rows), strict=True)])
    if rows.lots is None:
        free = atp.look_ahead(margin[: rows.limited])
    else:
        margin = (*rows.lots.margins(), *margin[rows.limited :])
        free = rows.lots.look_ahead()
    return SitePosition(*rows, net, margin, tuple(atp.then_unlimited(free, len(net))))


def owing_kits(profile: Profile, setup: Setup, now: datetime) -> Profile:
    """The item with what reservations keep of it, and orders of kits need that finished ones do not cover."""
    profile = lasting_as_sent(owing_reservations(profile, now))
    if not profile.part_of:
        return profile
    owed: dict[str, list[Commitment]] = {}
    for kit in profile.part_of:
        for stock in kit.sites:
            if stock.site_id in setup.sites:
                # Of the finished kits those everybody may use come first, and all that is owed falls on them.
                today = local_day(now, setup.sites[stock.site_id].zone)
                policy = setup.choices.policy_at(stock.site_id, kit.item_class, now)
                finished = once_put_away(put_away(stock, setup, today), policy, today)
                rows = balanced(drawn_at(finished, kit, setup, now))
                for line in _sets_owed(kit, rows):
                    owed.setdefault(stock.site_id, []).append(line)
    known = {stock.site_id: stock for stock in profile.sites}
    stocks = (known.get(site, SiteStock(site)) for site in sorted({*known, *owed}))
    with_kits = (
        replace(stock, commitments=(*stock.commitments, *owed.get(stock.site_id, ()))) for stock in stocks
    )
    return replace(profile, sites=tuple(with_kits))


def _sets_owed(kit: KitOrders, rows: SitePosition) -> Iterator[Commitment]:
    """What must be put together of the item for the kit's orders, on the day each set is first missing."""
    missing = 0
    for cell in range(rows.limited):
        short = -(rows.margin[cell] + rows.withheld[cell])
        if short > missing:
            day = rows.today + timedelta(days=cell)
            yield Commitment("earmark", kit.kit, "", "", day, kit.per * (short - missing), kit.kit)
            missing = short


def together(positions: Mapping[str, ItemPosition]) -> Mapping[str, ItemPosition]:
    """The same items, each kit with its parts beside it; a part that is not among them holds nothing."""
    kits = [item for item in positions.values() if item.profile.parts]
    if not kits:
        return positions
    return {**positions, **{kit.profile.sku: _with_parts(kit, positions) for kit in kits}}


def _with_parts(kit: ItemPosition, positions: Mapping[str, ItemPosition]) -> ItemPosition:
    """The kit beside its parts, with rows of its own where all parts have some, or what is sent for them."""
    parts = tuple(
        (
            _with_others(positions.get(part.sku) or ItemPosition(Profile(part.sku, "", 0), ()), positions),
            part.per,
        )
        for part in kit.profile.parts
    )
    at_all = set.intersection(*(_sites_of(part) for part, _ in parts))
    empty = at_all - {rows.site_id for rows in kit.sites}
    items = [item for part, _ in reversed(parts) for item in (*(other for other, _ in part.others), part)]
    first = {rows.site_id: rows for item in items for rows in item.sites}
    nothing = (
        _nothing(site, first[site].today, len(first[site].free), first[site].limited) for site in empty
    )
    bare = ((SiteStock(rows.site_id), rows) for rows in nothing)
    both = sorted((*kit.with_stock(), *bare), key=lambda pair: pair[1].site_id)
    stocks = tuple(stock for stock, _ in both)
    profile = replace(kit.profile, sites=(*kit.profile.sites, *(SiteStock(site) for site in sorted(empty))))
    return ItemPosition(profile, tuple(rows for _, rows in both), stocks, parts)


def _sites_of(part: ItemPosition) -> set[str]:
    """Where there are rows of the part, or of what may be sent for it."""
    return {rows.site_id for item in (part, *(other for other, _ in part.others)) for rows in item.sites}


def _with_others(part: ItemPosition, positions: Mapping[str, ItemPosition]) -> ItemPosition:
    """The part beside what may be sent for it, as far as that is among the positions."""
    if not part.profile.instead:
        return part
    others = ((positions[other.sku], other) for other in part.profile.instead if other.sku in positions)
    return replace(part, others=tuple(others))


@lru_cache(maxsize=1024)
def _nothing(site_id: str, today: date, days: int, limited: int) -> SitePosition:
    """Rows in which there is nothing."""
    row = (0,) * days
    return balanced(Drawn(site_id, today, row, row, row, row, 0, limited, None))
