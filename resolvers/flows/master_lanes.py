"""Where goods go and the ways there, each row checked by itself, and which of a source's lanes are gone."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from datasources.facts import DestinationFact, LaneFact, Row
from datasources.store.catalogue import LaneKey
from resolvers.flows.translate import Untranslatable, name, plain, text
from resolvers.flows.translate_terms import DAYS_MAX, minute
from rules.calendar import zone_of

DESTINATIONS_MAX = 5_000
LANES_MAX = 20_000
"""Over all sources: the set-up that holds them is read whole."""
HOURS_MAX = DAYS_MAX * 24
COST_MAX = 10**15


def destination(known: Collection[str], calendars: Collection[str]) -> Callable[[DestinationFact], Hashable]:
    """The check of a destination: its zone and its calendar are known, and there is room for it."""
    codes = set(known)

    def check(fact: DestinationFact) -> Hashable:
        plain(fact.name)
        zone_of(fact.zone)
        if fact.calendar not in calendars:
            raise Untranslatable(
                f"{fact.code} takes goods in by calendar {fact.calendar}, which is not known."
            )
        _has_room(codes, text(fact.code), DESTINATIONS_MAX, "destinations")
        return fact.code

    return check


def lane(
    source: str,
    places: tuple[Collection[str], Collection[str], Collection[str]],
    known: Mapping[LaneKey, str],
) -> Callable[[LaneFact], Hashable]:
    """The check of a lane: it leads from a site to a destination or another site, and takes days or hours.

    `places` are the sites, the ends lanes may have and the calendars there are, `known` the lanes and who
    states them.
    """
    sites, destinations, calendars = places
    keys = set(known)

    def check(fact: LaneFact) -> Hashable:
        for what, named, among in (
            ("site", fact.origin, sites),
            ("destination", fact.destination, destinations),
            ("calendar", fact.calendar, calendars),
        ):
            if named not in among:
                raise Untranslatable(f"No {what} is called {named}. State it before the lane.")
        if fact.origin == fact.destination:
            raise Untranslatable(f"A lane leads from one place to another, not from {fact.origin} to itself.")
        name(fact.service)
        _check_transit(fact)
        key = key_of(fact)
        reporter = known.get(key, source)
        if reporter != source:
            raise Untranslatable(f"This lane is already reported by {reporter}.")
        _has_room(keys, key, LANES_MAX, "lanes")
        return key

    return check


def key_of(fact: LaneFact) -> LaneKey:
    """What names the lane."""
    return fact.origin, fact.destination, fact.service


def _check_transit(fact: LaneFact) -> None:
    if (fact.transit_days is None) == (fact.transit_hours is None):
        both = "neither days nor hours" if fact.transit_days is None else "both days and hours"
        raise Untranslatable(f"The lane has {both} of transit. State one of transit_days and transit_hours.")
    if not 0 <= (fact.transit_days or 0) <= DAYS_MAX or not 0 <= (fact.transit_hours or 0) <= HOURS_MAX:
        stated = f"{fact.transit_days} days" if fact.transit_hours is None else f"{fact.transit_hours} hours"
        raise Untranslatable(
            f"A transit of {stated} cannot be: 0 to {DAYS_MAX:,} days or {HOURS_MAX:,} hours can."
        )
    if (fact.transit_hours is None) != (not fact.departs):
        raise Untranslatable("A lane in hours, and no other, has a local time at which it `departs`.")
    minute(fact.departs)
    if not 0 <= fact.cost <= COST_MAX or fact.cost != int(fact.cost):
        raise Untranslatable(f"A cost of {fact.cost} cannot be compared: state whole minor units, 0 or more.")


def _has_room(keys: set[Any], key: Hashable, most: int, what: str) -> None:
    if key not in keys and len(keys) >= most:
        raise Untranslatable(f"There are {most:,} {what} already, which is the most there may be.")
    keys.add(key)


def lane_row(source: str, fact: LaneFact) -> dict[str, Any]:
    """The lane as the store keeps it."""
    return {
        "origin": fact.origin,
        "destination": fact.destination,
        "service": fact.service,
        "source": source,
        "calendar": fact.calendar,
        "transit_days": fact.transit_days or 0,
        "transit_hours": fact.transit_hours,
        "departs": minute(fact.departs) or 0,
        "cost": int(Decimal(fact.cost)),
    }


def no_longer_stated(source: str, known: Mapping[LaneKey, str], rows: Iterable[Row]) -> list[LaneKey]:
    """The source's lanes of which no row speaks; a row that cannot be used speaks of its lane too."""
    spoken = {key_of(row.fact) for row in rows if isinstance(row.fact, LaneFact)}
    return sorted(key for key, reporter in known.items() if reporter == source and key not in spoken)
