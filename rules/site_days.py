"""From when a site could serve an ask, over which lane, and why its other lanes were not taken.

Derived again whenever it is asked for, as the decision itself finds it; nothing here decides.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from rules.calendar import zone_of
from rules.chain import Chain
from rules.company import Lane
from rules.delivery import Delivery, When
from rules.position import ItemPosition, SitePosition
from rules.promise import Asker

CLOCK = "%H:%M"


@dataclass(frozen=True, slots=True)
class LaneConsidered:
    """A lane, its days for the day wanted or its first, and why it was not taken; '' for the one that is."""

    service: str
    chain: Chain | None
    why_not: str


@dataclass(frozen=True, slots=True)
class SiteDays:
    """The days of one site: `start` is the first its goods can be picked, `needed_on` when they must be free.

    `chain` are all days by the lane taken; None where goods are taken at the site, or no lane leads there.
    """

    start: date
    start_why: str
    needed_on: date
    chain: Chain | None = None
    service: str = ""
    lanes: tuple[LaneConsidered, ...] = ()


def days_of_sites(
    item: ItemPosition, asker: Asker, wanted: date, went_by: Mapping[str, str] | None = None
) -> Mapping[str, SiteDays]:
    """By site how the ask's days come about there, for `wanted` or the first day it can have.

    `went_by` names the service of the answer's first part from a site.
    """
    by, item_class = went_by or {}, item.profile.item_class
    return {rows.site_id: _at(rows, item_class, asker, wanted, by.get(rows.site_id)) for rows in item.sites}


def _at(rows: SitePosition, item_class: str, asker: Asker, wanted: date, service: str | None) -> SiteDays:
    when = asker.when
    assert when is not None, "an ask has an instant"
    by_rule = asker.sourcing(rows.site_id, item_class)
    start = when.start(rows.site_id, rows.today, by_rule.cut_off)
    why = _why_start(rows, when, start, by_rule.cut_off)
    if when.destination is None:
        return SiteDays(start, why, max(wanted, start))
    last = rows.today + timedelta(days=min(by_rule.horizon_days, len(rows.free)) - 1)
    lanes = list(when.lanes(rows.site_id, last, by_rule.cut_off, None))
    taken = when.delivery(rows.site_id, last, by_rule.cut_off)
    if taken is not None and service is not None:
        taken = next((way for way in taken.cheaper if way.service == service), taken)
    gives = service is not None
    told = tuple(_considered(lanes, when, taken, wanted, gives=gives))
    chain = None if taken is None else _chain(taken, wanted)
    if chain is None or taken is None:
        return SiteDays(start, why, start, lanes=told)
    return SiteDays(start, why, chain.needed_on, chain, taken.service, told)


def _why_start(rows: SitePosition, when: When, start: date, cut_off: int | None) -> str:
    closed = "it is closed that day: the next day it is open"
    if cut_off is None:
        return "orders are taken all day" if start == rows.today else closed
    at = when.now.astimezone(zone_of(when.company.sites[rows.site_id].zone))
    closing = f"{cut_off // 60:02}:{cut_off % 60:02}"
    before = (at.hour * 60 + at.minute) < cut_off
    ordered = f"ordered at {at.strftime(CLOCK)} there, {'before' if before else 'not before'} {closing}"
    if start == rows.today:
        return ordered
    return f"{ordered}; {closed}" if before else f"{ordered}: the next day it is open"


def _considered(
    lanes: list[tuple[Lane, Delivery | None]],
    when: When,
    taken: Delivery | None,
    wanted: date,
    *,
    gives: bool,
) -> Iterator[LaneConsidered]:
    """Each lane, and why it was not taken; where the site `gives` nothing, by their first days alone."""
    for lane, way in lanes:
        chain = None if way is None else _chain(way, wanted)
        if when.service is not None and lane.service != when.service:
            why_not = "another service was asked for"
        elif way is None or taken is None:
            why_not = "nothing that leaves by it within the horizon is ever received"
        else:
            why_not = _why_not(way, taken, wanted if gives else None)
        yield LaneConsidered(lane.service, chain, why_not)


def _why_not(way: Delivery, taken: Delivery, wanted: date | None) -> str:
    """Why the lane lost to the one taken; '' for that itself."""
    if way.service == taken.service:
        return ""
    chain = None if wanted is None else way.latest(wanted)
    if chain is not None and way.cost < taken.cost:
        less, by = taken.cost - way.cost, chain.needed_on
        return f"costs {less} less, but what is asked is not free for it by {by}"
    if chain is not None and way.cost > taken.cost:
        return f"received in time too, and costs {way.cost - taken.cost} more"
    later = (way.received[0] - taken.received[0]).days
    if later:
        return f"first received on {way.received[0]}, {later} {'day' if later == 1 else 'days'} later"
    if way.cost > taken.cost:
        return "received as early, and it costs more"
    return "received as early at the same cost; the first by name is taken"


def _chain(way: Delivery, wanted: date) -> Chain | None:
    return way.latest(max(wanted, way.received[0]))
