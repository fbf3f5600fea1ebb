"""Kind `promise`: asks served in turn from what can be promised, in packs, with substitutes and as groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from gateway.cases.comparing import differs, rows_differ
from gateway.cases.facts import Facts, Reader, facts, required
from gateway.cases.operations import perform as perform_on_facts
from gateway.cases.plan import Options, atp_row, options
from gateway.cases.reading import Unclear, mapping, maps, only, when
from rules.free import Row
from rules.packs import Rounding, Served, Substitute, Terms, need, serve
from rules.position import METHOD

ASK_KEYS: Final = {
    *("id", "item", "site", "qty", "wanted", "demand_class", "rank", "partial", "min_shipment"),
    *("max_late_days", "group", "pack", "rounding", "substitutes"),
}
EXPECT_KEYS: Final = {"lines", "open", "need"}
LINE_KEYS: Final = {"ask", "item", "site", "qty", "date"}
ROUNDINGS: Final[tuple[Rounding, ...]] = ("up", "down")


@dataclass(frozen=True, slots=True)
class Ask:
    """One ask: so much of an item at a site, from a bucket up to another, on these terms."""

    ask_id: str
    item: str
    site: str
    quantity: int
    first: int
    last: int
    rank: int
    group: str
    terms: Terms


@dataclass(frozen=True, slots=True)
class State:
    """What is given, and what is asked of it."""

    facts: Facts
    chosen: Options
    asks: tuple[Ask, ...]


def start(given: Mapping[str, Any], case: Mapping[str, Any]) -> State:
    """What a case, or a variant of it, starts from."""
    policy = {**mapping(given.get("policy"), "policy")}
    if policy.pop("try_substitutes", "same_bucket") != "same_bucket":
        raise Unclear("try_substitutes is same_bucket in case files")
    of_stock = {key: value for key, value in given.items() if key != "asks"} | {"policy": policy}
    stated = facts(of_stock, case)
    chosen = options(stated)
    asks = tuple(_ask(stated, chosen, row) for row in maps(given.get("asks"), "asks"))
    return State(stated, chosen, asks)


def perform(state: State, operation: Mapping[str, Any]) -> State:
    """The state with other facts: the operations are those of kind `atp`."""
    changed = perform_on_facts(state.facts, operation)
    return State(changed, options(changed), state.asks)


def _ask(stated: Facts, chosen: Options, row: Mapping[str, Any]) -> Ask:
    only(ASK_KEYS, row, f"ask {row.get('id', '')}")
    read = Reader(stated.scale, stated.place)
    item, site = read.place_of(row)
    wanted = chosen.clock.holding(when(required(row, "wanted")))
    late = row.get("max_late_days")
    if late is not None and (not isinstance(late, int) or late < 0):
        raise Unclear(f"max_late_days is {late!r}; it is a whole number, 0 or more")
    last = chosen.horizon - 1 if late is None else min(chosen.horizon - 1, wanted + late)
    return Ask(
        ask_id=str(required(row, "id")),
        item=item,
        site=site,
        quantity=read.units(required(row, "qty")),
        first=max(0, wanted),
        last=last,
        rank=int(row.get("rank", 1)),
        group=str(row.get("group", "")),
        terms=_terms(read, row),
    )


def _terms(read: Reader, row: Mapping[str, Any]) -> Terms:
    rounding = row.get("rounding", "up")
    if rounding not in ROUNDINGS:
        raise Unclear(f"{rounding!r} is no rounding: {', '.join(ROUNDINGS)}")
    others = maps(row.get("substitutes"), "substitutes")
    for other in others:
        only({"item"}, other, "a substitute")
    return Terms(
        pack=read.units(row["pack"]) if "pack" in row else 1,
        rounding=rounding,
        least_shipment=read.units(row.get("min_shipment", 0)),
        partial=bool(row.get("partial", True)),
        substitutes=tuple(Substitute(str(required(other, "item"))) for other in others),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """So much of an item for an ask in one bucket."""

    ask: Ask
    served: Served


class _Stock:
    """What is left to promise of each item and site while asks are served."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._left: dict[tuple[str, str], Row] = {}

    def rows(self, ask: Ask) -> dict[str, Row]:
        items = [ask.item, *(other.item for other in ask.terms.substitutes)]
        return {item: self._row((item, ask.site)) for item in items}

    def _row(self, place: tuple[str, str]) -> Row:
        if place not in self._left:
            there = replace(self._state.facts, place=place)
            self._left[place] = [max(0, cell) for cell in atp_row(there, self._state.chosen, METHOD)]
        return self._left[place]

    def serve(self, ask: Ask, days: range) -> list[Served]:
        """The parts of the ask on these days; they are no longer there for others."""
        made = serve(ask.item, ask.quantity, ask.terms, self.rows(ask), days)
        self._left |= {(item, ask.site): row for item, row in made.left.items()}
        return list(made.parts)

    def copy(self) -> "_Stock":
        other = _Stock(self._state)
        other._left = dict(self._left)  # the same class
        return other


def _lines(state: State) -> list[Line]:
    """Every ask in its turn; a group when the first of its members comes."""
    stock, lines, done = _Stock(state), list[Line](), set[str]()
    for ask in sorted(state.asks, key=lambda ask: (ask.rank, ask.first, ask.ask_id)):
        if not ask.group:
            lines += [Line(ask, part) for part in stock.serve(ask, range(ask.first, ask.last + 1))]
        elif ask.group not in done:
            done.add(ask.group)
            members = [other for other in state.asks if other.group == ask.group]
            stock, together = _together(stock, members)
            lines += together
    return lines


def _together(stock: _Stock, members: list[Ask]) -> tuple[_Stock, list[Line]]:
    """All members in full in the first bucket where all can be, or none at all."""
    first, last = max(ask.first for ask in members), min(ask.last for ask in members)
    for cell in range(first, last + 1):
        trial = stock.copy()
        lines = [Line(ask, part) for ask in members for part in trial.serve(ask, range(cell, cell + 1))]
        if all(_open(ask, lines) == 0 for ask in members):
            return trial, lines
    return stock, []


def _open(ask: Ask, lines: list[Line]) -> int:
    promised = sum(line.served.fills for line in lines if line.ask is ask)
    return max(0, min(ask.quantity, need(ask.quantity, ask.terms.pack, ask.terms.rounding)) - promised)


def judge(state: State, expect: Mapping[str, Any]) -> list[str]:
    """What differs in a case of kind `promise`."""
    only(EXPECT_KEYS, expect, "expect")
    return list(_differences(state, expect))


def _differences(state: State, expect: Mapping[str, Any]) -> Iterator[str]:
    scale, lines = state.facts.scale, _lines(state)
    if "lines" in expect:
        made = [
            {
                "ask": line.ask.ask_id,
                "item": line.served.item,
                "site": line.ask.site,
                "qty": line.served.quantity,
                "date": _day(state, line.served.cell),
            }
            for line in lines
        ]
        yield from rows_differ("line", LINE_KEYS, made, expect["lines"], scale)
    if "open" in expect:
        yield from differs(
            "open", {ask.ask_id: _open(ask, lines) for ask in state.asks}, expect["open"], scale
        )
    if "need" in expect:
        needs = {ask.ask_id: need(ask.quantity, ask.terms.pack, ask.terms.rounding) for ask in state.asks}
        yield from differs("need", needs, expect["need"], scale)


def _day(state: State, cell: int) -> str:
    """The bucket as a case names it: by the day it begins on, or by its period."""
    today = state.chosen.clock.today
    if isinstance(today, date):
        return str(today + timedelta(days=cell * state.chosen.clock.width))
    return f"p{today + cell}"
