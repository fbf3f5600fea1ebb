"""Parts of a decided ask by cheaper lanes: on time and as few parts go before cost, and cost before speed.

What is given, and by when, was found over each site's lane that is there first. A part then goes by a slower
lane that costs less, if it is there in time as well and its goods are free so much sooner: no line of the ask
loses quantity or a day by it. Each leaves on the latest day its lane allows.
"""

from collections.abc import Sequence
from dataclasses import replace

from rules.asked import AskLine, LineAnswer, LineOutcome, ScheduleLine
from rules.left import LeftOfItem
from rules.spread import Serving


def by_cheaper_lanes(line: AskLine, told: LineOutcome, sites: Sequence[Serving]) -> LineOutcome:
    """The outcome, its parts by the cheapest lane that is in time. All lines of the ask are decided already.

    Kits and what is sent instead stay with the lane they were found by. `sites` serve the line.
    """
    if not isinstance(told, LineAnswer) or not any(each.delivery and each.delivery.cheaper for each in sites):
        return told
    parts = tuple(_cheapest(part, line, told, sites) for part in told.schedule)
    if parts == told.schedule:
        return told
    earliest = None if told.earliest is None else max(part.day for part in parts)
    return replace(told, schedule=parts, earliest=earliest)


def _cheapest(part: ScheduleLine, line: AskLine, told: LineAnswer, sites: Sequence[Serving]) -> ScheduleLine:
    at = [each for each in sites if (each.site_id, each.left.rows.position) == (part.site_id, part.position)]
    if len(at) != 1 or part.sku:
        return part
    (serving,), is_alone = at, len(told.schedule) == 1
    left = serving.left
    if not isinstance(left, LeftOfItem):
        return part
    for lane in serving.delivery.cheaper if serving.delivery is not None else ():
        chain = lane.latest(max(part.day, line.wanted))
        if chain is None or not (chain.promised == part.day or (is_alone and part.day <= line.wanted)):
            continue
        gate = serving.gate
        if gate is not None and chain.ship_on != part.ship_on and not gate.lets(chain.ship_on):
            continue
        if left.move(part.needed, chain.needed_on, part.quantity):
            if gate is not None:
                gate.take(chain.ship_on)
            return replace(
                part,
                service=lane.service,
                day=chain.promised,
                needed_on=chain.needed_on,
                ship_on=chain.ship_on,
            )
    return part
