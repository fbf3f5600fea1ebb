"""Where the company stands and how it sells: centres, stores, their calendars, and the channels.

The tables hold the company at its largest; a smaller one takes their first rows.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from datasources.facts import CalendarFact, ChannelFact, SiteFact

DEMO_DAY = date(2026, 3, 2)
"""The Monday on which the demo company lives."""


@dataclass(frozen=True, slots=True)
class DemoSize:
    """How large the company is.

    The items include those with a story, which need the first two centres, two stores and three channels.
    """

    items: int = 200
    centres: int = 2
    stores: int = 4
    channels: int = 3
    orders: int = 240
    forecast_weeks: int = 6
    full: bool = False
    """Whether it also sells kits, and has suppliers who ship to its customers themselves."""

    def __post_init__(self) -> None:
        least = 200 if self.full else 15
        assert self.items >= least, f"at least {least} items, not {self.items}"
        assert 2 <= self.centres <= len(CENTRES), f"2 to {len(CENTRES)} centres, not {self.centres}"
        assert 2 <= self.stores <= len(STORES), f"2 to {len(STORES)} stores, not {self.stores}"
        assert 3 <= self.channels <= len(CHANNELS), f"3 to {len(CHANNELS)} channels, not {self.channels}"


GERMAN_HOLIDAYS = (
    date(2025, 10, 3),
    date(2025, 12, 25),
    date(2025, 12, 26),
    date(2026, 1, 1),
    date(2026, 4, 3),
    date(2026, 4, 6),
    date(2026, 5, 1),
    date(2026, 5, 14),
    date(2026, 5, 25),
)
AMERICAN_HOLIDAYS = (date(2025, 11, 27), date(2025, 12, 25), date(2026, 1, 1))
BRITISH_HOLIDAYS = (date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1))

CALENDARS = (
    CalendarFact("German warehouse", (1, 2, 3, 4, 5), GERMAN_HOLIDAYS),
    CalendarFact("German shop", (1, 2, 3, 4, 5, 6), GERMAN_HOLIDAYS),
    CalendarFact("American warehouse", (1, 2, 3, 4, 5), (*AMERICAN_HOLIDAYS, date(2026, 5, 25))),
    CalendarFact("American shop", closed=(*AMERICAN_HOLIDAYS, date(2026, 4, 5))),
    CalendarFact(
        "British warehouse",
        (1, 2, 3, 4, 5),
        (*BRITISH_HOLIDAYS, date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4)),
    ),
    CalendarFact("British shop", closed=(*BRITISH_HOLIDAYS, date(2026, 4, 5))),
)

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
LONDON, LOS_ANGELES = "Europe/London", "America/Los_Angeles"


def _centre(site_id: str, name: str, zone: str, calendar: str) -> SiteFact:
    named = f"Distribution Centre {name}"
    return SiteFact(site_id, named, "distribution_centre", zone, calendar, preparation_days=1)


def _store(site_id: str, name: str, zone: str, calendar: str) -> SiteFact:
    return SiteFact(site_id, f"Store {name}", "store", zone, calendar)


CENTRES = (
    _centre("DC-HAM", "Hamburg", BERLIN, "German warehouse"),
    _centre("DC-CMH", "Columbus", NEW_YORK, "American warehouse"),
    _centre("DC-LTN", "Luton", LONDON, "British warehouse"),
    _centre("DC-ONT", "Ontario, California", LOS_ANGELES, "American warehouse"),
    _centre("DC-DUI", "Duisburg", BERLIN, "German warehouse"),
)

STORES = (
    _store("ST-BER", "Berlin, Kastanienallee", BERLIN, "German shop"),
    _store("ST-NYC", "New York, Bleecker Street", NEW_YORK, "American shop"),
    _store("ST-HAM", "Hamburg, Altona", BERLIN, "German shop"),
    _store("ST-PHL", "Philadelphia, Walnut Street", NEW_YORK, "American shop"),
    _store("ST-LON", "London, Marylebone", LONDON, "British shop"),
    _store("ST-LAX", "Los Angeles, Silver Lake", LOS_ANGELES, "American shop"),
    _store("ST-MUC", "Munich, Glockenbach", BERLIN, "German shop"),
    _store("ST-BOS", "Boston, Newbury Street", NEW_YORK, "American shop"),
    _store("ST-MAN", "Manchester, Northern Quarter", LONDON, "British shop"),
    _store("ST-SFO", "San Francisco, Hayes Valley", LOS_ANGELES, "American shop"),
    _store("ST-CGN", "Cologne, Ehrenfeld", BERLIN, "German shop"),
    _store("ST-CLE", "Cleveland, Ohio City", NEW_YORK, "American shop"),
    _store("ST-EDI", "Edinburgh, Stockbridge", LONDON, "British shop"),
    _store("ST-SEA", "Seattle, Ballard", LOS_ANGELES, "American shop"),
    _store("ST-LEJ", "Leipzig, Südvorstadt", BERLIN, "German shop"),
    _store("ST-PIT", "Pittsburgh, Lawrenceville", NEW_YORK, "American shop"),
    _store("ST-BRS", "Bristol, Clifton", LONDON, "British shop"),
    _store("ST-PDX", "Portland, Pearl District", LOS_ANGELES, "American shop"),
    _store("ST-FRA", "Frankfurt, Nordend", BERLIN, "German shop"),
    _store("ST-DTW", "Detroit, Corktown", NEW_YORK, "American shop"),
)

SUPPLIER_SITES = (
    SiteFact("VS-QUI", "Quillfen Glas AG, to the customer", "supplier", BERLIN, "German warehouse"),
    SiteFact("VS-MAR", "Maribrook Trading Inc., to the customer", "supplier", NEW_YORK, "American warehouse"),
)
"""Where suppliers keep what they ship to our customers themselves. We hold no stock there."""

CHANNELS = (
    ChannelFact("web", "Own web shop", "web", "retail"),
    ChannelFact("marketplace", "Marketplaces", "marketplace", "spot"),
    ChannelFact("contract", "Contract customers", "contract", "contract"),
    ChannelFact("wholesale", "Wholesale", "wholesale", "wholesale"),
    ChannelFact("app", "Shopping app", "web", "retail", parent="web"),
    ChannelFact("hotels", "Hotel groups", "contract", "contract", parent="contract"),
)

CHANNEL_PERCENT = {"web": 50, "marketplace": 20, "contract": 15, "wholesale": 7, "app": 5, "hotels": 3}
"""How the demand of an item falls to the channels."""


GROWN = DemoSize(items=2000, centres=5, stores=20, channels=6, orders=2400, forecast_weeks=4, full=True)
"""The company worth exploring, which `make serve` loads; tests mostly make do with the small one."""


def weekday(days_from_demo_day: int) -> date:
    """Return the first Monday to Friday from that many days after the demo day."""
    day = DEMO_DAY + timedelta(days=days_from_demo_day)
    return day if day.weekday() < 5 else day + timedelta(days=7 - day.weekday())
