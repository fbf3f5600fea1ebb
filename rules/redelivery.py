"""When goods that are kept for another day leave, and when they are received."""

from dataclasses import replace
from datetime import date

from rules.calendar import NoOpenDay
from rules.chain import Origin, Receiver, Route, chain_from, lanes_between
from rules.company import EVERY_DAY, Company
from rules.reservation import Delivery, Part, Reservation


def with_days_of_receipt(reservation: Reservation, company: Company) -> Reservation:
    """The reservation with the days of its delivery on each part that is to be delivered and has none.

    They are chained over the lane that its site's other parts go by. A part stays without them where nothing
    leads there any more.
    """
    if reservation.ship_to is None or all(part.delivery is not None for part in reservation.parts):
        return reservation
    parts = (
        part if part.delivery is not None else replace(part, delivery=_delivery(part, reservation, company))
        for part in reservation.parts
    )
    return replace(reservation, parts=tuple(parts))


def _delivery(part: Part, of: Reservation, company: Company) -> Delivery | None:
    ways = (other.delivery for other in of.parts if other.site_id == part.site_id)
    service = next((way.service for way in ways if way is not None), of.service)
    return delivery_from(part.site_id, part.needed_on, (of.ship_to or "", service), company)


def delivery_from(
    site_id: str, needed_on: date, to: tuple[str, str | None], company: Company
) -> Delivery | None:
    """How goods needed on the day go from the site to a destination, by the service if one is named.

    None where nothing leads there.
    """
    destination = company.destinations.get(to[0])
    lanes = lanes_between(company.lanes, site_id, *to)
    if destination is None or not lanes:
        return None
    site = company.sites[site_id]
    origin = Origin(site.zone, company.calendar_at(site_id), None, site.preparation_days)
    receiver = Receiver(destination.zone, company.calendars.get(destination.calendar, EVERY_DAY))
    try:
        chain = chain_from(Route(origin, lanes[0], receiver), needed_on)
    except NoOpenDay:
        return None
    return Delivery(chain.ship_on, chain.promised, lanes[0].service)
