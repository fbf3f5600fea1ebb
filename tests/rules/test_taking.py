"""What a taking leaves of prepared rows is what preparing them anew gives."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rules import taking
from rules.company import Policy
from rules.model import Profile, Reserved, SiteStock
from rules.position import prepare
from tests.builders import NOON, World, day, on_hand, owed, policy, receipt
from tests.rules.profile import quick

Rows = list[tuple[int, int]]


def prepared(reserved: list[Reserved], there: int, coming: Rows, owing: Rows, chosen: Policy):
    stock = SiteStock(
        "HAM",
        (on_hand(there),),
        receipts=tuple(receipt(quantity, ahead) for ahead, quantity in coming),
        commitments=tuple(owed(quantity, ahead) for ahead, quantity in owing),
        reserved=tuple(reserved),
    )
    return prepare(Profile("TEA", "EA", 0, (stock,)), World(policy=chosen).setup, NOON)


LINES = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 30)), max_size=3)
TAKEN = st.lists(st.tuples(st.integers(0, 9), st.integers(-20, 20).filter(bool)), max_size=6)


@settings(quick, max_examples=300)
@given(st.integers(-5, 60), LINES, LINES, TAKEN, st.none() | st.integers(1, 12))
def test_rows_after_a_taking_are_those_prepared_anew(there, coming, owing, taken, infinite_after):
    """Taken and given back, today and later, with a lead time and without."""
    chosen = policy(horizon_days=10, infinite_after_days=infinite_after)
    item, reserved = prepared([], there, coming, owing, chosen), []
    for ahead, quantity in taken:
        reserved.append(Reserved("own", "web", day(ahead), quantity))
        found = taking.after(item, [("HAM", day(ahead), quantity)])
        assert found is not None
        item = found
        assert item.sites == prepared(reserved, there, coming, owing, chosen).sites


def test_what_it_cannot_tell_is_prepared_anew():
    item = prepared([], 10, [], [], policy(horizon_days=10))
    assert taking.after(item, [("HAM", day(10), 1)]) is None
    assert taking.after(item, [("COL", day(0), 1)]) is None
    kit = replace(item, profile=replace(item.profile, parts=(object(),)))
    assert taking.after(kit, [("HAM", day(0), 1)]) is None
