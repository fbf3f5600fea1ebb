"""The desk at which requests are decided one after the other, on items whose profiles are locked.

What is taken and given back is seen by the next request at once; the store is told of all of it together.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from datasources.store.firm_orders import FirmOrder
from datasources.store.reservations import Given, Moved
from resolvers.flows.reserve_requests import Request
from resolvers.flows.reserve_slots import SlotDesk
from resolvers.flows.reserve_sources import Sources
from resolvers.flows.transfers_of_ours import Transfers
from rules import taking
from rules.ask import Delivered, asking
from rules.at_once import AtOnce
from rules.company import Setup
from rules.model import Profile, Reserved, SiteStock
from rules.position import ItemPosition, Silent, prepare, together
from rules.promise import Asker
from rules.reservation import Changed, Reservation
from rules.reserved import Key, counts, good_from, good_until, is_empty, key_of, summed, with_kit

Shift = tuple[str, Key, int]
"""A site, what reservations there are counted under, and by how much that changes."""


class MoreToLock(Exception):
    """What is decided rests on items that are not locked."""

    def __init__(self, skus: Iterable[str]) -> None:
        self.skus = frozenset(skus)
        super().__init__(f"{len(self.skus)} more items")


@dataclass(frozen=True, slots=True)
class Setting:
    """What all decisions of one transaction rest on. Equal `basis`: the same rows may be used again."""

    now: datetime
    setup: Setup
    silent: Silent
    basis: object


@dataclass(slots=True)
class Item:
    """An item as the store has it, and as the requests so far leave it."""

    sequence: int
    profile: Profile
    kept: dict[str, dict[Key, int]] | None = None
    """By site what reservations keep, once that has changed."""
    position: ItemPosition | None = None
    basis: object = None
    good_from: datetime | None = None
    good_until: datetime | None = None
    touched: bool = False
    taken: dict[tuple[str, date], int] = field(default_factory=dict)
    """By site and day what was given at once and is not yet among its prepared rows."""

    def current(self, now: datetime) -> Profile:
        """The profile as it is to be written: without what has ended by now."""
        if self.kept is not None:
            self.profile = replace(self.profile, sites=tuple(_sites(self.profile, self.kept, now)))
            self.kept = None
        return self.profile

    def rows(self, at: Setting) -> ItemPosition:
        """The item prepared for deciding at this instant."""
        self._lay_down_taken()
        if self.position is None or self.basis != at.basis or not self._counts_the_same(at.now):
            profile = self.current(at.now)
            self.position = prepare(profile, at.setup, at.now, at.silent)
            self.basis = at.basis
            self.good_from, self.good_until = good_from(profile, at.now), good_until(profile, at.now)
        return self.position

    def _lay_down_taken(self) -> None:
        if self.taken and self.position is not None:
            owed = ((site_id, day, quantity) for (site_id, day), quantity in self.taken.items())
            self.position = taking.after(self.position, owed)
        self.taken.clear()

    def _counts_the_same(self, now: datetime) -> bool:
        begun = self.good_from is None or self.good_from <= now
        return begun and (self.good_until is None or now < self.good_until)

    def shift(self, shifts: Iterable[Shift], now: datetime) -> None:
        """Reservations keep so much more of it, or less."""
        by_site = self._begun()
        owed: dict[tuple[str, date], int] = {}
        for site_id, key, quantity in shifts:
            at_site = by_site.setdefault(site_id, {})
            at_site[key] = at_site.get(key, 0) + quantity
            ends = key[3]
            if ends is None or ends > now:
                owed[site_id, key[2]] = owed.get((site_id, key[2]), 0) + quantity
                self._ends(ends)
        if self.position is not None:
            changes = ((site_id, day, quantity) for (site_id, day), quantity in owed.items() if quantity)
            self.position = taking.after(self.position, changes)

    def give(self, site_id: str, key: Key, quantity: int) -> None:
        """A reservation that has not ended keeps so much more, which was free on its day."""
        at_site = self._begun().setdefault(site_id, {})
        at_site[key] = at_site.get(key, 0) + quantity
        self.taken[site_id, key[2]] = self.taken.get((site_id, key[2]), 0) + quantity
        self._ends(key[3])

    def _begun(self) -> dict[str, dict[Key, int]]:
        """What reservations keep by site, to be changed."""
        self.touched = True
        if self.kept is None:
            self.kept = {
                stock.site_id: {key_of(row): row.quantity for row in stock.reserved}
                for stock in self.profile.sites
            }
        return self.kept

    def _ends(self, ends: datetime | None) -> None:
        if ends is not None:
            self.good_until = ends if self.good_until is None else min(self.good_until, ends)

    def state(self, profile: Profile) -> None:
        """Something else about it has changed."""
        self.profile, self.kept, self.position, self.touched = profile, None, None, True
        self.taken.clear()


def _sites(profile: Profile, kept: Mapping[str, Mapping[Key, int]], now: datetime) -> Iterable[SiteStock]:
    known = {stock.site_id: stock for stock in profile.sites}
    for site_id in sorted({*known, *kept}):
        live = _live(kept.get(site_id, {}), now)
        stock = replace(known.get(site_id) or SiteStock(site_id), reserved=live)
        if not is_empty(stock):
            yield stock


def _live(kept: Mapping[Key, int], now: datetime) -> tuple[Reserved, ...]:
    return tuple(row for row in summed(kept.items()) if counts(row, now))


@dataclass(slots=True)
class Desk:
    """The items and reservations of one transaction, as the requests so far leave them."""

    at: Setting
    items: dict[str, Item]
    reservations: dict[UUID, Reservation]
    new: dict[UUID, Reservation] = field(default_factory=dict)
    changed: dict[UUID, Reservation] = field(default_factory=dict)
    moves: list[Moved] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    """What was given at once."""
    at_once: dict[str, dict[Hashable, AtOnce]] = field(default_factory=dict)
    """By item and what else is asked alike: what is left to be given at once."""
    locked: frozenset[str] = frozenset()
    """What was asked to be locked, whether there is such an item or not."""
    orders: list[FirmOrder] = field(default_factory=list)
    """Orders of ours that reservations made here rest on."""
    askers: dict[Hashable, Asker] = field(default_factory=dict)
    """Those who have asked, by what they say of themselves."""
    slots: SlotDesk | None = None
    """The slots of sites, where any rule limits the orders that leave one a day."""
    often: frozenset[str] = frozenset()
    """Items that several requests of the transaction want."""
    transfers: Transfers = field(default_factory=Transfers)
    """The transfers that reservations rest on of which something may be given back."""
    sources: Sources = field(default_factory=Sources)
    """What re-sourcing rests on, where that is asked."""
    composed: set[str] = field(default_factory=set)
    """Items whose profiles must be made from the tables: an order line may stand beside a reservation."""

    @property
    def now(self) -> datetime:
        return self.at.now

    def asker(
        self, channel: str, to: Delivered | None = None, *, by_person: bool = False, binding: bool = False
    ) -> Asker:
        """The channel as it asks here and now; the rules are asked once for all who ask alike.

        Raises UnknownDestination.
        """
        alike = channel, to, by_person, binding
        found = self.askers.get(alike)
        if found is None:
            setup = self.at.setup
            found = asking(channel, setup, self.now, to, by_person=by_person, binding=binding)
            self.askers[alike] = found
        return found

    def positions(self, skus: Iterable[str]) -> Mapping[str, ItemPosition]:
        """The items there are of these, prepared, kits with what they are put together from."""
        found = {sku: self.items[sku].rows(self.at) for sku in skus if sku in self.items}
        parts = {part.sku for item in found.values() for part in item.profile.parts}
        for sku in parts & self.items.keys():
            found.setdefault(sku, self.items[sku].rows(self.at))
        return together(found) if parts else found

    def acts(self) -> Iterable[tuple[Reservation, str, frozenset[int]]]:
        """What was done to reservations that were there, each time, and to which of their parts."""
        done: dict[tuple[UUID, str], set[int]] = {}
        for each in self.moves:
            if each.move.reservation_id in self.changed:
                done.setdefault((each.move.reservation_id, each.move.act), set()).add(each.move.part)
        return [(self.changed[of], act, frozenset(parts)) for (of, act), parts in done.items()]

    def sequence(self, sku: str) -> int:
        """The sequence of the item's profile as the requests so far leave it."""
        item = self.items[sku]
        return item.sequence + item.touched

    def restate(self, sku: str, profile: Profile) -> None:
        """Other facts about the item have changed with the reservations; they stand in the tables too."""
        self.items[sku].state(profile)
        self.at_once.pop(sku, None)
        self.composed.add(sku)

    def fit_transfers(self, kept: Reservation) -> None:
        """What was to be brought for what the reservation no longer keeps stays where it is."""
        changed = self.transfers.fit(kept, self.now)
        if changed:
            profile = self.items[kept.sku].current(self.now)
            self.restate(kept.sku, self.transfers.seen_by(profile, changed))

    def begin(self, changed: Changed, request: Request, place: int) -> None:
        """A reservation is made."""
        reservation = changed.reservation
        self.new[reservation.reservation_id] = reservation
        self._move(None, changed, request, place)

    def change(self, before: Reservation, changed: Changed, request: Request, place: int) -> None:
        """A reservation that was there has changed."""
        reservation = changed.reservation
        if reservation.reservation_id in self.new:
            self.new[reservation.reservation_id] = reservation
        else:
            self.changed[reservation.reservation_id] = reservation
        self._move(before, changed, request, place)

    def _move(self, before: Reservation | None, changed: Changed, request: Request, place: int) -> None:
        after = changed.reservation
        self.reservations[after.reservation_id] = after
        if after.order_id:
            self.composed.add(after.sku)
        item = self.items[after.sku]
        self.at_once.pop(after.sku, None)
        item.shift([*_shifts(before, -1), *_shifts(after, 1)], self.now)
        for part in item.profile.parts:
            if part.sku in self.items:
                of_kit = self.items[part.sku]
                self.at_once.pop(part.sku, None)
                of_kit.state(with_kit(of_kit.current(self.now), item.current(self.now), part.per))
        self.moves += [Moved(move, *request.name, place, item.sequence + 1) for move in changed.moves]


def _shifts(reservation: Reservation | None, sign: int) -> list[Shift]:
    if reservation is None:
        return []
    channel, ends = reservation.channel, reservation.expires_at
    return [
        (part.site_id, (part.position, channel, part.needed_on, ends), sign * part.open)
        for part in reservation.parts
        if part.open
    ]
