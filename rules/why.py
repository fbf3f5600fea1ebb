"""Which rules an answer rests on: every decision that was asked for, with the facts it was asked about."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from rules.book import BookAt, Verdict
from rules.calendar import local_day
from rules.choices import BookChoices
from rules.model import Profile, SiteStock
from rules.position import ItemPosition
from rules.supply import HERE, ON_HAND
from rules.table import Value

ASKED_MAX = 500
"""Decisions listed for one line; a line that rests on more of them says so by ending there."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One decision as it was asked for: at which site, of what, with which facts, and what it said."""

    decision: str
    site_id: str
    about: str
    facts: Mapping[str, Value]
    verdict: Verdict
    at: BookAt


def asked_for(
    item: ItemPosition, choices: BookChoices, channel: str, now: datetime, site_id: str | None = None
) -> list[Asked]:
    """The decisions behind an answer about the item, in the order they were made, each once.

    Equal facts at several sites are told of the first of them.
    """
    told: dict[object, Asked] = {}
    stocks = [stock for stock in item.profile.sites if site_id in (None, stock.site_id)]
    for stock in stocks:
        if stock.site_id in choices.sites:
            for asked in _at_site(stock, item.profile, choices, channel, now):
                told.setdefault(
                    (asked.decision, id(asked.at), tuple(sorted(asked.facts.items(), key=str))), asked
                )
    return list(told.values())[:ASKED_MAX]


def _at_site(
    stock: SiteStock, item: Profile, choices: BookChoices, channel: str, now: datetime
) -> Iterator[Asked]:
    at, site = choices.at(stock.site_id, now), choices.sites[stock.site_id]
    known_at = item.terms.known_at(stock.site_id) and "capable" in choices.book.compiled
    item_class = item.item_class
    known = choices.channels.get(channel)
    stated: dict[str, Value] = {
        "channel": channel,
        "channel_kind": known.kind if known else "",
        "stated_class": known.demand_class if known else "",
    }
    place: dict[str, Value] = {"item_class": item_class, "site_kind": site.kind}
    who: dict[str, Value] = {**choices.who(channel, at), "item_class": item_class}
    source = choices.owners.get(stock.site_id, "")
    facts: list[tuple[str, str, dict[str, Value]]] = [
        ("demand_class", f"channel {channel}", stated),
        ("sourcing", f"site {stock.site_id}", {**who, "site_kind": site.kind}),
        ("split", f"channel {channel}", who),
        ("promise", f"channel {channel}", who),
        ("position", f"site {stock.site_id}", place),
    ]
    if known_at:
        facts.append(("capable", f"channel {channel}", who))
    facts += _brought(stock.site_id, item, choices, at)
    if source:
        facts.append(
            ("sources", f"source {source}", {"source": source, "fact": "stock", "site_kind": site.kind})
        )
    facts += _of_goods(stock, {**who, **place}, local_day(now, site.zone).toordinal())
    for decision, about, given in facts:
        yield Asked(decision, stock.site_id, about, given, at.decide(decision, given), at)


def _brought(
    site_id: str, item: Profile, choices: BookChoices, at: BookAt
) -> Iterator[tuple[str, str, dict[str, Value]]]:
    """The rows that let goods be brought to the site from others that have dealt with the item."""
    if "transfer" not in choices.book.compiled:
        return
    for sender in item.sites:
        if sender.site_id != site_id and sender.site_id in choices.sites:
            kinds = {
                "from_kind": choices.sites[sender.site_id].kind,
                "site_kind": choices.sites[site_id].kind,
            }
            facts: dict[str, Value] = {"item_class": item.item_class, **kinds}
            if at.decide("transfer", facts).then["allowed"]:
                yield "transfer", f"from {sender.site_id} to {site_id}", facts


def _of_goods(
    stock: SiteStock, who: Mapping[str, Value], today: int
) -> Iterable[tuple[str, str, dict[str, Value]]]:
    for row in stock.on_hand:
        yield "holds", f"goods in status {row.status}", {"what": "status", "code": row.status}
        yield "supply", f"goods on hand, {row.ownership}", _goods(ON_HAND, row.ownership, HERE, 0, who)
    for hold in stock.holds:
        yield "holds", f"hold {hold.code}", {"what": "hold", "code": hold.code}
    for line in stock.receipts:
        overdue = max(0, today - line.day.toordinal())
        about = f"{line.kind} due {line.day}, {line.ownership}, {line.firmness}"
        yield "supply", about, _goods(line.kind, line.ownership, line.firmness, overdue, who)


def _goods(
    kind: str, ownership: str, firmness: str, days_overdue: int, who: Mapping[str, Value]
) -> dict[str, Value]:
    named: dict[str, Value] = {"kind": kind, "ownership": ownership, "firmness": firmness}
    return {**named, "days_overdue": days_overdue, **who}
