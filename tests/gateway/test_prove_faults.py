"""A run tells what happened in it, and does not hold where something it was to show did not happen."""

from dataclasses import replace

import pytest

from gateway.prove import Ask, Books, Effect, History, Line, Outcome, Recorder, check
from gateway.prove.buyers import Deeds
from gateway.prove.faults import Seen, judged_with, missing, seen
from gateway.prove.shop import BASKET, LAST

ALL_DONE = Deeds(
    other_payloads=1, hung_up=1, before_the_end=1, past_the_end=1, promised=1, shipped=1, lowered=1, raised=1
)
ALL_SEEN = Seen(baskets_met=2, keys_met=1, last_asked=5_000, last_given=500, last_units=500, deadlocks=0)


def a_basket(turn: int) -> Ask:
    return Ask("reserve", tuple(Line(item, 1) for item in BASKET[::turn]))


def of_calls(*calls: tuple[int, int, Ask, str, str]) -> History:
    """Calls as (began, ended, ask, client, key), all without an answer."""
    recorder = Recorder()
    for began, ended, ask, client, key in calls:
        recorder.end(recorder.invoke(client, began, ask, key), client, ended, "unknown")
    return History({LAST: 1}, tuple(recorder.events), Books(99, 99, {}, (), ()))


def test_baskets_met_are_those_under_way_at_once_in_opposing_order():
    history = of_calls(
        (0, 10, a_basket(1), "ann", "1"),
        (5, 15, a_basket(-1), "bob", "2"),
        (6, 9, a_basket(-1), "cyd", "3"),
        (15, 20, a_basket(1), "dan", "4"),
        (16, 20, a_basket(1), "eve", "5"),
    )
    assert seen(history, 0).baskets_met == 3


def test_a_key_is_met_only_by_another_client_at_the_same_time():
    ask = Ask("confirm", (Line(LAST, None, "r"),))
    history = of_calls(
        (0, 10, ask, "ann", "1"),
        (5, 15, ask, "ann, other window", "1"),
        (0, 10, ask, "bob", "2"),
        (10, 15, ask, "bob, other window", "2"),
    )
    assert seen(history, 0).keys_met == 1


def test_what_was_given_of_the_last_item_is_what_the_books_say():
    history = of_calls((0, 1, Ask("reserve", (Line(LAST, 1),)), "ann", "1"))
    books = Books(99, 99, {}, (), (Effect("1", "reserve", LAST, 1), Effect("2", "reserve", "else", 7)))
    found = seen(replace(history, books=books), 0)
    assert (found.last_asked, found.last_given, found.last_units) == (1, 1, 1)


def test_where_all_happened_nothing_is_missing():
    assert list(missing(ALL_DONE, ALL_SEEN, 2, (3, 1))) == []


@pytest.mark.parametrize(
    ("deeds", "found", "killed_at", "says"),
    [
        ({"other_payloads": 0}, {}, (1,), "another payload"),
        ({"hung_up": 0}, {}, (1,), "hung up"),
        ({"before_the_end": 0}, {}, (1,), "confirmation in time"),
        ({"past_the_end": 0}, {}, (1,), "confirmation too late"),
        ({}, {"baskets_met": 0}, (1,), "opposing order"),
        ({}, {"keys_met": 0}, (1,), "same key at both gateways"),
        ({}, {"last_asked": 500}, (1,), "500 came for 500"),
        ({}, {"last_given": 499}, (1,), "499 of 500 were given"),
        ({}, {}, (0,), "1 of 1 kills"),
        ({}, {}, (), "1 of 1 kills"),
    ],
)
def test_what_did_not_happen_is_named(deeds, found, killed_at, says):
    (said,) = missing(replace(ALL_DONE, **deeds), replace(ALL_SEEN, **found), 1, killed_at)
    assert said.startswith("Did not happen")
    assert says in said


def a_report_that_holds():
    recorder, ask = Recorder(), Ask("release", (Line(LAST, 1, "r"),))
    recorder.end(recorder.invoke("ann", 0, ask), "ann", 5, "refused", Outcome((), "missing", 3))
    report = check(History({LAST: 1}, tuple(recorder.events)))
    assert report.verdict == "HOLDS"
    return report


def test_a_run_in_which_something_did_not_happen_does_not_hold():
    report = judged_with(a_report_that_holds(), ALL_SEEN, ["Did not happen: rain."])
    assert report.verdict == "UNDECIDED"
    assert report.undecided == ("Did not happen: rain.",)


def test_a_deadlock_is_a_finding():
    report = judged_with(a_report_that_holds(), replace(ALL_SEEN, deadlocks=2), [])
    assert report.verdict == "BROKEN"
    assert report.findings[0].about == "deadlock"
    assert "2 deadlocks" in report.findings[0].says
