"""Which sites serve an ask, and how much each gives.

A site's number is the most it can give for the day, each on its own latest `needed_on`. A rule chooses among
the sites in list order; the pool's own number caps them all. Quantities are smallest units.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

from rules.atp import UNLIMITED
from rules.packs import Terms, part_of

Choice = Literal["listed", "fewest_first", "highest", "single_first"]
ANY = Terms()
"""Parts of any size."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a site can give. `size` is what `highest` ranks it by, if that is not its number."""

    site_id: str
    number: int
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """How an ask may be split: by which rule, over how many sites and days, in parts of at least what."""

    choose: Choice = "listed"
    max_sites: int | None = None
    max_dates: int | None = None
    min_split: int = 0

    def __post_init__(self) -> None:
        assert self.max_sites is None or self.max_sites > 0, f"{self.max_sites} sites cannot serve"
        assert self.max_dates is None or self.max_dates > 0, f"{self.max_dates} days cannot serve"


@dataclass(frozen=True, slots=True)
class Part:
    """So much from one site."""

    site_id: str
    quantity: int


def pool_number(pool: int, numbers: Sequence[int], max_sites: int | None = None) -> int:
    """What the pool can promise: at most its own number, and what its sites give, the largest k of them."""
    largest = sorted((max(0, number) for number in numbers), reverse=True)[:max_sites]
    return max(0, min(pool, UNLIMITED if UNLIMITED in largest else sum(largest)))


def source(asked: int, offers: Sequence[Offer], split: Split) -> tuple[Part, ...]:
    """What each site gives of the quantity, `offers` being in list order. No site gives more than its number.

    Where the whole cannot be served within the split's limits, as much as the rule gives is.
    """
    least = split.min_split
    giving = [offer for offer in offers if offer.number > 0 and offer.number >= min(asked, least)]
    if asked <= 0 or not giving:
        return ()
    most = split.max_sites or len(giving)
    if split.choose == "fewest_first":
        parts_most = max(1, asked // least) if least else most
        return _shared(asked, _fewest(asked, giving, min(most, parts_most)), least)
    if split.choose == "highest":
        giving.sort(key=lambda o: (-(o.number if o.size is None else o.size), o.site_id))
    if split.choose == "single_first":
        alone = next((offer for offer in giving if offer.number >= asked), None)
        if alone is not None:
            return (Part(alone.site_id, asked),)
    return _in_turn(asked, giving, most, least)


def _fewest(asked: int, giving: Sequence[Offer], most: int) -> list[Offer]:
    """The first set, in list order, of as few sites as can cover; if so many cannot, the largest ones."""
    by_size = sorted(range(len(giving)), key=lambda at: (-giving[at].number, at))
    covered = accumulate(min(asked, giving[at].number) for at in by_size[:most])
    fewest = next((count for count, sum_ in enumerate(covered, 1) if sum_ >= asked), None)
    if fewest is None:
        return [giving[at] for at in sorted(by_size[:most])]
    return _first_set(asked, giving, fewest)


def _first_set(asked: int, giving: Sequence[Offer], count: int) -> list[Offer]:
    """The set of `count` sites that cover, whose places in the list come first.

    A site is in it if, with those before it, the largest of those after it can still cover the rest.
    """
    largest_after: list[list[int]] = []
    largest: list[int] = []
    for offer in reversed(giving):
        largest_after.append(largest)
        largest = sorted([*largest, offer.number], reverse=True)[: count - 1]
    chosen: list[Offer] = []
    rest = asked
    for offer, after in zip(giving, reversed(largest_after), strict=True):
        others = count - len(chosen) - 1
        if others < 0:
            break
        if offer.number + sum(after[:others]) >= rest:
            chosen.append(offer)
            rest -= offer.number
    return chosen


def _shared(asked: int, chosen: Sequence[Offer], least: int) -> tuple[Part, ...]:
    """Every chosen site gives a part, each as much as leaves the least part to every one after it."""
    parts: list[Part] = []
    rest = asked
    for after, offer in zip(range(len(chosen) - 1, -1, -1), chosen, strict=True):
        part = min(offer.number, rest - least * after)
        parts.append(Part(offer.site_id, part))
        rest -= part
    return tuple(parts)


def _in_turn(asked: int, giving: Sequence[Offer], most: int, least: int) -> tuple[Part, ...]:
    """The sites in their order, at most so many, each giving what it can of the rest.

    A rest smaller than the least part is avoided: a site gives less, or nothing if one after it has it all.
    """
    parts: list[Part] = []
    rest = asked
    for at, offer in enumerate(giving):
        if rest < max(1, min(asked, least)) or len(parts) == most:
            break
        part = min(rest, offer.number)
        if 0 < rest - part < least and at + 1 < len(giving):
            if rest >= 2 * least and len(parts) + 1 < most:
                part = rest - least
            elif any(later.number >= rest for later in giving[at + 1 :]):
                part = 0
        if part > 0:
            parts.append(Part(offer.site_id, part))
            rest -= part
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class DatedPart:
    """So much from one site on the day of the cell."""

    cell: int
    site_id: str
    quantity: int


Offers = Callable[[int], Sequence[Offer]]
"""The sites' offers on the day of a cell, in list order, as they are when asked for."""


Also = Callable[[int, int], Mapping[str, int]]
"""What else fills of the rest on the day of a cell, by the site it comes from, and is taken by that."""


def nothing_else(_cell: int, _rest: int) -> Mapping[str, int]:
    """Nothing else fills any of it."""
    return {}


def over_days(  # what is asked, where, and the rules it is served by
    asked: int,
    days: int,
    offers: Offers,
    take: Callable[[DatedPart], None],
    split: Split,
    terms: Terms = ANY,
    *,
    also: Also = nothing_else,
) -> tuple[DatedPart, ...]:
    """What each site gives on each day, the earliest first; a part is taken before the next is looked for.

    The last day that the split allows is the first that gives all the rest, or if none does the one that
    gives most. A day gives what `terms` allow of it, or nothing.
    """
    used: set[str] = set()
    parts: list[DatedPart] = []
    rest, dates = asked, 0

    def of_day(cell: int) -> tuple[Part, ...]:
        return _on_terms(rest, _allowed(offers(cell), used, split), split, terms, asked)

    for cell in range(days):
        last = split.max_dates is not None and dates == split.max_dates - 1
        on = _last_date(rest, range(cell, days), of_day) if last else cell
        given = of_day(on)
        for part in given:
            parts.append(DatedPart(on, part.site_id, part.quantity))
            take(parts[-1])
            used.add(part.site_id)
            rest -= part.quantity
        filled = also(on, rest) if rest else {}
        rest -= sum(filled.values())
        used |= filled.keys()
        dates += bool(given or filled)
        if rest == 0 or last:
            break
    return tuple(parts)


def _on_terms(rest: int, offers: Sequence[Offer], split: Split, terms: Terms, whole: int) -> tuple[Part, ...]:
    """What the sites give of the rest on one day: as much as the terms allow, or nothing.

    A line that takes no parts is served by the fewest sites that have all of it where the rule's own do not.
    """
    parts = source(rest, offers, split)
    gives = sum(part.quantity for part in parts)
    if not terms.partial and gives < rest:
        parts = source(rest, offers, replace(split, choose="fewest_first"))
        gives = sum(part.quantity for part in parts)
    allowed = part_of(rest, gives, terms, whole)
    if allowed != gives:
        parts = source(allowed, offers, split)
        gives = sum(part.quantity for part in parts)
        if part_of(rest, gives, terms, whole) != gives:
            return ()
    return parts


def _last_date(rest: int, cells: range, of_day: Callable[[int], Sequence[Part]]) -> int:
    """The first day that gives the whole rest, else the first that gives most of it."""
    best, most = cells.start, -1
    for cell in cells:
        quantity = sum(part.quantity for part in of_day(cell))
        if quantity > most:
            best, most = cell, quantity
        if most == rest:
            break
    return best


def _allowed(offers: Sequence[Offer], used: AbstractSet[str], split: Split) -> Sequence[Offer]:
    """The offers; of sites that gave nothing yet, no more than the split has room for."""
    if split.max_sites is None or not used:
        return offers
    new = [offer for offer in offers if offer.site_id not in used and offer.number > 0]
    if split.choose in {"fewest_first", "highest"}:
        new.sort(key=lambda offer: -offer.number)
    allowed = {offer.site_id for offer in new[: split.max_sites - len(used)]} | used
    return [offer for offer in offers if offer.site_id in allowed]
