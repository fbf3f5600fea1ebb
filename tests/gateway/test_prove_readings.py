"""Readings, and goods received and corrected: a right history holds, and each falsified one is refused."""

from dataclasses import replace

import pytest

from gateway.prove import (
    Ask,
    Books,
    Effect,
    Given,
    History,
    Line,
    Outcome,
    Parts,
    Recorder,
    Report,
    check,
    dump,
    load,
)
from gateway.prove.history import Act, Event, Kind

UNITS = 5
LOG = {f"i{number}": {"bolt": sequence} for number, sequence in enumerate((1, 2, 4, 5), 1)}


class Warehouse:
    """Calls as their clients saw them: of their turn stock events say nothing, and readings when it was."""

    def __init__(self) -> None:
        self.recorder = Recorder()

    def call(self, act: Act, at: int, wanted: int | None, outcome: Outcome, lasts: int = 2) -> None:
        named = outcome.given[0].reservation if act == "ship" else ""
        key = None if act == "read" else f"{act} {at}"
        call = self.recorder.invoke("ann", at - lasts, Ask(act, (Line("bolt", wanted, named),)), key)
        kind: Kind = "refused" if outcome.reason else "ok"
        self.recorder.end(call, "ann", at + lasts, kind, outcome)

    def read(self, at: int, free: int, inquiry: str, lasts: int = 2) -> None:
        self.call("read", at, None, Outcome((Given("bolt", free),), "", at, inquiry=inquiry), lasts)


def right() -> tuple[Event, ...]:
    """Of 5: 4 promised; 3 come in, and 2 of them are found not to be there; 2 are shipped."""
    made = Warehouse()
    made.call("promise", 10, 4, Outcome((Given("bolt", 4, "p", sequence=1),), "", 10, 0))
    made.read(15, 1, "i1")
    made.call("receive", 20, 3, Outcome((Given("bolt", 3),)))
    made.read(25, 4, "i2")
    made.call("receive", 30, -2, Outcome((Given("bolt", -2),)))
    made.call("receive", 40, -1, Outcome((Given("bolt", -1),)))
    made.read(45, 1, "i3")
    made.call("ship", 50, 2, Outcome((Given("bolt", 2, "p", sequence=5),), "", 50, 0))
    made.read(55, 1, "i4")
    return tuple(made.recorder.events)


def books(**changed: object) -> Books:
    rows = (
        Effect("promise 10", "promise", "bolt", 4, "p", None, 1, 10, 0),
        Effect("ship 50", "ship", "bolt", 2, "p", None, 5, 50, 0),
        Effect("receive 20", "receive", "bolt", 3, at_us=20, place=0),
        Effect("receive 30", "receive", "bolt", -2, at_us=30, place=1),
        Effect("receive 40", "receive", "bolt", -1, at_us=40, place=2),
    )
    parts = Parts("p", "bolt", 4, confirmed=2, shipped=2)
    found = Books(100, 100, {"bolt": 3}, (parts,), rows, LOG)
    return replace(found, **changed)  # type: ignore[arg-type]


def judged(events: tuple[Event, ...], found: Books) -> Report:
    return check(History({"bolt": UNITS}, events, found, clock_error_us=1))


def test_a_right_history_of_readings_and_receipts_holds():
    """Without a search: the log tells the readings' turn, and the ledger that of what was received."""
    report = judged(right(), books())
    assert (report.verdict, report.findings) == ("HOLDS", ())
    assert report.items[0].by == "the store's own order"


def instead(call: int, **changed: object) -> tuple[Event, ...]:
    """The right history, but that call's answer."""
    return tuple(
        replace(event, outcome=replace(event.outcome, **changed))  # type: ignore[arg-type]
        if event.call == call and event.outcome is not None
        else event
        for event in right()
    )


@pytest.mark.parametrize(("call", "free"), [(2, 5), (2, 0), (4, 1), (4, 3), (7, 4), (7, 2), (9, 3)], ids=str)
def test_a_reading_that_says_too_much_or_too_little_is_refused(call, free):
    report = judged(instead(call, given=(Given("bolt", free),)), books())
    assert report.verdict == "BROKEN"
    assert any(f"{free} were read as free" in finding.says for finding in report.findings)


@pytest.mark.parametrize(
    ("inquiry", "call", "read"), [("i1", 2, {"bolt": 0}), ("i2", 4, {"bolt": 1}), ("i3", 7, {"bolt": 2})]
)
def test_a_reading_older_than_what_was_answered_before_it_began_is_refused(inquiry, call, read):
    """Also where its figure is right for the state it saw."""
    free = {0: 5, 1: 1, 2: 4}[read["bolt"]]
    report = judged(instead(call, given=(Given("bolt", free),)), books(inquiries={**LOG, inquiry: read}))
    assert report.verdict == "BROKEN"
    assert any("had ended, yet comes before it" in finding.says for finding in report.findings)


def test_a_reading_beside_a_change_may_see_it_or_not():
    """A transaction is decided before it is seen: a reading in between is of the state before."""
    for sequence, free in ((1, 1), (2, 4)):
        made = Warehouse()
        made.call("promise", 10, 4, Outcome((Given("bolt", 4, "p", sequence=1),), "", 10, 0))
        made.call("receive", 20, 3, Outcome((Given("bolt", 3),)), lasts=9)
        made.read(24, free, "i")
        some = books(inquiries={"i": {"bolt": sequence}})
        kept = (Parts("p", "bolt", 4, confirmed=4),)
        rows = (some.effects[0], some.effects[2])
        after = replace(some, on_hand={"bolt": 8}, effects=rows, reservations=kept)
        assert judged(tuple(made.recorder.events), after).verdict == "HOLDS"


def test_an_answered_reading_that_the_log_has_not_is_a_finding():
    lost = {inquiry: read for inquiry, read in LOG.items() if inquiry != "i3"}
    report = judged(right(), books(inquiries=lost))
    assert report.verdict == "BROKEN"
    assert any("inquiry i3; the log has no bolt of it" in finding.says for finding in report.findings)


@pytest.mark.parametrize(
    ("number", "changed", "on_hand"),
    [
        (2, {"quantity": 6}, 6),
        (3, {"quantity": 2}, 7),
        (4, {"key": "receive 41"}, 3),
        (4, {"at_us": 60}, 3),
        (2, {}, 4),
    ],
)
def test_a_receipt_that_is_not_in_the_books_as_it_was_sent_is_refused(number, changed, on_hand):
    """Another quantity, another id, after its answer, or on hand for nothing."""
    rows = list(books().effects)
    rows[number] = replace(rows[number], **changed)
    assert judged(right(), books(effects=tuple(rows), on_hand={"bolt": on_hand})).verdict == "BROKEN"


def test_an_event_with_two_effects_is_refused_though_the_books_add_up():
    twice = replace(books().effects[2], at_us=21, place=3)
    report = judged(right(), books(effects=(*books().effects, twice), on_hand={"bolt": 6}))
    assert any("more than one effect on bolt" in finding.says for finding in report.findings)


def test_a_receipt_without_an_answer_is_known_from_the_books():
    events = tuple(event for event in right() if event.call != 3 or event.kind == "invoke")
    assert judged(events, books()).verdict == "HOLDS"
    without = tuple(row for row in books().effects if row.key != "receive 20")
    assert judged(events, books(effects=without, on_hand={"bolt": 0})).verdict == "BROKEN"


def test_events_of_one_transaction_are_one_change_of_the_item():
    """Both happened at one instant, so a reading after them is of the sequence they made together."""
    made = Warehouse()
    made.call("receive", 20, 3, Outcome((Given("bolt", 3),)), lasts=9)
    made.recorder.end(
        made.recorder.invoke("bob", 11, Ask("receive", (Line("bolt", -1),)), "other"),
        "bob",
        29,
        "ok",
        Outcome((Given("bolt", -1),)),
    )
    made.read(35, 7, "i")
    rows = (books().effects[2], Effect("other", "receive", "bolt", -1, at_us=20, place=1))
    found = Books(100, 100, {"bolt": 7}, (), rows, {"i": {"bolt": 1}})
    assert judged(tuple(made.recorder.events), found).verdict == "HOLDS"


@pytest.mark.parametrize(
    ("sequence", "free", "verdict"), [(7, 5, "HOLDS"), (8, 8, "HOLDS"), (7, 8, "BROKEN")]
)
def test_a_receipt_has_the_turn_after_the_sequence_of_the_start(sequence, free, verdict):
    """A reading beside it is of the state before where it says so, though its instant is later."""
    made = Warehouse()
    made.call("receive", 20, 3, Outcome((Given("bolt", 3),)), lasts=9)
    made.read(24, free, "i")
    found = Books(100, 100, {"bolt": 8}, (), (books().effects[2],), {"i": {"bolt": sequence}})
    history = History({"bolt": UNITS}, tuple(made.recorder.events), found, 1, sequences={"bolt": 7})
    assert check(load(dump(history))).verdict == verdict


@pytest.mark.parametrize(("there", "verdict"), [(1, "HOLDS"), (2, "BROKEN")])
def test_a_shipment_is_refused_as_short_only_where_a_correction_left_too_little(there, verdict):
    made = Warehouse()
    made.call("promise", 10, 4, Outcome((Given("bolt", 4, "p", sequence=1),), "", 10, 0))
    made.call("receive", 20, there - UNITS, Outcome((Given("bolt", there - UNITS),)))
    made.call("ship", 30, 2, Outcome((Given("bolt", None, "p", sequence=2),), "short", 30, 0))
    rows = (books().effects[0], Effect("receive 20", "receive", "bolt", there - UNITS, at_us=20, place=0))
    kept = (Parts("p", "bolt", 4, confirmed=4),)
    found = Books(100, 100, {"bolt": there}, kept, rows, {})
    assert judged(tuple(made.recorder.events), found).verdict == verdict
