"""What a store sold in the half year before the demo day, and what its centre sent it."""

from itertools import pairwise

from datasources.connectors.demo.catalogue import Item
from datasources.connectors.demo.dice import Dice
from datasources.connectors.demo.past.season import DAYS, Rhythm
from datasources.connectors.demo.past.shelf import Past, Shelf, Spot
from datasources.connectors.demo.past.stops import Sent, stops

SPACING = {"A": (60, 110), "B": (130, 250), "C": (220, 400)}
"""Ordinary days between two reports of what the till sold of an item."""
STORY_SPACING = (2, 5)
CENTRES_SHARE = 8
"""A store sells an eighth of what a centre ships."""


def store_past(
    item: Item, site_id: str, shelf: Shelf, rhythm: Rhythm, *, is_story: bool
) -> tuple[Shelf, tuple[Sent, ...]]:
    """Return the store's shelf as it was in the beginning, and what was sent to it: by the day it came."""
    dice, sent = Dice("past", item.sku, site_id), []
    weekly = item.weekly * item.scale
    days = stops(dice, STORY_SPACING if is_story else SPACING[item.grade], DAYS - 1, rhythm)
    for day, earlier in pairwise((*days, -1)):
        sold = rhythm.sold(weekly, earlier, day) * dice.between(70, 130) // (100 * CENTRES_SHARE)
        if sold:
            shelf.take_back(Past(day, dice.between(600, 1140), "sale", ((Spot(), -sold),)))
        came = _came(item, shelf)
        if came and dice.chance(40):
            line_id = f"TO-{item.number}-{site_id}-H{day:03}"
            shelf.take_back(Past(day, dice.between(420, 540), "transfer", ((Spot(), came),), line_id))
            sent.append(Sent(day, came, line_id))
    return shelf, tuple(sent)


def _came(item: Item, shelf: Shelf) -> int:
    """Return the whole boxes, at most three, that a delivery may have brought."""
    box = item.box * item.scale
    return min(shelf.at(Spot()) // box, 3) * box
