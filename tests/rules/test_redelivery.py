"""Goods kept for another day: when they leave and are received."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from rules.company import Calendar, Destination, Lane, Site
from rules.proposals import Shift
from rules.redelivery import with_days_of_receipt
from rules.reservation import Delivery, Part, Reservation, move
from tests.builders import NOON, TODAY, World

SHOP = Destination("SHOP", "A shop", "UTC", "every day")
LANE = Lane("HAM", "SHOP", "road", transit_days=2)
SETUP = replace(
    World().setup,
    sites={"HAM": Site("HAM", "HAM", "distribution_centre", "UTC", preparation_days=1)},
    destinations={"SHOP": SHOP},
    lanes=(LANE,),
)


def day(ahead: int):
    return TODAY + timedelta(days=ahead)


def kept(ship_to: str | None = "SHOP", service: str = "road") -> Reservation:
    """Eight needed on day 1, which leave on day 2 and are received on day 4."""
    part = Part(0, "HAM", "own", day(1), 8, 8, Delivery(day(2), day(4), service) if ship_to else None)
    return Reservation(UUID(int=1), "web", "TEA", day(4), (part,), NOON, None, "confirmed", ship_to=ship_to)


def moved(of: Reservation) -> Reservation:
    """Three of them are kept for day 5 instead."""
    return move(of, NOON, [Shift("HAM", "own", day(1), day(5), 3)]).reservation


def test_what_is_moved_leaves_and_is_received_by_the_same_service_later():
    first, second = with_days_of_receipt(moved(kept()), SETUP).parts
    assert first.delivery == Delivery(day(2), day(4), "road")
    assert second.delivery == Delivery(day(6), day(8), "road")


def test_goods_taken_at_the_site_have_no_delivery():
    assert with_days_of_receipt(moved(kept(None)), SETUP) == moved(kept(None))


def test_where_nothing_leads_any_more_the_days_stay_unknown():
    """The lane was taken away, or the site never opens again."""
    assert with_days_of_receipt(moved(kept(service="air")), SETUP).parts[1].delivery is None
    shut = replace(SETUP, calendars={"every day": Calendar("every day", frozenset())})
    assert with_days_of_receipt(moved(kept()), shut).parts[1].delivery is None
