"""Positions of an item over its sites: prepared in order, each by its own day, policy and zone."""

from rules.model import SiteStock
from rules.position import prepare
from tests.builders import NOON, World, at, day, on_hand, policy, profile, receipt


def test_sites_the_set_up_does_not_know_are_left_out():
    """Stock somewhere nobody told us of cannot be promised from there."""
    item = prepare(
        profile(SiteStock("HAM", (on_hand(5),)), SiteStock("MARS", (on_hand(9),))), World().setup, NOON
    )
    assert [rows.site_id for rows in item.sites] == ["HAM"]
    assert item.site("MARS") is None


def test_each_sites_rows_begin_at_its_own_today():
    """Half past ten in the evening in Greenwich: Berlin is a day ahead, New York is not."""
    world = World(zones={"BER": "Europe/Berlin", "NYC": "America/New_York"})
    sites = [SiteStock(name, (on_hand(5),)) for name in ("BER", "NYC")]
    item = prepare(profile(*sites), world.setup, at(10.5))
    assert [rows.today for rows in item.sites] == [day(1), day(0)]
    assert [rows.last_day for rows in item.sites] == [day(10), day(9)]


def test_a_day_outside_the_rows_offers_nothing():
    """Neither yesterday nor the day after the last."""
    [ham] = prepare(profile(SiteStock("HAM", (on_hand(5),))), World().setup, NOON).sites
    assert [ham.free_on(day(ahead)) for ahead in (-1, 0, 9, 10)] == [0, 5, 5, 0]


def test_the_rows_are_as_long_as_the_horizon():
    """Receipts behind it do not count, and do not fail."""
    world = World(policy=policy(horizon_days=3))
    [ham] = prepare(
        profile(SiteStock("HAM", (on_hand(5),), receipts=(receipt(9, 3),))), world.setup, NOON
    ).sites
    assert (ham.free, sum(ham.receipts)) == ((5, 5, 5), 0)


def test_sites_stand_beside_the_stock_they_were_made_from():
    """In the same order."""
    sites = [SiteStock("COL", (on_hand(2),)), SiteStock("HAM", (on_hand(5),))]
    item = prepare(profile(*sites), World().setup, NOON)
    assert [(stock.site_id, rows.usable[0]) for stock, rows in item.with_stock()] == [("COL", 2), ("HAM", 5)]
