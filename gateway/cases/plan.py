"""Kind `atp`: the facts of a case put into the product's own values, and its rows read back.

Buckets of any width become consecutive days of UTC, so that the product's position draws them like days.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, get_args

from gateway.cases.days import Clock, PastDue, clock, counted_in, past_due, receipt_rule
from gateway.cases.facts import Facts, HoldRow, Line, Place, Stock
from gateway.cases.reading import Unclear, only, when
from rules import atp, methods, projection
from rules.buckets import by_bucket
from rules.company import Policy, Projection, Site, SupplyChoice
from rules.lots import NEVER
from rules.model import Commitment, Hold, KitPart, OnHand, Profile, Receipt, SafetyStock, SiteStock
from rules.position import METHOD, ItemPosition, SitePosition, site_position, together

BUCKETS_MAX = 1000
FIRST_DAY: Final = date(2000, 1, 1)
NOON: Final = datetime(2000, 1, 1, 12, tzinfo=UTC)

POLICY_KEYS: Final = {
    *("past_due_supply", "past_due_demand", "receipt_counts", "projection", "demand_fence"),
    *("infinite_after", "exclude_types", "carry_back", "beyond_horizon"),
}


@dataclass(frozen=True, slots=True)
class Options:
    """The policy of a case of this kind, read."""

    clock: Clock
    horizon: int
    limited: int
    """So many buckets have a limit; those after them have none."""
    carry_back: bool
    policy: Policy


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
    return Options(
        clock=of_case,
        horizon=horizon,
        limited=max(0, min(horizon, last + 1)),
        carry_back=bool(policy.get("carry_back", True)),
        policy=_policy(facts, horizon, None if infinite_after is None else max(0, last)),
    )


def _policy(facts: Facts, horizon: int, infinite_after: int | None) -> Policy:
    """The case's policy as the product's own."""
    policy = facts.policy
    projected = policy.get("projection", "orders")
    if projected not in get_args(Projection):
        raise Unclear(f"{projected!r} is no projection: {', '.join(get_args(Projection))}")
    overdue = past_due(policy.get("past_due_supply"), "ignore")
    return Policy(
        horizon_days=horizon,
        supply=_supply(overdue, frozenset(str(kind) for kind in policy.get("exclude_types") or ())),
        promisable=lambda what, _: what == "status",
        infinite_after_days=infinite_after,
        projection=projected,
        demand_fence_days=int(policy.get("demand_fence", 0)),
    )


def _supply(overdue: PastDue, excluded: frozenset[str]) -> Callable[[str, str, str, int], SupplyChoice]:
    """What the case counts, as rules would say it."""

    def choice(kind: str, _ownership: str, _firmness: str, days_overdue: int) -> SupplyChoice:
        cell = counted_in(-days_overdue, overdue)
        counts = kind not in excluded and cell is not None
        return SupplyChoice(None if counts else frozenset(), from_days=cell or 0)

    return choice


def atp_row(facts: Facts, chosen: Options, method: str) -> list[int]:
    """The case's row by the method: of its item, or of its kit as the components' rows allow."""
    if method not in atp.METHODS:
        raise atp.UnknownMethod(method)
    if chosen.limited == 0:
        return [atp.UNLIMITED] * chosen.horizon
    item = _kit(facts, chosen) if facts.kit else _item(facts, chosen, facts.place)
    [rows] = item.sites
    row = methods.atp_row(item, rows, method, carry_back=chosen.carry_back)
    if facts.kit:
        return [cell if cell == atp.UNLIMITED else cell * facts.scale for cell in row]
    if method == METHOD and rows.lots is not None:
        return [cell if cell == atp.UNLIMITED else cell - cell % facts.scale for cell in row]
    return row


def _kit(facts: Facts, chosen: Options) -> ItemPosition:
    """The case's kit beside its components at the case's site."""
    _components_only(facts)
    item, site = facts.place
    kit = ItemPosition(Profile(item, "", 0, parts=tuple(KitPart(*part) for part in facts.kit)), ())
    parts = {part: _item(facts, chosen, (part, site)) for part, _ in facts.kit}
    return together({**parts, item: kit})[item]


def _item(facts: Facts, chosen: Options, place: Place) -> ItemPosition:
    return ItemPosition(Profile(place[0], "", 0), (position(facts, chosen, place),))


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


def net_position(facts: Facts, chosen: Options, rows: SitePosition) -> list[int]:
    """The product's balance with the demand that the case's projection names."""
    cells = ((chosen.clock.holding(line.due), line) for line in facts.forecast if line.place == facts.place)
    forecast = by_bucket(((cell, line.quantity) for cell, line in cells if cell >= 0), chosen.horizon)
    return projection.balance(rows, forecast, chosen.policy)


def position(facts: Facts, chosen: Options, place: Place) -> SitePosition:
    """The product's rows for one item at one site of the case."""
    stock = stock_of(facts, chosen, place)
    return site_position(stock, Site(place[1], "", "", "UTC"), chosen.policy, NOON)


def stock_of(facts: Facts, chosen: Options, place: Place) -> SiteStock:
    """What the case states of one item at one site, each bucket being a day from `FIRST_DAY` on."""
    of_case = chosen.clock
    return SiteStock(
        place[1],
        _on_hand([row for row in facts.on_hand if row.place == place], of_case),
        tuple(_hold(row, of_case) for row in facts.holds if row.place == place),
        tuple(_receipts(facts, chosen, place)),
        tuple(
            Commitment("case", line.line_id, "", "", bucket_day(cell), line.quantity)
            for line, cell in demand(facts, of_case, place)
            if cell < chosen.horizon
        ),
        tuple(
            SafetyStock(
                date.min if row.starts is None else bucket_day(of_case.from_start(row.starts)), row.quantity
            )
            for row in facts.safety_stock
            if row.place == place
        ),
    )


def demand(facts: Facts, of_case: Clock, place: Place) -> Iterable[tuple[Line, int]]:
    """The open demand lines of the place, each with the bucket it counts in."""
    overdue = past_due(facts.policy.get("past_due_demand"), "today")
    for line in facts.demand:
        cell = of_case.demand_bucket(line.due, overdue)
        if line.place == place and line.status == "open" and line.quantity and cell is not None:
            yield line, cell


def _receipts(facts: Facts, chosen: Options, place: Place) -> Iterable[Receipt]:
    """The open supply lines of the place within the horizon, each on the day that stands for its bucket.

    One that is overdue stands as many days before the first as it is days or periods late.
    """
    of_case = chosen.clock
    rule = receipt_rule(facts.policy.get("receipt_counts"))
    for line in facts.supply:
        bucket = of_case.supply_bucket(line.due, rule)
        if line.place == place and line.status == "open" and bucket < chosen.horizon:
            day = bucket_day(bucket if bucket >= 0 else of_case.ahead(line.due))
            until = None if line.usable_until is None else bucket_day(of_case.holding(line.usable_until))
            yield Receipt("case", line.line_id, line.kind, "firm", "own", day, line.quantity, until)


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
