"""Sets with other items sent for short components: held to plain sums, one source at a time."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from rules.packs import floored
from rules.sets import Batch, Component, Source, batches
from tests.rules.profile import quick

RATIOS = st.sampled_from([Fraction(1), Fraction(2), Fraction(1, 2), Fraction(3, 2)])
FREE = st.integers(0, 40)
SKUS = ("A", "B", "C", "D")


def source(sku: str, ratio: Fraction = Fraction(1), pack: int = 1) -> Source:
    return Source(sku, "own", ratio, pack)


def taken(made: list[Batch]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for part in (part for batch in made for part in batch.parts):
        sums[part.sku] = sums.get(part.sku, 0) + part.quantity
    return sums


def components() -> st.SearchStrategy[tuple[Component, ...]]:
    """Up to three, whose substitutes may be one another."""
    others = st.lists(
        st.builds(source, st.sampled_from(SKUS), RATIOS, st.integers(1, 4)),
        max_size=3,
        unique_by=lambda each: each.sku,
    )

    def made(sku: str, per: int, more: list[Source]) -> Component:
        return Component(sku, per, (source(sku), *(each for each in more if each.sku != sku)))

    return st.tuples(*(st.builds(made, st.just(sku), st.integers(1, 4), others) for sku in "ABC")).flatmap(
        lambda listed: st.integers(1, 3).map(lambda count: listed[:count])
    )


@quick
@given(components(), st.fixed_dictionaries(dict.fromkeys(SKUS, FREE)), st.integers(0, 12))
def test_no_set_takes_what_is_not_there_or_less_than_it_needs(listed, free, most):
    """Each component of each batch comes from one of its sources, whole."""
    made = batches(listed, free, most)
    assert sum(batch.sets for batch in made) <= most
    assert all(quantity <= free[sku] for sku, quantity in taken(made).items())
    for batch in made:
        assert batch.sets > 0
        for each, part in zip(listed, batch.parts, strict=True):
            [chosen] = [source for source in each.sources if source.sku == part.sku]
            assert part.quantity == chosen.takes(batch.sets * each.per)
            assert part.instead == ("" if part.sku == each.sku else each.sku)


@quick
@given(st.integers(1, 4), st.lists(st.tuples(FREE, RATIOS, st.integers(1, 4)), max_size=3), FREE, FREE)
def test_each_source_of_one_component_gives_what_its_packs_hold(per, others, own, most):
    """So many sets as the packs of each stand for, one after the other."""
    names = [f"S{number}" for number in range(len(others))]
    sources = (source("B"), *(source(name, *of[1:]) for name, of in zip(names, others, strict=True)))
    free = {"B": own} | {name: of[0] for name, of in zip(names, others, strict=True)}
    expected, rest = [], most
    for there, ratio, pack in [(own, Fraction(1), 1), *others]:
        expected.append(min(rest, int(floored(there, pack) / (ratio * per))))
        rest -= expected[-1]
    made = batches([Component("B", per, sources)], free, most)
    assert [batch.sets for batch in made] == [sets for sets in expected if sets]


def test_two_components_that_are_short_are_both_replaced():
    """Two of each are there; then D goes in for B, and C for A a set later."""
    listed = (Component("A", 1, (source("A"), source("C"))), Component("B", 1, (source("B"), source("D"))))
    made = batches(listed, {"A": 3, "B": 2, "C": 1, "D": 5}, 9)
    assert [(batch.sets, [part.sku for part in batch.parts]) for batch in made] == [
        (2, ["A", "B"]),
        (1, ["A", "D"]),
        (1, ["C", "D"]),
    ]


def test_what_is_a_component_itself_is_not_taken_twice():
    """Nine of A: two sets take 2 A and 1 B, a third takes 2 A and, for B, another one."""
    listed = (Component("A", 2, (source("A"),)), Component("B", 1, (source("B"), source("A"))))
    made = batches(listed, {"A": 9, "B": 2}, 9)
    assert [(batch.sets, taken([batch])) for batch in made] == [(2, {"A": 4, "B": 2}), (1, {"A": 3})]
