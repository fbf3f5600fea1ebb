"""A run tells what happened in it, and does not hold where something it was to show did not happen."""

from dataclasses import replace

import pytest

from gateway.prove import Ask, Books, Effect, History, Line, Outcome, Recorder, check
from gateway.prove.deeds import Deeds
from gateway.prove.faults import Seen, judged_with, missing, seen
from gateway.prove.history import Kind
from gateway.prove.killing import Killed, not_done
from gateway.prove.shop import BASKET, LAST

ALL_DONE = Deeds(
    other_payloads=1,
    hung_up=1,
    before_the_end=1,
    past_the_end=1,
    promised=1,
    sold_out=1,
    shipped=1,
    lowered=1,
    raised=1,
    received=1,
    corrected=1,
)
ALL_SEEN = Seen(
    baskets_met=2,
    keys_met=1,
    last_asked=5_000,
    last_given=500,
    last_units=500,
    deadlocks=0,
    readings_after=1,
    events_again=1,
)


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


def test_only_readings_that_began_after_an_answered_change_of_their_item_can_be_stale():
    recorder, read = Recorder(), Ask("read", (Line(LAST),))
    calls: tuple[tuple[int, int, Ask, Kind], ...] = (
        (0, 5, read, "ok"),
        (1, 10, Ask("receive", (Line(LAST, 2),)), "ok"),
        (9, 12, read, "ok"),
        (11, 14, Ask("read", (Line("else"),)), "ok"),
        (11, 14, read, "unknown"),
        (11, 14, read, "ok"),
    )
    for began, ended, ask, kind in calls:
        recorder.end(recorder.invoke("ann", began, ask), "ann", ended, kind, Outcome())
    assert seen(History({LAST: 1}, tuple(recorder.events)), 0).readings_after == 1


def test_stock_events_sent_again_are_told_by_their_id():
    event = Ask("receive", (Line(LAST, 2),))
    history = of_calls((0, 1, event, "a", "1"), (2, 3, event, "b", "1"), (2, 3, event, "c", "2"))
    assert seen(history, 0).events_again == 1


def test_where_all_happened_nothing_is_missing():
    assert list(missing(ALL_DONE, ALL_SEEN)) == []


def test_a_kill_counts_where_calls_were_under_way():
    done = [Killed("gateway", 3), Killed("gateway", 1), Killed("postmaster", 1), Killed("backend", 7)]
    assert list(not_done(done, 2, 2)) == []


@pytest.mark.parametrize(
    ("done", "says"),
    [
        ([Killed("postmaster", 2)], "1 of 1 kills of a gateway"),
        ([Killed("gateway", 0), Killed("backend", 2)], "1 of 1 kills of a gateway"),
        ([Killed("gateway", 2)], "1 of 1 kills of PostgreSQL"),
        ([Killed("gateway", 2), Killed("postmaster", 0)], "1 of 1 kills of PostgreSQL"),
    ],
)
def test_a_kill_that_was_not_or_that_nobody_noticed_is_named(done, says):
    (said,) = not_done(done, 1, 1)
    assert said.startswith("Did not happen")
    assert says in said


@pytest.mark.parametrize(
    ("deeds", "found", "says"),
    [
        ({"other_payloads": 0}, {}, "another payload"),
        ({"hung_up": 0}, {}, "hung up"),
        ({"before_the_end": 0}, {}, "confirmation in time"),
        ({"past_the_end": 0}, {}, "confirmation too late"),
        ({"sold_out": 0}, {}, "all had been given"),
        ({"received": 0}, {}, "goods received"),
        ({"corrected": 0}, {}, "a correction"),
        ({}, {"events_again": 0}, "sent again under the same id"),
        ({}, {"readings_after": 0}, "a reading that began after a change"),
        ({}, {"baskets_met": 0}, "opposing order"),
        ({}, {"keys_met": 0}, "same key at both gateways"),
        ({}, {"last_asked": 500}, "500 came for 500"),
        ({}, {"last_given": 499}, "499 of 500 were given"),
    ],
)
def test_what_did_not_happen_is_named(deeds, found, says):
    (said,) = missing(replace(ALL_DONE, **deeds), replace(ALL_SEEN, **found))
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
