"""The company a proof is run on: hot items, one of which little is kept for a second, and five for baskets.

All of it lies at one site and nothing is on its way, as the model of one item has it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from datasources.facts import ChannelFact, ItemFact, Row, SiteFact, StockFact

HOT, BRIEF, LAST = "P-HOT", "P-BRIEF", "P-LAST"
BASKET = tuple(f"P-BASKET-{number}" for number in range(1, 6))
CHANNEL, SITE, SOURCE = "web", "PROOF", "proof"


@dataclass(frozen=True, slots=True)
class Shop:
    """The one source of the company."""

    start: Mapping[str, int]
    name: str = SOURCE
    states: frozenset[str] = frozenset({"stock"})

    @classmethod
    def for_buyers(cls, buyers: int) -> "Shop":
        """Too little for all of them: 500 units of the hot item, and of the last, for 5,000."""
        own = {HOT: buyers // 10, LAST: buyers // 10, BRIEF: max(40, buyers // 30)}
        return cls(own | dict.fromkeys(BASKET, buyers // 20))

    def read(self, day: date) -> Iterator[Row]:  # noqa: ARG002  # nothing in it depends on the day
        """Yield every fact, master facts first."""
        yield Row(SOURCE, 1, SiteFact(SITE, "Proof", "dc", "UTC"))
        yield Row(SOURCE, 2, ChannelFact(CHANNEL, "Web", "direct", "retail"))
        for line, (sku, units) in enumerate(self.start.items()):
            yield Row(SOURCE, 3 + 2 * line, ItemFact(sku, sku))
            yield Row(SOURCE, 4 + 2 * line, StockFact(sku, SITE, Decimal(units)))
