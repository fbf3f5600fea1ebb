"""Other items sent for what a line asks: read along, locked with it, kept by reservations of their own."""

from collections.abc import Iterable, Mapping, Sequence
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
    """What else may be sent for these items. Raises MoreToLock where that is not at the desk yet."""
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
    return list(found)


def by_item(ask: RequestLine, parts: Sequence[ScheduleLine]) -> list[OfItem]:
    """The parts of a line by the item that serves them, the one asked for first."""
    if not any(part.sku for part in parts):
        return [OfItem(ask, tuple(parts), sum(part.quantity for part in parts))]
    skus = sorted({part.sku or ask.sku for part in parts}, key=lambda sku: (sku != ask.sku, sku))
    told = []
    for sku in skus:
        of_item = [part for part in parts if (part.sku or ask.sku) == sku]
        goods = tuple(replace(part, quantity=part.goods, sku="", sent=0) for part in of_item)
        told.append(OfItem(replace(ask, sku=sku), goods, sum(part.quantity for part in of_item)))
    return told


def precisions(desk: Desk, parts: Iterable[ScheduleLine]) -> Mapping[str, int]:
    """How the other items that are sent are counted."""
    return {part.sku: desk.items[part.sku].profile.precision for part in parts if part.sku}
