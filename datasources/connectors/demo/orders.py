"""What the channels have sold and what the planners expect them to sell."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from datasources.connectors.demo.catalogue import Item
from datasources.connectors.demo.dice import Dice
from datasources.connectors.demo.network import CHANNEL_PERCENT, DEMO_DAY, DemoSize, weekday
from datasources.connectors.demo.people import COMPANIES, household
from datasources.facts import ChannelFact, DemandFact, ForecastFact, SafetyStockFact, SiteFact

FIRST_ORDER = 10001
EASTER_RUSH, AFTER_EASTER = date(2026, 3, 16), date(2026, 4, 7)


def ordinary_orders(
    items: Sequence[Item], centres: Sequence[SiteFact], channels: Sequence[ChannelFact], count: int
) -> Iterator[DemandFact]:
    """Yield the open lines of `count` orders, one to four lines each."""
    ladder = [channel.code for channel in channels for _ in range(CHANNEL_PERCENT[channel.code])]
    for nth in range(count if items else 0):
        dice = Dice("order", nth)
        channel, site = dice.pick(ladder), dice.pick(centres)
        yield from _order(f"{channel[0].upper()}-{FIRST_ORDER + nth}", channel, site.site_id, items, dice)


def _order(
    order_id: str, channel: str, site_id: str, items: Sequence[Item], dice: Dice
) -> Iterator[DemandFact]:
    """Yield the lines of one order. One order in thirty is overdue."""
    companies = COMPANIES.get(channel)
    customer = dice.pick(companies) if companies else household(dice.between(20000, 29999))
    ahead = -3 if dice.chance(3) else dice.between(0, 28 if channel in COMPANIES else 6)
    needed_on = weekday(ahead)
    chosen = {item.sku: item for item in (dice.pick(items) for _ in range(dice.between(1, 4)))}
    for line, item in enumerate(chosen.values(), start=1):
        yield DemandFact(
            line_id=f"{order_id}-{line}",
            order_id=order_id,
            channel=channel,
            code=item.sku,
            site_id=site_id,
            quantity=item.amount(_pieces(item, channel, dice)),
            needed_on=needed_on,
            wanted=needed_on + timedelta(days=2),
            customer=customer,
        )


def _pieces(item: Item, channel: str, dice: Dice) -> int:
    """Return a household's few pieces, or up to a week of the item's sales under contract."""
    most = item.weekly if channel in COMPANIES else min(6, item.weekly)
    return dice.between(1, max(1, most))


def weekly_forecasts(
    items: Sequence[Item], centres: Sequence[SiteFact], channels: Sequence[ChannelFact], size: DemoSize
) -> Iterator[ForecastFact]:
    """Yield a gross forecast a week for the items that sell well (grade A), by centre and channel.

    Channels below another are planned with it.
    """
    planned = [channel.code for channel in channels if channel.parent is None]
    for item in (item for item in items if item.grade == "A"):
        for centre in centres:
            for channel in planned:
                yield from _weeks(item, centre.site_id, channel, size.forecast_weeks)


def safety_stocks(items: Sequence[Item], centres: Sequence[SiteFact]) -> Iterator[SafetyStockFact]:
    """Yield what is kept back of one good seller in four: half a week's sales, a whole week's for Easter."""
    for item in (item for item in items if item.grade == "A"):
        for centre in centres:
            if Dice("safety", item.sku, centre.site_id).chance(25):
                kept = item.amount(max(1, item.weekly // 2))
                yield SafetyStockFact(item.sku, centre.site_id, kept)
                yield SafetyStockFact(item.sku, centre.site_id, 2 * kept, EASTER_RUSH)
                yield SafetyStockFact(item.sku, centre.site_id, kept, AFTER_EASTER)


def _weeks(item: Item, site_id: str, channel: str, weeks: int) -> Iterator[ForecastFact]:
    dice = Dice("forecast", item.sku, site_id, channel)
    for week in range(weeks):
        start = DEMO_DAY + timedelta(weeks=week)
        pieces = item.weekly * CHANNEL_PERCENT[channel] * dice.between(80, 125) // 10_000
        yield ForecastFact(
            forecast_id=f"F-{item.sku}-{site_id}-{channel}-{start}",
            code=item.sku,
            site_id=site_id,
            channel=channel,
            start=start,
            end=start + timedelta(weeks=1),
            quantity=item.amount(pieces),
        )
