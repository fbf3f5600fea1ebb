"""Where an answer does not say its turn among the changes of an item, and the books do.

A reading is logged with the sequence of each item it read. Stock facts have an instant and no sequence, and
so has a request that was given nothing. These are decided under the item's lock, so their instants tell their
turn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gateway.prove.findings import Finding
from gateway.prove.history import Books, Outcome
from gateway.prove.operation import BEFORE_ALL, Op


def as_logged(outcome: Outcome, books: Books) -> Outcome:
    """The reading with the sequences that the log has of it."""
    logged = (books.inquiries or {}).get(outcome.inquiry, {})
    given = (replace(one, sequence=logged.get(one.item, one.sequence)) for one in outcome.given)
    return replace(outcome, given=tuple(given))


def not_logged(number: int, outcome: Outcome, books: Books) -> Iterator[Finding]:
    """No answer leaves before it is in the log, so an answered reading that is not there was lost."""
    if books.inquiries is None or not outcome.inquiry:
        return
    read = {one.item for one in outcome.given}
    if lacking := sorted(read - books.inquiries.get(outcome.inquiry, {}).keys()):
        names = ", ".join(lacking)
        says = f"Call {number} was answered as inquiry {outcome.inquiry}; the log has no {names} of it."
        yield Finding("books", says)


def placed(ops: Sequence[Op], first: int) -> list[Op]:
    """What has an instant and no sequence has its turn: a stock fact after all that came before it.

    `first` is the item's sequence at the start.
    """
    known = sorted((op for op in ops if op.sequence is not None), key=_instant)
    unplaced = sorted((op for op in ops if _lacks_its_turn(op)), key=_instant)
    turns: dict[tuple[int, int], int] = {}
    newest, next_, last = first, 0, BEFORE_ALL
    for op in unplaced:
        while next_ < len(known) and _instant(known[next_]) < _instant(op):
            newest = max(newest, known[next_].sequence or 0)
            next_ += 1
        if op.act == "receive":
            # Those of one instant are of one transaction, which is one change of the item.
            newest, last = newest + (op.earliest > last), op.earliest
        turns[op.number, op.line] = newest
    return [replace(op, sequence=turns.get((op.number, op.line), op.sequence)) for op in ops]


def _lacks_its_turn(op: Op) -> bool:
    decided = op.kind == "ok" and op.sequence is None and op.earliest == op.latest
    return decided and (op.act == "receive" or op.given == 0)


def _instant(op: Op) -> tuple[int, int]:
    return op.earliest, op.place or 0
