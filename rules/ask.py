"""From an ask as it was sent to one that can be decided, and from outcomes to the record that is logged."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from rules import slots
from rules.asked import AskLine, LineAnswer, LineOutcome, LineProblem, MethodAnswer, ScheduleLine, SetPart
from rules.capability import try_lines
from rules.company import Setup
from rules.ctp_promise import Capability
from rules.delivery import When
from rules.errors import UnknownDestination
from rules.packs import Rounding
from rules.position import ItemPosition
from rules.promise import Asker, bad_quantity, decide, unknown_sku
from rules.quantity import BadQuantity, to_smallest
from rules.slots import Slots

NAME_SAID = 80
"""So much of a name we do not know is said back."""


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One line as asked: the quantity in the item's base unit."""

    sku: str
    quantity: Decimal
    wanted: date
    site_id: str | None = None
    pack: Decimal | None = None
    """It is served in whole packs of so many base units; None: as it comes."""
    rounding: Rounding = "up"


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where the goods of an ask go, and with which service of a carrier; None: with any."""

    destination: str
    service: str | None = None


def answer(
    requests: Sequence[RequestLine],
    positions: Mapping[str, ItemPosition],
    setup: Setup,
    asker: Asker,
    methods: Sequence[str] = (),
) -> tuple[LineOutcome, ...]:
    """One outcome a request line, in order; a line that cannot be decided never stops the others.

    Each answer also says what each of `methods` gives for the wanted day.
    """
    read = [measured(number, line, positions, setup) for number, line in enumerate(requests)]
    lines = [line for line in read if isinstance(line, AskLine)]
    decided = decide(lines, positions, methods, asker)
    if asker.capability is not None:
        decided = try_lines(lines, decided, positions, setup, asker)
    outcomes = {outcome.number: outcome for outcome in decided}
    return tuple(line if isinstance(line, LineProblem) else outcomes[line.number] for line in read)


def asking(
    channel: str,
    setup: Setup,
    now: datetime,
    to: Delivered | None = None,
    *,
    by_person: bool = False,
    binding: bool = False,
    taken: Slots | None = None,
) -> Asker:
    """The channel as it asks at an instant: how the rules let sites serve it. Each is asked for once.

    `by_person` is an ask by somebody who may agree to goods being bought or made; one that is `binding` is
    given only what may be promised. Raises UnknownDestination.
    """
    choices = setup.choices
    return Asker(
        channel,
        cache(lambda site, item_class: choices.sourcing(channel, site, item_class, now)),
        cache(lambda site, item_class: choices.manner(channel, site, item_class, now)),
        when_asked(setup, now, to),
        Capability(
            cache(lambda site, item_class: choices.standing(channel, site, item_class, now)),
            by_person=by_person,
            binding=binding,
            may_bring=cache(
                lambda sender, site, item_class: choices.may_bring(sender, site, item_class, now)
            ),
        ),
        taken,
    )


def when_asked(setup: Setup, now: datetime, to: Delivered | None) -> When:
    """The instant of an ask, and where to. Raises UnknownDestination."""
    if to is None:
        return When(setup, now)
    destination = setup.destinations.get(to.destination)
    if destination is None:
        raise UnknownDestination(to.destination, setup.destinations)
    return When(setup, now, destination, to.service)


def measured(
    number: int, line: RequestLine, positions: Mapping[str, ItemPosition], setup: Setup
) -> AskLine | LineProblem:
    """The line as it is decided, in the item's smallest units, or why it cannot be."""
    position = positions.get(line.sku)
    if position is None:
        return unknown_sku(number, line.sku)
    if line.site_id is not None and line.site_id not in setup.sites:
        known = ", ".join(sorted(setup.sites))
        return LineProblem(
            number, "UNKNOWN_SITE", f"No site is called {line.site_id[:NAME_SAID]}.", f"Use one of: {known}."
        )
    return _measured(number, line, position.profile.precision)


def _measured(number: int, line: RequestLine, precision: int) -> AskLine | LineProblem:
    """The line in the item's smallest units."""
    code = "BAD_QUANTITY"
    try:
        quantity = to_smallest(line.quantity, precision)
        code = "BAD_PACK"
        pack = 1 if line.pack is None else to_smallest(line.pack, precision)
    except BadQuantity as refused:
        return LineProblem(number, code, str(refused), "Round it, then ask again.")
    if quantity <= 0:
        return bad_quantity(number, line.quantity)
    if pack <= 0:
        return bad_pack(number, pack)
    return AskLine(number, line.sku, quantity, line.wanted, line.site_id, pack, line.rounding)


def bad_pack(number: int, pack: int) -> LineProblem:
    """The problem of a line wanted in packs that hold nothing."""
    return LineProblem(
        number,
        "BAD_PACK",
        f"A pack of {pack} holds nothing.",
        "Name how many base units a pack holds, above 0.",
    )


def fills_no_pack(number: int, line: RequestLine) -> LineProblem:
    """The problem of a line that is to be rounded down to whole packs and fills none."""
    return LineProblem(
        number,
        "BAD_PACK",
        f"{line.quantity} of {line.sku} fills no pack of {line.pack}.",
        "Ask for at least one pack, or have it rounded up.",
    )


ARITHMETIC = 5
"""The version of the arithmetic asks are decided by. The first did not know that lots expire.

Until the third, settings took the place of a rule book: what was decided by them cannot be decided again.
Until the fourth, how a line may be split was not asked, and nothing was bought, made or sent instead. Until
the fifth only the fastest lane of a site was taken, and one sender brought all or nothing.
"""


def logged_ask(
    requests: Sequence[RequestLine],
    methods: Sequence[str] = (),
    to: Delivered | None = None,
    *,
    by_person: bool = False,
    taken: Sequence[Sequence[object]] = (),
) -> dict[str, object]:
    """The ask as it is logged, with the arithmetic it was decided by: enough to ask again.

    `taken` are the slots that orders have at the sites asked.
    """
    ask = {"arithmetic": ARITHMETIC, "lines": ask_record(requests), "methods": list(methods)}
    where = {} if to is None else {"to": [to.destination, to.service]}
    return {
        **ask,
        **where,
        **({"by_person": True} if by_person else {}),
        **({"slots": list(taken)} if taken else {}),
    }


def ask_record(requests: Sequence[RequestLine]) -> list[list[object]]:
    """The lines of an ask as they are logged; packs only where something is asked for in packs."""
    return [
        [
            line.sku,
            _plain(line.quantity),
            line.wanted.isoformat(),
            line.site_id,
            *([] if line.pack is None else [_plain(line.pack), line.rounding]),
        ]
        for line in requests
    ]


def _plain(quantity: Decimal) -> str:
    """The same quantity in the same words: 2.0 is 2."""
    text = str(quantity)
    return text.rstrip("0").rstrip(".") if "." in text and "E" not in text else text


def read_ask(record: Any) -> list[RequestLine]:
    """The lines of the ask that `logged_ask` wrote, now or when only the lines were logged."""
    lines = record["lines"] if isinstance(record, dict) else record
    return [
        RequestLine(sku, Decimal(quantity), date.fromisoformat(wanted), site_id, *_packs(*packs))
        for sku, quantity, wanted, site_id, *packs in lines
    ]


def _packs(pack: str | None = None, rounding: Rounding = "up") -> tuple[Decimal | None, Rounding]:
    return None if pack is None else Decimal(pack), rounding


def read_destination(record: Any) -> Delivered | None:
    """Where to, as `logged_ask` wrote it."""
    to = record.get("to") if isinstance(record, dict) else None
    return None if to is None else Delivered(*to)


def read_by_person(record: Any) -> bool:
    """Whether a person asked who may agree to goods being bought or made, as `logged_ask` wrote it."""
    return bool(isinstance(record, dict) and record.get("by_person"))


def read_slots(record: Any) -> Slots:
    """The slots that orders had at the sites asked, as `logged_ask` wrote them."""
    return Slots(slots.read(record.get("slots", ())) if isinstance(record, dict) else {})


def read_methods(record: Any) -> tuple[str, ...]:
    """The methods that `logged_ask` wrote."""
    return tuple(record["methods"]) if isinstance(record, dict) else ()


def outcome_record(outcomes: Sequence[LineOutcome]) -> list[list[object]]:
    """The outcomes as they are logged and hashed: the same outcomes always give the same record."""
    return [_outcome(outcome) for outcome in outcomes]


def _outcome(outcome: LineOutcome) -> list[object]:
    if isinstance(outcome, LineProblem):
        return [outcome.number, outcome.code, outcome.message, outcome.next_step]
    usual = not outcome.methods and outcome.backorder
    return [
        outcome.number,
        outcome.method,
        outcome.atp_wanted,
        outcome.earliest and outcome.earliest.isoformat(),
        [_part(part) for part in outcome.schedule],
        outcome.open,
        *([] if usual else [[[said.method, said.quantity] for said in outcome.methods]]),
        *([] if outcome.backorder else ["refused"]),
    ]


def _part(part: ScheduleLine) -> list[object]:
    """A part on its day, with its label and position where they are not the usual ones, and its way."""
    usual = part.label == "supply" and part.position == "own" and part.needed_on is None
    usual = usual and not part.sku and not part.made_of
    return [
        part.day.isoformat(),
        part.site_id,
        part.quantity,
        *([] if usual else [part.label, part.position]),
        *([] if part.needed_on is None else [_iso(part.needed_on), _iso(part.ship_on), part.service]),
        *([part.sku, part.sent] if part.sku else []),
        *([[list(astuple(each)) for each in part.made_of]] if part.made_of else []),
    ]


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def read_part(
    day: str,
    site_id: str,
    quantity: int,
    label: str = "supply",
    position: str = "own",
    *way: Any,
) -> ScheduleLine:
    """A part as it was logged."""
    part = ScheduleLine(date.fromisoformat(day), site_id, quantity, label, position)
    if way and isinstance(way[-1], list):
        *way, sets = way  # type: ignore[assignment]
        part = replace(part, made_of=tuple(SetPart(*each) for each in sets))
    if len(way) in OF_ANOTHER:
        *way, sku, sent = way  # type: ignore[assignment]
        part = replace(part, sku=sku, sent=sent)
    if not way:
        return part
    needed_on, ship_on, service = way
    return replace(
        part,
        needed_on=date.fromisoformat(needed_on),
        ship_on=date.fromisoformat(ship_on),
        service=service,
    )


OF_ANOTHER = (2, 5)
"""Cells of a part beside the usual ones where another item is sent: it and how many, after the way if any.

What sets are made of stands behind these, in a cell of its own that is a list.
"""


def read_outcomes(record: Sequence[Any]) -> tuple[LineOutcome, ...]:
    """The outcomes that `outcome_record` wrote."""
    return tuple(_problem(row) if len(row) == PROBLEM_CELLS else _logged_answer(row) for row in record)


PROBLEM_CELLS = 4
"""A problem's record has four cells; an answer's has six or, with methods or a refused rest, more."""


def _problem(row: Sequence[Any]) -> LineProblem:
    return LineProblem(*row)


def _logged_answer(row: Sequence[Any]) -> LineAnswer:
    number, method, atp_wanted, earliest, schedule, rest, *more = row
    parts = tuple(read_part(*part) for part in schedule)
    methods = tuple(MethodAnswer(name, quantity) for name, quantity in (more[0] if more else ()))
    first = earliest and date.fromisoformat(earliest)
    backorder = more[1:] != ["refused"]
    return LineAnswer(number, atp_wanted, first, parts, rest, method, methods, backorder)
