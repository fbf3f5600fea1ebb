"""Kind `peg`: the demand and supply of a case, pegged by the product, each item at each site by itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.cases.days import WIDTHS, Clock, clock, counted_in, past_due, receipt_rule
from gateway.cases.facts import Facts, Line, Place
from gateway.cases.plan import bucket_day
from gateway.cases.reading import Unclear, When, only
from rules.calendar import ReceiptRule
from rules.lots import NEVER
from rules.peg import Demand, Pegging, Supply, soft_pegs

POLICY_KEYS: Final = {
    *("past_due_supply", "past_due_demand", "receipt_counts", "exclude_types", "beyond_horizon"),
}


@dataclass(frozen=True, slots=True)
class Counting:
    """On which day a line of the case counts, if it does: a day or a period, whatever the bucket."""

    clock: Clock
    end: int
    """Lines of this day and later are behind the horizon."""

    def lines(
        self, lines: Iterable[Line], place: Place, overdue: object, rule: ReceiptRule = "same_bucket"
    ) -> Iterator[tuple[Line, int]]:
        """The open lines of the place, each with its day. Without a policy an overdue line keeps its own."""
        for line in lines:
            day = self._day(line.due, overdue, rule)
            if line.place == place and line.status == "open" and day is not None and day < self.end:
                yield line, day

    def _day(self, due: When, overdue: object, rule: ReceiptRule) -> int | None:
        from_next = isinstance(due, datetime) and rule == "from_next_bucket"
        day = self.clock.from_start(due) if from_next else self.clock.holding(due)
        if day >= 0 or overdue is None:
            return day
        return counted_in(self.clock.ahead(due), past_due(overdue, "today"))


def pegging(facts: Facts) -> Pegging:
    """All pegs of the case, and what no supply serves of each demand."""
    only(POLICY_KEYS, facts.policy, "policy")
    if facts.holds or facts.safety_stock or facts.kit:
        raise Unclear("holds, safety_stock and kit mean nothing to pegs")
    counting = _counting(facts)
    parts = [_of_place(facts, counting, place) for place in sorted({line.place for line in facts.demand})]
    pegs = tuple(peg for part in parts for peg in part.pegs)
    return Pegging(pegs, {line_id: rest for part in parts for line_id, rest in part.unpegged.items()})


def _counting(facts: Facts) -> Counting:
    width = WIDTHS.get(facts.bucket, 1)
    end = facts.horizon * width if isinstance(facts.horizon, int) else NEVER
    return Counting(clock(facts.today, facts.zone, "day" if facts.bucket == "week" else facts.bucket), end)


def _of_place(facts: Facts, counting: Counting, place: Place) -> Pegging:
    policy = facts.policy
    on_hand = sum(row.quantity for row in facts.on_hand if row.place == place)
    excluded = {str(kind) for kind in policy.get("exclude_types") or ()}
    rule = receipt_rule(policy.get("receipt_counts"))
    supplies = [
        Supply(line.line_id, bucket_day(day), line.quantity)
        for line, day in counting.lines(facts.supply, place, policy.get("past_due_supply"), rule)
        if line.kind not in excluded
    ]
    demands = [
        Demand(line.line_id, bucket_day(day), line.quantity, line.rank)
        for line, day in counting.lines(facts.demand, place, policy.get("past_due_demand"))
    ]
    return soft_pegs(on_hand, supplies, demands)
