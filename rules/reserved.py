"""What reservations keep, as profiles count it: summed by position, channel, day and instant of ending."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import attrgetter

from rules.model import Commitment, KitOrders, Profile, Reserved, SiteStock

SOURCE = "earmark"
"""Who states the commitments that reservations make."""
RESERVATIONS = "reservations"
"""What stands in place of the order of such a commitment; its line is the position."""

Key = tuple[str, str, date, datetime | None]
"""Position, channel, day, and when it ends."""
Line = tuple[str, str, str]
"""Channel, order and line."""


def counts(row: Reserved, now: datetime) -> bool:
    """Whether it keeps goods from others at the instant: up to its end, not on it."""
    return row.expires_at is None or row.expires_at > now


def summed(rows: Iterable[tuple[Key, int]]) -> tuple[Reserved, ...]:
    """One row a key, in one order, so that the same reservations always make the same profile."""
    sums: dict[Key, int] = {}
    for key, quantity in rows:
        sums[key] = sums.get(key, 0) + quantity
    ordered = sorted((key for key, quantity in sums.items() if quantity), key=_order)
    return tuple(Reserved(*key[:3], sums[key], key[3]) for key in ordered)


def key_of(row: Reserved) -> Key:
    """What rows that are counted together have in common."""
    return row.position, row.channel, row.day, row.expires_at


def _order(key: Key) -> tuple[str, str, date, bool, datetime | None]:
    position, channel, day, ends = key
    return position, channel, day, ends is None, ends


def owing_reservations(profile: Profile, now: datetime) -> Profile:
    """The item with what live reservations keep of it, and of the kits it goes into, among what is owed."""
    if any(stock.reserved for stock in profile.sites):
        profile = replace(profile, sites=tuple(owing_stock(stock, now) for stock in profile.sites))
    if any(stock.reserved for kit in profile.part_of for stock in kit.sites):
        kits = (
            replace(kit, sites=tuple(owing_stock(stock, now) for stock in kit.sites))
            for kit in profile.part_of
        )
        profile = replace(profile, part_of=tuple(kits))
    return profile


def owing_stock(stock: SiteStock, now: datetime) -> SiteStock:
    """What there is at a site, with what live reservations keep of it among what is owed."""
    if not stock.reserved:
        return stock
    live: dict[tuple[str, str, date], int] = {}
    for row in stock.reserved:
        if counts(row, now):
            named = row.position, row.channel, row.day
            live[named] = live.get(named, 0) + row.quantity
    owed = (
        Commitment(SOURCE, position, RESERVATIONS, channel, day, quantity, position=position)
        for (position, channel, day), quantity in live.items()
    )
    return replace(stock, commitments=(*stock.commitments, *owed), reserved=())


def good_until(profile: Profile, now: datetime) -> datetime | None:
    """When the next reservation it counts at the instant ends; None: none does."""
    return min((end for end in _ends(profile) if end > now), default=None)


def good_from(profile: Profile, now: datetime) -> datetime | None:
    """When the last reservation ended that it no longer counts at the instant; None: none has."""
    return max((end for end in _ends(profile) if end <= now), default=None)


def _ends(profile: Profile) -> Iterator[datetime]:
    for stock in (*profile.sites, *(stock for kit in profile.part_of for stock in kit.sites)):
        for row in stock.reserved:
            if row.expires_at is not None:
                yield row.expires_at


@dataclass(frozen=True, slots=True)
class LiveRow:
    """One part of a live reservation, as the store has it. `ends` None: it is confirmed."""

    site_id: str
    position: str
    channel: str
    needed_on: date
    open: int
    ends: datetime | None
    line: Line | None
    """The order line it stands for, where one is named."""
    reservation: str
    part: int


@dataclass(frozen=True, slots=True)
class OwedLine:
    """An order line that has arrived: what of it is open, and where it is owed by itself."""

    quantity: int
    site_id: str


def standing_for_lines(
    rows: Sequence[LiveRow], lines: Mapping[Line, OwedLine]
) -> tuple[list[LiveRow], dict[Line, int]]:
    """The parts that count, and what each order line that has arrived is still owed beside them.

    Each line counts once: the parts of its reservations stand for it, the latest days cut down to its
    quantity; what it has more is owed as the line says. Its reservations no longer end by themselves: the
    line would be owed all the same. One that will end and keeps goods of another site than the line's does
    not stand for it: when it has ended the line must be owed where it says, so both count until then.
    """
    left = {line: owed.quantity for line, owed in lines.items()}
    counted: list[LiveRow] = []
    for row in sorted(rows, key=lambda row: (row.needed_on, row.reservation, row.part)):
        if row.line is None or row.line not in left or _ends_elsewhere(row, lines[row.line]):
            counted.append(row)
            continue
        stands = min(row.open, left[row.line])
        left[row.line] -= stands
        if stands:
            counted.append(replace(row, open=stands, ends=None))
    named = {row.line for row in rows}
    return counted, {line: rest for line, rest in left.items() if line in named}


def _ends_elsewhere(row: LiveRow, line: OwedLine) -> bool:
    return row.ends is not None and row.site_id != line.site_id


def with_kit(part: Profile, kit: Profile, per: int) -> Profile:
    """The part of a kit, with what is owed and kept of the kit as the kit's own profile has it."""
    owed = tuple(stock for stock in kit.sites if stock.commitments or stock.reserved)
    others = [orders for orders in part.part_of if orders.kit != kit.sku]
    if owed:
        others.append(KitOrders(kit.sku, per, owed, kit.item_class))
    return replace(part, part_of=tuple(sorted(others, key=attrgetter("kit"))))


def is_empty(stock: SiteStock) -> bool:
    """Whether nothing at all is known of the item there."""
    return not (
        stock.on_hand
        or stock.holds
        or stock.receipts
        or stock.commitments
        or stock.safety_stock
        or stock.reserved
    )


def line_key(line: Commitment) -> str:
    """What names the line a commitment is for: the reservation's id, or channel, order and line."""
    if line.source == SOURCE and line.order_id == RESERVATIONS:
        return line.line_id
    return order_key(line.channel, line.order_id, line.line_id)


def order_key(channel: str, order_id: str, line_id: str) -> str:
    """What names an order's line among all that something is promised to."""
    return f"{channel}\t{order_id}\t{line_id}"


def with_each_reservation(profile: Profile, rows: Iterable[LiveRow]) -> Profile:
    """The item with each part of each live reservation among what is owed, under the reservation's id."""
    owed: dict[str, list[Commitment]] = {}
    for row in rows:
        owed.setdefault(row.site_id, []).append(
            Commitment(
                SOURCE,
                row.reservation,
                RESERVATIONS,
                row.channel,
                row.needed_on,
                row.open,
                position=row.position,
            )
        )
    sites = (
        replace(stock, commitments=(*stock.commitments, *owed.get(stock.site_id, ())), reserved=())
        for stock in profile.sites
    )
    return replace(profile, sites=tuple(sites))
