"""Which sites were thought of for a line, in their order: what each could give on its own day, and why not.

Told for the line by itself, before it or any other line of its ask took anything.
"""

from dataclasses import dataclass, replace
from datetime import date

from rules.asked import AskLine, LineAnswer
from rules.atp import UNLIMITED
from rules.company import Manner
from rules.left import LeftOfItem
from rules.packs import floored
from rules.position import ItemPosition, SitePosition
from rules.promise import Asker, servings
from rules.quantity import to_base
from rules.spread import Serving

CONSIDERED_MAX = 500
"""Positions told of for one line."""


@dataclass(frozen=True, slots=True)
class Considered:
    """A position of a site: what it could give for the day asked for, and what it was given to serve.

    `needed_on` is its latest day on which goods must be free for that day of receipt; None: it has none.
    `why` says why it gives nothing for the day, or was not taken; else it is empty.
    """

    site_id: str
    position: str
    turn: int | None
    needed_on: date | None
    free: int
    given: int
    why: str


def considered(line: AskLine, item: ItemPosition, asker: Asker, answer: LineAnswer) -> list[Considered]:
    """The positions in the order they are asked, then those that serve another channel or are not reached."""
    serving = servings(line, item, asker, {})
    told = []
    if serving:
        day = max(line.wanted, min(each.first for each in serving))
        manner = asker.manner(serving[0].site_id, item.profile.item_class)
        words = _Words(line, item.profile.precision, manner, answer)
        told = [_serving(each, day, words) for each in serving]
    known = {(each.site_id, each.left.rows.position, each.left.rows.users) for each in serving}
    others = (rows for rows in item.sites if (rows.site_id, rows.position, rows.users) not in known)
    told += [
        Considered(rows.site_id, rows.position, None, None, 0, 0, _why_not_asked(rows, line, item, asker))
        for rows in others
    ]
    return told[:CONSIDERED_MAX]


@dataclass(frozen=True, slots=True)
class _Words:
    """What reasons are told of: the line, how it may be served, and how it is; figures in base units."""

    line: AskLine
    precision: int
    manner: Manner
    answer: LineAnswer

    def quantity(self, smallest: int) -> str:
        return str(to_base(smallest, self.precision))

    def given(self, rows: SitePosition) -> int:
        place = (rows.site_id, rows.position)
        own = (p for p in self.answer.schedule if not p.sku)
        return sum(p.quantity for p in own if (p.site_id, p.position) == place)


def _serving(each: Serving, day: date, words: _Words) -> Considered:
    rows, free, given = each.left.rows, each.number(day), words.given(each.left.rows)
    why = ""
    if free == 0:
        why = _why_nothing(each, day, words)
    elif given == 0:
        why = _why_passed(each.site_id, free, words)
    return Considered(rows.site_id, rows.position, each.turn, each.needed_on(day), free, given, why)


def _why_nothing(each: Serving, day: date, words: _Words) -> str:
    """Why nothing is to be had for the day: too soon, no slot, the counter's floor, or nothing free."""
    needed, left = each.needed_on(day), each.left
    if needed is None:
        return f"nothing can be there by {day}: the first day is {each.first}"
    if each.gate is not None and replace(each, gate=None).number(day) > 0:
        return f"all {each.gate.orders_a_day} orders that can leave it on the day are taken"
    if isinstance(left, LeftOfItem) and left.floor:
        without = LeftOfItem(left.rows, 0).on(needed)
        if without > 0:
            kept = words.quantity(left.floor)
            return f"the {words.quantity(without)} free there stay for its own counter, which keeps {kept}"
    return f"nothing is free there for {needed}"


def _why_passed(site_id: str, free: int, words: _Words) -> str:
    """Why it was not taken although it has some for the day."""
    manner, line = words.manner, words.line
    if free != UNLIMITED and floored(free, line.pack) == 0:
        return f"{words.quantity(free)} do not fill a pack of {words.quantity(line.pack)}"
    if free < min(manner.min_split, line.quantity):
        least = words.quantity(manner.min_split)
        return f"{words.quantity(free)} are fewer than the least part of a site, {least}"
    sites = sorted({part.site_id for part in words.answer.schedule})
    if manner.max_sites is not None and len(sites) >= manner.max_sites and site_id not in sites:
        most = f"{manner.max_sites} {'site' if manner.max_sites == 1 else 'sites'}"
        return f"at most {most} may serve a line; by the rule {manner.choose} {', '.join(sites)} did"
    if not sites:
        return "the line cannot be served within its rules on parts"
    return "others asked before it, or with more, had all that was asked"


def _why_not_asked(rows: SitePosition, line: AskLine, item: ItemPosition, asker: Asker) -> str:
    if line.site_id not in (None, rows.site_id):
        return f"only {line.site_id} was asked"
    if not rows.serves(asker.channel):
        return f"{rows.position} goods there are not for this channel"
    if not asker.sourcing(rows.site_id, item.profile.item_class).serves:
        return "such a site does not serve the channel"
    return "no lane leads from it to where the goods go"
