"""The rows of a position, held to a slow judge that counts each day by itself; and the laws of holds."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.company import Site
from rules.model import Commitment, Hold, OnHand, Receipt, SiteStock
from rules.position import SitePosition, site_position
from tests.builders import Late, policy
from tests.rules.profile import quick

TODAY = date(2026, 3, 27)
NOW = datetime(2026, 3, 27, 12, tzinfo=UTC)
BERLIN = Site("DC1", "Berlin", "dc", "Europe/Berlin")
DAYS = 6
POLICY = policy(late={"purchase": Late()}, horizon_days=DAYS)

NEAR = st.integers(-3, DAYS + 3).map(lambda ahead: TODAY + timedelta(days=ahead))
LOT = st.sampled_from(["", "L1", "L2"])
BIN = st.sampled_from(["", "B1", "B2"])
GOODS = st.builds(
    OnHand,
    status=st.sampled_from(["available", "available", "damaged"]),
    ownership=st.sampled_from(["own", "own", "consigned"]),
    quantity=st.integers(0, 20),
    lot=LOT,
    bin=BIN,
)
SOME_NAMES = st.lists(st.sampled_from(["L1", "L2"]), max_size=2).map(tuple)
SOME_BINS = st.lists(st.sampled_from(["B1", "B2"]), max_size=2).map(tuple)
HOLDS = st.one_of(
    st.builds(
        Hold,
        st.just("H"),
        st.just("quality"),
        st.just("wms"),
        quantity=st.integers(1, 8),
        starts=st.none() | NEAR,
        until=st.none() | NEAR,
    ),
    st.builds(
        Hold,
        st.just("H"),
        st.just("quality"),
        st.just("wms"),
        lots=SOME_NAMES,
        bins=SOME_BINS,
        starts=st.none() | NEAR,
        until=st.none() | NEAR,
    ),
)
RECEIPTS = st.builds(
    Receipt,
    st.just("erp"),
    st.just("R"),
    st.sampled_from(["purchase", "production"]),
    st.sampled_from(["confirmed", "firm", "planned"]),
    st.just("own"),
    NEAR,
    st.integers(0, 20),
)
COMMITMENTS = st.builds(
    Commitment, st.just("erp"), st.just("L"), st.just("O"), st.just("web"), NEAR, st.integers(0, 20)
)
STOCKS = st.builds(
    SiteStock,
    st.just("DC1"),
    st.lists(GOODS, max_size=4).map(tuple),
    st.lists(HOLDS, max_size=3).map(tuple),
    st.lists(RECEIPTS, max_size=4).map(tuple),
    st.lists(COMMITMENTS, max_size=4).map(tuple),
)


def drawn(stock: SiteStock) -> SitePosition:
    return site_position(stock, BERLIN, POLICY, NOW)


def held_on(stock: SiteStock, day: date) -> int:
    """Count the goods one by one: named by a hold of that day, or set apart by quantity, but none twice."""
    acting = [h for h in stock.holds if (h.starts or day) <= day and (h.until is None or day < h.until)]
    units = [row for row in stock.on_hand for _ in range(row.quantity) if is_good(row)]
    named = [row for row in units if any(row.lot in h.lots or row.bin in h.bins for h in acting)]
    apart = sum(h.quantity for h in acting if h.quantity is not None)
    return min(len(units), len(named) + apart)


def is_good(row: OnHand) -> bool:
    return (row.status, row.ownership) == ("available", "own")


def free_of_holds(stock: SiteStock, day: date) -> int:
    return sum(row.quantity for row in stock.on_hand if is_good(row)) - held_on(stock, day)


def come_by(stock: SiteStock, day: date) -> int:
    """All receipts that count and are here by the day; of late ones, purchases only."""
    return sum(
        r.quantity
        for r in stock.receipts
        if r.firmness != "planned" and r.day <= day and (r.day >= TODAY or r.kind == "purchase")
    )


def owed_by(stock: SiteStock, day: date) -> int:
    return sum(c.quantity for c in stock.commitments if c.day <= day)


@quick
@given(STOCKS)
def test_each_day_is_what_counting_it_by_itself_gives(stock):
    """Usable, and usable with all that has come less all that was owed by the day."""
    days = [TODAY + timedelta(days=ahead) for ahead in range(DAYS)]
    rows = drawn(stock)
    assert list(rows.usable) == [free_of_holds(stock, day) for day in days]
    assert list(rows.net_position) == [
        free_of_holds(stock, day) + come_by(stock, day) - owed_by(stock, day) for day in days
    ]


@quick
@given(STOCKS)
def test_free_leaves_every_day_whole_and_one_more_does_not(stock):
    """Also the days behind the horizon: what is owed there and not covered there is kept."""
    far = [TODAY + timedelta(days=ahead) for ahead in range(DAYS + 4)]
    last = free_of_holds(stock, far[DAYS - 1])

    def balance(day: date) -> int:
        on_hand = free_of_holds(stock, day) if day < far[DAYS] else last
        return on_hand + come_by(stock, day) - owed_by(stock, day)

    for day, free in zip(far, drawn(stock).free, strict=False):
        assert free == max(0, min(balance(later) for later in far if later >= day))


@quick
@given(STOCKS, HOLDS)
def test_a_hold_never_raises_what_is_free(stock, hold):
    """Whatever it names, and whenever."""
    held = SiteStock(stock.site_id, stock.on_hand, (*stock.holds, hold), stock.receipts, stock.commitments)
    assert all(after <= before for before, after in zip(drawn(stock).free, drawn(held).free, strict=True))
