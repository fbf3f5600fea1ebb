"""What the sites still have free while the lines of one ask are served. Local to one decision."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from rules import atp, kits
from rules.lots import LotPlan
from rules.methods import kit_row, site_row
from rules.position import METHOD, ItemPosition, SitePosition
from rules.sets import Batch, Component, Source, batches

Place = tuple[str, str, str, frozenset[str] | None]
"""An item, a site, and the position there: its name and users."""


class Left(Protocol):
    """An item or a kit at one site, from which the lines of an ask are served."""

    @property
    def rows(self) -> SitePosition: ...

    def on(self, day: date) -> int:
        """What can still be promised for the day."""
        ...

    def by_method(self, method: str, day: date) -> int:
        """What the method says for the day."""
        ...

    def give(self, day: date, quantity: int) -> None:
        """So much of what can be is promised for the day. Until `settle` only later days are asked."""
        ...


@dataclass(slots=True)
class LeftOfItem:
    """One item at one site.

    Where nothing expires, free quantity never falls from one day to the next, so what a line was given simply
    comes off all later days; `settle` then works out what it leaves of the earlier ones. Where goods expire,
    each part given is a commitment in their plan at once.
    """

    rows: SitePosition
    floor: int = 0
    """So much stays at the site for its own counter, where that is more than its safety stock."""
    free: Sequence[int] = ()
    margin: Sequence[int] = ()
    lots: LotPlan | None = None
    given: list[tuple[int, int]] = field(default_factory=list)
    """Every part given, with its cell."""
    unsettled: int = 0
    most: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.free, self.lots = self.rows.free, self.rows.lots
        self.margin = self.rows.margin[: self.rows.limited]
        if not self.floor:
            return
        kept = self._kept_besides()
        if self.lots is None:
            self.margin = [cell - more for cell, more in zip(self.margin, kept, strict=False)]
            self.free = atp.then_unlimited(atp.look_ahead(self.margin), len(self.rows.free))
        else:  # a plan of lots is not drawn again for a floor: the most that it can keep is left out
            most = max(kept, default=0)
            self.floor = most
            self.free = [cell if cell == atp.UNLIMITED else max(0, cell - most) for cell in self.free]

    def _kept_besides(self) -> list[int]:
        """What the floor keeps on each day beyond the safety stock: the larger of both is kept, not both."""
        withheld = enumerate(self.rows.withheld[: self.rows.limited])
        return [max(0, self.floor - (kept - self.rows.buffer_in(cell))) for cell, kept in withheld]

    def on(self, day: date) -> int:
        cell = (day - self.rows.today).days
        if not 0 <= cell < len(self.free):
            return 0
        if cell >= self.rows.limited:
            return atp.UNLIMITED
        if self.lots is not None and self.given:
            return self._of_lots(self.lots, cell)
        return self.free[cell] - self.unsettled

    def _of_lots(self, lots: LotPlan, cell: int) -> int:
        if cell not in self.most:
            self.most[cell] = max(0, lots.most(cell) - self.floor)
        return self.most[cell]

    def give(self, day: date, quantity: int) -> None:
        cell = (day - self.rows.today).days
        if quantity == 0 or cell >= self.rows.limited:
            return
        self.given.append((cell, quantity))
        if self.lots is None:
            self.unsettled += quantity
        else:
            self.lots = self.lots.owing(quantity, cell)
            self.most.clear()

    def move(self, day: date, earlier: date, quantity: int) -> bool:
        """So much of what was given for the day is given for an earlier one, if all else stays whole."""
        self._add(day, -quantity)
        may = self.on(earlier) >= quantity
        self._add(earlier if may else day, quantity)
        return may

    def _add(self, day: date, quantity: int) -> None:
        """So much more is given for the day, or below 0 less, and counts on every day."""
        self.give(day, quantity)
        self.unsettled = self.unsettled or (0 if self.lots is not None else 1)
        self.settle()

    def settle(self) -> None:
        """What was given counts on every day, for the lines to come."""
        if not self.unsettled:
            return
        self.unsettled = 0
        margin = list(self.margin)
        for given_in, quantity in self.given:
            for cell in range(given_in, len(margin)):
                margin[cell] -= quantity
        self.free = atp.then_unlimited(atp.look_ahead(margin), len(self.rows.free))

    def now(self) -> SitePosition:
        """The rows with what was given among the commitments. Only what methods are counted from is right."""
        owed = list(self.rows.commitments)
        for cell, quantity in self.given:
            owed[cell] += quantity
        return replace(self.rows, commitments=tuple(owed))

    def by_method(self, method: str, day: date) -> int:
        return self.on(day) if method == METHOD else _cell(site_row(self.now(), method), self.rows, day)


@dataclass(frozen=True, slots=True)
class LeftOfKit:
    """A kit at one site: finished ones first, then sets of what is left of its parts there."""

    finished: LeftOfItem
    parts: Sequence[tuple[LeftOfItem | None, int]]
    """None for a part of which nothing is known at the site."""
    components: tuple[Component, ...] = ()
    """The same with what may be sent for them; empty where nothing may."""
    sources: Mapping[str, LeftOfItem] = field(default_factory=dict)
    """What is left of all that they are taken from."""

    @property
    def rows(self) -> SitePosition:
        return self.finished.rows

    def on(self, day: date) -> int:
        return kits.both(self.finished.on(day), self._sets(day))

    def _sets(self, day: date) -> int:
        return min(0 if part is None else kits.sets_of(part.on(day), per) for part, per in self.parts)

    def give(self, day: date, quantity: int) -> None:
        from_stock = min(quantity, self.finished.on(day))
        self.finished.give(day, from_stock)
        for part, per in self.parts:
            if part is not None:
                part.give(day, (quantity - from_stock) * per)

    def sets_beyond(self, day: date, most: int) -> list[Batch]:
        """At most so many sets beside all that can be had without sending another item for a component."""
        if not self.components or most <= 0:
            return []
        sets = self._sets(day)
        if sets == atp.UNLIMITED:
            return []
        free = {sku: left.on(day) for sku, left in self.sources.items()}
        for each in self.components:
            if each.sku in free:
                free[each.sku] -= sets * each.per
        return batches(self.components, free, most)

    def give_sets(self, day: date, batch: Batch) -> None:
        """Such sets are promised for the day."""
        for part in batch.parts:
            self.sources[part.sku].give(day, part.quantity)

    def by_method(self, method: str, day: date) -> int:
        if method == METHOD:
            return self.on(day)
        parts = [(None if part is None else part.now(), per) for part, per in self.parts]
        return _cell(kit_row(self.finished.now(), parts, method), self.rows, day)


StandIn = Callable[[ItemPosition, str], SitePosition | None]
"""The position at a site from which the item may be sent for a component, if there is one."""


def left_at(
    rows: SitePosition,
    item: ItemPosition,
    left: dict[Place, LeftOfItem],
    floor: int,
    stands_in: StandIn | None = None,
) -> Left:
    """What is left of the item, or of the kit and its parts, in the position of `rows`.

    With `stands_in` also what is left of items that may be sent for the kit's parts.
    """

    def of(sku: str, at: SitePosition) -> LeftOfItem:
        return left.setdefault((sku, at.site_id, at.position, at.users), LeftOfItem(at, floor))

    own = of(item.profile.sku, rows)
    if not item.parts:
        return own
    there = [(part, part.site(rows.site_id), per) for part, per in item.parts]
    parts = [(None if at is None else of(part.profile.sku, at), per) for part, at, per in there]
    if stands_in is None or not any(part.others for part, _ in item.parts):
        return LeftOfKit(own, parts)
    sources: dict[str, LeftOfItem] = {}
    components = []
    for part, at, per in there:
        served = [] if at is None else [(Source(part.profile.sku, at.position), at)]
        for other, stated in part.others:
            rows_of = stands_in(other, rows.site_id)
            if rows_of is not None:
                named = Source(other.profile.sku, rows_of.position, stated.ratio, stated.pack)
                served.append((named, rows_of))
        sources |= {source.sku: of(source.sku, at) for source, at in served}
        components.append(Component(part.profile.sku, per, tuple(source for source, _ in served)))
    can_be = all(each.sources for each in components)
    return LeftOfKit(own, parts, tuple(components) if can_be else (), sources)


def _cell(row: Sequence[int], rows: SitePosition, day: date) -> int:
    """The row's cell of the day; nothing on a day that has gone by or is behind the horizon."""
    cell = (day - rows.today).days
    return row[cell] if 0 <= cell < len(row) else 0
