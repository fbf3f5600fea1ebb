"""Master rows: items, aliases, calendars, sites and channels, each row checked by itself."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from datasources.facts import (
    AliasFact,
    CalendarFact,
    ChannelFact,
    DestinationFact,
    ItemFact,
    LaneFact,
    Row,
    SiteFact,
)
from datasources.store import catalogue
from datasources.store.unit import Tx
from resolvers.flows.master_lanes import destination, lane, lane_row, no_longer_stated
from resolvers.flows.translate import Untranslatable, name, plain, text
from resolvers.flows.translate_terms import DAYS_MAX
from rules.calendar import UnknownZone, zone_of

PRECISION_MAX = 6
FACTOR_MAX = 10**15


class Sorter(Protocol):
    """Who is told what became of each row."""

    def accept(self, kind: str, rows: int = 1) -> None: ...

    def put_aside(self, row: Row, reason: str) -> None: ...


Facts = Mapping[type[Any], Sequence[Row]]
"""What a source stated, by kind."""


async def put(tx: Tx, source: str, facts: Facts, told: Sorter, *, all_lanes: bool) -> set[str]:
    """The master rows that can be used are in force; the items that are new or have changed.

    With `all_lanes` the source's lanes that it no longer states are gone.
    """

    def of(kind: type[Any], name: str, check: Callable[[Any], Hashable]) -> list[Any]:
        return _of(facts, told, kind, name, check)

    known = await catalogue.precisions(tx)
    items = of(ItemFact, "item", item(known))
    aliases = of(AliasFact, "alias", alias({*known, *(fact.sku for fact in items)}))
    calendars = of(CalendarFact, "calendar", calendar)
    kept = {*await catalogue.calendars(tx), *(fact.name for fact in calendars)}
    changed = await catalogue.put_items(tx, items)
    await catalogue.put_aliases(tx, source, aliases)
    await catalogue.put_calendars(tx, calendars)
    await catalogue.put_sites(tx, of(SiteFact, "site", site(kept)))
    await catalogue.put_channels(tx, of(ChannelFact, "channel", channel))
    if all_lanes or facts.keys() & {DestinationFact, LaneFact}:
        await _put_lanes(tx, source, facts, told, all_lanes=all_lanes)
    await catalogue.refresh(tx)
    return changed


def _of(
    facts: Facts, told: Sorter, kind: type[Any], name: str, check: Callable[[Any], Hashable]
) -> list[Any]:
    chosen = usable(facts.get(kind, ()), check, told.put_aside)
    told.accept(name, len(chosen))
    return chosen


async def _put_lanes(tx: Tx, source: str, facts: Facts, told: Sorter, *, all_lanes: bool) -> None:
    """Destinations, and the lanes there, are as the source states them."""
    calendars = await catalogue.calendars(tx)
    ends = await catalogue.destinations(tx)
    named = _of(facts, told, DestinationFact, "destination", destination(ends, calendars))
    await catalogue.put_destinations(tx, named)
    known = await catalogue.lanes(tx)
    sites = await catalogue.sites(tx)
    places = sites, {*sites, *ends, *(fact.code for fact in named)}, calendars
    stated = _of(facts, told, LaneFact, "lane", lane(source, places, known))
    gone = no_longer_stated(source, known, facts.get(LaneFact, ())) if all_lanes else []
    await catalogue.put_lanes(tx, [lane_row(source, fact) for fact in stated], gone)


def usable(
    rows: Iterable[Row], check: Callable[[Any], Hashable], put_aside: Callable[[Row, str], None]
) -> list[Any]:
    """The facts that pass `check`, which gives what names each; what does not is set aside with the reason.

    A row that says the same again is taken once; one that says otherwise is set aside.
    """
    taken: dict[Hashable, Row] = {}
    for row in rows:
        try:
            key = check(row.fact)
        except (Untranslatable, UnknownZone) as refused:
            put_aside(row, str(refused))
            continue
        first = taken.setdefault(key, row)
        if first.fact != row.fact:
            put_aside(row, f"{first.file} line {first.line} says otherwise of {key} already.")
    return [row.fact for row in taken.values()]


def item(precisions: Mapping[str, int]) -> Callable[[ItemFact], Hashable]:
    """The check of an item: its precision stays what it is once anything is counted in it."""

    def check(fact: ItemFact) -> Hashable:
        plain(fact.name)
        name(fact.unit)
        for named, value in fact.attributes.items():
            _storable(text(named), value)
        if not 0 <= fact.precision <= PRECISION_MAX:
            raise Untranslatable(f"A precision of {fact.precision} cannot be kept: 0 to {PRECISION_MAX} can.")
        before = precisions.get(fact.sku, fact.precision)
        if before != fact.precision:
            raise Untranslatable(
                f"{fact.sku} is counted to {before} decimals; with {fact.precision} decimals "
                "every quantity booked of it would mean something else."
            )
        return text(fact.sku)

    return check


def alias(skus: Collection[str]) -> Callable[[AliasFact], Hashable]:
    """The check of an alias: it stands for an item we know, by a factor above 0."""

    def check(fact: AliasFact) -> Hashable:
        if fact.sku not in skus:
            raise Untranslatable(f"{fact.code} stands for {fact.sku}, which is no item we know.")
        if fact.factor <= 0 or max(fact.factor.numerator, fact.factor.denominator) > FACTOR_MAX:
            raise Untranslatable(f"A unit cannot be {fact.factor} base units.")
        return text(fact.code), name(fact.unit)

    return check


def calendar(fact: CalendarFact) -> Hashable:
    """The calendar's name, where it is open on some weekday that exists."""
    if not fact.open_weekdays or not set(fact.open_weekdays) <= set(range(1, 8)):
        raise Untranslatable(f"Calendar {fact.name} is open on {fact.open_weekdays}: name days 1 to 7.")
    return text(fact.name)


def site(calendars: Collection[str]) -> Callable[[SiteFact], Hashable]:
    """The check of a site: its zone and its calendar are known."""

    def check(fact: SiteFact) -> Hashable:
        plain(fact.name)
        text(fact.kind)
        zone_of(fact.zone)
        if fact.calendar not in calendars:
            raise Untranslatable(f"Site {fact.site_id} keeps calendar {fact.calendar}, which is not known.")
        for days in (fact.preparation_days, fact.dock_to_stock_days):
            if not 0 <= days <= DAYS_MAX:
                raise Untranslatable(f"{days} days cannot be waited: 0 to {DAYS_MAX:,} can.")
        return text(fact.site_id)

    return check


def channel(fact: ChannelFact) -> Hashable:
    """The channel's code, where its words can be kept."""
    plain(fact.name)
    text(fact.kind)
    text(fact.demand_class)
    name(fact.parent or "")
    return text(fact.code)


def check_flat(pair: tuple[str, str], takes: Mapping[tuple[str, str], int]) -> None:
    """Nothing, for a kit and a component of which the one is no component and the other no kit."""
    kit, component = pair
    if any(taken == kit for (_, taken), per in takes.items() if per):
        raise Untranslatable(f"{kit} is a part of another kit. Name its own parts there instead.")
    if any(made == component for (made, _), per in takes.items() if per):
        raise Untranslatable(f"{component} is a kit itself. Name its parts instead.")


def _storable(named: str, value: str) -> None:
    """Nothing, for a value that the store can keep: long ones and line breaks are welcome."""
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Untranslatable(f"Attribute {named} has a character that cannot be kept.")
