"""What each part of a schedule rests on, one thing each: goods on hand while they last, then receipts."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from rules.asked import LineAnswer, LineOutcome, ScheduleLine, SetPart
from rules.left import Place
from rules.position import ItemPosition, SitePosition

SUPPLY: Final = "supply"
"""The label of goods that are there or on their way, before it is told apart which."""
ON_HAND: Final = "on_hand"
RECEIPT: Final = "receipt"


def labelled(
    skus: Sequence[str], outcomes: Sequence[LineOutcome], positions: Mapping[str, ItemPosition]
) -> tuple[tuple[ScheduleLine, ...], ...]:
    """The schedule of each line, a part of both goods on hand and receipts being told as two.

    `positions` are the items before any of the lines took something.
    """
    schedules = [outcome.schedule if isinstance(outcome, LineAnswer) else () for outcome in outcomes]
    return told_apart(skus, schedules, positions)


def told_apart(
    skus: Sequence[str], schedules: Sequence[Sequence[ScheduleLine]], positions: Mapping[str, ItemPosition]
) -> tuple[tuple[ScheduleLine, ...], ...]:
    """The schedules, each of its item, with the same said of them."""
    here = _Here(positions)
    return tuple(
        tuple(each for part in schedule for each in _apart(sku, part, here))
        for sku, schedule in zip(skus, schedules, strict=True)
    )


def unpegged(rows: SitePosition, day: date) -> int:
    """What of the goods on hand is not taken by what is owed up to the day; below 0: what is short of it."""
    return min(rows.usable) - sum(rows.commitments[: (day - rows.today).days + 1])


@dataclass(frozen=True, slots=True)
class _Here:
    """What of the items, or of kits and their parts, is there and can still be promised today."""

    positions: Mapping[str, ItemPosition]
    used: dict[Place, int] = field(default_factory=dict)
    """What parts before took of it."""

    def take(self, sku: str, part: ScheduleLine) -> int:
        """How many of the part's goods are there; they are gone for parts after it."""
        item, rest = self.positions[sku], part.goods
        for rows in item.sites:
            if (rows.site_id, rows.position) == (part.site_id, part.position):
                rest -= self._use(sku, rows, part.needed, rest)
                if item.parts:
                    rest -= self._use_sets(item, rows, part.needed, rest)
        return part.goods - rest

    def take_sets(self, part: ScheduleLine) -> int:
        """How many of the part's sets are there, with all that goes into them."""
        taken = [(each, self._rows(each, part.site_id)) for each in part.made_of]
        left = {each.sku: self._left(each.sku, at, part.needed) for each, at in taken}

        def is_too_much(sets: int) -> bool:
            needed = dict.fromkeys(left, 0)
            for each in part.made_of:
                needed[each.sku] += _share(each.quantity, sets, part.quantity)
            return any(quantity > left[sku] for sku, quantity in needed.items())

        sets = bisect_left(range(1, part.quantity + 1), x=True, key=is_too_much)
        for each, at in taken:
            self._use(each.sku, at, part.needed, _share(each.quantity, sets, part.quantity))
        return sets

    def _rows(self, of: SetPart, site_id: str) -> SitePosition:
        named = (site_id, of.position)
        return next(at for at in self.positions[of.sku].sites if (at.site_id, at.position) == named)

    def _left(self, sku: str, rows: SitePosition, day: date) -> int:
        used = self.used.get((sku, rows.site_id, rows.position, rows.users), 0)
        return max(0, min(rows.free[0], unpegged(rows, day)) - used)

    def _use(self, sku: str, rows: SitePosition, day: date, most: int) -> int:
        place = sku, rows.site_id, rows.position, rows.users
        taken = min(most, self._left(sku, rows, day))
        self.used[place] = self.used.get(place, 0) + taken
        return taken

    def _use_sets(self, kit: ItemPosition, rows: SitePosition, day: date, most: int) -> int:
        """How many sets the parts allow that are there."""
        parts = [(part.profile.sku, part.site(rows.site_id), per) for part, per in kit.parts]
        sets = min(0 if at is None else self._left(sku, at, day) // per for sku, at, per in parts)
        taken = min(most, sets)
        for sku, at, per in parts:
            if at is not None:
                self._use(sku, at, day, taken * per)
        return taken


def _share(quantity: int, sets: int, of: int) -> int:
    """What so many of the sets take of it, rounded up."""
    return -(-quantity * sets // of)


def _sets_apart(part: ScheduleLine, here: int) -> Iterator[ScheduleLine]:
    """The sets of the part that are there, then the rest of them."""
    there = tuple(replace(each, quantity=_share(each.quantity, here, part.quantity)) for each in part.made_of)
    if here:
        yield replace(part, quantity=here, label=ON_HAND, made_of=there)
    if part.quantity > here:
        rest = tuple(
            replace(each, quantity=each.quantity - taken.quantity)
            for each, taken in zip(part.made_of, there, strict=True)
        )
        yield replace(part, quantity=part.quantity - here, label=RECEIPT, made_of=rest)


def _apart(sku: str, part: ScheduleLine, there: _Here) -> Iterator[ScheduleLine]:
    if part.label != SUPPLY:
        yield part
        return
    if part.made_of:
        yield from _sets_apart(part, there.take_sets(part))
        return
    here = there.take(part.sku or sku, part)
    fills = part.quantity * here // part.goods
    if here:
        yield replace(part, quantity=fills, label=ON_HAND, sent=here if part.sku else 0)
    if part.goods > here:
        rest = part.goods - here if part.sku else 0
        yield replace(part, quantity=part.quantity - fills, label=RECEIPT, sent=rest)
