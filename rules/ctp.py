"""Capable to promise: when what is not free can be bought or made, and which way is best.

Each supplier and production version that may be used is one way. The best is usable first, then costs least,
then has the first id; the others are told with the reason they lost.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import count
from typing import Final, Literal

from rules.atp import UNLIMITED
from rules.calendar import CLOSED_DAYS_MAX, ONE_DAY, NoOpenDay, add, roll
from rules.chain import start_day
from rules.ctp_terms import Buy, Component, Legs, Make, Shop, Ways
from rules.free import Row, after_taking, first_in, free_in
from rules.packs import raised
from rules.terms import LEVELS_MAX

Label = Literal["on_hand", "receipt", "ctp_buy", "ctp_make", "transfer", "lead_time"]
"""What a part of a schedule rests on. One part never rests on two."""

WAYS_MAX: Final = 1_000
"""So many ways are tried for one ask, over all levels; the rest is left untried, and told."""

NEVER_OPEN: Final = "a calendar it goes by has no open day"


@dataclass(frozen=True, slots=True)
class ComponentPlan:
    """So many of a component by a day: what is free of it, and for the rest the way it is had."""

    item: str
    quantity: int
    from_free: int
    usable_on: date
    way: "Way | None" = None


@dataclass(frozen=True, slots=True)
class Way:
    """One way to have `need` more of an item: `quantity` are ordered or made, usable from `usable_on`.

    Bought: ordered on `starts_on`, ready at the supplier, received on `arrives_on`. Made: begun on
    `starts_on`, with the minutes it takes of its resource by day. Transferred: free for picking at its
    sender, the source, on `starts_on`, leaving on `ready_on`, received on `arrives_on`.
    """

    label: Label
    source_id: str
    item: str
    need: int
    quantity: int
    starts_on: date
    ready_on: date
    arrives_on: date
    usable_on: date
    cost: int | Fraction
    components: tuple[ComponentPlan, ...] = ()
    resource: str = ""
    minutes: tuple[tuple[date, int], ...] = ()
    usable_until: date | None = None
    """The last day that any of what is transferred may be promised for; None: it does not expire."""

    @property
    def surplus(self) -> int:
        """What is ordered beyond the need: free from the usable day."""
        return self.quantity - self.need


@dataclass(frozen=True, slots=True)
class Lost:
    """A way that was not taken, and why; `way` is what it would have been, where it leads somewhere."""

    source_id: str
    why: str
    way: Way | None = None


@dataclass(frozen=True, slots=True)
class Capable:
    """What CTP says of an ask: the day lead times alone allow, what is needed beyond what is free then.

    `best` is None where nothing is needed or no way leads there. `after` is the shop once `best` is taken.
    """

    asked: int
    earliest: date | None
    from_free: int
    need: int
    best: Way | None
    lost: tuple[Lost, ...]
    after: Shop


class _CannotBe(Exception):
    """A way that leads nowhere; its message says why."""


def capable(shop: Shop, item: str, asked: int, *, by_person: bool = False) -> Capable:
    """The best way to have what is not free of the item, were so much asked.

    A person's ask may order and start inside the planning fence.
    """
    return _capable(_Try(shop.today, by_person, count(1)), shop, item, asked, 0)


@dataclass(frozen=True, slots=True)
class _Try:
    """What stays the same while ways are tried; `tried` counts them."""

    today: date
    by_person: bool
    tried: Iterator[int]

    def outside_fence(self, day: date, fence_until: date | None) -> date:
        return day if self.by_person or fence_until is None else max(day, fence_until)

    def cell(self, day: date) -> int:
        return (day - self.today).days


def _capable(ask: _Try, shop: Shop, item: str, asked: int, level: int) -> Capable:
    ways = shop.items.get(item, Ways())
    tried: tuple[Buy | Make, ...] = (*ways.buys, *ways.makes)
    if not tried:
        return Capable(asked, None, 0, asked, None, (), shop)
    leads = [lead for way in tried if (lead := _lead_alone(ask, shop, way)) is not None]
    if not leads:
        never = tuple(Lost(way.source_id, NEVER_OPEN) for way in tried)
        return Capable(asked, None, 0, asked, None, never, shop)
    earliest = min(leads)
    cell = min(ask.cell(earliest), len(ways.free) - 1)
    from_free = min(asked, max(0, free_in(ways.free, cell)))
    need = asked - from_free
    left = _with_free(shop, item, after_taking(ways.free, cell, from_free)) if from_free else shop
    if need <= 0:
        return Capable(asked, earliest, from_free, 0, None, (), left)
    found: list[tuple[Way, Shop]] = []
    lost: list[Lost] = []
    for way in tried:
        try:
            found.append(_tried(ask, left, item, need, way, level))
        except _CannotBe as why:
            lost.append(Lost(way.source_id, str(why)))
        except NoOpenDay:
            lost.append(Lost(way.source_id, NEVER_OPEN))
    found.sort(key=lambda pair: _first(pair[0]))
    lost += [Lost(way.source_id, _why_not(way, found[0][0]), way) for way, _ in found[1:]]
    best, after = found[0] if found else (None, shop)
    return Capable(asked, earliest, from_free, need, best, tuple(lost), after)


def _first(way: Way) -> tuple[date, int | Fraction, str]:
    return way.usable_on, way.cost, way.source_id


def _why_not(way: Way, best: Way) -> str:
    if way.usable_on > best.usable_on:
        return f"usable on {way.usable_on}, {days_later((way.usable_on - best.usable_on).days)}"
    if way.cost > best.cost:
        return f"usable on the same day, and costs {way.cost - best.cost} more"
    return f"usable on the same day at the same cost; {best.source_id} comes first by its id"


def days_later(days: int) -> str:
    """So much later, in words."""
    return f"{days} {'day' if days == 1 else 'days'} later"


def _tried(ask: _Try, shop: Shop, item: str, need: int, way: Buy | Make, level: int) -> tuple[Way, Shop]:
    if next(ask.tried) > WAYS_MAX:
        raise _CannotBe(f"not tried: {WAYS_MAX:,} ways were tried before it")
    made = (
        _buy(ask, shop, item, need, way) if isinstance(way, Buy) else _make(ask, shop, item, need, way, level)
    )
    taken, after = made
    if taken.surplus:
        free = after.items[item].free
        cell = ask.cell(taken.usable_on)
        more = [at if day < cell or at == UNLIMITED else at + taken.surplus for day, at in enumerate(free)]
        after = _with_free(after, item, more)
    return taken, after


def _lead_alone(ask: _Try, shop: Shop, way: Buy | Make) -> date | None:
    """The day something ordered or begun now would be usable, whatever it needs and however full it is.

    None where somebody who is needed for it is never open.
    """
    try:
        if isinstance(way, Make):
            start = ask.outside_fence(ask.today, way.fence_until)
            return add(way.calendar, start, way.fixed_days)
        _, ready = _ordered(ask, shop, way)
        return _received(way, ready)[1]
    except NoOpenDay:
        return None


def _ordered(ask: _Try, shop: Shop, way: Buy) -> tuple[date, date]:
    """The day it is ordered, and the first it can be ready."""
    order_day = start_day(way.desk, shop.now)
    order_day = roll(way.desk.calendar, ask.outside_fence(order_day, way.fence_until))
    if isinstance(way.lead, Legs):
        return order_day, add(way.lead.supplier, order_day, way.lead.supplier_days)
    return order_day, add(way.lead.calendar, order_day, way.lead.days)


def _received(way: Buy, ready: date) -> tuple[date, date]:
    """The day it arrives and is taken in, and the day it is usable."""
    lead = way.lead
    if not isinstance(lead, Legs):
        return ready, ready
    arrives = roll(lead.receiving, add(lead.carrier, ready, lead.transit_days))
    return arrives, add(lead.site, arrives, lead.dock_to_stock_days)


def _buy(ask: _Try, shop: Shop, item: str, need: int, way: Buy) -> tuple[Way, Shop]:
    quantity = raised(max(need, way.minimum), way.multiple)
    order_day, ready = _ordered(ask, shop, way)
    ready, delivered = _within_capacity(way, ready, quantity)
    arrives, usable = _received(way, ready)
    cost = way.order_cost + quantity * way.unit_cost
    bought = Way("ctp_buy", way.source_id, item, need, quantity, order_day, ready, arrives, usable, cost)
    if not delivered:
        return bought, shop
    ways = shop.items[item]
    taken = {day: way.taken.get(day, 0) + delivered.get(day, 0) for day in {*way.taken, *delivered}}
    buys = tuple(replace(each, taken=taken) if each is way else each for each in ways.buys)
    return bought, replace(shop, items={**shop.items, item: replace(ways, buys=buys)})


def _within_capacity(way: Buy, ready: date, quantity: int) -> tuple[date, Mapping[date, int]]:
    """The first day by which the supplier has delivered the quantity, and how much he delivers on which.

    What is taken of each day he delivers to others. Without a limit it is all there at once.
    """
    if way.a_day is None:
        return ready, {}
    calendar = way.lead.supplier if isinstance(way.lead, Legs) else way.lead.calendar
    day, rest = ready, quantity
    delivered: dict[date, int] = {}
    for _ in range(CLOSED_DAYS_MAX):
        part = min(rest, max(0, way.a_day - way.taken.get(day, 0)))
        if part:
            delivered[day] = part
        rest -= part
        if rest <= 0:
            return day, delivered
        day = roll(calendar, day + ONE_DAY)
    raise _CannotBe(f"the supplier delivers {way.a_day} a day at most: {rest} of {quantity} never fit")


def _make(ask: _Try, shop: Shop, item: str, need: int, way: Make, level: int) -> tuple[Way, Shop]:
    if level >= LEVELS_MAX and way.components:
        raise _CannotBe(f"its components are more than {LEVELS_MAX} levels down")
    start = ask.outside_fence(ask.today, way.fence_until)
    plans: list[ComponentPlan] = []
    for component in way.components:
        plan, shop = _component(ask, shop, component, need, level + 1)
        start = max(start, plan.usable_on)
        plans.append(plan)
    total = way.set_up_minutes - (-need * way.minutes_a_unit // 1)
    minutes, shop = _loaded(ask, shop, way.resource, start, total)
    end = minutes[-1][0] if minutes else start
    usable = add(way.calendar, end, way.fixed_days)
    cost = need * way.unit_cost + sum(plan.way.cost for plan in plans if plan.way)
    made = Way("ctp_make", way.source_id, item, need, need, start, end, end, usable, cost)
    made = replace(made, components=tuple(plans), resource=way.resource, minutes=minutes)
    return made, shop


def _component(
    ask: _Try, shop: Shop, component: Component, need: int, level: int
) -> tuple[ComponentPlan, Shop]:
    """The component by the day it is free or had one level down, whichever is first; free if the same."""
    item = component.item
    quantity = -(-need * component.per * (1 + component.scrap) // 1)
    free = shop.items.get(item, Ways()).free
    cell = first_in(free, quantity)
    if cell == 0:  # nothing is sooner than today or costs less
        return _of_free(ask, shop, item, quantity, 0)
    had = _capable(ask, shop, item, quantity, level)
    usable = had.best.usable_on if had.best else had.earliest if had.need == 0 else None
    if cell is not None and (usable is None or cell <= ask.cell(usable)):
        return _of_free(ask, shop, item, quantity, cell)
    if usable is None:
        whys = "; ".join(f"{lost.source_id}: {lost.why}" for lost in had.lost) or "no way to buy or make it"
        raise _CannotBe(f"{quantity} of {item} cannot be had ({whys})"[:500])
    return ComponentPlan(item, quantity, had.from_free, usable, had.best), had.after


def _of_free(ask: _Try, shop: Shop, item: str, quantity: int, cell: int) -> tuple[ComponentPlan, Shop]:
    left = _with_free(shop, item, after_taking(shop.items[item].free, cell, quantity))
    return ComponentPlan(item, quantity, quantity, ask.today + timedelta(days=cell)), left


def _loaded(
    ask: _Try, shop: Shop, resource: str, start: date, total: int
) -> tuple[tuple[tuple[date, int], ...], Shop]:
    """The minutes taken of the resource day by day from the start, and the shop without them."""
    row = list(shop.minutes.get(resource, ()))
    taken: list[tuple[date, int]] = []
    rest = total
    for cell in range(ask.cell(start), len(row)):
        if rest <= 0:
            break
        part = min(rest, max(0, row[cell]))
        if part:
            taken.append((ask.today + timedelta(days=cell), part))
            row[cell] -= part
            rest -= part
    if rest > 0:
        raise _CannotBe(f"{resource} has no room for {rest} of {total} minutes from {start}")
    return tuple(taken), replace(shop, minutes={**shop.minutes, resource: row})


def _with_free(shop: Shop, item: str, free: Row) -> Shop:
    ways = shop.items.get(item, Ways())
    return replace(shop, items={**shop.items, item: replace(ways, free=free)})
