"""Which sites serve an ask, and how much each of them gives."""

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.atp import UNLIMITED
from rules.chain import Origin, Receiver, Route
from rules.company import Lane
from rules.delivery import delivery
from rules.sourcing import DatedPart, Offer, Part, Split, over_days, pool_number, source
from tests.rules.profile import quick

THURSDAY = [Offer("DC", 4), Offer("ST1", 10 - 3), Offer("ST2", 6 - 2)]
"""Wanted on Thursday: each site's number on its own latest day. Stores keep a floor of 3 and of 2."""


def given_by(asked: int, offers: list[Offer], split: Split) -> dict[str, int]:
    return {part.site_id: part.quantity for part in source(asked, offers, split)}


@pytest.mark.parametrize(
    ("asked", "max_sites", "parts"),
    [
        (10, 2, {"DC": 4, "ST1": 6}),
        (12, 2, {"DC": 4, "ST1": 7}),
        (12, 3, {"DC": 4, "ST1": 7, "ST2": 1}),
        (7, 2, {"ST1": 7}),
        (15, 3, {"DC": 4, "ST1": 7, "ST2": 4}),
        (16, 3, {"DC": 4, "ST1": 7, "ST2": 4}),
        (4, 1, {"DC": 4}),
        (8, 2, {"DC": 4, "ST1": 4}),
    ],
)
def test_a_centre_and_two_stores_with_fewest_sites_first(asked, max_sites, parts):
    """The fewest that cover, the first such set in list order, filled in list order."""
    assert given_by(asked, THURSDAY, Split("fewest_first", max_sites)) == parts


def test_each_site_needs_the_goods_on_its_own_latest_day():
    """Wanted on Thursday: the centre, two days away, needs them on Tuesday, the store on Wednesday."""
    thursday = date(2026, 5, 7)
    routes = [Route(Origin("UTC"), Lane("", "", transit_days=days), Receiver("UTC")) for days in (2, 1)]
    found = [delivery(route, thursday - timedelta(days=7), thursday).latest(thursday) for route in routes]
    assert [chain and chain.needed_on.strftime("%A") for chain in found] == ["Tuesday", "Wednesday"]


def test_what_the_pool_protects_for_others_no_site_gives():
    """Fifteen at the sites, six kept for the market: nine of the ten asked."""
    numbers = [offer.number for offer in THURSDAY]
    assert pool_number(15, numbers) == 15
    assert pool_number(15 - 6, numbers) == 9
    assert given_by(9, THURSDAY, Split("fewest_first", 2)) == {"DC": 4, "ST1": 5}


def test_with_at_most_two_sites_the_pool_gives_the_two_largest():
    """Seven and four of the fifteen; a site in debt adds nothing and hides nothing."""
    assert pool_number(15, [4, 7, 4], max_sites=2) == 11
    assert pool_number(99, [4, -7]) == 4
    assert pool_number(99, [4, UNLIMITED]) == 99
    assert pool_number(-1, [4]) == 0


def test_the_second_of_two_askers_sees_what_the_first_left():
    """Ten of fifteen are gone."""
    gone = given_by(10, THURSDAY, Split("fewest_first", 2))
    left = [Offer(offer.site_id, offer.number - gone.get(offer.site_id, 0)) for offer in THURSDAY]
    assert pool_number(15, [offer.number for offer in left]) == 5
    assert given_by(10, left, Split("fewest_first", 2)) == {"ST1": 1, "ST2": 4}


SALEOR = [Offer("W4", 4), Offer("W3", 3)]
THREE = [Offer("A", 4), Offer("C", 7), Offer("B", 9)]


@pytest.mark.parametrize(
    ("asked", "offers", "split", "parts"),
    [
        (5, SALEOR, Split("highest"), {"W4": 4, "W3": 1}),
        (5, SALEOR[::-1], Split("listed"), {"W3": 3, "W4": 2}),
        (6, THREE, Split("single_first"), {"C": 6}),
        (12, THREE, Split("single_first"), {"A": 4, "C": 7, "B": 1}),
        (12, THREE, Split("single_first", max_sites=2), {"A": 4, "C": 7}),
        (12, THREE, Split("highest"), {"B": 9, "C": 3}),
        (12, THREE, Split("highest", max_sites=1), {"B": 9}),
        (5, [Offer("W4", 4), Offer("W3", 3, size=9)], Split("highest"), {"W3": 3, "W4": 2}),
        (5, [Offer("B", 3), Offer("A", 3)], Split("highest"), {"A": 3, "B": 2}),
        (5, [Offer("A", -2), Offer("B", 0), Offer("C", 9)], Split("listed"), {"C": 5}),
        (0, THREE, Split("listed"), {}),
        (5, [], Split("fewest_first"), {}),
    ],
)
def test_by_size_by_list_or_at_one_site(asked, offers, split, parts):
    """Most first with ties by id, the listed order, or one site that alone covers."""
    assert given_by(asked, offers, split) == parts
    assert list(given_by(asked, offers, split)) == list(parts)


@pytest.mark.parametrize(
    ("asked", "numbers", "split", "parts"),
    [
        (10, [9, 9], Split("listed", min_split=3), [7, 3]),
        (4, [3, 9], Split("listed", min_split=3), [0, 4]),
        (4, [3, 3], Split("listed", min_split=3), [3, 0]),
        (9, [2, 8], Split("listed", min_split=3), [0, 8]),
        (2, [1, 5], Split("listed", min_split=3), [0, 2]),
        (12, [8, 3, 3], Split("fewest_first", min_split=3), [6, 3, 3]),
        (12, [8, 3, 2], Split("fewest_first", min_split=3), [8, 3, 0]),
        (8, [5, 2, 3], Split("fewest_first", min_split=3), [5, 0, 3]),
        (7, [4, 2, 3], Split("fewest_first", min_split=4), [4, 0, 0]),
    ],
)
def test_no_part_is_smaller_than_the_least(asked, numbers, split, parts):
    """A site gives less so that the next gives enough, or is passed over; a small ask is not split."""
    offers = [Offer(f"S{at}", number) for at, number in enumerate(numbers)]
    expected = {f"S{at}": quantity for at, quantity in enumerate(parts) if quantity}
    assert given_by(asked, offers, split) == expected


NUMBERS = st.lists(st.integers(-2, 9), min_size=1, max_size=6)
SPLITS = st.builds(
    Split,
    st.sampled_from(["listed", "fewest_first", "highest", "single_first"]),
    st.none() | st.integers(1, 4),
    st.none() | st.integers(1, 3),
    st.integers(0, 4),
)


def sites(numbers: list[int]) -> list[Offer]:
    return [Offer(f"S{at}", number) for at, number in enumerate(numbers)]


@settings(parent=quick, max_examples=400)
@given(st.integers(0, 25), NUMBERS, SPLITS)
def test_no_site_gives_more_than_it_has_and_no_limit_is_passed(asked, numbers, split):
    """At most its number, at most so many sites, no part too small, never more than asked."""
    parts = source(asked, sites(numbers), split)
    by_site = {offer.site_id: offer.number for offer in sites(numbers)}
    assert len({part.site_id for part in parts}) == len(parts) <= (split.max_sites or len(numbers))
    assert all(0 < part.quantity <= by_site[part.site_id] for part in parts)
    assert all(part.quantity >= min(asked, split.min_split) for part in parts)
    assert sum(part.quantity for part in parts) <= asked


def by_trying(asked: int, offers: list[Offer], most: int) -> dict[str, int]:
    """All sets of sites in list order, by size: the first that covers, else the largest of that many."""
    giving = [offer for offer in offers if offer.number > 0]
    most = min(most, len(giving))
    for count in range(1, most + 1):
        for chosen in combinations(giving, count):
            if sum(offer.number for offer in chosen) >= asked:
                return filled(asked, chosen)
    largest = max(combinations(giving, most), key=lambda chosen: sum(o.number for o in chosen), default=())
    return filled(asked, largest)


def filled(asked: int, chosen: tuple[Offer, ...]) -> dict[str, int]:
    parts = {}
    for offer in chosen:
        parts[offer.site_id] = min(asked, offer.number)
        asked -= parts[offer.site_id]
    return {site: quantity for site, quantity in parts.items() if quantity}


@quick
@given(st.integers(1, 25), NUMBERS, st.integers(1, 6))
def test_fewest_first_is_what_trying_every_set_gives(asked, numbers, most):
    """So few sites as can be, and of those sets the first in list order."""
    offers = sites(numbers)
    assert given_by(asked, offers, Split("fewest_first", most)) == by_trying(asked, offers, most)


@quick
@given(st.integers(1, 25), NUMBERS)
def test_without_limits_nothing_is_left_open_that_sites_have(asked, numbers):
    """Whichever the rule."""
    there = sum(max(0, number) for number in numbers)
    for choose in ("listed", "fewest_first", "highest", "single_first"):
        assert sum(given_by(asked, sites(numbers), Split(choose)).values()) == min(asked, there)


def spread(asked: int, days: list[list[Offer]], split: Split) -> tuple[DatedPart, ...]:
    """What is given when every day's offers lose what was taken before."""
    taken: list[DatedPart] = []

    def offers(cell: int) -> list[Offer]:
        given = {o.site_id: sum(p.quantity for p in taken if p.site_id == o.site_id) for o in days[cell]}
        return [Offer(o.site_id, o.number - given[o.site_id], o.size) for o in days[cell]]

    return over_days(asked, len(days), offers, taken.append, split)


@pytest.mark.parametrize(
    ("split", "parts"),
    [
        (Split("listed"), [(0, "DC", 2), (0, "ST", 3), (1, "DC", 4), (2, "DC", 3)]),
        (Split("listed", max_sites=1), [(0, "DC", 2), (1, "DC", 4), (2, "DC", 6)]),
        (Split("highest", max_sites=1), [(0, "ST", 3)]),
        (Split("listed", max_dates=1), [(2, "DC", 12)]),
        (Split("listed", max_dates=2), [(0, "DC", 2), (0, "ST", 3), (2, "DC", 7)]),
    ],
)
def test_over_days_within_so_many_sites_and_dates(split, parts):
    """Twelve asked; the centre has 2, 6, then 20, the store 3 on every day."""
    days = [[Offer("DC", number), Offer("ST", 3)] for number in (2, 6, 20)]
    assert spread(12, days, split) == tuple(DatedPart(*part) for part in parts)


def test_if_no_day_gives_all_the_last_allowed_one_is_that_which_gives_most():
    """One date for twenty: the second day has nine."""
    days = [[Offer("A", 4)], [Offer("A", 9)], [Offer("A", 9)]]
    assert spread(20, days, Split(max_dates=1)) == (DatedPart(1, "A", 9),)
    assert spread(20, [[Offer("A", 0)]] * 3, Split(max_dates=1)) == ()


RISING = st.lists(
    st.lists(st.integers(0, 5), min_size=3, max_size=3).map(lambda s: [s[0], s[0] + s[1], sum(s)]),
    min_size=1,
    max_size=4,
)


@quick
@given(st.integers(1, 25), RISING, SPLITS)
def test_over_all_days_no_site_gives_more_than_it_has_by_then(asked, rows, split):
    """So many sites and dates at most, whatever the rule."""
    days = [[Offer(f"S{at}", row[cell]) for at, row in enumerate(rows)] for cell in range(3)]
    parts = spread(asked, days, split)
    assert sum(part.quantity for part in parts) <= asked
    assert len({part.cell for part in parts}) <= (split.max_dates or 3)
    assert len({part.site_id for part in parts}) <= (split.max_sites or len(rows))
    for at, row in enumerate(rows):
        for cell in range(3):
            given_by_then = sum(p.quantity for p in parts if p.site_id == f"S{at}" and p.cell <= cell)
            assert given_by_then <= row[cell]


def test_parts_name_the_site_and_the_quantity():
    """One from each."""
    assert source(5, SALEOR, Split("highest")) == (Part("W4", 4), Part("W3", 1))
