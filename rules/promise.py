"""What can be promised for each line of an ask: the same decision that answers, and later commits.

Lines of one ask are served in their order, each from what the earlier ones left, so that a cart naming an
item twice is not told twice of the same units (semantics in docs/worked-examples.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import attrgetter

from rules import instead
from rules.asked import AskLine, LineAnswer, LineOutcome, LineProblem, MethodAnswer
from rules.company import Manner, Sourcing
from rules.ctp_promise import Capability
from rules.delivery import Delivery, When
from rules.lanes import by_cheaper_lanes
from rules.left import LeftOfItem, LeftOfKit, Place, StandIn, left_at
from rules.packs import Substitute, Terms, need
from rules.position import METHOD, ItemPosition, SitePosition
from rules.slots import Gate, OpenSlots, Slots
from rules.spread import Serving, by_method, nothing_else, promisable, spread

PERCENT = 100


def _from_everywhere(_site: str, _item_class: str) -> Sourcing:
    return Sourcing()


def _as_it_comes(_site: str, _item_class: str) -> Manner:
    return Manner()


@dataclass(frozen=True, slots=True)
class Asker:
    """The channel that asks, how a site serves it for a class of item, in what manner, and by when.

    Without `when` every site can serve at once, and days are those on which goods must be free there.
    """

    channel: str
    sourcing: Callable[[str, str], Sourcing] = _from_everywhere
    manner: Callable[[str, str], Manner] = _as_it_comes
    when: When | None = None
    capability: Capability | None = None
    """What it may do with goods still to be bought or made; None: they are not thought of."""
    slots: Slots | None = None
    """The orders that leave each site on each day; None: none do so far."""
    others: bool = True
    """Whether other items may be sent instead."""


ANYBODY = Asker("")
"""Who may be served from everywhere, of goods that everybody may use."""


def decide(
    lines: Sequence[AskLine],
    positions: Mapping[str, ItemPosition],
    methods: Sequence[str] = (),
    asker: Asker = ANYBODY,
) -> tuple[LineOutcome, ...]:
    """One outcome a line, in the lines' order. Pure: the same arguments give the same outcomes.

    Each answer also says what each of `methods` gives for the wanted day.
    """
    sharing = _share(lines, positions)
    kept: dict[Place, LeftOfItem] = {}
    slots = (asker.slots or Slots()).begin()
    is_delivered = asker.when is not None and asker.when.destination is not None
    served: dict[int, list[Serving]] = {}

    def serving(line: AskLine, item: ItemPosition) -> list[Serving]:
        found = servings(line, item, asker, kept if sharing else {}, slots)
        if is_delivered:
            served.setdefault(line.number, found)
        return found

    decided = []
    for line in lines:
        decided.append(_decide_line(line, positions, serving, methods, asker))
        for left in kept.values():
            left.settle()
    if is_delivered:
        pairs = zip(lines, decided, strict=True)
        return tuple(by_cheaper_lanes(line, told, served.get(line.number, ())) for line, told in pairs)
    return tuple(decided)


def _share(lines: Sequence[AskLine], positions: Mapping[str, ItemPosition]) -> bool:
    """Whether two lines take from one item, itself or as a part of a kit."""
    taken = [line.sku for line in lines]
    for line in lines:
        item = positions.get(line.sku)
        if item is not None and item.parts:
            taken += [part.profile.sku for part, _ in item.parts]
            taken += [other.profile.sku for part, _ in item.parts for other, _ in part.others] * 2
        if item is not None:
            taken += item.profile.sent_instead * 2  # whatever else is sent is taken from by several
    return len(set(taken)) < len(taken)


def servings(
    line: AskLine,
    item: ItemPosition,
    asker: Asker,
    left: dict[Place, LeftOfItem],
    slots: OpenSlots | None = None,
) -> list[Serving]:
    """The positions that serve the line, in the order they are asked: by turn, site and position.

    Without `slots` those of the asker are begun anew.
    """
    found, stands_in = [], _stands_in(asker)
    for rows in item.sites:
        if line.site_id not in (None, rows.site_id) or not rows.serves(asker.channel):
            continue
        by_rule = asker.sourcing(rows.site_id, item.profile.item_class)
        if by_rule.serves:
            served = _served(rows, asker.when, by_rule)
            if served is not None:
                left_there = left_at(rows, item, left, by_rule.floor, stands_in)
                gate = None
                if by_rule.orders_a_day is not None:
                    slots = slots or (asker.slots or Slots()).begin()
                    company = None if asker.when is None else asker.when.company
                    order = slots.order_of(line.number)
                    gate = Gate(slots, rows.site_id, order, by_rule.orders_a_day, company)
                found.append(Serving(left_there, by_rule.turn, *served, gate))
    return sorted(found, key=attrgetter("turn"))


def manner_of(item: ItemPosition, asker: Asker, site_id: str | None = None) -> Manner | None:
    """How a line of the item may be served: by the rows in force where it is asked first; None: nowhere."""
    named = AskLine(0, item.profile.sku, 1, date.min, site_id)
    sites = servings(named, item, replace(asker, when=None), {})
    return asker.manner(sites[0].site_id, item.profile.item_class) if sites else None


def _served(
    rows: SitePosition, when: When | None, by_rule: Sourcing
) -> tuple[date, date, Delivery | None] | None:
    """The first and last day the position may be promised for and the way there; None where there is none."""
    last = rows.today + timedelta(days=min(by_rule.horizon_days, len(rows.free)) - 1)
    if when is None:
        return rows.today, last, None
    if when.destination is None:
        return when.start(rows.site_id, rows.today, by_rule.cut_off), last, None
    way = when.delivery(rows.site_id, last, by_rule.cut_off)
    return None if way is None else (way.received[0], way.received[-1], way)


def _stands_in(asker: Asker) -> StandIn | None:
    """Where other items may be taken from for components of a kit; None: none may be sent."""
    if not asker.others:
        return None

    def at(other: ItemPosition, site_id: str) -> SitePosition | None:
        if not asker.sourcing(site_id, other.profile.item_class).serves:
            return None
        there = (rows for rows in other.sites if rows.site_id == site_id and rows.serves(asker.channel))
        return next(there, None)

    return at


def _decide_line(
    line: AskLine,
    positions: Mapping[str, ItemPosition],
    serving: Callable[[AskLine, ItemPosition], list[Serving]],
    methods: Sequence[str],
    asker: Asker,
) -> LineOutcome:
    if line.quantity <= 0:
        return bad_quantity(line.number, line.quantity)
    position = positions.get(line.sku)
    if position is None:
        return unknown_sku(line.number, line.sku)
    first, later = instead.in_turn(position, positions) if asker.others else (line.sku, ())
    if first != line.sku:
        position = positions.get(first, position)
    sites = serving(line, position)
    others = [(other, serving(line, positions[other.item])) for other in later if other.item in positions]
    served = [*sites, *(site for _, at in others for site in at)]
    if not served:
        return _nothing_anywhere(line, position, methods, asker)
    last = max(site.last for site in served)
    if line.wanted > last:
        return outside_horizon(line.number, line.wanted, last)
    manner = asker.manner(served[0].site_id, position.profile.item_class)
    answer = _answer(line, (sites, others), last, methods, manner)
    if first == line.sku:
        return answer
    parts = (part if part.sku else replace(part, sku=first, sent=part.quantity) for part in answer.schedule)
    return replace(answer, schedule=tuple(parts))


Others = Sequence[tuple[Substitute, Sequence[Serving]]]


def _answer(
    line: AskLine,
    served: tuple[Sequence[Serving], Others],
    last: date,
    methods: Sequence[str],
    manner: Manner,
) -> LineAnswer:
    sites, others = served
    firsts = [site.first for site in (*sites, *(site for _, at in others for site in at))]
    start = max(line.wanted, min(firsts))
    atp_wanted = promisable(sites, start, manner.max_sites)
    side_by_side = tuple(MethodAnswer(method, by_method(sites, method, start)) for method in methods)
    needed = need(line.quantity, line.pack, line.rounding)
    terms = Terms(line.pack, line.rounding, -(-needed * manner.least_percent // PERCENT), manner.partial)
    kits = [site for site in sites if isinstance(site.left, LeftOfKit) and site.left.components]
    fill = instead.Filler(others, terms, needed, kits).fill if others or kits else nothing_else
    schedule, rest = spread(needed, sites, (start, last), terms, manner, fill)
    earliest = max(part.day for part in schedule) if schedule and rest == 0 else None
    missing = max(0, min(line.quantity, needed) - (needed - rest))
    return LineAnswer(
        line.number, atp_wanted, earliest, tuple(schedule), missing, METHOD, side_by_side, manner.backorder
    )


def _nothing_anywhere(line: AskLine, item: ItemPosition, methods: Sequence[str], asker: Asker) -> LineOutcome:
    if line.site_id is not None and line.site_id not in {rows.site_id for rows in item.sites}:
        return LineProblem(
            line.number,
            "NOT_STOCKED",
            f"{line.sku} is neither held, expected nor owed at {line.site_id}.",
            "Leave the site out to ask every site, or name a site that `Item.stock` lists.",
        )
    if asker.when is not None and asker.when.destination is not None:
        unreached = servings(line, item, replace(asker, when=None), {})
        if unreached:
            return no_lane(line.number, [site.site_id for site in unreached], asker.when)
    none = tuple(MethodAnswer(method, 0) for method in methods)
    return LineAnswer(line.number, 0, None, (), line.quantity, METHOD, none)


def bad_quantity(number: int, quantity: object) -> LineProblem:
    """The problem of a line whose quantity cannot be asked for."""
    return LineProblem(
        number,
        "BAD_QUANTITY",
        f"A quantity of {quantity} cannot be promised: it must be above 0.",
        "Ask for a whole number of the item's smallest unit, 1 or more.",
    )


def unknown_sku(number: int, sku: str) -> LineProblem:
    """The problem of a line naming an item the gateway does not know."""
    return LineProblem(
        number,
        "UNKNOWN_SKU",
        f"No item is known as {sku}.",
        "Check the spelling, or search with items(filter: {contains: ...}).",
    )


def outside_horizon(number: int, wanted: date, last: date) -> LineProblem:
    """The problem of a line wanted after the last planned day."""
    return LineProblem(
        number,
        "OUTSIDE_HORIZON",
        f"{wanted} is after the last planned day, {last}.",
        "Ask for an earlier date or extend the horizon.",
    )


def no_lane(number: int, sites: Sequence[str], when: When) -> LineProblem:
    """The problem of a line that sites could serve, if a lane led from one of them to the destination."""
    assert when.destination is not None, "goods at the site need no lane"
    service = f" with the service {when.service}" if when.service else ""
    named = ", ".join(dict.fromkeys(sites))
    return LineProblem(
        number,
        "NO_LANE",
        f"No lane leads from {named} to {when.destination.code}{service}.",
        "Name another destination or service, or state the lane at its source.",
    )
