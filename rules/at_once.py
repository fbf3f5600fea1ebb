"""What a line was just given whole, others that ask for the same are given at once while there is enough.

Served in their turns, a line that gets all it wants from one site on one day finds nothing before: no earlier
day and no site asked sooner has any. Takings do not change that. So whoever asks for the same at the same
instant, in whatever quantity, is given it there too, as long as that day has as much: `rules.promise.decide`
would say the same.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields
from datetime import date
from operator import attrgetter
from typing import Any

from rules.asked import LineAnswer, ScheduleLine
from rules.atp import UNLIMITED
from rules.company import Manner, Sourcing
from rules.labels import unpegged
from rules.left import LeftOfItem
from rules.model import Profile
from rules.position import ItemPosition
from rules.promise import Asker


def usual_but(kind: type, *known: str) -> Callable[[object], bool]:
    """Whether all fields but the known ones are as they are where nothing is said of them.

    So what is added to the kind later is looked at here before anything is given at once.
    """
    others = [each for each in fields(kind) if each.name not in known]
    if not others:
        return lambda _: True
    said, usual = attrgetter(*(each.name for each in others)), tuple(map(_usual, others))
    expected = usual if len(usual) > 1 else usual[0]
    return lambda each: bool(said(each) == expected)


def _usual(of: "Field[Any]") -> object:
    return of.default if of.default_factory is MISSING else of.default_factory()


IS_PLAIN_ASKER = usual_but(Asker, "channel", "sourcing", "manner", "when", "capability")
IS_PLAIN_MANNER = usual_but(Manner, "backorder", "max_sites", "max_dates")
IS_PLAIN_SOURCING = usual_but(Sourcing, "serves", "turn", "floor", "horizon_days", "cut_off")
IS_PLAIN_ITEM = usual_but(ItemPosition, "profile", "sites", "stocks")
IS_PLAIN_PROFILE = usual_but(Profile, "sku", "unit", "precision", "sites", "part_of", "item_class", "terms")
IS_PLAIN_PART = usual_but(ScheduleLine, "day", "site_id", "quantity", "position")


@dataclass(slots=True)
class AtOnce:
    """What one site still gives on one day to those who ask for the same."""

    day: date
    site_id: str
    position: str
    floor: int
    left: int
    """In smallest units."""
    there: int
    """The least margin of the day and those after it, whatever the floor."""
    before: int
    """That of the days before it: the lesser of both can be promised today."""
    unpegged: int
    """What of the goods on hand is not taken by what is owed up to the day."""

    def has(self, quantity: int) -> bool:
        return 0 < quantity <= self.left

    def give(self, quantity: int) -> int:
        """So much, which it has, is given; how much of that is on hand."""
        here = max(0, min(quantity, self.there, self.before, self.unpegged))
        self.left -= quantity
        self.there -= quantity
        self.unpegged -= quantity
        return here

    def is_lowered(self, taken: "AtOnce", quantity: int) -> bool:
        """Whether it is known what is left here once `taken` was lowered by so much: then it is left.

        Free quantity never falls from one day to the next: later days lose as much, and earlier ones keep
        no more than that day. What is short before a later day is known where that is not so before `taken`.
        """
        if self.site_id != taken.site_id:
            return True
        if self.floor != taken.floor:
            return False
        if self.day < taken.day:
            self.left, self.there = min(self.left, taken.left), min(self.there, taken.there)
            return True
        self.left -= quantity
        self.there -= quantity
        self.unpegged -= quantity
        if self.day == taken.day:
            return True
        is_known = self.before < taken.before
        self.before -= quantity
        return is_known


def at_once(item: ItemPosition, answer: LineAnswer, asker: Asker) -> AtOnce | None:
    """What is left where the line was given all it asked; `item` is what it left.

    None where it was not given so, or where there is more to be looked at.
    """
    was_tried_otherwise = type(answer) is not LineAnswer  # late or short, so that buying or making was tried
    if was_tried_otherwise or answer.open or len(answer.schedule) != 1 or not IS_PLAIN_ITEM(item):
        return None
    [part] = answer.schedule
    rows = [rows for rows in item.sites if rows.site_id == part.site_id]
    plain = IS_PLAIN_PROFILE(item.profile) and IS_PLAIN_PART(part) and _is_served_in_turn(item, part, asker)
    if not plain or len(rows) != 1 or rows[0].lots is not None:
        return None
    floor = asker.sourcing(part.site_id, item.profile.item_class).floor
    left = LeftOfItem(rows[0], floor).on(part.day)
    margin, cell = rows[0].margin[: rows[0].limited], (part.day - rows[0].today).days
    there, before = min(margin[cell:]), min(margin[:cell], default=UNLIMITED)
    owed = unpegged(rows[0], part.day)
    return AtOnce(part.day, part.site_id, part.position, floor, left, there, before, owed)


def _is_served_in_turn(item: ItemPosition, part: ScheduleLine, asker: Asker) -> bool:
    """Whether each site just gives what it has when its turn comes, on the days that goods are free there."""
    if not IS_PLAIN_ASKER(asker) or (asker.when is not None and asker.when.destination is not None):
        return False
    manners = {asker.manner(rows.site_id, item.profile.item_class) for rows in item.sites}
    days = max(len(rows.free) for rows in item.sites)
    free = all(
        IS_PLAIN_MANNER(manner)
        and (manner.max_sites is None or manner.max_sites >= len(item.sites))
        and (manner.max_dates is None or manner.max_dates >= days)
        for manner in manners
    )
    return free and IS_PLAIN_SOURCING(asker.sourcing(part.site_id, item.profile.item_class))
