"""The books against the answers: each request has its effect once and whole, and units are conserved."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from gateway.prove.findings import Finding
from gateway.prove.history import MAKES, Books, Effect, Given, History, Parts
from gateway.prove.requests import LOOKS, Request, effects_by_key, short


def exactly_once(requests: Sequence[Request], books: Books) -> Iterator[Finding]:
    """Every effect has its request, every accepted request its effect: all its lines, and none twice."""
    effects = effects_by_key(books)
    for key in effects.keys() - {request.key for request in requests}:
        yield Finding("books", f"The ledger has an effect of key {key}; nobody sent it.", key=key)
    by_key: dict[str, list[Request]] = defaultdict(list)
    for request in requests:
        if request.key is not None and request.ask.act not in LOOKS:
            by_key[request.key].append(request)
    for key, same in by_key.items():
        rows = effects.get(key, ())
        for request in same[:1]:
            yield from _of_request(request, key, rows)


def _of_request(request: Request, key: str, rows: Sequence[Effect]) -> Iterator[Finding]:
    if request.kind == "refused":
        if rows:
            says = f"Key {key} was refused {short(request.outcome)}, yet the ledger has {_rows(rows)}."
            yield Finding("books", says, key=key)
        return
    due = _due(request)
    have: Counter[tuple[str, str]] = Counter((row.act, row.item) for row in rows)
    twice = [item for (act, item), count in have.items() if count > due[act, item]]
    if twice:
        says = f"Key {key} has more than one effect on {', '.join(sorted(twice))}: {_rows(rows)}."
        yield Finding("key", says, key=key)
    elif request.ask.whole and rows and have != due:
        lacking = ", ".join(sorted({item for _, item in due - have}))
        says = f"Key {key} was all or nothing; the ledger lacks {lacking} and has {_rows(rows)}."
        yield Finding("basket", says, key=key)
    elif request.kind == "ok" and request.answered and have != due:
        says = f"Key {key} was accepted {short(request.outcome)}; the ledger has {_rows(rows) or 'nothing'}."
        yield Finding("books", says, key=key)
    elif request.kind == "ok" and request.answered and request.outcome is not None:
        yield from _as_answered(key, request.outcome.given, rows)


def _due(request: Request) -> Counter[tuple[str, str]]:
    """How many rows of the ledger there must be of each item: where all is known, and else at most."""
    act = request.ask.act
    if request.answered and request.outcome is not None and not request.ask.whole and act in MAKES:
        return Counter((act, one.item) for one in request.outcome.given if one.quantity != 0)
    if act == "change" and request.answered and request.outcome is not None:
        return Counter((act, one.item) for one in request.outcome.given if one.quantity != 0)
    return Counter((act, line.item) for line in request.ask.lines)


def _as_answered(key: str, given: Sequence[Given], rows: Sequence[Effect]) -> Iterator[Finding]:
    by_place = {(row.item, row.reservation): row for row in rows}
    for one in given:
        row = by_place.get(one.row)
        if row is None:
            if one.quantity != 0:
                says = (
                    f"Key {key} was answered with {one.item} {one.reservation}; the ledger has {_rows(rows)}."
                )
                yield Finding("books", says, one.item, key)
            continue
        pairs = (
            ("quantity", one.quantity, row.quantity),
            ("expiry", one.expires_us, row.expires_us),
            ("sequence", one.sequence, row.sequence),
        )
        for what, said, written in pairs:
            if said is not None and written is not None and said != written:
                says = f"Key {key} was answered with {what} {said} of {one.item}; the ledger has {written}."
                yield Finding("books", says, one.item, key)


def _rows(rows: Sequence[Effect]) -> str:
    return ", ".join(f"{row.act} {row.quantity} of {row.item} {row.reservation}".strip() for row in rows)


def conserved(history: History, books: Books) -> Iterator[Finding]:
    """The parts of each reservation are what the ledger moved, and sum to the original; so does on hand."""
    moved: dict[tuple[str, str], int] = defaultdict(int)
    confirmed = set()
    on_hand = dict(history.start)
    for effect, part in parted(books.effects):
        moved[effect.reservation, part] += effect.quantity
        if effect.act in {"confirm", "promise"} or (effect.act == "change" and part == "original"):
            confirmed.add(effect.reservation)
        if effect.act in {"receive", "ship"}:
            sign = -1 if effect.act == "ship" else 1
            on_hand[effect.item] = on_hand.get(effect.item, 0) + sign * effect.quantity
    for parts in books.reservations:
        for says in _parts(parts, moved, books.at_us, was_confirmed=parts.reservation in confirmed):
            yield Finding("conservation", f"Reservation {parts.reservation}: {says}.", parts.item)
    for item, units in on_hand.items():
        if books.on_hand.get(item) != units:
            says = (
                f"The books have {books.on_hand.get(item)} of {item} on hand; start and ledger give {units}."
            )
            yield Finding("conservation", says, item)


def parted(effects: Sequence[Effect]) -> Iterator[tuple[Effect, str]]:
    """Each row with the part of its reservation that it adds to, where it is one.

    A change either makes a reservation, beside another one, or gives back of one that there is.
    """
    made: set[str] = set()
    for effect in effects:
        makes = effect.act in MAKES or (effect.act == "change" and effect.reservation not in made)
        if makes:
            made.add(effect.reservation)
            yield effect, "original"
        else:
            yield effect, {"release": "released", "change": "released", "ship": "shipped"}.get(effect.act, "")


def _parts(
    parts: Parts, moved: Mapping[tuple[str, str], int], at_us: int, *, was_confirmed: bool
) -> Iterator[str]:
    each = {
        "active": parts.active,
        "confirmed": parts.confirmed,
        "released": parts.released,
        "expired": parts.expired,
        "shipped": parts.shipped,
    }
    named = ", ".join(f"{units} {part}" for part, units in each.items() if units)
    if sum(each.values()) != parts.original or min(each.values()) < 0:
        yield f"its parts ({named or 'none'}) do not sum to the original {parts.original}"
    for part in ("original", "released", "shipped"):
        units = getattr(parts, part)
        if units != moved[parts.reservation, part]:
            yield f"{units} {part}; the ledger moved {moved[parts.reservation, part]}"
    if parts.expired and at_us < parts.expires_us:
        yield f"{parts.expired} expired {parts.expires_us - at_us:,} µs before its instant"
    if parts.confirmed and not was_confirmed:
        yield f"{parts.confirmed} confirmed; the ledger has no confirmation"


def on_the_database_clock(requests: Sequence[Request], error_us: int) -> Iterator[Finding]:
    """Every instant an answer carries lies between the call's beginning and end."""
    for request in requests:
        at_us = request.outcome.at_us if request.outcome is not None else None
        if at_us is None:
            continue
        early, late = request.invoked - error_us - at_us, at_us - request.ended - error_us
        if early > 0 or late > 0:
            off = f"{early:,} µs before it began" if early > 0 else f"{late:,} µs after it ended"
            allowed = f"the clocks' error of {error_us:,} µs allowed"
            says = f"Call {request.number} says it was decided {off}, {allowed}."
            yield Finding("clock", says, key=request.key)
