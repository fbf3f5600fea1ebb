"""What becomes of each line of an item when all that is owed is served again, site by site, as `slip` says.

Nothing is withheld from a promise made. Overdue supply is still expected for the days of grace.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import accumulate

from rules.company import Company, Keeping, Setup
from rules.model import Commitment, Profile, SiteStock
from rules.peg import ON_HAND
from rules.pegs import Peg, pieces
from rules.position import Row, SitePosition, balanced, drawn_at, owing_kits
from rules.proposals import Line, Placed
from rules.redelivery import delivery_from
from rules.reserved import line_key
from rules.slip import Dated, Expected, Moved, Outcome, Promised, Supply, serve_again
from rules.slots import Departures, Gate, OpenSlots, leaves_on
from rules.still_expected import Delays, delayed, expected_at, falls_short, places
from rules.supply import counted_receipts

PLENTY = 10**15
"""More than is ever owed: what there is where supply has no limit."""
FULL = 100
ON_THE_WAY_MAX = 90
"""So many days before a latest day of receipt it is looked for when goods must be free for picking."""

_Of = tuple[str, str]
"""A line, and the position it is promised from."""


@dataclass(frozen=True, slots=True)
class Owing:
    """An item that owes each line by itself, the lines by key, and the orders of ours that bring it."""

    profile: Profile
    lines: Mapping[str, Line]
    pegs: tuple[Peg, ...] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """What serving again rests on besides the items."""

    setup: Setup
    now: datetime
    slots: OpenSlots = field(default_factory=lambda: OpenSlots({}, set()))
    """The slots at sites that ship so many orders a day; those of new days are taken one after the other."""
    orders: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By line and site the order that leaves there, where orders are limited."""

    def departures(self, line: Line, site_id: str, item_class: str) -> Departures | None:
        """On which days the line may leave the site; None where it may on any."""
        order = self.orders.get((line.key, site_id))
        if order is None:
            return None
        by_rule = self.setup.choices.sourcing(line.channel, site_id, item_class, line.accepted_at)
        if by_rule.orders_a_day is None:
            return None
        gate = Gate(self.slots, site_id, order, by_rule.orders_a_day)
        return Departures(gate, partial(_ship_on, line, site_id, self.setup))

    def latest(self, line: Line, site_id: str) -> date | None:
        """The last day on which goods needed at the site are received in time; None where any day is."""
        if line.latest is None or not line.ship_to:
            return line.latest
        for back in range(ON_THE_WAY_MAX):
            day = line.latest - timedelta(days=back)
            way = delivery_from(site_id, day, (line.ship_to, line.service), self.setup)
            if way is not None and way.promised <= line.latest:
                return day
        return date.min


def _ship_on(line: Line, site_id: str, company: Company, needed: date) -> date | None:
    if not line.ship_to:
        return leaves_on(company, site_id, needed)
    way = delivery_from(site_id, needed, (line.ship_to, line.service), company)
    return None if way is None else way.ship_on


@dataclass(slots=True)
class Served:
    """What becomes of one line, over all places; `sites` are those where it loses quantity on its day."""

    old: list[Placed] = field(default_factory=list)
    new: list[Placed] = field(default_factory=list)
    undated: int = 0
    days_late: int = 0
    knocked_on: bool = False
    sites: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    """One position of an item at one site: what is owed there, and what there is for it by each day.

    `expected` is the supply that lines are pegged to; it is not in `there`.
    """

    stock: SiteStock
    today: date
    last_day: date
    there: Row
    expected: tuple[Expected, ...] = ()
    is_short: bool = True


def serve_item(item: Owing, delays: Delays, on: Ground) -> dict[str, Served]:
    """What becomes of each line the item owes, by key; of kits it goes into as of one line each."""
    owing = owing_kits(item.profile, on.setup, on.now)
    kits = {stock.site_id: _ranks_of_kits(owing, stock.site_id, on) for stock in owing.sites}
    found: dict[str, Served] = {}
    for stock in owing.sites:
        late = replace(stock, receipts=tuple(delayed(stock.receipts, delays)))
        for part, rows in places(late, owing, on.setup, on.now):
            place = _place(part, rows, item, on)
            _serve(place, item, kits[stock.site_id], on, found)
    return found


def serve_kit(kit: Owing, sets: Mapping[str, Iterable[Dated]], on: Ground) -> dict[str, Served]:
    """What becomes of each line of a kit, from finished kits and from the sets there can be by site."""
    owing = owing_kits(kit.profile, on.setup, on.now)
    found: dict[str, Served] = {}
    for stock in owing.sites:
        if stock.site_id not in on.setup.sites:
            continue
        expected = expected_at(stock, owing, on.setup, on.now)
        rows = balanced(drawn_at(expected, owing, on.setup, on.now))
        put = _there(rows)
        come = [0] * len(put)
        for part in sets.get(stock.site_id, ()):
            cell = max(0, (part.day - rows.today).days)
            if cell < len(come):
                come[cell] += part.quantity
        there = tuple(kits + more for kits, more in zip(put, accumulate(come), strict=True))
        _serve(_Place(expected, rows.today, rows.last_day, there), kit, {}, on, found)
    return found


def _place(part: SiteStock, rows: SitePosition, item: Owing, on: Ground) -> _Place:
    """The place with its pegged supply told apart."""
    there = list(_there(rows))
    policy = on.setup.choices.policy_at(part.site_id, item.profile.item_class, on.now)
    orders = {peg.order_id for peg in item.pegs if peg.site_id == part.site_id}
    expected = []
    for cell, receipt in counted_receipts(part.receipts, policy, rows.today):
        if receipt.line_id not in orders:
            continue
        day = rows.today + timedelta(days=cell)
        expected.append(Expected(receipt.line_id, day, receipt.quantity))
        for later in range(cell, len(there)):
            there[later] -= receipt.quantity
    return _Place(
        part, rows.today, rows.last_day, tuple(there), tuple(expected), bool(expected) or falls_short(rows)
    )


def _there(rows: SitePosition) -> Row:
    """What there is by each day for all that is owed within the horizon, nothing being withheld."""
    owed = accumulate(rows.commitments)
    there = zip(rows.margin, rows.withheld, owed, strict=True)
    return tuple(sum(cells) if cell < rows.limited else PLENTY for cell, cells in enumerate(there))


def _ranks_of_kits(item: Profile, site_id: str, on: Ground) -> Mapping[str, int]:
    """By kit, the best rank of what is owed of it at the site: its need of the item competes with that."""
    return {
        kit.kit: min(
            on.setup.choices.keeping(line.channel, site_id, kit.item_class, 0, on.now).rank
            for line in stock.commitments
        )
        for kit in item.part_of
        for stock in kit.sites
        if stock.site_id == site_id and stock.commitments
    }


def _serve(place: _Place, item: Owing, kits: Mapping[str, int], on: Ground, found: dict[str, Served]) -> None:
    """What becomes of each line here is noted in `found`; where nothing is short, all is as it was."""
    part = place.stock
    owed: dict[_Of, list[Commitment]] = {}
    for commitment in part.commitments:
        of = (line_key(commitment), commitment.position or part.position)
        owed.setdefault(of, []).append(commitment)
    outcomes = _outcomes(place, owed, item, kits, on) if place.is_short else {}
    for (key, position), commitments in owed.items():
        served = found.setdefault(key, Served())
        for commitment in commitments:
            served.old.append(Placed(part.site_id, position, commitment.day, commitment.quantity))
        outcome = outcomes.get((key, position))
        if outcome is None or not outcome.at_risk:
            served.new += served.old[-len(commitments) :]
            continue
        served.new += _kept_and_moved(outcome, commitments, place.last_day, (part.site_id, position))
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
    place: _Place, owed: Mapping[_Of, Sequence[Commitment]], item: Owing, kits: Mapping[str, int], on: Ground
) -> Mapping[_Of, Outcome]:
    """How each line is served here. What is owed behind the horizon is not served again."""
    promised: dict[str, tuple[_Of, Promised]] = {}
    for of, commitments in owed.items():
        parts = [Dated(each.day, each.quantity) for each in commitments if each.day <= place.last_day]
        line = item.lines.get(of[0]) or _nobodys(of[0], parts, on.now)
        keeping = _keeping(line, place, item.profile.item_class, on)
        rank = kits.get(commitments[0].kit) if commitments[0].kit else None
        keeping = keeping if rank is None else Keeping(rank=rank)
        departures = on.departures(line, place.stock.site_id, item.profile.item_class)
        latest = on.latest(line, place.stock.site_id)
        for pegged_to, some in pieces(parts, _pegged(of[0], place, item.pegs)).items():
            named = "\t".join((*of, pegged_to))
            piece = _promised(named, line, (some, parts), keeping, pegged_to)
            promised[named] = (of, replace(piece, departures=departures, latest=latest))
    outcomes: dict[_Of, list[Outcome]] = {}
    supply = Supply(place.today, place.there, place.expected)
    for outcome in serve_again((each for _, each in promised.values()), supply):
        outcomes.setdefault(promised[outcome.line_id][0], []).append(outcome)
    in_parts = {of: each.partial for of, each in promised.values()}
    return {of: _together(some, in_parts=in_parts[of]) for of, some in outcomes.items()}


def _pegged(key: str, place: _Place, pegs: Iterable[Peg]) -> list[tuple[str, int]]:
    """What of the supply expected here is the line's, the latest first, and what of it has come."""
    comes: dict[str, int] = {}
    for each in place.expected:
        comes[each.supply_id] = comes.get(each.supply_id, 0) + each.quantity
    mine = [peg for peg in pegs if (peg.line_key, peg.site_id) == (key, place.stock.site_id)]
    mine.sort(key=lambda peg: (peg.usable_on, peg.order_id), reverse=True)
    expected = [
        (peg.order_id, min(peg.quantity, comes[peg.order_id])) for peg in mine if peg.order_id in comes
    ]
    arrived = sum(min(peg.arrived, peg.quantity) for peg in mine)
    return [*expected, (ON_HAND, arrived)]


def _keeping(line: Line, place: _Place, item_class: str, on: Ground) -> Keeping:
    late = (place.today - line.wanted).days
    return on.setup.choices.keeping(line.channel, place.stock.site_id, item_class, late, on.now)


def _nobodys(key: str, parts: Sequence[Dated], now: datetime) -> Line:
    """What kits need of the item: it competes, and nothing is proposed for it here."""
    return Line(key, "", "", "", "", min((part.day for part in parts), default=date.max), now)


def _promised(
    named: str,
    line: Line,
    parts: tuple[tuple[Dated, ...], Sequence[Dated]],
    keeping: Keeping,
    supply: str,
) -> Promised:
    """One piece of a line, of all its parts here."""
    some, every = parts
    quantity = sum(part.quantity for part in every)
    return Promised(
        named,
        some,
        keeping.rank,
        line.accepted_at,
        pegged_to=supply,
        partial=keeping.partial,
        least_shipment=-(-quantity * keeping.min_shipment_percent // FULL),
    )


def _together(outcomes: Sequence[Outcome], *, in_parts: bool) -> Outcome:
    """The outcome of a line from those of its pieces; one that takes no parts waits for its latest piece."""
    if len(outcomes) == 1:
        return outcomes[0]
    keeps = tuple(part for each in outcomes for part in each.keeps)
    moves = tuple(move for each in outcomes for move in each.moves)
    undated = sum(each.undated for each in outcomes)
    knocked_on = any(each.knocked_on for each in outcomes)
    if in_parts or not (moves or undated):
        return Outcome(outcomes[0].line_id, keeps, moves, undated, knocked_on)
    if undated:
        every = undated + sum(part.quantity for part in keeps) + sum(move.quantity for move in moves)
        return Outcome(outcomes[0].line_id, (), (), every, knocked_on)
    last = max([part.day for part in keeps] + [move.day for move in moves])
    stay = tuple(part for part in keeps if part.day == last)
    wait = (Moved(last, part.quantity, (last - part.day).days) for part in keeps if part.day < last)
    later = (Moved(last, move.quantity, move.days_late + (last - move.day).days) for move in moves)
    return Outcome(outcomes[0].line_id, stay, (*wait, *later), 0, knocked_on)
