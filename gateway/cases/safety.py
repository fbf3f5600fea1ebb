"""Kind `safety`: what is kept from selling, worked out by the product in the mode the case names."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from gateway.cases.comparing import differs
from gateway.cases.facts import ITEM, SITE, Reader, Stock, required
from gateway.cases.reading import Unclear, When, exact, mapping, maps, only, precision, rows, when
from rules.safety import (
    ORDERS,
    Lot,
    Protected,
    SafetyRule,
    Withheld,
    above_protected,
    select,
    sellable,
    withheld,
    withheld_by_lot,
)

DEMAND_KEYS: Final = {"id", "item", "site", "qty", "due", "status", "rank", "demand_class", "lot"}
RULE_KEYS: Final = {"id", "rank", "qty", "when", "from", "until"}


@dataclass(frozen=True, slots=True)
class Given:
    """What a case gives, and how its figures are read."""

    read: Reader
    given: Mapping[str, Any]
    policy: Mapping[str, Any]
    mode: str

    def units(self, value: object) -> int:
        return self.read.units(0 if value is None else value)

    def stock(self) -> tuple[Stock, ...]:
        return self.read.stock(self.given.get("on_hand"))

    def on_hand(self) -> int:
        """Every row added, those below nothing too."""
        return sum(row.quantity for row in self.stock())

    def rows(self, name: str, keys: set[str]) -> list[dict[str, Any]]:
        found = maps(self.given.get(name), name)
        for row in found:
            only(keys, row, f"a row of {name}")
        return found

    def asks(self) -> dict[str, int]:
        rows_of_asks = self.rows("asks", {"id", "qty"})
        return {str(required(row, "id")): self.units(required(row, "qty")) for row in rows_of_asks}

    def demand(self) -> list[tuple[str, int]]:
        """The lot and the quantity of each order that counts."""
        found = self.rows("demand", DEMAND_KEYS)
        return [
            (str(row.get("lot", "")), self.units(required(row, "qty")))
            for row in found
            if row.get("status", "open") != "draft"
        ]


@dataclass(frozen=True, slots=True)
class Mode:
    """What a mode is given, what may be expected of it, and how it answers."""

    given: frozenset[str]
    policy: frozenset[str]
    expect: frozenset[str]
    answers: Callable[[Given], dict[str, Any]]


def start(given: Mapping[str, Any], case: Mapping[str, Any]) -> Given:
    """What a case, or a variant of it, gives."""
    policy = mapping(given.get("policy"), "policy")
    name = str(required(policy, "mode"))
    mode = MODES.get(name)
    if mode is None:
        raise Unclear(f"{name!r} is no mode of safety: {', '.join(MODES)}")
    only({*mode.given, "item", "site", "today", "now", "on_hand", "policy"}, given, "given")
    only({*mode.policy, "mode"}, policy, "policy")
    place = str(given.get("item", ITEM)), str(given.get("site", SITE))
    return Given(Reader(int(10 ** precision(dict(case))), place), given, policy, name)


def perform(_: Given, operation: Mapping[str, Any]) -> Given:
    """Nothing is done in cases of this kind: an operation is Unclear."""
    raise Unclear(f"{required(operation, 'op')!r} is no operation of this kind: it has none")


def judge(given: Given, expect: Mapping[str, Any]) -> list[str]:
    """What differs in a case of kind `safety`."""
    mode = MODES[given.mode]
    only(mode.expect, expect, "expect")
    answers = mode.answers(given)
    return [
        found
        for key, wanted in expect.items()
        for found in differs(key, answers[key], wanted, given.read.scale)
    ]


def _sellable(given: Given) -> dict[str, Any]:
    floor = given.policy.get("floor_at_zero", False)
    if not isinstance(floor, bool):
        raise Unclear(f"floor_at_zero is {floor!r}; it is true or false")
    committed, threshold = (
        given.units(given.given.get("committed")),
        given.units(given.policy.get("threshold")),
    )
    most = sellable(given.on_hand(), committed, threshold, floor_at_zero=floor)
    return {"sellable": most, "fits": {ask: quantity <= most for ask, quantity in given.asks().items()}}


def _withheld(given: Given) -> dict[str, Any]:
    demand = sum(quantity for _, quantity in given.demand())
    return _told(withheld(given.on_hand(), demand, given.units(given.given.get("safety_stock"))))


def _told(found: Withheld) -> dict[str, Any]:
    return {
        "atp": found.atp,
        "safety_withheld": found.safety_withheld,
        "safety_short": found.safety_short,
        "short": found.short,
        "atp_ignoring_safety": found.atp_ignoring_safety,
    }


def _withheld_by_lot(given: Given) -> dict[str, Any]:
    safety = given.units(given.given.get("safety_stock"))
    by_lot = withheld_by_lot(_lots(given), safety)
    told = {lot: _told(found) for lot, found in by_lot.items()}
    sums = {key: sum(lot[key] for lot in told.values()) for key in WITHHELD}
    return {**sums, "safety_short": safety - sums["safety_withheld"], "lots": told}


def _lots(given: Given) -> list[Lot]:
    owed: dict[str, int] = {}
    for lot, quantity in given.demand():
        owed[lot] = owed.get(lot, 0) + quantity
    held: dict[str, int] = {}
    until: dict[str, date | None] = {}
    for row in given.stock():
        held[row.lot] = held.get(row.lot, 0) + row.quantity
        day = _day(row.usable_until)
        if until.setdefault(row.lot, day) != day:
            raise Unclear(f"lot {row.lot} is usable until two different days")
    unknown = sorted(owed.keys() - held.keys())
    if unknown:
        raise Unclear(f"demand is tied to lots of which nothing is given: {', '.join(unknown) or 'no lot'}")
    return [Lot(lot, quantity, owed.get(lot, 0), until[lot]) for lot, quantity in held.items()]


def _ranked(given: Given) -> dict[str, Any]:
    protected = given.rows("protected", {"id", "qty", "percent"})
    parts = [
        Protected(given.units(required(row, "qty")), Fraction(exact(required(row, "percent"))))
        for row in protected
    ]
    atp = left = above_protected(given.on_hand(), parts)
    confirmed: dict[str, int] = {}
    asks = given.asks()
    for ask, quantity in asks.items():
        confirmed[ask] = min(quantity, max(0, left))
        left -= confirmed[ask]
    return {
        "atp": atp,
        "confirmed": confirmed,
        "open": {ask: quantity - confirmed[ask] for ask, quantity in asks.items()},
    }


def _select(given: Given) -> dict[str, Any]:
    order = rows(required(given.policy, "order"), "order")
    unknown = [str(by) for by in order if by not in ORDERS]
    if unknown:
        raise Unclear(f"{', '.join(unknown)} is nothing to order rules by: {', '.join(ORDERS)}")
    rules = [_rule(given, row) for row in given.rows("rules", RULE_KEYS)]
    answers = {}
    for query in given.rows("queries", {"id", "facts", "date"}):
        on = _optional_day(query.get("date", given.given.get("today")))
        chosen = select(rules, _texts(query.get("facts"), "facts"), on, order)
        kept = chosen.quantity if chosen else 0
        answers[str(required(query, "id"))] = {
            "rule": chosen.rule_id if chosen else None,
            "atp": sellable(given.on_hand(), 0, kept, floor_at_zero=True),
        }
    return {"answers": answers}


def _rule(given: Given, row: Mapping[str, Any]) -> SafetyRule:
    rank = row.get("rank", 1)
    if not isinstance(rank, int):
        raise Unclear(f"rank is {rank!r}; it is a whole number")
    return SafetyRule(
        str(required(row, "id")),
        given.units(required(row, "qty")),
        _texts(row.get("when"), "when"),
        rank,
        _optional_day(row.get("from")),
        _optional_day(row.get("until")),
    )


def _texts(value: object, what: str) -> dict[str, str]:
    return {str(key): str(text) for key, text in mapping(value, what).items()}


def _optional_day(value: object) -> date | None:
    return None if value is None else _day(when(value))


def _day(value: When | None) -> date | None:
    """The value, which is a day if it is anything."""
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise Unclear(f"{value!r} is no day")


WITHHELD: Final = ("atp", "safety_withheld", "safety_short", "short", "atp_ignoring_safety")


def _mode(
    given: Iterable[str],
    policy: Iterable[str],
    expect: Iterable[str],
    answers: Callable[[Given], dict[str, Any]],
) -> Mode:
    return Mode(frozenset(given), frozenset(policy), frozenset(expect), answers)


MODES: Final[Mapping[str, Mode]] = {
    "sellable": _mode(("committed", "asks"), ("threshold", "floor_at_zero"), ("sellable", "fits"), _sellable),
    "withheld": _mode(("safety_stock", "demand"), (), WITHHELD, _withheld),
    "withheld_by_lot": _mode(("safety_stock", "demand"), (), (*WITHHELD, "lots"), _withheld_by_lot),
    "ranked": _mode(("protected", "asks"), (), ("atp", "confirmed", "open"), _ranked),
    "select": _mode(("rules", "queries"), ("order",), ("answers",), _select),
}
