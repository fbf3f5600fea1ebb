"""What is given at once is what the judge, asked alone, would have given: word for word, row for row."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from hypothesis import event, given, settings
from hypothesis import strategies as st

from datasources.store.reservations import NewRows, rows_of
from resolvers.flows.commits import decide
from resolvers.flows.reserve_desk import Desk, Item, Setting
from resolvers.flows.reserve_held import decide_held
from resolvers.flows.reserve_requests import HeldLine, Holding, Request, WantedLine, Wanting
from resolvers.flows.reserve_ship import Docks, Shipment
from resolvers.flows.reserve_told import Told
from resolvers.flows.reserve_wanted import decide_wanted
from rules.ask import RequestLine
from rules.company import Channel, Setup, Sourcing
from rules.model import Profile, Reserved, SiteStock
from rules.reservation import Part, Reservation
from tests.builders import NOON, PlainChoices, World, at, day, held, on_hand, owed, policy, profile, receipt
from tests.rules.profile import quick

Way = Callable[[Desk, Request, int], Told]
HORIZON = 10
CHANNELS = {name: Channel(name, name, "web", "retail") for name in ("web", "shop")}


def by_the_judge(desk: Desk, request: Request, place: int) -> Told:
    if isinstance(request.body, Wanting):
        return decide_wanted(desk, request, place)
    return decide_held(desk, request, place, Shipment(Docks(), request))


def as_committed(desk: Desk, request: Request, place: int) -> Told:
    return decide(desk, request, place, Docks())


class Served(PlainChoices):
    """Shops leave less at each site for its counter than the web does."""

    def sourcing(self, channel: str, *rest: Any) -> Sourcing:
        by_rule = super().sourcing(channel, *rest)
        return by_rule if channel == "web" else replace(by_rule, floor=1)


def worlds() -> st.SearchStrategy[Setup]:
    """Two sites on different days, each with a turn, a floor and a horizon of its own."""
    served = st.builds(
        Sourcing,
        st.sampled_from([*[True] * 6, False]),
        st.integers(1, 2),
        st.sampled_from([0, 0, 3]),
        st.sampled_from([3, HORIZON]),
    )
    unlimited = st.sampled_from([None, None, None, 6])

    def made(web: Sourcing, shop: Sourcing, after: int | None) -> Setup:
        world = World(
            zones={"HAM": "Asia/Tokyo", "COL": "UTC"},
            policy=policy(horizon_days=HORIZON, infinite_after_days=after),
        )
        choices = Served(world.policy, served={"HAM": web, "COL": shop})
        return replace(world.setup, choices=choices, channels=CHANNELS)

    return st.builds(made, served, served, unlimited)


def stocks(site_id: str) -> st.SearchStrategy[SiteStock]:
    quantity, ahead = st.sampled_from([0, 10, 20, 40]), st.integers(0, HORIZON + 2)
    keeping = st.builds(
        lambda units, after, hours: Reserved("own", "web", day(after), units + 1, at(hours)),
        *(st.integers(0, 3), st.integers(0, 4), st.sampled_from([-1, 1])),
    )
    expiring = st.sampled_from([*[None] * 12, day(5)])
    return st.builds(
        lambda there, until, coming, due, holds, kept: SiteStock(
            site_id,
            (on_hand(there, usable_until=until),),
            holds=holds,
            receipts=tuple(coming),
            commitments=tuple(due),
            reserved=(*{row.day: row for row in kept}.values(), *([] if site_id == "HAM" else [STANDING])),
        ),
        *(quantity, expiring),
        st.lists(st.builds(receipt, quantity, ahead), max_size=2),
        st.lists(st.builds(owed, st.integers(1, 4), ahead), max_size=2),
        st.sampled_from([*[()] * 6, (held(2),)]),
        st.lists(keeping, max_size=2),
    )


def wantings() -> st.SearchStrategy[Request]:
    common = st.builds(
        lambda units: WantedLine(RequestLine("TEA", Decimal(units), day(0))), st.integers(1, 3)
    )
    other = st.builds(
        lambda units, ahead, site, latest: WantedLine(
            RequestLine("TEA", Decimal(units), day(ahead), site), None if latest is None else day(latest)
        ),
        st.sampled_from([0, 1, 1, 1, 2, 3, 5]),
        st.sampled_from([-1, 0, 0, 0, 0, 2, 5, HORIZON, 40]),
        st.sampled_from([None, None, None, "COL", "NOPE"]),
        st.sampled_from([None, None, None, 0, 3]),
    )
    body = st.builds(
        Wanting,
        st.one_of(
            *(st.tuples(common) for _ in range(6)),
            *(st.tuples(other) for _ in range(2)),
            st.tuples(common, other),
        ),
        st.booleans(),
        st.sampled_from([None, 60, 900]),
        st.sampled_from(["", "cart"]),
    )
    keys = count()
    return st.builds(
        lambda wanted, channel: Request(
            "tester", channel, f"k{next(keys)}", "reserve" if wanted.seconds else "promise", wanted
        ),
        *(body, st.sampled_from(["web", "web", "web", "shop"])),
    )


GIVE_BACK = "give back"
Step = Request | str
"""A request, or the giving back of one unit of a reservation there was."""
steps = st.lists(st.one_of(*(wantings() for _ in range(9)), st.just(GIVE_BACK)), min_size=2, max_size=14)
STANDING = Reserved("own", "web", day(1), 3)
OLD = Reservation(
    *(UUID(int=1), "web", "TEA", day(1), (Part(0, "COL", "own", day(1), 3, 3),)),
    *(NOON, None, "confirmed"),
)


def play(way: Way, setup: Setup, item: Profile, told: Sequence[Step]) -> tuple[Desk, list[Told]]:
    desk = Desk(Setting(NOON, setup, {}, "basis"), {"TEA": Item(7, item)}, {OLD.reservation_id: OLD})
    desk.often = frozenset(desk.items)
    outcomes: list[Told] = []
    for place, step in enumerate(told):
        back = Holding((HeldLine(str(OLD.reservation_id), Decimal(1)),))
        release = Request("tester", "web", f"back {place}", "release", back)
        outcomes.append(way(desk, release if isinstance(step, str) else step, place))
    return desk, outcomes


def without_ids(desk: Desk, outcomes: Sequence[Told]) -> tuple[Any, ...]:
    """All that came of it, with every id replaced by the turn it was first named in."""
    names: dict[str, str] = {}
    for outcome in outcomes:
        for line in outcome["lines"]:
            if line["reservation"]:
                names.setdefault(str(line["reservation"]), f"reservation {len(names)}")

    def named(value: object) -> Any:
        if isinstance(value, dict):
            return {key: named(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [named(each) for each in value]
        return names.get(str(value), value)

    told = [list(outcome.items()) for outcome in outcomes]  # in their order: it is kept as text
    rows = rows_of(desk.new.values(), desk.given, desk.moves, desk.now)
    item = desk.items["TEA"]
    left = item.current(desk.now), item.rows(desk.at).sites, item.touched, item.good_until
    return named(told), *(sorted(map(str, named(each))) for each in _tables(rows)), left


def _tables(rows: NewRows) -> tuple[list[tuple[object, ...]], ...]:
    return rows.reservations, rows.parts, rows.moves


def given_as_judged(setup: Setup, item: Profile, told: Sequence[Step]) -> int:
    """How many were given at once, and all of them as the judge would have it."""
    desk, outcomes = play(as_committed, setup, item, told)
    assert without_ids(desk, outcomes) == without_ids(*play(by_the_judge, setup, item, told))
    return len(desk.given)


@settings(quick, max_examples=300)
@given(worlds(), stocks("HAM"), stocks("COL"), steps)
def test_at_once_is_as_the_judge_would_have_it(setup, here, there, told):
    given = given_as_judged(setup, profile(here, there), told)
    event("given at once" if given else "all by the judge")


def reserve(key: str, units: int, ahead: int = 0, **more: Any) -> Request:
    line = WantedLine(RequestLine("TEA", Decimal(units), day(ahead)), **more)
    return Request("tester", "web", key, "reserve", Wanting((line,), seconds=60))


def given_at_once(item: Profile, *told: Step) -> int:
    return given_as_judged(World().setup, item, told)


def test_only_the_first_of_those_who_ask_for_the_same_is_judged():
    """The rest is given at once, until it is short."""
    item = profile(SiteStock("HAM", (on_hand(5),)))
    assert given_at_once(item, *(reserve(f"k{n}", 1) for n in range(9))) == 4
    assert given_at_once(item, reserve("k0", 1), reserve("k1", 1, ahead=1), reserve("k2", 2)) == 1
    assert given_at_once(item, *(reserve(f"k{n}", 1, ahead=n % 2) for n in range(9))) == 3


def test_what_is_given_back_is_looked_at_before_more_is_given():
    item = profile(SiteStock("COL", (on_hand(9),), reserved=(STANDING,)))
    asked = [reserve(f"k{n}", 1) for n in range(4)]
    assert given_at_once(item, *asked[:2], GIVE_BACK, *asked[2:]) == 2
    assert given_at_once(item, *asked) == 3


def test_orders_groups_lots_and_kits_are_always_judged():
    """What is at stake there is more than one number."""
    item = profile(SiteStock("HAM", (on_hand(9),)))
    assert given_at_once(item, *(reserve(f"k{n}", 1, order_id="SO-1", line_id="1") for n in range(3))) == 0
    assert given_at_once(item, *(reserve(f"k{n}", 1, group="G") for n in range(3))) == 0
    lots = profile(SiteStock("HAM", (on_hand(9, usable_until=day(4)),)))
    assert given_at_once(lots, *(reserve(f"k{n}", 1) for n in range(3))) == 0


def test_what_ends_soonest_is_known_of_what_was_given_at_once():
    """So rows are not used again past that instant."""
    item = profile(SiteStock("HAM", (on_hand(9),)))
    desk, _ = play(as_committed, World().setup, item, [reserve("k0", 1), reserve("k1", 1)])
    assert desk.given
    assert desk.items["TEA"].good_until == NOON + timedelta(seconds=60)


def test_who_would_not_wait_as_long_is_not_given_what_comes_later():
    item = profile(SiteStock("HAM", receipts=(receipt(9, 2),)))
    patient = [reserve(f"k{n}", 1, latest=day(3)) for n in range(2)]
    assert given_at_once(item, *patient, reserve("now", 1)) == 1


def test_what_rests_on_the_lead_time_alone_is_judged():
    """There it has no limit, and the answer says so."""
    world = World(policy=policy(horizon_days=HORIZON, infinite_after_days=3))
    told = [reserve(f"k{n}", 1, ahead=4) for n in range(3)]
    assert given_as_judged(world.setup, profile(SiteStock("HAM", (on_hand(1),))), told) == 0


def test_what_one_channel_leaves_for_a_counter_another_may_take():
    """What is left over one floor says nothing of what is left over another."""
    setup = replace(World().setup, choices=Served(World().policy), channels=CHANNELS)
    shop = [replace(reserve(f"shop {n}", 1), channel="shop") for n in range(2)]
    told = [shop[0], reserve("web", 1, ahead=2), shop[1]]
    assert given_as_judged(setup, profile(SiteStock("HAM", (on_hand(3),))), told) == 0
