"""Destinations and lanes as sources state them: what is taken, what is set aside and why, and what goes."""

from decimal import Decimal
from typing import Any

import orjson
import pytest

from datasources.facts import CalendarFact, DestinationFact, LaneFact, SetAside
from datasources.store import catalogue
from resolvers.flows import master_lanes
from resolvers.flows.deps import Deps
from rules.company import Calendar, Company, Lane
from tests.builders import site, tell

NORTH = DestinationFact("NORTH", "The north", "Europe/Oslo", "weekdays")
WEEKDAYS = CalendarFact("weekdays", (1, 2, 3, 4, 5))


def lane(service: str = "parcel", **more: Any) -> LaneFact:
    given: dict[str, Any] = {"transit_days": 2} if "transit_hours" not in more else {}
    return LaneFact(**{"origin": "HAM", "destination": "NORTH", "service": service} | given | more)


@pytest.fixture
async def company(deps: Deps) -> Deps:
    """Sites HAM and COL, and goods are taken in in the north on weekdays."""
    await tell(deps, WEEKDAYS, NORTH)
    return deps


async def now(deps: Deps) -> Company:
    async with deps.store.reading() as tx:
        return await catalogue.current(tx)


async def services(deps: Deps) -> list[str]:
    return [each.service for each in (await now(deps)).lanes]


async def test_what_a_source_states_is_in_the_set_up(company: Deps):
    """The carrier's calendar is the lane's, the hours count from a local time, and costs are compared."""
    night = lane("night", transit_hours=12, departs="18:30", calendar="weekdays", cost=Decimal(990))
    await tell(company, night, lane(), site("HAM", preparation_days=1, dock_to_stock_days=2))
    told = await now(company)
    assert told.destinations["NORTH"].zone == "Europe/Oslo"
    assert told.destinations["NORTH"].calendar == "weekdays"
    weekdays = Calendar("weekdays", frozenset({1, 2, 3, 4, 5}))
    assert told.lanes == (
        Lane("HAM", "NORTH", "night", weekdays, 0, 12, 18 * 60 + 30, 990),
        Lane("HAM", "NORTH", "parcel", transit_days=2),
    )
    assert (told.sites["HAM"].preparation_days, told.sites["HAM"].dock_to_stock_days) == (1, 2)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (lane(origin="NOWHERE"), "No site is called NOWHERE"),
        (lane(destination="MARS"), "No destination is called MARS"),
        (lane(calendar="moon"), "No calendar is called moon"),
        (lane(transit_days=-1), "A transit of -1 days"),
        (lane(transit_days=None), "neither days nor hours"),
        (lane(transit_hours=5, transit_days=1, departs="18:00"), "both days and hours"),
        (lane(transit_hours=-5, departs="18:00"), "A transit of -5 hours"),
        (lane(transit_hours=5), "has a local time at which it `departs`"),
        (lane(departs="18:00"), "A lane in hours, and no other"),
        (lane(transit_hours=5, departs="25:00"), "no time of day"),
        (lane(cost=Decimal("9.90")), "whole minor units"),
        (lane(cost=Decimal(-1)), "A cost of -1"),
        (DestinationFact("SOUTH", "South", "Europe/Atlantis"), "Europe/Atlantis"),
        (DestinationFact("SOUTH", "South", "UTC", "moon"), "by calendar moon, which is not known"),
        (site("HAM", preparation_days=-1), "-1 days cannot be waited"),
        (site("HAM", dock_to_stock_days=10_000), "10000 days cannot be waited"),
    ],
)
async def test_a_row_that_cannot_be_used_is_set_aside_with_the_reason(company: Deps, bad, why):
    """And the rows beside it are taken."""
    report = await tell(company, lane("express"), bad)
    [aside] = report.set_aside
    assert why in aside.reason
    assert await services(company) == ["express"]


async def test_a_lane_that_its_source_no_longer_states_is_gone(company: Deps):
    """Only where the source states all its lanes, and no other source's."""
    await tell(company, lane("slow"), source="carrier")
    await tell(company, lane("express"), lane("parcel"), states=["lane"])
    await tell(company, lane("express"))
    assert await services(company) == ["express", "parcel", "slow"]
    await tell(company, lane("express"), states=["lane"])
    assert await services(company) == ["express", "slow"]


async def test_a_lane_stays_while_its_row_cannot_be_used_or_read(company: Deps):
    """What cannot be understood says nothing of what is no more."""
    await tell(company, lane("express"), lane("parcel"), states=["lane"])
    await tell(company, lane("express"), lane("parcel", transit_days=-3), states=["lane"])
    unread = SetAside("erp.csv", 2, "a quote stays open", '"')
    await tell(company, lane("express"), unread, states=["lane"])
    assert await services(company) == ["express", "parcel"]
    assert (await now(company)).lanes[1].transit_days == 2


async def test_a_lane_belongs_to_the_source_that_stated_it_first(company: Deps):
    """Two that state it otherwise would change it with every load."""
    await tell(company, lane(), source="carrier")
    report = await tell(company, lane(transit_days=9))
    assert "already reported by carrier" in report.set_aside[0].reason
    assert (await now(company)).lanes[0].transit_days == 2


async def test_lanes_and_destinations_beyond_the_most_are_set_aside(company: Deps, monkeypatch):
    """Those that are there may still be changed."""
    monkeypatch.setattr(master_lanes, "LANES_MAX", 1)
    monkeypatch.setattr(master_lanes, "DESTINATIONS_MAX", 1)
    south = DestinationFact("SOUTH", "The south", "UTC")
    report = await tell(company, lane("parcel"), lane("slow"), south)
    assert sorted(aside.reason[:30] for aside in report.set_aside) == [
        "There are 1 destinations already"[:30],
        "There are 1 lanes already, which"[:30],
    ]
    again = await tell(company, lane("parcel", transit_days=5))
    assert again.set_aside == []
    assert (await now(company)).lanes[0].transit_days == 5


async def test_set_ups_of_before_there_were_lanes_can_still_be_read(company: Deps):
    """They are never changed, so that what was decided by them can be decided again."""
    content = await company.store.pool.fetchval("SELECT content FROM setup JOIN catalogue USING (setup_hash)")
    old = orjson.loads(content)
    del old["lanes"], old["destinations"]
    for row in old["sites"]:
        del row["preparation_days"], row["dock_to_stock_days"]
    read = catalogue.read_company("old", orjson.dumps(old).decode())
    assert (read.lanes, dict(read.destinations)) == ((), {})
    assert read.sites["HAM"].dock_to_stock_days == 0
