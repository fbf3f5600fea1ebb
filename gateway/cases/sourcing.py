"""Kind `sourcing`: asks served from sites by the product, in listed order or one operation after another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

from gateway.cases.comparing import differs, rows_differ
from gateway.cases.facts import ITEM, SITE, Place, Reader, required
from gateway.cases.operations import Refused
from gateway.cases.reading import Unclear, mapping, maps, only, precision, rows
from rules.sourcing import Choice, Offer, Split, source

GIVEN_KEYS: Final = {"item", "site", "today", "now", "on_hand", "reservations", "asks", "policy"}
ASK_KEYS: Final = {"id", "item", "site", "qty"}
POLICY_KEYS: Final = {"rule", "rank_by", "sites", "max_sites", "min_split"}
EXPECT_KEYS: Final = {"lines", "open", "free"}
RANKED_BY: Final = ("free", "on_hand_less_allocated")


@dataclass(frozen=True, slots=True)
class Ask:
    """A quantity of an item, from one site if it names one."""

    ask_id: str
    item: str
    site: str | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Line:
    """So much of an ask from one site."""

    ask: Ask
    site: str
    quantity: int


@dataclass(frozen=True, slots=True)
class State:
    """What is given, and what was sourced so far. `one_by_one` once an operation has sourced an ask."""

    read: Reader
    policy: Mapping[str, Any]
    on_hand: Mapping[Place, int]
    reserved: Mapping[Place, int]
    asks: tuple[Ask, ...]
    served: tuple[Ask, ...] = ()
    lines: tuple[Line, ...] = ()
    one_by_one: bool = False

    def sourced(self, place: Place) -> int:
        return sum(line.quantity for line in self.lines if (line.ask.item, line.site) == place)

    def free(self, place: Place) -> int:
        return self.on_hand.get(place, 0) - self.reserved.get(place, 0) - self.sourced(place)


def start(given: Mapping[str, Any], case: Mapping[str, Any]) -> State:
    """What a case, or a variant of it, starts from: nothing is sourced yet."""
    only(GIVEN_KEYS, given, "given")
    policy = mapping(given.get("policy"), "policy")
    only(POLICY_KEYS, policy, "policy")
    place = str(given.get("item", ITEM)), str(given.get("site", SITE))
    read = Reader(int(10 ** precision(dict(case))), place)
    on_hand: dict[Place, int] = {}
    for row in read.stock(given.get("on_hand")):
        on_hand[row.place] = on_hand.get(row.place, 0) + row.quantity
    reserved: dict[Place, int] = {}
    for taken in maps(given.get("reservations"), "reservations"):
        only({"id", "item", "site", "qty"}, taken, "a reservation")
        at = read.place_of(taken)
        reserved[at] = reserved.get(at, 0) + read.units(required(taken, "qty"))
    asks = tuple(_ask(read, row) for row in maps(given.get("asks"), "asks"))
    return State(read, policy, on_hand, reserved, asks)


def _ask(read: Reader, row: Mapping[str, Any]) -> Ask:
    only(ASK_KEYS, row, "an ask")
    site = None if row.get("site") is None else str(row["site"])
    quantity = read.units(required(row, "qty"))
    return Ask(str(required(row, "id")), str(row.get("item", read.place[0])), site, quantity)


def perform(state: State, operation: Mapping[str, Any]) -> State:
    """The state once the ask is sourced: one of the case's by its id, or one written out."""
    if required(operation, "op") != "source":
        raise Unclear(f"{operation['op']!r} is no operation of this kind: source")
    only({"op", "ask"}, operation, "operation source")
    named = required(operation, "ask")
    known = {ask.ask_id: ask for ask in state.asks}
    ask = _ask(state.read, named) if isinstance(named, dict) else known.get(str(named))
    if ask is None:
        raise Refused("unknown")
    if ask.quantity <= 0:
        raise Refused("bad_quantity")
    return replace(_with(state, ask), one_by_one=True)


def _with(state: State, ask: Ask) -> State:
    parts = source(ask.quantity, _offers(state, ask), _split(state))
    lines = tuple(Line(ask, part.site_id, part.quantity) for part in parts)
    return replace(state, served=(*state.served, ask), lines=(*state.lines, *lines))


def _split(state: State) -> Split:
    policy = state.policy
    rule = required(policy, "rule")
    if rule not in get_args(Choice):
        raise Unclear(f"{rule!r} is no rule of sourcing: {', '.join(get_args(Choice))}")
    max_sites = policy.get("max_sites")
    if max_sites is not None and (not isinstance(max_sites, int) or max_sites < 1):
        raise Unclear(f"max_sites is {max_sites!r}; it is a whole number above 0")
    return Split(rule, max_sites, None, state.read.units(policy.get("min_split", 0)))


def _offers(state: State, ask: Ask) -> list[Offer]:
    """What each site can give of the ask, in listed order; the sites of `highest` need no list."""
    rank_by = state.policy.get("rank_by", "free")
    if rank_by not in RANKED_BY:
        raise Unclear(f"{rank_by!r} is nothing to rank sites by: {', '.join(RANKED_BY)}")
    offers = []
    for site in [ask.site] if ask.site is not None else _sites(state, ask.item):
        place = ask.item, site
        allocated_out = state.on_hand.get(place, 0) - state.sourced(place)
        offers.append(Offer(site, state.free(place), None if rank_by == "free" else allocated_out))
    return offers


def _sites(state: State, item: str) -> list[str]:
    if state.policy["rule"] == "highest" and "sites" not in state.policy:
        return sorted({site for held, site in state.on_hand if held == item})
    listed = rows(required(state.policy, "sites"), "sites")
    return list(dict.fromkeys(str(site) for site in listed))


def judge(state: State, expect: Mapping[str, Any]) -> list[str]:
    """What differs in a case of kind `sourcing`. Without operations, asks are served in listed order."""
    only(EXPECT_KEYS, expect, "expect")
    if not state.one_by_one:
        for ask in state.asks:
            if ask.quantity < 0:
                raise Unclear(f"ask {ask.ask_id} is for less than nothing")
            state = _with(state, ask)
    return list(_differences(state, expect))


def _differences(state: State, expect: Mapping[str, Any]) -> Iterator[str]:
    scale = state.read.scale
    if "lines" in expect:
        made = [
            {"ask": line.ask.ask_id, "item": line.ask.item, "site": line.site, "qty": line.quantity}
            for line in state.lines
        ]
        yield from rows_differ("line", {"ask", "item", "site", "qty"}, made, expect["lines"], scale)
    if "open" in expect:
        open_ = {ask.ask_id: ask.quantity for ask in state.served}
        for line in state.lines:
            open_[line.ask.ask_id] -= line.quantity
        yield from differs("open", open_, expect["open"], scale)
    if "free" in expect:
        item = state.read.place[0]
        sites = {str(site) for site in mapping(expect["free"], "free")}
        free = {site: state.free((item, site)) for site in sites if (item, site) in state.on_hand}
        yield from differs("free", free, expect["free"], scale)
