"""Promises, changes of quantity and shipments: a right history holds, and each falsified one is refused."""

from dataclasses import replace

import pytest

from gateway.prove import Ask, Books, Effect, Given, History, Line, Outcome, Parts, Recorder, check
from gateway.prove.history import Act, Reason

UNITS = 5
Told = tuple[Act, int, int | None, Given, Reason]


def done(act: Act, at: int, wanted: int | None, given: Given, reason: Reason = "") -> Told:
    """One call of an item, decided at an instant; the item's sequence is what the answer says."""
    return act, at, wanted, given, reason


def right() -> list[Told]:
    """Of 5: 3 promised, changed to 1, then to 3 beside it, 2 too many refused, and 2 of them shipped."""
    return [
        done("promise", 10, 3, Given("bolt", 3, "p", sequence=1)),
        done("change", 20, 1, Given("bolt", 2, "p", sequence=2)),
        done("change", 30, 3, Given("bolt", 2, "p", sequence=3, beside="q")),
        done("change", 40, 4, Given("bolt", None, "p", sequence=3), "short"),
        done("ship", 50, 2, Given("bolt", 2, "q", sequence=4)),
        done("ship", 60, 1, Given("bolt", None, "q", sequence=4), "settled"),
        done("promise", 70, 2, Given("bolt", 2, "r", sequence=5)),
    ]


def of_calls(calls: list[Told], books: Books | None = None) -> History:
    recorder = Recorder()
    for number, (act, at, wanted, given, reason) in enumerate(calls):
        named = "" if act == "promise" else given.reservation
        ask = Ask(act, (Line("bolt", wanted, named),))
        call = recorder.invoke("ann", at - 2, ask, f"key {number}")
        recorder.end(call, "ann", at + 2, "refused" if reason else "ok", Outcome((given,), reason, at, 0))
    return History({"bolt": UNITS}, tuple(recorder.events), books, 1)


def books(**changed: Parts) -> Books:
    parts = {
        "p": Parts("p", "bolt", 3, confirmed=1, released=2),
        "q": Parts("q", "bolt", 2, shipped=2),
        "r": Parts("r", "bolt", 2, confirmed=2),
    }
    rows = [
        Effect(
            f"key {number}",
            act,
            "bolt",
            given.quantity or 0,
            given.beside or given.reservation,
            None,
            seq,
            at,
            0,
        )
        for number, (act, at, _, given, reason) in enumerate(right())
        if not reason
        for seq in [given.sequence]
    ]
    return Books(100, 100, {"bolt": UNITS - 2}, tuple((parts | changed).values()), tuple(rows))


def test_a_right_history_of_promises_changes_and_shipments_holds():
    report = check(of_calls(right(), books()))
    assert (report.verdict, report.findings) == ("HOLDS", ())
    assert report.items[0].by == "the store's own order"


@pytest.mark.parametrize(
    ("number", "false"),
    [
        (0, done("promise", 10, 6, Given("bolt", 6, "p", sequence=1))),
        (1, done("change", 20, 1, Given("bolt", 1, "p", sequence=2))),
        (1, done("change", 20, 1, Given("bolt", 2, "p", sequence=2, beside="x"))),
        (1, done("change", 20, 1, Given("bolt", None, "p", sequence=1), "short")),
        (2, done("change", 30, 6, Given("bolt", 5, "p", sequence=3, beside="q"))),
        (2, done("change", 30, 3, Given("bolt", None, "p", sequence=2), "short")),
        (3, done("change", 40, 4, Given("bolt", 3, "p", sequence=4, beside="y"))),
        (4, done("ship", 50, 3, Given("bolt", 3, "q", sequence=4))),
        (4, done("ship", 50, 2, Given("bolt", None, "q", sequence=3), "beyond")),
        (5, done("ship", 60, 1, Given("bolt", 1, "q", sequence=5))),
        (6, done("promise", 70, 3, Given("bolt", 3, "r", sequence=5))),
        (6, done("promise", 70, 2, Given("bolt", None, "", sequence=4), "short")),
    ],
)
def test_each_falsified_call_is_refused_by_the_order_and_by_search(number, false):
    calls = [false if n == number else call for n, call in enumerate(right())]
    report = check(of_calls(calls))
    assert report.verdict == "BROKEN"
    assert {finding.about for finding in report.findings} == {"sequence", "order"}


@pytest.mark.parametrize(
    "false",
    [
        Parts("p", "bolt", 3, confirmed=2, released=1),
        Parts("p", "bolt", 3, confirmed=1),
        Parts("q", "bolt", 2, confirmed=2),
        Parts("q", "bolt", 3, shipped=3),
        Parts("r", "bolt", 2, active=2, expires_us=90),
    ],
)
def test_each_falsified_reservation_in_the_books_is_refused(false):
    report = check(of_calls(right(), books(**{false.reservation: false})))
    assert report.verdict == "BROKEN"


def test_a_change_without_an_answer_is_known_from_the_books():
    """Also what it made beside: the row names the other reservation."""
    history = of_calls(right(), books())
    events = tuple(event for event in history.events if event.call != 3 or event.kind == "invoke")
    lost = replace(history, events=events)
    assert check(lost).verdict == "HOLDS"
    assert check(replace(lost, books=books(q=Parts("q", "bolt", 2, confirmed=2)))).verdict == "BROKEN"
