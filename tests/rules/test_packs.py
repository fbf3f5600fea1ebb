"""Packs, the least shipment, substitutes and kits, in the order they are applied to an ask."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.atp import UNLIMITED
from rules.free import after_taking, first_in, free_in
from rules.model import Successor
from rules.packs import (
    Served,
    Substitute,
    SupersededInACircle,
    Terms,
    items_to_ask,
    need,
    part_of,
    serve,
    substituted,
)
from tests.rules.profile import quick


def served(quantity: int, terms: Terms, days: range | None = None, **rows: list[int]):
    """The ask for X served: (day, item, sent, filled) of each part, and what stays open."""
    found = serve("X", quantity, terms, rows, days or range(len(rows["X"])))
    return [(p.cell, p.item, p.quantity, p.fills) for p in found.parts], found.open


def test_twenty_in_packs_of_six_with_a_substitute():
    """Need 24; fifteen give two packs; for the rest of 12 the substitute needs 24 and has 16: it fills 8."""
    terms = Terms(pack=6, substitutes=(Substitute("Y", Fraction(2), 4),))
    found = serve("X", 20, terms, {"X": [15], "Y": [19]}, range(1))
    assert found.need == 24
    assert found.parts == (Served(0, "X", 12, 12), Served(0, "Y", 16, 8))
    assert found.open == 0
    assert found.left == {"X": [3], "Y": [3]}


@pytest.mark.parametrize(
    ("quantity", "pack", "rounding", "needed"),
    [(20, 6, "up", 24), (8, 6, "down", 6), (12, 6, "up", 12), (5, 6, "down", 0), (7, 1, "up", 7)],
)
def test_the_need_is_the_ask_in_whole_packs(quantity, pack, rounding, needed):
    """Up unless the ask says down."""
    assert need(quantity, pack, rounding) == needed


def test_packs_of_six_rounded_down():
    """Ten there, eight asked: one pack, and nothing stays open."""
    assert served(8, Terms(pack=6, rounding="down"), X=[10]) == ([(0, "X", 6, 6)], 0)


FREPPLE = [10] * 5 + [20] * 10
"""Ten on hand, ten more on the fifth day after the wanted one."""


@pytest.mark.parametrize(
    ("terms", "days", "parts", "rest"),
    [
        (Terms(), range(15), [(0, 10), (5, 10)], 0),
        (Terms(), range(1), [(0, 10)], 10),
        (Terms(least_shipment=20), range(15), [(5, 20)], 0),
        (Terms(partial=False), range(15), [(5, 20)], 0),
        (Terms(partial=False), range(3), [], 20),
        (Terms(least_shipment=8), range(15), [(0, 10), (5, 10)], 0),
        (Terms(least_shipment=11), range(15), [(5, 20)], 0),
        (Terms(pack=7), range(15), [(0, 7), (5, 7)], 6),
    ],
)
def test_parts_the_least_shipment_and_the_last_day(terms, days, parts, rest):
    """Twenty asked: in two parts, one, or none."""
    found, still_open = served(20, terms, days, X=FREPPLE)
    assert [(cell, quantity) for cell, _, quantity, _ in found] == parts
    assert still_open == rest


def test_a_part_is_made_smaller_so_that_the_least_shipment_is_left():
    """Nine of ten would leave one; so seven go and three come later."""
    found, still_open = served(10, Terms(least_shipment=3), X=[9, 12])
    assert (found, still_open) == ([(0, "X", 7, 7), (1, "X", 3, 3)], 0)


def test_the_least_shipment_is_raised_to_whole_packs():
    """At least five in packs of four is eight; four alone do not go."""
    assert part_of(12, 7, Terms(pack=4, least_shipment=5), 12) == 0
    assert part_of(16, 15, Terms(pack=4, least_shipment=5), 16) == 8


def test_a_substitute_covers_the_rest_on_the_same_day_before_the_item_does_later():
    """905 and 95 of 1,000, though more of the item comes tomorrow."""
    terms = Terms(substitutes=(Substitute("Y"),))
    assert served(1000, terms, X=[905, 2000], Y=[95, 95]) == ([(0, "X", 905, 905), (0, "Y", 95, 95)], 0)


def test_substitutes_are_tried_in_their_order():
    """The first takes what it can, the second the rest."""
    terms = Terms(substitutes=(Substitute("Z"), Substitute("Y")))
    assert served(6, terms, X=[1], Y=[9], Z=[2]) == ([(0, "X", 1, 1), (0, "Z", 2, 2), (0, "Y", 3, 3)], 0)


def test_a_line_that_takes_no_parts_takes_a_substitute_whole_or_not_at_all():
    """Five of the item and six of the other never mix."""
    terms = Terms(partial=False, substitutes=(Substitute("Y"),))
    assert served(6, terms, X=[5], Y=[6]) == ([(0, "Y", 6, 6)], 0)
    assert served(7, terms, X=[5], Y=[6]) == ([], 7)


def test_a_substitute_leaves_the_least_shipment_too():
    """Of ten, nine would leave one: seven are filled, with fourteen of the other."""
    terms = Terms(least_shipment=3, substitutes=(Substitute("Y", Fraction(2)),))
    assert served(10, terms, range(1), X=[0], Y=[18]) == ([(0, "Y", 14, 7)], 3)


def test_too_few_of_a_substitute_to_stand_for_one_are_not_sent():
    """One of two that make one."""
    assert substituted(5, 1, Substitute("Y", Fraction(2))) == (0, 0)
    assert substituted(1, 9, Substitute("Y", Fraction(1, 3))) == (1, 1)


def test_a_superseded_item_gives_way_at_once_or_once_it_is_used_up():
    """Old goods first where it says so; then the last successor."""
    superseded = {"A": Successor("B", use_up=True), "B": Successor("C"), "C": Successor("D", use_up=True)}
    assert items_to_ask("A", superseded) == ("A", "C", "D")
    assert items_to_ask("B", superseded) == ("C", "D")
    assert items_to_ask("D", superseded) == ("D",)


def test_items_that_supersede_each_other_are_told():
    """In a circle, or in a chain too long to be meant."""
    with pytest.raises(SupersededInACircle, match="A -> B -> A"):
        items_to_ask("A", {"A": Successor("B"), "B": Successor("A")})
    with pytest.raises(SupersededInACircle, match="at most 10 steps"):
        items_to_ask("0", {str(n): Successor(str(n + 1)) for n in range(20)})


ROWS = st.lists(st.integers(0, 6), min_size=1, max_size=6).map(
    lambda steps: [sum(steps[: n + 1]) for n in range(len(steps))]
)


def margin_of(row: list[int], takings: list[tuple[int, int]]) -> list[int]:
    """What is free once each taking stands on its day, worked out from the margin anew."""
    margin = [at - sum(q for cell, q in takings if cell <= day) for day, at in enumerate(row)]
    return [min(margin[day:]) for day in range(len(margin))]


@quick
@given(ROWS, st.data())
def test_what_is_left_is_what_the_margin_gives_anew(row, data):
    """Three takings in turn, each of what is then free, against the arithmetic of the margin."""
    left, takings = row, []
    for _ in range(3):
        cell = data.draw(st.integers(0, len(row) - 1))
        quantity = data.draw(st.integers(0, free_in(left, cell)))
        left = after_taking(left, cell, quantity)
        takings.append((cell, quantity))
        assert left == margin_of(row, takings)


def test_what_is_without_limit_stays_so():
    """Behind the lead time as much as anybody wants."""
    assert after_taking([5, UNLIMITED], 1, 99) == [5, UNLIMITED]
    assert after_taking([5, UNLIMITED], 0, 2) == [3, UNLIMITED]
    assert (free_in([5], 1), free_in([5], -1)) == (0, 0)
    assert first_in([1, 5, UNLIMITED], 6) == 2


TERMS = st.builds(
    Terms,
    st.integers(1, 4),
    st.sampled_from(["up", "down"]),
    st.integers(0, 5),
    st.booleans(),
    st.lists(
        st.builds(
            Substitute, st.sampled_from("YZ"), st.sampled_from([Fraction(1), Fraction(2), Fraction(3, 2)]),
            st.integers(1, 3),
        ),
        max_size=2,
        unique_by=lambda s: s.item,
    ).map(tuple),
)  # fmt: skip


@quick
@given(st.integers(1, 20), TERMS, ROWS, ROWS, ROWS)
def test_no_more_is_given_than_there_is_and_no_rule_on_parts_is_broken(quantity, terms, x, y, z):
    """Whole packs, the least shipment, whole or in parts; the need is filled and never passed."""
    rows = {"X": x, "Y": y, "Z": z}
    found = serve("X", quantity, terms, rows, range(6))
    filled = sum(part.fills for part in found.parts)
    assert filled <= found.need
    assert found.open == max(0, min(quantity, found.need) - filled)
    packs = {"X": terms.pack} | {s.item: s.pack for s in terms.substitutes}
    ratios = {"X": Fraction(1)} | {s.item: s.ratio for s in terms.substitutes}
    for part in found.parts:
        assert part.quantity > 0
        assert part.quantity % packs[part.item] == 0
        assert part.fills * ratios[part.item] <= part.quantity
        assert part.fills >= min(terms.least_shipment, found.need)
        assert terms.partial or part.fills == found.need
    for item, row in rows.items():
        takings = [(part.cell, part.quantity) for part in found.parts if part.item == item]
        assert list(found.left[item]) == margin_of(row, takings)
        assert min(found.left[item]) >= 0
