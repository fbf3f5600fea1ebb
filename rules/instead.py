"""What else may be sent for an item: what took its place, and substitutes, each by its own packs.

An item that is superseded is served from its successor, or from its own goods first where they are to be used
up. Then, day by day, what is still missing is tried with each substitute in its turn.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rules.asked import ScheduleLine
from rules.atp import UNLIMITED
from rules.model import Profile, Successor
from rules.packs import (
    Substitute,
    SupersededInACircle,
    Terms,
    by_substitute,
    floored,
    items_to_ask,
    part_of,
)
from rules.position import ItemPosition
from rules.spread import Serving, Sites

Served = Callable[[str], Sequence[Serving]]
"""The positions that serve an item for the line."""


def in_turn(item: ItemPosition, positions: Mapping[str, ItemPosition]) -> tuple[str, tuple[Substitute, ...]]:
    """The item the line is served from first, and what else may be sent, in the order it is tried."""
    profile = item.profile
    if profile.superseded is None and not profile.instead:
        return profile.sku, ()
    superseded: dict[str, Successor] = {}
    at: Profile | None = profile
    while at is not None and at.superseded is not None and at.sku not in superseded:
        superseded[at.sku] = at.superseded
        follower = positions.get(at.superseded.by)
        at = None if follower is None else follower.profile
    try:
        first, *later = items_to_ask(profile.sku, superseded)
    except SupersededInACircle:  # stated by several sources at once: nobody is served from such a circle
        first, later = profile.sku, []
    others = (Substitute(other.sku, other.ratio, other.pack) for other in profile.instead)
    return first, (*(Substitute(sku) for sku in later), *(each for each in others if each.item != first))


@dataclass(frozen=True, slots=True)
class Filler:
    """Fills what one day leaves missing of a line with what else may be sent."""

    others: Sequence[tuple[Substitute, Sequence[Serving]]]
    terms: Terms
    needed: int
    kits: Sequence[Serving] = ()
    """The sites of a kit for whose components other items may be sent: that comes before another kit."""

    def fill(self, day: date, rest: int, at: Sites) -> list[ScheduleLine]:
        """The parts of the day that other items serve, none larger than what they fill of the rest."""
        parts: list[ScheduleLine] = []
        for site in self.kits:
            if at.may(site.site_id):
                parts += self._sets(site, day, rest - sum(part.quantity for part in parts))
                at.used.update(part.site_id for part in parts)
        rest -= sum(part.quantity for part in parts)
        for other, serving in self.others:
            sites = _that_may(serving, day, other.pack, at)
            numbers = [_whole(site.number(day), other.pack) for site in sites] if rest else []
            number = UNLIMITED if UNLIMITED in numbers else sum(numbers)
            sent, fills = by_substitute(rest, number, other, self.terms, self.needed)
            rest -= fills
            for site in sites if fills else ():
                given = min(sent, _whole(site.number(day), other.pack))
                if given > 0:
                    filled = fills if given == sent else min(fills, given // other.ratio)
                    part = site.give(day, given)
                    parts.append(replace(part, quantity=filled, sku=other.item, sent=given))
                    at.used.add(site.site_id)
                    sent, fills = sent - given, fills - filled
        return parts

    def _sets(self, site: Serving, day: date, rest: int) -> list[ScheduleLine]:
        """The site's sets with other items sent for components; before them what packs left of the kit."""
        own = min(rest, site.number(day))
        beyond = sum(batch.sets for batch in site.beyond(day, rest - own))
        given = part_of(rest, own + beyond, self.terms, self.needed) if beyond else 0
        if given <= own:
            return []
        made = site.beyond(day, given - own)
        return [*([site.give(day, own)] if own else []), *(site.give_sets(day, batch) for batch in made)]


def _that_may(serving: Sequence[Serving], day: date, pack: int, at: Sites) -> Sequence[Serving]:
    """Those that have some for the day and may serve the line all together, in their order."""
    if at.most is None:
        return serving
    together, chosen = Sites(set(at.used), at.most), []
    for site in serving:
        if together.may(site.site_id) and _whole(site.number(day), pack) > 0:
            together.used.add(site.site_id)
            chosen.append(site)
    return chosen


def _whole(number: int, pack: int) -> int:
    return number if number == UNLIMITED else floored(number, pack)
