"""Which promises of an item can no longer be kept as they stand, and the best that can be done instead.

All that is owed is served again at each site and position, as `slip` says, from the goods that are there and
still expected; nothing is withheld from a promise made.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import accumulate

from rules.calendar import NoOpenDay, local_day
from rules.company import Calendar, Keeping, Policy, Setup
from rules.model import Commitment, Profile, SiteStock
from rules.parts import parts_of
from rules.position import Row, SitePosition, balanced, drawn_at, owing_kits
from rules.proposals import Line, Placed, Proposal
from rules.reserved import line_key
from rules.slip import Dated, Outcome, Promised, Supply, expected_day, serve_again
from rules.supply import on_hand_choice, put_away, receipt_choice

PLENTY = 10**15
"""More than is ever owed: what there is where supply has no limit."""
FULL = 100

_Of = tuple[str, str]
"""A line, and the position it is promised from."""


def is_short(profile: Profile, setup: Setup, now: datetime) -> bool:
    """Whether at any site more is owed by some day than is there by then, nothing being withheld.

    A kit is not: what is owed of it is owed of its parts.
    """
    if profile.parts:
        return False
    if not profile.part_of and all(_is_plainly_kept(each, profile, setup, now) for each in profile.sites):
        return False
    owing = owing_kits(profile, setup, now)
    return any(_falls_short(rows) for stock in owing.sites for _, rows in _places(stock, owing, setup, now))


def at_risk(profile: Profile, lines: Mapping[str, Line], setup: Setup, now: datetime) -> tuple[Proposal, ...]:
    """A proposal for each line that loses quantity on its day, in the order of the lines' keys.

    The profile owes each reservation by itself; `lines` are those it owes, by key. A kit has none.
    """
    if profile.parts:
        return ()
    owing = owing_kits(profile, setup, now)
    found: dict[str, _Served] = {}
    for stock in owing.sites:
        for part, rows in _places(stock, owing, setup, now):
            _serve(part, rows, lines, _Terms(owing.item_class, setup, now), found)
    return tuple(
        served.proposal(lines[key]) for key, served in sorted(found.items()) if served.sites and key in lines
    )


@dataclass(slots=True)
class _Served:
    """What has been found out about one line so far, over all places."""

    old: list[Placed] = field(default_factory=list)
    new: list[Placed] = field(default_factory=list)
    undated: int = 0
    days_late: int = 0
    knocked_on: bool = False
    sites: list[str] = field(default_factory=list)

    def proposal(self, line: Line) -> Proposal:
        return Proposal(
            line,
            _summed(self.old),
            _summed(self.new),
            self.undated,
            self.days_late,
            tuple(dict.fromkeys(self.sites)),
            self.knocked_on,
        )


@dataclass(frozen=True, slots=True)
class _Terms:
    """On what terms lines of the item are served."""

    item_class: str
    setup: Setup
    now: datetime

    def of(self, line: Line, site_id: str, today: date) -> Keeping:
        late = (today - line.wanted).days
        return self.setup.choices.keeping(line.channel, site_id, self.item_class, late, self.now)


def _is_plainly_kept(stock: SiteStock, item: Profile, setup: Setup, now: datetime) -> bool:
    """Whether goods for everybody, without an end or a hold, cover by each day what is owed by then.

    A quick look that answers for most; where it says no, the days have to be worked out.
    """
    if stock.site_id not in setup.sites or not (stock.commitments or stock.reserved):
        return True
    if stock.holds:
        return False
    policy = setup.choices.policy_at(stock.site_id, item.item_class, now)
    today = local_day(now, setup.sites[stock.site_id].zone)
    steps = list(_comes_plainly(stock, policy, today))
    if len({position for _, _, position in steps}) > 1:
        return False
    days = [(cell, quantity) for cell, quantity, _ in steps]
    days += [(max(0, (line.day - today).days), -line.quantity) for line in stock.commitments]
    days += [(max(0, (row.day - today).days), -row.quantity) for row in stock.reserved]
    there = 0
    for _, quantity in sorted(days, key=lambda step: (step[0], -step[1])):
        there += quantity
        if there < 0:
            return False
    return True


APART = (0, 0, "goods that are not everybody's, or not for ever")


def _comes_plainly(stock: SiteStock, policy: Policy, today: date) -> Iterator[tuple[int, int, str]]:
    """The cell in which goods count, how many, and their position; and of what is not plain that it is so."""
    for row in stock.on_hand:
        choice = on_hand_choice(row, policy)
        if choice is not None and choice.counts:
            plain = choice.users is None and row.usable_until is None
            yield (choice.from_days, row.quantity, choice.position) if plain else APART
    for receipt in stock.receipts:
        choice = receipt_choice(receipt, policy, today)
        if choice.counts:
            plain = choice.users is None and receipt.usable_until is None
            cell = max(choice.from_days, (receipt.day - today).days, 0)
            yield (cell, receipt.quantity, choice.position) if plain else APART


def _places(
    stock: SiteStock, item: Profile, setup: Setup, now: datetime
) -> Iterator[tuple[SiteStock, SitePosition]]:
    """Each position of the stock at one of our sites, with its rows, overdue supply still being expected."""
    if stock.site_id not in setup.sites:
        return
    policy = setup.choices.policy_at(stock.site_id, item.item_class, now)
    today = local_day(now, setup.sites[stock.site_id].zone)
    grace = setup.choices.grace_days(stock.site_id, item.item_class, now)
    expected = _still_expecting(stock, policy, today, setup.calendar_at(stock.site_id), grace)
    stock = put_away(expected, setup, today)
    for part in parts_of(stock, policy, today):
        yield part, balanced(drawn_at(part, item, setup, now))


def _still_expecting(
    stock: SiteStock, policy: Policy, today: date, receiving: Calendar, grace_days: int
) -> SiteStock:
    """The stock with overdue receipts on the day they are expected; what rules count as it is, stays so."""
    if all(receipt.day >= today for receipt in stock.receipts):
        return stock
    receipts = []
    for receipt in stock.receipts:
        day = receipt.day
        if day < today and not receipt_choice(receipt, policy, today).counts:
            with suppress(NoOpenDay):
                day = expected_day(day, today, receiving, grace_days) or day
        receipts.append(replace(receipt, day=day))
    return replace(stock, receipts=tuple(receipts))


def _falls_short(rows: SitePosition) -> bool:
    short = (margin + kept < 0 for margin, kept in zip(rows.margin, rows.withheld, strict=True))
    return any(below for cell, below in enumerate(short) if cell < rows.limited)


def _there(rows: SitePosition) -> Row:
    """What there is by each day for all that is owed within the horizon, nothing being withheld."""
    owed = accumulate(rows.commitments)
    there = zip(rows.margin, rows.withheld, owed, strict=True)
    return tuple(sum(cells) if cell < rows.limited else PLENTY for cell, cells in enumerate(there))


def _serve(
    part: SiteStock,
    rows: SitePosition,
    lines: Mapping[str, Line],
    terms: _Terms,
    found: dict[str, _Served],
) -> None:
    """What becomes of each line here is noted in `found`; where nothing is short, all is as it was."""
    owed: dict[_Of, list[Commitment]] = {}
    for commitment in part.commitments:
        of = (line_key(commitment), commitment.position or part.position)
        owed.setdefault(of, []).append(commitment)
    outcomes = _outcomes(part, rows, owed, lines, terms) if _falls_short(rows) else {}
    for (key, position), commitments in owed.items():
        served = found.setdefault(key, _Served())
        for commitment in commitments:
            served.old.append(Placed(part.site_id, position, commitment.day, commitment.quantity))
        outcome = outcomes.get((key, position))
        if outcome is None or not outcome.at_risk:
            served.new += served.old[-len(commitments) :]
            continue
        served.new += _kept_and_moved(outcome, commitments, rows.last_day, (part.site_id, position))
        served.undated += outcome.undated
        served.days_late = max(served.days_late, outcome.days_late)
        served.knocked_on |= outcome.knocked_on
        served.sites.append(part.site_id)


def _kept_and_moved(
    outcome: Outcome, commitments: Iterable[Commitment], last: date, place: tuple[str, str]
) -> Iterator[Placed]:
    behind = ((line.day, line.quantity) for line in commitments if line.day > last)
    kept = ((part.day, part.quantity) for part in outcome.keeps)
    moved = ((part.day, part.quantity) for part in outcome.moves)
    for day, quantity in (*kept, *moved, *behind):
        yield Placed(*place, day, quantity)


def _outcomes(
    part: SiteStock,
    rows: SitePosition,
    owed: Mapping[_Of, Iterable[Commitment]],
    lines: Mapping[str, Line],
    terms: _Terms,
) -> Mapping[_Of, Outcome]:
    """How each line is served here. What is owed behind the horizon is not served again."""
    promised = {}
    for of, commitments in owed.items():
        parts = tuple(Dated(each.day, each.quantity) for each in commitments if each.day <= rows.last_day)
        if parts:
            line = lines.get(of[0]) or _nobodys(of[0], parts, terms.now)
            keeping = terms.of(line, part.site_id, rows.today)
            named = "\t".join(of)
            promised[named] = (of, _promised(named, line, parts, keeping))
    supply = Supply(rows.today, _there(rows))
    outcomes = serve_again((each for _, each in promised.values()), supply)
    return {promised[outcome.line_id][0]: outcome for outcome in outcomes}


def _nobodys(key: str, parts: Iterable[Dated], now: datetime) -> Line:
    """What kits need of the item: it competes, and nothing is proposed for it here."""
    return Line(key, "", "", "", "", min(part.day for part in parts), now)


def _promised(named: str, line: Line, parts: tuple[Dated, ...], keeping: Keeping) -> Promised:
    quantity = sum(part.quantity for part in parts)
    return Promised(
        named,
        parts,
        keeping.rank,
        line.accepted_at,
        partial=keeping.partial,
        least_shipment=-(-quantity * keeping.min_shipment_percent // FULL),
    )


def _summed(parts: Iterable[Placed]) -> tuple[Placed, ...]:
    """One part for each place and day, in order."""
    sums: dict[tuple[str, str, date], int] = {}
    for part in parts:
        place = (part.site_id, part.position, part.day)
        sums[place] = sums.get(place, 0) + part.quantity
    return tuple(Placed(*place, quantity) for place, quantity in sorted(sums.items()))
