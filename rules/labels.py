"""What each part of a schedule rests on, one thing each: goods on hand while they last, then receipts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from rules.asked import LineAnswer, LineOutcome, ScheduleLine
from rules.position import ItemPosition
from rules.promise import left_at

SUPPLY: Final = "supply"
"""The label of goods that are there or on their way, before it is told apart which."""
Place = tuple[str, str, str]
"""An item, a site, and the name of the position there."""


def labelled(
    skus: Sequence[str], outcomes: Sequence[LineOutcome], positions: Mapping[str, ItemPosition]
) -> tuple[tuple[ScheduleLine, ...], ...]:
    """The schedule of each line, a part of both goods on hand and receipts being told as two."""
    left: dict[Place, int] = {}
    told = []
    for sku, outcome in zip(skus, outcomes, strict=True):
        schedule = outcome.schedule if isinstance(outcome, LineAnswer) else ()
        told.append(tuple(each for part in schedule for each in _apart(sku, part, positions, left)))
    return tuple(told)


def _apart(
    sku: str, part: ScheduleLine, positions: Mapping[str, ItemPosition], left: dict[Place, int]
) -> Iterator[ScheduleLine]:
    if part.label != SUPPLY:
        yield part
        return
    sku = part.sku or sku
    place = sku, part.site_id, part.position
    if place not in left:
        left[place] = _on_hand(positions[sku], part)
    here = min(part.goods, left[place])
    left[place] -= here
    fills = part.quantity * here // part.goods
    if here:
        yield replace(part, quantity=fills, label="on_hand", sent=here if part.sku else 0)
    if part.goods > here:
        rest = part.goods - here if part.sku else 0
        yield replace(part, quantity=part.quantity - fills, label="receipt", sent=rest)


def _on_hand(item: ItemPosition, part: ScheduleLine) -> int:
    """What of the item, or of the kit and its parts, is there today and can be promised."""
    at = (rows for rows in item.sites if (rows.site_id, rows.position) == (part.site_id, part.position))
    return sum(max(0, left_at(rows, item, {}, 0).on(rows.today)) for rows in at)
