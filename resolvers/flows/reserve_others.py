"""Other items sent for what a line asks: read along, locked with it, kept by reservations of their own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from resolvers.flows.reserve_desk import Desk, MoreToLock
from rules.ask import RequestLine
from rules.asked import ScheduleLine
from rules.model import SUCCESSORS_MAX


@dataclass(frozen=True, slots=True)
class OfItem:
    """The parts of a line that one item serves, in its own quantities; `fills` is what they stand for."""

    ask: RequestLine
    parts: tuple[ScheduleLine, ...]
    fills: int


def sent_instead(desk: Desk, skus: Iterable[str]) -> list[str]:
    """What else may be sent for these items and for their parts, if they are kits.

    Raises MoreToLock where that is not at the desk yet.
    """
    skus = list(skus)
    found: dict[str, None] = {}
    level = [other for sku in skus if sku in desk.items for other in desk.items[sku].profile.sent_instead]
    for _ in range(SUCCESSORS_MAX):
        if not level:
            break
        missing = set(level) - desk.locked
        if missing:
            raise MoreToLock(missing)
        fresh = [sku for sku in level if sku not in found and sku in desk.items]
        found |= dict.fromkeys(fresh)
        known = [desk.items[sku].profile.superseded for sku in fresh]
        level = [successor.by for successor in known if successor is not None]
    return [*found, *_sent_for_parts(desk, [*skus, *found])]


def _sent_for_parts(desk: Desk, skus: Iterable[str]) -> list[str]:
    """What may be sent for the components of those of the items that are kits. Raises MoreToLock."""
    parts = {part.sku for sku in skus if sku in desk.items for part in desk.items[sku].profile.parts}
    if not parts:
        return []
    parts &= desk.items.keys()
    others = sorted({other.sku for sku in parts for other in desk.items[sku].profile.instead})
    missing = set(others) - desk.locked
    if missing:
        raise MoreToLock(missing)
    return [sku for sku in others if sku in desk.items]


def by_item(ask: RequestLine, parts: Sequence[ScheduleLine]) -> list[OfItem]:
    """The parts of a line by the item that serves them, the one asked for first."""
    if not any(part.sku or part.made_of for part in parts):
        return [OfItem(ask, tuple(parts), sum(part.quantity for part in parts))]
    taken = [each for part in parts for each in _taken(part, ask.sku)]
    skus = sorted({sku for sku, _, _ in taken}, key=lambda sku: (sku != ask.sku, sku))
    told = []
    for sku in skus:
        of_item = [(goods, fills) for named, goods, fills in taken if named == sku]
        goods = tuple(goods for goods, _ in of_item)
        told.append(OfItem(replace(ask, sku=sku), goods, sum(fills for _, fills in of_item)))
    return told


def _taken(part: ScheduleLine, asked: str) -> Iterator[tuple[str, ScheduleLine, int]]:
    """Each item that the part takes, what it takes of it, and how much of what was asked that goes into."""
    goods = replace(part, sku="", sent=0, made_of=())
    if not part.made_of:
        yield part.sku or asked, replace(goods, quantity=part.goods), part.quantity
    for each in part.made_of:
        yield each.sku, replace(goods, quantity=each.quantity, position=each.position), part.quantity


def others_of(parts: Iterable[ScheduleLine]) -> list[str]:
    """The items that the parts take where they take others than the one asked for."""
    named: dict[str, None] = {}
    for part in parts:
        if part.sku:
            named[part.sku] = None
        if part.made_of:
            named |= dict.fromkeys(each.sku for each in part.made_of)
    return list(named)


def precisions(desk: Desk, parts: Iterable[ScheduleLine]) -> Mapping[str, int]:
    """How the other items that are sent are counted."""
    return {sku: desk.items[sku].profile.precision for sku in others_of(parts)}
