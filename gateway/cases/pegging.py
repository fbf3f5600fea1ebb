"""Kind `peg`: the demand and supply of a case, pegged by the product, each item at each site by itself."""

from collections.abc import Iterable
from datetime import datetime

from gateway.cases.days import Clock, clock, past_due, receipt_rule
from gateway.cases.facts import Facts, Line, Place
from gateway.cases.plan import bucket_day
from gateway.cases.reading import Unclear, When, only
from rules.buckets import counted_in
from rules.calendar import ReceiptRule
from rules.peg import Demand, Pegging, Supply, soft_pegs

POLICY_KEYS = {"past_due_supply", "past_due_demand", "receipt_counts", "exclude_types", "beyond_horizon"}


def pegging(facts: Facts) -> Pegging:
    """All pegs of the case, and what no supply serves of each demand."""
    only(POLICY_KEYS, facts.policy, "policy")
    if facts.holds or facts.safety_stock or facts.kit:
        raise Unclear("holds, safety_stock and kit mean nothing to pegs")
    of_case = _clock(facts)
    parts = [_of_place(facts, of_case, place) for place in sorted({line.place for line in facts.demand})]
    pegs = tuple(peg for part in parts for peg in part.pegs)
    return Pegging(pegs, {line_id: rest for part in parts for line_id, rest in part.unpegged.items()})


def _clock(facts: Facts) -> Clock:
    """Lateness counts in days, or periods, whatever the bucket."""
    return clock(facts.today, facts.zone, "period" if facts.bucket == "period" else "day")


def _of_place(facts: Facts, of_case: Clock, place: Place) -> Pegging:
    on_hand = sum(row.quantity for row in facts.on_hand if row.place == place)
    excluded = {str(kind) for kind in facts.policy.get("exclude_types") or ()}
    rule = receipt_rule(facts.policy.get("receipt_counts"))
    supplies = [
        Supply(line.line_id, bucket_day(day), line.quantity)
        for line, day in _due(facts.supply, place, facts.policy.get("past_due_supply"), of_case, rule)
        if line.kind not in excluded
    ]
    demands = [
        Demand(line.line_id, bucket_day(day), line.quantity, line.rank)
        for line, day in _due(
            facts.demand, place, facts.policy.get("past_due_demand"), of_case, "same_bucket"
        )
    ]
    return soft_pegs(on_hand, supplies, demands)


def _due(
    lines: Iterable[Line], place: Place, overdue: object, of_case: Clock, rule: ReceiptRule
) -> Iterable[tuple[Line, int]]:
    """The open lines of the place with the day each counts on: without a policy, an overdue one's own."""
    for line in lines:
        day: int | None = _day(line.due, of_case, rule)
        if overdue is not None and day is not None and day < 0:
            day = counted_in(of_case.ahead(line.due), past_due(overdue, "today"))
        if line.place == place and line.status == "open" and day is not None:
            yield line, day


def _day(due: When, of_case: Clock, rule: ReceiptRule) -> int:
    from_next = isinstance(due, datetime) and rule == "from_next_bucket"
    return of_case.from_start(due) if from_next else of_case.holding(due)
