"""Kind `atp`: the facts of a case put into the product's own values, and its rows read back.

Buckets of any width become consecutive days of UTC, so that the product's position draws them like days.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, get_args

from gateway.cases.days import Clock, clock, past_due, receipt_rule
from gateway.cases.facts import Facts, HoldRow, Line, Place, Stock
from gateway.cases.reading import Unclear, only, when
from rules import atp, kits
from rules.buckets import by_bucket, in_force
from rules.lots import NEVER, Parcel, held, look_ahead_with_expiry, parcels_on_hand
from rules.model import Commitment, Hold, OnHand, Policy, Receipt, Site, SiteStock
from rules.position import SitePosition, site_position

BUCKETS_MAX = 1000
FIRST_DAY: Final = date(2000, 1, 1)
NOON: Final = datetime(2000, 1, 1, 12, tzinfo=UTC)

POLICY_KEYS: Final = {
    *("past_due_supply", "past_due_demand", "receipt_counts", "projection", "demand_fence"),
    *("infinite_after", "exclude_types", "carry_back", "beyond_horizon"),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows of one item at one site, drawn by the product, and what the methods need beside them."""

    rows: SitePosition
    withheld: list[int]
    forecast: list[int]
    parcels: tuple[Parcel, ...]
    """Empty where nothing expires."""
    held: list[int]
    missing: int


@dataclass(frozen=True, slots=True)
class Options:
    """The policy of a case of this kind, read."""

    clock: Clock
    horizon: int
    limited: int
    """So many buckets have a limit; those after them have none."""
    carry_back: bool
    projection: atp.Projection
    demand_fence: int


def options(facts: Facts) -> Options:
    """The case's policy; what is no policy of this kind is Unclear."""
    policy = facts.policy
    only(POLICY_KEYS, policy, "policy")
    if policy.get("beyond_horizon", "ignore") != "ignore":
        raise Unclear("beyond_horizon is ignore in case files")
    horizon = facts.horizon
    if not isinstance(horizon, int) or not 1 <= horizon <= BUCKETS_MAX:
        raise Unclear(f"horizon is {horizon!r}; it should be a number of buckets, 1 to {BUCKETS_MAX}")
    of_case = clock(facts.today, facts.zone, facts.bucket)
    infinite_after = policy.get("infinite_after")
    last = NEVER if infinite_after is None else of_case.holding(when(infinite_after))
    projection = policy.get("projection", "orders")
    if projection not in get_args(atp.Projection):
        raise Unclear(f"{projection!r} is no projection: {', '.join(get_args(atp.Projection))}")
    return Options(
        clock=of_case,
        horizon=horizon,
        limited=max(0, min(horizon, last + 1)),
        carry_back=bool(policy.get("carry_back", True)),
        projection=projection,
        demand_fence=int(policy.get("demand_fence", 0)),
    )


def atp_row(facts: Facts, chosen: Options, method: str) -> list[int]:
    """The case's row by the method: of its item, or of its kit as the components' rows allow."""
    if not facts.kit:
        return _row(plan(facts, chosen, facts.place), facts, chosen, method)
    _components_only(facts)
    components = [
        (_row(plan(facts, chosen, (item, facts.place[1])), facts, chosen, method), per)
        for item, per in facts.kit
    ]
    return [cell if cell == atp.UNLIMITED else cell * facts.scale for cell in kits.sets(components)]


def _components_only(facts: Facts) -> None:
    """Only components are owed, held or kept as safety stock: sets of them are all a kit's row counts."""
    parts = {item for item, _ in facts.kit}
    places = [line.place for line in facts.demand]
    places += [hold.place for hold in facts.holds] + [row.place for row in facts.safety_stock]
    others = {item for item, _ in places} - parts
    if others:
        raise Unclear(
            f"{', '.join(sorted(others))} is no component of the kit; demand, holds and safety stock name one"
        )


def _row(drawn: Plan, facts: Facts, chosen: Options, method: str) -> list[int]:
    rows = drawn.rows
    usable, receipts, commitments, withheld = (
        row[: chosen.limited] for row in (rows.usable, rows.receipts, rows.commitments, drawn.withheld)
    )
    if method == "discrete":
        row = atp.discrete(usable, receipts, commitments, withheld, carry_back=chosen.carry_back)
    elif method == "cumulative_with_look_ahead" and drawn.parcels:
        owed = [drawn.missing + commitments[0], *commitments[1:]] if commitments else []
        row = look_ahead_with_expiry(drawn.parcels, owed, withheld, drawn.held)
        row = [cell - cell % facts.scale for cell in row]
    else:
        row = atp.by_method(method, usable, receipts, commitments, withheld)
    return atp.then_unlimited(row, chosen.horizon)


def net_position(drawn: Plan, chosen: Options) -> list[int]:
    """The projected balance: the product's net position with the demand that the projection names."""
    rows = drawn.rows
    demand = atp.projected_demand(rows.commitments, drawn.forecast, chosen.projection, chosen.demand_fence)
    return atp.net_position(rows.usable, rows.receipts, demand)


def plan(facts: Facts, chosen: Options, place: Place) -> Plan:
    """The product's rows for one item at one site of the case."""
    of_case, horizon = chosen.clock, chosen.horizon
    supply = list(_supply(facts, of_case, place))
    on_hand = _on_hand([row for row in facts.on_hand if row.place == place], of_case)
    holds = tuple(_hold(row, of_case) for row in facts.holds if row.place == place)
    stock = SiteStock(
        place[1],
        on_hand,
        holds,
        tuple(
            Receipt("case", line.line_id, line.kind, "firm", "own", bucket_day(cell), line.quantity)
            for line, cell in supply
        ),
        tuple(
            Commitment("case", line.line_id, "", "", bucket_day(cell), line.quantity)
            for line, cell in demand(facts, of_case, place)
        ),
    )
    position = site_position(stock, Site(place[1], "", "", "UTC"), Policy(horizon_days=horizon), NOON)
    parcels, missing = _parcels(on_hand, holds, supply, of_case)
    steps = (
        (0 if row.starts is None else of_case.from_start(row.starts), row.quantity)
        for row in facts.safety_stock
        if row.place == place
    )
    forecast = ((of_case.holding(line.due), line.quantity) for line in facts.forecast if line.place == place)
    return Plan(
        rows=position,
        withheld=in_force(steps, horizon),
        forecast=by_bucket(((cell, quantity) for cell, quantity in forecast if cell >= 0), horizon),
        parcels=parcels,
        held=held(holds, FIRST_DAY, horizon),
        missing=missing,
    )


def demand(facts: Facts, of_case: Clock, place: Place) -> Iterable[tuple[Line, int]]:
    """The open demand lines of the place, each with the bucket it counts in."""
    overdue = past_due(facts.policy.get("past_due_demand"), "today")
    for line in facts.demand:
        cell = of_case.demand_bucket(line.due, overdue)
        if line.place == place and line.status == "open" and line.quantity and cell is not None:
            yield line, cell


def _supply(facts: Facts, of_case: Clock, place: Place) -> Iterable[tuple[Line, int]]:
    """The supply lines of the place that count, each with the bucket it counts in."""
    overdue = past_due(facts.policy.get("past_due_supply"), "ignore")
    rule = receipt_rule(facts.policy.get("receipt_counts"))
    excluded = {str(kind) for kind in facts.policy.get("exclude_types") or ()}
    for line in facts.supply:
        cell = of_case.supply_bucket(line.due, rule, overdue)
        counts = line.status == "open" and line.kind not in excluded
        if line.place == place and counts and cell is not None:
            yield line, cell


def _parcels(
    on_hand: tuple[OnHand, ...], holds: tuple[Hold, ...], supply: list[tuple[Line, int]], of_case: Clock
) -> tuple[tuple[Parcel, ...], int]:
    """All goods as parcels, where any of them expires; none where nothing does."""
    if all(row.usable_until is None for row in on_hand) and all(
        line.usable_until is None for line, _ in supply
    ):
        return (), 0
    there, missing = parcels_on_hand(on_hand, holds, FIRST_DAY)
    coming = [
        Parcel(
            line.quantity, cell, NEVER if line.usable_until is None else of_case.holding(line.usable_until)
        )
        for line, cell in supply
    ]
    return (*there, *coming), missing


def _on_hand(rows: Iterable[Stock], of_case: Clock) -> tuple[OnHand, ...]:
    """The goods by lot, bins added up as the store adds them where no hold names a bin."""
    by_lot: dict[tuple[str, date | None], int] = {}
    for row in rows:
        last = None if row.usable_until is None else bucket_day(of_case.holding(row.usable_until))
        by_lot[row.lot, last] = by_lot.get((row.lot, last), 0) + row.quantity
    return tuple(
        OnHand("available", "own", quantity, lot, "", last) for (lot, last), quantity in by_lot.items()
    )


def _hold(row: HoldRow, of_case: Clock) -> Hold:
    """In force in a bucket if it is when the bucket begins."""
    starts, until = (
        None if day is None else bucket_day(of_case.from_start(day)) for day in (row.starts, row.until)
    )
    return Hold(row.hold_id, row.code, "case", row.quantity, row.lots, (), starts, until)


def bucket_day(cell: int) -> date:
    """The day that stands for a bucket."""
    return FIRST_DAY + timedelta(days=cell)
