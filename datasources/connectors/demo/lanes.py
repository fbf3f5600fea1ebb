"""Where the company delivers, and by which services its sites get there: made up by rule from their zones."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from datasources.connectors.demo.network import BERLIN, LONDON, LOS_ANGELES, NEW_YORK
from datasources.facts import CalendarFact, DestinationFact, LaneFact, SiteFact

CARRIER = CalendarFact("parcel carrier", (1, 2, 3, 4, 5, 6))
"""Parcels are brought and taken in on all days but Sunday."""

EUROPE = frozenset({BERLIN, LONDON})

DESTINATIONS = (
    DestinationFact("DE", "Germany", BERLIN, CARRIER.name),
    DestinationFact("US-EAST", "United States, East", NEW_YORK, CARRIER.name),
    DestinationFact("GB", "Great Britain", LONDON, CARRIER.name),
    DestinationFact("US-WEST", "United States, West", LOS_ANGELES, CARRIER.name),
)

NEAR = (("express", 1, 990), ("parcel", 2, 490))
ABROAD = (("express", 3, 1_990), ("parcel", 5, 1_290))
OVERSEAS = (("air", 6, 3_900),)


def destinations(sites: Iterable[SiteFact]) -> tuple[DestinationFact, ...]:
    """Return where the company delivers: to the zones it has sites in."""
    zones = {site.zone for site in sites}
    return tuple(each for each in DESTINATIONS if each.zone in zones)


def lanes(sites: tuple[SiteFact, ...]) -> Iterator[LaneFact]:
    """Yield each site's ways to each destination; a centre also sends overnight in its own country."""
    for site in sites:
        for there in destinations(sites):
            for service, days, cost in _services(site.zone, there.zone):
                yield LaneFact(
                    *(site.site_id, there.code, service, CARRIER.name), transit_days=days, cost=Decimal(cost)
                )
            if site.kind == "distribution_centre" and site.zone == there.zone:
                yield _overnight(site.site_id, there.code)


def _overnight(site_id: str, there: str) -> LaneFact:
    by = (site_id, there, "overnight", CARRIER.name)
    return LaneFact(*by, transit_hours=14, departs="19:00", cost=Decimal(1_490))


def _services(here: str, there: str) -> tuple[tuple[str, int, int], ...]:
    """Return services with their days and cents."""
    if here == there:
        return NEAR
    return ABROAD if (here in EUROPE) == (there in EUROPE) else OVERSEAS
