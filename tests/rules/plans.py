"""Random plans for the laws: rows of one item at one site, and the strategies that draw them."""

from dataclasses import dataclass, replace

from hypothesis import strategies as st

Row = tuple[int, ...]

ON_HAND = st.integers(-5, 30)
QUANTITY = st.integers(0, 12)
PERHAPS = st.one_of(st.just(0), QUANTITY)


@dataclass(frozen=True)
class Plan:
    """Four rows of equal length, in the order every method takes them."""

    usable: Row
    receipts: Row
    commitments: Row
    withheld: Row

    @property
    def rows(self) -> tuple[Row, Row, Row, Row]:
        return self.usable, self.receipts, self.commitments, self.withheld

    @property
    def buckets(self) -> range:
        return range(len(self.usable))

    def owing(self, quantity: int, cell: int) -> "Plan":
        """The plan with one more commitment."""
        return replace(self, commitments=raised(self.commitments, quantity, cell))

    def receiving(self, quantity: int, cell: int) -> "Plan":
        """The plan with one more receipt."""
        return replace(self, receipts=raised(self.receipts, quantity, cell))


def raised(row: Row, quantity: int, cell: int) -> Row:
    return (*row[:cell], row[cell] + quantity, *row[cell + 1 :])


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan of one to ten buckets: goods may be missing, holds may come and go."""
    size = draw(st.integers(1, 10))

    def row(cell: st.SearchStrategy[int]) -> Row:
        return tuple(draw(st.lists(cell, min_size=size, max_size=size)))

    on_hand = row(ON_HAND) if draw(st.booleans()) else (draw(ON_HAND),) * size
    return Plan(on_hand, row(PERHAPS), row(PERHAPS), row(PERHAPS))


@st.composite
def steady_plans(draw: st.DrawFn) -> Plan:
    """Plans whose goods on hand and safety stock never change."""
    plan = draw(plans())
    size = len(plan.usable)
    return replace(
        plan, usable=(draw(st.integers(0, 30)),) * size, withheld=(draw(st.integers(0, 8)),) * size
    )
