"""Orders of ours that a source has taken over or refused: its word stands from then on, and ours ends.

What a source states of supply under the id of an order of ours is that order. The minutes are then in its own
plan. What components are owed stays until the goods are issued, or ends with an order that is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from datasources.store import firm_orders
from datasources.store.firm_orders import SOURCE
from datasources.store.mirror import CAPACITY, DEMAND, SUPPLY, Lines, Mirror, Values
from datasources.store.unit import Tx
from resolvers.flows.translate import Untranslatable


@dataclass(slots=True)
class OrdersOfOurs:
    """The lines that stand for orders of ours which sources speak of, by kind."""

    lines: Mapping[Mirror, list[Values]] = field(default_factory=dict)

    @property
    def skus(self) -> set[str]:
        return {line["sku"] for lines in self.lines.values() for line in lines}

    def check(self, row: Values) -> None:
        """Raises Untranslatable where the supply line is another item's or site's than the order it names."""
        for ours in self.lines.get(SUPPLY, ()):
            same = (ours["sku"], ours["site_id"]) == (row["sku"], row["site_id"])
            if ours["line_id"] == row["line_id"] and not same:
                raise Untranslatable(
                    f"Line {row['line_id']} is our order of {ours['sku']} at {ours['site_id']}, "
                    f"not of {row['sku']} at {row['site_id']}."
                )

    def end(self, lines: Lines, stated: Values, as_of: datetime) -> None:
        """Those of these lines are closed that end with what is stated: an order taken over, or refused."""
        order_id = stated["line_id"]
        if lines.mirror is DEMAND and stated["quantity"]:
            return
        name = "line_id" if lines.mirror is SUPPLY else "order_id"
        ours = [line for line in self.lines.get(lines.mirror, ()) if line[name] == order_id]
        lines.learn(ours)
        lines.close([lines.mirror.key_of(line) for line in ours], SOURCE, as_of)


async def orders_named(tx: Tx, line_ids: Iterable[str]) -> OrdersOfOurs:
    """The orders of ours among supply lines with these ids."""
    supply = await firm_orders.open_lines(tx, SUPPLY, line_ids)
    named = [line["line_id"] for line in supply]
    lines = {
        SUPPLY: supply,
        DEMAND: await firm_orders.open_lines(tx, DEMAND, named),
        CAPACITY: await firm_orders.open_lines(tx, CAPACITY, named),
    }
    return OrdersOfOurs(lines)
